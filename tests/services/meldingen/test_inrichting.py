"""The inrichting in memory follows the database, also when another replica changed it."""

from chassis.runtime import Runtime
from chassis.unit import unit_of_work
from services.meldingen.inrichting import Inrichting, load_inrichting
from tests.services.meldingen.dorp import OUTSIDE, ROUTERING, Dorp, regel, vlak


async def loaded(runtime: Runtime) -> Inrichting:
    async with unit_of_work(runtime) as unit:
        return await load_inrichting(unit)


async def test_another_replica_sees_every_change_at_once(dorp: Dorp) -> None:
    runtime = dorp.service.runtime
    replica = Runtime.make(runtime.settings)
    try:
        first = await loaded(replica)
        assert await loaded(replica) is first
        new = {"type": "wijk", "code": "wk3", "naam": "Ver", "geometrie": vlak(5.39, 5.41)}
        await dorp.als("beheer").post(f"{ROUTERING}/gebieden", json=new)
        second = await loaded(replica)
        assert second.atlas is not first.atlas
        assert second.regels is first.regels
        await dorp.als("beheer").post(f"{ROUTERING}/routeerregels", json=regel("x", 1, "regie", None, wijk=["wk3"]))
        third = await loaded(replica)
        assert third.atlas is second.atlas
        assert {rule.naam for rule in third.regels} - {rule.naam for rule in first.regels} == {"x"}
        assert third.atlas.codes["wk3"] == "wijk"
        assert third.atlas.plaats(**OUTSIDE) is None
    finally:
        await replica.database.close()


async def test_what_is_not_committed_is_not_kept(dorp: Dorp) -> None:
    runtime = dorp.service.runtime
    before = await loaded(runtime)
    answer = await dorp.als("beheer").post(
        f"{ROUTERING}/afdelingen", json={"code": "sport", "naam": "Sport"}, headers={"Idempotency-Key": ""}
    )
    assert answer.status_code == 400
    assert await loaded(runtime) is before
