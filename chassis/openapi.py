"""The OpenAPI document of an API as the NL API Design Rules want it: problems as problem+json, no 422, API-Version."""

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from chassis.problems import TITLES

if TYPE_CHECKING:
    from chassis.app import Api

_TEXT = {"type": "string"}
_PARTS = ("name", "code", "reason")
_LIMITS = ("format", "maxLength", "minLength", "maximum", "minimum")
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
    for path, item in result.get("paths", {}).items():
        for method, operation in item.items():
            _complete(operation, method, path, api)
    for name in [name for name in schemas if name.endswith("Out")]:
        _repeat_limits(schemas[name], schemas.get(f"{name.removesuffix('Out')}In", {}))
    return result


def _complete(operation: dict[str, Any], method: str, path: str, api: "Api") -> None:
    """What holds for every operation: security, failures, headers, and that an absent parameter is no null."""
    operation.setdefault("security", [{"jwt": []}])
    responses, parameters = operation["responses"], operation.setdefault("parameters", [])
    responses.pop("422", None)
    for parameter in parameters:
        parameter["schema"] = parameter["schema"] | _value(parameter["schema"])
        parameter["schema"].pop("anyOf", None)
    if api.zgw:
        _describe_headers(operation, method, path)
    for status in _failures(operation, method, path) if api.zgw else [400, 401, 403, 404, 409, 413, 415, 500, 503]:
        responses.setdefault(str(status), {"description": TITLES[status]})
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status, response in responses.items():
        response.setdefault("headers", {})["API-version"] = _header("Versie van deze API.")
        if int(status) >= 400:
            response.setdefault("content", content)


def _failures(operation: dict[str, Any], method: str, path: str) -> set[int]:
    """The statuses of the ZGW standard; 413 and 503 are ours."""
    asked = {one["name"] for one in operation["parameters"] if one["in"] == "query"}
    return (
        {401, 403, 406, 409, 410, 415, 429, 500, 503}
        | ({400} if asked or method not in {"get", "head"} else set())
        | ({404} if asked or "{" in path or method in {"get", "head"} else set())
        | ({413} if "requestBody" in operation else set())
    )


def _describe_headers(operation: dict[str, Any], method: str, path: str) -> None:
    responses = operation["responses"]
    names: dict[str, str] = {}
    if method in {"get", "head"}:
        names["If-None-Match"] = "ETag van wat de client al heeft."
        responses["200"].setdefault("headers", {})["ETag"] = _header("Kenmerk van de inhoud, voor If-None-Match.")
        responses["304"] = {"description": "Ongewijzigd", "headers": {"ETag": _header("Kenmerk van de inhoud.")}}
    elif not path.rpartition("/")[2].startswith("_"):  # a search changes nothing
        names = {"X-Audit-Toelichting": "Waarom dit gebeurt, voor de audit trail."}
        names["X-NLX-Logrecord-ID"] = "Kenmerk van het verzoek in het netwerk waar het door kwam."
    if "201" in responses:
        responses["201"].setdefault("headers", {})["Location"] = _header("URL van wat is gemaakt.")
    for name, description in names.items():
        operation["parameters"].append({"name": name, "in": "header", "required": False, **_header(description)})


def _header(description: str) -> dict[str, Any]:
    return {"schema": _TEXT, "description": description}


def _repeat_limits(out: dict[str, Any], given: dict[str, Any]) -> None:
    """What is answered keeps within the limits of what is accepted; an identifier is a URI."""
    known = given.get("properties", {}) | {"url": _TEXT | {"format": "uri", "maxLength": 1000}}
    for name, schema in out["properties"].items():
        source, target = _value(known.get(name, {})), _value(schema)
        while "items" in source and "items" in target:
            source, target = _value(source["items"]), _value(target["items"])
        if source.get("type") == target.get("type"):
            target |= {key: source[key] for key in _LIMITS if key in source and key not in target}


def _value(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a value that may also be null, where that is not."""
    options = [one for one in schema.get("anyOf", []) if one.get("type") != "null"]
    return options[0] if len(options) == 1 else schema
