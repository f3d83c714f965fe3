"""`fields` of a search (zrc-029): which fields come back, of what is found and of what that refers to.

A list of names; an object in it leads further: `{"zaaktype": ["identificatie"]}` expands a relation and picks from what
is embedded, `{"processobject": ["identificatie"]}` picks from a group of fields. `*` is every field of a resource.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel

from chassis.resource import Resource
from services.zaken.expand import Content, Node, relations
from services.zaken.validation import Findings

EVERYTHING = "*"


@dataclass
class Picked:
    """The fields that are kept of one resource: by name which of its parts, None for all of it. None keeps all fields."""

    fields: dict[str, frozenset[str] | None] | None = field(default_factory=dict)

    def __call__(self, content: Content) -> Content:
        """The content with only those fields, in its own order."""
        if self.fields is None:
            return content
        return {name: _part(content[name], self.fields[name]) for name in content if name in self.fields}

    def add(self, name: str, parts: frozenset[str] | None = None) -> None:
        """Keep a field, or some parts of it besides those that are kept already."""
        if self.fields is not None:
            known = self.fields.get(name, frozenset())
            self.fields[name] = None if known is None or parts is None else known | parts


def pick(resource: Resource, given: list[Any], depth: int) -> Node:
    """The tree of an answer with these fields. Raises Invalid with all that is wrong in them."""
    findings = Findings()
    root = _pick(resource, given, "fields", depth, findings)
    findings.stop_if_any()
    return root


def _pick(resource: Resource, given: Any, place: str, depth: int, findings: Findings) -> Node:
    picked, children = Picked(), {}
    known, related = shapes(resource), relations(resource)
    for index, one in enumerate(_listed(given, place, findings)):
        at = f"{place}.{index}"
        if one == EVERYTHING:
            picked.fields = None
        elif isinstance(one, str) and one in known:
            picked.add(one)
        elif not isinstance(one, dict):
            findings.add(at, "invalid_choice", f"Dit is geen veld van {resource.name}.")
        for name, inner in one.items() if isinstance(one, dict) else ():
            if name in related and depth > 0:
                children[name] = _pick(related[name], inner, f"{at}.{name}", depth - 1, findings)
            elif name in related:
                findings.add(f"{at}.{name}", "max_value", "Zo diep kan niet worden gezocht.")
            elif known.get(name):
                parts = _listed(inner, f"{at}.{name}", findings)
                picked.add(name, _parts(parts, known[name], f"{at}.{name}", findings))
            else:
                findings.add(f"{at}.{name}", "invalid_choice", f"Van {resource.name} kan dit niet worden uitgewerkt.")
    return Node(resource, children, picked)


def _listed(given: Any, place: str, findings: Findings) -> list[Any]:
    if isinstance(given, list) and given:
        return given
    findings.add(place, "min_length", "Geef een lijst met minstens één veld.")
    return []


def _parts(given: list[Any], known: frozenset[str], place: str, findings: Findings) -> frozenset[str] | None:
    for index, one in enumerate(given):
        if one != EVERYTHING and (not isinstance(one, str) or one not in known):
            findings.add(f"{place}.{index}", "invalid_choice", "Dit veld bestaat niet.")
    return None if EVERYTHING in given else frozenset(one for one in given if isinstance(one, str))


def _part(value: Any, parts: frozenset[str] | None) -> Any:
    if parts is None or value is None:
        return value
    if isinstance(value, list):
        return [_part(one, parts) for one in value]
    return {name: inner for name, inner in value.items() if name in parts}


@cache
def shapes(resource: Resource) -> Mapping[str, frozenset[str]]:
    """The fields a resource answers, each with the names of its parts when it is a group."""
    out: type[BaseModel] = get_type_hints(resource.render)["return"]
    return {info.alias or name: _parts_of(info.annotation) for name, info in out.model_fields.items()}


def _parts_of(annotation: Any) -> frozenset[str]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return frozenset(info.alias or name for name, info in annotation.model_fields.items())
    return frozenset().union(*map(_parts_of, get_args(annotation)))
