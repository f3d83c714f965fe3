"""The operations on zaaktypen."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import Invalid
from chassis.reading import Page, Reading
from services.zaken.answering import headers_only
from services.zaken.catalogi.announcing import announce
from services.zaken.catalogi.catalogus import CATALOGUS, Catalogus
from services.zaken.catalogi.rights import require_readable
from services.zaken.catalogi.zaaktype.fields import ZAAKTYPE, Zaaktype, ZaaktypeIn, ZaaktypeOut
from services.zaken.catalogi.zaaktype.filter import ZaaktypeFilter, select_zaaktypen
from services.zaken.catalogi.zaaktype.rules import check_new, check_no_overlap
from services.zaken.events import ZAAKTYPE_AANGEMAAKT, ZAAKTYPE_GEPUBLICEERD
from services.zaken.validation import referred

router = APIRouter(tags=["zaaktypen"])


@router.get("/zaaktypen", response_model=Page[ZaaktypeOut], summary="Zaaktypen opvragen")
async def zaaktype_list(chosen: Annotated[ZaaktypeFilter, Query()], reader: Reading, caller: CurrentCaller) -> Response:
    """Alle zaaktypen, gefilterd; zonder filter alleen de gepubliceerde."""
    require_readable(caller)
    return await reader.page(ZAAKTYPE, select_zaaktypen(chosen, reader), chosen.page)


@router.post("/zaaktypen", status_code=201, response_model=ZaaktypeOut, summary="Zaaktype registreren")
async def zaaktype_create(body: ZaaktypeIn, unit: UnitOfWork) -> Response:
    """Een nieuwe versie van een zaaktype, als concept."""
    unit.caller.require("ztc", "catalogi.schrijven")
    check_new(body)
    catalogus = await referred(unit, CATALOGUS, Catalogus, body.catalogus, "catalogus", same_api=True, lock=True)
    relations = {"catalogus", "besluittypen", "deelzaaktypen", "gerelateerde_zaaktypen"}
    row = Zaaktype(**body.model_dump(exclude=relations), catalogus_id=catalogus.id)
    await unit.create(ZAAKTYPE, row)
    await unit.touch(CATALOGUS, catalogus)
    announce(unit, ZAAKTYPE_AANGEMAAKT, row, ZAAKTYPE, row)
    return unit.respond(ZAAKTYPE, row, 201)


@router.get("/zaaktypen/{uuid}", response_model=ZaaktypeOut, summary="Zaaktype opvragen")
async def zaaktype_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Eén versie van een zaaktype."""
    require_readable(caller)
    return reader.one(ZAAKTYPE, uuid, await reader.row(ZAAKTYPE, uuid))


@router.head("/zaaktypen/{uuid}", summary="Headers van een zaaktype")
async def zaaktype_headers(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """De headers die een GET zou geven."""
    return headers_only(await zaaktype_retrieve(uuid, reader, caller))


@router.post("/zaaktypen/{uuid}/publish", response_model=ZaaktypeOut, summary="Zaaktype publiceren")
async def zaaktype_publish(uuid: UUID, unit: UnitOfWork) -> Response:
    """Het concept wordt definitief: er kunnen zaken van worden geopend en het type verandert niet meer."""
    unit.caller.require("ztc", "catalogi.schrijven")
    row: Zaaktype = await unit.get(ZAAKTYPE, uuid, lock=True)
    if not row.concept:
        raise Invalid.field("nonFieldErrors", "non-concept-object", "Dit zaaktype is al gepubliceerd.")
    await check_no_overlap(unit, row)
    row.concept = False
    await unit.change(ZAAKTYPE, row)
    announce(unit, ZAAKTYPE_GEPUBLICEERD, row, ZAAKTYPE, row)
    return unit.respond(ZAAKTYPE, row)
