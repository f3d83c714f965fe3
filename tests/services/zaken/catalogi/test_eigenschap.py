"""Eigenschappen: once per name, and required by a statustype of the same zaaktype."""

from typing import Any

import pytest

from tests.services.zaken.catalogi.onderdelen import Kind, WithStatus, concept
from tests.services.zaken.making import CATALOGI, Zaken, wrong

SPECIFICATIE = {"groep": "auto", "formaat": "tekst", "lengte": "8", "kardinaliteit": "1", "waardenverzameling": ["a"]}
KIND = Kind(
    "/eigenschappen",
    "eigenschap",
    {"naam": "kenteken", "definitie": "Kenteken van de auto", "specificatie": SPECIFICATIE},
    {"naam": "merk"},
)


class TestEigenschap(WithStatus):
    kind = KIND


class TestRules:
    async def test_shows_in_its_zaaktype(self, zaken: Zaken) -> None:
        made = await KIND.make(zaken)
        assert (await zaken.get(made["zaaktype"]))["eigenschappen"] == [made["url"]]
        assert (await zaken.client.delete(made["url"])).status_code == 204
        assert (await zaken.get(made["zaaktype"]))["eigenschappen"] == []

    async def test_a_name_is_used_once_per_zaaktype(self, zaken: Zaken) -> None:
        made = await KIND.make(zaken)
        body = await KIND.whole(zaken, zaaktype=made["zaaktype"])
        assert wrong(await zaken.client.post(f"{CATALOGI}/eigenschappen", json=body)) == {("nonFieldErrors", "unique")}
        other = await KIND.make(zaken, zaaktype=made["zaaktype"], naam="merk")
        answer = await zaken.client.patch(other["url"], json={"naam": "kenteken"})
        assert wrong(answer) == {("nonFieldErrors", "unique")}
        await KIND.make(zaken, zaaktype=await concept(zaken, identificatie="ander"))

    async def test_shows_in_the_statustype_that_requires_it(self, zaken: Zaken) -> None:
        url, first, last, _ = await zaken.make_zaaktype(publish=False, identificatie="nieuw")
        made = await KIND.make(zaken, zaaktype=url, statustype=first)
        assert made["statustype"] == first
        assert (await zaken.get(first))["eigenschappen"] == [made["url"]]
        moved = await zaken.client.patch(made["url"], json={"statustype": last})
        assert moved.json()["statustype"] == last
        assert [(await zaken.get(one))["eigenschappen"] for one in (first, last)] == [[], [made["url"]]]
        assert (await zaken.client.delete(last)).json()["code"] == "in-gebruik"
        assert (await zaken.client.patch(made["url"], json={"statustype": None})).json()["statustype"] is None
        assert (await zaken.get(last))["eigenschappen"] == []
        await zaken.client.patch(made["url"], json={"statustype": last})
        assert (await zaken.client.delete(made["url"])).status_code == 204
        assert (await zaken.get(last))["eigenschappen"] == []

    async def test_everything_wrong_is_told_at_once(self, zaken: Zaken) -> None:
        made = await KIND.make(zaken)
        body = await KIND.whole(zaken, zaaktype=made["zaaktype"], statustype=zaken.first, eindeGeldigheid="2000-01-01")
        assert wrong(await zaken.client.post(f"{CATALOGI}/eigenschappen", json=body)) == {
            ("statustype", "zaaktype-mismatch"),
            ("eindeGeldigheid", "wijkt-af-van-zaaktype"),
            ("nonFieldErrors", "unique"),
        }

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"naam": "a" * 21}, ("naam", "max_length")),
            ({"definitie": "a" * 256}, ("definitie", "max_length")),
            ({"toelichting": "a" * 1001}, ("toelichting", "max_length")),
            ({"specificatie": SPECIFICATIE | {"formaat": "kleur"}}, ("specificatie.formaat", "invalid_choice")),
            ({"specificatie": SPECIFICATIE | {"groep": "a" * 33}}, ("specificatie.groep", "max_length")),
            ({"specificatie": SPECIFICATIE | {"lengte": "1" * 15}}, ("specificatie.lengte", "max_length")),
            ({"specificatie": SPECIFICATIE | {"kardinaliteit": "1000"}}, ("specificatie.kardinaliteit", "max_length")),
            (
                {"specificatie": SPECIFICATIE | {"waardenverzameling": ["a", "b" * 101]}},
                ("specificatie.waardenverzameling.1", "max_length"),
            ),
            ({"specificatie": SPECIFICATIE | {"formaat": "datum", "lengte": "10"}}, ("specificatie.lengte", "invalid")),
            ({"specificatie": SPECIFICATIE | {"formaat": "datum_tijd"}}, ("specificatie.lengte", "invalid")),
            ({"statustype": "https://elders.example/1"}, ("statustype", "no_match")),
        ],
    )
    async def test_refuses(self, zaken: Zaken, fields: dict[str, Any], expected: tuple[str, str]) -> None:
        body = await KIND.whole(zaken, **fields)
        assert wrong(await zaken.client.post(f"{CATALOGI}/eigenschappen", json=body)) == {expected}

    @pytest.mark.parametrize(("formaat", "lengte"), [("datum", "8"), ("datum_tijd", "14")])
    async def test_a_date_has_the_length_of_its_digits(self, zaken: Zaken, formaat: str, lengte: str) -> None:
        """ztc-015."""
        specificatie = SPECIFICATIE | {"formaat": formaat, "lengte": lengte, "waardenverzameling": []}
        made = await KIND.make(zaken, specificatie=specificatie)
        assert made["specificatie"] == specificatie
