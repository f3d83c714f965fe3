"""Calls to others: one httpx client per service, and a guard on URLs that callers gave us.

The guard (SSRF) resolves the host once, refuses private, loopback, link-local and other special addresses unless
MEENT_ALLOW_HOSTS opens them (host[:port] or CIDR), connects to exactly the address it judged, follows no redirect, and
limits size and time.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import aiohttp.abc
import httpx
from httpx_aiohttp import AiohttpTransport

from chassis import telemetry

TIMEOUT = httpx.Timeout(10.0, connect=2.0)
MAX_ANSWER = 5 * 1024 * 1024
"""Bytes of a foreign answer; more is refused."""


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
        if ip.is_global and not ip.is_multicast:
            return True
        return host in self.hosts or f"{host}:{port}" in self.hosts or any(ip in network for network in self.networks)


class GuardedResolver(aiohttp.abc.AbstractResolver):
    """Resolves names and keeps only addresses that may be called: what is judged is what is connected to."""

    def __init__(self, allowed: Allowed) -> None:
        self._allowed = allowed

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
        return kept

    async def close(self) -> None:
        """Nothing to close."""


class Outbound:
    """The calls of one service: `own` to services of the installation, `foreign` to URLs that others gave us."""

    def __init__(self, allow_hosts: str) -> None:
        self._allowed = Allowed.parse(allow_hosts)
        self.own = httpx.AsyncClient(transport=AiohttpTransport(client=self._plain), timeout=TIMEOUT)
        self.foreign = httpx.AsyncClient(
            transport=AiohttpTransport(client=self._guarded), timeout=TIMEOUT, follow_redirects=False, trust_env=False
        )

    def check(self, url: str) -> None:
        """Raises FetchRefused for what may never be called; names are judged when they are resolved."""
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").lower(), parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError as error:
            raise FetchRefused("not a URL") from error
        if parts.scheme not in {"http", "https"} or not host or parts.username or parts.password:
            raise FetchRefused("only http and https, without user")
        try:
            literal = str(ipaddress.ip_address(host))
        except ValueError:
            return
        if not self._allowed.opens(host, port, literal):
            raise FetchRefused("address not allowed")

    async def call(
        self, method: str, url: str, *, content: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """A guarded call to a URL that somebody gave us. Raises FetchRefused or httpx.HTTPError."""
        self.check(url)
        sent = {"accept-encoding": "identity", "traceparent": telemetry.current_traceparent(), **(headers or {})}
        async with self.foreign.stream(method, url, content=content, headers=sent) as response:
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > MAX_ANSWER:
                    raise FetchRefused("answer too large")
        return httpx.Response(response.status_code, headers=_plain_headers(response), content=bytes(body))

    async def call_own(self, method: str, url: str, **options: Any) -> httpx.Response:
        """A call to a service of this installation, within the current trace. Raises httpx.HTTPError."""
        headers = {"traceparent": telemetry.current_traceparent(), **options.pop("headers", {})}
        return await self.own.request(method, url, headers=headers, **options)

    async def close(self) -> None:
        """Close both clients."""
        await self.own.aclose()
        await self.foreign.aclose()

    def _plain(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False)

    def _guarded(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(resolver=GuardedResolver(self._allowed), use_dns_cache=False)
        return aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False, auto_decompress=False
        )


def _plain_headers(response: httpx.Response) -> dict[str, str]:
    skipped = {"content-encoding", "content-length", "transfer-encoding"}
    return {name: text for name, text in response.headers.items() if name not in skipped}
