"""Servers on free ports in the test's own loop: uvicorn for an ASGI app, bare sockets for what uvicorn never does."""

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Awaitable, Callable

import uvicorn
from uvicorn.server import ServerState

from gateway.headers import Cors
from gateway.proxy import Admit, Limits, Proxy, Route


@contextlib.asynccontextmanager
async def serving(app: object) -> AsyncIterator[str]:
    """Base URL of an ASGI app on uvicorn's own protocol, without the seconds its server takes to stop."""
    config = uvicorn.Config(app, http="httptools", lifespan="off", access_log=False, log_level="critical")
    config.load()
    state = ServerState()
    state.default_headers = [(b"date", b"Sun, 22 Nov 2026 08:00:00 GMT")]
    make = functools.partial(config.http_protocol_class, config=config, server_state=state, app_state={})
    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for connection in list(state.connections):
            connection.transport.abort()
        for task in list(state.tasks):
            task.cancel()
        await asyncio.gather(*state.tasks, return_exceptions=True)


Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def listening(handler: Handler) -> AsyncIterator[str]:
    """Base URL of a bare socket server; its connections end with the block."""
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        with contextlib.suppress(asyncio.CancelledError, OSError, asyncio.IncompleteReadError):
            await handler(reader, writer)
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def proxying(
    url: str,
    *more: Route,
    base: str = "/zaken/api/v1",
    admit: Admit | None = None,
    limits: Limits | None = None,
    cors: Cors | None = None,
) -> AsyncIterator[str]:
    """Base URL of a gateway whose only API, `base`, is at `url`."""
    proxy = Proxy([Route(base, "zaken", url), *more], admit=admit, limits=limits, cors=cors)
    proxy.open()
    try:
        async with serving(proxy) as own:
            yield own
    finally:
        await proxy.close()


async def until(condition: Callable[[], object], seconds: float = 5) -> None:
    """Returns when the condition holds; fails the test when it does not come to hold."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


def connect(url: str) -> Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A raw connection to a server."""
    host, port = url.removeprefix("http://").split(":")
    return asyncio.open_connection(host, int(port))
