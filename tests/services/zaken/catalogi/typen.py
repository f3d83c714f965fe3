"""Types to test with: bodies, and what makes, publishes and limits them."""

from typing import Any

import httpx

from tests.services.zaken.making import CATALOGI, CATALOGUS, ZAAKTYPE, Zaken, created

BODIES: dict[str, dict[str, Any]] = {
    "zaaktypen": ZAAKTYPE,
    "besluittypen": {
        "omschrijving": "Vergunning",
        "publicatieIndicatie": False,
        "informatieobjecttypen": [],
        "beginGeldigheid": "2020-01-01",
    },
    "informatieobjecttypen": {
        "omschrijving": "Brief",
        "vertrouwelijkheidaanduiding": "openbaar",
        "informatieobjectcategorie": "Correspondentie",
        "beginGeldigheid": "2020-01-01",
    },
}
NAMES = {"zaaktypen": "identificatie", "besluittypen": "omschrijving", "informatieobjecttypen": "omschrijving"}
"""What names a type in its catalogus."""
SINGULAR = {collection: collection.removesuffix("n") for collection in BODIES}


def body(zaken: Zaken, collection: str, **fields: Any) -> dict[str, Any]:
    """The body of a new type in the usual catalogus; `name` is what names it."""
    if "name" in fields:
        fields[NAMES[collection]] = fields.pop("name")
    return BODIES[collection] | {"catalogus": zaken.catalogus} | fields


async def make(zaken: Zaken, collection: str, *, publish: bool = False, **fields: Any) -> str:
    """The URL of a new type."""
    made = created(await zaken.client.post(f"{CATALOGI}/{collection}", json=body(zaken, collection, **fields)))
    if publish:
        await do_publish(zaken, made["url"])
    return str(made["url"])


async def do_publish(zaken: Zaken, url: str) -> dict[str, Any]:
    """Publish a type."""
    answer = await zaken.client.post(f"{url}/publish")
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


async def relate(zaken: Zaken, zaaktype: str, informatieobjecttype: str, **fields: Any) -> dict[str, Any]:
    """An informatieobjecttype at a zaaktype."""
    content = {
        "zaaktype": zaaktype,
        "informatieobjecttype": informatieobjecttype,
        "volgnummer": 1,
        "richting": "intern",
    }
    return created(await zaken.client.post(f"{CATALOGI}/zaaktype-informatieobjecttypen", json=content | fields))


async def other_catalogus(zaken: Zaken) -> str:
    """The URL of a second catalogus."""
    return str(
        created(await zaken.client.post(f"{CATALOGI}/catalogussen", json=CATALOGUS | {"domein": "ANDER"}))["url"]
    )


def holder(zaken: Zaken, *scopes: str) -> httpx.AsyncClient:
    """A caller with these scopes on the catalogi: `schrijven` is `catalogi.schrijven`."""
    granted = [{"component": "ztc", "scopes": [f"catalogi.{scope}" for scope in scopes]}] if scopes else []
    return zaken.service.client("-".join(scopes) or "niemand", granted)
