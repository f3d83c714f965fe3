"""The archive that Open Zaak exports: a ZIP with a JSON list per kind of type, as its API answers them.

Read from its export and import (Open Zaak 1.30): `Catalogus.json`, `InformatieObjectType.json`, `BesluitType.json`,
`ZaakType.json`, `StatusType.json`, `ZaakTypeInformatieObjectType.json`, `ResultaatType.json`, `RolType.json` and
`Eigenschap.json`; one without entries is left out. Names of fields are in snake_case, and types refer to each other by the
URL they had there. Those become names here, so that the archive is a document like our own.
"""

import io
import re
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import orjson
from pydantic.alias_generators import to_camel

from chassis.problems import Invalid, Problem
from services.zaken.catalogusbeheer.content import LONGEST_NAME, MOST_ERRORS, Catalogue
from services.zaken.catalogusbeheer.document import made_of
from services.zaken.catalogusbeheer.kinds import BESLUITTYPEN, CATALOGUS, INFORMATIEOBJECTTYPEN, PARTS, ZAAKTYPEN, Kind
from services.zaken.validation import Findings

MOST_BYTES = 20_000_000
"""Of all files together, unpacked."""
MOST_FILES = 20
FILES = {
    "catalogus": "Catalogus",
    "informatieobjecttypen": "InformatieObjectType",
    "besluittypen": "BesluitType",
    "zaaktypen": "ZaakType",
}
"""Section of our document → name in the archive."""
PART_FILES = {
    "statustypen": "StatusType",
    "roltypen": "RolType",
    "eigenschappen": "Eigenschap",
    "resultaattypen": "ResultaatType",
    "informatieobjecttypen": "ZaakTypeInformatieObjectType",
}
_SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")
LEFT_OUT = "relaties met zaaktypen die niet in het archief zitten, zijn niet overgenomen."
OWN_PERIOD = "De geldigheid van onderdelen is die van hun zaaktype; een eigen periode is niet overgenomen."
NO_OBJECTS = "Open Zaak zet geen zaakobjecttypen in dit archief."
Entries = list[dict[str, Any]]


def catalogue_of(archive: bytes, public_url: str) -> Catalogue:
    """What an archive says. Raises Invalid with all that is wrong in it by itself."""
    files = {name: _entries(name, content) for name, content in _unpacked(archive).items()}
    if len(files.get("Catalogus", [])) != 1:
        reason = "Dit archief is niet van één hele catalogus: Catalogus.json ontbreekt of heeft er meer dan één."
        raise Invalid.field("Catalogus.json", "required", reason)
    reading = _Reading(files)
    content: dict[str, Any] = {section: reading.versions(section) for section in FILES if section != "catalogus"}
    content["catalogus"] = reading.cleaned(CATALOGUS, files["Catalogus"][0])
    reading.findings.stop_if_any()
    named = {section: f"{name}.json" for section, name in FILES.items()}
    catalogue = made_of(content, reading.findings, public_url, named)
    catalogue.remarks = [*dict.fromkeys([*reading.remarks, NO_OBJECTS])]
    return catalogue


# ---- unpacking


def _unpacked(archive: bytes) -> dict[str, bytes]:
    """The files by name, without .json. Nothing is written, and no name is taken for a path. Raises Invalid, Problem."""
    known = {f"{name}.json" for name in (*FILES.values(), *PART_FILES.values())}
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            infos = opened.infolist()
            strange = [info.filename for info in infos if info.filename not in known]
            if strange or len({info.filename for info in infos}) < len(infos) or len(infos) > MOST_FILES:
                reason = "Dit is geen archief van Open Zaak: er zit een ander bestand in, of een bestand twee keer."
                raise Invalid.field("nonFieldErrors", "invalid", reason)
            if any(info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} for info in infos):
                raise zipfile.BadZipFile
            return _contents(opened, infos)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError, ValueError):
        raise Invalid.field(
            "nonFieldErrors", "parse_error", "Dit is geen ZIP-bestand dat gelezen kan worden."
        ) from None


def _contents(opened: zipfile.ZipFile, infos: list[zipfile.ZipInfo]) -> dict[str, bytes]:
    left, contents = MOST_BYTES, {}
    for info in infos:
        with opened.open(info) as file:
            content = file.read(left + 1)  # what a file says of its size is not believed
        left -= len(content)
        if left < 0:
            raise Problem(413, "payload_too_large", f"Uitgepakt is dit archief groter dan {MOST_BYTES} bytes.")
        contents[info.filename.removesuffix(".json")] = content
    return contents


def _entries(name: str, content: bytes) -> Entries:
    try:
        entries = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise Invalid.field(f"{name}.json", "parse_error", "Dit is geen geldige JSON.") from None
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise Invalid.field(f"{name}.json", "invalid", "Hier hoort een lijst van typen.")
    return [_camel(one) for one in entries]


def _camel(value: Any) -> Any:
    if isinstance(value, dict):
        return {to_camel(name) if _SNAKE.fullmatch(name) else name: _camel(one) for name, one in value.items()}
    return [_camel(one) for one in value] if isinstance(value, list) else value


# ---- names for URLs


class _Reading:
    """An archive as it becomes a document."""

    def __init__(self, files: Mapping[str, Entries]) -> None:
        self.files, self.findings = files, Findings()
        self.remarks: list[str] = []
        self.names = {
            section: {_id(one.get("url")): one.get(kind.key[0]) for one in files.get(FILES[section], [])}
            for section, kind in (
                ("informatieobjecttypen", INFORMATIEOBJECTTYPEN),
                ("besluittypen", BESLUITTYPEN),
                ("zaaktypen", ZAAKTYPEN),
            )
        }
        self.numbers = {_id(one.get("url")): one.get("volgnummer") for one in files.get("StatusType", [])}
        self.parts: dict[str, dict[str, Entries]] = defaultdict(lambda: defaultdict(list))
        for section, name in PART_FILES.items():
            for index, one in enumerate(files.get(name, [])):
                owner = _id(one.get("zaaktype"))
                if owner in self.names["zaaktypen"]:
                    self.parts[owner][section].append(one)
                else:
                    self.missing(f"{name}.json.{index + 1}.zaaktype")

    def versions(self, section: str) -> Entries:
        """The versions of one section of a document."""
        kind = {"informatieobjecttypen": INFORMATIEOBJECTTYPEN, "besluittypen": BESLUITTYPEN}.get(section, ZAAKTYPEN)
        made = []
        for index, one in enumerate(self.files.get(FILES[section], [])):
            place = f"{FILES[section]}.json.{str(one.get(kind.key[0]) or index + 1)[:LONGEST_NAME]}"
            content = self._named(kind, one, place) | {"concept": one.get("concept", True)}
            if kind is ZAAKTYPEN:
                content |= self._related(one, place)
                content |= {part: self._parts(_id(one.get("url")), part, place) for part in PART_FILES}
            made.append(content)
        return made

    def cleaned(self, kind: Kind, given: dict[str, Any]) -> dict[str, Any]:
        """The fields of a body; the others follow from elsewhere, and a group of which nothing is filled is none."""
        names = {info.alias for info in kind.body.model_fields.values()} - kind.elsewhere
        filled = {name: _filled(value) for name, value in given.items() if name in names}
        return {name: value for name, value in filled.items() if value is not None}

    def missing(self, place: str) -> None:
        """A reference to what is not in the archive."""
        self.findings.add(place, "does_not_exist", "Dit verwijst naar iets dat niet in het archief zit.")
        if len(self.findings.errors) >= MOST_ERRORS:
            self.findings.stop_if_any()

    def _named(self, kind: Kind, given: dict[str, Any], place: str) -> dict[str, Any]:
        content = self.cleaned(kind, given)
        for name in {*kind.names} & self.names.keys() & content.keys():
            urls = content[name] if isinstance(content[name], list) else []
            found = [self.names[name].get(_id(url)) for url in urls]
            if None in found:
                self.missing(f"{place}.{name}")
            content[name] = [one for one in found if one is not None]
        return content

    def _related(self, given: dict[str, Any], place: str) -> dict[str, Any]:
        """Relations between zaaktypen, as far as both are in the archive."""
        known, related = self.names["zaaktypen"], given.get("gerelateerdeZaaktypen") or []
        parts = given.get("deelzaaktypen") or []
        if not isinstance(related, list) or not isinstance(parts, list):
            return {"gerelateerdeZaaktypen": related, "deelzaaktypen": parts}  # which the document refuses
        kept = [one for one in related if isinstance(one, dict) and _id(one.get("zaaktype")) in known]
        found = [_id(url) for url in parts if _id(url) in known]
        if len(kept) < len(related) or len(found) < len(parts):
            self.remarks.append(f"{place}: {LEFT_OUT}")
        return {
            "gerelateerdeZaaktypen": [one | {"zaaktype": known[_id(one["zaaktype"])]} for one in kept],
            "deelzaaktypen": [known[one] for one in found],
        }

    def _parts(self, owner: str, section: str, place: str) -> Entries:
        kind, made = next(one for one in PARTS if one.section == section), []
        for one in self.parts[owner][section]:
            content = self._named(kind, one, f"{place}.{section}")
            if content.get("statustype"):
                content["statustype"] = self.numbers.get(_id(content["statustype"]))
                if content["statustype"] is None:
                    self.missing(f"{place}.{section}.statustype")
            if section == "informatieobjecttypen":
                content["informatieobjecttype"] = self.names[section].get(_id(one.get("informatieobjecttype")))
                if content["informatieobjecttype"] is None:
                    self.missing(f"{place}.{section}.informatieobjecttype")
            if _without_way(content.get("brondatumArchiefprocedure")):
                del content["brondatumArchiefprocedure"]
            if any(one.get(name) for name in ("beginGeldigheid", "eindeGeldigheid")):
                self.remarks.append(OWN_PERIOD)
            made.append(content)
        return made


def _id(url: Any) -> str:
    """What is the same in every URL of one resource: the last part."""
    return url.rstrip("/").rpartition("/")[2] if isinstance(url, str) else ""


def _filled(value: Any) -> Any:
    return None if isinstance(value, dict) and not any(value.values()) else value


def _without_way(brondatum: Any) -> bool:
    """Whether a group is there and says nothing: without afleidingswijze there is no brondatum."""
    return isinstance(brondatum, dict) and not brondatum.get("afleidingswijze")
