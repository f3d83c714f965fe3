"""A correctie: the declaration was wrong; who was told is told again, once the BRP agrees with the correction."""

from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field as Documented
from pydantic import model_validator
from starlette.responses import Response

from chassis.app import UnitOfWork
from chassis.problems import CodedValueError, Conflict, Invalid, NotFound
from chassis.resource import Patch
from chassis.unit import Unit
from services.klanten.events import VERHUIZING_GECORRIGEERD
from services.klanten.verhuizingen.aangifte import check_dates
from services.klanten.verhuizingen.inhoud import Inhoud
from services.klanten.verhuizingen.verhuizing import (
    VERHUIZING,
    Adres,
    Status,
    Verhuizing,
    VerhuizingOut,
    announce,
    for_change,
    may_change,
    require_changing,
)
from services.klanten.verhuizingen.verwerking import check_not_in_future, in_brp, settle

router = APIRouter(tags=["verhuizingen"])
CORRECTABLE = frozenset({Status.verwerkt, Status.afgerond, Status.wacht_op_controle})


# ---- fields


class CorrectieIn(Patch):
    """What was wrong, as it should be."""

    datum_verhuizing: date | None = Documented(default=None, description="Dag van de verhuizing.")
    nieuw_adres: Adres | None = Documented(default=None, description="Waarheen.")
    vorig_adres: Adres | None = Documented(default=None, description="Waarvandaan.")

    @model_validator(mode="after")
    def _something(self) -> "CorrectieIn":
        if not self.model_fields_set:
            raise CodedValueError("required", "Geef minstens één veld.", "nonFieldErrors")
        return self


# ---- rules


async def correct(unit: Unit, uuid: UUID, body: CorrectieIn) -> Verhuizing:
    """Change the declaration under a new volgnummer and tell it again, or wait for a check while the BRP differs.

    Raises NotFound, Invalid, Conflict, and Unavailable when the BRP is away; then nothing has changed.
    """
    before = await _readable(unit, uuid)
    content = corrected(Inhoud.opened(unit.runtime.keyring, uuid, before["inhoud"]), body)
    moved = body.datum_verhuizing or before["datum_verhuizing"]
    adreshouding = check_dates(unit, moved, before["datum_aangifte"])
    check_not_in_future(moved)
    registered = await in_brp(unit, content)
    row = await for_change(unit, uuid)
    check_correctable(row.status)
    if row.inhoud != before["inhoud"] or row.volgnummer != before["volgnummer"]:
        raise Conflict("verhuizing-gewijzigd", "De verhuizing is intussen gewijzigd. Probeer het opnieuw.")
    row.volgnummer += 1
    row.datum_verhuizing, row.datum_adreshouding = moved, adreshouding
    row.inhoud = content.seal(unit.runtime.keyring, row.id)
    announce(unit, VERHUIZING_GECORRIGEERD, row, *sorted(body.changes()))
    await settle(unit, row, registered)
    return row


def corrected(content: Inhoud, body: CorrectieIn) -> Inhoud:
    """The content with the correction in it. Raises Invalid when both addresses become the same."""
    content = content.model_copy()
    if body.nieuw_adres is not None:
        content.nieuw_adres = body.nieuw_adres.nummeraanduiding_id
    if body.vorig_adres is not None:
        content.vorig_adres = body.vorig_adres.nummeraanduiding_id
    if content.nieuw_adres == content.vorig_adres:
        raise Invalid.field("nieuwAdres", "adres-gelijk-aan-huidig", "Het nieuwe adres is het huidige adres.")
    return content


def check_correctable(status: str) -> None:
    """Raises Conflict when the verhuizing is not processed yet, or is over."""
    if status not in CORRECTABLE:
        raise Conflict("overgang-niet-toegestaan", f"Een verhuizing met status {status} kan niet gecorrigeerd worden.")


async def _readable(unit: Unit, uuid: UUID) -> Any:
    found = await unit.runtime.database.fetch(
        "SELECT status, volgnummer, ingediend_door, datum_aangifte, datum_verhuizing, inhoud "
        "FROM verhuizing WHERE id = $1",
        uuid,
    )
    if not found or not may_change(unit.caller, found[0]["ingediend_door"]):
        raise NotFound
    check_correctable(found[0]["status"])
    return found[0]


# ---- routes


@router.post(
    "/verhuizingen/{uuid}/correcties",
    status_code=201,
    response_model=VerhuizingOut,
    summary="Corrigeer een verhuizing die al verwerkt is",
)
async def correctie_create(uuid: UUID, body: CorrectieIn, unit: UnitOfWork) -> Response:
    """Correct; the answer is the verhuizing as it is then."""
    require_changing(unit.caller)
    return unit.respond(VERHUIZING, await correct(unit, uuid, body), 201)
