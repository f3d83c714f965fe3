"""Who gets an event: in the transaction of its inbox row, one delivery per matching abonnement is put in the queue."""

from collections import OrderedDict
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import orjson

from chassis import telemetry
from chassis.cloudevents import Event
from chassis.resource import new_id
from chassis.unit import Unit
from services.notificaties.matching import Index
from services.notificaties.metrics import NOTIFICATIONS
from services.notificaties.projection import Notification, project
from services.notificaties.queueing import Job, offer
from services.notificaties.settings import settings_of

_KEPT_INDEXES = 8
_ENQUEUE = """
WITH made AS (
    INSERT INTO notificatie (id, kanaal, hoofd_object, resource, resource_url, actie, bericht, traceparent, aangemaakt_op)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING RETURNING id
)
INSERT INTO aflevering (id, notificatie_id, abonnement_id, status, volgende_poging, vervalt_op)
SELECT t.id, made.id, t.abonnement_id, 'wacht', $9, $10
FROM made, unnest($11::uuid[], $12::uuid[]) AS t(id, abonnement_id)
"""
_GROUPS = """
SELECT a.id, a.kanalen::text AS kanalen FROM abonnement a JOIN wachtrij w ON w.abonnement_id = a.id
WHERE w.gestopt_op IS NULL
"""
_indexes: OrderedDict[UUID, Index] = OrderedDict()
"""Indexes by version; a version is a random id, so it says which database and state it is of."""


async def distribute(event: Event, unit: Unit) -> None:
    """Handler of every consumer: queue the notificatie of this event for whoever wants it. Raises Hopeless."""
    notification = project(event)
    connection = await unit.connection()
    index = await current_index(connection)
    wanted = index.find(notification.kanaal, notification.kenmerken)
    telemetry.count(NOTIFICATIONS, kanaal=notification.kanaal)
    if not wanted:
        return
    jobs = await enqueue(unit, connection, event.id, notification, wanted)
    unit.after_commit(lambda: offer(unit.runtime, jobs))


async def enqueue(
    unit: Unit, connection: asyncpg.Connection, event_id: UUID, notification: Notification, wanted: set[UUID]
) -> list[Job]:
    """Write the notificatie and a delivery for each abonnement; nothing when this event was already there."""
    body, traceparent = notification.body(), telemetry.current_traceparent()
    until = unit.at + timedelta(hours=settings_of(unit.runtime).webhook_hours)
    jobs = [Job(new_id(), abonnement, event_id, body, traceparent, 0, until) for abonnement in sorted(wanted)]
    done = await connection.execute(
        _ENQUEUE,
        event_id,
        notification.kanaal,
        notification.hoofd_object,
        notification.resource,
        notification.resource_url,
        notification.actie,
        body,
        traceparent,
        unit.at,
        until,
        [job.id for job in jobs],
        [job.abonnement_id for job in jobs],
    )
    return jobs if done == f"INSERT 0 {len(jobs)}" else []


async def note_change(unit: Unit) -> None:
    """In a transaction that changes which notificaties an abonnement gets: every replica reads its index anew."""
    connection = await unit.connection()
    await connection.execute(
        "INSERT INTO abonnement_versie (id, versie) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET versie = excluded.versie",
        uuid4(),
    )


async def current_index(connection: asyncpg.Connection) -> Index:
    """The index of the abonnementen as they are now; read only when they changed."""
    version = await connection.fetchval("SELECT versie FROM abonnement_versie")
    if version is None:
        return Index([])
    index = _indexes.get(version)
    if index is None:
        rows = await connection.fetch(_GROUPS)
        groups = [(row["id"], orjson.loads(row["kanalen"])) for row in rows]
        index = Index((abonnement, group["naam"], group["filters"]) for abonnement, found in groups for group in found)
        _indexes[version] = index
        while len(_indexes) > _KEPT_INDEXES:
            _indexes.popitem(last=False)
    return index
