"""The dispatcher: takes due deliveries from the queue and calls the subscribers, each in its own lane.

One dispatcher leads per database (session lock on a direct connection); the rows it has taken are known in memory, and
whatever is not marked when it dies is taken again by the next: at least once. A lane has its own queue, its own limit
and its own pause, so a subscriber that is slow or away delays nobody else; subscribers that failed lately share a few
slots apart from the others. New rows are handed over in process right after their commit; a look at the table every
second finds those whose time has come, and those of other replicas.
"""

import asyncio
import logging
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from chassis import clock, crash, telemetry
from chassis.cloudevents import EventType
from chassis.database import CLOSED, direct_connection
from chassis.fetching import FetchRefused
from chassis.problems import Problem
from chassis.runtime import Runtime
from services.notificaties import gate, metrics, outcome
from services.notificaties.backoff import LONG_OUTAGE, TRIPPED, delay, jitter, pause, retry_after
from services.notificaties.credentials import Access, NoToken
from services.notificaties.events import BEREIKBAAR, GESTOPT, HAPERT, ONBEREIKBAAR
from services.notificaties.lane import IN_MEMORY, Lane
from services.notificaties.outcome import Outcome, SubscriberState
from services.notificaties.queueing import JOB_COLUMNS, Job, listen, unlisten
from services.notificaties.sending import deliver
from services.notificaties.settings import settings_of
from services.notificaties.target import Target, load_target

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Attempt:
    """One call to a subscriber. http: status of the answer, None when there was none; error: empty when it took it."""

    jobs: Sequence[Job]
    http: int | None
    error: str
    duration_ms: int
    retry_after: str | None
    target: Target


@dataclass
class _Slot:
    """A place among the calls under way; a call that takes long leaves it to others, and goes on."""

    slots: asyncio.Semaphore
    held: bool = False
    timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> None:
        await self.slots.acquire()
        self.held = True
        self.timer = asyncio.get_running_loop().call_later(LONG_CALL, self.leave)

    async def __aexit__(self, *_: object) -> None:
        if self.timer is not None:
            self.timer.cancel()
        self.leave()

    def leave(self) -> None:
        """Let another in, once."""
        if self.held:
            self.held = False
            self.slots.release()


POLL = 1.0
LONG_CALL = 1.0
"""Seconds after which a call no longer counts among those that all subscribers share."""
GRACE = 1.0
"""Seconds that calls under way get to end when this process stops leading."""
HOUSEKEEPING = timedelta(minutes=1)
_LOCK = 6620417
_CHANNEL = "aflevering"
_DUE_LANES = """
SELECT w.abonnement_id FROM wachtrij w LEFT JOIN bezorginstelling b ON b.id = w.abonnement_id
WHERE b.gepauzeerd IS NOT TRUE AND w.gestopt_op IS NULL AND (w.pauze_tot IS NULL OR w.pauze_tot <= $1) AND EXISTS (
    SELECT FROM aflevering a WHERE a.abonnement_id = w.abonnement_id AND a.status = 'wacht' AND a.volgende_poging <= $1)
"""
_DUE = f"""
SELECT {JOB_COLUMNS} FROM aflevering a JOIN notificatie n ON n.id = a.notificatie_id
WHERE a.abonnement_id = $1 AND a.status = 'wacht' AND a.volgende_poging <= $2 AND a.id <> ALL($3::uuid[]) {{}}
ORDER BY a.volgende_poging, a.id LIMIT {IN_MEMORY}
"""  # noqa: S608 - own names
_FIRST_OF_ITS_HOOFDOBJECT = """AND NOT EXISTS (
    SELECT FROM aflevering e
    WHERE e.abonnement_id = a.abonnement_id AND e.status = 'wacht' AND e.volgorde = a.volgorde AND e.positie < a.positie)
"""
_DUE_IN_ORDER, _DUE = _DUE.format(_FIRST_OF_ITS_HOOFDOBJECT), _DUE.format("")


async def dispatch(runtime: Runtime) -> None:
    """Background task of the service: deliver for ever."""
    await Dispatcher(runtime).run()


class Dispatcher:
    """Delivers the queue of one runtime."""

    def __init__(self, runtime: Runtime) -> None:
        settings = settings_of(runtime)
        self._runtime = runtime
        self._settings = settings
        self._lanes: dict[UUID, Lane] = {}
        self._slots = asyncio.Semaphore(settings.webhook_slots)
        self._failing_slots = asyncio.Semaphore(max(1, settings.webhook_slots // 4))
        self._woken = asyncio.Event()
        self._learned = asyncio.Event()
        self._to_clean = asyncio.Event()
        self._writing = asyncio.Lock()
        self._written = [asyncio.Event()]
        """Set when the outcomes collected so far are rows; several while the database is away."""
        self._outcomes: list[Outcome] = []
        self._states: dict[UUID, SubscriberState] = {}
        self._signals: list[tuple[UUID, EventType]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._version: int | None = None
        self.leading = False

    # ---- what others tell

    def offer(self, jobs: Sequence[Job]) -> None:
        """Rows committed just now: they leave at once when this process leads, else the leader is told."""
        if not self.leading:
            self._woken.set()
            return
        for job in jobs:
            lane = self._lane(job.abonnement_id)
            lane.add(job)
            self._pump(lane)

    def wake(self) -> None:
        """Look at the table now."""
        self._woken.set()

    def forget(self, abonnement_id: UUID) -> None:
        """Read this subscriber's address anew."""
        if (lane := self._lanes.get(abonnement_id)) is not None:
            self._drop_target(lane)

    # ---- leading

    async def run(self) -> None:
        """Lead or wait for ever, through restarts of the database."""
        listen(self._runtime, self)
        beside = [asyncio.create_task(work) for work in (self._write_outcomes(), self._keep_clean())]
        try:
            while True:
                try:
                    async with direct_connection(self._runtime.database.dsn) as connection:
                        try:
                            await self._serve(connection)
                        finally:
                            await self._step_down()
                except (*CLOSED, asyncpg.PostgresError, Problem) as error:
                    log.warning("dispatcher_lost_database", extra={"error": type(error).__name__})
                    await asyncio.sleep(0.2)
        finally:
            unlisten(self._runtime)
            for task in beside:
                task.cancel()
            for lane in self._lanes.values():
                if lane.target is not None:
                    await lane.target.access.close()

    async def _serve(self, connection: asyncpg.Connection) -> None:
        await connection.add_listener(_CHANNEL, lambda *_: self._woken.set())
        cleaned = clock.now()
        while True:
            woken = self._woken.is_set()
            self._woken.clear()
            if not self.leading:
                await self._try_to_lead(connection)
            if self.leading:
                if abs(clock.now() - cleaned) > HOUSEKEEPING:
                    cleaned = clock.now()
                    self._to_clean.set()
                await self._look(connection)
            elif woken:
                await connection.execute(f"NOTIFY {_CHANNEL}")
            try:
                async with asyncio.timeout(POLL):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def _try_to_lead(self, connection: asyncpg.Connection) -> None:
        self.leading = await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK)
        if self.leading:  # another may have delivered meanwhile what this process still had in mind
            for lane in self._lanes.values():
                lane.drop_queue()

    async def _look(self, connection: asyncpg.Connection) -> None:
        """Find the lanes that have something due."""
        version = await connection.fetchval("SELECT nummer FROM abonnement_versie")
        if version != self._version:
            self._version = version
            for lane in self._lanes.values():
                self._drop_target(lane)
        for row in await connection.fetch(_DUE_LANES, clock.now()):
            lane = self._lane(row["abonnement_id"])
            lane.behind = True
            if lane.resting(clock.now()) and lane.abonnement_id not in self._states and not self._writing.locked():
                self._drop_target(lane)  # another replica released it
            self._pump(lane)

    async def _keep_clean(self) -> None:
        """Give up what is past its time; beside the deliveries of others, for of one subscriber it may be much."""
        while True:
            await self._to_clean.wait()
            self._to_clean.clear()
            try:
                await self._clean()
            except Exception as error:  # noqa: BLE001 - nothing may end it; the rows stay until the next minute
                log.warning("housekeeping_failed", extra={"error": type(error).__name__})

    async def _clean(self) -> None:
        now = clock.now()
        while self.leading and await outcome.expire(self._runtime, now, self._under_way()):
            telemetry.count(metrics.EXPIRED)
        if passed := await gate.forget_passed(self._runtime, now):
            telemetry.count(metrics.INCOMPLETE, passed)
        await outcome.cancel_ownerless(self._runtime, now)
        await outcome.forget_old(self._runtime, now - timedelta(days=self._settings.aflevering_days))
        await metrics.measure(self._runtime)

    def _under_way(self) -> set[UUID]:
        return set().union(*(lane.under_way() for lane in self._lanes.values()))

    async def _step_down(self) -> None:
        """Let calls under way end, stop the others, and write what became of them, before another may lead."""
        self.leading = False
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=GRACE)
            for task in late:
                task.cancel()
        try:
            async with asyncio.timeout(GRACE / 2):
                await self._write_once()
        except (*CLOSED, asyncpg.PostgresError, Problem) as error:
            log.warning("outcomes_wait", extra={"error": type(error).__name__})

    # ---- lanes

    def _lane(self, abonnement_id: UUID) -> Lane:
        return self._lanes.setdefault(abonnement_id, Lane(abonnement_id))

    def _pump(self, lane: Lane) -> None:
        """Let the lane work, as widely as it may: a subscriber that failed lately gets one call at a time."""
        limit = 1 if lane.fouten else self._settings.webhook_concurrency
        wanted = len(lane.queue) + (1 if lane.behind else 0)
        for _ in range(min(limit - lane.active, wanted)):
            lane.active += 1
            self._spawn(self._work(lane))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, lane: Lane) -> None:
        """Deliver what the lane has, one after the other, until nothing is due or the subscriber is left alone."""
        try:
            while self.leading and await self._ready(lane) and lane.queue:
                result = await self._in_turn(lane, lane.take())
                if result is None:
                    continue
                written = self._learn(lane, result)
                await written.wait()  # so a crash repeats no more than the calls that were under way
                if lane.fouten and lane.active > 1:
                    break
        except Exception as error:  # noqa: BLE001 - the rows stay, and are taken again at the next look
            log.warning("lane_failed", extra={"error": type(error).__name__, "abonnement": lane.abonnement_id})
            lane.drop_queue()
        finally:
            lane.active -= 1

    async def _ready(self, lane: Lane) -> bool:
        """Whether the lane may call; with its target known and its queue filled."""
        async with lane.refilling:
            while lane.target is None:
                drops = lane.drops
                target = await load_target(self._runtime, lane.abonnement_id)
                if target is None:
                    await self._cancel(lane)
                    return False
                if lane.drops == drops:  # else it changed while it was being read
                    lane.know(target)
            if lane.resting(clock.now()):
                lane.drop_queue()
                return False
            if not lane.queue and lane.behind:
                lane.behind = False
                lane.finished.clear()
                due = _DUE_IN_ORDER if lane.ordered else _DUE
                rows = await self._runtime.database.fetch(due, lane.abonnement_id, clock.now(), list(lane.taken))
                lane.refill(Job(*row) for row in rows)
                lane.behind |= len(rows) == IN_MEMORY
                self._pump(lane)
        return True

    async def _cancel(self, lane: Lane) -> None:
        await outcome.cancel_ownerless(self._runtime, clock.now())
        lane.drop_queue()
        lane.behind = False

    def _drop_target(self, lane: Lane) -> None:
        """Read the address anew; a connection of its own is closed when calls under way must have ended."""
        if lane.target is not None and lane.target.access.own is not None:
            self._spawn(self._close(lane.target.access))
        lane.target, lane.gestopt = None, False
        lane.drops += 1

    async def _close(self, access: Access) -> None:
        try:
            await asyncio.sleep(self._settings.webhook_timeout)
        finally:
            await access.close()

    # ---- one call

    async def _in_turn(self, lane: Lane, jobs: Sequence[Job]) -> Attempt | None:
        """Call the subscriber when there is a slot; None when by then it may not be called so. What is not tried goes back."""
        result = None
        try:
            async with _Slot(self._failing_slots if lane.fouten else self._slots):
                if self.leading and lane.target is not None and not lane.resting(clock.now()):
                    result = await self._attempt(lane.target, jobs)
        finally:
            if result is None:
                lane.queue.extendleft(reversed(jobs))
        return result

    async def _attempt(self, target: Target, jobs: Sequence[Job]) -> Attempt:
        """Call the subscriber."""
        status, error, wait = None, "", None
        started = time.perf_counter()
        crash.reach("delivery-before-send")
        try:
            with telemetry.traced(jobs[0].traceparent, "deliver"):
                async with asyncio.timeout(self._settings.webhook_timeout):
                    response = await deliver(self._runtime, target, jobs)
            status, wait = response.status_code, response.headers.get("retry-after")
            error = "" if response.is_success else f"antwoord {status}"
        except TimeoutError:
            error = "geen antwoord binnen de tijd"
        except (NoToken, FetchRefused, httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as problem:
            error = type(problem).__name__
        crash.reach("delivery-after-send")
        return Attempt(jobs, status, error, round((time.perf_counter() - started) * 1000), wait, target)

    def _learn(self, lane: Lane, done: Attempt) -> asyncio.Event:
        """Draw the conclusions of an attempt, for its deliveries and their subscriber; the event tells they are written."""
        now = clock.now()
        asked = retry_after(done.retry_after, now) if done.error else timedelta()
        gone = done.http == 410 and lane.target is done.target  # else it may have moved, and its old address answers so
        for job in done.jobs:
            next_at, status = now, "afgeleverd"
            if done.error:
                next_at = now + max(delay(job.pogingen + 1, jitter()), asked)
                status = "onbestelbaar" if now >= job.vervalt_op or gone else "wacht"
            telemetry.count(metrics.ATTEMPTS, status=status)
            self._outcomes.append(Outcome(job, status, done.http, done.error, done.duration_ms, now, next_at))
        if done.error:
            self._failed(lane, now, done.http, asked, gone=gone)
        elif lane.fouten and not lane.gestopt:  # who ended its abonnement may have been called before it did
            self._recovered(lane)
        self._learned.set()
        return self._written[-1]

    def _failed(self, lane: Lane, now: datetime, http: int | None, asked: timedelta, *, gone: bool) -> None:
        lane.fouten += 1
        rest = max(pause(lane.fouten, jitter()), asked)
        lane.pauze_tot = now + rest if rest else None
        signals = [HAPERT] * (lane.fouten == 1) + [ONBEREIKBAAR] * (lane.fouten == TRIPPED)
        signals += [GESTOPT] * (gone and not lane.gestopt)
        lane.gestopt = lane.gestopt or gone
        stopped = now if lane.gestopt else None
        self._note(SubscriberState(lane.abonnement_id, lane.fouten, lane.pauze_tot, stopped), signals)
        extra = {"abonnement": lane.abonnement_id, "failures": lane.fouten, "status": http}
        log.warning("subscriber_gone" if lane.gestopt else "delivery_failed", extra=extra)

    def _recovered(self, lane: Lane) -> None:
        back, signals = lane.fouten >= LONG_OUTAGE, [BEREIKBAAR] * (lane.fouten >= TRIPPED)
        lane.fouten, lane.pauze_tot = 0, None
        lane.behind = True
        self._note(SubscriberState(lane.abonnement_id, 0, None, back=back), signals)
        log.info("subscriber_back", extra={"abonnement": lane.abonnement_id})

    def _note(self, state: SubscriberState, signals: list[EventType]) -> None:
        """Keep the newest state of a subscriber, and everything that befell it, until it is written."""
        self._states[state.abonnement_id] = state
        self._signals += [(state.abonnement_id, signal) for signal in signals]
        for signal in signals:
            telemetry.count(metrics.SIGNALS, soort=signal.type.rpartition("-")[2])

    # ---- writing

    async def _write_outcomes(self) -> None:
        """Write what was learned, all that came in meanwhile at once; until it succeeds."""
        while True:
            await self._learned.wait()
            try:
                await self._write_once()
            except Exception as error:  # noqa: BLE001 - nothing may end the writing; what was learned is kept
                log.warning("outcomes_wait", extra={"error": type(error).__name__})
                await asyncio.sleep(0.2)

    async def _write_once(self) -> None:
        async with self._writing:
            await self._write_all()

    async def _write_all(self) -> None:
        self._learned.clear()
        outcomes, states, signals, written = self._outcomes, self._states, self._signals, self._written
        self._outcomes, self._states, self._signals, self._written = [], {}, [], [asyncio.Event()]
        if not outcomes and not states:
            self._written = written
            return
        try:
            await outcome.write(self._runtime, outcomes, list(states.values()), signals)
        except BaseException:
            self._outcomes, self._states = outcomes + self._outcomes, states | self._states
            self._signals, self._written = signals + self._signals, written + self._written
            self._learned.set()
            raise
        for event in written:
            event.set()
        touched = {done.job.abonnement_id for done in outcomes}
        for done in outcomes:
            self._lane(done.job.abonnement_id).written(done.job.id)
        for state in states.values():
            self._lane(state.abonnement_id).behind |= state.back
        for abonnement_id in touched:
            self._pump(self._lane(abonnement_id))
        if any(state.gestopt_op for state in states.values()):
            self._to_clean.set()
