"""POST /notificaties until a subscriber has it, and deliveries a second, with 1, 10 and 100 subscribers.

The receiver is a process of its own, whose CPU is reported apart. A round with one subscriber that hangs and one that
answers 500 shows what they cost the others.
"""

import asyncio
import contextlib
import statistics
import time
from dataclasses import dataclass, field

import httpx

from benchmarks.harness import ROUNDS, Server, cpu_seconds, run_service, serve
from benchmarks.stores import stores

BASE = "/notificaties/api/v1"
PER_SECOND = 200
"""Deliveries a second in the paced part of a round, at most 20 notificaties of them."""
PACED, BURST = 40, 100
"""Notificaties of the paced part, and of the burst for 10 subscribers."""


@dataclass
class Round:
    """What one round showed: latencies in ms; CPU-ms per delivery of the service and of the receiver."""

    latencies: list[float] = field(default_factory=list)
    rate: float = 0.0
    service: float = 0.0
    receiver: float = 0.0


class Bench:
    """One service with a receiver, and the subscribers of a case each on a kanaal of that case."""

    def __init__(self, client: httpx.AsyncClient, sink: httpx.AsyncClient, service: Server, receiver: Server) -> None:
        self.client, self.sink, self.service, self.receiver = client, sink, service, receiver

    async def subscribe(self, kanaal: str, paths: list[str]) -> None:
        """Make the kanaal, with a subscriber per path."""
        made = await self.client.post(f"{BASE}/kanaal", json={"naam": kanaal})
        made.raise_for_status()
        for path in paths:
            body = {"callbackUrl": f"{self.receiver.url}/{path}", "auth": "bench", "kanalen": [{"naam": kanaal}]}
            (await self.client.post(f"{BASE}/abonnement", json=body)).raise_for_status()

    async def publish(self, kanaal: str, number: int) -> None:
        """Offer one notificatie; the moment it left is its actie."""
        body = {
            "kanaal": kanaal,
            "hoofdObject": f"https://bench.example/zaken/{number}",
            "resource": "zaak",
            "resourceUrl": f"https://bench.example/zaken/{number}",
            "actie": str(time.perf_counter()),
            "aanmaakdatum": "2026-01-01T12:00:00Z",
        }
        (await self.client.post(f"{BASE}/notificaties", json=body)).raise_for_status()

    async def received(self, count: int, seconds: float = 60) -> list[float]:
        """Latencies in ms of the deliveries that succeeded, once there are `count`; RuntimeError when they do not come."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if (await self.sink.get("/count")).json() >= count:
                return list((await self.sink.get("/take")).json())
            await asyncio.sleep(0.05)
        raise RuntimeError(f"not {count} deliveries within {seconds} s")

    async def round(self, kanaal: str, subscribers: int) -> Round:
        """A paced part for latency and a burst for the rate and the CPU."""
        for number in range(PACED):
            await self.publish(kanaal, number)
            await asyncio.sleep(max(0.05, subscribers / PER_SECOND))
        result = Round(await self.received(PACED * subscribers))
        burst = max(20, BURST * 10 // max(subscribers, 10))
        before = cpu_seconds(self.service.pid), cpu_seconds(self.receiver.pid)
        started = time.perf_counter()
        for number in range(0, burst, 10):
            await asyncio.gather(*(self.publish(kanaal, number + place) for place in range(10)))
        count = len(await self.received(burst * subscribers))
        result.rate = count / (time.perf_counter() - started)
        result.service = (cpu_seconds(self.service.pid) - before[0]) * 1000 / count
        result.receiver = (cpu_seconds(self.receiver.pid) - before[1]) * 1000 / count
        return result


def row(name: str, rounds: list[Round]) -> str:
    """One row of the table: medians over the rounds."""
    p50, p95 = ([_share(each.latencies, share) for each in rounds] for share in (0.5, 0.95))
    figures = [p50, p95, [r.rate for r in rounds], [r.service for r in rounds], [r.receiver for r in rounds]]
    cells = [f"{statistics.median(values):,.2f}" for values in figures]
    return "| " + " | ".join([name, *cells]) + " |"


def _share(values: list[float], share: float) -> float:
    return sorted(values)[int(len(values) * share)]


async def run() -> None:
    """Print the table."""
    async with stores() as running, contextlib.AsyncExitStack() as stack:
        receiver = await stack.enter_async_context(serve("benchmarks.webhook_app:app", {}))
        token = await running.grant("bench")
        service = await stack.enter_async_context(
            run_service("notificaties", {**await running.environment("notificaties"), "MEENT_LOG": "ERROR"})
        )
        headers = {"Authorization": f"Bearer {token}"}
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=service.url, headers=headers, timeout=20))
        sink = await stack.enter_async_context(httpx.AsyncClient(base_url=receiver.url))
        bench = Bench(client, sink, service, receiver)
        cases = {"1 subscriber": 1, "10 subscribers": 10, "100 subscribers": 100}
        for count in cases.values():
            await bench.subscribe(f"bench{count}", [f"goed/{number}" for number in range(count)])
            await bench.round(f"bench{count}", count)  # warm-up
        await bench.subscribe("benchstoring", [*(f"goed/{number}" for number in range(10)), "hangt", "stuk"])
        cases["10, and one hangs and one answers 500"] = 10
        kanalen = [*(f"bench{count}" for count in (1, 10, 100)), "benchstoring"]
        rounds: dict[str, list[Round]] = {name: [] for name in cases}
        for _ in range(ROUNDS):
            for (name, count), kanaal in zip(cases.items(), kanalen, strict=True):
                rounds[name].append(await bench.round(kanaal, count))
        head = ["", "p50 ms", "p95 ms", "deliveries/s", "service CPU ms", "receiver CPU ms"]
        print("### POST /notificaties → delivered\n\n| " + " | ".join(head) + " |\n" + "|---" * len(head) + "|")
        print("\n".join(row(name, found) for name, found in rounds.items()) + "\n")
