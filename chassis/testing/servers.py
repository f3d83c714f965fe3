"""One PostgreSQL and one NATS per test process, and a migrated template database per service."""

import asyncio
import secrets
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from chassis.catalog import ADMINISTRATOR, load_catalog
from chassis.embedded.nats import EmbeddedNats, ensure_streams
from chassis.embedded.postgres import EmbeddedPostgres
from chassis.migrations import upgrade
from chassis.sealing import Keyring

OUTSIDERS = ("afdeling-parkeren", "afdeling-afval", "apparaat-groen-1", "apparaat-wegen-1")


@dataclass
class Servers:
    """The servers of a test process, started when first asked for."""

    folder: Path
    keys: str = field(default_factory=Keyring.generate)
    _postgres: EmbeddedPostgres | None = None
    _nats: EmbeddedNats | None = None
    _templates: set[str] = field(default_factory=set)
    _numbers: int = 0

    @property
    def postgres(self) -> EmbeddedPostgres:
        """The database server, without fsync."""
        if self._postgres is None:
            self._postgres = EmbeddedPostgres(self.folder / "pg", durable=False)
            self._postgres.start()
        return self._postgres

    @property
    def nats(self) -> EmbeddedNats:
        """The NATS server, with a user for every service and some outsiders."""
        if self._nats is None:
            catalog = load_catalog()
            names = [ADMINISTRATOR, *catalog.services, *OUTSIDERS]
            identities = {name: secrets.token_urlsafe(12) for name in names}
            self._nats = EmbeddedNats(self.folder / "nats", catalog=catalog, identities=identities)
            self._nats.start()
        return self._nats

    async def ensure_streams(self) -> None:
        """Streams and buckets of services.toml."""
        await ensure_streams(self.nats.url(ADMINISTRATOR), load_catalog())

    async def database(self, service: str) -> str:
        """DSN of a fresh database of `service`, cloned from its migrated template."""
        template = f"template_{service}"
        if service not in self._templates:
            await asyncio.to_thread(self.postgres.create_database, template)
            await upgrade(self.postgres.dsn(template), service)
            self._templates.add(service)
        self._numbers += 1
        name = f"{service}_{self._numbers}"
        await asyncio.to_thread(self.postgres.create_database, name, template)
        return self.postgres.dsn(name)

    def stop(self) -> None:
        """End both."""
        if self._nats is not None:
            self._nats.stop()
        if self._postgres is not None:
            self._postgres.stop()


async def empty(dsn: str) -> None:
    """Remove every row of a database, whatever refers to it; quicker than TRUNCATE for the few rows of a test."""
    connection = await asyncpg.connect(dsn)
    try:
        tables = await connection.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        )
        statements = [f'DELETE FROM "{row["tablename"]}"' for row in tables]
        await connection.execute("; ".join(["SET session_replication_role = replica", *statements]))
    finally:
        await connection.close()
