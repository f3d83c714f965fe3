"""The consumers of apparaten on the stream MOR: made here and nowhere else, for the taken of one ploeg each.

An apparaat may only fetch from and acknowledge to the consumer of its own name; what that holds is decided here. Every
change happens under the row lock of the apparaat, so a replica that is behind cannot bring an old ploeg back.
"""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import nats.errors
import nats.js.errors
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError
from sqlalchemy import text

from chassis.database import CLOSED
from chassis.problems import Problem, Unavailable
from chassis.unit import Unit, unit_of_work

if TYPE_CHECKING:
    from chassis.runtime import Runtime

log = logging.getLogger(__name__)
STREAM = "MOR"
ACK_WAIT = 30.0
MAX_DELIVER = 10
INACTIVE = 14 * 24 * 3600.0
"""Seconds without a sign of the apparaat after which the server drops its consumer; the list of taken tells it the rest."""
SKEW = timedelta(minutes=1)
"""How far our clock may be ahead of the server's: events from so long before the registration are given too."""
SAFETY = 60.0
"""Seconds between looks when nothing seems to have happened."""
RETRY = 0.5
"""Seconds before the next look when something failed."""
PATIENCE = 3.0
_AWAY = (nats.errors.Error, OSError, TimeoutError)


def durable_name(code: str) -> str:
    """Name of an apparaat's consumer, which is also its NATS user."""
    return f"apparaat-{code}"


def ensure_soon(unit: Unit, apparaat_id: UUID) -> None:
    """Make the consumer as soon as the unit is committed; when the server is away `keep_consumers` does it later."""

    async def ensure() -> None:
        if not unit.runtime.messaging.connected:
            return
        try:
            async with asyncio.timeout(PATIENCE):
                await ensure_consumer(unit.runtime, apparaat_id)
        except (*_AWAY, *CLOSED, Problem) as error:
            log.warning("apparaat_consumer_later", extra={"error": type(error).__name__})

    unit.after_commit(ensure)


async def remove_consumer(runtime: "Runtime", code: str) -> None:
    """Take an apparaat its consumer away. Raises Unavailable while the server is away: then nothing is changed."""
    try:
        if not runtime.messaging.connected:
            raise TimeoutError
        async with asyncio.timeout(PATIENCE):
            jetstream = await runtime.messaging.jetstream()
            await jetstream.delete_consumer(STREAM, durable_name(code))
    except NotFoundError:
        return
    except _AWAY as error:
        raise Unavailable(
            "berichtenserver-niet-bereikbaar", "De consumer van het apparaat kan nu niet worden weggehaald."
        ) from error


async def ensure_consumer(runtime: "Runtime", apparaat_id: UUID) -> None:
    """The consumer of one apparaat as it must be. One that is right keeps its place; one for another ploeg goes first."""
    jetstream = await runtime.messaging.jetstream()
    async with unit_of_work(runtime) as unit:
        found = await unit.session.execute(
            text("SELECT code, ploeg, gekoppeld_op FROM apparaat WHERE id = :id FOR UPDATE"), {"id": apparaat_id}
        )
        row = found.first()
        if row is not None:
            wanted = _config(runtime.settings.gemeente, row.code, row.ploeg, row.gekoppeld_op)
            await _ensure(jetstream, wanted)


async def keep_consumers(runtime: "Runtime") -> None:
    """Background: every apparaat has its consumer, from the start, after each reconnect, and now and then to be sure."""
    woken = asyncio.Event()

    async def wake() -> None:
        woken.set()

    runtime.messaging.on_reconnect(wake)
    while True:
        woken.clear()
        try:
            await runtime.messaging.jetstream()
            pause = SAFETY if await _ensure_all(runtime) else RETRY
        except (*_AWAY, *CLOSED, Problem) as error:
            log.warning("apparaat_consumers_later", extra={"error": type(error).__name__})
            pause = RETRY
        try:
            async with asyncio.timeout(pause):
                await woken.wait()
        except TimeoutError:
            continue


async def _ensure_all(runtime: "Runtime") -> bool:
    """Whether all went well. One apparaat whose consumer is refused does not keep the others from theirs."""
    well = True
    for row in await runtime.database.fetch("SELECT id FROM apparaat ORDER BY id"):
        try:
            await ensure_consumer(runtime, row["id"])
        except nats.js.errors.APIError as error:
            log.error("apparaat_consumer_refused", extra={"code": error.err_code})
            well = False
    return well


def _config(gemeente: str, code: str, ploeg: str, since: datetime) -> ConsumerConfig:
    return ConsumerConfig(
        name=durable_name(code),
        durable_name=durable_name(code),
        filter_subject=f"mor.v1.{gemeente}.taak.{ploeg}.>",
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ACK_WAIT,
        max_deliver=MAX_DELIVER,
        inactive_threshold=INACTIVE,
        deliver_policy=DeliverPolicy.BY_START_TIME,
        opt_start_time=since - SKEW,
    )


async def _ensure(jetstream: JetStreamContext, wanted: ConsumerConfig) -> None:
    name = str(wanted.durable_name)
    try:
        present: Any = (await jetstream.consumer_info(STREAM, name)).config
    except NotFoundError:
        present = None
    if present is not None and present.filter_subject == wanted.filter_subject:
        return
    if present is not None:
        await jetstream.delete_consumer(STREAM, name)
    await jetstream.add_consumer(STREAM, wanted)
