"""Reads of the Zaken API beside the bare server on the same rows: one zaak, lists of 100 with filters, and expand.

BENCH_ZAKEN says of how many zaken (100,000), each with three statussen, two rollen and two eigenschappen.
"""

import contextlib
import os
from pathlib import Path

from benchmarks.filled import Register, charged, register
from benchmarks.harness import Target, measure, serve, table
from benchmarks.load import Call
from benchmarks.stores import stores

COUNT = int(os.environ.get("BENCH_ZAKEN") or 100_000)
ONE = "SELECT representation FROM zaak WHERE id = $1"
LIST = "SELECT representation FROM zaak ORDER BY id LIMIT 100"
PATH = "/zaken/api/v1/zaken"
EXPAND = "expand=zaaktype,status,status.statustype,rollen"


def memory(pid: int) -> int:
    """Megabytes of a process that are its own: its share of what it has in memory (PSS)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("Pss:"))


def lists(zaken: Register) -> dict[str, str]:
    """The measured questions: name → query."""
    some = zaken.zaaktype
    return {
        "all": "",
        "page 500": "?page=500",
        "?zaaktype": f"?zaaktype={some}",
        "?zaaktype&ordering": f"?zaaktype={some}&ordering=-startdatum",
        "?startdatum__gte&einddatum__isnull": "?startdatum__gte=2016-01-01&einddatum__isnull=true",
        "?rol BSN": f"?rol__betrokkeneIdentificatie__natuurlijkPersoon__inpBsn={100_000_000}",
        "expand": f"?{EXPAND}",
    }


async def run() -> None:
    async with contextlib.AsyncExitStack() as stack:
        running = await stack.enter_async_context(stores())
        zaken = await stack.enter_async_context(register(running, zaaktypen=20))
        ids = await zaken.fill(COUNT)
        bare = await stack.enter_async_context(
            serve("benchmarks.bare:app", {"BARE_DSN": zaken.dsn, "BARE_ONE": ONE, "BARE_LIST": LIST})
        )
        processes = {"bare": charged(bare, running), "zaken": charged(zaken.server, running)}

        def ones(name: str, query: str = "") -> Target:
            calls: list[Call] = [{"path": f"{PATH}/{one}{query}", "headers": zaken.headers} for one in ids]
            return Target(name, zaken.server, calls, processes["zaken"])

        bare_one: list[Call] = [{"path": f"/one/{one}", "headers": zaken.headers} for one in ids]
        targets = [Target("bare", bare, bare_one, processes["bare"]), ones("zaak"), ones("expand", f"?{EXPAND}")]
        print(table(f"One zaak of {COUNT:,}", await measure(targets), bare="bare"))
        targets = [Target("bare", bare, [{"path": "/list", "headers": zaken.headers}], processes["bare"])]
        for name, query in lists(zaken).items():
            calls: list[Call] = [{"path": f"{PATH}{query}", "headers": zaken.headers}]
            targets.append(Target(name, zaken.server, calls, processes["zaken"]))
        print(table(f"List of 100 zaken of {COUNT:,}", await measure(targets), bare="bare"))
        print(f"memory of the service afterwards: {memory(zaken.server.pid)} MB\n")
