"""The service zaken as a benchmark needs it: running, with one published zaaktype and as many zaken as asked for."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx

from benchmarks.harness import Server, run_service
from benchmarks.stores import Stores

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
# Copies of one zaak under ids of their own: the representation is what reads hand out, so it is copied truly.
_COPY = """
INSERT INTO zaak ({columns}, id, identificatie, representation)
SELECT {columns}, fresh.id, 'BENCH-' || fresh.number,
       convert_to(replace(convert_from(zaak.representation, 'UTF8'), zaak.id::text, fresh.id::text), 'UTF8')
FROM zaak, (SELECT gen_random_uuid() AS id, number FROM generate_series(1, $2::int) AS number) AS fresh
WHERE zaak.id = $1::uuid
"""


@dataclass(frozen=True)
class Register:
    """The running service: its server and database, headers of a caller with all rights, and the URLs of its types."""

    server: Server
    dsn: str
    headers: dict[str, str]
    zaaktype: str
    statustype: str

    def zaak(self) -> dict[str, str]:
        """The body of a new zaak."""
        return {
            "zaaktype": self.zaaktype,
            "bronorganisatie": RSIN,
            "verantwoordelijkeOrganisatie": RSIN,
            "startdatum": "2026-01-15",
            "omschrijving": "Een zaak van de meting",
            "toelichting": "Een toelichting van gewone lengte, zoals een behandelaar die schrijft.",
        }

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The JSON of what was made."""
        async with httpx.AsyncClient(base_url=self.server.url, headers=self.headers) as client:
            answer = await client.post(path, json=body)
        answer.raise_for_status()
        made: dict[str, Any] = answer.json()
        return made

    async def fill(self, count: int) -> list[str]:
        """Make `count` zaken and return ids of up to 1,000 of them."""
        first = (await self.post("/zaken/api/v1/zaken", self.zaak()))["uuid"]
        connection = await asyncpg.connect(self.dsn)
        try:
            names = await connection.fetch(
                "SELECT column_name FROM information_schema.columns WHERE table_name = 'zaak' "
                "AND column_name NOT IN ('id', 'identificatie', 'representation')"
            )
            columns = ", ".join(f"{row['column_name']}" for row in names)
            await connection.execute(_COPY.format(columns=columns), first, count - 1)
            await connection.execute("VACUUM ANALYZE zaak")
            rows = await connection.fetch("SELECT id FROM zaak ORDER BY id LIMIT 1000")
        finally:
            await connection.close()
        return [str(row["id"]) for row in rows]


def charged(server: Server, running: Stores) -> dict[str, int]:
    """Processes a request to `server` is charged for: itself and PostgreSQL."""
    assert running.postgres.pid is not None
    return {"cpu": server.pid, "postgres": running.postgres.pid}


@contextlib.asynccontextmanager
async def register(running: Stores) -> AsyncIterator[Register]:
    """The service with its zaaktype, until the block ends."""
    token = await running.grant(CLIENT)
    env = await running.environment("zaken")
    async with run_service("zaken", env) as server:
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json", **CRS}
        bare = Register(server, env["MEENT_ZAKEN_DATABASE"], headers, "", "")
        base = "/catalogi/api/v1"
        catalogus = {"domein": "BENCH", "rsin": RSIN, "contactpersoonBeheerNaam": "Beheer"}
        catalogus_url = (await bare.post(f"{base}/catalogussen", catalogus))["url"]
        zaaktype = (await bare.post(f"{base}/zaaktypen", {**ZAAKTYPE, "catalogus": catalogus_url}))["url"]
        statustypen = [
            await bare.post(f"{base}/statustypen", {"zaaktype": zaaktype, "omschrijving": name, "volgnummer": number})
            for number, name in ((1, "Loopt"), (2, "Klaar"))
        ]
        await bare.post(f"{base}/zaaktypen/{zaaktype.rsplit('/', 1)[1]}/publish", {})
        yield Register(server, bare.dsn, headers, zaaktype, statustypen[0]["url"])
