"""Sending content: whole, or the part that a Range asks for (RFC 9110), in blocks, with headers that are safe."""

import re
from collections.abc import AsyncIterator
from urllib.parse import quote
from uuid import UUID

from starlette.responses import Response, StreamingResponse

from chassis.problems import NotFound, Problem
from chassis.reading import Reader
from services.zaken.documenten.opslag.bestand import read, segments_of
from services.zaken.documenten.opslag.mediatype import served_as

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
_UNSAFE = re.compile(r'[^A-Za-z0-9._ -]|[/\\"]')


async def content_response(reader: Reader, bestand_id: UUID, bestandsnaam: str, formaat: str) -> Response:
    """Answer with content: 200, 206 with a part, 304 when the caller has it. Raises NotFound, or Problem 416."""
    rows = await reader.runtime.database.fetch("SELECT mediatype FROM bestand WHERE id = $1", bestand_id)
    if not rows:
        raise NotFound
    segments = await segments_of(reader.runtime, bestand_id)
    size = sum(segment.omvang for segment in segments)
    etag, asked = f'"{bestand_id.hex}"', reader.request.headers
    headers = {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Content-Disposition": disposition(bestandsnaam),
        "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    }
    if etag in asked.get("if-none-match", "") or asked.get("if-none-match") == "*":
        return Response(status_code=304, headers=headers)
    part = asked_range(asked.get("range", ""), size) if asked.get("if-range", etag) == etag else None
    start, stop = part or (0, size)
    headers["Content-Length"] = str(stop - start)
    if part:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    kind = served_as(rows[0]["mediatype"], formaat)
    status = 206 if part else 200
    if reader.request.scope.get("bodiless"):
        return Response(b"", status, headers, media_type=kind)
    blocks = await begun(read(reader.runtime, segments, start, stop))
    return StreamingResponse(blocks, status, headers, media_type=kind)


async def begun(blocks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same blocks, the first of them read: a store that is away is a 503 as long as nothing was answered."""
    first = await anext(blocks, b"")

    async def whole() -> AsyncIterator[bytes]:
        yield first
        async for block in blocks:
            yield block

    return whole()


def asked_range(header: str, size: int) -> tuple[int, int] | None:
    """Start and end of the one range that is asked for; None when none is, or several, which may be ignored.
    Raises Problem 416.
    """
    found = _RANGE.fullmatch(header.strip().replace(" ", ""))
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        start, stop = max(size - int(last), 0), size
    else:
        start, stop = int(first), min(int(last) + 1, size) if last else size
    if start >= size or start >= stop:
        if last and first and int(last) < int(first):
            return None
        detail = f"Het bestand heeft {size} bytes."
        raise Problem(416, "range_not_satisfiable", detail, headers={"Content-Range": f"bytes */{size}"})
    return start, stop


def disposition(name: str) -> str:
    """The header with a file's name (RFC 6266): never shown in the page, and nothing in the name is a path."""
    safe = name.replace("/", "_").replace("\\", "_").strip() or "document"
    plain = _UNSAFE.sub("_", safe)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(safe, safe='')}"
