"""Offer all open dead letters of one ontvanger again: a bounded batch per call, in the order in which they arose.

The answer says how many are left; who wants all of them calls until that is none. So no call holds a lock for long, and
one that breaks off loses nothing: what was offered is no longer open, and the next call goes on with the rest.
"""

from collections.abc import Sequence
from typing import Any

import asyncpg
from fastapi import APIRouter
from pydantic import AwareDatetime
from pydantic import Field as Documented
from starlette.responses import Response

from chassis.app import UnitOfWork
from chassis.problems import Conflict, Unavailable
from chassis.reading import Selection
from chassis.resource import In, Out
from chassis.unit import Unit
from services.notificaties.bezorging.onbestelbaar_bericht import (
    AANBIEDEN,
    ONBESTELBAAR,
    Soort,
    Status,
    for_receiver,
    note_offer,
    publish_again,
    requeue,
)

router = APIRouter(tags=["onbestelbare-berichten"])
BATCH = 200
"""Dead letters per call: some tenths of a second, in which outcomes of this abonnee wait to be written."""
FORGOTTEN = "aflevering-bestaat-niet"

# ---- fields


class HeraanbiedingIn(In):
    """Which dead letters to offer again."""

    ontvanger: str = Documented(
        min_length=1,
        description="Voor wie ze zijn: naam van de ontvanger op de berichtenbus, of URL van het abonnement.",
    )
    soort: Soort | None = Documented(default=None, description="Alleen gebeurtenissen, of alleen afleveringen.")
    tot: AwareDatetime | None = Documented(default=None, description="Alleen wat tot en met dit moment is ontstaan.")


class Weigering(Out):
    """Dead letters that cannot be offered, for one reason."""

    code: str = Documented(description="Code van de reden.")
    reden: str = Documented(description="Waarom ze niet opnieuw aangeboden kunnen worden.")
    aantal: int = Documented(description="Hoeveel berichten dit zijn.")


class HeraanbiedingOut(Out):
    """What one call did."""

    aangeboden: int = Documented(description="Aantal berichten dat nu opnieuw is aangeboden.")
    overgeslagen: int = Documented(description="Aantal berichten dat al onderweg of bezorgd was.")
    geweigerd: list[Weigering] = Documented(description="Wat niet opnieuw aangeboden kan worden; het blijft open.")
    resterend: int = Documented(description="Aantal berichten dat nog wacht op een volgende aanroep.")


# ---- filter


def select_open(body: HeraanbiedingIn, own_urls: Sequence[str]) -> Selection:
    """The open dead letters that are meant, in the order in which they arose."""
    selection = Selection(order="ontstaan_op, id").where("status = 'open'")
    for_receiver(selection, body.ontvanger, own_urls)
    selection.where_given("soort = {}", body.soort and str(body.soort))
    return selection.where_given("ontstaan_op <= {}", body.tot)


# ---- rules

_FORGOTTEN = """
soort = 'aflevering' AND NOT EXISTS (SELECT FROM aflevering a WHERE a.id = onbestelbaar_bericht.aflevering_id)
"""
_NEXT = """
SELECT id, soort, aflevering_id, abonnement_id FROM (
    SELECT *, (SELECT abonnement_id FROM aflevering a WHERE a.id = onbestelbaar_bericht.aflevering_id) AS abonnement_id
    FROM onbestelbaar_bericht%s
) AS letter WHERE soort <> 'aflevering' OR abonnement_id IS NOT NULL ORDER BY %s LIMIT %d
"""


async def offer_batch(unit: Unit, body: HeraanbiedingIn) -> HeraanbiedingOut:
    """Offer the next ones. Raises Unavailable when NATS is away and nothing could be offered."""
    selection = select_open(body, unit.runtime.settings.own_urls)
    connection = await unit.connection()
    found = await connection.fetch(_NEXT % (selection.sql, selection.order, BATCH), *selection.values)
    try:
        offered, skipped = await offer_all(unit, found)
    except Conflict as conflict:  # of the abonnement as a whole
        return answer(
            0, 0, Weigering(code=conflict.code, reden=conflict.detail, aantal=await count(unit, selection)), 0
        )
    if offered + skipped < len(found) or len(found) == BATCH:
        return answer(offered, skipped, None, await count(unit, selection))
    forgotten = await count(unit, selection.where(_FORGOTTEN))
    return answer(
        offered, skipped, Weigering(code=FORGOTTEN, reden="De aflevering is er niet meer.", aantal=forgotten), 0
    )


def answer(offered: int, skipped: int, refused: Weigering | None, left: int) -> HeraanbiedingOut:
    """What one call did, without refusals of nothing."""
    refusals = [refused] if refused is not None and refused.aantal else []
    return HeraanbiedingOut(aangeboden=offered, overgeslagen=skipped, geweigerd=refusals, resterend=left)


async def count(unit: Unit, selection: Selection) -> int:
    """How many dead letters are open now."""
    connection = await unit.connection()
    sql = f"SELECT count(*) FROM onbestelbaar_bericht{selection.sql}"  # noqa: S608 - own names
    return int(await connection.fetchval(sql, *selection.values))


async def offer_all(unit: Unit, found: Sequence[asyncpg.Record]) -> tuple[int, int]:
    """How many of these were offered, and how many skipped: less than all when NATS goes away meanwhile. Raises Conflict."""
    deliveries = [row for row in found if row["soort"] == Soort.aflevering]
    again = set()
    if deliveries:
        again = await requeue(unit, deliveries[0]["abonnement_id"], [row["aflevering_id"] for row in deliveries])
    letters = {letter.id: letter for letter in await unit.lock(ONBESTELBAAR, [row["id"] for row in found])}
    offered = skipped = 0
    for row in found:
        letter = letters[row["id"]]
        if letter.status != Status.open:
            skipped += 1
            continue
        if letter.soort == Soort.aflevering and letter.aflevering_id not in again:
            await settle(unit, letter)
            skipped += 1
            continue
        if letter.soort == Soort.gebeurtenis:
            try:
                await publish_again(unit, letter)
            except Unavailable:
                if offered:
                    break
                raise
        await note_offer(unit, letter)
        offered += 1
    return offered, skipped


async def settle(unit: Unit, letter: Any) -> None:
    """Let a dead letter say what its delivery says, which is on its way, or arrived after all."""
    connection = await unit.connection()
    status = await connection.fetchval("SELECT status FROM aflevering WHERE id = $1", letter.aflevering_id)
    letter.status = Status.aangeboden if status == "wacht" else Status.bezorgd
    await unit.change(ONBESTELBAAR, letter)


# ---- routes


@router.post(
    "/onbestelbare-berichten/_opnieuw",
    response_model=HeraanbiedingOut,
    summary="Onbestelbare berichten van een ontvanger opnieuw aanbieden",
)
async def onbestelbare_berichten_opnieuw(body: HeraanbiedingIn, unit: UnitOfWork) -> Response:
    """Biedt de open berichten van één ontvanger opnieuw aan, in de volgorde waarin ze zijn ontstaan. Eén aanroep doet een
    deel. Herhaal de aanroep, met een nieuwe Idempotency-Key, totdat `resterend` 0 is.
    """
    unit.caller.require("nrc", AANBIEDEN)
    done = await offer_batch(unit, body)
    return unit.respond_raw(done.model_dump_json(by_alias=True).encode())
