"""What the tests of documenten start from: a published informatieobjecttype, and calls that make documents."""

import base64
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.services.zaken.making import CATALOGI, CRS, RSIN, ZAKEN, Zaken, created

DOCUMENTEN = "/documenten/api/v1"
INHOUD = b"Geachte heer, mevrouw,\n"
INFORMATIEOBJECTTYPE = {
    "omschrijving": "Brief",
    "vertrouwelijkheidaanduiding": "zaakvertrouwelijk",
    "beginGeldigheid": "2020-01-01",
    "informatieobjectcategorie": "correspondentie",
}

GEBRUIKSRECHTEN = {"startdatum": "2026-01-02T09:00:00Z", "omschrijvingVoorwaarden": "Alleen met toestemming."}
VERZENDING = {
    "aardRelatie": "geadresseerde",
    "betrokkene": "https://personen.example/1",
    "contactPersoon": "https://personen.example/2",
    "emailadres": "iemand@post.example",
    "verzenddatum": "2026-01-03",
}


def base64_of(content: bytes) -> str:
    """Content as it stands in a body."""
    return base64.b64encode(content).decode()


@dataclass
class Documenten:
    """The service with a published informatieobjecttype, and a caller with all rights."""

    zaken: Zaken
    type: str = ""
    client: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.zaken.client

    async def set_up(self) -> "Documenten":
        """Make the informatieobjecttype."""
        self.type = await self.make_type()
        return self

    async def make_type(self, *, publish: bool = True, **fields: Any) -> str:
        """URL of an informatieobjecttype."""
        body = INFORMATIEOBJECTTYPE | {"catalogus": self.zaken.catalogus} | fields
        url: str = created(await self.client.post(f"{CATALOGI}/informatieobjecttypen", json=body))["url"]
        if publish:
            assert (await self.client.post(f"{url}/publish")).status_code == 200
        return url

    def limited(self, name: str, *scopes: str, **limits: str) -> httpx.AsyncClient:
        """A caller with these scopes on documents; without a type on those of the usual one."""
        limits = {"informatieobjecttype": self.type, "maxVertrouwelijkheidaanduiding": "zeer_geheim"} | limits
        granted = {"component": "drc", "scopes": list(scopes), **limits}
        return self.zaken.service.client(name, [granted] if scopes else [], headers=CRS)

    def publishable_only(self, name: str) -> httpx.AsyncClient:
        """A caller with all rights on what is ready for publication, and none on the rest."""
        client = self.zaken.service.client(name, [])
        content: dict[str, Any] = {
            "clientIds": [name],
            "label": name,
            "heeftAlleAutorisaties": True,
            "alleenIsGereedVoorPublicatie": True,
            "autorisaties": [],
        }
        self.zaken.service._put(f"applicatie.{name}", content)  # what the Autorisaties API publishes
        return client

    def body(self, **fields: Any) -> dict[str, Any]:
        """What is sent of a new document."""
        return {
            "bronorganisatie": RSIN,
            "creatiedatum": "2026-01-02",
            "titel": "Brief",
            "auteur": "Burgerzaken",
            "taal": "dut",
            "bestandsnaam": "brief.txt",
            "formaat": "text/plain",
            "inhoud": base64_of(INHOUD),
            "bestandsomvang": len(INHOUD),
            "informatieobjecttype": self.type,
        } | fields

    async def make(self, **fields: Any) -> dict[str, Any]:
        """A new document."""
        return created(await self.client.post(f"{DOCUMENTEN}/enkelvoudiginformatieobjecten", json=self.body(**fields)))

    async def part(self, collection: str, body: dict[str, Any]) -> dict[str, Any]:
        """A new part of a document."""
        return created(await self.client.post(f"{DOCUMENTEN}/{collection}", json=body))

    async def gebruiksrechten(self, document: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """New gebruiksrechten."""
        return await self.part("gebruiksrechten", GEBRUIKSRECHTEN | {"informatieobject": document["url"]} | fields)

    async def verzending(self, document: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """A new verzending."""
        return await self.part("verzendingen", VERZENDING | {"informatieobject": document["url"]} | fields)

    async def in_zaak(self, document: dict[str, Any], **fields: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """A new zaak that a document belongs to, and that relation."""
        relation = {"zaaktype": self.zaken.zaaktype, "informatieobjecttype": self.type, "volgnummer": 1}
        query = {name: relation[name] for name in ("zaaktype", "informatieobjecttype")}
        if not (await self.zaken.get(f"{CATALOGI}/zaaktype-informatieobjecttypen", **query))["results"]:
            body = relation | {"richting": "inkomend"}
            created(await self.client.post(f"{CATALOGI}/zaaktype-informatieobjecttypen", json=body))
        zaak = await self.zaken.zaak(**fields)
        return zaak, await self.relate(zaak, document)

    async def relate(self, zaak: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
        """Let a document belong to a zaak."""
        body = {"zaak": zaak["url"], "informatieobject": document["url"]}
        return created(await self.client.post(f"{ZAKEN}/zaakinformatieobjecten", json=body))

    async def relations(self, **query: str) -> list[dict[str, Any]]:
        """The objectinformatieobjecten a filter finds."""
        answer = await self.client.get(f"{DOCUMENTEN}/objectinformatieobjecten", params=query)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()
        return found

    async def lock(self, document: dict[str, Any]) -> str:
        """Lock a document; the lock."""
        answer = await self.client.post(f"{document['url']}/lock")
        assert answer.status_code == 200, answer.text
        return str(answer.json()["lock"])

    async def unlock(self, document: dict[str, Any], lock: str) -> None:
        """Unlock a document."""
        answer = await self.client.post(f"{document['url']}/unlock", json={"lock": lock})
        assert answer.status_code == 204, answer.text
