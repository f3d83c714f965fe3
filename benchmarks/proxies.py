"""The same smallest streaming GET proxy on three HTTP clients, to choose the gateway's by (docs/adr).

Setting TARGET: base URL of the server behind it. Nothing but passing on: no filters, timers or errors, so that only the
client differs.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, NamedTuple

import aiohttp
import httpx
import yarl
from httpx_aiohttp import AiohttpTransport

TARGET = os.environ.get("TARGET", "")
HOP_BY_HOP = frozenset({b"connection", b"transfer-encoding", b"server", b"date"})
SKIPPED = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


class Answer(NamedTuple):
    """What came back: the body still has to be read; `close` gives the connection back."""

    status: int
    headers: Sequence[tuple[bytes, bytes]]
    body: AsyncIterator[bytes]
    close: Callable[[], Awaitable[None]]


Fetch = Callable[[str, list[tuple[str, str]]], Awaitable[Answer]]


def aiohttp_session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=2),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        skip_auto_headers=SKIPPED,
    )


def by_aiohttp() -> Fetch:
    session = aiohttp_session()

    async def fetch(target: str, headers: list[tuple[str, str]]) -> Answer:
        response = await session.request("GET", yarl.URL(TARGET + target, encoded=True), headers=headers)

        async def close() -> None:
            response.release()

        return Answer(response.status, response.raw_headers, response.content.iter_any(), close)

    return fetch


def by_httpx(transport: httpx.AsyncBaseTransport | None = None) -> Fetch:
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
    client = httpx.AsyncClient(
        transport=transport, limits=limits, timeout=httpx.Timeout(30, connect=2), trust_env=False
    )

    async def fetch(target: str, headers: list[tuple[str, str]]) -> Answer:
        request = httpx.Request(
            "GET", TARGET + target, headers=headers, extensions={"timeout": client.timeout.as_dict()}
        )
        response = await client.send(request, stream=True)
        return Answer(response.status_code, response.headers.raw, response.aiter_raw(), response.aclose)

    return fetch


def by_httpx_aiohttp() -> Fetch:
    return by_httpx(AiohttpTransport(client=aiohttp_session))


class SmallestProxy:
    """ASGI app around a client; the client is made on the first request, in the running loop."""

    def __init__(self, make: Callable[[], Fetch]) -> None:
        self.make = make
        self.fetch: Fetch | None = None

    async def __call__(self, scope: Any, _receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        self.fetch = self.fetch or self.make()
        query: bytes = scope["query_string"]
        target = (scope["raw_path"] + (b"?" + query if query else b"")).decode("latin-1")
        headers = [(name.decode(), value.decode()) for name, value in scope["headers"] if name not in HOP_BY_HOP]
        answer = await self.fetch(target, headers)
        passed = [(name.lower(), value) for name, value in answer.headers if name.lower() not in HOP_BY_HOP]
        await send({"type": "http.response.start", "status": answer.status, "headers": passed})
        async for chunk in answer.body:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await answer.close()
        await send({"type": "http.response.body", "body": b""})


httpx_app = SmallestProxy(by_httpx)
httpx_aiohttp_app = SmallestProxy(by_httpx_aiohttp)
aiohttp_app = SmallestProxy(by_aiohttp)
