"""Afdelingen as data."""

from tests.services.meldingen.dorp import Dorp
from tests.services.meldingen.routering.data import check_data, check_rights

BODY = {"code": "sport", "naam": "Sport"}


async def test_without_the_scope_is_refused(dorp: Dorp) -> None:
    await check_rights(dorp, "afdelingen", BODY)


async def test_as_data(dorp: Dorp) -> None:
    await check_data(dorp, "afdelingen", BODY, {"naam": "Sport en spel"})
