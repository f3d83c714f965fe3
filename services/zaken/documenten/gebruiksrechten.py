"""Gebruiksrechten: on what conditions a document may be used other than by reading it (drc-006)."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Query
from pydantic import Field as Documented
from sqlalchemy import DateTime, Text
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.reading import Reading, Selection
from chassis.resource import Fields, In, Out, Partial, Resource, Row
from chassis.unit import Unit
from services.zaken import events
from services.zaken.answering import headers_only
from services.zaken.documenten.enkelvoudiginformatieobject.fields import EIO, Enkelvoudiginformatieobject
from services.zaken.documenten.onderdeel import (
    Onderdeel,
    add,
    change,
    document_for,
    listed_whole,
    of_document,
    part_for,
    remove,
    shown,
)
from services.zaken.documenten.visibility import AANMAKEN, TO_CHANGE, VERWIJDEREN
from services.zaken.events import Actie
from services.zaken.expand import NOTHING, Expand, Expandable
from services.zaken.formats import AnyUrl, Moment, Shown, SoughtMoment
from services.zaken.unpaged import Unpaged
from services.zaken.validation import Findings, check_unchanged

router = APIRouter(tags=["gebruiksrechten"])


# ---- fields


class GebruiksrechtenFields(Fields):
    """What table and JSON share."""

    startdatum: Moment = Field(sa_type=DateTime(timezone=True), description="Vanaf wanneer de voorwaarden gelden.")
    omschrijving_voorwaarden: str = Field(min_length=1, sa_type=Text, description="De voorwaarden voor gebruik.")
    einddatum: Moment | None = Field(
        default=None, sa_type=DateTime(timezone=True), description="Tot wanneer de voorwaarden gelden."
    )


class Gebruiksrechten(GebruiksrechtenFields, Row, table=True):
    """Table of gebruiksrechten."""

    eio_id: UUID = Field(foreign_key="enkelvoudiginformatieobject.id")


class GebruiksrechtenIn(In, GebruiksrechtenFields):
    """Whole gebruiksrechten."""

    informatieobject: AnyUrl = Documented(description="URL van het document.")


class GebruiksrechtenPatch(Partial):
    """Any part of gebruiksrechten."""

    whole = GebruiksrechtenIn


class GebruiksrechtenOut(Out):
    """Gebruiksrechten as answered."""

    url: Shown = Documented(min_length=1, description="URL van deze gebruiksrechten.")
    informatieobject: str = Documented(description="URL van het document.")
    startdatum: datetime = Documented(description="Vanaf wanneer de voorwaarden gelden.")
    omschrijving_voorwaarden: str = Documented(description="De voorwaarden voor gebruik.")
    einddatum: datetime | None = Documented(description="Tot wanneer de voorwaarden gelden.")


async def render(unit: Unit, row: Gebruiksrechten) -> GebruiksrechtenOut:
    """The JSON of gebruiksrechten."""
    return GebruiksrechtenOut(
        **{name: getattr(row, name) for name in GebruiksrechtenFields.model_fields},
        url=unit.url(GEBRUIKSRECHTEN, row.id),
        informatieobject=unit.url(EIO, row.eio_id),
    )


GEBRUIKSRECHTEN = Resource("gebruiksrechten", Gebruiksrechten, "documenten", "/gebruiksrechten", render, main="eio_id")
PART = Onderdeel(GEBRUIKSRECHTEN, events.GEBRUIKSRECHTEN)


# ---- filter


def _sought(alias: str, description: str) -> SoughtMoment | None:
    found: SoughtMoment | None = Documented(default=None, alias=alias, description=description)
    return found


class GebruiksrechtenFilter(Unpaged, Expandable):
    """Query parameters of the list."""

    informatieobject: AnyUrl | None = Documented(default=None, description="URL van het document.")
    startdatum_lt: SoughtMoment | None = _sought("startdatum__lt", "Geldt vanaf een eerder moment.")
    startdatum_lte: SoughtMoment | None = _sought("startdatum__lte", "Geldt vanaf dit moment of eerder.")
    startdatum_gt: SoughtMoment | None = _sought("startdatum__gt", "Geldt vanaf een later moment.")
    startdatum_gte: SoughtMoment | None = _sought("startdatum__gte", "Geldt vanaf dit moment of later.")
    einddatum_lt: SoughtMoment | None = _sought("einddatum__lt", "Geldt tot een eerder moment.")
    einddatum_lte: SoughtMoment | None = _sought("einddatum__lte", "Geldt tot dit moment of eerder.")
    einddatum_gt: SoughtMoment | None = _sought("einddatum__gt", "Geldt tot een later moment.")
    einddatum_gte: SoughtMoment | None = _sought("einddatum__gte", "Geldt tot dit moment of later.")


OPERATORS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


def select_gebruiksrechten(chosen: GebruiksrechtenFilter, reader: Reading) -> Selection:
    """The gebruiksrechten the filter asks for."""
    selection = of_document(reader, chosen.informatieobject)
    for column in ("startdatum", "einddatum"):
        for suffix, operator in OPERATORS.items():
            selection.where_given(f"{column} {operator} {{}}", getattr(chosen, f"{column}_{suffix}"))
    return selection


# ---- rules

_LEFT = "SELECT EXISTS (SELECT FROM gebruiksrechten WHERE eio_id = $1)"


async def indicate(unit: Unit, document: Enkelvoudiginformatieobject) -> None:
    """Let a document, its row locked, show whether its use is limited: true with gebruiksrechten, null without (drc-006)."""
    document.indicatie_gebruiksrecht = True if await (await unit.connection()).fetchval(_LEFT, document.id) else None
    await unit.touch(EIO, document)


async def change_gebruiksrechten(
    unit: Unit, document: Enkelvoudiginformatieobject, row: Gebruiksrechten, body: GebruiksrechtenIn, actie: Actie
) -> Response:
    """Store what a body says, of the same document. Raises Invalid."""
    findings = Findings()
    same = unit.runtime.references.local_id(EIO, body.informatieobject) == row.eio_id
    check_unchanged(findings, informatieobject=same)
    findings.stop_if_any()
    for name in GebruiksrechtenFields.model_fields:
        setattr(row, name, getattr(body, name))
    return await change(unit, PART, document, row, actie)


# ---- routes


@router.get("/gebruiksrechten", response_model=list[GebruiksrechtenOut], summary="Gebruiksrechten opvragen")
async def gebruiksrechten_list(
    chosen: Annotated[GebruiksrechtenFilter, Query()], reader: Reading, caller: CurrentCaller
) -> Response:
    """Alle gebruiksrechten bij documenten die de applicatie mag zien, gefilterd."""
    return await listed_whole(GEBRUIKSRECHTEN, select_gebruiksrechten(chosen, reader), chosen, reader, caller)


@router.post(
    "/gebruiksrechten", status_code=201, response_model=GebruiksrechtenOut, summary="Gebruiksrechten vastleggen"
)
async def gebruiksrechten_create(body: GebruiksrechtenIn, unit: UnitOfWork) -> Response:
    """Voorwaarden voor het gebruik van een document; het document toont daarna dat ze er zijn."""
    document = await document_for(unit, body.informatieobject, AANMAKEN)
    values = {name: getattr(body, name) for name in GebruiksrechtenFields.model_fields}
    answer = await add(unit, PART, document, Gebruiksrechten(**values, eio_id=document.id))
    await indicate(unit, document)
    return answer


@router.get("/gebruiksrechten/{uuid}", response_model=GebruiksrechtenOut, summary="Gebruiksrechten opvragen")
async def gebruiksrechten_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller, asked: Expand) -> Response:
    """Gebruiksrechten bij één document."""
    return await shown(GEBRUIKSRECHTEN, uuid, reader, caller, asked)


@router.put("/gebruiksrechten/{uuid}", response_model=GebruiksrechtenOut, summary="Gebruiksrechten vervangen")
async def gebruiksrechten_update(uuid: UUID, body: GebruiksrechtenIn, unit: UnitOfWork) -> Response:
    """Alles wat bij de gebruiksrechten is gezegd; het document ligt vast."""
    document, row = await part_for(unit, GEBRUIKSRECHTEN, uuid, *TO_CHANGE)
    return await change_gebruiksrechten(unit, document, row, body, "update")


@router.patch("/gebruiksrechten/{uuid}", response_model=GebruiksrechtenOut, summary="Gebruiksrechten wijzigen")
async def gebruiksrechten_partial_update(uuid: UUID, body: GebruiksrechtenPatch, unit: UnitOfWork) -> Response:
    """Een deel van wat bij de gebruiksrechten is gezegd; het document ligt vast."""
    document, row = await part_for(unit, GEBRUIKSRECHTEN, uuid, *TO_CHANGE)
    whole = body.over(orjson.loads(unit.body(GEBRUIKSRECHTEN, row)), GebruiksrechtenIn)
    return await change_gebruiksrechten(unit, document, row, whole, "partial_update")


@router.delete("/gebruiksrechten/{uuid}", status_code=204, summary="Gebruiksrechten verwijderen")
async def gebruiksrechten_destroy(uuid: UUID, unit: UnitOfWork) -> Response:
    """Zijn dit de laatste, dan is van het document niet meer bekend of het gebruik beperkt is."""
    document, row = await part_for(unit, GEBRUIKSRECHTEN, uuid, VERWIJDEREN)
    answer = await remove(unit, PART, document, row)
    await indicate(unit, document)
    return answer


@router.head("/gebruiksrechten/{uuid}", summary="Headers van gebruiksrechten")
async def gebruiksrechten_headers(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """De headers die een GET zou geven."""
    return headers_only(await gebruiksrechten_retrieve(uuid, reader, caller, NOTHING))
