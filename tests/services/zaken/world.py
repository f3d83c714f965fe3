"""One of everything: what tests start from that look at every resource."""

from tests.services.zaken.making import Zaken


async def furnish(zaken: Zaken) -> Zaken:
    """Make at least one of each resource that can be made."""
    zaak = await zaken.zaak(omschrijving="hoofd")
    await zaken.zaak(hoofdzaak=zaak["url"])
    await zaken.status(zaak["url"], zaken.first)
    await zaken.rol(zaak["url"])
    return zaken
