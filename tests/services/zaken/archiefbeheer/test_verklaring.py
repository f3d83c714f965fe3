"""A verklaring: what was destroyed by kind, by whom, on what ground; and nothing that was in it."""

from typing import Any
from uuid import UUID

from services.zaken.archiefbeheer.verklaring import specify
from services.zaken.archiefbeheer.vernietigingsregel import Vernietigingsregel
from tests.services.zaken.archiefbeheer.archief import ARCHIEF, NAME, Archief
from tests.services.zaken.making import BSN, wrong

VERKLARINGEN = f"{ARCHIEF}/verklaringen-van-vernietiging"
UNKNOWN = f"{VERKLARINGEN}/00000000-0000-4000-8000-000000000000"


async def verklaring_of(archief: Archief, *zaken: dict[str, Any]) -> dict[str, Any]:
    lijst = await archief.started(*zaken)
    await archief.carry_out()
    return await archief.get((await archief.get(lijst["url"]))["verklaring"])


async def test_without_rights(archief: Archief) -> None:
    made = await verklaring_of(archief, await archief.due())
    for scopes in ((), ("vernietigingslijsten.lezen", "vernietigingslijsten.accorderen")):
        for url in (VERKLARINGEN, made["url"], UNKNOWN):
            answer = await archief.limited(*scopes).get(url)
            assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    for url in (VERKLARINGEN, made["url"]):
        assert (await archief.zaken.service.anonymous().get(url)).status_code == 401
    assert (await archief.limited("verklaringen-van-vernietiging.lezen").get(UNKNOWN)).status_code == 404


async def test_says_what_the_law_asks(archief: Archief) -> None:
    zaken = [await archief.due(), await archief.due(startdatum="2014-05-01")]
    made = await verklaring_of(archief, *zaken)
    assert made["aantalZaken"] == 2
    assert made["specificatie"] == [
        {
            "zaaktype": archief.zaken.zaaktype,
            "zaaktypeOmschrijving": "Verhuizing",
            "resultaattype": await archief.zaken.resultaattype(),
            "resultaattypeOmschrijving": "Verleend",
            "selectielijstklasse": "https://lijst.example/resultaten/1",
            "bewaartermijn": "P5Y",
            "eersteJaar": 2014,
            "laatsteJaar": 2017,
            "aantalZaken": 2,
            "documentenVernietigd": 0,
            "documentenElders": 0,
            "besluitenVernietigd": 0,
        }
    ]
    assert (made["voorgesteld"]["gebruikersId"], made["geaccordeerd"]["gebruikersId"]) == ("maker", "ander")
    assert made["begonnenOp"] <= made["afgerondOp"]
    assert made["wijze"].startswith("Onomkeerbaar")


async def test_holds_nothing_of_the_zaken(archief: Archief) -> None:
    kenmerk = {"kenmerk": f"{NAME}-1", "bron": "x"}
    zaak = await archief.due(identificatie=f"{NAME}-{BSN[:5]}", kenmerken=[kenmerk])
    made = await verklaring_of(archief, zaak)
    rows = await archief.zaken.service.runtime.database.fetch("SELECT v::text AS line FROM verklaring v")
    for text in (NAME, BSN, BSN[:5], zaak["uuid"], zaak["identificatie"], zaak["omschrijving"]):
        assert text not in str(made)
        assert text not in rows[0]["line"]


async def test_only_what_was_destroyed_counts(archief: Archief) -> None:
    zaak, changed, taken = [await archief.due() for _ in range(3)]
    lijst = await archief.act(await archief.lijst(zaak, changed, taken), "indienen")
    regel = next(one for one in await archief.regels(lijst) if one["zaak"] == taken["url"])
    await archief.ander.post(f"{regel['url']}/_uitzonderen", json={"reden": "nog-nodig"})
    await archief.act(lijst, "accorderen")
    await archief.zaken.client.patch(changed["url"], json={"omschrijving": "Toch anders"})
    await archief.act(lijst, "uitvoeren")
    await archief.carry_out()
    after = await archief.get(lijst["url"])
    assert after["aantallen"] == {"opLijst": 0, "uitgezonderd": 1, "vernietigd": 1, "overgeslagen": 1}
    assert (await archief.get(after["verklaring"]))["aantalZaken"] == 1
    assert len(await archief.zaken.listed("/zaken")) == 2


async def test_list_and_filter(archief: Archief) -> None:
    made = [await verklaring_of(archief, await archief.due()) for _ in range(2)]
    assert (await archief.get(VERKLARINGEN))["results"] == made[::-1]
    assert (await archief.get(VERKLARINGEN, vernietigingslijst=made[0]["vernietigingslijst"]))["results"] == made[:1]
    assert wrong(await archief.maker.get(VERKLARINGEN, params={"vernietigingslijst": "x"})) == {
        ("vernietigingslijst", "bad-url")
    }


async def test_outlives_the_types_it_names(archief: Archief) -> None:
    made = await verklaring_of(archief, await archief.due())
    answer = await archief.zaken.client.delete(archief.zaken.zaaktype)
    assert answer.status_code == 204, answer.text
    assert await archief.get(made["url"]) == made


def regel(kind: int, begin: int, end: int, documents: int = 0) -> Vernietigingsregel:
    return Vernietigingsregel(
        zaaktype_id=UUID(int=kind),
        zaaktype_omschrijving=f"Soort {kind}",
        resultaattype_omschrijving="",
        selectielijstklasse="",
        begin_jaar=begin,
        eind_jaar=end,
        documenten_vernietigd=documents,
    )


def test_kinds_are_added_up_the_largest_first() -> None:
    rows = [regel(2, 2010, 2012), regel(1, 2011, 2013, 2), regel(1, 2009, 2010, 3)]
    found = [
        (
            one["zaaktype_omschrijving"],
            one["aantal_zaken"],
            one["eerste_jaar"],
            one["laatste_jaar"],
            one["documenten_vernietigd"],
        )
        for one in specify(rows)
    ]
    assert found == [("Soort 1", 2, 2009, 2013, 5), ("Soort 2", 1, 2010, 2012, 0)]
    assert specify([]) == []
