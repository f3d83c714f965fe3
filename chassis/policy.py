"""The policy: all applicaties and credentials, in memory, fed by the KV bucket `policy`.

No network hop per request. Each service keeps the last snapshot, still encrypted, in its database and starts from it
when NATS is away; without any snapshot it is not ready and answers 503. After a reconnect everything is read again.
"""

import asyncio
import hashlib
import logging
from collections.abc import Iterable
from typing import Any, NamedTuple

import nats.errors
import orjson
from nats.js.kv import KeyValue

from chassis import clock
from chassis.access import Autorisatie, Caller, Token, TokenCache, TokenError, client_id_of, verify
from chassis.database import Database
from chassis.messaging import Messaging
from chassis.problems import Problem, Unavailable
from chassis.sealing import Keyring, SealError

log = logging.getLogger(__name__)
BUCKET = "policy"
UNKNOWN_CLIENT_WAIT = 0.25
"""Seconds a client we do not know waits for the watch: it may have been made a moment ago."""
REREAD = 60.0
"""Seconds after which the watch proves by reading the bucket that it still hears."""
_SAVE = """
INSERT INTO policy_snapshot (key, value, revision) VALUES ($1, $2, $3)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, revision = excluded.revision
"""

EVERYTHING = "heeftAlleAutorisaties"


class Rights(NamedTuple):
    """Of a client, in the order in which `Caller` takes them."""

    everything: bool
    autorisaties: tuple[Autorisatie, ...]
    flags: frozenset[str]
    derived: dict[Any, Any]


def credential_key(client_id: str) -> str:
    """Key of a client's secrets in the bucket (a client_id may hold characters a key may not)."""
    return f"credential.{hashlib.sha256(client_id.encode()).hexdigest()}"


def applicatie_key(applicatie_id: str) -> str:
    """Key of an applicatie in the bucket."""
    return f"applicatie.{applicatie_id}"


class Policy:
    """Rights and secrets of every client. `version` rises with each change, so caches know when to forget."""

    def __init__(self, database: Database, keyring: Keyring, *, max_age: int) -> None:
        self._database, self._keyring, self._max_age = database, keyring, max_age
        self._sealed: dict[str, bytes] = {}
        self._secrets: dict[str, tuple[str, ...]] = {}
        self._applicaties: dict[str, dict[str, Any]] = {}
        self._rights: dict[str, Rights] = {}
        self._stale = False
        """Whether the rights must be made anew from the applicaties; done when they are next asked for."""
        self._saved: dict[str, bytes] = {}
        """What the snapshot in the database holds."""
        self._behind = False
        """Whether the snapshot misses something, because the database was away."""
        self._tokens = TokenCache()
        self._changed = asyncio.Condition()
        self.version = 0
        self.loaded = False
        self.heard_at: float | None = None

    @property
    def age(self) -> float | None:
        """Seconds since the bucket was last heard; None before the first time."""
        return None if self.heard_at is None else clock.now().timestamp() - self.heard_at

    async def authenticate(self, token: str) -> Caller:
        """The caller of a token. Raises TokenError, or Unavailable while no policy is known at all."""
        if not self.loaded:
            raise Unavailable("autorisaties-onbekend", "De rechten zijn nog niet geladen.")
        verified = self._tokens.get(token, self.version) or await self._verify(token)
        if self._stale:
            self._rights, self._stale = _rights(self._applicaties.values()), False
        rights = self._rights.get(verified.client_id) or _none()
        return Caller(verified.client_id, verified.user_id, verified.user_representation, *rights)

    def label_of(self, client_id: str) -> str:
        """The label of the applicatie of a client; the client_id itself when it has none now."""
        labels = (one["label"] for one in self._applicaties.values() if client_id in one["clientIds"])
        return str(next(labels, client_id))

    async def load_snapshot(self) -> None:
        """Start from the last snapshot in the database, if there is one."""
        rows = await self._database.fetch("SELECT key, value FROM policy_snapshot")
        for row in rows:
            self._saved[row["key"]] = row["value"]
            self._apply(row["key"], row["value"])
        self.loaded = self.loaded or bool(rows)

    async def follow(self, messaging: Messaging) -> None:
        """Follow the bucket for ever: read all, then every change; again after each reconnect."""
        while True:
            try:
                await self._follow_once(messaging)
            except (nats.errors.Error, TimeoutError, OSError, Problem) as error:
                log.warning("policy_watch_lost", extra={"error": type(error).__name__})
            await asyncio.sleep(0.2)

    def warn_when_old(self) -> bool:
        """Whether the policy is older than MEENT_POLICY_MAX_AGE; logs it. It is still served."""
        old = self.age is None or self.age > self._max_age
        if old:
            log.warning("policy_old", extra={"age_seconds": self.age})
        return old

    async def _follow_once(self, messaging: Messaging) -> None:
        jetstream = await messaging.jetstream()
        generation = messaging.generation
        bucket = await jetstream.key_value(BUCKET)
        watch = await bucket.watchall()
        self._behind = False
        started = asyncio.get_running_loop().time()
        try:
            initial = True
            while generation == messaging.generation:
                try:
                    entry = await watch.updates(timeout=1)  # type: ignore[no-untyped-call]
                except nats.errors.TimeoutError:
                    entry = None
                    if initial or self._behind or asyncio.get_running_loop().time() - started > REREAD:
                        return
                    if messaging.connected:
                        await self._heard()
                    continue
                if entry is None:
                    initial = False
                    await self._initial_done()
                    continue
                await self._take(entry)
        finally:
            await watch.stop()  # type: ignore[no-untyped-call]

    async def _initial_done(self) -> None:
        # A key that is absent is not forgotten: a revocation leaves a delete marker, so absence means that the broker
        # lost its data and the bucket is being filled again.
        self.loaded = True
        await self._heard()

    async def _heard(self) -> None:
        self.heard_at = clock.now().timestamp()
        async with self._changed:
            self._changed.notify_all()

    async def _take(self, entry: KeyValue.Entry) -> None:
        value = None if entry.operation in {"DEL", "PURGE"} else entry.value
        if value is None:
            self._forget(entry.key)
        elif self._sealed.get(entry.key) != value:
            self._apply(entry.key, value)
        await self._heard()
        await self._save(entry.key, value, entry.revision or 0)

    async def _save(self, key: str, value: bytes | None, revision: int) -> None:
        """Keep the snapshot. While the database is away only memory is right, and all is read again soon."""
        if self._saved.get(key) == value:
            return
        try:
            if value is None:
                await self._database.fetch("DELETE FROM policy_snapshot WHERE key = $1", key)
                del self._saved[key]
            else:
                await self._database.fetch(_SAVE, key, value, revision)
                self._saved[key] = value
        except Problem:
            self._behind = True

    def _forget(self, key: str) -> None:
        if self._sealed.pop(key, None) is None:
            return
        if self._applicaties.pop(key, None) is None:
            self._secrets = {client: found for client, found in self._secrets.items() if credential_key(client) != key}
        self._renew()

    def _apply(self, key: str, sealed: bytes) -> None:
        try:
            content = orjson.loads(self._keyring.open(sealed, f"{BUCKET}:{key}"))
        except SealError as error:
            log.error("policy_entry_unreadable", extra={"key": key, "error": str(error)})
            return
        self._sealed[key] = sealed
        if key.startswith("credential."):
            self._secrets[content["clientId"]] = tuple(content["secrets"])
        else:
            self._applicaties[key] = content
        self._renew()

    def _renew(self) -> None:
        self._stale = True
        self.version += 1

    async def _verify(self, token: str) -> Token:
        client_id = client_id_of(token)
        if client_id not in self._secrets:
            await self._wait_for(client_id)
        verified = verify(token, self._secrets.get(client_id, ()))
        self._tokens.put(token, verified, self.version)
        return verified

    async def _wait_for(self, client_id: str) -> None:
        async with self._changed:
            try:
                async with asyncio.timeout(UNKNOWN_CLIENT_WAIT):
                    await self._changed.wait_for(lambda: client_id in self._secrets)
            except TimeoutError:
                raise TokenError("unknown client") from None


def _rights(applicaties: Iterable[dict[str, Any]]) -> dict[str, Rights]:
    """Per client: its rights."""
    rights: dict[str, Rights] = {}
    for content in applicaties:
        autorisaties = tuple(_autorisatie(item) for item in content["autorisaties"])
        flags = frozenset(name for name, value in content.items() if value is True and name != EVERYTHING)
        for client_id in content["clientIds"]:
            others = rights.get(client_id) or _none()
            everything = others.everything or bool(content[EVERYTHING])
            rights[client_id] = Rights(everything, others.autorisaties + autorisaties, others.flags | flags, {})
    return rights


def _none() -> Rights:
    return Rights(everything=False, autorisaties=(), flags=frozenset(), derived={})


def _autorisatie(item: dict[str, object]) -> Autorisatie:
    limits = {name: str(value) for name, value in item.items() if name not in {"component", "scopes"} and value}
    scopes = item["scopes"]
    return Autorisatie(str(item["component"]), frozenset(scopes), limits)  # type: ignore[call-overload]
