"""The client of the Zaken API against the real service zaken: what it sends is accepted, and a repeat changes nothing."""

import asyncio
import uuid
from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr

from chassis import clock
from chassis.runtime import Runtime
from chassis.testing.plugin import MakeService
from chassis.testing.service import SECRET
from services.klanten import zaken
from services.klanten.settings import settings_of
from services.klanten.verhuizingen.inhoud import Verhuizer
from tests.services.klanten.municipality import ANNA, BAS, made
from tests.services.klanten.standins import serving

CATALOGI, ZAKEN, LIJSTEN = "/catalogi/api/v1", "/zaken/api/v1", "/referentielijsten/api/v1"
KENMERK = "VH-0000-00"
RIGHTS = [
    {
        "component": "zrc",
        "scopes": ["zaken.lezen", "zaken.aanmaken", "zaken.bijwerken", "zaken.statussen.toevoegen"],
        "maxVertrouwelijkheidaanduiding": "zaakvertrouwelijk",
    },
    {"component": "ztc", "scopes": ["catalogi.lezen"]},
]
ZAAKTYPE = {
    "identificatie": "VERHUIZING",
    "omschrijving": "Verhuizing",
    "vertrouwelijkheidaanduiding": "zaakvertrouwelijk",
    "doel": "Het adres klopt.",
    "aanleiding": "Een verhuizing.",
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
    "verantwoordelijke": "Burgerzaken",
    "besluittypen": [],
    "gerelateerdeZaaktypen": [],
    "beginGeldigheid": "2020-01-01",
    "versiedatum": "2020-01-01",
}
MOVERS = [
    Verhuizer(bsn=ANNA, partij=uuid.uuid4(), soort_aangifte="aangever"),
    Verhuizer(bsn=BAS, partij=uuid.uuid4(), soort_aangifte="partner"),
]


@pytest.fixture
async def neighbours(service: MakeService) -> AsyncIterator[tuple[Runtime, httpx.AsyncClient]]:
    """The runtime of klanten, with the service zaken next to it, and somebody who may do everything there."""
    klanten, other = await service("klanten"), await service("zaken")
    other.grant("klanten", RIGHTS)
    async with serving(other.service) as url:
        settings = settings_of(klanten.runtime)
        settings.zaken_url, settings.klanten_secret = url, SecretStr(SECRET)
        yield klanten.runtime, other.client("beheer", headers={"Accept-Crs": "EPSG:4326"})


async def publish(beheer: httpx.AsyncClient) -> None:
    """A zaaktype with three statustypen, two roltypen and a resultaattype."""
    klasse = (await beheer.get(f"{LIJSTEN}/resultaten")).json()["results"][0]
    catalogus = {"domein": "BURG", "rsin": "001000007", "contactpersoonBeheerNaam": "Beheer"}
    body = ZAAKTYPE | {"selectielijstProcestype": klasse["procesType"]}
    body |= {"catalogus": made(await beheer.post(f"{CATALOGI}/catalogussen", json=catalogus))["url"]}
    zaaktype = made(await beheer.post(f"{CATALOGI}/zaaktypen", json=body))["url"]
    for number, name in enumerate(("Ontvangen", "In behandeling", "Afgehandeld"), start=1):
        status = {"omschrijving": name, "zaaktype": zaaktype, "volgnummer": number}
        made(await beheer.post(f"{CATALOGI}/statustypen", json=status))
    for name in ("initiator", "belanghebbende"):
        rol = {"zaaktype": zaaktype, "omschrijving": name.title(), "omschrijvingGeneriek": name}
        made(await beheer.post(f"{CATALOGI}/roltypen", json=rol))
    resultaattype = {
        "zaaktype": zaaktype,
        "omschrijving": "Verwerkt",
        "resultaattypeomschrijving": (await beheer.get(f"{LIJSTEN}/resultaattypeomschrijvingen")).json()[0]["url"],
        "selectielijstklasse": klasse["url"],
        "brondatumArchiefprocedure": {"afleidingswijze": "afgehandeld"},
    }
    made(await beheer.post(f"{CATALOGI}/resultaattypen", json=resultaattype))
    assert (await beheer.post(f"{zaaktype}/publish")).status_code == 200


async def test_without_a_published_zaaktype(neighbours: tuple[Runtime, httpx.AsyncClient]) -> None:
    with pytest.raises(zaken.ZakenError, match="no published zaaktype VERHUIZING"):
        await zaken.open_zaak(neighbours[0], KENMERK, clock.today(), MOVERS)


async def test_opens_once_and_ends_once(neighbours: tuple[Runtime, httpx.AsyncClient]) -> None:
    runtime, beheer = neighbours
    await publish(beheer)
    urls = {await zaken.open_zaak(runtime, KENMERK, clock.today(), MOVERS) for _ in range(2)}
    [url] = urls
    zaak = (await beheer.get(url)).json()
    assert (zaak["identificatie"], zaak["startdatum"]) == (KENMERK, str(clock.today()))
    assert (zaak["status"] is not None, zaak["einddatum"]) == (True, None)
    rollen = (await beheer.get(f"{ZAKEN}/rollen", params={"zaak": url})).json()["results"]
    assert {rol["omschrijvingGeneriek"]: rol["betrokkeneIdentificatie"]["inpBsn"] for rol in rollen} == {
        "initiator": ANNA,
        "belanghebbende": BAS,
    }
    for _ in range(2):
        await zaken.close_zaak(runtime, KENMERK, "Verwerkt")
    resultaat = (await beheer.get((await beheer.get(url)).json()["resultaat"])).json()
    resultaattype = (await beheer.get(resultaat["resultaattype"])).json()
    assert resultaattype["omschrijving"] == "Verwerkt"
    assert (await beheer.get(url)).json()["einddatum"] == str(clock.today())
    assert (await beheer.get(f"{ZAKEN}/statussen", params={"zaak": url})).json()["count"] == 2


async def test_two_at_once_open_one(neighbours: tuple[Runtime, httpx.AsyncClient]) -> None:
    runtime, beheer = neighbours
    await publish(beheer)
    opened = await asyncio.gather(*(zaken.open_zaak(runtime, KENMERK, clock.today(), []) for _ in range(4)))
    assert len(set(opened)) == 1
    assert (await beheer.get(f"{ZAKEN}/zaken")).json()["count"] == 1


async def test_there_is_nothing_to_end(neighbours: tuple[Runtime, httpx.AsyncClient]) -> None:
    with pytest.raises(zaken.ZakenError, match="no zaak"):
        await zaken.close_zaak(neighbours[0], KENMERK, "Verwerkt")
