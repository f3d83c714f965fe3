"""Many at once: nobody is lost, nobody gets what another has, and who comes too late hears it as a 400."""

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from chassis.testing.service import eventually
from chassis.unit import unit_of_work
from services.zaken.catalogi.catalogus import CATALOGUS
from tests.services.served import Served
from tests.services.zaken.elsewhere import Elsewhere
from tests.services.zaken.making import BSN, CRS, ZAKEN, Zaken
from tests.services.zaken.world import UNIQUE, fresh, furnish

AT_ONCE = 8


@pytest.fixture
async def registers(zaken: Zaken, elsewhere: Elsewhere) -> Served:
    await furnish(zaken, elsewhere)
    return await Served(zaken.service, CRS).collect()


async def test_every_unique_index_is_raced_for(zaken: Zaken) -> None:
    rows = await zaken.service.runtime.database.fetch(
        "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid "
        "WHERE i.indisunique AND NOT i.indisprimary AND t.relnamespace = 'public'::regnamespace"
    )
    ours = {row["relname"] for row in rows if row["relname"].endswith("_uniek")}
    assert ours == UNIQUE.keys()


@pytest.mark.parametrize("index", UNIQUE)
async def test_of_many_that_want_the_same_one_gets_it(
    registers: Served, zaken: Zaken, elsewhere: Elsewhere, index: str
) -> None:
    collection, _ = UNIQUE[index]
    changes = await fresh(zaken, elsewhere, index, "race")
    operation = next(one for one in registers.operations if one.method == "post" and one.collection == f"/{collection}")
    body = (registers.sample(operation) or {}) | changes
    answers = await asyncio.gather(*(registers.ask(registers.all_rights, operation, json=body) for _ in range(AT_ONCE)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 400: AT_ONCE - 1}, [a.text for a in answers]
    refused = {one["code"] for answer in answers if answer.status_code == 400 for one in answer.json()["invalidParams"]}
    assert refused <= {"unique", "identificatie-niet-uniek"}


async def test_fifty_writers_on_one_zaak(zaken: Zaken) -> None:
    zaak, roltype = await zaken.zaak(), await zaken.make_roltype("adviseur")
    bodies: list[tuple[str, str, dict[str, Any]]] = []
    for number in range(10):
        betrokkene = {"inpBsn": BSN, "geslachtsnaam": f"Achternaam {number}"}
        bodies += [
            ("PATCH", zaak["url"], {"toelichting": f"keer {number}"}),
            ("PATCH", zaak["url"], {"omschrijving": f"keer {number}"}),
            ("POST", f"{ZAKEN}/rollen", {"zaak": zaak["url"], "roltype": roltype, "roltoelichting": "adviseur",
                                         "betrokkeneType": "natuurlijk_persoon", "betrokkeneIdentificatie": betrokkene}),
            ("POST", f"{ZAKEN}/statussen", {"zaak": zaak["url"], "statustype": zaken.first,
                                            "datumStatusGezet": f"2026-02-01T10:00:{number:02}Z"}),
            ("POST", f"{ZAKEN}/klantcontacten", {"zaak": zaak["url"], "datumtijd": "2026-02-01T10:00:00Z"}),
        ]  # fmt: skip
    answers = await asyncio.gather(*(zaken.client.request(method, url, json=body) for method, url, body in bodies))
    assert Counter(answer.status_code for answer in answers) == {200: 20, 201: 30}
    after = await zaken.get(zaak["url"])
    assert len(after["rollen"]) == 10
    last = max(
        (answer.json() for answer in answers if "datumStatusGezet" in answer.text),
        key=lambda one: one["datumStatusGezet"],
    )
    assert after["status"] == last["url"]
    sequences = [
        event["sequence"] for event in await zaken.service.outbox() if event["data"]["hoofdObject"] == zaak["url"]
    ]
    assert sorted(sequences) == list(range(1, 52)), "opening it, and each of the fifty"


async def test_what_a_new_zaak_refers_to_goes_at_the_same_moment(zaken: Zaken) -> None:
    """The zaaktype is there when it is looked up, and gone when the zaak is stored: a conflict, not a failure of ours."""
    other, *_ = await zaken.make_zaaktype(identificatie="weg")
    connection = await asyncpg.connect(zaken.service.dsn)
    try:
        await connection.execute("BEGIN; SET LOCAL session_replication_role = replica")
        await connection.execute("DELETE FROM zaaktype WHERE id = $1", UUID(other.rpartition("/")[2]))
        asked = asyncio.create_task(zaken.client.post(f"{ZAKEN}/zaken", json=zaken.body(zaaktype=other)))

        async def waits() -> Any:
            return await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted")

        await eventually(waits)
        await connection.execute("COMMIT")
        answer = await asked
    finally:
        await connection.close()
        await zaken.service.runtime.database.fetch(
            "WITH a AS (DELETE FROM statustype WHERE zaaktype_id = $1) DELETE FROM roltype WHERE zaaktype_id = $1",
            UUID(other.rpartition("/")[2]),
        )
        async with unit_of_work(zaken.service.runtime) as unit:
            await unit.touch(CATALOGUS, await unit.get(CATALOGUS, UUID(zaken.catalogus.rpartition("/")[2]), lock=True))
    assert (answer.status_code, answer.json()["code"]) == (409, "gelijktijdig-gewijzigd"), answer.text
    assert await zaken.listed("/zaken") == []
