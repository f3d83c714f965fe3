"""Counters: what they add up to is what there is, whatever was written by whom, and lists rely on it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from chassis.testing.plugin import MakeService
from chassis.testing.service import eventually
from services.zaken import counting
from services.zaken.counting import add_up
from tests.services.zaken.making import ZAKEN, Zaken

COUNTED = "SELECT zaaktype_id, vertrouwelijkheid, sum(amount)::bigint AS n FROM zaak_counter GROUP BY 1, 2"
PRESENT = "SELECT zaaktype_id, vertrouwelijkheid, count(*) AS n FROM zaak GROUP BY 1, 2"
COPIES = """
INSERT INTO zaak SELECT (jsonb_populate_record(z, jsonb_build_object(
    'id', gen_random_uuid(), 'identificatie', z.identificatie || '-' || n, 'vertrouwelijkheid', 1 + n % 3))).*
FROM zaak z, generate_series(1, $2::int) n WHERE z.id = $1
"""


@pytest.fixture
async def connection(zaken: Zaken) -> AsyncIterator[asyncpg.Connection]:
    """For what no operation does; the zaken are gone afterwards, for their representations are copies."""
    made = await asyncpg.connect(zaken.service.dsn)
    yield made
    await made.execute("DELETE FROM zaak")
    await made.close()


async def add_copies(connection: Any, of: str, count: int) -> None:
    await connection.execute(COPIES, of.rsplit("/", 1)[1], count)


async def right(zaken: Zaken) -> bool:
    """Whether the counters are what there is."""
    fetch = zaken.service.runtime.database.fetch
    counted, present = [{tuple(row) for row in await fetch(sql)} for sql in (COUNTED, PRESENT)]
    return {row for row in counted if row[2]} == present


async def rows(zaken: Zaken) -> int:
    return len(await zaken.service.runtime.database.fetch("SELECT FROM zaak_counter"))


class TestTriggers:
    async def test_every_statement_that_changes_a_count(self, zaken: Zaken, connection: Any) -> None:
        other = (await zaken.make_zaaktype(identificatie="ander"))[0]
        url = (await zaken.zaak())["url"]
        await zaken.zaak(zaaktype=other)
        await add_copies(connection, url, 10)
        assert await right(zaken)
        await connection.execute(
            "UPDATE zaak SET vertrouwelijkheid = 1 + vertrouwelijkheid WHERE vertrouwelijkheid < 3"
        )
        assert await right(zaken)
        to_other = "UPDATE zaak SET zaaktype_id = $1 WHERE vertrouwelijkheid = 2"
        await connection.execute(to_other, other.rsplit("/", 1)[1])
        assert await right(zaken)
        await connection.execute("DELETE FROM zaak WHERE vertrouwelijkheid = 3")
        assert await right(zaken)
        assert await connection.fetchval("SELECT count(*) FROM zaak") > 0
        await connection.execute("DELETE FROM zaak")
        assert await right(zaken)

    async def test_one_row_per_statement_and_count_that_it_changes(self, zaken: Zaken, connection: Any) -> None:
        url = (await zaken.zaak())["url"]
        await add_up(zaken.service.runtime)
        before = await rows(zaken)
        assert (await zaken.client.patch(url, json={"omschrijving": "anders"})).status_code == 200
        assert await rows(zaken) == before
        await add_copies(connection, url, 30)
        await connection.execute("DELETE FROM zaak WHERE false")
        assert await rows(zaken) == before + 3

    async def test_what_is_rolled_back_is_not_counted(self, zaken: Zaken) -> None:
        zaak = await zaken.zaak()
        body = zaken.body(identificatie=zaak["identificatie"])
        assert (await zaken.client.post(f"{ZAKEN}/zaken", json=body)).status_code == 400
        assert await right(zaken)

    async def test_nobody_waits_for_another(self, zaken: Zaken, connection: Any) -> None:
        url = (await zaken.zaak())["url"]
        async with asyncio.timeout(5), connection.transaction():
            await connection.execute("UPDATE zaak SET vertrouwelijkheid = 1")
            await add_copies(connection, url, 1)
            await zaken.zaak()
            await zaken.zaak()
            await add_up(zaken.service.runtime)
        assert await right(zaken)


class TestAddingUp:
    async def test_leaves_one_row_per_count_and_none_for_nothing(self, zaken: Zaken) -> None:
        other = (await zaken.make_zaaktype(identificatie="ander"))[0]
        for _ in range(3):
            await zaken.zaak()
        await zaken.zaak(zaaktype=other)
        fetch = zaken.service.runtime.database.fetch
        await fetch("DELETE FROM zaak WHERE zaaktype_id = $1", other.rsplit("/", 1)[1])
        assert await rows(zaken) == 5
        await add_up(zaken.service.runtime)
        assert await right(zaken)
        assert [row["amount"] for row in await fetch("SELECT amount FROM zaak_counter")] == [3]

    async def test_many_at_once_while_others_write(self, zaken: Zaken, connection: Any) -> None:
        url = (await zaken.zaak())["url"]

        async def write() -> None:
            for _ in range(30):
                await add_copies(connection, url, 2)
                await connection.execute("UPDATE zaak SET identificatie = gen_random_uuid()::text")
                await connection.execute("UPDATE zaak SET vertrouwelijkheid = 1 + (vertrouwelijkheid % 3)")

        writing = asyncio.create_task(write())
        while not writing.done():
            await asyncio.gather(*(add_up(zaken.service.runtime) for _ in range(4)))
        await writing
        await add_up(zaken.service.runtime)
        assert await right(zaken)

    async def test_the_service_does_it_by_itself(
        self, live_service: MakeService, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(counting, "PAUSE", 0.05)
        zaken = await Zaken(await live_service("zaken")).set_up()
        for _ in range(3):
            await zaken.zaak()

        async def added() -> bool:
            return await rows(zaken) == 1

        await eventually(added)


class TestLists:
    @pytest.mark.parametrize(
        ("query", "relies"),
        [
            ("", True),
            ("?ordering=-startdatum", True),
            ("?zaaktype={zaaktype}", True),
            ("?maximaleVertrouwelijkheidaanduiding=geheim", True),
            ("?startdatum__gte=2020-01-01", False),
        ],
    )
    async def test_rely_on_the_counters_when_they_know(
        self, zaken: Zaken, connection: Any, query: str, relies: bool
    ) -> None:
        url = (await zaken.zaak())["url"]
        await add_copies(connection, url, 119)
        await connection.execute("INSERT INTO zaak_counter SELECT zaaktype_id, 1, 1000 FROM zaak LIMIT 1")
        reader = zaken.limited("lezer", "zaken.lezen")
        for client in (zaken.client, reader):
            answer = await client.get(f"{ZAKEN}/zaken{query.format(zaaktype=zaken.zaaktype)}")
            assert answer.json()["count"] == (1120 if relies else 120)

    async def test_count_only_what_the_caller_may_see(self, zaken: Zaken, connection: Any) -> None:
        other = (await zaken.make_zaaktype(identificatie="ander"))[0]
        url = (await zaken.zaak(zaaktype=other))["url"]
        await add_copies(connection, (await zaken.zaak())["url"], 300)
        await add_copies(connection, url, 150)
        low = zaken.limited("laag", "zaken.lezen", maxVertrouwelijkheidaanduiding="beperkt_openbaar")
        assert (await low.get(f"{ZAKEN}/zaken")).json()["count"] == 200
        assert (await low.get(f"{ZAKEN}/zaken?page=2")).json()["count"] == 200
        assert (await low.get(f"{ZAKEN}/zaken?page=3")).status_code == 404
        assert (await zaken.limited("hoog", "zaken.lezen", zaaktype=other).get(f"{ZAKEN}/zaken")).json()["count"] == 151
        assert (await zaken.get(f"{ZAKEN}/zaken?page=5"))["count"] == 452
