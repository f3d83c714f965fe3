"""A signaal: what one resident reports. It becomes a melding, or joins the one that is already open there."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header
from pydantic import Field as Documented
from sqlalchemy import DateTime, String, text
from sqlmodel import Field
from starlette.responses import Response

from chassis import clock
from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import FieldError, Invalid, NotFound
from chassis.reading import Reading
from chassis.resource import Fields, In, Out, Resource, Row, new_id
from chassis.unit import Unit
from services.meldingen.events import MELDING_GEMELD, MELDING_SIGNAAL_TOEGEVOEGD, TAAK_GEWIJZIGD
from services.meldingen.inrichting import Inrichting, Sub, load_inrichting
from services.meldingen.kenmerk import next_kenmerk
from services.meldingen.lokaliseren import Plaats
from services.meldingen.meldingen.melding import (
    MELDING_RESOURCE,
    Besluitvorm,
    Herkomst,
    Locatie,
    Melding,
    announce,
)
from services.meldingen.meldingen.toewijzing import record
from services.meldingen.ontdubbelen import near_meldingen
from services.meldingen.overgangen import MeldingStatus
from services.meldingen.routering.routeerregel import Urgentie
from services.meldingen.taken.dossier import Dossier, open_dossiers, save_dossiers
from services.meldingen.taken.taak import announce as announce_taak
from services.meldingen.taken.taak import new_taak
from services.meldingen.verzegelen import open_text, seal_text

router = APIRouter(tags=["signalen"])
MAX_TEXT = 3000


# ---- fields


class LocatieIn(In):
    """Where it is, as the melder says: never corrected."""

    lon: float = Documented(description="Lengtegraad (WGS84).", allow_inf_nan=False)
    lat: float = Documented(description="Breedtegraad (WGS84).", allow_inf_nan=False)
    nauwkeurigheid_meter: float | None = Documented(
        default=None, ge=0, le=100_000, description="Hoe nauwkeurig de plaats is, in meters."
    )


class MelderIn(In):
    """How the melder can be reached."""

    naam: str | None = Documented(default=None, max_length=200, description="Naam.")
    email: str | None = Documented(default=None, max_length=254, description="E-mailadres.")
    telefoon: str | None = Documented(default=None, max_length=30, description="Telefoonnummer.")


class SignaalIn(In):
    """What a resident sends. Its content is judged by `problems_of`, all of it at once."""

    omschrijving: str = Documented(
        description="Wat er aan de hand is.", json_schema_extra={"minLength": 1, "maxLength": MAX_TEXT}
    )
    locatie: LocatieIn = Documented(description="Waar het is, binnen de gemeente.")
    categorie: str | None = Documented(default=None, description="Code van de categorie, als de melder die koos.")
    urgentie: Urgentie = Documented(default=Urgentie.normaal, description="Of het spoed heeft.")
    melder: MelderIn | None = Documented(default=None, description="Contactgegevens, alleen als de melder die geeft.")


class SignaalFields(Fields):
    """What table and JSON share."""

    kenmerk: str = Field(max_length=20, description="Kenmerk om over te bellen of te mailen.")
    gekoppeld_aan_bestaande: bool = Field(description="Of dit probleem al gemeld was.")
    categorie: str | None = Field(default=None, max_length=60, description="Code van de categorie.")
    categorie_voorstel: str | None = Field(
        default=None, max_length=60, description="Categorie die uit de tekst is voorgesteld."
    )
    categorie_herkomst: Herkomst = Field(sa_type=String(20), description="Wie de categorie koos.")
    urgentie: Urgentie = Field(sa_type=String(20), description="Urgentie volgens de melder.")
    heeft_contact: bool = Field(description="Of de melder contactgegevens heeft gegeven.")
    geregistreerd_op: datetime = Field(sa_type=DateTime(timezone=True), description="Wanneer het signaal binnenkwam.")


class Signaal(SignaalFields, Row, table=True):
    """Table of signalen. Contact data is in `signaal_melder`, with a retention of its own."""

    melding_id: UUID
    client_id: str = Field(max_length=60)
    omschrijving: bytes
    """Sealed text."""
    lon: float
    lat: float
    nauwkeurigheid_meter: float | None = None


class SignaalOut(Out, SignaalFields):
    """A signaal as answered: without contact data."""

    url: str = Documented(description="URL van dit signaal.")
    uuid: UUID = Documented(description="Unieke identificatie.")
    melding: str = Documented(description="URL van de melding.")
    omschrijving: str = Documented(description="Wat de melder schreef.")
    locatie: Locatie = Documented(description="Waar het is.")


async def render(unit: Unit, row: Signaal) -> SignaalOut:
    """The JSON of a signaal."""
    return SignaalOut(
        url=unit.url(SIGNAAL, row.id),
        uuid=row.id,
        melding=unit.url(MELDING_RESOURCE, row.melding_id),
        omschrijving=open_text(unit, "signaal.omschrijving", row.id, row.omschrijving),
        locatie=Locatie(lon=row.lon, lat=row.lat, nauwkeurigheid_meter=row.nauwkeurigheid_meter),
        **{name: getattr(row, name) for name in SignaalFields.model_fields},
    )


SIGNAAL = Resource("signaal", Signaal, "meldingen", "/signalen", render, sealed=True, main="melding_id")


# ---- rules


@dataclass(frozen=True)
class Aangifte:
    """A signaal that has been judged: normalised text, place and category."""

    body: SignaalIn
    omschrijving: str
    plaats: Plaats
    voorstel: str | None

    @property
    def categorie(self) -> str | None:
        """What the melder chose, else the suggestion."""
        return self.body.categorie or self.voorstel

    @property
    def herkomst(self) -> Herkomst:
        """Who chose it."""
        if self.body.categorie:
            return Herkomst.melder
        return Herkomst.voorstel if self.voorstel else Herkomst.geen


def normalise(raw: str) -> str:
    """The text as it is kept: composed characters (NFC), one kind of line end, no space around it."""
    return unicodedata.normalize("NFC", raw.replace("\r\n", "\n").replace("\r", "\n")).strip()


def problems_of(body: SignaalIn, omschrijving: str, inrichting: Inrichting, plaats: Plaats | None) -> list[FieldError]:
    """Everything that is wrong with the content."""
    errors = []
    if not omschrijving:
        errors.append(FieldError("omschrijving", "min_length", "Schrijf wat er aan de hand is."))
    if len(omschrijving) > MAX_TEXT:
        errors.append(FieldError("omschrijving", "max_length", f"Gebruik niet meer dan {MAX_TEXT} tekens."))
    if any(unicodedata.category(character) == "Cc" and character not in "\n\t" for character in omschrijving):
        errors.append(FieldError("omschrijving", "stuurteken", "De tekst bevat tekens die niet te lezen zijn."))
    if plaats is None:
        errors.append(FieldError("locatie", "locatie-buiten-gebied", "Deze plaats ligt buiten onze gemeente."))
    if body.categorie is not None and body.categorie not in inrichting.categorieen:
        errors.append(FieldError("categorie", "categorie-onbekend", "Deze categorie bestaat niet."))
    if body.melder and body.melder.email and not _looks_like_email(body.melder.email):
        errors.append(FieldError("melder.email", "email-ongeldig", "Dit is geen e-mailadres."))
    if body.melder and body.melder.telefoon and sum(map(str.isdigit, body.melder.telefoon)) < 6:
        errors.append(FieldError("melder.telefoon", "telefoon-ongeldig", "Dit is geen telefoonnummer."))
    return errors


def judge(body: SignaalIn, inrichting: Inrichting) -> Aangifte:
    """The signaal, judged. Raises Invalid with everything that is wrong."""
    omschrijving = normalise(body.omschrijving)
    plaats = inrichting.atlas.plaats(body.locatie.lon, body.locatie.lat)
    errors = problems_of(body, omschrijving, inrichting, plaats)
    if errors or plaats is None:
        raise Invalid(errors)
    return Aangifte(body, omschrijving, plaats, inrichting.woordenboek.voorstel(omschrijving))


async def take_in(unit: Unit, aangifte: Aangifte, inrichting: Inrichting) -> Signaal:
    """Store the signaal with its melding: the open one nearby when there is one, else a new one with its taak."""
    sub = inrichting.categorieen.get(aangifte.categorie or "")
    dossier = await find_known(unit, aangifte, sub)
    if dossier is not None:
        signaal = await store_signaal(unit, aangifte, dossier.melding.id, await next_kenmerk(unit), known=True)
        await join(unit, dossier, signaal)
        return signaal
    melding = new_melding(unit, aangifte, inrichting, sub, await next_kenmerk(unit))
    await unit.create(MELDING_RESOURCE, melding)
    announce(unit, MELDING_GEMELD, melding)
    signaal = await store_signaal(unit, aangifte, melding.id, melding.kenmerk, known=False)
    await record(unit, melding, melding.besluit_uitleg, inrichting.versies.get("regels"))
    if melding.ploeg is not None:
        taak = new_taak(unit, melding, melding.ploeg, sub.taaktype if sub else None)
        await save_dossiers(unit, [Dossier(melding, [taak])])
    return signaal


async def find_known(unit: Unit, aangifte: Aangifte, sub: Sub | None) -> Dossier | None:
    """The open melding of the same problem, locked; None when there is none or the category does not join."""
    if sub is None or not sub.ontdubbelen:
        return None
    point = (aangifte.body.locatie.lon, aangifte.body.locatie.lat)
    since = unit.at - timedelta(days=sub.venster)
    for melding_id in await near_meldingen(unit, sub.code, point, radius=sub.straal, since=since):
        dossier = (await open_dossiers(unit, [melding_id]))[melding_id]
        if dossier.melding.status != MeldingStatus.afgehandeld:  # it may have ended while we waited for its lock
            return dossier
    return None


async def join(unit: Unit, dossier: Dossier, signaal: Signaal) -> None:
    """Add a signaal to its melding; the highest urgentie counts, for its open taken too, and their ploegen hear it."""
    melding = dossier.melding
    melding.aantal_signalen += 1
    melding.versie += 1
    more_urgent = signaal.urgentie == Urgentie.spoed and melding.urgentie != Urgentie.spoed
    if more_urgent:
        melding.urgentie = Urgentie.spoed
    announce(unit, MELDING_SIGNAAL_TOEGEVOEGD, melding, signaal=signaal.id, aantal_signalen=melding.aantal_signalen)
    for taak in dossier.open_taken if more_urgent else ():
        taak.urgentie = Urgentie.spoed
        taak.versie += 1
        announce_taak(unit, TAAK_GEWIJZIGD, taak)
    await save_dossiers(unit, [dossier])


def new_melding(unit: Unit, aangifte: Aangifte, inrichting: Inrichting, sub: Sub | None, kenmerk: str) -> Melding:
    """A melding, routed."""
    body, settings, melding_id = aangifte.body, unit.runtime.settings, new_id()
    situatie = inrichting.situatie(aangifte.categorie, aangifte.plaats, body.urgentie)
    besluit = inrichting.routeer(situatie, settings.regie_afdeling)  # type: ignore[attr-defined]
    termijn = sub.termijn if sub else settings.termijn_dagen  # type: ignore[attr-defined]
    return Melding(
        id=melding_id,
        kenmerk=kenmerk,
        status=MeldingStatus.gemeld,
        categorie=aangifte.categorie,
        hoofdcategorie=situatie.hoofdcategorie,
        categorie_voorstel=aangifte.voorstel,
        categorie_herkomst=aangifte.herkomst,
        wijk=aangifte.plaats.wijk,
        buurt=aangifte.plaats.buurt,
        urgentie=body.urgentie,
        afdeling=besluit.afdeling,
        ploeg=besluit.ploeg,
        besluit_vorm=Besluitvorm.regel,
        besluit_regel=besluit.regel,
        besluit_uitleg=besluit.uitleg,
        uiterlijk_op=clock.today() + timedelta(days=termijn),
        omschrijving=seal_text(unit, "melding.omschrijving", melding_id, aangifte.omschrijving),
        geregistreerd_op=unit.at,
        **body.locatie.model_dump(),
    )


async def store_signaal(unit: Unit, aangifte: Aangifte, melding_id: UUID, kenmerk: str, *, known: bool) -> Signaal:
    """The signaal itself, and its contact data apart."""
    body, row_id = aangifte.body, new_id()
    contact = body.melder.model_dump(exclude_none=True) if body.melder else {}
    row = Signaal(
        id=row_id,
        melding_id=melding_id,
        kenmerk=kenmerk,
        gekoppeld_aan_bestaande=known,
        categorie=aangifte.categorie,
        categorie_voorstel=aangifte.voorstel,
        categorie_herkomst=aangifte.herkomst,
        urgentie=body.urgentie,
        heeft_contact=bool(contact),
        client_id=unit.caller.client_id,
        omschrijving=seal_text(unit, "signaal.omschrijving", row_id, aangifte.omschrijving),
        geregistreerd_op=unit.at,
        **body.locatie.model_dump(),
    )
    await unit.create(SIGNAAL, row)
    if contact:
        await unit.session.execute(
            text("INSERT INTO signaal_melder (signaal_id, gegevens) VALUES (:id, :gegevens)"),
            {"id": row_id, "gegevens": seal_text(unit, "signaal_melder.gegevens", row_id, contact)},
        )
    return row


def _looks_like_email(value: str) -> bool:
    name, at, domain = value.rpartition("@")
    return bool(name and at and "." in domain) and not any(map(str.isspace, value))


# ---- routes


@router.post("/signalen", status_code=201, response_model=SignaalOut, summary="Signaal doorgeven")
async def signaal_create(
    body: SignaalIn,
    unit: UnitOfWork,
    _key: Annotated[str, Header(alias="Idempotency-Key", description="Eigen sleutel: herhalen heeft één gevolg.")],
) -> Response:
    """Wat een inwoner meldt. Is het probleem al bekend, dan komt het signaal bij die melding."""
    unit.caller.require("meldingen", "signalen.aanmaken")
    inrichting = await load_inrichting(unit)
    signaal = await take_in(unit, judge(body, inrichting), inrichting)
    return unit.respond(SIGNAAL, signaal, 201)


@router.get("/signalen/{uuid}", response_model=SignaalOut, summary="Signaal opvragen")
async def signaal_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Eén signaal: voor wie het doorgaf, en voor wie de melding mag zien."""
    if not caller.may("meldingen", "meldingen.lezen"):
        caller.require("meldingen", "signalen.aanmaken")
    own = "client_id, (SELECT afdeling FROM melding WHERE melding.id = melding_id) AS afdeling"
    row = await reader.row(SIGNAAL, uuid, own)
    mine = row["client_id"] == caller.client_id and caller.may("meldingen", "signalen.aanmaken")
    if not mine and not caller.may("meldingen", "meldingen.lezen", afdeling=row["afdeling"]):
        raise NotFound
    return reader.one(SIGNAAL, uuid, row)
