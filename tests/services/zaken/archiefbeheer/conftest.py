"""The fixture `archief`."""

import pytest

from tests.services.zaken.archiefbeheer.archief import Archief
from tests.services.zaken.making import Zaken


@pytest.fixture
async def archief(zaken: Zaken) -> Archief:
    """The register with archivists."""
    return Archief(zaken)
