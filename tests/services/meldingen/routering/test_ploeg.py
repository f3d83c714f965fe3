"""Ploegen as data."""

from tests.services.meldingen.dorp import ROUTERING, Dorp, codes
from tests.services.meldingen.routering.data import check_data, check_rights

BODY = {"code": "maaiers", "naam": "Maaiploeg", "afdeling": "groenbeheer", "contractant": True}


async def test_without_the_scope_is_refused(dorp: Dorp) -> None:
    await check_rights(dorp, "ploegen", BODY)


async def test_as_data(dorp: Dorp) -> None:
    await check_data(dorp, "ploegen", BODY, {"afdeling": "regie", "contractant": False})


async def test_its_afdeling_exists(dorp: Dorp) -> None:
    answer = await dorp.als("beheer").post(f"{ROUTERING}/ploegen", json={**BODY, "afdeling": "sport"})
    assert (answer.status_code, codes(answer)) == (400, {("afdeling", "code-onbekend")})


async def test_by_afdeling(dorp: Dorp) -> None:
    answer = await dorp.als("regie").get(f"{ROUTERING}/ploegen?afdeling=openbare-ruimte")
    assert [row["code"] for row in answer.json()["results"]] == ["bestrating", "wegen"]
