"""A regel: one zaak on a vernietigingslijst. It says of what kind the zaak is and what became of it, not what is in it.

The column of the zaak may be empty: with the zaak the regel loses it, whoever destroys that (`zaken/zaak/destruction.py`).
What is left is what a verklaring specifies.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field as Documented
from sqlalchemy import DateTime, SmallInteger, Text, select
from sqlmodel import Field, col
from starlette.responses import Response

from chassis import clock
from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import Conflict, FieldError, Invalid, NotFound, Problem
from chassis.reading import Page, PagedFilter, Reading, Selection
from chassis.references import bad_url
from chassis.resource import Fields, In, Out, Resource, Row
from chassis.unit import Unit
from services.zaken.archiefbeheer.overgangen import TO_ADD, TO_TAKE_OFF, LijstStatus
from services.zaken.archiefbeheer.toetsing import WOORDEN, Feiten, Reden, belemmeringen, feiten_van
from services.zaken.archiefbeheer.vernietigingslijst.fields import VERNIETIGINGSLIJST, Vernietigingslijst
from services.zaken.archiefbeheer.vierogen import person_of
from services.zaken.archiefbeheer.visibility import LIJSTEN_AANMAKEN, LIJSTEN_BIJWERKEN, LIJSTEN_LEZEN, RIGHTS, listable
from services.zaken.catalogi.resultaattype import RESULTAATTYPE
from services.zaken.catalogi.zaaktype.fields import ZAAKTYPE
from services.zaken.formats import Link, Url
from services.zaken.nesting import url_of
from services.zaken.zaken.zaak.fields import ZAAK

router = APIRouter(tags=["vernietigingslijsten"])
COLLECTION = "/vernietigingslijsten/{lijst}/regels"


class RegelStatus(StrEnum):
    """What became of a zaak on a list."""

    op_lijst = "op-lijst"
    uitgezonderd = "uitgezonderd"
    vernietigd = "vernietigd"
    overgeslagen = "overgeslagen"


Uitzondering = Literal[
    "nog-nodig", "bezwaar-of-beroep", "historisch-belang", "gegevens-onjuist", "verzoek-betrokkene", "anders"
]
"""Why somebody takes a zaak off: a choice and no text, which would outlive the zaak it is about."""


# ---- fields


class RegelFields(Fields):
    """What table and JSON share."""

    status: RegelStatus = Field(default=RegelStatus.op_lijst, sa_type=Text, description="Wat er met de zaak gebeurde.")
    reden: Reden = Field(default=Reden.geen, sa_type=Text, description="Waarom de zaak niet is vernietigd.")
    zaaktype_omschrijving: str = Field(max_length=80, description="Naam van het zaaktype.")
    resultaattype_omschrijving: str = Field(max_length=20, description="Naam van het resultaattype.")
    selectielijstklasse: Link = Field(sa_type=Text, description="URL van de klasse in de selectielijst.")
    bewaartermijn: str | None = Field(default=None, sa_type=Text, description="Hoe lang de zaak bewaard moest worden.")
    archiefactiedatum: date | None = Field(default=None, description="Dag waarop de zaak vernietigd mocht worden.")
    begin_jaar: int = Field(sa_type=SmallInteger, description="Jaar waarin de zaak begon.")
    eind_jaar: int = Field(sa_type=SmallInteger, description="Jaar waarin de zaak is gesloten.")
    documenten_vernietigd: int = Field(default=0, description="Documenten die met de zaak zijn vernietigd.")
    documenten_elders: int = Field(
        default=0, description="Documenten die alleen bij deze zaak hoorden en bij een andere aanbieder staan."
    )
    besluiten_vernietigd: int = Field(default=0, description="Besluiten die met de zaak zijn vernietigd.")
    verwerkt_op: datetime | None = Field(
        default=None, sa_type=DateTime(timezone=True), description="Wanneer de zaak is vernietigd of overgeslagen."
    )


class Vernietigingsregel(RegelFields, Row, table=True):
    """Table of regels. bezet: its list still has the zaak, which is on one list at a time. stand: how many changes of the
    zaak were recorded when the list was submitted.
    """

    vernietigingslijst_id: UUID = Field(foreign_key="vernietigingslijst.id")
    zaak_id: UUID | None = Field(default=None, foreign_key="zaak.id")
    zaaktype_id: UUID
    vertrouwelijkheid: int = Field(sa_type=SmallInteger)
    resultaattype_id: UUID | None = None
    bezet: bool = True
    stand: int = 0
    pogingen: int = Field(default=0, sa_type=SmallInteger)


class RegelIn(In):
    """A zaak that comes on a list."""

    zaak: Url = Documented(description="URL van een zaak die vernietigd kan worden.")


class UitzonderingIn(In):
    """Why a zaak comes off a list."""

    reden: Uitzondering = Documented(description="Waarom de zaak niet vernietigd moet worden.")


class RegelOut(Out, RegelFields):
    """A regel as answered."""

    url: str = Documented(description="URL van deze regel.")
    uuid: UUID = Documented(description="Id van deze regel.")
    vernietigingslijst: str = Documented(description="URL van de lijst.")
    zaak: Link | None = Documented(description="URL van de zaak; leeg als die niet meer bestaat.")
    zaaktype: Link = Documented(description="URL van het zaaktype.")
    resultaattype: Link | None = Documented(description="URL van het resultaattype.")


async def render(unit: Unit, row: Vernietigingsregel) -> RegelOut:
    """The JSON of a regel."""
    return RegelOut(
        **{name: getattr(row, name) for name in RegelFields.model_fields},
        url=url_of(unit.public_url, VERNIETIGINGSREGEL, row.id, row.vernietigingslijst_id),
        uuid=row.id,
        vernietigingslijst=unit.url(VERNIETIGINGSLIJST, row.vernietigingslijst_id),
        zaak=unit.url(ZAAK, row.zaak_id) if row.zaak_id else None,
        zaaktype=unit.url(ZAAKTYPE, row.zaaktype_id),
        resultaattype=unit.url(RESULTAATTYPE, row.resultaattype_id) if row.resultaattype_id else None,
    )


VERNIETIGINGSREGEL = Resource(
    "vernietigingsregel",
    Vernietigingsregel,
    "archiefbeheer",
    "/vernietigingslijsten/{main}/regels",
    render,
    main="vernietigingslijst_id",
)


# ---- filter


class RegelFilter(PagedFilter):
    """Query parameters of the list."""

    status: RegelStatus | None = Documented(default=None, description="Wat er met de zaak gebeurde.")


def select_regels(chosen: RegelFilter, lijst_id: UUID) -> Selection:
    """The regels of a list that the filter asks for."""
    selection = Selection().where("vernietigingslijst_id = {}", lijst_id)
    return selection.where_given("status = {}", chosen.status and str(chosen.status))


# ---- rules

# In one order, so that no two lists wait for each other; a zaak that is being destroyed is waited for, and then gone.
_LOCK = "SELECT id FROM zaak WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE"


async def add_zaken(unit: Unit, lijst: Vernietigingslijst, given: Mapping[str, str]) -> list[Vernietigingsregel]:
    """Put zaken on a list. given: URL by the name of its field. Raises Invalid, Problem: 409 naming all that cannot go."""
    references = unit.runtime.references
    ids = {name: references.local_id(ZAAK, url) for name, url in given.items()}
    wanted = sorted({one for one in ids.values() if one is not None})
    connection = await unit.connection()
    await connection.fetch(_LOCK, wanted)
    feiten = await feiten_van(connection, wanted, clock.today())
    seen = RIGHTS.visible(unit.caller, references, LIJSTEN_AANMAKEN, LIJSTEN_BIJWERKEN)
    known = {key: one for key, one in feiten.items() if seen.includes(one.zaaktype_id, one.vertrouwelijkheid)}
    if unknown := [bad_url(name) for name, zaak_id in ids.items() if zaak_id not in known]:
        raise Invalid(unknown)
    refuse_unfit({name: known[zaak_id] for name, zaak_id in ids.items() if zaak_id is not None})
    rows = []
    for zaak_id in wanted:
        row = Vernietigingsregel(vernietigingslijst_id=lijst.id, zaak_id=zaak_id, **known[zaak_id].specificatie)
        await unit.create(VERNIETIGINGSREGEL, row)
        rows.append(row)
    return rows


def refuse_unfit(given: Mapping[str, Feiten]) -> None:
    """Raises Problem: 409, with the name of each zaak that cannot be on a new list and why."""
    errors = []
    for name, one in given.items():
        found = belemmeringen(one, clock.today(), deelzaak_blijft=one.deelzaak_blijft)
        errors += [FieldError(name, str(reden), WOORDEN[reden]) for reden in found]
        if one.lijst_id is not None:
            errors.append(FieldError(name, "al-op-lijst", "De zaak staat al op een vernietigingslijst."))
    refuse(errors)


def refuse(errors: Sequence[FieldError]) -> None:
    """Raises Problem: 409 when there are any."""
    if errors:
        detail = "Een of meer zaken kunnen niet vernietigd worden."
        raise Problem(409, "zaken-niet-te-vernietigen", detail, fields=errors)


async def regels_op(unit: Unit, lijst: Vernietigingslijst) -> list[Vernietigingsregel]:
    """The regels of a list whose zaak is still to be destroyed, locked, oldest first."""
    statement = select(Vernietigingsregel).where(
        col(Vernietigingsregel.vernietigingslijst_id) == lijst.id,
        col(Vernietigingsregel.status) == RegelStatus.op_lijst,
    )
    return await unit.find(statement.order_by(col(Vernietigingsregel.id)).with_for_update())


def pass_over(unit: Unit, row: Vernietigingsregel, reden: Reden) -> None:
    """Let the zaak of a regel stay."""
    row.status, row.reden, row.bezet, row.verwerkt_op = RegelStatus.overgeslagen, reden, False, unit.at


async def open_lijst(unit: Unit, uuid: UUID, states: frozenset[LijstStatus]) -> Vernietigingslijst:
    """A list whose regels can change now, locked. Raises NotFound, PermissionDenied, Conflict."""
    listable(unit.caller, unit.runtime.references, LIJSTEN_BIJWERKEN)
    lijst: Vernietigingslijst = await unit.get(VERNIETIGINGSLIJST, uuid, lock=True)
    if lijst.status not in states:
        raise Conflict("lijst-ligt-vast", f"Een lijst met de status {lijst.status} verandert niet meer.")
    return lijst


async def take_off(unit: Unit, lijst: Vernietigingslijst, regel_id: UUID, reden: str) -> Vernietigingsregel:
    """Take a zaak off a list, which may happen once. Raises NotFound, PermissionDenied, Conflict."""
    row: Vernietigingsregel = await unit.get(VERNIETIGINGSREGEL, regel_id, lock=True)
    if row.vernietigingslijst_id != lijst.id:
        raise NotFound
    RIGHTS.require(unit.caller, unit.runtime.references, row.zaaktype_id, row.vertrouwelijkheid, LIJSTEN_BIJWERKEN)
    if row.status != RegelStatus.op_lijst:
        raise Conflict("niet-op-lijst", "Deze zaak is al van de lijst gehaald.")
    row.status, row.reden, row.bezet = RegelStatus.uitgezonderd, Reden(reden), False
    await unit.change(VERNIETIGINGSREGEL, row, action="uitzonderen")
    await unit.touch(VERNIETIGINGSLIJST, lijst)
    return row


def respond(unit: Unit, row: Vernietigingsregel, status: int) -> Response:
    """Answer with a regel, which is found below its list."""
    location = url_of(unit.public_url, VERNIETIGINGSREGEL, row.id, row.vernietigingslijst_id)
    headers = {"ETag": f'"{row.etag}"'} | ({"Location": location} if status == 201 else {})
    return unit.respond_raw(unit.body(VERNIETIGINGSREGEL, row), status, headers)


# ---- routes


@router.get(COLLECTION, response_model=Page[RegelOut], summary="Zaken op een vernietigingslijst opvragen")
async def vernietigingsregel_list(
    lijst: UUID, chosen: Annotated[RegelFilter, Query()], reader: Reading, caller: CurrentCaller
) -> Response:
    """De zaken op de lijst die de applicatie mag zien, en wat ermee gebeurde."""
    seen = listable(caller, reader.runtime.references, LIJSTEN_LEZEN)
    await reader.row(VERNIETIGINGSLIJST, lijst)
    selection = seen.restrict(select_regels(chosen, lijst))
    return await reader.page(VERNIETIGINGSREGEL, selection, chosen.page, chosen.page_size)


@router.post(COLLECTION, status_code=201, response_model=RegelOut, summary="Zaak op een vernietigingslijst zetten")
async def vernietigingsregel_create(lijst: UUID, body: RegelIn, unit: UnitOfWork) -> Response:
    """Nog een zaak op de lijst, zolang die een concept is. Wie dit doet, kan de lijst niet meer accorderen."""
    opened = await open_lijst(unit, lijst, TO_ADD)
    opened.makers = sorted({*opened.makers, person_of(unit.caller)})
    [row] = await add_zaken(unit, opened, {"zaak": body.zaak})
    await unit.touch(VERNIETIGINGSLIJST, opened)
    return respond(unit, row, 201)


@router.get(f"{COLLECTION}/{{uuid}}", response_model=RegelOut, summary="Zaak op een vernietigingslijst opvragen")
async def vernietigingsregel_retrieve(lijst: UUID, uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Eén zaak op de lijst, en wat ermee gebeurde."""
    listable(caller, reader.runtime.references, LIJSTEN_LEZEN)
    columns = "vernietigingslijst_id, zaaktype_id, vertrouwelijkheid"
    row = await reader.row(VERNIETIGINGSREGEL, uuid, columns)
    if row["vernietigingslijst_id"] != lijst:
        raise NotFound
    references = reader.runtime.references
    RIGHTS.require(caller, references, row["zaaktype_id"], row["vertrouwelijkheid"], LIJSTEN_LEZEN)
    return reader.one(VERNIETIGINGSREGEL, uuid, row)


@router.post(
    f"{COLLECTION}/{{uuid}}/_uitzonderen", response_model=RegelOut, summary="Zaak van een vernietigingslijst halen"
)
async def vernietigingsregel_uitzonderen(lijst: UUID, uuid: UUID, body: UitzonderingIn, unit: UnitOfWork) -> Response:
    """De zaak blijft bestaan. Kan tot de lijst is geaccordeerd."""
    opened = await open_lijst(unit, lijst, TO_TAKE_OFF)
    person_of(unit.caller)
    return respond(unit, await take_off(unit, opened, uuid, body.reden), 200)
