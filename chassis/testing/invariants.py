"""What must hold in a service's database after every test, whatever the test was about."""

import re
from typing import Any

import asyncpg
from sqlalchemy import select

from chassis.access import SYSTEM
from chassis.resource import REGISTRY, Resource, etag_of
from chassis.runtime import Runtime
from chassis.unit import Unit

# Test BSNs start with 9999; those digits inside a longer word, as in a UUID, are chance.
_BSN = re.compile(r"(?<![0-9A-Za-z-])9999\d{5}(?![0-9A-Za-z-])")
_BYTEA = re.compile(r"\\x((?:[0-9a-f]{2})+)")


async def check_representations(runtime: Runtime) -> None:
    """Every stored representation equals a freshly rendered one, and its etag belongs to it."""
    present = await _tables(runtime)
    for resource in REGISTRY.values():
        if resource.tablename in present and resource.table.__module__.startswith(
            f"services.{runtime.settings.service}."
        ):
            await _check_resource(runtime, resource)


async def _check_resource(runtime: Runtime, resource: Resource) -> None:
    async with runtime.database.session() as session:
        unit = Unit(runtime, session, SYSTEM)
        rows: list[Any] = list((await session.scalars(select(resource.table))).all())
        for row in rows:
            stored = unit.body(resource, row)
            fresh = (await resource.render(unit, row)).model_dump_json(by_alias=True).encode()
            assert stored == fresh, f"{resource.name} {row.id}: stored {stored!r} is not what it renders to: {fresh!r}"
            assert row.etag == etag_of(stored), f"{resource.name} {row.id}: etag is of other bytes"
            if resource.sealed:
                assert stored not in row.representation, f"{resource.name} {row.id} is not sealed"


async def check_canary(runtime: Runtime) -> None:
    """No test BSN stands in any column of any table."""
    for table in await _tables(runtime):
        rows = await runtime.database.fetch(f'SELECT t::text AS line FROM "{table}" t')
        for row in rows:
            found = _BSN.search(_readable(row["line"]))
            assert found is None, f"a BSN stands in table {table}: {row['line'][:400]}"


def _readable(line: str) -> str:
    """A row as PostgreSQL prints it, with the bytes of bytea columns as the text they may be."""
    return _BYTEA.sub(lambda match: bytes.fromhex(match[1]).decode("latin-1"), line)


async def _tables(runtime: Runtime) -> set[str]:
    rows: list[asyncpg.Record] = await runtime.database.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
    )
    return {row["tablename"] for row in rows}
