"""The outbox: events per second of the relay, and the time from commit to consumer at 100 events a second.

Beside them the least that is possible: the same bodies published from memory without an outbox, and one insert with a
commit followed by an awaited publish.
"""

import asyncio
import statistics
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import asyncpg
import nats
from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from benchmarks.stores import Stores, stores
from chassis.catalog import ADMINISTRATOR, inbox_prefix
from chassis.cloudevents import EventData, EventType
from chassis.pulling import pull
from chassis.runtime import Runtime
from chassis.settings import Settings
from chassis.unit import unit_of_work

EVENTS = 30_000
ROUNDS = 3
RATE = 100
SAMPLES = 600
SERVICE = "klanten"
SUBJECT = "klanten.v1.gm9001.bench.gemeten"
BODY = b'{"specversion":"1.0","id":"%b","type":"bench","data":{"filler":"' + b"x" * 500 + b'"}}'


class BenchData(EventData):
    """Nothing but which one it is."""

    number: int


BENCH = EventType("nl.overheid.klanten.bench-gemeten", "klanten.v1.{gemeente}.bench.gemeten", BenchData, "Meting.")


async def run() -> None:
    async with stores() as running:
        dsn = await running.database(SERVICE)
        settings = Settings(service=SERVICE, database=dsn, keys=running.keys, nats=running.nats.url(SERVICE))
        runtime = Runtime.make(settings)
        await runtime.start()
        try:
            print(await throughput(runtime, dsn))
            print(await latency(running, runtime, dsn))
        finally:
            await runtime.stop()


async def throughput(runtime: Runtime, dsn: str) -> str:
    """Drain a full outbox, and publish the same bodies from memory; medians of the rounds."""
    jetstream = await runtime.messaging.jetstream()
    relayed, bare, cpu = [], [], []
    connection = await asyncpg.connect(dsn)
    for _ in range(ROUNDS):
        await fill(connection)
        before, started = time.process_time(), time.perf_counter()
        runtime.relay.wake()
        while await connection.fetchval("SELECT EXISTS (SELECT FROM outbox WHERE sent_at IS NULL)"):
            await asyncio.sleep(0.02)
        relayed.append(EVENTS / (time.perf_counter() - started))
        cpu.append((time.process_time() - before) * 1000 / EVENTS)
        bodies = [(str(uuid.uuid4()), BODY) for _ in range(EVENTS)]
        started = time.perf_counter()
        for start in range(0, EVENTS, 2000):
            acks = [
                await jetstream.publish_async(SUBJECT, body, headers={"Nats-Msg-Id": name})
                for name, body in bodies[start : start + 2000]
            ]
            await asyncio.gather(*acks)
        bare.append(EVENTS / (time.perf_counter() - started))
        await connection.execute("TRUNCATE outbox")
    await connection.close()
    rate, limit = statistics.median(relayed), statistics.median(bare)
    return (
        "### Outbox relay\n\n| | events/s | relay cpu ms per event | of bare |\n|---|---|---|---|\n"
        f"| bare publish from memory | {limit:,.0f} | | 100% |\n"
        f"| relay, {EVENTS:,} waiting events | {rate:,.0f} | {statistics.median(cpu):.3f} | {rate / limit:.0%} |\n"
    )


async def fill(connection: asyncpg.Connection) -> None:
    """Waiting events, each of an aggregate of its own."""
    await connection.execute(
        "INSERT INTO outbox (id, aggregate, sequence, type, subject, traceparent, body, created_at) "
        "SELECT gen_random_uuid(), gen_random_uuid(), 1, 'bench', $1, '', $2, now() FROM generate_series(1, $3)",
        SUBJECT,
        BODY,
        EVENTS,
    )


@dataclass
class Stopwatch:
    """When each numbered event was committed, and how long it then took to its consumer, in milliseconds."""

    committed: dict[str, float] = field(default_factory=dict)
    took: list[float] = field(default_factory=list)

    def line(self, name: str) -> str:
        """One row of the table."""
        took = sorted(self.took)
        p50, p95 = took[len(took) // 2], took[int(len(took) * 0.95)]
        return f"| {name} | {len(took)} | {p50:.1f} | {p95:.1f} | {took[-1]:.1f} |\n"


async def latency(running: Stores, runtime: Runtime, dsn: str) -> str:
    """100 transactions a second, each with one event."""
    pool = await asyncpg.create_pool(dsn)
    jetstream = await runtime.messaging.jetstream()

    publishing: list[asyncio.Task[object]] = []

    async def through_outbox(number: int) -> str:
        async with unit_of_work(runtime) as unit:
            about = uuid.uuid4()
            return str(unit.emit(BENCH, about=about, data=BenchData(number=number), dataref="urn:bench"))

    async def directly(_: int) -> str:
        name = str(uuid.uuid4())
        await pool.execute(
            "INSERT INTO idempotency (key, request, status, answer, created_at) VALUES ($1, '', 0, '', now())",
            name.encode(),
        )
        # Not awaited: the clock starts at the commit, as for the other row.
        publishing.append(
            asyncio.create_task(jetstream.publish(SUBJECT, BODY, headers={"Nats-Msg-Id": name}))  # type: ignore[arg-type]
        )
        return name

    rows = [("bare: insert, then publish", directly), ("outbox: commit → consumer", through_outbox)]
    lines = [(await timed(running, work)).line(name) for name, work in rows]
    await asyncio.gather(*publishing)
    await pool.close()
    return (
        f"### Commit to consumer at {RATE} events/s\n\n| | events | p50 ms | p95 ms | max ms |\n|---|---|---|---|---|\n"
        + "".join(lines)
    )


async def timed(running: Stores, work: Callable[[int], Awaitable[str]]) -> Stopwatch:
    """Do the work at the rate; the clock of each event starts when its work (and so its commit) is done."""
    watch, client = Stopwatch(), await connected(running)
    config = ConsumerConfig(
        durable_name="bench", filter_subject=SUBJECT, deliver_policy=DeliverPolicy.NEW, ack_policy=AckPolicy.EXPLICIT
    )
    await client.jetstream().add_consumer("KLANTEN", config)
    arrived: dict[str, float] = {}

    async def listen() -> None:
        async for message in pull(client, "KLANTEN", "bench", batch=200):
            arrived[(message.headers or {})["Nats-Msg-Id"]] = time.perf_counter()
            await message.ack()

    async def one(number: int) -> None:
        name = await work(number)
        watch.committed[name] = time.perf_counter()

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0.5)
    tasks = []
    for number in range(SAMPLES):
        tasks.append(asyncio.create_task(one(number)))
        await asyncio.sleep(1 / RATE)
    await asyncio.gather(*tasks)
    while len(arrived) < SAMPLES:
        await asyncio.sleep(0.05)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await client.jetstream().delete_consumer("KLANTEN", "bench")
    await client.close()
    watch.took = [max(0.0, (arrived[name] - at) * 1000) for name, at in watch.committed.items()]
    return watch


async def connected(running: Stores) -> Client:
    prefix = inbox_prefix(ADMINISTRATOR).encode()
    return await nats.connect(running.nats.url(ADMINISTRATOR), inbox_prefix=prefix)
