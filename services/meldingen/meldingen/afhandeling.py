"""An afhandeling: regie ends a melding, with a resultaat. What ploegen still had to do is withdrawn."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import Field as Documented
from starlette.responses import Response

from chassis.app import UnitOfWork
from chassis.resource import In
from services.meldingen.meldingen.melding import (
    MELDING_RESOURCE,
    MeldingOut,
    Resultaat,
    finish,
    require_melding,
)
from services.meldingen.taken.dossier import open_dossiers, save_dossiers
from services.meldingen.taken.gebeurtenis import withdraw

router = APIRouter(tags=["afhandelingen"])


# ---- fields


class AfhandelingIn(In):
    """How it ended."""

    resultaat: Resultaat = Documented(description="Wat ervan gekomen is.")
    reden: str = Documented(default="", max_length=1000, description="Toelichting voor de ploeg die nog een taak had.")


# ---- routes


@router.post("/meldingen/{uuid}/afhandelingen", response_model=MeldingOut, summary="Melding afhandelen")
async def melding_afhandeling_create(uuid: UUID, body: AfhandelingIn, unit: UnitOfWork) -> Response:
    """De melding is klaar; taken die nog openstaan worden ingetrokken."""
    await require_melding(unit, uuid, "meldingen.bijwerken")
    dossier = (await open_dossiers(unit, [uuid]))[uuid]
    finish(unit, dossier.melding, body.resultaat)
    for taak in dossier.open_taken:
        await withdraw(unit, taak, body.reden or "De melding is afgehandeld.")
    await save_dossiers(unit, [dossier])
    return unit.respond(MELDING_RESOURCE, dossier.melding)
