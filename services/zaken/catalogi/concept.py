"""Concept and published (ztc-009, ztc-010): what is published changes no more, but for its end and for corrections.

A main type (zaaktype, besluittype, informatieobjecttype) is judged by itself, a part of a zaaktype (statustype, roltype,
…) by its zaaktype. Who may force (`catalogi.geforceerd-schrijven`, `catalogi.geforceerd-verwijderen`) may correct.
"""

from collections.abc import Collection
from enum import StrEnum

from sqlalchemy.exc import IntegrityError

from chassis.access import Caller
from chassis.problems import Conflict, Invalid, PermissionDenied
from chassis.reading import Selection
from chassis.resource import Resource, Row
from chassis.unit import Unit

WRITE, FORCE_WRITE, FORCE_REMOVE = (
    "catalogi.schrijven",
    "catalogi.geforceerd-schrijven",
    "catalogi.geforceerd-verwijderen",
)
ONLY_END = frozenset({"eindeGeldigheid"})
"""What of a published type may change without force."""


class TypeStatus(StrEnum):
    """Values of the filter `status`."""

    alles = "alles"
    concept = "concept"
    definitief = "definitief"


def select_status(selection: Selection, status: TypeStatus, column: str = "concept") -> Selection:
    """Keep what the filter asks for; `column` is SQL that says whether a row is a concept."""
    if status is TypeStatus.alles:
        return selection
    return selection.where(column if status is TypeStatus.concept else f"NOT {column}")


# ---- rights


def require_writable(caller: Caller) -> None:
    """Raises PermissionDenied unless the caller may change types, or make and change their parts."""
    _require_one(caller, WRITE, FORCE_WRITE)


def require_removable(caller: Caller) -> None:
    """Raises PermissionDenied unless the caller may remove types or their parts."""
    _require_one(caller, WRITE, FORCE_REMOVE)


def may_correct(caller: Caller) -> bool:
    """Whether the caller may correct what is published."""
    return caller.may("ztc", FORCE_WRITE)


def may_force_removal(caller: Caller) -> bool:
    """Whether the caller may remove what is published."""
    return caller.may("ztc", FORCE_REMOVE)


def _require_one(caller: Caller, *scopes: str) -> None:
    if not any(caller.may("ztc", scope) for scope in scopes):
        raise PermissionDenied(f"Hiervoor is de scope {' of '.join(scopes)} nodig.")


# ---- parts of a zaaktype


def require_concept(caller: Caller, *, concept: bool) -> None:
    """A part is made and changed while its zaaktype is a concept; after that only as a correction. Raises Invalid.

    Of a part that moves to another zaaktype both are judged.
    """
    if not concept and not may_correct(caller):
        raise _not_concept_zaaktype()


def require_concept_to_remove(caller: Caller, *, concept: bool) -> None:
    """A part is removed while its zaaktype is a concept; after that only with force. Raises Invalid."""
    if not concept and not may_force_removal(caller):
        raise _not_concept_zaaktype()


def _not_concept_zaaktype() -> Invalid:
    return Invalid.field("nonFieldErrors", "non-concept-zaaktype", "Het zaaktype is al gepubliceerd.")


# ---- main types


def require_changeable(caller: Caller, *, concept: bool, sent: Collection[str] | None = None) -> None:
    """A published type only gets another end, unless it is corrected. Raises Invalid.

    sent: JSON names of the fields of a PATCH; None for a PUT.
    """
    only_end = sent is not None and ONLY_END.issuperset(sent)
    if not concept and not only_end and not may_correct(caller):
        raise not_concept("Dit type is al gepubliceerd. Alleen eindeGeldigheid kan nog worden gewijzigd.")


def require_concept_object(caller: Caller, *, concept: bool) -> None:
    """A published type is only removed with force. Raises Invalid."""
    if not concept and not may_force_removal(caller):
        raise not_concept("Dit type is al gepubliceerd en kan niet worden verwijderd.")


def not_concept(reason: str) -> Invalid:
    """The error of a published type where a concept is needed (`non-concept-object`)."""
    return Invalid.field("nonFieldErrors", "non-concept-object", reason)


def related_to_published(reason: str) -> Invalid:
    """The error of what cannot change because of its relation to something published (`non-concept-relation`)."""
    return Invalid.field("nonFieldErrors", "non-concept-relation", reason)


# ---- removing


async def remove(unit: Unit, resource: Resource, row: Row) -> None:
    """Delete a type or a part of one. Raises Conflict when something else still refers to it: a zaak, a besluit."""
    try:
        await unit.delete(resource, row)
    except IntegrityError as error:
        raise Conflict("in-gebruik", "Dit type wordt nog gebruikt en kan niet worden verwijderd.") from error
