"""The migrated schema is what the tables in code say, and what was stored before a migration is found after it."""

import importlib
from uuid import UUID

import pytest
from sqlmodel import SQLModel

from chassis.resource import REGISTRY
from tests.services.zaken.documenten.making import Documenten
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


async def test_zaken_of_before_get_the_box_that_a_search_by_place_looks_in(zaken: Zaken) -> None:
    square = [[5.0, 52.0], [5.5, 52.0], [5.5, 52.5], [5.0, 52.0]]
    for geometry in (
        {"type": "Point", "coordinates": [5.1, 52.1]},
        {"type": "MultiPolygon", "coordinates": [[square], [[[x + 1, y] for x, y in square]]]},
        {"type": "GeometryCollection", "geometries": [{"type": "LineString", "coordinates": square}]},
        None,
    ):
        await zaken.zaak(zaakgeometrie=geometry)
    fetch = zaken.service.runtime.database.fetch
    wanted = await fetch("SELECT id, west, south, east, north FROM zaak ORDER BY id")
    await fetch("UPDATE zaak SET west = NULL, south = NULL, east = NULL, north = NULL")
    await fetch(importlib.import_module("services.zaken.migrations.versions.0006_zaak").BOXES)
    assert await fetch("SELECT id, west, south, east, north FROM zaak ORDER BY id") == wanted
    assert [row["west"] for row in wanted] == [5.1, 5.0, 5.0, None]


async def test_zaken_and_documents_of_before_get_their_words(
    documenten: Documenten, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        await documenten.zaken.zaak(omschrijving=f"beuk {number}")
        await documenten.make(titel=f"eik {number}")
    fetch = documenten.zaken.service.runtime.database.fetch
    migration = importlib.import_module("services.zaken.migrations.versions.0014_words")
    monkeypatch.setattr(migration, "PORTION", 2)
    for found in (migration.ZAAK, migration.DOCUMENT):
        table = f"SELECT * FROM {found.name}_words ORDER BY {found.key}"
        wanted = await fetch(table)
        assert len(wanted) == 5
        await fetch(f"DELETE FROM {found.name}_words WHERE {found.key} <> $1", wanted[1][0])  # interrupted once
        last, portions = UUID(int=0), 0
        while rows := await fetch(found.portion.replace(":last", "$1"), last):
            last, portions = rows[0]["id"], portions + 1
        assert portions == 3
        assert await fetch(table) == wanted
