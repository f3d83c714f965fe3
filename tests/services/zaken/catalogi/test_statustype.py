"""Statustypen: the last one ends a zaak, and some ask for eigenschappen."""

from typing import Any

import pytest

from tests.services.zaken.catalogi.onderdelen import Kind, WithStatus, concept
from tests.services.zaken.catalogi.test_eigenschap import KIND as EIGENSCHAP
from tests.services.zaken.making import CATALOGI, Zaken, wrong

CHECK = {"itemnaam": "a", "toelichting": None, "vraagstelling": "b?", "verplicht": False}
KIND = Kind(
    "/statustypen",
    "statustype",
    {
        "omschrijving": "Gearchiveerd",
        "omschrijvingGeneriek": "klaar",
        "volgnummer": 9,
        "doorlooptijd": "P3D",
        "checklistitemStatustype": [CHECK],
    },
    {"omschrijving": "Opgeborgen"},
)


class TestStatustype(WithStatus):
    kind = KIND


class TestEindstatus:
    async def test_is_the_highest_volgnummer(self, zaken: Zaken) -> None:
        url, first, last, _ = await zaken.make_zaaktype(publish=False, identificatie="nieuw")
        assert await ends(zaken, first, last) == [False, True]
        extra = await KIND.make(zaken, zaaktype=url)
        assert extra["isEindstatus"] is True
        assert await ends(zaken, first, last) == [False, False]
        assert (await zaken.get(url))["statustypen"] == [first, last, extra["url"]]
        assert (await KIND.make(zaken, zaaktype=url, volgnummer=5))["isEindstatus"] is False

    async def test_passes_on_when_numbers_change(self, zaken: Zaken) -> None:
        url, first, last, _ = await zaken.make_zaaktype(publish=False, identificatie="nieuw")
        assert (await zaken.client.patch(first, json={"volgnummer": 7})).json()["isEindstatus"] is True
        assert await ends(zaken, first, last) == [True, False]
        assert (await zaken.get(url))["statustypen"] == [last, first]
        assert (await zaken.client.patch(first, json={"volgnummer": 1})).json()["isEindstatus"] is False
        assert await ends(zaken, first, last) == [False, True]

    async def test_passes_on_when_the_last_goes(self, zaken: Zaken) -> None:
        _, first, last, _ = await zaken.make_zaaktype(publish=False, identificatie="nieuw")
        assert (await zaken.client.delete(last)).status_code == 204
        assert await ends(zaken, first) == [True]


class TestEigenschappen:
    async def test_are_the_other_end_of_eigenschap_statustype(self, zaken: Zaken) -> None:
        url = await concept(zaken)
        one = await EIGENSCHAP.make(zaken, zaaktype=url)
        two = await EIGENSCHAP.make(zaken, zaaktype=url, naam="merk")
        both = sorted([one["url"], two["url"]])
        made = await KIND.make(zaken, zaaktype=url, eigenschappen=both)
        assert made["eigenschappen"] == both
        assert (await zaken.get(two["url"]))["statustype"] == made["url"]
        other = await KIND.make(zaken, zaaktype=url, volgnummer=10, eigenschappen=[two["url"]])
        assert (await zaken.get(two["url"]))["statustype"] == other["url"]
        assert (await zaken.get(made["url"]))["eigenschappen"] == [one["url"]]
        emptied = await zaken.client.patch(made["url"], json={"eigenschappen": []})
        assert emptied.json()["eigenschappen"] == []
        assert (await zaken.get(one["url"]))["statustype"] is None

    async def test_of_a_published_zaaktype_only_become_more(self, zaken: Zaken) -> None:
        """Correctie: a relation is not removed."""
        url = await concept(zaken)
        one, two, three = [(await EIGENSCHAP.make(zaken, zaaktype=url, naam=naam))["url"] for naam in "abc"]
        made = await KIND.make(zaken, zaaktype=url, eigenschappen=[one])
        other = await KIND.make(zaken, zaaktype=url, volgnummer=10, eigenschappen=[two])
        assert (await zaken.client.post(f"{url}/publish")).status_code == 200
        for eigenschappen in ([], [one, two]):
            answer = await zaken.client.patch(made["url"], json={"eigenschappen": eigenschappen})
            assert wrong(answer) == {("eigenschappen", "correctie-verwijdert")}
        for statustype in (None, made["url"]):
            answer = await zaken.client.patch(two, json={"statustype": statustype})
            assert wrong(answer) == {("statustype", "correctie-verwijdert")}
        answer = await zaken.client.patch(made["url"], json={"eigenschappen": [one, three]})
        assert answer.json()["eigenschappen"] == [one, three]
        assert (await zaken.get(other["url"]))["eigenschappen"] == [two]

    async def test_are_of_the_same_zaaktype(self, zaken: Zaken) -> None:
        stranger = await EIGENSCHAP.make(zaken, zaaktype=await concept(zaken, identificatie="ander"))
        body = await KIND.whole(zaken, eigenschappen=[stranger["url"], "https://elders.example/1"])
        assert wrong(await zaken.client.post(f"{CATALOGI}/statustypen", json=body)) == {
            ("eigenschappen.0", "zaaktype-mismatch"),
            ("eigenschappen.1", "no_match"),
        }


class TestRules:
    async def test_one_in_use_stays(self, zaken: Zaken) -> None:
        zaak = await zaken.zaak()
        await zaken.status(zaak["url"], zaken.first)
        answer = await zaken.client.delete(zaken.first)
        assert (answer.status_code, answer.json()["code"]) == (409, "in-gebruik")

    async def test_a_volgnummer_is_used_once(self, zaken: Zaken) -> None:
        url, first, _, _ = await zaken.make_zaaktype(publish=False, identificatie="nieuw")
        body = await KIND.whole(zaken, zaaktype=url, volgnummer=1)
        assert wrong(await zaken.client.post(f"{CATALOGI}/statustypen", json=body)) == {("nonFieldErrors", "unique")}
        assert wrong(await zaken.client.patch(first, json={"volgnummer": 2})) == {("nonFieldErrors", "unique")}

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"volgnummer": 0}, ("volgnummer", "min_value")),
            ({"volgnummer": 10000}, ("volgnummer", "max_value")),
            ({"omschrijving": "a" * 81}, ("omschrijving", "max_length")),
            ({"omschrijvingGeneriek": "a" * 81}, ("omschrijvingGeneriek", "max_length")),
            ({"statustekst": "a" * 1001}, ("statustekst", "max_length")),
            ({"toelichting": "a" * 1001}, ("toelichting", "max_length")),
            ({"doorlooptijd": "een week"}, ("doorlooptijd", "invalid")),
            (
                {"checklistitemStatustype": [CHECK | {"itemnaam": "a" * 31}]},
                ("checklistitemStatustype.0.itemnaam", "max_length"),
            ),
            ({"zaaktype": "https://elders.example/1"}, ("zaaktype", "no_match")),
        ],
    )
    async def test_refuses(self, zaken: Zaken, fields: dict[str, Any], expected: tuple[str, str]) -> None:
        body = await KIND.whole(zaken, **fields)
        assert wrong(await zaken.client.post(f"{CATALOGI}/statustypen", json=body)) == {expected}


async def ends(zaken: Zaken, *statustypen: str) -> list[bool]:
    """Whether each says that it ends zaken."""
    return [(await zaken.get(one))["isEindstatus"] for one in statustypen]
