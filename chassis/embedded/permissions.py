"""The NATS permissions that follow from services.toml: what each user of the broker may publish and subscribe to.

What NATS can enforce, and what it cannot, decides the shape of the permissions. A wildcard is a whole token, so
"durables whose name starts with `klanten-`" cannot be said: a service that consumes a stream can manage every named
consumer *of that stream*, and nothing of another. A service that only reads a stream gets the nameless create; the
server takes a name from the body all the same, so this keeps out mistakes, not a hijacked service (which still cannot
pull, delete or acknowledge for others). Nor can NATS limit where a consumer delivers, so no outsider may create one:
an outsider (afdeling, apparaat) gets the requests of its own durable by full name and nothing else.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from chassis.catalog import ADMINISTRATOR, Catalog, Service, inbox_prefix, outsider_stream

DEAD_LETTERS = "dlq.v1.>"
_IDENTITY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Permissions:
    """Subjects an identity may publish to and subscribe to; everything else is refused."""

    publish: list[str] = field(default_factory=list)
    subscribe: list[str] = field(default_factory=list)


def permissions(catalog: Catalog, identity: str) -> Permissions:
    """What the NATS user of a service, an outsider or the administrator may do. ValueError: no such identity."""
    if not _IDENTITY.fullmatch(identity):
        raise ValueError(f"not an identity: {identity!r}")
    subscribe = [f"{inbox_prefix(identity)}.>"]
    if identity == ADMINISTRATOR:
        return Permissions(_administrator(catalog), subscribe)
    if identity in catalog.services:
        return Permissions(_service(catalog, catalog.services[identity]), subscribe)
    stream = outsider_stream(catalog, identity)
    if stream is None:
        raise ValueError(f"identity {identity!r} is no service, afdeling-<code> or apparaat-<id>")
    return Permissions(_outsider(stream, identity), subscribe)


def _administrator(catalog: Catalog) -> list[str]:
    own = [subject for stream in catalog.streams.values() for subject in stream.subjects if not subject.startswith("$")]
    return [*own, "$JS.API.>", "$JS.ACK.>", "$JS.FC.>", "$KV.>"]


def _service(catalog: Catalog, service: Service) -> list[str]:
    subjects = [*service.publishes, DEAD_LETTERS, "$JS.API.INFO"]
    for stream in service.consumes:
        subjects += _consume(stream)
        if DEAD_LETTERS in catalog.streams[stream].subjects:  # a replayed letter is taken out
            subjects.append(f"$JS.API.STREAM.MSG.DELETE.{stream}")
    for stream in service.grants:
        subjects += _manage(stream)
    for stream in service.reads:
        subjects += _read_only(stream)
    for bucket in catalog.buckets.values():
        subjects += _read_only(f"KV_{bucket.name}")
        if bucket.writer == service.name:
            subjects.append(f"$KV.{bucket.name}.>")
    return _once(subjects)


def _outsider(stream: str, durable: str) -> list[str]:
    return [
        f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}",
        f"$JS.API.CONSUMER.INFO.{stream}.{durable}",
        f"$JS.ACK.{stream}.{durable}.>",
    ]


def _consume(stream: str) -> list[str]:
    return [*_manage(stream), *_read_only(stream), f"$JS.API.CONSUMER.MSG.NEXT.{stream}.*", f"$JS.ACK.{stream}.>"]


def _manage(stream: str) -> list[str]:
    """Named consumers of one stream: a name is one token, the optional rest of the subject is the filter."""
    api = "$JS.API.CONSUMER"
    return [
        f"$JS.API.STREAM.INFO.{stream}",
        f"{api}.CREATE.{stream}.*",
        f"{api}.CREATE.{stream}.*.>",
        f"{api}.DURABLE.CREATE.{stream}.*",
        f"{api}.INFO.{stream}.*",
        f"{api}.DELETE.{stream}.*",
        f"{api}.NAMES.{stream}",
        f"{api}.LIST.{stream}",
    ]


def _read_only(stream: str) -> list[str]:
    """Look at a stream without touching anybody's consumer: nameless (ephemeral) consumers and reads by sequence."""
    return [
        f"$JS.API.STREAM.INFO.{stream}",
        f"$JS.API.CONSUMER.CREATE.{stream}",
        f"$JS.API.CONSUMER.INFO.{stream}.*",
        f"$JS.API.STREAM.MSG.GET.{stream}",
        f"$JS.API.DIRECT.GET.{stream}",
        f"$JS.API.DIRECT.GET.{stream}.>",
        f"$JS.FC.{stream}.>",
    ]


def _once(subjects: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(subjects))
