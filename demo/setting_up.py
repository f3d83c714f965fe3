"""Set the municipality up through the APIs, as a functioneel beheerder would: nothing is put in a database."""

import asyncio
from datetime import date
from typing import Any

from demo.client import Caller
from demo.municipality import Municipality

ROUTERING, VERHUIZINGEN, TAKEN = "/routering/api/v1", "/verhuizingen/api/v1", "/taken/api/v1"
CATALOGI, LIJSTEN = "/catalogi/api/v1", "/referentielijsten/api/v1"


async def set_up(beheer: Caller, municipality: Municipality) -> None:
    """All of it, the three parts beside each other."""
    await asyncio.gather(
        _set_up_zaaktype(beheer),
        _set_up_verhuizingen(beheer, municipality),
        _set_up_meldingen(beheer, municipality),
    )


def device_of(ploeg: str) -> str:
    """The id of a ploeg's device."""
    return f"{ploeg}-1"


async def _set_up_verhuizingen(beheer: Caller, municipality: Municipality) -> None:
    for profiel in municipality.afdelingsprofielen:
        await beheer.must("POST", f"{VERHUIZINGEN}/afdelingsprofielen", profiel)
    for volgindicatie in municipality.volgindicaties:
        await beheer.must("POST", f"{VERHUIZINGEN}/volgindicaties", volgindicatie)


async def _set_up_meldingen(beheer: Caller, municipality: Municipality) -> None:
    for afdeling in municipality.afdelingen:
        await beheer.must("POST", f"{ROUTERING}/afdelingen", afdeling)
    for ploeg in municipality.ploegen:
        await beheer.must("POST", f"{ROUTERING}/ploegen", ploeg)
        await beheer.must("POST", f"{TAKEN}/apparaten", {"id": device_of(ploeg["code"]), "ploeg": ploeg["code"]})
    for categorie in [*municipality.hoofdcategorieen, *municipality.categorieen]:
        await beheer.must("POST", f"{ROUTERING}/categorieen", categorie)
    for feature in municipality.gebieden:
        await beheer.must("POST", f"{ROUTERING}/gebieden", {**feature["properties"], "geometrie": feature["geometry"]})
    for regel in municipality.routeerregels:
        await beheer.must("POST", f"{ROUTERING}/routeerregels", regel)


async def _set_up_zaaktype(beheer: Caller) -> None:
    """The zaaktype of a verhuizing, with its statuses, roles and outcomes, published."""
    procestypen = await beheer.must("GET", f"{LIJSTEN}/procestypen")
    procestype = next(one["url"] for one in procestypen if one["naam"] == "Gegevens bijwerken")
    catalogus = await beheer.must(
        "POST",
        f"{CATALOGI}/catalogussen",
        {"domein": "BURG", "rsin": "999990019", "contactpersoonBeheerNaam": "Functioneel beheer"},
    )
    zaaktype = await beheer.must("POST", f"{CATALOGI}/zaaktypen", _zaaktype(catalogus["url"], procestype))
    for number, name in enumerate(("Ontvangen", "In behandeling", "Afgehandeld"), start=1):
        await beheer.must(
            "POST",
            f"{CATALOGI}/statustypen",
            {"omschrijving": name, "zaaktype": zaaktype["url"], "volgnummer": number, "informeren": number != 2},
        )
    for name, general in (("Aanvrager", "initiator"), ("Meeverhuizer", "belanghebbende")):
        await beheer.must(
            "POST",
            f"{CATALOGI}/roltypen",
            {"zaaktype": zaaktype["url"], "omschrijving": name, "omschrijvingGeneriek": general},
        )
    await _set_up_resultaattypen(beheer, zaaktype["url"], procestype)
    await beheer.must("POST", f"{zaaktype['url']}/publish")


async def _set_up_resultaattypen(beheer: Caller, zaaktype: str, procestype: str) -> None:
    """How a verhuizing can end, and how long its zaak is kept: as the example lists say."""
    klassen = (await beheer.must("GET", f"{LIJSTEN}/resultaten?procesType={procestype}"))["results"]
    names = {
        one["omschrijving"]: one["url"] for one in await beheer.must("GET", f"{LIJSTEN}/resultaattypeomschrijvingen")
    }
    for name, general, klasse in (
        ("Verwerkt", "Verwerkt", "Bijgewerkt"),
        ("Ingetrokken", "Ingetrokken", "Niet bijgewerkt"),
        ("Geweigerd", "Afgewezen", "Niet bijgewerkt"),
    ):
        body = {
            "zaaktype": zaaktype,
            "omschrijving": name,
            "resultaattypeomschrijving": names[general],
            "selectielijstklasse": next(one["url"] for one in klassen if one["naam"] == klasse),
            "brondatumArchiefprocedure": {"afleidingswijze": "afgehandeld"},
        }
        await beheer.must("POST", f"{CATALOGI}/resultaattypen", body)


def _zaaktype(catalogus: str, procestype: str) -> dict[str, Any]:
    return {
        "catalogus": catalogus,
        "identificatie": "VERHUIZING",
        "omschrijving": "Verhuizing binnen de gemeente",
        "vertrouwelijkheidaanduiding": "zaakvertrouwelijk",
        "doel": "Het nieuwe adres staat in de BRP en iedere afdeling die het moet weten, weet het.",
        "aanleiding": "Een inwoner verhuist.",
        "indicatieInternOfExtern": "extern",
        "handelingInitiator": "doorgeven",
        "onderwerp": "Verhuizing",
        "handelingBehandelaar": "verwerken",
        "doorlooptijd": "P5D",
        "opschortingEnAanhoudingMogelijk": False,
        "verlengingMogelijk": False,
        "publicatieIndicatie": False,
        "productenOfDiensten": [],
        "referentieproces": {"naam": "Verhuizing"},
        "selectielijstProcestype": procestype,
        "verantwoordelijke": "Burgerzaken",
        "besluittypen": [],
        "gerelateerdeZaaktypen": [],
        "beginGeldigheid": date(2020, 1, 1).isoformat(),
        "versiedatum": date(2020, 1, 1).isoformat(),
    }
