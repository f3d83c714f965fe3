"""The process dies between two zaken, before or after any commit: whoever goes on loses none and does none twice."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from chassis.testing.servers import Servers
from chassis.testing.service import ServiceUnderTest, make
from tests.services.zaken.archiefbeheer.archief import NAME, Archief
from tests.services.zaken.making import Zaken

pytestmark = [pytest.mark.suite, pytest.mark.timeout(60)]


@asynccontextmanager
async def process(servers: Servers, dsn: str, crash_at: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The service as a process of its own."""
    env = os.environ | {
        "MEENT_ZAKEN_DATABASE": dsn,
        "MEENT_NATS": servers.nats.url("zaken"),
        "MEENT_KEYS": servers.keys,
        "MEENT_PUBLIC_URL": "http://meent.test",
        "MEENT_CRASH_AT": crash_at,
    }
    command = [sys.executable, "-m", "uvicorn", "services.zaken.main:app", "--port", "0", "--log-level", "warning"]
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
    made = await make("zaken", servers, dsn=await servers.database("zaken"), live=False)
    try:
        yield made
    finally:
        await made.runtime.outbound.close()
        await made.runtime.database.close()


async def state(archief: Archief, lijst: dict[str, Any]) -> tuple[int, int]:
    """How many zaken there are, and how many regels say that theirs was destroyed."""
    there = len(await archief.zaken.listed("/zaken"))
    return there, [status for status, _ in await archief.fates(lijst)].count("vernietigd")


@pytest.mark.parametrize(
    ("point", "destroyed"),
    [("before-commit:1", 0), ("after-commit:2", 2), ("before-commit:4", 3), ("after-commit:4", 3)],
)
async def test_goes_on_where_it_was(servers: Servers, live_service: object, point: str, destroyed: int) -> None:
    async with beside(servers) as made:
        archief = Archief(await Zaken(made).set_up())
        zaken = [await archief.due() for _ in range(3)]
        lijst = await archief.started(*zaken)
        async with process(servers, made.dsn, point) as first:
            assert await asyncio.wait_for(first.wait(), 50) == -signal.SIGKILL
        assert await state(archief, lijst) == (3 - destroyed, destroyed)
        await archief.carry_out()
        assert (await archief.get(lijst["url"]))["status"] == "uitgevoerd"
        assert await state(archief, lijst) == (0, 3)
        told = [one["subject"] for one in await made.outbox() if one["data"].get("actie") == "destroy"]
        assert sorted(told) == sorted(zaak["uuid"] for zaak in zaken)
        [verklaring] = await made.runtime.database.fetch("SELECT aantal_zaken, v::text AS line FROM verklaring v")
        assert verklaring["aantal_zaken"] == 3
        assert NAME not in verklaring["line"]
