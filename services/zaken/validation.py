"""Collecting everything that is wrong with a request, so that the caller hears it at once; and resolving its references."""

from collections.abc import Awaitable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from chassis import clock
from chassis.problems import FieldError, Invalid
from chassis.references import References, bad_url
from chassis.resource import REGISTRY, Resource, Row
from chassis.unit import Unit
from services.zaken.foreign import TYPE_SHAPE, NotUsable, fetched, invalid_resource

R = TypeVar("R", bound=Row)
REGISTERS = ("catalogi", "zaken", "documenten", "besluiten")
"""The APIs of this service; a process of tests knows the resources of other services too."""
SKEW = timedelta(minutes=1)
"""How far a caller's clock may be ahead of ours."""
T = TypeVar("T")


@dataclass
class Findings:
    """What was found wrong so far."""

    errors: list[FieldError] = field(default_factory=list)

    def add(self, name: str, code: str, reason: str) -> None:
        """One more wrong field."""
        self.errors.append(FieldError(name, code, reason))

    def refuse_future(self, name: str, at: datetime) -> None:
        """What happened, happened now or earlier."""
        if at > clock.now() + SKEW:
            self.add(name, "future_not_allowed", "Dit moment ligt in de toekomst.")

    def stop_if_any(self) -> None:
        """Raises Invalid with all of them when there are any."""
        if self.errors:
            raise Invalid(self.errors)

    async def usable(self, found: Awaitable[T]) -> T | None:
        """What another provider has; when it cannot be used, None and one more wrong field."""
        try:
            return await found
        except NotUsable as unusable:
            self.errors.append(unusable.error)
            return None


async def referred(
    unit: Unit,
    resource: Resource,
    table: type[R],
    url: str,
    name: str,
    *,
    same_api: bool = False,
    lock: bool = False,
) -> R:
    """The row a URL in a body refers to, locked when it will change. Raises Invalid.

    A reference within the same API has the codes no_match and does_not_exist; one to another API bad-url, or
    invalid-resource when there is something else at that URL.
    """
    row_id = unit.runtime.references.local_id(resource, url)
    row = None if row_id is None else await unit.look_up(resource, row_id, lock=lock)
    if isinstance(row, table):
        return row
    if same_api:
        raise Invalid([_unresolved(name, known_shape=row_id is not None)])
    raise Invalid([bad_url(name) if row_id is not None else await judged(unit, url, name)])


async def exists(unit: Unit, url: str, name: str) -> None:
    """One of the registers has what a URL of this installation refers to. Raises Invalid (`bad-url`)."""
    for resource in (one for one in REGISTRY.values() if one.api in REGISTERS):
        row_id = unit.runtime.references.local_id(resource, url)
        if row_id is not None and await unit.look_up(resource, row_id) is not None:
            return
    raise Invalid([bad_url(name)])


async def refuse_foreign_type(unit: Unit, url: str, name: str) -> None:
    """A type is one of our own catalogi; what else it is, is said before anything is locked. Raises Invalid."""
    if not unit.runtime.references.is_own(url):
        raise Invalid([await judged(unit, url, name)])


async def judged(unit: Unit, url: str, name: str, shape: Collection[str] = TYPE_SHAPE) -> FieldError:
    """What is wrong with a URL that is none of this kind of ours: types of other catalogi are not used.

    shape: what the resource it must be has.
    """
    if unit.runtime.references.is_own(url):
        return invalid_resource(name)
    try:
        await fetched(unit, url, name, shape)
    except NotUsable as unusable:
        return unusable.error
    return bad_url(name)


def check_unchanged(findings: Findings, **same: bool) -> None:
    """What may not change is the same as it was: `zaak=…` and so on, by the name in the JSON."""
    for name, unchanged in same.items():
        if not unchanged:
            findings.add(name, "wijzigen-niet-toegelaten", "Dit veld kan niet meer worden gewijzigd.")


def constraint_of(error: IntegrityError) -> str:
    """Name of the constraint or unique index that refused a row."""
    cause = error.orig.__cause__ if error.orig is not None else None
    return str(getattr(cause, "constraint_name", None) or "")


def _unresolved(name: str, *, known_shape: bool) -> FieldError:
    if known_shape:
        return FieldError(name, "does_not_exist", "Het object waar deze URL naar verwijst bestaat niet.")
    return FieldError(name, "no_match", "Deze URL verwijst niet naar een object van deze API.")


def filter_id(references: References, resource: Resource, url: str | None, name: str) -> UUID | None:
    """The id in a filter's URL; None when no filter is given. Raises Invalid (`bad-url`) when it is not one of ours."""
    if url is None:
        return None
    row_id = references.local_id(resource, url)
    if row_id is None:
        raise Invalid([bad_url(name)])
    return row_id
