"""Reading a form with a file in it (multipart/form-data) as it comes, so that no more than a chunk is in memory."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

from chassis.problems import Invalid, problem_of

MOST_HEADER = 4096
"""Bytes of the headers of one part."""


@dataclass
class _Parts:
    """What the parser found in the chunks it was fed: the name of the field, and bytes of it."""

    found: list[tuple[str, bytes]] = field(default_factory=list)
    name: str = ""
    _header: bytes = b""
    _value: bytes = b""

    def on_part_begin(self) -> None:
        self.name, self._header, self._value = "", b"", b""

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]
        self._bounded()

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        self._bounded()

    def on_header_end(self) -> None:
        if self._header.strip().lower() == b"content-disposition":
            _, options = parse_options_header(self._value)
            self.name = options.get(b"name", b"").decode("utf-8", "replace")
        self._header, self._value = b"", b""

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self.found.append((self.name, data[start:end]))

    def on_part_end(self) -> None:
        self.found.append((self.name, b""))

    def _bounded(self) -> None:
        if len(self._header) + len(self._value) > MOST_HEADER:
            raise FormParserError("the headers of a part are too long")


async def parts_of(request: Request) -> AsyncIterator[tuple[str, bytes]]:
    """Name and bytes, piece by piece; an empty piece ends a field. Raises Problem 415, or Invalid for a broken form."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise problem_of(415)
    parts = _Parts()
    names = ("on_part_begin", "on_header_field", "on_header_value", "on_header_end", "on_part_data", "on_part_end")
    try:
        parser = MultipartParser(options[b"boundary"], {name: getattr(parts, name) for name in names})  # type: ignore[arg-type]
        async for chunk in request.stream():
            parser.write(chunk)
            for piece in parts.found:
                yield piece
            parts.found.clear()
        parser.finalize()
    except (FormParserError, ClientDisconnect) as error:  # who left does not hear it
        raise Invalid.field("nonFieldErrors", "parse_error", "Dit is geen geldig formulier.") from error
    for piece in parts.found:
        yield piece
