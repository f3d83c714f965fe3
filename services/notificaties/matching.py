"""Which abonnementen a notificatie is for: the filter semantics of the standard, over an index in memory.

An abonnement matches when any of its groups for the kanaal does; a group when each of its filters does
(`chassis.filtering`).
"""

import functools
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from chassis.filtering import ANY, camel

Key = tuple[str, ...]
_Wanted = dict[Key, set[UUID]]

VIEWS = 16
"""Sets of carried names for which a kanaal remembers how its groups look then; publishers mostly send the same ones."""


_name = functools.lru_cache(maxsize=1024)(camel)


def consistent(names: Iterable[str], declared: Iterable[str]) -> bool:
    """Whether names of filters or kenmerken fit a kanaal: a subset of those it declares, or all of them and more."""
    given, known = {camel(name) for name in names}, {camel(name) for name in declared}
    return given <= known or given >= known


@dataclass
class _View:
    """The groups on a kanaal as notificaties that carry certain names meet them."""

    whole: dict[Key, _Wanted] = field(default_factory=dict)
    """Those that filter on carried names only: the very entries of the kanaal."""
    partial: dict[Key, _Wanted] = field(default_factory=lambda: defaultdict(dict))
    """Those that filter on more, by the names that are carried and the values asked for there: the rest does not count."""


class _Kanaal:
    """The groups on one kanaal: abonnementen by the names they filter on, then by the values they ask for in that order."""

    def __init__(self) -> None:
        self.wanted: dict[Key, _Wanted] = defaultdict(dict)
        self._names: set[str] = set()
        self._views: dict[frozenset[str], _View] = {}

    def add(self, names: Key, values: Key, abonnement: UUID) -> None:
        """A group of an abonnement."""
        self._names.update(names)
        self.wanted[names].setdefault(values, set()).add(abonnement)
        for carried, view in self._views.items():
            self._show(view, carried, names, values, {abonnement})

    def remove(self, names: Key, values: Key, abonnement: UUID) -> None:
        """A group goes; with it all others of its abonnement must, before any is added again."""
        _take_out(self.wanted, names, values, abonnement)
        for carried, view in self._views.items():
            _take_out(view.partial, *_seen(carried, names, values), abonnement)
            if names not in self.wanted:
                view.whole.pop(names, None)

    def find(self, kenmerken: Mapping[str, str]) -> set[UUID]:
        """Who wants a notificatie with these kenmerken."""
        view = self._view(frozenset(self._names.intersection(kenmerken)))
        found: set[UUID] = set()
        for wanted in (view.whole, view.partial):
            for names, by_values in wanted.items():
                found |= by_values.get(tuple([kenmerken[name] for name in names]), frozenset())
        return found

    def _view(self, carried: frozenset[str]) -> _View:
        view = self._views.get(carried)
        if view is None:
            view = _View()
            for names, by_values in self.wanted.items():
                for values, abonnementen in by_values.items():
                    self._show(view, carried, names, values, abonnementen)
            if len(self._views) >= VIEWS:
                self._views.clear()
            self._views[carried] = view
        return view

    def _show(self, view: _View, carried: frozenset[str], names: Key, values: Key, abonnementen: set[UUID]) -> None:
        if carried.issuperset(names):
            view.whole[names] = self.wanted[names]
        else:
            there, asked = _seen(carried, names, values)
            view.partial[there].setdefault(asked, set()).update(abonnementen)


class Index:
    """All groups of all abonnementen. Who wants a notificatie is looked up once per set of names that is filtered on, and
    of those as many remain as its own kenmerken can make, however many abonnementen there are.
    """

    def __init__(self) -> None:
        self._kanalen: dict[str, _Kanaal] = defaultdict(_Kanaal)
        self._groups: dict[UUID, set[tuple[str, Key, Key]]] = {}

    def put(self, abonnement: UUID, groups: Iterable[tuple[str, Mapping[str, str]]]) -> None:
        """An abonnement as it is now: (kanaal, filters) of every group, none when it gets nothing any more."""
        for kanaal, names, values in self._groups.pop(abonnement, ()):
            self._kanalen[kanaal].remove(names, values, abonnement)
            if not self._kanalen[kanaal].wanted:
                del self._kanalen[kanaal]
        found = {(sys.intern(kanaal), *_asked(filters)) for kanaal, filters in groups}
        for kanaal, names, values in found:
            self._kanalen[kanaal].add(names, values, abonnement)
        if found:
            self._groups[abonnement] = found

    @property
    def kanalen(self) -> Collection[str]:
        """The kanalen that there are groups for."""
        return self._kanalen.keys()

    def find(self, kanaal: str, kenmerken: Mapping[str, str]) -> set[UUID]:
        """The abonnementen that want a notificatie on this kanaal with these kenmerken."""
        if kanaal not in self._kanalen:
            return set()
        return self._kanalen[kanaal].find({camel(name): value for name, value in kenmerken.items()})


def _asked(filters: Mapping[str, str]) -> tuple[Key, Key]:
    """The names that a group filters on, in order, and the values it asks for."""
    telling = sorted([(_name(name), sys.intern(value)) for name, value in filters.items() if value != ANY])
    return tuple([name for name, _ in telling]), tuple([value for _, value in telling])


def _seen(carried: frozenset[str], names: Key, values: Key) -> tuple[Key, Key]:
    """What is left of a group for a notificatie that carries these names."""
    left = [(name, value) for name, value in zip(names, values, strict=True) if name in carried]
    return tuple([name for name, _ in left]), tuple([value for _, value in left])


def _take_out(wanted: dict[Key, _Wanted], names: Key, values: Key, abonnement: UUID) -> None:
    """Remove an abonnement, and what is empty then."""
    abonnementen = wanted[names].get(values, set()) if names in wanted else set()
    abonnementen.discard(abonnement)
    if not abonnementen and names in wanted:
        wanted[names].pop(values, None)
        if not wanted[names]:
            del wanted[names]
