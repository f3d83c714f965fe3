"""An afdelingsprofiel: what an afdeling hears of a verhuizing, on what ground, and how long it has to act on it.

A profile never changes: what was told cites its version. A newer version replaces it for what is told from then on.
"""

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field as Documented
from pydantic import field_validator, model_validator
from sqlalchemy import JSON, UniqueConstraint, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import CodedValueError, Conflict
from chassis.reading import Page, PagedFilter, Reading, Selection
from chassis.resource import Fields, In, Out, Resource, Row
from chassis.unit import Unit
from services.klanten.verhuizingen import afdelingsconsument
from services.klanten.verhuizingen.gegevensset import Gegeven, Leeftijd, Volgt

router = APIRouter(tags=["afdelingsprofielen"])
CODE = r"^[a-z0-9]+(-[a-z0-9]+)*$"
"""An afdeling's code: part of a NATS subject and of the name of its consumer."""


class Trigger(StrEnum):
    """The gebeurtenis that starts an opvolging."""

    verwerkt = "verwerkt"


# ---- fields


class Voorwaarde(In):
    """Which movers the afdeling is told about: by age in years on the day of the move, both inclusive."""

    leeftijd_van: int | None = Documented(default=None, ge=0, le=150, description="Jongste leeftijd.")
    leeftijd_tot: int | None = Documented(default=None, ge=0, le=150, description="Oudste leeftijd.")

    @model_validator(mode="after")
    def _in_order(self) -> "Voorwaarde":
        if self.leeftijd_van is not None and self.leeftijd_tot is not None and self.leeftijd_van > self.leeftijd_tot:
            raise CodedValueError("leeftijd-volgorde", "De jongste leeftijd is hoger dan de oudste.", "leeftijdTot")
        return self


class AfdelingsprofielFields(Fields):
    """What table and JSON share."""

    afdeling: str = Field(max_length=40, schema_extra={"pattern": CODE}, description="Code van de afdeling.")
    naam: str = Field(max_length=100, min_length=1, description="Naam van het profiel, voor mensen.")
    versie: int = Field(ge=1, description="Versie; een hogere vervangt de vorige.")
    grondslag: str = Field(max_length=1000, min_length=1, description="Bepaling waarop de verstrekking rust.")
    doelbinding: str = Field(max_length=100, min_length=1, description="Waarvoor de afdeling de gegevens gebruikt.")
    verwerkingsactiviteit: str = Field(
        max_length=1000,
        schema_extra={"pattern": r"^https?://\S+$"},
        description="URI in het register van verwerkingsactiviteiten.",
    )
    termijn_dagen: int = Field(ge=1, le=365, description="Dagen die de afdeling heeft.")


class Afdelingsprofiel(AfdelingsprofielFields, Row, table=True):
    """Table of afdelingsprofielen."""

    __table_args__ = (UniqueConstraint("afdeling", "versie", name="afdelingsprofiel_versie"),)

    trigger: str = Field(max_length=20)
    volgt: str = Field(max_length=20)
    voorwaarde: dict[str, int | None] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    gegevens: list[str] = Field(sa_type=JSON)


class AfdelingsprofielIn(In, AfdelingsprofielFields):
    """A profile, or a newer version of it."""

    trigger: Trigger = Documented(description="Gebeurtenis die de opvolging start.")
    volgt: Volgt = Documented(description="Elke verhuizing, of alleen van gevolgde personen of adressen.")
    voorwaarde: Voorwaarde | None = Documented(default=None, description="Over wie de afdeling hoort.")
    gegevens: list[Gegeven] = Documented(min_length=1, description="Precies de velden die de afdeling krijgt.")

    @field_validator("gegevens")
    @classmethod
    def _once(cls, value: list[Gegeven]) -> list[Gegeven]:
        if len(set(value)) < len(value):
            raise CodedValueError("dubbel", "Een veld staat er meer dan een keer in.")
        return value


class AfdelingsprofielOut(Out, AfdelingsprofielFields):
    """A profile as answered."""

    url: str = Documented(description="URL van dit profiel.")
    uuid: UUID = Documented(description="Identificatie van dit profiel.")
    trigger: Trigger = Documented(description="Gebeurtenis die de opvolging start.")
    volgt: Volgt = Documented(description="Elke verhuizing, of alleen van gevolgde personen of adressen.")
    voorwaarde: Voorwaarde | None = Documented(description="Over wie de afdeling hoort.")
    gegevens: list[Gegeven] = Documented(description="Precies de velden die de afdeling krijgt.")


async def render(unit: Unit, row: Afdelingsprofiel) -> AfdelingsprofielOut:
    """The JSON of a profile."""
    shared = {name: getattr(row, name) for name in AfdelingsprofielFields.model_fields}
    return AfdelingsprofielOut(
        **shared,
        url=unit.url(AFDELINGSPROFIEL, row.id),
        uuid=row.id,
        trigger=Trigger(row.trigger),
        volgt=Volgt(row.volgt),
        voorwaarde=None if row.voorwaarde is None else Voorwaarde(**row.voorwaarde),
        gegevens=[Gegeven(name) for name in row.gegevens],
    )


AFDELINGSPROFIEL = Resource("afdelingsprofiel", Afdelingsprofiel, "verhuizingen", "/afdelingsprofielen", render)


# ---- filter


class AfdelingsprofielFilter(PagedFilter):
    """Query parameters of the list."""

    afdeling: str | None = Documented(default=None, max_length=40, description="Code van de afdeling.")


def select_afdelingsprofielen(chosen: AfdelingsprofielFilter) -> Selection:
    """The profiles the filter asks for, every version."""
    return Selection(order="afdeling, versie, id").where_given("afdeling = {}", chosen.afdeling)


# ---- rules


def leeftijd_of(row: Afdelingsprofiel) -> Leeftijd | None:
    """The profile's condition on age."""
    if not row.voorwaarde:
        return None
    return Leeftijd(row.voorwaarde.get("leeftijd_van"), row.voorwaarde.get("leeftijd_tot"))


async def active(unit: Unit, trigger: Trigger = Trigger.verwerkt) -> list[Afdelingsprofiel]:
    """The newest version of every afdeling's profile, as far as this gebeurtenis starts it, by afdeling."""
    table: Any = Afdelingsprofiel
    rows: list[Afdelingsprofiel] = await unit.find(select(Afdelingsprofiel).order_by(table.afdeling, table.versie))
    newest = {row.afdeling: row for row in rows}
    return [row for row in newest.values() if row.trigger == trigger]


async def add(unit: Unit, body: AfdelingsprofielIn) -> Afdelingsprofiel:
    """Store a profile. Raises Conflict when the afdeling has this version or a newer one."""
    table: Any = Afdelingsprofiel
    known = await unit.find(select(Afdelingsprofiel).where(table.afdeling == body.afdeling))
    if any(row.versie >= body.versie for row in known):
        raise _outdated()
    values = body.model_dump(exclude={"voorwaarde"})
    row = Afdelingsprofiel(**values, voorwaarde=None if body.voorwaarde is None else body.voorwaarde.model_dump())
    try:
        await unit.create(AFDELINGSPROFIEL, row)
    except IntegrityError as error:
        raise _outdated() from error
    return row


def _outdated() -> Conflict:
    return Conflict("profielversie-verouderd", "De afdeling heeft deze versie of een nieuwere al.")


# ---- routes

Chosen = Annotated[AfdelingsprofielFilter, Query()]


@router.get("/afdelingsprofielen", response_model=Page[AfdelingsprofielOut], summary="Lees afdelingsprofielen")
async def afdelingsprofiel_list(chosen: Chosen, reader: Reading, caller: CurrentCaller) -> Response:
    """Profiles, every version."""
    caller.require("verhuizingen", "afdelingsprofielen.lezen")
    return await reader.page(AFDELINGSPROFIEL, select_afdelingsprofielen(chosen), chosen.page, chosen.page_size)


@router.post(
    "/afdelingsprofielen",
    status_code=201,
    response_model=AfdelingsprofielOut,
    summary="Leg een afdelingsprofiel of een nieuwe versie vast",
)
async def afdelingsprofiel_create(body: AfdelingsprofielIn, unit: UnitOfWork) -> Response:
    """Add a profile; the afdeling gets its consumer."""
    unit.caller.require("verhuizingen", "afdelingsprofielen.bijwerken")
    row = await add(unit, body)
    unit.after_commit(lambda: afdelingsconsument.ensure_now(unit.runtime, row.afdeling))
    return unit.respond(AFDELINGSPROFIEL, row, 201)


@router.get("/afdelingsprofielen/{uuid}", response_model=AfdelingsprofielOut, summary="Lees een afdelingsprofiel")
async def afdelingsprofiel_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """One version of a profile."""
    caller.require("verhuizingen", "afdelingsprofielen.lezen")
    return reader.one(AFDELINGSPROFIEL, uuid, await reader.row(AFDELINGSPROFIEL, uuid))
