"""Reads of the Documenten API beside the bare server on the same rows: one document and lists of 100.

BENCH_DOCUMENTEN says of how many documents (100,000), of twenty informatieobjecttypen.
"""

import base64
import contextlib
import os

import asyncpg

from benchmarks.filled import CATALOGI, RSIN, Register, charged, register
from benchmarks.harness import Target, measure, serve, table
from benchmarks.load import Call
from benchmarks.reads import memory
from benchmarks.stores import stores

COUNT = int(os.environ.get("BENCH_DOCUMENTEN") or 100_000)
TYPES = 20
ONE = "SELECT representation FROM enkelvoudiginformatieobject WHERE id = $1"
LIST = "SELECT representation FROM enkelvoudiginformatieobject ORDER BY id LIMIT 100"
PATH = "/documenten/api/v1/enkelvoudiginformatieobjecten"
INHOUD = b"Een brief van gewone lengte.\n" * 40
# True copies of documents that were made through the API, under ids and numbers of their own; they share their content.
_COPY = """
INSERT INTO enkelvoudiginformatieobject ({names})
SELECT {values} FROM enkelvoudiginformatieobject e
CROSS JOIN LATERAL (SELECT n, gen_random_uuid() AS copy FROM generate_series(1, $1::int) n WHERE e.id IS NOT NULL) c
"""
_CHANGED = {
    "id": "c.copy",
    "identificatie": "'BENCH-' || left(c.copy::text, 30)",
    "etag": "md5(c.copy::text)",
    "representation": "convert_to(replace(replace(convert_from(e.representation, 'UTF8'), e.id::text, c.copy::text), "
    "e.identificatie, 'BENCH-' || left(c.copy::text, 30)), 'UTF8')",
}


async def make_documents(made: Register, catalogus: str) -> None:
    """One document of each type, through the API."""
    for number in range(TYPES):
        body = {
            "catalogus": catalogus,
            "omschrijving": f"Type {number}",
            "vertrouwelijkheidaanduiding": "openbaar",
            "beginGeldigheid": "2020-01-01",
            "informatieobjectcategorie": "meting",
        }
        url = (await made.post(f"{CATALOGI}/informatieobjecttypen", body))["url"]
        await made.post(f"{CATALOGI}/informatieobjecttypen/{url.rsplit('/', 1)[1]}/publish", {})
        await made.post(
            PATH,
            {
                "bronorganisatie": RSIN,
                "creatiedatum": "2026-01-02",
                "titel": "Een document van de meting",
                "auteur": "Meetploeg",
                "taal": "dut",
                "bestandsnaam": "brief.txt",
                "formaat": "text/plain",
                "beschrijving": "Een beschrijving van gewone lengte, zoals een behandelaar die schrijft.",
                "inhoud": base64.b64encode(INHOUD).decode(),
                "bestandsomvang": len(INHOUD),
                "informatieobjecttype": url,
                "trefwoorden": ["meting", f"soort-{number}"],
            },
        )


async def copy(dsn: str, count: int) -> list[str]:
    """Copy each document until there are `count`; ids of 1,000 of them."""
    connection = await asyncpg.connect(dsn)
    try:
        columns = [
            row["column_name"]
            for row in await connection.fetch(
                "SELECT column_name FROM information_schema.columns WHERE table_name = 'enkelvoudiginformatieobject' "
                "AND is_generated = 'NEVER'"
            )
        ]
        values = ", ".join(_CHANGED.get(name, f"e.{name}") for name in columns)
        await connection.execute(_COPY.format(names=", ".join(columns), values=values), count // TYPES)
        await connection.execute("VACUUM ANALYZE enkelvoudiginformatieobject")
        rows = await connection.fetch("SELECT id FROM enkelvoudiginformatieobject ORDER BY id LIMIT 1000")
    finally:
        await connection.close()
    return [str(row["id"]) for row in rows]


async def run() -> None:
    async with contextlib.AsyncExitStack() as stack:
        running = await stack.enter_async_context(stores())
        made = await stack.enter_async_context(register(running))
        catalogus = (await made.client.get(f"{CATALOGI}/catalogussen")).json()["results"][0]["url"]
        await make_documents(made, catalogus)
        ids = await copy(made.dsn, COUNT)
        bare = await stack.enter_async_context(
            serve("benchmarks.bare:app", {"BARE_DSN": made.dsn, "BARE_ONE": ONE, "BARE_LIST": LIST})
        )
        processes = {"bare": charged(bare, running), "documenten": charged(made.server, running)}

        def asked(name: str, *queries: str) -> Target:
            calls: list[Call] = [{"path": f"{PATH}{query}", "headers": made.headers} for query in queries]
            return Target(name, made.server, calls, processes["documenten"])

        bare_one: list[Call] = [{"path": f"/one/{one}", "headers": made.headers} for one in ids]
        ones = [f"/{one}" for one in ids]
        expanded = [f"/{one}?expand=informatieobjecttype" for one in ids]
        targets = [Target("bare", bare, bare_one, processes["bare"]), asked("one", *ones), asked("expand", *expanded)]
        print(table(f"One document of {COUNT:,}", await measure(targets), bare="bare"))
        lists = {"all": "", "page 500": "?page=500", "?trefwoorden": "?trefwoorden=soort-7"}
        targets = [Target("bare", bare, [{"path": "/list", "headers": made.headers}], processes["bare"])]
        targets += [asked(name, query) for name, query in lists.items()]
        print(table(f"List of 100 documents of {COUNT:,}", await measure(targets), bare="bare"))
        print(f"memory of the service afterwards: {memory(made.server.pid)} MB\n")
