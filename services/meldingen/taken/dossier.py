"""A melding with all its taken, locked to be changed and saved together.

The lock on the melding guards its taken too. Locks are always taken in this order: meldingen by id, then the counters
of ploegen by code; so two changes can wait for each other, never in a circle.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select, text
from sqlmodel import col

from chassis.unit import Unit
from services.meldingen.meldingen.melding import MELDING_RESOURCE, Melding
from services.meldingen.overgangen import FINAL
from services.meldingen.taken.taak import TAAK, Taak


@dataclass
class Dossier:
    """One melding and its taken, oldest first. New taken are appended; a changed one has a higher versie."""

    melding: Melding
    taken: list[Taak]
    _versies: dict[UUID, int] = field(default_factory=dict)
    """Versie of each stored taak when the dossier was opened."""

    @property
    def open_taken(self) -> list[Taak]:
        """Taken that still ask for something."""
        return [taak for taak in self.taken if taak.status not in FINAL]

    @property
    def changed_taken(self) -> list[Taak]:
        """Taken that must be stored. The session cannot say: it flushes now and then."""
        return [taak for taak in self.taken if self._versies.get(taak.id) != taak.versie]

    def taak(self, taak_id: UUID) -> Taak:
        """One of its taken. StopIteration when it is none."""
        return next(taak for taak in self.taken if taak.id == taak_id)


async def open_dossiers(unit: Unit, melding_ids: Iterable[UUID]) -> dict[UUID, Dossier]:
    """The dossiers by id of the melding, locked until the unit ends. An unknown id is simply absent."""
    wanted = sorted(set(melding_ids))
    meldingen = await unit.find(
        select(Melding)
        .where(col(Melding.id).in_(wanted))
        .order_by(col(Melding.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    taken = await unit.find(select(Taak).where(col(Taak.melding_id).in_(wanted)).order_by(col(Taak.id)))
    return {row.id: _dossier(row, [taak for taak in taken if taak.melding_id == row.id]) for row in meldingen}


async def save_dossiers(unit: Unit, dossiers: Iterable[Dossier]) -> None:
    """Store what changed: meldingen first, then taken with their place in the order of their ploeg."""
    chosen = list(dossiers)
    for dossier in chosen:
        await unit.change(MELDING_RESOURCE, dossier.melding)
    changed = [taak for dossier in chosen for taak in dossier.changed_taken]
    await _number(unit, changed)
    for taak in changed:
        await (unit.change if taak.representation else unit.create)(TAAK, taak)


def _dossier(melding: Melding, taken: list[Taak]) -> Dossier:
    return Dossier(melding, taken, {taak.id: taak.versie for taak in taken})


async def _number(unit: Unit, taken: list[Taak]) -> None:
    """Numbers in commit order: the row lock on the counter is held until the commit, so nobody sees 6 before 5."""
    for ploeg in sorted({taak.ploeg for taak in taken}):
        own = [taak for taak in taken if taak.ploeg == ploeg]
        last = await unit.session.scalar(
            text(
                "INSERT INTO taakteller AS t (ploeg, volgnummer) VALUES (:ploeg, :amount) "
                "ON CONFLICT (ploeg) DO UPDATE SET volgnummer = t.volgnummer + excluded.volgnummer "
                "RETURNING volgnummer"
            ),
            {"ploeg": ploeg, "amount": len(own)},
        )
        for place, taak in enumerate(own, start=int(last or 0) - len(own) + 1):
            taak.volgnummer = place
