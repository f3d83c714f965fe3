"""Writes of the Zaken API: a new zaak, a change and a new status, beside a bare insert of a document and an event.

The relay publishes meanwhile, so the figures hold what an event costs its service; a status is a new one on each of
1,000 zaken in turn.
"""

import contextlib
import json
import os

from benchmarks.filled import charged, register
from benchmarks.harness import Target, measure, serve, table
from benchmarks.load import Call
from benchmarks.stores import stores

COUNT = int(os.environ.get("BENCH_ZAKEN") or 100_000)


async def run() -> None:
    async with contextlib.AsyncExitStack() as stack:
        running = await stack.enter_async_context(stores())
        zaken = await stack.enter_async_context(register(running))
        ids = await zaken.fill(COUNT)
        dsn = await running.database("bare", migrate=False)
        bare = await stack.enter_async_context(serve("benchmarks.bare_writes:app", {"BARE_DSN": dsn}))
        path, headers = "/zaken/api/v1", zaken.headers
        public = zaken.zaaktype.split("/catalogi/")[0]
        body = json.dumps(zaken.zaak())
        status = {"statustype": zaken.types[0].statustypen[0], "datumStatusGezet": "2026-02-01T10:00:00Z"}
        create: list[Call] = [{"method": "POST", "path": f"{path}/zaken", "headers": headers, "body": body}]
        change: list[Call] = [
            {
                "method": "PATCH",
                "path": f"{path}/zaken/{one}",
                "headers": headers,
                "body": json.dumps({"omschrijving": "wijziging @n@"}),
            }
            for one in ids
        ]
        add: list[Call] = [
            {
                "method": "POST",
                "path": f"{path}/statussen",
                "headers": headers,
                "body": json.dumps({**status, "zaak": f"{public}{path}/zaken/{one}"}),
            }
            for one in ids
        ]
        plain: list[Call] = [{"method": "POST", "path": "/", "headers": headers, "body": body}]
        paid = charged(zaken.server, running)
        targets = [
            Target("bare insert", bare, plain, charged(bare, running)),
            Target("create zaak", zaken.server, create, paid),
            Target("PATCH zaak", zaken.server, change, paid),
            Target("POST status", zaken.server, add, paid),
        ]
        print(table("Writes", await measure(targets), bare="bare insert"))
