"""The malware scanner: clamd sees all content while it is written, and says at the end whether it is clean (INSTREAM)."""

import asyncio
import contextlib
import logging
from dataclasses import dataclass

from chassis.problems import Invalid, Problem, Unavailable

log = logging.getLogger(__name__)
TIMEOUT = 60.0
"""Seconds that clamd gets for each step."""
CHUNK = 1024 * 1024
"""Bytes sent at once; clamd refuses what is larger than its StreamMaxLength."""


@dataclass
class Scan:
    """One scan under way."""

    _writer: asyncio.StreamWriter
    _answer: "asyncio.Task[bytes]"
    """Listened for all the time: who is sent too much says so, and closes before it has read all."""

    @classmethod
    async def begin(cls, address: str) -> "Scan":
        """Connect. Raises Unavailable: nothing is accepted unseen."""
        host, _, port = address.rpartition(":")
        try:
            async with asyncio.timeout(TIMEOUT):
                reader, writer = await asyncio.open_connection(host, int(port))
                writer.write(b"zINSTREAM\0")
                await writer.drain()
        except (OSError, TimeoutError, ValueError) as error:
            raise _away() from error
        return cls(writer, asyncio.create_task(reader.readuntil(b"\0")))

    async def add(self, block: bytes) -> None:
        """Let it see more. Raises Unavailable."""
        try:
            async with asyncio.timeout(TIMEOUT):
                for start in range(0, len(block), CHUNK):
                    part = block[start : start + CHUNK]
                    self._writer.write(len(part).to_bytes(4, "big") + part)
                    await self._writer.drain()
        except (OSError, TimeoutError) as error:
            raise self._broken_off() from error
        if self._answer.done():  # before it has seen all
            raise self._broken_off()

    def _broken_off(self) -> Problem:
        heard = self._answer.done() and not self._answer.cancelled() and self._answer.exception() is None
        return _not_judged(self._answer.result() if heard else b"")

    async def end(self) -> None:
        """Hear what it found. Raises Invalid when it is not clean, Unavailable when it does not know."""
        try:
            async with asyncio.timeout(TIMEOUT):
                self._writer.write(bytes(4))
                await self._writer.drain()
                answer = await self._answer
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise self._broken_off() from error
        if answer.endswith(b"FOUND\0"):
            log.warning("content_infected", extra={"found": answer[:100].decode("ascii", "replace")})
            raise Invalid.field("inhoud", "infected", "De virusscanner keurt deze inhoud af.")
        if not answer.endswith(b"OK\0"):
            raise _not_judged(answer)

    async def close(self) -> None:
        """End the connection."""
        self._answer.cancel()
        await asyncio.gather(self._answer, return_exceptions=True)
        self._writer.close()
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(1):
                await self._writer.wait_closed()


def _not_judged(answer: bytes) -> Problem:
    log.warning("content_not_scanned", extra={"answer": answer[:100].decode("ascii", "replace")})
    if b"size limit" in answer:
        reason = "De virusscanner kan zoveel inhoud niet bekijken. Neem contact op met de beheerder."
        return Invalid.field("inhoud", "too-large-to-scan", reason)
    return _away()


def _away() -> Unavailable:
    return Unavailable("virusscanner-niet-bereikbaar", "De virusscanner is even niet bereikbaar.")
