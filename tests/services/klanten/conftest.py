"""The service klanten with a BRP to read."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from chassis.testing.plugin import MakeService
from tests.services.klanten.municipality import Town
from tests.services.klanten.standins import Brp, serving


@pytest_asyncio.fixture(scope="session")
async def brp_server() -> AsyncIterator[tuple[Brp, str]]:
    """The BRP of all tests, and its URL."""
    made = Brp()
    async with serving(made.app()) as url:
        yield made, url


@pytest.fixture
def brp(brp_server: tuple[Brp, str]) -> tuple[Brp, str]:
    """A BRP nobody lives in yet, and its URL."""
    brp_server[0].__init__()  # type: ignore[misc]
    return brp_server


@pytest.fixture
async def town(service: MakeService, brp: tuple[Brp, str]) -> Town:
    """The service without background work."""
    under_test = await service("klanten")
    under_test.runtime.settings.brp_url = brp[1]
    return Town(under_test, brp[0])
