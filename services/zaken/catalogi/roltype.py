"""A roltype: a way in which somebody can be involved in zaken of a zaaktype."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Query
from pydantic import Field as Documented
from sqlalchemy import Text
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.reading import Page, Reading
from chassis.resource import Partial, Resource
from chassis.unit import Unit
from services.zaken import events
from services.zaken.answering import headers_only
from services.zaken.catalogi import onderdeel
from services.zaken.catalogi.onderdeel import OnderdeelFields, OnderdeelIn, OnderdeelOut, OnderdeelRow, StatusFilter
from services.zaken.catalogi.rights import require_readable
from services.zaken.catalogi.zaaktype.fields import Zaaktype
from services.zaken.events import Actie
from services.zaken.expand import NOTHING, Expand, answer_one, answer_page
from services.zaken.formats import AnyUrl
from services.zaken.validation import Findings

router = APIRouter(tags=["roltypen"])


class OmschrijvingGeneriek(StrEnum):
    """The kinds of involvement that are the same in the whole country."""

    adviseur = "adviseur"
    behandelaar = "behandelaar"
    belanghebbende = "belanghebbende"
    beslisser = "beslisser"
    initiator = "initiator"
    klantcontacter = "klantcontacter"
    zaakcoordinator = "zaakcoordinator"
    mede_initiator = "mede_initiator"


# ---- fields


class RoltypeFields(OnderdeelFields):
    """What table and JSON share."""

    omschrijving: str = Field(max_length=100, min_length=1, description="Naam van de rol.")
    omschrijving_generiek: OmschrijvingGeneriek = Field(sa_type=Text, description="Landelijke naam van de rol.")


class Roltype(RoltypeFields, OnderdeelRow, table=True):
    """Table of roltypen."""


class RoltypeIn(OnderdeelIn, RoltypeFields):
    """A whole roltype."""

    catalogus: AnyUrl | None = Documented(
        default=None, description="URL van de catalogus; altijd die van het zaaktype."
    )


class RoltypePatch(Partial):
    """What changes of a roltype."""

    whole = RoltypeIn


class RoltypeOut(OnderdeelOut, RoltypeFields):
    """A roltype as answered."""


async def render(unit: Unit, row: Roltype) -> RoltypeOut:
    """The JSON of a roltype."""
    return RoltypeOut(**await onderdeel.rendered(unit, ROLTYPE, row, RoltypeFields))


ROLTYPE = Resource("roltype", Roltype, "catalogi", "/roltypen", render)


# ---- filter


class RoltypeFilter(StatusFilter):
    """Query parameters of the list."""

    omschrijving_generiek: OmschrijvingGeneriek | None = Documented(default=None, description="Landelijke naam.")


# ---- rules


async def update(unit: Unit, row: Roltype, zaaktype: Zaaktype, body: RoltypeIn, actie: Actie) -> Response:
    """Change a roltype and answer with it. Raises Invalid."""
    findings = Findings()
    onderdeel.check_change(unit, body, zaaktype, findings)
    findings.stop_if_any()
    row.sqlmodel_update(body.model_dump(exclude=onderdeel.DERIVED))
    await onderdeel.change(unit, ROLTYPE, row, zaaktype, events.ROLTYPE, actie=actie)
    return unit.respond(ROLTYPE, row)


# ---- routes


@router.get("/roltypen", response_model=Page[RoltypeOut], summary="Roltypen opvragen")
async def roltype_list(chosen: Annotated[RoltypeFilter, Query()], reader: Reading, caller: CurrentCaller) -> Response:
    """Alle roltypen, gefilterd; zonder filter alleen die van gepubliceerde zaaktypen."""
    require_readable(caller)
    selection = onderdeel.select_parts(chosen, reader)
    selection.where_given("omschrijving_generiek = {}", chosen.omschrijving_generiek)
    return await answer_page(reader, caller, ROLTYPE, selection, chosen)


@router.post("/roltypen", status_code=201, response_model=RoltypeOut, summary="Roltype registreren")
async def roltype_create(body: RoltypeIn, unit: UnitOfWork) -> Response:
    """Een roltype bij een concept van een zaaktype."""
    findings = Findings()
    zaaktype = await onderdeel.zaaktype_for(unit, body, findings)
    findings.stop_if_any()
    row = Roltype(**body.model_dump(exclude=onderdeel.DERIVED), zaaktype_id=zaaktype.id)
    await onderdeel.add(unit, ROLTYPE, row, zaaktype, events.ROLTYPE)
    return unit.respond(ROLTYPE, row, 201)


@router.get("/roltypen/{uuid}", response_model=RoltypeOut, summary="Roltype opvragen")
async def roltype_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller, asked: Expand) -> Response:
    """Eén roltype."""
    require_readable(caller)
    return await answer_one(reader, caller, ROLTYPE, await reader.row(ROLTYPE, uuid), asked)


@router.put("/roltypen/{uuid}", response_model=RoltypeOut, summary="Roltype geheel wijzigen")
async def roltype_update(uuid: UUID, body: RoltypeIn, unit: UnitOfWork) -> Response:
    """Alle gegevens van een roltype; wat er niet bij staat wordt leeg."""
    row, zaaktype = await onderdeel.opened(unit, ROLTYPE, uuid)
    return await update(unit, row, zaaktype, body, "update")


@router.patch("/roltypen/{uuid}", response_model=RoltypeOut, summary="Roltype deels wijzigen")
async def roltype_partial_update(uuid: UUID, body: RoltypePatch, unit: UnitOfWork) -> Response:
    """Alleen de meegestuurde gegevens van een roltype."""
    row, zaaktype = await onderdeel.opened(unit, ROLTYPE, uuid)
    whole = body.over(orjson.loads(unit.body(ROLTYPE, row)), RoltypeIn)
    return await update(unit, row, zaaktype, whole, "partial_update")


@router.delete("/roltypen/{uuid}", status_code=204, summary="Roltype verwijderen")
async def roltype_destroy(uuid: UUID, unit: UnitOfWork) -> Response:
    """Een roltype van een concept van een zaaktype."""
    await onderdeel.remove(unit, ROLTYPE, uuid, events.ROLTYPE)
    return unit.respond_raw(b"", 204)


@router.head("/roltypen/{uuid}", summary="Headers van een roltype")
async def roltype_headers(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """De headers die een GET zou geven."""
    return headers_only(await roltype_retrieve(uuid, reader, caller, NOTHING))
