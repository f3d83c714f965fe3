"""One of everything: what tests start from that look at every resource."""

from typing import Any

from tests.services.zaken.catalogi import typen
from tests.services.zaken.catalogi.onderdelen import PROCESTYPE, concept, listed
from tests.services.zaken.elsewhere import Elsewhere
from tests.services.zaken.making import CATALOGI, RSIN, ZAKEN, Zaken, created

ELDERS = {
    "contactmoment": {"kanaal": "telefoon", "tekst": "", "registratiedatum": "2026-02-01T10:00:00Z"},
    "verzoek": {"bronorganisatie": RSIN, "tekst": "", "registratiedatum": "2026-02-01T10:00:00Z"},
}


async def furnish(zaken: Zaken, elsewhere: Elsewhere) -> Zaken:
    """Make at least one of each resource that can be made."""
    await _types(zaken)
    zaak = (await zaken.zaak(omschrijving="hoofd"))["url"]
    await zaken.zaak(hoofdzaak=zaak)
    await zaken.status(zaak, zaken.first)
    await zaken.rol(zaak)
    moment = elsewhere.put("contactmomenten/1", ELDERS["contactmoment"])
    verzoek = elsewhere.put("verzoeken/1", ELDERS["verzoek"])
    for collection, body in {
        "klantcontacten": {"zaak": zaak, "datumtijd": "2026-02-01T10:00:00Z", "kanaal": "balie"},
        "zaakcontactmomenten": {"zaak": zaak, "contactmoment": moment},
        "zaaknotities": {"gerelateerdAan": zaak, "onderwerp": "Gebeld", "tekst": "Komt maandag."},
        "zaakverzoeken": {"zaak": zaak, "verzoek": verzoek},
    }.items():
        await _made(zaken, f"{ZAKEN}/{collection}", body)
    return zaken


async def _types(zaken: Zaken) -> None:
    """The types that a catalogus holds besides what the usual zaaktype has."""
    informatieobjecttype = await typen.make(zaken, "informatieobjecttypen", publish=True)
    await typen.make(zaken, "besluittypen", publish=True)
    await typen.relate(zaken, zaken.zaaktype, informatieobjecttype)
    url = await concept(zaken, identificatie="vergunning", selectielijstProcestype=PROCESTYPE)
    for collection, body in {
        "eigenschappen": {
            "naam": "kenteken",
            "definitie": "Kenteken van de auto",
            "specificatie": {"groep": "auto", "formaat": "tekst", "lengte": "8", "kardinaliteit": "1"},
        },
        "resultaattypen": {
            "omschrijving": "Geweigerd",
            "resultaattypeomschrijving": listed("resultaattypeomschrijvingen", "omschrijving", "Afgewezen"),
            "selectielijstklasse": listed("resultaten", "volledig_nummer", "3.2"),
            "brondatumArchiefprocedure": {"afleidingswijze": "afgehandeld"},
        },
        "zaakobjecttypen": {
            "anderObjecttype": False,
            "objecttype": "https://objecten.example/pand",
            "relatieOmschrijving": "Staat leeg",
            "catalogus": zaken.catalogus,
        },
    }.items():
        await _made(zaken, f"{CATALOGI}/{collection}", body | {"zaaktype": url})


async def _made(zaken: Zaken, collection: str, body: dict[str, Any]) -> dict[str, Any]:
    return created(await zaken.client.post(collection, json=body))
