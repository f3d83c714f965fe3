"""The migrated schema is what the tables in code say."""

from sqlmodel import SQLModel

from chassis.resource import REGISTRY
from tests.services.zaken.making import Zaken


async def test_columns_are_those_of_the_code(zaken: Zaken) -> None:
    rows = await zaken.service.runtime.database.fetch(
        "SELECT table_name, column_name, is_nullable = 'YES' AS nullable FROM information_schema.columns "
        "WHERE table_schema = 'public'"
    )
    stored = {(row["table_name"], row["column_name"], row["nullable"]) for row in rows}
    ours = {name for name, one in REGISTRY.items() if one.table.__module__.startswith("services.zaken.")}
    declared = {
        (name, column.name, bool(column.nullable))
        for name, table in SQLModel.metadata.tables.items()
        if name in ours
        for column in table.columns
    }
    assert declared == {column for column in stored if column[0] in ours}
