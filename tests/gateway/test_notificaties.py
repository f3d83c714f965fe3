import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

import gateway.feeds
import gateway.notificaties
from chassis.problems import Invalid
from chassis.testing.plugin import MakeService
from chassis.testing.servers import Servers
from chassis.testing.service import eventually
from gateway.feeds import Event, Follower
from gateway.notificaties import Kanaal, selection_of, way_on
from tests.gateway.following import LUISTEREN, WEGEN, Stage, Stream, administrator, staged
from tests.gateway.servers import listening, serving
from tests.gateway.test_proxy import Upstream, forever, nothing

PATH = "/live/notificaties?kanaal=zaken"
TYPE_A, TYPE_B = "https://meent.test/catalogi/api/v1/zaaktypen/a", "https://meent.test/catalogi/api/v1/zaaktypen/b"
KANALEN = {"zaken": ["zaaktype", "bronorganisatie"], "besluiten": ["verantwoordelijkeOrganisatie"], "Zaken!": []}


@pytest.fixture
async def stage(
    live_service: MakeService, service: MakeService, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stage]:
    """The gateway, and behind it the service that knows the kanalen."""
    notificaties = await service("notificaties")
    async with notificaties.client() as client:
        for naam, filters in KANALEN.items():
            body = {"naam": naam, "filters": filters, "documentatieLink": f"https://bron.example/{naam}"}
            made = await client.post("/notificaties/api/v1/kanaal", json=body)
            assert made.status_code == 201, made.text
    async with serving(notificaties.service) as url:
        monkeypatch.setenv("MEENT_NOTIFICATIES_URL", url)
        async with staged(await live_service("gateway"), servers, notificaties) as made:
            yield made


def notificatie(number: int = 0, kanaal: str = "zaken", **given: Any) -> dict[str, Any]:
    """A notificatie; keywords are its fields, or else kenmerken."""
    fields = {"kanaal": kanaal, "resource": "status", "actie": "create", "aanmaakdatum": "2026-03-01T12:00:00Z"}
    fields |= {"hoofdObject": f"https://meent.test/zaken/api/v1/zaken/{number}", "resourceUrl": f"https://m/{number}"}
    own = {name: given.pop(name) for name in ("actie", "resource") if name in given}
    return {**fields, **own, "kenmerken": given}


def cloudevent(data: dict[str, Any]) -> dict[str, Any]:
    return {"specversion": "1.0", "id": str(uuid.uuid4()), "data": data}


async def notify(stage: Stage, number: int = 0, subject: str = "zaken", **given: Any) -> int:
    """Publish a notificatie as the service does; the sequence it got."""
    return await stage.put(f"notificaties.v1.gm9001.{subject}", cloudevent(notificatie(number, **given)))


async def heard(stream: Stream, count: int) -> list[tuple[int, int]]:
    """The next notificaties: (id, number)."""
    found: list[tuple[int, int]] = []
    while len(found) < count:
        block = await stream.block()
        if "data" in block:
            found.append((int(block["id"]), event_number(block)))
    return found


def event_number(block: dict[str, str]) -> int:
    """The number of a notificatie, as `notificatie` made it."""
    return int(json.loads(block["data"])["data"]["hoofdObject"].rpartition("/")[2])


async def ask(stage: Stage, path: str = PATH, rights: list[dict[str, object]] | None = None, **more: str) -> Any:
    """An answer that is no stream."""
    async with httpx.AsyncClient() as client:
        headers = stage.headers(LUISTEREN if rights is None else rights, **more)
        return await client.get(stage.url + path, headers=headers)


class TestRights:
    @pytest.mark.parametrize("kanaal", ["zaken", "bestaat-niet"])
    async def test_without_the_right_nothing_is_shown(self, stage: Stage, kanaal: str) -> None:
        path = f"/live/notificaties?kanaal={kanaal}"
        async with httpx.AsyncClient() as client:
            answer = await client.get(stage.url + path)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
        for rights in ([], WEGEN, [{"component": "nrc", "scopes": ["notificaties.publiceren"]}]):
            answer = await ask(stage, path, rights)
            assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
            assert answer.headers["content-type"] == "application/problem+json"

    @pytest.mark.parametrize("filters", ["", "&actie=nooit"])
    async def test_a_stream_ends_when_its_client_loses_the_right(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch, filters: str
    ) -> None:
        monkeypatch.setattr(gateway.feeds, "HEARTBEAT", 0.1)
        async with stage.follow(PATH + filters) as stream:
            for client_id in list(stage.gateway.runtime.policy._rights):
                stage.gateway.grant(client_id, WEGEN)
            await stream.end()


class TestWhatIsAsked:
    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("", {("kanaal", "required")}),
            ("?zaaktype=x&actie=", {("kanaal", "required"), ("actie", "min_length")}),
            ("?kanaal=", {("kanaal", "min_length")}),
            ("?kanaal=zaken&kanaal=besluiten", {("kanaal", "invalid")}),
            ("?kanaal=bestaat-niet", {("kanaal", "kanaal_naam")}),
            ("?kanaal=%00", {("kanaal", "kanaal_naam")}),
            ("?kanaal=%FF", {("kanaal", "kanaal_naam")}),
            ("?kanaal=*", {("kanaal", "kanaal_naam")}),
            ("?kanaal=zaken&x=1&zaaktype=a&verkeerde_naam=*&x=2", {("x", "unknown"), ("verkeerde_naam", "unknown")}),
            ("?kanaal=besluiten&zaaktype=a", {("zaaktype", "unknown")}),
        ],
    )
    async def test_what_is_wrong_is_named(self, stage: Stage, query: str, expected: set[tuple[str, str]]) -> None:
        answer = await ask(stage, f"/live/notificaties{query}")
        assert answer.status_code == 400, answer.text
        assert {(field["name"], field["code"]) for field in answer.json()["invalidParams"]} == expected
        assert len(answer.json()["invalidParams"]) == len(expected)

    async def test_only_get(self, stage: Stage) -> None:
        async with httpx.AsyncClient() as client:
            answer = await client.post(stage.url + PATH, headers=stage.headers(LUISTEREN))
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET")

    @pytest.mark.parametrize(
        ("query", "carried", "expected"),
        [
            ([], {}, True),
            ([("zaaktype", TYPE_A)], {"zaaktype": TYPE_A}, True),
            ([("zaaktype", TYPE_A)], {"zaaktype": TYPE_B}, False),
            ([("zaaktype", TYPE_A), ("bron", "1")], {"zaaktype": TYPE_A, "bron": "1"}, True),
            ([("zaaktype", TYPE_A), ("bron", "1")], {"zaaktype": TYPE_A, "bron": "2"}, False),
            ([("zaaktype", TYPE_A), ("zaaktype", TYPE_B)], {"zaaktype": TYPE_B}, True),
            ([("een_ding", "1"), ("eenDing", "2")], {"eenDing": "1"}, True),
            ([("zaaktype", "*")], {"zaaktype": TYPE_B}, True),
            ([("zaaktype", TYPE_A)], {"bron": "1"}, True),
            ([("verantwoordelijke_organisatie", "1")], {"verantwoordelijkeOrganisatie": "2"}, False),
            ([("actie", "create")], {"actie": "create"}, True),
            ([("actie", "create")], {"actie": "update"}, False),
            ([("actie", "create"), ("actie", "update")], {"actie": "update"}, True),
            ([("resource", "zaak")], {"resource": "status"}, False),
            ([("resource", "status"), ("actie", "*"), ("zaaktype", TYPE_A)], {"zaaktype": TYPE_A}, True),
            ([("resource", "zaak"), ("zaaktype", TYPE_A)], {"zaaktype": TYPE_A}, False),
        ],
    )
    def test_filters(self, query: list[tuple[str, str]], carried: dict[str, str], expected: bool) -> None:
        event = Event(1, json.dumps(cloudevent(notificatie(**carried))).encode())
        assert selection_of([("kanaal", "zaken"), *query]).wants(event) is expected

    def test_a_kenmerk_that_is_called_as_a_field_is_not_what_is_filtered_on(self) -> None:
        data = notificatie() | {"kenmerken": {"actie": "destroy"}}
        event = Event(1, json.dumps(cloudevent(data)).encode())
        assert not selection_of([("kanaal", "zaken"), ("actie", "destroy")]).wants(event)

    @pytest.mark.parametrize("body", [b"", b"[]", b"{", b"{}", b'{"data": 3}', b'{"data": {"kanaal": ["zaken"]}}'])
    def test_what_is_no_notificatie_is_not_wanted(self, body: bytes) -> None:
        assert not selection_of([("kanaal", "zaken")]).wants(Event(1, body))

    def test_kenmerken_that_are_none_are_ignored(self) -> None:
        body = b'{"data": {"kanaal": "zaken", "actie": ["x"], "kenmerken": ["zaaktype"]}}'
        assert selection_of([("kanaal", "zaken"), ("zaaktype", "a")]).wants(Event(1, body))
        assert not selection_of([("kanaal", "zaken"), ("actie", "x")]).wants(Event(1, body))

    def test_all_that_is_wrong_is_said_at_once(self) -> None:
        with pytest.raises(Invalid) as wrong:
            selection_of([("kanaal", "a"), ("kanaal", "b"), ("x", ""), ("y", "")])
        assert [field.name for field in wrong.value.fields] == ["x", "y", "kanaal"]


class TestStream:
    async def test_a_client_gets_what_passes_its_filters_and_nothing_else(self, stage: Stage) -> None:
        await notify(stage, 1)
        filters = f"&zaaktype={TYPE_A}&zaaktype={TYPE_B}&bronorganisatie=1&actie=create&resource=status"
        async with stage.follow(PATH + filters) as stream:
            assert stream.answer.headers["content-type"].startswith("text/event-stream")
            fits = {"zaaktype": TYPE_A, "bronorganisatie": "1"}
            for number, other in enumerate([{"zaaktype": "c"}, {"bronorganisatie": "2"}, {"actie": "update"}], 2):
                await notify(stage, number, **{**fits, **other})
            await notify(stage, 5, resource="zaak", **fits)
            await notify(stage, 6, kanaal="besluiten", subject="besluiten", **fits)
            await stage.put("notificaties.v1.gm9002.zaken", cloudevent(notificatie(7, **fits)))
            sent = [(await notify(stage, 8, **fits), 8), (await notify(stage, 9, bronorganisatie="1"), 9)]
            assert await heard(stream, 2) == sent

    async def test_the_event_is_the_one_that_was_published(self, stage: Stage) -> None:
        event = cloudevent(notificatie(1, zaaktype=TYPE_A))
        async with stage.follow(PATH) as stream:
            sequence = await stage.put("notificaties.v1.gm9001.zaken", event)
            block = await stream.block()
        assert (int(block["id"]), json.loads(block["data"])) == (sequence, event)

    async def test_two_kanalen_on_one_subject_are_kept_apart(self, stage: Stage) -> None:
        async with stage.follow("/live/notificaties?kanaal=Zaken!") as other, stage.follow(PATH) as stream:
            first = await notify(stage, 1, kanaal="Zaken!")
            second = await notify(stage, 2)
            assert await heard(stream, 1) == [(second, 2)]
            assert await heard(other, 1) == [(first, 1)]

    async def test_clients_with_other_filters_share_one_consumer(self, stage: Stage) -> None:
        async with (
            stage.follow(f"{PATH}&zaaktype={TYPE_A}") as a,
            stage.follow(f"{PATH}&zaaktype={TYPE_B}") as b,
            stage.follow(PATH) as both,
        ):
            assert len(await stage.jetstream.consumers_info("NOTIFICATIES")) == 1
            kinds = [TYPE_A, TYPE_B, TYPE_B, TYPE_A]
            sent = [(await notify(stage, number, zaaktype=kind), number) for number, kind in enumerate(kinds)]
            assert await heard(a, 2) == [sent[0], sent[3]]
            assert await heard(b, 2) == [sent[1], sent[2]]
            assert await heard(both, 4) == sent

    async def test_who_comes_back_gets_what_it_missed_of_what_it_wants_once(self, stage: Stage) -> None:
        path = f"{PATH}&zaaktype={TYPE_A}"
        async with stage.follow(path) as stream:
            first = await notify(stage, 0, zaaktype=TYPE_A)
            assert await heard(stream, 1) == [(first, 0)]
        missed = [await self._one(stage, number) for number in range(1, 30)]
        async with stage.follow(path, last=first) as stream:
            later = [await self._one(stage, number) for number in range(30, 50)]
            wanted = [sent for sent in missed + later if sent[1] % 3 == 0]
            assert await heard(stream, len(wanted)) == wanted

    async def _one(self, stage: Stage, number: int) -> tuple[int, int]:
        """A third of them is of the type that is wanted."""
        return await notify(stage, number, zaaktype=TYPE_B if number % 3 else TYPE_A), number


class TestPlace:
    """The place of a client advances also when nothing is for it."""

    async def place(self, stream: Stream, sequence: int) -> None:
        """Until the client has been told this place, without having got an event."""
        while True:
            block = await stream.block()
            assert "data" not in block
            if int(block.get("id", 0)) >= sequence:
                break
        assert int(block["id"]) == sequence

    async def test_while_all_is_filtered_out(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(gateway.feeds, "HEARTBEAT", 0.1)
        async with stage.follow(f"{PATH}&actie=destroy") as stream:
            for number in range(5):
                last = await notify(stage, number)
            await self.place(stream, last)
            wanted = await notify(stage, 6, actie="destroy")
            assert await heard(stream, 1) == [(wanted, 6)]

    async def test_of_what_was_missed(self, stage: Stage) -> None:
        start = await notify(stage, 0)
        for number in range(1, 5):
            last = await notify(stage, number)
        async with stage.follow(f"{PATH}&actie=destroy", last=start) as stream:
            await self.place(stream, last)

    async def test_when_only_other_kanalen_have_news(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(gateway.feeds, "HEARTBEAT", 0.1)
        monkeypatch.setattr(gateway.feeds, "NATS_HEARTBEAT", 0.2)
        async with stage.follow(PATH) as stream:
            for number in range(5):
                last = await notify(stage, number, kanaal="besluiten", subject="besluiten")
            await self.place(stream, last)

    async def test_nothing_is_passed_by_while_all_kanalen_have_news(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(gateway.feeds, "HEARTBEAT", 0.0)  # a place at every look, twice a second
        monkeypatch.setattr(gateway.feeds, "NATS_HEARTBEAT", 0.1)
        wanted: list[tuple[int, int]] = []

        async def publish() -> None:
            for number in range(1500):
                kanaal = "zaken" if number % 7 == 0 else "besluiten"
                sequence = await notify(stage, number, kanaal=kanaal, subject=kanaal)
                wanted.extend([(sequence, number)] if kanaal == "zaken" else [])
                if number % 100 == 0:  # a silence, in which NATS says how far it is
                    await asyncio.sleep(0.12)

        async with stage.follow(PATH) as stream:
            publishing = asyncio.create_task(publish())
            place = stream.place
            found: list[tuple[int, int]] = []
            while not publishing.done() or len(found) < len(wanted):
                block = await stream.block()
                if "id" in block:
                    assert int(block["id"]) > place
                    place = int(block["id"])
                found.extend([(place, event_number(block))] if "data" in block else [])
            assert found == wanted

    def test_a_place_never_overtakes_what_is_still_to_be_given(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(gateway.feeds, "HEARTBEAT", 1)
        follower = Follower(lambda event: event.sequence == 3, 0)
        follower.give(Event(2, b""), 0)
        follower.watch(1)
        follower.give(Event(3, b""), 1)
        follower.give(Event(4, b""), 1)
        follower.pass_by(9)
        follower.watch(2)
        assert [follower.queue.get_nowait().sequence for _ in range(3)] == [2, 3, 9]

    def test_what_is_not_wanted_does_not_make_a_client_lag(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(gateway.feeds, "QUEUE", 2)
        follower = Follower(lambda _: False, 0)
        for sequence in range(1, 50):
            follower.give(Event(sequence, b""), 0)
        assert not follower.ended.is_set()


class TestGone:
    @pytest.mark.parametrize("last", ["1", "999999"])
    async def test_a_place_the_stream_no_longer_has_is_410_with_the_way_on(self, stage: Stage, last: str) -> None:
        for number in range(5):
            await notify(stage, number)
        await stage.jetstream.purge_stream("NOTIFICATIES")
        await notify(stage, 6)
        answer = await ask(stage, **{"last-event-id": last})
        assert (answer.status_code, answer.json()["code"]) == (410, "gone")
        assert answer.headers["link"] == '<https://bron.example/zaken>; rel="describedby"'
        assert "bij de bron van dit kanaal. Zie https://bron.example/zaken." in answer.json()["detail"]

    def test_without_documentation_there_is_no_link(self) -> None:
        problem = way_on(Kanaal(frozenset(), ""))
        assert problem.headers == {}
        assert problem.detail.endswith("Haal de actuele gegevens op bij de bron van dit kanaal.")

    def test_a_link_cannot_break_out_of_its_header(self) -> None:
        link = way_on(Kanaal(frozenset(), 'https://bron.example/\r\nX: y>; rel="z"é')).headers["Link"]
        assert link == '<https://bron.example/%0D%0AX:%20y%3E;%20rel=%22z%22%C3%A9>; rel="describedby"'


class TestNeighbours:
    @pytest.mark.parametrize(
        ("status", "body"),
        [(500, b"[]"), (403, b"[]"), (200, b"{"), (200, b'{"a": 1}'), (200, b"[3]"), (200, b'[{"naam": "zaken"}]')],
    )
    async def test_a_service_that_answers_otherwise_is_503(
        self, live_service: MakeService, servers: Servers, monkeypatch: pytest.MonkeyPatch, status: int, body: bytes
    ) -> None:
        async with serving(Upstream(status=status, body=body)) as url:
            monkeypatch.setenv("MEENT_NOTIFICATIES_URL", url)
            await self._unavailable(live_service, servers)

    async def test_without_the_service_that_knows_the_kanalen_is_503(
        self, live_service: MakeService, servers: Servers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with listening(nothing) as away:
            pass
        monkeypatch.setenv("MEENT_NOTIFICATIES_URL", away)
        await self._unavailable(live_service, servers)

    async def test_a_service_that_does_not_answer_is_503(
        self, live_service: MakeService, servers: Servers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(gateway.notificaties, "ANSWER_WITHIN", 0.2)
        async with listening(forever) as silent:
            monkeypatch.setenv("MEENT_NOTIFICATIES_URL", silent)
            await self._unavailable(live_service, servers)

    async def _unavailable(self, live_service: MakeService, servers: Servers) -> None:
        async with staged(await live_service("gateway"), servers) as stage:
            answer = await ask(stage)
        assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
        assert int(answer.headers["retry-after"]) > 0

    async def test_without_nats_streams_end_and_new_ones_are_503_until_it_is_back(
        self, stage: Stage, servers: Servers
    ) -> None:
        async with stage.follow(PATH) as stream:
            first = await notify(stage, 1)
            assert await heard(stream, 1) == [(first, 1)]
            servers.nats.stop()
            try:
                await stream.end()
                answer = await ask(stage)
                assert (answer.status_code, answer.json()["code"]) == (503, "events_unavailable")
            finally:
                servers.nats.start()
        messaging = stage.gateway.runtime.messaging

        async def back() -> bool:
            return messaging.connected and messaging.generation > 0

        await eventually(back, seconds=15)
        publisher = await administrator(servers)
        stage.jetstream = publisher.jetstream()
        second = await notify(stage, 2)
        async with stage.follow(PATH, last=first) as stream:
            assert await heard(stream, 1) == [(second, 2)]
        await publisher.close()
