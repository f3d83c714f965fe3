"""PostgreSQL and NATS for a benchmark, as durable as in production, with the environment that services run in."""

import asyncio
import contextlib
import secrets
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import nats
import orjson

from chassis.access import make_token
from chassis.catalog import ADMINISTRATOR, inbox_prefix, load_catalog
from chassis.embedded.nats import EmbeddedNats, ensure_streams
from chassis.embedded.postgres import EmbeddedPostgres
from chassis.migrations import upgrade
from chassis.policy import BUCKET, applicatie_key, credential_key
from chassis.sealing import Keyring

SECRET = "a secret for benchmarks only, long enough"


class Stores:
    """Both servers while they run. Pids for Target.processes: `postgres.pid`, `nats.pid`."""

    def __init__(self, postgres: EmbeddedPostgres, nats_server: EmbeddedNats, data: Path) -> None:
        self.postgres, self.nats, self.data = postgres, nats_server, data
        self.keys = Keyring.generate()

    async def database(self, name: str, *, migrate: bool = True) -> str:
        """DSN of a new database; `name` is the service whose tables it gets, or anything without `migrate`."""
        await asyncio.to_thread(self.postgres.create_database, name)
        dsn = self.postgres.dsn(name)
        if migrate:
            await upgrade(dsn, name)
        return dsn

    async def environment(self, service: str) -> dict[str, str]:
        """What `meent run` needs for a service; makes its database."""
        return {
            f"MEENT_{service.upper()}_DATABASE": await self.database(service),
            "MEENT_NATS": self.nats.url(service),
            "MEENT_KEYS": self.keys,
            "MEENT_ALLOW_HOSTS": "127.0.0.1",
            "MEENT_DATA": str(self.data),
        }

    async def grant(self, client_id: str, autorisaties: Sequence[dict[str, Any]] = ()) -> str:
        """Give a client these rights, or all, as the Autorisaties API would publish it; a token of that client, valid an hour."""
        applicatie = {"clientIds": [client_id], "label": client_id, "autorisaties": list(autorisaties)}
        applicatie["heeftAlleAutorisaties"] = not autorisaties
        entries = {
            applicatie_key(client_id): applicatie,
            credential_key(client_id): {"clientId": client_id, "secrets": [SECRET]},
        }
        keyring = Keyring.load(self.keys)
        prefix = inbox_prefix(ADMINISTRATOR).encode()
        client = await nats.connect(self.nats.url(ADMINISTRATOR), inbox_prefix=prefix)
        try:
            bucket = await client.jetstream().key_value(BUCKET)
            for key, content in entries.items():
                await bucket.put(key, keyring.seal(orjson.dumps(content), f"{BUCKET}:{key}"))
        finally:
            await client.close()
        return make_token(client_id, SECRET, user_id="bench", user_representation="Bench")


@contextlib.asynccontextmanager
async def stores() -> AsyncIterator[Stores]:
    """Both servers with empty data and the streams of services.toml, until the block ends."""
    catalog = load_catalog()
    identities = {name: secrets.token_urlsafe(12) for name in (ADMINISTRATOR, *catalog.services)}
    with tempfile.TemporaryDirectory(prefix="meent-bench-") as folder:
        postgres = EmbeddedPostgres(Path(folder) / "postgres")
        server = EmbeddedNats(Path(folder) / "nats", catalog=catalog, identities=identities)
        with postgres, server:
            await ensure_streams(server.url(ADMINISTRATOR), catalog)
            yield Stores(postgres, server, Path(folder) / "data")
