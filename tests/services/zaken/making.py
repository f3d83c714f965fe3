"""What the tests of the service zaken start from: a catalogus with published zaaktypen, and calls that make things."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

from chassis.access import SYSTEM
from chassis.testing.service import ServiceUnderTest
from chassis.unit import unit_of_work
from services.zaken.catalogi.resultaattype import RESULTAATTYPE, Resultaattype
from services.zaken.catalogi.zaaktype.fields import ZAAKTYPE as ZAAKTYPE_RESOURCE

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

    async def make_eigenschap(self, naam: str = "kenteken", zaaktype: str = "", **specificatie: Any) -> str:
        """URL of an eigenschap of the usual zaaktype, or another."""
        specified = {"formaat": "tekst", "lengte": "8", "kardinaliteit": "1"} | specificatie
        body = {"zaaktype": zaaktype or self.zaaktype, "naam": naam, "definitie": naam, "specificatie": specified}
        url: str = created(await self.client.post(f"{CATALOGI}/eigenschappen", json=body))["url"]
        return url

    async def make_zaakobjecttype(self, zaaktype: str = "") -> str:
        """URL of a zaakobjecttype of the usual zaaktype, or another."""
        body = {
            "zaaktype": zaaktype or self.zaaktype,
            "catalogus": self.catalogus,
            "anderObjecttype": False,
            "objecttype": "https://objecten.example/pand",
            "relatieOmschrijving": "gaat over",
        }
        url: str = created(await self.client.post(f"{CATALOGI}/zaakobjecttypen", json=body))["url"]
        return url

    async def make_resultaattype(self, omschrijving: str = "Verleend", zaaktype: str = "", **fields: Any) -> str:
        """URL of a resultaattype of the usual zaaktype, or another; stored as if the selectielijst had been asked."""
        listed = {"archiefnominatie": "vernietigen", "archiefactietermijn": "P5Y", "omschrijving_generiek": "Verleend"}
        row = Resultaattype(
            omschrijving=omschrijving,
            resultaattypeomschrijving="https://lijst.example/resultaattypeomschrijvingen/1",
            selectielijstklasse="https://lijst.example/resultaten/1",
            zaaktype_id=UUID((zaaktype or self.zaaktype).rsplit("/", 1)[1]),
            klasse={},
            **(listed | fields),
        )
        async with unit_of_work(self.service.runtime, SYSTEM, "") as unit:
            await unit.create(RESULTAATTYPE, row)
            await unit.touch(ZAAKTYPE_RESOURCE, await unit.get(ZAAKTYPE_RESOURCE, row.zaaktype_id))
        return RESULTAATTYPE.url(self.service.runtime.settings.public_url, row.id)

    async def make_informatieobjecttype(self, omschrijving: str = "Brief", *, related: bool = True) -> str:
        """URL of an informatieobjecttype, related to the usual zaaktype or not."""
        body = {
            "catalogus": self.catalogus,
            "omschrijving": omschrijving,
            "vertrouwelijkheidaanduiding": "openbaar",
            "beginGeldigheid": "2020-01-01",
            "informatieobjectcategorie": "brief",
        }
        url: str = created(await self.client.post(f"{CATALOGI}/informatieobjecttypen", json=body))["url"]
        if related:
            relation = {"zaaktype": self.zaaktype, "informatieobjecttype": url, "volgnummer": 1, "richting": "inkomend"}
            created(await self.client.post(f"{CATALOGI}/zaaktype-informatieobjecttypen", json=relation))
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

    async def resultaattype(self) -> str:
        """URL of the first resultaattype of the usual zaaktype; made when there is none."""
        known: list[str] = (await self.get(self.zaaktype))["resultaattypen"]
        return known[0] if known else await self.make_resultaattype()

    async def resultaat(self, zaak: str, **fields: Any) -> dict[str, Any]:
        """A new resultaat, of the first resultaattype of the zaaktype or of a new one with these fields."""
        resultaattype = await (self.make_resultaattype(**fields) if fields else self.resultaattype())
        body = {"zaak": zaak, "resultaattype": resultaattype}
        return created(await self.client.post(f"{ZAKEN}/resultaten", json=body))

    async def close(self, zaak: str, at: str = "2026-02-01T10:00:00Z") -> dict[str, Any]:
        """Give a zaak its eindstatus, and before that a resultaat unless it has one. Returns the zaak."""
        if (await self.get(zaak))["resultaat"] is None:
            await self.resultaat(zaak)
        await self.status(zaak, self.last, at)
        return await self.get(zaak)

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
