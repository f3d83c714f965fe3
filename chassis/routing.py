"""Operations: found without regular expressions, and called by what was compiled once from their signatures.

FastAPI reads the signatures and writes the contract. Solving them again at every request would cost more than all else a
read does, so each parameter becomes a step here. What is not compiled (forms, several bodies, answers that are no Response)
leaves that one operation to FastAPI's own handler.
"""

import inspect
from collections import defaultdict
from collections.abc import Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import FastAPI, params
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_params_to_args
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.problems import Invalid, NotFound, fields_of, problem_of

METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
_SINGLE = (str, str | None, UUID, UUID | None, int, int | None)
"""Types of parameters that have one value, and are read without FastAPI."""


@dataclass(frozen=True)
class Operation:
    """One operation: its path, with names in braces, and the ASGI application that serves it."""

    path: str
    serve: ASGIApp

    def places(self, asked: list[str]) -> dict[str, str] | None:
        """What stands at the names, when a path of as many segments fits; else None."""
        found = {}
        for own, given in zip(self.path.split("/"), asked, strict=True):
            if own.startswith("{") and given:
                found[own[1:-1]] = given
            elif own != given:
                return None
        return found


class Routes:
    """The operations of one API, by method, number of segments and first segment."""

    def __init__(self, app: FastAPI) -> None:
        self._known: defaultdict[tuple[str, int, str], list[Operation]] = defaultdict(list)
        for route in iter_route_contexts(app.routes):
            if isinstance(route.original_route, APIRoute):
                segments = str(route.path).split("/")
                operation = Operation(str(route.path), _served(route))
                for method in route.methods or ():
                    self._known[method, len(segments), segments[1]].append(operation)

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]]:
        """The operation and its path parameters; GET answers HEAD. Raises Problem: 404, or 405 with what is allowed."""
        found = self._find(method, path)
        if found is None:
            allowed = [other for other in METHODS if self._find(other, path)]
            raise problem_of(405, {"Allow": ", ".join(allowed)}) if allowed else problem_of(404)
        return found

    def _find(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        segments = path.split("/")
        for operation in self._known.get(("GET" if method == "HEAD" else method, len(segments), segments[1]), ()):
            if (places := operation.places(segments)) is not None:
                return operation, places
        return None


class _Unfit(Exception):
    """A signature asks for what is not compiled."""


@dataclass(frozen=True)
class _Asked:
    """A request of which the parameters are being read."""

    request: Request
    body: bytes
    stack: AsyncExitStack
    """Ends units of work, before the answer leaves."""
    errors: list[Any] = field(default_factory=list)
    known: dict[Any, Any] = field(default_factory=dict)
    """What dependencies gave."""

    def validated(self, place: str, validate: Callable[[Any], Any], given: Any) -> Any:
        """The value, or None when it is wrong, which is remembered: all that is wrong is answered at once."""
        try:
            return validate(given)
        except ValidationError as error:
            self.errors.extend({**one, "loc": (place, *one["loc"])} for one in error.errors(include_url=False))


Step = Callable[[_Asked, dict[str, Any]], None]
"""Puts one parameter among the arguments."""


class _Call:
    """A function with what gives its arguments: dependencies first, then the parameters of its own."""

    def __init__(self, dependant: Dependant) -> None:
        self.function: Callable[..., Any] = dependant.call  # type: ignore[assignment]
        self.opens = None
        if inspect.isasyncgenfunction(self.function) and dependant.scope == "function":
            self.opens = asynccontextmanager(self.function)
        elif not inspect.iscoroutinefunction(self.function):
            raise _Unfit
        self.dependencies = [(one.name, _Call(one)) for one in dependant.dependencies]
        places = (dependant.path_params, dependant.query_params, dependant.header_params)
        self.steps = [_parameter(one) for place in places for one in place]
        self.steps += [_body(one) for one in dependant.body_params]
        names = [name for name, _ in self.dependencies if name]
        names += [one.name for place in (*places, dependant.body_params) for one in place]
        if dependant.request_param_name:
            names.append(name := dependant.request_param_name)
            self.steps.append(lambda asked, arguments: arguments.update({name: asked.request}))
        if {*names} != {*inspect.signature(self.function).parameters} or len(dependant.body_params) > 1:
            raise _Unfit

    async def arguments(self, asked: _Asked) -> dict[str, Any]:
        """The arguments; of no use when `asked` has errors."""
        arguments: dict[str, Any] = {}
        for name, dependency in self.dependencies:
            value = await dependency.value(asked)
            if name is not None:
                arguments[name] = value
        for step in self.steps:
            step(asked, arguments)
        return arguments

    async def value(self, asked: _Asked) -> Any:
        """What a dependency gives, once per request; None when its arguments are wrong."""
        if self.function not in asked.known:
            before = len(asked.errors)
            arguments = await self.arguments(asked)
            if len(asked.errors) > before:
                return None
            if self.opens is None:
                asked.known[self.function] = await self.function(**arguments)
            else:
                asked.known[self.function] = await asked.stack.enter_async_context(self.opens(**arguments))
        return asked.known[self.function]


def _served(route: RouteContext) -> ASGIApp:
    """The application of one operation: compiled, or FastAPI's own."""
    try:
        call = _Call(route.dependant)
        answered = inspect.signature(call.function).return_annotation
        if not (isinstance(answered, type) and issubclass(answered, Response)):
            raise _Unfit
    except _Unfit:
        return AsyncExitStackMiddleware(route.app)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = await request.body() if route.dependant.body_params else b""
        async with AsyncExitStack() as stack:
            asked = _Asked(request, body, stack)
            arguments = await call.arguments(asked)
            if asked.errors:
                raise Invalid(fields_of(asked.errors))
            response = await call.function(**arguments)
        await response(scope, receive, send)

    return serve


def _parameter(one: Any) -> Step:
    """The step of one parameter of path, query or headers: a filter, a single text, or else as FastAPI reads it."""
    name, alias, place, kind = one.name, one.alias, one.field_info.in_.value, one.field_info.annotation
    source = attrgetter({"path": "path_params", "query": "query_params", "header": "headers"}[place])

    def read(asked: _Asked, arguments: dict[str, Any]) -> None:
        given = source(asked.request)
        text = given.get(alias) if kind in _SINGLE else None
        if text is None:  # several values, or its default
            values, errors = request_params_to_args([one], given)
            arguments.update(values)
        else:
            arguments[name], errors = one.validate(text, loc=(place, alias))
        if errors and place == "path":
            raise NotFound
        asked.errors.extend(errors)

    def read_filter(asked: _Asked, arguments: dict[str, Any]) -> None:  # of what is repeated the last value counts
        query = dict(parse_qsl(asked.request.scope["query_string"].decode("latin-1"), keep_blank_values=True))
        arguments[name] = asked.validated(place, partial(kind.model_validate, by_alias=True, by_name=False), query)

    whole = place == "query" and _is_model(kind) and "array" not in str(kind.model_json_schema())
    return read_filter if whole else read


def _body(one: Any) -> Step:
    """The step of the body: one model, validated straight from the bytes."""
    name, info, kind = one.name, one.field_info, one.field_info.annotation
    if isinstance(info, params.Form) or info.embed or not (_is_model(kind) and info.is_required()):
        raise _Unfit

    def read(asked: _Asked, arguments: dict[str, Any]) -> None:
        main, _, media = asked.request.headers.get("content-type", "").partition(";")[0].strip().lower().partition("/")
        if not asked.body:
            asked.errors.append({"type": "missing", "loc": ("body",)})
        elif main != "application" or not (media == "json" or media.endswith("+json")):
            raise problem_of(415)
        else:
            arguments[name] = asked.validated("body", kind.model_validate_json, asked.body)

    return read


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
