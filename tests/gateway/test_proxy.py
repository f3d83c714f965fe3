import asyncio
import hashlib
import logging
from typing import Any

import httpx
import pytest

from chassis.problems import PermissionDenied
from gateway.headers import Cors
from gateway.proxy import Limits, Route
from tests.gateway.servers import connect, listening, proxying, serving, until

BASE = "/zaken/api/v1"


class Upstream:
    """A service that remembers what it was asked and answers 200 with what it was told to answer."""

    def __init__(
        self, *, status: int = 200, headers: list[tuple[bytes, bytes]] | None = None, body: bytes = b"{}"
    ) -> None:
        self.status, self.headers, self.body = status, headers or [], body
        self.scopes: list[Any] = []
        self.received = b""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        more = True
        while more:
            message = await receive()
            self.received += message.get("body", b"")
            more = message.get("more_body", False)
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})

    @property
    def asked(self) -> dict[bytes, bytes]:
        return dict(self.scopes[-1]["headers"])


async def refusing(scope: Any, route: Route) -> None:
    raise PermissionDenied


async def test_a_request_that_is_not_admitted_never_reaches_the_service() -> None:
    upstream = Upstream()
    async with serving(upstream) as service, proxying(service, admit=refusing) as url, httpx.AsyncClient() as client:
        answer = await client.get(url + BASE + "/zaken")
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert answer.headers["content-type"] == "application/problem+json"
    assert upstream.scopes == []


async def test_path_query_status_headers_and_body_pass_unchanged() -> None:
    upstream = Upstream(
        status=201, headers=[(b"etag", b'"x"'), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")], body=b"answer"
    )
    async with serving(upstream) as service, proxying(service) as url, httpx.AsyncClient() as client:
        answer = await client.get(url + BASE + "/zaken/a%2Fb/%C3%A9?naam__in=a%20b,c&x=%2B")
    assert upstream.scopes[0]["raw_path"] == b"/zaken/api/v1/zaken/a%2Fb/%C3%A9"
    assert upstream.scopes[0]["query_string"] == b"naam__in=a%20b,c&x=%2B"
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (201, b"answer", '"x"')
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]


@pytest.mark.parametrize("path", ["/", "/zaken/api/v2/zaken", "/zaken/api/v1x", "/zaken%2Fapi/v1/zaken", "/metrics"])
async def test_a_path_of_no_api_is_404(path: str) -> None:
    upstream = Upstream()
    async with serving(upstream) as service, proxying(service) as url, httpx.AsyncClient() as client:
        answer = await client.get(url + path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert upstream.scopes == []


def test_a_service_may_live_below_a_path() -> None:
    route = Route("/zaken/api/v1", "zaken", "https://intern.example:8443/zrc")
    assert (
        str(route.address("/zaken/api/v1/a%2Fb", "x=%20")) == "https://intern.example:8443/zrc/zaken/api/v1/a%2Fb?x=%20"
    )
    assert route.address("/zaken/api/v1/a", "").raw_path_qs == "/zrc/zaken/api/v1/a"


async def test_a_trailing_slash_is_the_services_business_and_never_redirected() -> None:
    upstream = Upstream(status=404)
    async with serving(upstream) as service, proxying(service) as url, httpx.AsyncClient() as client:
        answer = await client.get(url + BASE + "/zaken/")
    assert answer.status_code == 404
    assert upstream.scopes[0]["raw_path"] == b"/zaken/api/v1/zaken/"


async def test_the_longest_base_wins() -> None:
    general, special = Upstream(body=b"general"), Upstream(body=b"special")
    async with serving(general) as one, serving(special) as two:
        route = Route(BASE + "/zaken", "special", two)
        async with proxying(one, route) as url, httpx.AsyncClient() as client:
            assert (await client.get(url + BASE + "/statussen")).text == "general"
            assert (await client.get(url + BASE + "/zaken/1")).text == "special"


async def test_redirects_of_a_service_are_passed_on_not_followed() -> None:
    upstream = Upstream(status=301, headers=[(b"location", b"https://gm9001.example/zaken/api/v1/zaken/1")])
    async with serving(upstream) as service, proxying(service) as url, httpx.AsyncClient() as client:
        answer = await client.get(url + BASE + "/zaken/1")
    assert (answer.status_code, answer.headers["location"]) == (301, "https://gm9001.example/zaken/api/v1/zaken/1")


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 304), ("DELETE", 204)])
async def test_answers_without_a_body(method: str, status: int) -> None:
    upstream = Upstream(status=status, headers=[(b"content-length", b"0" if method != "HEAD" else b"12")], body=b"")
    async with serving(upstream) as service, proxying(service) as url, httpx.AsyncClient() as client:
        for _ in range(2):  # the second over the same connections
            answer = await client.request(method, url + BASE + "/zaken/1")
            assert (answer.status_code, answer.content) == (status, b"")


class TestBodies:
    @pytest.mark.parametrize("chunked", [False, True])
    async def test_an_upload_arrives_whole(self, *, chunked: bool) -> None:
        content = hashlib.sha512(b"x").digest() * 50_000

        async def pieces() -> Any:
            for start in range(0, len(content), 100_001):
                yield content[start : start + 100_001]

        upstream = Upstream()
        async with serving(upstream) as service, proxying(service) as url, httpx.AsyncClient() as client:
            answer = await client.post(url + BASE + "/zaken", content=pieces() if chunked else content)
        assert answer.status_code == 200
        assert hashlib.sha256(upstream.received).digest() == hashlib.sha256(content).digest()
        assert (b"content-length" in upstream.asked) is not chunked

    async def test_a_small_body_keeps_its_type_and_length(self) -> None:
        upstream = Upstream()
        async with serving(upstream) as service, proxying(service) as url, httpx.AsyncClient() as client:
            await client.post(url + BASE + "/zaken", content=b'{"a":1}', headers={"content-type": "application/json"})
            assert (upstream.received, upstream.asked[b"content-length"]) == (b'{"a":1}', b"7")
            assert upstream.asked[b"content-type"] == b"application/json"
            await client.post(url + BASE + "/zaken", content=b"x")
            assert b"content-type" not in upstream.asked
            await client.post(url + BASE + "/zaken")
            assert upstream.asked[b"content-length"] == b"0"

    async def test_too_large_by_its_own_word_is_refused_unread(self) -> None:
        upstream = Upstream()
        limits = Limits(body=10)
        async with serving(upstream) as service, proxying(service, limits=limits) as url, httpx.AsyncClient() as client:
            answer = await client.post(url + BASE + "/zaken", content=b"x" * 11)
        assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")
        assert upstream.scopes == []

    async def test_too_large_on_the_way_is_cut_off(self) -> None:
        ended = asyncio.Event()

        async def upstream(scope: Any, receive: Any, send: Any) -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            ended.set()

        async def pieces() -> Any:
            for _ in range(10):
                yield b"x" * 50_000

        async with serving(upstream) as service, proxying(service, limits=Limits(body=200_000)) as url:
            async with httpx.AsyncClient() as client:
                answer = await client.post(url + BASE + "/zaken", content=pieces())
            assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")
            async with asyncio.timeout(5):
                await ended.wait()

    async def test_an_answer_before_the_end_of_the_upload_gets_through(self) -> None:
        async def upstream(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            await send({"type": "http.response.start", "status": 403, "headers": []})
            await send({"type": "http.response.body", "body": b"no"})

        async with serving(upstream) as service, proxying(service) as url:
            reader, writer = await connect(url)
            writer.write(
                f"POST {BASE}/zaken HTTP/1.1\r\nhost: x\r\ncontent-length: 9000000\r\n\r\n".encode() + b"x" * 100_000
            )
            assert (await reader.readline()).startswith(b"HTTP/1.1 403")
            writer.close()

    async def test_a_service_that_does_not_read_stops_the_caller(self) -> None:
        release = asyncio.Event()

        async def upstream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.transport.pause_reading()
            await release.wait()

        async with listening(upstream) as service, proxying(service) as url:
            _, writer = await connect(url)
            writer.write(f"POST {BASE}/zaken HTTP/1.1\r\nhost: x\r\ncontent-length: 60000000\r\n\r\n".encode())
            written = 0
            try:
                async with asyncio.timeout(1):  # until nothing more is taken
                    while written < 60_000_000:
                        writer.write(b"x" * 100_000)
                        await writer.drain()
                        written += 100_000
            except TimeoutError:
                pass
            assert written < 20_000_000  # what socket buffers hold, not what the gateway holds
            release.set()
            writer.close()

    async def test_a_caller_that_does_not_read_stops_the_service(self) -> None:
        sent = 0

        async def upstream(scope: Any, receive: Any, send: Any) -> None:
            nonlocal sent
            await send({"type": "http.response.start", "status": 200, "headers": []})
            while sent < 60_000_000:
                await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})
                sent += 100_000
            await send({"type": "http.response.body"})

        async with serving(upstream) as service, proxying(service) as url:
            reader, writer = await connect(url)
            writer.write(f"GET {BASE}/zaken HTTP/1.1\r\nhost: x\r\n\r\n".encode())
            await reader.readline()
            before = -1
            async with asyncio.timeout(5):
                while before != sent:  # until it stands still
                    before = sent
                    await asyncio.sleep(0.1)
            assert sent < 20_000_000
            writer.transport.abort()
            await until(lambda: sent == before or sent >= 60_000_000)


class TestHeaders:
    async def test_hop_by_hop_and_forwarding_headers_do_not_reach_the_service(self) -> None:
        upstream = Upstream()
        kept = {
            "authorization": "Bearer x",
            "accept-crs": "EPSG:4326",
            "x-audit-toelichting": "é",
            "x-nlx-logrecord-id": "1",
        }
        dropped = {
            "forwarded": "for=1.2.3.4", "x-forwarded-for": "1.2.3.4", "x-forwarded-host": "evil",
            "x-forwarded-prefix": "/x",             "x-real-ip": "1.2.3.4",
            "via": "1.1 x", "te": "trailers", "proxy-authorization": "x", "keep-alive": "5",
            "x-original-url": "/admin", "baggage": "bsn=1", "tracestate": "a=b", "x-hop": "1",
            "connection": "keep-alive, X-Hop",
            "x-meent-client": "beheer",
        }  # fmt: skip
        async with serving(upstream) as service, proxying(service) as url, httpx.AsyncClient() as client:
            sent = {name: value.encode() for name, value in {**kept, **dropped}.items()}
            await client.get(url + BASE + "/zaken", headers=sent)
        got = upstream.asked
        assert {name: got[name.encode()].decode() for name in kept} == kept
        assert not {name.encode() for name in dropped} & got.keys()
        assert got[b"host"] == service.removeprefix("http://").encode()

    async def test_hop_by_hop_and_internal_headers_do_not_reach_the_caller(self) -> None:
        dropped = [
            (b"server", b"uvicorn"),
            (b"x-powered-by", b"x"),
            (b"connection", b"x-hop"),
            (b"x-hop", b"1"),
            (b"via", b"1.1 x"),
        ]
        dropped += [(b"access-control-allow-origin", b"*"), (b"keep-alive", b"timeout=5")]
        upstream = Upstream(headers=[*dropped, (b"api-version", b"1.5.1")])
        async with serving(upstream) as service, proxying(service) as url, httpx.AsyncClient() as client:
            answer = await client.get(url + BASE + "/zaken")
        assert not {name.decode() for name, _ in dropped} & answer.headers.keys()
        assert answer.headers["api-version"] == "1.5.1"
        assert len(answer.headers.get_list("date")) == 1

    async def test_security_headers_are_added_where_absent(self) -> None:
        upstream = Upstream(
            headers=[(b"cache-control", b"private"), (b"content-security-policy", b"default-src 'none'")]
        )
        async with serving(upstream) as service, proxying(service) as url, httpx.AsyncClient() as client:
            for path in (BASE + "/zaken", "/nergens"):
                answer = await client.get(url + path)
                assert answer.headers["x-content-type-options"] == "nosniff"
                assert answer.headers["x-frame-options"] == "DENY"
                assert answer.headers["strict-transport-security"].startswith("max-age=")
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["content-security-policy"] == "frame-ancestors 'none'"
            answer = await client.get(url + BASE + "/zaken")
        assert answer.headers.get_list("cache-control") == ["private"]
        assert answer.headers.get_list("content-security-policy") == ["default-src 'none'"]

    async def test_a_valid_trace_continues_and_another_begins_anew(self) -> None:
        upstream = Upstream()
        valid = f"00-{'a1' * 16}-{'b2' * 8}-01"
        async with serving(upstream) as service, proxying(service) as url, httpx.AsyncClient() as client:
            await client.get(url + BASE + "/zaken", headers={"traceparent": valid})
            assert upstream.asked[b"traceparent"] == valid.encode()
            for invalid in (
                None,
                "nonsense",
                f"00-{'0' * 32}-{'b2' * 8}-01",
                f"00-{'a1' * 16}-{'0' * 16}-01",
                valid + "\t-x",
            ):
                await client.get(url + BASE + "/zaken", headers={"traceparent": invalid} if invalid else {})
                started = upstream.asked[b"traceparent"].decode()
                assert started != invalid
                version, trace, span, flags = started.split("-")
                assert (version, len(trace), len(span), flags) == ("00", 32, 16, "01")
        traces = {dict(scope["headers"])[b"traceparent"] for scope in upstream.scopes}
        assert len(traces) == len(upstream.scopes)

    async def test_cors_follows_the_allow_list(self) -> None:
        cors = Cors(frozenset({b"https://portaal.example"}))
        preflight = {"access-control-request-method": "POST", "origin": "https://portaal.example"}
        async with (
            serving(Upstream()) as service,
            proxying(service, cors=cors, admit=None) as url,
            httpx.AsyncClient() as client,
        ):
            known = await client.get(url + BASE + "/zaken", headers={"origin": "https://portaal.example"})
            unknown = await client.get(url + BASE + "/zaken", headers={"origin": "https://evil.example"})
            asked = await client.options(url + BASE + "/zaken", headers=preflight)
            refused = await client.options(
                url + BASE + "/zaken", headers={**preflight, "origin": "https://evil.example"}
            )
            public = await client.get(url + BASE + "/openapi.json", headers={"origin": "https://evil.example"})
        assert known.headers["access-control-allow-origin"] == "https://portaal.example"
        assert known.headers["vary"] == unknown.headers["vary"] == "Origin"
        assert "access-control-allow-origin" not in unknown.headers
        assert asked.status_code == 204
        assert "PATCH" in asked.headers["access-control-allow-methods"]
        assert "access-control-allow-methods" not in refused.headers
        assert public.headers["access-control-allow-origin"] == "*"


class TestFailures:
    async def test_a_service_that_is_away_is_503(self) -> None:
        async with listening(nothing) as service:
            pass
        async with proxying(service) as url, httpx.AsyncClient() as client:
            answer = await client.post(url + BASE + "/zaken", content=b"{}")
        assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
        assert int(answer.headers["retry-after"]) > 0

    async def test_a_full_service_is_503_after_the_connect_time(self) -> None:
        limits = Limits(connections=1, connect=0.1, idle=5)
        async with listening(forever) as service, proxying(service, limits=limits) as url:
            _, writer = await connect(url)
            writer.write(f"GET {BASE}/zaken HTTP/1.1\r\nhost: x\r\n\r\n".encode())
            async with httpx.AsyncClient() as client:
                answer = await client.get(url + BASE + "/zaken")
            writer.close()
        assert answer.status_code == 503

    async def test_a_closed_connection_is_survived_by_get_and_not_by_post(self) -> None:
        calls: list[bytes] = []
        upstream = closing_every_second(calls)
        async with listening(upstream) as service, proxying(service) as url, httpx.AsyncClient() as client:
            for _ in range(2):
                assert (await client.get(url + BASE + "/zaken")).status_code == 200
            assert len(calls) == 3  # the second one was sent twice
            answer = await client.post(url + BASE + "/zaken", content=b"{}")
        assert (answer.status_code, answer.json()["code"]) == (502, "bad_gateway")
        assert int(answer.headers["retry-after"]) > 0
        assert [call.split(b" ")[0] for call in calls] == [b"GET", b"GET", b"GET", b"POST"]

    @pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
    async def test_no_other_method_is_sent_twice(self, method: str) -> None:
        calls: list[bytes] = []
        upstream = closing_every_second(calls)
        async with listening(upstream) as service, proxying(service) as url, httpx.AsyncClient() as client:
            assert (await client.get(url + BASE + "/zaken")).status_code == 200
            assert (await client.request(method, url + BASE + "/zaken/1")).status_code == 502
        assert len(calls) == 2

    async def test_what_is_no_http_is_502(self) -> None:
        async def upstream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"no http at all\r\n\r\n")

        async with listening(upstream) as service, proxying(service) as url, httpx.AsyncClient() as client:
            assert (await client.get(url + BASE + "/zaken")).status_code == 502

    async def test_a_service_that_does_not_answer_in_time_is_504(self) -> None:
        left = asyncio.Event()

        async def upstream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()  # until the gateway closes
            left.set()

        async with listening(upstream) as service, proxying(service, limits=Limits(idle=0.2)) as url:
            async with httpx.AsyncClient() as client:
                answer = await client.get(url + BASE + "/zaken")
            assert (answer.status_code, answer.json()["code"]) == (504, "gateway_timeout")
            async with asyncio.timeout(5):
                await left.wait()

    async def test_a_slow_stream_that_moves_is_not_cut_off(self) -> None:
        async def upstream(scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for _ in range(8):
                await send({"type": "http.response.body", "body": b"x", "more_body": True})
                await asyncio.sleep(0.1)
            await send({"type": "http.response.body"})

        limits = Limits(idle=0.4)
        async with serving(upstream) as service, proxying(service, limits=limits) as url, httpx.AsyncClient() as client:
            assert (await client.get(url + BASE + "/zaken")).text == "x" * 8

    async def test_an_upload_that_stops_is_408(self) -> None:
        async with serving(Upstream()) as service, proxying(service, limits=Limits(idle=0.2)) as url:
            reader, writer = await connect(url)
            writer.write(f"POST {BASE}/zaken HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nx".encode())
            assert (await reader.readline()).startswith(b"HTTP/1.1 408")
            writer.close()

    async def test_an_answer_that_breaks_off_is_seen_to_be_incomplete(self) -> None:
        async def upstream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n")
            await writer.drain()

        async with listening(upstream) as service, proxying(service) as url, httpx.AsyncClient() as client:
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get(url + BASE + "/zaken")

    async def test_query_strings_are_not_logged(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        async with listening(nothing) as service:
            pass
        async with proxying(service) as url:
            reader, writer = await connect(url)
            writer.write(f"GET {BASE}/zaken?bsn=999900018 HTTP/1.1\r\nhost: x\r\n\r\n".encode())
            assert (await reader.readline()).startswith(b"HTTP/1.1 503")
            writer.close()
        assert "request_broken_off" in caplog.text
        assert "999900018" not in str([vars(record) for record in caplog.records])


class TestCallerLeaves:
    async def test_while_the_service_works(self) -> None:
        asked, left = asyncio.Event(), asyncio.Event()

        async def upstream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            asked.set()
            await reader.read()
            left.set()

        async with listening(upstream) as service, proxying(service) as url:
            _, writer = await connect(url)
            writer.write(f"GET {BASE}/zaken HTTP/1.1\r\nhost: x\r\n\r\n".encode())
            async with asyncio.timeout(5):
                await asked.wait()
                writer.close()
                await left.wait()

    async def test_during_its_upload(self) -> None:
        started, left = asyncio.Event(), asyncio.Event()

        async def upstream(scope: Any, receive: Any, send: Any) -> None:
            while (await receive())["type"] != "http.disconnect":
                started.set()
            left.set()

        async with serving(upstream) as service, proxying(service) as url:
            _, writer = await connect(url)
            writer.write(f"POST {BASE}/zaken HTTP/1.1\r\nhost: x\r\ncontent-length: 9000\r\n\r\nabc".encode())
            async with asyncio.timeout(5):
                await started.wait()
                writer.close()
                await left.wait()

    async def test_during_the_answer(self) -> None:
        left = asyncio.Event()

        async def upstream(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
            await receive()
            left.set()

        async with serving(upstream) as service, proxying(service) as url:
            reader, writer = await connect(url)
            writer.write(f"GET {BASE}/zaken HTTP/1.1\r\nhost: x\r\n\r\n".encode())
            async with asyncio.timeout(5):
                await reader.readuntil(b"x\r\n")
                writer.close()
                await left.wait()


async def nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    pass


async def forever(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


def closing_every_second(calls: list[bytes]) -> Any:
    """A service that answers the first request of a connection and closes it at the second, without a word."""

    async def upstream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
        await writer.drain()
        calls.append(await reader.readuntil(b"\r\n\r\n"))

    return upstream
