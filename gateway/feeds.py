"""Events of one subject from JetStream, read once and handed to every connected client that follows it.

One ephemeral consumer per subject in use, not one per client: a stream of thousands of consumers is slow, and a default one
refuses the 1,001st. What a client missed is read by sequence, at the pace of that client, without any consumer. A feed never
repairs itself: at the first gap, silence or lost connection it ends, and with it its clients, who come back with the
sequence they had.

A client may want some of the events only. Those it does not want never enter its queue; it hears now and then how far the
stream is, so that it does not come back with a place of long ago.
"""

import asyncio
import functools
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import nats.errors
import orjson
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js import JetStreamContext, api
from nats.js.errors import NotFoundError

from chassis import telemetry
from chassis.messaging import Messaging
from chassis.problems import Unavailable

log = logging.getLogger(__name__)
HEARTBEAT = 15.0
"""Seconds of silence after which a client hears that its stream lives."""
STALL = 30.0
"""Seconds a client may take to accept what is sent to it."""
NATS_HEARTBEAT = 2.0
"""Seconds of silence after which NATS says that a consumer lives."""
SILENCE = 7.0
"""Seconds without a word from NATS after which a feed is given up."""
QUEUE = 1000
"""Events a client may lag behind before it is disconnected."""


@dataclass(frozen=True)
class Event:
    """A CloudEvent as it was published, and its sequence in the stream."""

    sequence: int
    body: bytes

    @functools.cached_property
    def block(self) -> bytes:
        """The event as a block of server-sent events, made once for all clients."""
        data = b"\n".join(b"data: " + line for line in self.body.splitlines())
        return b"id: %d\n%b\n\n" % (self.sequence, data)

    @functools.cached_property
    def content(self) -> Mapping[str, Any]:
        """The CloudEvent as it reads, parsed once for all clients; empty when it is none."""
        try:
            found = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return {}
        return found if isinstance(found, dict) else {}


Wants = Callable[[Event], bool]
"""Whether an event is for a client. May not raise: the others would miss the event too."""


@dataclass(frozen=True)
class Sign:
    """That the stream lives, and how far it is: what is not beyond this sequence was given before, or was not wanted."""

    sequence: int

    @property
    def block(self) -> bytes:
        """The place alone: a client remembers it and sees no event."""
        return b"id: %d\n\n" % self.sequence


class Follower:
    """One client's place in a feed: a bounded queue; `ended` when the client can get nothing more from it."""

    def __init__(self, wants: Wants, now: float) -> None:
        self.queue: asyncio.Queue[Event | Sign] = asyncio.Queue(QUEUE)
        self.ended = asyncio.Event()
        self.sending: float | None = None
        """Since when the client has been accepting something; None when it is not."""
        self._wants, self._given, self._place = wants, now, 0

    def give(self, event: Event, now: float) -> None:
        """Hand over an event when it is wanted; a client that lags too far behind is ended."""
        self._place = event.sequence
        if self._wants(event):
            self._put(event, now)

    def pass_by(self, sequence: int) -> None:
        """What the stream holds up to here was given before, or is of another subject."""
        self._place = max(self._place, sequence)

    def watch(self, now: float) -> None:
        """Called now and then: keep a quiet stream alive, end one whose client accepts nothing."""
        if now - self._given >= HEARTBEAT:
            self._put(Sign(self._place), now)
        if self.sending is not None and now - self.sending > STALL:
            self.ended.set()

    def _put(self, item: Event | Sign, now: float) -> None:
        self._given = now
        try:
            self.queue.put_nowait(item)
        except asyncio.QueueFull:
            self.ended.set()


class Feed:
    """One subject's events from now on, to whoever follows."""

    def __init__(self, stream: str, subject: str) -> None:
        self.stream, self.subject = stream, subject
        self.followers: set[Follower] = set()
        self.ended = False
        self._expected = 1
        self._heard = asyncio.get_running_loop().time()
        self._subscription: Subscription | None = None

    async def start(self, messaging: Messaging) -> None:
        """Make the consumer; when it returns, every event that is stored from then on will come."""
        client, jetstream = await messaging.client(), await messaging.jetstream()
        inbox = client.new_inbox()
        self._subscription = await client.subscribe(inbox, cb=self._on_message)
        config = api.ConsumerConfig(
            deliver_subject=inbox,
            deliver_policy=api.DeliverPolicy.NEW,
            ack_policy=api.AckPolicy.NONE,
            max_deliver=1,
            filter_subject=self.subject,
            idle_heartbeat=NATS_HEARTBEAT,
            inactive_threshold=2.0,
            mem_storage=True,
            num_replicas=1,
        )
        await jetstream.add_consumer(self.stream, config=config)

    async def _on_message(self, message: Msg) -> None:
        self._heard = asyncio.get_running_loop().time()
        if not message.reply:
            self._on_heartbeat(message.headers or {})
            return
        sequence = message.metadata.sequence
        if sequence.consumer != self._expected:
            self.end("gap")
            return
        self._expected += 1
        event = Event(sequence.stream, message.data)
        for follower in self.followers:
            follower.give(event, self._heard)

    def _on_heartbeat(self, headers: Mapping[str, str]) -> None:
        """It says what was sent before it, and how far NATS has looked for more."""
        if int(headers.get(api.Header.LAST_CONSUMER, 0)) >= self._expected:
            self.end("gap")
            return
        for follower in self.followers:
            follower.pass_by(int(headers.get(api.Header.LAST_STREAM, 0)))

    @property
    def silent(self) -> bool:
        """Whether NATS has not been heard for too long."""
        return asyncio.get_running_loop().time() - self._heard > SILENCE

    def end(self, reason: str) -> None:
        """End this feed and all that follow it."""
        if not self.ended:
            log.info("feed_ended", extra={"subject": self.subject, "reason": reason, "followers": len(self.followers)})
        self.ended = True
        for follower in self.followers:
            follower.ended.set()

    async def stop(self) -> None:
        """Stop listening; NATS removes the consumer by itself when nobody listens."""
        self.end("stop")
        if self._subscription is not None:
            try:
                await self._subscription.unsubscribe()
            except nats.errors.Error:
                log.debug("unsubscribe_failed")  # the connection is gone, and the subscription with it


class Feeds:
    """The feeds in use, by subject; one is made when its first client comes and stopped when its last one leaves."""

    def __init__(self, messaging: Messaging) -> None:
        self._messaging = messaging
        self._feeds: dict[str, Feed] = {}
        self._lock = asyncio.Lock()

    async def bounds(self, stream: str) -> tuple[int, int]:
        """First and last sequence that a stream holds; first is last + 1 when it is empty. Unavailable: NATS is away."""
        state = (await (await self._jetstream()).stream_info(stream)).state
        return state.first_seq, state.last_seq

    async def join(self, stream: str, subject: str, wants: Wants) -> tuple[Feed, Follower]:
        """Follow what is wanted of a subject from now on. Unavailable: NATS is away."""
        await self._jetstream()
        async with self._lock:
            feed = self._feeds.get(subject)
            if feed is None or feed.ended:
                feed = Feed(stream, subject)
                try:
                    await feed.start(self._messaging)
                except BaseException:
                    await feed.stop()
                    raise
                self._feeds[subject] = feed
            follower = Follower(wants, asyncio.get_running_loop().time())
            feed.followers.add(follower)
            self._measure(feed)
            return feed, follower

    async def leave(self, feed: Feed, follower: Follower) -> None:
        """Follow no longer."""
        feed.followers.discard(follower)
        self._measure(feed)
        if not feed.followers:
            async with self._lock:
                if not feed.followers and self._feeds.get(feed.subject) is feed:
                    del self._feeds[feed.subject]
            if not feed.followers:
                await feed.stop()

    async def missed(self, stream: str, subject: str, after: int) -> AsyncIterator[Event]:
        """The stored events of a subject beyond a sequence, one by one, until there is none left."""
        jetstream = await self._jetstream()
        while True:
            try:
                found = await jetstream.get_msg(stream, seq=after + 1, subject=subject, next=True)
            except NotFoundError:
                return
            after = found.seq or after + 1
            yield Event(after, found.data or b"")

    async def watch(self) -> None:
        """For ever: end feeds that NATS no longer feeds, and look after their clients."""
        generation = self._messaging.generation
        while True:
            await asyncio.sleep(0.5)
            lost = not self._messaging.connected or generation != self._messaging.generation
            generation = self._messaging.generation
            for feed in list(self._feeds.values()):
                if lost or feed.silent:
                    feed.end("lost" if lost else "silence")
                for follower in feed.followers:
                    follower.watch(asyncio.get_running_loop().time())

    async def stop(self) -> None:
        """End everything."""
        for feed in list(self._feeds.values()):
            await feed.stop()
        self._feeds.clear()

    def _measure(self, feed: Feed) -> None:
        clients = sum(len(each.followers) for each in self._feeds.values() if each.stream == feed.stream)
        telemetry.gauge("meent_live_clients", clients, stream=feed.stream)

    async def _jetstream(self) -> JetStreamContext:
        if not self._messaging.connected:
            raise Unavailable("events_unavailable", "De gebeurtenissen zijn nu niet beschikbaar.")
        return await self._messaging.jetstream()
