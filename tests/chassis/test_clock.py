"""The clock: moments in UTC, days in Amsterdam."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from chassis import clock


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 1, 1, 22, 59, tzinfo=UTC), date(2026, 1, 1)),
        (datetime(2026, 1, 1, 23, 0, tzinfo=UTC), date(2026, 1, 2)),
        (datetime(2026, 7, 1, 21, 59, tzinfo=UTC), date(2026, 7, 1)),
        (datetime(2026, 7, 1, 22, 0, tzinfo=UTC), date(2026, 7, 2)),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), date(2027, 1, 1)),
    ],
)
def test_a_day_begins_at_midnight_in_amsterdam(moment: datetime, day: date) -> None:
    with clock.frozen(moment):
        assert clock.now() == moment
        assert clock.today() == day


def test_it_goes_on_afterwards() -> None:
    before = datetime.now(UTC)
    with clock.frozen(before - timedelta(days=5)), clock.frozen(before - timedelta(days=9)):
        assert clock.now() == before - timedelta(days=9)
    assert before <= clock.now() <= datetime.now(UTC)
    assert clock.now().tzinfo is UTC


def test_moments_leave_as_utc() -> None:
    moment = datetime(2026, 7, 1, 12, 0, tzinfo=timezone(timedelta(hours=2)))
    assert clock.iso(moment) == "2026-07-01T10:00:00Z"
