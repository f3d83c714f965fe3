"""What must hold for every operation of the Autorisaties API, also of our additions to it."""

import pytest

from chassis.testing.plugin import MakeService
from tests.services.every_operation import EveryOperation
from tests.services.served import Served

BASE = "/autorisaties/api/v1"


@pytest.fixture
async def api(service: MakeService) -> Served:
    under_test = await service("autorisaties")
    client = under_test.client()
    made = await client.post(
        f"{BASE}/applicaties", json={"label": "Portaal", "clientIds": ["portaal"], "heeftAlleAutorisaties": True}
    )
    assert made.status_code == 201, made.text
    assert (await client.post(f"{BASE}/credentials", json={"clientId": "portaal"})).status_code == 201
    return await Served(under_test, {}, {"clientId": "portaal"}).collect()


class TestEveryOperation(EveryOperation):
    """Of applicaties and credentials."""
