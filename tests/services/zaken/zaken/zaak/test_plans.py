"""Every filter and ordering of the list of zaken has an index that serves it, whatever the register holds.

A register of 20,000 zaken in which each filter finds some 50: a plan that reads many rows to throw them away, or sorts
them all, has no index to go by. What nearly every zaak meets (`archiefstatus=nog_te_archiveren`) ends at a page of 100.
"""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from chassis.references import References
from chassis.sealing import Keyring
from chassis.testing.servers import Servers
from services.zaken.catalogi.zaaktype.fields import ZAAKTYPE
from services.zaken.zaken.betrokkene import identificatie_index
from services.zaken.zaken.zaak.filter import ZaakFilter, select_zaken
from tests.services.zaken.plans import MOST_READ, wasted

BASE = "http://meent.test"
PERSON = "https://personen.example/1"
ZAAKTYPEN, ZAKEN, EACH = 200, 20_000, 400
FILL = f"""
INSERT INTO catalogus SELECT '{UUID(int=1)}', '', '', 'X', '000000000', 'x', '', '';
INSERT INTO zaaktype (id, representation, etag, identificatie, omschrijving, omschrijving_generiek, vertrouwelijkheidaanduiding,
    doel, aanleiding, toelichting, indicatie_intern_of_extern, handeling_initiator, onderwerp, handeling_behandelaar,
    doorlooptijd, opschorting_en_aanhouding_mogelijk, verlenging_mogelijk, trefwoorden, publicatie_indicatie, publicatietekst,
    verantwoordingsrelatie, producten_of_diensten, selectielijst_procestype, verantwoordelijke, begin_geldigheid, catalogus_id,
    concept, referentieproces)
SELECT lpad(n::text, 32, '0')::uuid, '', '', n, '', '', '', '', '', '', '', '', '', '', '', false, false, '{{}}', false, '',
    '{{}}', '{{}}', '', '', '2020-01-01', '{UUID(int=1)}', false, '{{}}' FROM generate_series(1, {ZAAKTYPEN}) AS n;
INSERT INTO zaak (id, representation, etag, identificatie, bronorganisatie, omschrijving, toelichting, registratiedatum,
    verantwoordelijke_organisatie, startdatum, einddatum, einddatum_gepland, uiterlijke_einddatum_afdoening, publicatiedatum,
    communicatiekanaal, producten_of_diensten, vertrouwelijkheidaanduiding, betalingsindicatie, selectielijstklasse,
    archiefnominatie, archiefstatus, archiefactiedatum, opdrachtgevende_organisatie, zaaktype_id, vertrouwelijkheid,
    kenmerken, relevante_andere_zaken)
SELECT lpad(n::text, 32, '0')::uuid, '', '', 'ZAAK-' || n, lpad((n % {EACH})::text, 9, '0'), 'Melding van straat ' || n % {EACH},
    '', date '2000-01-01' + n % 9000, '', date '2000-01-01' + n % 9000,
    CASE WHEN n % {EACH} <> 5 THEN date '2001-01-01' + n % 9000 END,
    date '2001-01-01' + n % 9000, date '2001-01-01' + n % 9000, date '2001-01-01' + n % 9000, '', '{{}}', '', '', '',
    CASE n % {EACH} WHEN 1 THEN 'vernietigen' WHEN 2 THEN 'blijvend_bewaren' END,
    CASE n % {EACH} WHEN 3 THEN 'gearchiveerd' ELSE 'nog_te_archiveren' END,
    CASE WHEN n % {EACH} < 3 THEN date '2010-01-01' + n % 9000 END, '',
    lpad((1 + n % {ZAAKTYPEN})::text, 32, '0')::uuid, CASE n % {EACH} WHEN 6 THEN 1 ELSE 8 END, '[]', '[]'
FROM generate_series(1, {ZAKEN}) AS n;
INSERT INTO roltype (id, representation, etag, omschrijving, omschrijving_generiek, zaaktype_id)
SELECT lpad(n::text, 32, '0')::uuid, '', '', '', '', lpad(n::text, 32, '0')::uuid FROM generate_series(1, {ZAAKTYPEN}) AS n
"""
_ROL = """
INSERT INTO rol (id, representation, etag, betrokkene_type, indicatie_machtiging, zaak_id, roltype_id, omschrijving,
    omschrijving_generiek, registratiedatum, gegevens, identificaties)
SELECT lpad(n::text, 32, '0')::uuid, '', '', CASE n % 400 WHEN 7 THEN 'vestiging' ELSE 'natuurlijk_persoon' END, '',
    lpad(n::text, 32, '0')::uuid, lpad((1 + n % 200)::text, 32, '0')::uuid, '',
    CASE n % 400 WHEN 8 THEN 'adviseur' ELSE 'initiator' END, now(), '',
    CASE WHEN n % 400 BETWEEN 10 AND 30 THEN ARRAY[($1::bytea[])[n % 400 - 9]] ELSE '{}' END
FROM generate_series(1, 20000) AS n
"""
_SOUGHT = {
    "rol_bsn": "inp_bsn",
    "rol_anp": "anp_identificatie",
    "rol_a_nummer": "inp_a_nummer",
    "rol_nnp": "inn_nnp_id",
    "rol_ann": "ann_identificatie",
    "rol_vestiging": "vestigings_nummer",
    "rol_medewerker": "medewerker",
    "rol_eenheid": "organisatorische_eenheid",
    "rol_betrokkene": "betrokkene",
}
_SELECTIVE: dict[str, Any] = {
    "identificatie": "ZAAK-77",
    "bronorganisatie": "000000009",
    "bronorganisatie_in": "000000009,000000010",
    "zaaktype": ZAAKTYPE.url(BASE, UUID(int=7)),
    "archiefnominatie": "vernietigen",
    "archiefnominatie_in": "vernietigen,blijvend_bewaren",
    "archiefactiedatum_isnull": False,
    "archiefstatus": "gearchiveerd",
    "archiefstatus_in": "gearchiveerd,overgedragen",
    "einddatum_isnull": True,
    "maximale_vertrouwelijkheidaanduiding": "openbaar",
    "rol_betrokkene_type": "vestiging",
    "rol_omschrijving_generiek": "adviseur",
    **dict.fromkeys(_SOUGHT, "123456789"),
    "rol_betrokkene": PERSON,
}
_BEGINS = {"startdatum": 2000, "registratiedatum": 2000, "archiefactiedatum": 2010}
_ORDERED = ("startdatum", "einddatum", "publicatiedatum", "archiefactiedatum", "registratiedatum", "identificatie")
KEYRING = Keyring.load(Keyring.generate())
READER: Any = SimpleNamespace(runtime=SimpleNamespace(references=References((BASE,)), keyring=KEYRING))


def value_of(name: str) -> Any:
    """Of a filter, a value that some 50 zaken have."""
    if name in _SELECTIVE:
        return _SELECTIVE[name]
    column, _, comparison = name.rpartition("_") if name.endswith(("_lt", "_lte", "_gt", "_gte")) else (name, "", "")
    first = date(_BEGINS.get(column, 2001), 1, 1)
    return str(first + timedelta(days={"lt": 20, "lte": 20, "gt": 8800, "gte": 8800}.get(comparison, 401)))


@pytest_asyncio.fixture(scope="module")
async def full(servers: Servers) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a full register."""
    connection = await asyncpg.connect(await servers.database("zaken"))
    await connection.execute(FILL)
    indexes = [identificatie_index(KEYRING, name, str(_SELECTIVE[sought])) for sought, name in _SOUGHT.items()]
    await connection.execute(_ROL, indexes)
    await connection.execute("VACUUM ANALYZE zaak")
    await connection.execute("VACUUM ANALYZE rol")
    yield connection
    await connection.close()


@pytest.mark.parametrize(
    "name", [name for name in ZaakFilter.model_fields if name not in {"page", "ordering", "expand"}]
)
async def test_every_filter_has_its_index(full: asyncpg.Connection, name: str) -> None:
    selection = select_zaken(ZaakFilter(**{name: value_of(name)}), READER)
    count = await full.fetchval(f"SELECT count(*) FROM zaak{selection.sql}", *selection.values)
    assert 0 < count < 600
    page = f"SELECT id FROM zaak{selection.sql} ORDER BY {selection.order} LIMIT 100"
    assert await wasted(full, page, selection) < MOST_READ
    assert await wasted(full, f"SELECT count(*) FROM zaak{selection.sql}", selection) < MOST_READ


@pytest.mark.parametrize("direction", ["", "-"])
@pytest.mark.parametrize("field", _ORDERED)
async def test_every_ordering_has_its_index(full: asyncpg.Connection, field: str, direction: str) -> None:
    selection = select_zaken(ZaakFilter(ordering=f"{direction}{field}"), READER)
    assert await wasted(full, f"SELECT id FROM zaak ORDER BY {selection.order} LIMIT 100", selection) < MOST_READ
