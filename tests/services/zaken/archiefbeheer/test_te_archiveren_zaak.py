"""Zaken that are due: who sees which, what is told of them, what stands in the way, and that an index serves each filter."""

from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from chassis.references import References
from chassis.testing.servers import Servers
from services.zaken.archiefbeheer.te_archiveren_zaak import TeArchiverenFilter, due, select_due
from services.zaken.archiefbeheer.vernietigingslijst.fields import VERNIETIGINGSLIJST
from services.zaken.archiefbeheer.visibility import RIGHTS, TE_ARCHIVEREN_LEZEN
from services.zaken.catalogi.zaaktype.fields import ZAAKTYPE
from tests.services.zaken.archiefbeheer.archief import ARCHIEF, NAME, Archief
from tests.services.zaken.making import wrong
from tests.services.zaken.plans import MOST_READ, wasted
from tests.services.zaken.zaken.zaak.test_plans import BASE, FILL

DUE = f"{ARCHIEF}/te-archiveren-zaken"
READER: Any = SimpleNamespace(runtime=SimpleNamespace(references=References((BASE,))))
LIJST, OTHER = UUID(int=9), UUID(int=10)


async def urls(archief: Archief, **query: Any) -> list[str]:
    return [one["zaak"] for one in (await archief.get(DUE, **query))["results"]]


async def test_without_rights(archief: Archief) -> None:
    await archief.due()
    for scopes in ((), ("vernietigingslijsten.lezen",)):
        answer = await archief.limited(*scopes).get(DUE)
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert (await archief.zaken.service.anonymous().get(DUE)).status_code == 401
    assert (await archief.zaken.limited("zaken", "zaken.lezen").get(DUE)).status_code == 403


async def test_only_zaken_on_which_the_caller_has_rights(archief: Archief) -> None:
    one = await archief.due()
    await archief.due(vertrouwelijkheidaanduiding="geheim")
    limits = {"zaaktype": archief.zaken.zaaktype, "maxVertrouwelijkheidaanduiding": "vertrouwelijk"}
    answer = await archief.limited(TE_ARCHIVEREN_LEZEN, **limits).get(DUE)
    assert [found["zaak"] for found in answer.json()["results"]] == [one["url"]]
    assert answer.json()["count"] == 1


async def test_what_archiving_asks_and_no_more(archief: Archief) -> None:
    zaak = await archief.due()
    page = await archief.get(DUE)
    [found] = page["results"]
    assert (page["count"], page["next"]) == (1, None)
    assert {
        "zaak": zaak["url"],
        "identificatie": zaak["identificatie"],
        "zaaktype": zaak["zaaktype"],
    }.items() <= found.items()
    assert (found["archiefactiedatum"], found["bewaartermijn"], found["belemmeringen"]) == ("2025-01-01", "P5Y", [])
    assert (found["startdatum"], found["einddatum"]) == (zaak["startdatum"], zaak["einddatum"])
    assert NAME not in str(page)
    assert not {"omschrijving", "toelichting", "rollen"} & found.keys()


async def test_due_by_its_date_longest_first_also_what_is_kept_for_ever(archief: Archief) -> None:
    today = await archief.due(archiefactiedatum=str(date.today()))  # noqa: DTZ011 - the tests run on the system's clock
    kept = await archief.due(archiefnominatie="blijvend_bewaren")
    first = await archief.due(archiefactiedatum="2020-01-01")
    later = await archief.due(archiefactiedatum="2099-01-01")
    await archief.zaken.zaak()
    assert await urls(archief) == [first["url"], kept["url"], today["url"]]
    assert await urls(archief, archiefactiedatumTotEnMet="2099-01-01") == [
        *(first["url"], kept["url"], today["url"], later["url"])
    ]
    assert await urls(archief, archiefnominatie="blijvend_bewaren") == [kept["url"]]
    found = (await archief.get(DUE, archiefnominatie="blijvend_bewaren"))["results"]
    assert found[0]["belemmeringen"] == ["niet-te-vernietigen"]


async def test_filters(archief: Archief) -> None:
    zaak, listed = await archief.due(), await archief.due()
    gone = await archief.due()
    await archief.zaken.client.patch(gone["url"], json={"archiefstatus": "overgedragen"})
    lijst = await archief.lijst(listed)
    other = (await archief.zaken.make_zaaktype(identificatie="ander"))[0]
    assert await urls(archief) == [zaak["url"], listed["url"]]
    assert await urls(archief, archiefstatus="overgedragen") == [gone["url"]]
    assert await urls(archief, zaaktype=other) == []
    assert await urls(archief, zaaktype=archief.zaken.zaaktype) == [zaak["url"], listed["url"]]
    assert await urls(archief, vernietigingslijst=lijst["url"]) == [listed["url"]]
    found = {one["zaak"]: one["vernietigingslijst"] for one in (await archief.get(DUE))["results"]}
    assert found == {zaak["url"]: None, listed["url"]: lijst["url"]}
    assert wrong(await archief.maker.get(DUE, params={"zaaktype": "x"})) == {("zaaktype", "bad-url")}
    assert wrong(await archief.maker.get(DUE, params={"archiefactiedatumTotEnMet": "x"})) == {
        ("archiefactiedatumTotEnMet", "invalid")
    }
    assert wrong(await archief.maker.get(DUE, params={"bsn": "1"})) == {("bsn", "unknown")}


async def test_pages(archief: Archief) -> None:
    zaken = [(await archief.due(archiefactiedatum=f"202{number}-01-01"))["url"] for number in range(3)]
    page = await archief.get(DUE, pageSize=2)
    assert ([one["zaak"] for one in page["results"]], page["count"]) == (zaken[:2], 3)
    assert [one["zaak"] for one in (await archief.get(page["next"]))["results"]] == zaken[2:]
    for number in (3, 10**20):
        assert (await archief.maker.get(DUE, params={"page": number, "pageSize": 2})).status_code == 404


async def test_family(archief: Archief) -> None:
    head = await archief.due()
    part = await archief.due(hoofdzaak=head["url"], archiefactiedatum="2099-01-01")
    [found] = (await archief.get(DUE))["results"]
    assert (found["deelzaken"], found["belemmeringen"]) == ([part["url"]], ["deelzaak-blijft"])


# ---- plans

# Half of them are to be destroyed, of one zaaktype and in the far future but for some 50; the others are due and kept.
_SPREAD = f"""
UPDATE zaak SET
    archiefnominatie = CASE WHEN n % 2 = 0 OR n % 400 = 1 THEN 'vernietigen' ELSE 'blijvend_bewaren' END,
    archiefactiedatum = CASE WHEN n % 2 = 0 THEN date '2090-01-01' ELSE date '2010-01-01' END + n % 5000,
    zaaktype_id = CASE WHEN n % 2 = 0 OR n % 400 = 1 THEN '{UUID(int=7)}'::uuid ELSE lpad((8 + n % 190)::text, 32, '0')::uuid END
FROM (SELECT id AS numbered, substr(identificatie, 6)::int AS n FROM zaak) AS numbers WHERE id = numbered
"""
_REGELS = f"""
INSERT INTO vernietigingslijst
    SELECT one::uuid, '', '', '', 'concept', '', '{{}}', '{{}}' FROM unnest(ARRAY['{LIJST}', '{OTHER}']) AS one;
INSERT INTO vernietigingsregel SELECT id, '', '', 'op-lijst', '', '', '', '', NULL, NULL, 1, 1, 0, 0, 0, NULL,
    CASE WHEN archiefnominatie = 'vernietigen' AND archiefactiedatum < '2050-01-01' THEN '{LIJST}'::uuid
    ELSE '{OTHER}'::uuid END, id, zaaktype_id,
    vertrouwelijkheid, NULL, true, 0, 0 FROM zaak;
UPDATE zaak SET relevante_andere_zaken = '[{{"id": "{UUID(int=1)}", "aard_relatie": "vervolg"}}]'
    WHERE bronorganisatie = '000000009'
"""


@pytest_asyncio.fixture(scope="module")
async def full(servers: Servers) -> Any:
    """A connection to a register of 20,000 zaken, of which few are due to be destroyed."""
    connection = await asyncpg.connect(await servers.database("zaken"))
    await connection.execute(FILL)
    await connection.execute(_SPREAD)
    await connection.execute(_REGELS)
    for table in ("zaak", "vernietigingsregel"):
        await connection.execute(f"VACUUM ANALYZE {table}")
    yield connection
    await connection.close()


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"archiefactiedatum_tot_en_met": "2010-01-10"},
        {"archiefnominatie": "vernietigen"},
        {"archiefstatus": "gearchiveerd"},
        {"zaaktype": ZAAKTYPE.url(BASE, UUID(int=7))},
        {"zaaktype": ZAAKTYPE.url(BASE, UUID(int=7)), "archiefnominatie": "vernietigen"},
        {"vernietigingslijst": VERNIETIGINGSLIJST.url(BASE, LIJST)},
    ],
    ids=lambda given: "-".join(given) or "all",
)
async def test_every_filter_has_its_index(full: asyncpg.Connection, given: dict[str, str]) -> None:
    selection = select_due(TeArchiverenFilter.model_validate(given), READER)
    assert await full.fetchval(f"SELECT count(*) FROM zaak{selection.sql}", *selection.values) > 0
    page = f"SELECT id FROM zaak{selection.sql} ORDER BY {selection.order} LIMIT 100"
    assert await wasted(full, page, selection) < MOST_READ


async def test_rights_on_one_zaaktype_have_their_index(full: asyncpg.Connection) -> None:
    seen = RIGHTS.visible(
        SimpleNamespace(  # type: ignore[arg-type]
            everything=False,
            derived={},
            autorisaties=[
                SimpleNamespace(
                    component="archiefbeheer",
                    scopes=frozenset({TE_ARCHIVEREN_LEZEN}),
                    limits={"zaaktype": ZAAKTYPE.url(BASE, UUID(int=7))},
                )
            ],
        ),
        References((BASE,)),
        TE_ARCHIVEREN_LEZEN,
    )
    selection = seen.restrict(select_due(TeArchiverenFilter(), READER))
    page = f"SELECT id FROM zaak{selection.sql} ORDER BY {selection.order} LIMIT 100"
    assert await wasted(full, page, selection) < MOST_READ
    assert await wasted(full, f"SELECT count(*) FROM zaak{selection.sql}", selection) < MOST_READ


async def test_what_is_told_of_a_page_is_looked_up_by_index(full: asyncpg.Connection) -> None:
    found: list[tuple[str, list[Any]]] = []

    class Noting:
        """Passes statements on and remembers them."""

        fetchval = full.fetchval

        async def fetch(self, sql: str, *values: Any) -> Any:
            found.append((sql, list(values)))
            return await full.fetch(sql, *values)

    selection = select_due(TeArchiverenFilter(), READER)
    count, rows = await due(Noting(), selection, 3, 100)  # type: ignore[arg-type]
    assert (count, len(rows)) == (10_000, 100)
    for sql, values in found[1:]:
        assert await wasted(full, sql, SimpleNamespace(values=values)) < MOST_READ  # type: ignore[arg-type]
