"""A gebied: the gemeente itself, a wijk or a buurt, as a polygon."""

from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import shapely
from fastapi import APIRouter, Query
from pydantic import Field as Documented
from pydantic import field_validator
from sqlalchemy import String
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import CodedValueError, Invalid
from chassis.reading import Page, PagedFilter, Reading, Selection
from chassis.resource import Fields, In, Out, Resource, Row
from chassis.unit import Unit
from services.meldingen.codes import Code
from services.meldingen.inrichtingsversie import GEBIEDEN, renew
from services.meldingen.routering.uniek import refuse_taken_code, unknown_code

router = APIRouter(tags=["gebieden"])


class GebiedType(StrEnum):
    """What kind of gebied."""

    gemeente = "gemeente"
    wijk = "wijk"
    buurt = "buurt"


# ---- fields


class Geometrie(Fields):
    """A GeoJSON geometry of lon/lat in degrees (WGS84)."""

    type: Literal["Polygon", "MultiPolygon"]
    coordinates: list[Any]


class GebiedFields(Fields):
    """What table and JSON share."""

    type: GebiedType = Field(sa_type=String(20), description="Soort gebied.")
    code: Code = Field(max_length=60, description="Code van het gebied, met kleine letters.")
    naam: str = Field(min_length=1, max_length=100, description="Naam van het gebied.")
    wijk: Code | None = Field(default=None, max_length=60, description="Voor een buurt: de code van haar wijk.")


class Gebied(GebiedFields, Row, table=True):
    """Table of gebieden."""

    geometrie: bytes
    """Well-known binary."""


class GebiedIn(In, GebiedFields):
    """A whole gebied."""

    geometrie: Geometrie = Documented(description="GeoJSON Polygon of MultiPolygon, lengte- en breedtegraad (WGS84).")

    @field_validator("geometrie")
    @classmethod
    def _valid(cls, value: Geometrie) -> Geometrie:
        to_wkb(value)
        return value


class GebiedOut(Out, GebiedFields):
    """A gebied as answered."""

    url: str = Documented(description="URL van dit gebied.")
    uuid: UUID = Documented(description="Unieke identificatie.")
    geometrie: dict[str, Any] = Documented(description="GeoJSON Polygon of MultiPolygon (WGS84).")


async def render(unit: Unit, row: Gebied) -> GebiedOut:
    """The JSON of a gebied."""
    return GebiedOut(
        url=unit.url(GEBIED, row.id),
        uuid=row.id,
        type=GebiedType(row.type),
        code=row.code,
        naam=row.naam,
        wijk=row.wijk,
        geometrie=shapely.geometry.mapping(shapely.from_wkb(row.geometrie)),
    )


GEBIED = Resource("gebied", Gebied, "routering", "/gebieden", render)


# ---- filter


class GebiedFilter(PagedFilter):
    """Query parameters of the list."""

    type: GebiedType | None = Documented(default=None, description="Alleen dit soort gebieden.")
    code: str | None = Documented(default=None, description="Alleen het gebied met deze code.")
    wijk: str | None = Documented(default=None, description="Alleen buurten van deze wijk.")


def select_gebieden(chosen: GebiedFilter) -> Selection:
    """The gebieden the filter asks for."""
    selection = Selection(order="code").where_given("code = {}", chosen.code).where_given("wijk = {}", chosen.wijk)
    return selection.where_given("type = {}", chosen.type and str(chosen.type))


# ---- rules


def to_wkb(geometrie: Geometrie) -> bytes:
    """The polygon as well-known binary. Raises CodedValueError when it is none, or not on the globe."""
    try:
        shape = shapely.geometry.shape(geometrie.model_dump())
        valid = shape.is_valid and not shape.is_empty
        west, south, east, north = shape.bounds if valid else (0.0, 0.0, 0.0, 0.0)
    except (ValueError, TypeError, IndexError, AttributeError, shapely.errors.ShapelyError):
        valid = False
    if not valid or west < -180 or east > 180 or south < -90 or north > 90:
        raise CodedValueError("geometrie-ongeldig", "Dit is geen geldig vlak in lengte- en breedtegraden.")
    return shapely.to_wkb(shape)


async def fill(unit: Unit, row: Gebied, body: GebiedIn) -> None:
    """Take over the body; its code is free and its wijk exists. Raises Conflict or Invalid."""
    row.sqlmodel_update(body.model_dump(exclude={"geometrie"}))
    row.geometrie = to_wkb(body.geometrie)
    if errors := await unknown_code(unit, Gebied, "wijk", row.wijk):
        raise Invalid(errors)
    await refuse_taken_code(unit, Gebied, row)


# ---- routes


@router.get("/gebieden", response_model=Page[GebiedOut], summary="Gebieden opvragen")
async def gebied_list(chosen: Annotated[GebiedFilter, Query()], reader: Reading, caller: CurrentCaller) -> Response:
    """Alle gebieden, met hun vlak."""
    caller.require("meldingen", "inrichting.lezen")
    return await reader.page(GEBIED, select_gebieden(chosen), chosen.page, chosen.page_size)


@router.post("/gebieden", status_code=201, response_model=GebiedOut, summary="Gebied toevoegen")
async def gebied_create(body: GebiedIn, unit: UnitOfWork) -> Response:
    """Een nieuw gebied; geldt meteen voor nieuwe signalen."""
    unit.caller.require("meldingen", "inrichting.bijwerken")
    row = Gebied(type=body.type, code=body.code, naam=body.naam, geometrie=b"")
    await fill(unit, row, body)
    await unit.create(GEBIED, row)
    await renew(unit, GEBIEDEN)
    return unit.respond(GEBIED, row, 201)


@router.get("/gebieden/{uuid}", response_model=GebiedOut, summary="Gebied opvragen")
async def gebied_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Eén gebied."""
    caller.require("meldingen", "inrichting.lezen")
    return reader.one(GEBIED, uuid, await reader.row(GEBIED, uuid))


@router.put("/gebieden/{uuid}", response_model=GebiedOut, summary="Gebied vervangen")
async def gebied_update(uuid: UUID, body: GebiedIn, unit: UnitOfWork) -> Response:
    """Het gebied opnieuw; zijn code blijft. Wat al gemeld is houdt zijn wijk en buurt."""
    unit.caller.require("meldingen", "inrichting.bijwerken")
    row = await unit.get(GEBIED, uuid, lock=True)
    await fill(unit, row, body)
    await unit.change(GEBIED, row)
    await renew(unit, GEBIEDEN)
    return unit.respond(GEBIED, row)
