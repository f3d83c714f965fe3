"""Fixtures of the chassis' tests: the example service, quiet or live, and servers that a test may kill."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from chassis.migrations import upgrade
from chassis.testing.invariants import _check_resource, check_canary
from chassis.testing.plugin import _empty_streams
from chassis.testing.servers import Servers, empty
from chassis.testing.service import ServiceUnderTest, running
from tests.chassis.example import HOOKS, IDENTITY, SCHEMA, SEALED, THING, example_service

TEMPLATE = "template_example"


async def example_database(servers: Servers) -> str:
    """DSN of a fresh database of the example service."""
    if TEMPLATE not in servers._templates:
        await asyncio.to_thread(servers.postgres.create_database, TEMPLATE)
        dsn = servers.postgres.dsn(TEMPLATE)
        await upgrade(dsn, "example")
        connection = await asyncpg.connect(dsn)
        await connection.execute(SCHEMA)
        await connection.close()
        servers._templates.add(TEMPLATE)
    servers._numbers += 1
    name = f"example_{servers._numbers}"
    await asyncio.to_thread(servers.postgres.create_database, name, TEMPLATE)
    return servers.postgres.dsn(name)


@pytest.fixture(scope="session")
async def _quiet(servers: Servers) -> AsyncIterator[ServiceUnderTest]:
    made = example_service(await example_database(servers), servers.keys)
    yield made
    await made.runtime.outbound.close()
    await made.runtime.database.close()


@pytest.fixture
async def example(_quiet: ServiceUnderTest) -> AsyncIterator[ServiceUnderTest]:
    """The example service without relay and consumers; its rows are checked and removed afterwards."""
    yield _quiet
    HOOKS.clear()
    try:
        for resource in (THING, SEALED):
            await _check_resource(_quiet.runtime, resource)
        await check_canary(_quiet.runtime)
    finally:
        await empty(_quiet.dsn)


MakeLive = Callable[..., Awaitable[ServiceUnderTest]]


@pytest.fixture
async def live(servers: Servers) -> AsyncIterator[MakeLive]:
    """`await live(consumers=[…], dsn=…)`: a started example service; several may share a database."""
    async with AsyncExitStack() as stack:
        await servers.ensure_streams()

        async def start(dsn: str | None = None, **options: Any) -> ServiceUnderTest:
            options = {"nats": servers.nats.url(IDENTITY), **options}
            made = example_service(dsn or await example_database(servers), servers.keys, **options)
            return await stack.enter_async_context(running(made))

        yield start
        HOOKS.clear()
    await _empty_streams(servers)


@pytest.fixture
async def mortal(tmp_path: Path) -> AsyncIterator[Servers]:
    """Servers of this test alone, to be killed."""
    made = Servers(tmp_path)
    yield made
    await asyncio.to_thread(made.stop)
