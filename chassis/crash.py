"""Crash points: the places where a service may die between two effects, in one list that the suite tests walk.

`reach(point)` does nothing unless MEENT_CRASH_AT names that point; then the process kills itself with SIGKILL, at once,
as a power cut would. `name:n` means at the n-th time (from 1).
"""

import os
import signal
from collections import Counter

POINTS = (
    "before-commit",
    "after-commit",
    "relay-before-publish",
    "relay-after-publish",
    "consumer-before-handler",
    "consumer-before-commit",
    "consumer-before-ack",
    "consumer-after-ack",
    "delivery-before-send",
    "delivery-after-send",
    "content-begun",
    "content-synced",
    "content-written",
    "content-unlinked",
)

_point, _, _nth = os.environ.get("MEENT_CRASH_AT", "").partition(":")
_reached: Counter[str] = Counter()


def reach(point: str) -> None:
    """Die here when the environment asks for it. `point` must be one of POINTS."""
    if not _point or point != _point:
        return
    _reached[point] += 1
    if _reached[point] == int(_nth or 1):
        os.kill(os.getpid(), signal.SIGKILL)
