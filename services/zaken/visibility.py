"""Which zaken a caller may see and change (zrc-006): rights per zaaktype, up to a vertrouwelijkheidaanduiding.

The columns `zaaktype_id` and `vertrouwelijkheid` (the rank) of a zaak are what they are judged by, which an index serves.
"""

from collections.abc import Callable, Mapping
from typing import Any

from chassis.access import Caller
from chassis.reading import Selection
from chassis.references import References
from chassis.resource import Resource
from services.zaken.catalogi.zaaktype.fields import ZAAKTYPE
from services.zaken.rights import Rights, Visible

ZAAK_COLUMNS = (
    "(SELECT zaaktype_id FROM zaak WHERE zaak.id = zaak_id) AS zaaktype_id, "
    "(SELECT vertrouwelijkheid FROM zaak WHERE zaak.id = zaak_id) AS vertrouwelijkheid"
)
"""SQL of the columns that rights on a part of a zaak are judged by."""
RIGHTS = Rights("zrc", ZAAKTYPE, "zaaktype", "deze zaak", levels=True)
visible, listable, require = RIGHTS.visible, RIGHTS.listable, RIGHTS.require


def restrict_children(selection: Selection, found: Visible) -> Selection:
    """Keep the rows, of a table with `zaak_id`, whose zaak is among the visible ones."""
    if not found.everything:
        selection.conditions.append(f"zaak_id IN (SELECT id FROM zaak WHERE {found.sql})")  # noqa: S608 - our own SQL
    return selection


def columns_of(resource: Resource) -> str:
    """SQL of the columns that rights on a zaak or a part of it are judged by."""
    return "zaaktype_id, vertrouwelijkheid" if resource.name == "zaak" else ZAAK_COLUMNS


def readable(caller: Caller, references: References) -> Callable[[Mapping[str, Any]], bool]:
    """Whether the caller may read a zaak or a part of it, by its `columns_of`."""
    found = visible(caller, references, "zaken.lezen")
    return lambda row: found.includes(row["zaaktype_id"], row["vertrouwelijkheid"])
