"""Which headers pass the gateway in either direction, and which it adds: security, CORS and trace context."""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Header = tuple[bytes, bytes]

# RFC 9110 7.6.1: meant for one connection only. Expect is answered by our own server before it reads the body.
HOP_BY_HOP = frozenset(
    b"connection keep-alive proxy-connection proxy-authenticate proxy-authorization te trailer transfer-encoding "
    b"upgrade expect".split()
)
# What only an intermediary may say: nobody outside decides what services think of the caller's address, scheme or host.
# Baggage and tracestate are free text that would travel into every trace.
FORWARDING = frozenset(
    b"forwarded via x-real-ip x-client-ip x-cluster-client-ip true-client-ip x-original-url x-rewrite-url "
    b"x-original-host x-http-method-override baggage tracestate host".split()
)
FORWARDING_PREFIXES = (b"x-forwarded-", b"x-meent-")
# Our server sets its own date; the rest would show what software answers.
INTERNAL_RESPONSE = frozenset(b"server via x-powered-by date forwarded alt-svc".split())
NOT_PASSED_IN = HOP_BY_HOP | FORWARDING | {b"traceparent"}
NOT_PASSED_OUT = HOP_BY_HOP | INTERNAL_RESPONSE
CORS_PREFIX = b"access-control-"

SECURITY = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"frame-ancestors 'none'"),
)
EXPOSED = b"API-version, Content-Crs, ETag, Location, Retry-After, Deprecation, Sunset"
ALLOWED_METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
ALLOWED_HEADERS = (
    b"Authorization, Content-Type, Accept, Accept-Crs, Content-Crs, Idempotency-Key, If-Match, If-None-Match, "
    b"Last-Event-ID, X-Audit-Toelichting, X-NLX-Logrecord-ID, traceparent"
)

_TRACEPARENT = re.compile(rb"(?!.{3}0{32})(?!.{36}0{16})00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


def text(value: bytes) -> str:
    """A header value as text: UTF-8 as it came, anything else read as latin-1."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def connection_named(values: Iterable[bytes]) -> frozenset[bytes]:
    """Header names that the values of Connection headers declare to be hop-by-hop, lower case."""
    return frozenset(token.strip().lower() for value in values for token in value.split(b","))


def request_headers(headers: Sequence[Header]) -> list[tuple[str, str]]:
    """What a service gets of the caller's headers (lower case, as ASGI gives them), with a valid `traceparent`."""
    passed: list[tuple[str, str]] = []
    connection: list[bytes] = []
    traceparent = ""
    for name, value in headers:
        if name in NOT_PASSED_IN or name.startswith(FORWARDING_PREFIXES):
            if name == b"connection":
                connection.append(value)
            elif name == b"traceparent" and not traceparent and _TRACEPARENT.fullmatch(value):
                traceparent = value.decode()
        else:
            passed.append((name.decode("latin-1"), text(value)))
    if connection:
        named = connection_named(connection)
        passed = [(name, value) for name, value in passed if name.encode("latin-1") not in named]
    passed.append(("traceparent", traceparent or new_traceparent()))
    return passed


def new_traceparent() -> str:
    """W3C trace context of a trace that starts here."""
    number = os.urandom(24).hex()
    return f"00-{number[:32]}-{number[32:]}-01"


def response_headers(headers: Sequence[Header], status: int) -> list[Header]:
    """What the caller gets of a service's headers, and the security headers that the service did not set itself."""
    passed: list[Header] = []
    connection: list[bytes] = []
    for given, value in headers:
        name = given.lower()
        if name in NOT_PASSED_OUT or name.startswith(CORS_PREFIX):
            if name == b"connection":
                connection.append(value)
        elif name != b"content-length" or status not in (204, 304):  # there it speaks of a body that is not sent
            passed.append((name, value))
    if connection:
        named = connection_named(connection)
        passed = [header for header in passed if header[0] not in named]
    return with_security(passed)


def with_security(headers: list[Header]) -> list[Header]:
    """The same list, completed with the security headers that are absent."""
    present = {name for name, _ in headers}
    headers.extend(header for header in SECURITY if header[0] not in present)
    return headers


@dataclass(frozen=True)
class Cors:
    """The allow-list of origins, as browsers write them (`https://portaal.example`)."""

    origins: frozenset[bytes] = frozenset()

    def answer(self, headers: Iterable[Header], *, public: bool = False) -> list[Header]:
        """Headers for the answer to a request: the origin echoed when it is on the list, `*` for what is public."""
        if public:
            return [(b"access-control-allow-origin", b"*")]
        if not self.origins:
            return []
        origin = next((value for name, value in headers if name == b"origin"), b"")
        if origin not in self.origins:
            return [(b"vary", b"Origin")]
        return [
            (b"vary", b"Origin"),
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", EXPOSED),
        ]

    def preflight(self, headers: Iterable[Header], *, public: bool = False) -> list[Header]:
        """Headers of the answer to a preflight request; without permission when the origin is not on the list."""
        allowed = self.answer(headers, public=public)
        if any(name == b"access-control-allow-origin" for name, _ in allowed):
            allowed.append((b"access-control-allow-methods", b"GET" if public else ALLOWED_METHODS))
            allowed.append((b"access-control-allow-headers", ALLOWED_HEADERS))
            allowed.append((b"access-control-max-age", b"600"))
        return allowed
