"""The fixture `other`: a second, empty installation with another URL."""

from collections.abc import AsyncIterator

import pytest

from chassis.testing.invariants import check_representations
from chassis.testing.servers import Servers
from chassis.testing.service import ServiceUnderTest, make


@pytest.fixture
async def other(servers: Servers) -> AsyncIterator[ServiceUnderTest]:
    """The service zaken once more, on a database of its own."""
    dsn = await servers.database("zaken")
    made = await make("zaken", servers, dsn=dsn, live=False, public_url="http://elders.test")
    yield made
    await check_representations(made.runtime)
    await made.runtime.outbound.close()
    await made.runtime.database.close()
