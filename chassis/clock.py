"""The one clock: every moment and every date of the suite comes from here, so that a test can set it.

Moments are aware datetimes in UTC. Dates are the calendar date in Europe/Amsterdam, as Dutch law counts days.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


_source: Callable[[], datetime] = partial(datetime.now, UTC)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _source()


def today() -> date:
    """Today's date in Europe/Amsterdam."""
    return now().astimezone(AMSTERDAM).date()


def iso(moment: datetime) -> str:
    """A moment as it leaves the suite: UTC, ending in Z (API Design Rules /core/date-time/timezone)."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


@contextmanager
def frozen(moment: datetime) -> Iterator[None]:
    """Stand still at an aware `moment` (tests)."""
    global _source  # noqa: PLW0603 - the one switch of the one clock
    before, _source = _source, lambda: moment
    try:
        yield
    finally:
        _source = before
