"""The service zaken as a benchmark needs it: running, with published zaaktypen and as many zaken as asked for."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx

from benchmarks.copies import BSN, STARTDATUM, Copier
from benchmarks.harness import Server, run_service
from benchmarks.stores import Stores
from chassis.sealing import Keyring

CATALOGI, ZAKEN = "/catalogi/api/v1", "/zaken/api/v1"
CLIENT = "bench"
CRS = {"Accept-Crs": "EPSG:4326", "Content-Crs": "EPSG:4326"}
RSIN = "517439943"
ZAAKTYPE: dict[str, Any] = {
    "identificatie": "bench",
    "omschrijving": "Zaaktype van de meting",
    "vertrouwelijkheidaanduiding": "openbaar",
    "doel": "meten",
    "aanleiding": "meting",
    "indicatieInternOfExtern": "intern",
    "handelingInitiator": "vragen",
    "onderwerp": "snelheid",
    "handelingBehandelaar": "meten",
    "doorlooptijd": "P14D",
    "opschortingEnAanhoudingMogelijk": False,
    "verlengingMogelijk": False,
    "publicatieIndicatie": False,
    "productenOfDiensten": [],
    "referentieproces": {"naam": "meten"},
    "verantwoordelijke": "Meetploeg",
    "gerelateerdeZaaktypen": [],
    "besluittypen": [],
    "beginGeldigheid": "2020-01-01",
}


@dataclass(frozen=True)
class Types:
    """URLs of one zaaktype and its parts."""

    zaaktype: str
    statustypen: list[str]
    roltypen: list[str]
    eigenschappen: list[str]


@dataclass(frozen=True)
class Parts:
    """How many parts each zaak gets."""

    statussen: int = 3
    rollen: int = 2
    eigenschappen: int = 2


@dataclass
class Register:
    """The running service: its server and database, headers of a caller with all rights, and the URLs of its types."""

    server: Server
    dsn: str
    keyring: Keyring
    client: httpx.AsyncClient
    headers: dict[str, str]
    types: list[Types] = field(default_factory=list)

    @property
    def zaaktype(self) -> str:
        """The first zaaktype."""
        return self.types[0].zaaktype

    def zaak(self, types: Types | None = None) -> dict[str, str]:
        """The body of a new zaak."""
        return {
            "zaaktype": (types or self.types[0]).zaaktype,
            "bronorganisatie": RSIN,
            "verantwoordelijkeOrganisatie": RSIN,
            "startdatum": str(STARTDATUM),
            "omschrijving": "Een zaak van de meting",
            "toelichting": "Een toelichting van gewone lengte, zoals een behandelaar die schrijft.",
        }

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The JSON of what was made."""
        answer = await self.client.post(path, json=body)
        answer.raise_for_status()
        made: dict[str, Any] = answer.json()
        return made

    async def make_types(self, catalogus: str, number: int) -> None:
        """A published zaaktype with statustypen, roltypen and eigenschappen."""
        body = {**ZAAKTYPE, "catalogus": catalogus, "identificatie": f"bench-{number}"}
        url = (await self.post(f"{CATALOGI}/zaaktypen", body))["url"]

        async def part(path: str, **fields: Any) -> str:
            return str((await self.post(f"{CATALOGI}/{path}", {"zaaktype": url, **fields}))["url"])

        statustypen = [
            await part("statustypen", omschrijving=f"Status {place}", volgnummer=place) for place in range(1, 5)
        ]
        roltypen = [
            await part("roltypen", omschrijving=name, omschrijvingGeneriek=name)
            for name in ("initiator", "behandelaar")
        ]
        specificatie = {"formaat": "tekst", "lengte": "50", "kardinaliteit": "1"}
        eigenschappen = [
            await part("eigenschappen", naam=name, definitie=name, specificatie=specificatie)
            for name in ("een", "twee")
        ]
        await self.post(f"{CATALOGI}/zaaktypen/{url.rsplit('/', 1)[1]}/publish", {})
        self.types.append(Types(url, statustypen, roltypen, eigenschappen))

    async def make_zaak(self, types: Types, parts: Parts) -> str:
        """A zaak with its parts, through the API; its id."""
        zaak = await self.post(f"{ZAKEN}/zaken", self.zaak(types))
        for place in range(parts.statussen):
            status = {"statustype": types.statustypen[place], "datumStatusGezet": f"2026-02-0{place + 1}T10:00:00Z"}
            await self.post(f"{ZAKEN}/statussen", {"zaak": zaak["url"], **status})
        for place in range(parts.rollen):
            person = {"inpBsn": BSN, "geslachtsnaam": "Achternaam"} if place == 0 else {"inpBsn": "999990032"}
            rol = {"roltype": types.roltypen[place], "betrokkeneType": "natuurlijk_persoon", "roltoelichting": "meting"}
            await self.post(f"{ZAKEN}/rollen", {"zaak": zaak["url"], **rol, "betrokkeneIdentificatie": person})
        for eigenschap in types.eigenschappen[: parts.eigenschappen]:
            body = {"zaak": zaak["url"], "eigenschap": eigenschap, "waarde": "een waarde"}
            await self.post(f"{ZAKEN}/zaken/{zaak['uuid']}/zaakeigenschappen", body)
        return str(zaak["uuid"])

    async def fill(self, count: int, parts: Parts | None = None) -> list[str]:
        """Make `count` zaken, spread over the zaaktypen; ids of up to 1,000 of them."""
        originals = [await self.make_zaak(types, parts or Parts()) for types in self.types]
        await Copier(self.dsn, self.keyring, count).fill(originals)
        connection = await asyncpg.connect(self.dsn)
        try:
            rows = await connection.fetch("SELECT id FROM zaak ORDER BY id LIMIT 1000")
        finally:
            await connection.close()
        return [str(row["id"]) for row in rows]


def charged(server: Server, running: Stores) -> dict[str, int]:
    """Processes a request to `server` is charged for: itself and PostgreSQL."""
    assert running.postgres.pid is not None
    return {"cpu": server.pid, "postgres": running.postgres.pid}


@contextlib.asynccontextmanager
async def register(running: Stores, zaaktypen: int = 1) -> AsyncIterator[Register]:
    """The service with so many published zaaktypen, until the block ends."""
    token = await running.grant(CLIENT)
    env = await running.environment("zaken")
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json", **CRS}
    keyring = Keyring.load(running.keys)
    async with run_service("zaken", env) as server, httpx.AsyncClient(base_url=server.url, headers=headers) as client:
        made = Register(server, env["MEENT_ZAKEN_DATABASE"], keyring, client, headers)
        catalogus = {"domein": "BENCH", "rsin": RSIN, "contactpersoonBeheerNaam": "Beheer"}
        url = (await made.post(f"{CATALOGI}/catalogussen", catalogus))["url"]
        for number in range(zaaktypen):
            await made.make_types(url, number)
        yield made
