"""Types as a document has them: by name, with every field, and the same whether they were read or are in the register.

A type refers to another by its name, to a statustype of its own zaaktype by volgnummer. Nothing in it is an id or a URL of
this installation: a row of our own reference lists is its path, which every installation serves.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from chassis.problems import FieldError, fields_of
from services.zaken.catalogusbeheer.kinds import MAIN, PARTS, ZAAKTYPEN, Kind
from services.zaken.referentielijsten.referentielijst import BASE
from services.zaken.validation import Findings

_ELSEWHERE = "https://elders.invalid/"
"""Stands for what a body needs to be judged and the document says by where it stands."""
MOST_ERRORS = 500
"""After so many, what was read is not looked at any further."""
LONGEST_NAME = 80
"""Characters of what somebody wrote, in the name of a place."""
_NAMES = frozenset({"besluittypen", "deelzaaktypen", "informatieobjecttypen"})


@dataclass
class Item:
    """A version of a type, a part of one, or the catalogus itself.

    content: every field, by JSON name. shown: those that are not what they would be when left out. place: where it stands
    in what was read. Of one in the register also its id, and which fields nobody chose but the selectielijst.
    """

    kind: Kind
    content: dict[str, Any]
    shown: dict[str, Any]
    place: str = ""
    concept: bool = True
    parts: list["Item"] = field(default_factory=list)
    id: UUID | None = None
    derived: frozenset[str] = frozenset()

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells it from the others beside it; concepts may share theirs."""
        return tuple(self.content[name] for name in self.kind.key)

    @property
    def order(self) -> tuple[Any, ...]:
        """Where it stands in a document: the same wherever it is exported."""
        return (*self.key, self.concept, orjson.dumps(self.shown), [part.order[-2] for part in self.parts])

    def of(self, kind: Kind) -> list["Item"]:
        """Its parts of one kind."""
        return [part for part in self.parts if part.kind is kind]


@dataclass
class Catalogue:
    """A catalogus with all versions of all types in it, in order."""

    catalogus: Item
    versions: dict[str, list[Item]]
    """By section."""
    remarks: list[str] = field(default_factory=list)
    """What was not taken over from what was read."""

    def all(self) -> Iterable[Item]:
        """Every version, who is referred to first."""
        return (item for kind in MAIN for item in self.versions[kind.section])


def in_order(items: list[Item]) -> list[Item]:
    """Versions or parts as a document has them."""
    for item in items:
        item.parts = [part for kind in PARTS for part in in_order(item.of(kind))]
    return sorted(items, key=lambda item: item.order)


def item_of(kind: Kind, given: Mapping[str, Any], place: str, findings: Findings, public_url: str) -> Item | None:
    """A type from its fields; None when something is wrong with them, which is a finding at its place."""
    if len(findings.errors) >= MOST_ERRORS:
        findings.stop_if_any()
    fields = {info.alias or to_camel(name) for name, info in kind.body.model_fields.items()} - kind.elsewhere
    for name in sorted(given.keys() - fields):
        findings.add(f"{place}.{name[:LONGEST_NAME]}", "unknown", "Dit veld bestaat niet.")
    before = len(findings.errors)
    body = {name: value for name, value in given.items() if name in fields}
    _check_names(kind, body, place, findings)
    body |= {name: absolute(body[name], public_url) for name in kind.listed if name in body}
    statustype = _statustype(body, place, findings) if "statustype" in fields else None
    try:
        whole = _validated(kind, body | _standing_in(kind, statustype))
    except ValidationError as error:
        findings.errors += [at(place, one) for one in fields_of(error.errors())]
        return None
    if len(findings.errors) > before:
        return None
    content, shown = (_dumped(kind, whole, defaults=defaults) for defaults in (True, False))
    for one in (content, shown):
        _normalise(kind, one, statustype)
    return Item(kind, content, shown, place)


def body_of(item: Item, **standing: str | None) -> Any:
    """The body of a request that makes it. standing: URLs of what it belongs to. Absent ones are left out."""
    given = item.content | {name: url for name, url in standing.items() if name in item.kind.elsewhere | {"statustype"}}
    body = {name: value for name, value in given.items() if value is not None}
    return _validated(item.kind, body)


def _validated(kind: Kind, body: Mapping[str, Any]) -> Any:
    return kind.body.__pydantic_validator__.validate_python(dict(body), by_alias=True, by_name=False)


def absolute(value: Any, public_url: str) -> Any:
    """The URL of a row of a reference list: of our own lists a document has the path."""
    return f"{public_url}{value}" if isinstance(value, str) and value.startswith(f"{BASE}/") else value


def relative(value: Any, own_urls: Iterable[str]) -> Any:
    """The other way round."""
    for base in own_urls:
        if isinstance(value, str) and value.startswith(f"{base}{BASE}/"):
            return value.removeprefix(base)
    return value


def at(place: str, error: FieldError) -> FieldError:
    """A fault of one type, named by where that stands."""
    name = place if error.name == "nonFieldErrors" else f"{place}.{error.name}"
    return FieldError(name, error.code, error.reason)


def _check_names(kind: Kind, body: Mapping[str, Any], place: str, findings: Findings) -> None:
    """Types are named, for a URL means one version in one installation."""
    given = {name: body.get(name) for name in kind.names}
    related = body.get("gerelateerdeZaaktypen") if kind is ZAAKTYPEN else None
    if isinstance(related, list):
        given |= {
            f"gerelateerdeZaaktypen.{index}.zaaktype": one.get("zaaktype") if isinstance(one, dict) else None
            for index, one in enumerate(related)
        }
    for name, value in given.items():
        values = value if isinstance(value, list) else [value]
        if any(isinstance(one, str) and one.startswith(("http://", "https://")) for one in values):
            findings.add(f"{place}.{name}", "geen-naam", "Noem het type bij zijn naam; een URL geldt maar op één plek.")


def _statustype(body: dict[str, Any], place: str, findings: Findings) -> int | None:
    given = body.pop("statustype", None)
    if given is None:
        return None
    if not str(given).isdecimal() or len(str(given)) > 4:
        findings.add(f"{place}.statustype", "invalid", "Noem hier het volgnummer van een statustype van dit zaaktype.")
        return None
    return int(given)


def _standing_in(kind: Kind, statustype: int | None) -> dict[str, str]:
    standing = dict.fromkeys(kind.elsewhere & {"zaaktype", "catalogus"}, _ELSEWHERE)
    return standing if statustype is None else standing | {"statustype": f"{_ELSEWHERE}{statustype}"}


def _dumped(kind: Kind, whole: Any, *, defaults: bool) -> dict[str, Any]:
    dumped: dict[str, Any] = whole.model_dump(by_alias=True, exclude_defaults=not defaults)
    return {name: value for name, value in dumped.items() if name not in kind.elsewhere}


def _normalise(kind: Kind, content: dict[str, Any], statustype: int | None) -> None:
    """What the register makes of it in any case, so that a second look finds no difference."""
    if "statustype" in content:
        content["statustype"] = statustype
    for name in _NAMES & content.keys() & {*kind.names}:
        content[name] = list(dict.fromkeys(content[name]))
    if kind is ZAAKTYPEN and not content.get("versiedatum"):
        content["versiedatum"] = content["beginGeldigheid"]


def withdrawn(item: Item) -> bool:
    """Whether a version ends before it begins: it never holds."""
    end: date | None = item.content.get("eindeGeldigheid")
    return end is not None and end < item.content["beginGeldigheid"]
