"""A ploeg: a crew outdoors, of the gemeente or of a contractor."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field as Documented
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import Invalid
from chassis.reading import Page, PagedFilter, Reading, Selection
from chassis.resource import Fields, In, Out, Resource, Row
from chassis.unit import Unit
from services.meldingen.codes import Code
from services.meldingen.inrichtingsversie import REGELS, renew
from services.meldingen.routering.afdeling import Afdeling
from services.meldingen.routering.uniek import refuse_taken_code, unknown_code

router = APIRouter(tags=["ploegen"])


# ---- fields


class PloegFields(Fields):
    """What table and JSON share."""

    code: Code = Field(max_length=60, description="Code van de ploeg.")
    naam: str = Field(min_length=1, max_length=100, description="Naam van de ploeg.")
    afdeling: Code = Field(max_length=60, description="Code van de afdeling waar de ploeg bij hoort.")
    contractant: bool = Field(default=False, description="Of de ploeg van een ander bedrijf is.")


class Ploeg(PloegFields, Row, table=True):
    """Table of ploegen."""


class PloegIn(In, PloegFields):
    """A whole ploeg."""


class PloegOut(Out, PloegFields):
    """A ploeg as answered."""

    url: str = Documented(description="URL van deze ploeg.")
    uuid: UUID = Documented(description="Unieke identificatie.")


async def render(unit: Unit, row: Ploeg) -> PloegOut:
    """The JSON of a ploeg."""
    return PloegOut(
        url=unit.url(PLOEG, row.id),
        uuid=row.id,
        code=row.code,
        naam=row.naam,
        afdeling=row.afdeling,
        contractant=row.contractant,
    )


PLOEG = Resource("ploeg", Ploeg, "routering", "/ploegen", render)


# ---- filter


class PloegFilter(PagedFilter):
    """Query parameters of the list."""

    code: str | None = Documented(default=None, description="Alleen de ploeg met deze code.")
    afdeling: str | None = Documented(default=None, description="Alleen ploegen van deze afdeling.")


def select_ploegen(chosen: PloegFilter) -> Selection:
    """The ploegen the filter asks for."""
    return Selection(order="code").where_given("code = {}", chosen.code).where_given("afdeling = {}", chosen.afdeling)


# ---- rules


async def check(unit: Unit, row: Ploeg) -> None:
    """Its code is free and its afdeling exists. Raises Conflict or Invalid."""
    if errors := await unknown_code(unit, Afdeling, "afdeling", row.afdeling):
        raise Invalid(errors)
    await refuse_taken_code(unit, Ploeg, row)


# ---- routes


@router.get("/ploegen", response_model=Page[PloegOut], summary="Ploegen opvragen")
async def ploeg_list(chosen: Annotated[PloegFilter, Query()], reader: Reading, caller: CurrentCaller) -> Response:
    """Alle ploegen."""
    caller.require("meldingen", "inrichting.lezen")
    return await reader.page(PLOEG, select_ploegen(chosen), chosen.page, chosen.page_size)


@router.post("/ploegen", status_code=201, response_model=PloegOut, summary="Ploeg toevoegen")
async def ploeg_create(body: PloegIn, unit: UnitOfWork) -> Response:
    """Een nieuwe ploeg."""
    unit.caller.require("meldingen", "inrichting.bijwerken")
    row = Ploeg(**body.model_dump())
    await check(unit, row)
    await unit.create(PLOEG, row)
    await renew(unit, REGELS)
    return unit.respond(PLOEG, row, 201)


@router.get("/ploegen/{uuid}", response_model=PloegOut, summary="Ploeg opvragen")
async def ploeg_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Eén ploeg."""
    caller.require("meldingen", "inrichting.lezen")
    return reader.one(PLOEG, uuid, await reader.row(PLOEG, uuid))


@router.put("/ploegen/{uuid}", response_model=PloegOut, summary="Ploeg vervangen")
async def ploeg_update(uuid: UUID, body: PloegIn, unit: UnitOfWork) -> Response:
    """De ploeg opnieuw; haar code blijft."""
    unit.caller.require("meldingen", "inrichting.bijwerken")
    row = await unit.get(PLOEG, uuid, lock=True)
    row.sqlmodel_update(body.model_dump())
    await check(unit, row)
    await unit.change(PLOEG, row)
    await renew(unit, REGELS)
    return unit.respond(PLOEG, row)
