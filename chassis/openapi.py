"""The OpenAPI document of an API as the NL API Design Rules want it: problems as problem+json, no 422, API-Version."""

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from chassis.problems import TITLES

if TYPE_CHECKING:
    from chassis.app import Api

_TEXT = {"type": "string"}
_PARTS = ("name", "code", "reason")
_PROBLEM = {
    "type": "object",
    "title": "Problem",
    "required": ["type", "code", "title", "status", "detail", "instance"],
    "properties": {
        "type": _TEXT | {"description": "URI-referentie naar het soort fout."},
        "code": _TEXT | {"description": "Code van de fout."},
        "title": _TEXT | {"description": "Korte naam van het soort fout."},
        "status": {"type": "integer", "description": "HTTP-statuscode."},
        "detail": _TEXT | {"description": "Wat er mis is."},
        "instance": _TEXT | {"description": "Kenmerk van dit voorval."},
        "invalidParams": {
            "type": "array",
            "description": "Per onjuist veld: naam, code en uitleg.",
            "items": {"type": "object", "required": [*_PARTS], "properties": dict.fromkeys(_PARTS, _TEXT)},
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
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status in statuses:
        responses.setdefault(str(status), {"description": TITLES[status], "content": content})
    for response in responses.values():
        version = {"schema": _TEXT, "description": "Versie van deze API."}
        response.setdefault("headers", {})["API-version"] = version
