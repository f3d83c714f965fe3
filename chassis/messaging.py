"""The connection to NATS: made in the background, for ever retried, and refused on a server older than 2.10.

Older servers accept a consumer with several filters and silently ignore them, which would show one department another's
events. `generation` rises with each reconnect, so that whoever follows something knows to read it again.
"""

import asyncio
import logging
import os
import signal
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import nats
import nats.errors
from nats.aio.client import Client
from nats.js import JetStreamContext

log = logging.getLogger(__name__)
OLDEST = (2, 10)


class Messaging:
    """One service's NATS connection. `jetstream()` waits until it is up."""

    def __init__(self, url: str, name: str) -> None:
        self._url, self._name = url, name
        self._client: Client | None = None
        self._jetstream: JetStreamContext | None = None
        self._up = asyncio.Event()
        self._connecting: asyncio.Task[None] | None = None
        self._on_reconnect: list[Callable[[], Awaitable[None]]] = []
        self.generation = 0

    @property
    def connected(self) -> bool:
        """Whether the connection is up now."""
        return self._client is not None and self._client.is_connected

    def on_reconnect(self, action: Callable[[], Awaitable[None]]) -> None:
        """Do this after each reconnect."""
        self._on_reconnect.append(action)

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self._connecting = asyncio.create_task(self._connect(), name="nats-connect")

    async def jetstream(self) -> JetStreamContext:
        """JetStream, as soon as there is a connection."""
        await self._up.wait()
        assert self._jetstream is not None  # noqa: S101 - set before the event
        return self._jetstream

    async def client(self) -> Client:
        """The client itself, as soon as there is a connection."""
        await self._up.wait()
        assert self._client is not None  # noqa: S101 - set before the event
        return self._client

    async def stop(self) -> None:
        """Close, without waiting for a server that is away."""
        if self._connecting is not None:
            self._connecting.cancel()
        if self._client is not None and not self._client.is_closed:
            try:
                await asyncio.wait_for(self._client.close(), 2)
            except (TimeoutError, nats.errors.Error):
                log.info("nats_close_failed")

    async def _connect(self) -> None:
        user = urlsplit(self._url).username or self._name
        while True:
            try:
                self._client = await nats.connect(
                    self._url,
                    name=self._name,
                    inbox_prefix=f"_INBOX_{user}".encode(),
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=0.25,
                    connect_timeout=2,
                    ping_interval=10,
                    max_outstanding_pings=2,
                    allow_reconnect=True,
                    pending_size=0,
                    reconnected_cb=self._reconnected,
                    error_cb=self._error,
                )
                break
            except (OSError, TimeoutError, nats.errors.Error) as error:
                log.info("nats_away", extra={"error": type(error).__name__})
                await asyncio.sleep(0.25)
        self._refuse_old()
        self._jetstream = self._client.jetstream(timeout=5, publish_async_max_pending=5000)
        self._up.set()
        log.info("nats_connected")

    def _refuse_old(self) -> None:
        assert self._client is not None  # noqa: S101 - called right after connecting
        version = self._client.connected_server_version
        if (version.major, version.minor) < OLDEST:
            log.critical("nats_too_old", extra={"version": f"{version.major}.{version.minor}"})
            os.kill(os.getpid(), signal.SIGTERM)

    async def _reconnected(self) -> None:
        self.generation += 1
        self._refuse_old()
        log.info("nats_reconnected", extra={"generation": self.generation})
        for action in self._on_reconnect:
            await action()

    async def _error(self, error: Exception) -> None:
        log.info("nats_error", extra={"error": type(error).__name__})
