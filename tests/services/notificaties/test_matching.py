"""Filter semantics of abonnementen: the index finds what the rule says."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.filtering import camel, matches
from services.notificaties.matching import Index, consistent


@pytest.mark.parametrize(
    ("given_names", "declared", "expected"),
    [
        (["a"], ["a", "b"], True),
        (["a", "b"], ["a", "b"], True),
        (["a", "b", "c"], ["a", "b"], True),
        (["a", "c"], ["a", "b"], False),
        ([], ["a"], True),
        (["een_ding"], ["eenDing"], True),
    ],
)
def test_names_are_a_subset_or_a_superset(given_names: list[str], declared: list[str], expected: bool) -> None:
    assert consistent(given_names, declared) is expected


ONE, TWO = UUID(int=1), UUID(int=2)


def test_several_groups_are_alternatives_and_give_one_delivery() -> None:
    index = Index()
    index.put(ONE, [("zaken", {"zaaktype": "a"}), ("zaken", {"zaaktype": "b"}), ("zaken", {})])
    assert index.find("zaken", {"zaaktype": "b"}) == {ONE}
    assert index.find("besluiten", {"zaaktype": "b"}) == set()


def test_names_are_compared_in_camel_case() -> None:
    index = Index()
    index.put(ONE, [("besluiten", {"verantwoordelijke_organisatie": "1"})])
    assert index.find("besluiten", {"verantwoordelijkeOrganisatie": "1"}) == {ONE}
    assert index.find("besluiten", {"verantwoordelijke_organisatie": "1"}) == {ONE}
    assert index.find("besluiten", {"verantwoordelijkeOrganisatie": "2"}) == set()


def test_an_abonnement_that_changes_or_ends() -> None:
    index = Index()
    index.put(ONE, [("zaken", {"zaaktype": "a", "bron": "x"})])
    index.put(TWO, [("zaken", {"zaaktype": "a", "bron": "x"})])
    for kenmerken in ({"zaaktype": "a", "bron": "x"}, {"zaaktype": "a"}, {}):
        assert index.find("zaken", kenmerken) == {ONE, TWO}
    index.put(ONE, [("zaken", {"zaaktype": "b", "bron": "x"})])
    assert index.find("zaken", {"zaaktype": "a"}) == {TWO}
    assert index.find("zaken", {"bron": "x"}) == {ONE, TWO}
    index.put(TWO, [])
    assert index.find("zaken", {"bron": "x"}) == {ONE}
    index.put(ONE, [("taken", {})])
    assert index.find("zaken", {}) == set()
    assert index.find("taken", {"ploeg": "1"}) == {ONE}


def test_notificaties_that_lack_ever_other_kenmerken() -> None:
    names = [f"k{number}" for number in range(6)]
    index = Index()
    index.put(ONE, [("zaken", dict.fromkeys(names, "1"))])
    for lacking in range(1, 2 ** len(names)):
        carried = {name: "1" for place, name in enumerate(names) if not lacking >> place & 1}
        assert index.find("zaken", carried) == {ONE}
        assert index.find("zaken", carried | {"k0": "2"}) == set()


_names = st.sampled_from(["a", "b", "c_d", "cD"])
_values = st.sampled_from(["1", "2", "*"])
_groups = st.lists(
    st.tuples(st.sampled_from(["zaken", "taken"]), st.dictionaries(_names, _values, max_size=4)), max_size=3
)
_changes = st.lists(st.tuples(st.integers(1, 4).map(lambda n: UUID(int=n)), _groups), max_size=12)
_carried = st.dictionaries(st.sampled_from(["a", "b", "cD", "c_d"]), st.sampled_from(["1", "2", "3"]))


@given(_changes, st.lists(_carried, max_size=3))
def test_index_finds_what_the_rule_says_whatever_changes(
    changes: list[tuple[UUID, list[tuple[str, dict[str, str]]]]], notificaties: list[dict[str, str]]
) -> None:
    index, present = Index(), {}
    for who, groups in changes:
        index.put(who, groups)
        present[who] = groups
        for kenmerken in notificaties:
            carried = {camel(name): value for name, value in kenmerken.items()}
            for kanaal in ("zaken", "taken"):
                expected = {
                    someone
                    for someone, theirs in present.items()
                    if any(naam == kanaal and wanted(filters, carried) for naam, filters in theirs)
                }
                assert index.find(kanaal, kenmerken) == expected


def wanted(filters: dict[str, str], carried: dict[str, str]) -> bool:
    return all(matches({camel(name): (value,)}, carried) for name, value in filters.items())
