"""Published types do not change any more (ztc-009, ztc-010): a new version is made instead.

status of a list: what of it is shown; by default only what is published.
"""

from enum import StrEnum

from chassis.access import Caller
from chassis.problems import Invalid
from chassis.reading import Selection


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


def require_concept(caller: Caller, *, concept: bool) -> None:
    """Parts of a published zaaktype are only made as a correction, with its own scope (ztc-010). Raises Invalid."""
    if not concept and not caller.may("ztc", "catalogi.geforceerd-schrijven"):
        raise Invalid.field("nonFieldErrors", "non-concept-zaaktype", "Het zaaktype is al gepubliceerd.")
