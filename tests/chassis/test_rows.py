"""Rows by plain statements: the same rows, the same refusals, and objects that the ORM takes over as they are."""

import asyncio
import subprocess
import sys
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import JSON, Float, LargeBinary, MetaData, Numeric, SmallInteger, Text, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Field

from chassis import rows
from chassis.database import raw
from chassis.resource import Row
from chassis.testing.service import ServiceUnderTest
from chassis.unit import Unit, unit_of_work
from tests.architecture.tree import ROOT
from tests.chassis.example import THING, Thing, make_thing


class Everything(Row, table=True):
    """A column of every kind that services have."""

    metadata = MetaData()
    words: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    parts: list[bytes] = Field(default_factory=list, sa_type=ARRAY(LargeBinary))
    loose: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    strict: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    ratio: float | None = Field(default=None, sa_type=Float)
    price: Any = Field(default=None, sa_type=Numeric)
    small: int = Field(default=7, sa_type=SmallInteger)


SCHEMA = """
CREATE TEMP TABLE everything (id uuid PRIMARY KEY, representation bytea NOT NULL, etag varchar(32) NOT NULL, words text[],
    parts bytea[], loose json, strict jsonb, ratio float8, price numeric, small smallint NOT NULL CHECK (small < 100))
"""
FULL: dict[str, Any] = {
    "words": ["a", "é"],
    "parts": [b"\0", b""],
    "loose": {"a": [1, None]},
    "strict": {"b": "\u00e9"},
    "ratio": 1.5,
    "price": 12,
    "small": 3,
}


@pytest.mark.parametrize("values", [FULL, {}])
async def test_go_in_and_come_out_as_with_the_orm(example: ServiceUnderTest, values: dict[str, Any]) -> None:
    async with example.runtime.database.session() as session:
        connection = await raw(await session.connection())
        await session.execute(text(SCHEMA))
        by_orm, by_hand = Everything(**values), Everything(**values)
        session.add(by_orm)
        await session.flush()
        await rows.insert(connection, by_hand)
        stored = await connection.fetch("SELECT * FROM everything")
        assert {tuple(row)[1:] for row in map(repr_of, stored)} == {tuple(repr_of(stored[0]))[1:]}
        found = await rows.fetch(connection, Everything, [by_hand.id, by_orm.id], {}, lock=False)
        session.expunge_all()
        loaded = [await session.get(Everything, one.id) for one in found]
        assert [one.model_dump() for one in found] == [one.model_dump() for one in loaded if one]


def repr_of(row: asyncpg.Record) -> list[str]:
    return [repr(value) for value in row.values()]


async def test_only_what_was_set_is_stored(example: ServiceUnderTest) -> None:
    async with example.runtime.database.session() as session:
        connection = await raw(await session.connection())
        await session.execute(text(SCHEMA))
        row = Everything(**FULL)
        await rows.insert(connection, row)
        await connection.execute("UPDATE everything SET ratio = 9, small = 9")
        row.small, row.words = 4, []
        await rows.update(connection, row)
        assert tuple(await connection.fetchrow("SELECT small, words, ratio FROM everything")) == (4, [], 9)
        await connection.execute("UPDATE everything SET small = 9")
        row.small, row.words = 4, []
        await rows.update(connection, row)
        assert await connection.fetchval("SELECT small FROM everything") == 9
        [same] = await rows.fetch(connection, Everything, [row.id, uuid4()], {(Everything, row.id): row}, lock=True)
        assert same is row
        assert (row.small, row.ratio) == (9, 9.0)
        await connection.execute("DELETE FROM everything")
        row.small = 5
        with pytest.raises(StaleDataError):
            await rows.update(connection, row)
        assert await rows.fetch(connection, Everything, [row.id], {}, lock=False) == []


async def test_what_a_constraint_refuses_is_said_as_the_orm_says_it(example: ServiceUnderTest) -> None:
    said = []
    for by_orm in (True, False):
        async with example.runtime.database.session() as session:
            connection = await raw(await session.connection())
            await session.execute(text(SCHEMA))
            row = Everything(small=100)
            if by_orm:
                session.add(row)
            with pytest.raises(IntegrityError) as caught:
                await (session.flush() if by_orm else rows.insert(connection, row))
            cause: Any = caught.value.orig
            said.append((cause.sqlstate, cause.__cause__.constraint_name, type(cause.__cause__)))
            assert "999900006" not in str(caught.value)
    assert said[0] == said[1] == ("23514", "everything_small_check", asyncpg.CheckViolationError)


class TestUnits:
    """Of a unit it never shows whether its statements are plain or the session's."""

    async def test_one_object_per_row(self, example: ServiceUnderTest) -> None:
        async with unit_of_work(example.runtime) as unit:
            made = await make_thing(unit, "a")
            assert await unit.get(THING, made.id) is made
            assert await unit.get(THING, made.id, lock=True) is made
            assert (await unit.session.scalars(select(Thing))).one() is made
            assert await unit.get(THING, made.id, lock=True) is made
        async with unit_of_work(example.runtime) as unit:
            found = await unit.get(THING, made.id)
            assert found is not made
            assert await unit.find(select(Thing)) == [found]

    async def test_a_lock_shows_what_was_written_meanwhile(self, example: ServiceUnderTest) -> None:
        async with unit_of_work(example.runtime) as unit:
            made = await make_thing(unit, "a")
        async with unit_of_work(example.runtime) as unit:
            found = await unit.get(THING, made.id)
            await example.runtime.database.fetch("UPDATE thing SET amount = 9")
            assert (await unit.get(THING, made.id)).amount == 1
            assert (await unit.get(THING, made.id, lock=True)) is found
            assert found.amount == 9
            await unit.change(THING, found)

    @pytest.mark.parametrize("through_session", [False, True])
    async def test_several_locks_are_taken_in_one_order(self, example: ServiceUnderTest, through_session: bool) -> None:
        async with unit_of_work(example.runtime) as unit:
            made = [await make_thing(unit, name) for name in "abc"]

        async def swap(ids: list[UUID]) -> None:
            async with unit_of_work(example.runtime) as unit:
                if through_session:
                    await unit.session.execute(text("SELECT 1"))
                found = await unit.lock(THING, [*ids, uuid4()])
                assert [row.id for row in found] == sorted(ids)
                for row in found:
                    row.amount += 1
                    await unit.change(THING, row)

        ids = [row.id for row in made]
        await asyncio.gather(*(swap(ids if number % 2 else ids[::-1]) for number in range(8)))
        amounts = await example.runtime.database.fetch("SELECT amount FROM thing")
        assert [row["amount"] for row in amounts] == [9, 9, 9]

    async def test_a_query_sees_what_was_written_and_what_was_set_is_not_forgotten(
        self, example: ServiceUnderTest
    ) -> None:
        async with unit_of_work(example.runtime) as unit:
            first, second = await make_thing(unit, "a"), await make_thing(unit, "b")
            first.amount = 5
            assert await unit.session.scalar(text("SELECT count(*) FROM thing")) == 2
            await unit.change(THING, first)
            assert await unit.session.scalar(text("SELECT amount FROM thing WHERE name = 'a'")) == 5
            second.amount = 6
            await unit.touch(THING, second)
            third = await make_thing(unit, "c")
            await unit.delete(THING, second)
            assert {one.name for one in await unit.find(select(Thing))} == {"a", "c"}
            assert await unit.look_up(THING, second.id) is None
            assert (await unit.get(THING, third.id)) is third
        assert [(line["actie"], line["oud"] is None) for line in await example.audit()] == [
            ("create", True),
            ("create", True),
            ("update", False),
            ("create", True),
            ("destroy", False),
        ]

    async def test_touch_after_create(self, example: ServiceUnderTest) -> None:
        async with unit_of_work(example.runtime) as unit:
            made = await make_thing(unit, "a")
            made.amount = 2
            await unit.touch(THING, made)
        [row] = await example.runtime.database.fetch("SELECT amount, representation FROM thing")
        assert (row["amount"], b'"amount":2' in row["representation"]) == (2, True)

    @pytest.mark.parametrize("through_session", [False, True])
    async def test_is_one_transaction(self, example: ServiceUnderTest, through_session: bool) -> None:
        async def write(unit: Unit) -> None:
            await make_thing(unit, "a")
            if through_session:
                await unit.session.execute(text("UPDATE thing SET extra = '{}'"))
                async with unit.session.begin_nested():
                    await make_thing(unit, "b")
                with pytest.raises(IntegrityError):
                    async with unit.session.begin_nested():
                        await unit.session.execute(text("INSERT INTO thing SELECT * FROM thing"))
            await make_thing(unit, "c")

        async def write_in_vain() -> None:
            async with unit_of_work(example.runtime) as unit:
                await write(unit)
                raise KeyError

        with pytest.raises(KeyError):
            await write_in_vain()
        assert await example.runtime.database.fetch("SELECT FROM thing") == []
        async with unit_of_work(example.runtime) as unit:
            await write(unit)
        written = await example.runtime.database.fetch(
            "SELECT xmin::text AS tx FROM thing WHERE name <> 'b' UNION SELECT xmin::text FROM outbox "
            "UNION SELECT xmin::text FROM auditregel"
        )
        assert len(written) == (2 if through_session else 1)  # an update within a savepoint has a number of its own

    async def test_a_connection_goes_back_clean(self, example: ServiceUnderTest) -> None:
        pool: Any = example.runtime.database.writes.pool

        async def write(number: int) -> None:
            async with unit_of_work(example.runtime) as unit:
                await make_thing(unit, "a")
                if number % 2:
                    assert await unit.session.scalar(text("SELECT 1")) == 1
                if number % 3 == 0:
                    raise KeyError
                if number % 5 == 0:
                    raise asyncio.CancelledError

        await asyncio.gather(*(write(number) for number in range(30)), return_exceptions=True)
        assert pool.checkedout() == 0
        async with example.runtime.database.session() as session:
            assert not (await raw(await session.connection())).is_in_transaction()
            await session.execute(text("CREATE TEMP TABLE gone_again ()"))
        async with unit_of_work(example.runtime) as unit:
            assert await (await unit.connection()).fetchval("SELECT to_regclass('gone_again')") is None
        assert len(await example.runtime.database.fetch("SELECT FROM thing")) == len(
            [number for number in range(30) if number % 3 and number % 5]
        )

    async def test_nothing_is_opened_before_it_is_needed(self, example: ServiceUnderTest) -> None:
        pool: Any = example.runtime.database.writes.pool
        async with unit_of_work(example.runtime) as unit:
            assert pool.checkedout() == 0
            assert await unit.look_up(THING, uuid4()) is None
            assert pool.checkedout() == 1


def test_the_first_thing_a_process_does_may_be_to_read_a_row() -> None:
    first = "rows._table(Thing); rows._object(Thing, {'id': 1}, None)"
    code = f"from chassis import rows; from tests.chassis.example import Thing; {first}"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
