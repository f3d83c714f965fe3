"""Consumers: one effect per event, in turn per aggregate, and nothing disappears without a dead letter."""

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import nats
import pytest
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig

from chassis import consuming
from chassis.catalog import ADMINISTRATOR, inbox_prefix
from chassis.cloudevents import AGGREGATE, Event
from chassis.consuming import REPLAY, Consumer, Hopeless, handling
from chassis.problems import Unavailable
from chassis.resource import new_id
from chassis.testing.servers import Servers
from chassis.testing.service import ServiceUnderTest, eventually, running
from chassis.unit import Unit
from tests.chassis.conftest import MakeLive, example_database
from tests.chassis.example import IDENTITY, STREAM, SUBJECTS, effects, example_service, remember
from tests.chassis.test_outbox import emit

QUICK = (0.05, 0.05)


def consumer(handler: Any = None, name: str = "c", **options: Any) -> Consumer:
    """A consumer of everything, that remembers."""

    async def plain(event: Event, unit: Unit) -> None:
        await remember(event, unit, name)

    return Consumer(name, STREAM, (SUBJECTS,), handler or plain, **{"back_off": QUICK, **options})


class Beheer:
    """The administrator's connection."""

    def __init__(self, servers: Servers) -> None:
        self.servers = servers

    async def __aenter__(self) -> JetStreamContext:
        prefix = inbox_prefix(ADMINISTRATOR).encode()
        self.client = await nats.connect(self.servers.nats.url(ADMINISTRATOR), inbox_prefix=prefix)
        return self.client.jetstream()

    async def __aexit__(self, *_: object) -> None:
        await self.client.close()


async def dead_letters(servers: Servers) -> list[Any]:
    async with Beheer(servers) as jetstream:
        state = (await jetstream.stream_info("DLQ")).state
        return [await jetstream.get_msg("DLQ", seq) for seq in range(max(state.first_seq, 1), state.last_seq + 1)]


async def number_of(made: ServiceUnderTest, number: int) -> bool:
    return len(await effects(made)) >= number


async def idle(servers: Servers, durable: str = f"{IDENTITY}-c") -> bool:
    """Nothing is under way or waits for this consumer."""
    async with Beheer(servers) as jetstream:
        info = await jetstream.consumer_info(STREAM, durable)
    return not info.num_ack_pending and not info.num_pending


async def publish(servers: Servers, body: bytes, subject: str = "mor.v1.gm9001.thing.a.x", **headers: str) -> None:
    async with Beheer(servers) as jetstream:
        await jetstream.publish(subject, body, headers=headers or None)


def event_body(about: UUID, sequence: int, event_id: UUID | None = None) -> bytes:
    """A CloudEvent as another service would publish it."""
    content = {
        "specversion": "1.0", "id": str(event_id or uuid4()), "source": "urn:x", "type": "t", "subject": str(about),
        "time": "2026-01-01T00:00:00Z", "data": {"thing": "x"}, "sequence": str(sequence),
    }  # fmt: skip
    return json.dumps(content).encode()


class TestOneEffect:
    async def test_an_event_delivered_twice(self, live: MakeLive, servers: Servers) -> None:
        made = await live(consumers=[consumer()])
        body = event_body(new_id(), 1)
        for _ in range(3):
            await publish(servers, body)
        await publish(servers, event_body(new_id(), 1))
        await eventually(lambda: number_of(made, 2))
        await eventually(lambda: idle(servers))
        assert len(await effects(made)) == 2

    async def test_two_replicas_of_one_consumer(self, live: MakeLive, servers: Servers) -> None:
        dsn = await example_database(servers)
        first = await live(dsn=dsn, consumers=[consumer()])
        await live(dsn=dsn, consumers=[consumer()])
        about = [new_id() for _ in range(20)]
        for _ in range(5):
            await emit(first, *about)
        for body in [event_body(about[0], 99, UUID(int=7))] * 2:
            await publish(servers, body)
        await eventually(lambda: number_of(first, 101))
        await eventually(lambda: idle(servers))
        found = await effects(first)
        assert len(found) == len({row["event_id"] for row in found}) == 101

    async def test_a_second_handling_leaves_nothing(self, example: ServiceUnderTest) -> None:
        event = Event.parse(event_body(new_id(), 1))
        for _ in range(2):
            async with handling(example.runtime, "c", event) as unit:
                await remember(event, unit)
        async with handling(example.runtime, "other", event) as unit:
            await remember(event, unit, "other")
        assert [row["consumer"] for row in await effects(example)] == ["c", "other"]

    async def test_at_the_same_moment_one_wins(self, example: ServiceUnderTest) -> None:
        event = Event.parse(event_body(new_id(), 1))

        async def once() -> None:
            async with handling(example.runtime, "c", event) as unit:
                await remember(event, unit)

        await asyncio.gather(*(once() for _ in range(8)))
        assert len(await effects(example)) == 1

    async def test_a_consumer_outlives_a_killed_broker(self, mortal: Servers) -> None:
        made = example_service(
            await example_database(mortal), mortal.keys, nats=mortal.nats.url(IDENTITY), consumers=[consumer()]
        )
        await mortal.ensure_streams()
        about = new_id()
        async with running(made):
            await emit(made, about, times=3)
            await eventually(lambda: number_of(made, 3))
            await asyncio.to_thread(mortal.nats.kill)
            await emit(made, about, times=3)
            await asyncio.to_thread(mortal.nats.start)
            await eventually(lambda: number_of(made, 6), seconds=25)
            assert [row["sequence"] for row in await effects(made)] == [1, 2, 3, 4, 5, 6]

    async def test_a_consumer_that_the_broker_lost_is_made_again(self, live: MakeLive, servers: Servers) -> None:
        made = await live(consumers=[consumer()])
        about = new_id()
        for number in (1, 2):
            await emit(made, about)
            await eventually(lambda number=number: number_of(made, number))
            async with Beheer(servers) as jetstream:
                await jetstream.delete_consumer(STREAM, f"{IDENTITY}-c")
        await emit(made, about)
        await eventually(lambda: number_of(made, 3))
        assert [row["sequence"] for row in await effects(made)] == [1, 2, 3]


class TestFailure:
    async def test_it_is_tried_again_while_others_go_on_and_its_aggregate_waits(
        self, live: MakeLive, servers: Servers
    ) -> None:
        stuck, free = new_id(), new_id()
        heal = asyncio.Event()

        async def handler(event: Event, unit: Unit) -> None:
            await remember(event, unit)
            if event.subject == str(stuck) and not heal.is_set():
                raise RuntimeError("not yet")

        made = await live(consumers=[consumer(handler, back_off=(0.1,) * 200)])
        await emit(made, stuck, times=3)
        await emit(made, free, times=3)
        await eventually(lambda: number_of(made, 3))
        assert {row["subject"] for row in await effects(made)} == {str(free)}
        heal.set()
        await eventually(lambda: number_of(made, 6))
        mine = [row["sequence"] for row in await effects(made) if row["subject"] == str(stuck)]
        assert mine == [1, 2, 3]
        assert await dead_letters(servers) == []

    async def test_after_the_last_attempt_it_is_a_dead_letter(self, live: MakeLive, servers: Servers) -> None:
        about, attempts = new_id(), []

        async def handler(event: Event, unit: Unit) -> None:
            attempts.append(event.sequence)
            if event.sequence == 1:
                raise ValueError("999900006 should not be told")
            await remember(event, unit)

        made = await live(consumers=[consumer(handler)])
        await emit(made, about, times=2)
        await eventually(lambda: number_of(made, 1))
        assert attempts == [1, 1, 1, 2]
        [letter] = await dead_letters(servers)
        assert letter.subject == f"dlq.v1.gm9001.{IDENTITY}.c"
        assert Event.parse(letter.data).subject == str(about)
        headers = letter.headers
        assert headers["Meent-Subject"] == "mor.v1.gm9001.thing.a.changed"
        assert (headers["Meent-Consumer"], headers["Meent-Stream"]) == (f"{IDENTITY}-c", STREAM)
        assert headers["Meent-Error"] == "ValueError"
        assert headers["traceparent"]
        await eventually(lambda: idle(servers))

    async def test_waiting_its_turn_uses_up_no_attempt(self, live: MakeLive, servers: Servers) -> None:
        about = new_id()
        attempts: list[int] = []
        failed: list[int] = []
        heal = asyncio.Event()

        async def handler(event: Event, unit: Unit) -> None:
            if event.sequence == 1 and not heal.is_set():
                attempts.append(1)
                raise RuntimeError("not yet")
            if event.sequence == 2 and not failed:
                failed.append(1)
                raise RuntimeError("once")
            await remember(event, unit)

        made = await live(consumers=[consumer(handler, back_off=(0.7,) * 3)])
        await emit(made, about, times=2)

        async def waited() -> bool:
            async with Beheer(servers) as jetstream:
                return (await jetstream.consumer_info(STREAM, f"{IDENTITY}-c")).num_redelivered == 2

        await eventually(waited)
        await eventually(lambda: longer(attempts, 3))
        heal.set()
        await eventually(lambda: number_of(made, 2))
        assert [row["sequence"] for row in await effects(made)] == [1, 2]
        assert await dead_letters(servers) == []

    async def test_hopeless_goes_at_once(self, live: MakeLive, servers: Servers) -> None:
        attempts = []

        async def handler(event: Event, unit: Unit) -> None:
            attempts.append(1)
            await remember(event, unit)
            raise Hopeless("onbekend-profiel")

        made = await live(consumers=[consumer(handler)])
        await emit(made, new_id())
        await eventually(lambda: some_dead(servers))
        [letter] = await dead_letters(servers)
        assert (letter.headers["Meent-Error"], attempts) == ("onbekend-profiel", [1])
        assert await effects(made) == []

    async def test_a_neighbour_that_is_away_costs_no_event(self, live: MakeLive, servers: Servers) -> None:
        attempts = []

        async def handler(event: Event, unit: Unit) -> None:
            attempts.append(1)
            if len(attempts) < 8:
                raise Unavailable("buur-weg", "Even niet.")
            if len(attempts) == 8:
                raise RuntimeError("a hiccup after the outage is the first failure of this event")
            await remember(event, unit)

        made = await live(consumers=[consumer(handler)])
        await emit(made, new_id())
        await eventually(lambda: number_of(made, 1))
        assert await dead_letters(servers) == []

    async def test_an_aggregate_is_not_stuck_on_what_another_replica_settled(
        self, live: MakeLive, servers: Servers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(consuming, "PATIENCE", 0.2)
        about = new_id()
        attempts: list[int] = []

        async def handler(event: Event, unit: Unit) -> None:
            if event.sequence == 1:
                attempts.append(1)
                raise RuntimeError("always")
            await remember(event, unit)

        made = await live(consumers=[consumer(handler, back_off=(0.1,) * 3)])
        await emit(made, about)
        await eventually(lambda: longer(attempts, 1))
        async with Beheer(servers) as jetstream:  # as when the other replica dead-letters it
            await jetstream.purge_stream(STREAM)
        await emit(made, about)
        await eventually(lambda: number_of(made, 1))

    async def test_what_cannot_be_read_goes_to_the_dead_letters(self, live: MakeLive, servers: Servers) -> None:
        made = await live(consumers=[consumer()])
        good = event_body(UUID(int=1), 1)
        bodies = [
            b"",
            b"{",
            b"[]",
            b"null",
            b"{}",
            b'{"id":5}',
            b"\xff\x00",
            good.replace(b'"thing"', b"thing"),
            good.replace(b'{"thing": "x"}', b"[]"),
            good.replace(b'"subject": "', b'"subject": ["').replace(b'", "time"', b'"], "time"'),
            good.replace(b'"sequence": "1"', b'"sequence": null'),
        ]
        for body in bodies:
            assert body != good
            await publish(servers, body)
        await publish(servers, good)
        await eventually(lambda: number_of(made, 1))
        assert [letter.data or b"" for letter in await dead_letters(servers)] == bodies
        assert len(await effects(made)) == 1

    @pytest.mark.parametrize(("field", "text"), [("subject", "a\\u0000b"), ("sequence", str(2**70))])
    async def test_what_the_database_refuses_too(self, live: MakeLive, servers: Servers, field: str, text: str) -> None:
        made = await live(consumers=[consumer()])
        about = UUID(int=5)
        body = event_body(about, 77).decode().replace(f'"{about if field == "subject" else 77}"', f'"{text}"')
        await publish(servers, body.encode())
        await eventually(lambda: some_dead(servers))
        assert await effects(made) == []


async def some_dead(servers: Servers) -> bool:
    return bool(await dead_letters(servers))


async def longer(attempts: list[int], number: int) -> bool:
    return len(attempts) >= number


class TestReplay:
    async def test_it_reaches_only_whom_it_is_for_and_works(self, live: MakeLive, servers: Servers) -> None:
        healed: list[int] = []

        async def handler(event: Event, unit: Unit) -> None:
            if not healed:
                raise Hopeless("nog-niet")
            assert event.replayed
            await remember(event, unit, "c")

        made = await live(consumers=[consumer(handler), consumer(name="other")])
        about = new_id()
        await emit(made, about)
        await eventually(lambda: some_dead(servers))
        await eventually(lambda: number_of(made, 1))
        healed.append(1)
        [letter] = await dead_letters(servers)
        await publish(
            servers, letter.data, letter.headers["Meent-Subject"], **{REPLAY: letter.headers["Meent-Consumer"]}
        )
        await eventually(lambda: number_of(made, 2))
        await eventually(lambda: idle(servers, f"{IDENTITY}-other"))
        assert sorted(row["consumer"] for row in await effects(made)) == ["c", "other"]


class TestLatest:
    async def test_older_is_dropped(self, live: MakeLive, servers: Servers) -> None:
        made = await live(consumers=[consumer(latest=True)])
        about, other = new_id(), new_id()
        for sequence in (1, 3, 2, 4):
            await publish(servers, event_body(about, sequence))
        await publish(servers, event_body(other, 1))
        await eventually(lambda: number_of(made, 4))
        await eventually(lambda: idle(servers))
        found = [row["sequence"] for row in await effects(made) if row["subject"] == str(about)]
        assert found == [1, 3, 4]

    async def test_older_that_is_under_way_is_undone_when_newer_was_quicker(self, example: ServiceUnderTest) -> None:
        about = new_id()
        older, newer = (Event.parse(event_body(about, sequence)) for sequence in (1, 2))
        async with handling(example.runtime, "c", older, latest=True) as unit:
            await remember(older, unit)
            async with handling(example.runtime, "c", newer, latest=True) as second:
                await remember(newer, second)
        assert [row["sequence"] for row in await effects(example)] == [2]

    async def test_a_replay_is_handled_though_older(self, live: MakeLive, servers: Servers) -> None:
        made = await live(consumers=[consumer(latest=True)])
        about = new_id()
        await publish(servers, event_body(about, 2))
        await eventually(lambda: number_of(made, 1))
        await publish(servers, event_body(about, 1), **{REPLAY: f"{IDENTITY}-c"})
        await eventually(lambda: number_of(made, 2))


class TestInOrder:
    """Two resources of one aggregate: what a process that died had taken comes again behind what followed it."""

    async def told(self, made: ServiceUnderTest, *about: UUID) -> list[int]:
        subjects = {str(one) for one in about}
        return [row["sequence"] for row in await effects(made) if row["subject"] in subjects]

    async def test_what_comes_late_goes_first(self, live: MakeLive, servers: Servers) -> None:
        made = await live(consumers=[consumer(in_order=True)])
        zaak, status, other = new_id(), new_id(), new_id()
        mine = {AGGREGATE: str(zaak)}
        for about, sequence in ((status, 2), (zaak, 4), (status, 3)):
            await publish(servers, event_body(about, sequence), **mine)
        await publish(servers, event_body(other, 1))
        await eventually(lambda: number_of(made, 1))
        assert await self.told(made, zaak, status) == []  # and the other did not wait
        await publish(servers, event_body(zaak, 1), **mine)
        await eventually(lambda: number_of(made, 5))
        assert await self.told(made, zaak, status) == [1, 2, 3, 4]

    async def test_what_never_comes_is_not_waited_for_without_end(
        self, live: MakeLive, servers: Servers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(consuming, "GAP", 1.0)
        made = await live(consumers=[consumer(in_order=True)])
        zaak = new_id()
        for sequence in (1, 3, 4):
            await publish(servers, event_body(zaak, sequence))
        await eventually(lambda: number_of(made, 3))
        assert await self.told(made, zaak) == [1, 3, 4]

    async def test_an_aggregate_that_is_new_to_a_quiet_consumer_waits_briefly(
        self, example: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(consuming, "BRIEFLY", 0.0)
        run = consuming.ConsumerRun(example.runtime, consumer(in_order=True))
        run._shaken = asyncio.get_running_loop().time()
        event = Event.parse(event_body(new_id(), 7))
        with pytest.raises(consuming._TooEarly):  # it has only begun
            run._wait_for_those_before(event, None)
        run._shaken -= consuming.GAP + 1
        run._wait_for_those_before(event, None)
        with pytest.raises(consuming._TooEarly):  # one is known to be missing
            run._wait_for_those_before(event, 5)
        run._wait_for_those_before(event, 6)

    async def test_each_gap_is_waited_for_anew(self, example: ServiceUnderTest) -> None:
        """Another replica may have handled what this one waited with."""
        run = consuming.ConsumerRun(example.runtime, consumer(in_order=True))
        zaak = new_id()
        with pytest.raises(consuming._TooEarly):
            run._wait_for_those_before(Event.parse(event_body(zaak, 5)), 3)
        run._gaps = {gap: since - consuming.GAP - 1 for gap, since in run._gaps.items()}
        run._wait_for_those_before(Event.parse(event_body(zaak, 5)), 3)
        with pytest.raises(consuming._TooEarly):
            run._wait_for_those_before(Event.parse(event_body(zaak, 11)), 9)

    async def test_a_failure_holds_up_the_whole_aggregate(self, live: MakeLive, servers: Servers) -> None:
        zaak, status, heal = new_id(), new_id(), asyncio.Event()

        async def handler(event: Event, unit: Unit) -> None:
            if event.subject == str(zaak) and not heal.is_set():
                raise RuntimeError
            await remember(event, unit, "c")

        made = await live(consumers=[consumer(handler, in_order=True, back_off=(0.1,) * 50)])
        for about, sequence in ((zaak, 1), (status, 2), (zaak, 3), (status, 4)):
            await publish(servers, event_body(about, sequence), **{AGGREGATE: str(zaak)})
        await publish(servers, event_body(new_id(), 1))
        await eventually(lambda: number_of(made, 1))
        heal.set()
        await eventually(lambda: number_of(made, 5))
        assert await self.told(made, zaak, status) == [1, 2, 3, 4]

    async def test_a_replay_waits_for_nothing(self, live: MakeLive, servers: Servers) -> None:
        made = await live(consumers=[consumer(in_order=True)])
        zaak = new_id()
        await publish(servers, event_body(zaak, 9), **{REPLAY: f"{IDENTITY}-c"})
        await eventually(lambda: number_of(made, 1))


async def test_the_durable_consumer_is_what_the_catalog_allows(live: MakeLive, servers: Servers) -> None:
    made = await live(consumers=[Consumer("two", STREAM, ("mor.v1.{gemeente}.a.>", "mor.v1.{gemeente}.b.>"), remember)])

    async def config() -> ConsumerConfig | None:
        async with Beheer(servers) as jetstream:
            found = [info for info in await jetstream.consumers_info(STREAM) if info.name == f"{IDENTITY}-two"]
        return found[0].config if found else None

    made_with = await eventually(config)
    assert made_with.filter_subjects == ["mor.v1.gm9001.a.>", "mor.v1.gm9001.b.>"]
    assert made_with.max_deliver == -1
    assert made.runtime.messaging.connected
