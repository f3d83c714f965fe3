"""Who gets an event: in the transaction of its inbox row, one delivery per abonnement that wants it is put in the queue."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import orjson

from chassis import telemetry
from chassis.cloudevents import Event
from chassis.resource import new_id
from chassis.unit import Unit
from services.notificaties import gate
from services.notificaties.broadcast import broadcast
from services.notificaties.form import Vorm
from services.notificaties.metrics import NOTIFICATIONS
from services.notificaties.projection import Notification, project
from services.notificaties.queueing import Job, offer
from services.notificaties.settings import settings_of
from services.notificaties.subscriptions import current_subscriptions

_ENQUEUE = """
WITH made AS (
    INSERT INTO notificatie (id, kanaal, hoofd_object, resource, resource_url, actie, bericht, traceparent, aangemaakt_op,
                             cloudevent, source)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (id) DO NOTHING RETURNING id
)
INSERT INTO aflevering (id, notificatie_id, abonnement_id, status, vervalt_op, volgende_poging, vorm, volgorde)
SELECT t.id, made.id, t.abonnement_id, 'wacht', t.vervalt_op, t.volgende_poging, t.vorm, t.volgorde
FROM made, unnest($12::timestamptz[], $13::uuid[], $14::uuid[], $15::timestamptz[], $16::text[], $17::bigint[])
    AS t(vervalt_op, id, abonnement_id, volgende_poging, vorm, volgorde)
"""


@dataclass(frozen=True)
class Delivery:
    """What one abonnement is going to get, and when."""

    abonnement: UUID
    vorm: Vorm = Vorm.notificatie
    due: datetime | None = None
    """Not before; None is at once."""
    order: int | None = None
    """Deliveries to an abonnement with the same number are made one after the other."""


async def distribute(event: Event, unit: Unit) -> None:
    """Handler of every consumer: tell whoever listens, and queue what can be told of this event for whoever wants it called.

    Raises Hopeless, and Unavailable while the broker is away.
    """
    notification = project(event)
    if notification.kanaal:
        await broadcast(unit.runtime, event, notification)
    connection = await unit.connection()
    subscriptions = await current_subscriptions(unit)
    concerned = subscriptions.find(notification)
    telemetry.count(NOTIFICATIONS, kanaal=notification.kanaal or "cloudevents")
    if not concerned:
        return
    key = order_of(notification)
    patient = {one: wish for one in concerned if (wish := subscriptions.wish(one)).wacht_op}
    held = await gate.held(unit, notification, key, patient) if patient else {}
    wishes = {one: subscriptions.wish(one) for one in sorted(concerned)}
    wanted = [
        Delivery(
            one, concerned[one], held.get(one) or wish.due(unit.at), key if wish.ordered or wish.wacht_op else None
        )
        for one, wish in wishes.items()
        if wish.takes(notification)
    ]
    if wanted:
        jobs = await enqueue(unit, connection, event.id, notification, wanted)
        unit.after_commit(lambda: offer(unit.runtime, jobs))


def order_of(notification: Notification) -> int:
    """A number for the hoofdobject, or what a CloudEvent of elsewhere is about: what has the same one keeps its order."""
    about = notification.hoofd_object or f"{notification.source} {(notification.cloudevent or {}).get('subject', '')}"
    return int.from_bytes(hashlib.blake2b(about.encode(), digest_size=8).digest(), signed=True)


async def enqueue(
    unit: Unit, connection: asyncpg.Connection, event_id: UUID, notification: Notification, wanted: Sequence[Delivery]
) -> list[Job]:
    """Write the notificatie and its deliveries; nothing when this event was already there. What is due now, as jobs."""
    term = settings_of(unit.runtime).webhook_term  # from when it may go: what is held longer than that is tried too
    jobs = jobs_of(event_id, notification, wanted, unit.at + term)
    original = next((job.bericht for job in jobs if job.vorm is Vorm.cloudevent), None)
    done = await connection.execute(
        _ENQUEUE,
        event_id,
        notification.kanaal,
        notification.hoofd_object,
        notification.resource,
        notification.resource_url,
        notification.actie,
        next((job.bericht for job in jobs if job.vorm is not Vorm.cloudevent), b""),
        telemetry.current_traceparent(),
        unit.at,
        original,
        notification.source,
        [(one.due or unit.at) + term for one in wanted],
        [job.id for job in jobs],
        [job.abonnement_id for job in jobs],
        [one.due or unit.at for one in wanted],
        [str(one.vorm) for one in wanted],
        [one.order for one in wanted],
    )
    made = done == f"INSERT 0 {len(wanted)}"
    return [job for job, one in zip(jobs, wanted, strict=True) if made and one.due is None]


def jobs_of(event_id: UUID, notification: Notification, wanted: Sequence[Delivery], until: datetime) -> list[Job]:
    """The deliveries as the dispatcher takes them; each form of the content is made once."""
    forms = {one.vorm for one in wanted}
    body = notification.body() if forms - {Vorm.cloudevent} else b""
    original = orjson.dumps(notification.cloudevent) if Vorm.cloudevent in forms else b""
    return [
        Job(
            id=new_id(),
            abonnement_id=one.abonnement,
            notificatie_id=event_id,
            bericht=original if one.vorm is Vorm.cloudevent else body,
            traceparent=telemetry.current_traceparent(),
            pogingen=0,
            vervalt_op=until,
            vorm=one.vorm,
            source=notification.source,
        )
        for one in wanted
    ]
