"""The dates of art. 2.39 Wet BRP: five days after, four weeks before, and nothing in between lost."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.klanten.verhuizingen.verhuisdatum import Window, datum_adreshouding, in_future, too_early, too_late

LAW = Window()
DECLARED = date(2026, 3, 2)
days = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@pytest.mark.parametrize(
    ("off", "early", "late", "counts_from"),
    [(29, True, False, 29), (28, False, False, 28), (0, False, False, 0), (-5, False, False, -5), (-6, False, True, 0)],
)
def test_the_bounds_of_the_law(off: int, early: bool, late: bool, counts_from: int) -> None:
    moved = DECLARED + timedelta(days=off)
    assert too_early(moved, DECLARED, LAW) is early
    assert too_late(moved, DECLARED, LAW) is late
    assert datum_adreshouding(moved, DECLARED, LAW) == DECLARED + timedelta(days=counts_from)


@given(days, days)
def test_the_address_counts_from_one_of_both_days_and_never_before_the_move(moved: date, declared: date) -> None:
    counts = datum_adreshouding(moved, declared, LAW)
    assert counts in {moved, declared}
    assert counts >= moved
    assert (counts != moved) == too_late(moved, declared, LAW)
    assert not (too_early(moved, declared, LAW) and too_late(moved, declared, LAW))


@given(days, days, st.integers(0, 60), st.integers(0, 60))
def test_a_wider_window_never_makes_it_stricter(moved: date, declared: date, before: int, after: int) -> None:
    wider = Window(before + 1, after + 1)
    narrow = Window(before, after)
    assert too_early(moved, declared, wider) <= too_early(moved, declared, narrow)
    assert too_late(moved, declared, wider) <= too_late(moved, declared, narrow)


@given(days)
def test_today_is_not_the_future(today: date) -> None:
    assert not in_future(today, today)
    assert in_future(today + timedelta(days=1), today)
