"""Every filter of the list of documents has an index that serves it: of 20,000, each filter finds some 50."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from chassis.access import Autorisatie, Caller
from chassis.references import References
from chassis.testing.servers import Servers
from services.zaken.catalogi.informatieobjecttype import INFORMATIEOBJECTTYPE
from services.zaken.documenten.enkelvoudiginformatieobject.filter import (
    EIOZoek,
    EnkelvoudiginformatieobjectFilter,
    select_documents,
    select_searched,
)
from services.zaken.documenten.visibility import ONLY_PUBLISHABLE, readable
from tests.services.zaken.plans import MOST_READ, wasted

BASE = "http://meent.test"
OWN = References((BASE,))
DOCUMENTS, TYPES, EACH = 20_000, 200, 400
OBJECT = "https://zaken.example/zaken/9"
_FILL = f"""
INSERT INTO catalogus SELECT '{UUID(int=1)}', '', '', 'X', '000000000', 'x', '', '';
INSERT INTO informatieobjecttype (id, representation, etag, omschrijving, vertrouwelijkheidaanduiding, begin_geldigheid,
    informatieobjectcategorie, trefwoord, catalogus_id, concept)
SELECT lpad(n::text, 32, '0')::uuid, '', '', n, '', '2020-01-01', '', '{{}}', '{UUID(int=1)}', false
FROM generate_series(1, {TYPES}) AS n;
INSERT INTO enkelvoudiginformatieobject (id, representation, etag, identificatie, bronorganisatie, creatiedatum, titel,
    auteur, status, tonen_aan_initiator, formaat, taal, bestandsnaam, link, beschrijving, verschijningsvorm, trefwoorden,
    vertrouwelijkheidaanduiding, vertrouwelijkheid, informatieobjecttype_id, versie, begin_registratie, wacht_op_delen,
    lock, is_gereed_voor_publicatie)
SELECT lpad(n::text, 32, '0')::uuid, '', '', 'D-' || n, lpad((n % {EACH})::text, 9, '0'), '2020-01-01', '', '', '', false,
    '', 'dut', '', '', '', '', ARRAY['w' || n % {EACH}], '', 8, lpad((1 + n % {TYPES})::text, 32, '0')::uuid, 1, now(),
    false, '', n % {EACH} = 3
FROM generate_series(1, {DOCUMENTS}) AS n;
INSERT INTO objectinformatieobject (id, representation, etag, eio_id, object, object_type)
SELECT lpad(n::text, 32, '0')::uuid, '', '', lpad(n::text, 32, '0')::uuid, 'https://zaken.example/zaken/' || n % {EACH},
    CASE n % {EACH} WHEN 5 THEN 'verzoek' ELSE 'zaak' END
FROM generate_series(1, {DOCUMENTS}) AS n
"""
SOUGHT: dict[str, Any] = {
    "identificatie": "D-77",
    "bronorganisatie": "000000009",
    "trefwoorden": "w9",
    "object": OBJECT,
    "object_type": "verzoek",
}


@pytest_asyncio.fixture(scope="module")
async def full(servers: Servers) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a full register."""
    connection = await asyncpg.connect(await servers.database("zaken"))
    await connection.execute(_FILL)
    await connection.execute("VACUUM ANALYZE enkelvoudiginformatieobject")
    await connection.execute("VACUUM ANALYZE objectinformatieobject")
    yield connection
    await connection.close()


async def assert_cheap(full: asyncpg.Connection, selection: Any) -> None:
    count = await full.fetchval(f"SELECT count(*) FROM enkelvoudiginformatieobject{selection.sql}", *selection.values)
    assert 0 < count < 600
    page = f"SELECT id FROM enkelvoudiginformatieobject{selection.sql} ORDER BY {selection.order} LIMIT 100"
    assert await wasted(full, page, selection) < MOST_READ


@pytest.mark.parametrize(
    "name", [name for name in EnkelvoudiginformatieobjectFilter.model_fields if name not in {"page", "expand"}]
)
async def test_every_filter_has_its_index(full: asyncpg.Connection, name: str) -> None:
    await assert_cheap(full, select_documents(EnkelvoudiginformatieobjectFilter(**{name: SOUGHT[name]}), OWN))


async def test_a_search_by_ids_has_its_index(full: asyncpg.Connection) -> None:
    ids = [UUID(f"{number:032d}") for number in range(1, 50)]
    await assert_cheap(full, select_searched(EIOZoek(uuid_in=ids)))


@pytest.mark.parametrize("flags", [frozenset[str](), frozenset({ONLY_PUBLISHABLE})])
async def test_rights_on_few_types_have_their_index(full: asyncpg.Connection, flags: frozenset[str]) -> None:
    url = INFORMATIEOBJECTTYPE.url(BASE, UUID(f"{4:032d}"))
    limits = {"informatieobjecttype": url, "maxVertrouwelijkheidaanduiding": "zeer_geheim"}
    granted = (Autorisatie("drc", frozenset({"documenten.lezen"}), limits),)
    caller = Caller("lezer", autorisaties=granted, flags=flags)
    selection = select_documents(EnkelvoudiginformatieobjectFilter(), OWN)
    await assert_cheap(full, readable(caller, OWN).restrict(selection))
