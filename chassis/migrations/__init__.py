"""Alembic for every service: the tables of the chassis are one branch, those of the service another; both in one go."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.database import sqlalchemy_url

ROOT = Path(__file__).parents[2]
_LOCK = 7316843


def config(service: str, connection: Connection | None = None) -> Config:
    """Alembic's configuration for a service: its own versions beside those of the chassis."""
    result = Config()
    result.set_main_option("script_location", str(Path(__file__).parent))
    folders = [Path(__file__).parent / "versions", ROOT / "services" / service / "migrations" / "versions"]
    result.set_main_option("version_locations", "\n".join(str(folder) for folder in folders if folder.is_dir()))
    result.set_main_option("path_separator", "newline")
    result.attributes["connection"] = connection
    return result


async def upgrade(dsn: str, service: str) -> None:
    """Bring the database of `service` to the newest version; two at once wait for each other."""
    engine = create_async_engine(sqlalchemy_url(dsn))
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
            await connection.commit()
            await connection.run_sync(lambda sync: command.upgrade(config(service, sync), "heads"))
            await connection.commit()
    finally:
        await engine.dispose()


def upgrade_now(dsn: str, service: str) -> None:
    """`upgrade` for callers without an event loop."""
    asyncio.run(upgrade(dsn, service))
