"""A part of a zaak (rol, status, resultaat, zaakobject, …): the flows that all of them share.

Who may see a zaak sees its parts (zrc-006). Who changes a part changes its zaak: the zaak is locked, must be open unless
the caller may correct what is closed (zrc-007) and its dossier not yet archived, shows what was added or removed, and
the event stands in its order. The module of a part holds only its own fields, filter and rules.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Protocol, TypeVar
from uuid import UUID

import asyncpg
from sqlalchemy.exc import IntegrityError
from starlette.responses import Response

from chassis.access import Caller
from chassis.problems import FieldError, Invalid, NotFound
from chassis.reading import Filter, Reader, Selection
from chassis.resource import Resource, Row
from chassis.unit import Unit
from services.zaken.closing import FORCED, Closable, scopes_to_change
from services.zaken.events import Actie, Changes
from services.zaken.expand import NOTHING, Expandable, ExpandFilter, answer_one, answer_page, answer_rows
from services.zaken.nesting import url_of
from services.zaken.unpaged import MOST, Unpaged, whole
from services.zaken.validation import Findings, referred
from services.zaken.visibility import ZAAK_COLUMNS, listable, require, restrict_children
from services.zaken.zaken.announcing import announce
from services.zaken.zaken.zaak.fields import ZAAK, Archiefstatus, Zaak

READ = "zaken.lezen"
CHANGE = ("zaken.bijwerken", FORCED)
_RIGHTS = (
    "SELECT zaaktype_id, vertrouwelijkheid, einddatum, archiefnominatie, archiefactiedatum FROM zaak WHERE id = $1"
)


F = TypeVar("F", bound=Filter | Unpaged)


class Permitted(Closable, Protocol):
    """A zaak, as far as rights look at it."""

    zaaktype_id: UUID
    vertrouwelijkheid: int


@dataclass(frozen=True)
class Onderdeel:
    """A part of a zaak as the flows see it. shown: the zaak lists it, so it is rendered anew when one comes or goes."""

    resource: Resource
    changes: Changes
    shown: bool = True


# ---- reading


async def listed(
    part: Onderdeel, select: Callable[[F, Reader], Selection], chosen: F, reader: Reader, caller: Caller
) -> Response:
    """A page of the parts the filter asks for, of zaken the caller may see."""
    seen = listable(caller, reader.runtime.references, READ)
    selection = restrict_children(select(chosen, reader), seen)
    if isinstance(chosen, ExpandFilter):
        return await answer_page(reader, caller, part.resource, selection, chosen)
    page, size = getattr(chosen, "page", 1), getattr(chosen, "page_size", 100)
    return await reader.page(part.resource, selection, page, size)


async def listed_whole(
    part: Onderdeel, select: Callable[[F, Reader], Selection], chosen: F, reader: Reader, caller: Caller
) -> Response:
    """The same as one JSON array."""
    rows = await selected(part, select, chosen, reader, caller, most=MOST)
    return await answer_rows(reader, caller, part.resource, rows, chosen if isinstance(chosen, Expandable) else NOTHING)


async def selected(
    part: Onderdeel, select: Callable[[F, Reader], Selection], chosen: F, reader: Reader, caller: Caller, *, most: int
) -> list[asyncpg.Record]:
    """All rows (id, representation) the filter asks for. Raises Invalid when there are more: half a list is wrong."""
    seen = listable(caller, reader.runtime.references, READ)
    return await whole(reader, part.resource, restrict_children(select(chosen, reader), seen), most=most)


async def shown(
    part: Onderdeel,
    uuid: UUID,
    reader: Reader,
    caller: Caller,
    *,
    zaak_uuid: UUID | None = None,
    asked: Expandable = NOTHING,
) -> Response:
    """One part, expanded as asked. zaak_uuid: the zaak in the path, which must be its own.

    Raises NotFound, PermissionDenied.
    """
    references = reader.runtime.references
    listable(caller, references, READ)
    row = await reader.row(part.resource, uuid, f"id, zaak_id, {ZAAK_COLUMNS}")
    if zaak_uuid is not None and row["zaak_id"] != zaak_uuid:
        raise NotFound
    require(caller, references, row["zaaktype_id"], row["vertrouwelijkheid"], READ)
    return await answer_one(reader, caller, part.resource, row, asked)


# ---- changing


def may_change(unit: Unit, *also: str) -> None:
    """Raises PermissionDenied for a caller that can change no zaak at all, before anything is looked up for it."""
    listable(unit.caller, unit.runtime.references, *CHANGE, *also)


async def may_extend(unit: Unit, url: str, *also: str) -> None:
    """Raises PermissionDenied for who may not add to the zaak at this URL, before something is fetched for it.

    Asked outside the unit of work, which holds no connection while another provider answers; `zaak_for` asks again.
    """
    may_change(unit, *also)
    zaak_id = unit.runtime.references.local_id(ZAAK, url)
    for row in await unit.runtime.database.fetch(_RIGHTS, zaak_id) if zaak_id is not None else ():
        permit(unit, SimpleNamespace(**row), *also)


async def zaak_for(unit: Unit, url: str, *also: str, name: str = "zaak") -> Zaak:
    """The zaak a body refers to, locked for a new part. also: scopes that allow it besides the usual ones.

    Raises PermissionDenied, and Invalid for what is called `name` in the body.
    """
    zaak = await locked_zaak(unit, url, *also, name=name)
    permit(unit, zaak, *also)
    check_not_archived(zaak)
    return zaak


async def zaak_at(unit: Unit, zaak_uuid: UUID) -> Zaak:
    """The zaak in a path, locked for a new part. Raises NotFound, PermissionDenied, Invalid."""
    may_change(unit)
    zaak: Zaak = await unit.get(ZAAK, zaak_uuid, lock=True)
    permit(unit, zaak)
    check_not_archived(zaak)
    return zaak


async def locked_zaak(unit: Unit, url: str, *also: str, name: str = "zaak") -> Zaak:
    """As `zaak_for`, whether the zaak is open or not."""
    may_change(unit, *also)
    zaak = await referred(unit, ZAAK, Zaak, url, name, same_api=True, lock=True)
    require(unit.caller, unit.runtime.references, zaak.zaaktype_id, zaak.vertrouwelijkheid, *CHANGE, *also)
    return zaak


async def part_for(
    unit: Unit, part: Onderdeel, uuid: UUID, *also: str, zaak_uuid: UUID | None = None
) -> tuple[Zaak, Any]:
    """A part and its zaak, both locked for a change. Raises NotFound, PermissionDenied.

    The zaak is locked first, as everything that changes one of its parts does, so that no two wait for each other.
    """
    may_change(unit, *also)
    statement = f"SELECT zaak_id FROM {part.resource.tablename} WHERE id = $1"  # noqa: S608 - own names
    zaak_id = await (await unit.connection()).fetchval(statement, uuid)
    if zaak_id is None or zaak_uuid not in {None, zaak_id}:
        raise NotFound
    zaak: Zaak = await unit.get(ZAAK, zaak_id, lock=True)
    permit(unit, zaak, *also)
    return zaak, await unit.get(part.resource, uuid, lock=True)


def permit(unit: Unit, zaak: Permitted, *also: str) -> None:
    """Raises PermissionDenied unless the caller may change this zaak; a closed one only as a correction."""
    scopes = scopes_to_change(zaak) if zaak.einddatum is not None else (*scopes_to_change(zaak), *also)
    require(unit.caller, unit.runtime.references, zaak.zaaktype_id, zaak.vertrouwelijkheid, *scopes)


def permit_closed(unit: Unit, zaak: Zaak) -> None:
    """Raises PermissionDenied when a zaak is closed and the caller may not correct it. Of an open zaak nothing is asked:
    for registers that have rights of their own on what belongs to a zaak.
    """
    if zaak.einddatum is not None:
        require(unit.caller, unit.runtime.references, zaak.zaaktype_id, zaak.vertrouwelijkheid, FORCED)


def check_not_archived(zaak: Zaak) -> None:
    """An archived dossier gets no other contents. Taking a part away is left to who destroys it. Raises Invalid."""
    if zaak.archiefstatus != Archiefstatus.nog_te_archiveren:
        raise Invalid.field(
            "nonFieldErrors", "zaak-archiefstatus-invalid", "Het dossier van deze zaak is al gearchiveerd."
        )


def check_same_zaaktype(findings: Findings, zaak: Zaak, zaaktype_id: UUID, noun: str) -> None:
    """A part is of a type that belongs to the zaaktype of the zaak (zrc-016 to zrc-020)."""
    if zaaktype_id != zaak.zaaktype_id:
        findings.add("nonFieldErrors", "zaaktype-mismatch", f"Dit {noun} hoort niet bij het zaaktype van de zaak.")


async def add(unit: Unit, part: Onderdeel, zaak: Zaak, row: Row, *, unique: FieldError | None = None) -> Response:
    """Store a new part, let its zaak show it, tell it, answer with it. unique: the error when there is one already."""
    try:
        await unit.create(part.resource, row)
    except IntegrityError as error:
        if unique is None or getattr(error.orig, "sqlstate", "") != "23505":
            raise
        raise Invalid([unique]) from error
    await _told(unit, part, part.changes.toegevoegd, zaak, row)
    location = url_of(unit.public_url, part.resource, row.id, zaak.id)
    headers = {"ETag": f'"{row.etag}"', "Location": location}
    return unit.respond_raw(unit.body(part.resource, row), 201, headers)


async def change(unit: Unit, part: Onderdeel, zaak: Zaak, row: Row, actie: Actie) -> Response:
    """Store a changed part, tell it, answer with it."""
    check_not_archived(zaak)
    await unit.change(part.resource, row, action=actie)
    announce(unit, part.changes.gewijzigd, zaak, part.resource, row, actie=actie)
    return unit.respond(part.resource, row)


async def remove(unit: Unit, part: Onderdeel, zaak: Zaak, row: Row) -> Response:
    """Take a part away from its zaak and tell it: 204."""
    await unit.delete(part.resource, row)
    await _told(unit, part, part.changes.verwijderd, zaak, row)
    return unit.respond_raw(b"", 204)


async def _told(unit: Unit, part: Onderdeel, event: Any, zaak: Zaak, row: Row) -> None:
    if part.shown:
        await unit.touch(ZAAK, zaak)
    announce(unit, event, zaak, part.resource, row)
