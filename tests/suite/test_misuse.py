"""What portals do wrong, through the gateway: the same thing twice at once, and bad input."""

import asyncio
import uuid
from pathlib import Path

import pytest

from demo.setting_up import set_up
from tests.suite.stories import installed, short

VERHUIZINGEN = "/verhuizingen/api/v1/verhuizingen"


@pytest.mark.suite
@pytest.mark.timeout(120)
async def test_the_same_move_twice_and_bad_input(tmp_path: Path) -> None:
    async with installed(tmp_path, short(moves=2)) as story:
        await set_up(story.caller("beheer"), story.municipality)
        portaal = story.caller("portaal")
        first, second = (case["indienen"] for case in story.municipality.verhuizingen)

        key = str(uuid.uuid4())
        same = await asyncio.gather(*(portaal.call("POST", VERHUIZINGEN, first, key=key) for _ in range(6)))
        assert {answer.status_code for answer in same} == {201}
        assert len({answer.json()["kenmerk"] for answer in same}) == 1

        others = await asyncio.gather(*(portaal.call("POST", VERHUIZINGEN, second) for _ in range(6)))
        assert sorted(answer.status_code for answer in others) == [201, *[409] * 5]
        assert {answer.json()["code"] for answer in others if answer.status_code == 409} == {"verhuizing-loopt-al"}

        beheer = story.caller("beheer")
        before = (await beheer.must("GET", VERHUIZINGEN))["count"]
        assert before == 2
        bad = {
            **first,
            "aangever": {"bsn": "123456789"},
            "nieuwAdres": {"nummeraanduidingId": "12"},
            "datumVerhuizing": "x",
        }
        refused = await portaal.call("POST", VERHUIZINGEN, bad)
        assert refused.status_code == 400
        assert refused.headers["content-type"] == "application/problem+json"
        names = {entry["name"] for entry in refused.json()["invalidParams"]}
        assert {"aangever.bsn", "nieuwAdres.nummeraanduidingId", "datumVerhuizing"} <= names
        assert "123456789" not in refused.text
        assert (await beheer.must("GET", VERHUIZINGEN))["count"] == before
