"""The gate: a subscriber that asks for it hears of a new hoofdobject once the parts it waits for have been made.

A zaak is made first and its rollen and status after it; who looks at once finds half a zaak. While the gate of a hoofdobject
is closed, deliveries about it have their time at the end of the wait: complete or not, nothing is held longer than that.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import asyncpg

from chassis.runtime import Runtime
from chassis.unit import Unit
from services.notificaties.projection import Notification
from services.notificaties.queueing import wake
from services.notificaties.subscriptions import Wish

CREATE, DESTROY = "create", "destroy"
_CLOSE = """
INSERT INTO poort (abonnement_id, volgorde, ontbreekt, uiterlijk)
VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
"""
_OPEN = "DELETE FROM poort WHERE abonnement_id = ANY($1::uuid[]) AND volgorde = $2 {} RETURNING abonnement_id"
_MADE = (
    "UPDATE poort SET ontbreekt = array_remove(ontbreekt, $3) WHERE abonnement_id = ANY($1::uuid[]) AND volgorde = $2"
)
_RELEASE = """
UPDATE aflevering SET volgende_poging = $3
WHERE abonnement_id = ANY($1::uuid[]) AND volgorde = $2 AND status = 'wacht' AND pogingen = 0 AND volgende_poging > $3
"""


async def held(unit: Unit, notification: Notification, key: int, wishes: Mapping[UUID, Wish]) -> dict[UUID, datetime]:
    """Whose deliveries about this hoofdobject (`key`) wait, and until when at most; opens the gates that may open.

    wishes: of the abonnementen concerned that wait for something.
    """
    connection, of_itself = await unit.connection(), notification.resource_url == notification.hoofd_object
    if of_itself and notification.actie == CREATE:
        for abonnement, wish in wishes.items():
            await connection.execute(_CLOSE, abonnement, key, sorted(wish.wacht_op), unit.at + wish.wacht_hoogstens)
    elif of_itself and notification.actie == DESTROY:
        await _release(unit, connection, await connection.fetch(_OPEN.format(""), list(wishes), key), key)
    elif notification.actie == CREATE:
        await connection.execute(_MADE, list(wishes), key, notification.resource)
        complete = await connection.fetch(_OPEN.format("AND ontbreekt = '{}'"), list(wishes), key)
        await _release(unit, connection, complete, key)
    closed = await connection.fetch(
        "SELECT abonnement_id, uiterlijk FROM poort WHERE abonnement_id = ANY($1::uuid[]) AND volgorde = $2",
        [*wishes],
        key,
    )
    return {row["abonnement_id"]: row["uiterlijk"] for row in closed if row["uiterlijk"] > unit.at}


async def _release(unit: Unit, connection: asyncpg.Connection, opened: list[asyncpg.Record], key: int) -> None:
    if opened:
        await connection.execute(_RELEASE, [row["abonnement_id"] for row in opened], key, unit.at)
        unit.after_commit(lambda: wake(unit.runtime))


async def forget_passed(runtime: Runtime, now: datetime) -> int:
    """Remove the gates whose wait is over; how many hoofdobjecten were told of without being complete."""
    return len(await runtime.database.fetch("DELETE FROM poort WHERE uiterlijk <= $1 RETURNING volgorde", now))
