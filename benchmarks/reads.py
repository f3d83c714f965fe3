"""Reads of the Zaken API beside the bare server on the same rows: one zaak, and a list of 100 without and with filters."""

import contextlib
import os

from benchmarks.filled import charged, register
from benchmarks.harness import Target, measure, serve, table
from benchmarks.load import Call
from benchmarks.stores import stores

ZAKEN = int(os.environ.get("BENCH_ZAKEN") or 10_000)
ONE = "SELECT representation FROM zaak WHERE id = $1"
LIST = "SELECT representation FROM zaak ORDER BY id LIMIT 100"


async def run() -> None:
    async with contextlib.AsyncExitStack() as stack:
        running = await stack.enter_async_context(stores())
        zaken = await stack.enter_async_context(register(running))
        ids = await zaken.fill(ZAKEN)
        bare = await stack.enter_async_context(
            serve("benchmarks.bare:app", {"BARE_DSN": zaken.dsn, "BARE_ONE": ONE, "BARE_LIST": LIST})
        )
        processes = {"bare": charged(bare, running), "zaken": charged(zaken.server, running)}
        path, headers = "/zaken/api/v1/zaken", zaken.headers
        one: list[Call] = [{"path": f"{path}/{one}", "headers": headers} for one in ids]
        bare_one: list[Call] = [{"path": f"/one/{one}", "headers": headers} for one in ids]
        targets = [
            Target("bare", bare, bare_one, processes["bare"]),
            Target("zaken", zaken.server, one, processes["zaken"]),
        ]
        print(table(f"One zaak of {ZAKEN}", await measure(targets), bare="bare"))
        targets = [Target("bare", bare, [{"path": "/list", "headers": headers}], processes["bare"])]
        for name, query in (
            ("all", ""),
            ("?zaaktype", f"?zaaktype={zaken.zaaktype}"),
            ("?zaaktype&ordering", f"?zaaktype={zaken.zaaktype}&ordering=-startdatum"),
        ):
            calls: list[Call] = [{"path": f"{path}{query}", "headers": headers}]
            targets.append(Target(name, zaken.server, calls, processes["zaken"]))
        print(table(f"List of 100 zaken of {ZAKEN}", await measure(targets), bare="bare"))
