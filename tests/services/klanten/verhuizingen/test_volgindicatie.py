"""Whom and what an afdeling follows: its own list only, sealed, and only while it lasts."""

import pytest

from tests.services.klanten.municipality import ANNA, BASE, NIEUW, Town, codes, day, made

PATH = f"{BASE}/volgindicaties"
BODY = {"afdeling": "parkeren", "bsn": ANNA, "van": "2024-01-01"}


async def test_without_the_scope_is_refused(town: Town) -> None:
    assert (await town.portaal.post(PATH, json=BODY)).status_code == 403
    assert (await town.portaal.get(PATH)).status_code == 403
    one = made(await town.beheer.post(PATH, json=BODY))
    assert (await town.portaal.get(one["url"])).status_code == 403
    assert (await town.portaal.delete(one["url"])).status_code == 403


async def test_an_afdeling_has_its_own_list(town: Town) -> None:
    parkeren, wmo = town.afdeling("parkeren"), town.afdeling("wmo")
    one = made(await parkeren.post(PATH, json=BODY))
    assert (one["bsn"], one["nummeraanduidingId"], one["tot"]) == (ANNA, None, None)
    assert (await wmo.post(PATH, json=BODY)).status_code == 403
    assert (await wmo.get(one["url"])).status_code == 404
    assert (await wmo.delete(one["url"])).status_code == 404
    assert (await wmo.get(PATH)).json()["count"] == 0
    assert (await parkeren.get(PATH)).json()["results"] == [one]
    assert (await parkeren.delete(one["url"])).status_code == 204
    assert (await parkeren.get(one["url"])).status_code == 404


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (BODY | {"nummeraanduidingId": NIEUW}, ("bsn", "persoon-of-adres")),
        ({"afdeling": "parkeren", "van": "2024-01-01"}, ("bsn", "persoon-of-adres")),
        (BODY | {"tot": "2023-12-31"}, ("tot", "tot-voor-van")),
        (BODY | {"bsn": "999900019"}, ("bsn", "bsn-ongeldig")),
    ],
)
async def test_wrong_content(town: Town, body: dict, expected: tuple[str, str]) -> None:
    assert codes(await town.beheer.post(PATH, json=body)) == {expected}


@pytest.mark.parametrize(
    ("van", "tot", "told"),
    [(-10, None, True), (0, 0, True), (-10, 0, True), (-10, -1, False), (1, None, False)],
)
async def test_counts_on_its_first_and_last_day(town: Town, van: int, tot: int | None, told: bool) -> None:
    await town.profielen("parkeren")
    await town.volg("parkeren", van, tot, bsn=ANNA)
    verhuizing = await town.processed(datumVerhuizing=day(-1))
    assert ("parkeren" in await town.told(verhuizing)) is told


async def test_followed_twice_is_told_once(town: Town) -> None:
    await town.profielen("parkeren")
    await town.volg("parkeren", bsn=ANNA)
    await town.volg("parkeren", bsn=ANNA)
    verhuizing = await town.processed()
    assert len((await town.told(verhuizing))["parkeren"]["gegevens"]["personen"]) == 1
