"""What we show a subscriber: an access token got with client credentials (RFC 6749 4.4), and a certificate for mutual TLS."""

import asyncio
import base64
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

import httpx
import orjson

from chassis import clock
from chassis.fetching import FetchRefused, Outbound

FORM = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
SHORTEST, EARLY = timedelta(seconds=60), timedelta(seconds=30)
"""How long a token is used that does not say how long it lives; and how long before its end it is replaced."""


class NoToken(Exception):
    """The token endpoint gave none."""


def access_context(abonnement_id: UUID) -> str:
    """What sealed secrets of access are bound to."""
    return f"abonnement:{abonnement_id}:toegang"


def client_context(certificate: str, key: str, authorities: str) -> ssl.SSLContext:
    """A context that shows this certificate (PEM) and trusts these authorities beside the machine's.

    Raises ssl.SSLError or ValueError for what is no certificate or key. The key is never on disk: OpenSSL reads it from memory.
    """
    context = ssl.create_default_context()
    if authorities:
        context.load_verify_locations(cadata=authorities)
    if certificate:
        descriptor = os.memfd_create("certificate")
        try:
            os.write(descriptor, f"{certificate}\n{key}\n".encode())
            context.load_cert_chain(f"/proc/self/fd/{descriptor}", password=_no_password)
        finally:
            os.close(descriptor)
    return context


def _no_password() -> str:
    raise ValueError("the key has a password")


@dataclass(frozen=True)
class Access:
    """How one subscriber is called: with a fixed Authorization value or a token, and perhaps over connections of its own."""

    auth: str = field(repr=False)
    client: "ClientCredentials | None" = None
    """Gets the token that stands in the place of `auth`."""
    own: Outbound | None = None
    """Makes the calls, where a certificate must be shown or another authority is trusted."""
    shows_certificate: bool = False
    authorities: str = ""

    async def authorization(self, outbound: Outbound) -> str:
        """The value of the Authorization header. Raises NoToken."""
        return await self.client.authorization(self.own or outbound) if self.client else self.auth

    def stranger(self, allow_hosts: str) -> Outbound | None:
        """Calls of somebody unknown to the subscriber, where authorities of its own are trusted. The caller closes it."""
        return Outbound(allow_hosts, client_context("", "", self.authorities)) if self.authorities else None

    async def close(self) -> None:
        """Close the connections of its own."""
        if self.own is not None:
            await self.own.close()


def access_of(allow_hosts: str, auth: str, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> Access:
    """From the fields of a toegang (oauth2, certificaat, servercertificaat) and its secrets (oauth2, sleutel)."""
    client = own = None
    if settings["oauth2"]:
        client = ClientCredentials(**settings["oauth2"], secret=secrets["oauth2"])
    certificate, authorities = settings["certificaat"], settings["servercertificaat"]
    if certificate or authorities:
        own = Outbound(allow_hosts, client_context(certificate, secrets["sleutel"], authorities))
    return Access(auth, client, own, bool(certificate), authorities)


@dataclass
class ClientCredentials:
    """An OAuth 2.0 client, with the token it has now."""

    token_url: str
    client_id: str
    secret: str = field(repr=False)
    scope: str = ""
    _token: str = field(default="", repr=False)
    _until: datetime | None = None
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    async def authorization(self, outbound: Outbound) -> str:
        """The value of the Authorization header. Raises NoToken."""
        async with self._asking:
            if self._until is None or clock.now() >= self._until:
                await self._ask(outbound)
            return f"Bearer {self._token}"

    def refused(self) -> None:
        """The subscriber did not take the token: the next call asks for another."""
        self._until = None

    async def _ask(self, outbound: Outbound) -> None:
        basic = base64.b64encode(f"{quote(self.client_id, safe='')}:{quote(self.secret, safe='')}".encode()).decode()
        form = {"grant_type": "client_credentials"} | ({"scope": self.scope} if self.scope else {})
        try:
            response = await outbound.call(
                "POST",
                self.token_url,
                content=urlencode(form).encode(),
                headers={"authorization": f"Basic {basic}", **FORM},
            )
            answer = orjson.loads(response.content) if response.is_success else {}
            token, lives = answer["access_token"], answer.get("expires_in")
            if not (isinstance(token, str) and token.isascii() and token.isprintable()):
                raise TypeError
            life = timedelta(seconds=min(float(lives), 86_400)) if lives is not None else SHORTEST
        except (FetchRefused, httpx.HTTPError, httpx.InvalidURL, OSError, KeyError, TypeError, ValueError) as error:
            raise NoToken(type(error).__name__) from error
        self._token, self._until = token, clock.now() + max(life - EARLY, timedelta(seconds=1))
