"""A vernietigingslijst: zaken that one person proposes to destroy and another approves. Fields, filter and telling."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field as Documented
from sqlalchemy import DateTime, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from chassis.reading import PagedFilter, Selection
from chassis.resource import REGISTRY, Fields, In, Out, Resource, Row
from chassis.unit import Unit
from services.zaken.archiefbeheer.overgangen import LijstStatus
from services.zaken.archiefbeheer.vierogen import Handeling, shown
from services.zaken.events import VERNIETIGINGSLIJST_GEWIJZIGD, ArchiefbeheerData, ArchiefbeheerKenmerken
from services.zaken.formats import Link, Url

MOST = 1_000
"""Zaken that can be put on a list in one request."""


# ---- fields


class VernietigingslijstFields(Fields):
    """What table and JSON share."""

    omschrijving: str = Field(max_length=200, description="Waar de lijst over gaat. Zet hier geen persoonsgegevens in.")


class Vernietigingslijst(VernietigingslijstFields, Row, table=True):
    """Table of lists. makers: keys of the persons who decided what is on it (see `vierogen`); the others are a Handeling."""

    status: LijstStatus = Field(default=LijstStatus.concept, sa_type=Text)
    reden_afwijzing: str = Field(default="", max_length=1000)
    makers: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    aangemaakt: dict[str, Any] = Field(sa_type=JSONB)
    ingediend: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    beoordeeld: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    gestart: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    ingetrokken: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    gestopt: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    afgerond_op: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class VernietigingslijstIn(In, VernietigingslijstFields):
    """A new list, with zaken or without any yet."""

    zaken: list[Url] = Documented(
        default_factory=list, max_length=MOST, description="URL's van zaken die vernietigd kunnen worden."
    )


class Afwijzing(In):
    """Why a list is not approved."""

    reden: str = Documented(
        min_length=1, max_length=1000, description="Waarom de lijst niet akkoord is. Zet hier geen persoonsgegevens in."
    )


class Aantallen(Out):
    """How many zaken of a list stand where."""

    op_lijst: int = Documented(description="Zaken die nog vernietigd moeten worden.")
    uitgezonderd: int = Documented(description="Zaken die iemand van de lijst haalde.")
    vernietigd: int = Documented(description="Zaken die zijn vernietigd.")
    overgeslagen: int = Documented(description="Zaken die bij de uitvoering niet vernietigd mochten worden.")


class VernietigingslijstOut(Out, VernietigingslijstFields):
    """A list as answered."""

    url: str = Documented(description="URL van deze lijst.")
    uuid: UUID = Documented(description="Id van deze lijst.")
    status: LijstStatus = Documented(description="Hoever de lijst is.")
    aantallen: Aantallen = Documented(description="Hoeveel zaken waar staan.")
    reden_afwijzing: str = Documented(description="Waarom de lijst is afgewezen.")
    aangemaakt: Handeling = Documented(description="Wie de lijst maakte.")
    ingediend: Handeling | None = Documented(description="Wie de lijst ter accordering aanbood.")
    beoordeeld: Handeling | None = Documented(description="Wie de lijst accordeerde of afwees.")
    gestart: Handeling | None = Documented(description="Wie de uitvoering begon.")
    ingetrokken: Handeling | None = Documented(description="Wie de lijst introk.")
    gestopt: Handeling | None = Documented(description="Wie de uitvoering stopte voor die klaar was.")
    afgerond_op: datetime | None = Documented(description="Wanneer de uitvoering klaar was.")
    verklaring: Link | None = Documented(description="URL van de verklaring van vernietiging.")


_COUNTED = "SELECT status, count(*) AS n FROM vernietigingsregel WHERE vernietigingslijst_id = $1 GROUP BY status"
_VERKLARING = "SELECT id FROM verklaring WHERE vernietigingslijst_id = $1"


async def render(unit: Unit, row: Vernietigingslijst) -> VernietigingslijstOut:
    """The JSON of a list. (The module of verklaringen knows this one, so that is found by its name.)"""
    connection = await unit.connection()
    counted = {one["status"]: one["n"] for one in await connection.fetch(_COUNTED, row.id)}
    verklaring = await connection.fetchval(_VERKLARING, row.id)
    return VernietigingslijstOut(
        url=unit.url(VERNIETIGINGSLIJST, row.id),
        uuid=row.id,
        omschrijving=row.omschrijving,
        status=row.status,
        aantallen=Aantallen(
            op_lijst=counted.get("op-lijst", 0),
            uitgezonderd=counted.get("uitgezonderd", 0),
            vernietigd=counted.get("vernietigd", 0),
            overgeslagen=counted.get("overgeslagen", 0),
        ),
        reden_afwijzing=row.reden_afwijzing,
        aangemaakt=Handeling(**row.aangemaakt),
        ingediend=shown(row.ingediend),
        beoordeeld=shown(row.beoordeeld),
        gestart=shown(row.gestart),
        ingetrokken=shown(row.ingetrokken),
        gestopt=shown(row.gestopt),
        afgerond_op=row.afgerond_op,
        verklaring=unit.url(REGISTRY["verklaring"], verklaring) if verklaring else None,
    )


VERNIETIGINGSLIJST = Resource(
    "vernietigingslijst", Vernietigingslijst, "archiefbeheer", "/vernietigingslijsten", render
)


# ---- filter


class VernietigingslijstFilter(PagedFilter):
    """Query parameters of the list."""

    status: LijstStatus | None = Documented(default=None, description="Hoever de lijst is.")


def select_lijsten(chosen: VernietigingslijstFilter) -> Selection:
    """The lists the filter asks for, newest first."""
    return Selection(order="id DESC").where_given("status = {}", chosen.status and str(chosen.status))


# ---- telling


def announce(unit: Unit, row: Vernietigingslijst) -> None:
    """Tell where a list stands now."""
    url = unit.url(VERNIETIGINGSLIJST, row.id)
    data = ArchiefbeheerData(
        resource=VERNIETIGINGSLIJST.name, hoofd_object=url, kenmerken=ArchiefbeheerKenmerken(status=row.status)
    )
    unit.emit(VERNIETIGINGSLIJST_GEWIJZIGD, about=row.id, data=data, dataref=url)
