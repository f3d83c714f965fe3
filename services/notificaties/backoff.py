"""When a failed delivery is tried again, and how long a failing subscriber is left alone: pure rules.

Each delivery has a schedule of its own, so that one notificatie a subscriber cannot digest holds up no other. A
subscriber that fails several times in a row is paused as a whole (the circuit breaker): then one call finds out whether
it is back, and everything that waits follows.
"""

import secrets
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

FIRST = timedelta(seconds=2)
FACTOR = 3
LONGEST = timedelta(hours=6)
TRIPPED = 3
"""Failures in a row after which the subscriber is paused."""
LONGEST_PAUSE = timedelta(minutes=15)
LONG_OUTAGE = 6
"""Failures in a row after which what waits is tried at once when the subscriber is back, whatever its own schedule."""
LONGEST_RETRY_AFTER = timedelta(hours=6)


def jitter() -> float:
    """A factor between 0.8 and 1.2."""
    return (800 + secrets.randbelow(401)) / 1000


def delay(attempts: int, factor: float = 1.0) -> timedelta:
    """How long to wait after this many attempts of one delivery: 2 s, 6 s, 18 s, … at most 6 hours."""
    return min(FIRST * float(FACTOR ** min(attempts - 1, 20)), LONGEST) * factor


def pause(failures: int, factor: float = 1.0) -> timedelta:
    """How long to leave a subscriber alone after this many failures in a row; nothing before the breaker trips."""
    if failures < TRIPPED:
        return timedelta()
    return min(FIRST * float(FACTOR ** min(failures - TRIPPED, 20)), LONGEST_PAUSE) * factor


def retry_after(header: str | None, now: datetime) -> timedelta:
    """What a Retry-After header asks for, in seconds or as a date (RFC 9110), at most 6 hours; nothing when unreadable."""
    if not header:
        return timedelta()
    seconds = header.strip()
    if seconds.isascii() and seconds.isdigit():
        asked = timedelta(seconds=int(seconds)) if len(seconds) < 9 else LONGEST_RETRY_AFTER
    else:
        try:
            moment = parsedate_to_datetime(header)
        except (ValueError, TypeError, IndexError, OverflowError):  # its parser is older than such headers
            return timedelta()
        asked = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
    return max(timedelta(), min(asked, LONGEST_RETRY_AFTER))
