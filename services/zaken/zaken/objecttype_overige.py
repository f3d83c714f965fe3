"""Objects of a kind that is described elsewhere (objectTypeOverigeDefinitie): the object must answer to that description.

Both are fetched, the JSON schema and the data are taken out by a path in the notation of jq, and the data is validated.
A schema is somebody else's text that we execute: it refers to nothing outside itself, and its patterns are those of a
regular language, which no text can keep busy.
"""

import asyncio
import re
from collections.abc import Iterator
from typing import Annotated, Any

import orjson
from jsonschema import ValidationError as NotValid
from jsonschema.exceptions import SchemaError
from jsonschema.protocols import Validator
from jsonschema.validators import extend, validator_for
from pydantic import AfterValidator
from pydantic import Field as Documented
from pydantic_core import SchemaError as NoPattern
from pydantic_core import SchemaValidator, core_schema
from pydantic_core import ValidationError as NoMatch
from referencing import Registry
from referencing.exceptions import Unresolvable

from chassis.problems import CodedValueError, Invalid
from chassis.resource import In
from chassis.unit import Unit
from services.zaken.foreign import existing
from services.zaken.formats import Url

_STEP = re.compile(r'\.?\[(?:"([^"\\]*)"|(\d{1,6}))\]|\.([A-Za-z_]\w*)', re.ASCII)
NAME = "objectTypeOverigeDefinitie"


def _path(value: str) -> str:
    if value != "." and not re.fullmatch(rf"(?:{_STEP.pattern})+", value, re.ASCII):
        raise CodedValueError("invalid", "Dit is geen pad zoals .record.data.")
    return value


Path = Annotated[str, AfterValidator(_path)]
"""A jq expression that only walks: `.`, `.record.data`, `.["een naam"]`, `.versies[0]`."""


class Definitie(In):
    """Where the description of a kind of object is found, and the data of the object that it describes."""

    url: Url = Documented(description="URL van het objecttype.")
    schema_path: Path = Documented(alias="schema", max_length=100, description="Pad naar het JSON-schema daarin.")
    object_data: Path = Documented(max_length=100, description="Pad naar de gegevens in het object.")


def walk(path: str, content: Any) -> Any:
    """What a path leads to; None when it leads nowhere."""
    for key, index, name in _STEP.findall(path):
        if index:
            content = content[int(index)] if isinstance(content, list) and int(index) < len(content) else None
        else:
            content = content.get(key or name) if isinstance(content, dict) else None
    return content


async def check_definitie(unit: Unit, definitie: Definitie, object_url: str) -> None:
    """The object answers to its description. Fetches both, before the first statement. Raises Invalid."""
    if not object_url:
        raise Invalid.field("object", "required", "Geef de URL van het object dat zo is omschreven.")
    described = walk(definitie.schema_path, await existing(unit, definitie.url, f"{NAME}.url", ()))
    if not isinstance(described, dict):
        raise Invalid.field(f"{NAME}.schema", "invalid", "Op dit pad staat geen JSON-schema.")
    data = walk(definitie.object_data, await existing(unit, object_url, "object", ()))
    if data is None:
        raise Invalid.field(f"{NAME}.objectData", "invalid", "Op dit pad staan geen gegevens.")
    await asyncio.to_thread(check_valid, described, data)


def check_valid(described: dict[str, Any], data: Any) -> None:
    """The data is what the schema describes. Raises Invalid."""
    try:
        kind = validator_for(described)
        kind.check_schema(described)
        if "patternProperties" in orjson.dumps(described).decode():
            raise NoPattern("not of a regular language")
        extend(kind, {"pattern": _pattern})(described, registry=Registry()).validate(data)  # type: ignore[no-untyped-call]
    except (SchemaError, NoPattern, Unresolvable, RecursionError):
        raise Invalid.field(f"{NAME}.schema", "invalid", "Dit JSON-schema kan niet worden gebruikt.") from None
    except NotValid:
        raise Invalid.field("object", "invalid-schema", "Het object is niet zoals het schema het omschrijft.") from None


def _pattern(_: Validator, pattern: str, text: Any, __: Any) -> Iterator[NotValid]:
    if isinstance(text, str):
        try:
            SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex")).validate_python(text)
        except NoMatch:
            yield NotValid("pattern")
