"""A zaaktype-informatieobjecttype: documents of which kind can be relevant for zaken of a zaaktype, and which way they go."""

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Query
from pydantic import Field as Documented
from sqlalchemy import Text, select
from sqlmodel import Field, col
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.reading import Page, Reading, Selection
from chassis.resource import Fields, In, Out, Partial, Resource, Row
from chassis.unit import Unit
from services.zaken import events
from services.zaken.answering import headers_only
from services.zaken.catalogi.announcing import announce
from services.zaken.catalogi.catalogus import CATALOGUS
from services.zaken.catalogi.concept import (
    TypeStatus,
    may_correct,
    may_force_removal,
    related_to_published,
    remove,
    require_removable,
    require_writable,
    select_status,
)
from services.zaken.catalogi.historiemodel import respond
from services.zaken.catalogi.naming import INFORMATIEOBJECTTYPEN, Named, filter_named, has_published, named
from services.zaken.catalogi.parts import lock_names, locked_part
from services.zaken.catalogi.rights import require_readable
from services.zaken.catalogi.statustype import STATUSTYPE, Statustype
from services.zaken.catalogi.zaaktype.fields import ZAAKTYPE, Zaaktype
from services.zaken.events import Actie
from services.zaken.expand import NOTHING, Expand, ExpandFilter, answer_one, answer_page
from services.zaken.formats import AnyUrl, Link
from services.zaken.validation import Findings, filter_id, referred

router = APIRouter(tags=["zaaktype-informatieobjecttypen"])


class Richting(StrEnum):
    """Which way documents go, seen from the organisation."""

    inkomend = "inkomend"
    intern = "intern"
    uitgaand = "uitgaand"


# ---- fields


class ZaaktypeInformatieobjecttypeFields(Fields):
    """What table and JSON share."""

    volgnummer: int = Field(ge=1, le=999, description="Nummer, uniek binnen het zaaktype.")
    richting: Richting = Field(sa_type=Text, description="Of documenten inkomen, uitgaan of intern zijn.")


class ZaaktypeInformatieobjecttype(ZaaktypeInformatieobjecttypeFields, Row, table=True):
    """Table of zaaktype-informatieobjecttypen."""

    zaaktype_id: UUID = Field(foreign_key="zaaktype.id")
    informatieobjecttype: str
    """By name."""
    vast: bool = False
    """Whether it refers to one version (see `naming.py`)."""
    statustype_id: UUID | None = Field(default=None, foreign_key="statustype.id")


class ZaaktypeInformatieobjecttypeIn(In, ZaaktypeInformatieobjecttypeFields):
    """A relation between a zaaktype and an informatieobjecttype."""

    zaaktype: AnyUrl = Documented(description="URL van het zaaktype.")
    informatieobjecttype: str = Documented(
        min_length=1, max_length=1000, description="Omschrijving of URL van het informatieobjecttype."
    )
    statustype: AnyUrl | None = Documented(
        default=None, description="URL van het statustype waarbij deze documenten verplicht zijn."
    )


class ZaaktypeInformatieobjecttypePatch(Partial):
    """Any part of a zaaktype-informatieobjecttype."""

    whole = ZaaktypeInformatieobjecttypeIn


class ZaaktypeInformatieobjecttypeOut(Out, ZaaktypeInformatieobjecttypeFields):
    """A zaaktype-informatieobjecttype as answered. As stored, informatieobjecttype is its name."""

    url: str = Documented(description="URL van deze relatie.")
    zaaktype: Link = Documented(description="URL van het zaaktype.")
    zaaktype_identificatie: str = Documented(description="Identificatie van het zaaktype.")
    catalogus: Link = Documented(description="URL van de catalogus.")
    informatieobjecttype: str = Documented(description="URL van het informatieobjecttype dat nu geldt.")
    statustype: Link | None = Documented(description="URL van het statustype waarbij deze documenten verplicht zijn.")


async def render(unit: Unit, row: ZaaktypeInformatieobjecttype) -> ZaaktypeInformatieobjecttypeOut:
    """The JSON of a zaaktype-informatieobjecttype."""
    zaaktype: Zaaktype = await unit.get(ZAAKTYPE, row.zaaktype_id)
    return ZaaktypeInformatieobjecttypeOut(
        volgnummer=row.volgnummer,
        richting=row.richting,
        url=unit.url(ZAAKTYPE_INFORMATIEOBJECTTYPE, row.id),
        zaaktype=unit.url(ZAAKTYPE, zaaktype.id),
        zaaktype_identificatie=zaaktype.identificatie,
        catalogus=unit.url(CATALOGUS, zaaktype.catalogus_id),
        informatieobjecttype=row.informatieobjecttype,
        statustype=None if row.statustype_id is None else unit.url(STATUSTYPE, row.statustype_id),
    )


ZAAKTYPE_INFORMATIEOBJECTTYPE = Resource(
    "zaaktypeinformatieobjecttype",
    ZaaktypeInformatieobjecttype,
    "catalogi",
    "/zaaktype-informatieobjecttypen",
    render,
)


# ---- filter


class ZaaktypeInformatieobjecttypeFilter(ExpandFilter):
    """Query parameters of the list."""

    zaaktype: Link | None = Documented(default=None, description="URL van het zaaktype.")
    informatieobjecttype: str | None = Documented(
        default=None, description="Omschrijving of URL van het informatieobjecttype."
    )
    richting: Richting | None = Documented(default=None, description="Of documenten inkomen, uitgaan of intern zijn.")
    status: TypeStatus = Documented(
        default=TypeStatus.definitief, description="Alleen van concepten, van definitieve zaaktypen of alles."
    )


def select_relations(chosen: ZaaktypeInformatieobjecttypeFilter, reader: Reading) -> Selection:
    """The relations the filter asks for."""
    references = reader.runtime.references
    selection = Selection().where_given(
        "zaaktype_id = {}", filter_id(references, ZAAKTYPE, chosen.zaaktype, "zaaktype")
    )
    selection.where_given("richting = {}", chosen.richting)
    filter_named(
        selection,
        references,
        INFORMATIEOBJECTTYPEN,
        given=chosen.informatieobjecttype,
        name="informatieobjecttype",
        sql="EXISTS (SELECT FROM informatieobjecttype other, zaaktype z WHERE {match} AND z.id = zaaktype_id "
        "AND other.catalogus_id = z.catalogus_id "
        "AND other.omschrijving = zaaktypeinformatieobjecttype.informatieobjecttype)",
    )
    return select_status(selection, chosen.status, "(SELECT z.concept FROM zaaktype z WHERE z.id = zaaktype_id)")


# ---- rules


async def check_both_published(unit: Unit, zaaktype: Zaaktype, name: str, *, allowed: bool) -> None:
    """What relates two published types is fixed, unless the caller may force it (ztc-010). Raises Invalid."""
    if zaaktype.concept or allowed:
        return
    if await has_published(unit, INFORMATIEOBJECTTYPEN, zaaktype.catalogus_id, [name]):
        raise related_to_published("Het zaaktype en het informatieobjecttype zijn allebei al gepubliceerd.")


async def check_number(
    unit: Unit, findings: Findings, body: ZaaktypeInformatieobjecttypeIn, zaaktype_id: UUID, own: UUID | None
) -> None:
    """A volgnummer is used once per zaaktype."""
    same = select(ZaaktypeInformatieobjecttype).where(
        col(ZaaktypeInformatieobjecttype.zaaktype_id) == zaaktype_id,
        col(ZaaktypeInformatieobjecttype.volgnummer) == body.volgnummer,
        col(ZaaktypeInformatieobjecttype.id) != own,
    )
    if (await unit.session.scalars(same)).first() is not None:
        findings.add("nonFieldErrors", "unique", "Dit volgnummer is in dit zaaktype al gebruikt.")


async def values_of(
    unit: Unit,
    body: ZaaktypeInformatieobjecttypeIn,
    zaaktype: Zaaktype,
    row: ZaaktypeInformatieobjecttype | None = None,
) -> dict[str, Any]:
    """The columns of a relation by Python name. Raises Invalid with all that is wrong. row: before the change."""
    findings = Findings()
    known = [row.informatieobjecttype] if row is not None and row.zaaktype_id == zaaktype.id else []
    given = {"informatieobjecttype": body.informatieobjecttype}
    meant = await named(unit, INFORMATIEOBJECTTYPEN, given, zaaktype.catalogus_id, findings, known=known)
    statustype_id = await _statustype_id(unit, findings, body, zaaktype)
    await check_number(unit, findings, body, zaaktype.id, row.id if row is not None else zaaktype.id)
    findings.stop_if_any()
    found: Named = meant["informatieobjecttype"]
    still_fixed = row is not None and row.vast and row.informatieobjecttype == found.name
    return {
        "volgnummer": body.volgnummer,
        "richting": body.richting,
        "zaaktype_id": zaaktype.id,
        "informatieobjecttype": found.name,
        "vast": found.fixed or still_fixed,
        "statustype_id": statustype_id,
    }


async def _statustype_id(
    unit: Unit, findings: Findings, body: ZaaktypeInformatieobjecttypeIn, zaaktype: Zaaktype
) -> UUID | None:
    if body.statustype is None:
        return None
    statustype = await referred(unit, STATUSTYPE, Statustype, body.statustype, "statustype", same_api=True)
    if statustype.zaaktype_id != zaaktype.id:
        findings.add("statustype", "zaaktype-mismatch", "Het statustype hoort bij een ander zaaktype.")
    return statustype.id


async def change(
    unit: Unit,
    row: ZaaktypeInformatieobjecttype,
    before: Zaaktype,
    body: ZaaktypeInformatieobjecttypeIn,
    actie: Actie,
) -> Response:
    """Check and store the new whole of a relation, and render the zaaktypen that show it. before: that of now."""
    allowed = may_correct(unit.caller)
    await check_both_published(unit, before, row.informatieobjecttype, allowed=allowed)
    zaaktype = await _zaaktype(unit, body)
    values = await values_of(unit, body, zaaktype, row)
    await check_both_published(unit, zaaktype, values["informatieobjecttype"], allowed=allowed)
    for name, value in values.items():
        setattr(row, name, value)
    await unit.change(ZAAKTYPE_INFORMATIEOBJECTTYPE, row, action=actie)
    for shown in {before.id: before, zaaktype.id: zaaktype}.values():
        await unit.touch(ZAAKTYPE, shown)
    gewijzigd = events.ZAAKTYPEINFORMATIEOBJECTTYPE.gewijzigd
    announce(unit, gewijzigd, zaaktype, ZAAKTYPE_INFORMATIEOBJECTTYPE, row, actie=actie)
    return await respond(unit, ZAAKTYPE_INFORMATIEOBJECTTYPE, row)


async def _zaaktype(unit: Unit, body: ZaaktypeInformatieobjecttypeIn) -> Zaaktype:
    return await referred(unit, ZAAKTYPE, Zaaktype, body.zaaktype, "zaaktype", same_api=True, lock=True)


# ---- routes


@router.get(
    "/zaaktype-informatieobjecttypen",
    response_model=Page[ZaaktypeInformatieobjecttypeOut],
    summary="Informatieobjecttypen bij zaaktypen opvragen",
)
async def zaakinformatieobjecttype_list(
    chosen: Annotated[ZaaktypeInformatieobjecttypeFilter, Query()], reader: Reading, caller: CurrentCaller
) -> Response:
    """Alle informatieobjecttypen bij zaaktypen, gefilterd; zonder filter alleen bij gepubliceerde zaaktypen."""
    require_readable(caller)
    return await answer_page(reader, caller, ZAAKTYPE_INFORMATIEOBJECTTYPE, select_relations(chosen, reader), chosen)


@router.post(
    "/zaaktype-informatieobjecttypen",
    status_code=201,
    response_model=ZaaktypeInformatieobjecttypeOut,
    summary="Informatieobjecttype bij een zaaktype registreren",
)
async def zaakinformatieobjecttype_create(body: ZaaktypeInformatieobjecttypeIn, unit: UnitOfWork) -> Response:
    """Een informatieobjecttype bij een zaaktype, dat nog een concept is."""
    require_writable(unit.caller)
    if zaaktype_id := unit.runtime.references.local_id(ZAAKTYPE, body.zaaktype):
        await lock_names(unit, zaaktype_id)
    zaaktype = await _zaaktype(unit, body)
    row = ZaaktypeInformatieobjecttype(**await values_of(unit, body, zaaktype))
    await check_both_published(unit, zaaktype, row.informatieobjecttype, allowed=may_correct(unit.caller))
    await unit.create(ZAAKTYPE_INFORMATIEOBJECTTYPE, row)
    await unit.touch(ZAAKTYPE, zaaktype)
    toegevoegd = events.ZAAKTYPEINFORMATIEOBJECTTYPE.toegevoegd
    announce(unit, toegevoegd, zaaktype, ZAAKTYPE_INFORMATIEOBJECTTYPE, row)
    return await respond(unit, ZAAKTYPE_INFORMATIEOBJECTTYPE, row, 201)


@router.get(
    "/zaaktype-informatieobjecttypen/{uuid}",
    response_model=ZaaktypeInformatieobjecttypeOut,
    summary="Informatieobjecttype bij een zaaktype opvragen",
)
async def zaakinformatieobjecttype_retrieve(
    uuid: UUID, reader: Reading, caller: CurrentCaller, asked: Expand
) -> Response:
    """Eén informatieobjecttype bij een zaaktype."""
    require_readable(caller)
    row = await reader.row(ZAAKTYPE_INFORMATIEOBJECTTYPE, uuid)
    return await answer_one(reader, caller, ZAAKTYPE_INFORMATIEOBJECTTYPE, row, asked)


@router.head("/zaaktype-informatieobjecttypen/{uuid}", summary="Headers van een informatieobjecttype bij een zaaktype")
async def zaakinformatieobjecttype_headers(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """De headers die een GET zou geven."""
    return headers_only(await zaakinformatieobjecttype_retrieve(uuid, reader, caller, NOTHING))


@router.put(
    "/zaaktype-informatieobjecttypen/{uuid}",
    response_model=ZaaktypeInformatieobjecttypeOut,
    summary="Informatieobjecttype bij een zaaktype geheel wijzigen",
)
async def zaakinformatieobjecttype_update(
    uuid: UUID, body: ZaaktypeInformatieobjecttypeIn, unit: UnitOfWork
) -> Response:
    """De relatie in haar geheel; als beide typen gepubliceerd zijn alleen als correctie."""
    require_writable(unit.caller)
    row, zaaktype = await locked_part(unit, ZAAKTYPE_INFORMATIEOBJECTTYPE, uuid)
    return await change(unit, row, zaaktype, body, "update")


@router.patch(
    "/zaaktype-informatieobjecttypen/{uuid}",
    response_model=ZaaktypeInformatieobjecttypeOut,
    summary="Informatieobjecttype bij een zaaktype deels wijzigen",
)
async def zaakinformatieobjecttype_partial_update(
    uuid: UUID, body: ZaaktypeInformatieobjecttypePatch, unit: UnitOfWork
) -> Response:
    """Een deel van de relatie; als beide typen gepubliceerd zijn alleen als correctie."""
    require_writable(unit.caller)
    row, zaaktype = await locked_part(unit, ZAAKTYPE_INFORMATIEOBJECTTYPE, uuid)
    present = orjson.loads(unit.body(ZAAKTYPE_INFORMATIEOBJECTTYPE, row))
    return await change(unit, row, zaaktype, body.over(present, ZaaktypeInformatieobjecttypeIn), "partial_update")


@router.delete(
    "/zaaktype-informatieobjecttypen/{uuid}",
    status_code=204,
    summary="Informatieobjecttype bij een zaaktype verwijderen",
)
async def zaakinformatieobjecttype_destroy(uuid: UUID, unit: UnitOfWork) -> Response:
    """De relatie; als beide typen gepubliceerd zijn alleen geforceerd."""
    require_removable(unit.caller)
    row, zaaktype = await locked_part(unit, ZAAKTYPE_INFORMATIEOBJECTTYPE, uuid)
    await check_both_published(unit, zaaktype, row.informatieobjecttype, allowed=may_force_removal(unit.caller))
    await remove(unit, ZAAKTYPE_INFORMATIEOBJECTTYPE, row)
    await unit.touch(ZAAKTYPE, zaaktype)
    verwijderd = events.ZAAKTYPEINFORMATIEOBJECTTYPE.verwijderd
    announce(unit, verwijderd, zaaktype, ZAAKTYPE_INFORMATIEOBJECTTYPE, row)
    return unit.respond_raw(b"", 204)
