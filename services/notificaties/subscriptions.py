"""Who wants an event, and how: all abonnementen in memory, read anew when one of them changes."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from chassis.unit import Unit
from services.notificaties.form import Vorm
from services.notificaties.matching import Index
from services.notificaties.projection import Notification

_KEPT = 8
_ROWS = """
SELECT a.id, a.kanalen, a.send_cloudevents, a.cloudevent_filters,
       b.acties, b.resources, b.op_volgorde, b.bundel_wachttijd, b.wacht_op, b.wacht_hoogstens
FROM abonnement a JOIN wachtrij w ON w.abonnement_id = a.id LEFT JOIN bezorginstelling b ON b.id = a.id
WHERE w.gestopt_op IS NULL
"""
_known: OrderedDict[UUID, "Subscriptions"] = OrderedDict()
"""By version; a version is a random id, so it says which database and state it is of."""


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
    """The abonnementen of one database at one version."""

    by_kanaal: Index = field(default_factory=lambda: Index([]))
    by_type: Index = field(default_factory=lambda: Index([]))
    """Of CloudEvents, with a part of their type in the place of the kanaal."""
    parts: frozenset[str] = frozenset()
    cloudevents: frozenset[UUID] = frozenset()
    """Those that are sent CloudEvents."""
    wishes: Mapping[UUID, Wish] = field(default_factory=dict)

    def find(self, notification: Notification) -> dict[UUID, Vorm]:
        """Who is concerned, and in which form; `Wish.takes` has not been asked yet."""
        found = {
            abonnement: Vorm.omgezet if abonnement in self.cloudevents else Vorm.notificatie
            for abonnement in self.by_kanaal.find(notification.kanaal, notification.kenmerken)
        }
        if notification.cloudevent is not None and self.parts:
            asked = attributes(notification.cloudevent)
            for part in self.parts:
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


def subscriptions_of(rows: Iterable[asyncpg.Record]) -> Subscriptions:
    """From all rows of abonnementen with their bezorginstellingen."""
    kanalen: list[tuple[UUID, str, Mapping[str, str]]] = []
    types: list[tuple[UUID, str, Mapping[str, str]]] = []
    cloudevents, wishes = set(), {}
    for row in rows:
        kanalen += [(row["id"], group["naam"], group["filters"]) for group in row["kanalen"]]
        if row["send_cloudevents"]:
            cloudevents.add(row["id"])
            types += [(row["id"], group["type_substring"], wanted(group)) for group in row["cloudevent_filters"]]
        if row["acties"] is not None:
            wishes[row["id"]] = _wish(row)
    parts = frozenset(part for _, part, _ in types)
    return Subscriptions(Index(kanalen), Index(types), parts, frozenset(cloudevents), wishes)


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


async def note_change(unit: Unit) -> None:
    """In a transaction that changes which notificaties an abonnement gets: every replica reads them anew."""
    connection = await unit.connection()
    await connection.execute(
        "INSERT INTO abonnement_versie (id, versie) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET versie = excluded.versie",
        uuid4(),
    )


async def current_subscriptions(connection: asyncpg.Connection) -> Subscriptions:
    """The abonnementen as they are now; read only when they changed."""
    version = await connection.fetchval("SELECT versie FROM abonnement_versie")
    if version is None:
        return Subscriptions()
    if version not in _known:
        _known[version] = subscriptions_of(await connection.fetch(_ROWS))
        while len(_known) > _KEPT:
            _known.popitem(last=False)
    return _known[version]
