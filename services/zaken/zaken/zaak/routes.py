"""The operations on zaken."""

from typing import Annotated, Any
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from starlette.responses import Response

from chassis import clock
from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import Invalid
from chassis.reading import Page, Reading
from chassis.references import bad_url
from chassis.resource import new_id
from chassis.unit import Unit
from services.zaken.answering import headers_only
from services.zaken.catalogi.zaaktype.fields import ZAAKTYPE
from services.zaken.closing import scopes_to_change
from services.zaken.events import ZAAK_GEMUTEERD, ZAAK_GEOPEND
from services.zaken.numbering import opening
from services.zaken.querying import documented, query_of
from services.zaken.vertrouwelijkheid import rank
from services.zaken.visibility import listable, require
from services.zaken.zaken.announcing import announce
from services.zaken.zaken.geometrie import CRS, ContentCrs, check_content_crs, require_accept_crs
from services.zaken.zaken.zaak.fields import ZAAK, Zaak, ZaakIn, ZaakOut, ZaakPatch
from services.zaken.zaken.zaak.filter import ZaakFilter, select_zaken
from services.zaken.zaken.zaak.rules import (
    check_fixed,
    check_products,
    check_values,
    hoofdzaak_of,
    relevante_zaken,
    unpaid_when_nvt,
)

router = APIRouter(tags=["zaken"], dependencies=[Depends(require_accept_crs)])
_ELSEWHERE = {"zaaktype", "hoofdzaak", "relevante_andere_zaken"}
"""Fields of a body that are stored under another name."""


def _in_crs(response: Response) -> Response:
    response.headers["Content-Crs"] = CRS
    return response


async def new_zaak(unit: Unit, body: ZaakIn) -> tuple[Zaak, asyncpg.Record]:
    """The row of a new zaak and its zaaktype. Raises Invalid: the zaaktype exists and is published (zrc-001)."""
    today = clock.today()
    zaaktype_id = unit.runtime.references.local_id(ZAAKTYPE, body.zaaktype)
    if zaaktype_id is None:
        raise Invalid([bad_url("zaaktype")])
    found = await opening(unit, zaaktype_id, body.bronorganisatie, today, number=not body.identificatie)
    if found is None:
        raise Invalid([bad_url("zaaktype")])
    values = body.model_dump(exclude=_ELSEWHERE)
    values["identificatie"] = body.identificatie or found["identificatie"]
    values["registratiedatum"] = body.registratiedatum or today
    values["vertrouwelijkheidaanduiding"] = body.vertrouwelijkheidaanduiding or found["vertrouwelijkheidaanduiding"]
    values["vertrouwelijkheid"] = rank(values["vertrouwelijkheidaanduiding"])
    # id and lists are given: a default factory costs a signature inspection each time
    return Zaak(id=new_id(), **values, relevante_andere_zaken=[], zaaktype_id=zaaktype_id), found


def check_new(row: Zaak, body: ZaakIn, zaaktype: asyncpg.Record) -> None:
    """Raises Invalid with all that is wrong."""
    findings = check_values(body.model_dump(exclude=_ELSEWHERE))
    check_products(findings, row.producten_of_diensten, zaaktype["producten_of_diensten"])
    if zaaktype["concept"]:
        findings.add("zaaktype", "not-published", "Het zaaktype is nog een concept.")
    findings.stop_if_any()


async def link(unit: Unit, row: Zaak, body: ZaakIn) -> Zaak | None:
    """Set the zaken a new one refers to. Returns its hoofdzaak. Raises Invalid."""
    if body.relevante_andere_zaken:
        given = [one.model_dump() for one in body.relevante_andere_zaken]
        row.relevante_andere_zaken = await relevante_zaken(unit, given)
    if not body.hoofdzaak:
        return None
    hoofdzaak = await hoofdzaak_of(unit, body.hoofdzaak)
    row.hoofdzaak_id = hoofdzaak.id
    return hoofdzaak


async def store_new(unit: Unit, row: Zaak) -> None:
    """Insert a zaak. Raises Invalid when its number is taken (zrc-002)."""
    try:
        await unit.create(ZAAK, row)
    except IntegrityError as error:
        raise _not_unique(error) from error


async def change_zaak(unit: Unit, row: Zaak, body: ZaakPatch) -> None:
    """Check and set what a caller changes, render the zaak and the hoofdzaken it left or joined."""
    changes = body.model_dump(exclude_unset=True)
    findings = check_fixed(row, changes, unit.url(ZAAKTYPE, row.zaaktype_id))
    unpaid_when_nvt(row, changes)
    findings.errors += check_values(row.model_dump(include=set(ZaakPatch.model_fields)) | changes).errors
    if "producten_of_diensten" in changes:
        check_products(findings, changes["producten_of_diensten"], await _offered(unit, row.zaaktype_id))
    findings.stop_if_any()
    touched = await _change_references(unit, row, changes)
    for name, value in changes.items():
        setattr(row, name, value)
    row.vertrouwelijkheid = rank(row.vertrouwelijkheidaanduiding)
    try:
        await unit.change(ZAAK, row, action="partial_update")
    except IntegrityError as error:
        raise _not_unique(error) from error
    for other in touched:
        await unit.touch(ZAAK, other)


async def _change_references(unit: Unit, row: Zaak, changes: dict[str, Any]) -> list[Zaak]:
    """Turn URLs in `changes` into what is stored. Returns the hoofdzaken that show the change."""
    for name in ("zaaktype", "identificatie"):
        changes.pop(name, None)
    if "relevante_andere_zaken" in changes:
        changes["relevante_andere_zaken"] = await relevante_zaken(unit, changes["relevante_andere_zaken"])
    if "hoofdzaak" not in changes:
        return []
    url = changes.pop("hoofdzaak")
    left = row.hoofdzaak_id and await unit.get(ZAAK, row.hoofdzaak_id, lock=True)
    joined = await hoofdzaak_of(unit, url, row) if url else None
    changes["hoofdzaak_id"] = joined and joined.id
    return [zaak for zaak in (left, joined) if zaak]


async def _offered(unit: Unit, zaaktype_id: UUID) -> list[str]:
    found = await unit.session.execute(
        text("SELECT producten_of_diensten FROM zaaktype WHERE id = :id"), {"id": zaaktype_id}
    )
    return list(found.scalar_one())


def _not_unique(error: IntegrityError) -> Exception:
    cause = error.orig.__cause__ if error.orig is not None else None
    if getattr(cause, "constraint_name", "") != "zaak_identificatie_uniek":
        return error
    return Invalid.field("identificatie", "identificatie-niet-uniek", "Deze identificatie bestaat al.")


# ---- routes


@router.get("/zaken", response_model=Page[ZaakOut], summary="Zaken opvragen", openapi_extra=documented(ZaakFilter))
async def zaak_list(
    chosen: Annotated[ZaakFilter, Depends(query_of(ZaakFilter))], reader: Reading, caller: CurrentCaller
) -> Response:
    """Alle zaken die de applicatie mag zien, gefilterd."""
    seen = listable(caller, reader.runtime.references, "zaken.lezen")
    selection = seen.restrict(select_zaken(chosen, reader))
    return _in_crs(await reader.page(ZAAK, selection, chosen.page))


@router.post("/zaken", status_code=201, response_model=ZaakOut, summary="Zaak openen")
async def zaak_create(body: ZaakIn, unit: UnitOfWork, content_crs: ContentCrs = None) -> Response:
    """Een nieuwe zaak van een gepubliceerd zaaktype."""
    check_content_crs(content_crs, body.zaakgeometrie)
    listable(unit.caller, unit.runtime.references, "zaken.aanmaken")
    row, zaaktype = await new_zaak(unit, body)
    require(unit.caller, unit.runtime.references, row.zaaktype_id, row.vertrouwelijkheid, "zaken.aanmaken")
    check_new(row, body, zaaktype)
    hoofdzaak = await link(unit, row, body)
    await store_new(unit, row)
    if hoofdzaak is not None:
        await unit.touch(ZAAK, hoofdzaak)
    announce(unit, ZAAK_GEOPEND, row, ZAAK, row)
    return _in_crs(unit.respond(ZAAK, row, 201))


@router.get("/zaken/{uuid}", response_model=ZaakOut, summary="Zaak opvragen")
async def zaak_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Eén zaak."""
    references = reader.runtime.references
    listable(caller, references, "zaken.lezen")
    row = await reader.row(ZAAK, uuid, "zaaktype_id, vertrouwelijkheid")
    require(caller, references, row["zaaktype_id"], row["vertrouwelijkheid"], "zaken.lezen")
    return _in_crs(reader.one(ZAAK, uuid, row))


@router.head("/zaken/{uuid}", summary="Headers van een zaak")
async def zaak_headers(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """De headers die een GET zou geven."""
    return headers_only(await zaak_retrieve(uuid, reader, caller))


@router.patch("/zaken/{uuid}", response_model=ZaakOut, summary="Zaak wijzigen")
async def zaak_partial_update(
    uuid: UUID, body: ZaakPatch, unit: UnitOfWork, content_crs: ContentCrs = None
) -> Response:
    """Een deel van een zaak; van een gesloten zaak alleen als correctie."""
    references = unit.runtime.references
    check_content_crs(content_crs, body.zaakgeometrie)
    listable(unit.caller, references, "zaken.bijwerken", "zaken.geforceerd-bijwerken")
    row: Zaak = await unit.get(ZAAK, uuid, lock=True)
    require(unit.caller, references, row.zaaktype_id, row.vertrouwelijkheid, *scopes_to_change(row))
    await change_zaak(unit, row, body)
    announce(unit, ZAAK_GEMUTEERD, row, ZAAK, row)
    return _in_crs(unit.respond(ZAAK, row))
