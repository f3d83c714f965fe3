"""The policy as every service gets it: a row per key here, the same sealed value in the KV bucket `policy`.

The row is written in the transaction of the change; the bucket follows at once when NATS is there, and later when it is
not. After a reconnect every value is put again: the broker may have lost what it had.
"""

import asyncio
import logging
import uuid
from typing import Any

import nats.errors
import orjson
from nats.js.kv import KeyValue
from sqlalchemy import text

from chassis.database import CLOSED
from chassis.policy import BUCKET
from chassis.problems import Problem
from chassis.runtime import Runtime
from chassis.unit import Unit, unit_of_work

log = logging.getLogger(__name__)
ANSWER_WAIT = 2.0
"""Seconds a change waits for the bucket before it is answered anyway; the row makes sure it follows."""
_LOCK = 8120331
_UPSERT = text(
    "INSERT INTO policy_publicatie (key, value, versie, gepubliceerd) VALUES (:key, :value, :versie, false) "
    "ON CONFLICT (key) DO UPDATE SET value = excluded.value, versie = excluded.versie, gepubliceerd = false"
)


async def one_at_a_time(unit: Unit) -> None:
    """Wait until this unit is the only one that changes rights or credentials: before the first row it locks.

    There are few such changes, and of two that want the same client the second must see what the first did.
    """
    await unit.session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


async def publish(unit: Unit, key: str, content: dict[str, Any] | None) -> None:
    """Make `content` (None: nothing any more) the policy under `key`; the answer waits until services can know."""
    keyring = unit.runtime.keyring
    value = None if content is None else keyring.seal(orjson.dumps(content), f"{BUCKET}:{key}")
    await unit.session.execute(_UPSERT, {"key": key, "value": value, "versie": uuid.uuid4()})
    unit.after_commit(lambda: _flush_soon(unit.runtime))


async def publish_policy(runtime: Runtime) -> None:
    """For ever: put in the bucket what is not there yet, and everything again after a reconnect."""
    generation = -1
    while True:
        try:
            await runtime.messaging.jetstream()
            if generation != runtime.messaging.generation:
                generation = runtime.messaging.generation
                await runtime.database.fetch("UPDATE policy_publicatie SET gepubliceerd = false")
            await flush(runtime)
        except (nats.errors.Error, TimeoutError, Problem, *CLOSED) as error:
            log.warning("policy_publish_failed", extra={"error": type(error).__name__})
        await asyncio.sleep(0.5)


async def flush(runtime: Runtime) -> None:
    """Put every row that is not yet in the bucket. Raises nats.errors.Error while the broker is away."""
    rows = await runtime.database.fetch("SELECT key FROM policy_publicatie WHERE NOT gepubliceerd")
    if not rows:
        return
    bucket = await (await runtime.messaging.jetstream()).key_value(BUCKET)
    for row in rows:
        await _put(runtime, bucket, row["key"])


async def _put(runtime: Runtime, bucket: KeyValue, key: str) -> None:
    """Put what is the policy now, with its row locked: an older value that came later would undo a revocation."""
    async with unit_of_work(runtime) as unit:
        connection = await unit.connection()
        row = await connection.fetchrow(
            "SELECT value, versie FROM policy_publicatie WHERE key = $1 AND NOT gepubliceerd FOR UPDATE", key
        )
        if row is None:
            return
        if row["value"] is None:
            await bucket.delete(key)
        else:
            await bucket.put(key, row["value"])
        await connection.execute(
            "UPDATE policy_publicatie SET gepubliceerd = true WHERE key = $1 AND versie = $2", key, row["versie"]
        )


async def _flush_soon(runtime: Runtime) -> None:
    if not runtime.messaging.connected:
        return
    try:
        async with asyncio.timeout(ANSWER_WAIT):
            await flush(runtime)
    except (nats.errors.Error, TimeoutError, Problem, *CLOSED) as error:
        log.warning("policy_publish_later", extra={"error": type(error).__name__})
