"""Calls to others: what a caller's URL may reach, how large and slow an answer may be, and what goes along."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from chassis import fetching, telemetry
from chassis.fetching import Allowed, FetchRefused, Outbound

Respond = Callable[[asyncio.StreamWriter, bytes], Awaitable[None]]


async def fine(writer: asyncio.StreamWriter, _: bytes) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nset-cookie: a=b; Path=/\r\n\r\n{}")


@asynccontextmanager
async def foreign(respond: Respond = fine) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server on loopback, and what was sent to it."""
    asked: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            asked.append(head)
            await respond(writer, head)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], asked
    finally:
        server.close()


@pytest.fixture
async def outbound() -> AsyncIterator[Callable[[str], Outbound]]:
    made: list[Outbound] = []

    def make(allow_hosts: str = "") -> Outbound:
        made.append(Outbound(allow_hosts))
        return made[-1]

    yield make
    for one in made:
        await one.close()


PRIVATE = [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0177.0.0.1", "0x7f000001", "0x7f.0.0.1", "017700000001", "127.0.0.1.",
    "0", "0.0.0.0", "00.0.0.0", "localhost", "LOCALHOST", "localhost.", "[::1]", "[::]", "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1]", "[fc00::1]",
    "169.254.169.254", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "192.0.0.1", "224.0.0.1", "255.255.255.255",
    "１２７.0.0.1", "127。0。0。1", "%31%32%37.0.0.1",
]  # fmt: skip


class TestGuard:
    @pytest.mark.parametrize("host", PRIVATE)
    async def test_private_addresses_are_refused_however_written(
        self, outbound: Callable[[str], Outbound], host: str
    ) -> None:
        async with foreign() as (port, asked):
            with pytest.raises((FetchRefused, httpx.HTTPError, httpx.InvalidURL)):
                await outbound("").call("GET", f"http://{host}:{port}/")
        assert asked == []

    @pytest.mark.parametrize(
        "url",
        [
            "ftp://example.org/", "file:///etc/passwd", "gopher://127.0.0.1/", "//example.org/", "example.org", "",
            "http://", "http:///x", "http://user@example.org/", "http://user:pw@example.org/", "http://:80/",
            "http://example.org:99999/", "http://exa mple.org/", "http://[::1/", "http://example.org\\@127.0.0.1/",
            "javascript:alert(1)", "http://\n127.0.0.1/", "http://a\0b/",
        ],
    )  # fmt: skip
    async def test_other_urls_are_refused(self, outbound: Callable[[str], Outbound], url: str) -> None:
        with pytest.raises((FetchRefused, httpx.HTTPError)):
            await outbound("").call("GET", url)

    @pytest.mark.parametrize(
        "trick",
        [
            "http://example.org@127.0.0.1:{}/",
            "http://127.0.0.1:{}#@example.org/",
            "http://example.org:80\\@127.0.0.1:{}/",
            "http://127.0.0.1:{}\\@example.org/",
        ],
    )
    async def test_what_is_judged_is_what_is_called(self, outbound: Callable[[str], Outbound], trick: str) -> None:
        async with foreign() as (port, asked):
            with pytest.raises((FetchRefused, httpx.HTTPError)):
                await outbound("").call("GET", trick.format(port))
        assert asked == []

    async def test_a_name_that_leads_inside_is_refused_when_it_is_resolved(
        self, outbound: Callable[[str], Outbound], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def inside(*_: object, **__: object) -> list[object]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", inside)
        with pytest.raises(httpx.HTTPError):
            await outbound("").call("GET", "http://rebound.example/")

    @pytest.mark.parametrize(
        "opened", ["127.0.0.1", "127.0.0.0/8", "10.0.0.0/8, 127.0.0.0/30", "localhost:{}", "localhost"]
    )
    async def test_the_operator_opens_hosts_ports_and_networks(
        self, outbound: Callable[[str], Outbound], opened: str
    ) -> None:
        async with foreign() as (port, asked):
            answer = await outbound(opened.format(port)).call("GET", f"http://localhost:{port}/a?b=c")
        assert (answer.status_code, answer.content) == (200, b"{}")
        assert asked[0].startswith(b"GET /a?b=c ")

    async def test_a_port_that_was_not_opened_stays_shut(self, outbound: Callable[[str], Outbound]) -> None:
        async with foreign() as (port, asked):
            with pytest.raises((FetchRefused, httpx.HTTPError)):
                await outbound("localhost:1,example.org").call("GET", f"http://localhost:{port}/")
        assert asked == []

    def test_what_is_allowed_is_read_from_the_setting(self) -> None:
        allowed = Allowed.parse("host, 10.1.0.0/16,HOST2:8080 ,, ::1")
        assert allowed.hosts == {"host", "host2:8080"}
        assert allowed.opens("x", 80, "10.1.2.3")
        assert not allowed.opens("x", 80, "10.2.2.3")
        assert allowed.opens("host2", 8080, "10.9.9.9")
        assert not allowed.opens("host2", 81, "10.9.9.9")
        assert allowed.opens("x", 80, "::1")
        assert allowed.opens("x", 80, "93.184.216.34")
        assert not allowed.opens("x", 80, "fe80::1%eth0")


class TestAnswers:
    async def test_a_redirect_is_an_answer_not_an_order(self, outbound: Callable[[str], Outbound]) -> None:
        async with foreign() as (inner, asked):

            async def elsewhere(writer: asyncio.StreamWriter, _: bytes) -> None:
                writer.write(
                    b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:%d/\r\ncontent-length: 0\r\n\r\n" % inner
                )

            async with foreign(elsewhere) as (port, _):
                answer = await outbound(f"localhost:{port}").call("GET", f"http://localhost:{port}/")
        assert (answer.status_code, asked) == (302, [])

    async def test_too_large(self, outbound: Callable[[str], Outbound], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fetching, "MAX_ANSWER", 1000)

        async def endless(writer: asyncio.StreamWriter, _: bytes) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            for _ in range(100):
                writer.write(b"x" * 10_000)
                await writer.drain()

        async with foreign(endless) as (port, _):
            with pytest.raises(FetchRefused, match="large"):
                await outbound("127.0.0.1").call("GET", f"http://127.0.0.1:{port}/")

    async def test_a_drip_does_not_hold_us(
        self, outbound: Callable[[str], Outbound], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fetching, "WHOLE", 0.3)
        gone = asyncio.Event()

        async def drip(writer: asyncio.StreamWriter, _: bytes) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            try:
                while True:
                    writer.write(b"x")
                    await writer.drain()
                    await asyncio.sleep(0.02)
            finally:
                gone.set()

        async with foreign(drip) as (port, _):
            with pytest.raises(httpx.TimeoutException):
                await outbound("127.0.0.1").call("GET", f"http://127.0.0.1:{port}/")
            await asyncio.wait_for(gone.wait(), 5)

    async def test_what_is_not_http(self, outbound: Callable[[str], Outbound]) -> None:
        async def noise(writer: asyncio.StreamWriter, _: bytes) -> None:
            writer.write(b"\x00\x01 nonsense\r\n\r\n")

        async with foreign(noise) as (port, _):
            with pytest.raises(httpx.HTTPError):
                await outbound("127.0.0.1").call("GET", f"http://127.0.0.1:{port}/")
        with pytest.raises(httpx.HTTPError):
            await outbound("127.0.0.1").call("GET", f"http://127.0.0.1:{port}/")

    async def test_trace_goes_along_and_no_cookie_comes_back(self, outbound: Callable[[str], Outbound]) -> None:
        trace = "0af7651916cd43dd8448eb211c80319c"
        async with foreign() as (port, asked):
            out = outbound("127.0.0.1")
            with telemetry.traced(f"00-{trace}-b7ad6b7169203331-01"):
                for _ in range(2):
                    await out.call("GET", f"http://127.0.0.1:{port}/")
                    await out.call_own("GET", f"http://127.0.0.1:{port}/")
        assert all(trace.encode() in head for head in asked)
        assert not any(b"cookie" in head.lower() for head in asked)


@pytest.mark.parametrize("text", [b"caf\xe9", "café".encode(), b"\xff"])
async def test_a_header_that_is_no_ascii_spoils_no_answer(outbound: Callable[[str], Outbound], text: bytes) -> None:
    async def named(writer: asyncio.StreamWriter, _: bytes) -> None:
        writer.write(b"HTTP/1.1 204 No Content\r\nserver: " + text + b"\r\nretry-after: 7\r\n\r\n")

    async with foreign(named) as (port, _):
        answer = await outbound("127.0.0.1").call("POST", f"http://127.0.0.1:{port}/", content=b"{}")
    assert (answer.status_code, answer.headers["retry-after"]) == (204, "7")
