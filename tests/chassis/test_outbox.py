"""The outbox: order per aggregate, at least once, whatever dies."""

import asyncio
import shutil
from collections import defaultdict
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import nats
import pytest

from chassis import clock, outbox, telemetry
from chassis.catalog import ADMINISTRATOR, inbox_prefix
from chassis.cloudevents import Event, EventType
from chassis.idempotency import KEPT
from chassis.resource import new_id
from chassis.testing.servers import Servers
from chassis.testing.service import ServiceUnderTest, eventually, running
from chassis.unit import unit_of_work
from tests.chassis.conftest import MakeLive, example_database
from tests.chassis.example import (
    IDENTITY,
    STREAM,
    THING_CHANGED,
    THING_REFUSED,
    ThingData,
    change_thing,
    example_service,
    make_thing,
)


async def emit(made: ServiceUnderTest, *about: UUID, event: EventType = THING_CHANGED, times: int = 1) -> None:
    """Events about these, in one transaction."""
    async with unit_of_work(made.runtime) as unit:
        for _ in range(times):
            for one in about:
                unit.emit(event, about=one, data=ThingData(thing="x"), dataref="http://x", kind="a")


async def unsent(made: ServiceUnderTest) -> int:
    rows = await made.runtime.database.fetch("SELECT count(*) AS n FROM outbox WHERE sent_at IS NULL")
    return int(rows[0]["n"])


async def waits_for(made: ServiceUnderTest, number: int) -> bool:
    return await unsent(made) == number


async def published(servers: Servers, stream: str = STREAM) -> list[Event]:
    """What the stream holds."""
    client = await nats.connect(servers.nats.url(ADMINISTRATOR), inbox_prefix=inbox_prefix(ADMINISTRATOR).encode())
    try:
        jetstream = client.jetstream()
        state = (await jetstream.stream_info(stream)).state
        found = [await jetstream.get_msg(stream, seq) for seq in range(max(state.first_seq, 1), state.last_seq + 1)]
        return [Event.parse(message.data or b"") for message in found]
    finally:
        await client.close()


def per_aggregate(events: list[Event]) -> dict[str, list[int]]:
    """The sequences of each aggregate in the order in which they were published."""
    found: dict[str, list[int]] = defaultdict(list)
    for event in events:
        found[event.subject].append(event.sequence)
    return found


class TestSequence:
    async def test_twenty_writers_leave_no_gap_and_no_double(self, example: ServiceUnderTest) -> None:
        async with unit_of_work(example.runtime) as unit:
            things = [(await make_thing(unit, f"n{number}")).id for number in range(3)]

        async def write(number: int) -> None:
            for turn in range(6):
                async with unit_of_work(example.runtime) as unit:
                    order = sorted({things[0], things[(number + turn) % 3]})
                    for one in order:
                        await change_thing(unit, one, amount=number * 100 + turn)

        await asyncio.gather(*(write(number) for number in range(20)))
        rows = await example.runtime.database.fetch("SELECT aggregate, sequence FROM outbox ORDER BY position")
        found: dict[Any, list[int]] = defaultdict(list)
        for row in rows:
            found[row["aggregate"]].append(row["sequence"])
        assert len(found[things[0]]) == 121
        for sequences in found.values():
            assert sequences == list(range(1, len(sequences) + 1))

    async def test_an_undone_transaction_takes_no_number(self, example: ServiceUnderTest) -> None:
        one = uuid4()
        for fails in (False, True, False):
            try:
                async with unit_of_work(example.runtime) as unit:
                    unit.emit(THING_CHANGED, about=one, data=ThingData(thing="x"), dataref="", kind="a")
                    if fails:
                        await unit.commit_refused()  # type: ignore[attr-defined]
            except AttributeError:
                assert fails
        assert [event["sequence"] for event in await example.outbox()] == [1, 2]

    async def test_aggregates_in_opposite_order_do_not_deadlock(self, example: ServiceUnderTest) -> None:
        one, other = uuid4(), uuid4()
        await asyncio.gather(*(emit(example, *((one, other) if n % 2 else (other, one))) for n in range(40)))
        assert len(await example.outbox()) == 80


class TestPublishing:
    async def test_in_order_per_aggregate(self, live: MakeLive, servers: Servers) -> None:
        made = await live()
        about = [new_id() for _ in range(5)]
        for _ in range(4):
            await emit(made, *about, times=3)
        await eventually(lambda: waits_for(made, 0))
        found = per_aggregate(await published(servers))
        assert found == {str(one): list(range(1, 13)) for one in about}
        assert telemetry.value("meent_outbox_published_total") >= 60

    async def test_a_refused_subject_stops_its_aggregate_only(self, live: MakeLive, servers: Servers) -> None:
        made = await live()
        stuck, free = new_id(), new_id()
        await emit(made, stuck, event=THING_REFUSED)
        await emit(made, stuck)
        await emit(made, free)
        await eventually(lambda: waits_for(made, 2))
        for _ in range(5):  # known to be stuck: the others no longer wait for it at all
            started = asyncio.get_running_loop().time()
            await emit(made, free)
            await eventually(lambda: waits_for(made, 2))
            assert asyncio.get_running_loop().time() - started < outbox.ACK_TIMEOUT / 2
        assert per_aggregate(await published(servers)) == {str(free): [1, 2, 3, 4, 5, 6]}
        await made.runtime.database.fetch("UPDATE outbox SET subject = 'mor.v1.gm9001.thing.a.x' WHERE sent_at IS NULL")
        await eventually(lambda: waits_for(made, 0))
        assert per_aggregate(await published(servers))[str(stuck)] == [1, 2]

    async def test_many_stuck_events_do_not_fill_the_batch(
        self, live: MakeLive, servers: Servers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(outbox, "BATCH", 10)
        made = await live()
        stuck, free = new_id(), new_id()
        await emit(made, stuck, event=THING_REFUSED, times=30)
        await emit(made, free)
        await emit(made, *(new_id() for _ in range(25)))
        await eventually(lambda: waits_for(made, 30), seconds=20)
        assert str(stuck) not in per_aggregate(await published(servers))

    async def test_an_event_that_is_too_large_stops_its_aggregate_only(self, live: MakeLive, servers: Servers) -> None:
        made = await live()
        stuck, free = new_id(), new_id()
        async with unit_of_work(made.runtime) as unit:
            unit.emit(THING_CHANGED, about=stuck, data=ThingData(thing="x" * 2**20), dataref="", kind="a")
        await emit(made, free)
        await eventually(lambda: waits_for(made, 1))
        assert per_aggregate(await published(servers)) == {str(free): [1]}

    async def test_old_rows_are_forgotten(self, example: ServiceUnderTest) -> None:
        await emit(example, new_id(), new_id(), new_id())
        database = example.runtime.database
        ids = [row["position"] for row in await database.fetch("SELECT position FROM outbox ORDER BY position")]
        moments = [clock.now() - outbox.KEPT * 2, clock.now()]
        for position, moment in zip(ids, moments, strict=False):
            await database.fetch("UPDATE outbox SET sent_at = $2 WHERE position = $1", position, moment)
        for moment in (clock.now() - outbox.INBOX_KEPT * 2, clock.now()):
            await database.fetch("INSERT INTO inbox VALUES ('c', gen_random_uuid(), $1)", moment)
            await database.fetch("INSERT INTO idempotency VALUES ($1, '', 1, '', $2)", str(moment).encode(), moment)
        assert outbox.INBOX_KEPT > KEPT
        connection = await asyncpg.connect(example.dsn)
        await outbox._clean(connection)
        await connection.close()
        left = await database.fetch("SELECT position FROM outbox ORDER BY position")
        assert [row["position"] for row in left] == ids[1:]
        for table in ("inbox", "idempotency"):
            assert len(await database.fetch(f"SELECT FROM {table}")) == 1

    async def test_waiting_is_measured(self, example: ServiceUnderTest) -> None:
        await emit(example, new_id())
        number, age = await outbox.waiting(example.runtime.database.fetch)
        assert number == 1
        assert 0 <= age < 60
        assert "meent_outbox_waiting 1" in (await example.anonymous().get("/metrics")).text


class TestReplicas:
    async def two(self, live: MakeLive, servers: Servers) -> tuple[ServiceUnderTest, ServiceUnderTest]:
        dsn = await example_database(servers)
        leader = await live(dsn=dsn)
        await eventually(lambda: leads(leader))
        return leader, await live(dsn=dsn)

    async def test_one_leads_and_the_other_takes_over(self, live: MakeLive, servers: Servers) -> None:
        leader, follower = await self.two(live, servers)
        await emit(follower, new_id())
        await eventually(lambda: waits_for(follower, 0))
        assert not follower.runtime.relay.leading
        [relay] = [task for task in leader.runtime._tasks if task.get_name() == "relay"]
        relay.cancel()
        await emit(leader, new_id())
        await eventually(lambda: leads(follower))
        await eventually(lambda: waits_for(follower, 0))
        assert len(await published(servers)) == 2

    async def test_a_commit_elsewhere_wakes_the_leader(
        self, live: MakeLive, servers: Servers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        leader, follower = await self.two(live, servers)
        monkeypatch.setattr(outbox, "POLL", 60)
        await eventually(lambda: listening(follower, 2))
        # Both may still be in a wait of the old length: what ends it is the first event.
        for _ in range(5):
            await emit(follower, new_id())
            await eventually(lambda: waits_for(follower, 0), seconds=3)
        assert leader.runtime.relay.leading

    async def test_a_wake_up_does_not_echo(self, live: MakeLive, servers: Servers) -> None:
        _, follower = await self.two(live, servers)
        heard: list[Any] = []
        ear = await asyncpg.connect(follower.dsn)
        await ear.add_listener("outbox", lambda *_: heard.append(1))
        await eventually(lambda: listening(follower, 3))
        for _ in range(3):
            await emit(follower, new_id())
            await eventually(lambda: waits_for(follower, 0))
        for _ in range(300):
            await ear.fetchval("SELECT 1")
        await ear.close()
        assert 1 <= len(heard) <= 6


async def leads(made: ServiceUnderTest) -> bool:
    return made.runtime.relay.leading


async def listening(made: ServiceUnderTest, number: int) -> bool:
    rows = await made.runtime.database.fetch(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND query NOT LIKE '%pg_stat%' AND ("
        "query LIKE 'LISTEN%' OR query LIKE '%advisory%' OR query LIKE '%outbox%')"
    )
    return len(rows) >= number


class TestBroker:
    async def test_events_outlive_a_killed_broker(self, mortal: Servers) -> None:
        made = example_service(await example_database(mortal), mortal.keys, nats=mortal.nats.url(IDENTITY))
        await mortal.ensure_streams()
        about = new_id()
        async with running(made):
            await emit(made, about, times=5)
            await eventually(lambda: waits_for(made, 0))
            await asyncio.to_thread(mortal.nats.kill)
            await emit(made, about, times=5)
            assert await unsent(made) == 5
            await asyncio.to_thread(mortal.nats.start)
            await eventually(lambda: waits_for(made, 0), seconds=20)
            assert per_aggregate(await published(mortal)) == {str(about): list(range(1, 11))}

    async def test_what_the_broker_lost_is_published_again(self, mortal: Servers) -> None:
        made = example_service(await example_database(mortal), mortal.keys, nats=mortal.nats.url(IDENTITY))
        await mortal.ensure_streams()
        about = new_id()
        async with running(made):
            await emit(made, about, times=5)
            await eventually(lambda: waits_for(made, 0))
            await asyncio.to_thread(mortal.nats.kill)
            for store in (mortal.folder / "nats").rglob(f"streams/{STREAM}"):
                shutil.rmtree(store)
            await asyncio.to_thread(mortal.nats.start)
            await mortal.ensure_streams()
            await eventually(lambda: holds(mortal, 5), seconds=20)
            await emit(made, about)
            await eventually(lambda: waits_for(made, 0))
        assert per_aggregate(await published(mortal)) == {str(about): [1, 2, 3, 4, 5, 6]}
        again = example_service(made.dsn, mortal.keys, nats=mortal.nats.url(IDENTITY))
        await asyncio.to_thread(mortal.nats.kill)  # broker and service die together
        for store in (mortal.folder / "nats").rglob(f"streams/{STREAM}"):
            shutil.rmtree(store)
        await asyncio.to_thread(mortal.nats.start)
        await mortal.ensure_streams()
        async with running(again):
            await eventually(lambda: holds(mortal, 6), seconds=20)
        assert per_aggregate(await published(mortal)) == {str(about): [1, 2, 3, 4, 5, 6]}


async def holds(servers: Servers, number: int) -> bool:
    return len(await published(servers)) >= number
