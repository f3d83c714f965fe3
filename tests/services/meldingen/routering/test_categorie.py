"""Categorieen as data, and what a change does to the next signaal."""

import pytest

from tests.services.meldingen.dorp import ROUTERING, WEST, Dorp, codes, sub
from tests.services.meldingen.routering.data import check_data, check_rights

BODY = sub("paal", "wegen", ["paal", "palen"])


async def test_without_the_scope_is_refused(dorp: Dorp) -> None:
    await check_rights(dorp, "categorieen", BODY)


async def test_as_data(dorp: Dorp) -> None:
    change = {"ontdubbelen": "automatisch", "trefwoorden": ["paal"], "termijnDagen": 3, "afdeling": "regie"}
    await check_data(dorp, "categorieen", BODY, change)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"hoofd": "gat-in-weg"}, ("hoofd", "code-onbekend")),
        ({"hoofd": "lucht"}, ("hoofd", "code-onbekend")),
        ({"hoofd": "paal"}, ("hoofd", "hoofd-is-zichzelf")),
        ({"afdeling": "sport"}, ("afdeling", "code-onbekend")),
        ({"straalMeter": 501}, ("straalMeter", "max_value")),
        ({"ontdubbelen": "soms"}, ("ontdubbelen", "invalid_choice")),
    ],
)
async def test_bad_content(dorp: Dorp, change: dict[str, object], wrong: tuple[str, str]) -> None:
    answer = await dorp.als("beheer").post(f"{ROUTERING}/categorieen", json={**BODY, **change})
    assert (answer.status_code, codes(answer)) == (400, {wrong})


async def test_by_hoofd(dorp: Dorp) -> None:
    answer = await dorp.als("regie").get(f"{ROUTERING}/categorieen?hoofd=wegen")
    assert [row["code"] for row in answer.json()["results"]] == ["gat-in-weg", "losse-tegel"]


async def test_a_change_counts_from_the_next_signaal(dorp: Dorp) -> None:
    assert (await dorp.melding("Een kapotte paal"))["categorie"] is None
    await dorp.als("beheer").post(f"{ROUTERING}/categorieen", json=BODY)
    melding = await dorp.melding("Een kapotte paal", plaats=WEST)
    assert (melding["categorie"], melding["ploeg"]) == ("paal", "wegen")
