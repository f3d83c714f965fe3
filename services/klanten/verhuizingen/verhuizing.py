"""A verhuizing: what a resident declares under art. 2.39 Wet BRP, followed until every afdeling has done its part."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AfterValidator, field_validator
from pydantic import Field as Documented
from sqlalchemy import Index, Sequence, text
from sqlmodel import Field, SQLModel
from starlette.responses import Response

from chassis.access import Caller, CurrentCaller
from chassis.cloudevents import EventType
from chassis.problems import CodedValueError, Conflict, NotFound, PermissionDenied
from chassis.reading import Page, PagedFilter, Reading, Selection
from chassis.resource import Fields, In, Out, Resource, Row, new_id
from chassis.unit import Unit
from services.klanten.events import (
    VerhuizingData,
)
from services.klanten.verhuizingen import verhuisdatum
from services.klanten.verhuizingen.inhoud import Inhoud, ontbreekt

router = APIRouter(tags=["verhuizingen"])
VERWERKEN = "verhuizingen.verwerken"
KENMERKEN = Sequence("verhuizing_kenmerk", metadata=SQLModel.metadata)


class Status(StrEnum):
    """How far a verhuizing is."""

    onvolledig = "onvolledig"
    ontvangen = "ontvangen"
    in_behandeling = "in-behandeling"
    wacht_op_controle = "wacht-op-controle"
    verwerkt = "verwerkt"
    afgerond = "afgerond"
    geweigerd = "geweigerd"
    ingetrokken = "ingetrokken"


class SoortAangifte(StrEnum):
    """On what ground the declaration counts for a co-mover."""

    gezaghouder = "gezaghouder"
    partner = "partner"
    kind = "kind"
    ouder = "ouder"
    gemachtigde = "gemachtigde"
    ingeschrevene = "ingeschrevene"


class Toestemming(StrEnum):
    """What the hoofdbewoner says."""

    wacht = "wacht"
    akkoord = "akkoord"
    geweigerd = "geweigerd"


class SoortBewijs(StrEnum):
    """Kind of proof."""

    huurcontract = "huurcontract"
    koopakte = "koopakte"
    toestemmingsverklaring = "toestemmingsverklaring"


TRANSITIONS: dict[str, frozenset[str]] = {
    "onvolledig": frozenset({"ontvangen", "geweigerd", "ingetrokken"}),
    "ontvangen": frozenset(
        {"onvolledig", "in-behandeling", "wacht-op-controle", "verwerkt", "geweigerd", "ingetrokken"}
    ),
    "in-behandeling": frozenset({"wacht-op-controle", "verwerkt", "geweigerd", "ingetrokken"}),
    "wacht-op-controle": frozenset({"in-behandeling", "wacht-op-controle", "verwerkt", "geweigerd", "ingetrokken"}),
    "verwerkt": frozenset({"verwerkt", "wacht-op-controle", "afgerond", "ingetrokken"}),
    "afgerond": frozenset({"verwerkt", "wacht-op-controle", "ingetrokken"}),
    "geweigerd": frozenset(),
    "ingetrokken": frozenset(),
}


# ---- fields


def _check_nummeraanduiding(value: str) -> str:
    if not (len(value) == 16 and value.isascii() and value.isdigit()):
        raise CodedValueError("nummeraanduiding-ongeldig", "Een nummeraanduiding heeft zestien cijfers.")
    return value


Nummeraanduiding = Annotated[str, AfterValidator(_check_nummeraanduiding)]


class Adres(In):
    """An address, by its nummeraanduiding in the BAG."""

    nummeraanduiding_id: Nummeraanduiding = Documented(description="Identificatie van de nummeraanduiding in de BAG.")


class BewijsItem(In):
    """A piece of proof."""

    soort: SoortBewijs = Documented(description="Soort bewijs.")
    verwijzing: str = Documented(
        max_length=1000, pattern=r"^[A-Za-z][A-Za-z0-9+.-]*:\S+$", description="URI van het bewijsstuk."
    )


class ContactItem(In):
    """How the resident can be reached."""

    email: str | None = Documented(default=None, max_length=254, description="E-mailadres.")
    telefoon: str | None = Documented(default=None, max_length=20, description="Telefoonnummer.")

    @field_validator("email")
    @classmethod
    def _email(cls, value: str | None) -> str | None:
        name, _, domain = (value or "").partition("@")
        if value and (not name or "." not in domain.strip(".") or "@" in domain or any(c.isspace() for c in value)):
            raise CodedValueError("email-ongeldig", "Dit is geen geldig e-mailadres.")
        return value

    @field_validator("telefoon")
    @classmethod
    def _telefoon(cls, value: str | None) -> str | None:
        if value and (sum(c.isdigit() for c in value) < 8 or not set(value) <= set("+0123456789 ()-")):
            raise CodedValueError("telefoonnummer-ongeldig", "Dit is geen geldig telefoonnummer.")
        return value


class VerhuizingFields(Fields):
    """What table and JSON share."""

    kenmerk: str = Field(max_length=10, description="Kenmerk dat de inwoner als ontvangstbewijs krijgt.")
    status: str = Field(max_length=20, description="Hoever de verhuizing is.")
    volgnummer: int = Field(default=1, description="Wordt hoger bij elke correctie en bij intrekking.")
    datum_aangifte: date = Field(description="Dag waarop de aangifte binnenkwam.")
    datum_verhuizing: date = Field(description="Dag die de aangever noemde.")
    datum_adreshouding: date = Field(description="Dag vanaf wanneer het nieuwe adres telt.")
    zaak: str | None = Field(default=None, max_length=1000, description="URL van de zaak, zodra die er is.")


class Verhuizing(VerhuizingFields, Row, table=True):
    """Table of verhuizingen; everything about persons and addresses is in sealed bytes."""

    kenmerk: str = Field(max_length=10, unique=True)
    ingediend_door: str = Field(max_length=50)
    """The client that filed it: it may follow and correct its own."""
    inhoud: bytes
    """`Inhoud`, sealed."""


class OpenVerhuizer(SQLModel, table=True):
    """Who is in a verhuizing, by blind index. A person is in one verhuizing at a time that is not processed yet."""

    __tablename__ = "verhuizer"
    __table_args__ = (Index("verhuizer_open", "bsn_index", unique=True, postgresql_where=text("is_open")),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    verhuizing_id: UUID = Field(foreign_key="verhuizing.id", index=True)
    bsn_index: bytes
    is_open: bool = Field(default=True)


class PersoonOut(Out):
    """Somebody, by the id of the partij."""

    persoon: UUID = Documented(description="Eigen identificatie van de partij.")


class VerhuizerOut(PersoonOut):
    """Somebody who moves."""

    soort_aangifte: str = Documented(description="`aangever`, of waarom de aangifte ook voor deze persoon geldt.")


class InwoningOut(Out):
    """Moving in with somebody."""

    hoofdbewoner: PersoonOut = Documented(description="Wie er al woont.")
    toestemming: Toestemming = Documented(description="Wat de hoofdbewoner zegt.")


class VerhuizingOut(Out, VerhuizingFields):
    """A verhuizing as answered: persons only by the id of their partij."""

    url: str = Documented(description="URL van deze verhuizing.")
    uuid: UUID = Documented(description="Identificatie van deze verhuizing.")
    status: Status = Documented(description="Hoever de verhuizing is.")
    ontbreekt: list[str] = Documented(description="Codes van wat nog ontbreekt.")
    waarschuwingen: list[str] = Documented(description="Codes van wat de inwoner moet weten.")
    vorig_adres: Adres = Documented(description="Waarvandaan.")
    nieuw_adres: Adres = Documented(description="Waarheen.")
    verhuizers: list[VerhuizerOut] = Documented(description="Wie verhuizen, de aangever als eerste.")
    inwoning: InwoningOut | None = Documented(description="Alleen bij inwoning.")
    bewijs: list[BewijsItem] = Documented(description="Bewijsstukken.")
    contact: ContactItem | None = Documented(description="Hoe de aangever te bereiken is.")
    reden: str = Documented(description="Waarom de verhuizing is ingetrokken of geweigerd.")


async def render(unit: Unit, row: Verhuizing) -> VerhuizingOut:
    """The JSON of a verhuizing."""
    content = content_of(unit, row)
    inwoning = content.inwoning
    shared = {name: getattr(row, name) for name in VerhuizingFields.model_fields}
    return VerhuizingOut(
        **shared,
        url=unit.url(VERHUIZING, row.id),
        uuid=row.id,
        ontbreekt=ontbreekt(content),
        waarschuwingen=waarschuwingen(row, content),
        vorig_adres=Adres(nummeraanduiding_id=content.vorig_adres),
        nieuw_adres=Adres(nummeraanduiding_id=content.nieuw_adres),
        verhuizers=[
            VerhuizerOut(persoon=mover.partij, soort_aangifte=mover.soort_aangifte) for mover in content.verhuizers
        ],
        inwoning=None
        if inwoning is None
        else InwoningOut(
            hoofdbewoner=PersoonOut(persoon=inwoning.hoofdbewoner.partij), toestemming=Toestemming(inwoning.toestemming)
        ),
        bewijs=[BewijsItem(**item.model_dump()) for item in content.bewijs],
        contact=None if content.contact is None else ContactItem(**content.contact.model_dump()),
        reden=content.reden,
    )


VERHUIZING = Resource("verhuizing", Verhuizing, "verhuizingen", "/verhuizingen", render, sealed=True)


# ---- filter


class VerhuizingFilter(PagedFilter):
    """Query parameters of the list."""

    kenmerk: str | None = Documented(default=None, max_length=20, description="Kenmerk van de verhuizing.")
    status: Status | None = Documented(default=None, description="Hoever de verhuizing is.")


def select_verhuizingen(chosen: VerhuizingFilter, caller: Caller) -> Selection:
    """The verhuizingen the filter asks for, as far as the caller may see them."""
    selection = Selection(order="id DESC")
    selection.where_given("kenmerk = {}", chosen.kenmerk)
    selection.where_given("status = {}", None if chosen.status is None else str(chosen.status))
    if not sees_all(caller):
        selection.where("ingediend_door = {}", caller.client_id)
    return selection


# ---- rules


def sees_all(caller: Caller) -> bool:
    """Whether the caller may read every verhuizing, not only those it filed. A right within an afdeling gives none."""
    return may_process(caller) or caller.limited_to("verhuizingen", "verhuizingen.lezen", "afdeling") is None


def may_process(caller: Caller) -> bool:
    """Whether the caller is burgerzaken. A verhuizing is of no afdeling, so a right within one gives none."""
    return caller.limited_to("verhuizingen", VERWERKEN, "afdeling") is None


def require_reading(caller: Caller) -> None:
    """Raises PermissionDenied unless the caller may read some verhuizingen at least."""
    if not sees_all(caller):
        caller.require("verhuizingen", "verhuizingen.aanmaken")


def require_changing(caller: Caller) -> None:
    """Raises PermissionDenied unless the caller may change some verhuizingen at least."""
    if not (may_process(caller) or caller.may("verhuizingen", "verhuizingen.aanmaken")):
        raise PermissionDenied("Hiervoor is de scope verhuizingen.aanmaken nodig.")


def may_change(caller: Caller, filed_by: str) -> bool:
    """Whether the caller may supplement, correct or withdraw a verhuizing: its own, or as burgerzaken any."""
    return may_process(caller) or caller.client_id == filed_by


async def for_change(unit: Unit, uuid: UUID) -> Verhuizing:
    """The verhuizing with its lock. Raises NotFound, also when it is not the caller's to change."""
    row: Verhuizing = await unit.get(VERHUIZING, uuid, lock=True)
    if not may_change(unit.caller, row.ingediend_door):
        raise NotFound
    return row


def content_of(unit: Unit, row: Verhuizing) -> Inhoud:
    """What the verhuizing is about."""
    return Inhoud.opened(unit.runtime.keyring, row.id, row.inhoud)


def waarschuwingen(row: Verhuizing, content: Inhoud) -> list[str]:
    """Codes of what the resident must know."""
    codes = []
    if row.datum_adreshouding != row.datum_verhuizing:
        codes.append(verhuisdatum.WORDT_AANGIFTEDATUM)
    if content.inwoning is not None and content.inwoning.toestemming == Toestemming.geweigerd:
        codes.append("toestemming-geweigerd")
    return codes


def advance(row: Verhuizing, status: Status) -> None:
    """Give a verhuizing its next status. Raises Conflict `overgang-niet-toegestaan`."""
    if status not in TRANSITIONS[row.status]:
        raise Conflict("overgang-niet-toegestaan", f"Een verhuizing met status {row.status} kan niet {status} worden.")
    row.status = str(status)


def announce(unit: Unit, event: EventType, row: Verhuizing, *gewijzigd: str) -> None:
    """Emit an event about a verhuizing as it is now; `gewijzigd` are names of fields."""
    data = VerhuizingData(
        verhuizing=row.id,
        kenmerk=row.kenmerk,
        volgnummer=row.volgnummer,
        status=row.status,
        ontbreekt=ontbreekt(content_of(unit, row)),
        gewijzigd=list(gewijzigd),
    )
    unit.emit(event, about=row.id, data=data, dataref=unit.url(VERHUIZING, row.id))


# ---- routes

Chosen = Annotated[VerhuizingFilter, Query()]


@router.get("/verhuizingen", response_model=Page[VerhuizingOut], summary="Lees verhuizingen")
async def verhuizing_list(chosen: Chosen, reader: Reading, caller: CurrentCaller) -> Response:
    """Verhuizingen, newest first; a portal sees those it filed."""
    require_reading(caller)
    return await reader.page(VERHUIZING, select_verhuizingen(chosen, caller), chosen.page, chosen.page_size)


@router.get("/verhuizingen/{uuid}", response_model=VerhuizingOut, summary="Lees een verhuizing")
async def verhuizing_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """One verhuizing."""
    require_reading(caller)
    row = await reader.row(VERHUIZING, uuid, "ingediend_door")
    if not sees_all(caller) and row["ingediend_door"] != caller.client_id:
        raise NotFound
    return reader.one(VERHUIZING, uuid, row)
