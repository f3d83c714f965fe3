"""The service meldingen with the inrichting of a small gemeente."""

from collections.abc import AsyncIterator

import pytest
from nats.aio.client import Client

from chassis.catalog import ADMINISTRATOR
from chassis.testing.plugin import MakeService
from chassis.testing.servers import Servers
from chassis.testing.service import eventually
from tests.services.meldingen.berichten import connect
from tests.services.meldingen.dorp import Dorp


@pytest.fixture
async def dorp(service: MakeService) -> Dorp:
    """Without background work: what is published stays in the outbox."""
    made = Dorp(await service("meldingen"))
    await made.richt_in()
    return made


@pytest.fixture
async def levend(live_service: MakeService) -> Dorp:
    """With relay and background work, connected."""
    made = Dorp(await live_service("meldingen"))
    await made.richt_in()

    async def connected() -> bool:
        return made.service.runtime.messaging.connected

    await eventually(connected)
    return made


@pytest.fixture
async def beheer(servers: Servers) -> AsyncIterator[Client]:
    """NATS as the administrator sees it."""
    client = await connect(servers, ADMINISTRATOR)
    yield client
    await client.close()
