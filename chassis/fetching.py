"""Calls to others: one httpx client per service, and a guard on URLs that callers gave us.

The guard (SSRF) resolves the host once, refuses private, loopback, link-local and other special addresses unless
MEENT_ALLOW_HOSTS opens them (host[:port] or CIDR), connects to exactly the address it judged, follows no redirect, and
limits size and time.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import aiohttp
import aiohttp.abc
import httpx
from httpx_aiohttp import AiohttpTransport
from httpx_aiohttp.transport import map_aiohttp_exceptions

from chassis import telemetry

TIMEOUT = httpx.Timeout(10.0, connect=2.0)
MAX_ANSWER = 5 * 1024 * 1024
"""Bytes of a foreign answer; more is refused."""
WHOLE = 30.0
"""Seconds a foreign call may take from beginning to end, however it drips."""
_SENT = {"accept": "*/*", "accept-encoding": "identity", "user-agent": "meent"}
_OF_THE_CONNECTION = {b"content-encoding", b"content-length", b"transfer-encoding"}


class FetchRefused(Exception):
    """The URL may not be called: its scheme, host or address is not allowed."""


@dataclass(frozen=True)
class Allowed:
    """What MEENT_ALLOW_HOSTS opens."""

    hosts: frozenset[str]
    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]

    @classmethod
    def parse(cls, setting: str) -> "Allowed":
        """From `host[:port],CIDR,…`. A bare address counts as a network of one."""
        hosts, networks = set(), []
        for entry in (part.strip().lower() for part in setting.split(",")):
            if not entry:
                continue
            try:
                networks.append(ipaddress.ip_network(entry, strict=False))
            except ValueError:
                hosts.add(entry)
        return cls(frozenset(hosts), tuple(networks))

    def opens(self, host: str, port: int, address: str) -> bool:
        """Whether this address may be called for this host."""
        ip = ipaddress.ip_address(address.partition("%")[0])
        if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
            ip = ip.ipv4_mapped
        # Reserved holds the forms that carry an IPv4 address inside (::a.b.c.d, NAT64); 6to4 is not listed there.
        inner = ip.sixtofour if isinstance(ip, ipaddress.IPv6Address) else None
        if ip.is_global and not (ip.is_multicast or ip.is_reserved or inner):
            return True
        return host in self.hosts or f"{host}:{port}" in self.hosts or any(ip in network for network in self.networks)


class GuardedResolver(aiohttp.abc.AbstractResolver):
    """Resolves names and keeps only addresses that may be called: what is judged is what is connected to."""

    def __init__(self, allowed: Allowed) -> None:
        self._allowed = allowed
        self._named: set[tuple[str, int]] = set()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[aiohttp.abc.ResolveResult]:
        """The allowed addresses of a host. Raises OSError when there are none."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
        kept = [
            aiohttp.abc.ResolveResult(
                hostname=host, host=str(address[0]), port=port, family=kind, proto=proto, flags=socket.AI_NUMERICHOST
            )
            for kind, _, proto, _, address in found
            if self._allowed.opens(host.lower(), port, str(address[0]))
        ]
        if not kept:
            raise OSError("address not allowed")
        self._named |= {(one["host"], port) for one in kept if not self._allowed.opens("", port, one["host"])}
        return kept

    def socket(self, info: aiohttp.AddrInfoType) -> socket.socket:
        """The last word, right before connecting: aiohttp resolves nothing that looks like an address to it (127.1)."""
        family, kind, proto, _, (address, port, *_) = info
        try:
            allowed = (address, port) in self._named or self._allowed.opens("", port, str(address))
        except ValueError:
            allowed = False
        if not allowed:
            raise OSError("address not allowed")
        return socket.socket(family, kind, proto)

    async def close(self) -> None:
        """Nothing to close."""


class Outbound:
    """The calls of one service: `own` to services of the installation, `call` to URLs that others gave us.

    The latter go by aiohttp itself, which costs a third of httpx over aiohttp (ADR 23); what comes out is httpx's.
    """

    def __init__(self, allow_hosts: str, context: ssl.SSLContext | None = None) -> None:
        """context: of foreign calls, for who must show a certificate; by default the authorities of the machine."""
        self._allowed, self._context = Allowed.parse(allow_hosts), context
        self.own = httpx.AsyncClient(transport=AiohttpTransport(client=_session), timeout=TIMEOUT, cookies=_none())
        self._foreign: aiohttp.ClientSession | None = None

    def check(self, url: str) -> httpx.URL:
        """The URL as it is called. Raises FetchRefused for what may never be; names are judged when they are resolved."""
        try:
            parts = httpx.URL(url)  # the parser of the call itself: two that differ could be played off
            host, port = parts.raw_host.decode("ascii"), parts.port or (443 if parts.scheme == "https" else 80)
        except (httpx.InvalidURL, ValueError) as error:
            raise FetchRefused("not a URL") from error
        if parts.scheme not in {"http", "https"} or not host or parts.userinfo:
            raise FetchRefused("only http and https, without user")
        try:
            literal = str(ipaddress.ip_address(host))
        except ValueError:
            return parts
        if not self._allowed.opens(host, port, literal):
            raise FetchRefused("address not allowed")
        return parts

    async def call(
        self,
        method: str,
        url: str,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        enough: int | None = None,
    ) -> httpx.Response:
        """A guarded call to a URL that somebody gave us. Raises FetchRefused or httpx.HTTPError.

        enough: bytes of the answer after which the rest is left; without it an answer of more than MAX_ANSWER is refused.
        """
        url = str(self.check(url))
        sent = {**_SENT, "traceparent": telemetry.current_traceparent(), **(headers or {})}
        body = bytearray()
        with _as_httpx(), map_aiohttp_exceptions():
            async with (
                asyncio.timeout(WHOLE),
                self._guarded().request(method, url, data=content, headers=sent, allow_redirects=False) as response,
            ):
                async for chunk in response.content.iter_any():
                    body += chunk
                    if enough is not None and len(body) > enough:
                        break
                    if len(body) > MAX_ANSWER:
                        raise FetchRefused("answer too large")
        kept = [header for header in response.raw_headers if header[0].lower() not in _OF_THE_CONNECTION]
        return httpx.Response(response.status, headers=kept, content=bytes(body))

    async def call_own(self, method: str, url: str, **options: Any) -> httpx.Response:
        """A call to a service of this installation, within the current trace. Raises httpx.HTTPError."""
        headers = {"traceparent": telemetry.current_traceparent(), **options.pop("headers", {})}
        with _as_httpx():
            return await self.own.request(method, url, headers=headers, **options)

    async def close(self) -> None:
        """Close both clients."""
        await self.own.aclose()
        if self._foreign is not None:
            await self._foreign.close()

    def _guarded(self) -> aiohttp.ClientSession:
        if self._foreign is None or self._foreign.closed:
            resolver = GuardedResolver(self._allowed)
            guard: dict[str, Any] = {"resolver": resolver, "socket_factory": resolver.socket, "use_dns_cache": False}
            # No limit: who hangs must not stand in the way of others, and callers have limits of their own. Idle connections
            # are closed before the other side does (many do after 5 s): a POST that meets one is a failed delivery.
            guard |= {"limit": 0, "keepalive_timeout": 3.0}
            self._foreign = _session(aiohttp.TCPConnector(**guard, ssl=self._context or True))
        return self._foreign


def _session(connector: aiohttp.TCPConnector | None = None) -> aiohttp.ClientSession:
    timeout = aiohttp.ClientTimeout(sock_connect=TIMEOUT.connect, sock_read=TIMEOUT.read)
    jar = aiohttp.DummyCookieJar()
    return aiohttp.ClientSession(connector=connector, cookie_jar=jar, auto_decompress=False, timeout=timeout)


@contextmanager
def _as_httpx() -> Iterator[None]:
    """What the transport lets through becomes the httpx error it is."""
    try:
        yield
    except TimeoutError as error:
        raise httpx.ReadTimeout("the whole call took too long") from error
    except (aiohttp.ClientError, OSError) as error:
        raise httpx.RemoteProtocolError(type(error).__name__) from error


def _none() -> CookieJar:
    """A cookie jar that keeps none."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))
