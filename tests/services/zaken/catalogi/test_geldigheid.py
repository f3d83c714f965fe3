"""Periods of validity."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.zaken.catalogi.geldigheid import overlaps

DAYS = st.integers(0, 40).map(lambda number: date(2026, 1, 1) + timedelta(days=number))
PERIODS = st.tuples(DAYS, st.none() | DAYS).filter(lambda period: period[1] is None or period[1] >= period[0])


@given(PERIODS, PERIODS)
def test_periods_overlap_when_they_share_a_day(one: tuple[date, date | None], other: tuple[date, date | None]) -> None:
    far = date(2026, 3, 31)
    days = [
        {period[0] + timedelta(days=step) for step in range(((period[1] or far) - period[0]).days + 1)}
        for period in (one, other)
    ]
    assert overlaps(*one, *other) == bool(days[0] & days[1]) == overlaps(*other, *one)
