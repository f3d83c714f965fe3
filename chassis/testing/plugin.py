"""pytest plugin: the fixtures `servers`, `service` and `live_service`."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio

from chassis.testing.invariants import check_canary, check_representations
from chassis.testing.servers import Servers, empty
from chassis.testing.service import ServiceUnderTest, make, running

MakeService = Callable[..., Awaitable[ServiceUnderTest]]
_kept: dict[str, ServiceUnderTest] = {}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what starts a server, so that `make test-fast` can leave it out."""
    for item in items:
        if "servers" in getattr(item, "fixturenames", ()):
            item.add_marker("servers")


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """PostgreSQL and NATS of this test process."""
    made = Servers(tmp_path_factory.mktemp("servers"))
    yield made
    made.stop()


@pytest_asyncio.fixture(scope="session")
async def _pools() -> AsyncIterator[None]:
    yield
    for under_test in _kept.values():
        await under_test.runtime.outbound.close()
        await under_test.runtime.database.close()


@pytest_asyncio.fixture
async def service(servers: Servers, _pools: None) -> AsyncIterator[MakeService]:
    """`await service("zaken")`: the service without background work, on an empty database of its own."""
    used: list[ServiceUnderTest] = []

    async def get(name: str) -> ServiceUnderTest:
        if name not in _kept:
            _kept[name] = await make(name, servers, dsn=await servers.database(name), live=False)
        if _kept[name] not in used:
            used.append(_kept[name])
        return _kept[name]

    yield get
    for under_test in used:
        try:
            await check_representations(under_test.runtime)
            await check_canary(under_test.runtime)
        finally:
            await empty(under_test.dsn)


@pytest_asyncio.fixture
async def live_service(servers: Servers) -> AsyncIterator[MakeService]:
    """`await live_service("klanten", brp_url=…)`: the service with relay, consumers and background work, on a fresh database.

    Keyword arguments are settings. Streams are emptied afterwards.
    """
    async with AsyncExitStack() as stack:

        async def get(name: str, **settings: Any) -> ServiceUnderTest:
            made = await make(name, servers, dsn=await servers.database(name), live=True, **settings)
            return await stack.enter_async_context(running(made))

        yield get
    await _empty_streams(servers)


async def _empty_streams(servers: Servers) -> None:
    import nats

    from chassis.catalog import ADMINISTRATOR, inbox_prefix, load_catalog

    client = await nats.connect(servers.nats.url(ADMINISTRATOR), inbox_prefix=inbox_prefix(ADMINISTRATOR).encode())
    try:
        jetstream = client.jetstream()
        for stream in load_catalog().streams:
            for consumer in await jetstream.consumers_info(stream):
                await jetstream.delete_consumer(stream, consumer.name)
            await jetstream.purge_stream(stream)
        for bucket in load_catalog().buckets:
            await jetstream.purge_stream(f"KV_{bucket}")
    finally:
        await client.close()
