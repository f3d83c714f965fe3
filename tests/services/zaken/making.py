"""What the tests of the service zaken start from: a catalogus with published zaaktypen, and calls that make things."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from chassis.testing.service import ServiceUnderTest

CATALOGI = "/catalogi/api/v1"
ZAKEN = "/zaken/api/v1"
CRS = {"Accept-Crs": "EPSG:4326", "Content-Crs": "EPSG:4326"}
RSIN = "517439943"
BSN = "999900018"
CATALOGUS = {"domein": "VERH", "rsin": RSIN, "contactpersoonBeheerNaam": "Beheer"}
ZAAKTYPE: dict[str, Any] = {
    "identificatie": "verhuizing",
    "omschrijving": "Verhuizing",
    "vertrouwelijkheidaanduiding": "zaakvertrouwelijk",
    "doel": "Adres bijwerken",
    "aanleiding": "Aangifte",
    "indicatieInternOfExtern": "extern",
    "handelingInitiator": "aangeven",
    "onderwerp": "Adres",
    "handelingBehandelaar": "verwerken",
    "doorlooptijd": "P14D",
    "opschortingEnAanhoudingMogelijk": False,
    "verlengingMogelijk": False,
    "publicatieIndicatie": False,
    "productenOfDiensten": ["https://gm9001.example/producten/verhuizing"],
    "referentieproces": {"naam": "Verhuizing behandelen"},
    "verantwoordelijke": "Burgerzaken",
    "gerelateerdeZaaktypen": [],
    "besluittypen": [],
    "beginGeldigheid": "2020-01-01",
}


def created(answer: httpx.Response) -> dict[str, Any]:
    """The JSON of a 201."""
    assert answer.status_code == 201, answer.text
    content: dict[str, Any] = answer.json()
    return content


def wrong(answer: httpx.Response) -> set[tuple[str, str]]:
    """Name and code of every wrong field of a 400."""
    assert answer.status_code == 400, answer.text
    return {(one["name"], one["code"]) for one in answer.json()["invalidParams"]}


@dataclass
class Zaken:
    """The service with a published zaaktype of two statustypen and a roltype, and a caller with all rights."""

    service: ServiceUnderTest
    client: httpx.AsyncClient = field(init=False)
    catalogus: str = ""
    zaaktype: str = ""
    first: str = ""
    last: str = ""
    roltype: str = ""

    def __post_init__(self) -> None:
        self.client = self.service.client(headers=CRS)

    def limited(self, name: str, *scopes: str, **limits: str) -> httpx.AsyncClient:
        """A caller with these scopes on zaken; without `zaaktype` on those of the usual zaaktype."""
        limits = {"zaaktype": self.zaaktype, "maxVertrouwelijkheidaanduiding": "zeer_geheim"} | limits
        granted = {"component": "zrc", "scopes": list(scopes), **limits}
        return self.service.client(name, [granted] if scopes else [], headers=CRS)

    async def set_up(self) -> "Zaken":
        """Make the catalogus and the zaaktype."""
        self.catalogus = created(await self.client.post(f"{CATALOGI}/catalogussen", json=CATALOGUS))["url"]
        self.zaaktype, self.first, self.last, self.roltype = await self.make_zaaktype()
        return self

    async def make_zaaktype(self, *, publish: bool = True, **fields: Any) -> tuple[str, str, str, str]:
        """URLs of a zaaktype, its two statustypen and its roltype."""
        body = ZAAKTYPE | {"catalogus": self.catalogus} | fields
        url = created(await self.client.post(f"{CATALOGI}/zaaktypen", json=body))["url"]
        types = [
            created(
                await self.client.post(
                    f"{CATALOGI}/statustypen", json={"zaaktype": url, "omschrijving": name, "volgnummer": number}
                )
            )["url"]
            for number, name in ((1, "Ontvangen"), (2, "Afgerond"))
        ]
        roltype = {"zaaktype": url, "omschrijving": "Aangever", "omschrijvingGeneriek": "initiator"}
        rol_url = created(await self.client.post(f"{CATALOGI}/roltypen", json=roltype))["url"]
        if publish:
            answer = await self.client.post(f"{url}/publish")
            assert answer.status_code == 200, answer.text
        return url, types[0], types[1], rol_url

    async def make_roltype(self, generic: str = "belanghebbende") -> str:
        """URL of one more roltype of the usual zaaktype, as a correction."""
        body = {"zaaktype": self.zaaktype, "omschrijving": generic.capitalize(), "omschrijvingGeneriek": generic}
        url: str = created(await self.client.post(f"{CATALOGI}/roltypen", json=body))["url"]
        return url

    def body(self, **fields: Any) -> dict[str, Any]:
        """The body of a new zaak."""
        return {
            "zaaktype": self.zaaktype,
            "bronorganisatie": RSIN,
            "verantwoordelijkeOrganisatie": RSIN,
            "startdatum": "2026-01-15",
        } | fields

    async def zaak(self, **fields: Any) -> dict[str, Any]:
        """A new zaak."""
        return created(await self.client.post(f"{ZAKEN}/zaken", json=self.body(**fields)))

    async def status(self, zaak: str, statustype: str, at: str = "2026-02-01T10:00:00Z") -> dict[str, Any]:
        """A new status."""
        body = {"zaak": zaak, "statustype": statustype, "datumStatusGezet": at}
        return created(await self.client.post(f"{ZAKEN}/statussen", json=body))

    async def close(self, zaak: str, at: str = "2026-02-01T10:00:00Z") -> None:
        """Give a zaak its eindstatus."""
        await self.status(zaak, self.last, at)

    async def rol(self, zaak: str, bsn: str = BSN, **fields: Any) -> dict[str, Any]:
        """A new rol of a person."""
        body = {
            "zaak": zaak,
            "roltype": self.roltype,
            "betrokkeneType": "natuurlijk_persoon",
            "roltoelichting": "aangever",
            "betrokkeneIdentificatie": {"inpBsn": bsn, "geslachtsnaam": "Achternaam"},
        } | fields
        return created(await self.client.post(f"{ZAKEN}/rollen", json=body))

    async def belanghebbende(self) -> str:
        """The URL of a second roltype of the zaaktype, of which a zaak can have many rollen; made when first asked for."""
        query = {"zaaktype": self.zaaktype, "omschrijvingGeneriek": "belanghebbende"}
        found = (await self.get(f"{CATALOGI}/roltypen", **query))["results"]
        if found:
            return str(found[0]["url"])
        return str(
            created(await self.client.post(f"{CATALOGI}/roltypen", json=query | {"omschrijving": "Ander"}))["url"]
        )

    async def get(self, url: str, **query: Any) -> dict[str, Any]:
        """The JSON of a 200."""
        answer = await self.client.get(url, params=query or None)
        assert answer.status_code == 200, answer.text
        content: dict[str, Any] = answer.json()
        return content

    async def listed(self, path: str, **query: Any) -> list[str]:
        """URLs of what a list of the Zaken API holds."""
        return [one["url"] for one in (await self.get(f"{ZAKEN}{path}", **query))["results"]]
