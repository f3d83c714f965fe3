"""Picking fields: what is kept, in the order of the resource, whatever order was asked."""

from hypothesis import given
from hypothesis import strategies as st

from services.zaken.picking import Picked, pick, shapes
from services.zaken.zaken.zaak.fields import ZAAK

NAMES = sorted(shapes(ZAAK))
CONTENT = {name: dict.fromkeys(sorted(parts), 1) if parts else 0 for name, parts in shapes(ZAAK).items()}


def test_fields_are_those_that_are_answered() -> None:
    assert {"url", "zaaktype", "laatsteBetaaldatum", "processobject"} <= set(NAMES)
    assert shapes(ZAAK)["processobject"] == {"datumkenmerk", "identificatie", "objecttype", "registratie"}
    assert shapes(ZAAK)["kenmerken"] == {"kenmerk", "bron"}
    assert shapes(ZAAK)["identificatie"] == frozenset()


@given(st.lists(st.sampled_from(NAMES), min_size=1))
def test_keeps_what_is_asked_and_nothing_else(names: list[str]) -> None:
    shown = pick(ZAAK, names, 1).shown
    assert shown is not None
    assert list(shown(CONTENT).items()) == [(name, value) for name, value in CONTENT.items() if name in names]


def test_the_whole_field_is_more_than_its_parts() -> None:
    for fields in (["processobject", {"processobject": ["registratie"]}], [{"processobject": ["registratie", "*"]}]):
        shown = pick(ZAAK, fields, 1).shown
        assert shown is not None
        assert shown(CONTENT) == {"processobject": CONTENT["processobject"]}
    two = [{"processobject": ["registratie"]}, {"processobject": ["objecttype"]}]
    shown = pick(ZAAK, two, 1).shown
    assert shown is not None
    assert shown(CONTENT) == {"processobject": {"registratie": 1, "objecttype": 1}}


def test_a_group_without_a_value_stays() -> None:
    picked = Picked({"verlenging": frozenset({"duur"})})
    assert picked({"verlenging": None, "url": "x"}) == {"verlenging": None}
