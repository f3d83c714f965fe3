"""Which abonnementen a notificatie is for: the filter semantics of the standard, over an index in memory.

An abonnement matches when any of its groups for the kanaal does. A group matches when each of its filters does; a
filter matches when its value is `*`, when the notificatie does not carry that kenmerk, or when the values are equal.
Names are compared in camelCase.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

ANY = "*"
_SNAKE = re.compile(r"(?<=[A-Za-z0-9])_([a-z0-9])")


def camel(name: str) -> str:
    """The name of a kenmerk in camelCase: `verantwoordelijke_organisatie` and its camelCase form are one kenmerk."""
    return _SNAKE.sub(lambda found: found[1].upper(), name)


def matches(filters: Mapping[str, str], kenmerken: Mapping[str, str]) -> bool:
    """Whether one group of filters lets a notificatie with these kenmerken (named in camelCase) through."""
    return all(
        value in (ANY, kenmerken.get(name, value)) for name, value in ((camel(key), filters[key]) for key in filters)
    )


def consistent(names: Iterable[str], declared: Iterable[str]) -> bool:
    """Whether names of filters or kenmerken fit a kanaal: a subset of those it declares, or all of them and more."""
    given, known = {camel(name) for name in names}, {camel(name) for name in declared}
    return given <= known or given >= known


@dataclass
class _Kanaal:
    everyone: list[UUID] = field(default_factory=list)
    """Abonnementen with a group without filters."""
    anchored: dict[str, dict[str, list[tuple[UUID, Mapping[str, str]]]]] = field(default_factory=dict)
    """The other groups, by one filter of theirs: its name, then its value."""


class Index:
    """All groups of all abonnementen. Only groups whose anchor fits are looked at, so many abonnementen stay cheap."""

    def __init__(self, groups: Iterable[tuple[UUID, str, Mapping[str, str]]]) -> None:
        """From (abonnement, kanaal, filters) of every group."""
        per_kanaal: dict[str, list[tuple[UUID, dict[str, str]]]] = defaultdict(list)
        for abonnement, kanaal, filters in groups:
            telling = {camel(name): value for name, value in filters.items() if value != ANY}
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


def _indexed(groups: list[tuple[UUID, dict[str, str]]]) -> _Kanaal:
    """Anchor each group at its filter whose name takes most values in this kanaal: it rules out most."""
    values: dict[str, set[str]] = defaultdict(set)
    for _, filters in groups:
        for name, value in filters.items():
            values[name].add(value)
    result = _Kanaal()
    for abonnement, filters in groups:
        if not filters:
            result.everyone.append(abonnement)
            continue
        anchor = max(filters, key=lambda name: len(values[name]))
        by_value = result.anchored.setdefault(anchor, {})
        by_value.setdefault(filters[anchor], []).append((abonnement, filters))
    return result
