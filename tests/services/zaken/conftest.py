"""The fixtures `zaken`, the service with a published zaaktype, and `elsewhere`, another provider."""

from collections.abc import AsyncIterator

import pytest

from chassis.testing.plugin import MakeService
from tests.services.zaken.documenten.making import Documenten
from tests.services.zaken.elsewhere import Elsewhere, running
from tests.services.zaken.making import Zaken


@pytest.fixture
async def zaken(service: MakeService) -> Zaken:
    """The service with a published zaaktype."""
    return await Zaken(await service("zaken")).set_up()


@pytest.fixture
async def elsewhere(zaken: Zaken) -> AsyncIterator[Elsewhere]:
    """Another provider."""
    async with running(zaken) as provider:
        yield provider


@pytest.fixture
async def documenten(zaken: Zaken) -> Documenten:
    """The service with a published informatieobjecttype."""
    return await Documenten(zaken).set_up()
