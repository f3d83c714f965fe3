"""What a document says of a value: of one parameter or header, and of every property of a body."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.contracts.documents import Document

LIMITS = ("maxLength", "minLength", "maximum", "minimum", "pattern", "maxItems", "minItems")
EMBEDDED = "_expand"
_KEYS = ("type", "format", "items", *LIMITS)


@dataclass(frozen=True)
class Fact:
    """What a document says of one value."""

    type: str | None = None
    format: str | None = None
    enum: frozenset[str] | None = None
    limits: frozenset[tuple[str, Any]] = frozenset()
    nullable: bool = False
    required: bool = False

    def limit(self, name: str) -> Any:
        """A limit, or None."""
        return dict(self.limits).get(name)


def fact(document: Document, schema: Any, *, required: bool = False) -> Fact:
    """What a schema says of the value itself."""
    return _fact(_merge(*document.resolve(schema)), required=required)


def facts(document: Document, schema: Any, *, sending: bool) -> dict[str, Fact]:
    """A body as property path → fact: `.` for a property of an object, `[]` for the items of a list. What is embedded
    in `_expand` is described where it belongs, and would be most of the document.
    """
    return dict(_Flat(sending=sending).walk([(document, schema)], "", required=False))


def between(theirs: Fact, mine: Fact, *, answer: bool = False) -> Iterator[str]:
    """How two values differ, apart from whether they are required.

    An answer that never uses what the standard allows is no difference: it is shorter, or it is never null.
    """
    if theirs.type != mine.type:
        yield f"type {mine.type}, the standard {theirs.type}"
    if theirs.format != mine.format:
        yield f"format {mine.format}, the standard {theirs.format}"
    if theirs.enum != mine.enum:
        yield f"values {_listed(mine.enum)}, the standard {_listed(theirs.enum)}"
    for name in LIMITS:
        if theirs.limit(name) != mine.limit(name) and not (answer and theirs.limit(name) is None):
            yield f"{name} {mine.limit(name)}, the standard {theirs.limit(name)}"
    if theirs.nullable != mine.nullable and not (answer and theirs.nullable):
        yield "can be null, in the standard it cannot" if mine.nullable else "cannot be null, in the standard it can"


def _listed(enum: frozenset[str] | None) -> str:
    return "any" if enum is None else "/".join(sorted(enum))


Schemas = list[tuple[Document, Any]]
"""One schema, or the alternatives that one property has in the kinds of a polymorphic whole."""


@dataclass
class _Flat:
    """Lays a schema out as property path → fact."""

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
            if prop == EMBEDDED:
                continue
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
        **{key: schema.get(key) for key in _KEYS},
        "type": kind or ("object" if "properties" in schema else None),
        "enum": None if enum is None else {str(value) for value in enum if value is not None},
        "nullable": bool(schema.get("nullable")) or _is_null(schema) or None in (enum or ()),
        "properties": {prop: [(document, inner)] for prop, inner in schema.get("properties", {}).items()},
        "required": set(schema.get("required", [])),
        "items": (document, schema["items"]) if schema.get("items") else None,
    }
    parts = [_merge(*document.resolve(part)) for part in schema.get("allOf", [])]
    resolved = [document.resolve(part) for part in (*schema.get("oneOf", []), *schema.get("anyOf", []))]
    merged["nullable"] |= any(_is_null(part) for _, part in resolved)
    alternatives = [_merge(home, part) for home, part in resolved if part.get("type") != "null"]
    for part in [*parts, *([_union(alternatives)] if alternatives else [])]:
        _absorb(merged, part)
        merged["required"] |= part["required"]
    for part in [] if alternatives else _kinds(document, schema):
        _absorb(merged, part)
    return merged


def _is_null(schema: dict[str, Any]) -> bool:
    kinds = schema.get("type")
    return kinds == "null" or (isinstance(kinds, list) and "null" in kinds)


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
    for key in (*_KEYS, "enum"):
        merged[key] = merged[key] if merged[key] is not None else part[key]
    merged["nullable"] |= part["nullable"]
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
    enum = merged["enum"]
    limits = {name: merged[name] for name in LIMITS if merged[name] is not None}
    if merged["format"] == "uri":  # an empty text is none: a minLength says nothing more
        limits.pop("minLength", None)
    return Fact(
        merged["type"] or ("string" if enum else None),
        merged["format"],
        frozenset(enum) if enum else None,
        frozenset(limits.items()),
        merged["nullable"],
        required,
    )
