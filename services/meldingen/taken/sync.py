"""Sync: what a device did while it was offline, in one call. Each operation has its own outcome; none blocks another."""

from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter
from pydantic import Field as Documented
from pydantic import ValidationError
from sqlalchemy import select
from sqlmodel import col
from starlette.responses import Response

from chassis.app import UnitOfWork
from chassis.problems import Conflict, Invalid, Problem, fields_of, problem_body
from chassis.resource import In, Out
from chassis.unit import Unit
from services.meldingen.taken.dossier import Dossier, open_dossiers, save_dossiers
from services.meldingen.taken.gebeurtenis import GEBEURTENIS, GebeurtenisIn, Taakgebeurtenis, apply
from services.meldingen.taken.taak import Taak, TaakOut
from services.meldingen.taken.taak import render as render_taak

router = APIRouter(tags=["sync"])


# ---- fields


def _inline_schema() -> dict[str, Any]:
    """The schema of one operation; its enums are those of the gebeurtenissen."""
    schema = OperatieIn.model_json_schema(by_alias=True, ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    return schema


class OperatieIn(GebeurtenisIn):
    """One operation, as the device numbered it."""

    op_id: UUID = Documented(description="Nummer dat het apparaat geeft; hetzelfde nummer heeft één gevolg.")
    taak: UUID = Documented(description="De uuid van de taak.")


class SyncIn(In):
    """Operations in the order in which the device did them."""

    operaties: list[dict[str, Any]] = Documented(
        min_length=1,
        max_length=100,
        description="Elke operatie: opId, taak, type, apparaatTijd, en zo nodig resultaat en reden. "
        "Een operatie die niet klopt wordt geweigerd; de andere gaan door.",
        json_schema_extra={"items": _inline_schema()},
    )


class OperatieOut(Out):
    """What became of one operation."""

    op_id: str | None = Documented(description="Nummer van de operatie, als het te lezen was.")
    uitkomst: str = Documented(description="toegepast, al-toegepast, conflict of geweigerd.")
    gevolg: str | None = Documented(default=None, description="Wat het betekent, bijvoorbeeld `te-laat-voltooid`.")
    gebeurtenis: str | None = Documented(default=None, description="URL van de gebeurtenis.")
    problem: dict[str, Any] | None = Documented(
        default=None, description="Waarom niet, in de vorm van een foutmelding."
    )
    taak: TaakOut | None = Documented(default=None, description="Bij een conflict: hoe de taak er nu voor staat.")


class SyncOut(Out):
    """The outcomes, in the order of the operations."""

    resultaten: list[OperatieOut] = Documented(description="Per operatie de uitkomst.")


# ---- rules


def read_operation(raw: dict[str, Any]) -> OperatieIn | OperatieOut:
    """An operation, or its refusal: one that is malformed would otherwise block a device for ever."""
    try:
        return OperatieIn.model_validate(raw)
    except ValidationError as error:
        op_id = raw.get("opId")
        return refused(op_id if isinstance(op_id, str) else None, Invalid(fields_of(error.errors())))


def refused(op_id: str | None, problem: Problem) -> OperatieOut:
    """The outcome `geweigerd`, with the reason."""
    return OperatieOut(op_id=op_id, uitkomst="geweigerd", problem=problem_body(problem))


async def dossiers_for(unit: Unit, operations: list[OperatieIn]) -> dict[UUID, Dossier]:
    """Dossiers by id of the taak, locked, of those taken the caller may change."""
    wanted = {operation.taak for operation in operations}
    rows = await unit.session.execute(
        select(col(Taak.id), col(Taak.melding_id), col(Taak.ploeg)).where(col(Taak.id).in_(wanted))
    )
    allowed = {
        row.id: row.melding_id for row in rows if unit.caller.may("meldingen", "taken.bijwerken", ploeg=row.ploeg)
    }
    dossiers = await open_dossiers(unit, allowed.values())
    return {taak_id: dossiers[melding_id] for taak_id, melding_id in allowed.items()}


async def known_operations(unit: Unit, operations: list[OperatieIn]) -> dict[UUID, Taakgebeurtenis]:
    """What this client's operations already led to. Asked after the locks, so a repeat at the same time is seen."""
    numbers = [operation.op_id for operation in operations]
    rows = await unit.find(
        select(Taakgebeurtenis).where(
            col(Taakgebeurtenis.client_id) == unit.caller.client_id, col(Taakgebeurtenis.op_id).in_(numbers)
        )
    )
    return {row.op_id: row for row in rows}


async def perform(
    unit: Unit, operation: OperatieIn, dossiers: dict[UUID, Dossier], known: dict[UUID, Taakgebeurtenis]
) -> OperatieOut:
    """Do one operation, or say why not."""
    op_id = str(operation.op_id)
    if (row := known.get(operation.op_id)) is not None:
        return done("al-toegepast", unit, row)
    dossier = dossiers.get(operation.taak)
    if dossier is None:
        return refused(op_id, Problem(404, "taak-onbekend", "Deze taak bestaat niet voor deze ploeg."))
    taak = dossier.taak(operation.taak)
    try:
        row = await apply(unit, dossier, taak, operation, operation.op_id)
    except Invalid as problem:
        return refused(op_id, problem)
    except Conflict as problem:
        shown = await render_taak(unit, taak)
        return OperatieOut(op_id=op_id, uitkomst="conflict", problem=problem_body(problem), taak=shown)
    known[operation.op_id] = row
    return done("toegepast", unit, row)


def done(outcome: str, unit: Unit, row: Taakgebeurtenis) -> OperatieOut:
    """The outcome of an operation that has its gebeurtenis."""
    return OperatieOut(
        op_id=str(row.op_id), uitkomst=outcome, gevolg=row.gevolg, gebeurtenis=unit.url(GEBEURTENIS, row.id)
    )


# ---- routes


@router.post("/taken/_sync", response_model=SyncOut, summary="Offline werk doorgeven")
async def taak_sync(body: SyncIn, unit: UnitOfWork) -> Response:
    """Wat het apparaat offline deed. Herhalen is onschadelijk: een opId heeft één gevolg."""
    unit.caller.require("meldingen", "taken.bijwerken")
    read = [read_operation(raw) for raw in body.operaties]
    operations = [item for item in read if isinstance(item, OperatieIn)]
    dossiers = await dossiers_for(unit, operations)
    known = await known_operations(unit, operations)
    outcomes = [await perform(unit, i, dossiers, known) if isinstance(i, OperatieIn) else i for i in read]
    await save_dossiers(unit, {id(dossier): dossier for dossier in dossiers.values()}.values())
    result = SyncOut(resultaten=outcomes).model_dump(mode="json", by_alias=True)
    return unit.respond_raw(orjson.dumps(result))
