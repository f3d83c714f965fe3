"""A catalogus that has everything, made by ordinary requests, and what sends documents to the API."""

from typing import Any

import httpx

from services.zaken.referentielijsten.referentielijst import BASE, rows
from tests.services.zaken.catalogi import typen
from tests.services.zaken.making import CATALOGI, Zaken, created

BEHEER = "/catalogusbeheer/api/v1"
YAML = {"Content-Type": "application/yaml"}
ZIP = {"Content-Type": "application/zip"}
EVERYTHING: dict[str, Any] = {
    "omschrijvingGeneriek": "Vergunning",
    "toelichting": "Regel een\nRegel twee: met dubbele punt\n\n  en ingesprongen",
    "servicenorm": "P7D",
    "verlengingMogelijk": True,
    "verlengingstermijn": "P6W",
    "trefwoorden": ["nee", "1.10", "2020-01-01", "é"],
    "publicatieIndicatie": True,
    "publicatietekst": "Wij hebben een aanvraag ontvangen.",
    "verantwoordingsrelatie": ["0123"],
    "referentieproces": {"naam": "Vergunnen", "link": "https://gm9001.example/proces"},
    "broncatalogus": {"url": "https://elders.example/c/1", "domein": "ELDER", "rsin": "517439943"},
    "bronzaaktype": {"url": "https://elders.example/z/1", "identificatie": "z1", "omschrijving": "Elders"},
    "versiedatum": "2020-02-02",
    "beginObject": "2019-01-01",
}
STATUSTYPE = {
    "omschrijvingGeneriek": "In behandeling",
    "statustekst": "Wij zijn ermee bezig.",
    "informeren": True,
    "doorlooptijd": "P3D",
    "toelichting": "",
    "checklistitemStatustype": [{"itemnaam": "Compleet", "vraagstelling": "Is alles er?", "verplicht": True}],
}


def listed(base: str, name: str, key: str, value: object) -> str:
    """URL of a row of the own reference lists of an installation."""
    return next(f"{base}{BASE}/{name}/{one}" for one, row in rows(base)[name].items() if getattr(row, key) == value)


def parts(base: str, zaaktype: str, catalogus: str, statustypen: list[str]) -> list[tuple[str, dict[str, Any]]]:
    """Parts of each kind but statustype, for a zaaktype of procestype 3."""
    specificatie = {"groep": "auto", "formaat": "datum", "lengte": "8", "kardinaliteit": "N"}
    resultaat = {
        "resultaattypeomschrijving": listed(base, "resultaattypeomschrijvingen", "omschrijving", "Afgewezen"),
        "selectielijstklasse": listed(base, "resultaten", "volledig_nummer", "3.2"),
    }
    refused = {
        "omschrijving": "Geweigerd",
        "toelichting": "Niet gelukt",
        "besluittypen": ["Vergunning"],
        "informatieobjecttypen": ["Brief"],
        "brondatumArchiefprocedure": {"afleidingswijze": "afgehandeld"},
    }
    objecttype = {"objecttype": "https://objecten.example/pand", "relatieOmschrijving": "Staat leeg"}
    of: dict[str, list[dict[str, Any]]] = {
        "roltypen": [
            {"omschrijving": "Vrager", "omschrijvingGeneriek": "initiator"},
            {"omschrijving": "Adviseur", "omschrijvingGeneriek": "adviseur"},
        ],
        "eigenschappen": [
            {"naam": "kleur", "definitie": "Kleur", "specificatie": specificatie},
            {"naam": "datum", "definitie": "Van", "specificatie": specificatie, "statustype": statustypen[-1]},
        ],
        "resultaattypen": [resultaat | refused, resultaat | {"omschrijving": "Zelf", "archiefactietermijn": "P9Y"}],
        "zaakobjecttypen": [objecttype | {"anderObjecttype": False, "catalogus": catalogus}],
        "zaaktype-informatieobjecttypen": [
            {"informatieobjecttype": "Brief", "volgnummer": 1, "richting": "inkomend", "statustype": statustypen[0]},
            {"informatieobjecttype": "Foto", "volgnummer": 2, "richting": "intern"},
        ],
    }
    return [(collection, body | {"zaaktype": zaaktype}) for collection, bodies in of.items() for body in bodies]


async def fill(zaken: Zaken, *, zaaktypen: int) -> None:
    """Types of each kind with parts and relations, in the usual catalogus; every third zaaktype stays a concept."""
    for name in ("Brief", "Foto"):
        await typen.make(zaken, "informatieobjecttypen", publish=True, name=name, trefwoord=["a", "b"])
    await typen.make(zaken, "informatieobjecttypen", name="Brief", beginGeldigheid="2030-01-01")
    besluittype = {"reactietermijn": "P6W", "besluitcategorie": "Ruimte", "toelichting": "x"}
    await typen.make(
        zaken, "besluittypen", publish=True, name="Vergunning", informatieobjecttypen=["Brief"], **besluittype
    )
    for number in range(zaaktypen):
        await make_zaaktype(zaken, number)


async def make_zaaktype(zaken: Zaken, number: int, **fields: Any) -> str:
    """URL of a zaaktype with everything, that is related to those before it."""
    base = zaken.service.runtime.settings.public_url
    earlier = f"zaaktype-{number - 1:02}"
    related = [{"zaaktype": earlier, "aardRelatie": "vervolg", "toelichting": "Daarna"}] if number else []
    whole = EVERYTHING | {
        "identificatie": f"zaaktype-{number:02}",
        "selectielijstProcestype": listed(base, "procestypen", "naam", "Vergunning geven"),
        "besluittypen": ["Vergunning"],
        "gerelateerdeZaaktypen": related,
        "deelzaaktypen": [earlier] if number else [],
    }
    url = await typen.make(zaken, "zaaktypen", **(whole | fields))
    statustypen = [
        created(await zaken.client.post(f"{CATALOGI}/statustypen", json=STATUSTYPE | one | {"zaaktype": url}))["url"]
        for one in ({"omschrijving": "Ontvangen", "volgnummer": 1}, {"omschrijving": "Klaar", "volgnummer": 2})
    ]
    for collection, body in parts(base, url, zaken.catalogus, statustypen):
        created(await zaken.client.post(f"{CATALOGI}/{collection}", json=body))
    if number % 3:
        await typen.do_publish(zaken, url)
    return url


async def exported(client: httpx.AsyncClient, catalogus: str) -> bytes:
    """The document of a catalogus."""
    answer = await client.get(f"{BEHEER}/exporten/{catalogus.rpartition('/')[2]}")
    assert answer.status_code == 200, answer.text
    return answer.content


async def sent(client: httpx.AsyncClient, document: bytes, *, proef: bool = False, **headers: str) -> httpx.Response:
    """The answer to a document."""
    path = "importproeven" if proef else "importen"
    return await client.post(f"{BEHEER}/{path}", content=document, headers=YAML | headers)


async def imported(client: httpx.AsyncClient, document: bytes, *, proef: bool = False) -> dict[str, Any]:
    """The report on a document."""
    answer = await sent(client, document, proef=proef)
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


async def find_catalogus(client: httpx.AsyncClient) -> str:
    """URL of the only catalogus there is."""
    [found] = (await client.get(f"{CATALOGI}/catalogussen")).json()["results"]
    return str(found["url"])
