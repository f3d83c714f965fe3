"""Live streams as server-sent events: a ploeg's taken, an afdeling's opvolgingen, the notificaties of a kanaal.

Each event is a pointer, never personal data. `id` is the sequence in the stream. A client that comes back with
`Last-Event-ID` gets what it missed, in order, and then what happens; when the stream no longer goes back that far the
answer is 410, with the way on. What can be followed is in `topics.py` and `notificaties.py`.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import nats.errors
from nats.js.errors import Error as JetStreamError
from starlette.types import Receive, Scope, Send

from chassis.problems import Invalid, NotFound, Problem, Unavailable
from gateway import feeds
from gateway.feeds import Event, Feed, Feeds, Follower, Sign
from gateway.headers import Header, with_security
from gateway.tokens import Gatekeeper
from gateway.topics import Asked, Choice, Topic

RETRY = b"retry: 3000\n"
ALIVE = b": \n\n"
"""A comment, which clients ignore."""
END_AGAIN = 0.2
"""Seconds after which what was told to end is told again."""


class Live:
    """ASGI app of the paths below `/live/`. Raises a Problem while nothing was answered yet."""

    def __init__(self, source: Feeds, gatekeeper: Gatekeeper, topics: Mapping[str, Topic]) -> None:
        """topics: by path."""
        self._feeds, self._gatekeeper, self._topics = source, gatekeeper, topics

    async def serve(self, scope: Scope, receive: Receive, send: Send, extra: Sequence[Header] = ()) -> None:
        """Answer one client until it leaves, or until NATS, its token or its rights are gone."""
        topic = self._topics.get(scope["path"])
        if topic is None:
            raise NotFound("Op dit adres staat geen stroom van gebeurtenissen.")
        if scope["method"] != "GET":
            raise Problem(405, "method_not_allowed", "Hier kan alleen GET.", headers={"Allow": "GET"})
        caller = await self._gatekeeper.caller(scope["headers"])
        parameters = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        choice = await topic.choose(Asked(caller, parameters, scope["headers"]))
        try:
            after = await self._start_of(scope, choice)
            feed, follower = await self._feeds.join(choice.stream, choice.subject, choice.wants)
        except (nats.errors.Error, JetStreamError, TimeoutError, OSError):
            raise Unavailable("events_unavailable", "De gebeurtenissen zijn nu niet beschikbaar.") from None
        try:
            await self._send_all(Client(scope, receive, send, choice), feed, follower, after, extra)
        finally:
            await self._feeds.leave(feed, follower)

    async def _start_of(self, scope: Scope, choice: Choice) -> int:
        """The sequence after which the client wants the events: that of `Last-Event-ID`, or the newest there is."""
        first, last = await self._feeds.bounds(choice.stream)
        given = next((value for name, value in scope["headers"] if name == b"last-event-id"), b"")
        if not given:
            return last
        if not given.isdigit() or len(given) > 18:
            raise Invalid.field("Last-Event-ID", "invalid", "Dit is geen volgnummer van deze stroom.")
        after = int(given)
        if after < first - 1 or after > last:
            raise choice.gone
        return after

    async def _send_all(
        self, client: "Client", feed: Feed, follower: Follower, after: int, extra: Sequence[Header]
    ) -> None:
        """Send until the first of three ends it: the events, the client, or the feed."""
        await client.start(after, extra)
        tasks = [
            asyncio.create_task(self._send_events(client, feed, follower, after)),
            asyncio.create_task(client.left()),
            asyncio.create_task(follower.ended.wait()),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await end(tasks)
        if tasks[1] not in done:
            await client.finish()

    async def _send_events(self, client: "Client", feed: Feed, follower: Follower, after: int) -> None:
        """What was missed and then what comes, each event once; returns when the client may no longer have them."""
        clock = asyncio.get_running_loop().time
        checked = clock()
        async for block in self._blocks(client.choice, feed, follower, after):
            if clock() - checked >= feeds.HEARTBEAT:
                checked = clock()
                caller = await self._gatekeeper.still(client.scope["headers"])
                if caller is None or not client.choice.allowed(caller):
                    return
            follower.sending = clock()
            await client.write(block)
            follower.sending = None

    async def _blocks(self, choice: Choice, feed: Feed, follower: Follower, after: int) -> AsyncIterator[bytes]:
        async for missed in self._feeds.missed(feed.stream, feed.subject, after):
            after = missed.sequence
            yield missed.block if choice.wants(missed) else Sign(after).block
        while True:
            item = await follower.queue.get()
            if item.sequence > after:
                after = item.sequence
                yield item.block
            elif not isinstance(item, Event):
                yield ALIVE


@dataclass
class Client:
    """The connection of one client, and what it follows."""

    scope: Scope
    receive: Receive
    send: Send
    choice: Choice

    async def start(self, after: int, extra: Sequence[Header]) -> None:
        """Begin the answer; the client knows its place before the first event, so a lost connection loses nothing."""
        headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"x-accel-buffering", b"no"), *extra]
        await self.send({"type": "http.response.start", "status": 200, "headers": with_security(headers)})
        await self.write(RETRY + f"id: {after}\n\n".encode())

    async def write(self, block: bytes) -> None:
        """Send; waits while the client does not accept it."""
        await self.send({"type": "http.response.body", "body": block, "more_body": True})

    async def left(self) -> None:
        """Returns when the client is gone."""
        while (await self.receive())["type"] != "http.disconnect":
            pass

    async def finish(self) -> None:
        """End the answer, so that the client comes back; one that accepts nothing is cut off by the server."""
        try:
            async with asyncio.timeout(1):
                await self.send({"type": "http.response.body", "body": b""})
        except TimeoutError:
            return


async def end(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait until they have ended, whatever they end with."""
    pending = set(tasks)
    while pending:  # more than once: asyncio.wait_for before Python 3.12 loses a cancellation that meets a result
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=END_AGAIN)
    await asyncio.gather(*tasks, return_exceptions=True)
