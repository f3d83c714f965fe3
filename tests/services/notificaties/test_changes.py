"""What is known of the abonnementen follows them: what changed is read, by every replica, and nothing else."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest
from alembic import command

from chassis.migrations import config, upgrade
from chassis.resource import new_id
from chassis.testing.plugin import MakeService
from chassis.testing.servers import Servers, empty
from chassis.testing.service import ServiceUnderTest, make
from chassis.unit import unit_of_work
from services.notificaties import subscriptions
from services.notificaties.notificaties.abonnement import Abonnement, save
from services.notificaties.outcome import SubscriberState, write
from services.notificaties.projection import Notification
from services.notificaties.subscriptions import current_subscriptions
from services.notificaties.target import auth_context
from tests.services.notificaties.webhooks import NOTIFICATIES, kanaal


async def subscribed(made: ServiceUnderTest, **filters: str) -> UUID:
    """A new abonnement on `zaken`, without a trial call."""
    row_id = new_id()
    async with unit_of_work(made.runtime) as unit:
        row = Abonnement(
            id=row_id,
            callback_url="https://abonnee.example/",
            kanalen=[{"naam": "zaken", "filters": filters}],
            auth=made.runtime.keyring.seal(b"Bearer x", auth_context(row_id)),
            client_id="test",
        )
        await save(unit, row, new=True, revive=True)
    return row_id


async def wanted(made: ServiceUnderTest, **kenmerken: str) -> set[UUID]:
    """Who wants a notificatie on `zaken`."""
    async with unit_of_work(made.runtime) as unit:
        found = (await current_subscriptions(unit)).find(
            Notification("zaken", "u", "zaak", "u", "create", "t", kenmerken)
        )
        return set(found)


async def test_what_is_taken_changed_and_ended(service: MakeService) -> None:
    made = await service("notificaties")
    client = made.client()
    await kanaal(client, "zaken", ("soort",))
    assert await wanted(made) == set()
    one, two = await subscribed(made), await subscribed(made, soort="a")
    assert await wanted(made, soort="a") == {one, two}
    assert await wanted(made, soort="b") == {one}
    body = {"kanalen": [{"naam": "zaken", "filters": {"soort": "b"}}]}
    assert (await client.patch(f"{NOTIFICATIES}/abonnement/{two}", json=body)).status_code == 200
    assert await wanted(made, soort="a") == {one}
    assert await wanted(made, soort="b") == {one, two}
    assert (await client.delete(f"{NOTIFICATIES}/abonnement/{one}")).status_code == 204
    assert await wanted(made, soort="b") == {two}


async def test_a_subscriber_that_is_gone_gets_nothing_until_it_is_revived(service: MakeService) -> None:
    made = await service("notificaties")
    one, two = await subscribed(made), await subscribed(made)
    assert await wanted(made) == {one, two}
    await write(made.runtime, [], [SubscriberState(one, 1, None, datetime.now(UTC))])
    assert await wanted(made) == {two}
    async with unit_of_work(made.runtime) as unit:
        row = await unit.session.get(Abonnement, one)
        await save(unit, row, new=False, revive=True)
    assert await wanted(made) == {one, two}


async def test_only_what_changed_is_read(service: MakeService) -> None:
    made = await service("notificaties")
    one, two = await subscribed(made, soort="a"), await subscribed(made, soort="a")
    assert await wanted(made, soort="a") == {one, two}
    before = await made.runtime.database.fetch("UPDATE abonnement SET kanalen = '[]' RETURNING id")
    assert len(before) == 2
    three = await subscribed(made, soort="a")
    assert await wanted(made, soort="a") == {one, two, three}
    await made.runtime.database.fetch("DELETE FROM abonnement")  # they are not as a service would have stored them


async def test_many_are_read_in_portions_also_by_several_at_once(
    service: MakeService, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "PORTION", 3)
    made = await service("notificaties")
    everyone = {await subscribed(made) for _ in range(10)}
    assert await asyncio.gather(*(wanted(made) for _ in range(4))) == [everyone] * 4

    async def more() -> None:
        for _ in range(10):
            everyone.add(await subscribed(made))

    async def meanwhile() -> None:
        for _ in range(20):
            assert await wanted(made) <= everyone | {*await ids(made)}

    await asyncio.gather(more(), meanwhile(), meanwhile())
    assert await wanted(made) == everyone


async def ids(made: ServiceUnderTest) -> list[UUID]:
    return [row["id"] for row in await made.runtime.database.fetch("SELECT id FROM abonnement")]


async def test_each_database_has_its_own(service: MakeService, servers: Servers) -> None:
    made = await service("notificaties")
    other = await make("notificaties", servers, dsn=await servers.database("notificaties"), live=False)
    try:
        one, two = await subscribed(made), await subscribed(other)
        assert await wanted(made) == {one}
        assert await wanted(other) == {two}
        await empty(other.dsn)  # another history begins, whose numbers are those of the one before
        assert await wanted(other) == set()
        three = await subscribed(other)
        assert await wanted(other) == {three}
    finally:
        await other.runtime.outbound.close()
        await other.runtime.database.close()


async def test_abonnementen_from_before_their_changes_had_numbers(servers: Servers) -> None:
    made = await make("notificaties", servers, dsn=await servers.database("notificaties"), live=False)
    try:
        async with made.runtime.database.writes.connect() as connection:
            await connection.run_sync(lambda sync: command.downgrade(config("notificaties", sync), "notificaties_0002"))
            await connection.commit()
        old = [
            row["id"]
            for row in await made.runtime.database.fetch(
                "INSERT INTO abonnement SELECT gen_random_uuid(), 'https://abonnee.example/', "
                """'[{"naam": "zaken", "filters": {}}]', '', 'test', '', '', false, '[]' """
                "FROM generate_series(1, 5) RETURNING id"
            )
        ]
        await made.runtime.database.fetch("INSERT INTO wachtrij SELECT id FROM abonnement")
        await made.runtime.database.fetch("INSERT INTO abonnement_versie VALUES (1, gen_random_uuid())")
        await upgrade(made.dsn, "notificaties")
        assert await wanted(made) == set(old)
        new = await subscribed(made)
        assert await wanted(made) == {*old, new}
    finally:
        await made.runtime.outbound.close()
        await made.runtime.database.close()
