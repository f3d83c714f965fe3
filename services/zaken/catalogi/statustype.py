"""A statustype: a milestone that zaken of a zaaktype can reach; the one with the highest volgnummer ends them."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Query
from pydantic import Field as Documented
from sqlalchemy import Text, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, col
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import Invalid, PermissionDenied
from chassis.reading import Filter, Page, Reading, Selection
from chassis.references import bad_url
from chassis.resource import Fields, In, Out, Resource, Row
from chassis.unit import Unit
from services.zaken import events
from services.zaken.answering import headers_only
from services.zaken.catalogi.announcing import announce
from services.zaken.catalogi.catalogus import CATALOGUS
from services.zaken.catalogi.concept import TypeStatus, require_concept, select_status
from services.zaken.catalogi.rights import require_readable
from services.zaken.catalogi.zaaktype.fields import ZAAKTYPE, Zaaktype
from services.zaken.formats import Duration, Url
from services.zaken.validation import filter_id, referred

router = APIRouter(tags=["statustypen"])


# ---- fields


class ChecklistItem(In):
    """Something to check before the status is given."""

    itemnaam: str = Documented(max_length=30, description="Naam van het punt.")
    toelichting: str | None = Documented(default=None, max_length=1000, description="Toelichting.")
    vraagstelling: str = Documented(max_length=255, description="Vraag die beantwoord moet worden.")
    verplicht: bool = Documented(default=False, description="Of de vraag met ja beantwoord moet zijn.")


class StatustypeFields(Fields):
    """What table and JSON share."""

    omschrijving: str = Field(max_length=80, min_length=1, description="Korte naam van de status.")
    omschrijving_generiek: str = Field(default="", max_length=80, description="Landelijke naam van de status.")
    statustekst: str = Field(default="", max_length=1000, description="Wat de initiator te lezen krijgt.")
    volgnummer: int = Field(ge=1, le=9999, description="Plaats in de volgorde van statussen.")
    informeren: bool = Field(default=False, description="Of de initiator bericht krijgt.")
    doorlooptijd: Duration | None = Field(default=None, sa_type=Text, description="Duur tot deze status (ISO 8601).")
    toelichting: str | None = Field(default=None, max_length=1000, description="Toelichting.")
    begin_geldigheid: date | None = Field(default=None, description="Begin van de geldigheid.")
    einde_geldigheid: date | None = Field(default=None, description="Einde van de geldigheid.")
    begin_object: date | None = Field(default=None, description="Begin van de eerste versie.")
    einde_object: date | None = Field(default=None, description="Einde van de laatste versie.")


class Statustype(StatustypeFields, Row, table=True):
    """Table of statustypen."""

    zaaktype_id: UUID = Field(foreign_key="zaaktype.id")
    checklistitem_statustype: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB)


class StatustypeIn(In, StatustypeFields):
    """A new statustype."""

    zaaktype: Url = Documented(description="URL van het zaaktype.")
    checklistitem_statustype: list[ChecklistItem] = Documented(default_factory=list, description="Controlepunten.")
    eigenschappen: list[str] = Documented(default_factory=list, description="URL's van eigenschappen.")


class StatustypeOut(Out, StatustypeFields):
    """A statustype as answered."""

    url: str = Documented(description="URL van dit statustype.")
    zaaktype: str = Documented(description="URL van het zaaktype.")
    zaaktype_identificatie: str = Documented(description="Identificatie van het zaaktype.")
    catalogus: str = Documented(description="URL van de catalogus.")
    is_eindstatus: bool = Documented(description="Of deze status de zaak afsluit.")
    checklistitem_statustype: list[ChecklistItem] = Documented(description="Controlepunten.")
    eigenschappen: list[str] = Documented(default=[], description="URL's van eigenschappen.")


async def render(unit: Unit, row: Statustype) -> StatustypeOut:
    """The JSON of a statustype."""
    zaaktype: Zaaktype = await unit.get(ZAAKTYPE, row.zaaktype_id)
    last = await eindstatustype(unit, row.zaaktype_id)
    return StatustypeOut(
        **{name: getattr(row, name) for name in StatustypeFields.model_fields},
        url=unit.url(STATUSTYPE, row.id),
        zaaktype=unit.url(ZAAKTYPE, zaaktype.id),
        zaaktype_identificatie=zaaktype.identificatie,
        catalogus=unit.url(CATALOGUS, zaaktype.catalogus_id),
        is_eindstatus=last is None or last.volgnummer <= row.volgnummer,
        checklistitem_statustype=row.checklistitem_statustype,  # type: ignore[arg-type]
    )


STATUSTYPE = Resource("statustype", Statustype, "catalogi", "/statustypen", render)


# ---- filter


class StatustypeFilter(Filter):
    """Query parameters of the list."""

    zaaktype: str | None = Documented(default=None, description="URL van het zaaktype.")
    zaaktype_identificatie: str | None = Documented(default=None, description="Identificatie van het zaaktype.")
    status: TypeStatus = Documented(
        default=TypeStatus.definitief, description="Alleen concepten, definitieve of alles."
    )
    datum_geldigheid: date | None = Documented(default=None, description="Geldig op deze dag.")


def select_parts(chosen: StatustypeFilter, reader: Reading) -> Selection:
    """Parts of zaaktypen by what all their filters share: the zaaktype, its status and its validity."""
    zaaktype_id = filter_id(reader.runtime.references, ZAAKTYPE, chosen.zaaktype, "zaaktype")
    zaaktypen = Selection().where_given("id = {}", zaaktype_id)
    zaaktypen.where_given("identificatie = {}", chosen.zaaktype_identificatie)
    zaaktypen.where_given("begin_geldigheid <= {}", chosen.datum_geldigheid)
    zaaktypen.where_given("(einde_geldigheid IS NULL OR einde_geldigheid >= {})", chosen.datum_geldigheid)
    select_status(zaaktypen, chosen.status)
    if not zaaktypen.conditions:
        return Selection()
    chosen_zaaktypen = f"SELECT id FROM zaaktype{zaaktypen.sql}"  # noqa: S608 - literal SQL of our own
    return Selection([f"zaaktype_id IN ({chosen_zaaktypen})"], zaaktypen.values)


# ---- rules

_FACTS = """
SELECT id, zaaktype_id, NOT EXISTS (
    SELECT FROM statustype other WHERE other.zaaktype_id = this.zaaktype_id AND other.volgnummer > this.volgnummer
) AS is_eindstatus
FROM statustype this WHERE id = $1
"""


async def eindstatustype(unit: Unit, zaaktype_id: UUID) -> Statustype | None:
    """The statustype that closes zaken of a zaaktype: the one with the highest volgnummer."""
    found = select(Statustype).where(col(Statustype.zaaktype_id) == zaaktype_id)
    return (await unit.session.scalars(found.order_by(col(Statustype.volgnummer).desc()).limit(1))).first()


async def statustype_facts(unit: Unit, statustype_id: UUID) -> asyncpg.Record | None:
    """What a new status must know of its statustype: id, zaaktype_id, is_eindstatus."""
    rows = await unit.runtime.database.fetch(_FACTS, statustype_id)
    return rows[0] if rows else None


async def check_new(unit: Unit, body: StatustypeIn, zaaktype_id: UUID) -> None:
    """A volgnummer is used once per zaaktype, and eigenschappen do not exist yet. Raises Invalid."""
    if body.eigenschappen:
        raise Invalid([bad_url(f"eigenschappen.{index}") for index in range(len(body.eigenschappen))])
    same = select(Statustype).where(
        col(Statustype.zaaktype_id) == zaaktype_id, col(Statustype.volgnummer) == body.volgnummer
    )
    if (await unit.session.scalars(same)).first() is not None:
        raise Invalid.field("nonFieldErrors", "unique", "Dit volgnummer is in dit zaaktype al gebruikt.")


def require_writable(unit: Unit) -> None:
    """Raises PermissionDenied unless the caller may add parts to zaaktypen."""
    may = unit.caller.may
    if not (may("ztc", "catalogi.schrijven") or may("ztc", "catalogi.geforceerd-schrijven")):
        raise PermissionDenied("Hiervoor is de scope catalogi.schrijven nodig.")


# ---- routes


@router.get("/statustypen", response_model=Page[StatustypeOut], summary="Statustypen opvragen")
async def statustype_list(
    chosen: Annotated[StatustypeFilter, Query()], reader: Reading, caller: CurrentCaller
) -> Response:
    """Alle statustypen, gefilterd; zonder filter alleen die van gepubliceerde zaaktypen."""
    require_readable(caller)
    return await reader.page(STATUSTYPE, select_parts(chosen, reader), chosen.page)


@router.post("/statustypen", status_code=201, response_model=StatustypeOut, summary="Statustype registreren")
async def statustype_create(body: StatustypeIn, unit: UnitOfWork) -> Response:
    """Een statustype bij een concept van een zaaktype."""
    require_writable(unit)
    zaaktype = await referred(unit, ZAAKTYPE, Zaaktype, body.zaaktype, "zaaktype", same_api=True, lock=True)
    require_concept(unit.caller, concept=zaaktype.concept)
    await check_new(unit, body, zaaktype.id)
    before = await eindstatustype(unit, zaaktype.id)
    row = Statustype(**body.model_dump(exclude={"zaaktype", "eigenschappen"}), zaaktype_id=zaaktype.id)
    row.begin_geldigheid = row.begin_geldigheid or zaaktype.begin_geldigheid
    await unit.create(STATUSTYPE, row)
    if before is not None and before.volgnummer < row.volgnummer:
        await unit.touch(STATUSTYPE, before)
    await unit.touch(ZAAKTYPE, zaaktype)
    announce(unit, events.STATUSTYPE.toegevoegd, zaaktype, STATUSTYPE, row)
    return unit.respond(STATUSTYPE, row, 201)


@router.get("/statustypen/{uuid}", response_model=StatustypeOut, summary="Statustype opvragen")
async def statustype_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Eén statustype."""
    require_readable(caller)
    return reader.one(STATUSTYPE, uuid, await reader.row(STATUSTYPE, uuid))


@router.head("/statustypen/{uuid}", summary="Headers van een statustype")
async def statustype_headers(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """De headers die een GET zou geven."""
    return headers_only(await statustype_retrieve(uuid, reader, caller))
