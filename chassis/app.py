"""The application of a service: the one place that wires APIs, errors, units of work, health and background work.

`create_service` gives a plain ASGI application. It sends a request to the API whose base it starts with, within its
trace, and adds the headers that every answer has. Each API is a FastAPI application of its own, with its own OpenAPI
document at `{base}/openapi.json`.
"""

import logging
import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from opentelemetry.trace import SpanKind
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import telemetry
from chassis.access import CurrentCaller
from chassis.consuming import Consumer
from chassis.database import is_lost_race, is_refused_value
from chassis.idempotency import Replayed, claim
from chassis.openapi import document
from chassis.problems import Conflict, Invalid, NotFound, Problem, fields_of, problem_of, problem_response
from chassis.routing import Routes
from chassis.runtime import Background, Runtime
from chassis.settings import Settings
from chassis.unit import Unit, unit_of_work

log = logging.getLogger(__name__)
SECURITY_HEADERS = [
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"frame-ancestors 'none'"),
    (b"strict-transport-security", b"max-age=31536000"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
]
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


@dataclass(frozen=True)
class Api:
    """One API of a service: served at `/<name>/api/v1`.

    zgw: it follows the ZGW standard, which answers 403 where others answer 401 and knows no Idempotency-Key.
    largest_body: bytes that a body may have, by path below the base; by default what the settings say for all.
    too_large: what is said of a body that has more.
    """

    name: str
    title: str
    version: str
    routers: Sequence[APIRouter]
    description: str = ""
    zgw: bool = False
    largest_body: Callable[[Settings, str], int] = lambda settings, _: settings.max_body
    too_large: str = "Bericht te groot."

    @property
    def base(self) -> str:
        """Path below the public base URL."""
        return f"/{self.name}/api/v1"

    @property
    def unauthenticated_status(self) -> int:
        """Status of an answer to a caller without a valid token."""
        return 403 if self.zgw else 401


async def open_unit(request: Request, caller: CurrentCaller) -> AsyncIterator[Unit]:
    """The unit of work of a request: committed before the response leaves (`scope="function"`)."""
    state = request.app.state
    toelichting = _text(request.headers.get("x-audit-toelichting", ""))
    await _refuse_unstorable(request)
    async with unit_of_work(state.runtime, caller, toelichting) as unit:
        if request.method == "POST" and not state.api.zgw:
            await claim(request, unit)
        yield unit


UnitOfWork = Annotated[Unit, Depends(open_unit, scope="function")]
"""In a route that writes: one transaction, committed before the answer leaves."""


class Service:
    """A service as an ASGI application."""

    def __init__(self, runtime: Runtime, apis: Sequence[Api], other: ASGIApp | None = None) -> None:
        self.runtime = runtime
        self.apis = {api.name: (api, _api_app(runtime, api)) for api in apis}
        self._routes = {name: Routes(app) for name, (_, app) in self.apis.items()}
        self.other = other

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, or run the lifespan."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        found = self.apis.get(path.split("/", 2)[1]) if path.startswith("/") else None
        if found is None or not path.startswith(f"{found[0].base}/"):
            await self._own_paths(path, scope, receive, send)
            return
        api, method, started = found[0], scope["method"], time.perf_counter()
        answer = _Answer(send, api.version, bodiless=method == "HEAD")
        with telemetry.traced(_header(scope, b"traceparent"), method, SpanKind.SERVER):
            try:
                await self._serve(api, found[1], scope, receive, answer)
            except Exception as error:
                response = None if answer.status else _answer_to(error)
                if response is None:  # logged without what was sent
                    log.exception("request_failed", extra={"api": api.name, "method": method})
                if not answer.status:
                    await (response or problem_response(_unexpected()))(scope, receive, answer.send)
            finally:
                telemetry.answered(method, f"{api.base}{answer.route}", answer.status)
                telemetry.count("meent_requests_total", api=api.name, method=method, status=str(answer.status))
                telemetry.count("meent_request_seconds_total", time.perf_counter() - started, api=api.name)

    async def _serve(self, api: Api, app: FastAPI, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        path, method = scope["path"].removeprefix(api.base), scope["method"]
        most = api.largest_body(self.runtime.settings, path)
        if _announced(scope) > most:
            raise HTTPException(413, api.too_large)
        if path == "/openapi.json" and method in {"GET", "HEAD"}:
            await Response(orjson.dumps(app.openapi()), media_type="application/json")(scope, receive, answer.send)
            return
        operation, places = self._routes[api.name].find(method, path)
        answer.route = operation.path
        inner = {**scope, "root_path": api.base, "app": app, "path_params": places}
        inner |= {"method": "GET" if method == "HEAD" else method, "bodiless": method == "HEAD"}
        await operation.serve(inner, _counted(receive, most, api.too_large), answer.send)

    async def _own_paths(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        if path == "/health/live":
            response = Response(b'{"status":"ok"}', media_type="application/json")
        elif path == "/health/ready":
            checks = await self.runtime.ready()
            status = 200 if all(checks.values()) else 503
            response = Response(orjson.dumps(checks), status, media_type="application/json")
        elif path == "/metrics":
            await self.runtime.measure()
            response = Response(telemetry.exposition(), media_type="text/plain; version=0.0.4")
        elif self.other is not None:
            await self.other(scope, receive, send)
            return
        else:
            response = problem_response(problem_of(404))
        await response(scope, receive, _Answer(send).send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self.runtime.start()
        except Exception as error:
            log.critical("start_failed", exc_info=True)
            await send({"type": "lifespan.startup.failed", "message": type(error).__name__})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.runtime.stop()
        await send({"type": "lifespan.shutdown.complete"})


def create_service(
    settings: Settings,
    apis: Sequence[Api],
    *,
    consumers: Sequence[Consumer] = (),
    background: Sequence[Background] = (),
    startup: Sequence[Background] = (),
    other: ASGIApp | None = None,
) -> Service:
    """The application of a service.

    background: coroutine functions that run beside it for ever. startup: those that must succeed once before it is
    ready. other: ASGI application for the remaining paths.
    """
    return Service(Runtime.make(settings, consumers, background, startup), apis, other)


def _announced(scope: Scope) -> int:
    """Bytes that a body says it has; one without announced length is counted while it is read."""
    announced = _header(scope, b"content-length") or ""
    return int(announced) if announced.isascii() and announced.isdigit() and len(announced) < 20 else 0


def _counted(receive: Receive, most: int, otherwise: str) -> Receive:
    """Receives a body of at most so many bytes. FastAPI's own limit wraps every request three times."""
    total = 0

    async def counted() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > most:
            raise HTTPException(413, otherwise)
        return message

    return counted


class _Answer:
    """Passes an answer on with the headers that every answer has, and remembers its status and whose answer it is."""

    def __init__(self, send: Send, version: str = "", *, bodiless: bool = False) -> None:
        self._send, self._bodiless, self.status, self.route = send, bodiless, 0, ""
        self._version = [(b"api-version", version.encode())] if version else []

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            present = {name for name, _ in message["headers"]}
            headers = [*message["headers"], *self._version]
            headers += [(name, text) for name, text in SECURITY_HEADERS if name not in present]
            message = {**message, "headers": headers}
        elif self._bodiless:
            message = {**message, "body": b""}
        await self._send(message)


def _api_app(runtime: Runtime, api: Api) -> FastAPI:
    app = FastAPI(
        title=api.title,
        version=api.version,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.runtime, app.state.api = runtime, api
    for router in api.routers:
        app.include_router(router)
    app.openapi = lambda: _documented(app, api)  # type: ignore[method-assign]
    return app


def _documented(app: FastAPI, api: Api) -> dict[str, Any]:
    if app.openapi_schema is None:
        app.openapi_schema = document(app, api)
    return app.openapi_schema


def _answer_to(error: Exception) -> Response | None:
    """The answer of an error that is no defect of ours."""
    match error:
        case Replayed():
            return error.response
        case Problem():
            problem: Problem = error
        case RequestValidationError() if any(item["loc"][0] == "path" for item in error.errors()):
            problem = NotFound()
        case RequestValidationError(body=bytes()):  # what is not declared to be JSON is not parsed
            problem = problem_of(415)
        case RequestValidationError():
            problem = Invalid(fields_of(error.errors()))
        case HTTPException(status_code=400):
            problem = Invalid.field("nonFieldErrors", "parse_error", "Dit is geen geldige JSON.")
        case HTTPException():
            problem = problem_of(error.status_code, dict(error.headers or {}))
            problem.detail = error.detail if error.status_code == 413 else problem.detail
        case _ if is_refused_value(error):
            log.warning("value_refused", exc_info=error)
            problem = _refused()
        case _ if is_lost_race(error):  # nothing is stored; the rules that foresee it answer more precisely
            log.warning("race_lost", exc_info=error)
            problem = Conflict(
                "gelijktijdig-gewijzigd", "Iemand anders wijzigde dit net. Haal het op en probeer opnieuw."
            )
        case _:
            return None
    return problem_response(problem)


def _text(header: str) -> str:
    """A header's text: clients send UTF-8, which arrives as if it were Latin-1."""
    try:
        return header.encode("latin-1").decode()
    except UnicodeDecodeError:
        return header


async def _refuse_unstorable(request: Request) -> None:
    """Raises Invalid for JSON with what is text to a JSON parser and not to a database: NUL, half a surrogate pair."""
    if "json" not in request.headers.get("content-type", ""):
        return
    body = await request.body()
    if b"\\" not in body or b"\\u" not in body:  # one byte is sought ten times as fast as two, which counts for files
        return
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _refused() from error
    if _NUL.search(body):
        raise _refused()


def _refused() -> Invalid:
    return Invalid.field("nonFieldErrors", "invalid", "Een waarde is te groot of bevat een verboden teken.")


def _unexpected() -> Problem:
    return Problem(500, "error", "Er ging iets mis. Het is vastgelegd onder het kenmerk in `instance`.")


def _header(scope: Scope, name: bytes) -> str | None:
    return next((text.decode("latin-1") for key, text in scope["headers"] if key == name), None)
