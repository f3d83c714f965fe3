"""The limit that everything else is compared with: raw ASGI and asyncpg, handing out stored JSON.

`GET …/one/<uuid>` answers one document, `GET …/list` a page of 100. Settings: BARE_DSN; BARE_ONE and BARE_LIST are the
two statements (one parameter, the uuid; none), by default on the table that `fill` makes. Another benchmark points them
at its service's own table to compare on the same data.
"""

import os
import uuid
from typing import Any

import asyncpg
import orjson

ONE = os.environ.get("BARE_ONE") or "select document from bench_document where id = $1"
LIST = os.environ.get("BARE_LIST") or "select document from bench_document order by position limit 100"
JSON_HEADERS = [(b"content-type", b"application/json")]


def document(number: int) -> dict[str, Any]:
    """A made-up resource the size and shape of a zaak: about 35 fields, 2.6 KB of JSON."""
    url = f"https://gm9001.example/zaken/api/v1/zaken/{uuid.UUID(int=number)}"
    fields: dict[str, Any] = {"url": url, "uuid": str(uuid.UUID(int=number)), "nummer": number}
    fields |= {f"tekst{index}": f"waarde {index} van document {number}, lang genoeg" for index in range(16)}
    fields |= {f"datum{index}": f"2026-0{index + 1}-17" for index in range(6)}
    fields |= {f"verwijzing{index}": f"{url}/delen/{index}" for index in range(6)}
    fields |= {f"leeg{index}": None for index in range(3)}
    fields["groep"] = {"indicatie": True, "toelichting": "een genest deel " * 8, "regels": [url, url]}
    return fields


def document_id(number: int) -> uuid.UUID:
    """The id of the document with this number, 0 up to the number that `fill` was given."""
    return uuid.UUID(int=number)


async def fill(dsn: str, count: int = 10_000) -> None:
    """Make the table `bench_document` with `count` documents, anew."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("drop table if exists bench_document")
        await connection.execute("create table bench_document (id uuid primary key, position int, document bytea)")
        rows = [(document_id(number), number, orjson.dumps(document(number))) for number in range(count)]
        await connection.copy_records_to_table("bench_document", records=rows)
        await connection.execute("create index on bench_document (position)")
        await connection.execute("analyze bench_document")
    finally:
        await connection.close()


class Bare:
    """The ASGI app; its pool of 10 lives as long as the server."""

    def __init__(self) -> None:
        self.pool: asyncpg.Pool

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self.lifespan(receive, send)
            return
        path: str = scope["path"]
        _, one, wanted = path.rpartition("/one/")
        if one:
            found = await self.pool.fetchval(ONE, uuid.UUID(wanted))
            status, body = (200, found) if found else (404, b"{}")
        elif path.endswith("/list"):
            rows = await self.pool.fetch(LIST)
            status, body = 200, b'{"results":[' + b",".join([row[0] for row in rows]) + b"]}"
        else:
            status, body = 404, b"{}"
        headers = [*JSON_HEADERS, (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def lifespan(self, receive: Any, send: Any) -> None:
        await receive()
        self.pool = await asyncpg.create_pool(os.environ["BARE_DSN"], min_size=10, max_size=10)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.pool.close()
        await send({"type": "lifespan.shutdown.complete"})


app = Bare()
