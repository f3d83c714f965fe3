"""A service under test: its application with real stores, and callers with the rights a test gives them."""

import asyncio
import importlib
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx
import pytest

from chassis.access import make_token
from chassis.app import Service
from chassis.policy import applicatie_key, credential_key
from chassis.runtime import Runtime
from chassis.settings import Settings
from chassis.testing.servers import Servers

SECRET = "a secret for tests only, of more than 32 bytes"  # noqa: S105
_modules: dict[str, Any] = {}


@dataclass
class ServiceUnderTest:
    """`client(…)` gives an httpx client on the application; `outbox()`, `audit()` show what was written."""

    service: Service
    dsn: str
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def runtime(self) -> Runtime:
        """The running service's parts."""
        return self.service.runtime

    def grant(
        self,
        client_id: str,
        autorisaties: Sequence[dict[str, Any]] = (),
        *,
        everything: bool = False,
        secret: str = SECRET,
    ) -> None:
        """Give a client these rights (replacing what it had), as the policy bucket would bring them."""
        applicatie = {
            "clientIds": [client_id],
            "label": client_id,
            "heeftAlleAutorisaties": everything,
            "autorisaties": list(autorisaties),
        }
        self._put(applicatie_key(str(uuid.uuid5(uuid.NAMESPACE_URL, client_id))), applicatie)
        self._put(credential_key(client_id), {"clientId": client_id, "secrets": [secret]})
        self.runtime.policy.loaded = True

    def client(
        self,
        client_id: str = "test",
        autorisaties: Sequence[dict[str, Any]] | None = None,
        *,
        headers: dict[str, str] | None = None,
        user_id: str = "tester",
    ) -> httpx.AsyncClient:
        """A caller. Without `autorisaties` it has all rights; an empty list gives a known client without any."""
        self.grant(client_id, autorisaties or (), everything=autorisaties is None)
        token = make_token(client_id, SECRET, user_id=user_id, user_representation=f"Test {user_id}")
        return self.anonymous(headers={"Authorization": f"Bearer {token}", **(headers or {})})

    def anonymous(self, headers: dict[str, str] | None = None) -> httpx.AsyncClient:
        """A caller without token."""
        transport = httpx.ASGITransport(app=self.service)
        return httpx.AsyncClient(transport=transport, base_url=self.runtime.settings.public_url, headers=headers)

    async def outbox(self) -> list[dict[str, Any]]:
        """The events in the outbox, oldest first: the CloudEvent with its NATS subject as `nats`."""
        rows = await self.runtime.database.fetch("SELECT subject, sequence, body FROM outbox ORDER BY position")
        return [{**json.loads(row["body"]), "nats": row["subject"], "sequence": row["sequence"]} for row in rows]

    async def audit(self) -> list[asyncpg.Record]:
        """The audit rows, oldest first."""
        return await self.runtime.database.fetch("SELECT * FROM auditregel ORDER BY aanmaakdatum, id")

    def _put(self, key: str, content: dict[str, Any]) -> None:
        sealed = self.runtime.keyring.seal(json.dumps(content).encode(), f"policy:{key}")
        self.runtime.policy._apply(key, sealed)  # noqa: SLF001 - what the watch would do


def load(name: str, servers: Servers) -> Any:
    """The module `services.<name>.main`, imported once with settings that let it import."""
    if name not in _modules:
        package = name if name == "gateway" else f"services.{name}"
        with pytest.MonkeyPatch.context() as patch:  # only while it is imported: other tests start real processes
            patch.setenv("MEENT_KEYS", servers.keys)
            patch.setenv(f"MEENT_{name.upper()}_DATABASE", "postgresql://unused/unused")
            _modules[name] = importlib.import_module(f"{package}.main")
    return _modules[name]


async def make(name: str, servers: Servers, *, dsn: str, live: bool, **settings: Any) -> ServiceUnderTest:
    """The service on its database. live: with relay, consumers and background work; the caller starts and stops it."""
    declared: Service = load(name, servers).app
    kind: type[Settings] = type(declared.runtime.settings)
    data = str(servers.folder / "data")
    values = {"database": dsn, "keys": servers.keys, "data": data, "public_url": "http://meent.test", **settings}
    if live:
        await servers.ensure_streams()
        values["nats"] = servers.nats.url(name)
    made = kind(service=name, **values)
    runtime = Runtime.make(made, declared.runtime.consumers, declared.runtime.background, declared.runtime.startup)
    return ServiceUnderTest(Service(runtime, [api for api, _ in declared.apis.values()], declared.other), dsn)


@asynccontextmanager
async def running(under_test: ServiceUnderTest) -> AsyncIterator[ServiceUnderTest]:
    """Start and stop a live service."""
    await under_test.runtime.start()
    try:
        yield under_test
    finally:
        await under_test.runtime.stop()


async def eventually(condition: Callable[[], Awaitable[Any]], *, seconds: float = 10) -> Any:
    """The first truthy result of `condition`; AssertionError after the deadline."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        result = await condition()
        if result:
            return result
        assert asyncio.get_running_loop().time() < deadline, f"{condition} did not come true in {seconds} s"
        await asyncio.sleep(0.02)
