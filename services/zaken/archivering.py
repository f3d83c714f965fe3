"""Archiving a zaak (zrc-021, zrc-022, zrc-026): how long its dossier is kept, and from when. Pure functions.

A resultaattype says what becomes of a dossier and after which term. The term begins at the brondatum, which the
afleidingswijze leads to; `zaken/brondatum.py` looks it up. What cannot be determined stays empty, and what somebody filled
in by hand stays as it is.
"""

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from chassis.clock import AMSTERDAM
from services.zaken.catalogi.brondatum import Afleidingswijze

_DURATION = re.compile(
    r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.ASCII
)
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})|(\d{4})(\d{2})(\d{2})(?:\d{6})?", re.ASCII)
DESTROYED = "vernietigen"


class Archivable(Protocol):
    """A zaak, as far as archiving looks at it."""

    archiefnominatie: Any
    archiefactiedatum: date | None
    startdatum_bewaartermijn: date | None


@dataclass(frozen=True)
class Regime:
    """What the resultaattype of a zaak says of its dossier. afleidingswijze: blank when it says nothing of a brondatum."""

    archiefnominatie: str = ""
    archiefactietermijn: str | None = None
    afleidingswijze: str = ""
    datumkenmerk: str = ""
    objecttype: str = ""
    procestermijn: str | None = None


def after(day: date, duration: str) -> date | None:
    """The day that lies an ISO 8601 duration later: years and months first, on the last day of a month that is too short.

    None beyond the calendar. Less than a day does not count.
    """
    found = _DURATION.fullmatch(duration)
    if found is None:
        return None
    years, months, weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    year, month = divmod(day.year * 12 + day.month - 1 + years * 12 + months, 12)
    try:
        moved = date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
        return moved + timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    except (ValueError, OverflowError):
        return None


def day_in(value: object) -> date | None:
    """The day that a text tells: a date or moment of ISO 8601, or JJJJMMDD with or without a time. None when it tells none."""
    if not isinstance(value, str):
        return None
    try:
        if found := _DAY.fullmatch(value.strip()):
            return date(*(int(part) for part in found.groups() if part is not None))
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return (moment.astimezone(AMSTERDAM) if moment.tzinfo else moment).date()


def last_of(days: Iterable[date | None]) -> date | None:
    """The last of some days; None when there are none, or one of them is not known: it could be later still."""
    known = list(days)
    return max(known) if known and None not in known else None  # type: ignore[type-var]


def archive(zaak: Archivable, regime: Regime, brondatum: date | None) -> None:
    """Fill in what is empty, for a zaak that is closed (zrc-021, zrc-026)."""
    zaak.archiefnominatie = zaak.archiefnominatie or regime.archiefnominatie or None
    if regime.afleidingswijze == Afleidingswijze.ander_datumkenmerk:  # derived and filled in by hand
        return
    if zaak.startdatum_bewaartermijn is None and zaak.archiefnominatie == DESTROYED:
        zaak.startdatum_bewaartermijn = brondatum
    begin = brondatum or zaak.startdatum_bewaartermijn
    if zaak.archiefactiedatum is None and begin is not None and regime.archiefactietermijn:
        zaak.archiefactiedatum = after(begin, regime.archiefactietermijn)


def forget(zaak: Archivable, regime: Regime, brondatum: date | None) -> None:
    """Empty what `archive` filled in for this brondatum, which holds no longer."""
    if brondatum is None:
        return
    if regime.archiefactietermijn and zaak.archiefactiedatum == after(brondatum, regime.archiefactietermijn):
        zaak.archiefactiedatum = None
    if zaak.startdatum_bewaartermijn == brondatum:
        zaak.startdatum_bewaartermijn = None
