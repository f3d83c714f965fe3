"""Encryption at rest and blind indexes: AES-256-GCM with the key's id in front, HMAC-SHA-256 to look values up.

The keys come from MEENT_KEYS: `{"active": "k1", "keys": {"k1": "<base64 of 32 bytes>"}, "index": "<base64 of 32 bytes>"}`,
inline or as the path of a file. New values are sealed with the active key; older keys still open what they sealed.
"""

import base64
import hashlib
import hmac
import json
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = 1
_NONCE = 12


class SealError(Exception):
    """A sealed value cannot be opened: its key is unknown, or it was changed or moved."""


@dataclass(frozen=True)
class Keyring:
    """The data keys of an installation."""

    active: str
    ciphers: dict[str, AESGCM]
    index_key: bytes

    @classmethod
    def load(cls, value: str) -> "Keyring":
        """From inline JSON or a path. Raises ValueError when it is missing or malformed."""
        if not value:
            raise ValueError("MEENT_KEYS is not set: a service does not start without data keys")
        text = value if value.lstrip().startswith("{") else Path(value).read_text()
        content = {"active": "", "keys": {}, "index": "", **json.loads(text)}
        keys = {kid: base64.b64decode(key) for kid, key in content["keys"].items()}
        index = base64.b64decode(content["index"])
        if content["active"] not in keys or any(len(key) != 32 for key in [*keys.values(), index]):
            raise ValueError("MEENT_KEYS: the active key must exist and every key must be 32 bytes")
        return cls(content["active"], {kid: AESGCM(key) for kid, key in keys.items()}, index)

    @staticmethod
    def generate() -> str:
        """A fresh MEENT_KEYS document."""
        data, index = (base64.b64encode(os.urandom(32)).decode() for _ in range(2))
        return json.dumps({"active": "k1", "keys": {"k1": data}, "index": index})

    def seal(self, plain: bytes, context: str) -> bytes:
        """Encrypt; `context` (say `tabel:id`) is bound to it, so a sealed value cannot be moved to another row."""
        kid = self.active.encode()
        nonce = os.urandom(_NONCE)
        sealed = self.ciphers[self.active].encrypt(nonce, plain, context.encode())
        return bytes((_VERSION, len(kid))) + kid + nonce + sealed

    def open(self, sealed: bytes, context: str) -> bytes:
        """Decrypt what `seal` made with the same context. Raises SealError."""
        if len(sealed) < 2 or sealed[0] != _VERSION:
            raise SealError("not a sealed value")
        start = 2 + sealed[1]
        kid = sealed[2:start].decode(errors="replace")
        cipher = self.ciphers.get(kid)
        if cipher is None:
            raise SealError(f"unknown key {kid!r}")
        try:
            return cipher.decrypt(sealed[start : start + _NONCE], sealed[start + _NONCE :], context.encode())
        except (InvalidTag, ValueError) as error:  # ValueError: too short to hold a nonce
            raise SealError("sealed value was changed or moved") from error

    def index(self, value: str, purpose: str) -> bytes:
        """Blind index of a value: equal values give equal bytes for one purpose, and nothing else can be read from it."""
        return hmac.new(self.index_key, f"{purpose}:{value}".encode(), hashlib.sha256).digest()
