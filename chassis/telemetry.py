"""Traces, metrics and logs, set up once. Every request has a trace id, also when nothing is exported.

The W3C trace context comes in with a request or an event's headers, is current while it is handled, and goes out with
calls and, through the outbox row, with events. Logs are JSON lines with the trace id; they never hold bodies, query
strings or tokens. Names of metrics are in `METRICS`; a test compares them with docs.
"""

import json
import logging
import os
import re
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from opentelemetry import context, trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, StatusCode, TraceFlags

METRICS = {
    "meent_requests_total": "Answered requests by api, method and status.",
    "meent_request_seconds_total": "Seconds spent on requests by api.",
    "meent_outbox_published_total": "Events published.",
    "meent_outbox_failed_total": "Publishes that failed and will be tried again.",
    "meent_outbox_waiting": "Events not yet published.",
    "meent_outbox_oldest_seconds": "Age of the oldest event not yet published.",
    "meent_events_handled_total": "Events handled by consumer.",
    "meent_events_repeated_total": "Events that came again and were dropped, by consumer.",
    "meent_events_failed_total": "Attempts that failed, by consumer.",
    "meent_dead_letters_total": "Events given up, by consumer.",
    "meent_gateway_refused_total": "Requests the gateway refused itself, by code.",
    "meent_live_clients": "Clients of live streams, by stream.",
    "meent_policy_age_seconds": "Seconds since the policy was last heard.",
}
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-[!-~]*)?")
_OURS = ("chassis", "services", "gateway", "meent")
_values: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
_provider: TracerProvider | None = None


def count(metric: str, amount: float = 1, **labels: str) -> None:
    """Add to a counter. `metric` is one of METRICS."""
    _values[metric][_labels(labels)] += amount


def gauge(metric: str, value: float, **labels: str) -> None:
    """Set a gauge. `metric` is one of METRICS."""
    _values[metric][_labels(labels)] = value


def value(metric: str, **labels: str) -> float:
    """What a metric stands at."""
    return _values[metric].get(_labels(labels), 0.0)


def exposition() -> bytes:
    """All metrics in Prometheus' text format."""
    lines = []
    for metric, help_text in METRICS.items():
        kind = "counter" if metric.endswith("_total") else "gauge"
        lines += [f"# HELP {metric} {help_text}", f"# TYPE {metric} {kind}"]
        lines += [f"{metric}{labels} {amount:.15g}" for labels, amount in _values[metric].items()]
    return ("\n".join(lines) + "\n").encode()


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{text}"' for name, text in sorted(labels.items())) + "}"


def set_up(service: str, otlp: str) -> TracerProvider | None:
    """JSON logs on stderr and, when an OTLP endpoint is given, exported traces. Once per process."""
    global _provider  # noqa: PLW0603 - one provider per process
    root = logging.getLogger()
    if not any(isinstance(handler.formatter, JsonFormatter) for handler in root.handlers):
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(JsonFormatter(service))
        root.addHandler(handler)
        root.setLevel(os.environ.get("MEENT_LOG", "INFO").upper())
        for noisy in ("httpx", "httpcore", "nats", "alembic", "aiohttp.access"):
            logging.getLogger(noisy).setLevel(logging.WARNING)
        logging.getLogger("nats").setLevel(logging.CRITICAL)
    if otlp and _provider is None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        _provider = TracerProvider(resource=Resource.create({"service.name": service}))
        _provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{otlp.rstrip('/')}/v1/traces")))
        trace.set_tracer_provider(_provider)
    return _provider


def current_traceparent() -> str:
    """W3C traceparent of what is being handled; a fresh one outside any request."""
    span = trace.get_current_span().get_span_context()
    return _format(span if span.is_valid else _fresh())


def current_trace_id() -> str:
    """Trace id (32 hex digits), or empty outside any request."""
    span = trace.get_current_span().get_span_context()
    return f"{span.trace_id:032x}" if span.is_valid else ""


@contextmanager
def traced(traceparent: str | None, name: str = "", kind: SpanKind = SpanKind.INTERNAL) -> Iterator[None]:
    """Handle something within the trace it came with, or a new one; a span is recorded when traces are exported."""
    present = trace.get_current_span().get_span_context()
    parent = present if present.is_valid and traceparent is None else (_parse(traceparent) or _fresh())
    outer = trace.set_span_in_context(NonRecordingSpan(parent))
    if _provider is not None and name:
        with _provider.get_tracer("meent").start_as_current_span(name, context=outer, kind=kind):
            yield
        return
    token = context.attach(outer)
    try:
        yield
    finally:
        context.detach(token)


def answered(method: str, route: str, status: int) -> None:
    """Say in the span of a request what was asked and answered: never the path itself or its query, which name persons."""
    span = trace.get_current_span()
    if span.is_recording():
        span.update_name(f"{method} {route}")
        span.set_attributes({"http.request.method": method, "http.route": route})
        span.set_attribute("http.response.status_code", status)
        if status >= 500:
            span.set_status(StatusCode.ERROR)


def _parse(header: str | None) -> SpanContext | None:
    found = _TRACEPARENT.fullmatch(header or "")
    if found is None:
        return None
    trace_id, span_id, flags = (int(part, 16) for part in found.groups())
    span = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags))
    return span if span.is_valid else None


def _fresh() -> SpanContext:
    number = int.from_bytes(os.urandom(24), "big")
    return SpanContext(number >> 64 or 1, number & (2**64 - 1) or 1, is_remote=False, trace_flags=TraceFlags(1))


def _format(span: SpanContext) -> str:
    return f"00-{span.trace_id:032x}-{span.span_id:016x}-{span.trace_flags:02x}"


_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """One JSON object per line: time, level, service, event, trace and the record's own keys."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """The line. Of an exception only its type and place are kept: its text may hold what somebody sent."""
        line: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "service": self._service,
            "logger": record.name,
            "event": _event(record),
            "trace": current_trace_id(),
        }
        line |= {key: entry for key, entry in vars(record).items() if key not in _STANDARD}
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__name__
            line["at"] = _places(record)
        return json.dumps(line, default=str, ensure_ascii=False)


def _event(record: logging.LogRecord) -> str:
    """The message; of others only its first line: what follows may quote an exception (asyncio does)."""
    message = record.getMessage()
    return message if record.name.partition(".")[0] in _OURS else message.partition("\n")[0]


def _places(record: logging.LogRecord) -> list[str]:
    places, step = [], record.exc_info[2] if record.exc_info else None
    while step is not None:
        places.append(f"{step.tb_frame.f_code.co_filename}:{step.tb_lineno}")
        step = step.tb_next
    own = [place for place in places[:-1] if "site-packages" not in place and "/lib/python" not in place]
    return [*own[-5:], *places[-1:]]
