"""What many of these tests start with: the whole service, and a server with subscribers."""

from collections.abc import AsyncIterator

import pytest_asyncio

from chassis.testing.plugin import MakeService
from chassis.testing.service import ServiceUnderTest
from tests.services.notificaties.webhooks import Subscribers, leading, subscribers


@pytest_asyncio.fixture
async def live(live_service: MakeService) -> ServiceUnderTest:
    """The whole service, which may call loopback. Patient: on a busy machine a slow answer is no failure, least of all while
    the clock stands still and no second attempt comes.
    """
    made = await live_service("notificaties", allow_hosts="127.0.0.1", webhook_timeout=5)
    await leading(made)
    return made


@pytest_asyncio.fixture
async def there() -> AsyncIterator[Subscribers]:
    """Subscribers on loopback."""
    async with subscribers() as running:
        yield running
