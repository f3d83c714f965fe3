"""What outsiders do wrong, on one running installation: look where they may not, file twice at once, send bad input."""

import asyncio
import uuid
from pathlib import Path
from typing import Any

import nats.errors
import pytest
from nats.js.api import AckPolicy, ConsumerConfig

from chassis import clock
from demo.municipality import Municipality
from demo.story import Story
from tests.suite.stories import assert_three_zeros, installed, short
from tests.suite.test_delivery import connected

VERHUIZINGEN = "/verhuizingen/api/v1/verhuizingen"


@pytest.mark.suite
@pytest.mark.timeout(120)
async def test_misuse(tmp_path: Path) -> None:
    """One installation for all of it: starting one is most of the time."""
    async with installed(tmp_path, short(moves=1)) as story:
        await story.play()
        await assert_three_zeros(story)
        await an_afdeling_looks_at_another(story)
        first, second = (
            case["indienen"]
            for case in Municipality.load(clock.today()).verhuizingen
            if case["naam"] in {"gezin-met-peuters", "parkeervergunning-en-woz"}
        )
        await a_portal_sends_the_same_twice_at_once(story, first)
        await two_portals_file_the_same_move(story, second)
        await bad_input_names_every_field_and_leaves_nothing(story, first)


async def an_afdeling_looks_at_another(story: Story) -> None:
    client = await connected(story, "afdeling-parkeren")
    for attempt in (
        "$JS.API.CONSUMER.MSG.NEXT.AFDELING.afdeling-afval",
        "$JS.API.STREAM.MSG.GET.AFDELING",
        "$JS.API.DIRECT.GET.AFDELING",
        "$JS.API.CONSUMER.INFO.AFDELING.afdeling-afval",
    ):
        with pytest.raises((nats.errors.Error, TimeoutError)):
            await client.request(attempt, b'{"seq": 1}', timeout=0.5)
    config = ConsumerConfig(name="spy", filter_subject="afdeling.v1.*.afval.>", ack_policy=AckPolicy.NONE)
    with pytest.raises((nats.errors.Error, TimeoutError)):
        await client.jetstream(timeout=0.5).add_consumer("AFDELING", config)
    seen: list[Any] = []

    async def note(message: Any) -> None:
        seen.append(message)

    await client.subscribe("afdeling.v1.>", cb=note)
    await story.moves.portaal.call("GET", story.moves.moves[0].url)
    assert seen == []
    await client.close()
    afval = next(department for department in story.departments if department.code == "afval")
    url = f"/verhuizingen/api/v1/opvolgingen/{afval.deliveries[0].opvolging}"
    assert (await story.caller("afdeling-parkeren").call("GET", url)).status_code == 404


async def a_portal_sends_the_same_twice_at_once(story: Story, move: dict[str, Any]) -> None:
    portaal, key = story.caller("portaal"), str(uuid.uuid4())
    answers = await asyncio.gather(*(portaal.call("POST", VERHUIZINGEN, move, key=key) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["kenmerk"] for answer in answers}) == 1


async def two_portals_file_the_same_move(story: Story, move: dict[str, Any]) -> None:
    portaal = story.caller("portaal")
    answers = await asyncio.gather(*(portaal.call("POST", VERHUIZINGEN, move) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 5]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"verhuizing-loopt-al"}


async def bad_input_names_every_field_and_leaves_nothing(story: Story, move: dict[str, Any]) -> None:
    beheer = story.caller("beheer")
    before = (await beheer.must("GET", VERHUIZINGEN))["count"]
    assert before == 3
    bad = {**move, "aangever": {"bsn": "123456789"}, "nieuwAdres": {"nummeraanduidingId": "12"}, "datumVerhuizing": "x"}
    refused = await story.caller("portaal").call("POST", VERHUIZINGEN, bad)
    assert refused.status_code == 400
    assert refused.headers["content-type"] == "application/problem+json"
    names = {entry["name"] for entry in refused.json()["invalidParams"]}
    assert {"aangever.bsn", "nieuwAdres.nummeraanduidingId", "datumVerhuizing"} <= names
    assert "123456789" not in refused.text
    assert (await beheer.must("GET", VERHUIZINGEN))["count"] == before
