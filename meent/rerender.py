"""`meent rerender`: render every stored representation anew, after a change of its shape or of the public base URL.

Representations carry absolute URLs, so the base URL they were made with is remembered in the database (`stored_setting`).
A service refuses to start on another one; this command, which may run while the old one still serves, makes it right.
"""

import argparse
import asyncio
import importlib
import sys
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from chassis.access import SYSTEM
from chassis.catalog import load_catalog
from chassis.database import Database
from chassis.resource import REGISTRY, Resource
from chassis.runtime import Runtime
from chassis.unit import Unit, unit_of_work

BATCH = 500


async def stored_public_url(database: Database) -> str | None:
    """The public base URL the stored representations carry; None in an empty installation."""
    rows = await database.fetch("SELECT value FROM stored_setting WHERE name = 'public_url'")
    return rows[0]["value"] if rows else None


async def rerender(runtime: Runtime) -> int:
    """Render all rows of a service, in batches of one transaction each; returns how many changed."""
    changed = 0
    prefix = f"services.{runtime.settings.service}."
    for resource in [entry for entry in REGISTRY.values() if entry.table.__module__.startswith(prefix)]:
        changed += await _rerender_resource(runtime, resource)
    await runtime.database.fetch(
        "INSERT INTO stored_setting (name, value) VALUES ('public_url', $1) "
        "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        runtime.settings.public_url,
    )
    return changed


async def _rerender_resource(runtime: Runtime, resource: Resource) -> int:
    changed, after = 0, None
    while True:
        async with unit_of_work(runtime, SYSTEM) as unit:
            table: Any = resource.table
            statement = select(table).order_by(table.id).limit(BATCH).with_for_update()
            rows = await unit.find(statement if after is None else statement.where(table.id > after))
            for row in rows:
                changed += await _rerender_row(unit, resource, row)
        if len(rows) < BATCH:
            return changed
        after = rows[-1].id


async def _rerender_row(unit: Unit, resource: Resource, row: Any) -> bool:
    """Only rows whose JSON differs are written; an unchanged one keeps its sealed bytes."""
    out = await resource.render(unit, row)
    if out.model_dump_json(by_alias=True).encode() == unit.body(resource, row):
        return False
    await unit.touch(resource, row)
    return True


async def _all(services: Sequence[str]) -> None:
    for name in services:
        runtime: Runtime = importlib.import_module(load_catalog().services[name].app.partition(":")[0]).app.runtime
        try:
            print(f"{name}: {await rerender(runtime)} rendered anew", flush=True)
        finally:
            await runtime.database.close()
            await runtime.outbound.close()


def main(arguments: Sequence[str]) -> int:
    """The command; needs the settings with which the services run."""
    known = [name for name, service in load_catalog().services.items() if service.apis]
    parser = argparse.ArgumentParser(prog="meent rerender", description="Render stored documents again.")
    parser.add_argument("service", nargs="*", help="default: every service")
    chosen = parser.parse_args(arguments).service or known
    if unknown := set(chosen) - set(known):
        parser.error(f"unknown service: {', '.join(sorted(unknown))}")
    asyncio.run(_all(chosen))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
