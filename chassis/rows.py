"""Rows by plain statements: what the ORM would send, as objects that a session of the ORM can take over at any time.

An insert through a session costs a service six times the CPU of its statement. Values are converted by the types of their
columns, as the ORM does it, and what a constraint refuses is the same IntegrityError.
"""

import functools
import uuid
from collections.abc import Collection, Mapping
from typing import Any

import asyncpg
from sqlalchemy import Float
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import class_mapper, make_transient_to_detached
from sqlalchemy.orm.attributes import instance_state, manager_of_class, set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from chassis.database import DIALECT
from chassis.resource import Row


class _Table:
    """The columns of a table, which are the attributes of its rows, and the statements on them."""

    def __init__(self, table: type[Row]) -> None:
        columns = list(class_mapper(table).columns)  # makes the mapper ready, which a new process has not done yet
        types = {column.key: column.type.dialect_impl(DIALECT) for column in columns}
        self.name = table.__tablename__
        self.into = {key: kind.bind_processor(DIALECT) for key, kind in types.items()}
        self.out = {key: kind.result_processor(DIALECT, _oid(kind)) for key, kind in types.items()}
        self.defaults = {column.key: column.default for column in columns if column.default is not None}
        places = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
        names = ", ".join(types)
        self.insert = f"INSERT INTO {self.name} ({names}) VALUES ({places})"  # noqa: S608 - own names
        self.select = f"SELECT {names} FROM {self.name} WHERE id = ANY($1::uuid[]) ORDER BY id"  # noqa: S608 - own names

    def sent(self, row: Row, key: str) -> Any:
        """A value as the driver takes it; as with the ORM, None where there is a default is that default."""
        value, convert = row.__dict__.get(key), self.into[key]
        if value is None and key in self.defaults:
            default: Any = self.defaults[key]
            value = default.arg(None) if default.is_callable else default.arg
            set_committed_value(row, key, value)
        return value if convert is None else convert(value)

    def taken(self, record: asyncpg.Record) -> dict[str, Any]:
        """The attributes of a record."""
        return {key: value if (convert := self.out[key]) is None else convert(value) for key, value in record.items()}


def _oid(kind: Any) -> int:
    """What the driver would tell of a column with a number: float8 or numeric; the other types do not ask."""
    return 701 if isinstance(kind, Float) else 1700


_table = functools.cache(_Table)


async def insert(connection: asyncpg.Connection, row: Row) -> None:
    """Insert a new row. Raises IntegrityError."""
    table = _table(type(row))
    await _execute(connection, table.insert, [table.sent(row, key) for key in table.into])
    make_transient_to_detached(row)


async def update(connection: asyncpg.Connection, row: Row) -> None:
    """Store what became another value since the row was read or stored. Raises IntegrityError."""
    table, before = _table(type(row)), dict(instance_state(row).committed_state)
    changed = [key for key, value in before.items() if key in table.into and value != row.__dict__[key]]
    if changed:
        places = ", ".join(f"{key} = ${number}" for number, key in enumerate(changed, 2))
        sql = f"UPDATE {table.name} SET {places} WHERE id = $1"  # noqa: S608 - own names
        if await _execute(connection, sql, [row.id, *(table.sent(row, key) for key in changed)]) != "UPDATE 1":
            raise StaleDataError(f"a row of {table.name} is gone")
    for key in before:
        set_committed_value(row, key, row.__dict__[key])


async def delete(connection: asyncpg.Connection, row: Row) -> None:
    """Remove a row. Raises IntegrityError."""
    await _execute(connection, f"DELETE FROM {_table(type(row)).name} WHERE id = $1", [row.id])  # noqa: S608 - own names


async def fetch(
    connection: asyncpg.Connection, kind: type[Row], ids: Collection[uuid.UUID], known: Mapping[Any, Row], *, lock: bool
) -> list[Row]:
    """The rows with these ids, in that order, which is also that of their locks: no two units wait for each other.

    known: the objects that already stand for rows, by table and id; they get what is stored now.
    """
    table = _table(kind)
    records = await connection.fetch(table.select + (" FOR UPDATE" if lock else ""), ids)
    return [_object(kind, table.taken(record), known.get((kind, record["id"]))) for record in records]


def _object(kind: type[Row], values: dict[str, Any], known: Row | None) -> Row:
    if known is not None:
        for key, value in values.items():
            set_committed_value(known, key, value)
        return known
    made: Row = manager_of_class(kind).new_instance()
    made.__dict__.update(values)
    make_transient_to_detached(made)
    return made


async def _execute(connection: asyncpg.Connection, sql: str, values: list[Any]) -> str:
    try:
        done: str = await connection.execute(sql, *values)
    except asyncpg.IntegrityConstraintViolationError as error:
        # Not the text of the error, which quotes values.
        refused = AsyncAdapt_asyncpg_dbapi.IntegrityError(type(error).__name__, error)  # type: ignore[no-untyped-call]
        refused.__cause__ = error
        raise IntegrityError(sql, None, refused) from error
    return done
