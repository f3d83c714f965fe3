"""Which documents a caller may see and change: rights per informatieobjecttype, up to a vertrouwelijkheidaanduiding.

An applicatie with `alleenIsGereedVoorPublicatie` reads only what is ready for publication, whatever its rights (1.7.0).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chassis.access import Caller
from chassis.problems import PermissionDenied
from chassis.reading import Selection
from chassis.references import References
from chassis.resource import Resource
from services.zaken.catalogi.informatieobjecttype import INFORMATIEOBJECTTYPE
from services.zaken.rights import Rights, Visible

LEZEN, AANMAKEN, BIJWERKEN = "documenten.lezen", "documenten.aanmaken", "documenten.bijwerken"
VERWIJDEREN, LOCK = "documenten.verwijderen", "documenten.lock"
FORCED_UNLOCK, FORCED_CHANGE = "documenten.geforceerd-unlock", "documenten.geforceerd-bijwerken"
TO_CHANGE = (BIJWERKEN, FORCED_CHANGE)
"""Scopes of which one is needed to change a document or its parts (drc-010)."""
ONLY_PUBLISHABLE = "alleenIsGereedVoorPublicatie"
_OWN = ("informatieobjecttype_id", "vertrouwelijkheid", "is_gereed_voor_publicatie")
RIGHTS_COLUMNS = ", ".join(_OWN)
"""SQL of the columns that rights on a document are judged by."""
EIO_COLUMNS = ", ".join(
    f"(SELECT {name} FROM enkelvoudiginformatieobject e WHERE e.id = eio_id) AS {name}"  # noqa: S608 - own names
    for name in _OWN
)
"""The same, for a part of a document."""
RIGHTS = Rights("drc", INFORMATIEOBJECTTYPE, "informatieobjecttype", "dit document", levels=True)
require = RIGHTS.require


@dataclass(frozen=True)
class Readable:
    """The documents that a caller may read."""

    of_type: Visible
    only_publishable: bool

    def includes(self, row: Mapping[str, Any]) -> bool:
        """Whether a document, by its RIGHTS_COLUMNS, is among them."""
        if self.only_publishable and not row["is_gereed_voor_publicatie"]:
            return False
        return self.of_type.includes(row["informatieobjecttype_id"], row["vertrouwelijkheid"])

    @property
    def sql(self) -> str:
        """The condition that keeps the documents that are among them; empty when that is all of them."""
        parts = [] if self.of_type.everything else [self.of_type.sql]
        return " AND ".join([*parts, "is_gereed_voor_publicatie"] if self.only_publishable else parts)

    def restrict(self, selection: Selection) -> Selection:
        """Keep the documents that are among them."""
        if self.only_publishable:
            selection.counters = ""
        if self.sql:
            selection.conditions.append(self.sql)
        return selection

    def restrict_children(self, selection: Selection) -> Selection:
        """Keep the rows, of a table with `eio_id`, whose document is among them."""
        if self.sql:
            selection.conditions.append(f"eio_id IN (SELECT id FROM enkelvoudiginformatieobject WHERE {self.sql})")  # noqa: S608
        return selection


def readable(caller: Caller, references: References, scope: str = LEZEN) -> Readable:
    """What the caller may read. Raises PermissionDenied when that is nothing."""
    return Readable(RIGHTS.listable(caller, references, scope), ONLY_PUBLISHABLE in caller.flags)


def require_readable(caller: Caller, references: References, row: Mapping[str, Any], scope: str = LEZEN) -> None:
    """Raises PermissionDenied unless the caller may read a document, by its RIGHTS_COLUMNS."""
    if not readable(caller, references, scope).includes(row):
        raise PermissionDenied(f"Hiervoor is voor dit document de scope {scope} nodig.")


def require_any(caller: Caller, references: References, *scopes: str) -> None:
    """Raises PermissionDenied unless one of the scopes holds for some document."""
    RIGHTS.listable(caller, references, *scopes)


def require_for(caller: Caller, references: References, row: Any, *scopes: str) -> None:
    """Raises PermissionDenied unless one of the scopes holds for a document (its row)."""
    require(caller, references, row.informatieobjecttype_id, row.vertrouwelijkheid, *scopes)


def columns_of(resource: Resource) -> str:
    """SQL of the columns that rights on a document or a part of it are judged by."""
    return RIGHTS_COLUMNS if resource.name == "enkelvoudiginformatieobject" else EIO_COLUMNS


def judge(caller: Caller, references: References) -> Callable[[Mapping[str, Any]], bool]:
    """Whether the caller may read a document or a part of it, by its `columns_of`."""
    of_type = RIGHTS.visible(caller, references, LEZEN)
    found = Readable(of_type, ONLY_PUBLISHABLE in caller.flags)
    return lambda row: row["informatieobjecttype_id"] is not None and found.includes(row)
