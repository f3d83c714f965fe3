"""What a running service holds: settings, database, keys, messaging, policy, relay and consumers, and their tasks."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from chassis import telemetry
from chassis.consuming import Consumer, ConsumerRun
from chassis.database import CLOSED, Database
from chassis.fetching import Outbound
from chassis.messaging import Messaging
from chassis.outbox import Relay, waiting
from chassis.policy import Policy
from chassis.problems import Problem
from chassis.references import References
from chassis.sealing import Keyring
from chassis.settings import Settings

log = logging.getLogger(__name__)
STOP_AGAIN = 2.0
"""Seconds a task gets to end before it is told again."""
RESTART = 1.0
"""Seconds before background work that died of a defect begins anew."""
_REMEMBER_URL = "INSERT INTO stored_setting (name, value) VALUES ('public_url', $1) ON CONFLICT (name) DO NOTHING"


class Background(Protocol):
    """Something a service does beside requests: `async def name(runtime) -> None`."""

    __name__: str

    def __call__(self, runtime: "Runtime", /) -> Coroutine[Any, Any, None]:
        """Begin."""


@dataclass
class Runtime:
    """One running service. Made by `create_service`, started by its lifespan; also usable without HTTP (commands)."""

    settings: Settings
    database: Database
    keyring: Keyring
    messaging: Messaging
    policy: Policy
    relay: Relay
    outbound: Outbound
    references: References
    consumers: Sequence[Consumer] = ()
    background: Sequence[Background] = ()
    startup: Sequence[Background] = ()
    _to_do: set[str] = field(default_factory=set)
    _tasks: list["asyncio.Task[None]"] = field(default_factory=list)

    @classmethod
    def make(
        cls,
        settings: Settings,
        consumers: Sequence[Consumer] = (),
        background: Sequence[Background] = (),
        startup: Sequence[Background] = (),
    ) -> "Runtime":
        """From settings. Raises ValueError when a setting without which nothing works is missing."""
        dsn = settings.database.get_secret_value()
        if not dsn:
            raise ValueError(f"MEENT_{settings.service.upper()}_DATABASE is not set")
        database = Database(dsn, pool_size=settings.pool_size)
        keyring = Keyring.load(settings.keys.get_secret_value())
        messaging = Messaging(settings.nats.get_secret_value(), settings.service)
        return cls(
            settings=settings,
            database=database,
            keyring=keyring,
            messaging=messaging,
            policy=Policy(database, keyring, max_age=settings.policy_max_age),
            relay=Relay(dsn, messaging),
            outbound=Outbound(settings.allow_hosts),
            references=References(settings.own_urls),
            consumers=consumers,
            background=background,
            startup=startup,
        )

    async def start(self) -> None:
        """Begin everything that runs beside requests. Does not wait for NATS: it may be away."""
        telemetry.set_up(self.settings.service, self.settings.otlp)
        await self._check_public_url()
        try:
            await self.policy.load_snapshot()
        except Problem:
            log.warning("policy_snapshot_unreadable")
        self.messaging.start()
        self._spawn("relay", self.relay.run)
        self._spawn("policy", partial(self.policy.follow, self.messaging))
        for consumer in self.consumers:
            self._spawn(f"consumer {consumer.name}", ConsumerRun(self, consumer).run)
        for action in self.background:
            self._spawn(action.__name__, partial(action, self))
        for action in self.startup:
            self._to_do.add(action.__name__)
            self._spawn(action.__name__, partial(self._until_done, action))

    async def stop(self) -> None:
        """End everything, in the order that loses nothing: rows that are not yet published stay in the outbox."""
        pending = set(self._tasks)
        while pending:  # more than once: asyncio.wait_for before Python 3.12 loses a cancellation that meets a result
            for task in pending:
                task.cancel()
            _, pending = await asyncio.wait(pending, timeout=STOP_AGAIN)
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.messaging.stop()
        await self.outbound.close()
        await self.database.close()

    async def ready(self) -> dict[str, bool]:
        """What must hold to serve: the database answers and a policy is loaded. NATS may be away: events wait."""
        try:
            await self.database.fetch("SELECT 1")
            database = True
        except (Problem, *CLOSED):
            database = False
        if database and not self.policy.loaded:
            try:
                await self.policy.load_snapshot()
            except (Problem, *CLOSED):
                database = False
        return {"database": database, "policy": self.policy.loaded, "startup": not self._to_do}

    async def measure(self) -> None:
        """Set the gauges that are read, not counted."""
        try:
            count, age = await waiting(self.database.fetch)
        except (Problem, *CLOSED):
            return
        telemetry.gauge("meent_outbox_waiting", count)
        telemetry.gauge("meent_outbox_oldest_seconds", age)
        telemetry.gauge("meent_policy_age_seconds", self.policy.age if self.policy.age is not None else -1)
        self.policy.warn_when_old()

    async def _check_public_url(self) -> None:
        """Stored representations carry absolute URLs: refuse to serve some with another base than others."""
        own = self.settings.public_url
        try:
            await self.database.fetch(_REMEMBER_URL, own)
            stored = (await self.database.fetch("SELECT value FROM stored_setting WHERE name = 'public_url'"))[0][
                "value"
            ]
        except Problem:
            return  # the database is away: not ready, and nothing is served
        if stored != own:
            raise RuntimeError(
                f"stored URLs begin with {stored}, MEENT_PUBLIC_URL is {own}: run `meent rerender` first"
            )

    async def _until_done(self, action: Background) -> None:
        """Something that must succeed once before the service is ready; tried again while a neighbour is away."""
        while action.__name__ in self._to_do:
            try:
                await action(self)
                self._to_do.discard(action.__name__)
            except Exception as error:  # noqa: BLE001 - not ready is the outcome, whatever the reason
                log.warning("startup_action_failed", extra={"action": action.__name__, "error": type(error).__name__})
                await asyncio.sleep(0.3)

    def _spawn(self, name: str, begin: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async def guarded() -> None:
            while True:
                try:
                    await begin()
                    return
                except Exception:
                    log.critical("background_task_died", exc_info=True, extra={"task": name})
                    await asyncio.sleep(RESTART)

        self._tasks.append(asyncio.create_task(guarded(), name=name))
