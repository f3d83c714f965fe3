"""The queue of deliveries, as rows; and how whoever adds rows tells the dispatcher of this process about them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from chassis.runtime import Runtime
from services.notificaties.form import Vorm

BERICHT = "CASE a.vorm WHEN 'cloudevent' THEN n.cloudevent ELSE n.bericht END AS bericht"
JOB_COLUMNS = (
    f"a.id, a.abonnement_id, a.notificatie_id, {BERICHT}, n.traceparent, a.pogingen, a.vervalt_op, a.onbestelbaar_id, "
    "a.vorm, n.source"
)
"""Columns of a Job, from `aflevering a` and `notificatie n`."""


@dataclass(frozen=True)
class Job:
    """One delivery that is due: a row of `aflevering` with the bytes to send."""

    id: UUID
    abonnement_id: UUID
    notificatie_id: UUID
    bericht: bytes = field(repr=False)
    traceparent: str
    pogingen: int
    vervalt_op: datetime
    onbestelbaar_id: UUID | None = None
    vorm: str = Vorm.notificatie
    source: str = ""


class Listener(Protocol):
    """The dispatcher, for those who fill its queue."""

    def offer(self, jobs: Sequence[Job]) -> None:
        """These rows were committed just now."""

    def wake(self) -> None:
        """Rows became due in some other way."""

    def forget(self, abonnement_id: UUID) -> None:
        """The abonnement changed: read it again."""


_listeners: dict[int, Listener] = {}
"""The dispatcher of each runtime in this process (tests run several)."""


def listen(runtime: Runtime, listener: Listener) -> None:
    """From now on `listener` hears of new rows of this runtime."""
    _listeners[id(runtime)] = listener


def unlisten(runtime: Runtime) -> None:
    """Nobody listens any more; rows wait."""
    _listeners.pop(id(runtime), None)


async def offer(runtime: Runtime, jobs: Sequence[Job]) -> None:
    """Tell of rows committed just now, so that they leave without being looked for."""
    if (listener := _listeners.get(id(runtime))) is not None:
        listener.offer(jobs)


async def wake(runtime: Runtime) -> None:
    """Tell that rows became due."""
    if (listener := _listeners.get(id(runtime))) is not None:
        listener.wake()


async def abonnement_changed(runtime: Runtime, abonnement_id: UUID) -> None:
    """Tell that an abonnement has another address, or none."""
    if (listener := _listeners.get(id(runtime))) is not None:
        listener.forget(abonnement_id)
        listener.wake()
