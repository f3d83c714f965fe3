"""Reads of the Zaken API with a million zaken, one status and one rol each: what must stay quick when a register is full.

`python -m benchmarks million`; BENCH_ZAKEN says of how many. Needs some 10 GB of disk and a quarter of an hour.
"""

import contextlib
import os
import time

from benchmarks.filled import Parts, charged, register
from benchmarks.harness import Target, measure, table
from benchmarks.load import Call
from benchmarks.reads import EXPAND, PATH, memory
from benchmarks.stores import stores

COUNT = int(os.environ.get("BENCH_ZAKEN") or 1_000_000)
ZAAKTYPEN, ALLOWED = 200, 170
BSN = "rol__betrokkeneIdentificatie__natuurlijkPersoon__inpBsn"


async def run() -> None:
    async with contextlib.AsyncExitStack() as stack:
        running = await stack.enter_async_context(stores())
        zaken = await stack.enter_async_context(register(running, zaaktypen=ZAAKTYPEN))
        started = time.monotonic()
        await zaken.fill(COUNT, Parts(statussen=1, rollen=1, eigenschappen=0))
        print(f"{COUNT:,} zaken made in {time.monotonic() - started:.0f} s\n")
        rights = [
            {"component": "zrc", "scopes": ["zaken.lezen"], "zaaktype": types.zaaktype,
             "maxVertrouwelijkheidaanduiding": "zeer_geheim"}
            for types in zaken.types[:ALLOWED]
        ]  # fmt: skip
        limited = {**zaken.headers, "authorization": f"Bearer {await running.grant('limited', rights)}"}
        people: list[Call] = [
            {"path": f"{PATH}?{BSN}={100_000_000 + number * 7}&{EXPAND}", "headers": zaken.headers}
            for number in range(500)
        ]

        def asked(query: str, headers: dict[str, str]) -> list[Call]:
            return [{"path": f"{PATH}{query}", "headers": headers}]

        calls = {
            "all": asked("", zaken.headers),
            f"{ALLOWED} of {ZAAKTYPEN} zaaktypen": asked("", limited),
            "page 500": asked("?page=500", zaken.headers),
            f"page 500, {ALLOWED} zaaktypen": asked("?page=500", limited),
            "?rol BSN with expand": people,
            "?zaaktype": asked(f"?zaaktype={zaken.zaaktype}", zaken.headers),
            "?zaaktype&ordering=-startdatum": asked(f"?zaaktype={zaken.zaaktype}&ordering=-startdatum", zaken.headers),
            "?ordering=-startdatum, 170 zaaktypen": asked("?ordering=-startdatum", limited),
        }
        targets = [Target(name, zaken.server, each, charged(zaken.server, running)) for name, each in calls.items()]
        results = await measure(targets, connections=2)
        print(table(f"List of 100 zaken of {COUNT:,}, two at a time", results))
        print(f"memory of the service afterwards: {memory(zaken.server.pid)} MB\n")
