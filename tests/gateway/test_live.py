import asyncio
import contextlib
from collections.abc import AsyncIterator

import httpx
import pytest

import gateway.feeds
from chassis import telemetry
from chassis.testing.plugin import MakeService
from chassis.testing.servers import Servers
from chassis.testing.service import eventually
from gateway.feeds import Event
from tests.gateway.following import PARKEREN, WEGEN, Stage, administrator, staged
from tests.gateway.servers import connect, until


@pytest.fixture
async def stage(live_service: MakeService, servers: Servers) -> AsyncIterator[Stage]:
    async with staged(await live_service("gateway"), servers) as made:
        yield made


@pytest.mark.parametrize("path", ["/live/taken?ploeg=wegen", "/live/opvolgingen?afdeling=parkeren"])
async def test_without_the_right_for_this_ploeg_or_afdeling_nothing_is_shown(stage: Stage, path: str) -> None:
    other = [
        {**WEGEN[0], "ploeg": "groen"},
        {**PARKEREN[0], "afdeling": "afval"},
        {**WEGEN[0], "scopes": ["taken.bijwerken"]},
    ]
    async with httpx.AsyncClient() as client:
        answer = await client.get(stage.url + path)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
        for rights in ([], other):
            answer = await client.get(stage.url + path, headers=stage.headers(rights))
            assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
            assert answer.headers["content-type"] == "application/problem+json"


async def test_a_query_that_is_no_ploeg_is_400(stage: Stage) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{stage.url}/live/taken?ploeg=%3E&x=1", headers=stage.headers(WEGEN))
    assert answer.status_code == 400
    assert [field["name"] for field in answer.json()["invalidParams"]] == ["x", "ploeg"]


async def test_only_get(stage: Stage) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{stage.url}/live/taken?ploeg=wegen", headers=stage.headers(WEGEN))
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


async def test_a_ploeg_sees_its_own_taken_as_they_happen_and_nothing_else(stage: Stage) -> None:
    await stage.taak(1)
    async with stage.follow() as stream:
        assert stream.answer.headers["content-type"].startswith("text/event-stream")
        assert stream.answer.headers["cache-control"] == "no-store"
        await stage.taak(2, "wegenbouw")
        await stage.taak(3, "groen")
        await stage.publish("mor.v1.gm9001.melding.wegen.a.b.c.gemeld", 4)
        await stage.publish("mor.v1.gm9002.taak.wegen.aangemaakt", 5)
        fourth, fifth = await stage.taak(6), await stage.publish("mor.v1.gm9001.taak.wegen.ingetrokken", 7)
        assert await stream.events(2) == [(fourth, 6), (fifth, 7)]


async def test_an_afdeling_sees_its_own_opvolgingen(stage: Stage) -> None:
    async with stage.follow("/live/opvolgingen?afdeling=parkeren") as stream:
        await stage.publish("afdeling.v1.gm9001.afval.opvolging.gevraagd", 1)
        await stage.publish("afdeling.v1.gm9001.parkeren.opvolging.gevraagd", 2)
        [(_, number)] = await stream.events(1)
    assert number == 2


async def test_who_comes_back_gets_what_it_missed_in_order_and_once(stage: Stage) -> None:
    async with stage.follow() as stream:
        first = await stage.taak(1)
        assert await stream.events(1) == [(first, 1)]
    missed = [(await stage.taak(number), number) for number in range(2, 40)]
    await stage.taak(99, "groen")
    async with stage.follow(last=first) as stream:
        assert stream.place == first
        later = [(await stage.taak(number), number) for number in range(40, 50)]
        assert await stream.events(len(missed) + len(later)) == missed + later


async def test_a_client_that_saw_no_event_yet_still_has_a_place_to_come_back_to(stage: Stage) -> None:
    await stage.taak(1)
    async with stage.follow() as stream:
        place = stream.place
    missed = await stage.taak(2)
    async with stage.follow(last=place) as stream:
        assert await stream.events(1) == [(missed, 2)]


async def test_events_published_while_many_clients_join_reach_each_of_them_once(stage: Stage) -> None:
    start = await stage.taak(0)
    published: list[tuple[int, int]] = []

    async def publish() -> None:
        for number in range(1, 101):
            published.append((await stage.taak(number), number))

    async def read() -> list[tuple[int, int]]:
        async with stage.follow(last=start) as stream:
            return await stream.events(100)

    *seen, _ = await asyncio.gather(*(read() for _ in range(10)), publish())
    assert all(each == published for each in seen)


async def test_one_consumer_serves_all_clients_of_a_ploeg_and_goes_with_the_last(stage: Stage) -> None:
    async with stage.follow(), stage.follow(), stage.follow("/live/taken?ploeg=wegen"):
        assert len(await stage.jetstream.consumers_info("MOR")) == 1
        assert telemetry.value("meent_live_clients", stream="MOR") == 3

    async def gone() -> bool:
        return not await stage.jetstream.consumers_info("MOR")

    await eventually(gone, seconds=15)


@pytest.mark.parametrize("last", ["1", "999999"])
async def test_a_place_the_stream_no_longer_has_is_410_with_the_way_on(stage: Stage, last: str) -> None:
    for number in range(5):
        await stage.taak(number)
    await stage.jetstream.purge_stream("MOR")
    await stage.taak(6)
    async with httpx.AsyncClient() as client:
        answer = await client.get(
            f"{stage.url}/live/taken?ploeg=wegen", headers=stage.headers(WEGEN, **{"last-event-id": last})
        )
    link = "http://meent.test/taken/api/v1/taken?ploeg=wegen"
    assert (answer.status_code, answer.json()["code"]) == (410, "gone")
    assert answer.headers["link"] == f'<{link}>; rel="alternate"'
    assert link in answer.json()["detail"]


async def test_a_last_event_id_that_is_no_number_is_400(stage: Stage) -> None:
    async with httpx.AsyncClient() as client:
        headers = stage.headers(WEGEN, **{"last-event-id": "-1"})
        answer = await client.get(f"{stage.url}/live/taken?ploeg=wegen", headers=headers)
    assert answer.status_code == 400
    assert answer.json()["invalidParams"][0]["name"] == "Last-Event-ID"


async def test_a_quiet_stream_says_that_it_lives(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway.feeds, "HEARTBEAT", 0.1)
    async with stage.follow() as stream:
        assert await stream.block() == {"": ""}
        sequence = await stage.taak(1)
        while "id" not in (block := await stream.block()):
            assert block == {"": ""}
        assert int(block["id"]) == sequence


async def test_a_stream_ends_when_its_client_loses_the_right(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway.feeds, "HEARTBEAT", 0.1)
    async with stage.follow() as stream:
        for client_id in list(stage.gateway.runtime.policy._rights):
            stage.gateway.grant(client_id, PARKEREN)
        await stream.end()


@pytest.mark.parametrize(("limit", "value"), [("QUEUE", 20), ("STALL", 0.2)])
async def test_a_client_that_does_not_read_is_disconnected(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, limit: str, value: float
) -> None:
    monkeypatch.setattr(gateway.feeds, limit, value)
    headers = "".join(f"{name}: {value}\r\n" for name, value in stage.headers(WEGEN).items())
    reader, writer = await connect(stage.url)
    writer.write(f"GET /live/taken?ploeg=wegen HTTP/1.1\r\nhost: x\r\n{headers}\r\n".encode())
    await reader.readuntil(b"id: ")
    writer.transport.pause_reading()
    feeds = stage.gateway.service.other.live._feeds
    [feed] = feeds._feeds.values()
    big = b'{"x": "' + b"x" * 500_000 + b'"}'
    async with asyncio.timeout(20):
        while feed.followers:
            await stage.jetstream.publish("mor.v1.gm9001.taak.wegen.aangemaakt", big)
    writer.transport.abort()
    writer.close()


async def test_without_nats_streams_end_and_new_ones_are_503_until_it_is_back(stage: Stage, servers: Servers) -> None:
    async with stage.follow() as stream:
        first = await stage.taak(1)
        await stream.events(1)
        await asyncio.to_thread(servers.nats.stop)
        try:
            await stream.end()
            async with httpx.AsyncClient() as client:
                answer = await client.get(f"{stage.url}/live/taken?ploeg=wegen", headers=stage.headers(WEGEN))
            assert (answer.status_code, answer.json()["code"]) == (503, "events_unavailable")
            assert int(answer.headers["retry-after"]) > 0
        finally:
            await asyncio.to_thread(servers.nats.start)

    messaging = stage.gateway.runtime.messaging

    async def back() -> bool:
        return messaging.connected and messaging.generation > 0

    await eventually(back, seconds=15)
    async with stage.follow(last=first) as stream:
        publisher = await administrator(servers)
        stage.jetstream = publisher.jetstream()
        second = await stage.taak(2)
        assert await stream.events(1) == [(second, 2)]
        await publisher.close()


async def test_a_leaving_client_leaves_nothing_behind(stage: Stage) -> None:
    feeds = stage.gateway.service.other.live._feeds
    async with stage.follow():
        assert len(feeds._feeds) == 1
    await until(lambda: not feeds._feeds)


async def test_a_client_that_leaves_while_it_catches_up_leaves_nothing_behind(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    feeds, reading = stage.gateway.service.other.live._feeds, asyncio.Event()

    async def missed(*_: object) -> AsyncIterator[Event]:
        reading.set()
        with contextlib.suppress(asyncio.CancelledError):  # lost, as asyncio.wait_for did before Python 3.12
            await asyncio.Event().wait()
        for event in ():
            yield event

    monkeypatch.setattr(feeds, "missed", missed)
    async with stage.follow():
        await reading.wait()
    await until(lambda: not feeds._feeds)
