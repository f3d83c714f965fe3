"""One of everything: what tests start from that look at every resource."""

from typing import Any

from tests.services.zaken.besluiten.registering import Besluiten
from tests.services.zaken.catalogi import test_eigenschap, test_resultaattype, test_zaakobjecttype, typen
from tests.services.zaken.elsewhere import Elsewhere
from tests.services.zaken.making import CATALOGI, RSIN, ZAKEN, Zaken, created

ELDERS = {
    "contactmoment": {"kanaal": "telefoon", "tekst": "", "registratiedatum": "2026-02-01T10:00:00Z"},
    "besluit": {
        "identificatie": "B1",
        "verantwoordelijkeOrganisatie": RSIN,
        "besluittype": "https://elders.example/besluittypen/1",
        "datum": "2026-02-01",
    },
    "verzoek": {"bronorganisatie": RSIN, "tekst": "", "registratiedatum": "2026-02-01T10:00:00Z"},
}


async def furnish(zaken: Zaken, elsewhere: Elsewhere) -> Zaken:
    """Make at least one of each resource that can be made."""
    besluiten = await _types(zaken)
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
    await _made(zaken, f"{zaak}/besluiten", {"besluit": elsewhere.put("besluiten/1", ELDERS["besluit"])})
    besluit = await besluiten.besluit()
    await besluiten.document(besluit["url"], besluiten.informatieobject(elsewhere))
    return zaken


async def _types(zaken: Zaken) -> Besluiten:
    """The types that a catalogus holds besides what the usual zaaktype has; and how besluiten of them are made."""
    informatieobjecttype = await typen.make(zaken, "informatieobjecttypen", publish=True)
    besluittype = await typen.make(zaken, "besluittypen", publish=True, informatieobjecttypen=["Brief"])
    await typen.relate(zaken, zaken.zaaktype, informatieobjecttype)
    for collection, body in {
        "eigenschappen": test_eigenschap.BODY,
        "resultaattypen": test_resultaattype.BODY,
        "zaakobjecttypen": test_zaakobjecttype.BODY | {"catalogus": zaken.catalogus},
    }.items():
        await _made(zaken, f"{CATALOGI}/{collection}", body | {"zaaktype": zaken.zaaktype})
    return Besluiten(zaken, besluittype, informatieobjecttype)


async def _made(zaken: Zaken, collection: str, body: dict[str, Any]) -> dict[str, Any]:
    return created(await zaken.client.post(collection, json=body))
