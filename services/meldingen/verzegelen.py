"""Sealed columns: the texts of residents and crews, which may name people, and the contact data of melders."""

from typing import Any
from uuid import UUID

import orjson

from chassis.unit import Unit


def seal_text(unit: Unit, place: str, row_id: UUID, content: Any) -> bytes:
    """`content` (JSON) sealed for one column (`place`, say `melding.omschrijving`) of one row."""
    return unit.runtime.keyring.seal(orjson.dumps(content), f"{place}:{row_id}")


def open_text(unit: Unit, place: str, row_id: UUID, sealed: bytes | None) -> Any:
    """What `seal_text` sealed. Raises SealError when it was moved or changed."""
    if sealed is None:
        return None
    return orjson.loads(unit.runtime.keyring.open(sealed, f"{place}:{row_id}"))
