"""The operations on zaaktypen."""

from collections.abc import Collection
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import FieldError
from chassis.reading import Page, Reading
from chassis.unit import Unit
from services.zaken.answering import headers_only
from services.zaken.catalogi import lifecycle
from services.zaken.catalogi.catalogus import CATALOGUS, Catalogus
from services.zaken.catalogi.concept import WRITE, require_removable, require_writable
from services.zaken.catalogi.geldigheid import OneVersion, Version
from services.zaken.catalogi.rights import require_readable
from services.zaken.catalogi.zaaktype.fields import (
    ZAAKTYPE,
    ZAAKTYPE_VERSIES,
    Zaaktype,
    ZaaktypeIn,
    ZaaktypeOut,
    ZaaktypePatch,
)
from services.zaken.catalogi.zaaktype.filter import ZaaktypeFilter, select_zaaktypen
from services.zaken.catalogi.zaaktype.rules import check_procestype, check_publishable, check_values, values_of
from services.zaken.expand import answer_one, answer_page
from services.zaken.querying import documented, query_of
from services.zaken.validation import referred

router = APIRouter(tags=["zaaktypen"])


async def change_zaaktype(
    unit: Unit, row: Zaaktype, body: ZaaktypeIn, errors: list[FieldError], sent: Collection[str] | None = None
) -> Response:
    """Check and store the new whole of a zaaktype. errors: found before; sent: JSON names of the fields of a PATCH."""
    findings = check_values(body, sent)
    findings.errors += errors
    values = await values_of(unit, body, row.catalogus_id, findings, row)
    return await lifecycle.changed(unit, ZAAKTYPE_VERSIES, row, values, "update" if sent is None else "partial_update")


async def zaaktype_register(unit: Unit, body: ZaaktypeIn, errors: list[FieldError]) -> Response:
    """Check and store a new concept. errors: found before. Raises Invalid."""
    findings = check_values(body)
    findings.errors += errors
    catalogus = await referred(unit, CATALOGUS, Catalogus, body.catalogus, "catalogus", same_api=True, lock=True)
    row = Zaaktype(**await values_of(unit, body, catalogus.id, findings), catalogus_id=catalogus.id)
    return await lifecycle.create(unit, ZAAKTYPE_VERSIES, row, catalogus)


async def zaaktype_alter(unit: Unit, row_id: UUID, body: ZaaktypePatch, errors: list[FieldError]) -> Response:
    """Check and store the change of a part of a zaaktype. errors: found before. Raises NotFound, Invalid."""
    row = await lifecycle.opened(unit, ZAAKTYPE_VERSIES, row_id, body.root)
    changed = body.over(orjson.loads(unit.body(ZAAKTYPE, row)), ZaaktypeIn)
    return await change_zaaktype(unit, row, changed, errors, body.root)


# ---- routes


@router.get(
    "/zaaktypen",
    response_model=Page[ZaaktypeOut],
    summary="Zaaktypen opvragen",
    openapi_extra=documented(ZaaktypeFilter),
)
async def zaaktype_list(
    chosen: Annotated[ZaaktypeFilter, Depends(query_of(ZaaktypeFilter))], reader: Reading, caller: CurrentCaller
) -> Response:
    """Alle zaaktypen, gefilterd; zonder filter alleen de gepubliceerde."""
    require_readable(caller)
    selection = select_zaaktypen(chosen, reader)
    return await answer_page(reader, caller, ZAAKTYPE, selection, chosen, day=chosen.datum_geldigheid)


@router.post("/zaaktypen", status_code=201, response_model=ZaaktypeOut, summary="Zaaktype registreren")
async def zaaktype_create(body: ZaaktypeIn, unit: UnitOfWork) -> Response:
    """Een nieuwe versie van een zaaktype, als concept."""
    unit.caller.require("ztc", WRITE)
    return await zaaktype_register(unit, body, await check_procestype(unit, body.selectielijst_procestype))


@router.get("/zaaktypen/{uuid}", response_model=ZaaktypeOut, summary="Zaaktype opvragen")
async def zaaktype_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller, asked: Version) -> Response:
    """Eén versie van een zaaktype, met de typen waarnaar het verwijst zoals ze op de gevraagde dag gelden."""
    require_readable(caller)
    return await answer_one(
        reader, caller, ZAAKTYPE, await reader.row(ZAAKTYPE, uuid), asked, day=asked.datum_geldigheid
    )


@router.head("/zaaktypen/{uuid}", summary="Headers van een zaaktype")
async def zaaktype_headers(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """De headers die een GET zou geven."""
    return headers_only(await zaaktype_retrieve(uuid, reader, caller, OneVersion()))


@router.put("/zaaktypen/{uuid}", response_model=ZaaktypeOut, summary="Zaaktype geheel wijzigen")
async def zaaktype_update(uuid: UUID, body: ZaaktypeIn, unit: UnitOfWork) -> Response:
    """Een concept in zijn geheel; een gepubliceerd zaaktype alleen als correctie."""
    require_writable(unit.caller)
    errors = await check_procestype(unit, body.selectielijst_procestype, uuid)
    row = await lifecycle.opened(unit, ZAAKTYPE_VERSIES, uuid)
    return await change_zaaktype(unit, row, body, errors)


@router.patch("/zaaktypen/{uuid}", response_model=ZaaktypeOut, summary="Zaaktype deels wijzigen")
async def zaaktype_partial_update(uuid: UUID, body: ZaaktypePatch, unit: UnitOfWork) -> Response:
    """Een deel van een concept; van een gepubliceerd zaaktype alleen eindeGeldigheid, of een correctie."""
    require_writable(unit.caller)
    errors = await check_procestype(unit, body.root.get("selectielijstProcestype"), uuid)
    return await zaaktype_alter(unit, uuid, body, errors)


@router.delete("/zaaktypen/{uuid}", status_code=204, summary="Zaaktype verwijderen")
async def zaaktype_destroy(uuid: UUID, unit: UnitOfWork) -> Response:
    """Een concept met al zijn onderdelen; een gepubliceerd zaaktype alleen geforceerd."""
    require_removable(unit.caller)
    return await lifecycle.destroy(unit, ZAAKTYPE_VERSIES, uuid)


@router.post("/zaaktypen/{uuid}/publish", response_model=ZaaktypeOut, summary="Zaaktype publiceren")
async def zaaktype_publish(uuid: UUID, unit: UnitOfWork) -> Response:
    """Het concept wordt definitief: er kunnen zaken van worden geopend en het type verandert niet meer."""
    unit.caller.require("ztc", WRITE)
    return await lifecycle.publish(unit, ZAAKTYPE_VERSIES, uuid, check_publishable)
