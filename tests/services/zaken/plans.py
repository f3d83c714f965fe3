"""What a plan of PostgreSQL reads for nothing: whether a filter has an index that serves it."""

from collections.abc import Iterator
from typing import Any

import asyncpg
import orjson

from chassis.reading import Selection

MOST_READ = 3_000
"""Rows that a plan may read and throw away, or sort, in a register of 20,000."""


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every node of a plan."""
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


async def wasted(connection: asyncpg.Connection, sql: str, selection: Selection) -> int:
    """Rows that the plan reads to throw them away, and rows that it sorts."""
    found = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *selection.values)
    total = 0
    for node in nodes(orjson.loads(found)[0]["Plan"]):
        loops = node["Actual Loops"]
        total += (node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)) * loops
        if node["Node Type"] in {"Sort", "Incremental Sort"}:
            total += sum(int(child["Actual Rows"]) * child["Actual Loops"] for child in node["Plans"])
    return total
