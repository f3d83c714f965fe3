"""Live streams as server-sent events: a ploeg's taken, an afdeling's opvolgingen. Each event is a pointer, never personal data.

`id` is the sequence in the stream. A client that comes back with `Last-Event-ID` gets what it missed, in order, and then what
happens; when the stream no longer goes back that far the answer is 410, with a link to the list of changes.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

import nats.errors
from nats.js.errors import Error as JetStreamError
from starlette.types import Receive, Scope, Send

from chassis.access import Caller
from chassis.problems import FieldError, Invalid, NotFound, Problem, Unavailable
from gateway import feeds
from gateway.feeds import Event, Feed, Feeds, Follower
from gateway.headers import Header, with_security
from gateway.tokens import Gatekeeper

RETRY = b"retry: 3000\n"
ALIVE = b": \n\n"
"""A comment, which clients ignore."""
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Topic:
    """What can be followed: by which query parameter, from which stream and subject, with which scope."""

    parameter: str
    stream: str
    subject: str
    component: str
    scope: str
    changes: str
    """Path of the list that tells what changed, for whoever was away too long."""


TOPICS = {
    "/live/taken": Topic(
        "ploeg", "MOR", "mor.v1.{gemeente}.taak.{code}.>", "meldingen", "taken.lezen", "/taken/api/v1/taken"
    ),
    "/live/opvolgingen": Topic(
        "afdeling",
        "AFDELING",
        "afdeling.v1.{gemeente}.{code}.opvolging.>",
        "verhuizingen",
        "opvolgingen.lezen",
        "/verhuizingen/api/v1/opvolgingen",
    ),
}


class Live:
    """ASGI app of the paths below `/live/`. Raises a Problem while nothing was answered yet."""

    def __init__(self, source: Feeds, gatekeeper: Gatekeeper, *, gemeente: str, public_url: str) -> None:
        self._feeds, self._gatekeeper = source, gatekeeper
        self._gemeente, self._public_url = gemeente, public_url.rstrip("/")

    async def serve(self, scope: Scope, receive: Receive, send: Send, extra: Sequence[Header] = ()) -> None:
        """Answer one client until it leaves, or until NATS, its token or its rights are gone."""
        topic = TOPICS.get(scope["path"])
        if topic is None:
            raise NotFound("Op dit adres staat geen stroom van gebeurtenissen.")
        if scope["method"] != "GET":
            raise Problem(405, "method_not_allowed", "Hier kan alleen GET.", headers={"Allow": "GET"})
        caller = await self._gatekeeper.caller(scope["headers"])
        code = code_of(scope["query_string"], topic.parameter)
        allow(caller, topic, code)
        try:
            after = await self._start_of(scope, topic, code)
            subject = topic.subject.format(gemeente=self._gemeente, code=code)
            feed, follower = await self._feeds.join(topic.stream, subject)
        except (nats.errors.Error, JetStreamError, TimeoutError, OSError):
            raise Unavailable("events_unavailable", "De gebeurtenissen zijn nu niet beschikbaar.") from None
        try:
            await self._send_all(Client(scope, receive, send, topic, code), feed, follower, after, extra)
        finally:
            await self._feeds.leave(feed, follower)

    async def _start_of(self, scope: Scope, topic: Topic, code: str) -> int:
        """The sequence after which the client wants the events: that of `Last-Event-ID`, or the newest there is."""
        first, last = await self._feeds.bounds(topic.stream)
        given = next((value for name, value in scope["headers"] if name == b"last-event-id"), b"")
        if not given:
            return last
        if not given.isdigit() or len(given) > 18:
            raise Invalid.field("Last-Event-ID", "invalid", "Dit is geen volgnummer van deze stroom.")
        after = int(given)
        if after < first - 1 or after > last:
            link = f"{self._public_url}{topic.changes}?{topic.parameter}={code}"
            detail = f"De stroom gaat niet terug tot dit volgnummer. Haal eerst de wijzigingen op bij {link}."
            raise Problem(410, "gone", detail, headers={"Link": f'<{link}>; rel="alternate"'})
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
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if tasks[1] not in done:
            await client.finish()

    async def _send_events(self, client: "Client", feed: Feed, follower: Follower, after: int) -> None:
        """What was missed and then what comes, each event once; returns when the client may no longer have them."""
        clock = asyncio.get_running_loop().time
        checked = clock()
        async for event in self._events(feed, follower, after):
            if clock() - checked >= feeds.HEARTBEAT:
                checked = clock()
                caller = await self._gatekeeper.still(client.scope["headers"])
                if caller is None or not caller.may(client.topic.component, client.topic.scope, **client.limits):
                    return
            follower.sending = clock()
            await client.write(ALIVE if event is None else event.block)
            follower.sending = None

    async def _events(self, feed: Feed, follower: Follower, after: int) -> AsyncIterator[Event | None]:
        async for missed in self._feeds.missed(feed.stream, feed.subject, after):
            after = missed.sequence
            yield missed
        while True:
            event = await follower.queue.get()
            if event is None or event.sequence > after:
                yield event


@dataclass
class Client:
    """The connection of one client, and what it follows."""

    scope: Scope
    receive: Receive
    send: Send
    topic: Topic
    code: str

    @property
    def limits(self) -> dict[str, str]:
        """What the caller's right must not exclude."""
        return {self.topic.parameter: self.code}

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


def code_of(query: bytes, parameter: str) -> str:
    """The code in the query string, which becomes part of a subject. Raises Invalid for anything else."""
    given = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    errors = [FieldError(name, "unknown", "Deze parameter bestaat niet.") for name, _ in given if name != parameter]
    codes = [value for name, value in given if name == parameter]
    if not codes:
        errors.append(FieldError(parameter, "required", "Deze parameter is verplicht."))
    elif len(codes) > 1 or not _CODE.fullmatch(codes[0]):
        errors.append(FieldError(parameter, "invalid", "Dit is geen geldige code."))
    if errors:
        raise Invalid(errors)
    return codes[0]


def allow(caller: Caller, topic: Topic, code: str) -> None:
    """Raises PermissionDenied unless the caller has the scope for this ploeg or afdeling."""
    caller.require(topic.component, topic.scope, **{topic.parameter: code})
