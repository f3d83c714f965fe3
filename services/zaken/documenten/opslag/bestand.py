"""Content: writing a segment to the store, the rows that make it content of a document, reading it and removing it."""

import asyncio
import base64
import binascii
import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg

from chassis import crash
from chassis.problems import Invalid, Problem
from chassis.resource import new_id
from chassis.runtime import Runtime
from chassis.unit import Unit
from services.zaken.documenten.opslag.frames import FRAME, STORED, Sealer, frames_of, new_key, opened
from services.zaken.documenten.opslag.integriteit import Checksum, checksum_for, equal
from services.zaken.documenten.opslag.mediatype import HEAD, mediatype_of
from services.zaken.documenten.opslag.scanner import Scan
from services.zaken.documenten.opslag.store import Store, Writer, reachable, store_of
from services.zaken.settings import settings_of

BLOCK = 1024 * 1024
"""Bytes that are collected before a thread encrypts and writes them, and that are read at once."""
_SEGMENTS = "SELECT id, omvang, sleutel FROM segment WHERE bestand_id = $1 ORDER BY volgnummer"


@dataclass(frozen=True)
class Segment:
    """A segment in the store. sleutel: its sealed key."""

    id: UUID
    omvang: int
    sleutel: bytes = field(repr=False)
    sha256: bytes = b""
    mediatype: str = ""
    """By its first bytes."""


def _context(segment_id: UUID) -> str:
    return f"segment:{segment_id}"


# ---- writing


@dataclass
class _Writing:
    """A segment that is being written."""

    writer: Writer
    sealer: Sealer
    sha256: Checksum
    checksum: Checksum | None
    head: bytes = b""

    def add(self, block: bytes) -> None:
        """Encrypt and write more; in a thread."""
        if len(self.head) < HEAD:
            self.head += block[: HEAD - len(self.head)]
        self.sha256.update(block)
        if self.checksum is not None:
            self.checksum.update(block)
        with reachable():
            self.writer.write(self.sealer.add(block))
        crash.reach("content-begun")

    def end(self) -> None:
        """Write the last frame, and make it an object; in a thread."""
        with reachable():
            self.writer.write(self.sealer.end())
            self.writer.finish()


def _begin(store: Store, name: str, key: bytes, checksum: Checksum | None) -> _Writing:
    with reachable():
        return _Writing(store.create(name), Sealer(key), hashlib.sha256(), checksum)


async def write(
    runtime: Runtime, source: AsyncIterable[bytes], *, most: int, checksum: Checksum | None = None
) -> Segment:
    """Write content to the store, encrypted. Raises Problem 413 when there are more than `most` bytes, Invalid when the
    scanner finds something, Unavailable when store or scanner are away; then nothing is left.
    """
    settings, segment_id, key = settings_of(runtime), new_id(), new_key()
    scan = await Scan.begin(settings.scanner) if settings.scanner else None
    try:
        writing = await asyncio.to_thread(_begin, store_of(settings), str(segment_id), key, checksum)
        try:
            async for block in _blocks(source, most):
                if scan is not None:
                    await scan.add(block)
                await asyncio.to_thread(writing.add, block)
            if scan is not None:
                await scan.end()
            await asyncio.to_thread(writing.end)
        except BaseException:
            await asyncio.to_thread(writing.writer.abort)
            raise
    finally:
        if scan is not None:
            await scan.close()
    crash.reach("content-written")
    sealed = runtime.keyring.seal(key, _context(segment_id))
    digest = bytes.fromhex(writing.sha256.hexdigest())
    return Segment(segment_id, writing.sealer.size, sealed, digest, mediatype_of(writing.head))


async def _blocks(source: AsyncIterable[bytes], most: int) -> AsyncIterator[bytes]:
    """The source in blocks of at least BLOCK bytes, but for the last. Raises Problem 413."""
    waiting, total = bytearray(), 0
    async for chunk in source:
        total += len(chunk)
        if total > most:
            raise too_large(most)
        waiting += chunk
        if len(waiting) >= BLOCK:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)


def too_large(most: int) -> Problem:
    """Content that does not come in a body (413)."""
    detail = (
        f"Een document mag in een bericht hoogstens {most} bytes hebben. Stuur de inhoud in bestandsdelen: "
        "laat inhoud leeg en geef bestandsomvang."
    )
    return Problem(413, "payload_too_large", detail)


async def from_base64(runtime: Runtime, text: str, algoritme: str = "", waarde: str = "") -> Segment:
    """Write the content of a body. algoritme, waarde: the checksum that came with it. Raises Invalid (`inhoud`,
    `integriteit.waarde`) or Problem 413.
    """
    settings = settings_of(runtime)
    wanted = checksum_for(algoritme, waarde) if settings.verify_integriteit else None
    segment = await write(runtime, _decoded(text), most=settings.documenten_inhoud, checksum=wanted)
    if wanted is not None and not equal(wanted, waarde):
        await discard(runtime, [segment.id])
        raise wrong_checksum()
    return segment


async def _decoded(text: str) -> AsyncIterator[bytes]:
    """The bytes of base64, piece by piece: nothing else runs while one is decoded, in whatever thread. Raises Invalid."""
    rest, padded = "", False
    for start in range(0, len(text), BLOCK):
        part = rest + "".join(text[start : start + BLOCK].split())
        whole = len(part) // 4 * 4
        part, rest = part[:whole], part[whole:]
        if padded and part:
            raise _not_base64()
        try:
            yield await asyncio.to_thread(base64.b64decode, part, validate=True)
        except (binascii.Error, ValueError) as error:
            raise _not_base64() from error
        padded = padded or part.endswith("=")
    if rest:
        raise _not_base64()


def _not_base64() -> Invalid:
    return Invalid.field("inhoud", "invalid", "Dit is geen geldige base64.")


def wrong_checksum() -> Invalid:
    """The content is not what was sent."""
    return Invalid.field("integriteit.waarde", "invalid", "De inhoud heeft een andere controlewaarde.")


# ---- rows


async def new_bestand(unit: Unit) -> UUID:
    """Content that has no segments yet."""
    bestand_id = new_id()
    sql = "INSERT INTO bestand (id, mediatype, aangemaakt_op) VALUES ($1, '', $2)"
    await (await unit.connection()).execute(sql, bestand_id, unit.at)
    return bestand_id


async def add_segment(unit: Unit, bestand_id: UUID, volgnummer: int, segment: Segment) -> None:
    """Make what was written the segment with this number, in the place of what was there."""
    connection = await unit.connection()
    replaced = await connection.fetch(
        "DELETE FROM segment WHERE bestand_id = $1 AND volgnummer = $2 RETURNING id", bestand_id, volgnummer
    )
    await connection.execute(
        "INSERT INTO segment (id, bestand_id, volgnummer, omvang, sleutel, sha256) VALUES ($1, $2, $3, $4, $5, $6)",
        *(segment.id, bestand_id, volgnummer, segment.omvang, segment.sleutel, segment.sha256),
    )
    if volgnummer == 1:
        await connection.execute("UPDATE bestand SET mediatype = $2 WHERE id = $1", bestand_id, segment.mediatype)
    _discard_after(unit, [row["id"] for row in replaced])


async def forget(unit: Unit, bestand_ids: Sequence[UUID]) -> None:
    """Remove content: its rows now, the objects once that is committed."""
    connection = await unit.connection()
    gone = await connection.fetch(
        "DELETE FROM segment WHERE bestand_id = ANY($1::uuid[]) RETURNING id", list(bestand_ids)
    )
    await connection.execute("DELETE FROM bestand WHERE id = ANY($1::uuid[])", list(bestand_ids))
    _discard_after(unit, [row["id"] for row in gone])


def _discard_after(unit: Unit, segment_ids: Sequence[UUID]) -> None:
    if segment_ids:

        async def remove() -> None:
            crash.reach("content-unlinked")
            await discard(unit.runtime, segment_ids)

        unit.after_commit(remove)


async def discard(runtime: Runtime, segment_ids: Sequence[UUID]) -> None:
    """Remove objects that have no row. What does not succeed, the sweep does."""
    store = store_of(settings_of(runtime))

    def remove() -> None:
        with reachable():
            for segment_id in segment_ids:
                store.remove(str(segment_id))

    await asyncio.to_thread(remove)


# ---- reading


async def segments_of(runtime: Runtime, bestand_id: UUID) -> list[Segment]:
    """The segments of content, in order."""
    rows: list[asyncpg.Record] = await runtime.database.fetch(_SEGMENTS, bestand_id)
    return [Segment(row["id"], row["omvang"], row["sleutel"]) for row in rows]


async def read(runtime: Runtime, segments: Sequence[Segment], start: int, stop: int) -> AsyncIterator[bytes]:
    """The bytes of content from `start` to `stop`, a block at a time. Raises SealError when it was tampered with."""
    before = 0
    for segment in segments:
        first, last = max(start - before, 0), min(stop - before, segment.omvang)
        if first < last:
            async for block in _part(runtime, segment, first, last):
                yield block
        before += segment.omvang


async def _part(runtime: Runtime, segment: Segment, start: int, stop: int) -> AsyncIterator[bytes]:
    store, name = store_of(settings_of(runtime)), str(segment.id)
    key = runtime.keyring.open(segment.sleutel, _context(segment.id))
    stored = segment.omvang + frames_of(segment.omvang) * (STORED - FRAME)
    step = BLOCK // FRAME

    def frames(first: int, beyond: int) -> bytes:
        with reachable():
            sealed = store.read(name, first * STORED, min(beyond * STORED, stored))
        return b"".join(opened(key, segment.omvang, first, sealed))

    for first in range(start // FRAME, -(-stop // FRAME), step):
        beyond = min(first + step, -(-stop // FRAME))
        plain = await asyncio.to_thread(frames, first, beyond)
        yield plain[max(start - first * FRAME, 0) : stop - first * FRAME]
