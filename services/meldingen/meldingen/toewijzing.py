"""A toewijzing: the decision that an afdeling, and perhaps a ploeg, has a melding. The last one counts."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field as Documented
from sqlalchemy import DateTime, String
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import Conflict, FieldError, Invalid, NotFound
from chassis.reading import Page, PagedFilter, Reading, Selection
from chassis.resource import Fields, In, Out, Resource, Row, new_id
from chassis.unit import Unit
from services.meldingen.codes import Code
from services.meldingen.events import MELDING_GEROUTEERD
from services.meldingen.inrichting import Inrichting, load_inrichting
from services.meldingen.meldingen.melding import (
    MELDING_RESOURCE,
    Besluitvorm,
    Melding,
    announce,
    require_melding,
)
from services.meldingen.overgangen import MeldingStatus
from services.meldingen.taken.dossier import Dossier, open_dossiers, save_dossiers
from services.meldingen.taken.gebeurtenis import withdraw
from services.meldingen.taken.taak import new_taak
from services.meldingen.verzegelen import open_text, seal_text

router = APIRouter(tags=["toewijzingen"])


# ---- fields


class ToewijzingFields(Fields):
    """What table and JSON share."""

    afdeling: str = Field(max_length=60, description="Code van de afdeling.")
    ploeg: str | None = Field(
        default=None, max_length=60, description="Code van de ploeg; leeg: de afdeling kijkt eerst."
    )
    vorm: Besluitvorm = Field(sa_type=String(20), description="Of een regel besliste of een mens.")
    regel: str | None = Field(default=None, max_length=100, description="Naam van de regel.")
    regelversie: UUID | None = Field(default=None, description="Versie van alle regels samen.")
    geregistreerd_op: datetime = Field(sa_type=DateTime(timezone=True), description="Wanneer het is besloten.")


class Toewijzing(ToewijzingFields, Row, table=True):
    """Table of toewijzingen."""

    melding_id: UUID
    uitleg: bytes
    """Sealed text."""


class ToewijzingIn(In):
    """A decision by regie."""

    afdeling: Code = Documented(description="Code van de afdeling.")
    ploeg: Code | None = Documented(default=None, description="Code van de ploeg; leeg: geen taak.")
    reden: str = Documented(min_length=1, max_length=1000, description="Waarom.")


class ToewijzingOut(Out, ToewijzingFields):
    """A toewijzing as answered."""

    url: str = Documented(description="URL van deze toewijzing.")
    uuid: UUID = Documented(description="Unieke identificatie.")
    melding: str = Documented(description="URL van de melding.")
    uitleg: str = Documented(description="Waarom, in gewone taal.")


async def render(unit: Unit, row: Toewijzing) -> ToewijzingOut:
    """The JSON of a toewijzing."""
    return ToewijzingOut(
        url=unit.url(TOEWIJZING, row.id),
        uuid=row.id,
        melding=unit.url(MELDING_RESOURCE, row.melding_id),
        uitleg=open_text(unit, "toewijzing.uitleg", row.id, row.uitleg),
        **{name: getattr(row, name) for name in ToewijzingFields.model_fields},
    )


TOEWIJZING = Resource("toewijzing", Toewijzing, "meldingen", "/toewijzingen", render, sealed=True, main="melding_id")


# ---- filter


class ToewijzingFilter(PagedFilter):
    """Query parameters of the list."""


def select_toewijzingen(melding_id: UUID) -> Selection:
    """Where a melding has been, oldest first."""
    return Selection().where("melding_id = {}", melding_id)


# ---- rules


async def record(unit: Unit, melding: Melding, uitleg: str, versie: UUID | None) -> Toewijzing:
    """Keep where the melding is now, and why."""
    row_id = new_id()
    row = Toewijzing(
        id=row_id,
        melding_id=melding.id,
        afdeling=melding.afdeling,
        ploeg=melding.ploeg,
        vorm=Besluitvorm(melding.besluit_vorm),
        regel=melding.besluit_regel,
        regelversie=versie,
        geregistreerd_op=unit.at,
        uitleg=seal_text(unit, "toewijzing.uitleg", row_id, uitleg),
    )
    await unit.create(TOEWIJZING, row)
    return row


def check(inrichting: Inrichting, melding: Melding, body: ToewijzingIn) -> None:
    """Both codes exist, the melding is open, and something changes. Raises Invalid or Conflict."""
    errors = []
    if body.afdeling not in inrichting.afdelingen:
        errors.append(FieldError("afdeling", "code-onbekend", f"De afdeling {body.afdeling} bestaat niet."))
    if body.ploeg is not None and body.ploeg not in inrichting.ploegen:
        errors.append(FieldError("ploeg", "code-onbekend", f"De ploeg {body.ploeg} bestaat niet."))
    if errors:
        raise Invalid(errors)
    if melding.status == MeldingStatus.afgehandeld:
        raise Conflict("melding-afgehandeld", "Deze melding is al afgehandeld.")
    if (melding.afdeling, melding.ploeg) == (body.afdeling, body.ploeg):
        raise Conflict("toewijzing-ongewijzigd", "De melding is al bij deze afdeling en ploeg.")


async def reroute(unit: Unit, dossier: Dossier, inrichting: Inrichting, body: ToewijzingIn) -> Toewijzing:
    """Take the melding from its old ploeg and give it to the new one; both sides hear it, in one transaction."""
    melding = dossier.melding
    before = (melding.afdeling, melding.ploeg)
    for taak in dossier.open_taken:
        await withdraw(unit, taak, body.reden)
    melding.afdeling, melding.ploeg = body.afdeling, body.ploeg
    melding.besluit_vorm, melding.besluit_regel = Besluitvorm.handmatig, None
    melding.besluit_uitleg = "Regie heeft de melding hierheen gestuurd."
    melding.versie += 1
    if body.ploeg is not None:
        sub = inrichting.categorieen.get(melding.categorie or "")
        dossier.taken.append(new_taak(unit, melding, body.ploeg, sub.taaktype if sub else None))
    for afdeling in dict.fromkeys((before[0], melding.afdeling)):
        announce(
            unit, MELDING_GEROUTEERD, melding, afdeling=afdeling, vorige_afdeling=before[0], vorige_ploeg=before[1]
        )
    await save_dossiers(unit, [dossier])
    return await record(unit, melding, body.reden, None)


# ---- routes


@router.post(
    "/meldingen/{uuid}/toewijzingen", status_code=201, response_model=ToewijzingOut, summary="Melding opnieuw toewijzen"
)
async def melding_toewijzing_create(uuid: UUID, body: ToewijzingIn, unit: UnitOfWork) -> Response:
    """De melding gaat naar een andere afdeling of ploeg; de taak van de oude ploeg wordt ingetrokken."""
    await require_melding(unit, uuid, "meldingen.bijwerken")
    inrichting = await load_inrichting(unit)
    dossier = (await open_dossiers(unit, [uuid]))[uuid]
    check(inrichting, dossier.melding, body)
    row = await reroute(unit, dossier, inrichting, body)
    return unit.respond(TOEWIJZING, row, 201)


@router.get(
    "/meldingen/{uuid}/toewijzingen",
    response_model=Page[ToewijzingOut],
    summary="Toewijzingen van een melding opvragen",
)
async def melding_toewijzing_list(
    uuid: UUID, chosen: Annotated[ToewijzingFilter, Query()], reader: Reading, caller: CurrentCaller
) -> Response:
    """Waar de melding is geweest, het oudste eerst."""
    caller.require("meldingen", "meldingen.lezen")
    row = await reader.row(MELDING_RESOURCE, uuid, "afdeling")
    if not caller.may("meldingen", "meldingen.lezen", afdeling=row["afdeling"]):
        raise NotFound
    return await reader.page(TOEWIJZING, select_toewijzingen(uuid), chosen.page, chosen.page_size)


@router.get("/toewijzingen/{uuid}", response_model=ToewijzingOut, summary="Toewijzing opvragen")
async def toewijzing_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Eén toewijzing; wie de melding nu niet mag zien, ziet haar niet."""
    caller.require("meldingen", "meldingen.lezen")
    own = "(SELECT afdeling FROM melding WHERE melding.id = melding_id) AS present"
    row = await reader.row(TOEWIJZING, uuid, own)
    if not caller.may("meldingen", "meldingen.lezen", afdeling=row["present"]):
        raise NotFound
    return reader.one(TOEWIJZING, uuid, row)
