"""PostgreSQL or NATS goes away in the middle of a story and comes back: nothing is lost, and errors end soon."""

import asyncio
import time
from pathlib import Path

import pytest

from demo.story import Story
from tests.suite.stories import assert_three_zeros, installed


async def when_under_way(story: Story, part: float) -> None:
    """Until this part of the meldingen has been answered."""
    async with asyncio.timeout(60):
        while sum(  # noqa: ASYNC110 - a condition of the story
            report.answered.is_set() for report in story.reports.reports
        ) < part * len(story.reports.reports):
            await asyncio.sleep(0.02)


@pytest.mark.suite
@pytest.mark.timeout(120)
async def test_nats_is_absent_at_the_start_and_away_for_ten_seconds(tmp_path: Path) -> None:
    async with installed(tmp_path) as story:
        installation = story.installation
        await asyncio.to_thread(installation.kill_nats)
        await asyncio.gather(
            *(asyncio.to_thread(installation.restart_service, name) for name in ("klanten", "meldingen"))
        )
        answer = await story.caller("beheer").call("GET", "/meldingen/api/v1/meldingen")
        assert answer.status_code == 200, "it starts from its snapshot of the policy"
        await asyncio.to_thread(installation.start_nats)

        async def outage() -> None:
            await when_under_way(story, 0.4)
            await asyncio.to_thread(installation.kill_nats)
            await asyncio.sleep(10)  # the length of the outage is what is tested
            await asyncio.to_thread(installation.start_nats)

        await asyncio.gather(story.play(), outage())
        await assert_three_zeros(story)


@pytest.mark.suite
@pytest.mark.timeout(120)
async def test_postgres_restarts_under_load(tmp_path: Path) -> None:
    async with installed(tmp_path) as story:
        back: list[float] = []
        late: list[str] = []

        async def outage() -> None:
            await when_under_way(story, 0.3)
            await asyncio.to_thread(story.installation.kill_postgres)
            await asyncio.to_thread(story.installation.start_postgres)
            back.append(time.monotonic())

        async def load() -> None:
            """Reads all the while; a 5xx later than two seconds after the return is wrong."""
            beheer = story.caller("beheer")
            headers = {"Authorization": f"Bearer {beheer.token()}"}
            while not back or time.monotonic() < back[0] + 5:
                answer = await story.http.get(f"{beheer.base}/meldingen/api/v1/meldingen", headers=headers)
                if answer.status_code >= 500 and back and time.monotonic() > back[0] + 2:
                    late.append(answer.text)
                await asyncio.sleep(0.02)

        await asyncio.gather(story.play(), outage(), load(), load())
        assert not late, late[0]
        await assert_three_zeros(story)
