"""Which zaken a caller may see and change (zrc-006): a scope holds per zaaktype, up to a vertrouwelijkheidaanduiding.

The same rights judge one zaak in Python and filter lists in SQL, on the columns `zaaktype_id` and `vertrouwelijkheid`
(the rank) of a zaak, which an index serves.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

from chassis.access import Caller
from chassis.problems import PermissionDenied
from chassis.reading import Selection
from chassis.references import References
from services.zaken.catalogi.zaaktype.fields import ZAAKTYPE
from services.zaken.vertrouwelijkheid import HIGHEST, rank

COMPONENT = "zrc"
ZAAK_COLUMNS = (
    "(SELECT zaaktype_id FROM zaak WHERE zaak.id = zaak_id) AS zaaktype_id, "
    "(SELECT vertrouwelijkheid FROM zaak WHERE zaak.id = zaak_id) AS vertrouwelijkheid"
)
"""SQL of the columns that rights on a part of a zaak are judged by."""


@dataclass
class Visible:
    """What some scopes open: the highest rank per zaaktype, and for zaaktypen that are not named."""

    types: dict[UUID, int] = field(default_factory=dict)
    others: int = 0

    @property
    def nothing(self) -> bool:
        """No zaak at all."""
        return not self.types and not self.others

    @property
    def everything(self) -> bool:
        """Every zaak."""
        return self.others == HIGHEST

    def includes(self, zaaktype_id: UUID, vertrouwelijkheid: int) -> bool:
        """Whether a zaak of this zaaktype and rank is among them."""
        return vertrouwelijkheid <= max(self.others, self.types.get(zaaktype_id, 0))

    def restrict(self, selection: Selection) -> Selection:
        """Keep the rows of table `zaak` that are among them."""
        if self.everything:
            return selection
        groups: defaultdict[int, list[UUID]] = defaultdict(list)
        for zaaktype_id, highest in self.types.items():
            groups[highest].append(zaaktype_id)
        parts: list[str] = []
        values: list[object] = []
        for highest, zaaktype_ids in groups.items():
            parts.append(
                "zaaktype_id = ANY({}::uuid[])" + (" AND vertrouwelijkheid <= {}" if highest < HIGHEST else "")
            )
            values += [zaaktype_ids, highest] if highest < HIGHEST else [zaaktype_ids]
        if self.others:
            parts.append("vertrouwelijkheid <= {}")
            values.append(self.others)
        return selection.where(f"({' OR '.join(parts)})", *values)


def visible(caller: Caller, references: References, *scopes: str) -> Visible:
    """The zaken on which the caller has at least one of these scopes."""
    if caller.everything:
        return Visible(others=HIGHEST)
    found = Visible()
    for item in caller.autorisaties:
        if item.component != COMPONENT or item.scopes.isdisjoint(scopes):
            continue
        level = item.limits.get("maxVertrouwelijkheidaanduiding")
        highest = rank(level) if level else HIGHEST
        url = item.limits.get("zaaktype")
        if url is None:
            found.others = max(found.others, highest)
        elif (zaaktype_id := _zaaktype_id(references.own_urls, url)) is not None:
            found.types[zaaktype_id] = max(found.types.get(zaaktype_id, 0), highest)
    return found


def listable(caller: Caller, references: References, *scopes: str) -> Visible:
    """`visible`, for a list. Raises PermissionDenied when that is nothing."""
    found = visible(caller, references, *scopes)
    if found.nothing:
        raise PermissionDenied(f"Hiervoor is de scope {' of '.join(scopes)} nodig.")
    return found


def require(caller: Caller, references: References, zaaktype_id: UUID, vertrouwelijkheid: int, *scopes: str) -> None:
    """Raises PermissionDenied unless one of the scopes holds for a zaak of this zaaktype and rank."""
    if not visible(caller, references, *scopes).includes(zaaktype_id, vertrouwelijkheid):
        raise PermissionDenied(f"Hiervoor is voor deze zaak de scope {' of '.join(scopes)} nodig.")


def restrict_children(selection: Selection, found: Visible) -> Selection:
    """Keep the rows, of a table with `zaak_id`, whose zaak is among the visible ones."""
    if found.everything:
        return selection
    zaken = found.restrict(Selection(values=selection.values))
    selection.conditions.append(f"zaak_id IN (SELECT id FROM zaak{zaken.sql})")  # noqa: S608 - literal SQL of our own
    return selection


@lru_cache(maxsize=10_000)
def _zaaktype_id(own_urls: tuple[str, ...], url: str) -> UUID | None:
    return References(own_urls).local_id(ZAAKTYPE, url)
