"""How many zaken and documents there are of each type and vertrouwelijkheid, so that a list does not count them one by one.

Triggers on their tables add a row to `zaak_counter` or `document_counter` for every statement that changes a count, in its
transaction: nothing waits for anything, as it would when all wrote the same row. Here those rows are added up every now
and then.
"""

import asyncio
import logging

from chassis.problems import Problem
from chassis.runtime import Runtime

log = logging.getLogger(__name__)
ZAKEN = "zaak_counter"
"""Table of (zaaktype_id, vertrouwelijkheid, amount)."""
DOCUMENTEN = "document_counter"
"""Table of (informatieobjecttype_id, vertrouwelijkheid, amount)."""
TYPES = {ZAKEN: "zaaktype_id", DOCUMENTEN: "informatieobjecttype_id"}
"""The column of the type in each table."""
PAUSE = 5.0
"""Seconds between two times."""
# Whoever reads sees the rows of before or the sum of after. The lock keeps two replicas from waiting for each other.
_ADD_UP = """
WITH several AS (
    SELECT {type}, vertrouwelijkheid FROM {table} GROUP BY 1, 2 HAVING count(*) > 1
), gone AS (
    DELETE FROM {table} c USING several s
    WHERE c.{type} = s.{type} AND c.vertrouwelijkheid = s.vertrouwelijkheid
        AND (SELECT pg_try_advisory_xact_lock(7301944))
    RETURNING c.*
)
INSERT INTO {table} SELECT {type}, vertrouwelijkheid, sum(amount) FROM gone GROUP BY 1, 2
HAVING sum(amount) <> 0
"""


async def add_up(runtime: Runtime) -> None:
    """Replace the rows of each type and vertrouwelijkheid by their sum. Raises Unavailable."""
    for table, column in TYPES.items():
        await runtime.database.fetch(_ADD_UP.format(table=table, type=column))


async def add_up_for_ever(runtime: Runtime) -> None:
    """`add_up` every few seconds; while the database is away nothing is written either."""
    while True:
        await asyncio.sleep(PAUSE)
        try:
            await add_up(runtime)
        except Problem:
            log.info("counters_not_added_up")
