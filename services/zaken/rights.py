"""What a caller may see and change of resources that have a type: a scope holds per type, up to a vertrouwelijkheid.

The same rights judge one row in Python and filter lists in SQL. The ids go into the SQL as text, not as values: a plan
is then made for the types of this client and kept. With values, PostgreSQL after some calls keeps one plan for all
clients, which reads the whole table for one that may see few of it.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import cast
from uuid import UUID

from chassis.access import Autorisatie, Caller
from chassis.problems import PermissionDenied
from chassis.reading import Selection
from chassis.references import References
from chassis.resource import Resource
from services.zaken.vertrouwelijkheid import HIGHEST, rank

LEVEL = "maxVertrouwelijkheidaanduiding"


@dataclass(frozen=True)
class Visible:
    """What some scopes open: the highest rank per type, and for types that are not named.

    column: of the type; the rank is in a column `vertrouwelijkheid`, which a table whose rights have no level lacks.
    """

    column: str
    types: Mapping[UUID, int] = field(default_factory=dict)
    others: int = 0

    @property
    def nothing(self) -> bool:
        """No row at all."""
        return not self.types and not self.others

    @property
    def everything(self) -> bool:
        """Every row."""
        return self.others == HIGHEST

    def includes(self, type_id: UUID, vertrouwelijkheid: int = 1) -> bool:
        """Whether a row of this type and rank is among them."""
        return vertrouwelijkheid <= max(self.others, self.types.get(type_id, 0))

    @cached_property
    def sql(self) -> str:
        """The condition that keeps the rows that are among them."""
        if self.everything:
            return "true"
        groups: defaultdict[int, list[UUID]] = defaultdict(list)
        for type_id, highest in sorted(self.types.items()):
            groups[highest].append(type_id)
        parts = [f"{self.column} {_among(type_ids)}{_up_to(highest)}" for highest, type_ids in groups.items()]
        if self.others:
            parts.append(f"vertrouwelijkheid <= {self.others}")
        return f"({' OR '.join(parts) or 'false'})"

    def restrict(self, selection: Selection) -> Selection:
        """Keep the rows that are among them."""
        if not self.everything:
            selection.conditions.append(self.sql)
        return selection


def _among(type_ids: list[UUID]) -> str:
    """Of one type the index has the rows in order, which it does not see in a list of one."""
    if len(type_ids) == 1:
        return f"= '{type_ids[0]}'::uuid"
    return f"= ANY('{{{','.join(map(str, type_ids))}}}'::uuid[])"


def _up_to(highest: int) -> str:
    return f" AND vertrouwelijkheid <= {highest}" if highest < HIGHEST else ""


@dataclass(frozen=True)
class Rights:
    """How rights on one component are limited.

    type_resource: what their type is. limit: the name of that limit, which is that of the field too. noun: what a row
    is called. levels: whether they are limited by vertrouwelijkheid as well.
    """

    component: str
    type_resource: Resource
    limit: str
    noun: str
    levels: bool = False

    def visible(self, caller: Caller, references: References, *scopes: str) -> Visible:
        """The rows on which the caller has at least one of these scopes; worked out once per version of its rights."""
        key = (self.component, references.own_urls, scopes)
        found = caller.derived.get(key)
        if found is None:
            found = caller.derived[key] = self._worked_out(caller, references, scopes)
        return cast("Visible", found)

    def listable(self, caller: Caller, references: References, *scopes: str) -> Visible:
        """`visible`, for a list. Raises PermissionDenied when that is nothing."""
        found = self.visible(caller, references, *scopes)
        if found.nothing:
            raise PermissionDenied(f"Hiervoor is de scope {' of '.join(scopes)} nodig.")
        return found

    def require(
        self, caller: Caller, references: References, type_id: UUID, vertrouwelijkheid: int, *scopes: str
    ) -> None:
        """Raises PermissionDenied unless one of the scopes holds for a row of this type and rank."""
        if not self.visible(caller, references, *scopes).includes(type_id, vertrouwelijkheid):
            raise PermissionDenied(f"Hiervoor is voor {self.noun} de scope {' of '.join(scopes)} nodig.")

    def _worked_out(self, caller: Caller, references: References, scopes: tuple[str, ...]) -> Visible:
        types: dict[UUID, int] = {}
        others = HIGHEST if caller.everything else 0
        for item in caller.autorisaties:
            if item.component != self.component or item.scopes.isdisjoint(scopes) or not self._can_judge(item):
                continue
            level = item.limits.get(LEVEL)
            highest = rank(level) if level else HIGHEST
            url = item.limits.get(self.limit)
            if url is None:
                others = max(others, highest)
            elif (type_id := references.local_id(self.type_resource, url)) is not None:
                types[type_id] = max(types.get(type_id, 0), highest)
        return Visible(f"{self.limit}_id", types, others)

    def _can_judge(self, item: Autorisatie) -> bool:
        """A limit that is not known here cannot be judged, so that autorisatie gives nothing."""
        return item.limits.keys() <= ({self.limit, LEVEL} if self.levels else {self.limit})
