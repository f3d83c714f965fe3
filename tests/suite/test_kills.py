"""A service that dies between two effects loses nothing and does nothing twice: the story is played over crashes.

A step is a crash point of `chassis.crash.POINTS`. Several services die in one story, each at a point of its own; the
supervisor starts them again, as Kubernetes would.
"""

import asyncio
from pathlib import Path

import pytest

from chassis.crash import POINTS
from chassis.embedded.process import StartError
from meent.installation import Installation
from tests.suite.stories import assert_three_zeros, installed

CRASHING = ("klanten", "meldingen", "zaken", "notificaties")
CONSUMING = ("klanten", "notificaties")
STORY_POINTS = [point for point in POINTS if not point.startswith(("delivery-", "content-"))]
"""The points a story reaches; those of webhook delivery and of content are walked in the tests of notificaties and zaken."""


async def play_over(folder: Path, crashes: dict[str, str]) -> None:
    """Play while each service dies once at its point; every one of them must really have died."""
    deaths: list[str] = []
    async with installed(folder, tell=deaths.append) as story:
        # Armed afterwards: a ZGW POST has no Idempotency-Key, so whoever sets up could not tell what a crash undid.
        await story.prepare()
        await asyncio.gather(
            *(asyncio.to_thread(arm, story.installation, name, point, deaths) for name, point in crashes.items())
        )
        await story.play()
        await assert_three_zeros(story)
    died = {line.split()[0] for line in deaths if "code -9" in line}
    assert died == set(crashes), f"asked to die: {sorted(crashes)}; died: {deaths}"


def arm(installation: Installation, name: str, point: str, deaths: list[str]) -> None:
    """Start a service that will die at the point; a relay gets there at once, with what it publishes again at a start."""
    try:
        installation.restart_service(name, {"MEENT_CRASH_AT": point})
    except StartError as error:
        deaths.append(str(error).splitlines()[0])
        installation.start_service(name)


@pytest.mark.suite
@pytest.mark.timeout(120)
async def test_each_service_dies_at_another_point(tmp_path: Path) -> None:
    """The representative of the walk below: around a commit, in the relay, and before an acknowledgement."""
    await play_over(
        tmp_path,
        {
            "klanten": "after-commit:6",
            "meldingen": "relay-after-publish:3",
            "zaken": "before-commit:4",
            "notificaties": "consumer-before-ack:3",
        },
    )


@pytest.mark.slow
@pytest.mark.suite
@pytest.mark.timeout(180)
@pytest.mark.parametrize("point", STORY_POINTS)
async def test_every_service_dies_at_every_point(tmp_path: Path, point: str) -> None:
    services = CONSUMING if point.startswith("consumer-") else CRASHING[:3]
    await play_over(tmp_path, {name: f"{point}:{2 + number}" for number, name in enumerate(services)})
