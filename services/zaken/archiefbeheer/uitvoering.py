"""Carrying a vernietigingslijst out, in the background: one zaak per transaction, which also says what became of it.

So whenever the process dies, what was destroyed is recorded and what was not is still on the list: whoever goes on begins
with the next. Replicas may do the same at once: each takes the lock of the list and looks again. The order of locks: the
list, its zaak with those around it, its besluiten, the regel. Who destroys a zaak elsewhere takes the last three likewise.

A hoofdzaak comes after its deelzaken, and stays as long as one of those does.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col

from chassis import clock
from chassis.database import CLOSED
from chassis.problems import NotFound, Problem
from chassis.runtime import Runtime
from chassis.unit import Unit, unit_of_work
from services.zaken.archiefbeheer.overgangen import LijstActie, LijstStatus, follow
from services.zaken.archiefbeheer.toetsing import Reden, belemmeringen, feiten_van
from services.zaken.archiefbeheer.verklaring import draw_up
from services.zaken.archiefbeheer.vernietigingslijst.fields import VERNIETIGINGSLIJST, Vernietigingslijst, announce
from services.zaken.archiefbeheer.vernietigingslijst.routes import STAND
from services.zaken.archiefbeheer.vernietigingsregel import (
    VERNIETIGINGSREGEL,
    RegelStatus,
    Vernietigingsregel,
    pass_over,
)
from services.zaken.besluiten import besluit
from services.zaken.besluiten.besluit import Besluit
from services.zaken.informatieobject import destroy_informatieobjecten, only_related_to
from services.zaken.zaken.zaak.destruction import destroy, to_destroy
from services.zaken.zaken.zaak.fields import Zaak

log = logging.getLogger(__name__)
PAUSE = 5.0
"""Seconds between two looks when there is nothing to do."""
ATTEMPTS = 3
"""Times that the destruction of a zaak may fail before it is passed over."""
_NEXT = """
SELECT l.id AS lijst_id, r.id AS regel_id, r.zaak_id FROM vernietigingslijst l LEFT JOIN LATERAL (
    SELECT r.id, r.zaak_id FROM vernietigingsregel r LEFT JOIN zaak z ON z.id = r.zaak_id
    WHERE r.vernietigingslijst_id = l.id AND r.status = 'op-lijst' ORDER BY z.hoofdzaak_id IS NULL, r.id LIMIT 1
) r ON true
WHERE l.status = 'in-uitvoering' ORDER BY l.id LIMIT 1
"""
_STAND = f"SELECT stand = {STAND} FROM vernietigingsregel r WHERE r.id = $1"  # noqa: S608 - our own SQL
_UNMIRROR = "DELETE FROM zaakbesluit WHERE besluit_id = ANY(:ids)"


async def carry_out_for_ever(runtime: Runtime) -> None:
    """Background: carry out what was started, whenever there is something."""
    while True:
        try:
            while await carry_out_next(runtime):
                pass
        except (Problem, SQLAlchemyError, asyncpg.PostgresError, *CLOSED) as error:
            log.warning("destruction_waits", extra={"error": type(error).__name__})
        await asyncio.sleep(PAUSE)


async def carry_out_next(runtime: Runtime) -> bool:
    """Treat the next zaak of a list, or end a list that has none left. False when there is nothing to do."""
    found = await runtime.database.fetch(_NEXT)
    if not found:
        return False
    lijst_id, regel_id, zaak_id = found[0]
    try:
        async with unit_of_work(runtime) as unit:
            await _carry_out(unit, lijst_id, regel_id, zaak_id)
    except (Problem, *CLOSED):
        raise
    except Exception as error:
        if regel_id is None:
            raise
        log.exception("destruction_failed", extra={"error": type(error).__name__})
        await _note_failure(runtime, lijst_id, regel_id)
    return True


async def _carry_out(unit: Unit, lijst_id: UUID, regel_id: UUID | None, zaak_id: UUID | None) -> None:
    lijst: Vernietigingslijst = await unit.get(VERNIETIGINGSLIJST, lijst_id, lock=True)
    if lijst.status != LijstStatus.in_uitvoering:  # another replica was first
        return
    if regel_id is None:
        await _end(unit, lijst)
        return
    doomed, showing = await _locked(unit, zaak_id)
    regel: Vernietigingsregel = await unit.get(VERNIETIGINGSREGEL, regel_id, lock=True)
    if regel.status != RegelStatus.op_lijst:
        return
    reden = await _in_the_way(unit, regel) if doomed else Reden.verdwenen
    if reden is Reden.geen:
        await _destroy(unit, regel, doomed, showing)
    else:
        pass_over(unit, regel, reden)
    await unit.change(VERNIETIGINGSREGEL, regel, action=regel.status)
    await unit.touch(VERNIETIGINGSLIJST, lijst)


async def _locked(unit: Unit, zaak_id: UUID | None) -> tuple[list[Zaak], list[Zaak]]:
    """The zaak and what goes along with it, and the zaken that show it, all locked; nothing when it is gone."""
    try:
        return await to_destroy(unit, zaak_id) if zaak_id is not None else ([], [])
    except NotFound:
        return [], []


async def _in_the_way(unit: Unit, regel: Vernietigingsregel) -> Reden:
    """The first reason why a zaak, which is locked, is not destroyed now."""
    connection, today = await unit.connection(), clock.today()
    assert regel.zaak_id is not None  # noqa: S101 - it is locked, so it is there
    feiten = (await feiten_van(connection, [regel.zaak_id], today))[regel.zaak_id]
    if found := belemmeringen(feiten, today, deelzaak_blijft=bool(feiten.deelzaken)):
        return found[0]
    return Reden.geen if await connection.fetchval(_STAND, regel.id) else Reden.gewijzigd


async def _destroy(unit: Unit, regel: Vernietigingsregel, doomed: Sequence[Zaak], showing: Sequence[Zaak]) -> None:
    """Destroy a zaak with its besluiten, and the documents that belonged to nothing else."""
    ids = [row.id for row in doomed]
    statement: Any = select(Besluit).where(col(Besluit.zaak_id).in_(ids)).order_by(col(Besluit.id)).with_for_update()
    besluiten: list[Besluit] = await unit.find(statement)
    besluit_ids = [row.id for row in besluiten]
    documents = await only_related_to(unit, ids, besluit_ids)
    await unit.session.execute(
        text(_UNMIRROR), {"ids": besluit_ids}
    )  # without an audit row: that would outlive the zaak
    for row in besluiten:
        await besluit.destroy(unit, row, None)
    await destroy(unit, [*doomed], [*showing])
    regel.documenten_vernietigd = await destroy_informatieobjecten(unit, documents)
    regel.documenten_elders = len(documents) - regel.documenten_vernietigd
    regel.besluiten_vernietigd = len(besluiten)
    regel.status, regel.bezet, regel.verwerkt_op = RegelStatus.vernietigd, False, unit.at


async def _end(unit: Unit, lijst: Vernietigingslijst) -> None:
    """A list of which every zaak was treated: with a verklaring, unless nothing was destroyed."""
    lijst.status = follow(lijst.status, LijstActie.afronden)
    lijst.afgerond_op = unit.at
    regels = await unit.find(
        select(Vernietigingsregel).where(
            col(Vernietigingsregel.vernietigingslijst_id) == lijst.id,
            col(Vernietigingsregel.status) == RegelStatus.vernietigd,
        )
    )
    if regels:
        await draw_up(unit, lijst, regels)
    await unit.change(VERNIETIGINGSLIJST, lijst, action=LijstActie.afronden)
    announce(unit, lijst)


async def _note_failure(runtime: Runtime, lijst_id: UUID, regel_id: UUID) -> None:
    """Count a failure; a zaak that keeps failing is passed over, so that the others are not held up."""
    async with unit_of_work(runtime) as unit:
        lijst: Vernietigingslijst = await unit.get(VERNIETIGINGSLIJST, lijst_id, lock=True)
        regel: Vernietigingsregel = await unit.get(VERNIETIGINGSREGEL, regel_id, lock=True)
        if regel.status != RegelStatus.op_lijst:
            return
        regel.pogingen += 1
        if regel.pogingen >= ATTEMPTS:
            pass_over(unit, regel, Reden.mislukt)
        await unit.change(VERNIETIGINGSREGEL, regel)
        await unit.touch(VERNIETIGINGSLIJST, lijst)
