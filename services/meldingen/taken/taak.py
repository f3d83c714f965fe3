"""A taak: the work of one ploeg on one melding. Withdrawn when the melding goes elsewhere, never moved."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field as Documented
from sqlalchemy import DateTime, String
from sqlmodel import Field
from starlette.requests import Request
from starlette.responses import Response

from chassis.access import Caller, CurrentCaller
from chassis.cloudevents import EventType
from chassis.problems import Invalid, NotFound, Problem
from chassis.reading import Page, PagedFilter, Reader, Reading, Selection
from chassis.resource import Fields, Out, Resource, Row
from chassis.unit import Unit
from services.meldingen.events import TAAK_AANGEMAAKT, TaakData
from services.meldingen.meldingen.melding import MELDING_RESOURCE, Locatie, Melding
from services.meldingen.overgangen import FINAL, TaakStatus
from services.meldingen.routering.routeerregel import Urgentie
from services.meldingen.verzegelen import open_text

router = APIRouter(tags=["taken"])


# ---- fields


class TaakFields(Fields):
    """What table and JSON share."""

    ploeg: str = Field(max_length=60, description="Code van de ploeg; verandert nooit.")
    taaktype: str = Field(max_length=60, description="Soort werk.")
    status: TaakStatus = Field(sa_type=String(20), description="Waar de taak staat.")
    urgentie: Urgentie = Field(sa_type=String(20), description="Urgentie.")
    categorie: str | None = Field(default=None, max_length=60, description="Code van de categorie.")
    wijk: str | None = Field(default=None, max_length=60, description="Code van de wijk.")
    buurt: str | None = Field(default=None, max_length=60, description="Code van de buurt.")
    uiterlijk_op: date = Field(description="Dag waarop het klaar moet zijn.")
    versie: int = Field(default=1, description="Loopt op met elke wijziging.")
    geclaimd_door: str | None = Field(default=None, max_length=60, description="Apparaat dat de taak heeft geclaimd.")


class Taak(TaakFields, Row, table=True):
    """Table of taken. volgnummer: place in the order of changes of its ploeg, given at commit order."""

    melding_id: UUID
    volgnummer: int = 0
    aangemaakt_op: datetime = Field(sa_type=DateTime(timezone=True))


class TaakOut(Out, TaakFields):
    """A taak as answered."""

    url: str = Documented(description="URL van deze taak.")
    uuid: UUID = Documented(description="Unieke identificatie.")
    melding: str = Documented(description="URL van de melding.")
    kenmerk: str = Documented(description="Kenmerk van de melding.")
    omschrijving: str | None = Documented(description="Wat de melder schreef; leeg na intrekking.")
    locatie: Locatie = Documented(description="Waar het is.")
    aangemaakt_op: datetime = Documented(description="Wanneer de taak ontstond.")


class TakenPage(Page[TaakOut]):
    """A page of taken, with the cursor from which to ask for changes."""

    cursor: str | None = Documented(description="Waarde voor `sinds` bij een volgende keer; leeg zonder `ploeg`.")


async def render(unit: Unit, row: Taak) -> TaakOut:
    """The JSON of a taak. Once withdrawn it no longer shows what the melder wrote."""
    melding: Melding = await unit.get(MELDING_RESOURCE, row.melding_id)
    concerned = row.status != TaakStatus.ingetrokken
    shared = {name: getattr(row, name) for name in TaakFields.model_fields}
    return TaakOut(
        url=unit.url(TAAK, row.id),
        uuid=row.id,
        melding=unit.url(MELDING_RESOURCE, row.melding_id),
        kenmerk=melding.kenmerk,
        omschrijving=open_text(unit, "melding.omschrijving", melding.id, melding.omschrijving) if concerned else None,
        locatie=Locatie(lon=melding.lon, lat=melding.lat, nauwkeurigheid_meter=melding.nauwkeurigheid_meter),
        aangemaakt_op=row.aangemaakt_op,
        **shared,
    )


TAAK = Resource("taak", Taak, "taken", "/taken", render, sealed=True, main="melding_id")


# ---- filter


class TaakFilter(PagedFilter):
    """Query parameters of the list."""

    ploeg: str | None = Documented(default=None, description="Alleen taken van deze ploeg.")
    status: TaakStatus | None = Documented(default=None, description="Alleen taken met deze status.")
    melding: UUID | None = Documented(default=None, description="Alleen taken van de melding met deze uuid.")
    sinds: str | None = Documented(
        default=None,
        max_length=20,
        description="Alleen wat na deze cursor is gewijzigd, ook ingetrokken taken; `0` geeft alle open taken. Met `ploeg`.",
    )


def select_taken(chosen: TaakFilter, ploegen: frozenset[str] | None) -> Selection:
    """The taken the filter asks for; within `ploegen` unless that is None."""
    selection = Selection().where_given("ploeg = {}", chosen.ploeg).where_given("melding_id = {}", chosen.melding)
    selection.where_given("status = {}", chosen.status and str(chosen.status))
    if ploegen is not None:
        selection.where("ploeg = ANY({}::text[])", sorted(ploegen))
    return selection


def select_changes(chosen: TaakFilter, since: int) -> Selection:
    """What changed for a ploeg after the cursor; from the beginning only what is still open."""
    selection = select_taken(chosen, None).where("volgnummer > {}", since)
    if since == 0:
        selection.where("status <> ALL({}::text[])", sorted(FINAL))
    selection.order = "volgnummer"
    return selection


# ---- rules


def new_taak(unit: Unit, melding: Melding, ploeg: str, taaktype: str | None) -> Taak:
    """A new taak of a melding for a ploeg, announced to it."""
    taak = Taak(
        melding_id=melding.id,
        ploeg=ploeg,
        taaktype=taaktype or "bekijken",
        status=TaakStatus.nieuw,
        urgentie=melding.urgentie,
        categorie=melding.categorie,
        wijk=melding.wijk,
        buurt=melding.buurt,
        uiterlijk_op=melding.uiterlijk_op,
        aangemaakt_op=unit.at,
    )
    announce(unit, TAAK_AANGEMAAKT, taak)
    return taak


def announce(unit: Unit, event: EventType, row: Taak) -> None:
    """The event, to the taak's ploeg."""
    own = {"taak": row.id, "melding": row.melding_id}
    shared = {name: getattr(row, name) for name in TaakData.model_fields if name not in own}
    unit.emit(event, about=row.id, data=TaakData(**own, **shared), dataref=unit.url(TAAK, row.id), ploeg=row.ploeg)


def may_see(caller: Caller, scope: str, ploeg: str) -> None:
    """Raises PermissionDenied without the scope, NotFound when it does not hold for this ploeg."""
    caller.require("meldingen", scope)
    if not caller.may("meldingen", scope, ploeg=ploeg):
        raise NotFound


def read_cursor(chosen: TaakFilter) -> int:
    """The cursor as a number. Raises Invalid when it is none, or when no ploeg is given with it."""
    if chosen.ploeg is None:
        raise Invalid.field("ploeg", "required", "Geef met `sinds` ook een ploeg.")
    if not (chosen.sinds or "").isdecimal():
        raise Invalid.field("sinds", "cursor-onbekend", "Dit is geen cursor die wij hebben gegeven.")
    return int(chosen.sinds or 0)


async def newest(reader: Reader, ploeg: str) -> int:
    """The number of the last change of a ploeg. Every change up to it is visible to whoever reads after this."""
    rows = await reader.runtime.database.fetch("SELECT volgnummer FROM taakteller WHERE ploeg = $1", ploeg)
    return rows[0]["volgnummer"] if rows else 0


async def changes(reader: Reader, chosen: TaakFilter) -> Response:
    """The delta: changed taken in the order of their change, the new cursor, and `next` while there is more."""
    since = read_cursor(chosen)
    cursor = await newest(reader, chosen.ploeg or "")
    if since > cursor:
        raise Problem(410, "cursor-onbekend", "Deze cursor kennen wij niet meer. Begin opnieuw met sinds=0.")
    selection = select_changes(chosen, since)
    rows = await reader.runtime.database.fetch(
        f"SELECT id, representation, volgnummer FROM taak{selection.sql} "  # noqa: S608 - own names
        f"ORDER BY volgnummer LIMIT {chosen.page_size + 1}",
        *selection.values,
    )
    more, rows = len(rows) > chosen.page_size, rows[: chosen.page_size]
    cursor = rows[-1]["volgnummer"] if more else max([cursor, *(row["volgnummer"] for row in rows)])
    bodies = b",".join(reader.opened(TAAK, row["id"], row["representation"]) for row in rows)
    following = b'"%b"' % _next_link(reader.request, reader, cursor).encode() if more else b"null"
    return reader.answer(
        b'{"count":%d,"next":%b,"previous":null,"results":[%b],"cursor":"%d"}' % (len(rows), following, bodies, cursor)
    )


def _next_link(request: Request, reader: Reader, cursor: int) -> str:
    path = f"{reader.runtime.settings.public_url}{request.url.path}"
    return f"{path}?{request.url.include_query_params(sinds=cursor).query}"


# ---- routes


@router.get("/taken", response_model=TakenPage, summary="Taken opvragen")
async def taak_list(chosen: Annotated[TaakFilter, Query()], reader: Reading, caller: CurrentCaller) -> Response:
    """Taken; met `sinds` alleen wat er sindsdien is gewijzigd, ook wat is ingetrokken."""
    caller.require("meldingen", "taken.lezen")
    if chosen.ploeg is not None:
        caller.require("meldingen", "taken.lezen", ploeg=chosen.ploeg)
    if chosen.sinds is not None:
        return await changes(reader, chosen)
    cursor = b"null" if chosen.ploeg is None else b'"%d"' % await newest(reader, chosen.ploeg)
    selection = select_taken(chosen, caller.limited_to("meldingen", "taken.lezen", "ploeg"))
    page = await reader.page(TAAK, selection, chosen.page, chosen.page_size)
    if page.status_code != 200:
        return page
    return reader.answer(bytes(page.body)[:-1] + b',"cursor":%b}' % cursor)


@router.get("/taken/{uuid}", response_model=TaakOut, summary="Taak opvragen")
async def taak_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Eén taak; die van een andere ploeg bestaat voor een ploeg niet."""
    caller.require("meldingen", "taken.lezen")
    row = await reader.row(TAAK, uuid, "ploeg")
    may_see(caller, "taken.lezen", row["ploeg"])
    return reader.one(TAAK, uuid, row)
