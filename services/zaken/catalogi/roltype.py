"""A roltype: a way in which somebody can be involved in zaken of a zaaktype."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field as Documented
from sqlalchemy import Text
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.reading import Page, Reading
from chassis.resource import Fields, In, Out, Resource, Row
from chassis.unit import Unit
from services.zaken import events
from services.zaken.answering import headers_only
from services.zaken.catalogi.announcing import announce
from services.zaken.catalogi.catalogus import CATALOGUS
from services.zaken.catalogi.concept import require_concept
from services.zaken.catalogi.rights import require_readable
from services.zaken.catalogi.statustype import StatustypeFilter, require_writable, select_parts
from services.zaken.catalogi.zaaktype.fields import ZAAKTYPE, Zaaktype
from services.zaken.formats import Url
from services.zaken.validation import referred

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


class RoltypeFields(Fields):
    """What table and JSON share."""

    omschrijving: str = Field(max_length=100, min_length=1, description="Naam van de rol.")
    omschrijving_generiek: OmschrijvingGeneriek = Field(sa_type=Text, description="Landelijke naam van de rol.")
    begin_geldigheid: date | None = Field(default=None, description="Begin van de geldigheid.")
    einde_geldigheid: date | None = Field(default=None, description="Einde van de geldigheid.")
    begin_object: date | None = Field(default=None, description="Begin van de eerste versie.")
    einde_object: date | None = Field(default=None, description="Einde van de laatste versie.")


class Roltype(RoltypeFields, Row, table=True):
    """Table of roltypen."""

    zaaktype_id: UUID = Field(foreign_key="zaaktype.id")


class RoltypeIn(In, RoltypeFields):
    """A new roltype."""

    zaaktype: Url = Documented(description="URL van het zaaktype.")


class RoltypeOut(Out, RoltypeFields):
    """A roltype as answered."""

    url: str = Documented(description="URL van dit roltype.")
    zaaktype: str = Documented(description="URL van het zaaktype.")
    zaaktype_identificatie: str = Documented(description="Identificatie van het zaaktype.")
    catalogus: str = Documented(description="URL van de catalogus.")


async def render(unit: Unit, row: Roltype) -> RoltypeOut:
    """The JSON of a roltype."""
    zaaktype: Zaaktype = await unit.get(ZAAKTYPE, row.zaaktype_id)
    return RoltypeOut(
        **{name: getattr(row, name) for name in RoltypeFields.model_fields},
        url=unit.url(ROLTYPE, row.id),
        zaaktype=unit.url(ZAAKTYPE, zaaktype.id),
        zaaktype_identificatie=zaaktype.identificatie,
        catalogus=unit.url(CATALOGUS, zaaktype.catalogus_id),
    )


ROLTYPE = Resource("roltype", Roltype, "catalogi", "/roltypen", render)


# ---- filter


class RoltypeFilter(StatustypeFilter):
    """Query parameters of the list."""

    omschrijving_generiek: OmschrijvingGeneriek | None = Documented(default=None, description="Landelijke naam.")


# ---- routes


@router.get("/roltypen", response_model=Page[RoltypeOut], summary="Roltypen opvragen")
async def roltype_list(chosen: Annotated[RoltypeFilter, Query()], reader: Reading, caller: CurrentCaller) -> Response:
    """Alle roltypen, gefilterd; zonder filter alleen die van gepubliceerde zaaktypen."""
    require_readable(caller)
    selection = select_parts(chosen, reader)
    selection.where_given("omschrijving_generiek = {}", chosen.omschrijving_generiek)
    return await reader.page(ROLTYPE, selection, chosen.page)


@router.post("/roltypen", status_code=201, response_model=RoltypeOut, summary="Roltype registreren")
async def roltype_create(body: RoltypeIn, unit: UnitOfWork) -> Response:
    """Een roltype bij een concept van een zaaktype."""
    require_writable(unit)
    zaaktype = await referred(unit, ZAAKTYPE, Zaaktype, body.zaaktype, "zaaktype", same_api=True, lock=True)
    require_concept(unit.caller, concept=zaaktype.concept)
    row = Roltype(**body.model_dump(exclude={"zaaktype"}), zaaktype_id=zaaktype.id)
    row.begin_geldigheid = row.begin_geldigheid or zaaktype.begin_geldigheid
    await unit.create(ROLTYPE, row)
    await unit.touch(ZAAKTYPE, zaaktype)
    announce(unit, events.ROLTYPE.toegevoegd, zaaktype, ROLTYPE, row)
    return unit.respond(ROLTYPE, row, 201)


@router.get("/roltypen/{uuid}", response_model=RoltypeOut, summary="Roltype opvragen")
async def roltype_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Eén roltype."""
    require_readable(caller)
    return reader.one(ROLTYPE, uuid, await reader.row(ROLTYPE, uuid))


@router.head("/roltypen/{uuid}", summary="Headers van een roltype")
async def roltype_headers(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """De headers die een GET zou geven."""
    return headers_only(await roltype_retrieve(uuid, reader, caller))
