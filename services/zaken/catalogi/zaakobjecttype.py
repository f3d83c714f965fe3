"""A zaakobjecttype: a kind of object that zaken of a zaaktype can be about."""

from datetime import date
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Query
from pydantic import Field as Documented
from pydantic import WithJsonSchema
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.reading import Page, Reading, Selection
from chassis.resource import Partial, Resource
from chassis.unit import Unit
from services.zaken import events
from services.zaken.answering import headers_only
from services.zaken.catalogi import onderdeel
from services.zaken.catalogi.catalogus import CATALOGUS
from services.zaken.catalogi.onderdeel import OnderdeelFields, OnderdeelFilter, OnderdeelIn, OnderdeelOut, OnderdeelRow
from services.zaken.catalogi.rights import require_readable
from services.zaken.catalogi.zaaktype.fields import Zaaktype
from services.zaken.events import Actie
from services.zaken.expand import NOTHING, Expand, answer_one, answer_page
from services.zaken.formats import AnyUrl, Link, ShortUrl
from services.zaken.validation import Findings, filter_id

router = APIRouter(tags=["zaakobjecttypen"])


# ---- fields


class ZaakobjecttypeFields(OnderdeelFields):
    """What table and JSON share."""

    ander_objecttype: bool = Field(description="Of het een soort object is die niet in RSGB of RGBZ staat.")
    objecttype: ShortUrl = Field(max_length=200, description="URL van het objecttype.")
    relatie_omschrijving: str = Field(
        max_length=80, min_length=1, description="Wat het object met de zaak te maken heeft."
    )


class Zaakobjecttype(ZaakobjecttypeFields, OnderdeelRow, table=True):
    """Table of zaakobjecttypen."""


class ZaakobjecttypeIn(OnderdeelIn, ZaakobjecttypeFields):
    """A whole zaakobjecttype."""

    begin_geldigheid: date = Documented(  # type: ignore[assignment]
        default=None, description="Begin van de geldigheid; altijd die van het zaaktype."
    )
    catalogus: AnyUrl = Documented(description="URL van de catalogus; altijd die van het zaaktype.")


class ZaakobjecttypePatch(Partial):
    """What changes of a zaakobjecttype."""

    whole = ZaakobjecttypeIn


class ZaakobjecttypeOut(OnderdeelOut, ZaakobjecttypeFields):
    """A zaakobjecttype as answered."""

    begin_geldigheid: date = Documented(description="Begin van de geldigheid: die van het zaaktype.")
    resultaattypen: list[Link] = Documented(description="URL's van resultaattypen.")
    resultaattype_omschrijving: list[str] = Documented(description="Omschrijvingen daarvan.")
    statustypen: list[Link] = Documented(description="URL's van statustypen.")


async def render(unit: Unit, row: Zaakobjecttype) -> ZaakobjecttypeOut:
    """The JSON of a zaakobjecttype. The standard has no operation that relates it to resultaattypen or statustypen."""
    shared = await onderdeel.rendered(unit, ZAAKOBJECTTYPE, row, ZaakobjecttypeFields)
    return ZaakobjecttypeOut(**shared, resultaattypen=[], resultaattype_omschrijving=[], statustypen=[])


ZAAKOBJECTTYPE = Resource("zaakobjecttype", Zaakobjecttype, "catalogi", "/zaakobjecttypen", render)


# ---- filter


class ZaakobjecttypeFilter(OnderdeelFilter):
    """Query parameters of the list; the standard has no status here, so parts of concepts are among them."""

    ander_objecttype: Annotated[bool | None, WithJsonSchema({"type": "string"})] = Documented(
        default=None, description="Of het een ander objecttype is."
    )
    catalogus: Link | None = Documented(default=None, description="URL van de catalogus.")
    datum_begin_geldigheid: date | None = Documented(default=None, description="Begin van de geldigheid.")
    datum_einde_geldigheid: date | None = Documented(default=None, description="Einde van de geldigheid.")
    objecttype: AnyUrl | None = Documented(default=None, description="URL van het objecttype.")
    relatie_omschrijving: str | None = Documented(default=None, description="Omschrijving van de relatie.")


def select_zaakobjecttypen(chosen: ZaakobjecttypeFilter, reader: Reading) -> Selection:
    """The zaakobjecttypen the filter asks for."""
    zaaktypen = onderdeel.zaaktypen_of(chosen, reader)
    catalogus_id = filter_id(reader.runtime.references, CATALOGUS, chosen.catalogus, "catalogus")
    zaaktypen.where_given("catalogus_id = {}", catalogus_id)
    zaaktypen.where_given("begin_geldigheid = {}", chosen.datum_begin_geldigheid)
    zaaktypen.where_given("einde_geldigheid = {}", chosen.datum_einde_geldigheid)
    selection = onderdeel.parts_of(zaaktypen).where_given("ander_objecttype = {}", chosen.ander_objecttype)
    selection.where_given("objecttype = {}", chosen.objecttype)
    return selection.where_given("relatie_omschrijving = {}", chosen.relatie_omschrijving)


# ---- rules


async def update(unit: Unit, row: Zaakobjecttype, zaaktype: Zaaktype, body: ZaakobjecttypeIn, actie: Actie) -> Response:
    """Change a zaakobjecttype and answer with it. Raises Invalid."""
    findings = Findings()
    onderdeel.check_change(unit, body, zaaktype, findings)
    findings.stop_if_any()
    row.sqlmodel_update(body.model_dump(exclude=onderdeel.DERIVED))
    await onderdeel.change(unit, ZAAKOBJECTTYPE, row, zaaktype, events.ZAAKOBJECTTYPE, actie=actie)
    return unit.respond(ZAAKOBJECTTYPE, row)


# ---- routes


@router.get("/zaakobjecttypen", response_model=Page[ZaakobjecttypeOut], summary="Zaakobjecttypen opvragen")
async def zaakobjecttype_list(
    chosen: Annotated[ZaakobjecttypeFilter, Query()], reader: Reading, caller: CurrentCaller
) -> Response:
    """Alle zaakobjecttypen, gefilterd."""
    require_readable(caller)
    return await answer_page(reader, caller, ZAAKOBJECTTYPE, select_zaakobjecttypen(chosen, reader), chosen)


@router.post(
    "/zaakobjecttypen", status_code=201, response_model=ZaakobjecttypeOut, summary="Zaakobjecttype registreren"
)
async def zaakobjecttype_create(body: ZaakobjecttypeIn, unit: UnitOfWork) -> Response:
    """Een zaakobjecttype bij een concept van een zaaktype."""
    findings = Findings()
    zaaktype = await onderdeel.zaaktype_for(unit, body, findings)
    findings.stop_if_any()
    row = Zaakobjecttype(**body.model_dump(exclude=onderdeel.DERIVED), zaaktype_id=zaaktype.id)
    await onderdeel.add(unit, ZAAKOBJECTTYPE, row, zaaktype, events.ZAAKOBJECTTYPE)
    return unit.respond(ZAAKOBJECTTYPE, row, 201)


@router.get("/zaakobjecttypen/{uuid}", response_model=ZaakobjecttypeOut, summary="Zaakobjecttype opvragen")
async def zaakobjecttype_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller, asked: Expand) -> Response:
    """Eén zaakobjecttype."""
    require_readable(caller)
    return await answer_one(reader, caller, ZAAKOBJECTTYPE, await reader.row(ZAAKOBJECTTYPE, uuid), asked)


@router.put("/zaakobjecttypen/{uuid}", response_model=ZaakobjecttypeOut, summary="Zaakobjecttype geheel wijzigen")
async def zaakobjecttype_update(uuid: UUID, body: ZaakobjecttypeIn, unit: UnitOfWork) -> Response:
    """Alle gegevens van een zaakobjecttype; wat er niet bij staat wordt leeg."""
    row, zaaktype = await onderdeel.opened(unit, ZAAKOBJECTTYPE, uuid)
    return await update(unit, row, zaaktype, body, "update")


@router.patch("/zaakobjecttypen/{uuid}", response_model=ZaakobjecttypeOut, summary="Zaakobjecttype deels wijzigen")
async def zaakobjecttype_partial_update(uuid: UUID, body: ZaakobjecttypePatch, unit: UnitOfWork) -> Response:
    """Alleen de meegestuurde gegevens van een zaakobjecttype."""
    row, zaaktype = await onderdeel.opened(unit, ZAAKOBJECTTYPE, uuid)
    whole = body.over(orjson.loads(unit.body(ZAAKOBJECTTYPE, row)), ZaakobjecttypeIn)
    return await update(unit, row, zaaktype, whole, "partial_update")


@router.delete("/zaakobjecttypen/{uuid}", status_code=204, summary="Zaakobjecttype verwijderen")
async def zaakobjecttype_destroy(uuid: UUID, unit: UnitOfWork) -> Response:
    """Een zaakobjecttype van een concept van een zaaktype."""
    await onderdeel.remove(unit, ZAAKOBJECTTYPE, uuid, events.ZAAKOBJECTTYPE)
    return unit.respond_raw(b"", 204)


@router.head("/zaakobjecttypen/{uuid}", summary="Headers van een zaakobjecttype")
async def zaakobjecttype_headers(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """De headers die een GET zou geven."""
    return headers_only(await zaakobjecttype_retrieve(uuid, reader, caller, NOTHING))
