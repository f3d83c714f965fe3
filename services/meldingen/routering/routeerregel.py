"""A routeerregel: under which conditions a melding goes to which afdeling and ploeg."""

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field as Documented
from sqlalchemy import JSON, select
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.cloudevents import UNKNOWN
from chassis.problems import Conflict, FieldError, Invalid
from chassis.reading import Page, PagedFilter, Reading, Selection
from chassis.resource import Fields, In, Out, Resource, Row
from chassis.unit import Unit, first
from services.meldingen.codes import Code
from services.meldingen.inrichtingsversie import REGELS, renew
from services.meldingen.routering.afdeling import Afdeling
from services.meldingen.routering.categorie import Categorie
from services.meldingen.routering.gebied import Gebied
from services.meldingen.routering.ploeg import Ploeg
from services.meldingen.routering.uniek import unknown_code

router = APIRouter(tags=["routeerregels"])


class Veld(StrEnum):
    """What a condition looks at."""

    categorie = "categorie"
    hoofdcategorie = "hoofdcategorie"
    wijk = "wijk"
    buurt = "buurt"
    urgentie = "urgentie"


class Urgentie(StrEnum):
    """How soon something must be done, least first."""

    normaal = "normaal"
    spoed = "spoed"


# ---- fields


class EisIn(In):
    """One condition."""

    veld: Veld = Documented(description="Waar de eis over gaat.")
    in_: list[Annotated[str, Documented(max_length=60)]] = Documented(
        alias="in", min_length=1, max_length=200, description="De codes die passen; `geen` voor onbekend."
    )


class Voorwaarde(In):
    """All conditions together; none means always."""

    alle: list[EisIn] = Documented(default_factory=list, max_length=20, description="Eisen die alle moeten gelden.")


class Gevolg(In):
    """Where the melding goes."""

    afdeling: Code = Documented(description="Code van de afdeling.")
    ploeg: Code | None = Documented(
        default=None, description="Code van de ploeg; leeg: de afdeling bekijkt de melding eerst."
    )


class RouteerregelFields(Fields):
    """What table and JSON share."""

    naam: str = Field(min_length=1, max_length=100, description="Naam van de regel.")
    volgorde: int = Field(
        ge=0, le=100_000, description="Regels worden van laag naar hoog geprobeerd; de eerste die past geldt."
    )
    toelichting: str = Field(default="", max_length=500, description="Waarom, in gewone taal.")


class Routeerregel(RouteerregelFields, Row, table=True):
    """Table of routeerregels."""

    voorwaarde: dict[str, Any] = Field(sa_type=JSON)
    gevolg: dict[str, Any] = Field(sa_type=JSON)


class RouteerregelIn(In, RouteerregelFields):
    """A whole routeerregel."""

    voorwaarde: Voorwaarde = Documented(description="Wanneer de regel past.")
    gevolg: Gevolg = Documented(description="Waar de melding dan heen gaat.")


class RouteerregelOut(Out, RouteerregelFields):
    """A routeerregel as answered."""

    url: str = Documented(description="URL van deze regel.")
    uuid: UUID = Documented(description="Unieke identificatie.")
    voorwaarde: Voorwaarde = Documented(description="Wanneer de regel past.")
    gevolg: Gevolg = Documented(description="Waar de melding dan heen gaat.")


async def render(unit: Unit, row: Routeerregel) -> RouteerregelOut:
    """The JSON of a routeerregel."""
    return RouteerregelOut(
        url=unit.url(ROUTEERREGEL, row.id),
        uuid=row.id,
        naam=row.naam,
        volgorde=row.volgorde,
        toelichting=row.toelichting,
        voorwaarde=Voorwaarde.model_validate(row.voorwaarde),
        gevolg=Gevolg.model_validate(row.gevolg),
    )


ROUTEERREGEL = Resource("routeerregel", Routeerregel, "routering", "/routeerregels", render)


# ---- filter


class RouteerregelFilter(PagedFilter):
    """Query parameters of the list."""

    naam: str | None = Documented(default=None, description="Alleen de regel met deze naam.")


def select_routeerregels(chosen: RouteerregelFilter) -> Selection:
    """The rules the filter asks for, in the order in which they are tried."""
    return Selection(order="volgorde, naam, id").where_given("naam = {}", chosen.naam)


# ---- rules


async def fill(unit: Unit, row: Routeerregel, body: RouteerregelIn) -> None:
    """Take over the body, when every code in it exists and its name is free. Raises Invalid or Conflict."""
    errors = await unknown_code(unit, Afdeling, "gevolg.afdeling", body.gevolg.afdeling)
    errors += await unknown_code(unit, Ploeg, "gevolg.ploeg", body.gevolg.ploeg)
    for place, eis in enumerate(body.voorwaarde.alle):
        errors += await _unknown_values(unit, place, eis)
    if errors:
        raise Invalid(errors)
    same_name = select(Routeerregel).where(Routeerregel.naam == body.naam, Routeerregel.id != row.id)  # type: ignore[arg-type]
    if await first(unit, same_name) is not None:
        raise Conflict("naam-bestaat-al", f"Er is al een regel met de naam {body.naam}.")
    row.naam, row.volgorde, row.toelichting = body.naam, body.volgorde, body.toelichting
    row.voorwaarde = body.voorwaarde.model_dump(mode="json", by_alias=True)
    row.gevolg = body.gevolg.model_dump(mode="json", by_alias=True)


async def _unknown_values(unit: Unit, place: int, eis: EisIn) -> list[FieldError]:
    if eis.veld == Veld.urgentie:
        known = {item.value for item in Urgentie}
    elif eis.veld in {Veld.categorie, Veld.hoofdcategorie}:
        top = eis.veld == Veld.hoofdcategorie
        rows = await unit.find(select(Categorie))
        known = {row.code for row in rows if (row.hoofd is None) == top}
    else:
        rows = await unit.session.execute(select(Gebied.code).where(Gebied.type == str(eis.veld)))  # type: ignore[call-overload,assignment]
        known = {row[0] for row in rows}
    return [
        FieldError(f"voorwaarde.alle.{place}.in.{n}", "code-onbekend", f"{value} is geen {eis.veld}.")
        for n, value in enumerate(eis.in_)
        if value not in known | {UNKNOWN}
    ]


# ---- routes


@router.get("/routeerregels", response_model=Page[RouteerregelOut], summary="Routeerregels opvragen")
async def routeerregel_list(
    chosen: Annotated[RouteerregelFilter, Query()], reader: Reading, caller: CurrentCaller
) -> Response:
    """Alle regels, in de volgorde waarin ze worden geprobeerd."""
    caller.require("meldingen", "inrichting.lezen")
    return await reader.page(ROUTEERREGEL, select_routeerregels(chosen), chosen.page, chosen.page_size)


@router.post("/routeerregels", status_code=201, response_model=RouteerregelOut, summary="Routeerregel toevoegen")
async def routeerregel_create(body: RouteerregelIn, unit: UnitOfWork) -> Response:
    """Een nieuwe regel; geldt meteen voor nieuwe signalen."""
    unit.caller.require("meldingen", "inrichting.bijwerken")
    row = Routeerregel(naam="", volgorde=0, voorwaarde={}, gevolg={})
    await fill(unit, row, body)
    await unit.create(ROUTEERREGEL, row)
    await renew(unit, REGELS)
    return unit.respond(ROUTEERREGEL, row, 201)


@router.get("/routeerregels/{uuid}", response_model=RouteerregelOut, summary="Routeerregel opvragen")
async def routeerregel_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Eén regel."""
    caller.require("meldingen", "inrichting.lezen")
    return reader.one(ROUTEERREGEL, uuid, await reader.row(ROUTEERREGEL, uuid))


@router.put("/routeerregels/{uuid}", response_model=RouteerregelOut, summary="Routeerregel vervangen")
async def routeerregel_update(uuid: UUID, body: RouteerregelIn, unit: UnitOfWork) -> Response:
    """De regel opnieuw. Wat al gerouteerd is verandert niet."""
    unit.caller.require("meldingen", "inrichting.bijwerken")
    row = await unit.get(ROUTEERREGEL, uuid, lock=True)
    await fill(unit, row, body)
    await unit.change(ROUTEERREGEL, row)
    await renew(unit, REGELS)
    return unit.respond(ROUTEERREGEL, row)
