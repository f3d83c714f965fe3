"""What an afdeling may know of a verhuizing: whom it concerns, and exactly the fields its profile names. Pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from services.klanten.brp import BrpPersoon, PartialDate
from services.klanten.verhuizingen.inhoud import Inhoud, Verhuizer


class Gegeven(StrEnum):
    """A field an opvolging can hold."""

    personen = "personen"
    namen = "namen"
    geboortedata = "geboortedata"
    vorig_adres = "vorigAdres"
    nieuw_adres = "nieuwAdres"
    verhuisdatum = "verhuisdatum"
    aantal_personen = "aantalPersonen"
    inwoning = "inwoning"


PERSONAL = frozenset({"personen", "namen", "geboortedata"})
"""Fields that are about persons: who has none of these is told nothing of who moved."""


class Volgt(StrEnum):
    """Which verhuizingen an afdeling hears of."""

    alle = "alle"
    personen = "personen"
    adressen = "adressen"


@dataclass(frozen=True)
class Followed:
    """Whom (BSNs) and which addresses (nummeraanduidingen) of one verhuizing an afdeling follows now."""

    persons: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Leeftijd:
    """Ages in years, both inclusive; None is no bound."""

    van: int | None = None
    tot: int | None = None


@dataclass(frozen=True)
class Facts:
    """A verhuizing as it is told: what was declared, from which day it counts, and what the BRP says of the movers."""

    inhoud: Inhoud
    verhuisdatum: date
    registered: Mapping[str, BrpPersoon] = field(default_factory=dict)


def concerned(facts: Facts, volgt: str, leeftijd: Leeftijd | None, followed: Followed) -> list[Verhuizer]:
    """The movers an afdeling is told about; nobody means that it is not told at all."""
    movers = facts.inhoud.verhuizers
    if volgt == Volgt.personen:
        movers = [mover for mover in movers if mover.bsn in followed.persons]
    elif volgt == Volgt.adressen and not {facts.inhoud.vorig_adres, facts.inhoud.nieuw_adres} & followed.addresses:
        return []
    if leeftijd is None:
        return list(movers)
    return [mover for mover in movers if _of_age(facts, mover, leeftijd)]


def gegevens(fields: Sequence[str], facts: Facts, movers: Sequence[Verhuizer]) -> dict[str, Any]:
    """The values of these fields and of no others; those about persons are of `movers` only.

    verhuisdatum is the day from which the address counts, as the BRP has it; aantalPersonen counts all who move.
    """
    content = facts.inhoud
    known = [facts.registered.get(mover.bsn) for mover in movers]
    makers: dict[str, Any] = {
        "personen": lambda: [{"persoon": str(mover.partij)} for mover in movers],
        "namen": lambda: [None if person is None else person.naam for person in known],
        "geboortedata": lambda: [None if person is None else _text(person.geboren) for person in known],
        "vorigAdres": lambda: {"nummeraanduidingId": content.vorig_adres},
        "nieuwAdres": lambda: {"nummeraanduidingId": content.nieuw_adres},
        "verhuisdatum": lambda: str(facts.verhuisdatum),
        "aantalPersonen": lambda: len(content.verhuizers),
        "inwoning": lambda: content.inwoning is not None,
    }
    return {name: makers[name]() for name in fields}


def ages(born: PartialDate, on: date) -> tuple[int, int]:
    """The youngest and the oldest somebody can be on a day, in whole years."""
    return _age(born.latest, on), _age(born.earliest, on)


def _of_age(facts: Facts, mover: Verhuizer, leeftijd: Leeftijd) -> bool:
    """Only when it is certain: who may be older or younger is not told about without ground."""
    person = facts.registered.get(mover.bsn)
    if person is None or person.geboren is None:
        return False
    youngest, oldest = ages(person.geboren, facts.verhuisdatum)
    return (leeftijd.van is None or youngest >= leeftijd.van) and (leeftijd.tot is None or oldest <= leeftijd.tot)


def _age(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _text(value: PartialDate | None) -> str | None:
    return None if value is None else str(value)
