"""The three zeros find what they must find: each kind of wrong delivery is made, and only its own count rises."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from demo.judgement import Expected, Judgement, Received, judge

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
KEY = ("gezin", 1, "parkeren")
EXPECTED = Expected(KEY, "verhuizing", frozenset({"personen", "nieuwAdres"}), 2)
RECEIVED = Received(
    KEY,
    "e1",
    "verhuizing",
    frozenset({"personen", "nieuwAdres"}),
    2,
    NOW,
    grondslag="Parkeerverordening, artikel 12",
    logged_at=NOW - timedelta(milliseconds=5),
)


def counts(verdict: Judgement) -> tuple[int, int, int]:
    return len(verdict.lost), len(verdict.double), len(verdict.without_ground)


def test_what_is_as_expected_is_clean() -> None:
    verdict = judge([EXPECTED], [RECEIVED])
    assert verdict.clean
    assert verdict.line == "lost 0 · double 0 · told without ground 0"


def test_redelivery_of_the_same_event_is_counted_and_not_double() -> None:
    verdict = judge([EXPECTED], [RECEIVED, replace(RECEIVED, effects=0)])
    assert (verdict.clean, verdict.repeats) == (True, 1)


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        ([], (1, 0, 0)),
        ([RECEIVED, replace(RECEIVED, event_id="e2", effects=0)], (0, 1, 0)),
        ([RECEIVED, replace(RECEIVED)], (0, 1, 0)),
        ([RECEIVED, replace(RECEIVED, key=("gezin", 1, "wmo"))], (0, 0, 1)),
        ([RECEIVED, replace(RECEIVED, key=("gezin", 2, "parkeren"))], (0, 0, 1)),
        ([replace(RECEIVED, soort="correctie")], (0, 0, 1)),
        ([replace(RECEIVED, fields=RECEIVED.fields | {"namen"})], (0, 0, 1)),
        ([replace(RECEIVED, fields=frozenset({"personen"}))], (1, 0, 0)),
        ([replace(RECEIVED, persons=3)], (0, 0, 1)),
        ([replace(RECEIVED, persons=1)], (1, 0, 0)),
        ([replace(RECEIVED, grondslag="")], (0, 0, 1)),
        ([replace(RECEIVED, logged_at=None)], (0, 0, 1)),
        ([replace(RECEIVED, logged_at=NOW + timedelta(seconds=1))], (0, 0, 1)),
    ],
)
def test_each_wrong_is_found(received: list[Received], expected: tuple[int, int, int]) -> None:
    verdict = judge([EXPECTED], received)
    assert counts(verdict) == expected
    assert not verdict.clean
