"""A categorie: what a melding can be about. One without `hoofd` is a hoofdcategorie and only holds others together."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field as Documented
from pydantic import model_validator
from sqlalchemy import JSON, String, select
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import CodedValueError, FieldError, Invalid
from chassis.reading import Page, PagedFilter, Reading, Selection
from chassis.resource import Fields, In, Out, Resource, Row
from chassis.unit import Unit, first
from services.meldingen.codes import Code
from services.meldingen.inrichtingsversie import REGELS, renew
from services.meldingen.ontdubbelen import MAX_RADIUS
from services.meldingen.routering.afdeling import Afdeling
from services.meldingen.routering.uniek import refuse_taken_code, unknown_code

router = APIRouter(tags=["categorieen"])


class Ontdubbelen(StrEnum):
    """What happens with a signaal about a problem that is already known."""

    uit = "uit"
    automatisch = "automatisch"


# ---- fields


class CategorieFields(Fields):
    """What table and JSON share."""

    code: Code = Field(max_length=60, description="Code van de categorie.")
    hoofd: Code | None = Field(
        default=None, max_length=60, description="Code van de hoofdcategorie; leeg voor een hoofd."
    )
    naam: str = Field(min_length=1, max_length=100, description="Naam zoals een melder die ziet.")
    omschrijving: str = Field(default="", max_length=500, description="Wat eronder valt.")
    afdeling: Code | None = Field(
        default=None, max_length=60, description="Afdeling die deze meldingen krijgt als geen routeerregel past."
    )
    openbaar: bool = Field(default=False, description="Of meldingen op een openbare kaart mogen.")
    straal_meter: int = Field(
        default=30, ge=1, le=MAX_RADIUS, description="Binnen hoeveel meter een melding dezelfde kan zijn."
    )
    venster_dagen: int = Field(
        default=10, ge=1, le=365, description="Hoeveel dagen terug een melding dezelfde kan zijn."
    )
    ontdubbelen: Ontdubbelen = Field(
        default=Ontdubbelen.uit, sa_type=String(20), description="Of een dubbele melding vanzelf wordt samengevoegd."
    )
    taaktype: Code | None = Field(default=None, max_length=60, description="Soort werk voor de ploeg.")
    termijn_dagen: int = Field(
        default=14, ge=1, le=365, description="Binnen hoeveel kalenderdagen het klaar moet zijn."
    )


class Categorie(CategorieFields, Row, table=True):
    """Table of categorieen."""

    trefwoorden: list[str] = Field(sa_type=JSON)


class CategorieIn(In, CategorieFields):
    """A whole categorie."""

    trefwoorden: list[Annotated[str, Documented(min_length=1, max_length=60)]] = Documented(
        default_factory=list, max_length=200, description="Woorden waaraan een omschrijving wordt herkend."
    )

    @model_validator(mode="after")
    def _hoofd_is_another(self) -> "CategorieIn":
        if self.hoofd == self.code:
            raise CodedValueError("hoofd-is-zichzelf", "Een categorie kan niet onder zichzelf vallen.", "hoofd")
        return self


class CategorieOut(Out, CategorieFields):
    """A categorie as answered."""

    url: str = Documented(description="URL van deze categorie.")
    uuid: UUID = Documented(description="Unieke identificatie.")
    trefwoorden: list[str] = Documented(description="Woorden waaraan een omschrijving wordt herkend.")


async def render(unit: Unit, row: Categorie) -> CategorieOut:
    """The JSON of a categorie."""
    shared = {name: getattr(row, name) for name in CategorieFields.model_fields}
    return CategorieOut(url=unit.url(CATEGORIE, row.id), uuid=row.id, trefwoorden=row.trefwoorden, **shared)


CATEGORIE = Resource("categorie", Categorie, "routering", "/categorieen", render)


# ---- filter


class CategorieFilter(PagedFilter):
    """Query parameters of the list."""

    code: str | None = Documented(default=None, description="Alleen de categorie met deze code.")
    hoofd: str | None = Documented(default=None, description="Alleen categorieën onder deze hoofdcategorie.")


def select_categorieen(chosen: CategorieFilter) -> Selection:
    """The categorieen the filter asks for."""
    return Selection(order="code").where_given("code = {}", chosen.code).where_given("hoofd = {}", chosen.hoofd)


# ---- rules


async def check(unit: Unit, row: Categorie) -> None:
    """Its code is free, its afdeling exists and its hoofd is a hoofdcategorie. Raises Conflict or Invalid."""
    errors = await unknown_code(unit, Afdeling, "afdeling", row.afdeling)
    if row.hoofd is not None:
        above = await first(unit, select(Categorie).where(Categorie.code == row.hoofd))  # type: ignore[arg-type]
        if above is None or above.hoofd is not None:
            errors.append(FieldError("hoofd", "code-onbekend", f"{row.hoofd} is geen hoofdcategorie."))
    if errors:
        raise Invalid(errors)
    await refuse_taken_code(unit, Categorie, row)


# ---- routes


@router.get("/categorieen", response_model=Page[CategorieOut], summary="Categorieën opvragen")
async def categorie_list(
    chosen: Annotated[CategorieFilter, Query()], reader: Reading, caller: CurrentCaller
) -> Response:
    """Alle categorieën, ook de hoofdcategorieën."""
    caller.require("meldingen", "inrichting.lezen")
    return await reader.page(CATEGORIE, select_categorieen(chosen), chosen.page, chosen.page_size)


@router.post("/categorieen", status_code=201, response_model=CategorieOut, summary="Categorie toevoegen")
async def categorie_create(body: CategorieIn, unit: UnitOfWork) -> Response:
    """Een nieuwe categorie of hoofdcategorie."""
    unit.caller.require("meldingen", "inrichting.bijwerken")
    row = Categorie(**body.model_dump())
    await check(unit, row)
    await unit.create(CATEGORIE, row)
    await renew(unit, REGELS)
    return unit.respond(CATEGORIE, row, 201)


@router.get("/categorieen/{uuid}", response_model=CategorieOut, summary="Categorie opvragen")
async def categorie_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Eén categorie."""
    caller.require("meldingen", "inrichting.lezen")
    return reader.one(CATEGORIE, uuid, await reader.row(CATEGORIE, uuid))


@router.put("/categorieen/{uuid}", response_model=CategorieOut, summary="Categorie vervangen")
async def categorie_update(uuid: UUID, body: CategorieIn, unit: UnitOfWork) -> Response:
    """De categorie opnieuw; haar code blijft. Wat al gemeld is verandert niet."""
    unit.caller.require("meldingen", "inrichting.bijwerken")
    row = await unit.get(CATEGORIE, uuid, lock=True)
    row.sqlmodel_update(body.model_dump())
    await check(unit, row)
    await unit.change(CATEGORIE, row)
    await renew(unit, REGELS)
    return unit.respond(CATEGORIE, row)
