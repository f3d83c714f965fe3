"""A dossier: locked as one, saved as one, and numbered in the order of the commits."""

import asyncio
from uuid import UUID, uuid4

from chassis.unit import Unit, unit_of_work
from services.meldingen.overgangen import TaakStatus
from services.meldingen.taken.dossier import open_dossiers, save_dossiers
from tests.services.meldingen.dorp import EAST, Dorp


async def test_an_unknown_melding_has_no_dossier(dorp: Dorp) -> None:
    async with unit_of_work(dorp.service.runtime) as unit:
        assert await open_dossiers(unit, [uuid4()]) == {}


async def test_only_what_changed_gets_a_number(dorp: Dorp) -> None:
    taak = await dorp.taak()
    async with unit_of_work(dorp.service.runtime) as unit:
        (dossier,) = (await open_dossiers(unit, [UUID(taak["melding"].rpartition("/")[2])])).values()
        assert dossier.changed_taken == []
        await save_dossiers(unit, [dossier])
        assert [row.volgnummer for row in dossier.taken] == [1]
        dossier.taken[0].status, dossier.taken[0].versie = TaakStatus.bezig, 2
        await unit.session.flush()
        assert dossier.changed_taken == dossier.open_taken == dossier.taken
        await save_dossiers(unit, [dossier])
        assert [row.volgnummer for row in dossier.taken] == [2]


async def test_dossiers_opened_in_opposite_order_wait_and_do_not_block(dorp: Dorp) -> None:
    ids = [UUID((await dorp.melding(plaats=place))["uuid"]) for place in (None, EAST)]

    async def change(order: list[UUID]) -> None:
        async with unit_of_work(dorp.service.runtime) as unit:
            await bump(unit, order)

    await asyncio.gather(*(change(order) for order in [ids, ids[::-1]] * 5))
    async with unit_of_work(dorp.service.runtime) as unit:
        dossiers = (await open_dossiers(unit, ids)).values()
    assert [dossier.taken[0].versie for dossier in dossiers] == [11, 11]
    assert sorted(dossier.taken[0].volgnummer for dossier in dossiers) == [21, 22]


async def bump(unit: Unit, ids: list[UUID]) -> None:
    """One more versie for every taak of these meldingen."""
    dossiers = await open_dossiers(unit, ids)
    for dossier in dossiers.values():
        for taak in dossier.taken:
            taak.versie += 1
    await save_dossiers(unit, dossiers.values())
