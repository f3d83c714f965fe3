"""The schedule of attempts and pauses."""

from datetime import UTC, datetime, timedelta

import pytest

from services.notificaties.backoff import LONGEST, LONGEST_PAUSE, TRIPPED, delay, jitter, pause, retry_after

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_attempts_are_spread_over_three_days() -> None:
    passed, attempts = timedelta(), 0
    while passed < timedelta(hours=72):
        attempts += 1
        passed += delay(attempts)
    assert 15 <= attempts <= 30
    assert delay(1) == timedelta(seconds=2)
    assert delay(500) == LONGEST


def test_the_breaker_trips_after_some_failures_and_never_rests_long() -> None:
    assert pause(TRIPPED - 1) == timedelta()
    assert timedelta() < pause(TRIPPED) < pause(TRIPPED + 1)
    assert pause(500) == LONGEST_PAUSE


def test_jitter_stays_near_one() -> None:
    drawn = [jitter() for _ in range(200)]
    assert min(drawn) >= 0.8
    assert max(drawn) <= 1.2
    assert len(set(drawn)) > 20


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, 0),
        ("", 0),
        ("120", 120),
        ("Sun, 01 Mar 2026 12:05:00 GMT", 300),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("soon", 0),
        ("99999999999999", 6 * 3600),
        ("9" * 5000, 6 * 3600),
        ("²", 0),
        ("٣", 0),
        ("Mon, 01 Jan 0001 00:00:00 +2359", 0),
    ],
)
def test_retry_after(header: str | None, expected: int) -> None:
    assert retry_after(header, NOW) == timedelta(seconds=expected)
