"""Visibility: what one zaak is judged by in Python is what lists are filtered by in SQL."""

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.access import Autorisatie, Caller
from chassis.problems import PermissionDenied
from chassis.reading import Selection
from chassis.references import References
from chassis.resource import new_id
from services.zaken.catalogi.zaaktype.fields import ZAAKTYPE
from services.zaken.vertrouwelijkheid import HIGHEST, Vertrouwelijkheidaanduiding, rank
from services.zaken.visibility import Visible, listable, require, visible
from tests.services.zaken.making import Zaken

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
    found = visible(caller(grants), REFERENCES, "zaken.lezen")
    found.others = others
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
