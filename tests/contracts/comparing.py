"""Compares an API that we serve with the published document of its standard, property by property.

A difference is one line of text: `<collection> <in|patch|out> <property>: <what>` for a body, `<method> <path>: <what>`
for an operation. Parameters in paths are written `{}`: their names do not travel.
"""

import fnmatch
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

BODIES = {"post": "in", "put": "in", "patch": "patch"}
METHODS = ("get", "head", "post", "put", "patch", "delete")
FORMATS = {"date", "date-time", "duration"}
_PARAMETER = re.compile(r"{[^}]*}")


@dataclass(frozen=True)
class Fact:
    """What a document says of one property."""

    type: str | None = None
    format: str | None = None
    enum: frozenset[str] | None = None
    max_length: int | None = None
    required: bool = False


@dataclass
class Document:
    """An OpenAPI document. `name` is the file it came from, for references to sibling documents."""

    content: dict[str, Any]
    folder: Path | None = None
    paths: dict[str, dict[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        self.paths = {plain(path): item for path, item in self.content["paths"].items()}

    def resolve(self, node: Any) -> tuple["Document", Any]:
        """What a reference leads to, and the document it stands in."""
        found: Document = self
        while isinstance(node, dict) and "$ref" in node:
            file, _, pointer = node["$ref"].strip().strip("'\"").partition("#")
            if file:
                found = found.sibling(file)
            node = found.content
            for step in pointer.strip("/").split("/"):
                node = node[step.replace("~1", "/").replace("~0", "~")]
        return found, node

    def sibling(self, reference: str) -> "Document":
        """The published document that a relative reference means, whatever version it names."""
        for name in ("catalogi", "documenten", "besluiten", "zaken"):
            if f"/{name}/" in reference and self.folder is not None:
                return published(next(self.folder.glob(f"{name}-*.yaml")))
        raise KeyError(reference)


def published(file: Path) -> Document:
    """A published document."""
    return Document(read(file), file.parent)


@cache
def read(file: Path) -> dict[str, Any]:
    """A YAML file; the documents are large, hence read once."""
    content: dict[str, Any] = yaml.load(file.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return content


def plain(path: str) -> str:
    """A path without the names of its parameters."""
    return _PARAMETER.sub("{}", path)


def collection(path: str) -> str:
    """The collection a path belongs to: `/zaken/{}` → `/zaken`."""
    return path.removesuffix("/{}")


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


Side = tuple[Document, dict[str, Any]]


def _of_operation(method: str, path: str, theirs: Side, mine: Side) -> Iterator[str]:
    asked, served = _query(theirs, method), _query(mine, method)
    yield from (f"{method} {path} query {name}: missing" for name in sorted(asked - served))
    yield from (f"{method} {path} query {name}: not in the standard" for name in sorted(served - asked))
    expected, given = _successes(theirs, method), _successes(mine, method)
    if expected != given:
        yield f"{method} {path}: answers {', '.join(given)}, the standard {', '.join(expected)}"
    if method in BODIES:
        yield from _of_body(f"{collection(path)} {BODIES[method]}", _sent(theirs, method), _sent(mine, method))
    if method != "head":
        name = f"{collection(path)} out"
        expected_body, body = _answered(theirs, method), _answered(mine, method)
        if expected_body and body and ("[]" in expected_body) != ("[]" in body):
            yield f"{method} {path}: answers {_one_or_list(body)}, the standard {_one_or_list(expected_body)}"
        yield from _of_body(name, _items(expected_body), _items(body), answer=True)


def _query(side: Side, method: str) -> set[str]:
    document, item = side
    listed = [*item.get("parameters", []), *item[method].get("parameters", [])]
    resolved = [document.resolve(parameter)[1] for parameter in listed]
    return {parameter["name"] for parameter in resolved if parameter["in"] == "query"}


def _successes(side: Side, method: str) -> list[str]:
    return sorted(str(status) for status in side[1][method]["responses"] if str(status).startswith("2"))


def _sent(side: Side, method: str) -> dict[str, Fact]:
    document, body = side[0].resolve(side[1][method].get("requestBody", {}))
    return _facts(document, body, sending=True)


def _answered(side: Side, method: str) -> dict[str, Fact]:
    success = _successes(side, method)
    if not success:
        return {}
    responses = {str(status): response for status, response in side[1][method]["responses"].items()}
    document, response = side[0].resolve(responses[success[0]])
    facts = _facts(document, response, sending=False)
    page = {name.removeprefix("results"): fact for name, fact in facts.items() if name.startswith("results[]")}
    return page or facts  # of a page, what is in it: the envelope is the same everywhere


def _items(facts: dict[str, Fact]) -> dict[str, Fact]:
    """What one thing of an answer holds, whether it comes alone or in a list."""
    return {name.removeprefix("[]."): fact for name, fact in facts.items() if name != "[]"}


def _one_or_list(facts: dict[str, Fact]) -> str:
    return "a list" if "[]" in facts else "one"


def _facts(document: Document, message: dict[str, Any], *, sending: bool) -> dict[str, Fact]:
    content = message.get("content", {})
    schema = next((entry.get("schema", {}) for kind, entry in content.items() if "json" in kind), {})
    return dict(_Flat(sending=sending).walk([(document, schema)], "", required=False))


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
            found = _between(theirs[prop], mine[prop], answer=answer, partial=partial)
            yield from (f"{name} {prop}: {what}" for what in found)


def _between(theirs: Fact, mine: Fact, *, answer: bool, partial: bool) -> Iterator[str]:
    if theirs.type != mine.type:
        yield f"type {mine.type}, the standard {theirs.type}"
    if theirs.format != mine.format:
        yield f"format {mine.format}, the standard {theirs.format}"
    if theirs.enum != mine.enum:
        yield f"values {_listed(mine.enum)}, the standard {_listed(theirs.enum)}"
    if theirs.max_length != mine.max_length:
        yield f"maxLength {mine.max_length}, the standard {theirs.max_length}"
    if theirs.required and not mine.required and not partial:  # a PATCH sends what changes
        yield "not required, in the standard it is"
    if mine.required and not theirs.required and not answer:  # to answer more than was promised is no harm
        yield "required, in the standard it is not"


def _listed(enum: frozenset[str] | None) -> str:
    return "any" if enum is None else "/".join(sorted(enum))


Schemas = list[tuple[Document, Any]]
"""One schema, or the alternatives that one property has in the kinds of a polymorphic whole."""


@dataclass
class _Flat:
    """Lays a schema out as property path → fact: `.` for a property of an object, `[]` for the items of a list."""

    sending: bool
    _stack: list[int] = field(default_factory=list)

    def walk(self, schemas: Schemas, name: str, *, required: bool) -> Iterator[tuple[str, Fact]]:
        resolved = [document.resolve(schema) for document, schema in schemas]
        fresh = [(document, schema) for document, schema in resolved if id(schema) not in self._stack]
        if not fresh or any(self._hidden(schema) for _, schema in fresh):
            return
        self._stack += [id(schema) for _, schema in fresh]
        merged = _union([_merge(document, schema) for document, schema in fresh])
        if name:
            yield name, _fact(merged, required=required)
        for prop, inner in merged["properties"].items():
            if prop != "_expand":
                path = f"{name}.{prop}" if name else prop
                yield from self.walk(inner, path, required=prop in merged["required"])
        if merged["items"] is not None:
            yield from self.walk([merged["items"]], f"{name}[]", required=False)
        del self._stack[-len(fresh) :]

    def _hidden(self, schema: dict[str, Any]) -> bool:
        return bool(schema.get("readOnly" if self.sending else "writeOnly"))


def _merge(document: Document, schema: dict[str, Any]) -> dict[str, Any]:
    """A schema with its allOf, the alternatives of its oneOf or anyOf, and its kinds in one; null is no alternative."""
    kinds = schema.get("type")
    kind = next((one for one in kinds if one != "null"), None) if isinstance(kinds, list) else kinds
    enum = schema.get("enum", [schema["const"]] if "const" in schema else None)
    merged: dict[str, Any] = {
        "type": kind or ("object" if "properties" in schema else None),
        "format": schema.get("format"),
        "enum": None if enum is None else {str(value) for value in enum if value is not None},
        "maxLength": schema.get("maxLength"),
        "properties": {prop: [(document, inner)] for prop, inner in schema.get("properties", {}).items()},
        "required": set(schema.get("required", [])),
        "items": (document, schema["items"]) if schema.get("items") else None,
    }
    parts = [_merge(*document.resolve(part)) for part in schema.get("allOf", [])]
    resolved = [document.resolve(part) for part in (*schema.get("oneOf", []), *schema.get("anyOf", []))]
    alternatives = [_merge(home, part) for home, part in resolved if part.get("type") != "null"]
    for part in [*parts, *([_union(alternatives)] if alternatives else [])]:
        _absorb(merged, part)
        merged["required"] |= part["required"]
    for part in [] if alternatives else _kinds(document, schema):
        _absorb(merged, part)
    return merged


def _kinds(document: Document, schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What the schemas add to which a discriminator leads: what one kind may hold, the whole may hold."""
    discriminator = schema.get("discriminator")
    if discriminator is None:
        return
    known = document.content["components"]["schemas"]
    values = schema.get("properties", {}).get(discriminator["propertyName"], {}).get("enum", [])
    implied = {value: f"#/components/schemas/{value}" for value in values if value in known}
    for reference in discriminator.get("mapping", implied).values():
        home, kind = document.resolve({"$ref": reference})
        parts = [home.resolve(part) for part in kind.get("allOf", [])]
        own = {key: value for key, value in kind.items() if key not in {"allOf", "discriminator"}}
        yield _merge(home, own)
        yield from (_merge(other, part) for other, part in parts if part is not schema)  # it refers back to the whole


def _absorb(merged: dict[str, Any], part: dict[str, Any]) -> None:
    """Take over from a part what is not yet known."""
    for key in ("type", "format", "enum", "maxLength", "items"):
        merged[key] = merged[key] if merged[key] is not None else part[key]
    for prop, inner in part["properties"].items():
        merged["properties"][prop] = [*merged["properties"].get(prop, []), *inner]


def _union(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Alternatives in one: required is what each of them requires, the values are those of all."""
    result = parts[0]
    for part in parts[1:]:
        both = None if None in (result["enum"], part["enum"]) else result["enum"] | part["enum"]
        _absorb(result, part)
        result["enum"] = both
        result["required"] = result["required"] & part["required"]
    return result


def _fact(merged: dict[str, Any], *, required: bool) -> Fact:
    enum, shape = merged["enum"], merged["format"]
    kind = merged["type"] or ("string" if enum else None)
    return Fact(
        kind,
        shape if shape in FORMATS else None,
        frozenset(enum) if enum else None,
        merged["maxLength"],
        required,
    )


# ---- the ledger


@dataclass(frozen=True)
class Ledger:
    """What deviations.yaml says of one API."""

    api: str
    standard: str
    claimed: list[str]
    own: dict[str, str]
    later: dict[str, str]
    differences: list[dict[str, str]]

    def excused(self, line: str) -> list[dict[str, str]]:
        """The reasoned entries that cover a difference."""
        return [entry for entry in self.differences if covers(entry["at"], line)]


def covers(pattern: str, line: str) -> bool:
    """Whether an entry covers a line: `*` stands for anything, every other character for itself."""
    return fnmatch.fnmatchcase(line, pattern.replace("[", "[[]"))


def ledgers(file: Path) -> list[Ledger]:
    """Every API of deviations.yaml."""
    content = yaml.safe_load(file.read_text("utf-8"))
    return [
        Ledger(
            api,
            entry["standard"],
            entry.get("claimed") or [],
            entry.get("own") or {},
            entry.get("later") or {},
            entry.get("differences") or [],
        )
        for api, entry in content["apis"].items()
    ]
