"""One subscriber's place in the dispatcher: what waits in memory, what is under way, and whether it is left alone."""

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.notificaties.form import Vorm
from services.notificaties.queueing import Job
from services.notificaties.target import Target

IN_MEMORY = 50
"""Deliveries of one subscriber held in memory; the others stay rows."""


@dataclass
class Lane:
    """State of one abonnement. Rows in the database are the truth; this is what is known of them."""

    abonnement_id: UUID
    queue: deque[Job] = field(default_factory=deque)
    taken: set[UUID] = field(default_factory=set)
    """Deliveries in the queue, under way, or whose outcome is not yet written: not to be taken again."""
    active: int = 0
    behind: bool = False
    """There may be due rows that are not in the queue."""
    target: Target | None = None
    drops: int = 0
    """How often the target was found to be out of date."""
    fouten: int = 0
    pauze_tot: datetime | None = None
    gestopt: bool = False
    refilling: asyncio.Lock = field(default_factory=asyncio.Lock)
    finished: set[UUID] = field(default_factory=set)
    """Deliveries whose outcome was written while the rows were being read: what was read of them is out of date."""

    @property
    def ordered(self) -> bool:
        """Whether deliveries of one hoofdobject go one at a time."""
        return self.target is not None and self.target.ordered

    def add(self, job: Job) -> None:
        """A delivery that was committed just now; it stays a row when the queue is full or another may have to go first."""
        if self.behind or self.target is None or self.ordered or len(self.queue) >= IN_MEMORY:
            self.behind = True
        elif job.id not in self.taken:
            self.put(job)

    def put(self, job: Job) -> None:
        """Take a delivery into the queue."""
        self.taken.add(job.id)
        self.queue.append(job)

    def refill(self, jobs: Iterable[Job]) -> None:
        """Take in rows that were read, but for those that were offered, or finished, while they were."""
        for job in jobs:
            if job.id not in self.taken and job.id not in self.finished:
                self.put(job)

    def take(self) -> list[Job]:
        """What goes in the next call: one delivery, or CloudEvents together for who wants that."""
        most = self.target.at_once if self.target is not None else 1
        jobs = [self.queue.popleft()]
        while self.queue and len(jobs) < most and Vorm.notificatie not in (jobs[0].vorm, self.queue[0].vorm):
            jobs.append(self.queue.popleft())
        return jobs

    def written(self, job_id: UUID) -> None:
        """The outcome of a delivery is in its row: the next of its hoofdobject may go."""
        self.taken.discard(job_id)
        self.behind |= self.ordered
        if self.refilling.locked():
            self.finished.add(job_id)

    def drop_queue(self) -> None:
        """Give back what is not under way: its rows are read again when the time comes."""
        self.taken.difference_update(job.id for job in self.queue)
        self.queue.clear()
        self.behind = True

    def under_way(self) -> set[UUID]:
        """Deliveries that are being tried, or whose outcome is not yet written."""
        return self.taken.difference(job.id for job in self.queue)

    def resting(self, now: datetime) -> bool:
        """Whether the subscriber is left alone now."""
        paused = self.target is not None and self.target.paused
        return self.gestopt or paused or (self.pauze_tot is not None and self.pauze_tot > now)

    def know(self, target: Target) -> None:
        """Take over what the database says of the subscriber."""
        self.target, self.fouten, self.pauze_tot = target, target.fouten, target.pauze_tot
        self.gestopt = target.gestopt_op is not None
