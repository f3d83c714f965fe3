"""Which besluiten a caller may see and change: rights per besluittype."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from chassis.access import Caller
from chassis.reading import Selection
from chassis.references import References
from chassis.resource import Resource
from services.zaken.catalogi.besluittype import BESLUITTYPE
from services.zaken.rights import Rights, Visible

LEZEN, AANMAKEN = "besluiten.lezen", "besluiten.aanmaken"
BIJWERKEN, VERWIJDEREN = "besluiten.bijwerken", "besluiten.verwijderen"
BESLUIT_COLUMNS = "(SELECT besluittype_id FROM besluit WHERE besluit.id = besluit_id) AS besluittype_id"
"""SQL of the column that rights on a part of a besluit are judged by."""
RIGHTS = Rights("brc", BESLUITTYPE, "besluittype", "dit besluit")
visible, listable = RIGHTS.visible, RIGHTS.listable


def require(caller: Caller, references: References, besluittype_id: UUID, *scopes: str) -> None:
    """Raises PermissionDenied unless one of the scopes holds for a besluit of this type."""
    RIGHTS.require(caller, references, besluittype_id, 1, *scopes)


def restrict_children(selection: Selection, found: Visible) -> Selection:
    """Keep the rows, of a table with `besluit_id`, whose besluit is among the visible ones."""
    if not found.everything:
        selection.conditions.append(f"besluit_id IN (SELECT id FROM besluit WHERE {found.sql})")  # noqa: S608 - our own SQL
    return selection


def columns_of(resource: Resource) -> str:
    """SQL of the column that rights on a besluit or a part of it are judged by."""
    return "besluittype_id" if resource.name == "besluit" else BESLUIT_COLUMNS


def readable(caller: Caller, references: References) -> Callable[[Mapping[str, Any]], bool]:
    """Whether the caller may read a besluit or a part of it, by its `columns_of`."""
    found = visible(caller, references, LEZEN)
    return lambda row: found.includes(row["besluittype_id"])
