"""A resultaat: what a zaak led to. A zaak has one at most; its type decides how long the dossier is kept."""

from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Query
from pydantic import Field as Documented
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import FieldError, Invalid
from chassis.reading import Page, Reading, Selection
from chassis.resource import Fields, In, Out, Partial, Resource, Row
from chassis.unit import Unit
from services.zaken import events
from services.zaken.answering import headers_only
from services.zaken.catalogi.resultaattype import RESULTAATTYPE, Resultaattype
from services.zaken.events import Actie
from services.zaken.expand import NOTHING, Expand, ExpandFilter
from services.zaken.formats import Link, Url
from services.zaken.validation import Findings, check_unchanged, filter_id, referred, refuse_foreign_type
from services.zaken.zaken.afsluiting import archive_late
from services.zaken.zaken.onderdeel import (
    Onderdeel,
    add,
    change,
    check_not_archived,
    check_same_zaaktype,
    listed,
    locked_zaak,
    may_change,
    part_for,
    permit,
    remove,
    shown,
)
from services.zaken.zaken.zaak.fields import ZAAK, Zaak

router = APIRouter(tags=["resultaten"])
SECOND = FieldError("zaak", "unique", "Deze zaak heeft al een resultaat.")


# ---- fields


class ResultaatFields(Fields):
    """What table and JSON share."""

    toelichting: str = Field(default="", max_length=1000, description="Toelichting op het resultaat.")


class Resultaat(ResultaatFields, Row, table=True):
    """Table of resultaten."""

    zaak_id: UUID = Field(foreign_key="zaak.id")
    resultaattype_id: UUID = Field(foreign_key="resultaattype.id")


class ResultaatIn(In, ResultaatFields):
    """A whole resultaat."""

    zaak: Url = Documented(description="URL van de zaak.")
    resultaattype: Url = Documented(description="URL van het resultaattype.")


class ResultaatPatch(Partial):
    """Any part of a resultaat."""

    whole = ResultaatIn


class ResultaatOut(Out, ResultaatFields):
    """A resultaat as answered."""

    url: str = Documented(description="URL van dit resultaat.")
    uuid: UUID = Documented(description="Id van dit resultaat.")
    zaak: str = Documented(description="URL van de zaak.")
    resultaattype: str = Documented(description="URL van het resultaattype.")


async def render(unit: Unit, row: Resultaat) -> ResultaatOut:
    """The JSON of a resultaat."""
    return ResultaatOut(
        url=unit.url(RESULTAAT, row.id),
        uuid=row.id,
        zaak=unit.url(ZAAK, row.zaak_id),
        resultaattype=unit.url(RESULTAATTYPE, row.resultaattype_id),
        toelichting=row.toelichting,
    )


RESULTAAT = Resource("resultaat", Resultaat, "zaken", "/resultaten", render, main="zaak_id")
RESULTATEN = Onderdeel(RESULTAAT, events.RESULTAAT)


# ---- filter


class ResultaatFilter(ExpandFilter):
    """Query parameters of the list."""

    zaak: Link | None = Documented(default=None, description="URL van de zaak.")
    resultaattype: Link | None = Documented(default=None, description="URL van het resultaattype.")


def select_resultaten(chosen: ResultaatFilter, reader: Reading) -> Selection:
    """The resultaten the filter asks for."""
    references = reader.runtime.references
    selection = Selection().where_given("zaak_id = {}", filter_id(references, ZAAK, chosen.zaak, "zaak"))
    resultaattype_id = filter_id(references, RESULTAATTYPE, chosen.resultaattype, "resultaattype")
    return selection.where_given("resultaattype_id = {}", resultaattype_id)


# ---- rules


async def refuse_second(unit: Unit, zaak: Zaak) -> None:
    """A zaak has one resultaat. The locked zaak keeps others from adding one meanwhile. Raises Invalid."""
    if await (await unit.connection()).fetchval("SELECT TRUE FROM resultaat WHERE zaak_id = $1", zaak.id):
        raise Invalid([SECOND])


async def resultaattype_of(unit: Unit, body: ResultaatIn, zaak: Zaak) -> Resultaattype:
    """The resultaattype a body refers to, one of the zaaktype of the zaak (zrc-020). Raises Invalid."""
    found = await referred(unit, RESULTAATTYPE, Resultaattype, body.resultaattype, "resultaattype")
    findings = Findings()
    check_same_zaaktype(findings, zaak, found.zaaktype_id, "resultaattype")
    findings.stop_if_any()
    return found


async def change_resultaat(
    unit: Unit, zaak: Zaak, row: Resultaat, body: ResultaatIn, actie: Actie = "update"
) -> Response:
    """Store what a resultaat becomes and answer with it; its type is fixed. Raises Invalid."""
    references, findings = unit.runtime.references, Findings()
    check_unchanged(
        findings,
        zaak=references.local_id(ZAAK, body.zaak) == row.zaak_id,
        resultaattype=references.local_id(RESULTAATTYPE, body.resultaattype) == row.resultaattype_id,
    )
    findings.stop_if_any()
    row.toelichting = body.toelichting
    return await change(unit, RESULTATEN, zaak, row, actie)


# ---- routes


@router.get("/resultaten", response_model=Page[ResultaatOut], summary="Resultaten opvragen")
async def resultaat_list(
    chosen: Annotated[ResultaatFilter, Query()], reader: Reading, caller: CurrentCaller
) -> Response:
    """Alle resultaten van zaken die de applicatie mag zien, gefilterd."""
    return await listed(RESULTATEN, select_resultaten, chosen, reader, caller)


@router.post("/resultaten", status_code=201, response_model=ResultaatOut, summary="Resultaat toevoegen")
async def resultaat_create(body: ResultaatIn, unit: UnitOfWork) -> Response:
    """Het resultaat van een zaak."""
    may_change(unit)
    await refuse_foreign_type(unit, body.resultaattype, "resultaattype")
    zaak = await locked_zaak(unit, body.zaak)
    await refuse_second(unit, zaak)  # also told to who may not change a closed zaak (zrc-007e)
    permit(unit, zaak)
    check_not_archived(zaak)
    resultaattype = await resultaattype_of(unit, body, zaak)
    row = Resultaat(toelichting=body.toelichting, zaak_id=zaak.id, resultaattype_id=resultaattype.id)
    answer = await add(unit, RESULTATEN, zaak, row, unique=SECOND)
    await archive_late(unit, zaak)
    return answer


@router.get("/resultaten/{uuid}", response_model=ResultaatOut, summary="Resultaat opvragen")
async def resultaat_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller, asked: Expand) -> Response:
    """Eén resultaat."""
    return await shown(RESULTATEN, uuid, reader, caller, asked=asked)


@router.put("/resultaten/{uuid}", response_model=ResultaatOut, summary="Resultaat vervangen")
async def resultaat_update(uuid: UUID, body: ResultaatIn, unit: UnitOfWork) -> Response:
    """De toelichting op een resultaat; de rest ligt vast."""
    zaak, row = await part_for(unit, RESULTATEN, uuid)
    return await change_resultaat(unit, zaak, row, body)


@router.patch("/resultaten/{uuid}", response_model=ResultaatOut, summary="Resultaat wijzigen")
async def resultaat_partial_update(uuid: UUID, body: ResultaatPatch, unit: UnitOfWork) -> Response:
    """De toelichting op een resultaat; de rest ligt vast."""
    zaak, row = await part_for(unit, RESULTATEN, uuid)
    changed = body.over(orjson.loads(unit.body(RESULTAAT, row)), ResultaatIn)
    return await change_resultaat(unit, zaak, row, changed, "partial_update")


@router.delete("/resultaten/{uuid}", status_code=204, summary="Resultaat verwijderen")
async def resultaat_destroy(uuid: UUID, unit: UnitOfWork) -> Response:
    """Haalt het resultaat weg; de zaak kan er daarna een ander krijgen."""
    zaak, row = await part_for(unit, RESULTATEN, uuid)
    return await remove(unit, RESULTATEN, zaak, row)


@router.head("/resultaten/{uuid}", summary="Headers van een resultaat")
async def resultaat_headers(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """De headers die een GET zou geven."""
    return headers_only(await resultaat_retrieve(uuid, reader, caller, NOTHING))
