"""Who calls, and what that caller may do: ZGW JWTs, and rights per component.

A token is an HS256 JWT signed with a secret of its `client_id` (claims iss, iat, client_id, user_id,
user_representation; `exp` is honoured, else it lives one hour from `iat`). Rights come from the policy in memory
(`chassis.policy`), never from the token.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, cast

import jwt
from fastapi import Depends, Request
from jwt.warnings import InsecureKeyLengthWarning

from chassis import clock
from chassis.problems import NotAuthenticated, PermissionDenied

# Clients in the field have short secrets; whoever declares one is warned once, not at every token.
warnings.filterwarnings("ignore", category=InsecureKeyLengthWarning)

ALGORITHMS = ["HS256"]
LIFETIME = 3600
"""Seconds a token without `exp` is valid after its `iat`."""
LEEWAY = 60
"""Seconds a token is valid after its end."""
AHEAD = 300
"""Seconds the clock of a client may be ahead of ours. VNG's published collections issue theirs 257 seconds ahead, and the
implementation most in use takes such a token.
"""
_CACHE_SIZE = 10_000
_LONGEST = 8192
"""Characters of a token; a longer one is none of ours, and would fill the cache."""


@dataclass(frozen=True)
class Autorisatie:
    """Scopes on one component, within `limits` (what else the autorisatie names: a type, an afdeling, a ploeg)."""

    component: str
    scopes: frozenset[str]
    limits: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Caller:
    """An authenticated application, with the user it says it acts for."""

    client_id: str
    user_id: str = ""
    user_representation: str = ""
    everything: bool = False
    """heeftAlleAutorisaties"""
    autorisaties: tuple[Autorisatie, ...] = ()
    flags: frozenset[str] = frozenset()
    """What else holds for the applicatie as a whole, by the names it has there: services that know one judge by it."""
    derived: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    """What a service worked out from these rights: shared by the calls under them, and gone when they change."""

    def grants(self, component: str, scope: str) -> list[Autorisatie]:
        """The autorisaties that give `scope` on `component`. Empty also for a caller with all rights: see `everything`."""
        return [item for item in self.autorisaties if item.component == component and scope in item.scopes]

    def may(self, component: str, scope: str, **limits: str | None) -> bool:
        """Whether the caller may do this: every limit of one autorisatie equals the value given under its name.

        A limit that is not asked about cannot be judged, so that autorisatie gives nothing. Without any limits the
        answer is whether the caller may do this to something at least.
        """
        if self.everything:
            return True
        grants = self.grants(component, scope)
        if not limits:
            return bool(grants)
        return any(all(limits.get(name) == value for name, value in item.limits.items()) for item in grants)

    def require(self, component: str, scope: str, **limits: str | None) -> None:
        """Raises PermissionDenied unless `may`."""
        if not self.may(component, scope, **limits):
            raise PermissionDenied(f"Hiervoor is de scope {scope} nodig.")

    def limited_to(self, component: str, scope: str, limit: str) -> frozenset[str] | None:
        """The values of `limit` the caller is bound to for this scope; None when it is not bound. For filters of lists.

        As in `may`, an autorisatie with another limit gives nothing.
        """
        if self.everything:
            return None
        grants = self.grants(component, scope)
        if any(not item.limits for item in grants):
            return None
        return frozenset(item.limits[limit] for item in grants if item.limits.keys() == {limit})


SYSTEM = Caller("meent", user_representation="Meent", everything=True)
"""The service itself, acting on an event or a timer."""


@dataclass(frozen=True)
class Token:
    """A verified token: who, and until when (seconds since the epoch) it may be remembered."""

    client_id: str
    user_id: str
    user_representation: str
    expires: float


class TokenError(Exception):
    """The token is missing, malformed, expired, or not signed with a secret of its client."""


def client_id_of(token: str) -> str:
    """The client_id a token claims, unverified: only to look its secrets up. Raises TokenError."""
    if len(token) > _LONGEST:
        raise TokenError("too long")
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError as error:
        raise TokenError("no JWT") from error
    client_id = claims.get("client_id") or claims.get("iss")
    if not isinstance(client_id, str) or not client_id:
        raise TokenError("no client_id")
    return client_id


def verify(token: str, secrets: tuple[str, ...]) -> Token:
    """Check signature and times against the client's secrets (several while one is being rotated). Raises TokenError."""
    for secret in secrets:
        try:
            claims = jwt.decode(
                token,
                secret,
                algorithms=ALGORITHMS,
                options={"verify_aud": False, "verify_iat": False, "verify_exp": False},
            )
        except jwt.PyJWTError:
            continue
        return _token(claims)
    raise TokenError("no valid signature")


def _token(claims: dict[str, Any]) -> Token:
    present = clock.now().timestamp()
    issued = claims.get("iat")
    if not isinstance(issued, int | float) or not issued <= present + AHEAD:  # written so that NaN is refused
        raise TokenError("no valid iat")
    expires = claims.get("exp", issued + LIFETIME)
    if not isinstance(expires, int | float) or not expires + LEEWAY >= present:
        raise TokenError("expired")
    return Token(
        str(claims.get("client_id") or claims.get("iss")),
        str(claims.get("user_id") or ""),
        str(claims.get("user_representation") or ""),
        expires + LEEWAY,
    )


def make_token(client_id: str, secret: str, *, user_id: str = "", user_representation: str = "", **claims: Any) -> str:
    """A ZGW token, as a client makes it for each call or for some minutes."""
    user = {"user_id": user_id, "user_representation": user_representation}
    body = {"iss": client_id, "iat": int(clock.now().timestamp()), "client_id": client_id, **user, **claims}
    return jwt.encode(body, secret, algorithm="HS256")


def bearer(header: str | None) -> str | None:
    """The token of an Authorization header."""
    scheme, _, token = (header or "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


class TokenCache:
    """Verified tokens, remembered until they expire or the policy changes."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Token, int]] = {}

    def get(self, token: str, version: int) -> Token | None:
        """The token when it was verified under this version of the policy and has not expired."""
        known = self._known.get(token)
        if known is None or known[1] != version or known[0].expires < clock.now().timestamp():
            return None
        return known[0]

    def put(self, token: str, verified: Token, version: int) -> None:
        """Remember; the whole cache is dropped when full, which costs each client one verification."""
        if len(self._known) >= _CACHE_SIZE:
            self._known.clear()
        self._known[token] = (verified, version)


async def current_caller(request: Request) -> Caller:
    """The caller of this request. Raises NotAuthenticated: 403 on ZGW APIs, 401 on our own."""
    state, token = request.app.state, bearer(request.headers.get("authorization"))
    if token is None:
        raise NotAuthenticated(status=state.api.unauthenticated_status)
    try:
        return cast("Caller", await state.runtime.policy.authenticate(token))
    except TokenError as error:
        raise NotAuthenticated("Het token is niet geldig.", status=state.api.unauthenticated_status) from error


CurrentCaller = Annotated[Caller, Depends(current_caller)]
"""In a route: the authenticated caller. A route without it is public, and says why."""
