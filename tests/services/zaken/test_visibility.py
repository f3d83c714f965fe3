"""Visibility on a filled register: a client limited to many zaaktypen costs no more queries, and an index serves them."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from services.zaken.catalogi.zaaktype.fields import ZAAKTYPE
from tests.services.zaken.making import CRS, ZAKEN, Zaken

ZAKEN_THERE, TYPES_THERE, MINE = 4_000, 200, 170
Asked = list[tuple[str, tuple[Any, ...]]]


@pytest.fixture
async def types(zaken: Zaken) -> AsyncIterator[list[UUID]]:
    """A register with zaken of 200 zaaktypen: the ids of the types. The rows are copies, and gone afterwards."""
    fetch = zaken.service.runtime.database.fetch
    zaak = await zaken.zaak()
    copied = await columns(zaken, "zaaktype", "id", "identificatie")
    await fetch(
        f"INSERT INTO zaaktype (id, identificatie, {copied}) "
        f"SELECT gen_random_uuid(), 'zt' || n, {copied} FROM zaaktype, generate_series(1, {TYPES_THERE}) n"
    )
    found = [row["id"] for row in await fetch("SELECT id FROM zaaktype WHERE identificatie LIKE 'zt%' ORDER BY id")]
    copied = await columns(zaken, "zaak", "id", "identificatie", "zaaktype_id", "vertrouwelijkheid")
    await fetch(
        f"INSERT INTO zaak (id, identificatie, zaaktype_id, vertrouwelijkheid, {copied}) "
        f"SELECT gen_random_uuid(), 'Z' || n, ($2::uuid[])[1 + n % {TYPES_THERE}], 1 + n % 8, {copied} "
        f"FROM zaak, generate_series(1, {ZAKEN_THERE}) n WHERE id = $1",
        UUID(zaak["uuid"]),
        found,
    )
    await fetch("ANALYZE zaak")
    yield found
    await fetch("DELETE FROM zaak WHERE identificatie LIKE 'Z%' AND zaaktype_id = ANY($1)", found)
    await fetch("DELETE FROM zaaktype WHERE identificatie LIKE 'zt%'")


async def columns(zaken: Zaken, table: str, *but: str) -> str:
    rows = await zaken.service.runtime.database.fetch(
        "SELECT column_name FROM information_schema.columns WHERE table_name = $1", table
    )
    return ", ".join(row["column_name"] for row in rows if row["column_name"] not in but)


def limited(zaken: Zaken, types: list[UUID]) -> httpx.AsyncClient:
    """A client that may read zaken of these types, each up to one of three levels."""
    levels = ("openbaar", "vertrouwelijk", "zeer_geheim")
    rights = [
        {
            "component": "zrc",
            "scopes": ["zaken.lezen"],
            "zaaktype": ZAAKTYPE.url("http://meent.test", type_id),
            "maxVertrouwelijkheidaanduiding": levels[number % 3],
        }
        for number, type_id in enumerate(types)
    ]
    return zaken.service.client("beperkt", rights, headers=CRS)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """The statements that reads send, with their values."""
    sent: Asked = []
    for name in ("fetch", "fetchval", "fetchrow"):
        real = getattr(asyncpg.Connection, name)

        async def note(self: Any, query: str, *values: Any, _real: Any = real, **options: Any) -> Any:
            sent.append((query, values))
            return await _real(self, query, *values, **options)

        monkeypatch.setattr(asyncpg.Connection, name, note)
    return sent


@pytest.mark.parametrize("path", ["/zaken", "/zaken?page=2", "/statussen", "/rollen"])
async def test_many_rights_cost_no_more_queries(zaken: Zaken, types: list[UUID], asked: Asked, path: str) -> None:
    sent = []
    for client in (zaken.client, limited(zaken, types[:MINE])):
        asked.clear()
        assert (await client.get(f"{ZAKEN}{path}")).status_code == 200
        sent.append(len(asked))
    assert sent[0] == sent[1]


@pytest.mark.parametrize("mine", [MINE, 1])
async def test_an_index_serves_every_query(zaken: Zaken, types: list[UUID], asked: Asked, mine: int) -> None:
    client = limited(zaken, types[:mine])
    page = await client.get(f"{ZAKEN}/zaken")
    assert 0 < page.json()["count"] < ZAKEN_THERE
    statements = [one for one in asked if "FROM zaak" in one[0]]
    assert statements
    for sql, values in statements:
        plan = await zaken.service.runtime.database.fetch(f"EXPLAIN {sql}", *values)
        assert "Seq Scan on zaak " not in "\n".join(row[0] for row in plan), sql


async def test_a_plan_is_made_for_the_types_of_the_client(zaken: Zaken, types: list[UUID], asked: Asked) -> None:
    """Values would give one plan for all clients after some calls; so the statement has none."""
    await limited(zaken, types[:2]).get(f"{ZAKEN}/zaken")
    assert {values for sql, values in asked if "FROM zaak" in sql} == {()}
