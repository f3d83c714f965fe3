"""A kanaal: the name under which a source announces what happens in its domain, and the kenmerken one can filter on."""

from typing import Annotated, ClassVar
from uuid import UUID

import orjson
from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict
from pydantic import Field as Documented
from sqlalchemy import JSON, select
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import Caller, CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import Invalid, PermissionDenied
from chassis.reading import Reading
from chassis.resource import Fields, In, Out, Partial, Resource, Row
from chassis.unit import Unit, first
from services.notificaties.webadres import UrlOrBlank

router = APIRouter(tags=["kanaal"])
CONSUMEREN, PUBLICEREN = "notificaties.consumeren", "notificaties.publiceren"

# ---- fields


class KanaalFields(Fields):
    """What table and JSON share."""

    naam: str = Field(min_length=1, max_length=50, index=True, unique=True, description="Naam van het kanaal.")
    documentatie_link: UrlOrBlank = Field(default="", max_length=200, description="URL van de documentatie.")


class Kanaal(KanaalFields, Row, table=True):
    """Table of kanalen."""

    filters: list[str] = Field(default_factory=list, sa_type=JSON)


class KanaalIn(In, KanaalFields):
    """A new kanaal."""

    filters: list[Annotated[str, Documented(min_length=1, max_length=100)]] = Documented(
        default_factory=list, description="Namen van de kenmerken waarop een abonnement kan filteren."
    )


class KanaalPatch(Partial):
    """Any part of a kanaal."""

    whole: ClassVar[type[In]] = KanaalIn


class KanaalOut(Out, KanaalFields):
    """A kanaal as answered."""

    url: str = Documented(description="URL van dit kanaal.")
    filters: list[str] = Documented(description="Namen van de kenmerken waarop een abonnement kan filteren.")


async def render(unit: Unit, row: Kanaal) -> KanaalOut:
    """The JSON of a kanaal."""
    return KanaalOut(
        url=unit.url(KANAAL, row.id),
        naam=row.naam,
        documentatie_link=row.documentatie_link,
        filters=row.filters,
    )


KANAAL = Resource("kanaal", Kanaal, "notificaties", "/kanaal", render)

# ---- filter


class KanaalFilter(BaseModel):
    """Query parameters of the list, which has no pages in this standard."""

    model_config = ConfigDict(extra="forbid")

    naam: str | None = Documented(default=None, description="Naam van het kanaal.")


# ---- rules


def require_any(caller: Caller) -> None:
    """Whoever may publish or subscribe may look. Raises PermissionDenied."""
    if not (caller.may("nrc", CONSUMEREN) or caller.may("nrc", PUBLICEREN)):
        raise PermissionDenied(f"Hiervoor is de scope {CONSUMEREN} of {PUBLICEREN} nodig.")


async def replace(unit: Unit, uuid: UUID, body: KanaalIn | KanaalPatch) -> Kanaal:
    """Store a changed kanaal, as Open Notificaties allows; its name stays. Raises NotFound, Invalid."""
    row: Kanaal = await unit.get(KANAAL, uuid, lock=True)
    whole = body if isinstance(body, KanaalIn) else body.over(orjson.loads(row.representation), KanaalIn)
    if whole.naam != row.naam:
        raise Invalid.field("naam", "wijzigen-niet-toegelaten", "De naam van een kanaal blijft zoals hij is.")
    row.documentatie_link, row.filters = whole.documentatie_link, whole.filters
    await unit.change(KANAAL, row)
    return row


# ---- routes


@router.get("/kanaal", response_model=list[KanaalOut], summary="Kanalen opvragen")
async def kanaal_list(chosen: Annotated[KanaalFilter, Query()], reader: Reading, caller: CurrentCaller) -> Response:
    """Alle kanalen."""
    require_any(caller)
    rows = await reader.runtime.database.fetch(
        "SELECT representation FROM kanaal WHERE naam = $1 OR $1::text IS NULL ORDER BY naam", chosen.naam
    )
    return reader.answer(b"[%b]" % b",".join(row["representation"] for row in rows))


@router.post("/kanaal", status_code=201, response_model=KanaalOut, summary="Kanaal registreren")
async def kanaal_create(body: KanaalIn, unit: UnitOfWork) -> Response:
    """Een nieuw kanaal; de naam is uniek."""
    unit.caller.require("nrc", PUBLICEREN)
    if await first(unit, select(Kanaal).where(Kanaal.naam == body.naam)) is not None:  # type: ignore[arg-type]
        raise Invalid.field("naam", "unique", "Er bestaat al een kanaal met deze naam.")
    row = Kanaal(**body.model_dump())
    await unit.create(KANAAL, row)
    return unit.respond(KANAAL, row, 201)


@router.get("/kanaal/{uuid}", response_model=KanaalOut, summary="Een kanaal opvragen")
async def kanaal_read(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Eén kanaal."""
    require_any(caller)
    return reader.one(KANAAL, uuid, await reader.row(KANAAL, uuid, "id"))


@router.put("/kanaal/{uuid}", response_model=KanaalOut, summary="Kanaal vervangen")
async def kanaal_update(uuid: UUID, body: KanaalIn, unit: UnitOfWork) -> Response:
    """Het hele kanaal opnieuw; abonnementen houden de filters die zij hadden."""
    unit.caller.require("nrc", PUBLICEREN)
    return unit.respond(KANAAL, await replace(unit, uuid, body))


@router.patch("/kanaal/{uuid}", response_model=KanaalOut, summary="Kanaal wijzigen")
async def kanaal_partial_update(uuid: UUID, body: KanaalPatch, unit: UnitOfWork) -> Response:
    """Een deel van het kanaal; abonnementen houden de filters die zij hadden."""
    unit.caller.require("nrc", PUBLICEREN)
    return unit.respond(KANAAL, await replace(unit, uuid, body))
