"""The process dies between two effects of a delivery: every notificatie arrives, a repeat carries the same id."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import pytest

from chassis.fetching import Outbound
from chassis.testing.servers import Servers
from chassis.testing.service import ServiceUnderTest, eventually, make
from chassis.unit import unit_of_work
from services.notificaties.distribution import Delivery, enqueue
from services.notificaties.projection import Notification
from tests.services.notificaties.webhooks import delivered, kanaal, number, publish, subscribe, subscribers

pytestmark = pytest.mark.suite


@asynccontextmanager
async def process(servers: Servers, dsn: str, crash_at: str = "") -> AsyncIterator[asyncio.subprocess.Process]:
    """The service as a process of its own."""
    env = os.environ | {
        "MEENT_NOTIFICATIES_DATABASE": dsn,
        "MEENT_NATS": servers.nats.url("notificaties"),
        "MEENT_KEYS": servers.keys,
        "MEENT_ALLOW_HOSTS": "127.0.0.1",
        "MEENT_PUBLIC_URL": "http://meent.test",
        "MEENT_CRASH_AT": crash_at,
    }
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "services.notificaties.main:app",
        "--port",
        "0",
        "--log-level",
        "warning",
    ]
    running = await asyncio.create_subprocess_exec(*command, env=env, stderr=asyncio.subprocess.DEVNULL)
    try:
        yield running
    finally:
        if running.returncode is None:
            running.terminate()
        await running.wait()


@asynccontextmanager
async def beside(servers: Servers) -> AsyncIterator[ServiceUnderTest]:
    """The same service without background work, on the same database: for what a test prepares and looks up."""
    await servers.ensure_streams()
    made = await make("notificaties", servers, dsn=await servers.database("notificaties"), live=False)
    made.runtime.outbound = Outbound("127.0.0.1")
    try:
        yield made
    finally:
        await made.runtime.outbound.close()
        await made.runtime.database.close()


@pytest.mark.parametrize(
    ("point", "before"),
    [
        ("delivery-before-send", 0),
        ("delivery-after-send", 1),
        ("consumer-before-ack", 0),
    ],
)
async def test_nothing_is_lost(servers: Servers, live_service: object, point: str, before: int) -> None:
    async with subscribers() as there, beside(servers) as made:
        client = made.client()
        await kanaal(client)
        await subscribe(client, f"{there.url}/een")
        await publish(client)
        async with process(servers, made.dsn, point) as first:
            assert await asyncio.wait_for(first.wait(), 20) == -9
        if point.startswith("delivery"):
            assert len(there.at("/een")) == before
        async with process(servers, made.dsn):
            (row,) = await delivered(client, 1, status="afgeleverd")
        hits = there.at("/een")
        assert before <= len(hits) - 1 <= max(before, 1)
        assert {hit.headers["webhook-id"] for hit in hits} == {row["gebeurtenis"]}


async def test_killed_in_the_middle_of_many(servers: Servers, live_service: object) -> None:
    async with subscribers() as there, beside(servers) as made:
        client = made.client()
        await kanaal(client)
        taken = [await subscribe(client, f"{there.url}/{path}") for path in ("een", "twee")]
        for place in range(100):
            note = Notification("zaken", "https://m/z/1", "zaak", f"https://m/z/{place}", "create", "2026-03-01", {})
            async with unit_of_work(made.runtime) as unit:
                connection = await unit.connection()
                await enqueue(unit, connection, uuid4(), note, [Delivery(UUID(number(one))) for one in taken])
        async with process(servers, made.dsn, "delivery-after-send:70") as first:
            assert await asyncio.wait_for(first.wait(), 20) == -9
        async with process(servers, made.dsn):
            await eventually(lambda: all_done(made, 200), seconds=20)
        for path in ("/een", "/twee"):
            ids = [hit.headers["webhook-id"] for hit in there.at(path)]
            assert len(set(ids)) == 100
            assert len(ids) <= 100 + 4  # those under way, or sent and not yet written: as many as the concurrency


async def all_done(made: ServiceUnderTest, count: int) -> bool:
    rows = await made.runtime.database.fetch("SELECT count(*) AS n FROM aflevering WHERE status = 'afgeleverd'")
    return bool(rows[0]["n"] == count)
