"""Closing and reopening a zaak (zrc-007, zrc-008): the last status by datumStatusGezet decides, by its statustype.

A zaak is closed by the statustype with the highest volgnummer and opened again by any other. What is closed is changed
only as a correction, with its own scope. Pure functions; `zaken/afsluiting.py` and the routes of the parts call them.
"""

from collections.abc import Iterable
from datetime import date, datetime
from enum import Enum
from typing import Any, Protocol

from services.zaken.formats import calendar_date
from services.zaken.informatieobject import Informatieobject
from services.zaken.validation import Findings

FORCED = "zaken.geforceerd-bijwerken"


class Closable(Protocol):
    """A zaak, as far as closing looks at it."""

    einddatum: date | None
    archiefnominatie: Any
    archiefactiedatum: date | None
    startdatum_bewaartermijn: date | None


class Effect(Enum):
    """What a new status does to its zaak."""

    nothing = "nothing"
    closes = "closes"
    reopens = "reopens"


def scopes_to_change(zaak: Closable) -> tuple[str, ...]:
    """Scopes of which one is needed to change a zaak or its parts."""
    return (FORCED,) if zaak.einddatum is not None else ("zaken.bijwerken", FORCED)


def scopes_to_add_status(zaak: Closable, *, ends: bool, first: bool) -> tuple[str, ...]:
    """Scopes of which one is needed to add a status. ends: it is the eindstatus; first: the zaak has none yet."""
    if zaak.einddatum is not None:
        return (FORCED,) if ends else ("zaken.heropenen", FORCED)
    return ("zaken.statussen.toevoegen", FORCED, *(("zaken.aanmaken",) if first else ()))


def effect_of(zaak: Closable, *, ends: bool, latest: bool) -> Effect:
    """What a status does; one that is dated before the present status changes nothing."""
    if not latest:
        return Effect.nothing
    if ends:
        return Effect.closes
    return Effect.reopens if zaak.einddatum is not None else Effect.nothing


def apply(effect: Effect, zaak: Closable, at: datetime) -> None:
    """Set the dates of a zaak that a status of moment `at` closes or reopens."""
    if effect is Effect.closes:
        zaak.einddatum = calendar_date(at)
    elif effect is Effect.reopens:
        zaak.einddatum = zaak.archiefnominatie = zaak.archiefactiedatum = zaak.startdatum_bewaartermijn = None


def check_closable(findings: Findings, *, resultaat: bool, informatieobjecten: Iterable[Informatieobject]) -> None:
    """A zaak that is closed has a resultaat, and of each of its informatieobjecten it is known who may use it."""
    if any(one.indicatie_gebruiksrecht is None for one in informatieobjecten):
        reason = "Van een document van deze zaak is niet bekend of er gebruiksrechten op rusten."
        findings.add("nonFieldErrors", "indicatiegebruiksrecht-unset", reason)
    if not resultaat:
        findings.add("nonFieldErrors", "resultaat-does-not-exist", "Geef de zaak eerst een resultaat.")
