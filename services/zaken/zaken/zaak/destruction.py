"""Destroying a zaak (zrc-023): the zaak, its deelzaken and all that belongs to them really go, and are told once.

What goes follows from the schema: every table with a column that must refer to a zaak is a part of it, so a part that is
added later goes too. What may refer to a zaak and can do without (a besluit, a zaak it was related to) lets go of it and
is rendered anew. With the rows go the audit trail and the events that were sent; events that still wait are sent, for
subscribers must hear the end of what they were told before. Those and the event of the destruction hold ids only.

Out of reach: events in the streams (ids, 30 days), what subscribers and other services keep of the URL, the audit trail
of other objects (it tells what they referred to then), backups and the write-ahead log of the database.
"""

from functools import cache
from uuid import UUID

import orjson
from sqlalchemy import Column, text
from sqlmodel import SQLModel, select

from chassis.problems import NotFound
from chassis.resource import REGISTRY
from chassis.unit import Unit
from services.zaken.audittrail import erase
from services.zaken.events import ZAAK_VERNIETIGD
from services.zaken.informatieobject import unmirror_all
from services.zaken.zaken.announcing import announce
from services.zaken.zaken.zaak.fields import ZAAK, Zaak
from services.zaken.zaken.zaak.rules import lock_zaken

_OWN = "SELECT id FROM zaak WHERE id = $1 OR hoofdzaak_id = $1"
_AROUND = """
SELECT hoofdzaak_id FROM zaak WHERE id = $1 AND hoofdzaak_id IS NOT NULL
UNION SELECT id FROM zaak
WHERE relevante_andere_zaken <> '[]' AND relevante_andere_zaken @> ANY ($2::text[]::jsonb[])
"""


async def to_destroy(unit: Unit, zaak_id: UUID) -> tuple[list[Zaak], list[Zaak]]:
    """The zaken that go, deelzaken first, and those that show one of them. All are locked. Raises NotFound."""
    known: set[UUID] = set()
    rows: list[Zaak] = []
    while not known >= (found := await _family(unit, zaak_id)):  # a deelzaak may be added until its hoofdzaak is locked
        known |= found
        rows = await lock_zaken(unit, known)
    doomed = [row for row in rows if zaak_id in {row.id, row.hoofdzaak_id}]
    if not any(row.id == zaak_id for row in doomed):
        raise NotFound
    return sorted(doomed, key=lambda row: row.id == zaak_id), [row for row in rows if row not in doomed]


async def destroy(unit: Unit, doomed: list[Zaak], showing: list[Zaak]) -> None:
    """Remove zaken for good. showing: the zaken that show one of them (see `to_destroy`)."""
    ids = [row.id for row in doomed]
    for row in doomed:
        announce(unit, ZAAK_VERNIETIGD, row, ZAAK, row)
    await unmirror_all(unit, "zaak", ids)
    for column in loose_columns():
        await _let_go(unit, column, ids)
    statements = [f"DELETE FROM {one.table.name} WHERE {one.name} = ANY(:ids)" for one in part_columns()]  # noqa: S608 - own names
    for statement in (*statements, "DELETE FROM zaak WHERE id = ANY(:ids)"):
        await unit.session.execute(text(statement), {"ids": ids})
    await erase(unit, ids)
    gone = {str(one) for one in ids}
    for row in showing:
        row.relevante_andere_zaken = [one for one in row.relevante_andere_zaken if one.get("id") not in gone]
        await unit.touch(ZAAK, row)


@cache
def part_columns() -> tuple[Column[UUID], ...]:
    """The columns of parts that must refer to a zaak, in an order in which their rows can go."""
    return tuple(one for one in _referring() if not one.nullable)


@cache
def loose_columns() -> tuple[Column[UUID], ...]:
    """The columns that may refer to a zaak and can do without; not that of deelzaken, which go too."""
    return tuple(one for one in _referring() if one.nullable and one.table.name != ZAAK.tablename)


def _referring() -> list[Column[UUID]]:
    return [
        key.parent
        for table in reversed(SQLModel.metadata.sorted_tables)
        for key in table.foreign_keys
        if key.target_fullname == f"{ZAAK.tablename}.id"
    ]


async def _family(unit: Unit, zaak_id: UUID) -> set[UUID]:
    """Ids of a zaak, its deelzaken, its hoofdzaak and the zaken that name one of those that go as relevant."""
    connection = await unit.connection()
    own = {row["id"] for row in await connection.fetch(_OWN, zaak_id)}
    named = [orjson.dumps([{"id": str(one)}]).decode() for one in own]
    return own | {row[0] for row in await connection.fetch(_AROUND, zaak_id, named)}


async def _let_go(unit: Unit, column: Column[UUID], ids: list[UUID]) -> None:
    resource = REGISTRY[column.table.name]
    statement = select(resource.table).where(column.in_(ids)).order_by(column.table.c.id).with_for_update()
    for row in await unit.find(statement):
        setattr(row, column.key, None)
        await unit.touch(resource, row)
