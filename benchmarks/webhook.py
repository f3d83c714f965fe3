"""POST /notificaties until a subscriber has it, and deliveries a second, with 1, 10 and 100 subscribers.

The receiver is a process of its own, whose CPU is reported apart. Each round has the same paced load once without and once
with one subscriber that hangs for 30 s and one that answers 500; what they cost the others is the ratio of the two.
"""

import asyncio
import contextlib
import statistics
import time
from dataclasses import dataclass, field

import httpx

from benchmarks.harness import ROUNDS, Server, cpu_seconds, run_service, serve
from benchmarks.stores import Stores, stores

BASE = "/notificaties/api/v1"
PACED = 5.0
"""Seconds of the paced part of a round."""
PER_SECOND = 200
"""Deliveries a second in the paced part, at most 20 notificaties of them."""
SUSTAINED = 6.0
"""Seconds of the part in which the next notificatie is offered as soon as few enough are on their way."""
AHEAD = 20
"""Notificaties on their way, at most."""
OTHERS = ["hangt", "stuk"]


@dataclass
class Round:
    """What one round showed: latencies in ms; CPU-ms per delivery of the service, the receiver and the two stores."""

    latencies: list[float] = field(default_factory=list)
    rate: float = 0.0
    service: float = 0.0
    receiver: float = 0.0
    stores: float = 0.0
    disturbed: int = 0
    """Calls that hung or were answered with 500."""

    def share(self, part: float) -> float:
        """The latency that this part of the deliveries kept within."""
        return sorted(self.latencies)[int(len(self.latencies) * part)]


class Bench:
    """One service with a receiver, and the subscribers of a case each on a kanaal of that case."""

    def __init__(
        self, client: httpx.AsyncClient, sink: httpx.AsyncClient, service: Server, receiver: Server, running: Stores
    ) -> None:
        self.client, self.sink, self.service, self.receiver = client, sink, service, receiver
        self.running = running
        self.disturbing: list[str] = []

    async def subscribe(self, kanaal: str, paths: list[str], *, new: bool = True) -> list[str]:
        """A subscriber per path, on a new kanaal or one that exists; the paths of the abonnementen."""
        if new:
            (await self.client.post(f"{BASE}/kanaal", json={"naam": kanaal})).raise_for_status()
        made = []
        for path in paths:
            body = {"callbackUrl": f"{self.receiver.url}/{path}", "auth": "bench", "kanalen": [{"naam": kanaal}]}
            made.append(await self.client.post(f"{BASE}/abonnement", json=body))
            made[-1].raise_for_status()
        return [f"{BASE}/abonnement/{each.json()['url'].rsplit('/', 1)[1]}" for each in made]

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

    async def revive(self) -> None:
        """Those that hang and fail get a fresh start, as after a change of their address: no pause left of the last round."""
        for url in self.disturbing:
            found = (await self.client.get(url)).json()
            (await self.client.patch(url, json={"callbackUrl": found["callbackUrl"]})).raise_for_status()

    async def received(self, count: int, seconds: float = 60) -> None:
        """Wait until so many deliveries have succeeded since the last `take`; RuntimeError when they do not come."""
        deadline = time.monotonic() + seconds
        while (await self.sink.get("/count")).json() < count:
            if time.monotonic() > deadline:
                raise RuntimeError(f"not {count} deliveries within {seconds} s")
            await asyncio.sleep(0.01)

    async def take(self) -> list[float]:
        """The latencies in ms of the deliveries that succeeded since the last time."""
        return list((await self.sink.get("/take")).json())

    def spent(self) -> list[float]:
        """CPU seconds of the service, the receiver and the stores until now."""
        servers = [self.service.pid, self.receiver.pid]
        return [*map(cpu_seconds, servers), cpu_seconds(self.running.postgres.pid) + cpu_seconds(self.running.nats.pid)]

    async def paced(self, kanaal: str, subscribers: int) -> Round:
        """One notificatie after the other at a fixed rate: the latencies."""
        before = (await self.sink.get("/disturbed")).json()
        pause = max(0.05, subscribers / PER_SECOND)
        published = round(PACED / pause)
        for number in range(published):
            await self.publish(kanaal, number)
            await asyncio.sleep(pause)
        await self.received(published * subscribers)
        result = Round(await self.take())
        result.disturbed = (await self.sink.get("/disturbed")).json() - before
        return result

    async def round(self, kanaal: str, subscribers: int) -> Round:
        """A paced part for the latencies, then all that it can for the rate and the CPU."""
        result = await self.paced(kanaal, subscribers)
        before, started, published = self.spent(), time.perf_counter(), 0
        while time.perf_counter() - started < SUSTAINED:
            await asyncio.gather(*(self.publish(kanaal, published + place) for place in range(10)))
            published += 10
            await self.received((published - AHEAD) * subscribers)
        count = published * subscribers
        await self.received(count)
        result.rate = count / (time.perf_counter() - started)
        used = [(after - earlier) * 1000 / count for earlier, after in zip(before, self.spent(), strict=True)]
        result.service, result.receiver, result.stores = used
        await self.take()
        return result


def row(name: str, rounds: list[Round]) -> str:
    """One row of the table: medians over the rounds."""
    figures = [[each.share(0.5) for each in rounds], [each.share(0.95) for each in rounds]]
    figures += [[r.rate for r in rounds], [r.service for r in rounds], [r.receiver for r in rounds]]
    figures += [[r.stores for r in rounds]]
    cells = [f"{statistics.median(values):,.2f}" for values in figures]
    return "| " + " | ".join([name, *cells]) + " |"


def cost(without: list[Round], disturbed: list[Round]) -> str:
    """What one that hangs and one that fails cost the others, round by round."""
    ratios = [after.share(0.95) / before.share(0.95) for before, after in zip(without, disturbed, strict=True)]
    calls = statistics.median(each.disturbed for each in disturbed)
    parts = [
        f"{statistics.median(found):.1f} ms"
        for found in ([r.share(0.95) for r in without], [r.share(0.95) for r in disturbed])
    ]
    return (
        f"With one that hangs for 30 s and one that answers 500 ({calls:.0f} calls to them in a round) the p95 of the "
        f"{SUBJECTS} others is **{statistics.median(ratios):.2f} ×** that without them "
        f"({parts[1]} against {parts[0]}; rounds: {', '.join(f'{ratio:.2f}' for ratio in ratios)}).\n"
    )


SUBJECTS = 10
"""Subscribers whose latency with and without others that hang and fail is compared."""


async def run() -> None:
    """Print the table."""
    async with stores() as running, contextlib.AsyncExitStack() as stack:
        bench = await started(running, stack)
        cases = [1, 10, 100]
        for count in cases:
            await bench.subscribe(f"bench{count}", [f"goed/{number}" for number in range(count)])
            await bench.round(f"bench{count}", count)  # warm-up
        await bench.subscribe("benchstoring", [f"goed/{number}" for number in range(SUBJECTS)])
        bench.disturbing = await bench.subscribe("benchstoring", OTHERS, new=False)
        rounds: dict[int, list[Round]] = {count: [] for count in cases}
        without, disturbed = [], []
        for _ in range(ROUNDS):
            for count, found in rounds.items():
                found.append(await bench.round(f"bench{count}", count))
            without.append(await bench.paced(f"bench{SUBJECTS}", SUBJECTS))
            await bench.revive()
            disturbed.append(await bench.paced("benchstoring", SUBJECTS))
        head = ["subscribers", "p50 ms", "p95 ms", "deliveries/s", "service CPU ms", "receiver CPU ms", "stores CPU ms"]
        print("### POST /notificaties → delivered\n\n| " + " | ".join(head) + " |\n" + "|---" * len(head) + "|")
        print("\n".join(row(str(count), found) for count, found in rounds.items()) + "\n")
        print(cost(without, disturbed))


async def started(running: Stores, stack: contextlib.AsyncExitStack) -> Bench:
    """The service and the receiver, with clients of both, until the stack ends."""
    receiver = await stack.enter_async_context(serve("benchmarks.webhook_app:app", {}))
    token = await running.grant("bench")
    environment = await running.environment("notificaties") | {"MEENT_LOG": "ERROR"}
    service = await stack.enter_async_context(run_service("notificaties", environment))
    headers = {"Authorization": f"Bearer {token}"}
    client = httpx.AsyncClient(base_url=service.url, headers=headers, timeout=20)
    sink = httpx.AsyncClient(base_url=receiver.url)
    for each in (client, sink):
        await stack.enter_async_context(each)
    return Bench(client, sink, service, receiver, running)
