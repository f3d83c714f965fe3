"""Closed-loop load generator, its own process: reads a Plan as JSON on stdin, writes a Report as JSON on stdout.

Each connection sends a request, waits for the whole answer and sends the next one. In path, headers and body of a
request `@n@` becomes a number that no other request of the same process gets (for keys that must be unique).
"""

import asyncio
import itertools
import json
import random
import statistics
import sys
import time
from typing import TypedDict

import httptools
import uvloop


class Call(TypedDict, total=False):
    """One request: method (default GET), path with query string, headers and body (text, or bytes as latin-1)."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


class Plan(TypedDict):
    """What to send for how many seconds; the calls are taken in turn, from a random place on."""

    host: str
    port: int
    connections: int
    seconds: float
    calls: list[Call]


class Report(TypedDict):
    """Answers counted, time in seconds, latencies in ms; failures: per status how many answers were not 2xx or 304."""

    answers: int
    seconds: float
    p50: float
    p95: float
    failures: dict[str, int]


class Connection(asyncio.Protocol):
    """One HTTP/1.1 connection that keeps exactly one request under way until the deadline."""

    def __init__(self, run: "Run") -> None:
        self.run = run
        self.parser = httptools.HttpResponseParser(self)
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.send()

    def send(self) -> None:
        self.sent = time.perf_counter()
        if self.sent >= self.run.deadline:
            self.transport.close()
        else:
            self.transport.write(self.run.next_request())  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        status = self.parser.get_status_code()
        self.run.latencies.append(time.perf_counter() - self.sent)
        if not 200 <= status < 300 and status != 304:
            self.run.failures[str(status)] = self.run.failures.get(str(status), 0) + 1
        self.parser = httptools.HttpResponseParser(self)
        self.send()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        if self.sent < self.run.deadline:
            self.run.failures["lost"] = self.run.failures.get("lost", 0) + 1
        if not self.done.done():
            self.done.set_result(None)


class Run:
    """State shared by the connections of one plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.deadline = time.perf_counter() + plan["seconds"]
        self.latencies: list[float] = []
        self.failures: dict[str, int] = {}
        self.numbers = itertools.count(time.time_ns())
        self.raw = [encode(call, f"{plan['host']}:{plan['port']}") for call in plan["calls"]]
        start = random.randrange(len(self.raw))
        self.calls = itertools.cycle(self.raw[start:] + self.raw[:start])

    def next_request(self) -> bytes:
        head, body = next(self.calls)
        if b"@n@" in head or b"@n@" in body:
            number = str(next(self.numbers)).encode()
            head, body = head.replace(b"@n@", number), body.replace(b"@n@", number)
        return head.replace(b"@length@", str(len(body)).encode()) + body

    async def drive(self) -> Report:
        loop = asyncio.get_running_loop()
        started = time.perf_counter()
        made = [
            await loop.create_connection(lambda: Connection(self), self.plan["host"], self.plan["port"])
            for _ in range(self.plan["connections"])
        ]
        await asyncio.gather(*(connection.done for _, connection in made))
        hundredths = statistics.quantiles(self.latencies, n=100) if len(self.latencies) > 1 else [0.0] * 99
        return Report(
            answers=len(self.latencies),
            seconds=time.perf_counter() - started,
            p50=hundredths[49] * 1000,
            p95=hundredths[94] * 1000,
            failures=self.failures,
        )


def encode(call: Call, host: str) -> tuple[bytes, bytes]:
    """Head (ending in the empty line) and body of a call as they go over the wire."""
    body = call.get("body", "").encode("latin-1")
    lines = [f"{call.get('method', 'GET')} {call['path']} HTTP/1.1", f"host: {host}"]
    lines += [f"{name}: {value}" for name, value in call.get("headers", {}).items()]
    if body or call.get("method", "GET") not in ("GET", "HEAD"):
        lines.append("content-length: @length@")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"), body


def main() -> None:
    plan: Plan = json.load(sys.stdin)

    async def drive() -> Report:
        return await Run(plan).drive()

    json.dump(uvloop.run(drive()), sys.stdout)


if __name__ == "__main__":
    main()
