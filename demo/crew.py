"""A crew's device: it follows the taken of its ploeg live, claims and carries them out, also while it has no signal.

Offline it keeps working on what it had, and what it did waits in a queue; back online it resumes the live stream after
the last event it saw and sends the queue in one go.
"""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from chassis.cloudevents import Event
from demo.client import Caller


@dataclass
class TaakEvent:
    """One event of the live stream as it arrived."""

    event_id: str
    taak: str
    melding: str
    gebeurtenis: str
    velden: frozenset[str]
    sent_at: datetime
    received_at: datetime
    offline: bool = False
    """It happened while the device had no signal: its delay says nothing about the suite."""
    repeat: bool = False

    @property
    def delay_ms(self) -> float:
        """From the start of the transaction that made the taak to its arrival here."""
        return (self.received_at - self.sent_at).total_seconds() * 1000


@dataclass
class Crew:
    """`run` until cancelled. `may_finish` holds completion back until all residents have reported."""

    ploeg: str
    caller: Caller
    http: httpx.AsyncClient
    may_finish: asyncio.Event
    events: list[TaakEvent] = field(default_factory=list)
    own: set[str] = field(default_factory=set)
    """Taken that are ours now."""
    completed: set[str] = field(default_factory=set)
    sync_results: list[str] = field(default_factory=list)
    online: asyncio.Event = field(default_factory=asyncio.Event)
    listening: asyncio.Event = field(default_factory=asyncio.Event)
    left_at: datetime | None = None
    back_at: datetime | None = None
    _last_id: str | None = None
    _seen: set[str] = field(default_factory=set)
    _queue: list[dict[str, Any]] = field(default_factory=list)
    _work: "asyncio.Queue[str]" = field(default_factory=asyncio.Queue)

    async def run(self) -> None:
        """Follow and work for ever."""
        self.online.set()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow())
            for _ in range(2):
                group.create_task(self._carry_out())

    async def go_offline(self) -> None:
        """No signal from now on."""
        self.left_at = datetime.now(UTC)
        self.online.clear()

    async def come_back(self) -> None:
        """Signal again: send what waited, and resume the stream."""
        self.back_at = datetime.now(UTC)
        self.online.set()
        await self.send_queue()

    async def send_queue(self) -> None:
        """Send what was done offline; every operation gets its own outcome."""
        while self._queue:
            batch, self._queue = self._queue[:100], self._queue[100:]
            answer = await self.caller.must("POST", "/taken/api/v1/taken/_sync", {"operaties": batch})
            self.sync_results += [result["uitkomst"] for result in answer["resultaten"]]

    async def _follow(self) -> None:
        while True:
            await self.online.wait()
            with contextlib.suppress(httpx.HTTPError):
                async for sequence, body in self._stream():
                    await self._arrived(body)
                    self._last_id = sequence
            self.listening.clear()
            await asyncio.sleep(0.05)

    async def _stream(self) -> AsyncIterator[tuple[str, bytes]]:
        """Events of the live stream until it ends or the signal goes."""
        headers = {"Authorization": f"Bearer {self.caller.token()}", "Accept": "text/event-stream"}
        if self._last_id is not None:
            headers["Last-Event-ID"] = self._last_id
        url = f"{self.caller.base}/live/taken?ploeg={self.ploeg}"
        async with self.http.stream("GET", url, headers=headers, timeout=httpx.Timeout(5, read=30)) as answer:
            if answer.status_code != 200:
                return
            sequence, data = "", b""
            async for line in answer.aiter_lines():
                if not self.online.is_set():
                    return
                if line.startswith("id: "):
                    sequence = line[4:]
                elif line.startswith("data: "):
                    data += line[6:].encode()
                elif not line and sequence:
                    if data:
                        yield sequence, data
                    else:
                        self._last_id = sequence
                        self.listening.set()
                    sequence, data = "", b""

    async def _arrived(self, body: bytes) -> None:
        event = Event.parse(body)
        sent = datetime.fromisoformat(event.time)
        arrived = TaakEvent(
            str(event.id),
            event.data["taak"],
            event.data["melding"],
            event.type.removeprefix("nl.overheid.meldingen.taak-"),
            frozenset(event.data),
            sent,
            datetime.now(UTC),
            offline=self._was_offline(sent),
            repeat=str(event.id) in self._seen,
        )
        self.events.append(arrived)
        if arrived.repeat:
            return
        self._seen.add(arrived.event_id)
        if arrived.gebeurtenis == "aangemaakt":
            self.own.add(arrived.taak)
            self._work.put_nowait(arrived.taak)
        elif arrived.gebeurtenis == "ingetrokken":
            self.own.discard(arrived.taak)

    def _was_offline(self, sent: datetime) -> bool:
        """Whether the device could not hear for some time between this moment and now."""
        if self.left_at is None or datetime.now(UTC) < self.left_at:
            return False
        return self.back_at is None or sent <= self.back_at

    async def _carry_out(self) -> None:
        """Claim and start at once; complete when all residents have reported."""
        while True:
            taak = await self._work.get()
            await self._do(taak, "claimen")
            await self._do(taak, "starten")
            await self.may_finish.wait()
            await self._do(taak, "voltooien", resultaat="opgelost")

    async def _do(self, taak: str, kind: str, **more: str) -> None:
        if taak not in self.own:
            return
        now = datetime.now(UTC).isoformat()
        if not self.online.is_set():
            self._queue.append({"opId": str(uuid.uuid4()), "taak": taak, "type": kind, "apparaatTijd": now, **more})
        else:
            answer = await self.caller.call(
                "POST", f"/taken/api/v1/taken/{taak}/gebeurtenissen", {"type": kind, "apparaatTijd": now, **more}
            )
            if answer.status_code >= 400 and answer.status_code != 409:  # 409: it was withdrawn a moment ago
                msg = f"{kind} {taak}: {answer.status_code} {answer.text[:300]}"
                raise RuntimeError(msg)
        if kind == "voltooien":
            self.completed.add(taak)
