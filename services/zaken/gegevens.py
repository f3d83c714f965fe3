"""What can identify a person in a row: one sealed column `gegevens`, the JSON of the fields that are not to be read."""

from typing import Any, Protocol
from uuid import UUID

import orjson
from pydantic import BaseModel

from chassis.sealing import Keyring


class Sealed(Protocol):
    """A row with such a column."""

    id: UUID
    gegevens: bytes


def seal_gegevens(keyring: Keyring, resource: str, row: Sealed, values: BaseModel, fields: type[BaseModel]) -> None:
    """Store those of `values` that `fields` declares. resource: its name, which with the id binds them to this row."""
    plain = values.model_dump(mode="json", include=set(fields.model_fields))
    row.gegevens = keyring.seal(orjson.dumps(plain), f"{resource}.gegevens:{row.id}")


def open_gegevens(keyring: Keyring, resource: str, row: Sealed) -> dict[str, Any]:
    """What `seal_gegevens` stored, by Python name."""
    plain: dict[str, Any] = orjson.loads(keyring.open(row.gegevens, f"{resource}.gegevens:{row.id}"))
    return plain
