"""A dead letter: an event that a consumer, ours or an outsider's, gave up, or a notificatie that its subscriber never took.

It stays until somebody has dealt with it, and can be offered again, alone, to the one it was for.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import nats.errors
import orjson
from fastapi import APIRouter, Query
from pydantic import Field as Documented
from sqlalchemy import JSON, DateTime, LargeBinary, select
from sqlmodel import Field
from starlette.responses import Response

from chassis import clock, telemetry
from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.consuming import REPLAY
from chassis.problems import Conflict, Unavailable
from chassis.reading import Page, PagedFilter, Reading, Selection
from chassis.resource import Fields, Out, Resource, Row
from chassis.unit import Unit, first
from services.notificaties.queueing import BERICHT, abonnement_changed
from services.notificaties.settings import settings_of

router = APIRouter(tags=["onbestelbare-berichten"])
LEZEN, AANBIEDEN = "onbestelbare-berichten.lezen", "onbestelbare-berichten.aanbieden"


class Soort(StrEnum):
    """What could not be delivered."""

    gebeurtenis = "gebeurtenis"
    aflevering = "aflevering"


class Status(StrEnum):
    """Whether somebody still has to look at it."""

    open = "open"
    aangeboden = "aangeboden"
    bezorgd = "bezorgd"


# ---- fields


class OnbestelbaarBerichtFields(Fields):
    """What table and JSON share."""

    soort: str = Field(description="Een gebeurtenis voor een dienst of afdeling, of een aflevering aan een abonnement.")
    status: str = Field(default=Status.open, description="Of er nog iets mee moet gebeuren.")
    ontvanger: str = Field(
        description="Voor wie het was: naam van de ontvanger op de berichtenbus, of URL van het abonnement."
    )
    stream: str = Field(default="", description="Stroom waar de gebeurtenis uit komt.")
    onderwerp: str = Field(description="Onderwerp van de gebeurtenis op de berichtenbus, of kanaal van de notificatie.")
    gebeurtenistype: str = Field(default="", description="Soort gebeurtenis.")
    reden: str = Field(description="Waarom het niet bezorgd kon worden.")
    aantal: int = Field(default=1, description="Hoe vaak het is opgegeven.")


class OnbestelbaarBericht(OnbestelbaarBerichtFields, Row, table=True):
    """Table of dead letters. sleutel: what makes it one for this ontvanger (event id, or id of the aflevering)."""

    __tablename__ = "onbestelbaar_bericht"

    sleutel: str
    ontstaan_op: datetime = Field(sa_type=DateTime(timezone=True))
    laatst_op: datetime = Field(sa_type=DateTime(timezone=True))
    bericht: bytes = Field(sa_type=LargeBinary)
    traceparent: str = ""
    aflevering_id: UUID | None = None
    opnieuw_aangeboden: list[dict[str, str]] = Field(default_factory=list, sa_type=JSON)


class Aanbieding(Out):
    """That somebody offered it again."""

    op: datetime = Documented(description="Wanneer.")
    door: str = Documented(description="Door welke applicatie.")


class OnbestelbaarBerichtOut(Out, OnbestelbaarBerichtFields):
    """A dead letter as answered."""

    url: str = Documented(description="URL van dit bericht.")
    soort: Soort = Documented(description="Wat er niet bezorgd kon worden.")
    status: Status = Documented(description="Of er nog iets mee moet gebeuren.")
    gebeurtenis: str = Documented(description="Id van de gebeurtenis.")
    aflevering: str | None = Documented(description="URL van de aflevering.")
    ontstaan_op: datetime = Documented(description="Wanneer het voor het eerst is opgegeven.")
    laatst_op: datetime = Documented(description="Wanneer het voor het laatst is opgegeven.")
    opnieuw_aangeboden: list[Aanbieding] = Documented(description="Wanneer en door wie het opnieuw is aangeboden.")
    bericht: dict[str, Any] | None = Documented(description="Het bericht zelf; leeg als het geen JSON is.")


async def render(unit: Unit, row: OnbestelbaarBericht) -> OnbestelbaarBerichtOut:
    """The JSON of a dead letter."""
    collection = f"{unit.public_url}/bezorging/api/v1/afleveringen"
    return OnbestelbaarBerichtOut(
        **row.model_dump(include=set(OnbestelbaarBerichtFields.model_fields)),
        url=unit.url(ONBESTELBAAR, row.id),
        gebeurtenis=row.sleutel,
        aflevering=f"{collection}/{row.aflevering_id}" if row.aflevering_id else None,
        ontstaan_op=row.ontstaan_op,
        laatst_op=row.laatst_op,
        opnieuw_aangeboden=[Aanbieding.model_validate(offered) for offered in row.opnieuw_aangeboden],
        bericht=content_of(row.bericht),
    )


ONBESTELBAAR = Resource("onbestelbaar_bericht", OnbestelbaarBericht, "bezorging", "/onbestelbare-berichten", render)

# ---- filter


class OnbestelbaarFilter(PagedFilter):
    """Query parameters of the list."""

    status: Status | None = Documented(default=None, description="Of er nog iets mee moet gebeuren.")
    soort: Soort | None = Documented(default=None, description="Wat er niet bezorgd kon worden.")
    ontvanger: str | None = Documented(default=None, description="Voor wie het was.")


def select_berichten(chosen: OnbestelbaarFilter, own_urls: Sequence[str]) -> Selection:
    """The dead letters the filter asks for, newest first."""
    selection = Selection(order="laatst_op DESC, id DESC")
    selection.where_given("status = {}", chosen.status and str(chosen.status))
    selection.where_given("soort = {}", chosen.soort and str(chosen.soort))
    return selection if chosen.ontvanger is None else for_receiver(selection, chosen.ontvanger, own_urls)


def for_receiver(selection: Selection, ontvanger: str, own_urls: Sequence[str]) -> Selection:
    """Only dead letters of this ontvanger. Those of an abonnement have its URL as it was when they arose."""
    base = next((one for one in own_urls if ontvanger.startswith(f"{one}/")), None)
    if base is None or len(own_urls) == 1:
        return selection.where("ontvanger = {}", ontvanger)
    path = ontvanger.removeprefix(base)
    return selection.where("ontvanger = ANY({}::text[])", [one + path for one in own_urls])


# ---- rules


def content_of(body: bytes) -> dict[str, Any] | None:
    """The JSON object in a message, if it is one."""
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return content if isinstance(content, dict) else None


async def record(unit: Unit, letter: OnbestelbaarBericht) -> OnbestelbaarBericht:
    """Keep a dead letter; one that comes again is the same one, open once more. One already known changes nothing."""
    connection = await unit.connection()
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", letter.ontvanger + letter.sleutel)
    known = await first(
        unit,
        select(OnbestelbaarBericht).where(
            OnbestelbaarBericht.ontvanger == letter.ontvanger,  # type: ignore[arg-type]
            OnbestelbaarBericht.sleutel == letter.sleutel,  # type: ignore[arg-type]
        ),
    )
    if known is None:
        await unit.create(ONBESTELBAAR, letter)
        return letter
    if letter.laatst_op > known.laatst_op:
        known.status, known.reden, known.laatst_op = Status.open, letter.reden, letter.laatst_op
        known.bericht, known.aantal = letter.bericht, known.aantal + 1
        await unit.change(ONBESTELBAAR, known)
    return known  # type: ignore[no-any-return]


async def undeliverable(unit: Unit, aflevering_id: UUID, reden: str) -> None:
    """Make a dead letter of a delivery that is given up."""
    connection = await unit.connection()
    found = await connection.fetchrow(
        f"SELECT a.abonnement_id, n.kanaal, a.vorm, {BERICHT}, n.traceparent FROM aflevering a "  # noqa: S608 - own names
        "JOIN notificatie n ON n.id = a.notificatie_id WHERE a.id = $1",
        aflevering_id,
    )
    if found is None:
        return
    letter = OnbestelbaarBericht(
        soort=Soort.aflevering,
        ontvanger=f"{unit.public_url}/notificaties/api/v1/abonnement/{found['abonnement_id']}",
        onderwerp=found["kanaal"],
        gebeurtenistype=found["vorm"],
        reden=reden,
        sleutel=str(aflevering_id),
        ontstaan_op=unit.at,
        laatst_op=unit.at,
        bericht=found["bericht"],
        traceparent=found["traceparent"],
        aflevering_id=aflevering_id,
    )
    kept = await record(unit, letter)
    await connection.execute("UPDATE aflevering SET onbestelbaar_id = $2 WHERE id = $1", aflevering_id, kept.id)


async def delivered_after_all(unit: Unit, letter_id: UUID) -> None:
    """Close the dead letter of a delivery that was offered again and taken."""
    letter = await unit.session.get(OnbestelbaarBericht, letter_id, with_for_update=True)
    if letter is not None:
        letter.status = Status.bezorgd
        await unit.change(ONBESTELBAAR, letter)


async def requeue(unit: Unit, abonnement_id: UUID | None, afleveringen: Sequence[UUID | None]) -> set[UUID]:
    """Put deliveries that were given up back in the queue of their abonnement, due at once; which ones those were.

    Locks as `outcome.write` does. Raises Conflict when there is nobody to deliver to.
    """
    connection = await unit.connection()
    queue = await connection.fetchrow(
        "UPDATE wachtrij SET pauze_tot = NULL WHERE abonnement_id = $1 RETURNING gestopt_op", abonnement_id
    )
    if queue is None:
        raise Conflict("abonnement-bestaat-niet", "Het abonnement is opgezegd.")
    if queue["gestopt_op"] is not None:
        raise Conflict(
            "abonnement-gestopt", "De abonnee heeft het abonnement beëindigd; werk eerst het abonnement bij."
        )
    until = unit.at + settings_of(unit.runtime).webhook_term
    revived = await connection.fetch(
        "UPDATE aflevering SET status = 'wacht', pogingen = 0, volgende_poging = $2, vervalt_op = $3, afgerond_op = NULL "
        "WHERE id = ANY($1::uuid[]) AND status = 'onbestelbaar' RETURNING id",
        afleveringen,
        unit.at,
        until,
    )
    unit.after_commit(lambda: abonnement_changed(unit.runtime, abonnement_id))  # type: ignore[arg-type]
    return {row["id"] for row in revived}


async def requeue_one(unit: Unit, letter: OnbestelbaarBericht) -> None:
    """Put the delivery of a dead letter back in its queue. Raises Conflict."""
    connection = await unit.connection()
    abonnement_id = await connection.fetchval(
        "SELECT abonnement_id FROM aflevering WHERE id = $1", letter.aflevering_id
    )
    await requeue(unit, abonnement_id, [letter.aflevering_id])
    await unit.session.refresh(letter, with_for_update=True)
    if letter.status == Status.bezorgd:
        raise Conflict("al-bezorgd", "Dit bericht is al bezorgd.")


async def publish_one(unit: Unit, letter: OnbestelbaarBericht) -> None:
    """Publish the event of a dead letter once more. Raises Unavailable when NATS is away."""
    await unit.session.refresh(letter, with_for_update=True)
    await publish_again(unit, letter)


async def publish_again(unit: Unit, letter: OnbestelbaarBericht) -> None:
    """Publish an event once more on its own subject, for its one consumer. Raises Unavailable when NATS is away."""
    messaging = unit.runtime.messaging
    headers = {
        "Nats-Msg-Id": f"{letter.sleutel}.replay.{len(letter.opnieuw_aangeboden) + 1}",
        REPLAY: letter.ontvanger,
        "traceparent": letter.traceparent or telemetry.current_traceparent(),
    }
    try:
        if not messaging.connected:
            raise nats.errors.ConnectionClosedError
        jetstream = await messaging.jetstream()
        await jetstream.publish(letter.onderwerp, letter.bericht, headers=headers)
    except (nats.errors.Error, OSError, TimeoutError) as error:
        raise Unavailable("berichtenbus-niet-bereikbaar", "De berichtenbus is even niet bereikbaar.") from error


async def note_offer(unit: Unit, letter: OnbestelbaarBericht) -> None:
    """Remember that and by whom a dead letter was offered again."""
    letter.status = Status.aangeboden
    offered = {"op": clock.iso(unit.at), "door": unit.caller.client_id}
    letter.opnieuw_aangeboden = [*letter.opnieuw_aangeboden, offered]
    await unit.change(ONBESTELBAAR, letter, action="opnieuw_aanbieden")


# ---- routes


@router.get(
    "/onbestelbare-berichten", response_model=Page[OnbestelbaarBerichtOut], summary="Onbestelbare berichten opvragen"
)
async def onbestelbaar_bericht_list(
    chosen: Annotated[OnbestelbaarFilter, Query()], reader: Reading, caller: CurrentCaller
) -> Response:
    """Alle onbestelbare berichten, laatste eerst."""
    caller.require("nrc", LEZEN)
    selection = select_berichten(chosen, reader.runtime.settings.own_urls)
    return await reader.page(ONBESTELBAAR, selection, chosen.page, chosen.page_size)


@router.get(
    "/onbestelbare-berichten/{uuid}", response_model=OnbestelbaarBerichtOut, summary="Een onbestelbaar bericht opvragen"
)
async def onbestelbaar_bericht_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Eén onbestelbaar bericht."""
    caller.require("nrc", LEZEN)
    return reader.one(ONBESTELBAAR, uuid, await reader.row(ONBESTELBAAR, uuid, "id"))


@router.post(
    "/onbestelbare-berichten/{uuid}/_opnieuw",
    response_model=OnbestelbaarBerichtOut,
    summary="Onbestelbaar bericht opnieuw aanbieden",
)
async def onbestelbaar_bericht_opnieuw(uuid: UUID, unit: UnitOfWork) -> Response:
    """Biedt het bericht opnieuw aan, alleen aan de ontvanger die het miste."""
    unit.caller.require("nrc", AANBIEDEN)
    letter = await unit.get(ONBESTELBAAR, uuid)
    await (requeue_one if letter.soort == Soort.aflevering else publish_one)(unit, letter)
    await note_offer(unit, letter)
    return unit.respond(ONBESTELBAAR, letter)
