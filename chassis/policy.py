"""The policy: all applicaties and credentials, in memory, fed by the KV bucket `policy`.

No network hop per request. Each service keeps the last snapshot, still encrypted, in its database and starts from it
when NATS is away; without any snapshot it is not ready and answers 503. After a reconnect everything is read again.
"""

import asyncio
import hashlib
import logging
from dataclasses import dataclass, field

import asyncpg
import nats.errors
import orjson
from nats.js.kv import KeyValue

from chassis import clock
from chassis.access import Autorisatie, Caller, Token, TokenCache, TokenError, client_id_of, verify
from chassis.database import Database
from chassis.messaging import Messaging
from chassis.problems import Unavailable
from chassis.sealing import Keyring, SealError

log = logging.getLogger(__name__)
BUCKET = "policy"
UNKNOWN_CLIENT_WAIT = 0.25
"""Seconds a client we do not know waits for the watch: it may have been made a moment ago."""
REREAD = 60.0
"""Seconds after which the watch proves by reading the bucket that it still hears."""


@dataclass
class _Rights:
    everything: bool = False
    autorisaties: list[Autorisatie] = field(default_factory=list)


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
        self._applicaties: dict[str, dict[str, object]] = {}
        self._rights: dict[str, _Rights] = {}
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
        rights = self._rights.get(verified.client_id) or _Rights()
        return Caller(
            verified.client_id,
            verified.user_id,
            verified.user_representation,
            rights.everything,
            tuple(rights.autorisaties),
        )

    async def load_snapshot(self) -> None:
        """Start from the last snapshot in the database, if there is one."""
        rows = await self._database.fetch("SELECT key, value FROM policy_snapshot")
        for row in rows:
            self._apply(row["key"], row["value"])
        self.loaded = self.loaded or bool(rows)

    async def follow(self, messaging: Messaging) -> None:
        """Follow the bucket for ever: read all, then every change; again after each reconnect."""
        while True:
            try:
                await self._follow_once(messaging)
            except (nats.errors.Error, TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
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
        started = asyncio.get_running_loop().time()
        try:
            initial = True
            while generation == messaging.generation:
                try:
                    entry = await watch.updates(timeout=1)  # type: ignore[no-untyped-call]
                except nats.errors.TimeoutError:
                    entry = None
                    if initial or asyncio.get_running_loop().time() - started > REREAD:
                        return
                    if messaging.connected:
                        self._heard()
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
        self._heard()
        async with self._changed:
            self._changed.notify_all()

    def _heard(self) -> None:
        self.heard_at = clock.now().timestamp()

    async def _take(self, entry: KeyValue.Entry) -> None:
        if entry.operation in {"DEL", "PURGE"} or entry.value is None:
            await self._forget(entry.key)
        elif self._sealed.get(entry.key) != entry.value:
            self._apply(entry.key, entry.value)
            await self._database.fetch(
                "INSERT INTO policy_snapshot (key, value, revision) VALUES ($1, $2, $3) ON CONFLICT (key) "
                "DO UPDATE SET value = excluded.value, revision = excluded.revision",
                entry.key,
                entry.value,
                entry.revision or 0,
            )
        self._heard()
        async with self._changed:
            self._changed.notify_all()

    async def _forget(self, key: str) -> None:
        if self._sealed.pop(key, None) is None:
            return
        self._applicaties.pop(key, None)
        self._secrets = {client: found for client, found in self._secrets.items() if credential_key(client) != key}
        self._index()
        await self._database.fetch("DELETE FROM policy_snapshot WHERE key = $1", key)

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
        self._index()

    def _index(self) -> None:
        rights: dict[str, _Rights] = {}
        for content in self._applicaties.values():
            for client_id in content["clientIds"]:  # type: ignore[attr-defined]
                mine = rights.setdefault(client_id, _Rights())
                mine.everything = mine.everything or bool(content["heeftAlleAutorisaties"])
                mine.autorisaties += [_autorisatie(item) for item in content["autorisaties"]]  # type: ignore[attr-defined]
        self._rights = rights
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


def _autorisatie(item: dict[str, object]) -> Autorisatie:
    limits = {name: str(value) for name, value in item.items() if name not in {"component", "scopes"} and value}
    scopes = item["scopes"]
    return Autorisatie(str(item["component"]), frozenset(scopes), limits)  # type: ignore[call-overload]
