"""Crash points: each is in the code, and death at each loses no event and doubles no effect."""

import asyncio
import os
import re
import signal
import sys

import pytest

from chassis import consuming, crash
from chassis.consuming import Consumer
from chassis.testing.servers import Servers
from chassis.testing.service import eventually
from tests.architecture.tree import ROOT
from tests.chassis.conftest import MakeLive, example_database
from tests.chassis.example import IDENTITY, STREAM, SUBJECTS, effects, remember
from tests.chassis.test_outbox import published

PACKAGES = ("chassis", "services", "gateway")


def reached() -> set[str]:
    """Every point that the code names."""
    source = "".join(path.read_text() for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return set(re.findall(r'crash\.reach\("([a-z-]+)"\)', source))


def test_the_list_is_what_the_code_reaches() -> None:
    assert reached() == set(crash.POINTS)
    assert len(crash.POINTS) == len(set(crash.POINTS))


def test_nothing_happens_unless_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    killed: list[int] = []
    monkeypatch.setattr(os, "kill", lambda _, number: killed.append(number))
    for point in crash.POINTS:
        crash.reach(point)
    assert killed == []
    monkeypatch.setattr(crash, "_point", "after-commit")
    monkeypatch.setattr(crash, "_nth", "2")
    monkeypatch.setattr(crash, "_reached", type(crash._reached)())
    for _ in range(3):
        crash.reach("before-commit")
        crash.reach("after-commit")
    assert killed == [signal.SIGKILL]


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("point", "things"),
    [("before-commit:2", 1), ("after-commit:2", 2), ("relay-after-publish", 2), ("consumer-before-ack:2", 2)],
)
async def test_after_death_there_is_all_that_was_committed_once(
    live: MakeLive, servers: Servers, monkeypatch: pytest.MonkeyPatch, point: str, things: int
) -> None:
    monkeypatch.setattr(consuming, "ACK_WAIT", 1.0)
    dsn = await example_database(servers)
    environment = {
        **os.environ, "MEENT_CRASH_AT": point, "EXAMPLE_KEYS": servers.keys, "EXAMPLE_DSN": dsn,
        "EXAMPLE_NATS": servers.nats.url(IDENTITY),
    }  # fmt: skip
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.chassis.dying", "2", env=environment, cwd=ROOT, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        assert await asyncio.wait_for(child.wait(), 40) == -signal.SIGKILL
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    after = await live(dsn=dsn, consumers=[Consumer("c", STREAM, (SUBJECTS,), remember, back_off=(0.1,))])
    stored = await after.runtime.database.fetch("SELECT id FROM thing")
    assert 1 <= len(stored) <= things

    async def handled() -> bool:
        return len(await effects(after)) >= len(stored)

    await eventually(handled, seconds=15)
    assert sorted(row["subject"] for row in await effects(after)) == sorted(str(row["id"]) for row in stored)
    assert len(await published(servers)) == len(stored)
