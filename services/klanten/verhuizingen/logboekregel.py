"""A logboekregel: one processing of data about at most one person, as the standard Logboek Dataverwerkingen records it.

Written in the transaction of the processing itself: what was told without a line cannot exist. Never sampled.
"""

import os
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field as Documented
from sqlalchemy import DateTime
from sqlmodel import Field
from starlette.responses import Response

from chassis import telemetry
from chassis.access import Caller, CurrentCaller
from chassis.problems import NotFound
from chassis.reading import Page, PagedFilter, Reading, Selection
from chassis.resource import Fields, Out, Resource, Row, etag_of
from chassis.unit import Unit
from services.klanten.verhuizingen.opvolging import Opvolging

router = APIRouter(tags=["logboekregels"])
LEZEN = "logboekregels.lezen"


# ---- fields


class LogboekregelFields(Fields):
    """What table and JSON share."""

    trace_id: str = Field(max_length=32, description="Trace van de verwerking (32 hexadecimale cijfers).")
    span_id: str = Field(max_length=16, description="Deze handeling (16 hexadecimale cijfers).")
    parent_span_id: str | None = Field(default=None, max_length=16, description="Handeling waar deze bij hoort.")
    name: str = Field(max_length=200, description="Naam van de handeling.")
    status: str = Field(max_length=5, description="Unset, Ok of Error.")
    start_time: datetime = Field(sa_type=DateTime(timezone=True), description="Begin.")
    end_time: datetime = Field(sa_type=DateTime(timezone=True), description="Einde.")
    afdeling: str = Field(max_length=40, description="Afdeling die de gegevens krijgt.")
    kenmerk: str = Field(max_length=10, description="Kenmerk van de verhuizing.")
    volgnummer: int = Field(description="Volgnummer van de verhuizing.")
    grondslag: str = Field(max_length=1000, description="Bepaling waarop de verstrekking rust.")
    doelbinding: str = Field(max_length=100, description="Waarvoor de afdeling de gegevens gebruikt.")


class Logboekregel(LogboekregelFields, Row, table=True):
    """Table of logboekregels."""

    opvolging_id: UUID = Field(foreign_key="opvolging.id", index=True)
    kenmerk: str = Field(max_length=10, index=True)
    processing_activity_id: str = Field(max_length=1000)
    data_subject_id: str | None = Field(default=None, max_length=100, index=True)
    """Pseudonym of the person: the id of the partij, as a URN."""


class LogboekregelOut(Out, LogboekregelFields):
    """A logboekregel as answered."""

    url: str = Documented(description="URL van deze regel.")
    uuid: UUID = Documented(description="Identificatie van deze regel.")
    opvolging: UUID = Documented(description="De opvolging waarvoor de gegevens zijn verstrekt.")
    attributes: dict[str, str] = Documented(description="Attributen `dpl.core.*` van de standaard.")


def shown(public_url: str, row: Logboekregel) -> LogboekregelOut:
    """The JSON of a logboekregel."""
    attributes = {"dpl.core.processing_activity_id": row.processing_activity_id}
    if row.data_subject_id is not None:
        attributes |= {"dpl.core.data_subject_id": row.data_subject_id, "dpl.core.data_subject_id_type": "URI"}
    return LogboekregelOut(
        **{name: getattr(row, name) for name in LogboekregelFields.model_fields},
        url=LOGBOEKREGEL.url(public_url, row.id),
        uuid=row.id,
        opvolging=row.opvolging_id,
        attributes=attributes,
    )


async def render(unit: Unit, row: Logboekregel) -> LogboekregelOut:
    """The JSON of a logboekregel."""
    return shown(unit.public_url, row)


LOGBOEKREGEL = Resource("logboekregel", Logboekregel, "verhuizingen", "/logboekregels", render)


# ---- filter


class LogboekregelFilter(PagedFilter):
    """Query parameters of the list."""

    kenmerk: str | None = Documented(default=None, max_length=20, description="Kenmerk van de verhuizing.")
    afdeling: str | None = Documented(default=None, max_length=40, description="Afdeling die de gegevens kreeg.")
    opvolging: UUID | None = Documented(default=None, description="De opvolging.")
    persoon: UUID | None = Documented(default=None, description="De partij over wie het gaat.")


def select_logboekregels(chosen: LogboekregelFilter, caller: Caller) -> Selection:
    """The lines the filter asks for, as far as the caller may see them, oldest first."""
    selection = Selection()
    selection.where_given("kenmerk = {}", chosen.kenmerk)
    selection.where_given("afdeling = {}", chosen.afdeling)
    selection.where_given("opvolging_id = {}", chosen.opvolging)
    selection.where_given("data_subject_id = {}", None if chosen.persoon is None else subject_of(chosen.persoon))
    own = caller.limited_to("verhuizingen", LEZEN, "afdeling")
    return selection if own is None else selection.where("afdeling = ANY({}::text[])", sorted(own))


# ---- rules


def subject_of(partij: UUID) -> str:
    """How a person stands in the log."""
    return f"urn:uuid:{partij}"


def write(unit: Unit, opvolging: Opvolging, activity: str, partij: UUID | None) -> None:
    """Add the line of an opvolging about one person, or none, to this transaction, as a span below what is handled.

    activity: URI of the verwerkingsactiviteit. It has no audit row: it is one.
    """
    _, trace_id, span_id, _ = telemetry.current_traceparent().split("-")
    row = Logboekregel(
        trace_id=trace_id,
        span_id=os.urandom(8).hex(),
        parent_span_id=span_id,
        name=f"{opvolging.soort} verstrekken",
        status="Ok",
        start_time=unit.at,
        end_time=unit.at,
        afdeling=opvolging.afdeling,
        kenmerk=opvolging.kenmerk,
        volgnummer=opvolging.volgnummer,
        grondslag=opvolging.grondslag,
        doelbinding=opvolging.doelbinding,
        opvolging_id=opvolging.id,
        processing_activity_id=activity,
        data_subject_id=None if partij is None else subject_of(partij),
    )
    body = shown(unit.public_url, row).model_dump_json(by_alias=True).encode()
    row.representation, row.etag = body, etag_of(body)
    unit.session.add(row)


# ---- routes

Chosen = Annotated[LogboekregelFilter, Query()]


@router.get("/logboekregels", response_model=Page[LogboekregelOut], summary="Lees het logboek van verstrekkingen")
async def logboekregel_list(chosen: Chosen, reader: Reading, caller: CurrentCaller) -> Response:
    """Lines of the log, oldest first; an afdeling sees its own."""
    caller.require("verhuizingen", LEZEN)
    return await reader.page(LOGBOEKREGEL, select_logboekregels(chosen, caller), chosen.page, chosen.page_size)


@router.get("/logboekregels/{uuid}", response_model=LogboekregelOut, summary="Lees een regel van het logboek")
async def logboekregel_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """One line."""
    caller.require("verhuizingen", LEZEN)
    row = await reader.row(LOGBOEKREGEL, uuid, "afdeling")
    if not caller.may("verhuizingen", LEZEN, afdeling=row["afdeling"]):
        raise NotFound
    return reader.one(LOGBOEKREGEL, uuid, row)
