"""A gebeurtenis: what a ploeg did with a taak, or what regie did with it. Never changed afterwards."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, field_validator
from pydantic import Field as Documented
from sqlalchemy import DateTime, String, select
from sqlmodel import Field, col
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.cloudevents import EventType
from chassis.problems import CodedValueError, Conflict, Invalid, NotFound
from chassis.reading import Page, PagedFilter, Reading, Selection
from chassis.resource import Fields, In, Out, Resource, Row, new_id
from chassis.unit import Unit
from services.meldingen.events import (
    TAAK_GECLAIMD,
    TAAK_GESTART,
    TAAK_INGETROKKEN,
    TAAK_NIET_UITGEVOERD,
    TAAK_VOLTOOID,
)
from services.meldingen.meldingen.melding import Resultaat, finish, take_up
from services.meldingen.overgangen import FINAL, TAAK, TOO_LATE, MeldingStatus, TaakActie, TaakStatus, follow
from services.meldingen.taken.dossier import Dossier, open_dossiers, save_dossiers
from services.meldingen.taken.taak import TAAK as TAAK_RESOURCE
from services.meldingen.taken.taak import Taak, announce, may_see
from services.meldingen.verzegelen import open_text, seal_text

router = APIRouter(tags=["gebeurtenissen"])


class Ploegactie(StrEnum):
    """What a ploeg can report."""

    claimen = TaakActie.claimen.value
    starten = TaakActie.starten.value
    voltooien = TaakActie.voltooien.value
    niet_uitvoeren = TaakActie.niet_uitvoeren.value


OUTCOMES: dict[TaakActie, tuple[str, EventType]] = {
    TaakActie.claimen: ("geclaimd", TAAK_GECLAIMD),
    TaakActie.starten: ("gestart", TAAK_GESTART),
    TaakActie.voltooien: ("voltooid", TAAK_VOLTOOID),
    TaakActie.niet_uitvoeren: ("niet-uitgevoerd", TAAK_NIET_UITGEVOERD),
    TaakActie.intrekken: ("ingetrokken", TAAK_INGETROKKEN),
}
"""What an action makes of a taak, in words, and the event that tells it."""

RESULTS: dict[TaakActie, tuple[Resultaat, ...]] = {
    TaakActie.voltooien: (Resultaat.opgelost, Resultaat.niets_aangetroffen),
    TaakActie.niet_uitvoeren: (
        Resultaat.niet_opgelost,
        Resultaat.niets_aangetroffen,
        Resultaat.niet_voor_gemeente,
        Resultaat.doorverwezen,
        Resultaat.dubbel,
        Resultaat.onvoldoende_informatie,
    ),
}
"""The results an action can have; the first one when none is given."""


# ---- fields


class GebeurtenisFields(Fields):
    """What table and JSON share."""

    type: TaakActie = Field(sa_type=String(20), description="Wat er is gedaan.")
    gevolg: str = Field(max_length=40, description="Wat het betekent, bijvoorbeeld `te-laat-voltooid`.")
    resultaat: Resultaat | None = Field(default=None, sa_type=String(30), description="Resultaat van het werk.")
    apparaat_tijd: datetime | None = Field(
        default=None, sa_type=DateTime(timezone=True), description="Wanneer het volgens het apparaat gebeurde."
    )
    geregistreerd_op: datetime = Field(sa_type=DateTime(timezone=True), description="Wanneer wij het hoorden.")
    op_id: UUID | None = Field(default=None, description="Nummer dat het apparaat eraan gaf.")


class Taakgebeurtenis(GebeurtenisFields, Row, table=True):
    """Table of gebeurtenissen."""

    taak_id: UUID
    melding_id: UUID
    ploeg: str = Field(max_length=60)
    client_id: str = Field(max_length=60)
    reden: bytes | None = None
    """Sealed text."""


class GebeurtenisIn(In):
    """What a ploeg reports."""

    type: Ploegactie = Documented(description="Wat de ploeg doet of deed.")
    resultaat: Resultaat | None = Documented(default=None, description="Resultaat, bij voltooien en niet-uitvoeren.")
    reden: str | None = Documented(
        default=None, min_length=1, max_length=1000, description="Toelichting; verplicht bij niet-uitvoeren."
    )
    apparaat_tijd: AwareDatetime | None = Documented(
        default=None, description="Wanneer het gebeurde volgens het apparaat."
    )

    @field_validator("apparaat_tijd")
    @classmethod
    def _in_utc(cls, value: datetime | None) -> datetime | None:
        try:
            return value and value.astimezone(UTC)
        except OverflowError as error:
            raise CodedValueError("invalid", "Deze tijd is niet geldig.") from error


class GebeurtenisOut(Out, GebeurtenisFields):
    """A gebeurtenis as answered."""

    url: str = Documented(description="URL van deze gebeurtenis.")
    uuid: UUID = Documented(description="Unieke identificatie.")
    taak: str = Documented(description="URL van de taak.")
    reden: str | None = Documented(description="Toelichting.")


async def render(unit: Unit, row: Taakgebeurtenis) -> GebeurtenisOut:
    """The JSON of a gebeurtenis."""
    return GebeurtenisOut(
        url=unit.url(GEBEURTENIS, row.id),
        uuid=row.id,
        taak=unit.url(TAAK_RESOURCE, row.taak_id),
        reden=open_text(unit, "taakgebeurtenis.reden", row.id, row.reden),
        **{name: getattr(row, name) for name in GebeurtenisFields.model_fields},
    )


GEBEURTENIS = Resource(
    "taakgebeurtenis", Taakgebeurtenis, "taken", "/gebeurtenissen", render, sealed=True, main="melding_id"
)


# ---- filter


class GebeurtenisFilter(PagedFilter):
    """Query parameters of the list."""


def select_gebeurtenissen(taak_id: UUID) -> Selection:
    """What happened with a taak, oldest first."""
    return Selection().where("taak_id = {}", taak_id)


# ---- rules


def check_content(type_: TaakActie, body: GebeurtenisIn) -> None:
    """The resultaat fits the action and there is a reden where one is needed. Raises Invalid."""
    possible = RESULTS.get(type_, ())
    if body.resultaat is not None and body.resultaat not in possible:
        raise Invalid.field("resultaat", "invalid_choice", f"Dit resultaat past niet bij {type_}.")
    if type_ == TaakActie.niet_uitvoeren and not body.reden:
        raise Invalid.field("reden", "required", "Geef een reden als de taak niet is uitgevoerd.")


async def apply(
    unit: Unit, dossier: Dossier, taak: Taak, body: GebeurtenisIn, op_id: UUID | None = None
) -> Taakgebeurtenis:
    """Do what a ploeg reports; the caller saves the dossier. Work on a taak that has ended is kept, and regie told.

    Raises Invalid, or Conflict `taak-al-geclaimd` or `overgang-niet-toegestaan`.
    """
    action = TaakActie(body.type)
    check_content(action, body)
    resultaat = body.resultaat or next(iter(RESULTS.get(action, ())), None)
    if taak.status in FINAL and action in TOO_LATE:
        outcome = TOO_LATE[action]
        if outcome not in dossier.melding.aandacht:
            dossier.melding.aandacht = [*dossier.melding.aandacht, outcome]
    else:
        outcome = _advance(unit, taak, action)
        if taak.status not in FINAL:
            take_up(unit, dossier.melding)
        elif not dossier.open_taken and dossier.melding.status != MeldingStatus.afgehandeld:
            finish(unit, dossier.melding, resultaat or Resultaat.opgelost)
    tijd = body.apparaat_tijd
    return await _keep(unit, taak, action, outcome, body.reden, resultaat=resultaat, apparaat_tijd=tijd, op_id=op_id)


async def withdraw(unit: Unit, taak: Taak, reden: str) -> None:
    """Regie takes a taak away from its ploeg; the caller saves the dossier."""
    outcome = _advance(unit, taak, TaakActie.intrekken)
    await _keep(unit, taak, TaakActie.intrekken, outcome, reden)


def _advance(unit: Unit, taak: Taak, action: TaakActie) -> str:
    if action == TaakActie.claimen and taak.status in {TaakStatus.geclaimd, TaakStatus.bezig}:
        raise Conflict("taak-al-geclaimd", "Iemand anders van de ploeg heeft deze taak al.")
    taak.status = follow(TAAK, TaakStatus(taak.status), action)
    taak.versie += 1
    if action in {TaakActie.claimen, TaakActie.starten} and taak.geclaimd_door is None:
        taak.geclaimd_door = unit.caller.client_id
    outcome, event = OUTCOMES[action]
    announce(unit, event, taak)
    return outcome


async def _keep(
    unit: Unit, taak: Taak, action: TaakActie, outcome: str, reden: str | None, **given: Any
) -> Taakgebeurtenis:
    """The gebeurtenis of an action. given: resultaat, apparaat_tijd, op_id."""
    row_id = new_id()
    row = Taakgebeurtenis(
        id=row_id,
        taak_id=taak.id,
        melding_id=taak.melding_id,
        ploeg=taak.ploeg,
        type=action,
        gevolg=outcome,
        geregistreerd_op=unit.at,
        client_id=unit.caller.client_id,
        reden=seal_text(unit, "taakgebeurtenis.reden", row_id, reden) if reden else None,
        **given,
    )
    await unit.create(GEBEURTENIS, row)
    return row


async def dossier_of(unit: Unit, taak_id: UUID) -> tuple[Dossier, Taak]:
    """A taak with its dossier, locked, when the caller may change it. Raises PermissionDenied or NotFound."""
    unit.caller.require("meldingen", "taken.bijwerken")
    found = (
        await unit.session.execute(select(col(Taak.melding_id), col(Taak.ploeg)).where(col(Taak.id) == taak_id))
    ).first()
    if found is None:
        raise NotFound
    may_see(unit.caller, "taken.bijwerken", found.ploeg)
    dossier = (await open_dossiers(unit, [found.melding_id]))[found.melding_id]
    return dossier, dossier.taak(taak_id)


# ---- routes


@router.post(
    "/taken/{uuid}/gebeurtenissen", status_code=201, response_model=GebeurtenisOut, summary="Gebeurtenis melden"
)
async def taak_gebeurtenis_create(uuid: UUID, body: GebeurtenisIn, unit: UnitOfWork) -> Response:
    """Wat de ploeg met de taak doet of deed. Voltooien kan altijd: is de taak ingetrokken, dan wordt het bewaard."""
    dossier, taak = await dossier_of(unit, uuid)
    row = await apply(unit, dossier, taak, body)
    await save_dossiers(unit, [dossier])
    return unit.respond(GEBEURTENIS, row, 201)


@router.get(
    "/taken/{uuid}/gebeurtenissen", response_model=Page[GebeurtenisOut], summary="Gebeurtenissen van een taak opvragen"
)
async def taak_gebeurtenis_list(
    uuid: UUID, chosen: Annotated[GebeurtenisFilter, Query()], reader: Reading, caller: CurrentCaller
) -> Response:
    """Wat er met de taak gebeurde, het oudste eerst."""
    caller.require("meldingen", "taken.lezen")
    may_see(caller, "taken.lezen", (await reader.row(TAAK_RESOURCE, uuid, "ploeg"))["ploeg"])
    return await reader.page(GEBEURTENIS, select_gebeurtenissen(uuid), chosen.page, chosen.page_size)


@router.get("/gebeurtenissen/{uuid}", response_model=GebeurtenisOut, summary="Gebeurtenis opvragen")
async def gebeurtenis_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Eén gebeurtenis."""
    caller.require("meldingen", "taken.lezen")
    row = await reader.row(GEBEURTENIS, uuid, "ploeg")
    may_see(caller, "taken.lezen", row["ploeg"])
    return reader.one(GEBEURTENIS, uuid, row)
