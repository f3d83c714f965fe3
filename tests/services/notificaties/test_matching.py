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


def test_several_groups_are_alternatives_and_give_one_delivery() -> None:
    one = UUID(int=1)
    index = Index([(one, "zaken", {"zaaktype": "a"}), (one, "zaken", {"zaaktype": "b"}), (one, "zaken", {})])
    assert index.find("zaken", {"zaaktype": "b"}) == {one}
    assert index.find("besluiten", {"zaaktype": "b"}) == set()


def test_names_are_compared_in_camel_case() -> None:
    one = UUID(int=1)
    index = Index([(one, "besluiten", {"verantwoordelijke_organisatie": "1"})])
    assert index.find("besluiten", {"verantwoordelijkeOrganisatie": "1"}) == {one}
    assert index.find("besluiten", {"verantwoordelijke_organisatie": "1"}) == {one}
    assert index.find("besluiten", {"verantwoordelijkeOrganisatie": "2"}) == set()


_names = st.sampled_from(["a", "b", "c_d", "cD"])
_values = st.sampled_from(["1", "2", "*"])
_groups = st.lists(
    st.tuples(
        st.integers(1, 4).map(lambda n: UUID(int=n)),
        st.sampled_from(["zaken", "taken"]),
        st.dictionaries(_names, _values, max_size=3),
    ),
    max_size=12,
)


@given(_groups, st.dictionaries(st.sampled_from(["a", "b", "cD"]), st.sampled_from(["1", "2", "3"])))
def test_index_finds_what_the_rule_says(
    groups: list[tuple[UUID, str, dict[str, str]]], kenmerken: dict[str, str]
) -> None:
    # Two spellings of one name in one group: the index keeps the last; leave those to the rule alone.
    plain = [entry for entry in groups if not {"c_d", "cD"} <= entry[2].keys()]
    expected = {who for who, kanaal, filters in plain if kanaal == "zaken" and wanted(filters, kenmerken)}
    assert Index(plain).find("zaken", kenmerken) == expected


def wanted(filters: dict[str, str], kenmerken: dict[str, str]) -> bool:
    return matches({camel(name): (value,) for name, value in filters.items()}, kenmerken)
