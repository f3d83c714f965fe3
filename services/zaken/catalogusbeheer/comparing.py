"""What an import would do: a document beside what the register has, as steps. Nothing here changes anything.

A version is found by its name and beginGeldigheid. What is published stays as it is but for its eindeGeldigheid; another
change of it needs a new version. Versions that a document does not name stay; a concept gets exactly the parts it names.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from chassis.problems import FieldError
from services.zaken.catalogusbeheer.content import Catalogue, Item
from services.zaken.catalogusbeheer.kinds import PARTS, RESULTAATTYPEN, ZAAKTYPEN

END = "eindeGeldigheid"
_GROUPS = frozenset({"broncatalogus", "bronzaaktype", "omschrijvingGeneriek"})
"""Of which an operation takes an empty one for none, and no null. A text of that name is never None."""
ADDED, CHANGED, SAME, REFUSED = "toegevoegd", "gewijzigd", "ongewijzigd", "geweigerd"


@dataclass
class PartStep:
    """A part that is added (nothing is present), removed (nothing is given) or changed."""

    given: Item | None
    present: Item | None
    changes: dict[str, Any] = field(default_factory=dict)

    @property
    def item(self) -> Item:
        """The part, as far as it is there."""
        one = self.given or self.present
        if one is None:
            raise AssertionError("a step without a part")
        return one

    @property
    def names(self) -> list[str]:
        """What it changes, for a reader."""
        where = f"{self.item.kind.section}.{'.'.join(str(one) for one in self.item.key)}"
        if self.changes:
            return [f"{where}.{name}" for name in self.changes]
        return [f"{where} {'verwijderd' if self.given is None else 'toegevoegd'}"]


@dataclass
class Step:
    """What happens to a version, or to the catalogus."""

    given: Item
    present: Item | None
    changes: dict[str, Any]
    parts: list[PartStep]
    errors: list[FieldError] = field(default_factory=list)

    @property
    def outcome(self) -> str:
        """Added, changed, the same, or refused."""
        if self.errors:
            return REFUSED
        if self.present is None:
            return ADDED
        return CHANGED if self.changes or self.parts else SAME

    @property
    def publishes(self) -> bool:
        """Whether it becomes definite."""
        return not self.given.concept and (self.present is None or self.present.concept)

    @property
    def names(self) -> list[str]:
        """What changes of one that is present."""
        if self.present is None:
            return []
        return [*self.changes, *(name for part in self.parts for name in part.names)]


def compare(given: Catalogue, present: Catalogue | None) -> list[Step]:
    """The steps, the catalogus first and who is referred to before who refers."""
    before = present.catalogus if present else None
    steps = [Step(given.catalogus, before, changes(given.catalogus, before), [])]
    for section, items in given.versions.items():
        known = present.versions[section] if present else []
        steps += [_step(one, other) for one, other in pair(items, known) if one is not None]
    return steps


def pair(given: Sequence[Item], present: Sequence[Item]) -> list[tuple[Item | None, Item | None]]:
    """Each with the one it is about. Of several with one key: those that are equal, then rather a concept."""
    left: dict[Any, list[Item]] = defaultdict(list)
    for item in present:
        left[item.key].append(item)
    found: dict[int, Item] = {}
    for fits in (_twins, same, lambda _, __: True):
        for item in (one for one in given if id(one) not in found):
            others = sorted(left[item.key], key=lambda other: not other.concept)
            other = next((one for one in others if fits(item, one)), None)
            if other is not None:
                found[id(item)] = other
                left[item.key].remove(other)
    pairs: list[tuple[Item | None, Item | None]] = [(item, found.get(id(item))) for item in given]
    return pairs + [(None, item) for items in left.values() for item in items]


def same(given: Item, present: Item) -> bool:
    """Whether nothing of it differs."""
    return not changes(given, present) and not _part_steps(given, present)


def _twins(given: Item, present: Item) -> bool:
    return given.concept == present.concept and same(given, present)


def changes(given: Item, present: Item | None) -> dict[str, Any]:
    """The fields that differ, with their new values. What is left to the selectielijst is no difference."""
    if present is None:
        return {}
    return {
        name: {} if value is None and name in _GROUPS else value
        for name, value in given.content.items()
        if value != present.content[name] and not (name in present.derived and not value)
    }


def _part_steps(given: Item, present: Item | None) -> list[PartStep]:
    steps = []
    for kind in PARTS if given.kind is ZAAKTYPEN else ():
        for one, other in pair(given.of(kind), present.of(kind) if present else []):
            changed = changes(one, other) if one is not None else {}
            if one is None or other is None or changed:
                steps.append(PartStep(one, other, changed))
    return steps


def _step(given: Item, present: Item | None) -> Step:
    step = Step(given, present, changes(given, present), _part_steps(given, present))
    if present is not None and not present.concept:
        reason = "Deze versie is gepubliceerd. Geef de wijziging als nieuwe versie, met een andere beginGeldigheid."
        refused = [name for name in step.names if name != END]
        step.errors += [FieldError(f"{given.place}.{name}", "gepubliceerd", reason) for name in refused]
    return step


def references(steps: Sequence[Step]) -> list[tuple[str, str]]:
    """The rows of reference lists that the steps need: (field, URL)."""
    wanted: list[tuple[str, str]] = []
    for step in steps:
        if step.errors:
            continue
        wanted += _listed(step.given, step.present, step.changes)
        for part in step.parts:
            if part.given is not None and part.given.kind is RESULTAATTYPEN:
                wanted += _listed(part.given, part.present, part.changes)
    return wanted


def _listed(given: Item, present: Item | None, changed: dict[str, Any]) -> list[tuple[str, str]]:
    values = given.content if present is None else changed
    return [(name, values[name]) for name in given.kind.listed if values.get(name)]
