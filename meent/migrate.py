"""`meent migrate [SERVICE]`: databases, and the streams when MEENT_NATS is set, brought up to date. Repeating is harmless."""

import argparse
import asyncio
import os
import sys

from chassis.catalog import Catalog, load_catalog
from chassis.embedded.nats import ensure_streams
from chassis.migrations import upgrade
from chassis.settings import Settings


def execute(arguments: argparse.Namespace) -> int:
    """Exit code 2 when no database is known, or not the one that was asked for."""
    catalog = load_catalog()
    names = [arguments.service] if arguments.service else list(catalog.services)
    dsns = {name: Settings.load(name).database.get_secret_value() for name in names}
    found = {name: dsn for name, dsn in dsns.items() if dsn}
    if not found:
        print(
            f"meent migrate: not set: {', '.join(f'MEENT_{name.upper()}_DATABASE' for name in names)}", file=sys.stderr
        )
        return 2
    asyncio.run(migrate(found))
    for name in found:
        print(f"{name}: up to date")
    if os.environ.get("MEENT_NATS") and not arguments.service:
        asyncio.run(_streams(catalog, arguments.replicas))
    return 0


async def migrate(dsns: dict[str, str]) -> None:
    """Upgrade the database of each service, by name."""
    for service, dsn in dsns.items():
        await upgrade(dsn, service)


async def _streams(catalog: Catalog, replicas: int) -> None:
    await ensure_streams(os.environ["MEENT_NATS"], catalog, replicas=replicas)
    print("streams: up to date")
