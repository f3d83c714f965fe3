"""A search goes by the index of words, also for who may read zaken of 170 of 200 zaaktypen."""

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import orjson
import pytest
import pytest_asyncio

from chassis.testing.servers import Servers
from services.zaken.rights import Visible
from services.zaken.vertrouwelijkheid import HIGHEST
from services.zaken.zoeken.words import sought
from services.zaken.zoeken.zoekresultaat import PARSED, Soort, searching
from tests.services.zaken.plans import nodes
from tests.services.zaken.zaken.zaak.test_plans import FILL

MINE = Visible("zaaktype_id", {UUID(int=n): HIGHEST if n % 2 else 5 for n in range(1, 171)})
FEW = Visible("zaaktype_id", {UUID(int=7): HIGHEST})
EVERYTHING = Visible("zaaktype_id", others=HIGHEST)
_DOCUMENTS = """
INSERT INTO informatieobjecttype (id, representation, etag, omschrijving, vertrouwelijkheidaanduiding, begin_geldigheid,
    informatieobjectcategorie, trefwoord, omschrijving_generiek, catalogus_id, concept)
SELECT lpad('1', 32, '0')::uuid, '', '', '', '', '2020-01-01', '', '{}', '{}', (SELECT id FROM catalogus), false;
INSERT INTO enkelvoudiginformatieobject (id, representation, etag, identificatie, bronorganisatie, creatiedatum, titel, auteur,
    status, tonen_aan_initiator, formaat, taal, bestandsnaam, link, beschrijving, verschijningsvorm, trefwoorden,
    vertrouwelijkheidaanduiding, vertrouwelijkheid, informatieobjecttype_id, versie, begin_registratie, wacht_op_delen, lock)
SELECT lpad(n::text, 32, '0')::uuid, '', '', 'DOC-' || n, '', '2020-01-01', 'Brief over straat ' || 100 + n % 100, '', '', false,
    '', '', '', '', '', '', '{}', '', 8, lpad('1', 32, '0')::uuid, 1, now(), false, '' FROM generate_series(1, 5000) AS n
"""


@pytest_asyncio.fixture(scope="module")
async def full(servers: Servers) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a full register, in which 50 zaken and 50 documents are about each street."""
    connection = await asyncpg.connect(await servers.database("zaken"))
    await connection.execute(FILL)
    await connection.execute(_DOCUMENTS)
    for table in ("zaak_words", "document_words", "zaak", "enkelvoudiginformatieobject"):
        await connection.execute(f"VACUUM ANALYZE {table}")
    yield connection
    await connection.close()


@pytest.mark.parametrize("generic", [False, True])
@pytest.mark.parametrize("rights", [MINE, FEW, EVERYTHING], ids=["170 types", "1 type", "everything"])
@pytest.mark.parametrize("typed", ["straat 123 ", "123", "ZAAK-12345", "melding 117"])
async def test_the_index_of_words_serves_it(
    full: asyncpg.Connection, rights: Visible, typed: str, generic: bool
) -> None:
    asked = sought(typed)
    parsed = await full.fetchrow(PARSED.format(asked.query, asked.exact), *asked.values)
    sql = searching({Soort.zaak: rights.sql, Soort.document: "true"}, 100, 0)
    kind = "force_generic_plan" if generic else "force_custom_plan"  # which PostgreSQL chooses after five calls
    await full.execute(f"SET plan_cache_mode = {kind}")
    plan = await full.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", parsed["query"], parsed["exact"])
    found = list(nodes(orjson.loads(plan)[0]["Plan"]))
    assert {"zaak_words_found", "document_words_found"} <= {one.get("Index Name") for one in found}
    read = {one["Relation Name"] for one in found if one["Node Type"] == "Seq Scan"}
    assert not read & {"zaak", "enkelvoudiginformatieobject", "zaak_words", "document_words"}
