"""The operations on documents."""

from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import NotFound
from chassis.reading import Filter, Page, Reading
from services.zaken.answering import headers_only
from services.zaken.documenten.enkelvoudiginformatieobject.fields import (
    EIO,
    EnkelvoudiginformatieobjectCreateLockOut,
    EnkelvoudiginformatieobjectIn,
    EnkelvoudiginformatieobjectOut,
    EnkelvoudiginformatieobjectPatch,
    EnkelvoudiginformatieobjectWithLockIn,
)
from services.zaken.documenten.enkelvoudiginformatieobject.filter import (
    EIOZoek,
    EnkelvoudiginformatieobjectFilter,
    select_documents,
    select_searched,
)
from services.zaken.documenten.enkelvoudiginformatieobject.locking import locked
from services.zaken.documenten.enkelvoudiginformatieobject.storing import create, destroy, update
from services.zaken.documenten.enkelvoudiginformatieobject.versions import (
    AskedDocument,
    AskedVersie,
    ExpandableVersie,
    version_of,
)
from services.zaken.documenten.opslag.download import content_response
from services.zaken.documenten.visibility import VERWIJDEREN, readable
from services.zaken.expand import ExpandFilter, answer_one, answer_page
from services.zaken.querying import documented, query_of

router = APIRouter(tags=["enkelvoudiginformatieobjecten"])

BYTES: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
"""In the description of an answer: bytes, of a kind that the content says."""


# ---- routes


@router.get(
    "/enkelvoudiginformatieobjecten",
    response_model=Page[EnkelvoudiginformatieobjectOut],
    summary="Documenten opvragen",
    openapi_extra=documented(EnkelvoudiginformatieobjectFilter),
)
async def enkelvoudiginformatieobject_list(
    chosen: Annotated[EnkelvoudiginformatieobjectFilter, Depends(query_of(EnkelvoudiginformatieobjectFilter))],
    reader: Reading,
    caller: CurrentCaller,
) -> Response:
    """De laatste versie van alle documenten die de applicatie mag zien, gefilterd."""
    selection = readable(caller, reader.runtime.references).restrict(
        select_documents(chosen, reader.runtime.references)
    )
    return await answer_page(reader, caller, EIO, selection, chosen)


@router.post(
    "/enkelvoudiginformatieobjecten",
    status_code=201,
    response_model=EnkelvoudiginformatieobjectCreateLockOut,
    summary="Document registreren",
)
async def enkelvoudiginformatieobject_create(body: EnkelvoudiginformatieobjectIn, unit: UnitOfWork) -> Response:
    """Een nieuw document, met zijn inhoud of met het plan voor de delen waarin die komt."""
    row = await create(unit, body)
    answer = unit.respond(EIO, row, 201)
    shown = bytes(answer.body)[:-1] + b',"lock":%b}' % orjson.dumps(row.lock)
    return unit.respond_raw(shown, 201, {name: answer.headers[name] for name in ("ETag", "Location")})


@router.get(
    "/enkelvoudiginformatieobjecten/{uuid}",
    response_model=EnkelvoudiginformatieobjectOut,
    summary="Document opvragen",
)
async def enkelvoudiginformatieobject_retrieve(
    uuid: UUID, reader: Reading, caller: CurrentCaller, asked: AskedDocument
) -> Response:
    """Eén document: de laatste versie, of die waarom wordt gevraagd."""
    version = await version_of(reader, caller, uuid, asked)
    return await answer_one(reader, caller, EIO, version.row, asked)


@router.get(
    "/enkelvoudiginformatieobjecten/{uuid}/download",
    response_model=None,
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": BYTES, "*/*": BYTES}}, 206: {"content": {"*/*": BYTES}}},
    summary="Inhoud ophalen",
)
async def enkelvoudiginformatieobject_download(
    uuid: UUID, reader: Reading, caller: CurrentCaller, asked: AskedVersie
) -> Response:
    """De inhoud van het document, geheel of een deel ervan (Range)."""
    version = await version_of(reader, caller, uuid, asked)
    if version.bestand_id is None:
        raise NotFound("Dit document heeft (nog) geen inhoud.")
    content = orjson.loads(version.row["representation"])
    return await content_response(reader, version.bestand_id, content["bestandsnaam"], content["formaat"])


@router.put(
    "/enkelvoudiginformatieobjecten/{uuid}",
    response_model=EnkelvoudiginformatieobjectOut,
    summary="Document vervangen",
)
async def enkelvoudiginformatieobject_update(
    uuid: UUID, body: EnkelvoudiginformatieobjectWithLockIn, unit: UnitOfWork
) -> Response:
    """Een nieuwe versie van het document, in zijn geheel."""
    return unit.respond(EIO, await update(unit, uuid, lambda _: body, "update"))


@router.patch(
    "/enkelvoudiginformatieobjecten/{uuid}",
    response_model=EnkelvoudiginformatieobjectOut,
    summary="Document wijzigen",
)
async def enkelvoudiginformatieobject_partial_update(
    uuid: UUID, body: EnkelvoudiginformatieobjectPatch, unit: UnitOfWork
) -> Response:
    """Een nieuwe versie van het document, waarvan een deel anders is."""
    return unit.respond(EIO, await update(unit, uuid, body.changed, "partial_update"))


@router.delete("/enkelvoudiginformatieobjecten/{uuid}", status_code=204, summary="Document vernietigen")
async def enkelvoudiginformatieobject_destroy(uuid: UUID, unit: UnitOfWork) -> Response:
    """Het document met al zijn versies, zijn inhoud en zijn audit trail; er blijft niets van over."""
    await destroy(unit, await locked(unit, uuid, VERWIJDEREN))
    return unit.respond_raw(b"", 204)


@router.head("/enkelvoudiginformatieobjecten/{uuid}", summary="Headers van een document")
async def enkelvoudiginformatieobject_headers(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """De headers die een GET zou geven."""
    return headers_only(await enkelvoudiginformatieobject_retrieve(uuid, reader, caller, ExpandableVersie()))


@router.post(
    "/enkelvoudiginformatieobjecten/_zoek",
    response_model=Page[EnkelvoudiginformatieobjectOut],
    summary="Documenten zoeken",
)
async def enkelvoudiginformatieobject__zoek(
    body: EIOZoek, reader: Reading, caller: CurrentCaller, asked: Annotated[Filter, Query()]
) -> Response:
    """Documenten die de applicatie mag zien, gezocht op kenmerken of op hun id's."""
    selection = readable(caller, reader.runtime.references).restrict(select_searched(body))
    return await answer_page(reader, caller, EIO, selection, ExpandFilter(page=asked.page, expand=body.expand))
