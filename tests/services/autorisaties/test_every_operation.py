"""What must hold for every operation of the Autorisaties API, also of our additions to it."""

import pytest

from chassis.testing.plugin import MakeService
from tests.services import served
from tests.services.served import Served, wrong

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


async def test_nothing_without_a_token(api: Served) -> None:
    assert await wrong(api, api.guarded, served.without_token) == []


async def test_nothing_without_rights(api: Served) -> None:
    assert await wrong(api, api.guarded, served.without_rights) == []


async def test_what_does_not_exist(api: Served) -> None:
    about_one = [one for one in api.operations if one.about_one]
    assert await wrong(api, about_one, served.unknown_thing) == []


async def test_parameters_that_do_not_exist(api: Served) -> None:
    assert await wrong(api, [one for one in api.operations if one.query], served.unknown_parameter) == []


async def test_bodies_that_are_none(api: Served) -> None:
    assert await wrong(api, [one for one in api.operations if one.takes_body], served.bad_body) == []


async def test_fields_that_are_required(api: Served) -> None:
    whole = [one for one in api.operations if one.takes_body and one.method != "patch" and one.required]
    assert await wrong(api, whole, served.required_fields) == []


async def test_reads(api: Served) -> None:
    reads = [one for one in api.operations if one.method == "get"]
    assert await wrong(api, reads, served.head_like_get) == []
    assert await wrong(api, reads, served.unchanged) == []
    assert await wrong(api, [one for one in api.lists if "page" in one.query], served.listing) == []


async def test_methods_that_are_not_offered(api: Served) -> None:
    assert await wrong(api, api.operations, served.other_methods) == []
