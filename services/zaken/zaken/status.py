"""A status: a milestone a zaak reached, and when."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Query
from pydantic import Field as Documented
from sqlalchemy import DateTime
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import Invalid
from chassis.reading import Page, Reading, Selection
from chassis.references import bad_url
from chassis.resource import Fields, In, Out, Resource, Row, new_id
from chassis.unit import Unit
from services.zaken import events
from services.zaken.answering import headers_only
from services.zaken.catalogi.statustype import STATUSTYPE, statustype_facts
from services.zaken.closing import Effect, effect_of, scopes_to_add_status
from services.zaken.expand import NOTHING, Expand, ExpandFilter
from services.zaken.formats import Link, Moment, ShortUrlOrBlank, Shown, Url
from services.zaken.validation import Findings, filter_id, referred
from services.zaken.visibility import listable, require
from services.zaken.zaken.afsluiting import Ahead, look_ahead, pass_on, take_effect
from services.zaken.zaken.announcing import announce
from services.zaken.zaken.onderdeel import Onderdeel, check_not_archived, check_same_zaaktype, listed, shown
from services.zaken.zaken.rol import ROL, Rol
from services.zaken.zaken.zaak.fields import ZAAK, Zaak

router = APIRouter(tags=["statussen"])
SCOPES = ("zaken.aanmaken", "zaken.statussen.toevoegen", "zaken.heropenen", "zaken.geforceerd-bijwerken")


# ---- fields


class StatusFields(Fields):
    """What table and JSON share."""

    datum_status_gezet: Moment = Field(sa_type=DateTime(timezone=True), description="Wanneer de status bereikt is.")
    statustoelichting: str = Field(default="", max_length=1000, description="Toelichting voor de initiator.")


class Status(StatusFields, Row, table=True):
    """Table of statussen."""

    zaak_id: UUID = Field(foreign_key="zaak.id")
    statustype_id: UUID = Field(foreign_key="statustype.id")
    gezetdoor_id: UUID | None = Field(default=None, foreign_key="rol.id")


class StatusIn(In, StatusFields):
    """A new status."""

    zaak: Url = Documented(description="URL van de zaak.")
    statustype: Url = Documented(description="URL van het statustype.")
    gezetdoor: ShortUrlOrBlank = Documented(default="", description="URL van de rol die de status zette.")


class StatusOut(Out, StatusFields):
    """A status as answered."""

    url: str = Documented(description="URL van deze status.")
    uuid: UUID = Documented(description="Id van deze status.")
    zaak: str = Documented(description="URL van de zaak.")
    statustype: str = Documented(description="URL van het statustype.")
    indicatie_laatst_gezette_status: bool = Documented(description="Of dit de huidige status van de zaak is.")
    gezetdoor: str = Documented(description="URL van de rol die de status zette.")
    zaakinformatieobjecten: list[Shown] = Documented(description="URL's van de documentrelaties.")


async def render(unit: Unit, row: Status) -> StatusOut:
    """The JSON of a status. One that was never rendered is new, and no informatieobject names it yet."""
    zaak: Zaak = await unit.get(ZAAK, row.zaak_id)
    related: list[UUID] = []
    if row.representation:
        statement = "SELECT array(SELECT id FROM zaakinformatieobject WHERE status_id = $1 ORDER BY id)"
        related = await (await unit.connection()).fetchval(statement, row.id)
    return StatusOut(
        url=unit.url(STATUS, row.id),
        uuid=row.id,
        zaak=unit.url(ZAAK, row.zaak_id),
        statustype=unit.url(STATUSTYPE, row.statustype_id),
        datum_status_gezet=row.datum_status_gezet,
        statustoelichting=row.statustoelichting,
        indicatie_laatst_gezette_status=zaak.status_id == row.id,
        gezetdoor=unit.url(ROL, row.gezetdoor_id) if row.gezetdoor_id else "",
        zaakinformatieobjecten=[f"{unit.public_url}/zaken/api/v1/zaakinformatieobjecten/{one}" for one in related],
    )


STATUS = Resource("status", Status, "zaken", "/statussen", render, main="zaak_id")
STATUSSEN = Onderdeel(STATUS, events.STATUS)


# ---- filter


class StatusFilter(ExpandFilter):
    """Query parameters of the list."""

    zaak: Link | None = Documented(default=None, description="URL van de zaak.")
    statustype: Link | None = Documented(default=None, description="URL van het statustype.")
    indicatie_laatst_gezette_status: bool | None = Documented(default=None, description="Of het de huidige status is.")


def select_statussen(chosen: StatusFilter, reader: Reading) -> Selection:
    """The statussen the filter asks for."""
    references = reader.runtime.references
    selection = Selection().where_given("zaak_id = {}", filter_id(references, ZAAK, chosen.zaak, "zaak"))
    selection.where_given("statustype_id = {}", filter_id(references, STATUSTYPE, chosen.statustype, "statustype"))
    if chosen.indicatie_laatst_gezette_status is not None:
        negation = "" if chosen.indicatie_laatst_gezette_status else "NOT "
        selection.where(f"{negation}EXISTS (SELECT FROM zaak WHERE zaak.status_id = status.id)")
    return selection


# ---- rules


def check_moment(at: datetime) -> None:
    """A status is set now or earlier, also before the startdatum: zaken are registered afterwards too. Raises Invalid."""
    findings = Findings()
    findings.refuse_future("datumStatusGezet", at)
    findings.stop_if_any()


async def statustype_of(unit: Unit, url: str) -> asyncpg.Record:
    """The statustype a URL refers to (see `statustype_facts`). Raises Invalid."""
    statustype_id = unit.runtime.references.local_id(STATUSTYPE, url)
    found = None if statustype_id is None else await statustype_facts(unit, statustype_id)
    if found is None:
        raise Invalid([bad_url("statustype")])
    return found


def check_fits(zaak: Zaak, zaaktype_id: UUID) -> None:
    """The zaak may get a status of a statustype of this zaaktype (zrc-016). Raises Invalid."""
    findings = Findings()
    check_same_zaaktype(findings, zaak, zaaktype_id, "statustype")
    findings.stop_if_any()
    check_not_archived(zaak)


async def permitted(unit: Unit, url: str, statustype: asyncpg.Record) -> Zaak:
    """The zaak that gets a status, locked. Raises PermissionDenied or Invalid."""
    zaak = await referred(unit, ZAAK, Zaak, url, "zaak", same_api=True, lock=True)
    scopes = scopes_to_add_status(zaak, ends=statustype["is_eindstatus"], first=zaak.status_id is None)
    require(unit.caller, unit.runtime.references, zaak.zaaktype_id, zaak.vertrouwelijkheid, *scopes)
    check_fits(zaak, statustype["zaaktype_id"])
    return zaak


async def setter_of(unit: Unit, url: str, zaak: Zaak) -> Rol | None:
    """The rol that set a status; it is one of the same zaak. Raises Invalid."""
    if not url:
        return None
    rol = await referred(unit, ROL, Rol, url, "gezetdoor", same_api=True, lock=True)
    if rol.zaak_id != zaak.id:
        raise Invalid.field("gezetdoor", "zaak-mismatch", "Deze rol hoort bij een andere zaak.")
    return rol


def new_status(body: StatusIn, zaak: Zaak, statustype_id: UUID, rol: Rol | None) -> Status:
    """The row of a new status."""
    shared = body.model_dump(include=set(StatusFields.model_fields))
    return Status(
        id=new_id(), **shared, zaak_id=zaak.id, statustype_id=statustype_id, gezetdoor_id=rol.id if rol else None
    )


async def show_setter(unit: Unit, rol: Rol | None) -> None:
    """Let the rol that set a status show it."""
    if rol is not None:
        await unit.touch(ROL, rol)


async def store(unit: Unit, row: Status, zaak: Zaak, ahead: Ahead, *, ends: bool) -> None:
    """Insert a status and let its zaak, and the status it follows, show it. Raises Invalid when it cannot close its zaak."""
    present: Status | None = zaak.status_id and await unit.get(STATUS, zaak.status_id)  # type: ignore[assignment]
    latest = not present or present.datum_status_gezet <= row.datum_status_gezet
    effect, before = effect_of(zaak, ends=ends, latest=latest), zaak.einddatum
    await take_effect(unit, effect, zaak, row.datum_status_gezet, ahead)
    if latest:
        zaak.status_id = row.id
        await (unit.touch if effect is Effect.nothing else unit.change)(ZAAK, zaak)
    await unit.create(STATUS, row)
    if latest and present:
        await unit.touch(STATUS, present)
    announce(unit, events.STATUS.toegevoegd, zaak, STATUS, row)
    if effect is not Effect.nothing:
        announce(unit, events.ZAAK_AFGESLOTEN if effect is Effect.closes else events.ZAAK_HEROPEND, zaak, ZAAK, zaak)
        await pass_on(unit, zaak, before)


# ---- routes


@router.get("/statussen", response_model=Page[StatusOut], summary="Statussen opvragen")
async def status_list(chosen: Annotated[StatusFilter, Query()], reader: Reading, caller: CurrentCaller) -> Response:
    """Alle statussen van zaken die de applicatie mag zien, gefilterd."""
    return await listed(STATUSSEN, select_statussen, chosen, reader, caller)


@router.post("/statussen", status_code=201, response_model=StatusOut, summary="Status zetten")
async def status_create(body: StatusIn, unit: UnitOfWork) -> Response:
    """Een nieuwe status bij een zaak; de eindstatus sluit de zaak, een andere heropent een gesloten zaak."""
    references = unit.runtime.references
    listable(unit.caller, references, *SCOPES)
    check_moment(body.datum_status_gezet)
    statustype = await statustype_of(unit, body.statustype)
    ends, zaak_id = statustype["is_eindstatus"], references.local_id(ZAAK, body.zaak)
    ahead = await look_ahead(unit, zaak_id) if ends else Ahead()
    zaak = await permitted(unit, body.zaak, statustype)
    rol = await setter_of(unit, body.gezetdoor, zaak)
    row = new_status(body, zaak, statustype["id"], rol)
    await store(unit, row, zaak, ahead, ends=ends)
    await show_setter(unit, rol)
    return unit.respond(STATUS, row, 201)


@router.get("/statussen/{uuid}", response_model=StatusOut, summary="Status opvragen")
async def status_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller, asked: Expand) -> Response:
    """Eén status."""
    return await shown(STATUSSEN, uuid, reader, caller, asked=asked)


@router.head("/statussen/{uuid}", summary="Headers van een status")
async def status_headers(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """De headers die een GET zou geven."""
    return headers_only(await status_retrieve(uuid, reader, caller, NOTHING))
