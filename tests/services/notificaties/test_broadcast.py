"""Every notificatie goes out once more, for those who follow its kanaal live."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import nats
import orjson
import pytest
import pytest_asyncio
from nats.js import JetStreamContext

from chassis import telemetry
from chassis.catalog import ADMINISTRATOR, inbox_prefix
from chassis.cloudevents import Event
from chassis.consuming import ACK_WAIT, Hopeless
from chassis.problems import Unavailable
from chassis.testing.plugin import MakeService
from chassis.testing.servers import Servers
from chassis.testing.service import ServiceUnderTest, eventually
from services.notificaties.broadcast import broadcast
from services.notificaties.projection import project
from tests.contracts.published_events import complaints
from tests.services.notificaties.test_crash import beside, process
from tests.services.notificaties.webhooks import (
    NOTIFICATIES,
    deliveries,
    kanaal,
    leading,
    publish,
    subscribe,
    subscribers,
)


@pytest_asyncio.fixture
async def live(live_service: MakeService) -> ServiceUnderTest:
    made = await live_service("notificaties", allow_hosts="127.0.0.1")
    await leading(made)
    return made


@pytest_asyncio.fixture
async def bus(servers: Servers) -> AsyncIterator[JetStreamContext]:
    """The streams, as the administrator sees them."""
    await servers.ensure_streams()
    prefix = inbox_prefix(ADMINISTRATOR).encode()
    client = await nats.connect(servers.nats.url(ADMINISTRATOR), inbox_prefix=prefix, allow_reconnect=False)
    try:
        yield client.jetstream()
    finally:
        await client.close()


async def published(bus: JetStreamContext) -> list[tuple[str, dict[str, Any]]]:
    """What the stream holds: subject and event."""
    state, found = (await bus.stream_info("NOTIFICATIES")).state, []
    for sequence in range(max(state.first_seq, 1), state.last_seq + 1):
        message = await bus.get_msg("NOTIFICATIES", sequence)
        found.append((str(message.subject), orjson.loads(message.data or b"")))
    return found


def event(**changes: Any) -> Event:
    """An event as a consumer has it."""
    given = {
        "id": uuid.uuid4(),
        "type": "nl.overheid.test.x",
        "subject": str(uuid.uuid4()),
        "source": "urn:nld:gemeente:gm9001:systeem:zaken",
        "sequence": 7,
        "dataref": "https://m/zaken/1",
        "time": "2026-03-01T12:00:00Z",
        "data": {"kenmerken": {"zaaktype": "https://m/zaaktypen/2"}},
        "nats_subject": "zgw.v1.gm9001.zaken.zaak.create",
    }
    return Event(**{**given, **changes})


async def test_it_is_what_a_webhook_gets_under_the_same_id(live: ServiceUnderTest, bus: JetStreamContext) -> None:
    client = live.client()
    async with subscribers() as there:
        await kanaal(client, "Eigen Kanaal!", ("soort",))
        await subscribe(client, f"{there.url}/een", "Eigen Kanaal!")
        await publish(client, naam="Eigen Kanaal!", soort="a")
        (hit,) = await eventually(lambda: there.has("/een", 1))
        [(subject, found)] = await published(bus)
    assert subject == "notificaties.v1.gm9001.eigen-kanaal"
    assert (found["type"], found["id"]) == ("nl.overheid.notificaties.notificatie", hit.headers["webhook-id"])
    assert (found["data"], found["dataref"]) == (hit.body, hit.body["resourceUrl"])
    assert complaints(found) == []


async def test_nobody_needs_an_abonnement(live: ServiceUnderTest, bus: JetStreamContext) -> None:
    given = event()
    await broadcast(live.runtime, given, project(given))
    [(subject, found)] = await published(bus)
    assert subject == "notificaties.v1.gm9001.zaken"
    assert (found["id"], found["subject"], found["sequence"]) == (str(given.id), given.subject, "7")
    assert found["source"] == "urn:nld:gemeente:gm9001:systeem:notificaties"
    assert found["time"] == given.time
    assert found["data"] == {
        "kanaal": "zaken",
        "hoofdObject": "https://m/zaken/1",
        "resource": "zaak",
        "resourceUrl": "https://m/zaken/1",
        "actie": "create",
        "aanmaakdatum": "2026-03-01T12:00:00Z",
        "kenmerken": {"zaaktype": "https://m/zaaktypen/2"},
    }
    assert complaints(found) == []


async def test_a_cloudevent_of_elsewhere_is_on_no_kanaal(live: ServiceUnderTest, bus: JetStreamContext) -> None:
    client = live.client()
    await kanaal(client)
    before = telemetry.value("meent_dead_letters_total", consumer="notificaties-zgw")
    offered = {"specversion": "1.0", "id": "1", "source": "urn:bron", "type": "nl.bron.ding-gemaakt", "data": {}}
    made = await client.post(f"{NOTIFICATIES}/cloudevents", json=offered)
    assert made.status_code == 201, made.text
    body = await publish(client)

    async def out() -> Any:
        return await published(bus)

    [(_, found)] = await eventually(out)
    assert found["data"] == body
    assert telemetry.value("meent_dead_letters_total", consumer="notificaties-zgw") == before


async def test_a_repeat_is_dropped_also_when_it_is_a_replay(live: ServiceUnderTest, bus: JetStreamContext) -> None:
    first, other = event(), event(replayed=True)
    for one in (first, first, replace(first, replayed=True), other):
        await broadcast(live.runtime, one, project(one))
    assert [found["id"] for _, found in await published(bus)] == [str(first.id), str(other.id)]


async def test_what_the_bus_cannot_carry_is_hopeless(live: ServiceUnderTest, bus: JetStreamContext) -> None:
    large = event(dataref=f"https://m/{'x' * 400_000}")  # hoofdObject, resourceUrl and dataref
    with pytest.raises(Hopeless):
        await broadcast(live.runtime, large, project(large))
    assert await published(bus) == []


async def test_without_the_broker_it_is_tried_again(live: ServiceUnderTest, servers: Servers) -> None:
    given = event()
    servers.nats.stop()
    await eventually(lambda: lost(live))
    try:
        with pytest.raises(Unavailable):
            await broadcast(live.runtime, given, project(given))
    finally:
        servers.nats.start()


async def lost(made: ServiceUnderTest) -> bool:
    return not made.runtime.messaging.connected


async def test_while_it_cannot_be_published_the_event_waits(
    live: ServiceUnderTest, bus: JetStreamContext, servers: Servers
) -> None:
    """So that a webhook and a live client get the same notificaties, or both wait."""
    client = live.client()
    async with subscribers() as there:
        await kanaal(client)
        await subscribe(client, f"{there.url}/een")
        before = telemetry.value("meent_events_failed_total", consumer="notificaties-zgw")
        await bus.delete_stream("NOTIFICATIES")
        try:
            await publish(client)

            async def failed() -> bool:
                return telemetry.value("meent_events_failed_total", consumer="notificaties-zgw") >= before + 2

            await eventually(failed)
            assert await deliveries(client) == []
            assert there.hits == []
        finally:
            await servers.ensure_streams()
        (hit,) = await eventually(lambda: there.has("/een", 1))
    assert [found["id"] for _, found in await published(bus)] == [hit.headers["webhook-id"]]


@pytest.mark.suite
async def test_a_crash_between_publish_and_commit_gives_one_notificatie(
    servers: Servers, live_service: object, bus: JetStreamContext
) -> None:
    async with subscribers() as there, beside(servers) as made:
        client = made.client()
        await kanaal(client)
        await subscribe(client, f"{there.url}/een")
        await publish(client)
        async with process(servers, made.dsn, "consumer-before-commit") as first:
            assert await asyncio.wait_for(first.wait(), 20) == -9
        [(_, found)] = await published(bus)
        assert await deliveries(client) == []
        async with process(servers, made.dsn):  # what the first had taken comes again after ACK_WAIT
            (hit,) = await eventually(lambda: there.has("/een", 1), seconds=ACK_WAIT + 10)
        assert [again["id"] for _, again in await published(bus)] == [found["id"]] == [hit.headers["webhook-id"]]
