"""A part of a document (gebruiksrechten, objectinformatieobject, verzending): the flows that all of them share.

Who may read a document reads its parts. Who changes a part holds the row of the document, so that what is judged about
all its parts still holds when it is stored, and its events stand in the order of the document.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from starlette.responses import Response

from chassis.access import Caller
from chassis.problems import NotFound
from chassis.reading import Reader, Selection
from chassis.resource import Resource, Row
from chassis.unit import Unit
from services.zaken.documenten.announcing import announce
from services.zaken.documenten.enkelvoudiginformatieobject.fields import EIO, Enkelvoudiginformatieobject
from services.zaken.documenten.visibility import (
    EIO_COLUMNS,
    readable,
    require_any,
    require_for,
    require_readable,
)
from services.zaken.events import Actie, Changes
from services.zaken.expand import Expandable, ExpandFilter, answer_one, answer_page, answer_rows
from services.zaken.unpaged import whole
from services.zaken.validation import filter_id, referred


@dataclass(frozen=True)
class Onderdeel:
    """A part of a document as the flows see it."""

    resource: Resource
    changes: Changes


# ---- reading


def of_document(reader: Reader, url: str | None) -> Selection:
    """The parts of the document that a filter names; all parts when it names none. Raises Invalid."""
    return Selection().where_given("eio_id = {}", filter_id(reader.runtime.references, EIO, url, "informatieobject"))


async def listed(
    resource: Resource, selection: Selection, chosen: ExpandFilter, reader: Reader, caller: Caller
) -> Response:
    """A page of parts, of documents the caller may read."""
    seen = readable(caller, reader.runtime.references)
    return await answer_page(reader, caller, resource, seen.restrict_children(selection), chosen)


async def listed_whole(
    resource: Resource, selection: Selection, chosen: Expandable, reader: Reader, caller: Caller
) -> Response:
    """The same as one JSON array."""
    seen = readable(caller, reader.runtime.references)
    rows = await whole(reader, resource, seen.restrict_children(selection), noun="informatieobject")
    return await answer_rows(reader, caller, resource, rows, chosen)


async def shown(resource: Resource, uuid: UUID, reader: Reader, caller: Caller, asked: Expandable) -> Response:
    """One part, expanded as asked. Raises NotFound, PermissionDenied."""
    references = reader.runtime.references
    readable(caller, references)
    row = await reader.row(resource, uuid, f"id, {EIO_COLUMNS}")
    require_readable(caller, references, row)
    return await answer_one(reader, caller, resource, row, asked)


# ---- changing


async def document_for(unit: Unit, url: str, *scopes: str, lock: bool = True) -> Enkelvoudiginformatieobject:
    """The document a body refers to, its row locked for a new part. Raises PermissionDenied, Invalid."""
    references = unit.runtime.references
    require_any(unit.caller, references, *scopes)
    document = await referred(unit, EIO, Enkelvoudiginformatieobject, url, "informatieobject", same_api=True, lock=lock)
    require_for(unit.caller, references, document, *scopes)
    return document


async def part_for(unit: Unit, resource: Resource, uuid: UUID, *scopes: str) -> tuple[Enkelvoudiginformatieobject, Any]:
    """A part and its document, both locked for a change: first the document. Raises NotFound, PermissionDenied."""
    require_any(unit.caller, unit.runtime.references, *scopes)
    statement = f"SELECT eio_id FROM {resource.tablename} WHERE id = $1"  # noqa: S608 - own names
    eio_id = await (await unit.connection()).fetchval(statement, uuid)
    if eio_id is None:
        raise NotFound
    document: Enkelvoudiginformatieobject = await unit.get(EIO, eio_id, lock=True)
    require_for(unit.caller, unit.runtime.references, document, *scopes)
    return document, await unit.get(resource, uuid, lock=True)


async def add(unit: Unit, part: Onderdeel, document: Enkelvoudiginformatieobject, row: Row) -> Response:
    """Store a new part, tell it, answer with it."""
    await unit.create(part.resource, row)
    announce(unit, part.changes.toegevoegd, document, part.resource, row)
    return unit.respond(part.resource, row, 201)


async def change(
    unit: Unit, part: Onderdeel, document: Enkelvoudiginformatieobject, row: Row, actie: Actie
) -> Response:
    """Store a changed part, tell it, answer with it."""
    await unit.change(part.resource, row, action=actie)
    announce(unit, part.changes.gewijzigd, document, part.resource, row, actie=actie)
    return unit.respond(part.resource, row)


async def remove(unit: Unit, part: Onderdeel, document: Enkelvoudiginformatieobject, row: Row) -> Response:
    """Take a part away and tell it: 204."""
    await unit.delete(part.resource, row)
    announce(unit, part.changes.verwijderd, document, part.resource, row)
    return unit.respond_raw(b"", 204)
