"""Destruction: nothing of a zaak stays but the event that says so, whatever hung on it."""

import asyncio
import re
from typing import Any

import pytest

from chassis.testing.invariants import _readable
from services.zaken.zaken.zaak.destruction import loose_columns, part_columns
from tests.services.zaken.elsewhere import Elsewhere
from tests.services.zaken.making import Zaken
from tests.services.zaken.world import furnish

MARK = "vernietig-mij"
_REFERRING = """
SELECT child.relname AS table_name, a.attname AS column_name, a.attnotnull AS must
FROM pg_constraint c JOIN pg_class child ON child.oid = c.conrelid JOIN pg_class parent ON parent.oid = c.confrelid
JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
WHERE c.contype = 'f' AND parent.relname = $1 AND c.confdeltype = CASE WHEN $2 THEN 'c' ELSE 'a' END
"""
"""What refers to a table: what the database removes along with it, or what must go before it."""


async def whole(zaken: Zaken, **fields: Any) -> dict[str, Any]:
    """A zaak with one of every part there is a call for, each with a text to look for."""
    zaak = await zaken.zaak(toelichting=MARK, kenmerken=[{"kenmerk": MARK, "bron": "x"}], **fields)
    rol = await zaken.rol(zaak["url"], roltoelichting=MARK)
    status = await zaken.status(zaak["url"], zaken.first)
    await zaken.client.patch(zaak["url"], json={"omschrijving": MARK})
    return {"zaak": zaak["uuid"], "rol": rol["uuid"], "status": status["uuid"]}


async def lines(zaken: Zaken, pattern: str) -> set[str]:
    """Tables with a row that matches, after `_readable` made bytes readable."""
    database = zaken.service.runtime.database
    tables = await database.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    found = set()
    for table in (row["tablename"] for row in tables):
        rows = await database.fetch(f'SELECT t::text AS line FROM "{table}" t')
        found |= {table for row in rows if re.search(pattern, _readable(row["line"]))}
    return found


async def sent(zaken: Zaken) -> None:
    """All events so far have been published."""
    await zaken.service.runtime.database.fetch("UPDATE outbox SET sent_at = now()")


async def test_without_the_scope_is_refused(zaken: Zaken) -> None:
    url = (await zaken.zaak())["url"]
    for caller in (zaken.limited("leeg"), zaken.limited("schrijver", "zaken.lezen", "zaken.geforceerd-bijwerken")):
        answer = await caller.delete(url)
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert (await zaken.client.get(url)).status_code == 200


async def test_needs_the_right_on_every_deelzaak(zaken: Zaken) -> None:
    head = await zaken.zaak()
    await zaken.zaak(hoofdzaak=head["url"], vertrouwelijkheidaanduiding="geheim")
    caller = zaken.limited("opruimer", "zaken.verwijderen", maxVertrouwelijkheidaanduiding="vertrouwelijk")
    assert (await caller.delete(head["url"])).status_code == 403
    assert len(await zaken.listed("/zaken")) == 2


async def test_unknown_is_404_also_without_accept_crs(zaken: Zaken) -> None:
    unknown = "/zaken/api/v1/zaken/00000000-0000-4000-8000-000000000000"
    assert (await zaken.client.delete(unknown)).status_code == 404
    assert (await zaken.service.client().delete(unknown)).status_code == 404
    assert (await zaken.client.delete(unknown, headers={"Accept-Crs": "EPSG:28992"})).status_code == 406


async def test_nothing_stays_but_the_event(zaken: Zaken) -> None:
    keeper = await zaken.zaak()
    ids = await whole(zaken)
    url = f"/zaken/api/v1/zaken/{ids['zaak']}"
    part = await whole(zaken, hoofdzaak=f"http://meent.test{url}")
    pattern = "|".join([MARK, *ids.values(), *part.values()])
    await sent(zaken)
    assert {"zaak", "rol", "status", "auditregel", "outbox", "outbox_aggregate"} <= await lines(zaken, pattern)
    answer = await zaken.client.delete(url)
    assert (answer.status_code, answer.content) == (204, b"")
    assert await lines(zaken, pattern) == {"outbox"}
    assert await lines(zaken, MARK) == set()
    told = [one for one in await zaken.service.outbox() if one["data"].get("actie") == "destroy"]
    assert [(one["type"], one["nats"], one["subject"]) for one in told] == [
        ("nl.overheid.zaken.zaak-vernietigd", "zgw.v1.gm9001.zaken.zaak.destroy", gone)
        for gone in (part["zaak"], ids["zaak"])
    ]
    assert {one["subject"] for one in await zaken.service.outbox()} & {*ids.values(), *part.values()} == {
        ids["zaak"],
        part["zaak"],
    }
    assert await zaken.listed("/zaken") == [keeper["url"]]
    assert (await zaken.client.get(url)).status_code == 404
    assert (await zaken.client.get(f"{url}/audittrail")).status_code == 404


async def test_every_part_goes_and_nothing_else(zaken: Zaken, elsewhere: Elsewhere) -> None:
    await furnish(zaken, elsewhere)
    database = zaken.service.runtime.database
    head = (await database.fetch("SELECT hoofdzaak_id AS id FROM zaak WHERE hoofdzaak_id IS NOT NULL"))[0]["id"]
    family = [row["id"] for row in await database.fetch("SELECT id FROM zaak WHERE $1 IN (id, hoofdzaak_id)", head)]
    ids = {str(one) for one in family}
    for column in (*part_columns(), *loose_columns()):
        found = await database.fetch(f"SELECT t.id FROM {column.table.name} t WHERE t.{column.name} = ANY ($1)", family)
        assert found, f"{column.table.name} has nothing of a zaak to destroy: add it to furnish"
        ids |= {str(row["id"]) for row in found} if not column.nullable else set()
    besluit = (await zaken.get("/besluiten/api/v1/besluiten"))["results"][0]
    await sent(zaken)
    assert (await zaken.client.delete(f"/zaken/api/v1/zaken/{head}")).status_code == 204
    assert await lines(zaken, "|".join(ids)) == {"outbox", "auditregel"}
    told_then = await database.fetch("SELECT hoofdobject AS id, t::text AS line FROM auditregel t")
    trails = {str(row["id"]) for row in told_then if re.search("|".join(ids), _readable(row["line"]))}
    [document] = await database.fetch("SELECT id FROM enkelvoudiginformatieobject WHERE titel = 'Gebruikt'")
    lijst = (await zaken.get("/archiefbeheer/api/v1/vernietigingslijsten", status="concept"))["results"][0]
    assert trails == {besluit["url"].rpartition("/")[2], str(document["id"]), lijst["uuid"]}
    assert (await zaken.get(besluit["url"])) == besluit | {"zaak": ""}


async def test_events_that_wait_are_still_sent_in_order(zaken: Zaken) -> None:
    ids = await whole(zaken)
    await zaken.client.delete(f"/zaken/api/v1/zaken/{ids['zaak']}")
    mine = [one for one in await zaken.service.outbox() if one["data"].get("hoofdObject", "").endswith(ids["zaak"])]
    assert [one["data"]["actie"] for one in mine] == ["create", "create", "create", "partial_update", "destroy"]
    assert [one["sequence"] for one in mine] == [1, 2, 3, 4, 5]


async def test_a_deelzaak_goes_without_its_hoofdzaak(zaken: Zaken) -> None:
    head = await zaken.zaak()
    part = await zaken.zaak(hoofdzaak=head["url"])
    assert (await zaken.client.delete(part["url"])).status_code == 204
    assert (await zaken.get(head["url"]))["deelzaken"] == []


async def test_zaken_that_named_it_let_go(zaken: Zaken) -> None:
    one, other = await zaken.zaak(), await zaken.zaak()
    relations = [{"url": zaak["url"], "aardRelatie": "vervolg"} for zaak in (one, other)]
    naming = await zaken.zaak(relevanteAndereZaken=relations)
    assert (await zaken.client.delete(one["url"])).status_code == 204
    assert (await zaken.get(naming["url"]))["relevanteAndereZaken"] == relations[1:]


async def test_zaken_that_name_each_other_can_go_at_once(zaken: Zaken) -> None:
    urls = [(await zaken.zaak())["url"] for _ in range(4)]
    for url in urls:
        relations = [{"url": other, "aardRelatie": "bijdrage"} for other in urls if other != url]
        assert (await zaken.client.patch(url, json={"relevanteAndereZaken": relations})).status_code == 200
    answers = await asyncio.gather(*(zaken.client.delete(url) for url in urls))
    assert [answer.status_code for answer in answers] == [204] * 4
    assert await zaken.listed("/zaken") == []


async def test_a_deelzaak_that_comes_meanwhile_goes_or_finds_no_hoofdzaak(zaken: Zaken) -> None:
    for _ in range(5):
        head = (await zaken.zaak())["url"]
        made = [zaken.client.post("/zaken/api/v1/zaken", json=zaken.body(hoofdzaak=head)) for _ in range(4)]
        gone, *answers = await asyncio.gather(zaken.client.delete(head), *made)
        assert gone.status_code == 204
        assert {answer.status_code for answer in answers} <= {201, 400}
    assert await zaken.listed("/zaken") == []


async def test_what_goes_is_all_that_the_schema_says(zaken: Zaken) -> None:
    rows = await zaken.service.runtime.database.fetch(_REFERRING, "zaak", False)
    known = [*part_columns(), *loose_columns()]
    assert {(row["table_name"], row["column_name"], row["must"]) for row in rows} == {
        *((one.table.name, one.name, not one.nullable) for one in known),
        ("zaak", "hoofdzaak_id", False),
    }
    parts = {one.table.name for one in part_columns()}
    assert {"rol", "status"} <= parts


async def test_what_hangs_on_a_part_is_a_part_or_does_without(zaken: Zaken) -> None:
    parts = {one.table.name for one in part_columns()}
    for part in parts:
        rows = await zaken.service.runtime.database.fetch(_REFERRING, part, False)
        assert {row["table_name"] for row in rows} <= parts, part


@pytest.mark.parametrize("column", ["zaak_id"])
async def test_a_column_that_looks_like_a_reference_is_one(zaken: Zaken, column: str) -> None:
    rows = await zaken.service.runtime.database.fetch(
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = $1", column
    )
    along = await zaken.service.runtime.database.fetch(_REFERRING, "zaak", True)
    known = {one.table.name for one in (*part_columns(), *loose_columns())} | {row["table_name"] for row in along}
    assert {row["table_name"] for row in rows} <= known


PARTS = (
    *("klantcontact", "resultaat", "rol", "status", "zaakbesluit", "zaakcontactmoment", "zaakeigenschap"),
    *("zaakinformatieobject", "zaaknotitie", "zaakobject", "zaakverzoek"),
)


@pytest.mark.parametrize("table", PARTS)
async def test_every_part_of_a_zaak_goes_along(zaken: Zaken, elsewhere: Elsewhere, table: str) -> None:
    await furnish(zaken, elsewhere)
    database = zaken.service.runtime.database
    [owner] = {row["zaak_id"] for row in await database.fetch(f"SELECT zaak_id FROM {table}")}
    await sent(zaken)
    assert (await zaken.client.delete(f"/zaken/api/v1/zaken/{owner}")).status_code == 204
    assert await database.fetch(f"SELECT 1 FROM {table}") == []
    assert await database.fetch("SELECT 1 FROM auditregel WHERE hoofdobject = $1", owner) == []
