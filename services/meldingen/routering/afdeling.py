"""An afdeling: an organisation unit that handles meldingen."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field as Documented
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.reading import Page, PagedFilter, Reading, Selection
from chassis.resource import Fields, In, Out, Resource, Row
from chassis.unit import Unit
from services.meldingen.codes import Code
from services.meldingen.inrichtingsversie import REGELS, renew
from services.meldingen.routering.uniek import refuse_taken_code

router = APIRouter(tags=["afdelingen"])


# ---- fields


class AfdelingFields(Fields):
    """What table and JSON share."""

    code: Code = Field(max_length=60, description="Code van de afdeling.")
    naam: str = Field(min_length=1, max_length=100, description="Naam van de afdeling.")


class Afdeling(AfdelingFields, Row, table=True):
    """Table of afdelingen."""


class AfdelingIn(In, AfdelingFields):
    """A whole afdeling."""


class AfdelingOut(Out, AfdelingFields):
    """An afdeling as answered."""

    url: str = Documented(description="URL van deze afdeling.")
    uuid: UUID = Documented(description="Unieke identificatie.")


async def render(unit: Unit, row: Afdeling) -> AfdelingOut:
    """The JSON of an afdeling."""
    return AfdelingOut(url=unit.url(AFDELING, row.id), uuid=row.id, code=row.code, naam=row.naam)


AFDELING = Resource("afdeling", Afdeling, "routering", "/afdelingen", render)


# ---- filter


class AfdelingFilter(PagedFilter):
    """Query parameters of the list."""

    code: str | None = Documented(default=None, description="Alleen de afdeling met deze code.")


def select_afdelingen(chosen: AfdelingFilter) -> Selection:
    """The afdelingen the filter asks for."""
    return Selection(order="code").where_given("code = {}", chosen.code)


# ---- routes


@router.get("/afdelingen", response_model=Page[AfdelingOut], summary="Afdelingen opvragen")
async def afdeling_list(chosen: Annotated[AfdelingFilter, Query()], reader: Reading, caller: CurrentCaller) -> Response:
    """Alle afdelingen."""
    caller.require("meldingen", "inrichting.lezen")
    return await reader.page(AFDELING, select_afdelingen(chosen), chosen.page, chosen.page_size)


@router.post("/afdelingen", status_code=201, response_model=AfdelingOut, summary="Afdeling toevoegen")
async def afdeling_create(body: AfdelingIn, unit: UnitOfWork) -> Response:
    """Een nieuwe afdeling."""
    unit.caller.require("meldingen", "inrichting.bijwerken")
    row = Afdeling(**body.model_dump())
    await refuse_taken_code(unit, Afdeling, row)
    await unit.create(AFDELING, row)
    await renew(unit, REGELS)
    return unit.respond(AFDELING, row, 201)


@router.get("/afdelingen/{uuid}", response_model=AfdelingOut, summary="Afdeling opvragen")
async def afdeling_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Eén afdeling."""
    caller.require("meldingen", "inrichting.lezen")
    return reader.one(AFDELING, uuid, await reader.row(AFDELING, uuid))


@router.put("/afdelingen/{uuid}", response_model=AfdelingOut, summary="Afdeling vervangen")
async def afdeling_update(uuid: UUID, body: AfdelingIn, unit: UnitOfWork) -> Response:
    """De afdeling opnieuw; haar code blijft."""
    unit.caller.require("meldingen", "inrichting.bijwerken")
    row = await unit.get(AFDELING, uuid, lock=True)
    row.sqlmodel_update(body.model_dump())
    await refuse_taken_code(unit, Afdeling, row)
    await unit.change(AFDELING, row)
    await renew(unit, REGELS)
    return unit.respond(AFDELING, row)
