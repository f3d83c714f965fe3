"""Live streams: CPU of the gateway per event and the time from publish to client, with many clients of one ploeg."""

import asyncio
import statistics
import time

import nats
import orjson

from benchmarks.harness import Server, cpu_seconds, run_service
from benchmarks.stores import Stores, stores
from chassis.catalog import ADMINISTRATOR, inbox_prefix

CLIENTS = 500
EVENTS = 100
PER_SECOND = 20
SUBJECT = "mor.v1.gm9001.taak.wegen.aangemaakt"


class Client(asyncio.Protocol):
    """One connected client; notes how old each event is on arrival."""

    def __init__(self, token: str, ages: list[float]) -> None:
        self.token, self.ages = token, ages
        self.connected = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        head = f"GET /live/taken?ploeg=wegen HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {self.token}\r\n\r\n"
        transport.write(head.encode())  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        now = time.time()
        for line in data.splitlines():
            if line.startswith(b"data: "):
                self.ages.append(now - orjson.loads(line[6:])["data"]["at"])
            elif line.startswith(b"id: ") and not self.connected.done():
                self.connected.set_result(None)


async def connect(server: Server, token: str, ages: list[float]) -> list[Client]:
    """All clients, once each knows its place in the stream."""
    loop, address = asyncio.get_running_loop(), server.address
    clients = [(await loop.create_connection(lambda: Client(token, ages), *address))[1] for _ in range(CLIENTS)]
    await asyncio.wait_for(asyncio.gather(*(client.connected for client in clients)), 60)
    return clients


async def publish(running: Stores) -> None:
    """The events, evenly spread over the time."""
    prefix = inbox_prefix(ADMINISTRATOR).encode()
    connection = await nats.connect(running.nats.url(ADMINISTRATOR), inbox_prefix=prefix)
    try:
        for number in range(EVENTS):
            body = {"specversion": "1.0", "id": str(number), "data": {"at": time.time(), "text": "x" * 600}}
            await connection.jetstream().publish(SUBJECT, orjson.dumps(body))
            await asyncio.sleep(1 / PER_SECOND)
    finally:
        await connection.close()


async def run() -> None:
    ages: list[float] = []
    async with stores() as running:
        token = await running.grant("bench")
        async with run_service("gateway", await running.environment("gateway")) as server:
            clients = await connect(server, token, ages)
            before = cpu_seconds(server.pid)
            await publish(running)
            deadline = time.monotonic() + 30
            while len(ages) < CLIENTS * EVENTS and time.monotonic() < deadline:
                await asyncio.sleep(0.05)
            used = (cpu_seconds(server.pid) - before) * 1000
            for client in clients:
                client.transport.close()
    hundredths = statistics.quantiles(ages, n=100)
    print(f"### Live streams, {CLIENTS} clients of one ploeg, {PER_SECOND} events a second\n")
    print("| delivered | CPU ms per event | CPU ms per delivery | p50 ms | p99 ms |\n|---|---|---|---|---|")
    figures = (
        f"{used / EVENTS:.1f} | {used / len(ages):.4f} | {hundredths[49] * 1000:.0f} | {hundredths[98] * 1000:.0f}"
    )
    print(f"| {len(ages):,} of {CLIENTS * EVENTS:,} | {figures} |\n")
