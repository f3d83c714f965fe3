"""The database: closed connections are replaced, a full pool says so, and a killed server is survived."""

import asyncio
import contextlib
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from chassis.database import (
    Database,
    direct_connection,
    is_closed,
    is_refused_value,
    sqlalchemy_url,
)
from chassis.embedded.postgres import EmbeddedPostgres
from chassis.problems import Unavailable
from chassis.testing.servers import Servers
from chassis.testing.service import ServiceUnderTest, eventually, running
from chassis.unit import Unit, unit_of_work
from tests.chassis.conftest import MakeLive, example_database
from tests.chassis.example import BASE, HOOKS, IDENTITY, example_service


async def cut_all(dsn: str) -> None:
    """End every other connection of a database."""
    other = await asyncpg.connect(dsn)
    await other.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid()"
    )
    await other.close()


class TestClosedConnections:
    async def test_reads_and_writes_go_on(self, example: ServiceUnderTest) -> None:
        client = example.client()
        for _ in range(3):
            await asyncio.gather(*(client.post(f"{BASE}/things", json={"name": "a"}) for _ in range(10)))
            await cut_all(example.dsn)
            answers = await asyncio.gather(*(client.get(f"{BASE}/things") for _ in range(10)))
            assert {answer.status_code for answer in answers} == {200}
            await cut_all(example.dsn)
            assert (await client.post(f"{BASE}/things", json={"name": "a"})).status_code in {201, 503}
            assert (await client.post(f"{BASE}/things", json={"name": "a"})).status_code == 201

    async def test_a_write_long_after_the_cut_is_not_refused(self, example: ServiceUnderTest) -> None:
        client = example.client()
        await asyncio.gather(*(client.post(f"{BASE}/things", json={"name": "a"}) for _ in range(5)))
        pool: Any = example.runtime.database.writes.pool
        await cut_all(example.dsn)

        async def noticed() -> bool:
            return all(
                record.dbapi_connection.driver_connection.is_closed() for record in list(pool._pool._queue._queue)
            )

        await eventually(noticed)
        assert (await client.post(f"{BASE}/things", json={"name": "a"})).status_code == 201


class TestReads:
    async def test_many_may_be_the_first(self, example: ServiceUnderTest) -> None:
        fresh = Database(example.dsn, pool_size=3)
        found = await asyncio.gather(*(fresh.fetch("SELECT 1 AS n, '{\"a\": 1}'::jsonb AS j") for _ in range(30)))
        assert {(rows[0]["n"], rows[0]["j"]["a"]) for rows in found} == {(1, 1)}
        await fresh.close()

    async def test_a_cancelled_one_leaves_its_connection_usable(self, example: ServiceUnderTest) -> None:
        fresh = Database(example.dsn, pool_size=2)
        for _ in range(6):
            slow = asyncio.create_task(fresh.fetch("SELECT pg_sleep(60)"))
            other = asyncpg.connect(example.dsn)
            connection = await other
            await eventually(lambda connection=connection: sleeping(connection))
            slow.cancel()
            await asyncio.gather(slow, return_exceptions=True)
            await connection.close()
        assert (await fresh.fetch("SELECT 1 AS n"))[0]["n"] == 1
        await fresh.close()


async def sleeping(connection: asyncpg.Connection) -> bool:
    sql = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'"
    return bool(await connection.fetchval(sql))


class TestRefusedValues:
    @pytest.mark.parametrize("value", [2**31, 2**70, "text", "\0"])
    async def test_they_do_not_look_like_a_server_that_is_away(self, example: ServiceUnderTest, value: Any) -> None:
        pool = example.runtime.database.writes.pool
        column = "name" if isinstance(value, str) and "\0" in value else "amount"
        with pytest.raises(Exception, match=r".") as caught:
            await example.runtime.database.fetch(f"SELECT FROM thing WHERE {column} = $1", value)
        assert is_refused_value(caught.value)
        assert not is_closed(caught.value)
        with pytest.raises(Exception, match=r".") as caught:
            async with unit_of_work(example.runtime) as unit:
                await unit.session.execute(text(f"SELECT FROM thing WHERE {column} = :value"), {"value": value})
        assert is_refused_value(caught.value)
        assert example.runtime.database.writes.pool is pool


class TestFullPool:
    async def test_it_is_busy_not_broken(self, example: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
        small = Database(example.dsn, pool_size=1)
        pool: Any = small.writes.pool
        monkeypatch.setattr(pool, "_timeout", 0.05)
        monkeypatch.setattr(example.runtime, "database", small)
        free = asyncio.Event()

        async def hold(unit: Unit, row: Any) -> None:
            await free.wait()

        HOOKS["hold"] = hold
        client = example.client()
        held = [asyncio.create_task(client.post(f"{BASE}/things", json={"name": "hold"})) for _ in range(2)]

        async def full() -> bool:
            return pool.checkedout() == 2

        await eventually(full)
        answer = await client.post(f"{BASE}/things", json={"name": "a"})
        assert (answer.status_code, answer.json()["code"]) == (503, "te-druk")
        assert answer.headers["retry-after"]
        assert (await client.get(f"{BASE}/things")).status_code == 200, "reads have connections of their own"
        assert small.writes.pool is pool
        free.set()
        assert {(await task).status_code for task in held} == {201}
        assert (await client.get(f"{BASE}/things")).json()["count"] == 2
        await small.close()

    async def test_a_full_pool_of_reads_is_busy_too(
        self, example: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("chassis.database.POOL_WAIT", 0.05)
        small = Database(example.dsn, pool_size=1)
        free, taken = asyncio.Event(), asyncio.Event()

        async def hold(_: Any) -> None:
            taken.set()
            await free.wait()

        holding = asyncio.create_task(small.read(hold))
        await taken.wait()
        with pytest.raises(Unavailable, match="te-druk"):
            await small.fetch("SELECT 1")
        free.set()
        await holding
        assert (await small.fetch("SELECT 1 AS one"))[0]["one"] == 1
        await small.close()


class TestKilledServer:
    # asyncpg leaves a connection that is lost while it is being made or released to the garbage collector.
    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    async def test_reads_and_writes_recover_within_two_seconds(self, mortal: Servers) -> None:
        mortal._postgres = EmbeddedPostgres(mortal.folder / "pg")  # durable, unlike that of the other tests
        await asyncio.to_thread(mortal._postgres.start)
        await mortal.ensure_streams()
        made = example_service(await example_database(mortal), mortal.keys, nats=mortal.nats.url(IDENTITY))
        seen: list[tuple[float, str, int]] = []
        stop = asyncio.Event()
        clock = asyncio.get_running_loop().time

        async def traffic(method: str) -> None:
            client = made.client()
            while not stop.is_set():
                json = {"name": "a"} if method == "POST" else None
                answer = await client.request(
                    method, f"{BASE}/things", json=json, params={"pageSize": 10} if not json else {}
                )
                seen.append((clock(), method, answer.status_code))
                await asyncio.sleep(0.02)

        async with running(made):
            made.client()
            tasks = [asyncio.create_task(traffic(method)) for method in ("GET", "POST") * 4]
            await eventually(lambda: enough(seen, 50))
            await asyncio.to_thread(mortal.postgres.kill)
            killed = len(seen)
            await eventually(lambda: enough(seen, killed + 20))
            assert {status for _, _, status in seen} <= {200, 201, 503}
            await asyncio.to_thread(mortal.postgres.start)
            back = clock()
            await eventually(lambda: later(seen, back + 2.5), seconds=20)
            stop.set()
            await asyncio.gather(*tasks)
            late = [status for at, _, status in seen if at > back + 2 and status >= 500]
            assert late == []
            assert any(status == 201 for at, _, status in seen if at > back)
            await eventually(lambda: all_sent(made))
            stored = sum(1 for _, method, status in seen if method == "POST" and status == 201)
            assert len(await made.outbox()) >= stored


async def enough(seen: list[Any], number: int) -> bool:
    return len(seen) >= number


async def later(seen: list[tuple[float, str, int]], moment: float) -> bool:
    return seen[-1][0] > moment


async def all_sent(made: ServiceUnderTest) -> bool:
    return await made.runtime.database.fetch("SELECT FROM outbox WHERE sent_at IS NULL") == []


async def test_unreachable_from_the_start_is_unavailable() -> None:
    away = Database("postgresql://meent@/x?host=/nonexistent")
    with pytest.raises(Unavailable):
        await away.fetch("SELECT 1")
    await away.close()


async def test_raw_statements_of_a_unit_are_in_its_transaction(example: ServiceUnderTest) -> None:
    with contextlib.suppress(RuntimeError):
        async with unit_of_work(example.runtime) as unit:
            connection = await unit.connection()
            await connection.execute("INSERT INTO effect (consumer) VALUES ('x')")
            raise RuntimeError("undo")
    assert await example.runtime.database.fetch("SELECT FROM effect") == []


async def test_a_connection_of_ones_own(live: MakeLive, servers: Servers) -> None:
    dsn = await example_database(servers)
    async with direct_connection(dsn) as connection:
        assert await connection.fetchval("SELECT current_database()") == dsn.partition("?")[0].rpartition("/")[2]
    assert connection.is_closed()
    assert sqlalchemy_url(dsn).startswith("postgresql+asyncpg://")
