"""Waiting for a condition with a deadline."""

import asyncio
import time
from collections.abc import Callable


async def wait_for(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Return when the condition holds; AssertionError when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "condition not met in time"
        await asyncio.sleep(0.01)
