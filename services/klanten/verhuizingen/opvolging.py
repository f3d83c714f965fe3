"""An opvolging: what one afdeling must do about a verhuizing, with exactly the gegevens its profile allows."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Query
from pydantic import BaseModel
from pydantic import Field as Documented
from sqlalchemy import DateTime, Index, UniqueConstraint, select, text
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import Caller, CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import Conflict, NotFound
from chassis.reading import Page, PagedFilter, Reader, Reading, Selection
from chassis.resource import Fields, In, Out, Patch, Resource, Row
from chassis.unit import Unit, unit_of_work
from services.klanten.events import VERHUIZING_AFGEROND
from services.klanten.verhuizingen.verhuizing import VERHUIZING, Status, Verhuizing, advance, announce

router = APIRouter(tags=["opvolgingen"])
LEZEN, BIJWERKEN = "opvolgingen.lezen", "opvolgingen.bijwerken"


class Soort(StrEnum):
    """What the afdeling is told: something new, something better, or that it is off."""

    verhuizing = "verhuizing"
    correctie = "correctie"
    intrekking = "intrekking"


class OpvolgingStatus(StrEnum):
    """How far the afdeling is."""

    te_bezorgen = "te-bezorgen"
    ontvangen = "ontvangen"
    in_behandeling = "in-behandeling"
    verlopen = "verlopen"
    verwerkt = "verwerkt"
    niet_van_toepassing = "niet-van-toepassing"
    geweigerd = "geweigerd"


class Gemeld(StrEnum):
    """What an afdeling can report."""

    in_behandeling = "in-behandeling"
    verwerkt = "verwerkt"
    niet_van_toepassing = "niet-van-toepassing"
    geweigerd = "geweigerd"


FINAL = frozenset({"verwerkt", "niet-van-toepassing", "geweigerd"})
REPORTABLE = frozenset({"ontvangen", "in-behandeling", "verlopen"})


# ---- fields


def _moment(description: str) -> Any:
    return Field(default=None, sa_type=DateTime(timezone=True), description=description)


class OpvolgingFields(Fields):
    """What table and JSON share."""

    afdeling: str = Field(max_length=40, description="Code van de afdeling.")
    volgnummer: int = Field(description="Volgnummer van de verhuizing waarover dit gaat.")
    soort: str = Field(max_length=20, description="Nieuw, een correctie, of een intrekking.")
    grondslag: str = Field(max_length=1000, description="Bepaling waarop de verstrekking rust.")
    doelbinding: str = Field(max_length=100, description="Waarvoor de afdeling de gegevens gebruikt.")
    profiel_versie: int = Field(description="Versie van het afdelingsprofiel.")
    status: str = Field(max_length=20, description="Hoever de afdeling is.")
    uiterlijk_op: date = Field(description="Laatste dag van de termijn.")
    aangemaakt_op: datetime = Field(
        sa_type=DateTime(timezone=True),
        description="Wanneer de opvolging is gevraagd.",
    )
    gelezen_op: datetime | None = _moment("Wanneer de afdeling de gegevens voor het eerst las.")
    ontvangen_op: datetime | None = _moment("Wanneer de afdeling de ontvangst bevestigde.")
    afgehandeld_op: datetime | None = _moment("Wanneer de afdeling klaar was.")


class Opvolging(OpvolgingFields, Row, table=True):
    """Table of opvolgingen: one per verhuizing, volgnummer and afdeling."""

    __table_args__ = (
        UniqueConstraint("verhuizing_id", "volgnummer", "afdeling", name="opvolging_once"),
        Index("opvolging_afdeling", "afdeling", "id"),
        Index(
            "opvolging_term",
            "uiterlijk_op",
            postgresql_where=text("status IN ('te-bezorgen', 'ontvangen', 'in-behandeling')"),
        ),
    )

    verhuizing_id: UUID = Field(foreign_key="verhuizing.id")
    profiel_id: UUID = Field(foreign_key="afdelingsprofiel.id")
    kenmerk: str = Field(max_length=10, index=True)
    inhoud: bytes
    """`Verstrekking`, sealed."""


class Verstrekking(BaseModel):
    """What an afdeling was told, about whom, and what it answered in its own words."""

    personen: list[UUID]
    gegevens: dict[str, Any]
    toelichting: str = ""
    extern_referentie: str = ""


class OpvolgingPatch(Patch):
    """What the afdeling reports."""

    status: Gemeld | None = Documented(default=None, description="Hoever de afdeling is.")
    toelichting: str | None = Documented(default=None, max_length=1000, description="Toelichting van de afdeling.")
    extern_referentie: str | None = Documented(
        default=None, max_length=100, description="Kenmerk van de afdeling in haar eigen systeem."
    )


class OntvangstbevestigingIn(In):
    """The technical acknowledgement: the message is safe with the afdeling."""

    volgnummer: int | None = Documented(default=None, description="Volgnummer dat de afdeling ontving.")


class OpvolgingOut(Out, OpvolgingFields):
    """An opvolging as answered; `gegevens` holds the fields of the profile and nothing else."""

    url: str = Documented(description="URL van deze opvolging.")
    uuid: UUID = Documented(description="Identificatie van deze opvolging.")
    verhuizing: str = Documented(description="Kenmerk van de verhuizing.")
    soort: Soort = Documented(description="Nieuw, een correctie, of een intrekking.")
    status: OpvolgingStatus = Documented(description="Hoever de afdeling is.")
    gegevens: dict[str, Any] = Documented(description="Precies de velden van het afdelingsprofiel.")
    toelichting: str = Documented(description="Toelichting van de afdeling.")
    extern_referentie: str = Documented(description="Kenmerk van de afdeling in haar eigen systeem.")


async def render(unit: Unit, row: Opvolging) -> OpvolgingOut:
    """The JSON of an opvolging."""
    told = told_of(unit, row)
    return OpvolgingOut(
        **{name: getattr(row, name) for name in OpvolgingFields.model_fields},
        url=unit.url(OPVOLGING, row.id),
        uuid=row.id,
        verhuizing=row.kenmerk,
        gegevens=told.gegevens,
        toelichting=told.toelichting,
        extern_referentie=told.extern_referentie,
    )


OPVOLGING = Resource("opvolging", Opvolging, "verhuizingen", "/opvolgingen", render, sealed=True, main="verhuizing_id")


# ---- filter


class OpvolgingFilter(PagedFilter):
    """Query parameters of the list."""

    afdeling: str | None = Documented(default=None, max_length=40, description="Code van de afdeling.")
    verhuizing: str | None = Documented(default=None, max_length=20, description="Kenmerk van de verhuizing.")
    status: OpvolgingStatus | None = Documented(default=None, description="Hoever de afdeling is.")


def select_opvolgingen(chosen: OpvolgingFilter, caller: Caller) -> Selection:
    """The opvolgingen the filter asks for, as far as the caller may see them, oldest first."""
    selection = Selection()
    selection.where_given("afdeling = {}", chosen.afdeling)
    selection.where_given("kenmerk = {}", chosen.verhuizing)
    selection.where_given("status = {}", None if chosen.status is None else str(chosen.status))
    own = caller.limited_to("verhuizingen", LEZEN, "afdeling")
    return selection if own is None else selection.where("afdeling = ANY({}::text[])", sorted(own))


# ---- rules


def seal(unit: Unit, told: Verstrekking, row_id: UUID) -> bytes:
    """A verstrekking, sealed for its opvolging."""
    return unit.runtime.keyring.seal(told.model_dump_json().encode(), f"opvolging-inhoud:{row_id}")


def told_of(unit: Unit, row: Opvolging) -> Verstrekking:
    """What the afdeling was told."""
    return Verstrekking.model_validate_json(unit.runtime.keyring.open(row.inhoud, f"opvolging-inhoud:{row.id}"))


async def newest_per_afdeling(unit: Unit, verhuizing_id: UUID) -> dict[str, Opvolging]:
    """The last opvolging of every afdeling that was told of this verhuizing."""
    table: Any = Opvolging
    rows: list[Opvolging] = await unit.find(
        select(Opvolging).where(table.verhuizing_id == verhuizing_id).order_by(table.volgnummer)
    )
    return {row.afdeling: row for row in rows}


async def for_change(unit: Unit, uuid: UUID) -> Opvolging:
    """The opvolging with its lock and that of its verhuizing, in the order everybody takes them.

    Two afdelingen that finish at once would otherwise each see the other one still busy. Raises NotFound, also when the
    opvolging is another afdeling's.
    """
    table: Any = Opvolging
    found = (await unit.session.execute(select(table.verhuizing_id, table.afdeling).where(table.id == uuid))).first()
    if found is None or not unit.caller.may("verhuizingen", BIJWERKEN, afdeling=found.afdeling):
        raise NotFound
    await unit.get(VERHUIZING, found.verhuizing_id, lock=True)
    row: Opvolging = await unit.get(OPVOLGING, uuid, lock=True)
    return row


async def acknowledge(unit: Unit, row: Opvolging, volgnummer: int | None) -> bool:
    """Record that the afdeling has it, and whether that is new; late and double acknowledgements are harmless."""
    if volgnummer is not None and volgnummer != row.volgnummer:
        raise Conflict("volgnummer-onjuist", f"Deze opvolging heeft volgnummer {row.volgnummer}.")
    if row.ontvangen_op is not None:
        return False
    row.ontvangen_op = unit.at
    if row.status == OpvolgingStatus.te_bezorgen:
        row.status = OpvolgingStatus.ontvangen.value
    await unit.change(OPVOLGING, row, action="ontvangstbevestiging")
    return True


async def report(unit: Unit, row: Opvolging, body: OpvolgingPatch) -> None:
    """Record what the afdeling reports; when it is the last one, the verhuizing is afgerond. Raises Conflict."""
    told = told_of(unit, row)
    if body.toelichting is not None:
        told.toelichting = body.toelichting
    if body.extern_referentie is not None:
        told.extern_referentie = body.extern_referentie
    row.inhoud = seal(unit, told, row.id)
    if body.status is not None and body.status != row.status:
        if row.status not in REPORTABLE:
            raise Conflict(
                "overgang-niet-toegestaan", f"Een opvolging met status {row.status} kan niet {body.status} worden."
            )
        row.status = str(body.status)
        row.afgehandeld_op = unit.at if row.status in FINAL else None
    await unit.change(OPVOLGING, row, action="partial_update")
    await close_when_done(unit, await unit.get(VERHUIZING, row.verhuizing_id))


async def close_when_done(unit: Unit, verhuizing: Verhuizing) -> None:
    """A verhuizing whose afdelingen are all done with the newest they were told is afgerond. Needs its lock."""
    if verhuizing.status != Status.verwerkt:
        return
    newest = await newest_per_afdeling(unit, verhuizing.id)
    if all(row.status in FINAL for row in newest.values()):
        advance(verhuizing, Status.afgerond)
        await unit.change(VERHUIZING, verhuizing, action="afgerond")
        announce(unit, VERHUIZING_AFGEROND, verhuizing, "status")


async def record_reading(reader: Reader, caller: Caller, uuid: UUID) -> Response:
    """Answer the afdeling and keep when it first read its opvolging: committed before the answer leaves."""
    async with unit_of_work(reader.runtime, caller) as unit:
        row = await _read_now(unit, uuid)
        return unit.respond(OPVOLGING, row)


async def record_readings(reader: Reader, caller: Caller, page: Response) -> None:
    """The same for a page of a list, which holds the gegevens too. With 304 the afdeling has read it before."""
    shown = orjson.loads(page.body)["results"] if page.status_code == 200 else []
    unread = sorted(UUID(one["uuid"]) for one in shown if one["gelezenOp"] is None)
    if unread:
        async with unit_of_work(reader.runtime, caller) as unit:
            for uuid in unread:
                await _read_now(unit, uuid)


async def _read_now(unit: Unit, uuid: UUID) -> Opvolging:
    row: Opvolging = await unit.get(OPVOLGING, uuid, lock=True)
    if row.gelezen_op is None:
        row.gelezen_op = unit.at
        await unit.change(OPVOLGING, row, action="retrieve")
    return row


# ---- routes

Chosen = Annotated[OpvolgingFilter, Query()]


@router.get("/opvolgingen", response_model=Page[OpvolgingOut], summary="Lees opvolgingen")
async def opvolging_list(chosen: Chosen, reader: Reading, caller: CurrentCaller) -> Response:
    """Opvolgingen, oldest first; an afdeling sees its own, and the first reading is recorded."""
    caller.require("verhuizingen", LEZEN)
    page = await reader.page(OPVOLGING, select_opvolgingen(chosen, caller), chosen.page, chosen.page_size)
    if caller.limited_to("verhuizingen", LEZEN, "afdeling") is not None:
        await record_readings(reader, caller, page)
    return page


@router.get("/opvolgingen/{uuid}", response_model=OpvolgingOut, summary="Lees een opvolging")
async def opvolging_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """One opvolging; the first reading by the afdeling itself is recorded."""
    caller.require("verhuizingen", LEZEN)
    row = await reader.row(OPVOLGING, uuid, "afdeling, gelezen_op")
    if not caller.may("verhuizingen", LEZEN, afdeling=row["afdeling"]):
        raise NotFound
    if row["gelezen_op"] is None and caller.limited_to("verhuizingen", LEZEN, "afdeling") is not None:
        return await record_reading(reader, caller, uuid)
    return reader.one(OPVOLGING, uuid, row)


@router.patch("/opvolgingen/{uuid}", response_model=OpvolgingOut, summary="Meld hoever de afdeling is")
async def opvolging_partial_update(uuid: UUID, body: OpvolgingPatch, unit: UnitOfWork) -> Response:
    """The afdeling reports."""
    unit.caller.require("verhuizingen", BIJWERKEN)
    row = await for_change(unit, uuid)
    await report(unit, row, body)
    return unit.respond(OPVOLGING, row)


@router.post(
    "/opvolgingen/{uuid}/ontvangstbevestigingen",
    status_code=201,
    response_model=OpvolgingOut,
    responses={200: {"model": OpvolgingOut, "description": "De ontvangst was al bevestigd."}},
    summary="Bevestig de ontvangst",
)
async def ontvangstbevestiging_create(
    uuid: UUID, unit: UnitOfWork, body: OntvangstbevestigingIn | None = None
) -> Response:
    """The afdeling acknowledges technically that it has the opvolging."""
    unit.caller.require("verhuizingen", BIJWERKEN)
    row = await for_change(unit, uuid)
    new = await acknowledge(unit, row, None if body is None else body.volgnummer)
    return unit.respond(OPVOLGING, row, 201 if new else 200)
