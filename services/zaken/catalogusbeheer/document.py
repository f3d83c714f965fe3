"""The document of a catalogus: one YAML text, in a fixed order, that people read, compare and change.

One document and not one per type: it is imported as a whole or not at all, and its order makes that a change of one type is
a few lines in one place.
"""

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from chassis.problems import Invalid
from services.zaken.catalogusbeheer import plain_yaml
from services.zaken.catalogusbeheer.content import (
    LONGEST_NAME,
    MOST_ERRORS,
    Catalogue,
    Item,
    in_order,
    item_of,
    relative,
)
from services.zaken.catalogusbeheer.kinds import CATALOGUS, MAIN, PARTS, STATUSTYPEN, ZAAKTYPEN, Kind
from services.zaken.catalogusbeheer.plain_yaml import Unreadable
from services.zaken.validation import Findings

FORMAAT = "meent-catalogus-1"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "Het document van een catalogus.",
    "required": ["formaat", "catalogus"],
    "properties": {
        "formaat": {"type": "string", "const": FORMAAT},
        "catalogus": {"type": "object", "description": "De velden van de catalogus."},
        **{
            kind.section: {"type": "array", "items": {"type": "object"}, "description": "Versies, met hun velden."}
            for kind in MAIN
        },
    },
}
"""As the contract shows it: what is in it are the fields of the Catalogi API."""
_SECTIONS = {kind.section for kind in MAIN}
_PARTS = {kind.section: kind for kind in PARTS}
_CONCEPT = {"true": True, "false": False}
_HEADER = b"# Een catalogus van Meent. Uitleg: de API catalogusbeheer.\n"


# ---- writing


def text_of(catalogue: Catalogue, own_urls: Iterable[str]) -> bytes:
    """The document of a catalogus."""
    return _HEADER + plain_yaml.write(content_of(catalogue, own_urls))


def content_of(catalogue: Catalogue, own_urls: Iterable[str]) -> dict[str, Any]:
    """What the document says."""
    bases = tuple(own_urls)
    content: dict[str, Any] = {"formaat": FORMAAT, "catalogus": _shown(catalogue.catalogus, bases)}
    for section, items in catalogue.versions.items():
        content[section] = [_shown(item, bases) for item in items]
    return content


def _shown(item: Item, bases: tuple[str, ...]) -> dict[str, Any]:
    shown = copy.deepcopy(item.shown)
    for name in item.kind.listed:
        if name in shown:
            shown[name] = relative(shown[name], bases)
    first = {name: shown.pop(name) for name in (*item.kind.key, "eindeGeldigheid") if name in shown}
    if item.kind in MAIN:
        first["concept"] = item.concept
    shown = first | shown
    if item.kind is ZAAKTYPEN:
        shown |= {kind.section: parts for kind in PARTS if (parts := [_shown(one, bases) for one in item.of(kind)])}
    return shown


# ---- reading


def catalogue_of(text: bytes, public_url: str) -> Catalogue:
    """What a document says. Raises Invalid with all that is wrong in it by itself."""
    try:
        content = plain_yaml.read(text)
    except Unreadable as unreadable:
        where = f"Regel {unreadable.line}: " if unreadable.line else ""
        raise Invalid.field("nonFieldErrors", "parse_error", f"{where}{unreadable.reason}") from None
    if not isinstance(content, dict):
        raise Invalid.field("nonFieldErrors", "invalid", "Dit is geen document van een catalogus.")
    findings = Findings()
    for name in ("formaat", "catalogus"):
        if name not in content:
            findings.add(name, "required", "Dit veld is verplicht.")
    if content.get("formaat", FORMAAT) != FORMAAT:
        findings.add("formaat", "invalid_choice", f"Dit formaat wordt niet gelezen, alleen {FORMAAT}.")
    for name in sorted(content.keys() - _SECTIONS - {"formaat", "catalogus"}):
        findings.add(name[:LONGEST_NAME], "unknown", "Dit onderdeel bestaat niet.")
    findings.stop_if_any()
    return made_of(content, findings, public_url, {})


def made_of(content: Mapping[str, Any], findings: Findings, public_url: str, files: Mapping[str, str]) -> Catalogue:
    """The catalogus of content that was read. files: section → the name that it had there. Raises Invalid."""
    catalogus = None
    if isinstance(content["catalogus"], dict):
        catalogus = item_of(CATALOGUS, content["catalogus"], files.get("catalogus", "catalogus"), findings, public_url)
    else:
        findings.add("catalogus", "invalid", "Hier horen de gegevens van de catalogus.")
    versions = {}
    for kind in MAIN:
        place = files.get(kind.section, kind.section)
        listed = _dicts(content.get(kind.section), place, findings)
        made = [_version(kind, one, f"{place}.{_named(kind, one, at)}", findings, public_url) for at, one in listed]
        versions[kind.section] = in_order([one for one in made if one is not None])
    findings.stop_if_any()
    if catalogus is None:
        raise AssertionError("a catalogus without findings")
    return Catalogue(catalogus, versions)


def _dicts(given: Any, place: str, findings: Findings) -> list[tuple[int, dict[str, Any]]]:
    """A list of mappings with their places; what is none is a finding."""
    if given is None:
        return []
    if not isinstance(given, list):
        findings.add(place, "invalid", "Hier hoort een lijst.")
        return []
    for index, one in enumerate(given):
        if not isinstance(one, dict):
            findings.add(f"{place}.{index + 1}", "invalid", "Hier horen velden met een naam.")
        if len(findings.errors) >= MOST_ERRORS:
            findings.stop_if_any()
    return [(index, one) for index, one in enumerate(given) if isinstance(one, dict)]


def _named(kind: Kind, given: Mapping[str, Any], index: int) -> str:
    """How a reader finds it: by what names it, or by its number in the list."""
    names = [given.get(name) for name in kind.key]
    if not names[0] or any(isinstance(name, dict | list) for name in names):
        return str(index + 1)
    return ".".join(str(name)[:LONGEST_NAME] for name in names if name)


def _version(kind: Kind, given: dict[str, Any], place: str, findings: Findings, public_url: str) -> Item | None:
    fields = {name: value for name, value in given.items() if name != "concept"}
    lists = {section: fields.pop(section, None) for section in _PARTS if kind is ZAAKTYPEN}
    item = item_of(kind, fields, place, findings, public_url)
    parts = [part for section, listed in lists.items() for part in _parts(section, listed, place, findings, public_url)]
    statustypen = lists.get(STATUSTYPEN.section)
    numbers = {str(one.get("volgnummer")) for one in statustypen or () if isinstance(one, dict)}
    for part in parts:
        if str(part.content.get("statustype")) not in {"None", *numbers}:
            findings.add(
                f"{part.place}.statustype", "does_not_exist", "Dit zaaktype heeft geen statustype met dit volgnummer."
            )
    concept = _CONCEPT.get(str(given.get("concept")).lower())
    if concept is None:
        findings.add(f"{place}.concept", "invalid", "Zeg true (nog niet gepubliceerd) of false (gepubliceerd).")
    if item is not None:
        item.parts, item.concept = parts, bool(concept)
    return item


def _parts(section: str, given: Any, place: str, findings: Findings, public_url: str) -> list[Item]:
    kind, items = _PARTS[section], []
    for index, one in _dicts(given, f"{place}.{section}", findings):
        at = f"{place}.{section}.{_named(kind, one, index)}"
        item = item_of(kind, one, at, findings, public_url)
        if item is not None:
            items.append(item)
    return items
