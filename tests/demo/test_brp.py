"""The stand-in BRP answers in the published shape, and refuses what the real one refuses."""

from datetime import date

import httpx
import pytest

from demo.brp import create_brp
from demo.municipality import Municipality

PURPOSE = {"x-doelbinding": "verhuizing", "x-verwerking": "test"}
BODY = {
    "type": "RaadpleegMetBurgerservicenummer",
    "burgerservicenummer": ["999900018"],
    "fields": ["burgerservicenummer", "geboorte.datum", "verblijfplaats"],
}


@pytest.fixture
def brp() -> httpx.AsyncClient:
    app = create_brp(Municipality.load(date(2026, 2, 28)))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://brp.test")


async def test_without_purpose_is_refused(brp: httpx.AsyncClient) -> None:
    answer = await brp.post("/personen", json=BODY)
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")


async def test_shows_only_the_fields_asked_for(brp: httpx.AsyncClient) -> None:
    body = (await brp.post("/personen", json=BODY, headers=PURPOSE)).json()
    [person] = body["personen"]
    assert set(person) == {"burgerservicenummer", "geboorte", "verblijfplaats"}
    assert person["geboorte"]["datum"] == {"type": "Datum", "datum": "1984-03-14", "langFormaat": "14-03-1984"}


async def test_unknown_person_is_an_empty_list(brp: httpx.AsyncClient) -> None:
    body = (await brp.post("/personen", json=BODY | {"burgerservicenummer": ["999999999"]}, headers=PURPOSE)).json()
    assert body["personen"] == []


async def test_a_booking_changes_the_home(brp: httpx.AsyncClient) -> None:
    home = {"nummeraanduidingId": "9001200000000201", "datum": "2026-02-26"}
    assert (await brp.put("/boekingen/999900018", json=home)).status_code == 200
    [person] = (await brp.post("/personen", json=BODY, headers=PURPOSE)).json()["personen"]
    assert person["verblijfplaats"]["nummeraanduidingIdentificatie"] == "9001200000000201"
    assert person["verblijfplaats"]["datumVan"]["datum"] == "2026-02-26"


@pytest.mark.parametrize("change", [{"type": "iets"}, {"fields": []}, {"burgerservicenummer": []}, {"fields": ["x"]}])
async def test_a_wrong_question_is_400(brp: httpx.AsyncClient, change: dict) -> None:
    assert (await brp.post("/personen", json=BODY | change, headers=PURPOSE)).status_code == 400
