"""The service, NATS or PostgreSQL is killed in the middle of many deliveries: nothing is lost, and repeats are few.

Publishers offer notificaties over HTTP all the while, at a service that runs as a process of its own, on stores as
durable as in production. Whatever was answered with 201 arrives at every subscriber.
"""

import asyncio
import contextlib
import os
import signal
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx
import nats
import pytest

from benchmarks.harness import Server, run_service
from benchmarks.stores import Stores, stores
from chassis.catalog import ADMINISTRATOR, inbox_prefix
from chassis.testing.service import eventually
from tests.services.notificaties.webhooks import (
    BEZORGING,
    NOTIFICATIES,
    Hit,
    Subscribers,
    kanaal,
    subscribe,
    subscribers,
)
from tests.services.notificaties.webhooks import (
    number as abonnement_id,
)

pytestmark = pytest.mark.suite
SUBSCRIBERS, LINES = 10, 8
UNDER_WAY = SUBSCRIBERS * 4
"""Calls under way at most (MEENT_WEBHOOK_CONCURRENCY for each subscriber): what a crash may repeat. Of 10,000 it is 0.4%."""
ASK_FOR_ORDER = {"/0", "/1"}
"""Paths of subscribers that are promised the notificaties about a hoofdobject in order."""
ORDER_SURVIVES = True
"""Whether that promise is kept here. Not yet: what the stream brings again after a crash comes later than what followed it,
and a queue is in the order in which events came. The figures say how many came too late."""
WHOLE = 10_000
"""Deliveries of a whole story, at least; it ends when the stream has brought again whatever was not confirmed."""
SIZES = [WHOLE // 10, pytest.param(WHOLE, marks=pytest.mark.slow)]
_SETTLED = """
SELECT (SELECT count(*) FROM outbox WHERE sent_at IS NOT NULL AND type LIKE '%notificatie-ontvangen')
        = (SELECT count(*) FROM notificatie)
    AND NOT EXISTS (SELECT FROM outbox WHERE sent_at IS NULL)
    AND NOT EXISTS (SELECT FROM aflevering WHERE status <> 'afgeleverd')
"""


@dataclass
class Story:
    """Publishers, each with a hoofdobject of its own, and what the subscribers got."""

    stores: Stores
    environment: dict[str, str]
    headers: dict[str, str]
    there: Subscribers
    wanted: int
    """Notificaties to be accepted, at least."""
    accepted: list[str] = field(default_factory=list)
    """The resourceUrl of what was answered with 201; none is offered twice."""
    refused: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """What was killed is back."""
    server: Server | None = None
    services: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    @property
    def dsn(self) -> str:
        return self.environment["MEENT_NOTIFICATIES_DATABASE"]

    async def start_service(self) -> None:
        """Start it, as the first or after a crash."""
        self.server = await self.services.enter_async_context(run_service("notificaties", self.environment))

    def client(self) -> httpx.AsyncClient:
        """A publisher's connection to the service that runs now."""
        assert self.server is not None
        return httpx.AsyncClient(base_url=self.server.url, headers=self.headers, timeout=5)

    async def play(self, victim: str) -> None:
        """Publish, kill and revive in the middle, and wait until all is settled."""
        async with self.client() as client:
            await kanaal(client, "storing")
            for path in (f"/{number}" for number in range(SUBSCRIBERS)):
                taken = await subscribe(client, self.there.url + path, "storing")
                own = {"opVolgorde": path in ASK_FOR_ORDER}
                url = f"{BEZORGING}/bezorginstellingen/{abonnement_id(taken)}"
                assert (await client.put(url, json=own)).status_code == 200
        await asyncio.gather(self.outage(victim), *(self.publish(line) for line in range(LINES)))
        await eventually(self.settled, seconds=90)
        if len(self.accepted) * SUBSCRIBERS >= WHOLE:
            await eventually(self.confirmed, seconds=30)

    async def publish(self, line: int) -> None:
        """Offer one notificatie after the other about one hoofdobject; what is not answered with 201 is left at that."""
        number = 0
        while len(self.accepted) < self.wanted or not self.over.is_set():
            async with self.client() as client:
                with contextlib.suppress(httpx.TransportError):
                    while len(self.accepted) < self.wanted or not self.over.is_set():
                        number += 1
                        answer = await client.post(f"{NOTIFICATIES}/notificaties", json=notificatie(line, number))
                        if answer.status_code == 201:
                            self.accepted.append(answer.json()["resourceUrl"])
                            await asyncio.sleep(0 if len(self.accepted) < self.wanted else 0.1)
                        else:
                            assert answer.status_code == 503, answer.text
                            self.refused += 1
                            await asyncio.sleep(0.05)
            self.refused += 1
            await asyncio.sleep(0.05)

    async def outage(self, victim: str) -> None:
        """Kill the victim when a third has arrived, and revive it when its absence was felt."""
        await eventually(lambda: self.arrived(self.wanted * SUBSCRIBERS // 3), seconds=60)
        accepted, refused = len(self.accepted), self.refused
        if victim == "service":
            assert self.server is not None
            os.kill(self.server.pid, signal.SIGKILL)
            await self.start_service()
        else:
            store = self.stores.postgres if victim == "postgres" else self.stores.nats
            await asyncio.to_thread(store.kill)
            await eventually(lambda: self.felt(accepted + 20 if victim == "nats" else 0, refused + LINES), seconds=20)
            await asyncio.to_thread(store.start)
        self.over.set()

    async def arrived(self, count: int) -> bool:
        return len(self.there.hits) >= count

    async def felt(self, accepted: int, refused: int) -> bool:
        """Without the broker publishers go on; without the database they are refused."""
        return len(self.accepted) >= accepted if accepted else self.refused >= refused

    async def settled(self) -> bool:
        """Every event in the outbox was sent and has become a notificatie, and none of its deliveries waits."""
        if len(self.there.hits) < len(self.accepted) * SUBSCRIBERS:
            return False
        connection = await asyncpg.connect(self.dsn)
        try:
            return bool(await connection.fetchval(_SETTLED))
        finally:
            await connection.close()

    async def confirmed(self) -> bool:
        """Whether the stream has nothing left for the service, nor anything it did not hear of: what came again came."""
        url, prefix = self.stores.nats.url(ADMINISTRATOR), inbox_prefix(ADMINISTRATOR).encode()
        client = await nats.connect(url, inbox_prefix=prefix)
        try:
            info = await client.jetstream().consumer_info("ZGW", "notificaties-zgw")
        finally:
            await client.close()
        return info.num_pending == 0 and info.num_ack_pending == 0

    async def judge(self) -> str:
        """Everything that must hold; the figures, as a line."""
        received = Counter((hit.path, hit.headers["webhook-id"]) for hit in self.there.hits)
        ids = defaultdict(set)
        for hit in self.there.hits:
            ids[hit.path, hit.body["resourceUrl"]].add(hit.headers["webhook-id"])
        paths = [f"/{number}" for number in range(SUBSCRIBERS)]
        lost = [(path, url) for url in self.accepted for path in paths if (path, url) not in ids]
        assert lost == []
        assert [key for key, found in ids.items() if len(found) > 1] == [], "one notificatie, two ids"
        attempts = await self.ledger(received)
        repeats = received.total() - len(received)
        assert repeats <= UNDER_WAY
        assert abs(attempts - received.total()) <= UNDER_WAY
        late = out_of_order(hit for hit in self.there.hits if hit.path in ASK_FOR_ORDER)
        assert not ORDER_SURVIVES or late == []
        return (
            f"{len(self.accepted)} accepted, {len(received)} deliveries, {repeats} repeats, {attempts} attempts written, "
            f"{len(late)} out of order"
        )

    async def ledger(self, received: Iterable[tuple[str, str]]) -> int:
        """Compare the ledger with what the subscribers say; the attempts in it."""
        connection = await asyncpg.connect(self.dsn)
        try:
            rows = await connection.fetch(
                "SELECT a.callback_url, d.notificatie_id::text, count(p.id) AS pogingen "
                "FROM aflevering d JOIN abonnement a ON a.id = d.abonnement_id "
                "LEFT JOIN poging p ON p.aflevering_id = d.id AND p.status = 204 GROUP BY 1, 2"
            )
            assert await connection.fetchval("SELECT count(*) FROM onbestelbaar_bericht") == 0
        finally:
            await connection.close()
        written = {(row["callback_url"].removeprefix(self.there.url), row["notificatie_id"]) for row in rows}
        assert written == set(received)
        assert min(row["pogingen"] for row in rows) >= 1
        return sum(row["pogingen"] for row in rows)


def notificatie(line: int, number: int) -> dict[str, Any]:
    """One about the hoofdobject of a publisher, with its place."""
    return {
        "kanaal": "storing",
        "hoofdObject": f"https://zaken.example/zaken/{line}",
        "resource": "status",
        "resourceUrl": f"https://zaken.example/statussen/{line}/{number}",
        "actie": "create",
        "aanmaakdatum": "2026-01-01T12:00:00Z",
    }


def out_of_order(hits: Iterable[Hit]) -> list[str]:
    """Notificaties that a subscriber got for the first time after a later one about the same hoofdobject."""
    newest: dict[tuple[str, str], int] = defaultdict(int)
    seen, wrong = set(), []
    for hit in sorted(hits, key=lambda hit: hit.at):
        key, number = (hit.path, hit.body["hoofdObject"]), int(hit.body["resourceUrl"].rsplit("/", 1)[1])
        if number < newest[key] and (key, number) not in seen:
            wrong.append(f"{hit.path}: {hit.body['resourceUrl']} after {newest[key]}")
        seen.add((key, number))
        newest[key] = max(newest[key], number)
    return wrong


@contextlib.asynccontextmanager
async def staged(deliveries: int) -> AsyncIterator[Story]:
    """A story on stores of its own, with the service running."""
    async with stores() as running, subscribers() as there:
        environment = await running.environment("notificaties") | {"MEENT_LOG": "CRITICAL"}
        headers = {"Authorization": f"Bearer {await running.grant('test')}"}
        story = Story(running, environment, headers, there, wanted=deliveries // SUBSCRIBERS)
        async with story.services:
            await story.start_service()
            yield story


@pytest.mark.timeout(180)
@pytest.mark.parametrize("deliveries", SIZES)
@pytest.mark.parametrize("victim", ["service", "nats", "postgres"])
async def test_everything_arrives(victim: str, deliveries: int) -> None:
    started = asyncio.get_running_loop().time()
    async with staged(deliveries) as story:
        await story.play(victim)
        figures = await story.judge()
    print(f"{victim} killed: {figures}, {asyncio.get_running_loop().time() - started:.1f} s")


def test_what_is_out_of_order_is_seen() -> None:
    def hit(number: int, at: float, path: str = "/een", line: int = 1) -> Hit:
        return Hit(path, {}, notificatie(line, number), at)

    fine = [hit(1, 1), hit(2, 2), hit(1, 3), hit(2, 4), hit(1, 5, path="/twee"), hit(1, 6, line=2), hit(3, 7)]
    assert out_of_order(fine) == []
    assert out_of_order([hit(2, 1), hit(1, 2)]) == ["/een: https://zaken.example/statussen/1/1 after 2"]
    assert len(out_of_order([hit(3, 1), hit(1, 2), hit(2, 3), hit(3, 4)])) == 2
