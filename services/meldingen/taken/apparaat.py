"""An apparaat: a device of a ploeg, with a consumer of its own on the stream MOR."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field as Documented
from sqlalchemy import DateTime, select
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import Conflict, Invalid
from chassis.reading import Page, PagedFilter, Reading, Selection
from chassis.resource import Fields, In, Out, Resource, Row
from chassis.unit import Unit, first
from services.meldingen.apparaatberichten import durable_name, ensure_soon, remove_consumer
from services.meldingen.codes import Code
from services.meldingen.routering.ploeg import Ploeg
from services.meldingen.routering.uniek import unknown_code

router = APIRouter(tags=["apparaten"])


# ---- fields


class ApparaatFields(Fields):
    """What table and JSON share."""

    ploeg: Code = Field(max_length=60, description="Code van de ploeg.")


class Apparaat(ApparaatFields, Row, table=True):
    """Table of apparaten."""

    code: str = Field(max_length=60)
    gekoppeld_op: datetime = Field(sa_type=DateTime(timezone=True))


class ApparaatIn(In, ApparaatFields):
    """A new apparaat."""

    id: Code = Documented(max_length=50, description="Naam van het apparaat; de NATS-gebruiker is `apparaat-<id>`.")


class ApparaatVervanging(In, ApparaatFields):
    """What can be replaced of an apparaat: its ploeg."""


class ApparaatOut(Out, ApparaatFields):
    """An apparaat as answered."""

    url: str = Documented(description="URL van dit apparaat.")
    uuid: UUID = Documented(description="Unieke identificatie.")
    id: str = Documented(description="Naam van het apparaat.")
    consumer: str = Documented(description="Naam van de consumer en van de NATS-gebruiker.")
    stream: str = Documented(description="Stream waar het apparaat van leest.")
    gekoppeld_op: datetime = Documented(description="Sinds wanneer het apparaat bij deze ploeg hoort.")


async def render(unit: Unit, row: Apparaat) -> ApparaatOut:
    """The JSON of an apparaat."""
    return ApparaatOut(
        url=unit.url(APPARAAT, row.id),
        uuid=row.id,
        id=row.code,
        ploeg=row.ploeg,
        consumer=durable_name(row.code),
        stream="MOR",
        gekoppeld_op=row.gekoppeld_op,
    )


APPARAAT = Resource("apparaat", Apparaat, "taken", "/apparaten", render)


# ---- filter


class ApparaatFilter(PagedFilter):
    """Query parameters of the list."""

    ploeg: str | None = Documented(default=None, description="Alleen apparaten van deze ploeg.")


def select_apparaten(chosen: ApparaatFilter) -> Selection:
    """The apparaten the filter asks for."""
    return Selection(order="code").where_given("ploeg = {}", chosen.ploeg)


# ---- rules


async def check_ploeg(unit: Unit, ploeg: str) -> None:
    """Raises Invalid when the ploeg does not exist."""
    if errors := await unknown_code(unit, Ploeg, "ploeg", ploeg):
        raise Invalid(errors)


# ---- routes


@router.get("/apparaten", response_model=Page[ApparaatOut], summary="Apparaten opvragen")
async def apparaat_list(chosen: Annotated[ApparaatFilter, Query()], reader: Reading, caller: CurrentCaller) -> Response:
    """Alle apparaten."""
    caller.require("meldingen", "inrichting.lezen")
    return await reader.page(APPARAAT, select_apparaten(chosen), chosen.page, chosen.page_size)


@router.post("/apparaten", status_code=201, response_model=ApparaatOut, summary="Apparaat aanmelden")
async def apparaat_create(body: ApparaatIn, unit: UnitOfWork) -> Response:
    """Een nieuw apparaat van een ploeg; het krijgt een eigen consumer voor de taken van die ploeg."""
    unit.caller.require("meldingen", "inrichting.bijwerken")
    await check_ploeg(unit, body.ploeg)
    if await first(unit, select(Apparaat).where(Apparaat.code == body.id)) is not None:  # type: ignore[arg-type]
        raise Conflict("apparaat-bestaat-al", f"Het apparaat {body.id} is al aangemeld.")
    row = Apparaat(code=body.id, ploeg=body.ploeg, gekoppeld_op=unit.at)
    await unit.create(APPARAAT, row)
    ensure_soon(unit, row.id)
    return unit.respond(APPARAAT, row, 201)


@router.get("/apparaten/{uuid}", response_model=ApparaatOut, summary="Apparaat opvragen")
async def apparaat_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Eén apparaat."""
    caller.require("meldingen", "inrichting.lezen")
    return reader.one(APPARAAT, uuid, await reader.row(APPARAAT, uuid))


@router.put("/apparaten/{uuid}", response_model=ApparaatOut, summary="Apparaat naar een andere ploeg")
async def apparaat_update(uuid: UUID, body: ApparaatVervanging, unit: UnitOfWork) -> Response:
    """Het apparaat gaat naar een andere ploeg: eerst verdwijnt zijn consumer, dan komt er een nieuwe."""
    unit.caller.require("meldingen", "inrichting.bijwerken")
    row = await unit.get(APPARAAT, uuid, lock=True)
    await check_ploeg(unit, body.ploeg)
    if row.ploeg != body.ploeg:
        await remove_consumer(unit.runtime, row.code)
        row.ploeg, row.gekoppeld_op = body.ploeg, unit.at
        await unit.change(APPARAAT, row)
        ensure_soon(unit, row.id)
    return unit.respond(APPARAAT, row)


@router.delete("/apparaten/{uuid}", status_code=204, summary="Apparaat afmelden")
async def apparaat_delete(uuid: UUID, unit: UnitOfWork) -> Response:
    """Het apparaat, bijvoorbeeld na verlies: zijn consumer verdwijnt."""
    unit.caller.require("meldingen", "inrichting.bijwerken")
    row = await unit.get(APPARAAT, uuid, lock=True)
    await remove_consumer(unit.runtime, row.code)
    await unit.delete(APPARAAT, row)
    return unit.respond_raw(b"", 204)
