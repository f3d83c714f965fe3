"""One of everything: what tests start from that look at every resource."""

from tests.services.zaken.making import ZAKEN, Zaken, created


async def furnish(zaken: Zaken) -> Zaken:
    """Make at least one of each resource that can be made."""
    zaak = await zaken.zaak(omschrijving="hoofd")
    await zaken.zaak(hoofdzaak=zaak["url"])
    await zaken.status(zaak["url"], zaken.first)
    await zaken.rol(zaak["url"])
    await _furnish_zaak(zaken, zaak["url"])
    return zaken


async def _furnish_zaak(zaken: Zaken, zaak: str) -> None:
    """The parts of a zaak that need nothing of another provider."""
    eigenschap, resultaattype = await zaken.make_eigenschap(), await zaken.make_resultaattype()
    for url, body in (
        (f"{ZAKEN}/klantcontacten", {"zaak": zaak, "datumtijd": "2026-02-01T10:00:00Z"}),
        (f"{ZAKEN}/resultaten", {"zaak": zaak, "resultaattype": resultaattype}),
        (f"{ZAKEN}/zaaknotities", {"gerelateerdAan": zaak, "onderwerp": "Gebeld", "tekst": "Komt maandag."}),
        (f"{ZAKEN}/zaakobjecten", {"zaak": zaak, "objectType": "pand", "objectIdentificatie": {"identificatie": "1"}}),
        (f"{zaak}/zaakeigenschappen", {"zaak": zaak, "eigenschap": eigenschap, "waarde": "1-ABC-23"}),
    ):
        created(await zaken.client.post(url, json=body))
