"""The forms in which an event is sent."""

import base64
from typing import Any
from uuid import UUID

import orjson
import pytest

from services.notificaties.form import batched, binary, converted, structured

EVENT: dict[str, Any] = {"specversion": "1.0", "id": "1", "source": "urn:x", "type": "nl.x", "data": {"a": 1}}


def test_a_notificatie_as_a_cloudevent() -> None:
    told = {
        "kanaal": "zaken",
        "hoofdObject": "https://m/zaken/1",
        "resource": "status",
        "resourceUrl": "https://m/statussen/2/",
        "actie": "create",
        "aanmaakdatum": "2026-03-01T12:00:00Z",
        "kenmerken": {"zaaktype": "https://m/zaaktypen/3"},
    }
    made = converted(orjson.dumps(told), UUID(int=1), "urn:nld:x")
    assert made["type"] == "nl.overheid.zaken.status.create"
    assert made["subject"] == "2"
    assert made["id"] == str(UUID(int=1))
    assert made["data"] == {"zaaktype": "https://m/zaaktypen/3", "hoofdObject": "https://m/zaken/1"}


def test_structured_and_batched() -> None:
    assert structured(EVENT) == ({"content-type": "application/cloudevents+json"}, orjson.dumps(EVENT))
    kind, body = batched([EVENT, EVENT])
    assert kind == {"content-type": "application/cloudevents-batch+json"}
    assert orjson.loads(body) == [EVENT, EVENT]


@pytest.mark.parametrize(
    ("more", "kind", "body"),
    [
        ({}, "application/json", b'{"a":1}'),
        ({"data": None}, "application/json", b""),
        ({"data": "tekst"}, "application/json", b'"tekst"'),
        ({"data": "tekst", "datacontenttype": "text/plain"}, "text/plain", b"tekst"),
        (
            {"data": {"a": 1}, "datacontenttype": "application/merge-patch+json"},
            "application/merge-patch+json",
            b'{"a":1}',
        ),
        (
            {"data": None, "data_base64": base64.b64encode(b"\x00\x01").decode(), "datacontenttype": "image/png"},
            "image/png",
            b"\x00\x01",
        ),
    ],
)
def test_binary(more: dict[str, Any], kind: str, body: bytes) -> None:
    headers, sent = binary(EVENT | more)
    assert sent == body
    assert headers == {
        "ce-specversion": "1.0",
        "ce-id": "1",
        "ce-source": "urn:x",
        "ce-type": "nl.x",
        "content-type": kind,
    }


@pytest.mark.parametrize(
    ("value", "header"),
    [
        ("a b", "a%20b"),
        ('"', "%22"),
        ("100%", "100%25"),
        ("\u20ac", "%E2%82%AC"),
        ("a\r\nb: c", "a%0D%0Ab:%20c"),
        (True, "True"),
    ],
)
def test_what_a_header_cannot_hold(value: Any, header: str) -> None:
    assert binary(EVENT | {"eigen": value})[0]["ce-eigen"] == header
