"""The list of services, streams and buckets (`services.toml`) and the NATS permissions that follow from it.

What NATS can enforce, and what it cannot, decides the shape of the permissions. A wildcard is a whole token, so
"durables whose name starts with `klanten-`" cannot be said: a service that consumes a stream can manage every named
consumer *of that stream*, and nothing of another. A service that only reads a stream gets the nameless create; the
server takes a name from the body all the same, so this keeps out mistakes, not a hijacked service (which still cannot
pull, delete or acknowledge for others). Nor can NATS limit where a consumer delivers, so no outsider may create one:
an outsider (afdeling, apparaat) gets the requests of its own durable by full name and nothing else.
"""

import functools
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ADMINISTRATOR = "beheer"
"""The identity that creates streams and replays dead letters: the command line's, never a service's."""

DEAD_LETTERS = "dlq.v1.>"
INBOX = "_INBOX_"

_IDENTITY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Service:
    """One deployable. `app` is the import string of its ASGI application."""

    name: str
    app: str
    port: int
    apis: tuple[str, ...] = ()
    publishes: tuple[str, ...] = ()
    consumes: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    grants: tuple[str, ...] = ()
    client: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """Its rights at other services: `autorisaties`, as an applicatie has them. Empty: it calls none."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One JetStream stream; `max_age_days` 0 keeps everything."""

    name: str
    subjects: tuple[str, ...]
    max_age_days: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """One key-value bucket; every service reads it, `writer` alone puts."""

    name: str
    writer: str


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything of services.toml, by name, in the order of the file."""

    services: dict[str, Service]
    streams: dict[str, Stream]
    buckets: dict[str, Bucket]
    outsiders: dict[str, str]
    """Kind of outsider to the one stream it may follow."""


@dataclass(frozen=True, slots=True)
class Permissions:
    """Subjects an identity may publish to and subscribe to; everything else is refused."""

    publish: list[str] = field(default_factory=list)
    subscribe: list[str] = field(default_factory=list)


def load_catalog(path: Path | None = None) -> Catalog:
    """Read services.toml: `path`, else MEENT_SERVICES, else the file next to the packages. Read once per path."""
    chosen = path or Path(os.environ.get("MEENT_SERVICES") or Path(__file__).parents[1] / "services.toml")
    return _read(chosen.resolve())


@functools.cache
def _read(path: Path) -> Catalog:
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    catalog = Catalog(
        services={name: Service(name=name, **_tuples(table)) for name, table in document["services"].items()},
        streams={name: Stream(name=name, **_tuples(table)) for name, table in document.get("streams", {}).items()},
        buckets={name: Bucket(name=name, **table) for name, table in document.get("buckets", {}).items()},
        outsiders=document.get("outsiders", {}),
    )
    _check(catalog, path)
    return catalog


def _tuples(table: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


def _check(catalog: Catalog, path: Path) -> None:
    for service in catalog.services.values():
        unknown = {*service.consumes, *service.reads, *service.grants} - catalog.streams.keys()
        if unknown:
            raise ValueError(f"{path}: service {service.name} names unknown streams: {', '.join(sorted(unknown))}")
    for bucket in catalog.buckets.values():
        if bucket.writer not in catalog.services:
            raise ValueError(f"{path}: bucket {bucket.name} has an unknown writer: {bucket.writer}")


def inbox_prefix(identity: str) -> str:
    """The private inbox of an identity, as nats-py's `inbox_prefix` takes it (no trailing dot)."""
    return f"{INBOX}{identity}"


def outsider_stream(catalog: Catalog, identity: str) -> str | None:
    """The stream that `afdeling-<code>` or `apparaat-<id>` follows; None when the identity is no outsider."""
    prefix, _, rest = identity.partition("-")
    return catalog.outsiders.get(prefix) if rest else None


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
