"""Subscribers on loopback that behave as a test wants, and the rows a dispatcher works on."""

import asyncio
import contextlib
import functools
import ssl
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
import uvicorn
from uvicorn.server import ServerState

from chassis.testing.service import ServiceUnderTest, eventually

AUTH = "Bearer canary-of-the-subscriber-8471"
NOTIFICATIES, BEZORGING = "/notificaties/api/v1", "/bezorging/api/v1"
Behaviour = Callable[["Hit"], Awaitable[tuple[int, dict[str, str]]]]


@dataclass(frozen=True)
class Hit:
    """One call that came in."""

    path: str
    headers: dict[str, str]
    body: Any
    at: float
    raw: bytes = b""


def status(code: int, **headers: str) -> Behaviour:
    """Answer everything with this status; header names with _ for -."""

    async def behave(_: Hit) -> tuple[int, dict[str, str]]:
        return code, {name.replace("_", "-"): text for name, text in headers.items()}

    return behave


async def hang(_: Hit) -> tuple[int, dict[str, str]]:
    """Never answer."""
    await asyncio.Event().wait()
    return 500, {}


@dataclass
class Subscribers:
    """One server with many subscribers, one per path. Calls without the right Authorization get 401, on every path."""

    url: str = ""
    hits: list[Hit] = field(default_factory=list)
    refused: list[Hit] = field(default_factory=list)
    behaviours: dict[str, Behaviour] = field(default_factory=dict)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        headers = {name.decode(): text.decode() for name, text in scope["headers"]}
        hit = Hit(scope["path"], headers, orjson.loads(body), time.perf_counter(), body)
        code, extra = await self._answer(hit)
        raw = [(name.encode(), text.encode()) for name, text in extra.items()]
        await send({"type": "http.response.start", "status": code, "headers": raw})
        await send({"type": "http.response.body", "body": b""})

    async def _answer(self, hit: Hit) -> tuple[int, dict[str, str]]:
        if hit.headers.get("authorization") != AUTH:
            self.refused.append(hit)
            return 401, {}
        if isinstance(hit.body, dict) and hit.body.get("kanaal") == "test":
            return 204, {}
        self.hits.append(hit)
        return await self.behaviours.get(hit.path, status(204))(hit)

    def at(self, path: str) -> list[Hit]:
        """The notificaties that came in on a path."""
        return [hit for hit in self.hits if hit.path == path]

    async def has(self, path: str, count: int) -> list[Hit] | None:
        """For `eventually`: at least so many came in."""
        found = self.at(path)
        return found if len(found) >= count else None


@contextlib.asynccontextmanager
async def serving(app: Any, context: ssl.SSLContext | None = None, *, port: int = 0) -> AsyncIterator[str]:
    """Base URL of an ASGI app on uvicorn's own protocol, in the test's loop; with a context over TLS. Port 0: a free one."""
    config = uvicorn.Config(app, http="httptools", lifespan="off", access_log=False, log_level="critical")
    config.load()
    state = ServerState()
    make = functools.partial(config.http_protocol_class, config=config, server_state=state, app_state={})
    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", port, ssl=context)
    try:
        yield f"{'https' if context else 'http'}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for connection in list(state.connections):
            connection.transport.abort()
        tasks = list(state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def subscribers() -> AsyncIterator[Subscribers]:
    """A running set of subscribers."""
    made = Subscribers()
    async with serving(made) as url:
        made.url = url
        yield made


async def kanaal(client: httpx.AsyncClient, naam: str = "zaken", filters: tuple[str, ...] = ()) -> None:
    """Register a kanaal when it is not there."""
    found = await client.get(f"{NOTIFICATIES}/kanaal", params={"naam": naam})
    if not found.json():
        made = await client.post(f"{NOTIFICATIES}/kanaal", json={"naam": naam, "filters": list(filters)})
        assert made.status_code == 201, made.text


async def subscribe(
    client: httpx.AsyncClient, url: str, naam: str = "zaken", filters: dict[str, str] | None = None, **more: Any
) -> dict[str, Any]:
    """Take an abonnement; its JSON."""
    body = {"callbackUrl": url, "auth": AUTH, "kanalen": [{"naam": naam, "filters": filters or {}}], **more}
    made = await client.post(f"{NOTIFICATIES}/abonnement", json=body)
    assert made.status_code == 201, made.text
    return dict(made.json())


def message(naam: str = "zaken", number: int = 0, **kenmerken: str) -> dict[str, Any]:
    """A notificatie as a publisher sends it."""
    return {
        "kanaal": naam,
        "hoofdObject": f"https://zaken.example/zaken/{number}",
        "resource": "status",
        "resourceUrl": f"https://zaken.example/statussen/{uuid.uuid4()}",
        "actie": "create",
        "aanmaakdatum": "2026-01-01T12:00:00Z",
        "kenmerken": kenmerken,
    }


async def publish(client: httpx.AsyncClient, **given: Any) -> dict[str, Any]:
    """Offer a notificatie; what was offered."""
    body = message(**given)
    answer = await client.post(f"{NOTIFICATIES}/notificaties", json=body)
    assert answer.status_code == 201, answer.text
    return body


async def deliveries(client: httpx.AsyncClient, **chosen: str) -> list[dict[str, Any]]:
    """The afleveringen with these properties."""
    answer = await client.get(f"{BEZORGING}/afleveringen", params=chosen)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["results"])


async def delivered(client: httpx.AsyncClient, count: int, **chosen: str) -> list[dict[str, Any]]:
    """The afleveringen with these properties, once there are so many."""

    async def enough() -> list[dict[str, Any]] | None:
        found = await deliveries(client, **chosen)
        return found if len(found) >= count else None

    return list(await eventually(enough))


async def leading(under_test: ServiceUnderTest) -> None:
    """Wait until every part of a live service works: startup done, consumers there."""

    async def ready() -> bool:
        checks = await under_test.runtime.ready()
        return all(checks.values()) and under_test.runtime.messaging.connected

    under_test.runtime.policy.loaded = True
    await eventually(ready)


def number(abonnement: dict[str, Any]) -> str:
    """The id in a URL."""
    return str(abonnement["url"].rsplit("/", 1)[1])


def setting(abonnement: dict[str, Any]) -> str:
    """Path of the bezorginstelling of an abonnement."""
    return f"{BEZORGING}/bezorginstellingen/{number(abonnement)}"


async def ask(client: httpx.AsyncClient, abonnement: dict[str, Any], **wanted: Any) -> None:
    """Change the bezorginstelling of an abonnement."""
    answer = await client.patch(setting(abonnement), json=wanted)
    assert answer.status_code == 200, answer.text


async def tell(client: httpx.AsyncClient, hoofdobject: int, resource: str, actie: str = "create") -> None:
    """A notificatie about something of a hoofdobject, or the hoofdobject itself when the resource is zaak."""
    url = f"https://m/zaken/{hoofdobject}"
    about = url if resource == "zaak" else f"{url}/{resource}"
    body = message() | {"hoofdObject": url, "resource": resource, "resourceUrl": about, "actie": actie}
    answer = await client.post(f"{NOTIFICATIES}/notificaties", json=body)
    assert answer.status_code == 201, answer.text
