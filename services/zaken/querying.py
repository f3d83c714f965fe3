"""Query parameters of the busiest lists, validated in one go.

FastAPI takes a model's query parameters one by one: with the forty of a list of zaken that costs more than the list
itself. Here the model gets the whole query, and the route documents the parameters.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

from fastapi import Request
from pydantic import BeforeValidator, ValidationError

from chassis.problems import Invalid, fields_of
from chassis.reading import Filter

F = TypeVar("F", bound=Filter)
ByComma = BeforeValidator(lambda value: value.split(",") if isinstance(value, str) else value)
_KEPT = ("type", "format", "enum", "maxLength", "minimum", "items")
Listed = Annotated[list[str], ByComma]
"""Several values: with commas between them in a query, a list in a body."""


def query_of(kind: type[F]) -> Callable[[Request], Awaitable[F]]:
    """A dependency that reads a filter from the query; of a parameter that is repeated the last value counts."""

    plain = kind()

    async def read(request: Request) -> F:
        if not request.scope["query_string"]:  # as most ask; nobody changes a filter
            return plain
        try:
            return kind.model_validate(dict(request.query_params), by_alias=True, by_name=False)
        except ValidationError as error:
            raise Invalid(fields_of(error.errors())) from None

    return read


def documented(kind: type[Filter]) -> dict[str, Any]:
    """What `openapi_extra` of a route with such a filter is: its parameters, as FastAPI would show them."""
    schema = kind.model_json_schema(by_alias=True)
    definitions = schema.get("$defs", {})
    return {"parameters": [_parameter(name, one, definitions) for name, one in schema["properties"].items()]}


def _parameter(name: str, schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    options = [one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]
    chosen = dict(options[0])
    if "$ref" in chosen:
        chosen = dict(definitions[chosen["$ref"].rsplit("/", 1)[1]])
    kept = {key: one[key] for one in (schema, chosen) for key in _KEPT if key in one}
    described = {"description": schema["description"]} if "description" in schema else {}
    written = {"style": "form", "explode": False} if kept["type"] == "array" else {}
    return {"name": name, "in": "query", "required": False, **described, **written, "schema": kept}
