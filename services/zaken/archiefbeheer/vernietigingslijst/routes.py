"""The operations on vernietigingslijsten: made, submitted, approved by another, carried out."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from chassis import clock
from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import Conflict, FieldError, PermissionDenied
from chassis.reading import Page, Reading
from chassis.unit import Unit
from services.zaken.archiefbeheer.overgangen import LijstActie, follow
from services.zaken.archiefbeheer.toetsing import WOORDEN, Reden, belemmeringen, feiten_van
from services.zaken.archiefbeheer.vernietigingslijst.fields import (
    VERNIETIGINGSLIJST,
    Afwijzing,
    Vernietigingslijst,
    VernietigingslijstFilter,
    VernietigingslijstIn,
    VernietigingslijstOut,
    announce,
    select_lijsten,
)
from services.zaken.archiefbeheer.vernietigingsregel import (
    VERNIETIGINGSREGEL,
    Vernietigingsregel,
    add_zaken,
    pass_over,
    refuse,
    regels_op,
)
from services.zaken.archiefbeheer.vierogen import done_by, person_of, refuse_same_person
from services.zaken.archiefbeheer.visibility import (
    LIJSTEN_AANMAKEN,
    LIJSTEN_ACCORDEREN,
    LIJSTEN_BIJWERKEN,
    LIJSTEN_LEZEN,
    LIJSTEN_UITVOEREN,
    listable,
)

router = APIRouter(tags=["vernietigingslijsten"])


# ---- rules

STAND = """
(SELECT count(*) FROM auditregel a WHERE a.hoofdobject = r.zaak_id
    OR a.hoofdobject IN (SELECT b.id FROM besluit b WHERE b.zaak_id = r.zaak_id))
"""
"""SQL: how many changes of the zaak of regel `r`, of its parts and of its besluiten were recorded."""
_FIX = f"UPDATE vernietigingsregel r SET stand = {STAND} WHERE r.vernietigingslijst_id = $1 AND r.bezet"  # noqa: S608 - our own SQL
_RELEASE = "UPDATE vernietigingsregel SET bezet = false WHERE vernietigingslijst_id = $1"


async def lijst_for(unit: Unit, uuid: UUID, actie: LijstActie, *scopes: str) -> Vernietigingslijst:
    """A list, locked, in the state after an action. Raises NotFound, PermissionDenied, Conflict, and Problem for nobody.

    One of the scopes must hold for every zaak that is still on it: who may judge half a list judges none.
    """
    seen = listable(unit.caller, unit.runtime.references, *scopes)
    row: Vernietigingslijst = await unit.get(VERNIETIGINGSLIJST, uuid, lock=True)
    sql = (
        f"SELECT EXISTS (SELECT FROM vernietigingsregel WHERE vernietigingslijst_id = $1 AND bezet AND NOT {seen.sql})"  # noqa: S608
    )
    if await (await unit.connection()).fetchval(sql, uuid):
        raise PermissionDenied(f"Hiervoor is voor elke zaak op de lijst de scope {' of '.join(scopes)} nodig.")
    person_of(unit.caller)
    row.status = follow(row.status, actie)
    return row


async def fix_content(unit: Unit, lijst: Vernietigingslijst) -> None:
    """Judge all zaken of a list that is submitted, and remember how they are. Raises Conflict, Problem: 409."""
    regels, today = await regels_op(unit, lijst), clock.today()
    if not regels:
        raise Conflict("lijst-leeg", "Er staat geen zaak op de lijst.")
    connection = await unit.connection()
    present = {row.zaak_id for row in regels if row.zaak_id is not None}
    feiten = await feiten_van(connection, present, today)
    errors = []
    for row in regels:
        one = feiten.get(row.zaak_id) if row.zaak_id else None
        staying = one is not None and not {*one.deelzaken} <= present
        found = belemmeringen(one, today, deelzaak_blijft=staying) if one else [Reden.verdwenen]
        errors += [FieldError(f"regels.{row.id}", str(reden), WOORDEN[reden]) for reden in found]
        if one is not None:
            await _specify(unit, row, one.specificatie)
    refuse(errors)
    await unit.session.flush()
    await connection.execute(_FIX, lijst.id)


async def _specify(unit: Unit, row: Vernietigingsregel, specificatie: dict[str, object]) -> None:
    """Let a regel say what its zaak is now, when that changed since it came on the list."""
    if any(getattr(row, name) != value for name, value in specificatie.items()):
        for name, value in specificatie.items():
            setattr(row, name, value)
        await unit.change(VERNIETIGINGSREGEL, row)


async def done(unit: Unit, row: Vernietigingslijst, action: LijstActie) -> Response:
    """Store a list after an action, tell it and answer with it."""
    await unit.change(VERNIETIGINGSLIJST, row, action=action)
    announce(unit, row)
    return unit.respond(VERNIETIGINGSLIJST, row)


# ---- routes


@router.get(
    "/vernietigingslijsten", response_model=Page[VernietigingslijstOut], summary="Vernietigingslijsten opvragen"
)
async def vernietigingslijst_list(
    chosen: Annotated[VernietigingslijstFilter, Query()], reader: Reading, caller: CurrentCaller
) -> Response:
    """Alle lijsten, nieuwste eerst. Welke zaken erop staan, hangt af van de rechten op die zaken."""
    listable(caller, reader.runtime.references, LIJSTEN_LEZEN)
    return await reader.page(VERNIETIGINGSLIJST, select_lijsten(chosen), chosen.page, chosen.page_size)


@router.post(
    "/vernietigingslijsten",
    status_code=201,
    response_model=VernietigingslijstOut,
    summary="Vernietigingslijst maken",
)
async def vernietigingslijst_create(body: VernietigingslijstIn, unit: UnitOfWork) -> Response:
    """Een concept met zaken die vernietigd kunnen worden. Een zaak staat op hoogstens één lijst tegelijk."""
    listable(unit.caller, unit.runtime.references, LIJSTEN_AANMAKEN)
    makers, aangemaakt = [person_of(unit.caller)], done_by(unit.caller, unit.at)
    row = Vernietigingslijst(omschrijving=body.omschrijving, makers=makers, aangemaakt=aangemaakt)
    await unit.create(VERNIETIGINGSLIJST, row)
    await add_zaken(unit, row, {f"zaken.{index}": url for index, url in enumerate(body.zaken)})
    await unit.touch(VERNIETIGINGSLIJST, row)
    announce(unit, row)
    return unit.respond(VERNIETIGINGSLIJST, row, 201)


@router.get("/vernietigingslijsten/{uuid}", response_model=VernietigingslijstOut, summary="Vernietigingslijst opvragen")
async def vernietigingslijst_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Eén lijst."""
    listable(caller, reader.runtime.references, LIJSTEN_LEZEN)
    return reader.one(VERNIETIGINGSLIJST, uuid, await reader.row(VERNIETIGINGSLIJST, uuid))


@router.post(
    "/vernietigingslijsten/{uuid}/_indienen",
    response_model=VernietigingslijstOut,
    summary="Vernietigingslijst ter accordering aanbieden",
)
async def vernietigingslijst_indienen(uuid: UUID, unit: UnitOfWork) -> Response:
    """Elke zaak wordt opnieuw getoetst. Hierna komen er geen zaken meer bij."""
    row = await lijst_for(unit, uuid, LijstActie.indienen, LIJSTEN_BIJWERKEN)
    await fix_content(unit, row)
    row.makers = sorted({*row.makers, person_of(unit.caller)})
    row.ingediend, row.beoordeeld, row.reden_afwijzing = done_by(unit.caller, unit.at), None, ""
    return await done(unit, row, LijstActie.indienen)


@router.post(
    "/vernietigingslijsten/{uuid}/_accorderen",
    response_model=VernietigingslijstOut,
    summary="Vernietigingslijst accorderen",
)
async def vernietigingslijst_accorderen(uuid: UUID, unit: UnitOfWork) -> Response:
    """Door een ander dan wie de lijst maakte, aanvulde of indiende. Hierna ligt de lijst vast."""
    row = await lijst_for(unit, uuid, LijstActie.accorderen, LIJSTEN_ACCORDEREN)
    refuse_same_person(unit.caller, row.makers)
    if not await regels_op(unit, row):
        raise Conflict("lijst-leeg", "Er staat geen zaak meer op de lijst.")
    row.beoordeeld = done_by(unit.caller, unit.at)
    return await done(unit, row, LijstActie.accorderen)


@router.post(
    "/vernietigingslijsten/{uuid}/_afwijzen",
    response_model=VernietigingslijstOut,
    summary="Vernietigingslijst afwijzen",
)
async def vernietigingslijst_afwijzen(uuid: UUID, body: Afwijzing, unit: UnitOfWork) -> Response:
    """Met een reden. De lijst kan daarna worden heropend of ingetrokken."""
    row = await lijst_for(unit, uuid, LijstActie.afwijzen, LIJSTEN_ACCORDEREN)
    refuse_same_person(unit.caller, row.makers)
    row.beoordeeld, row.reden_afwijzing = done_by(unit.caller, unit.at), body.reden
    return await done(unit, row, LijstActie.afwijzen)


@router.post(
    "/vernietigingslijsten/{uuid}/_heropenen",
    response_model=VernietigingslijstOut,
    summary="Afgewezen vernietigingslijst heropenen",
)
async def vernietigingslijst_heropenen(uuid: UUID, unit: UnitOfWork) -> Response:
    """De lijst is weer een concept."""
    row = await lijst_for(unit, uuid, LijstActie.heropenen, LIJSTEN_BIJWERKEN)
    return await done(unit, row, LijstActie.heropenen)


@router.post(
    "/vernietigingslijsten/{uuid}/_intrekken",
    response_model=VernietigingslijstOut,
    summary="Vernietigingslijst intrekken",
)
async def vernietigingslijst_intrekken(uuid: UUID, unit: UnitOfWork) -> Response:
    """Er wordt niets vernietigd; de zaken kunnen op een andere lijst. Kan tot de uitvoering begint."""
    row = await lijst_for(unit, uuid, LijstActie.intrekken, LIJSTEN_BIJWERKEN)
    row.ingetrokken = done_by(unit.caller, unit.at)
    await (await unit.connection()).execute(_RELEASE, row.id)
    return await done(unit, row, LijstActie.intrekken)


@router.post(
    "/vernietigingslijsten/{uuid}/_uitvoeren",
    response_model=VernietigingslijstOut,
    summary="Geaccordeerde vernietigingslijst uitvoeren",
)
async def vernietigingslijst_uitvoeren(uuid: UUID, unit: UnitOfWork) -> Response:
    """Het vernietigen begint en is niet terug te draaien. Elke zaak wordt vlak daarvoor nog eens getoetst."""
    row = await lijst_for(unit, uuid, LijstActie.uitvoeren, LIJSTEN_UITVOEREN)
    row.gestart = done_by(unit.caller, unit.at)
    return await done(unit, row, LijstActie.uitvoeren)


@router.post(
    "/vernietigingslijsten/{uuid}/_stoppen",
    response_model=VernietigingslijstOut,
    summary="Uitvoering van een vernietigingslijst stoppen",
)
async def vernietigingslijst_stoppen(uuid: UUID, unit: UnitOfWork) -> Response:
    """Wat er nog is, blijft bestaan. Wat al is vernietigd, komt niet terug; daarvan volgt de verklaring."""
    row = await lijst_for(unit, uuid, LijstActie.stoppen, LIJSTEN_BIJWERKEN, LIJSTEN_ACCORDEREN, LIJSTEN_UITVOEREN)
    for regel in await regels_op(unit, row):
        pass_over(unit, regel, Reden.gestopt)
        await unit.change(VERNIETIGINGSREGEL, regel, action=LijstActie.stoppen)
    row.gestopt = done_by(unit.caller, unit.at)
    return await done(unit, row, LijstActie.stoppen)
