"""A besluitinformatieobject: that a besluit is laid down in an informatieobject, wholly or in part.

The relation is always of the kind `legt_vast` (brc-004), so it is not kept per row.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field as Documented
from sqlalchemy import DateTime, Text, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field
from starlette.responses import Response

from chassis import clock
from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import Invalid, NotFound
from chassis.reading import Reading, Selection
from chassis.resource import In, Out, Resource, Row
from chassis.unit import Unit
from services.zaken import events
from services.zaken.besluiten.besluit import BESLUIT, Besluit, announce
from services.zaken.besluiten.visibility import (
    AANMAKEN,
    BESLUIT_COLUMNS,
    LEZEN,
    VERWIJDEREN,
    listable,
    require,
    restrict_children,
)
from services.zaken.catalogi.informatieobjecttype import INFORMATIEOBJECTTYPE
from services.zaken.documenten.objectinformatieobject import LEADING, Leading
from services.zaken.expand import Expand, Expandable, answer_one, answer_rows
from services.zaken.formats import AnyUrl, Link, Url
from services.zaken.informatieobject import (
    Informatieobject,
    informatieobject_at,
    mirror,
    shown_url,
    unmirror,
    where_informatieobject,
)
from services.zaken.unpaged import Unpaged, whole
from services.zaken.validation import constraint_of, filter_id, referred

router = APIRouter(tags=["besluitinformatieobjecten"])


# ---- fields


class Besluitinformatieobject(Row, table=True):
    """Table of besluitinformatieobjecten. informatieobject_id: its id when it is one of our own Documenten API."""

    informatieobject: str = Field(sa_type=Text)
    informatieobject_id: UUID | None = Field(default=None, foreign_key="enkelvoudiginformatieobject.id")
    registratiedatum: datetime = Field(sa_type=DateTime(timezone=True))
    besluit_id: UUID = Field(foreign_key="besluit.id")


class BesluitinformatieobjectIn(In):
    """A new besluitinformatieobject."""

    informatieobject: Url = Documented(min_length=1, description="URL van het informatieobject.")
    besluit: AnyUrl = Documented(description="URL van het besluit.")


class BesluitinformatieobjectOut(Out):
    """A besluitinformatieobject as answered."""

    url: Link = Documented(description="URL van dit besluitinformatieobject.")
    informatieobject: str = Documented(description="URL van het informatieobject.")
    besluit: str = Documented(description="URL van het besluit.")


async def render(unit: Unit, row: Besluitinformatieobject) -> BesluitinformatieobjectOut:
    """The JSON of a besluitinformatieobject."""
    return BesluitinformatieobjectOut(
        url=unit.url(BESLUITINFORMATIEOBJECT, row.id),
        informatieobject=shown_url(unit, row.informatieobject, row.informatieobject_id),
        besluit=unit.url(BESLUIT, row.besluit_id),
    )


BESLUITINFORMATIEOBJECT = Resource(
    "besluitinformatieobject",
    Besluitinformatieobject,
    "besluiten",
    "/besluitinformatieobjecten",
    render,
    main="besluit_id",
)
LEADING["besluit"] = Leading(BESLUIT, BESLUITINFORMATIEOBJECT, "besluit_id")


# ---- filter


class BesluitinformatieobjectFilter(Unpaged, Expandable):
    """Query parameters of the list."""

    besluit: AnyUrl | None = Documented(default=None, description="URL van het besluit.")
    informatieobject: AnyUrl | None = Documented(default=None, description="URL van het informatieobject.")


def select_besluitinformatieobjecten(chosen: BesluitinformatieobjectFilter, reader: Reading) -> Selection:
    """The besluitinformatieobjecten the filter asks for."""
    besluit_id = filter_id(reader.runtime.references, BESLUIT, chosen.besluit, "besluit")
    selection = Selection().where_given("besluit_id = {}", besluit_id)
    return where_informatieobject(selection, reader.runtime.references, chosen.informatieobject)


# ---- rules

_FITS = """
SELECT EXISTS (
    SELECT FROM besluittype b JOIN informatieobjecttype i
    ON i.catalogus_id = b.catalogus_id AND i.omschrijving = ANY(b.informatieobjecttypen)
    WHERE b.id = :besluittype AND i.id = :informatieobjecttype
)
"""


async def check_fits(unit: Unit, informatieobject: Informatieobject, besluit: Besluit) -> None:
    """Besluiten of this type are laid down in informatieobjecten of that type (brc-008). Raises Invalid."""
    type_id = unit.runtime.references.local_id(INFORMATIEOBJECTTYPE, informatieobject.informatieobjecttype)
    values = {"besluittype": besluit.besluittype_id, "informatieobjecttype": type_id}
    if type_id is None or not (await unit.session.execute(text(_FITS), values)).scalar_one():
        raise Invalid.field(
            "nonFieldErrors",
            "missing-besluittype-informatieobjecttype-relation",
            "Besluiten van dit type worden niet vastgelegd in informatieobjecten van dit type.",
        )


async def store_new(unit: Unit, informatieobject: Informatieobject, besluit: Besluit) -> Besluitinformatieobject:
    """Insert a relation and tell it. Raises Invalid when there is one already."""
    row = Besluitinformatieobject(
        informatieobject=informatieobject.url,
        informatieobject_id=informatieobject.local_id,
        registratiedatum=clock.now(),
        besluit_id=besluit.id,
    )
    try:
        await unit.create(BESLUITINFORMATIEOBJECT, row)
    except IntegrityError as error:
        if constraint_of(error) != "besluitinformatieobject_uniek":
            raise
        reason = "Dit besluit is al in dit informatieobject vastgelegd."
        raise Invalid.field("nonFieldErrors", "unique", reason) from error
    announce(unit, events.BESLUITINFORMATIEOBJECT.toegevoegd, besluit, BESLUITINFORMATIEOBJECT, row)
    await mirror(unit, informatieobject, "besluit", besluit.id)
    return row


async def locked(unit: Unit, uuid: UUID) -> tuple[Besluitinformatieobject, Besluit]:
    """A relation that goes and its besluit, both locked: first the besluit. Raises NotFound, PermissionDenied."""
    references = unit.runtime.references
    listable(unit.caller, references, VERWIJDEREN)
    found = await unit.session.execute(
        text("SELECT besluit_id FROM besluitinformatieobject WHERE id = :id"), {"id": uuid}
    )
    if (besluit_id := found.scalar_one_or_none()) is None:
        raise NotFound
    besluit: Besluit = await unit.get(BESLUIT, besluit_id, lock=True)
    require(unit.caller, references, besluit.besluittype_id, VERWIJDEREN)
    row: Besluitinformatieobject = await unit.get(BESLUITINFORMATIEOBJECT, uuid, lock=True)
    return row, besluit


# ---- routes


@router.get(
    "/besluitinformatieobjecten",
    response_model=list[BesluitinformatieobjectOut],
    summary="Informatieobjecten van besluiten opvragen",
)
async def besluitinformatieobject_list(
    chosen: Annotated[BesluitinformatieobjectFilter, Query()], reader: Reading, caller: CurrentCaller
) -> Response:
    """Alle informatieobjecten bij besluiten die de applicatie mag zien, gefilterd."""
    seen = listable(caller, reader.runtime.references, LEZEN)
    selection = restrict_children(select_besluitinformatieobjecten(chosen, reader), seen)
    rows = await whole(reader, BESLUITINFORMATIEOBJECT, selection, noun="besluit")
    return await answer_rows(reader, caller, BESLUITINFORMATIEOBJECT, rows, chosen)


@router.post(
    "/besluitinformatieobjecten",
    status_code=201,
    response_model=BesluitinformatieobjectOut,
    summary="Informatieobject aan een besluit koppelen",
)
async def besluitinformatieobject_create(body: BesluitinformatieobjectIn, unit: UnitOfWork) -> Response:
    """De relatie tussen een besluit en een informatieobject dat al bestaat."""
    references = unit.runtime.references
    listable(unit.caller, references, AANMAKEN)
    informatieobject = await informatieobject_at(unit, body.informatieobject)
    besluit = await referred(unit, BESLUIT, Besluit, body.besluit, "besluit", same_api=True, lock=True)
    require(unit.caller, references, besluit.besluittype_id, AANMAKEN)
    await check_fits(unit, informatieobject, besluit)
    row = await store_new(unit, informatieobject, besluit)
    return unit.respond(BESLUITINFORMATIEOBJECT, row, 201)


@router.get(
    "/besluitinformatieobjecten/{uuid}",
    response_model=BesluitinformatieobjectOut,
    summary="Informatieobject van een besluit opvragen",
)
async def besluitinformatieobject_read(uuid: UUID, reader: Reading, caller: CurrentCaller, asked: Expand) -> Response:
    """Eén informatieobject bij een besluit."""
    references = reader.runtime.references
    listable(caller, references, LEZEN)
    row = await reader.row(BESLUITINFORMATIEOBJECT, uuid, f"id, {BESLUIT_COLUMNS}")
    require(caller, references, row["besluittype_id"], LEZEN)
    return await answer_one(reader, caller, BESLUITINFORMATIEOBJECT, row, asked)


@router.delete(
    "/besluitinformatieobjecten/{uuid}", status_code=204, summary="Informatieobject van een besluit losmaken"
)
async def besluitinformatieobject_delete(uuid: UUID, unit: UnitOfWork) -> Response:
    """Maakt het informatieobject los van het besluit."""
    row, besluit = await locked(unit, uuid)
    await unit.delete(BESLUITINFORMATIEOBJECT, row)
    await unmirror(unit, "besluit", besluit.id, row.informatieobject_id)
    announce(unit, events.BESLUITINFORMATIEOBJECT.verwijderd, besluit, BESLUITINFORMATIEOBJECT, row)
    return unit.respond_raw(b"", 204)
