"""Terms of opvolgingen: the last day an afdeling has, and what happens when it passes."""

import asyncio
import logging
from datetime import date, timedelta
from typing import Any

import asyncpg
from sqlalchemy import exists, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import aliased

from chassis import clock
from chassis.database import CLOSED
from chassis.problems import Problem
from chassis.runtime import Runtime
from chassis.unit import unit_of_work
from services.klanten.events import OPVOLGING_VERLOPEN, TermijnData
from services.klanten.settings import settings_of
from services.klanten.verhuizingen.opvolging import OPVOLGING, Opvolging, OpvolgingStatus

log = logging.getLogger(__name__)
BATCH = 100
OPEN = ("te-bezorgen", "ontvangen", "in-behandeling")


def uiterlijk_op(told: date, termijn_dagen: int) -> date:
    """The last day of a term of so many calendar days; the day of telling does not count."""
    return told + timedelta(days=termijn_dagen)


async def expire(runtime: Runtime) -> int:
    """Mark opvolgingen whose last day has passed as verlopen, and say how many.

    What was told again since is left alone: only the newest of an afdeling counts. Several replicas at once share the
    work.
    """
    expired = 0
    while found := await _expire_some(runtime):
        expired += found
    return expired


async def termijnen(runtime: Runtime) -> None:
    """Background: look for passed terms for ever."""
    while True:
        try:
            await expire(runtime)
        except (Problem, SQLAlchemyError, asyncpg.PostgresError, *CLOSED) as error:
            log.warning("termijnen_failed", extra={"error": type(error).__name__})
        await asyncio.sleep(settings_of(runtime).termijn_interval)


async def _expire_some(runtime: Runtime) -> int:
    table: Any = Opvolging
    newer: Any = aliased(Opvolging)
    told_again = exists().where(
        newer.verhuizing_id == table.verhuizing_id,
        newer.afdeling == table.afdeling,
        newer.volgnummer > table.volgnummer,
    )
    async with unit_of_work(runtime) as unit:
        rows: list[Opvolging] = await unit.find(
            select(Opvolging)
            .where(table.status.in_(OPEN), table.uiterlijk_op < clock.today(), ~told_again)
            .order_by(table.id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
        for row in rows:
            row.status = OpvolgingStatus.verlopen.value
            await unit.change(OPVOLGING, row, action="verlopen")
            data = TermijnData(opvolging=row.id, kenmerk=row.kenmerk, volgnummer=row.volgnummer, afdeling=row.afdeling)
            unit.emit(OPVOLGING_VERLOPEN, about=row.id, data=data, dataref=unit.url(OPVOLGING, row.id))
        return len(rows)
