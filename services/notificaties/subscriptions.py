"""Who wants an event, and how: all abonnementen in memory.

Each change of an abonnement has a number, so what changed since the last time is read and nothing else; the first time that
is all of them, in portions between which others get their turn.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from weakref import WeakKeyDictionary

import asyncpg

from chassis.database import Database
from chassis.unit import Unit
from services.notificaties.form import Vorm
from services.notificaties.matching import Index
from services.notificaties.projection import Notification

PORTION = 500
"""Abonnementen that are taken in at once."""
_CHANGED = """
SELECT c.nummer, c.abonnement_id, a.kanalen, a.send_cloudevents, a.cloudevent_filters,
       b.acties, b.resources, b.op_volgorde, b.bundel_wachttijd, b.wacht_op, b.wacht_hoogstens
FROM abonnement_wijziging c
LEFT JOIN wachtrij w ON w.abonnement_id = c.abonnement_id AND w.gestopt_op IS NULL
LEFT JOIN abonnement a ON a.id = w.abonnement_id
LEFT JOIN bezorginstelling b ON b.id = a.id
WHERE c.nummer > $1 ORDER BY c.nummer LIMIT $2
"""
_NOTE = """
WITH counted AS (
    INSERT INTO abonnement_versie AS v (id, versie, nummer) VALUES (1, $2, 1)
    ON CONFLICT (id) DO UPDATE SET nummer = v.nummer + 1 RETURNING nummer
)
INSERT INTO abonnement_wijziging (abonnement_id, nummer) SELECT $1, nummer FROM counted
ON CONFLICT (abonnement_id) DO UPDATE SET nummer = excluded.nummer
"""
"""Numbers rise in the order of commits: whoever takes one holds the row of the version until then."""


@dataclass(frozen=True)
class Wish:
    """What an abonnement asks for beyond the standard. Empty sets ask for everything."""

    acties: frozenset[str] = frozenset()
    resources: frozenset[str] = frozenset()
    ordered: bool = False
    window: timedelta = timedelta()
    """What comes in one window is delivered together."""
    wacht_op: frozenset[str] = frozenset()
    """Resources that must have been made before a new hoofdobject is told of."""
    wacht_hoogstens: timedelta = timedelta()

    def takes(self, notification: Notification) -> bool:
        """Whether this actie on this resource is asked for; a CloudEvent of elsewhere has neither."""
        acties, resources = self.acties, self.resources
        asked = (not acties or notification.actie in acties) and (not resources or notification.resource in resources)
        return asked or not notification.kanaal

    def due(self, at: datetime) -> datetime | None:
        """The end of the window in which this moment falls; None when nothing is saved up."""
        if not self.window:
            return None
        size = self.window.total_seconds()
        return datetime.fromtimestamp((at.timestamp() // size + 1) * size, UTC)


PLAIN = Wish()


@dataclass
class Subscriptions:
    """The abonnementen of one database."""

    by_kanaal: Index = field(default_factory=Index)
    by_type: Index = field(default_factory=Index)
    """Of CloudEvents, with a part of their type in the place of the kanaal."""
    cloudevents: set[UUID] = field(default_factory=set)
    """Those that are sent CloudEvents."""
    wishes: dict[UUID, Wish] = field(default_factory=dict)

    def put(self, abonnement: UUID, row: asyncpg.Record) -> None:
        """An abonnement with its bezorginstelling as they are now; one that gets nothing any more has no kanalen."""
        self.by_kanaal.put(abonnement, [(group["naam"], group["filters"]) for group in row["kanalen"] or []])
        self.cloudevents.discard(abonnement)
        if row["send_cloudevents"]:
            self.cloudevents.add(abonnement)
        asked = row["cloudevent_filters"] if row["send_cloudevents"] else []
        self.by_type.put(abonnement, [(group["type_substring"], wanted(group)) for group in asked])
        self.wishes.pop(abonnement, None)
        if row["acties"] is not None:
            self.wishes[abonnement] = _wish(row)

    def find(self, notification: Notification) -> dict[UUID, Vorm]:
        """Who is concerned, and in which form; `Wish.takes` has not been asked yet."""
        found = {
            abonnement: Vorm.omgezet if abonnement in self.cloudevents else Vorm.notificatie
            for abonnement in self.by_kanaal.find(notification.kanaal, notification.kenmerken)
        }
        if notification.cloudevent is not None and self.by_type.kanalen:
            asked = attributes(notification.cloudevent)
            for part in self.by_type.kanalen:
                if part in notification.cloudevent["type"]:
                    found |= dict.fromkeys(self.by_type.find(part, asked), Vorm.cloudevent)
        return found

    def wish(self, abonnement: UUID) -> Wish:
        """What it asks for."""
        return self.wishes.get(abonnement, PLAIN)


def attributes(cloudevent: Mapping[str, Any]) -> dict[str, str]:
    """What a CloudEvent can be filtered on: `@source`, `@subject`, and the plain values in its data and their kenmerken."""
    data = cloudevent.get("data")
    given = data if isinstance(data, dict) else {}
    kenmerken = given.get("kenmerken")
    found = {"@source": cloudevent["source"], "@subject": cloudevent.get("subject") or ""}
    for values in (kenmerken if isinstance(kenmerken, dict) else {}, given):
        found |= {name: _text(value) for name, value in values.items() if isinstance(value, str | int | float)}
    return found


def _text(value: str | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def wanted(group: Mapping[str, Any]) -> dict[str, str]:
    """A group of CloudEvent filters in the words of `attributes`."""
    named = {f"@{name}": group[name] for name in ("source", "subject") if group.get(name)}
    return {**group["filters"], **named}


def _wish(row: asyncpg.Record) -> Wish:
    return Wish(
        acties=frozenset(row["acties"]),
        resources=frozenset(row["resources"]),
        ordered=row["op_volgorde"],
        window=timedelta(seconds=row["bundel_wachttijd"]),
        wacht_op=frozenset(row["wacht_op"]),
        wacht_hoogstens=timedelta(minutes=row["wacht_hoogstens"]),
    )


@dataclass
class _Known:
    """What has been read of one database: the changes up to `number`. series: another one means another history."""

    series: UUID | None = None
    number: int = 0
    subscriptions: Subscriptions = field(default_factory=Subscriptions)
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)


_known: WeakKeyDictionary[Database, _Known] = WeakKeyDictionary()


async def note_change(unit: Unit, abonnement_id: UUID) -> None:
    """In a transaction that changes which notificaties an abonnement gets, or how: every replica reads that one anew."""
    connection = await unit.connection()
    await connection.execute(_NOTE, abonnement_id, uuid4())


async def current_subscriptions(unit: Unit) -> Subscriptions:
    """The abonnementen as they are now."""
    connection = await unit.connection()
    version = await connection.fetchrow("SELECT versie, nummer FROM abonnement_versie")
    if version is None:
        return Subscriptions()
    known = _known.setdefault(unit.runtime.database, _Known())
    async with known.reading:
        if known.series != version["versie"]:
            known.series, known.number, known.subscriptions = version["versie"], 0, Subscriptions()
        while known.number < version["nummer"]:
            rows = await connection.fetch(_CHANGED, known.number, PORTION)
            for row in rows:
                known.subscriptions.put(row["abonnement_id"], row)
            known.number = rows[-1]["nummer"]
    return known.subscriptions
