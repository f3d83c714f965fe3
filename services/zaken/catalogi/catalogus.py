"""A catalogus: the types of one domain of one organisation, kept together."""

from datetime import date
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Query
from pydantic import Field as Documented
from sqlalchemy import text
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import Invalid
from chassis.reading import Page, Reading, Selection
from chassis.resource import Fields, In, Out, Partial, Resource, Row
from chassis.unit import Unit
from services.zaken.answering import headers_only
from services.zaken.catalogi.concept import require_writable
from services.zaken.catalogi.rights import require_readable
from services.zaken.events import Actie
from services.zaken.expand import NOTHING, Expand, ExpandFilter, answer_one, answer_page
from services.zaken.formats import EmailOrBlank, Link, Rsin

router = APIRouter(tags=["catalogussen"])


# ---- fields


class CatalogusFields(Fields):
    """What table and JSON share."""

    domein: str = Field(max_length=5, min_length=1, description="Afkorting van het domein, in hoofdletters.")
    rsin: Rsin = Field(max_length=9, description="RSIN van de organisatie die de catalogus beheert.")
    contactpersoon_beheer_naam: str = Field(max_length=40, min_length=1, description="Wie de catalogus beheert.")
    contactpersoon_beheer_telefoonnummer: str = Field(default="", max_length=20, description="Telefoonnummer.")
    contactpersoon_beheer_emailadres: EmailOrBlank = Field(default="", max_length=254, description="E-mailadres.")
    naam: str | None = Field(default=None, max_length=200, description="Naam van de catalogus.")
    versie: str | None = Field(default=None, max_length=20, description="Versie van de catalogus.")
    begindatum_versie: date | None = Field(default=None, description="Datum waarop deze versie begint te gelden.")


class Catalogus(CatalogusFields, Row, table=True):
    """Table of catalogussen."""


class CatalogusIn(In, CatalogusFields):
    """A whole catalogus."""


class CatalogusPatch(Partial):
    """Any part of a catalogus."""

    whole = CatalogusIn


class CatalogusOut(Out, CatalogusFields):
    """A catalogus as answered."""

    url: Link = Documented(description="URL van deze catalogus.")
    zaaktypen: list[Link] = Documented(description="URL's van de zaaktypen in de catalogus.")
    besluittypen: list[Link] = Documented(description="URL's van de besluittypen in de catalogus.")
    besluittype_omschrijving: list[str] = Documented(description="Omschrijvingen van die besluittypen.")
    informatieobjecttypen: list[Link] = Documented(description="URL's van de informatieobjecttypen in de catalogus.")
    informatieobjecttype_omschrijving: list[str] = Documented(description="Omschrijvingen van die typen.")


_TYPES = """
SELECT array(SELECT id FROM zaaktype WHERE catalogus_id = :id ORDER BY id),
       array(SELECT id FROM besluittype WHERE catalogus_id = :id ORDER BY id),
       array(SELECT DISTINCT omschrijving::text FROM besluittype WHERE catalogus_id = :id ORDER BY 1),
       array(SELECT id FROM informatieobjecttype WHERE catalogus_id = :id ORDER BY id),
       array(SELECT DISTINCT omschrijving::text FROM informatieobjecttype WHERE catalogus_id = :id ORDER BY 1)
"""


async def render(unit: Unit, row: Catalogus) -> CatalogusOut:
    """The JSON of a catalogus, with every version of the types in it."""
    found = (await unit.session.execute(text(_TYPES), {"id": row.id})).one()
    zaaktypen, besluittypen, besluittype_omschrijving, informatieobjecttypen, informatieobjecttype_omschrijving = found
    base = f"{unit.public_url}/catalogi/api/v1"
    return CatalogusOut(
        **{name: getattr(row, name) for name in CatalogusFields.model_fields},
        url=unit.url(CATALOGUS, row.id),
        zaaktypen=[f"{base}/zaaktypen/{one}" for one in zaaktypen],
        besluittypen=[f"{base}/besluittypen/{one}" for one in besluittypen],
        besluittype_omschrijving=besluittype_omschrijving,
        informatieobjecttypen=[f"{base}/informatieobjecttypen/{one}" for one in informatieobjecttypen],
        informatieobjecttype_omschrijving=informatieobjecttype_omschrijving,
    )


CATALOGUS = Resource("catalogus", Catalogus, "catalogi", "/catalogussen", render)


# ---- filter


class CatalogusFilter(ExpandFilter):
    """Query parameters of the list."""

    domein: str | None = Documented(default=None, description="Alleen dit domein.")
    domein_in: str | None = Documented(default=None, alias="domein__in", description="Domeinen, met komma's ertussen.")
    rsin: str | None = Documented(default=None, description="Alleen van deze organisatie.")
    rsin_in: str | None = Documented(default=None, alias="rsin__in", description="RSIN's, met komma's ertussen.")


def select_catalogussen(chosen: CatalogusFilter) -> Selection:
    """The catalogussen the filter asks for."""
    selection = Selection().where_given("domein = {}", chosen.domein).where_given("rsin = {}", chosen.rsin)
    for column, listed in (("domein", chosen.domein_in), ("rsin", chosen.rsin_in)):
        if listed is not None:
            selection.where(f"{column} = ANY({{}}::text[])", listed.split(","))
    return selection


# ---- rules


async def check_unique(unit: Unit, body: CatalogusIn, own: UUID | None = None) -> None:
    """One catalogus per domein and organisation, also when two are made at once. own: of one that changes. Raises Invalid."""
    key = {"key": f"catalogus {body.rsin} {body.domein}"}
    await unit.session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), key)
    taken = await unit.session.execute(
        text("SELECT id FROM catalogus WHERE rsin = :rsin AND domein = :domein"),
        {"rsin": body.rsin, "domein": body.domein},
    )
    if taken.scalar_one_or_none() not in {None, own}:
        raise Invalid.field("nonFieldErrors", "unique", "Deze organisatie heeft al een catalogus voor dit domein.")


async def update(unit: Unit, row: Catalogus, body: CatalogusIn, actie: Actie) -> Response:
    """Change a catalogus and answer with it. Raises Invalid."""
    await check_unique(unit, body, row.id)
    row.sqlmodel_update(body.model_dump())
    await unit.change(CATALOGUS, row, action=actie)
    return unit.respond(CATALOGUS, row)


# ---- routes


@router.get("/catalogussen", response_model=Page[CatalogusOut], summary="Catalogussen opvragen")
async def catalogus_list(
    chosen: Annotated[CatalogusFilter, Query()], reader: Reading, caller: CurrentCaller
) -> Response:
    """Alle catalogussen, gefilterd."""
    require_readable(caller)
    return await answer_page(reader, caller, CATALOGUS, select_catalogussen(chosen), chosen)


@router.post("/catalogussen", status_code=201, response_model=CatalogusOut, summary="Catalogus registreren")
async def catalogus_create(body: CatalogusIn, unit: UnitOfWork) -> Response:
    """Een nieuwe, lege catalogus."""
    unit.caller.require("ztc", "catalogi.schrijven")
    await check_unique(unit, body)
    row = Catalogus(**body.model_dump())
    await unit.create(CATALOGUS, row)
    return unit.respond(CATALOGUS, row, 201)


@router.get("/catalogussen/{uuid}", response_model=CatalogusOut, summary="Catalogus opvragen")
async def catalogus_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller, asked: Expand) -> Response:
    """Eén catalogus."""
    require_readable(caller)
    return await answer_one(reader, caller, CATALOGUS, await reader.row(CATALOGUS, uuid), asked)


@router.put("/catalogussen/{uuid}", response_model=CatalogusOut, summary="Catalogus geheel wijzigen")
async def catalogus_update(uuid: UUID, body: CatalogusIn, unit: UnitOfWork) -> Response:
    """Alle gegevens van een catalogus; wat er niet bij staat wordt leeg. De typen erin blijven."""
    require_writable(unit.caller)
    return await update(unit, await unit.get(CATALOGUS, uuid, lock=True), body, "update")


@router.patch("/catalogussen/{uuid}", response_model=CatalogusOut, summary="Catalogus deels wijzigen")
async def catalogus_partial_update(uuid: UUID, body: CatalogusPatch, unit: UnitOfWork) -> Response:
    """Alleen de meegestuurde gegevens van een catalogus."""
    require_writable(unit.caller)
    row: Catalogus = await unit.get(CATALOGUS, uuid, lock=True)
    whole = body.over(orjson.loads(unit.body(CATALOGUS, row)), CatalogusIn)
    return await update(unit, row, whole, "partial_update")


@router.head("/catalogussen/{uuid}", summary="Headers van een catalogus")
async def catalogus_headers(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """De headers die een GET zou geven."""
    return headers_only(await catalogus_retrieve(uuid, reader, caller, NOTHING))
