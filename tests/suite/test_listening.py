"""A portal without a callback address listens: what another publisher offers and what our own services do reach it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from demo.story import Story
from tests.suite.stories import installed


@asynccontextmanager
async def following(story: Story, query: str) -> AsyncIterator["asyncio.Queue[dict[str, Any]]"]:
    """The notificaties that come in, once the stream is open."""
    heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    beheer = story.caller("beheer")
    headers = {"Authorization": f"Bearer {beheer.token()}"}
    url = f"{beheer.base}/live/notificaties?{query}"
    async with story.http.stream("GET", url, headers=headers) as answer:
        assert answer.status_code == 200, await answer.aread()
        lines = answer.aiter_lines()
        while not (await anext(lines)).startswith("id: "):
            continue

        async def listen() -> None:
            async for line in lines:
                if line.startswith("data: "):
                    heard.put_nowait(json.loads(line.removeprefix("data: ")))

        listening = asyncio.create_task(listen())
        try:
            yield heard
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


@pytest.mark.suite
@pytest.mark.timeout(120)
async def test_what_happens_anywhere_is_heard(tmp_path: Path) -> None:
    async with installed(tmp_path) as story:
        beheer = story.caller("beheer")
        await beheer.must("POST", "/notificaties/api/v1/kanaal", {"naam": "proef", "filters": ["soort"]})
        async with following(story, "kanaal=proef&soort=a") as outside, following(story, "kanaal=autorisaties") as own:
            for soort in ("b", "a"):
                offered = {
                    "kanaal": "proef",
                    "hoofdObject": f"https://bron.example/{soort}",
                    "resource": "ding",
                    "resourceUrl": f"https://bron.example/{soort}",
                    "actie": "create",
                    "aanmaakdatum": "2026-01-01T12:00:00Z",
                    "kenmerken": {"soort": soort},
                }
                await beheer.must("POST", "/notificaties/api/v1/notificaties", offered)
            rights = {"component": "nrc", "scopes": ["notificaties.consumeren"]}
            applicatie = {"clientIds": ["luisteraar"], "label": "Luisteraar", "autorisaties": [rights]}
            made = await beheer.must("POST", "/autorisaties/api/v1/applicaties", applicatie)
            heard = await asyncio.wait_for(outside.get(), 20)
            assert (heard["type"], heard["data"]) == ("nl.overheid.notificaties.notificatie", offered)
            while heard["data"]["resourceUrl"] != made["url"]:  # the installation has made some of its own
                heard = await asyncio.wait_for(own.get(), 20)
            assert (heard["data"]["kanaal"], heard["data"]["actie"]) == ("autorisaties", "create")
            assert outside.empty()
