"""Traces that go all the way, and logs and metrics that tell nothing they should not."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from chassis import telemetry
from chassis.cloudevents import Event
from chassis.consuming import Consumer
from chassis.telemetry import JsonFormatter
from chassis.testing.servers import Servers
from chassis.testing.service import SECRET, ServiceUnderTest, eventually
from chassis.unit import Unit
from tests.chassis.conftest import MakeLive
from tests.chassis.example import BASE, HOOKS, STREAM, THING_CHANGED, Thing, announce
from tests.chassis.test_consuming import Beheer

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"
CANARY = "999900006"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the process logs, as it would be written."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonFormatter("example"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


async def test_a_trace_goes_from_request_to_the_events_that_follow(live: MakeLive, servers: Servers) -> None:
    handled: list[str] = []

    async def follow(event: Event, unit: Unit) -> None:
        handled.append(telemetry.current_trace_id())
        announce(unit, Thing(id=uuid4(), name="x"), THING_CHANGED)

    created = "mor.v1.{gemeente}.thing.*.created"
    made = await live(consumers=[Consumer("follow", STREAM, (created,), follow)])
    answer = await made.client(headers={"traceparent": PARENT}).post(f"{BASE}/things", json={"name": "a"})
    assert answer.status_code == 201

    async def both() -> Any:
        rows = await made.runtime.database.fetch("SELECT traceparent FROM outbox WHERE sent_at IS NOT NULL")
        return rows if len(rows) == 2 else None

    rows = await eventually(both)
    assert [row["traceparent"].split("-")[1] for row in rows] == [TRACE, TRACE]
    assert handled == [TRACE]
    async with Beheer(servers) as jetstream:
        for sequence in (1, 2):
            state = (await jetstream.stream_info(STREAM)).state
            message = await jetstream.get_msg(STREAM, state.first_seq + sequence - 1)
            assert message.headers["traceparent"].split("-")[1] == TRACE
            assert message.headers["Nats-Msg-Id"] == json.loads(message.data)["id"]
    [line] = await made.audit()
    assert line["trace"].split("-")[1] == TRACE


async def test_every_request_has_a_trace(example: ServiceUnderTest) -> None:
    for _ in range(2):
        await example.client().post(f"{BASE}/things", json={"name": "a"})
    traces = {line["trace"].split("-")[1] for line in await example.audit()}
    assert len(traces) == 2
    assert telemetry.current_trace_id() == ""


@pytest.mark.parametrize(
    "header",
    [
        "", "x", "00-0-0-0", f"00-{'0' * 32}-b7ad6b7169203331-01", f"00-{TRACE}-{'0' * 16}-01",
        f"00-{'_'.join('0' * 16)}1-b7ad6b7169203331-01", f"ff-{TRACE}-b7ad6b7169203331-01", f"00-{TRACE}-b7ad6b7169203331-1",
        f"00-{TRACE}-b7ad6b7169203331-{'f' * 4000}", f"00-{TRACE.upper()}-b7ad6b7169203331-01",
        f"00-{TRACE[:-2]}\r\n-b7ad6b7169203331-01", f"00-{TRACE}-b7ad6b7169203331-01\n", "é" * 55,
    ],
)  # fmt: skip
def test_a_traceparent_that_is_none_begins_a_new_trace(header: str) -> None:
    with telemetry.traced(header):
        made = telemetry.current_traceparent()
    assert len(made) == 55
    assert TRACE not in made


def test_a_later_version_of_traceparent_is_read() -> None:
    with telemetry.traced(f"01-{TRACE}-b7ad6b7169203331-01-more"):
        assert telemetry.current_trace_id() == TRACE


async def test_logs_are_json_lines_with_the_trace_and_hold_nothing_that_was_sent(
    example: ServiceUnderTest, log: io.StringIO
) -> None:
    async def explode(unit: Unit, row: Any) -> None:
        logging.getLogger("chassis.test").info("thing_made", extra={"thing": row.id})
        raise RuntimeError(f"{row.extra} of {CANARY}")

    HOOKS["boom"] = explode
    client = example.client(headers={"traceparent": PARENT})
    body = {"name": "boom", "extra": {"bsn": CANARY}}
    assert (await client.post(f"{BASE}/things?bsn={CANARY}", json=body)).status_code == 500
    await client.post(f"{BASE}/things", json={"name": "a", "amount": CANARY * 3})
    await client.post(f"{BASE}/things", json={"name": "a", "amount": 2**40, "extra": {"bsn": CANARY}})
    await client.post(f"{BASE}/things", content=f'{{"{CANARY}'.encode(), headers={"Content-Type": "application/json"})
    await client.get(f"{BASE}/things", params={"name": CANARY, "bsn": CANARY})
    await client.get(f"{BASE}/things", params={"name": f"\0{CANARY}"})
    await client.get(f"{BASE}/{CANARY}")
    await example.anonymous({"Authorization": f"Bearer {CANARY}.{CANARY}.{CANARY}"}).get(f"{BASE}/things")
    assert CANARY not in log.getvalue()
    assert SECRET not in log.getvalue()
    assert client.headers["authorization"][7:] not in log.getvalue()
    [failed] = [line for line in lines(log) if line["event"] == "request_failed"]
    assert (failed["trace"], failed["service"], failed["level"]) == (TRACE, "example", "error")
    assert failed["exception"] == "RuntimeError"
    assert any("test_telemetry.py" in place for place in failed["at"])
    [own] = [line for line in lines(log) if line["event"] == "thing_made"]
    assert own["thing"]
    assert own["trace"] == TRACE


async def test_what_others_log_is_cut_to_what_happened(log: io.StringIO) -> None:
    async def fail() -> None:
        raise RuntimeError(CANARY)

    loop = asyncio.get_running_loop()
    task = loop.create_task(fail())
    await asyncio.wait([task])
    loop.call_exception_handler(
        {"message": "Task exception was never retrieved", "future": task, "exception": task.exception()}
    )
    assert CANARY not in log.getvalue()
    [line] = lines(log)
    assert (line["event"], line["exception"]) == ("Task exception was never retrieved", "RuntimeError")


def test_a_line_stays_one_line(log: io.StringIO) -> None:
    logging.getLogger("chassis.test").warning("a\nb\u2028c", extra={"x": b"\xff", "y": {"z": object()}})
    assert len(log.getvalue().splitlines()) <= 2
    assert log.getvalue().count("\n") == 1
    assert json.loads(log.getvalue())["event"] == "a\nb\u2028c"


async def test_the_span_of_a_request_tells_the_operation_and_nothing_that_was_asked(
    example: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(telemetry, "_provider", provider)
    client = example.client(headers={"traceparent": PARENT})
    await client.get(f"{BASE}/kinds/{CANARY}/things?name={CANARY}")
    await client.get(f"{BASE}/{CANARY}?bsn={CANARY}")

    async def explode(unit: Unit, row: Any) -> None:
        raise RuntimeError(CANARY)

    HOOKS["boom"] = explode
    await client.post(f"{BASE}/things", json={"name": "boom"})
    [listed, unknown, failed] = exporter.get_finished_spans()
    assert listed.name == f"GET {BASE}/kinds/{{kind}}/things"
    assert listed.kind is SpanKind.SERVER
    assert listed.parent is not None
    assert f"{listed.parent.trace_id:032x}" == f"{failed.context.trace_id:032x}" == TRACE
    assert [dict(span.attributes or {})["http.response.status_code"] for span in (listed, unknown, failed)] == [
        200,
        404,
        500,
    ]
    assert [span.status.status_code for span in (listed, failed)] == [StatusCode.UNSET, StatusCode.ERROR]
    assert CANARY not in "".join(span.to_json() for span in (listed, unknown, failed))


def test_metrics_in_prometheus_format() -> None:
    telemetry.count("meent_requests_total", api="test-api", method="GET", status="200")
    telemetry.count("meent_requests_total", 2, api="test-api", method="GET", status="200")
    telemetry.gauge("meent_outbox_waiting", 12_345_678)
    text = telemetry.exposition().decode()
    assert 'meent_requests_total{api="test-api",method="GET",status="200"} 3' in text
    assert "# TYPE meent_outbox_waiting gauge\nmeent_outbox_waiting 12345678\n" in text
    assert telemetry.value("meent_requests_total", api="test-api", method="GET", status="200") == 3
    assert all(f"# HELP {name} " in text for name in telemetry.METRICS)


async def test_requests_are_counted(example: ServiceUnderTest) -> None:
    labels = {"api": "dingen", "method": "GET", "status": "404"}
    before = telemetry.value("meent_requests_total", **labels)
    await example.client().get(f"{BASE}/nothing")
    assert telemetry.value("meent_requests_total", **labels) == before + 1
