"""What the tests of besluiten start from: a published besluittype that belongs to a zaaktype, and calls that make things."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.services.zaken.catalogi import typen
from tests.services.zaken.elsewhere import Elsewhere
from tests.services.zaken.making import CRS, RSIN, Zaken, created

BESLUITEN = "/besluiten/api/v1"
NOWHERE = "00000000-0000-4000-8000-000000000000"


@dataclass
class Besluiten:
    """The service with a besluittype `Vergunning`, laid down in informatieobjecten of the type `Brief`, for zaken of
    the usual zaaktype.
    """

    zaken: Zaken
    besluittype: str = ""
    informatieobjecttype: str = ""

    @property
    def client(self) -> httpx.AsyncClient:
        """A caller with all rights."""
        return self.zaken.client

    def limited(
        self, name: str, *scopes: str, besluittype: str = "", zrc: dict[str, Any] | None = None
    ) -> httpx.AsyncClient:
        """A caller with these scopes on besluiten of one besluittype, and perhaps a right on zaken."""
        granted = {"component": "brc", "scopes": list(scopes), "besluittype": besluittype or self.besluittype}
        rights = [granted] if scopes else []
        return self.zaken.service.client(name, [*rights, *([zrc] if zrc else [])], headers=CRS)

    async def set_up(self) -> "Besluiten":
        """Make the types."""
        self.informatieobjecttype = await typen.make(self.zaken, "informatieobjecttypen", publish=True)
        self.besluittype = await typen.make(self.zaken, "besluittypen", publish=True, informatieobjecttypen=["Brief"])
        made = await self.zaken.make_zaaktype(identificatie="vergunning", besluittypen=["Vergunning"])
        self.zaken.zaaktype, self.zaken.first, self.zaken.last, self.zaken.roltype = made
        return self

    def body(self, **fields: Any) -> dict[str, Any]:
        """The body of a new besluit."""
        return {
            "verantwoordelijkeOrganisatie": RSIN,
            "besluittype": self.besluittype,
            "datum": "2026-02-01",
            "ingangsdatum": "2026-02-08",
        } | fields

    async def besluit(self, **fields: Any) -> dict[str, Any]:
        """A new besluit."""
        return created(await self.client.post(f"{BESLUITEN}/besluiten", json=self.body(**fields)))

    async def closed_zaak(self) -> dict[str, Any]:
        """A zaak that is closed."""
        zaak = await self.zaken.zaak()
        await self.zaken.close(zaak["url"])
        return zaak

    def informatieobject(self, elsewhere: Elsewhere, name: str = "1", **fields: Any) -> str:
        """The URL of an informatieobject of another provider."""
        content = {"informatieobjecttype": self.informatieobjecttype, "indicatieGebruiksrecht": None} | fields
        return elsewhere.put(f"enkelvoudiginformatieobjecten/{name}", content)

    async def document(self, besluit: str, informatieobject: str) -> dict[str, Any]:
        """A new besluitinformatieobject."""
        body = {"besluit": besluit, "informatieobject": informatieobject}
        return created(await self.client.post(f"{BESLUITEN}/besluitinformatieobjecten", json=body))
