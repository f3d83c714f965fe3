"""Roltypen."""

from typing import Any

import pytest

from tests.services.zaken.catalogi.onderdelen import Kind, WithStatus, concept
from tests.services.zaken.making import CATALOGI, Zaken, wrong

KIND = Kind(
    "/roltypen",
    "roltype",
    {"omschrijving": "Behandelaar", "omschrijvingGeneriek": "behandelaar"},
    {"omschrijving": "Vergunningverlener"},
)


class TestRoltype(WithStatus):
    kind = KIND


class TestRules:
    async def test_shows_in_its_zaaktype(self, zaken: Zaken) -> None:
        url = await concept(zaken)
        (first,) = (await zaken.get(url))["roltypen"]
        made = await KIND.make(zaken, zaaktype=url)
        assert (await zaken.get(url))["roltypen"] == [first, made["url"]]
        await zaken.client.delete(first)
        assert (await zaken.get(url))["roltypen"] == [made["url"]]

    async def test_one_in_use_stays(self, zaken: Zaken) -> None:
        zaak = await zaken.zaak()
        await zaken.rol(zaak["url"])
        answer = await zaken.client.delete(zaken.roltype)
        assert (answer.status_code, answer.json()["code"]) == (409, "in-gebruik")

    async def test_is_found_by_its_kind(self, zaken: Zaken) -> None:
        for kind, count in (("initiator", 1), ("behandelaar", 0)):
            assert (await zaken.get(f"{CATALOGI}/roltypen", omschrijvingGeneriek=kind))["count"] == count
        answer = await zaken.client.get(f"{CATALOGI}/roltypen", params={"omschrijvingGeneriek": "toeschouwer"})
        assert wrong(answer) == {("omschrijvingGeneriek", "invalid_choice")}

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"omschrijving": "a" * 101}, ("omschrijving", "max_length")),
            ({"omschrijvingGeneriek": "toeschouwer"}, ("omschrijvingGeneriek", "invalid_choice")),
            ({"catalogus": "https://elders.example/1"}, ("catalogus", "relations-incorrect-catalogus")),
        ],
    )
    async def test_refuses(self, zaken: Zaken, fields: dict[str, Any], expected: tuple[str, str]) -> None:
        body = await KIND.whole(zaken, **fields)
        assert wrong(await zaken.client.post(f"{CATALOGI}/roltypen", json=body)) == {expected}
