"""What must hold for every operation of the registers; a resource that is added is in it without being named."""

import pytest

from tests.services import served
from tests.services.served import Served, wrong
from tests.services.zaken.elsewhere import Elsewhere
from tests.services.zaken.making import CRS, Zaken
from tests.services.zaken.world import UNLISTED, furnish


@pytest.fixture
async def registers(zaken: Zaken, elsewhere: Elsewhere) -> Served:
    await furnish(zaken, elsewhere)
    return await Served(zaken.service, CRS, unlisted=UNLISTED, given={"q": "hoofd"}).collect()


async def test_nothing_without_a_token(registers: Served) -> None:
    assert await wrong(registers, registers.guarded, served.without_token) == []


async def test_nothing_without_rights(registers: Served) -> None:
    assert await wrong(registers, registers.guarded, served.without_rights) == []


async def test_what_does_not_exist(registers: Served) -> None:
    about_one = [one for one in registers.operations if one.about_one and one.method != "head"]
    assert await wrong(registers, about_one, served.unknown_thing) == []


async def test_parameters_that_do_not_exist(registers: Served) -> None:
    assert await wrong(registers, [one for one in registers.operations if one.query], served.unknown_parameter) == []


async def test_values_that_a_parameter_cannot_have(registers: Served) -> None:
    assert await wrong(registers, [one for one in registers.lists if one.query], served.wrong_values) == []


async def test_what_is_answered_can_be_sent_back(registers: Served) -> None:
    changes = [
        one
        for one in registers.operations
        if one.about_one and one.method in {"put", "patch"} and not one.takes_lock  # an answer does not show the lock
    ]
    found = [await wrong(registers, [one], served.sent_back) for one in changes]  # one by one: each reads what there is
    assert [line for lines in found for line in lines] == []


async def test_bodies_that_are_none(registers: Served) -> None:
    with_body = [one for one in registers.operations if one.takes_body]
    assert await wrong(registers, with_body, served.bad_body) == []


async def test_fields_that_are_required(registers: Served) -> None:
    whole = [one for one in registers.operations if one.takes_body and one.method != "patch" and one.required]
    assert await wrong(registers, whole, served.required_fields) == []


async def test_head_is_get_without_body(registers: Served) -> None:
    reads = [one for one in registers.operations if one.method == "get"]
    assert await wrong(registers, reads, served.head_like_get) == []


async def test_what_a_client_already_has(registers: Served) -> None:
    reads = [one for one in registers.operations if one.method in {"get", "head"}]
    assert await wrong(registers, reads, served.unchanged) == []


async def test_lists(registers: Served) -> None:
    paged = [one for one in registers.lists if "page" in one.query]
    assert await wrong(registers, paged, served.listing) == []


async def test_methods_that_are_not_offered(registers: Served) -> None:
    assert await wrong(registers, registers.operations, served.other_methods) == []
