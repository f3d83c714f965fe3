"""What somebody types, in parts; nothing of it is read as a query."""

import pytest

from chassis.problems import Invalid
from services.zaken.zoeken.words import MOST_WORDS, Part, parts_of, sought


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        ("kap", [Part(("kap",), goes_on=True)]),
        ("kap ", [Part(("kap",))]),
        ("k", [Part(("k",))]),
        ("kap beuk", [Part(("kap",)), Part(("beuk",), goes_on=True)]),
        ("ZAAK-2026-12", [Part(("ZAAK", "2026", "12"), goes_on=True)]),
        ('"de beuk" kap', [Part(("de", "beuk"), literal=True), Part(("kap",), goes_on=True)]),
        ('"de beuk', [Part(("de", "beuk"), literal=True)]),
        ("kap -beuk", [Part(("kap",)), Part(("beuk",), absent=True)]),
        ('kap -"de beuk"', [Part(("kap",)), Part(("de", "beuk"), literal=True, absent=True)]),
        ("kap & (", [Part(("kap",), goes_on=True)]),
        ("kap\x00beuk", [Part(("kap", "beuk"), goes_on=True)]),
        ("cafe\u0301", [Part(("caf\u00e9",), goes_on=True)]),
        ("o'neill:*", [Part(("o", "neill"), goes_on=True)]),
    ],
)
def test_parts(given: str, parts: list[Part]) -> None:
    assert parts_of(given) == parts


@pytest.mark.parametrize("given", ["", " ", "-", "!!!", '""', "\x00", "-kap", '-"kap" -beuk', "🌳"])
def test_nothing_that_must_be_there(given: str) -> None:
    with pytest.raises(Invalid) as refused:
        parts_of(given)
    assert [(one.name, one.code) for one in refused.value.fields] == [("q", "geen-zoekwoorden")]


def test_words_are_counted_in_all_parts() -> None:
    most = "-".join(["kap"] * MOST_WORDS)
    assert len(parts_of(most)[0].words) == MOST_WORDS
    for given in (f"{most} beuk", f'"{most} beuk"', " ".join(["kap"] * (MOST_WORDS + 1))):
        with pytest.raises(Invalid) as refused:
            parts_of(given)
        assert [one.code for one in refused.value.fields] == ["te-veel-zoekwoorden"]


def test_what_is_typed_stands_in_values_only() -> None:
    found = sought("beuk') | ''; DROP -eik")
    assert {word for value in found.values for word in value.split()} == {"beuk", "DROP", "eik"}
    assert not any(word in found.query + found.exact for word in ("beuk", "DROP", "eik"))
