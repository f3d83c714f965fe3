"""The list of services, streams, buckets and outsiders: `services.toml`, read. The NATS permissions that follow from it are
made in `chassis.embedded.permissions`.
"""

import functools
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ADMINISTRATOR = "beheer"
"""The identity that creates streams and replays dead letters: the command line's, never a service's."""


@dataclass(frozen=True, slots=True)
class Service:
    """One deployable. `app` is the import string of its ASGI application."""

    name: str
    app: str
    port: int
    apis: tuple[str, ...] = ()
    public: tuple[str, ...] = ()
    """Those of its APIs that can be read without a token."""
    pages: tuple[str, ...] = ()
    """Paths of its pages for people, who have a browser and no token; what is directly below one is a page too."""
    publishes: tuple[str, ...] = ()
    consumes: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    grants: tuple[str, ...] = ()
    client: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """Its rights at other services: `autorisaties`, as an applicatie has them. Empty: it calls none."""
    components: tuple[Mapping[str, Any], ...] = field(default=(), compare=False)
    """What rights on its own APIs are given by: each a `name`, a `title` for people, and the `limits` it judges."""
    channels: tuple[Mapping[str, Any], ...] = field(default=(), compare=False)
    """Its channels for subscribers: each a `name`, the `api` that explains it, and the `filters` it can be narrowed by."""


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
        if unknown := {*service.consumes, *service.reads, *service.grants} - catalog.streams.keys():
            raise ValueError(f"{path}: service {service.name} names unknown streams: {', '.join(sorted(unknown))}")
    for bucket in catalog.buckets.values():
        if bucket.writer not in catalog.services:
            raise ValueError(f"{path}: bucket {bucket.name} has an unknown writer: {bucket.writer}")


def inbox_prefix(identity: str) -> str:
    """The private inbox of an identity, as nats-py's `inbox_prefix` takes it (no trailing dot)."""
    return f"_INBOX_{identity}"


def outsider_stream(catalog: Catalog, identity: str) -> str | None:
    """The stream that `afdeling-<code>` or `apparaat-<id>` follows; None when the identity is no outsider."""
    prefix, _, rest = identity.partition("-")
    return catalog.outsiders.get(prefix) if rest else None
