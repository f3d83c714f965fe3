"""Idempotency-Key on the POSTs of our own APIs: one effect and one answer per client and key, kept for 24 hours.

The answer is stored, sealed, in the same transaction as the effect. A second request while the first is under way gets
409 `verzoek-in-behandeling`; the same key with another body 409 `idempotentiesleutel-hergebruikt`.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import asyncpg
import orjson
from starlette.requests import Request
from starlette.responses import Response

from chassis import clock
from chassis.problems import Conflict, Invalid

if TYPE_CHECKING:
    from chassis.unit import Unit

KEPT = timedelta(hours=24)
_LOOK_UP = """
SELECT pg_try_advisory_xact_lock($2) AS free,
       (SELECT row(request, status, answer) FROM idempotency WHERE key = $1 AND created_at > $3) AS kept
"""
_STORE = """
INSERT INTO idempotency AS i (key, request, status, answer, created_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (key) DO UPDATE SET request = excluded.request, status = excluded.status, answer = excluded.answer,
    created_at = excluded.created_at WHERE i.created_at <= $6
"""


class Replayed(Exception):
    """The answer this key got before; the application's handler gives it again."""

    def __init__(self, response: Response) -> None:
        super().__init__("replayed")
        self.response = response


@dataclass(frozen=True)
class Pending:
    """A key that is seen for the first time: its answer is stored at commit."""

    key: bytes
    request: bytes

    async def store(self, connection: asyncpg.Connection, unit: "Unit") -> None:
        """Keep the answer. A route that gave none through the unit is a defect, hence the assertion.

        Raises Conflict when the key was stored meanwhile: `claim` sees the rows of just before it got the lock.
        """
        answer = unit.answer
        if answer is None:
            raise AssertionError("a POST with an Idempotency-Key must answer through its unit of work")
        headers = {
            name: answer.headers[name] for name in ("etag", "location", "content-type") if name in answer.headers
        }
        content = orjson.dumps([headers, bytes(answer.body).decode()])
        sealed = unit.runtime.keyring.seal(content, f"idempotency:{self.key.hex()}")
        done = await connection.execute(
            _STORE, self.key, self.request, answer.status_code, sealed, unit.at, unit.at - KEPT
        )
        if done != "INSERT 0 1":
            raise _under_way()


async def claim(request: Request, unit: "Unit") -> None:
    """Take the request's Idempotency-Key for this unit. Raises Replayed, Conflict or Invalid; no header, no effect."""
    header = request.headers.get("idempotency-key")
    if header is None:
        return
    if not 1 <= len(header) <= 200:
        raise Invalid.field("Idempotency-Key", "max_length", "De sleutel is leeg of langer dan 200 tekens.")
    scope = f"{unit.caller.client_id}\n{request.method}\n{request.scope['path']}\n{header}"
    key = hashlib.sha256(scope.encode()).digest()
    body = hashlib.sha256(await request.body()).digest()
    connection = await unit.connection()
    lock = int.from_bytes(key[:8], "big", signed=True)
    found = await connection.fetchrow(_LOOK_UP, key, lock, clock.now() - KEPT)
    if not found["free"]:
        raise _under_way()
    if found["kept"] is None:
        unit.pending = Pending(key, body)
        return
    known_body, status, answer = found["kept"]
    if known_body != body:
        raise Conflict("idempotentiesleutel-hergebruikt", "Deze Idempotency-Key is al voor een ander bericht gebruikt.")
    headers, text = orjson.loads(unit.runtime.keyring.open(answer, f"idempotency:{key.hex()}"))
    raise Replayed(Response(text.encode(), status, headers))


def _under_way() -> Conflict:
    return Conflict("verzoek-in-behandeling", "Hetzelfde verzoek wordt nu al verwerkt.")


async def forget_old(connection: asyncpg.Connection) -> None:
    """Remove answers older than 24 hours."""
    await connection.execute("DELETE FROM idempotency WHERE created_at < $1", clock.now() - KEPT)
