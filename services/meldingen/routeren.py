"""Which afdeling and which ploeg get a melding: the first rule that fits, with the reason in words."""

from collections.abc import Iterable
from dataclasses import dataclass

from chassis.cloudevents import UNKNOWN

VELDEN = {
    "categorie": "de categorie",
    "hoofdcategorie": "de hoofdcategorie",
    "wijk": "de wijk",
    "buurt": "de buurt",
    "urgentie": "de urgentie",
}
"""What a rule can ask for, and how it is called in an explanation."""


@dataclass(frozen=True)
class Situatie:
    """What is known of a melding; None for what is not."""

    categorie: str | None
    hoofdcategorie: str | None
    wijk: str | None
    buurt: str | None
    urgentie: str

    def value(self, veld: str) -> str:
        """The code of a field, `geen` when it is not known: a rule can ask for that too."""
        return getattr(self, veld) or UNKNOWN


@dataclass(frozen=True)
class Eis:
    """One condition: the field has one of these codes."""

    veld: str
    waarden: frozenset[str]

    def fits(self, situatie: Situatie) -> bool:
        """Whether it holds."""
        return situatie.value(self.veld) in self.waarden


@dataclass(frozen=True)
class Regel:
    """A routing rule: when all `eisen` hold, the melding goes to `afdeling` and, unless None, to `ploeg`."""

    naam: str
    volgorde: int
    eisen: tuple[Eis, ...]
    afdeling: str
    ploeg: str | None
    toelichting: str = ""

    def misses(self, situatie: Situatie) -> list[Eis]:
        """The conditions that do not hold."""
        return [eis for eis in self.eisen if not eis.fits(situatie)]


@dataclass(frozen=True)
class Besluit:
    """Where a melding goes and why (`uitleg`, Dutch). regel: None when no rule fitted."""

    afdeling: str
    ploeg: str | None
    regel: str | None
    uitleg: str


def routeren(regels: Iterable[Regel], situatie: Situatie, *, terugval: str) -> Besluit:
    """The decision of the first fitting rule by volgorde, then naam; without one the afdeling `terugval` gets it."""
    for regel in in_order(regels):
        if not regel.misses(situatie):
            return Besluit(regel.afdeling, regel.ploeg, regel.naam, _uitleg(regel, situatie))
    return Besluit(
        terugval, None, None, f"Geen enkele regel past bij deze melding. Afdeling {terugval} bekijkt haar eerst."
    )


def in_order(regels: Iterable[Regel]) -> list[Regel]:
    """Rules as they are tried."""
    return sorted(regels, key=lambda regel: (regel.volgorde, regel.naam))


def waarom_niet(regel: Regel, situatie: Situatie) -> str:
    """Why a rule does not fit, in Dutch; empty when it does."""
    return "; ".join(f"{VELDEN[eis.veld]} is {situatie.value(eis.veld)}" for eis in regel.misses(situatie))


def _uitleg(regel: Regel, situatie: Situatie) -> str:
    if regel.eisen:
        reasons = " en ".join(f"{VELDEN[eis.veld]} is {situatie.value(eis.veld)}" for eis in regel.eisen)
        first = f"Regel ‘{regel.naam}’ past: {reasons}."
    else:
        first = f"Geen eerdere regel past; regel ‘{regel.naam}’ geldt voor alle andere meldingen."
    where = f"De melding gaat naar afdeling {regel.afdeling}"
    second = f"{where} en ploeg {regel.ploeg}." if regel.ploeg else f"{where}, nog zonder ploeg."
    return " ".join(part for part in (first, second, regel.toelichting) if part)
