"""The OpenAPI document of an API as the NL API Design Rules want it: problems as problem+json, no 422, API-Version."""

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from chassis.problems import TITLES

if TYPE_CHECKING:
    from chassis.app import Api

_PROBLEM = {
    "type": "object",
    "title": "Problem",
    "required": ["type", "code", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "description": "URI-referentie naar het soort fout."},
        "code": {"type": "string", "description": "Code van de fout."},
        "title": {"type": "string", "description": "Korte naam van het soort fout."},
        "status": {"type": "integer", "description": "HTTP-statuscode."},
        "detail": {"type": "string", "description": "Wat er mis is."},
        "instance": {"type": "string", "description": "Kenmerk van dit voorval."},
        "invalidParams": {
            "type": "array",
            "description": "Per onjuist veld: naam, code en uitleg.",
            "items": {
                "type": "object",
                "required": ["name", "code", "reason"],
                "properties": {name: {"type": "string"} for name in ("name", "code", "reason")},
            },
        },
    },
}


def document(app: FastAPI, api: "Api") -> dict[str, Any]:
    """The document; its paths are relative to the server `/<naam>/api/v1`."""
    result = get_openapi(
        title=api.title,
        version=api.version,
        description=api.description,
        routes=app.routes,
        openapi_version="3.1.0",
        servers=[{"url": api.base}],
        contact={"name": "Meent", "url": "https://meent.example", "email": "meent@meent.example"},
        license_info={"name": "EUPL-1.2", "url": "https://eupl.eu/1.2/nl/"},
    )
    components = result.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    schemas["Problem"] = _PROBLEM
    components["securitySchemes"] = {"jwt": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    for path in result.get("paths", {}).values():
        for operation in path.values():
            _complete(operation, api)
    return result


def _complete(operation: dict[str, Any], api: "Api") -> None:
    operation.setdefault("security", [{"jwt": []}])
    responses = operation["responses"]
    responses.pop("422", None)
    statuses = [400, 403, 404, 409, 413, 415, 500, 503] + ([] if api.zgw else [401])
    for status in statuses:
        responses.setdefault(
            str(status),
            {
                "description": TITLES[status],
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        )
    for response in responses.values():
        response.setdefault("headers", {})["API-version"] = {
            "schema": {"type": "string"},
            "description": "Versie van deze API.",
        }
