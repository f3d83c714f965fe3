"""An intrekking: the move is off. Who was told is told that too, and nobody else."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import Field as Documented
from starlette.responses import Response

from chassis.app import UnitOfWork
from chassis.resource import In
from chassis.unit import Unit
from services.klanten.events import VERHUIZING_INGETROKKEN
from services.klanten.verhuizingen.aangifte import release
from services.klanten.verhuizingen.opvolgen import tell_withdrawn
from services.klanten.verhuizingen.verhuizing import (
    VERHUIZING,
    Status,
    Verhuizing,
    VerhuizingOut,
    advance,
    announce,
    content_of,
    for_change,
    require_changing,
)

router = APIRouter(tags=["verhuizingen"])


# ---- fields


class IntrekkingIn(In):
    """Why."""

    reden: str = Documented(min_length=1, max_length=1000, description="Waarom de verhuizing niet doorgaat.")


# ---- rules


async def withdraw(unit: Unit, row: Verhuizing, reden: str) -> None:
    """Withdraw under a new volgnummer. Raises Conflict when it was withdrawn or refused before."""
    advance(row, Status.ingetrokken)
    row.volgnummer += 1
    content = content_of(unit, row)
    content.reden = reden
    row.inhoud = content.seal(unit.runtime.keyring, row.id)
    await unit.change(VERHUIZING, row, action="intrekking")
    await release(unit, row.id)
    announce(unit, VERHUIZING_INGETROKKEN, row, "status")
    await tell_withdrawn(unit, row)


# ---- routes


@router.post(
    "/verhuizingen/{uuid}/intrekkingen",
    status_code=201,
    response_model=VerhuizingOut,
    summary="Trek een verhuizing in",
)
async def intrekking_create(uuid: UUID, body: IntrekkingIn, unit: UnitOfWork) -> Response:
    """Withdraw; the answer is the verhuizing as it is then."""
    require_changing(unit.caller)
    row = await for_change(unit, uuid)
    await withdraw(unit, row, body.reden)
    return unit.respond(VERHUIZING, row, 201)
