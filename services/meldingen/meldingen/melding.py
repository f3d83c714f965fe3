"""A melding: one problem in public space, reported by one or more signalen, handled by one afdeling at a time."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field as Documented
from sqlalchemy import JSON, DateTime, String
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.cloudevents import EventType
from chassis.problems import NotFound
from chassis.reading import Page, PagedFilter, Reading, Selection
from chassis.resource import Fields, Out, Resource, Row
from chassis.unit import Unit
from services.meldingen.events import MELDING_AFGEHANDELD, MELDING_STATUS_GEWIJZIGD, MeldingData
from services.meldingen.overgangen import MELDING, MeldingActie, MeldingStatus, follow
from services.meldingen.routering.routeerregel import Urgentie
from services.meldingen.verzegelen import open_text

router = APIRouter(tags=["meldingen"])


class Resultaat(StrEnum):
    """What came of a melding: not the same as its status, for what is finished need not be solved."""

    opgelost = "opgelost"
    niet_opgelost = "niet-opgelost"
    niets_aangetroffen = "niets-aangetroffen"
    niet_voor_gemeente = "niet-voor-gemeente"
    doorverwezen = "doorverwezen"
    dubbel = "dubbel"
    onvoldoende_informatie = "onvoldoende-informatie"


class Herkomst(StrEnum):
    """Who chose the category."""

    melder = "melder"
    voorstel = "voorstel"
    geen = "geen"


class Besluitvorm(StrEnum):
    """Who decided where a melding goes."""

    regel = "regel"
    handmatig = "handmatig"


# ---- fields


class Locatie(Fields):
    """A point in degrees (WGS84)."""

    lon: float = Documented(description="Lengtegraad (WGS84).")
    lat: float = Documented(description="Breedtegraad (WGS84).")
    nauwkeurigheid_meter: float | None = Documented(default=None, description="Hoe nauwkeurig de plaats is, in meters.")


class MeldingFields(Fields):
    """What table and JSON share."""

    kenmerk: str = Field(max_length=20, description="Kenmerk van het eerste signaal.")
    versie: int = Field(default=1, description="Loopt op met elke gebeurtenis.")
    status: MeldingStatus = Field(sa_type=String(20), description="Waar de melding staat.")
    resultaat: Resultaat | None = Field(default=None, sa_type=String(30), description="Wat ervan gekomen is.")
    categorie: str | None = Field(
        default=None, max_length=60, description="Code van de categorie; leeg als die onbekend is."
    )
    hoofdcategorie: str | None = Field(default=None, max_length=60, description="Code van de hoofdcategorie.")
    categorie_voorstel: str | None = Field(
        default=None, max_length=60, description="Categorie die uit de tekst is voorgesteld."
    )
    categorie_herkomst: Herkomst = Field(sa_type=String(20), description="Wie de categorie koos.")
    wijk: str | None = Field(default=None, max_length=60, description="Code van de wijk.")
    buurt: str | None = Field(default=None, max_length=60, description="Code van de buurt.")
    urgentie: Urgentie = Field(sa_type=String(20), description="De hoogste urgentie van alle signalen.")
    afdeling: str = Field(max_length=60, description="Afdeling die de melding nu heeft.")
    ploeg: str | None = Field(default=None, max_length=60, description="Ploeg die de melding nu heeft.")
    uiterlijk_op: date = Field(description="Dag waarop het klaar moet zijn.")
    aantal_signalen: int = Field(default=1, description="Hoeveel inwoners dit hebben gemeld.")
    aandacht: list[str] = Field(
        description="Wat regie moet weten, bijvoorbeeld dat een taak na intrekking toch is voltooid."
    )


class Melding(MeldingFields, Row, table=True):
    """Table of meldingen."""

    omschrijving: bytes
    """Sealed text."""
    lon: float
    lat: float
    nauwkeurigheid_meter: float | None = None
    aandacht: list[str] = Field(default_factory=list, sa_type=JSON)
    besluit_vorm: str = Field(max_length=20)
    besluit_regel: str | None = Field(default=None, max_length=100)
    besluit_uitleg: str
    geregistreerd_op: datetime = Field(sa_type=DateTime(timezone=True))
    afgehandeld_op: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class Routeerbesluit(Out):
    """Why the melding is where it is."""

    vorm: Besluitvorm = Documented(description="Of een regel besliste of een mens.")
    regel: str | None = Documented(description="Naam van de regel.")
    uitleg: str = Documented(description="Waarom, in gewone taal.")


class MeldingOut(Out, MeldingFields):
    """A melding as answered."""

    url: str = Documented(description="URL van deze melding.")
    uuid: UUID = Documented(description="Unieke identificatie.")
    omschrijving: str = Documented(description="Tekst van het eerste signaal.")
    locatie: Locatie = Documented(description="Plaats van het eerste signaal.")
    routeerbesluit: Routeerbesluit = Documented(description="Waarom de melding bij deze afdeling en ploeg is.")
    geregistreerd_op: datetime = Documented(description="Wanneer het eerste signaal binnenkwam.")
    afgehandeld_op: datetime | None = Documented(description="Wanneer de melding is afgehandeld.")


async def render(unit: Unit, row: Melding) -> MeldingOut:
    """The JSON of a melding."""
    shared = {name: getattr(row, name) for name in MeldingFields.model_fields}
    return MeldingOut(
        url=unit.url(MELDING_RESOURCE, row.id),
        uuid=row.id,
        omschrijving=open_text(unit, "melding.omschrijving", row.id, row.omschrijving),
        locatie=Locatie(lon=row.lon, lat=row.lat, nauwkeurigheid_meter=row.nauwkeurigheid_meter),
        routeerbesluit=Routeerbesluit(
            vorm=Besluitvorm(row.besluit_vorm), regel=row.besluit_regel, uitleg=row.besluit_uitleg
        ),
        geregistreerd_op=row.geregistreerd_op,
        afgehandeld_op=row.afgehandeld_op,
        **shared,
    )


MELDING_RESOURCE = Resource("melding", Melding, "meldingen", "/meldingen", render, sealed=True)


# ---- filter


class MeldingFilter(PagedFilter):
    """Query parameters of the list."""

    status: MeldingStatus | None = Documented(default=None, description="Alleen meldingen met deze status.")
    afdeling: str | None = Documented(default=None, description="Alleen meldingen van deze afdeling.")
    ploeg: str | None = Documented(default=None, description="Alleen meldingen van deze ploeg.")
    categorie: str | None = Documented(default=None, description="Alleen deze categorie; `geen` voor onbekend.")
    hoofdcategorie: str | None = Documented(default=None, description="Alleen deze hoofdcategorie.")
    wijk: str | None = Documented(default=None, description="Alleen deze wijk.")
    buurt: str | None = Documented(default=None, description="Alleen deze buurt.")
    urgentie: Urgentie | None = Documented(default=None, description="Alleen deze urgentie.")
    kenmerk: str | None = Documented(default=None, description="De melding waar het signaal met dit kenmerk bij hoort.")
    aandacht: bool | None = Documented(
        default=None, description="Alleen meldingen waar regie naar moet kijken, of juist niet."
    )


def select_meldingen(chosen: MeldingFilter, afdelingen: frozenset[str] | None) -> Selection:
    """The meldingen the filter asks for, newest first; within `afdelingen` unless that is None."""
    selection = Selection(order="geregistreerd_op DESC, id DESC")
    for name in ("status", "afdeling", "ploeg", "hoofdcategorie", "wijk", "buurt", "urgentie"):
        value = getattr(chosen, name)
        selection.where_given(f"{name} = {{}}", None if value is None else str(value))
    if chosen.categorie == "geen":
        selection.where("categorie IS NULL")
    else:
        selection.where_given("categorie = {}", chosen.categorie)
    if chosen.kenmerk is not None:
        selection.where("id IN (SELECT melding_id FROM signaal WHERE kenmerk = {})", chosen.kenmerk.upper())
    if chosen.aandacht is not None:
        selection.where("(json_array_length(aandacht) > 0) = {}", chosen.aandacht)
    if afdelingen is not None:
        selection.where("afdeling = ANY({}::text[])", sorted(afdelingen))
    return selection


# ---- rules


def event_fields(row: Melding) -> dict[str, object]:
    """What every event about a melding tells."""
    return {"melding": row.id, **{name: getattr(row, name) for name in MeldingData.model_fields if name != "melding"}}


def announce(unit: Unit, event: EventType, row: Melding, *, afdeling: str | None = None, **extra: object) -> None:
    """The event, to the melding's afdeling or, when a melding leaves it, to the one named."""
    unit.emit(
        event,
        about=row.id,
        data=event.data(**event_fields(row), **extra),
        dataref=unit.url(MELDING_RESOURCE, row.id),
        afdeling=afdeling or row.afdeling,
        hoofd=row.hoofdcategorie,
        sub=row.categorie,
        wijk=row.wijk,
    )


def take_up(unit: Unit, row: Melding) -> None:
    """Somebody works on it. Nothing happens when somebody already did."""
    if row.status != MeldingStatus.gemeld:
        return
    row.status = follow(MELDING, MeldingStatus(row.status), MeldingActie.oppakken)
    row.versie += 1
    announce(unit, MELDING_STATUS_GEWIJZIGD, row)


def finish(unit: Unit, row: Melding, resultaat: Resultaat) -> None:
    """It ends with this resultaat. Raises Conflict when it already had ended."""
    row.status = follow(MELDING, MeldingStatus(row.status), MeldingActie.afhandelen)
    row.resultaat, row.afgehandeld_op = resultaat, unit.at
    row.versie += 1
    announce(unit, MELDING_AFGEHANDELD, row)


async def require_melding(unit: Unit, uuid: UUID, scope: str) -> None:
    """Raises PermissionDenied without the scope, NotFound when the melding is not there for this caller.

    Locks it first: it may be on its way to another afdeling.
    """
    unit.caller.require("meldingen", scope)
    row = await unit.get(MELDING_RESOURCE, uuid, lock=True)
    if not unit.caller.may("meldingen", scope, afdeling=row.afdeling):
        raise NotFound


# ---- routes


@router.get("/meldingen", response_model=Page[MeldingOut], summary="Meldingen opvragen")
async def melding_list(chosen: Annotated[MeldingFilter, Query()], reader: Reading, caller: CurrentCaller) -> Response:
    """Meldingen, de nieuwste eerst; een afdeling ziet alleen de hare."""
    caller.require("meldingen", "meldingen.lezen")
    selection = select_meldingen(chosen, caller.limited_to("meldingen", "meldingen.lezen", "afdeling"))
    return await reader.page(MELDING_RESOURCE, selection, chosen.page, chosen.page_size)


@router.get("/meldingen/{uuid}", response_model=MeldingOut, summary="Melding opvragen")
async def melding_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Eén melding; die van een andere afdeling bestaat voor een afdeling niet."""
    caller.require("meldingen", "meldingen.lezen")
    row = await reader.row(MELDING_RESOURCE, uuid, "afdeling")
    if not caller.may("meldingen", "meldingen.lezen", afdeling=row["afdeling"]):
        raise NotFound
    return reader.one(MELDING_RESOURCE, uuid, row)
