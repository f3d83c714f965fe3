"""Events: CloudEvents 1.0 in the NL GOV profile 1.1, pointer-like: ids, codes and field names, never personal data."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

_TOKEN = re.compile(r"[a-z0-9-]{1,60}")
_PLACE = re.compile(r"{(\w+)}")
_NOT_IN_TOKEN = re.compile(r"[^a-z0-9]+")
AGGREGATE = "Meent-Aggregate"
"""Header of a message: whose order its event follows, in which `sequence` counts from 1."""
UNKNOWN = "geen"
"""Subject token for what is not known (a melding without category)."""


class EventData(BaseModel):
    """Base of an event's `data`: what a receiver needs to decide whether to look, and nothing about a person."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


DataModel = type[EventData]


@dataclass(frozen=True)
class EventType:
    """An event this service publishes: declared once in its `events.py`; contracts and AsyncAPI are made from it.

    type: reverse-DNS name. subject: NATS subject with `{gemeente}` and other `{tokens}`. data: its payload.
    """

    type: str
    subject: str
    data: DataModel
    description: str

    def route(self, tokens: Mapping[str, str | None]) -> str:
        """The NATS subject for these tokens; an absent value becomes `geen`. ValueError when a token is not [a-z0-9-]."""
        return _PLACE.sub(lambda place: _token(place[1], tokens[place[1]]), self.subject)


@dataclass(frozen=True)
class Event:
    """An event as a consumer gets it."""

    id: uuid.UUID
    type: str
    subject: str
    """The CloudEvent's subject: the id of the resource it is about."""
    source: str
    sequence: int
    dataref: str
    time: str
    data: dict[str, Any]
    nats_subject: str = ""
    replayed: bool = False
    content: dict[str, Any] = field(default_factory=dict, repr=False)
    """The whole CloudEvent, for who passes it on."""
    aggregate: str = ""
    """Whose order it follows: another zaak's events may come before it, those of its own may not."""

    @classmethod
    def parse(cls, body: bytes, nats_subject: str = "", *, replayed: bool = False, aggregate: str = "") -> "Event":
        """Read a CloudEvent; without an aggregate it follows the order of its subject. Raises ValueError when it is not ours."""
        try:
            content = orjson.loads(body)
            if not (isinstance(content["id"], str) and isinstance(content["subject"], str)):
                raise TypeError
            return cls(
                id=uuid.UUID(content["id"]),
                type=content["type"],
                subject=content["subject"],
                source=content["source"],
                sequence=int(content["sequence"]),
                dataref=content.get("dataref", ""),
                time=content["time"],
                data={**content["data"]},
                nats_subject=nats_subject,
                replayed=replayed,
                content=content,
                aggregate=aggregate or content["subject"],
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"not a CloudEvent of this suite: {type(error).__name__}") from error


def envelope(
    event: EventType, *, event_id: uuid.UUID, source: str, subject: str, dataref: str, at: datetime, data: EventData
) -> bytes:
    """The CloudEvent's JSON without its sequence, which the database gives in the same transaction (`with_sequence`)."""
    body = {
        "specversion": "1.0",
        "id": str(event_id),
        "source": source,
        "type": event.type,
        "subject": subject,
        "time": at.isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "dataref": dataref,
        "data": data.model_dump(mode="json", by_alias=True),
    }
    return orjson.dumps(body)


def with_sequence(body: bytes, sequence: int) -> bytes:
    """The envelope with its place in the order of its aggregate."""
    return body[:-1] + b',"sequence":"%d","sequencetype":"Integer"}' % sequence


def token(text: str) -> str:
    """A free text as one token of a NATS subject; other texts may give the same."""
    return _NOT_IN_TOKEN.sub("-", text.lower()).strip("-")[:60] or "-"


def _token(name: str, value: str | None) -> str:
    given = (value or UNKNOWN).lower()
    if not _TOKEN.fullmatch(given):
        raise ValueError(f"{name}: {given!r} cannot be part of a NATS subject")
    return given
