"""Events on the wire, and subjects nobody can bend."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from chassis.cloudevents import Event, EventData, EventType, envelope, token, with_sequence


class Data(EventData):
    """What and which fields."""

    some_thing: str
    changed: list[str]


EVENT = EventType("nl.test.x", "mor.v1.{gemeente}.melding.{afdeling}.x", Data, "Iets.")


def test_what_is_sent_is_what_is_read() -> None:
    body = envelope(
        EVENT,
        event_id=UUID(int=7),
        source="urn:x",
        subject=str(UUID(int=8)),
        dataref="http://x/8",
        at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        data=Data(some_thing="a", changed=["b"]),
    )
    whole = with_sequence(body, 12)
    assert json.loads(whole)["sequence"] == "12"
    assert json.loads(whole)["sequencetype"] == "Integer"
    event = Event.parse(whole, "mor.v1.x", replayed=True)
    assert (event.id, event.subject, event.sequence) == (UUID(int=7), str(UUID(int=8)), 12)
    assert event.data == {"someThing": "a", "changed": ["b"]}
    assert (event.time, event.dataref, event.nats_subject, event.replayed) == (
        "2026-01-02T03:04:05Z", "http://x/8", "mor.v1.x", True
    )  # fmt: skip


def test_data_is_what_was_declared() -> None:
    with pytest.raises(ValidationError):
        Data(some_thing="a", changed=[], name="Jip")  # type: ignore[call-arg]


def test_a_subject_is_made_of_tokens() -> None:
    assert EVENT.route({"gemeente": "gm9001", "afdeling": "Groen"}) == "mor.v1.gm9001.melding.groen.x"
    assert EVENT.route({"gemeente": "gm9001", "afdeling": None}) == "mor.v1.gm9001.melding.geen.x"
    assert EVENT.route({"gemeente": "gm9001", "afdeling": ""}) == "mor.v1.gm9001.melding.geen.x"


NO_TOKENS = ["a.b", "*", ">", "a b", "a\n", "é", "x" * 61, "a\0", "_", "{gemeente}"]


@pytest.mark.parametrize("text", NO_TOKENS)
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="NATS subject"):
        EVENT.route({"gemeente": "gm9001", "afdeling": text})


@pytest.mark.parametrize("text", [*NO_TOKENS, "", "-", "Eigen kanaal!"])
def test_any_text_can_be_made_a_token(text: str) -> None:
    assert EVENT.route({"gemeente": "gm9001", "afdeling": token(text)}).count(".") == 5
    assert token("Eigen kanaal!") == "eigen-kanaal"


def test_a_token_that_is_not_given_is_a_defect() -> None:
    with pytest.raises(KeyError):
        EVENT.route({"gemeente": "gm9001"})


@pytest.mark.parametrize("change", [{"id": "x"}, {"id": 5}, {"subject": None}, {"subject": ["a"]}, {"sequence": "x"},
                                    {"sequence": None}, {"data": None}, {"data": "x"}, {"data": [1]}])  # fmt: skip
def test_what_is_no_event_is_refused(change: dict[str, Any]) -> None:
    good = {
        "id": str(UUID(int=1)),
        "type": "t",
        "subject": "s",
        "source": "u",
        "sequence": "1",
        "time": "t",
        "data": {},
    }
    assert Event.parse(json.dumps(good).encode())
    with pytest.raises(ValueError, match="not a CloudEvent"):
        Event.parse(json.dumps(good | change).encode())
    for missing in good:
        with pytest.raises(ValueError, match="not a CloudEvent"):
            Event.parse(json.dumps({key: value for key, value in good.items() if key != missing}).encode())
