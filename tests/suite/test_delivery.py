"""Deliveries that go wrong: everything twice, an afdeling that crashes on one message, one that looks where it may not."""

import asyncio
from pathlib import Path
from typing import Any

import nats
import nats.errors
import pytest
from nats.aio.client import Client

from chassis.catalog import ADMINISTRATOR, inbox_prefix
from chassis.testing.service import eventually
from demo.department import Department
from demo.story import Story
from meent.events import dead_letters, replay
from tests.suite.stories import assert_three_zeros, installed, short

AGAIN = ".again"


async def connected(story: Story, identity: str) -> Client:
    async def quiet(_: Exception) -> None:
        return

    url, prefix = story.installation.nats_url(identity), inbox_prefix(identity).encode()
    return await nats.connect(url, inbox_prefix=prefix, error_cb=quiet)


@pytest.mark.suite
@pytest.mark.timeout(120)
async def test_every_message_is_delivered_twice(tmp_path: Path) -> None:
    async with installed(tmp_path) as story:
        client = await connected(story, ADMINISTRATOR)
        repeated: list[str] = []

        async def repeat(message: Any) -> None:
            headers = message.headers or {}
            event_id = headers.get("Nats-Msg-Id", "")
            if event_id and not event_id.endswith(AGAIN):
                repeated.append(event_id)
                again = {**headers, "Nats-Msg-Id": event_id + AGAIN}
                await client.jetstream().publish(message.subject, message.data, headers=again)

        for stream in ("ZGW", "KLANTEN", "VERHUIZINGEN", "AFDELING", "MOR"):
            subject = story.installation.catalog.streams[stream].subjects[0]
            await client.jetstream().subscribe(subject, stream=stream, cb=repeat, ordered_consumer=True)
        await story.play()
        await client.close()
        assert len(repeated) > 50
        assert sum(len(department.deliveries) for department in story.departments) > 20
        await assert_three_zeros(story)
        opvolgingen, taken, _ = await story.verdict()
        assert opvolgingen.repeats + taken.repeats > 20, "the addressees saw the repeats and recognised them"


@pytest.mark.suite
@pytest.mark.timeout(120)
async def test_an_afdeling_crashes_on_one_message(tmp_path: Path) -> None:
    """Others go on; that one ends in the dead letters, and arrives after a replay."""
    async with installed(tmp_path, short(moves=2), environment={"MEENT_AFDELING_ACK_WAIT": "0.3"}) as story:
        story.settle = 5  # one event does not arrive, and need not be waited for
        stubborn = Stubborn(story)
        await stubborn.play()
        letters = await eventually(stubborn.letters, seconds=60)
        assert [letter.consumer for letter in letters] == ["afdeling-afval"]
        before, _, _ = await story.verdict()
        assert len(before.lost) == 1
        assert "afval" in before.lost[0]
        await stubborn.replay(letters[0])
        await assert_three_zeros(story)


class Stubborn:
    """The story with an afdeling afval that dies each time it sees one message: the next after one that it handled whole,
    for what comes together with it would die with it.
    """

    def __init__(self, story: Story) -> None:
        self.story = story
        self.afval = next(department for department in story.departments if department.code == "afval")
        self.broken = True
        self.poison = ""
        healthy, one_by_one = self.afval.apply, asyncio.Lock()

        async def apply(delivery: Any, dataref: str) -> None:
            async with one_by_one:
                handled = {one.event_id for one in self.afval.deliveries if one.status}
                if not self.poison and handled - {delivery.event_id}:
                    self.poison = delivery.event_id
                if self.broken and delivery.event_id == self.poison:
                    await asyncio.sleep(0.05)  # what was handled is acknowledged
                    raise ConnectionResetError("the program died")
                await healthy(delivery, dataref)

        self.afval.apply = apply  # type: ignore[method-assign]

    async def play(self) -> None:
        """Like the story, but one afdeling is started again each time it dies, and one opvolging stays open."""
        original = Department.run

        async def stubbornly(department: Department) -> None:
            running = asyncio.current_task()
            while running is not None and not running.cancelling():  # it may die while it is being stopped
                try:
                    await original(department)
                except* ConnectionResetError:
                    await asyncio.sleep(0.05)

        self.afval.run = lambda: stubbornly(self.afval)  # type: ignore[method-assign]
        for move in self.story.moves.moves:
            move.case["verwacht"].pop("eindstatus", None)
        await self.story.play()

    async def letters(self) -> list[Any]:
        """The dead letters there are."""
        client = await connected(self.story, ADMINISTRATOR)
        try:
            return [letter async for letter in dead_letters(client.jetstream())]
        finally:
            await client.close()

    async def replay(self, letter: Any) -> None:
        """The operator's remedy, after the program was mended."""
        self.broken = False
        client = await connected(self.story, ADMINISTRATOR)
        await replay(client.jetstream(), letter)
        await client.close()
        player = asyncio.create_task(self.afval.run())
        try:
            await eventually(self._told, seconds=20)
        finally:
            player.cancel()
            await asyncio.gather(player, return_exceptions=True)

    async def _told(self) -> bool:
        return any(item.event_id == self.poison and item.effects for item in self.afval.deliveries)
