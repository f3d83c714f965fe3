"""Removing objects without a row: what a crash left between the store and the database, and uploads that were broken off.

Only what is older than an hour (MEENT_DOCUMENTEN_SWEEP) is looked at: a row follows its object within seconds. Several
replicas may do it at once: an object that is gone is no problem.
"""

import asyncio
import itertools
import logging
from uuid import UUID

from chassis.problems import Problem
from chassis.runtime import Runtime
from services.zaken.documenten.opslag.bestand import discard
from services.zaken.documenten.opslag.store import reachable, store_of
from services.zaken.settings import settings_of

log = logging.getLogger(__name__)
PAUSE = 600.0
"""Seconds between two times."""
BATCH = 1000
_UNKNOWN = (
    "SELECT id FROM unnest($1::uuid[]) AS named(id) WHERE NOT EXISTS (SELECT FROM segment s WHERE s.id = named.id)"
)


_KNOWS = "SELECT EXISTS (SELECT FROM segment) AS any"
STRAY = 100
"""Objects that a database without any content may remove: more are rather those of another database, which it must not."""


async def sweep(runtime: Runtime) -> int:
    """Remove objects that have no row; how many. Raises Unavailable."""
    settings, removed = settings_of(runtime), 0
    with reachable():
        names = store_of(settings).older(settings.documenten_sweep)
        while batch := await asyncio.to_thread(lambda: list(itertools.islice(names, BATCH))):
            ids = [one for one in map(_id, batch) if one is not None]
            unknown = await runtime.database.fetch(_UNKNOWN, ids)
            if len(unknown) > STRAY and not (await runtime.database.fetch(_KNOWS))[0]["any"]:
                log.error("content_of_another_database", extra={"objects": len(unknown)})
                break
            await discard(runtime, [row["id"] for row in unknown])
            removed += len(unknown)
    if removed:
        log.info("content_swept", extra={"objects": removed})
    return removed


def _id(name: str) -> UUID | None:
    """The id of a segment; None for what is none of ours."""
    try:
        return UUID(name)
    except ValueError:
        return None


async def sweep_for_ever(runtime: Runtime) -> None:
    """`sweep` every ten minutes; what cannot be done now is done the next time."""
    while True:
        await asyncio.sleep(PAUSE)
        try:
            await sweep(runtime)
        except (Problem, OSError) as error:
            log.info("content_not_swept", extra={"error": type(error).__name__})
