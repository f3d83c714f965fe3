"""The content of a version: what a body says of it, written to the store before the first statement of the unit."""

import contextlib
from dataclasses import dataclass
from typing import Any

from chassis.problems import Invalid
from chassis.unit import Unit
from services.zaken.documenten.bestandsdeel import drop_parts, join_parts, new_lock, plan_parts
from services.zaken.documenten.enkelvoudiginformatieobject.fields import (
    EIO,
    Enkelvoudiginformatieobject,
    EnkelvoudiginformatieobjectIn,
)
from services.zaken.documenten.opslag.bestand import (
    Segment,
    add_segment,
    from_base64,
    new_bestand,
    read,
    segments_of,
    wrong_checksum,
)
from services.zaken.documenten.opslag.integriteit import checksum_for, equal
from services.zaken.documenten.opslag.scanner import Scan
from services.zaken.settings import settings_of


@dataclass(frozen=True)
class Content:
    """What becomes of the content. keep: nothing; written: this is it; size: it comes in parts, or there is none."""

    keep: bool = False
    written: Segment | None = None
    size: int | None = None

    @property
    def in_parts(self) -> bool:
        """Whether it is sent in bestandsdelen."""
        return not self.keep and self.written is None and bool(self.size)

    async def attach(self, unit: Unit, row: Enkelvoudiginformatieobject) -> None:
        """Let a document have it."""
        if self.keep:
            return
        if row.wacht_op_delen:
            await drop_parts(unit, row.id)
        row.bestand_id = await new_bestand(unit) if self.written else None
        if self.written and row.bestand_id:
            await add_segment(unit, row.bestand_id, 1, self.written)
        row.bestandsomvang = self.written.omvang if self.written else self.size
        row.wacht_op_delen = self.in_parts
        if self.in_parts and not row.lock:
            row.lock = new_lock()

    async def plan(self, unit: Unit, row: Enkelvoudiginformatieobject) -> None:
        """Let a stored document show the parts in which it comes."""
        if self.in_parts:
            await plan_parts(unit, row.id, self.size or 0)
            await unit.touch(EIO, row)


async def content_of(unit: Unit, body: EnkelvoudiginformatieobjectIn, present: dict[str, Any] | None) -> Content:
    """What a body says of the content; written to the store when it is in the body. present: the JSON of the document
    before. Raises Invalid, or Problem 413 when it is too large for a body.

    Content that a document has stays when neither its size nor other content is given: who sends back the JSON it got,
    with the URL of the content in it, changes nothing.
    """
    inhoud = body.inhoud
    if present is not None and inhoud == present["inhoud"]:
        inhoud = None
    if inhoud is None and present is not None and body.bestandsomvang == present["bestandsomvang"]:
        return Content(keep=True)
    if inhoud is None and body.bestandsomvang != 0:
        return Content(size=body.bestandsomvang)
    given = body.integriteit
    checked = (given.algoritme, given.waarde) if given else ("", "")
    written = await from_base64(unit.runtime, inhoud or "", *checked)
    if body.bestandsomvang not in {None, written.omvang}:
        reason = f"De inhoud is {written.omvang} bytes."
        raise Invalid.field("nonFieldErrors", "file-size", reason)
    return Content(written=written)


async def complete(unit: Unit, row: Enkelvoudiginformatieobject, *, forced: bool) -> None:
    """Join the parts of a document that is unlocked. Raises Invalid when some are missing; forced: they are given up."""
    if not row.wacht_op_delen:
        return
    row.bestand_id = await join_parts(unit, row.id)
    if row.bestand_id is None:
        if not forced:
            reason = "Nog niet alle bestandsdelen zijn er."
            raise Invalid.field("nonFieldErrors", "incomplete-upload", reason)
        await drop_parts(unit, row.id)
        row.bestandsomvang = None
    else:
        await verify(unit, row, forced=forced)
    row.wacht_op_delen = False


async def verify(unit: Unit, row: Enkelvoudiginformatieobject, *, forced: bool) -> None:
    """Look at content that came in parts as a whole: the scanner, for what is harmless in parts, and the checksum that came
    with the document, unless it is forced. Raises Invalid, or Unavailable when the scanner is away.
    """
    settings, given = settings_of(unit.runtime), row.integriteit or {"algoritme": "", "waarde": ""}
    checksum = checksum_for(given["algoritme"], given["waarde"]) if settings.verify_integriteit and not forced else None
    segments = await segments_of(unit.runtime, row.bestand_id) if row.bestand_id else []
    scans = settings.scanner and len(segments) > 1
    if checksum is None and not scans:
        return
    async with contextlib.AsyncExitStack() as stack:
        scan = await Scan.begin(settings.scanner) if scans else None
        if scan is not None:
            stack.push_async_callback(scan.close)
        async for block in read(unit.runtime, segments, 0, row.bestandsomvang or 0):
            if scan is not None:
                await scan.add(block)
            if checksum is not None:
                checksum.update(block)
        if scan is not None:
            await scan.end()
    if checksum is not None and not equal(checksum, given["waarde"]):
        raise wrong_checksum()
