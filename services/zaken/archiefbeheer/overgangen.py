"""The states of a vernietigingslijst, one table: the code, the contract and the tests come from it."""

from collections.abc import Mapping
from enum import StrEnum

from chassis.problems import Conflict


class LijstStatus(StrEnum):
    """Where a vernietigingslijst stands."""

    concept = "concept"
    ter_accordering = "ter-accordering"
    geaccordeerd = "geaccordeerd"
    afgewezen = "afgewezen"
    in_uitvoering = "in-uitvoering"
    uitgevoerd = "uitgevoerd"
    ingetrokken = "ingetrokken"


class LijstActie(StrEnum):
    """What can be done with a vernietigingslijst; `afronden` only by the execution itself."""

    indienen = "indienen"
    accorderen = "accorderen"
    afwijzen = "afwijzen"
    heropenen = "heropenen"
    intrekken = "intrekken"
    uitvoeren = "uitvoeren"
    stoppen = "stoppen"
    afronden = "afronden"


_S, _A = LijstStatus, LijstActie
OVERGANGEN: Mapping[tuple[LijstStatus, LijstActie], LijstStatus] = {
    (_S.concept, _A.indienen): _S.ter_accordering,
    (_S.concept, _A.intrekken): _S.ingetrokken,
    (_S.ter_accordering, _A.accorderen): _S.geaccordeerd,
    (_S.ter_accordering, _A.afwijzen): _S.afgewezen,
    (_S.ter_accordering, _A.intrekken): _S.ingetrokken,
    (_S.afgewezen, _A.heropenen): _S.concept,
    (_S.afgewezen, _A.intrekken): _S.ingetrokken,
    (_S.geaccordeerd, _A.uitvoeren): _S.in_uitvoering,
    (_S.geaccordeerd, _A.intrekken): _S.ingetrokken,
    (_S.in_uitvoering, _A.stoppen): _S.in_uitvoering,
    (_S.in_uitvoering, _A.afronden): _S.uitgevoerd,
}
FINAL = frozenset({LijstStatus.uitgevoerd, LijstStatus.ingetrokken})
"""States from which nothing follows."""
TO_ADD = frozenset({LijstStatus.concept})
"""States in which zaken can be put on a list: what is judged does not grow."""
TO_TAKE_OFF = frozenset({LijstStatus.concept, LijstStatus.ter_accordering})
"""States in which a zaak can be taken off; approval fixes what is on it."""


def follow(status: LijstStatus, actie: LijstActie) -> LijstStatus:
    """The state after an action. Raises Conflict `overgang-niet-toegestaan`, naming what is possible."""
    following = OVERGANGEN.get((status, actie))
    if following is None:
        possible = ", ".join(action for known, action in OVERGANGEN if known == status) or "niets"
        reason = f"Een lijst met de status {status} kan niet naar {actie}. Wel mogelijk: {possible}."
        raise Conflict("overgang-niet-toegestaan", reason)
    return following
