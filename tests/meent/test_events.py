"""Dead letters: read, and offered to their consumer again exactly once."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from nats.js import JetStreamContext

from chassis.catalog import load_catalog
from chassis.embedded.nats import EmbeddedNats, ensure_streams, new_password
from meent.events import administrator, dead_letters, find, replay

SUBJECT = "een.v1.gm9001.ding.gemaakt"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedNats]:
    catalog = load_catalog(Path(__file__).with_name("services.toml"))
    identities = {name: new_password() for name in [*catalog.services, "beheer"]}
    with EmbeddedNats(tmp_path_factory.mktemp("nats"), catalog=catalog, identities=identities) as started:
        yield started


@pytest.fixture
async def context(server: EmbeddedNats) -> AsyncIterator[JetStreamContext]:
    await ensure_streams(server.url("beheer"), server.catalog)
    async with administrator(server.url("beheer")) as jetstream:
        for stream in server.catalog.streams:
            await jetstream.purge_stream(stream)
        yield jetstream


async def bury(context: JetStreamContext, body: bytes, subject: str = SUBJECT, consumer: str = "twee-x") -> int:
    headers = {
        "Meent-Subject": subject,
        "Meent-Consumer": consumer,
        "Meent-Error": "KeyError",
        "traceparent": "00-a-b-01",
    }
    return (await context.publish("dlq.v1.gm9001.twee.x", body, headers=headers)).seq


class TestDeadLetters:
    async def test_none(self, context: JetStreamContext) -> None:
        assert [letter async for letter in dead_letters(context)] == []
        assert await find(context, 999) is None

    async def test_all_are_read_also_around_gaps(self, context: JetStreamContext) -> None:
        sequences = [await bury(context, json.dumps({"id": str(n)}).encode()) for n in range(3)]
        await context.delete_msg("DLQ", sequences[1])
        found = [letter async for letter in dead_letters(context)]
        assert [(letter.sequence, letter.event_id) for letter in found] == [(sequences[0], "0"), (sequences[2], "2")]
        assert {(letter.subject, letter.consumer, letter.error) for letter in found} == {
            (SUBJECT, "twee-x", "KeyError")
        }

    async def test_only_those_of_one_consumer(self, context: JetStreamContext) -> None:
        mine = await bury(context, b'{"id": "1"}')
        await bury(context, b'{"id": "2"}', consumer="twee-y")
        assert [letter.sequence async for letter in dead_letters(context, "twee-x")] == [mine]
        assert [letter async for letter in dead_letters(context, "twee")] == []

    @pytest.mark.parametrize("body", [b"", b"no json", b"[]", b"{}"])
    async def test_a_body_that_is_no_event(self, context: JetStreamContext, body: bytes) -> None:
        letter = await find(context, await bury(context, body))
        assert letter
        assert letter.event_id == ""


class TestReplay:
    async def test_goes_to_its_own_subject_for_its_own_consumer(self, context: JetStreamContext) -> None:
        sequence = await bury(context, b'{"id": "e1"}')
        letter = await find(context, sequence)
        assert letter
        await replay(context, letter)
        message = await context.get_last_msg("EEN", SUBJECT)
        assert message.data == b'{"id": "e1"}'
        assert message.headers == {
            "Nats-Msg-Id": f"e1.replay.{sequence}",
            "Meent-Replay": "twee-x",
            "traceparent": "00-a-b-01",
        }
        assert await find(context, sequence) is None

    async def test_a_crash_before_the_letter_is_taken_out_offers_it_once(self, context: JetStreamContext) -> None:
        letter = await find(context, await bury(context, b'{"id": "e2"}'))
        assert letter
        headers = {"Nats-Msg-Id": f"e2.replay.{letter.sequence}", "Meent-Replay": letter.consumer}
        await context.publish(letter.subject, letter.body, headers=headers)
        await replay(context, letter)
        assert (await context.stream_info("EEN")).state.messages == 1
