"""Visibility of besluiten: rights per besluittype, without levels, served by an index."""

from uuid import UUID

from chassis.access import Autorisatie, Caller
from chassis.references import References
from chassis.resource import new_id
from services.zaken.besluiten.visibility import visible
from services.zaken.catalogi.besluittype import BESLUITTYPE
from tests.services.zaken.besluiten.registering import Besluiten

BASE = "http://meent.test"
TYPE = new_id()


def caller(**limits: str) -> Caller:
    return Caller("c", autorisaties=(Autorisatie("brc", frozenset({"besluiten.lezen"}), limits),))


def test_one_type_and_no_level() -> None:
    found = visible(caller(besluittype=BESLUITTYPE.url(BASE, TYPE)), References((BASE,)), "besluiten.lezen")
    assert found.includes(TYPE)
    assert not found.includes(new_id())
    assert str(TYPE) in found.sql
    assert "vertrouwelijkheid" not in found.sql


def test_a_level_cannot_be_judged_and_gives_nothing() -> None:
    limits = {"besluittype": BESLUITTYPE.url(BASE, TYPE), "maxVertrouwelijkheidaanduiding": "openbaar"}
    assert visible(caller(**limits), References((BASE,)), "besluiten.lezen").nothing


async def test_an_index_serves_the_list(besluiten: Besluiten) -> None:
    url = (await besluiten.besluit())["url"]
    fetch = besluiten.zaken.service.runtime.database.fetch
    columns = "representation, etag, verantwoordelijke_organisatie, datum, toelichting, bestuursorgaan, ingangsdatum, vervalreden"
    await fetch(
        f"INSERT INTO besluit (id, identificatie, besluittype_id, {columns}) "
        f"SELECT gen_random_uuid(), 'B' || n, $2, {columns} FROM besluit, generate_series(1, 2000) n WHERE id = $1",
        UUID(url.rpartition("/")[2]),
        UUID(besluiten.besluittype.rpartition("/")[2]),
    )
    await fetch("ANALYZE besluit")
    rare = visible(caller(besluittype=BESLUITTYPE.url(BASE, TYPE)), References((BASE,)), "besluiten.lezen")
    plan = await fetch(f"EXPLAIN SELECT id FROM besluit WHERE {rare.sql} ORDER BY id LIMIT 100")
    await fetch("DELETE FROM besluit WHERE identificatie LIKE 'B%' AND identificatie NOT LIKE 'BESLUIT%'")
    assert "besluit_zichtbaar" in "\n".join(row[0] for row in plan)
