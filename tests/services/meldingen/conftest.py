"""The service meldingen with the inrichting of a small gemeente."""

import pytest

from chassis.testing.plugin import MakeService
from tests.services.meldingen.dorp import Dorp


@pytest.fixture
async def dorp(service: MakeService) -> Dorp:
    """Without background work: what is published stays in the outbox."""
    made = Dorp(await service("meldingen"))
    await made.richt_in()
    return made
