"""Lists that come whole: the standard gives some lists no pages."""

import asyncpg
from pydantic import BaseModel

from chassis.problems import Invalid
from chassis.reading import Filter, Reader, Selection
from chassis.resource import Resource

MOST = 5_000
"""Rows of such a list; there the standard gives no way to ask for the rest."""


class Unpaged(BaseModel):
    """Base of the query parameters of a list that comes whole."""

    model_config = Filter.model_config


async def whole(
    reader: Reader, resource: Resource, selection: Selection, *, most: int = MOST, noun: str = "zaak"
) -> list[asyncpg.Record]:
    """All rows (id, representation) of a selection. Raises Invalid when there are more: half a list is wrong."""
    rows = await reader.runtime.database.fetch(
        f"SELECT id, representation FROM {resource.tablename}{selection.sql} ORDER BY id LIMIT {most + 1}",  # noqa: S608 - own names
        *selection.values,
    )
    if len(rows) > most:
        reason = f"Dit zijn er meer dan {most}. Filter op een {noun}."
        raise Invalid.field("nonFieldErrors", "too-many-results", reason)
    return list(rows)
