"""What became of an attempt, and how that is written: the ledger, the queue, and the state of the subscriber."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from chassis import telemetry
from chassis.cloudevents import EventType
from chassis.runtime import Runtime
from chassis.unit import Unit, unit_of_work
from services.notificaties import mailing
from services.notificaties.backoff import TRIPPED
from services.notificaties.bezorging.onbestelbaar_bericht import delivered_after_all, undeliverable
from services.notificaties.events import BEREIKBAAR, OPGEGEVEN, BezorgingData, BezorgingKenmerken
from services.notificaties.metrics import DEAD_LETTERS
from services.notificaties.queueing import Job
from services.notificaties.subscriptions import note_change

_MARK = """
WITH result AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::int[], $6::timestamptz[], $7::timestamptz[],
                         $8::timestamptz[]) AS t(id, status, http, fout, duur_ms, op, volgende, vervalt)
), marked AS (
    UPDATE aflevering a
    SET status = r.status, pogingen = a.pogingen + 1, laatste_status = r.http, laatste_fout = r.fout,
        duur_ms = r.duur_ms, volgende_poging = r.volgende,
        afgerond_op = CASE WHEN r.status <> 'wacht' THEN r.op END
    FROM result r WHERE a.id = r.id AND (r.status = 'afgeleverd' OR (a.status = 'wacht' AND a.vervalt_op = r.vervalt))
    RETURNING a.id, a.onbestelbaar_id
), tried AS (
    INSERT INTO poging (aflevering_id, abonnement_id, op, status, fout, duur_ms)
    SELECT r.id, a.abonnement_id, r.op, r.http, r.fout, r.duur_ms FROM result r JOIN aflevering a ON a.id = r.id
)
SELECT id, onbestelbaar_id FROM marked
"""
"""A failure says nothing of a delivery that was given up and offered again meanwhile (another vervalt_op)."""
_BACK = (
    "UPDATE aflevering SET volgende_poging = $2 "
    "WHERE abonnement_id = $1 AND status = 'wacht' AND pogingen > 0 AND volgende_poging > $2"
)
_REVIVE = (
    "INSERT INTO wachtrij (abonnement_id) VALUES ($1) ON CONFLICT (abonnement_id) "
    "DO UPDATE SET fouten = 0, pauze_tot = NULL, gestopt_op = NULL"
)
_STATE = (
    "UPDATE wachtrij SET fouten = $2, pauze_tot = $3, gestopt_op = coalesce($4, gestopt_op) WHERE abonnement_id = $1"
)
"""Only who is updated is no longer gone."""


@dataclass(frozen=True)
class Outcome:
    """One attempt. http: the answer's status, None when there was none; fout: what went wrong, empty when nothing did."""

    job: Job
    status: str
    """`afgeleverd`, `wacht` (tried again at `next_at`), `onbestelbaar`."""
    http: int | None
    fout: str
    duration_ms: int
    at: datetime
    next_at: datetime


@dataclass(frozen=True)
class SubscriberState:
    """What an attempt taught about a subscriber. back: it was away for long and answers again."""

    abonnement_id: UUID
    fouten: int
    pauze_tot: datetime | None
    gestopt_op: datetime | None = None
    back: bool = False


async def write(
    runtime: Runtime,
    outcomes: Sequence[Outcome],
    states: Sequence[SubscriberState],
    signals: Sequence[tuple[UUID, EventType]] = (),
) -> None:
    """Everything that was learned, in one transaction. In one statement when all went well, as it mostly does.

    Locks are taken in one order everywhere: queue of the abonnement, deliveries, dead letters, version of the abonnementen.
    """
    special = [outcome for outcome in outcomes if outcome.status == "onbestelbaar" or outcome.job.onbestelbaar_id]
    if not special and not states:
        await _close_late(runtime, await runtime.database.fetch(_MARK, *_columns(outcomes)))
        return
    async with unit_of_work(runtime) as unit:
        connection = await unit.connection()
        for state in states:
            await connection.execute(_STATE, state.abonnement_id, state.fouten, state.pauze_tot, state.gestopt_op)
        letters = {row["id"]: row["onbestelbaar_id"] for row in await connection.fetch(_MARK, *_columns(outcomes))}
        marked = [outcome for outcome in outcomes if outcome.job.id in letters]
        special = [outcome for outcome in marked if outcome.status == "onbestelbaar" or letters[outcome.job.id]]
        for state in states:
            if state.back:
                await connection.execute(_BACK, state.abonnement_id, unit.at)
        for outcome in special:
            await _settle(unit, outcome, letters[outcome.job.id])
        for abonnement_id, signal in signals:
            await tell(unit, abonnement_id, signal)
        given_up = Counter(outcome.job.abonnement_id for outcome in special if outcome.status == "onbestelbaar")
        await tell_given_up(unit, given_up)
        for state in states:
            if state.gestopt_op:
                await note_change(unit, state.abonnement_id)


async def revive(unit: Unit, abonnement_id: UUID) -> None:
    """A new or updated abonnement, which took the trial call: nobody is away or gone any more, and what waits goes at once."""
    connection = await unit.connection()
    fouten = await connection.fetchval("SELECT fouten FROM wachtrij WHERE abonnement_id = $1 FOR UPDATE", abonnement_id)
    await connection.execute(_REVIVE, abonnement_id)
    if fouten:
        await connection.execute(_BACK, abonnement_id, unit.at)
    if fouten and fouten >= TRIPPED:
        await tell(unit, abonnement_id, BEREIKBAAR)


async def _settle(unit: Unit, outcome: Outcome, letter: UUID | None) -> None:
    if outcome.status == "onbestelbaar":
        await undeliverable(unit, outcome.job.id, outcome.fout)
    elif outcome.status == "afgeleverd" and letter is not None:
        await delivered_after_all(unit, letter)


async def _close_late(runtime: Runtime, marked: Iterable[asyncpg.Record]) -> None:
    """Close the dead letters of deliveries that were given up just before they were taken."""
    if letters := [row["onbestelbaar_id"] for row in marked if row["onbestelbaar_id"]]:
        async with unit_of_work(runtime) as unit:
            for letter in letters:
                await delivered_after_all(unit, letter)


async def tell(unit: Unit, abonnement_id: UUID, signal: EventType, aantal: int = 0) -> None:
    """What befell a subscriber: as an event, and as a mail to its contact."""
    url = f"{unit.public_url}/notificaties/api/v1/abonnement/{abonnement_id}"
    data = BezorgingData(
        actie=signal.type.rpartition("-")[2],
        hoofd_object=url,
        kenmerken=BezorgingKenmerken(abonnement=url),
        aantal=aantal,
    )
    unit.emit(signal, about=abonnement_id, data=data, dataref=url)
    await mailing.note(await unit.connection(), abonnement_id, signal, aantal)


async def tell_given_up(unit: Unit, given_up: Mapping[UUID, int]) -> None:
    """Tell of dead letters: once per subscriber, with how many."""
    for abonnement_id, aantal in given_up.items():
        await tell(unit, abonnement_id, OPGEGEVEN, aantal)
        telemetry.count(DEAD_LETTERS, aantal)


def _columns(outcomes: Sequence[Outcome]) -> list[list[object]]:
    return [
        [outcome.job.id for outcome in outcomes],
        [outcome.status for outcome in outcomes],
        [outcome.http for outcome in outcomes],
        [outcome.fout for outcome in outcomes],
        [outcome.duration_ms for outcome in outcomes],
        [outcome.at for outcome in outcomes],
        [outcome.next_at for outcome in outcomes],
        [outcome.job.vervalt_op for outcome in outcomes],
    ]


async def cancel_ownerless(runtime: Runtime, at: datetime) -> None:
    """Deliveries whose abonnement no longer exists: it was ended while its event was being distributed."""
    await runtime.database.fetch(
        "UPDATE aflevering a SET status = 'vervallen', afgerond_op = $1 WHERE status = 'wacht' "
        "AND NOT EXISTS (SELECT FROM wachtrij w WHERE w.abonnement_id = a.abonnement_id)",
        at,
    )


async def expire(runtime: Runtime, now: datetime, under_way: Iterable[UUID], limit: int = 20) -> int:
    """Deliveries past their time at a subscriber that fails, or gone: dead letters without another attempt. How many.

    A delivery is never given up because this service was away: its subscriber must have failed. Those under way are
    left to their attempt, whose late outcome would else undo that somebody offered the dead letter again.
    Few at a time: until these are written, whoever writes another outcome of one of them waits, and everybody with it.
    """
    async with unit_of_work(runtime) as unit:
        connection = await unit.connection()
        rows = await connection.fetch(
            "SELECT a.id, abonnement_id, w.gestopt_op FROM wachtrij w JOIN aflevering a USING (abonnement_id) "
            "LEFT JOIN bezorginstelling b ON b.id = abonnement_id "
            "WHERE a.status = 'wacht' AND a.id <> ALL($3::uuid[]) AND b.gepauzeerd IS NOT TRUE "
            "AND (w.gestopt_op IS NOT NULL OR (w.fouten > 0 AND a.vervalt_op <= $1)) "
            "ORDER BY a.id LIMIT $2 FOR UPDATE OF a SKIP LOCKED",
            now,
            limit,
            list(under_way),
        )
        for row in rows:
            await connection.execute(
                "UPDATE aflevering SET status = 'onbestelbaar', afgerond_op = $2 WHERE id = $1", row["id"], now
            )
            await undeliverable(
                unit, row["id"], "abonnement gestopt (410)" if row["gestopt_op"] else "termijn verstreken"
            )
        await tell_given_up(unit, Counter(row["abonnement_id"] for row in rows))
    return len(rows)


async def forget_old(runtime: Runtime, before: datetime) -> None:
    """Remove the ledger of notificaties older than `before` of which nothing waits and nothing is a dead letter."""
    await runtime.database.fetch(
        "DELETE FROM notificatie n WHERE n.aangemaakt_op < $1 AND NOT EXISTS ("
        "SELECT FROM aflevering a WHERE a.notificatie_id = n.id AND a.status IN ('wacht', 'onbestelbaar'))",
        before,
    )
