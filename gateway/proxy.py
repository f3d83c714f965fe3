"""Streaming reverse proxy: raw ASGI in, one pooled aiohttp session out, nothing buffered.

A request goes to the service of the longest API base that its path starts with. Bodies are streamed both ways and each
side waits for the other (back-pressure); whoever makes no progress for `Limits.idle` seconds is cut off, and a caller
that leaves takes its request to the service along. Only GET and HEAD are sent again, once, when the service closes a
connection under them. Query strings may hold personal data and are never logged.

The HTTP client was chosen by measurement: docs/adr/0012-gateway-http-client.md.
"""

import asyncio
import functools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass

import aiohttp
import orjson
import yarl
from starlette.types import Message, Receive, Scope, Send

from chassis import telemetry
from chassis.problems import NotFound, Problem, Unavailable, problem_body
from gateway.headers import Cors, Header, request_headers, response_headers, with_security

log = logging.getLogger(__name__)

WATCH_AFTER = 0.05
"""Seconds after which a request that is still under way is watched; most are answered before and never pay for it."""
REPEATABLE = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class Limits:
    """Seconds and bytes. `connections` is per service; who waits longer than `connect` for a free one gets 503."""

    body: int = 60 * 1024 * 1024
    connect: float = 2.0
    idle: float = 30.0
    connections: int = 200


@dataclass(frozen=True)
class Route:
    """One API: its base path (`/zaken/api/v1`), the service that has it and that service's internal base URL."""

    base: str
    service: str
    url: str
    zgw: bool = False
    """Whether it follows the ZGW standard, which answers 403 to a caller without a token."""
    public: bool = False
    """Whether it can be read without a token."""

    @functools.cached_property
    def _server(self) -> tuple[str, str, str]:
        url = yarl.URL(self.url)
        return url.scheme, url.authority, url.raw_path.rstrip("/")

    def address(self, path: str, query: str) -> yarl.URL:
        """Where the service has this path; both parts stay as they are encoded."""
        scheme, authority, prefix = self._server
        return yarl.URL.build(scheme=scheme, authority=authority, path=prefix + path, query_string=query, encoded=True)

    @functools.cached_property
    def openapi(self) -> bytes:
        """Path of the API's published description, which is open to all."""
        return f"{self.base}/openapi.json".encode()

    def open_to_all(self, raw_path: bytes) -> bool:
        """Whether what is at a path of this API can be read without a token."""
        return self.public or raw_path == self.openapi


Admit = Callable[[Scope, Route], Awaitable[None]]
"""Lets a request pass by returning and refuses it by raising a Problem."""


class Proxy:
    """ASGI app for every path that is an API's. `open` before the first request, `close` after the last."""

    def __init__(
        self,
        routes: Iterable[Route],
        *,
        admit: Admit | None = None,
        limits: Limits | None = None,
        cors: Cors | None = None,
    ) -> None:
        self.routes = sorted(routes, key=lambda route: len(route.base), reverse=True)
        self.admit, self.limits, self.cors = admit, limits or Limits(), cors or Cors()
        self.session: aiohttp.ClientSession

    def open(self) -> None:
        """Make the connection pool, of the running loop."""
        limits = self.limits
        # Shorter than a service keeps an idle connection (5 s): the closing side should be ours.
        connector = aiohttp.TCPConnector(
            limit=0, limit_per_host=limits.connections, keepalive_timeout=4, ttl_dns_cache=10
        )
        self.session = aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=None, connect=limits.connect, sock_connect=limits.connect),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        )
        self.session._retry_connection = False  # noqa: SLF001  it would repeat PUT and DELETE too; `fetch` decides

    async def close(self) -> None:
        """End the pool and what is still under way in it."""
        await self.session.close()

    def route(self, raw_path: bytes) -> Route | None:
        """The API that a path, as it came over the wire, belongs to."""
        path = raw_path.decode("latin-1")
        for route in self.routes:
            if path.startswith(route.base) and path[len(route.base) :][:1] in ("", "/"):
                return route
        return None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self.route(scope["raw_path"])
        public = route is not None and route.open_to_all(scope["raw_path"])
        extra = self.cors.answer(scope["headers"], public=public)
        try:
            if route is None:
                raise NotFound("Op dit adres staat geen API.")
            if scope["method"] == "OPTIONS" and is_preflight(scope):
                await answer(send, 204, [], b"", self.cors.preflight(scope["headers"], public=public))
                return
            if self.admit is not None:
                await self.admit(scope, route)
            await Exchange(self, scope, receive, send, extra).run(route)
        except Problem as problem:
            await refuse(send, problem, extra)


def is_preflight(scope: Scope) -> bool:
    """Whether a browser asks beforehand if it may send something."""
    return any(name == b"access-control-request-method" for name, _ in scope["headers"])


async def answer(send: Send, status: int, headers: list[Header], body: bytes, extra: Iterable[Header] = ()) -> None:
    """A whole answer of the gateway itself, with the security headers."""
    length = [] if status == 204 else [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": with_security([*headers, *length, *extra])})
    await send({"type": "http.response.body", "body": body})


async def refuse(send: Send, problem: Problem, extra: Iterable[Header] = ()) -> None:
    """The answer of a problem, as application/problem+json; counted by its code."""
    telemetry.count("meent_gateway_refused_total", code=problem.code)
    headers = [(b"content-type", b"application/problem+json")]
    headers += [(name.lower().encode(), value.encode()) for name, value in problem.headers.items()]
    await answer(send, problem.status, headers, orjson.dumps(problem_body(problem)), extra)


def too_large(limit: int) -> Problem:
    """413; the connection ends with it, so that the rest of the body need not be read."""
    detail = f"Het bericht is groter dan de toegestane {limit} bytes. Een groot document gaat in bestandsdelen."
    return Problem(413, "payload_too_large", detail, headers={"Connection": "close"})


class Gone(Exception):
    """The caller left while its body was on its way."""


class Exchange:
    """One request on its way to a service and back."""

    def __init__(self, proxy: Proxy, scope: Scope, receive: Receive, send: Send, extra: list[Header]) -> None:
        self.proxy, self.scope, self.receive, self.send, self.extra = proxy, scope, receive, send, extra
        self.loop = asyncio.get_running_loop()
        self.task = asyncio.current_task()
        self.progress = self.loop.time()
        self.failure: Problem | None = None  # why the watch or the body ended it
        self.gone = self.started = self.body_read = False
        self.on_caller = False  # it is the caller we wait for: its next piece of body, or its reading of the answer
        self.listener: asyncio.Task[None] | None = None
        self.timer = self.loop.call_later(WATCH_AFTER, self.watch)

    async def run(self, route: Route) -> None:
        """Send the request to the service and its answer to the caller; a Problem while nothing was answered yet."""
        try:
            await self.relay(await self.fetch(route))
        except (aiohttp.ClientError, asyncio.CancelledError, TimeoutError, Gone) as error:
            if isinstance(error, asyncio.CancelledError):
                if self.task is None or not (self.gone or self.failure):
                    raise  # the server stops
                self.task.uncancel()
            if self.gone:
                return
            problem = self.failure or problem_of(error, route)
            seen = {
                "method": self.scope["method"],
                "api": route.base,
                "code": problem.code,
                "error": type(error).__name__,
            }
            log.warning("request_broken_off", extra=seen)
            if not self.started:
                raise problem from None
            # The server sees an answer that is not finished and closes the connection: the caller knows it is cut off.
        finally:
            self.timer.cancel()
            if self.listener is not None:
                self.listener.cancel()

    async def fetch(self, route: Route) -> aiohttp.ClientResponse:
        """The service's answer, its body still to be read; a connection that was just closed is survived once."""
        path, query = self.scope["raw_path"].decode("latin-1"), self.scope["query_string"].decode("latin-1")
        url = route.address(path, query)
        method: str = self.scope["method"]
        headers = request_headers(self.scope["headers"])
        body = await self.body()
        request = self.proxy.session.request
        try:
            return await request(method, url, headers=headers, data=body, allow_redirects=False)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
            if method not in REPEATABLE or body is not None or isinstance(error, aiohttp.ClientConnectorError):
                raise
            return await request(method, url, headers=headers, allow_redirects=False)

    async def body(self) -> bytes | AsyncIterator[bytes] | None:
        """The request's body: none, the whole of a small one, or a stream of pieces."""
        length = next((value for name, value in self.scope["headers"] if name == b"content-length"), None)
        chunked = any(name == b"transfer-encoding" for name, _ in self.scope["headers"])
        if not chunked and (length is None or int(length) == 0):
            self.body_read = True
            return None
        if length is not None and int(length) > self.proxy.limits.body:
            raise too_large(self.proxy.limits.body)
        first = await self.piece()
        return first["body"] if self.body_read else self.pieces(first["body"])

    async def piece(self) -> Message:
        """The next message of the request's body; Gone when the caller left."""
        self.on_caller = True
        message = await self.receive()
        self.on_caller = False
        self.progress = self.loop.time()
        if message["type"] == "http.disconnect":
            self.gone = True
            raise Gone
        self.body_read = not message.get("more_body", False)
        return {"body": message.get("body", b"")}

    async def pieces(self, first: bytes) -> AsyncIterator[bytes]:
        """The body piece by piece; ends the request when it grows over the limit."""
        left = self.proxy.limits.body - len(first)
        yield first
        while not self.body_read:
            chunk: bytes = (await self.piece())["body"]
            left -= len(chunk)
            if left < 0:
                self.failure = too_large(self.proxy.limits.body)
                raise Gone
            yield chunk

    async def relay(self, response: aiohttp.ClientResponse) -> None:
        """Pass the answer on as it comes; the connection goes back to the pool only when all of it was read."""
        headers = response_headers(response.raw_headers, response.status) + self.extra
        content = response.content
        more = self.started = True
        try:
            await self.send({"type": "http.response.start", "status": response.status, "headers": headers})
            while more:
                chunk = await content.readany()
                more = not content.at_eof()
                self.progress, self.on_caller = self.loop.time(), True
                await self.send({"type": "http.response.body", "body": chunk, "more_body": more})
                self.progress, self.on_caller = self.loop.time(), False
        finally:
            if more:
                response.close()  # not read to its end: the connection cannot be used again

    def watch(self) -> None:
        """Called now and then while the request is under way: end it when nothing moves, or when the caller is gone."""
        idle = self.proxy.limits.idle
        if self.loop.time() - self.progress > idle:
            self.failure = stalled(on_caller=self.on_caller)
            self.end()
            return
        if self.body_read and self.listener is None:
            self.listener = self.loop.create_task(self.listen())
        self.timer = self.loop.call_later(min(1.0, idle / 4), self.watch)

    async def listen(self) -> None:
        """Ends the request when the caller leaves."""
        while (await self.receive())["type"] != "http.disconnect":
            pass
        self.gone = True
        self.end()

    def end(self) -> None:
        if self.task is not None:
            self.task.cancel()


def stalled(*, on_caller: bool) -> Problem:
    """408 or 504: which side made no progress for too long."""
    if on_caller:
        return Problem(408, "request_timeout", "Het verzoek kwam niet op tijd binnen.", headers={"Connection": "close"})
    return Problem(
        504, "gateway_timeout", "De achterliggende dienst antwoordde niet op tijd.", headers={"Retry-After": "5"}
    )


def problem_of(error: BaseException, route: Route) -> Problem:
    """503 when the service was not reached, so that nothing happened; 502 when it broke off."""
    if isinstance(error, (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)):
        return Unavailable("service_unavailable", f"De dienst van {route.base} is nu niet bereikbaar.")
    detail = f"De dienst van {route.base} gaf geen volledig antwoord; het is niet zeker of het verzoek is uitgevoerd."
    return Problem(502, "bad_gateway", detail, headers={"Retry-After": "2"})
