"""A zaakinformatieobject: that an informatieobject belongs to a zaak. Sealed: what a document is called names people."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Query
from pydantic import Field as Documented
from sqlalchemy import DateTime, LargeBinary, Text
from sqlmodel import Field
from starlette.responses import Response

from chassis import clock
from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import FieldError, Invalid
from chassis.reading import Reading, Selection
from chassis.resource import Fields, In, Out, Partial, Resource, Row
from chassis.unit import Unit
from services.zaken import events
from services.zaken.answering import headers_only
from services.zaken.documenten.objectinformatieobject import LEADING, Leading
from services.zaken.events import Actie
from services.zaken.expand import NOTHING, Expand, Expandable
from services.zaken.formats import AnyUrl, Link, Moment, Url
from services.zaken.gegevens import open_gegevens, seal_gegevens
from services.zaken.informatieobject import (
    Informatieobject,
    fits_zaaktype,
    informatieobject_at,
    mirror,
    same,
    shown_url,
    unmirror,
    where_informatieobject,
)
from services.zaken.unpaged import Unpaged
from services.zaken.validation import Findings, check_unchanged, filter_id, referred
from services.zaken.zaken.onderdeel import (
    Onderdeel,
    add,
    change,
    listed_whole,
    may_extend,
    part_for,
    remove,
    shown,
    zaak_for,
)
from services.zaken.zaken.status import STATUS, Status
from services.zaken.zaken.zaak.fields import ZAAK, Zaak

router = APIRouter(tags=["zaakinformatieobjecten"])
ADDING, REMOVING = "zaken.aanmaken", "zaken.verwijderen"
"""Scopes that allow it besides the usual ones."""
TAKEN = FieldError("nonFieldErrors", "unique", "Dit informatieobject hoort al bij deze zaak.")


class AardRelatieWeergave(StrEnum):
    """How an informatieobject and an object are related, in words; with a zaak always the first (zrc-004)."""

    hoort_bij = "Hoort bij, omgekeerd: kent"
    legt_vast = "Legt vast, omgekeerd: kan vastgelegd zijn als"


# ---- fields


class ZaakinformatieobjectFields(Fields):
    """What table and JSON share."""

    informatieobject: Url = Field(sa_type=Text, description="URL van het informatieobject.")
    vernietigingsdatum: Moment | None = Field(
        default=None, sa_type=DateTime(timezone=True), description="Wanneer het informatieobject uit het dossier moet."
    )


class PersonalFields(In):
    """What can identify a person: stored sealed, as JSON."""

    titel: str = Documented(default="", max_length=200, description="Naam van het informatieobject in deze zaak.")
    beschrijving: str = Documented(default="", description="Wat erin staat, gezien vanuit de zaak.")


class Zaakinformatieobject(ZaakinformatieobjectFields, Row, table=True):
    """Table of zaakinformatieobjecten. `gegevens` is the sealed JSON of PersonalFields."""

    zaak_id: UUID = Field(foreign_key="zaak.id")
    status_id: UUID | None = Field(default=None, foreign_key="status.id")
    informatieobject_id: UUID | None = Field(default=None, foreign_key="enkelvoudiginformatieobject.id")
    """Its id when it is one of our own Documenten API."""
    registratiedatum: datetime = Field(sa_type=DateTime(timezone=True))
    gegevens: bytes = Field(default=b"", sa_type=LargeBinary)


class ZaakinformatieobjectIn(PersonalFields, ZaakinformatieobjectFields):
    """A whole zaakinformatieobject."""

    zaak: Url = Documented(description="URL van de zaak.")
    status: Url | None = Documented(default=None, description="URL van de status waar het informatieobject bij hoort.")


class ZaakinformatieobjectPatch(Partial):
    """Any part of a zaakinformatieobject."""

    whole = ZaakinformatieobjectIn


class ZaakinformatieobjectOut(Out, PersonalFields, ZaakinformatieobjectFields):
    """A zaakinformatieobject as answered."""

    url: str = Documented(description="URL van dit zaakinformatieobject.")
    uuid: UUID = Documented(description="Id van dit zaakinformatieobject.")
    zaak: str = Documented(description="URL van de zaak.")
    aard_relatie_weergave: AardRelatieWeergave = Documented(description="Hoe ze samenhangen, in woorden.")
    registratiedatum: datetime = Documented(description="Wanneer het informatieobject bij de zaak kwam.")
    status: str | None = Documented(description="URL van de status waar het informatieobject bij hoort.")


async def render(unit: Unit, row: Zaakinformatieobject) -> ZaakinformatieobjectOut:
    """The JSON of a zaakinformatieobject."""
    return ZaakinformatieobjectOut(
        **open_gegevens(unit.runtime.keyring, ZAAKINFORMATIEOBJECT.name, row),
        informatieobject=shown_url(unit, row.informatieobject, row.informatieobject_id),
        vernietigingsdatum=row.vernietigingsdatum,
        url=unit.url(ZAAKINFORMATIEOBJECT, row.id),
        uuid=row.id,
        zaak=unit.url(ZAAK, row.zaak_id),
        aard_relatie_weergave=AardRelatieWeergave.hoort_bij,
        registratiedatum=row.registratiedatum,
        status=unit.url(STATUS, row.status_id) if row.status_id else None,
    )


ZAAKINFORMATIEOBJECT = Resource(
    "zaakinformatieobject",
    Zaakinformatieobject,
    "zaken",
    "/zaakinformatieobjecten",
    render,
    sealed=True,
    main="zaak_id",
)
ZAAKINFORMATIEOBJECTEN = Onderdeel(ZAAKINFORMATIEOBJECT, events.ZAAKINFORMATIEOBJECT)
LEADING["zaak"] = Leading(ZAAK, ZAAKINFORMATIEOBJECT, "zaak_id")


# ---- filter


class ZaakinformatieobjectFilter(Expandable, Unpaged):
    """Query parameters of the list."""

    zaak: Link | None = Documented(default=None, description="URL van de zaak.")
    informatieobject: AnyUrl | None = Documented(default=None, description="URL van het informatieobject.")


def select_zaakinformatieobjecten(chosen: ZaakinformatieobjectFilter, reader: Reading) -> Selection:
    """The zaakinformatieobjecten the filter asks for."""
    references = reader.runtime.references
    selection = Selection().where_given("zaak_id = {}", filter_id(references, ZAAK, chosen.zaak, "zaak"))
    return where_informatieobject(selection, references, chosen.informatieobject)


# ---- rules


async def check_fits(unit: Unit, informatieobject: Informatieobject, zaak: Zaak) -> None:
    """Documents of this type belong in zaken of this zaaktype (zrc-017). Raises Invalid."""
    if not await fits_zaaktype(unit, informatieobject, zaak.zaaktype_id):
        raise Invalid.field(
            "nonFieldErrors",
            "missing-zaaktype-informatieobjecttype-relation",
            "Informatieobjecten van dit type horen niet bij het zaaktype van de zaak.",
        )


async def status_of(unit: Unit, url: str | None, zaak: Zaak) -> Status | None:
    """The status a body refers to, one of the same zaak. Raises Invalid."""
    if url is None:
        return None
    status = await referred(unit, STATUS, Status, url, "status", same_api=True, lock=True)
    if status.zaak_id != zaak.id:
        raise Invalid.field("status", "zaak-mismatch", "Deze status hoort bij een andere zaak.")
    return status


async def fill(unit: Unit, row: Zaakinformatieobject, body: ZaakinformatieobjectIn, zaak: Zaak) -> set[UUID]:
    """Set what a body says. Returns the ids of the statussen that show the relation, before or after. Raises Invalid."""
    status = await status_of(unit, body.status, zaak)
    showing = {one for one in (row.status_id, status.id if status else None) if one}
    row.status_id = status.id if status else None
    row.vernietigingsdatum = body.vernietigingsdatum
    seal_gegevens(unit.runtime.keyring, ZAAKINFORMATIEOBJECT.name, row, body, PersonalFields)
    return showing


async def show(unit: Unit, statussen: set[UUID]) -> None:
    """Let statussen show the relations that name them."""
    for status_id in sorted(statussen):
        await unit.touch(STATUS, await unit.get(STATUS, status_id))


async def change_zaakinformatieobject(
    unit: Unit, zaak: Zaak, row: Zaakinformatieobject, body: ZaakinformatieobjectIn, actie: Actie = "update"
) -> Response:
    """Store what is said about a relation and answer with it; the relation itself is fixed (zrc-004). Raises Invalid."""
    findings = Findings()
    check_unchanged(
        findings,
        zaak=unit.runtime.references.local_id(ZAAK, body.zaak) == row.zaak_id,
        informatieobject=same(unit.runtime.references, body.informatieobject, row),
    )
    findings.stop_if_any()
    showing = await fill(unit, row, body, zaak)
    answer = await change(unit, ZAAKINFORMATIEOBJECTEN, zaak, row, actie)
    await show(unit, showing)
    return answer


# ---- routes


@router.get(
    "/zaakinformatieobjecten",
    response_model=list[ZaakinformatieobjectOut],
    summary="Informatieobjecten van zaken opvragen",
)
async def zaakinformatieobject_list(
    chosen: Annotated[ZaakinformatieobjectFilter, Query()], reader: Reading, caller: CurrentCaller
) -> Response:
    """Alle informatieobjecten bij zaken die de applicatie mag zien, gefilterd."""
    return await listed_whole(ZAAKINFORMATIEOBJECTEN, select_zaakinformatieobjecten, chosen, reader, caller)


@router.post(
    "/zaakinformatieobjecten",
    status_code=201,
    response_model=ZaakinformatieobjectOut,
    summary="Informatieobject aan een zaak koppelen",
)
async def zaakinformatieobject_create(body: ZaakinformatieobjectIn, unit: UnitOfWork) -> Response:
    """De relatie tussen een zaak en een informatieobject dat al bestaat."""
    await may_extend(unit, body.zaak, ADDING)
    informatieobject = await informatieobject_at(unit, body.informatieobject)
    zaak = await zaak_for(unit, body.zaak, ADDING)
    await check_fits(unit, informatieobject, zaak)
    row = Zaakinformatieobject(informatieobject=informatieobject.url, zaak_id=zaak.id, registratiedatum=clock.now())
    row.informatieobject_id = informatieobject.local_id
    showing = await fill(unit, row, body, zaak)
    answer = await add(unit, ZAAKINFORMATIEOBJECTEN, zaak, row, unique=TAKEN)
    await show(unit, showing)
    await mirror(unit, informatieobject, "zaak", zaak.id)
    return answer


@router.get(
    "/zaakinformatieobjecten/{uuid}",
    response_model=ZaakinformatieobjectOut,
    summary="Informatieobject van een zaak opvragen",
)
async def zaakinformatieobject_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller, asked: Expand) -> Response:
    """Eén informatieobject bij een zaak."""
    return await shown(ZAAKINFORMATIEOBJECTEN, uuid, reader, caller, asked=asked)


@router.put(
    "/zaakinformatieobjecten/{uuid}",
    response_model=ZaakinformatieobjectOut,
    summary="Informatieobject van een zaak vervangen",
)
async def zaakinformatieobject_update(uuid: UUID, body: ZaakinformatieobjectIn, unit: UnitOfWork) -> Response:
    """Alles wat bij de relatie is gezegd; de relatie zelf ligt vast."""
    zaak, row = await part_for(unit, ZAAKINFORMATIEOBJECTEN, uuid)
    return await change_zaakinformatieobject(unit, zaak, row, body)


@router.patch(
    "/zaakinformatieobjecten/{uuid}",
    response_model=ZaakinformatieobjectOut,
    summary="Informatieobject van een zaak wijzigen",
)
async def zaakinformatieobject_partial_update(
    uuid: UUID, body: ZaakinformatieobjectPatch, unit: UnitOfWork
) -> Response:
    """Een deel van wat bij de relatie is gezegd."""
    zaak, row = await part_for(unit, ZAAKINFORMATIEOBJECTEN, uuid)
    changed = body.over(orjson.loads(unit.body(ZAAKINFORMATIEOBJECT, row)), ZaakinformatieobjectIn)
    return await change_zaakinformatieobject(unit, zaak, row, changed, "partial_update")


@router.delete("/zaakinformatieobjecten/{uuid}", status_code=204, summary="Informatieobject van een zaak losmaken")
async def zaakinformatieobject_destroy(uuid: UUID, unit: UnitOfWork) -> Response:
    """Maakt het informatieobject los van de zaak."""
    zaak, row = await part_for(unit, ZAAKINFORMATIEOBJECTEN, uuid, REMOVING)
    answer = await remove(unit, ZAAKINFORMATIEOBJECTEN, zaak, row)
    await show(unit, {row.status_id} if row.status_id else set())
    await unmirror(unit, "zaak", zaak.id, row.informatieobject_id)
    return answer


@router.head("/zaakinformatieobjecten/{uuid}", summary="Headers van een informatieobject van een zaak")
async def zaakinformatieobject_headers(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """De headers die een GET zou geven."""
    return headers_only(await zaakinformatieobject_retrieve(uuid, reader, caller, NOTHING))
