"""The application of a service: the one place that wires APIs, errors, units of work, health and background work.

`create_service` gives a plain ASGI application. It sends a request to the API whose base it starts with, within its
trace, and adds the headers that every answer has. Each API is a FastAPI application of its own, with its own OpenAPI
document at `{base}/openapi.json`.
"""

import logging
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import telemetry
from chassis.access import CurrentCaller
from chassis.consuming import Consumer
from chassis.idempotency import Replayed, claim
from chassis.openapi import document
from chassis.problems import CODES, Invalid, Problem, fields_of, problem_response
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


@dataclass(frozen=True)
class Api:
    """One API of a service: served at `/<name>/api/v1`.

    zgw: it follows the ZGW standard, which answers 403 where others answer 401 and knows no Idempotency-Key.
    """

    name: str
    title: str
    version: str
    routers: Sequence[APIRouter]
    description: str = ""
    zgw: bool = False

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
    toelichting = request.headers.get("x-audit-toelichting", "")
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
        self.other = other

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, or run the lifespan."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        found = self.apis.get(path.split("/", 2)[1]) if path.startswith("/") else None
        if found is None or not path.startswith(found[0].base):
            await self._own_paths(path, scope, receive, send)
            return
        api, app = found
        answer = _Answer(send, api.version)
        started = time.perf_counter()
        with telemetry.traced(_header(scope, b"traceparent")):
            try:
                await app({**scope, "root_path": api.base}, receive, answer.send)
            except Exception:  # the API's own handler has answered; here it is logged, without what was sent
                log.exception("request_failed", extra={"api": api.name, "method": scope["method"]})
                if not answer.status:
                    await problem_response(_unexpected())(scope, receive, answer.send)
            finally:
                telemetry.count("meent_requests_total", api=api.name, method=scope["method"], status=str(answer.status))
                telemetry.count("meent_request_seconds_total", time.perf_counter() - started, api=api.name)

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
            response = problem_response(Problem(404, "not_found", "Dit pad bestaat niet."))
        await response(scope, receive, send)

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


class _Answer:
    """Passes an answer on with the headers that every answer has, and remembers its status."""

    def __init__(self, send: Send, version: str) -> None:
        self._send, self._version, self.status = send, version.encode(), 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            present = {name for name, _ in message["headers"]}
            headers = [*message["headers"], (b"api-version", self._version)]
            headers += [(name, text) for name, text in SECURITY_HEADERS if name not in present]
            message = {**message, "headers": headers}
        await self._send(message)


def _api_app(runtime: Runtime, api: Api) -> FastAPI:
    app = FastAPI(
        title=api.title,
        version=api.version,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        max_body_size=runtime.settings.max_body,
        telemetry={"metrics": False, "logs": False, "operation_spans": False},
    )
    app.state.runtime, app.state.api = runtime, api
    for router in api.routers:
        app.include_router(router)
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(Replayed, _on_replayed)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_unexpected)
    app.openapi = lambda: _documented(app, api)  # type: ignore[method-assign]
    return app


def _documented(app: FastAPI, api: Api) -> dict[str, Any]:
    if app.openapi_schema is None:
        app.openapi_schema = document(app, api)
    return app.openapi_schema


async def _on_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - what it is registered for
    return problem_response(error)


async def _on_replayed(_: Request, error: Exception) -> Response:
    assert isinstance(error, Replayed)  # noqa: S101 - what it is registered for
    return error.response


async def _on_validation(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - what it is registered for
    return problem_response(Invalid(fields_of(error.errors())))


async def _on_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
    code = CODES.get(error.status_code, "error")
    detail = error.detail if isinstance(error.detail, str) else ""
    return problem_response(Problem(error.status_code, code, detail, headers=dict(error.headers or {})))


async def _on_unexpected(_: Request, __: Exception) -> Response:
    return problem_response(_unexpected())


def _unexpected() -> Problem:
    return Problem(500, "error", "Er ging iets mis. Het is vastgelegd onder het kenmerk in `instance`.")


def _header(scope: Scope, name: bytes) -> str | None:
    return next((text.decode("latin-1") for key, text in scope["headers"] if key == name), None)
