"""Checksums that come with content: those that are well defined are verified, the others are kept as they came."""

import hashlib
import zlib
from typing import Protocol


class Checksum(Protocol):
    """A checksum that is being made."""

    def update(self, block: bytes, /) -> None:
        """More content."""

    def hexdigest(self) -> str:
        """The checksum, in hexadecimal."""


class Crc32:
    """CRC-32 as zip has it."""

    def __init__(self) -> None:
        self._value = 0

    def update(self, block: bytes, /) -> None:
        """More content."""
        self._value = zlib.crc32(block, self._value)

    def hexdigest(self) -> str:
        """The checksum, in hexadecimal."""
        return f"{self._value:08x}"


_LENGTHS = {"md5": 32, "sha_1": 40, "sha_256": 64, "sha_512": 128, "crc_32": 8}
_NAMES = {"md5": "md5", "sha_1": "sha1", "sha_256": "sha256", "sha_512": "sha512"}
_SHA3 = {56: "sha3_224", 64: "sha3_256", 96: "sha3_384", 128: "sha3_512"}
"""By the length of the value: the standard does not say which."""


def checksum_for(algoritme: str, waarde: str) -> Checksum | None:
    """What makes a checksum that can be compared with this value; None when that cannot be done."""
    if algoritme == "sha_3":
        name = _SHA3.get(len(waarde))
        return hashlib.new(name) if name else None
    if algoritme == "crc_32":
        return Crc32() if len(waarde) == _LENGTHS["crc_32"] else None
    if algoritme in _NAMES:
        return hashlib.new(_NAMES[algoritme], usedforsecurity=False)
    return None


def equal(checksum: Checksum, waarde: str) -> bool:
    """Whether the content has this checksum."""
    return checksum.hexdigest() == waarde.strip().lower()
