"""Who may pass: the ZGW token of every call, verified here before any service is bothered, and a rate limit per client.

Services verify the token again; nothing that the gateway concludes travels on as a header.
"""

import math
import time
from collections.abc import Callable, Iterable

from starlette.types import Scope

from chassis.access import Caller, TokenError, bearer
from chassis.policy import Policy
from chassis.problems import NotAuthenticated, Problem
from gateway.headers import Header
from gateway.proxy import Route


class RateLimit:
    """A token bucket per client, in this process: `rate` requests a second after a `burst`; rate 0 is no limit."""

    def __init__(self, rate: float, burst: int, now: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._now = rate, burst, now
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, client_id: str) -> None:
        """Count one request of a known client. Raises a 429 that says when to come back."""
        if not self._rate:
            return
        now = self._now()
        left, since = self._buckets.get(client_id, (float(self._burst), now))
        left = min(float(self._burst), left + (now - since) * self._rate)
        if left < 1:
            self._buckets[client_id] = (left, now)
            seconds = math.ceil((1 - left) / self._rate)
            detail = "Deze applicatie doet te veel verzoeken. Probeer het later opnieuw."
            raise Problem(429, "too_many_requests", detail, headers={"Retry-After": str(seconds)})
        self._buckets[client_id] = (left - 1, now)

    def give_back(self, client_id: str) -> None:
        """Do not count what `take` counted last."""
        if client_id in self._buckets:
            left, since = self._buckets[client_id]
            self._buckets[client_id] = (left + 1, since)


class Gatekeeper:
    """Authenticates callers and counts their requests."""

    def __init__(self, policy: Policy, limit: RateLimit) -> None:
        self._policy, self._limit = policy, limit

    async def admit(self, scope: Scope, route: Route) -> None:
        """Let a call to an API pass; what is open to all, also without a token. Raises as `caller` does."""
        if route.open_to_all(scope["raw_path"]) and scope["method"] in ("GET", "HEAD"):
            return
        await self.caller(scope["headers"], unauthenticated=403 if route.zgw else 401)

    async def caller(self, headers: Iterable[Header], *, unauthenticated: int = 401) -> Caller:
        """Who calls. Raises NotAuthenticated with the given status, a 429, or Unavailable while no rights are known."""
        token = _token(headers)
        if token is None:
            raise NotAuthenticated(status=unauthenticated)
        try:
            caller = await self._policy.authenticate(token)
        except TokenError:
            raise NotAuthenticated("Het token is niet geldig.", status=unauthenticated) from None
        self._limit.take(caller.client_id)
        return caller

    async def still(self, headers: Iterable[Header]) -> Caller | None:
        """Who calls, for a connection that was let in before; None when its token is no longer valid."""
        try:
            return await self._policy.authenticate(_token(headers) or "")
        except (TokenError, Problem):
            return None


def _token(headers: Iterable[Header]) -> str | None:
    return bearer(next((value.decode("latin-1") for name, value in headers if name == b"authorization"), None))
