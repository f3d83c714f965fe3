"""A verwerking: burgerzaken takes a verhuizing up, has booked it in the BRP, or refuses it.

Nothing goes to an afdeling before a read of the BRP shows every mover at the new address since the right day.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field as Documented
from starlette.responses import Response

from chassis import clock
from chassis.app import UnitOfWork
from chassis.problems import Conflict, NotFound, PermissionDenied
from chassis.resource import In
from chassis.unit import Unit
from services.klanten import brp
from services.klanten.brp import BrpPersoon
from services.klanten.events import (
    VERHUIZING_GEWEIGERD,
    VERHUIZING_IN_BEHANDELING,
    VERHUIZING_VERWERKT,
    VERHUIZING_WACHT_OP_CONTROLE,
)
from services.klanten.verhuizingen import verhuisdatum
from services.klanten.verhuizingen.aangifte import release
from services.klanten.verhuizingen.inhoud import Inhoud
from services.klanten.verhuizingen.opvolgen import tell
from services.klanten.verhuizingen.opvolging import close_when_done, newest_per_afdeling
from services.klanten.verhuizingen.verhuizing import (
    VERHUIZING,
    VERWERKEN,
    Status,
    Verhuizing,
    VerhuizingOut,
    advance,
    announce,
    content_of,
    may_process,
)

router = APIRouter(tags=["verhuizingen"])


class Resultaat(StrEnum):
    """What burgerzaken did."""

    in_behandeling = "in-behandeling"
    verwerkt = "verwerkt"
    geweigerd = "geweigerd"


# ---- fields


class VerwerkingIn(In):
    """What burgerzaken did; without a body: it booked the verhuizing in the BRP."""

    resultaat: Resultaat = Documented(default=Resultaat.verwerkt, description="Wat burgerzaken heeft gedaan.")
    toelichting: str = Documented(default="", max_length=1000, description="Waarom, bij een weigering.")


# ---- rules


async def take_up_or_refuse(unit: Unit, uuid: UUID, body: VerwerkingIn) -> Verhuizing:
    """Record that burgerzaken is at it, or that it will not do it. Raises NotFound and Conflict."""
    row: Verhuizing = await unit.get(VERHUIZING, uuid, lock=True)
    if body.resultaat == Resultaat.in_behandeling:
        check_complete(row.status)
        advance(row, Status.in_behandeling)
    else:
        advance(row, Status.geweigerd)
        await check_nobody_told(unit, row)
        content = content_of(unit, row)
        content.reden = body.toelichting
        row.inhoud = content.seal(unit.runtime.keyring, row.id)
        await release(unit, row.id)
    await unit.change(VERHUIZING, row, action=str(body.resultaat))
    refused = row.status == Status.geweigerd
    announce(unit, VERHUIZING_GEWEIGERD if refused else VERHUIZING_IN_BEHANDELING, row, "status")
    return row


async def process(unit: Unit, uuid: UUID) -> Verhuizing:
    """Compare with the BRP and tell the afdelingen, or wait for a check when it differs.

    Raises NotFound, Conflict, and Unavailable when the BRP is away; then nothing has changed.
    """
    found = await unit.runtime.database.fetch(
        "SELECT status, datum_verhuizing, inhoud FROM verhuizing WHERE id = $1", uuid
    )
    if not found:
        raise NotFound
    before = found[0]
    check_complete(before["status"])
    check_processable(before["status"])
    check_not_in_future(before["datum_verhuizing"])
    registered = await in_brp(unit, Inhoud.opened(unit.runtime.keyring, uuid, before["inhoud"]))
    row: Verhuizing = await unit.get(VERHUIZING, uuid, lock=True)
    check_processable(row.status)
    if row.inhoud != before["inhoud"]:
        raise Conflict("verhuizing-gewijzigd", "De verhuizing is intussen gewijzigd. Probeer het opnieuw.")
    await settle(unit, row, registered)
    return row


async def check_nobody_told(unit: Unit, row: Verhuizing) -> None:
    """Raises Conflict when afdelingen were told already: only a withdrawal or a correction reaches them."""
    if await newest_per_afdeling(unit, row.id):
        raise Conflict(
            "afdelingen-geinformeerd", "Afdelingen weten al van deze verhuizing. Trek haar in of corrigeer haar."
        )


def check_complete(status: str) -> None:
    """Raises Conflict while something is missing."""
    if status == Status.onvolledig:
        raise Conflict("verhuizing-onvolledig", "Er ontbreekt nog iets aan deze verhuizing.")


def check_processable(status: str) -> None:
    """Raises Conflict when the verhuizing is processed already, or never will be."""
    if status not in {Status.ontvangen, Status.in_behandeling, Status.wacht_op_controle}:
        raise Conflict("overgang-niet-toegestaan", f"Een verhuizing met status {status} kan niet verwerkt worden.")


def check_not_in_future(moved: date) -> None:
    """Raises Conflict before the day of the move."""
    if verhuisdatum.in_future(moved, clock.today()):
        raise Conflict("verhuisdatum-in-toekomst", "De dag van de verhuizing is nog niet aangebroken.")


async def in_brp(unit: Unit, content: Inhoud) -> dict[str, BrpPersoon]:
    """What the BRP says of the movers; names only when some profile gives them on."""
    rows = await unit.runtime.database.fetch(
        "SELECT DISTINCT ON (afdeling) gegevens::text AS gegevens FROM afdelingsprofiel ORDER BY afdeling, versie DESC"
    )
    with_names = any('"namen"' in row["gegevens"] for row in rows)
    return await brp.personen(unit.runtime, [mover.bsn for mover in content.verhuizers], with_names=with_names)


async def settle(unit: Unit, row: Verhuizing, registered: Mapping[str, BrpPersoon]) -> None:
    """With the lock on the verhuizing: processed and told when the BRP agrees, else waiting for a check."""
    content = content_of(unit, row)
    agrees = all(
        (person := registered.get(mover.bsn)) is not None
        and person.lives_at(content.nieuw_adres, row.datum_adreshouding)
        for mover in content.verhuizers
    )
    advance(row, Status.verwerkt if agrees else Status.wacht_op_controle)
    await unit.change(VERHUIZING, row, action="verwerking")
    announce(unit, VERHUIZING_VERWERKT if agrees else VERHUIZING_WACHT_OP_CONTROLE, row, "status")
    if agrees:
        await release(unit, row.id)
        await tell(unit, row, registered)
        await close_when_done(unit, row)


# ---- routes


@router.post(
    "/verhuizingen/{uuid}/verwerkingen",
    status_code=201,
    response_model=VerhuizingOut,
    summary="Meld wat burgerzaken met de verhuizing deed",
)
async def verwerking_create(uuid: UUID, unit: UnitOfWork, body: VerwerkingIn | None = None) -> Response:
    """Burgerzaken reports; the answer is the verhuizing as it is then."""
    if not may_process(unit.caller):
        raise PermissionDenied(f"Hiervoor is de scope {VERWERKEN} nodig.")
    if body is None or body.resultaat == Resultaat.verwerkt:
        row = await process(unit, uuid)
    else:
        row = await take_up_or_refuse(unit, uuid, body)
    return unit.respond(VERHUIZING, row, 201)
