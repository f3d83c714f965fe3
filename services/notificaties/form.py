"""The forms in which an event is sent to a subscriber, and the HTTP request each becomes.

* `notificatie`: the JSON of the ZGW standard.
* `omgezet`: that notificatie as a CloudEvent, for a subscriber of a kanaal that asked for CloudEvents.
* `cloudevent`: the event itself, for who asked for it by its type.

CloudEvents go in the structured mode of the HTTP binding, in the binary mode, or several at once in the batched mode.
"""

import base64
from collections.abc import Sequence
from enum import StrEnum
from typing import Any
from urllib.parse import quote
from uuid import UUID

import orjson

STRUCTURED, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
_IN_HEADER = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"%')
"""What a header holds as it is; everything else is percent-encoded (HTTP binding 3.1.3.2)."""


class Vorm(StrEnum):
    """What a delivery holds."""

    notificatie = "notificatie"
    omgezet = "omgezet"
    cloudevent = "cloudevent"


def converted(bericht: bytes, event_id: UUID, source: str) -> dict[str, Any]:
    """A notificatie as a CloudEvent, named as Open Notificaties does: its subject is the last part of resourceUrl."""
    told = orjson.loads(bericht)
    return {
        "specversion": "1.0",
        "id": str(event_id),
        "source": source,
        "type": f"nl.overheid.{told['kanaal']}.{told['resource']}.{told['actie']}",
        "subject": told["resourceUrl"].rstrip("/").rpartition("/")[2],
        "time": told["aanmaakdatum"],
        "datacontenttype": "application/json",
        "dataref": told["resourceUrl"],
        "data": {**told["kenmerken"], "hoofdObject": told["hoofdObject"]},
    }


def structured(cloudevent: dict[str, Any]) -> tuple[dict[str, str], bytes]:
    """Headers and body of one CloudEvent as JSON."""
    return {"content-type": STRUCTURED}, orjson.dumps(cloudevent)


def binary(cloudevent: dict[str, Any]) -> tuple[dict[str, str], bytes]:
    """Headers and body of one CloudEvent whose attributes are headers."""
    attributes = {
        f"ce-{name}": quote(str(value), safe=_IN_HEADER)
        for name, value in cloudevent.items()
        if name not in {"data", "data_base64", "datacontenttype"} and value is not None
    }
    kind = cloudevent.get("datacontenttype") or "application/json"
    return {**attributes, "content-type": kind}, _data(cloudevent, kind)


def _data(cloudevent: dict[str, Any], kind: str) -> bytes:
    data, encoded = cloudevent.get("data"), cloudevent.get("data_base64")
    if encoded is not None:
        return base64.b64decode(encoded)
    if data is None:
        return b""
    return data.encode() if isinstance(data, str) and "json" not in kind else orjson.dumps(data)


def batched(cloudevents: Sequence[dict[str, Any]]) -> tuple[dict[str, str], bytes]:
    """Headers and body of several CloudEvents in one request."""
    return {"content-type": BATCH}, orjson.dumps(cloudevents)
