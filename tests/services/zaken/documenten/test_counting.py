"""Counters of documents add up to what there is, through every operation; and the list relies on them."""

import asyncpg
import pytest

from services.zaken.counting import add_up
from tests.services.zaken.documenten.making import DOCUMENTEN, Documenten

COUNTED = "SELECT informatieobjecttype_id, vertrouwelijkheid, sum(amount)::bigint FROM document_counter GROUP BY 1, 2"
PRESENT = "SELECT informatieobjecttype_id, vertrouwelijkheid, count(*) FROM enkelvoudiginformatieobject GROUP BY 1, 2"


async def right(documenten: Documenten) -> bool:
    """Whether the counters are what there is."""
    fetch = documenten.zaken.service.runtime.database.fetch
    counted, present = [{tuple(row) for row in await fetch(sql)} for sql in (COUNTED, PRESENT)]
    return {row for row in counted if row[2]} == present


async def test_every_operation_that_changes_a_count(documenten: Documenten) -> None:
    other = await documenten.make_type(omschrijving="Rapport")
    one, two = await documenten.make(), await documenten.make(informatieobjecttype=other)
    assert await right(documenten)
    lock = await documenten.lock(one)
    body = {"lock": lock, "vertrouwelijkheidaanduiding": "openbaar", "informatieobjecttype": other}
    assert (await documenten.client.patch(one["url"], json=body)).status_code == 200
    assert await right(documenten)
    await documenten.unlock(one, lock)
    assert (await documenten.client.delete(two["url"])).status_code == 204
    assert await right(documenten)
    await add_up(documenten.zaken.service.runtime)
    assert await right(documenten)
    assert (await documenten.client.get(f"{DOCUMENTEN}/enkelvoudiginformatieobjecten")).json()["count"] == 1


@pytest.mark.parametrize(("query", "relies"), [("", True), ("?bronorganisatie=517439943", False)])
async def test_the_list_relies_on_them_when_they_know(documenten: Documenten, query: str, *, relies: bool) -> None:
    await documenten.make()
    connection = await asyncpg.connect(documenten.zaken.service.dsn)
    try:
        await connection.execute(
            "INSERT INTO enkelvoudiginformatieobject SELECT (jsonb_populate_record(e, jsonb_build_object('id', "
            "gen_random_uuid(), 'identificatie', n))).* FROM enkelvoudiginformatieobject e, generate_series(1, 119) n"
        )
        await connection.execute("UPDATE document_counter SET amount = amount + 1000 WHERE amount > 1")
        reader = documenten.limited("lezer", "documenten.lezen")
        for client in (documenten.client, reader):
            answer = await client.get(f"{DOCUMENTEN}/enkelvoudiginformatieobjecten{query}")
            assert answer.json()["count"] == (1120 if relies else 120)
    finally:
        await connection.execute("DELETE FROM enkelvoudiginformatieobject")
        await connection.close()
