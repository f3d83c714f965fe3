"""The two state machines, each one table: the code, the enums of the contract and the property tests come from it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from chassis.problems import Conflict


class MeldingStatus(StrEnum):
    """Where a melding stands. What came of it is its `resultaat`."""

    gemeld = "gemeld"
    in_behandeling = "in-behandeling"
    afgehandeld = "afgehandeld"


class MeldingActie(StrEnum):
    """What can be done with a melding."""

    oppakken = "oppakken"
    afhandelen = "afhandelen"


class TaakStatus(StrEnum):
    """Where a taak stands."""

    nieuw = "nieuw"
    geclaimd = "geclaimd"
    bezig = "bezig"
    voltooid = "voltooid"
    niet_uitgevoerd = "niet-uitgevoerd"
    ingetrokken = "ingetrokken"


class TaakActie(StrEnum):
    """What can be done with a taak; `intrekken` only by regie."""

    claimen = "claimen"
    starten = "starten"
    voltooien = "voltooien"
    niet_uitvoeren = "niet-uitvoeren"
    intrekken = "intrekken"


S = TypeVar("S", bound=StrEnum)
A = TypeVar("A", bound=StrEnum)

MELDING: Mapping[tuple[MeldingStatus, MeldingActie], MeldingStatus] = {
    (MeldingStatus.gemeld, MeldingActie.oppakken): MeldingStatus.in_behandeling,
    (MeldingStatus.gemeld, MeldingActie.afhandelen): MeldingStatus.afgehandeld,
    (MeldingStatus.in_behandeling, MeldingActie.afhandelen): MeldingStatus.afgehandeld,
}

TAAK: Mapping[tuple[TaakStatus, TaakActie], TaakStatus] = {
    (TaakStatus.nieuw, TaakActie.claimen): TaakStatus.geclaimd,
    (TaakStatus.nieuw, TaakActie.starten): TaakStatus.bezig,
    (TaakStatus.nieuw, TaakActie.voltooien): TaakStatus.voltooid,
    (TaakStatus.nieuw, TaakActie.niet_uitvoeren): TaakStatus.niet_uitgevoerd,
    (TaakStatus.nieuw, TaakActie.intrekken): TaakStatus.ingetrokken,
    (TaakStatus.geclaimd, TaakActie.starten): TaakStatus.bezig,
    (TaakStatus.geclaimd, TaakActie.voltooien): TaakStatus.voltooid,
    (TaakStatus.geclaimd, TaakActie.niet_uitvoeren): TaakStatus.niet_uitgevoerd,
    (TaakStatus.geclaimd, TaakActie.intrekken): TaakStatus.ingetrokken,
    (TaakStatus.bezig, TaakActie.voltooien): TaakStatus.voltooid,
    (TaakStatus.bezig, TaakActie.niet_uitvoeren): TaakStatus.niet_uitgevoerd,
    (TaakStatus.bezig, TaakActie.intrekken): TaakStatus.ingetrokken,
}

FINAL = frozenset({TaakStatus.voltooid, TaakStatus.niet_uitgevoerd, TaakStatus.ingetrokken})
"""Statuses of a taak from which nothing follows."""

TOO_LATE: Mapping[TaakActie, str] = {
    TaakActie.voltooien: "te-laat-voltooid",
    TaakActie.niet_uitvoeren: "te-laat-niet-uitgevoerd",
}
"""What a ploeg did in the field is a fact also when the taak has ended meanwhile: it is kept under this name."""


def allowed(table: Mapping[tuple[S, A], S], status: S) -> list[A]:
    """The actions that are possible now, in the order of the table."""
    return [action for (known, action) in table if known == status]


def follow(table: Mapping[tuple[S, A], S], status: S, action: A) -> S:
    """The status after an action. Raises Conflict `overgang-niet-toegestaan`, naming what is possible."""
    following = table.get((status, action))
    if following is None:
        possible = ", ".join(allowed(table, status)) or "niets"
        raise Conflict(
            "overgang-niet-toegestaan", f"Bij de status {status} kan {action} niet. Wel mogelijk: {possible}."
        )
    return following
