"""Which abonnementen a notificatie is for: the filter semantics of the standard, over an index in memory.

An abonnement matches when any of its groups for the kanaal does; a group when each of its filters does
(`chassis.filtering`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from chassis.filtering import ANY, camel, matches

Group = Mapping[str, tuple[str, ...]]
"""The filters of one group: each name in camelCase, with the one value that will do."""


def consistent(names: Iterable[str], declared: Iterable[str]) -> bool:
    """Whether names of filters or kenmerken fit a kanaal: a subset of those it declares, or all of them and more."""
    given, known = {camel(name) for name in names}, {camel(name) for name in declared}
    return given <= known or given >= known


@dataclass
class _Kanaal:
    everyone: list[UUID] = field(default_factory=list)
    """Abonnementen with a group without filters."""
    anchored: dict[str, dict[str, list[tuple[UUID, Group]]]] = field(default_factory=dict)
    """The other groups, by one filter of theirs: its name, then its value."""


class Index:
    """All groups of all abonnementen. Only groups whose anchor fits are looked at, so many abonnementen stay cheap."""

    def __init__(self, groups: Iterable[tuple[UUID, str, Mapping[str, str]]]) -> None:
        """From (abonnement, kanaal, filters) of every group."""
        per_kanaal: dict[str, list[tuple[UUID, Group]]] = defaultdict(list)
        for abonnement, kanaal, filters in groups:
            telling = {camel(name): (value,) for name, value in filters.items() if value != ANY}
            per_kanaal[kanaal].append((abonnement, telling))
        self._kanalen = {kanaal: _indexed(found) for kanaal, found in per_kanaal.items()}

    def find(self, kanaal: str, kenmerken: Mapping[str, str]) -> set[UUID]:
        """The abonnementen that want a notificatie on this kanaal with these kenmerken."""
        known = self._kanalen.get(kanaal)
        if known is None:
            return set()
        carried = {camel(name): value for name, value in kenmerken.items()}
        found = set(known.everyone)
        for name, by_value in known.anchored.items():
            chosen = [by_value.get(carried[name], [])] if name in carried else by_value.values()
            found |= {abonnement for groups in chosen for abonnement, filters in groups if matches(filters, carried)}
        return found


def _indexed(groups: list[tuple[UUID, Group]]) -> _Kanaal:
    """Anchor each group at its filter whose name takes most values in this kanaal: it rules out most."""
    values: dict[str, set[str]] = defaultdict(set)
    for _, filters in groups:
        for name, will_do in filters.items():
            values[name].update(will_do)
    result = _Kanaal()
    for abonnement, filters in groups:
        if not filters:
            result.everyone.append(abonnement)
            continue
        anchor = max(filters, key=lambda name: len(values[name]))
        by_value = result.anchored.setdefault(anchor, {})
        by_value.setdefault(filters[anchor][0], []).append((abonnement, filters))
    return result
