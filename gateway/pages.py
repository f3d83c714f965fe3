"""Pages for people, whose browser has no ZGW token: there, and only there, HTTP Basic is exchanged for one.

User and password are the clientId and a secret of a ZGW credential. The token is signed with that secret and verified as
any other, so a wrong secret is a wrong signature, and the service sees a token like every caller's. Guessing is slow:
every attempt that fails counts, per client, and too many of them answer 429 whatever the secret is.
"""

import base64
import binascii
import re
import time
from collections.abc import Iterable

import jwt
from starlette.types import Scope

from chassis import clock, telemetry
from chassis.access import make_token
from chassis.catalog import load_catalog
from chassis.problems import NotAuthenticated, Problem
from gateway.headers import Header
from gateway.proxy import Route
from gateway.tokens import Gatekeeper, RateLimit

CHALLENGE = 'Basic realm="Meent beheer", charset="UTF-8"'
LIFETIME = 60
"""Seconds that a token made here is valid: one request needs it."""
GUESSES, GUESSES_PER_SECOND = 10, 0.1
"""Attempts that may fail at once for one client, and how fast they are forgiven; in each gateway process."""
SLOTS = 1024
"""Clients are counted in so many places, by hash: names that are made up take no memory."""
telemetry.METRICS["meent_gateway_sign_ins_refused_total"] = "Wrong clientId or secret on a page."


def page_paths() -> list[str]:
    """The pages of services.toml."""
    return [path for service in load_catalog().services.values() for path in service.pages]


class Pages:
    """Lets callers in at pages, and all others as the gatekeeper does."""

    def __init__(self, paths: Iterable[str], gatekeeper: Gatekeeper, guesses: RateLimit | None = None) -> None:
        """paths: as in services.toml."""
        listed = "|".join(map(re.escape, paths))
        self._pages = re.compile(f"(?:{listed})(?:/[0-9A-Za-z-]+)?".encode()) if listed else None
        self._gatekeeper = gatekeeper
        self._guesses = guesses or RateLimit(GUESSES_PER_SECOND, GUESSES, time.monotonic)

    def has(self, scope: Scope) -> bool:
        """Whether this request is for a page."""
        return scope["method"] == "GET" and self._pages is not None and bool(self._pages.fullmatch(scope["raw_path"]))

    async def admit(self, scope: Scope, route: Route) -> None:
        """Let a request pass. The headers of `scope` then carry a token, whatever the browser sent. Raises as the gatekeeper."""
        if not self.has(scope):
            await self._gatekeeper.admit(scope, route)
            return
        try:
            basic = credentials(scope["headers"])
            if basic is None:
                await self._gatekeeper.caller(scope["headers"])
            else:
                scope["headers"] = await self._exchange(scope["headers"], *basic)
        except NotAuthenticated as problem:
            problem.headers["WWW-Authenticate"] = CHALLENGE
            raise

    async def _exchange(self, headers: Iterable[Header], client_id: str, secret: str) -> list[Header]:
        slot = str(hash(client_id) % SLOTS)
        self._guesses.take(slot)  # before anything is known, so that those who try at the same time are counted too
        exchanged = [*without_authorization(headers), (b"authorization", b"Bearer " + token(client_id, secret))]
        try:
            await self._gatekeeper.caller(exchanged)
        except NotAuthenticated:
            telemetry.count("meent_gateway_sign_ins_refused_total")
            raise NotAuthenticated("De clientId of het geheim is niet juist.", status=401) from None
        except Problem:  # it was not judged, or it was right and comes too often
            self._guesses.give_back(slot)
            raise
        self._guesses.give_back(slot)
        return exchanged


def credentials(headers: Iterable[Header]) -> tuple[str, str] | None:
    """clientId and secret of a Basic header (RFC 7617, UTF-8); None when there is none. Raises NotAuthenticated."""
    given = next((value for name, value in headers if name == b"authorization"), b"")
    scheme, _, encoded = given.partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        client_id, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise NotAuthenticated("De aanmelding is niet te lezen.", status=401) from None
    if not (client_id and colon and secret):
        raise NotAuthenticated("De clientId of het geheim ontbreekt.", status=401)
    return client_id, secret


def token(client_id: str, secret: str) -> bytes:
    """A ZGW token for one request, signed with what may be a secret of this client."""
    try:
        return make_token(client_id, secret, user_id=client_id, exp=int(clock.now().timestamp()) + LIFETIME).encode()
    except jwt.InvalidKeyError:  # it has the shape of a public key, with which nothing is signed
        return b"-"


def without_authorization(headers: Iterable[Header]) -> list[Header]:
    """Headers without what the browser says of who it is."""
    return [header for header in headers if header[0] != b"authorization"]
