"""The fixture `zaken`: the service with a published zaaktype."""

import pytest

from chassis.testing.plugin import MakeService
from tests.services.zaken.making import Zaken


@pytest.fixture
async def zaken(service: MakeService) -> Zaken:
    """The service with a published zaaktype."""
    return await Zaken(await service("zaken")).set_up()
