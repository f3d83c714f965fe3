"""The migrated tables are those the resources declare."""

from sqlalchemy import inspect

from chassis.resource import REGISTRY
from chassis.testing.plugin import MakeService


async def test_columns_of_resources(service: MakeService) -> None:
    made = await service("notificaties")
    own = [entry for entry in REGISTRY.values() if entry.table.__module__.startswith("services.notificaties.")]
    assert {entry.tablename for entry in own} == {
        "kanaal",
        "abonnement",
        "bezorginstelling",
        "toegang",
        "onbestelbaar_bericht",
    }
    async with made.runtime.database.writes.connect() as connection:
        for entry in own:
            found = await connection.run_sync(lambda sync, name=entry.tablename: inspect(sync).get_columns(name))
            declared = entry.table.__table__.columns
            assert {column["name"] for column in found} == set(declared.keys())
            for column in found:
                assert column["nullable"] == declared[column["name"]].nullable, column["name"]
