"""Gebieden as data: only real polygons, and a change counts from the next signaal."""

import pytest

from tests.services.meldingen.dorp import EAST, OUTSIDE, ROUTERING, Dorp, codes, vlak
from tests.services.meldingen.routering.data import check_data, check_rights

BODY = {"type": "buurt", "code": "bu12", "naam": "Nieuw", "wijk": "wk1", "geometrie": vlak(5.30, 5.305)}


async def test_without_the_scope_is_refused(dorp: Dorp) -> None:
    await check_rights(dorp, "gebieden", BODY)


async def test_as_data(dorp: Dorp) -> None:
    await check_data(dorp, "gebieden", BODY, {"naam": "Nieuwer", "geometrie": vlak(5.30, 5.306)})


@pytest.mark.parametrize(
    "geometrie",
    [
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]},
        {"type": "Polygon", "coordinates": [["a", "b", "c"]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [None, 1], [1, 0], [0, 0]]]},
        {"type": "MultiPolygon", "coordinates": [1, 2]},
        vlak(100_000, 200_000),
    ],
)
async def test_what_is_no_polygon_on_the_globe_is_refused(dorp: Dorp, geometrie: dict[str, object]) -> None:
    answer = await dorp.als("beheer").post(f"{ROUTERING}/gebieden", json={**BODY, "geometrie": geometrie})
    assert (answer.status_code, codes(answer)) == (400, {("geometrie", "geometrie-ongeldig")})


async def test_another_kind_of_geometry_or_an_unknown_wijk_is_refused(dorp: Dorp) -> None:
    point = {"type": "Point", "coordinates": [5, 52]}
    answer = await dorp.als("beheer").post(f"{ROUTERING}/gebieden", json={**BODY, "geometrie": point})
    assert (answer.status_code, codes(answer)) == (400, {("geometrie.type", "invalid_choice")})
    answer = await dorp.als("beheer").post(f"{ROUTERING}/gebieden", json={**BODY, "wijk": "wk9"})
    assert (answer.status_code, codes(answer)) == (400, {("wijk", "code-onbekend")})


async def test_filters(dorp: Dorp) -> None:
    for query, expected in (("type=wijk", ["wk1", "wk2"]), ("wijk=wk2", ["bu21"]), ("code=bu11", ["bu11"])):
        answer = await dorp.als("regie").get(f"{ROUTERING}/gebieden?{query}")
        assert [row["code"] for row in answer.json()["results"]] == expected, query


async def test_a_larger_gemeente_counts_from_the_next_signaal(dorp: Dorp) -> None:
    assert (await dorp.meld(plaats=OUTSIDE)).status_code == 400
    (gemeente,) = (await dorp.als("regie").get(f"{ROUTERING}/gebieden?type=gemeente")).json()["results"]
    await dorp.als("beheer").put(gemeente["url"], json={**gemeente, "geometrie": vlak(5.30, 5.5)})
    melding = await dorp.melding(plaats=OUTSIDE)
    assert (melding["wijk"], melding["buurt"]) == (None, None)
    assert (await dorp.melding(plaats=EAST))["wijk"] == "wk2"
