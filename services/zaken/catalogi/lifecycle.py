"""The life of a version of a main type: a concept is changed, published or removed; after that little is possible.

What zaaktype, besluittype and informatieobjecttype share. Each holds the lock of its catalogus while it changes, so that
two requests never judge names and periods at the same time.
"""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic.alias_generators import to_camel
from sqlalchemy import text
from starlette.responses import Response

from chassis.cloudevents import EventType
from chassis.problems import FieldError, NotFound
from chassis.resource import REGISTRY, Resource, Row
from chassis.unit import Unit
from services.zaken.catalogi import concept
from services.zaken.catalogi.announcing import announce
from services.zaken.catalogi.catalogus import CATALOGUS
from services.zaken.catalogi.geldigheid import check_no_overlap
from services.zaken.catalogi.historiemodel import respond
from services.zaken.catalogi.naming import (
    INFORMATIEOBJECTTYPEN,
    REFERRERS,
    ZAAKTYPEN,
    Followed,
    Kind,
    has_published,
    is_only_version,
    published_referrer,
    rename,
)
from services.zaken.catalogi.parts import follow_zaaktype, parts_of
from services.zaken.events import Actie, Changes


@dataclass(frozen=True)
class MainType:
    """A kind of type with versions. events: of its changes, and of its publication."""

    resource: Resource
    kind: Kind
    events: Changes
    published: EventType


async def create(unit: Unit, main: MainType, row: Row, catalogus: Row) -> Response:
    """Store a new concept. The catalogus is locked."""
    await unit.create(main.resource, row)
    await unit.touch(CATALOGUS, catalogus)
    announce(unit, main.events.toegevoegd, row, main.resource, row)
    return await respond(unit, main.resource, row, 201)


async def opened(unit: Unit, main: MainType, row_id: UUID, sent: Collection[str] | None = None) -> Any:
    """The version that is going to change, locked with its catalogus. Raises NotFound, Invalid (ztc-009, ztc-010).

    sent: JSON names of the fields of a PATCH; None for a PUT.
    """
    row = await locked(unit, main, row_id)
    concept.require_changeable(unit.caller, concept=row.concept, sent=sent)
    only_end = sent is not None and concept.ONLY_END.issuperset(sent)
    if not only_end and not concept.may_correct(unit.caller) and await _fixed_to_published(unit, main, row):
        raise concept.related_to_published("Dit concept verwijst naar een type dat al gepubliceerd is.")
    return row


async def changed(unit: Unit, main: MainType, row: Any, values: dict[str, Any], actie: Actie) -> Response:
    """Store the new values (Python names) of a version. Raises Invalid: names and periods stay right."""
    before = {name: getattr(row, name) for name in (main.kind.name, "begin_geldigheid", "einde_geldigheid")}
    renamed = values[main.kind.name] != before[main.kind.name]
    if renamed:
        await _follow(unit, main, row, values[main.kind.name])
    for name, value in values.items():
        setattr(row, name, value)
    if not row.concept:
        await check_no_overlap(unit, main.kind, row)
    await unit.change(main.resource, row, action=actie)
    if main.kind == ZAAKTYPEN and any(getattr(row, name) != value for name, value in before.items()):
        await follow_zaaktype(unit, row)
    if renamed:
        await unit.touch(CATALOGUS, await unit.get(CATALOGUS, row.catalogus_id))
    announce(unit, main.events.gewijzigd, row, main.resource, row, actie=actie)
    return await respond(unit, main.resource, row)


async def publish(
    unit: Unit, main: MainType, row_id: UUID, check: Callable[[Unit, Any], Awaitable[None]] | None = None
) -> Response:
    """Make a concept definite. check: what else must hold, raises Invalid."""
    row = await locked(unit, main, row_id)
    if not row.concept:
        raise concept.not_concept("Dit type is al gepubliceerd.")
    if check is not None:
        await check(unit, row)
    await check_no_overlap(unit, main.kind, row)
    row.concept = False
    await unit.change(main.resource, row)
    announce(unit, main.published, row, main.resource, row)
    return await respond(unit, main.resource, row)


async def destroy(unit: Unit, main: MainType, row_id: UUID) -> Response:
    """Remove a version with its parts, and with the last version the relations to it. Raises Invalid, Conflict."""
    row = await locked(unit, main, row_id)
    concept.require_concept_object(unit.caller, concept=row.concept)
    parts = await parts_of(unit, row) if main.kind == ZAAKTYPEN else []
    if not concept.may_force_removal(unit.caller):
        await _check_removable(unit, main, row, [part for _, part in parts])
    if await is_only_version(unit, main.kind, row):
        await _tell(unit, await rename(unit, main.kind, row, None))
    for resource, part in parts:
        await concept.remove(unit, resource, part)
    await concept.remove(unit, main.resource, row)
    await unit.touch(CATALOGUS, await unit.get(CATALOGUS, row.catalogus_id))
    announce(unit, main.events.verwijderd, row, main.resource, row)
    return unit.respond_raw(b"", 204)


async def locked(unit: Unit, main: MainType, row_id: UUID) -> Any:
    """A version with its lock, after that of its catalogus: always in this order. Raises NotFound."""
    found = await unit.session.execute(
        text(f"SELECT catalogus_id FROM {main.kind.table} WHERE id = :id"),  # noqa: S608 - own names
        {"id": row_id},
    )
    catalogus_id = found.scalar_one_or_none()
    if catalogus_id is None:
        raise NotFound
    await unit.get(CATALOGUS, catalogus_id, lock=True)
    return await unit.get(main.resource, row_id, lock=True)


def check_kept(unit: Unit, main: MainType, row: Any, catalogus: str, values: dict[str, Any]) -> list[FieldError]:
    """What a change may not touch: the catalogus, and of a published version its name and its relations (Correctie).

    catalogus: the URL sent. values: the new values by Python name, relations as names.
    """
    errors = []
    if unit.runtime.references.local_id(CATALOGUS, catalogus) != row.catalogus_id:
        errors.append(_fixed("catalogus"))
    if row.concept:
        return errors
    if values[main.kind.name] != getattr(row, main.kind.name):
        errors.append(_fixed(main.kind.name))
    reason = "Een correctie breidt alleen uit: een relatie wordt niet verwijderd."
    for referrer in REFERRERS:
        if referrer.table == main.kind.table and _lost(getattr(row, referrer.column), values[referrer.column]):
            errors.append(FieldError(to_camel(referrer.column), "correctie-verwijdert", reason))
    return errors


def _fixed(name: str) -> FieldError:
    return FieldError(name, "wijzigen-niet-toegelaten", "Dit veld kan niet meer worden gewijzigd.")


def _lost(before: list[Any], after: list[Any]) -> bool:
    """Whether something of a list is no longer in it; of things with a name, the name and the kind of relation count."""

    def key(one: Any) -> Any:
        return (one["zaaktype"], one["aard_relatie"]) if isinstance(one, dict) else one

    return not {key(one) for one in before} <= {key(one) for one in after}


async def _follow(unit: Unit, main: MainType, row: Any, new: str) -> None:
    """Let relations follow a type to another name, when it is the only version of it."""
    if not await is_only_version(unit, main.kind, row):
        return
    if not concept.may_correct(unit.caller):
        await _check_unreferred(unit, main, row)
    await _tell(unit, await rename(unit, main.kind, row, new))


async def _check_removable(unit: Unit, main: MainType, row: Any, parts: list[Row]) -> None:
    names = [part.informatieobjecttype for part in parts if getattr(part, "vast", False)]  # type: ignore[attr-defined]
    fixed = await _fixed_to_published(unit, main, row)
    if fixed or await has_published(unit, INFORMATIEOBJECTTYPEN, row.catalogus_id, names):
        raise concept.related_to_published("Dit concept verwijst naar een type dat al gepubliceerd is.")
    if await is_only_version(unit, main.kind, row):
        await _check_unreferred(unit, main, row)


async def _check_unreferred(unit: Unit, main: MainType, row: Any) -> None:
    if await published_referrer(unit, main.kind, row.catalogus_id, getattr(row, main.kind.name)):
        raise concept.related_to_published("Een gepubliceerd type verwijst naar dit type.")


async def _fixed_to_published(unit: Unit, main: MainType, row: Any) -> bool:
    """Whether a concept refers to one version of a type, and that was published since (ztc-010, Catalogi 1.2)."""
    if not row.concept:
        return False
    for referrer in REFERRERS:
        if referrer.table == main.kind.table and referrer.fixed:
            names = getattr(row, referrer.fixed)
            if await has_published(unit, referrer.kind, row.catalogus_id, names):
                return True
    return False


async def _tell(unit: Unit, followed: Followed) -> None:
    """Finish what followed a name: orphans go, zaaktypen show their parts anew, and every change has its event."""
    for referrer, row in followed.orphans:
        await concept.remove(unit, REGISTRY[referrer.table], row)
        await _tell_one(unit, REGISTRY[referrer.table], row, referrer.events.verwijderd)
    for referrer, row in followed.changed:
        await _tell_one(unit, REGISTRY[referrer.table], row, referrer.events.gewijzigd)


async def _tell_one(unit: Unit, resource: Resource, row: Any, event: EventType) -> None:
    if "zaaktype_id" not in resource.table.model_fields:
        announce(unit, event, row, resource, row)
        return
    of_zaaktype = REGISTRY[ZAAKTYPEN.table]
    zaaktype = await unit.get(of_zaaktype, row.zaaktype_id)
    await unit.touch(of_zaaktype, zaaktype)
    announce(unit, event, zaaktype, resource, row)
