"""The fixtures `besluiten` and `elsewhere`."""

from collections.abc import AsyncIterator

import pytest

from tests.services.zaken import elsewhere as other
from tests.services.zaken.besluiten.registering import Besluiten
from tests.services.zaken.elsewhere import Elsewhere
from tests.services.zaken.making import Zaken


@pytest.fixture
async def besluiten(zaken: Zaken) -> Besluiten:
    """The service with a published besluittype."""
    return await Besluiten(zaken).set_up()


@pytest.fixture
async def elsewhere(zaken: Zaken) -> AsyncIterator[Elsewhere]:
    """Another provider."""
    async with other.running(zaken) as provider:
        yield provider
