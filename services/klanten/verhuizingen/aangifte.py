"""The declaration of a verhuizing: filed by a portal, complete or not, and supplemented until it is processed."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header
from pydantic import Field as Documented
from pydantic import model_validator
from sqlalchemy import text
from starlette.responses import Response

from chassis import clock
from chassis.app import UnitOfWork
from chassis.problems import CodedValueError, Conflict, Invalid
from chassis.resource import In, Patch, new_id
from chassis.unit import Unit
from services.klanten.burgerservicenummer import Bsn
from services.klanten.events import VERHUIZING_AANGEVULD, VERHUIZING_ONTVANGEN, VERHUIZING_ONVOLLEDIG
from services.klanten.klanten.partij import persons
from services.klanten.settings import settings_of
from services.klanten.verhuizingen import inhoud as stored
from services.klanten.verhuizingen import verhuisdatum
from services.klanten.verhuizingen.inhoud import Inhoud, ontbreekt
from services.klanten.verhuizingen.kenmerk import kenmerk_of
from services.klanten.verhuizingen.verhuizing import (
    KENMERKEN,
    VERHUIZING,
    Adres,
    BewijsItem,
    ContactItem,
    SoortAangifte,
    Status,
    Toestemming,
    Verhuizing,
    VerhuizingOut,
    advance,
    announce,
    content_of,
    for_change,
    require_changing,
)

router = APIRouter(tags=["verhuizingen"])
SUPPLEMENTABLE = frozenset({"onvolledig", "ontvangen", "in-behandeling", "wacht-op-controle"})


# ---- fields


class PersoonIn(In):
    """Somebody, by the number the portal got from the login."""

    bsn: Bsn = Documented(description="Burgerservicenummer.")


class MeeverhuizerIn(PersoonIn):
    """Somebody who moves along."""

    soort_aangifte: SoortAangifte = Documented(description="Waarom de aangifte ook voor deze persoon geldt.")


class InwoningIn(In):
    """Moving in with somebody."""

    hoofdbewoner: PersoonIn = Documented(description="Wie er al woont en toestemming geeft.")
    toestemming: Toestemming = Documented(description="Wat de hoofdbewoner zegt.")


class InwoningPatch(In):
    """The answer of the hoofdbewoner; who that is need not be said again."""

    hoofdbewoner: PersoonIn | None = Documented(default=None, description="Wie er al woont.")
    toestemming: Toestemming = Documented(description="Wat de hoofdbewoner zegt.")


class VerhuizingIn(In):
    """A declaration."""

    aangever: PersoonIn = Documented(description="Wie de aangifte doet en zelf verhuist.")
    datum_verhuizing: date = Documented(description="Dag van de verhuizing.")
    nieuw_adres: Adres = Documented(description="Waarheen.")
    vorig_adres: Adres = Documented(description="Waarvandaan.")
    meeverhuizers: list[MeeverhuizerIn] = Documented(
        default_factory=list, max_length=19, description="Wie meeverhuist, elk met de grond van de aangifte."
    )
    inwoning: InwoningIn | None = Documented(default=None, description="Alleen wie bij iemand gaat inwonen.")
    bewijs: list[BewijsItem] = Documented(default_factory=list, max_length=20, description="Bewijsstukken.")
    contact: ContactItem | None = Documented(default=None, description="Hoe de aangever te bereiken is.")

    @model_validator(mode="after")
    def _consistent(self) -> "VerhuizingIn":
        if self.nieuw_adres.nummeraanduiding_id == self.vorig_adres.nummeraanduiding_id:
            raise CodedValueError("adres-gelijk-aan-huidig", "Het nieuwe adres is het huidige adres.", "nieuwAdres")
        bsns = [self.aangever.bsn, *(mover.bsn for mover in self.meeverhuizers)]
        if len(set(bsns)) < len(bsns):
            raise CodedValueError("verhuizer-dubbel", "Iemand staat er meer dan een keer in.", "meeverhuizers")
        return self


class VerhuizingPatch(Patch):
    """What a resident may hand in later."""

    bewijs: list[BewijsItem] | None = Documented(default=None, max_length=20, description="Alle bewijsstukken samen.")
    contact: ContactItem | None = Documented(default=None, description="Hoe de aangever te bereiken is.")
    inwoning: InwoningPatch | None = Documented(default=None, description="Het antwoord van de hoofdbewoner.")


# ---- rules


def window_of(unit: Unit) -> verhuisdatum.Window:
    """The term within which a verhuizing is to be declared."""
    settings = settings_of(unit.runtime)
    return verhuisdatum.Window(settings.verhuizing_days_before, settings.verhuizing_days_after)


def check_dates(unit: Unit, moved: date, declared: date) -> date:
    """The day from which the address counts. Raises Invalid `datum-te-vroeg`."""
    window = window_of(unit)
    if verhuisdatum.too_early(moved, declared, window):
        raise Invalid.field(
            "datumVerhuizing",
            "datum-te-vroeg",
            f"U kunt een verhuizing hoogstens {window.days_before} dagen van tevoren doorgeven.",
        )
    return verhuisdatum.datum_adreshouding(moved, declared, window)


async def file(unit: Unit, body: VerhuizingIn) -> Verhuizing:
    """Store a declaration. Raises Invalid `datum-te-vroeg` and Conflict `verhuizing-loopt-al`."""
    today = clock.today()
    adreshouding = check_dates(unit, body.datum_verhuizing, today)
    content = await _content(unit, body)
    row_id = new_id()
    number = (await unit.session.execute(KENMERKEN.next_value())).scalar_one()
    row = Verhuizing(
        id=row_id,
        kenmerk=kenmerk_of(number),
        status=Status.onvolledig if ontbreekt(content) else Status.ontvangen,
        volgnummer=1,
        datum_aangifte=today,
        datum_verhuizing=body.datum_verhuizing,
        datum_adreshouding=adreshouding,
        ingediend_door=unit.caller.client_id,
        inhoud=content.seal(unit.runtime.keyring, row_id),
    )
    await unit.create(VERHUIZING, row)
    await occupy(unit, row.id, [mover.bsn for mover in content.verhuizers])
    announce(unit, VERHUIZING_ONVOLLEDIG if row.status == Status.onvolledig else VERHUIZING_ONTVANGEN, row)
    return row


async def _content(unit: Unit, body: VerhuizingIn) -> Inhoud:
    movers = [(body.aangever.bsn, "aangever"), *((mover.bsn, mover.soort_aangifte) for mover in body.meeverhuizers)]
    inwoning = body.inwoning
    others = [] if inwoning is None else [inwoning.hoofdbewoner.bsn]
    partijen = await persons(unit, [*(bsn for bsn, _ in movers), *others])
    return Inhoud(
        verhuizers=[
            stored.Verhuizer(bsn=bsn, partij=partijen[bsn], soort_aangifte=str(soort)) for bsn, soort in movers
        ],
        vorig_adres=body.vorig_adres.nummeraanduiding_id,
        nieuw_adres=body.nieuw_adres.nummeraanduiding_id,
        inwoning=None
        if inwoning is None
        else stored.Inwoning(
            hoofdbewoner=stored.Persoon(bsn=inwoning.hoofdbewoner.bsn, partij=partijen[inwoning.hoofdbewoner.bsn]),
            toestemming=str(inwoning.toestemming),
        ),
        bewijs=_proof(body.bewijs),
        contact=_contact(body.contact),
    )


def _proof(items: list[BewijsItem]) -> list[stored.Bewijs]:
    return [stored.Bewijs(soort=str(item.soort), verwijzing=item.verwijzing) for item in items]


def _contact(item: ContactItem | None) -> stored.Contact | None:
    return None if item is None else stored.Contact(email=item.email, telefoon=item.telefoon)


async def occupy(unit: Unit, verhuizing_id: UUID, bsns: list[str]) -> None:
    """Put the movers in this verhuizing. Raises Conflict when one is in another that is not processed yet, also when
    that one is being filed at this very moment: the index makes this one wait for it."""
    indexes = sorted(unit.runtime.keyring.index(bsn, "bsn") for bsn in bsns)
    taken = await unit.session.execute(
        text(
            "INSERT INTO verhuizer (id, verhuizing_id, bsn_index, is_open) "
            "SELECT t.id, :verhuizing, t.bsn_index, true "
            "FROM unnest(cast(:ids AS uuid[]), cast(:indexes AS bytea[])) AS t(id, bsn_index) ORDER BY t.bsn_index "
            "ON CONFLICT (bsn_index) WHERE is_open DO NOTHING RETURNING id"
        ),
        {"verhuizing": verhuizing_id, "ids": [new_id() for _ in indexes], "indexes": indexes},
    )
    if len(taken.all()) < len(indexes):
        raise Conflict("verhuizing-loopt-al", "Voor een van deze personen loopt al een verhuizing.")


async def release(unit: Unit, verhuizing_id: UUID) -> None:
    """The movers may declare a next verhuizing: this one is processed, refused or withdrawn."""
    await unit.session.execute(
        text("UPDATE verhuizer SET is_open = false WHERE verhuizing_id = :verhuizing AND is_open"),
        {"verhuizing": verhuizing_id},
    )


async def supplement(unit: Unit, row: Verhuizing, body: VerhuizingPatch) -> None:
    """Add what came later. Raises Conflict once the verhuizing is processed, Invalid when there is no inwoning."""
    if row.status not in SUPPLEMENTABLE:
        raise Conflict("overgang-niet-toegestaan", f"Een verhuizing met status {row.status} kan niet worden aangevuld.")
    content = content_of(unit, row)
    if body.bewijs is not None:
        content.bewijs = _proof(body.bewijs)
    if body.contact is not None:
        content.contact = _contact(body.contact)
    if body.inwoning is not None:
        await _answer_of_hoofdbewoner(unit, content, body.inwoning)
    row.inhoud = content.seal(unit.runtime.keyring, row.id)
    missing = bool(ontbreekt(content))
    completed = not missing and row.status == Status.onvolledig
    if completed or (missing and row.status == Status.ontvangen):
        advance(row, Status.ontvangen if completed else Status.onvolledig)
    await unit.change(VERHUIZING, row, action="partial_update")
    announce(unit, VERHUIZING_AANGEVULD, row, *sorted(body.changes()))
    if completed:
        announce(unit, VERHUIZING_ONTVANGEN, row)


async def _answer_of_hoofdbewoner(unit: Unit, content: Inhoud, body: InwoningPatch) -> None:
    if content.inwoning is None:
        raise Invalid.field("inwoning", "geen-inwoning", "In deze aangifte staat geen inwoning.")
    if body.hoofdbewoner is not None and body.hoofdbewoner.bsn != content.inwoning.hoofdbewoner.bsn:
        partijen = await persons(unit, [body.hoofdbewoner.bsn])
        content.inwoning.hoofdbewoner = stored.Persoon(
            bsn=body.hoofdbewoner.bsn, partij=partijen[body.hoofdbewoner.bsn]
        )
    content.inwoning.toestemming = str(body.toestemming)


# ---- routes

IdempotencyKey = Annotated[
    str, Header(alias="Idempotency-Key", description="Sleutel waarmee hetzelfde verzoek herkend wordt.")
]


@router.post("/verhuizingen", status_code=201, response_model=VerhuizingOut, summary="Geef een verhuizing door")
async def verhuizing_create(body: VerhuizingIn, unit: UnitOfWork, _: IdempotencyKey) -> Response:
    """File a verhuizing; what is incomplete is accepted and says what it lacks."""
    unit.caller.require("verhuizingen", "verhuizingen.aanmaken")
    return unit.respond(VERHUIZING, await file(unit, body), 201)


@router.patch("/verhuizingen/{uuid}", response_model=VerhuizingOut, summary="Vul een verhuizing aan")
async def verhuizing_partial_update(uuid: UUID, body: VerhuizingPatch, unit: UnitOfWork) -> Response:
    """Supplement a verhuizing that is not processed yet."""
    require_changing(unit.caller)
    row = await for_change(unit, uuid)
    await supplement(unit, row, body)
    return unit.respond(VERHUIZING, row)
