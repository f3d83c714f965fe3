"""Many zaken quickly: true copies of zaken that were made through the API, with their parts, under ids of their own.

What is read is what the service wrote: the stored JSON is copied with its ids, number, date and BSN exchanged, sealed
again where it was sealed, and tagged anew. Audit rows and events are not copied.
"""

import asyncio
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import asyncpg

from chassis.resource import REGISTRY, etag_of
from chassis.sealing import Keyring
from services.zaken.zaken.betrokkene import identificatie_index

TABLES = ("zaak", "rol", "status", "zaakeigenschap")
"""In the order in which they refer to each other."""
BATCH = 5_000
STARTDATUM = date(2001, 1, 1)
"""Of every original, and of no other field; a copy gets a day of ten years."""
BSN = "999990019"
"""Of the first rol of every original; a copy gets one of so many that each has about three zaken."""
_DAYS = 3650


@dataclass(frozen=True)
class Original:
    """A zaak and its parts as stored, with their JSON in plain text."""

    number: str
    rows: list[tuple[str, dict[str, Any]]]
    ids: dict[uuid.UUID, bytes] = field(default_factory=dict)


@dataclass
class Copier:
    """Makes copies of `originals` (ids of zaken) in the database of the service zaken."""

    dsn: str
    keyring: Keyring
    total: int
    originals: list[Original] = field(default_factory=list)

    async def fill(self, originals: Sequence[str]) -> None:
        """Make `total` copies, each original in turn."""
        connection = await asyncpg.connect(self.dsn)
        try:
            for one in originals:
                self.originals.append(await self._original(connection, uuid.UUID(one)))
            for first in range(0, self.total, BATCH):
                rows = await asyncio.to_thread(self._batch, range(first, min(first + BATCH, self.total)))
                for table, records in rows.items():
                    await connection.copy_records_to_table(
                        table, columns=list(records[0]), records=map(_values, records)
                    )
            for table in TABLES:
                await connection.execute(f"VACUUM ANALYZE {table}")
        finally:
            await connection.close()

    def bsn(self, number: int) -> str:
        """The BSN of the first rol of copy `number`."""
        return f"{100_000_000 + number % max(1, self.total // 3)}"

    async def _original(self, connection: asyncpg.Connection, zaak_id: uuid.UUID) -> Original:
        rows: list[tuple[str, dict[str, Any]]] = []
        for table in TABLES:
            column = "id" if table == "zaak" else "zaak_id"
            found = await connection.fetch(f"SELECT * FROM {table} WHERE {column} = $1 ORDER BY id", zaak_id)
            rows += [(table, self._opened(table, dict(row))) for row in found]
        return Original(rows[0][1]["identificatie"], rows, {row["id"]: str(row["id"]).encode() for _, row in rows})

    def _opened(self, table: str, row: dict[str, Any]) -> dict[str, Any]:
        for name, context in self._sealed(table, row["id"]):
            row[name] = self.keyring.open(row[name], context)
        return row

    def _sealed(self, table: str, row_id: uuid.UUID) -> Iterator[tuple[str, str]]:
        """The sealed columns of a table, each with what it is bound to."""
        if REGISTRY[table].sealed:
            yield "representation", REGISTRY[table].context(row_id)
        if "gegevens" in REGISTRY[table].table.model_fields:
            yield "gegevens", f"{table}.gegevens:{row_id}"

    def _batch(self, numbers: range) -> dict[str, list[dict[str, Any]]]:
        made: dict[str, list[dict[str, Any]]] = {}
        for number in numbers:
            for table, row in self._copy(number, self.originals[number % len(self.originals)]):
                made.setdefault(table, []).append(row)
        return made

    def _copy(self, number: int, original: Original) -> Iterator[tuple[str, dict[str, Any]]]:
        fresh = {old: uuid.uuid4() for old in original.ids}
        start = STARTDATUM + timedelta(days=5000 + number % _DAYS)
        identificatie, bsn = f"BENCH-{number}", self.bsn(number)
        texts = [(original.ids[old], str(new).encode()) for old, new in fresh.items()]
        texts += [
            (f'"{original.number}"'.encode(), f'"{identificatie}"'.encode()),
            (f'"{STARTDATUM}"'.encode(), f'"{start}"'.encode()),
            (BSN.encode(), bsn.encode()),
        ]
        indexes = {self._index(BSN): self._index(bsn)}
        for table, old in original.rows:
            row = {name: _exchanged(value, fresh, texts, indexes) for name, value in old.items()}
            row["etag"] = etag_of(row["representation"])
            for name, context in self._sealed(table, row["id"]):
                row[name] = self.keyring.seal(row[name], context)
            if table == "zaak":
                row["identificatie"], row["startdatum"] = identificatie, start
            yield table, row

    def _index(self, bsn: str) -> bytes:
        return identificatie_index(self.keyring, "inp_bsn", bsn)


def _exchanged(
    value: Any, ids: dict[uuid.UUID, uuid.UUID], texts: list[tuple[bytes, bytes]], indexes: dict[bytes, bytes]
) -> Any:
    """A column's value in the copy."""
    if isinstance(value, uuid.UUID):
        return ids.get(value, value)
    if isinstance(value, list):
        return [indexes.get(one, one) for one in value]
    if isinstance(value, bytes):
        for old, new in texts:
            value = value.replace(old, new)
    return value


def _values(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row.values())
