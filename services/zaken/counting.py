"""How many zaken there are of each zaaktype and vertrouwelijkheid, so that a list does not count them one by one.

Triggers on the table of zaken add a row to `zaak_counter` for every statement that changes a count, in its transaction:
nothing waits for anything, as it would when all wrote the same row. Here those rows are added up every now and then.
"""

import asyncio
import logging

from chassis.problems import Problem
from chassis.runtime import Runtime

log = logging.getLogger(__name__)
COUNTERS = "zaak_counter"
"""Table of (zaaktype_id, vertrouwelijkheid, amount)."""
PAUSE = 5.0
"""Seconds between two times."""
# Whoever reads sees the rows of before or the sum of after. The lock keeps two replicas from waiting for each other.
_ADD_UP = """
WITH several AS (
    SELECT zaaktype_id, vertrouwelijkheid FROM zaak_counter GROUP BY 1, 2 HAVING count(*) > 1
), gone AS (
    DELETE FROM zaak_counter c USING several s
    WHERE c.zaaktype_id = s.zaaktype_id AND c.vertrouwelijkheid = s.vertrouwelijkheid
        AND (SELECT pg_try_advisory_xact_lock(7301944))
    RETURNING c.*
)
INSERT INTO zaak_counter SELECT zaaktype_id, vertrouwelijkheid, sum(amount) FROM gone GROUP BY 1, 2
HAVING sum(amount) <> 0
"""


async def add_up(runtime: Runtime) -> None:
    """Replace the rows of each zaaktype and vertrouwelijkheid by their sum. Raises Unavailable."""
    await runtime.database.fetch(_ADD_UP)


async def add_up_for_ever(runtime: Runtime) -> None:
    """`add_up` every few seconds; while the database is away nothing is written either."""
    while True:
        await asyncio.sleep(PAUSE)
        try:
            await add_up(runtime)
        except Problem:
            log.info("counters_not_added_up")
