"""The dates of a verhuizing (art. 2.39 Wet BRP): when one can be declared, and from which day the address counts."""

from dataclasses import dataclass
from datetime import date, timedelta

WORDT_AANGIFTEDATUM = "datum-wordt-aangiftedatum"
"""Warning: declared too late, so the address counts from the day of the declaration."""


@dataclass(frozen=True)
class Window:
    """Days around the declaration within which the stated date counts: 28 ahead and 5 back by law."""

    days_before: int = 28
    days_after: int = 5


def too_early(moved: date, declared: date, window: Window) -> bool:
    """Whether the move is too far ahead to be declared on this day."""
    return moved > declared + timedelta(days=window.days_before)


def too_late(moved: date, declared: date, window: Window) -> bool:
    """Whether the declaration comes after the last day; it is accepted all the same."""
    return moved < declared - timedelta(days=window.days_after)


def datum_adreshouding(moved: date, declared: date, window: Window) -> date:
    """The day from which the address counts: that of the move, or of the declaration when that comes too late."""
    return declared if too_late(moved, declared, window) else moved


def in_future(moved: date, today: date) -> bool:
    """Whether the move is still to come, so that it cannot be processed yet."""
    return moved > today
