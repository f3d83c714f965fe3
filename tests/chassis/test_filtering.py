"""The rule of the standard's filters; through an index of abonnementen and through a live stream it is tested there."""

import pytest

from chassis.filtering import camel, matches


@pytest.mark.parametrize(
    ("filters", "carried", "expected"),
    [
        ({}, {"kind": "a"}, True),
        ({"kind": ("a",)}, {"kind": "a"}, True),
        ({"kind": ("a",)}, {"kind": "b"}, False),
        ({"kind": ("a",)}, {"kind": "ab"}, False),
        ({"kind": ("*",)}, {"kind": "b"}, True),
        ({"kind": ("a",)}, {"kind": "*"}, False),
        ({"kind": ("a",), "source": ("x",)}, {"kind": "a", "source": "x"}, True),
        ({"kind": ("a",), "source": ("x",)}, {"kind": "a", "source": "y"}, False),
        ({"kind": ("a",)}, {}, True),  # what is not carried is ignored
        ({"kind": ("a",)}, {"source": "x"}, True),
        ({"kind": ("a", "b")}, {"kind": "b"}, True),
        ({"kind": ("a", "b")}, {"kind": "c"}, False),
        ({"kind": ("a", "*")}, {"kind": "c"}, True),
        ({"kind": ("a", "b"), "source": ("x", "y")}, {"kind": "b", "source": "z"}, False),
    ],
)
def test_filters(filters: dict[str, tuple[str, ...]], carried: dict[str, str], expected: bool) -> None:
    assert matches(filters, carried) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("zaaktype", "zaaktype"),
        ("zaak_type_2", "zaakType2"),
        ("zaaktype.catalogus", "zaaktype.catalogus"),
        ("_x", "_x"),
        ("", ""),
    ],
)
def test_camel(name: str, expected: str) -> None:
    assert camel(name) == expected
