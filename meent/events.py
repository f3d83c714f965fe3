"""`meent events`: what is in the streams, and dead letters: read them, offer them to their consumer again."""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import nats
from nats.errors import NoServersError
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from chassis.catalog import ADMINISTRATOR, inbox_prefix
from chassis.consuming import REPLAY
from meent import undelivered
from meent.installation import ADMINISTRATOR_URL

DEAD_LETTERS = "DLQ"


@dataclass(frozen=True)
class DeadLetter:
    """An event that a consumer gave up on. `sequence` is its place in the stream of dead letters."""

    sequence: int
    subject: str
    consumer: str
    error: str
    traceparent: str | None
    body: bytes

    @property
    def event_id(self) -> str:
        """The CloudEvent's id; empty when the body is no CloudEvent."""
        try:
            return str(json.loads(self.body)["id"])
        except (ValueError, KeyError, TypeError):
            return ""


def execute(arguments: argparse.Namespace) -> int:
    """Exit code 1: no such dead letter, 2: no server known or reachable."""
    if arguments.action == "undelivered":
        return undelivered.execute(arguments)
    url = os.environ.get("MEENT_NATS") or _url_of(arguments.data)
    if not url:
        print(f"meent events: MEENT_NATS is not set and nothing runs on {arguments.data}", file=sys.stderr)
        return 2
    try:
        return asyncio.run(_execute(url, arguments))
    except (NoServersError, OSError):
        print("meent events: NATS does not answer", file=sys.stderr)
        return 2


def _url_of(data: Path) -> str:
    file = data / ADMINISTRATOR_URL
    return file.read_text(encoding="utf-8").strip() if file.exists() else ""


async def _execute(url: str, arguments: argparse.Namespace) -> int:
    async with administrator(url) as context:
        if arguments.action == "streams":
            return await _print_streams(context)
        if arguments.step == "show":
            return await _show(context, arguments.sequence)
        if arguments.step == "replay":
            return await _replay(context, arguments.sequence, arguments.receiver)
        return await _list(context, getattr(arguments, "limit", 100), getattr(arguments, "receiver", None))


@asynccontextmanager
async def administrator(url: str) -> AsyncIterator[JetStreamContext]:
    """JetStream as `beheer`, connected once, without retries."""
    client = await nats.connect(
        url, inbox_prefix=inbox_prefix(ADMINISTRATOR), connect_timeout=5, allow_reconnect=False, error_cb=_quiet
    )
    try:
        yield client.jetstream()
    finally:
        await client.close()


async def _quiet(_error: Exception) -> None:
    """Failures are raised where they matter; nats-py would print them as well."""


async def _print_streams(context: JetStreamContext) -> int:
    print(f"{'stream':<16}{'messages':>10}{'bytes':>14}{'first':>10}{'last':>10}{'consumers':>11}")
    for info in sorted(await context.streams_info(), key=lambda one: one.config.name or ""):
        state = info.state
        numbers = f"{state.messages:>10}{state.bytes:>14}{state.first_seq:>10}{state.last_seq:>10}"
        print(f"{info.config.name:<16}{numbers}{state.consumer_count:>11}")
    return 0


async def dead_letters(context: JetStreamContext, receiver: str | None = None) -> AsyncIterator[DeadLetter]:
    """Every dead letter, or those of one consumer, the oldest first."""
    state = (await context.stream_info(DEAD_LETTERS)).state
    if not state.messages:
        return
    for sequence in range(state.first_seq, state.last_seq + 1):
        letter = await find(context, sequence)
        if letter is not None and receiver in {None, letter.consumer}:
            yield letter


async def find(context: JetStreamContext, sequence: int) -> DeadLetter | None:
    """One dead letter, None when it is not there (any more)."""
    try:
        message = await context.get_msg(DEAD_LETTERS, sequence)
    except NotFoundError:
        return None
    headers = message.headers or {}
    return DeadLetter(
        sequence=sequence,
        subject=headers.get("Meent-Subject", ""),
        consumer=headers.get("Meent-Consumer", ""),
        error=headers.get("Meent-Error", ""),
        traceparent=headers.get("traceparent"),
        body=message.data or b"",
    )


async def replay(context: JetStreamContext, letter: DeadLetter) -> None:
    """Publish the event on its own subject again, for that consumer only, and take the letter out of the stream.

    The message id names the letter, so doing this twice (a crash in between) offers the event once. What fails again
    comes back as a new dead letter.
    """
    headers = {"Nats-Msg-Id": f"{letter.event_id}.replay.{letter.sequence}", REPLAY: letter.consumer}
    if letter.traceparent:
        headers["traceparent"] = letter.traceparent
    await context.publish(letter.subject, letter.body, headers=headers)
    await context.delete_msg(DEAD_LETTERS, letter.sequence)


async def _list(context: JetStreamContext, limit: int, receiver: str | None) -> int:
    shown = 0
    async for letter in dead_letters(context, receiver):
        if shown == limit:
            print("… more: use --limit")
            break
        shown += 1
        print(f"{letter.sequence}\t{letter.consumer}\t{letter.subject}\t{letter.event_id}\t{letter.error}")
    if not shown:
        print("no dead letters")
    return 0


async def _show(context: JetStreamContext, sequence: int) -> int:
    letter = await find(context, sequence)
    if letter is None:
        return _missing(sequence)
    print(f"sequence: {letter.sequence}\nconsumer: {letter.consumer}\nsubject: {letter.subject}\nerror: {letter.error}")
    try:
        print(json.dumps(json.loads(letter.body), indent=2, ensure_ascii=False))
    except ValueError:
        print(repr(letter.body))
    return 0


async def _replay(context: JetStreamContext, sequence: int | None, receiver: str | None) -> int:
    """Replay one, or (None) all that are there now, or all of one consumer."""
    if sequence is None:
        letters = [letter async for letter in dead_letters(context, receiver)]
    else:
        letter = await find(context, sequence)
        if letter is None:
            return _missing(sequence)
        letters = [letter]
    for letter in letters:
        if not letter.subject:
            print(f"{letter.sequence}: no Meent-Subject, left where it is", file=sys.stderr)
            continue
        await replay(context, letter)
        print(f"{letter.sequence}: offered to {letter.consumer} again")
    return 0


def _missing(sequence: int) -> int:
    print(f"meent events: no dead letter {sequence}", file=sys.stderr)
    return 1
