"""Compares an API that we serve with the published document of its standard, both ways and in every part.

A difference is one line of text:

    <method> <path>: <what>                             the operation: whether it is there, its name, what it answers
    <method> <path> answers <status>: <what>            a documented failure
    <method> <path> <query|header|path> <name>: <what>  a parameter
    <method> <path> <status> header <name>: <what>      a header of an answer
    <collection> <in|patch|out> <property>: <what>      a property of a body

Parameters in paths are written `{}`: their names do not travel.
"""

from collections.abc import Iterator
from typing import Any

from tests.contracts.documents import Document, collection
from tests.contracts.shapes import Fact, between, fact, facts

BODIES = {"post": "in", "put": "in", "patch": "patch"}
METHODS = ("get", "head", "post", "put", "patch", "delete")
NOT_PARAMETERS = {"accept", "content-type", "authorization"}
"""OpenAPI ignores a header parameter of this name: the body and the security scheme say it."""

Side = tuple[Document, dict[str, Any]]
"""A document and what it has at a path."""


def claims(claimed: list[str], path: str) -> bool:
    """Whether a path is a claimed collection or one thing in it."""
    return collection(path) in claimed


def differences(standard: Document, ours: Document, claimed: list[str]) -> list[str]:
    """Every difference between the two for the claimed collections."""
    found: dict[str, None] = {}
    for path in sorted({*standard.paths, *ours.paths}):
        if claims(claimed, path):
            found |= dict.fromkeys(_of_path(path, standard, ours))
    return list(found)


def _of_path(path: str, standard: Document, ours: Document) -> Iterator[str]:
    theirs, mine = standard.paths.get(path, {}), ours.paths.get(path, {})
    for method in METHODS:
        if (method in theirs) != (method in mine):
            yield f"{method} {path}: {'missing' if method in theirs else 'not in the standard'}"
        elif method in theirs:
            yield from _of_operation(method, path, (standard, theirs), (ours, mine))


def _of_operation(method: str, path: str, theirs: Side, mine: Side) -> Iterator[str]:
    expected_name, name = theirs[1][method].get("operationId"), mine[1][method].get("operationId")
    if expected_name != name:
        yield f"{method} {path}: operationId {name}, the standard {expected_name}"
    yield from _of_parameters(f"{method} {path}", _parameters(theirs, method), _parameters(mine, method))
    yield from _of_responses(method, path, theirs, mine)
    if method in BODIES:
        yield from _of_body(f"{collection(path)} {BODIES[method]}", _sent(theirs, method), _sent(mine, method))
    if method != "head":
        expected_body, body = _answered(theirs, method), _answered(mine, method)
        if expected_body and body and ("[]" in expected_body) != ("[]" in body):
            yield f"{method} {path}: answers {_one_or_list(body)}, the standard {_one_or_list(expected_body)}"
        yield from _of_body(f"{collection(path)} out", _items(expected_body), _items(body), answer=True)


# ---- parameters


def _parameters(side: Side, method: str) -> dict[str, tuple[Fact, str]]:
    """Place and name → what is said of the value, and how a list is written."""
    document, item = side
    listed = [*item.get("parameters", []), *item[method].get("parameters", [])]
    found: dict[str, tuple[Fact, str]] = {}
    paths = 0
    for parameter in (document.resolve(one)[1] for one in listed):
        place, name = parameter["in"], parameter["name"]
        if place == "header" and name.lower() in NOT_PARAMETERS:
            continue
        if place == "path":
            paths += 1
            name = str(paths)
        said = fact(document, parameter.get("schema", {}), required=bool(parameter.get("required")))
        found[f"{place} {name}"] = said, _written(document, parameter, said)
    return found


def _written(document: Document, parameter: dict[str, Any], said: Fact) -> str:
    """How the values of a list stand in a query, and of what kind they are."""
    if said.type != "array":
        return ""
    _, schema = document.resolve(parameter["schema"])
    options = [schema, *schema.get("anyOf", [])]
    inner = fact(document, next((one["items"] for one in options if "items" in one), {}))
    style = parameter.get("style", "form")
    separated = not parameter.get("explode", style == "form")
    values = "/".join(sorted(inner.enum)) if inner.enum else inner.type
    return f"{style}, {'with commas' if separated else 'repeated'}, of {values}"


def _of_parameters(
    name: str, theirs: dict[str, tuple[Fact, str]], mine: dict[str, tuple[Fact, str]]
) -> Iterator[str]:
    for key in sorted({*theirs, *mine}):
        if key not in mine or key not in theirs:
            yield f"{name} {key}: {'missing' if key in theirs else 'not in the standard'}"
            continue
        (expected, style), (given, own_style) = theirs[key], mine[key]
        yield from (f"{name} {key}: {what}" for what in between(expected, given))
        if style != own_style:
            yield f"{name} {key}: written as {own_style}, the standard {style}"
        if expected.required != given.required:
            yield f"{name} {key}: " + _required(given)


def _required(mine: Fact) -> str:
    return "required, in the standard it is not" if mine.required else "not required, in the standard it is"


# ---- answers


def _responses(side: Side, method: str) -> dict[str, dict[str, Any]]:
    document, item = side
    return {str(status): document.resolve(one)[1] for status, one in item[method]["responses"].items()}


def _of_responses(method: str, path: str, theirs: Side, mine: Side) -> Iterator[str]:
    expected, given = _responses(theirs, method), _responses(mine, method)
    successes, own = _successes(expected), _successes(given)
    if successes != own:
        yield f"{method} {path}: answers {', '.join(own)}, the standard {', '.join(successes)}"
    for status in sorted({*expected, *given} - {*successes, *own}):
        if (status in expected) != (status in given):
            yield f"{method} {path} answers {status}: {'missing' if status in expected else 'not in the standard'}"
    for status in sorted(expected.keys() & given.keys()):
        headers, own_headers = (_headers(one) for one in (expected[status], given[status]))
        for name in sorted(headers ^ own_headers):
            what = "missing" if name in headers else "not in the standard"
            yield f"{method} {path} {status} header {name}: {what}"


def _successes(responses: dict[str, Any]) -> list[str]:
    return sorted(status for status in responses if status.startswith("2"))


def _headers(response: dict[str, Any]) -> set[str]:
    return set(response.get("headers", {}))


# ---- bodies


def _sent(side: Side, method: str) -> dict[str, Fact]:
    document, body = side[0].resolve(side[1][method].get("requestBody", {}))
    return _facts(document, body, sending=True)


def _answered(side: Side, method: str) -> dict[str, Fact]:
    success = _successes(_responses(side, method))
    if not success:
        return {}
    responses = {str(status): response for status, response in side[1][method]["responses"].items()}
    document, response = side[0].resolve(responses[success[0]])
    found = _facts(document, response, sending=False)
    page = {name.removeprefix("results"): one for name, one in found.items() if name.startswith("results[]")}
    return page or found  # of a page, what is in it: the envelope is the same everywhere


def _items(found: dict[str, Fact]) -> dict[str, Fact]:
    """What one thing of an answer holds, whether it comes alone or in a list."""
    return {name.removeprefix("[]."): one for name, one in found.items() if name != "[]"}


def _one_or_list(found: dict[str, Fact]) -> str:
    return "a list" if "[]" in found else "one"


def _facts(document: Document, message: dict[str, Any], *, sending: bool) -> dict[str, Fact]:
    content = message.get("content", {})
    schema = next((entry.get("schema", {}) for kind, entry in content.items() if "json" in kind), {})
    return facts(document, schema, sending=sending)


def _of_body(name: str, theirs: dict[str, Fact], mine: dict[str, Fact], *, answer: bool = False) -> Iterator[str]:
    if not theirs or not mine:
        return
    partial = name.endswith(" patch")
    for prop in sorted({*theirs, *mine}):
        if prop not in mine:
            yield f"{name} {prop}: missing"
        elif prop not in theirs:
            yield f"{name} {prop}: not in the standard"
        else:
            found = _of_property(theirs[prop], mine[prop], answer=answer, partial=partial)
            yield from (f"{name} {prop}: {what}" for what in found)


def _of_property(theirs: Fact, mine: Fact, *, answer: bool, partial: bool) -> Iterator[str]:
    yield from between(theirs, mine, answer=answer)
    wanting = theirs.required and not mine.required and not partial  # a PATCH sends what changes
    too_much = mine.required and not theirs.required and not answer  # to answer more than was promised is no harm
    if wanting or too_much:
        yield _required(mine)
