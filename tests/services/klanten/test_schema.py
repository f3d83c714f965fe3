"""The migrations make exactly the tables the models declare."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlmodel import SQLModel

from tests.services.klanten.municipality import Town

OWN = {"partij", "verhuizing", "verhuizer", "afdelingsprofiel", "volgindicatie", "opvolging", "logboekregel"}


async def test_migrated_tables_are_the_declared_ones(town: Town) -> None:
    def compare(connection: Connection) -> list[object]:
        context = MigrationContext.configure(
            connection, opts={"include_name": lambda name, kind, _: kind != "table" or name in OWN}
        )
        tables = {name: table for name, table in SQLModel.metadata.tables.items() if name in OWN}
        assert tables.keys() == OWN
        return [change for change in compare_metadata(context, SQLModel.metadata) if _ours(change)]

    async with town.service.runtime.database.writes.connect() as connection:
        assert await connection.run_sync(compare) == []


def _ours(change: object) -> bool:
    return any(repr(name) in repr(change) for name in OWN)
