"""The operations on zaken."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.reading import Page, Reading
from services.zaken.answering import headers_only
from services.zaken.events import ZAAK_GEMUTEERD, ZAAK_GEOPEND
from services.zaken.expand import NOTHING, Expand, answer_one, answer_page
from services.zaken.querying import documented, query_of
from services.zaken.visibility import listable, require
from services.zaken.zaken.announcing import announce
from services.zaken.zaken.geometrie import ContentCrs, check_content_crs, describe_crs, in_crs, require_crs
from services.zaken.zaken.zaak.destruction import destroy, to_destroy
from services.zaken.zaken.zaak.fields import ZAAK, ZaakIn, ZaakOut, ZaakPatch
from services.zaken.zaken.zaak.filter import ZaakFilter, select_zaken
from services.zaken.zaken.zaak.storing import SCOPES_TO_CHANGE, check_new, link, new_zaak, store_new, update

router = APIRouter(tags=["zaken"], dependencies=[Depends(require_crs)])
_REFERRING = {"hoofdzaak", "communicatiekanaal", "relevanteAndereZaken", "archiefstatus"}
"""Fields that may name other zaken or resources of other providers, or ask how those are."""


# ---- routes


@router.get("/zaken", response_model=Page[ZaakOut], summary="Zaken opvragen", openapi_extra=documented(ZaakFilter))
async def zaak_list(
    chosen: Annotated[ZaakFilter, Depends(query_of(ZaakFilter))], reader: Reading, caller: CurrentCaller
) -> Response:
    """Alle zaken die de applicatie mag zien, gefilterd."""
    seen = listable(caller, reader.runtime.references, "zaken.lezen")
    selection = seen.restrict(select_zaken(chosen, reader))
    return in_crs(await answer_page(reader, caller, ZAAK, selection, chosen))


@router.post("/zaken", status_code=201, response_model=ZaakOut, summary="Zaak openen")
async def zaak_create(body: ZaakIn, unit: UnitOfWork, content_crs: ContentCrs = None) -> Response:
    """Een nieuwe zaak van een gepubliceerd zaaktype."""
    check_content_crs(content_crs, body.zaakgeometrie)
    listable(unit.caller, unit.runtime.references, "zaken.aanmaken")
    row, zaaktype = await new_zaak(unit, body)
    require(unit.caller, unit.runtime.references, row.zaaktype_id, row.vertrouwelijkheid, "zaken.aanmaken")
    await check_new(unit, row, body, zaaktype)
    hoofdzaak = await link(unit, row, body)
    await store_new(unit, row)
    if hoofdzaak is not None:
        await unit.touch(ZAAK, hoofdzaak)
    announce(unit, ZAAK_GEOPEND, row, ZAAK, row)
    return in_crs(unit.respond(ZAAK, row, 201))


@router.get("/zaken/{uuid}", response_model=ZaakOut, summary="Zaak opvragen")
async def zaak_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller, asked: Expand) -> Response:
    """Eén zaak."""
    references = reader.runtime.references
    listable(caller, references, "zaken.lezen")
    row = await reader.row(ZAAK, uuid, "id, zaaktype_id, vertrouwelijkheid")
    require(caller, references, row["zaaktype_id"], row["vertrouwelijkheid"], "zaken.lezen")
    return in_crs(await answer_one(reader, caller, ZAAK, row, asked))


@router.head("/zaken/{uuid}", summary="Headers van een zaak")
async def zaak_headers(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """De headers die een GET zou geven."""
    return headers_only(await zaak_retrieve(uuid, reader, caller, NOTHING))


@router.put("/zaken/{uuid}", response_model=ZaakOut, summary="Zaak in zijn geheel wijzigen")
async def zaak_update(uuid: UUID, body: ZaakIn, unit: UnitOfWork, content_crs: ContentCrs = None) -> Response:
    """De hele zaak; van een gesloten zaak alleen als correctie."""
    check_content_crs(content_crs, body.zaakgeometrie)
    listable(unit.caller, unit.runtime.references, *SCOPES_TO_CHANGE)
    row = await update(unit, uuid, lambda _: body, "update")
    announce(unit, ZAAK_GEMUTEERD, row, ZAAK, row, actie="update")
    return in_crs(unit.respond(ZAAK, row))


@router.patch("/zaken/{uuid}", response_model=ZaakOut, summary="Zaak wijzigen")
async def zaak_partial_update(
    uuid: UUID, body: ZaakPatch, unit: UnitOfWork, content_crs: ContentCrs = None
) -> Response:
    """Een deel van een zaak; van een gesloten zaak alleen als correctie."""
    check_content_crs(content_crs, body.root.get("zaakgeometrie"))
    listable(unit.caller, unit.runtime.references, *SCOPES_TO_CHANGE)
    refers = not _REFERRING.isdisjoint(body.root)
    row = await update(unit, uuid, lambda zaak: body.over(zaak, ZaakIn), "partial_update", refers=refers)
    announce(unit, ZAAK_GEMUTEERD, row, ZAAK, row)
    return in_crs(unit.respond(ZAAK, row))


@router.delete("/zaken/{uuid}", status_code=204, summary="Zaak vernietigen")
async def zaak_destroy(uuid: UUID, unit: UnitOfWork) -> Response:
    """De zaak, haar deelzaken en alles wat erbij hoort, voorgoed."""
    references = unit.runtime.references
    listable(unit.caller, references, "zaken.verwijderen")
    zaken, shown_in = await to_destroy(unit, uuid)
    for zaak in zaken:
        require(unit.caller, references, zaak.zaaktype_id, zaak.vertrouwelijkheid, "zaken.verwijderen")
    await destroy(unit, zaken, shown_in)
    return unit.respond_raw(b"", 204)


describe_crs(router)
