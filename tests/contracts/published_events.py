"""The event schemas of contracts/, for tests that want to know whether what they published is what was promised.

Knows the committed files only, as a receiver outside this repository would.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

FOLDER = Path(__file__).parents[2] / "contracts" / "events"


def complaints(event: dict[str, Any]) -> list[str]:
    """What is wrong with a CloudEvent as it goes over the wire (JSON as a dict); empty when nothing is."""
    file = FOLDER / f"{event.get('type')}.v1.schema.json"
    found = [_line(error) for error in _validator(FOLDER / "cloudevent.schema.json").iter_errors(event)]
    if not file.exists():
        return [*found, f"type: {event.get('type')} is no event of contracts/events"]
    return found + [f"data.{_line(error)}" for error in _validator(file).iter_errors(event.get("data"))]


@cache
def _validator(file: Path) -> Draft202012Validator:
    schema = json.loads(file.read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def _line(error: Any) -> str:
    return f"{'.'.join(map(str, error.absolute_path)) or '(whole)'}: {error.message}"
