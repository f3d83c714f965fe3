"""Encryption of a segment: frames of 64 KiB, each sealed with AES-256-GCM under the key of the segment.

The nonce of a frame is its number and whether it is the last; the key is used for one segment only, so no nonce comes
back. A frame that is moved, or an end that is cut off, does not open. Any part can be read by the frames it lies in.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chassis.sealing import SealError

FRAME = 64 * 1024
"""Bytes of plain text in a frame; the last one may have fewer."""
TAG = 16
STORED = FRAME + TAG
"""Bytes of a full frame as it is stored."""


def new_key() -> bytes:
    """A key for one segment."""
    return AESGCM.generate_key(256)


def frames_of(size: int) -> int:
    """How many frames a segment of so many bytes has; an empty one has one."""
    return max(1, -(-size // FRAME))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(8, "big") + bytes((last, 0, 0, 0))


@dataclass
class Sealer:
    """Encrypts a segment as its bytes come."""

    key: bytes
    size: int = 0
    """Bytes of plain text so far."""
    _number: int = 0
    _waiting: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        self._cipher = AESGCM(self.key)

    def add(self, block: bytes) -> bytes:
        """The frames that are full now; one is held back, which may be the last."""
        self.size += len(block)
        self._waiting += block
        sealed = bytearray()
        while len(self._waiting) > FRAME:
            sealed += self._frame(bytes(self._waiting[:FRAME]), last=False)
            del self._waiting[:FRAME]
        return bytes(sealed)

    def end(self) -> bytes:
        """The last frame."""
        return self._frame(bytes(self._waiting), last=True)

    def _frame(self, plain: bytes, *, last: bool) -> bytes:
        nonce = _nonce(self._number, last=last)
        self._number += 1
        return self._cipher.encrypt(nonce, plain, None)


def opened(key: bytes, size: int, first: int, sealed: bytes) -> Iterator[bytes]:
    """The plain frames of a segment of `size` bytes, of which `sealed` begins with frame `first`. Raises SealError."""
    cipher, last = AESGCM(key), frames_of(size) - 1
    for place, start in enumerate(range(0, len(sealed), STORED)):
        number = first + place
        try:
            yield cipher.decrypt(_nonce(number, last=number == last), sealed[start : start + STORED], None)
        except InvalidTag as error:
            raise SealError("the content was changed or cut off") from error
