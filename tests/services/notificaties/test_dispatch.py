"""Delivery, from a publisher's call to a subscriber's server, over real stores: what arrives, what is tried again, what stays."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from chassis import clock
from chassis.testing.plugin import MakeService
from chassis.testing.service import ServiceUnderTest, eventually
from services.notificaties import dispatch, distribution, outcome, queueing
from services.notificaties.queueing import wake
from tests.services.notificaties.webhooks import (
    AUTH,
    BEZORGING,
    Hit,
    Subscribers,
    delivered,
    deliveries,
    hang,
    kanaal,
    leading,
    number,
    publish,
    status,
    subscribe,
)


async def test_a_notificatie_reaches_who_asked_for_it(live: ServiceUnderTest, there: Subscribers) -> None:
    client = live.client()
    await kanaal(client, "proef", ("soort",))
    one = await subscribe(client, f"{there.url}/een", "proef", {"soort": "a"})
    await subscribe(client, f"{there.url}/ander", "proef", {"soort": "b"})
    await subscribe(client, f"{there.url}/alles", "proef")
    body = await publish(client, naam="proef", soort="a")
    (hit,) = await eventually(lambda: there.has("/een", 1))
    assert hit.body == body
    assert hit.headers["content-type"] == "application/json"
    assert hit.headers["traceparent"].startswith("00-")
    await eventually(lambda: there.has("/alles", 1))
    assert there.at("/ander") == []
    (row,) = await delivered(client, 1, abonnement=number(one), status="afgeleverd")
    assert row["gebeurtenis"] == hit.headers["webhook-id"]
    assert (row["laatsteStatus"], row["laatsteFout"], row["pogingen"]) == (204, "", 1)
    assert row["abonnement"] == one["url"]
    detail = (await client.get(row["url"])).json()
    assert [(attempt["status"], attempt["fout"]) for attempt in detail["verloop"]] == [(204, "")]


async def test_from_event_to_subscriber_takes_milliseconds(live: ServiceUnderTest, there: Subscribers) -> None:
    client = live.client()
    await kanaal(client)
    await subscribe(client, f"{there.url}/een")
    loop, took = asyncio.get_running_loop(), []
    for place in range(30):
        started = loop.time()
        await publish(client, number=place)
        await eventually(lambda: there.has("/een", place + 1))  # noqa: B023 - awaited at once
        took.append(there.at("/een")[-1].at - started)
    took.sort()
    assert took[len(took) // 2] < 0.2, took  # far below any polling; the goal is measured in the benchmark


async def test_who_hangs_fails_or_refuses_delays_nobody(live: ServiceUnderTest, there: Subscribers) -> None:
    client = live.client()
    await kanaal(client)
    there.behaviours |= {"/hangt": hang, "/stuk": status(500)}
    for path in ("hangt", "stuk", "goed"):
        await subscribe(client, f"{there.url}/{path}")
    for place in range(20):
        await publish(client, number=place)
    await eventually(lambda: there.has("/goed", 20), seconds=5)
    assert len(there.at("/hangt")) < 20
    assert len(there.at("/stuk")) < 20
    await delivered(client, 20, status="afgeleverd")
    waiting = await delivered(client, 40, status="wacht")
    assert len(waiting) == 40
    assert len({hit.headers["webhook-id"] for hit in there.at("/goed")}) == 20


async def test_tried_again_and_back_after_a_day(live: ServiceUnderTest, there: Subscribers) -> None:
    client = live.client()
    await kanaal(client)
    there.behaviours["/weg"] = status(503)
    abonnement = await subscribe(client, f"{there.url}/weg")
    for place in range(5):
        await publish(client, number=place)
    await delivered(client, 5, abonnement=number(abonnement), status="wacht")

    async def tripped() -> bool:
        rows = await live.runtime.database.fetch("SELECT fouten, pauze_tot FROM wachtrij WHERE pauze_tot IS NOT NULL")
        return bool(rows) and rows[0]["fouten"] >= 3

    await eventually(tripped)
    there.behaviours["/weg"] = status(204)
    before = len(there.at("/weg"))
    with clock.frozen(clock.now() + timedelta(hours=24)):
        client = live.client()  # tokens live one hour
        await wake(live.runtime)
        rows = await delivered(client, 5, abonnement=number(abonnement), status="afgeleverd")
    assert len(there.at("/weg")) == before + 5
    assert max(row["pogingen"] for row in rows) >= 2
    assert len({hit.headers["webhook-id"] for hit in there.at("/weg")}) == 5
    (state,) = await live.runtime.database.fetch("SELECT fouten, pauze_tot FROM wachtrij")
    assert (state["fouten"], state["pauze_tot"]) == (0, None)


async def test_retry_after_is_honoured(live: ServiceUnderTest, there: Subscribers) -> None:
    client = live.client()
    await kanaal(client)
    there.behaviours["/druk"] = status(429, retry_after="3600")
    abonnement = await subscribe(client, f"{there.url}/druk")
    started = clock.now()
    await publish(client)

    async def tried() -> str | None:
        (row,) = await delivered(client, 1, abonnement=number(abonnement))
        return str(row["volgendePoging"]) if row["pogingen"] else None

    again = datetime.fromisoformat(await eventually(tried))
    assert timedelta(hours=1) <= again - started < timedelta(hours=1, minutes=1)
    await publish(client, number=2)  # the subscriber as a whole is left alone
    await delivered(client, 2, abonnement=number(abonnement), status="wacht")
    assert len(there.at("/druk")) == 1


async def test_after_three_days_a_dead_letter_that_can_be_offered_again(
    live: ServiceUnderTest, there: Subscribers
) -> None:
    client = live.client()
    await kanaal(client)
    there.behaviours["/weg"] = status(500)
    abonnement = await subscribe(client, f"{there.url}/weg")
    await publish(client)
    await eventually(lambda: there.has("/weg", 1))
    with clock.frozen(clock.now() + timedelta(hours=73)):
        client = live.client()  # tokens live one hour
        await wake(live.runtime)
        (row,) = await delivered(client, 1, abonnement=number(abonnement), status="onbestelbaar")
        (letter,) = (await client.get(f"{BEZORGING}/onbestelbare-berichten")).json()["results"]
        assert letter["soort"] == "aflevering"
        assert letter["ontvanger"] == abonnement["url"]
        assert letter["aflevering"] == row["url"]
        assert letter["status"] == "open"
        assert letter["bericht"] == there.at("/weg")[0].body
        there.behaviours["/weg"] = status(204)
        offered = await client.post(f"{letter['url']}/_opnieuw")
        assert offered.status_code == 200, offered.text
        assert offered.json()["opnieuwAangeboden"][0]["door"] == "test"
        await delivered(client, 1, abonnement=number(abonnement), status="afgeleverd")
        closed = (await client.get(letter["url"])).json()
        assert closed["status"] == "bezorgd"
        assert (await client.post(f"{letter['url']}/_opnieuw")).json()["code"] == "al-bezorgd"
    assert len({hit.headers["webhook-id"] for hit in there.at("/weg")}) == 1


@dataclass
class Hesitant:
    """A subscriber that refuses, later only after a while; and how often the dispatcher gave deliveries up meanwhile."""

    answers: asyncio.Event = field(default_factory=asyncio.Event)
    given_up: list[int] = field(default_factory=list)

    async def __call__(self, _: Hit) -> tuple[int, dict[str, str]]:
        await self.answers.wait()
        return 500, {}

    def watch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        expire = outcome.expire

        async def watched(*given: Any) -> int:
            self.given_up.append(await expire(*given))
            return self.given_up[-1]

        monkeypatch.setattr(outcome, "expire", watched)

    async def looked(self) -> bool:
        return bool(self.given_up)


async def test_a_delivery_that_is_being_tried_is_not_given_up_meanwhile(
    live_service: MakeService, there: Subscribers, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = await live_service("notificaties", allow_hosts="127.0.0.1", webhook_timeout=20)
    await leading(live)
    client = live.client()
    await kanaal(client)
    there.behaviours["/weg"] = status(500)
    abonnement = await subscribe(client, f"{there.url}/weg")
    await publish(client)
    hesitant = Hesitant()
    hesitant.watch(monkeypatch)

    async def tried() -> bool:
        found = await deliveries(client, abonnement=number(abonnement))
        return bool(found) and bool(found[0]["pogingen"])

    await eventually(tried)
    there.behaviours["/weg"] = hesitant
    with clock.frozen(clock.now() + timedelta(seconds=5)):
        await wake(live.runtime)
        await eventually(lambda: there.has("/weg", 2))
    with clock.frozen(clock.now() + timedelta(hours=73)):
        client = live.client()  # tokens live one hour
        await wake(live.runtime)
        await eventually(hesitant.looked)
        assert len(await deliveries(client, abonnement=number(abonnement), status="wacht")) == 1
        hesitant.answers.set()
        await delivered(client, 1, abonnement=number(abonnement), status="onbestelbaar")
        there.behaviours["/weg"] = status(204)
        (letter,) = (await client.get(f"{BEZORGING}/onbestelbare-berichten")).json()["results"]
        assert (await client.post(f"{letter['url']}/_opnieuw")).status_code == 200
        await delivered(client, 1, abonnement=number(abonnement), status="afgeleverd")


async def test_410_ends_the_abonnement(live: ServiceUnderTest, there: Subscribers) -> None:
    client = live.client()
    await kanaal(client)
    there.behaviours["/op"] = status(410)
    abonnement = await subscribe(client, f"{there.url}/op")
    await publish(client)
    await delivered(client, 1, abonnement=number(abonnement), status="onbestelbaar")
    tried = len(there.at("/op"))
    other = await subscribe(client, f"{there.url}/goed")
    await publish(client, number=2)
    await delivered(client, 1, abonnement=number(other), status="afgeleverd")
    assert len(there.at("/op")) == tried
    assert len(await deliveries(client, abonnement=number(abonnement))) == 1
    (letter,) = (await client.get(f"{BEZORGING}/onbestelbare-berichten")).json()["results"]
    refused = await client.post(f"{letter['url']}/_opnieuw")
    assert (refused.status_code, refused.json()["code"]) == (409, "abonnement-gestopt")
    there.behaviours["/op"] = status(204)
    body = {"callbackUrl": f"{there.url}/op", "auth": "Bearer canary-of-the-subscriber-8471"}
    assert (await client.patch(abonnement["url"], json=body)).status_code == 200
    assert (await client.post(f"{letter['url']}/_opnieuw")).status_code == 200
    await delivered(client, 1, abonnement=number(abonnement), status="afgeleverd")


async def test_410_of_the_address_before_ends_nothing(live: ServiceUnderTest, there: Subscribers) -> None:
    client, may = live.client(), asyncio.Event()
    await kanaal(client)

    async def ends(_: Hit) -> tuple[int, dict[str, str]]:
        await may.wait()
        return 410, {}

    there.behaviours["/oud"] = ends
    abonnement = await subscribe(client, f"{there.url}/oud")
    await publish(client)
    await eventually(lambda: there.has("/oud", 1))
    assert (await client.patch(abonnement["url"], json={"callbackUrl": f"{there.url}/nieuw"})).status_code == 200
    may.set()
    await delivered(client, 1, abonnement=number(abonnement), status="afgeleverd")
    assert len(there.at("/nieuw")) == 1


async def test_who_is_revived_is_not_ended_by_a_call_from_before(live: ServiceUnderTest, there: Subscribers) -> None:
    client, may = live.client(), asyncio.Event()
    await kanaal(client)

    async def ends(_: Hit) -> tuple[int, dict[str, str]]:
        if len(there.at("/op")) == 1:
            await may.wait()
            return 500, {}
        return 410, {}

    there.behaviours["/op"] = ends
    abonnement = await subscribe(client, f"{there.url}/op")
    await publish(client)
    await eventually(lambda: there.has("/op", 1))
    await publish(client, number=2)
    await delivered(client, 1, abonnement=number(abonnement), status="onbestelbaar")
    there.behaviours["/op"] = status(204)
    assert (await client.patch(abonnement["url"], json={"auth": AUTH})).status_code == 200
    may.set()
    await delivered(client, 1, abonnement=number(abonnement), status="afgeleverd")
    (state,) = await live.runtime.database.fetch("SELECT gestopt_op FROM wachtrij")
    assert state["gestopt_op"] is None


async def test_410_is_final_also_when_a_call_before_it_succeeds_after_it(
    live: ServiceUnderTest, there: Subscribers
) -> None:
    client = live.client()
    await kanaal(client)
    may = asyncio.Event()

    async def ends(hit: Hit) -> tuple[int, dict[str, str]]:
        if len(there.at("/op")) == 1:
            await may.wait()
            return 204, {}
        return 410, {}

    there.behaviours["/op"] = ends
    abonnement = await subscribe(client, f"{there.url}/op")
    await publish(client)
    await eventually(lambda: there.has("/op", 1))
    await publish(client, number=2)
    await delivered(client, 1, abonnement=number(abonnement), status="onbestelbaar")
    may.set()
    await delivered(client, 1, abonnement=number(abonnement), status="afgeleverd")
    (state,) = await live.runtime.database.fetch("SELECT gestopt_op FROM wachtrij")
    assert state["gestopt_op"] is not None


async def test_cancelled_abonnement_gets_nothing_more(live: ServiceUnderTest, there: Subscribers) -> None:
    client = live.client()
    await kanaal(client)
    there.behaviours["/weg"] = status(500)
    abonnement = await subscribe(client, f"{there.url}/weg")
    await publish(client)
    await eventually(lambda: there.has("/weg", 1))
    assert (await client.delete(abonnement["url"])).status_code == 204
    await delivered(client, 1, abonnement=number(abonnement), status="vervallen")
    await publish(client, number=2)
    other = await subscribe(client, f"{there.url}/goed")
    await publish(client, number=3)
    await delivered(client, 1, abonnement=number(other), status="afgeleverd")
    assert len(await deliveries(client, abonnement=number(abonnement))) == 1


async def test_who_is_updated_gets_at_once_what_waits(live: ServiceUnderTest, there: Subscribers) -> None:
    """Whoever was told that it is away hears that it is back."""
    client = live.client()
    await kanaal(client)
    await kanaal(client, "bezorging", ("abonnement",))
    await subscribe(client, f"{there.url}/beheer", "bezorging")
    there.behaviours["/weg"] = status(503)
    abonnement = await subscribe(client, f"{there.url}/weg")
    await publish(client)

    async def tripped() -> bool:
        rows = await live.runtime.database.fetch("SELECT fouten FROM wachtrij WHERE fouten >= 3")
        return bool(rows)

    await eventually(tripped, seconds=20)
    await live.runtime.database.fetch(
        "UPDATE aflevering SET volgende_poging = now() + interval '6 hours' WHERE status = 'wacht'"
    )
    there.behaviours["/weg"] = status(204)
    body = {"callbackUrl": f"{there.url}/weg", "auth": AUTH, "kanalen": [{"naam": "zaken"}]}
    assert (await client.put(abonnement["url"], json=body)).status_code == 200
    await delivered(client, 1, abonnement=number(abonnement), status="afgeleverd")

    async def told() -> bool:
        return [hit.body["actie"] for hit in there.at("/beheer")] == ["hapert", "onbereikbaar", "bereikbaar"]

    await eventually(told)


async def test_an_abonnement_that_ends_while_its_event_is_distributed(
    live: ServiceUnderTest, there: Subscribers, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = live.client()
    await kanaal(client)
    abonnement = await subscribe(client, f"{there.url}/een")
    found, may, enqueue = asyncio.Event(), asyncio.Event(), distribution.enqueue

    async def later(*given: Any) -> Any:
        found.set()
        await may.wait()
        return await enqueue(*given)

    monkeypatch.setattr(distribution, "enqueue", later)
    await publish(client)
    await asyncio.wait_for(found.wait(), 10)
    assert (await client.delete(abonnement["url"])).status_code == 204
    may.set()
    await delivered(client, 1, abonnement=number(abonnement), status="vervallen")
    assert there.hits == []


async def test_a_new_address_counts_at_once(live: ServiceUnderTest, there: Subscribers) -> None:
    client = live.client()
    await kanaal(client)
    abonnement = await subscribe(client, f"{there.url}/oud")
    await publish(client)
    await eventually(lambda: there.has("/oud", 1))
    body = {"callbackUrl": f"{there.url}/nieuw"}
    assert (await client.patch(abonnement["url"], json=body)).status_code == 200
    await publish(client, number=2)
    await eventually(lambda: there.has("/nieuw", 1))
    assert len(there.at("/oud")) == 1


async def test_an_address_that_changes_while_it_is_being_read(
    live: ServiceUnderTest, there: Subscribers, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = live.client()
    await kanaal(client)
    abonnement = await subscribe(client, f"{there.url}/oud")
    read, may, load_target = asyncio.Event(), asyncio.Event(), dispatch.load_target

    async def slowly(*given: Any) -> Any:
        target = await load_target(*given)
        read.set()
        await may.wait()
        return target

    monkeypatch.setattr(dispatch, "load_target", slowly)
    await publish(client)
    await asyncio.wait_for(read.wait(), 10)
    body = {"callbackUrl": f"{there.url}/nieuw"}
    assert (await client.patch(abonnement["url"], json=body)).status_code == 200

    async def noticed() -> bool:
        (row,) = await live.runtime.database.fetch("SELECT nummer FROM abonnement_versie")
        return bool(queueing._listeners[id(live.runtime)]._version == row["nummer"])  # type: ignore[attr-defined]

    await eventually(noticed)
    may.set()
    await delivered(client, 1, abonnement=number(abonnement), status="afgeleverd")
    assert [len(there.at(path)) for path in ("/oud", "/nieuw")] == [0, 1]


async def test_an_address_that_became_private_is_not_called(live: ServiceUnderTest, there: Subscribers) -> None:
    client = live.client()
    await kanaal(client)
    abonnement = await subscribe(client, f"{there.url}/een")
    for url, fout in (("http://169.254.169.254/x", "FetchRefused"), ("http://localhost:1/x", "Connect")):
        await live.runtime.database.fetch("UPDATE abonnement SET callback_url = $1", url)
        await client.patch(abonnement["url"], json={"kanalen": [{"naam": "zaken"}]})
        made = await publish(client)

        async def failed(wanted: str = fout, about: str = made["resourceUrl"]) -> bool:
            found = await deliveries(client, abonnement=number(abonnement))
            return any(row["resourceUrl"] == about and row["laatsteFout"].startswith(wanted) for row in found)

        await eventually(failed)
    assert there.hits == []


async def test_two_replicas_one_delivers_and_the_other_takes_over(
    live: ServiceUnderTest, there: Subscribers, live_service: MakeService
) -> None:
    second = await live_service("notificaties", allow_hosts="127.0.0.1", database=live.dsn)
    await leading(second)
    client = second.client()
    await kanaal(client)
    await subscribe(client, f"{there.url}/een")
    for place in range(10):
        await publish(client, number=place)
    await eventually(lambda: there.has("/een", 10))
    await live.runtime.stop()
    for place in range(10):
        await publish(client, number=place)
    await eventually(lambda: there.has("/een", 20))
    await delivered(client, 20, status="afgeleverd")
    assert len(there.at("/een")) == 20


async def test_what_another_replica_offers_again_goes_at_once(
    live: ServiceUnderTest, there: Subscribers, live_service: MakeService
) -> None:
    second = await live_service("notificaties", allow_hosts="127.0.0.1", database=live.dsn)
    await leading(second)
    client = second.client()
    await kanaal(client)
    there.behaviours["/druk"] = status(429, retry_after="3600")
    abonnement = await subscribe(client, f"{there.url}/druk")
    await publish(client)

    async def given_up() -> int:
        return await outcome.expire(live.runtime, clock.now() + timedelta(hours=73), ())

    await eventually(given_up)
    there.behaviours["/druk"] = status(204)
    (letter,) = (await client.get(f"{BEZORGING}/onbestelbare-berichten")).json()["results"]
    assert (await client.post(f"{letter['url']}/_opnieuw")).status_code == 200
    await delivered(client, 1, abonnement=number(abonnement), status="afgeleverd")


async def test_the_lead_is_taken_again_after_its_connection_is_lost(live: ServiceUnderTest, there: Subscribers) -> None:
    client = live.client()
    await kanaal(client)
    await subscribe(client, f"{there.url}/een")
    await publish(client)
    await eventually(lambda: there.has("/een", 1))
    ended = await live.runtime.database.fetch(
        "SELECT pg_terminate_backend(pid) AS ended FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND database "
        "= (SELECT oid FROM pg_database WHERE datname = current_database())",
        dispatch._LOCK,
    )
    assert [row["ended"] for row in ended] == [True]
    await publish(client, number=2)
    await eventually(lambda: there.has("/een", 2))
    await delivered(client, 2, status="afgeleverd")
    assert len(there.at("/een")) == 2
