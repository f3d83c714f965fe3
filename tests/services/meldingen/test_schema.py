"""The migration makes the tables that the modules declare."""

from sqlalchemy import inspect
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel

from chassis.database import sqlalchemy_url
from chassis.testing.plugin import MakeService


async def test_the_migrated_schema_is_that_of_the_models(service: MakeService) -> None:
    made = await service("meldingen")
    declared = {
        mapper.class_.__table__.name: mapper.class_.__table__
        for mapper in SQLModel._sa_registry.mappers
        if mapper.class_.__module__.startswith("services.meldingen.")
    }
    engine = create_async_engine(sqlalchemy_url(made.dsn))
    async with engine.connect() as connection:
        present = await connection.run_sync(lambda sync: {name: inspect(sync).get_columns(name) for name in declared})
    await engine.dispose()
    assert len(declared) == 11
    for name, table in declared.items():
        in_code = {(c.name, c.nullable, str(c.type.compile(engine.dialect))) for c in table.columns}
        in_database = {(c["name"], c["nullable"], str(c["type"].compile(engine.dialect))) for c in present[name]}
        assert {entry[:2] for entry in in_code} == {entry[:2] for entry in in_database}, name
        lengths = {entry for entry in in_code if "VARCHAR(" in entry[2]}
        assert lengths <= in_database, name
