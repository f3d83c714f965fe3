"""Rights per type: what one row is judged by in Python is what lists are filtered by in SQL, and costs little."""

from dataclasses import replace

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.access import Autorisatie, Caller, make_token
from chassis.problems import PermissionDenied
from chassis.reading import Selection
from chassis.references import References
from chassis.resource import new_id
from chassis.testing.service import SECRET, ServiceUnderTest
from services.zaken.catalogi.zaaktype.fields import ZAAKTYPE
from services.zaken.rights import Visible
from services.zaken.vertrouwelijkheid import HIGHEST, Vertrouwelijkheidaanduiding, rank
from services.zaken.visibility import listable, require, visible
from tests.services.zaken.making import ZAKEN, Zaken

BASE = "http://meent.test"
REFERENCES = References((BASE,))
TYPES = [new_id() for _ in range(3)]
LEVELS = st.sampled_from([str(level) for level in Vertrouwelijkheidaanduiding])
GRANTS = st.lists(st.tuples(st.sampled_from([0, 1, 2]), LEVELS), max_size=5)


def caller(grants: list[tuple[int, str]], scope: str = "zaken.lezen") -> Caller:
    items = [
        Autorisatie(
            "zrc",
            frozenset({scope}),
            {"zaaktype": ZAAKTYPE.url(BASE, TYPES[number]), "maxVertrouwelijkheidaanduiding": level},
        )
        for number, level in grants
    ]
    return Caller("client", autorisaties=tuple(items))


def test_levels_are_in_order() -> None:
    assert [rank(level) for level in Vertrouwelijkheidaanduiding] == list(range(1, HIGHEST + 1))


@given(GRANTS, st.sampled_from([0, 1, 2]), LEVELS)
def test_a_zaak_is_visible_up_to_the_highest_level_granted(
    grants: list[tuple[int, str]], number: int, level: str
) -> None:
    expected = any(one == number and rank(level) <= rank(highest) for one, highest in grants)
    assert visible(caller(grants), REFERENCES, "zaken.lezen").includes(TYPES[number], rank(level)) == expected
    assert not visible(caller(grants), REFERENCES, "zaken.bijwerken").includes(TYPES[number], rank(level))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(grants=GRANTS, others=st.sampled_from([0, 0, 3, HIGHEST]))
async def test_sql_keeps_what_python_includes(zaken: Zaken, grants: list[tuple[int, str]], others: int) -> None:
    found = replace(visible(caller(grants), REFERENCES, "zaken.lezen"), others=others)
    rows = [(zaaktype_id, level) for zaaktype_id in TYPES for level in range(1, HIGHEST + 1)]
    expected = {row for row in rows if found.includes(*row)}
    if not found.nothing:
        assert await _kept(zaken, found, rows) == expected


async def _kept(zaken: Zaken, found: Visible, rows: list[tuple[object, int]]) -> set[tuple[object, int]]:
    selection = found.restrict(Selection(values=[[row[0] for row in rows], [row[1] for row in rows]]))
    kept: list[asyncpg.Record] = await zaken.service.runtime.database.fetch(
        f"SELECT * FROM unnest($1::uuid[], $2::int[]) AS zaak(zaaktype_id, vertrouwelijkheid){selection.sql}",
        *selection.values,
    )
    return {(row["zaaktype_id"], row["vertrouwelijkheid"]) for row in kept}


def test_nothing_granted_is_refused() -> None:
    for refused in (
        lambda: listable(caller([]), REFERENCES, "zaken.lezen"),
        lambda: require(caller([(0, "openbaar")]), REFERENCES, TYPES[0], rank("intern"), "zaken.lezen"),
    ):
        try:
            refused()
        except PermissionDenied:
            continue
        raise AssertionError("not refused")


def test_all_rights_see_all() -> None:
    assert visible(Caller("c", everything=True), REFERENCES, "zaken.lezen").everything


@pytest.mark.parametrize("limits", [{"afdeling": "parkeren"}, {"besluittype": ZAAKTYPE.url(BASE, TYPES[0])}])
def test_a_limit_that_cannot_be_judged_gives_nothing(limits: dict[str, str]) -> None:
    items = (Autorisatie("zrc", frozenset({"zaken.lezen"}), limits),)
    assert visible(Caller("c", autorisaties=items), REFERENCES, "zaken.lezen").nothing


@pytest.mark.parametrize(
    "url", ["https://elders.example/zaaktypen/1", f"{BASE}/catalogi/api/v1/zaaktypen/x", f"{BASE}/catalogi"]
)
def test_a_type_that_is_none_of_ours_gives_nothing(url: str) -> None:
    items = (Autorisatie("zrc", frozenset({"zaken.lezen"}), {"zaaktype": url}),)
    assert visible(Caller("c", autorisaties=items), REFERENCES, "zaken.lezen").nothing


async def test_a_type_that_does_not_exist_shows_an_empty_list(zaken: Zaken) -> None:
    await zaken.zaak()
    gone = f"{BASE}/catalogi/api/v1/zaaktypen/{new_id()}"
    client = zaken.limited("lezer", "zaken.lezen", zaaktype=gone)
    assert (await client.get(f"{ZAKEN}/zaken")).json()["count"] == 0


async def test_rights_are_worked_out_once_and_anew_when_they_change(zaken: Zaken) -> None:
    seen = [await _visible(zaken.service, zaken.zaaktype) for _ in range(2)]
    assert seen[0] is seen[1]
    other = ZAAKTYPE.url(BASE, TYPES[0])
    zaken.limited("lezer", "zaken.lezen", zaaktype=other)
    changed = await _visible(zaken.service, other)
    assert changed is not seen[0]
    assert list(changed.types) == [TYPES[0]]


async def _visible(service: ServiceUnderTest, zaaktype: str) -> Visible:
    """What the policy lets the client `lezer` see."""
    if "lezer" not in service.runtime.policy._secrets:
        limits = {"zaaktype": zaaktype, "maxVertrouwelijkheidaanduiding": "openbaar"}
        service.grant("lezer", [{"component": "zrc", "scopes": ["zaken.lezen"], **limits}])
    caller = await service.runtime.policy.authenticate(make_token("lezer", SECRET))
    return visible(caller, REFERENCES, "zaken.lezen")
