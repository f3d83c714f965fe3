"""The three zeros: what was expected, by hand, against what arrived. Pure functions; nothing here asks a service.

lost: expected but not received. double: two different event ids, or two applied effects, for one key. told without
ground: received but not expected, a field outside the expectation, or no grondslag or Logboek row older than the event.
A redelivery with the same event id is counted, and is not double.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

Key = tuple[str, int, str]
"""(case, volgnummer, addressee)"""


@dataclass(frozen=True)
class Expected:
    """One thing that somebody must be told, with exactly these fields; `persons` None: not stated."""

    key: Key
    soort: str
    fields: frozenset[str]
    persons: int | None = None


@dataclass(frozen=True)
class Received:
    """One event as an addressee got it, with what it then read."""

    key: Key
    event_id: str
    soort: str
    fields: frozenset[str]
    persons: int | None
    at: datetime
    """When the event was received."""
    grondslag: str = ""
    logged_at: datetime | None = None
    """The oldest Logboek row of it; None: there is none, or the addressee needs none (see `needs_ground`)."""
    needs_ground: bool = True
    effects: int = 1
    """Effects the addressee applied for it: 0 for a repeat it recognised."""


@dataclass
class Judgement:
    """The verdict: each finding as a sentence."""

    lost: list[str] = field(default_factory=list)
    double: list[str] = field(default_factory=list)
    without_ground: list[str] = field(default_factory=list)
    repeats: int = 0
    """Redeliveries with the same event id: shown, not counted as double."""

    @property
    def clean(self) -> bool:
        """All three are zero."""
        return not (self.lost or self.double or self.without_ground)

    @property
    def line(self) -> str:
        """The last line of the demo."""
        return f"lost {len(self.lost)} · double {len(self.double)} · told without ground {len(self.without_ground)}"


def judge(expected: Iterable[Expected], received: Iterable[Received]) -> Judgement:
    """Compare. Every received event is judged by itself and with the others of its key."""
    verdict = Judgement()
    wanted = {item.key: item for item in expected}
    got: Mapping[Key, list[Received]] = _by_key(received)
    verdict.lost += [f"{_name(key)}: {item.soort} niet ontvangen" for key, item in wanted.items() if key not in got]
    for key, items in got.items():
        ids = {item.event_id for item in items}
        effects = sum(item.effects for item in items)
        if len(ids) > 1 or effects > 1:
            verdict.double.append(f"{_name(key)}: {len(ids)} gebeurtenissen, {effects} keer toegepast")
        verdict.repeats += len(items) - len(ids)
        verdict.without_ground += [f"{_name(key)}: {reason}" for reason in _groundless(items[0], wanted.get(key))]
        verdict.lost += [f"{_name(key)}: {reason}" for reason in _incomplete(items[0], wanted.get(key))]
    return verdict


def _by_key(received: Iterable[Received]) -> Mapping[Key, list[Received]]:
    got: dict[Key, list[Received]] = defaultdict(list)
    for item in received:
        got[item.key].append(item)
    return got


def _groundless(item: Received, wanted: Expected | None) -> Iterable[str]:
    """Why this should not have been told, or not so."""
    if wanted is None:
        yield "niet verwacht"
        return
    if item.soort != wanted.soort:
        yield f"verwacht als {wanted.soort}, ontvangen als {item.soort}"
    if outside := item.fields - wanted.fields:
        yield f"velden buiten de verwachting: {', '.join(sorted(outside))}"
    if wanted.persons is not None and (item.persons or 0) > wanted.persons:
        yield f"verwacht {wanted.persons} personen, ontvangen {item.persons}"
    if item.needs_ground and not item.grondslag:
        yield "geen grondslag"
    if item.needs_ground and (item.logged_at is None or item.logged_at > item.at):
        yield "geen regel in het Logboek van voor de bezorging"


def _incomplete(item: Received, wanted: Expected | None) -> Iterable[str]:
    """What was expected in it and is not there."""
    if wanted is None:
        return
    if missing := wanted.fields - item.fields:
        yield f"velden ontbreken: {', '.join(sorted(missing))}"
    if wanted.persons is not None and (item.persons or 0) < wanted.persons:
        yield f"verwacht {wanted.persons} personen, ontvangen {item.persons}"


def _name(key: Key) -> str:
    case, volgnummer, addressee = key
    return f"{case} #{volgnummer} → {addressee}"
