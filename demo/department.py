"""An afdeling's own program: it follows its subject over NATS, reads each opvolging through the gateway, and reports.

It has its own NATS user, which can do nothing but pull from its own consumer. It remembers which events it has handled,
so a redelivery has no second effect, and drops what is older than what it already applied.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import nats
import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from chassis.catalog import inbox_prefix
from chassis.cloudevents import Event
from chassis.pulling import pull
from demo.client import Caller

HANDS = 4
"""How many verhuizingen an afdeling handles at once."""


@dataclass
class Delivery:
    """One event as this afdeling got it, and what it read and did."""

    event_id: str
    kenmerk: str
    volgnummer: int
    opvolging: str
    soort: str = ""
    gegevens: dict[str, Any] = field(default_factory=dict)
    velden: frozenset[str] = frozenset()
    grondslag: str = ""
    sent_at: datetime | None = None
    received_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    acknowledged: bool = False
    status: str = ""
    effects: int = 0


@dataclass
class Department:
    """`run` until cancelled; `deliveries` is what happened, in order of arrival."""

    code: str
    caller: Caller
    nats_url: Callable[[], str]
    outcome: str = "verwerkt"
    deliveries: list[Delivery] = field(default_factory=list)
    _handled: set[str] = field(default_factory=set)
    _reported: set[str] = field(default_factory=set)
    _newest: dict[str, int] = field(default_factory=dict)
    _hands: dict[str, int] = field(default_factory=dict)
    """Which hand has each verhuizing: each next one the next hand."""

    @property
    def identity(self) -> str:
        """Its NATS user and the name of its consumer."""
        return f"afdeling-{self.code}"

    async def run(self) -> None:
        """Follow for ever: note what arrives at once, and handle it with a few hands, each verhuizing by one of them."""
        hands: list[asyncio.Queue[tuple[Msg, Event, Delivery]]] = [asyncio.Queue() for _ in range(HANDS)]
        async with self._connected() as client, asyncio.TaskGroup() as group:
            for hand in hands:
                group.create_task(self._handle(hand))
            async for message in pull(client, "AFDELING", self.identity, batch=20):
                event = Event.parse(message.data, message.subject)
                delivery = self._note(event)
                place = self._hands.setdefault(delivery.kenmerk, len(self._hands) % HANDS)
                hands[place].put_nowait((message, event, delivery))

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[Client]:
        async def quiet(_: Exception) -> None:
            return

        client = await nats.connect(
            self.nats_url(),
            inbox_prefix=inbox_prefix(self.identity).encode(),
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.2,
            error_cb=quiet,
        )
        try:
            yield client
        finally:
            with contextlib.suppress(nats.errors.Error, TimeoutError, OSError):
                await client.close()

    def _note(self, event: Event) -> Delivery:
        delivery = Delivery(
            str(event.id),
            event.data["kenmerk"],
            event.data["volgnummer"],
            event.data["opvolging"],
            sent_at=datetime.fromisoformat(event.time),
        )
        self.deliveries.append(delivery)
        return delivery

    async def _handle(self, hand: "asyncio.Queue[tuple[Msg, Event, Delivery]]") -> None:
        while True:
            message, event, delivery = await hand.get()
            await self.apply(delivery, event.dataref)
            with contextlib.suppress(nats.errors.Error, OSError):
                await message.ack()

    async def apply(self, delivery: Delivery, dataref: str) -> None:
        """Read, acknowledge, do the work and report; a repeat of what was done is only reported once more."""
        if delivery.event_id in self._reported:
            return
        opvolging = await self.caller.must("GET", dataref)
        delivery.soort, delivery.gegevens = opvolging["soort"], opvolging["gegevens"]
        delivery.velden, delivery.grondslag = frozenset(opvolging["gegevens"]), opvolging["grondslag"]
        await self.caller.must(
            "POST", f"{dataref}/ontvangstbevestigingen", {"volgnummer": delivery.volgnummer}, key=delivery.event_id
        )
        delivery.acknowledged = True
        self._work(delivery)
        body = {"status": self.outcome, "externReferentie": f"{self.code}-{delivery.kenmerk}"}
        delivery.status = (await self.caller.must("PATCH", dataref, body))["status"]
        self._reported.add(delivery.event_id)

    def _work(self, delivery: Delivery) -> None:
        """The afdeling's own transaction: the work and the memory of it, both or neither (there is no await in it)."""
        newest = self._newest.get(delivery.kenmerk, 0)
        if delivery.event_id in self._handled or newest > delivery.volgnummer:
            return
        self._handled.add(delivery.event_id)
        self._newest[delivery.kenmerk] = delivery.volgnummer
        delivery.effects = 1
