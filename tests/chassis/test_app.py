"""The edge: errors in one shape with every header, one transaction per request, committed before the answer leaves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
import uvicorn
from sqlalchemy import text

from chassis.app import SECURITY_HEADERS
from chassis.problems import Conflict
from chassis.testing.service import ServiceUnderTest, eventually
from chassis.unit import Unit
from tests.chassis.example import BASE, HOOKS, THING_CHANGED, ZGW, announce

MEMBERS = {"type", "code", "title", "status", "detail", "instance"}


def is_problem(answer: httpx.Response, status: int, code: str, version: str | None = "2.0.0") -> dict[str, Any]:
    """Assert that an answer is a problem with every member and every header; its JSON."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert set(body) - {"invalidParams"} == MEMBERS
    assert ("invalidParams" in body) == (status == 400)
    assert (body["status"], body["code"]) == (status, code)
    assert all(isinstance(body[name], str) and body[name] for name in MEMBERS - {"status"}), body
    assert body["instance"].startswith("urn:uuid:")
    assert UUID(body["instance"].removeprefix("urn:uuid:"))
    assert answer.headers.get("api-version") == version
    for name, value in SECURITY_HEADERS:
        assert answer.headers.get_list(name.decode()) == [value.decode()], name
    return body


class TestErrors:
    async def test_without_token(self, example: ServiceUnderTest) -> None:
        answer = await example.anonymous().get(f"{BASE}/things")
        is_problem(answer, 401, "not_authenticated")
        assert answer.headers["www-authenticate"] == "Bearer"
        is_problem(await example.anonymous().get(f"{ZGW}/things"), 403, "not_authenticated", "1.3.0")

    async def test_without_scope(self, example: ServiceUnderTest) -> None:
        nobody = example.client("niemand", [])
        for base, version in ((BASE, "2.0.0"), (ZGW, "1.3.0")):
            is_problem(await nobody.get(f"{base}/things"), 403, "permission_denied", version)
            is_problem(await nobody.post(f"{base}/things", json={"name": "a"}), 403, "permission_denied", version)

    async def test_no_such_path(self, example: ServiceUnderTest) -> None:
        client = example.client()
        is_problem(await client.get(f"{BASE}/nothing"), 404, "not_found")
        is_problem(await client.get(f"{BASE}/things/"), 404, "not_found")
        is_problem(await client.get("/dingen/api/v1x/things"), 404, "not_found", None)
        is_problem(await client.get("/elsewhere"), 404, "not_found", None)
        is_problem(await client.get("/"), 404, "not_found", None)

    async def test_no_such_resource(self, example: ServiceUnderTest) -> None:
        is_problem(await example.client().get(f"{BASE}/things/{uuid4()}"), 404, "not_found")

    @pytest.mark.parametrize("garbage", ["abc", "1", "%00", "..%2f", "é", "00000000-0000-0000-0000-00000000000g"])
    async def test_an_id_that_is_none_is_not_found(self, example: ServiceUnderTest, garbage: str) -> None:
        client = example.client()
        for base, version in ((BASE, "2.0.0"), (ZGW, "1.3.0")):
            answer = await client.get(f"{base}/things/{garbage}")
            is_problem(answer, 404, "not_found", version)
        is_problem(await client.patch(f"{BASE}/things/{garbage}", json={}), 404, "not_found")
        assert (await example.anonymous().get(f"{BASE}/things/{garbage}")).status_code in {401, 404}

    async def test_method_not_allowed_names_all_that_are(self, example: ServiceUnderTest) -> None:
        client = example.client()
        answer = await client.put(f"{BASE}/things", json={})
        is_problem(answer, 405, "method_not_allowed")
        assert answer.headers["allow"] == "GET, HEAD, POST"
        answer = await client.options(f"{BASE}/things/{uuid4()}")
        is_problem(answer, 405, "method_not_allowed")
        assert answer.headers["allow"] == "DELETE, GET, HEAD, PATCH"

    async def test_too_large(self, example: ServiceUnderTest) -> None:
        client = example.client()
        is_problem(await client.post(f"{BASE}/things", content=b"x" * (10 * 2**20 + 1)), 413, "payload_too_large")

        async def chunks() -> Any:
            for _ in range(11):
                yield b" " * 2**20

        headers = {"Content-Type": "application/json"}
        answer = await client.post(f"{BASE}/things", content=chunks(), headers=headers)
        is_problem(answer, 413, "payload_too_large")
        answer = await example.anonymous().get(f"{BASE}/nothing", headers={"Content-Length": str(2**40)})
        is_problem(answer, 413, "payload_too_large")

    @pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "json", None])
    async def test_other_media_type(self, example: ServiceUnderTest, kind: str | None) -> None:
        headers = {"Content-Type": kind} if kind else {}
        answer = await example.client().post(f"{BASE}/things", content=b'{"name":"a"}', headers=headers)
        is_problem(answer, 415, "unsupported_media_type")

    @pytest.mark.parametrize(
        "kind", ["application/json", "application/merge-patch+json", "APPLICATION/JSON;charset=utf-8"]
    )
    async def test_json_by_any_name(self, example: ServiceUnderTest, kind: str) -> None:
        answer = await example.client().post(f"{BASE}/things", content=b'{"name":"a"}', headers={"Content-Type": kind})
        assert answer.status_code == 201

    @pytest.mark.parametrize(
        ("body", "name", "code"),
        [
            (b"{", "nonFieldErrors", "parse_error"),
            (b'{"name":"a"}}', "nonFieldErrors", "parse_error"),
            (b"", "nonFieldErrors", "required"),
            (b"null", "nonFieldErrors", "null"),
            (b"[]", "nonFieldErrors", "invalid"),
            (b'"x"', "nonFieldErrors", "invalid"),
            (b"{}", "name", "required"),
            (b'{"name":null}', "name", "null"),
            (b'{"name":"a","amount":"many"}', "amount", "invalid"),
            (b'{"name":"\\u0000"}', "nonFieldErrors", "invalid"),
            (b'{"name":"a","extra":{"x":"\\u0000"}}', "nonFieldErrors", "invalid"),
            (b'{"name":"\\ud800"}', "nonFieldErrors", "invalid"),
            (b'{"name":"a","extra":{"x":"\\ud800"}}', "nonFieldErrors", "invalid"),
            (b'{"name":"a","amount":2147483648}', "nonFieldErrors", "invalid"),
            (b'{"name":"a","amount":1e400}', "amount", "invalid"),
            (b'{"name":"a","amount":' + b"9" * 5000 + b"}", "nonFieldErrors", "parse_error"),
        ],
    )
    async def test_wrong_body(self, example: ServiceUnderTest, body: bytes, name: str, code: str) -> None:
        headers = {"Content-Type": "application/json"}
        answer = await example.client().post(f"{BASE}/things", content=body, headers=headers)
        [field] = is_problem(answer, 400, "invalid")["invalidParams"]
        assert (field["name"], field["code"]) == (name, code)

    @pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"[" * 100_000])
    async def test_what_no_parser_takes(self, example: ServiceUnderTest, body: bytes) -> None:
        headers = {"Content-Type": "application/json"}
        is_problem(await example.client().post(f"{BASE}/things", content=body, headers=headers), 400, "invalid")

    async def test_unknown_parameter(self, example: ServiceUnderTest) -> None:
        answer = await example.client().get(f"{BASE}/things", params={"foo": "1", "page": "x"})
        fields = is_problem(answer, 400, "invalid")["invalidParams"]
        assert {(field["name"], field["code"]) for field in fields} == {("foo", "unknown"), ("page", "invalid")}

    @pytest.mark.parametrize("query", ["name=%00", "name=a%00b"])
    async def test_nul_in_a_parameter(self, example: ServiceUnderTest, query: str) -> None:
        is_problem(await example.client().get(f"{BASE}/things?{query}"), 400, "invalid")

    async def test_unhandled_exception(self, example: ServiceUnderTest) -> None:
        async def explode(unit: Unit, row: Any) -> None:
            raise RuntimeError("999900006 in a message")

        HOOKS["boom"] = explode
        answer = await example.client().post(f"{BASE}/things", json={"name": "boom"})
        body = is_problem(answer, 500, "error")
        assert "999900006" not in answer.text
        assert body["detail"]
        assert await example.outbox() == []

    async def test_the_answer_names_the_trace_that_the_log_has(self, example: ServiceUnderTest) -> None:
        trace = "0af7651916cd43dd8448eb211c80319c"
        headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
        answer = await example.anonymous(headers).get(f"{BASE}/things")
        assert answer.json()["instance"] == f"urn:uuid:{UUID(trace)}"


class TestOneTransaction:
    async def test_row_representation_audit_and_event_together(self, example: ServiceUnderTest) -> None:
        answer = await example.client(headers={"X-Audit-Toelichting": "waarom"}).post(
            f"{BASE}/things", json={"name": "a"}
        )
        assert answer.status_code == 201
        [row] = await example.runtime.database.fetch("SELECT *, xmin::text AS tx FROM thing")
        [line] = await example.runtime.database.fetch("SELECT *, xmin::text AS tx FROM auditregel")
        [sent] = await example.runtime.database.fetch("SELECT *, xmin::text AS tx FROM outbox")
        assert row["tx"] == line["tx"] == sent["tx"]
        assert row["representation"] == answer.content == line["nieuw"]
        assert (line["oud"], line["toelichting"], line["client_id"]) == (None, "waarom", "test")
        assert answer.headers["etag"] == f'"{row["etag"]}"'
        assert answer.headers["location"] == answer.json()["url"] == f"http://meent.test{BASE}/things/{row['id']}"
        assert (sent["aggregate"], sent["sequence"]) == (row["id"], 1)

    async def test_a_commit_that_fails_leaves_nothing_and_says_so(self, example: ServiceUnderTest) -> None:
        answer = await example.client().post(
            f"{BASE}/things", json={"name": "refused at commit"}, headers={"Idempotency-Key": "k"}
        )
        is_problem(answer, 500, "error")
        await nothing_stored(example)

    async def test_a_database_that_goes_before_the_commit(self, example: ServiceUnderTest) -> None:
        async def cut(unit: Unit, row: Any) -> None:
            pid = await unit.session.scalar(text("SELECT pg_backend_pid()"))
            other = await asyncpg.connect(example.dsn)
            await other.execute("SELECT pg_terminate_backend($1)", pid)
            await other.close()

        HOOKS["cut"] = cut
        answer = await example.client().post(f"{BASE}/things", json={"name": "cut"})
        is_problem(answer, 503, "database-niet-bereikbaar")
        assert answer.headers["retry-after"] == "2"
        await nothing_stored(example)
        assert (await example.client().post(f"{BASE}/things", json={"name": "next"})).status_code == 201

    async def test_a_problem_after_the_work_undoes_it(self, example: ServiceUnderTest) -> None:
        async def refuse(unit: Unit, row: Any) -> None:
            raise Conflict("past-niet", "Dit past niet.")

        HOOKS["refuse"] = refuse
        is_problem(await example.client().post(f"{BASE}/things", json={"name": "refuse"}), 409, "past-niet")
        await nothing_stored(example)

    async def test_a_cancelled_request_leaves_nothing_and_keeps_no_connection(self, example: ServiceUnderTest) -> None:
        reached = asyncio.Event()

        async def hang(unit: Unit, row: Any) -> None:
            reached.set()
            await unit.session.execute(text("SELECT pg_sleep(60)"))

        HOOKS["hang"] = hang
        for _ in range(25):
            reached.clear()
            task = asyncio.create_task(example.client().post(f"{BASE}/things", json={"name": "hang"}))
            await reached.wait()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await nothing_stored(example)
        assert (await example.client().post(f"{BASE}/things", json={"name": "next"})).status_code == 201
        await eventually(lambda: no_connection_out(example))

    async def test_what_follows_the_commit_cannot_undo_it(self, example: ServiceUnderTest) -> None:
        async def late(unit: Unit, row: Any) -> None:
            async def explode() -> None:
                raise OSError("away")

            unit.after_commit(explode)

        HOOKS["late"] = late
        answer = await example.client().post(f"{BASE}/things", json={"name": "late"})
        assert answer.status_code == 201
        assert len(await example.outbox()) == 1


class TestHead:
    async def test_get_routes_answer_head_without_body(self, example: ServiceUnderTest) -> None:
        client = example.client()
        url = (await client.post(f"{BASE}/things", json={"name": "a"})).json()["url"]
        got, head = await client.get(url), await client.head(url)
        assert (head.status_code, head.content) == (200, b"")
        same = ("etag", "content-length", "content-type", "api-version")
        assert [head.headers[name] for name in same] == [got.headers[name] for name in same]
        assert (await client.head(url, headers={"If-None-Match": got.headers["etag"]})).status_code == 304
        answer = await client.head(f"{BASE}/things/{uuid4()}")
        assert (answer.status_code, answer.content) == (404, b"")
        assert (await example.anonymous().head(url)).status_code == 401


@asynccontextmanager
async def served(example: ServiceUnderTest) -> AsyncIterator[int]:
    """The port of the service behind a real HTTP server."""
    server = uvicorn.Server(uvicorn.Config(example.service, port=0, log_config=None, access_log=False, lifespan="off"))
    task = asyncio.create_task(server.serve())

    async def up() -> bool:
        return server.started

    await eventually(up)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task


class TestOverTheWire:
    async def test_a_client_that_leaves_halfway_does_not_halve_the_work(self, example: ServiceUnderTest) -> None:
        reached, go = asyncio.Event(), asyncio.Event()

        async def hang(unit: Unit, row: Any) -> None:
            reached.set()
            await go.wait()

        async def stored() -> Any:
            return await example.runtime.database.fetch("SELECT FROM thing")

        HOOKS["hang"] = hang
        token, body = example.client().headers["authorization"], '{"name":"hang"}'
        head = (
            f"POST {BASE}/things HTTP/1.1\r\nhost: x\r\nauthorization: {token}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\n\r\n{body}"
        )
        async with served(example) as port:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head.encode())
            await reached.wait()
            writer.close()
            await writer.wait_closed()
            go.set()
            assert len(await eventually(stored)) == 1
        assert len(await example.outbox()) == len(await example.audit()) == 1
        await eventually(lambda: no_connection_out(example))

    async def test_a_body_that_never_comes_keeps_nothing(self, example: ServiceUnderTest) -> None:
        token = example.client().headers["authorization"]
        head = (
            f"POST {BASE}/things HTTP/1.1\r\nhost: x\r\nauthorization: {token}\r\n"
            'content-type: application/json\r\ncontent-length: 100\r\n\r\n{"name":'
        )
        async with served(example) as port:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head.encode())
            await writer.drain()
            assert await no_connection_out(example)
            writer.close()
            await writer.wait_closed()
        await nothing_stored(example)

    async def test_no_header_can_be_slipped_in(self, example: ServiceUnderTest) -> None:
        async with served(example) as port:
            client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=example.client().headers)
            async with client:
                for path in (f"{BASE}/things?name=%0d%0aX-Evil:1", f"{BASE}/things/%0d%0aX-Evil:1", "/%0d%0aX-Evil:1"):
                    assert "x-evil" not in (await client.get(path)).headers
                answer = await client.post(
                    f"{BASE}/things", json={"name": "a"}, headers={"Idempotency-Key": "a%0d%0ab"}
                )
                again = await client.post(f"{BASE}/things", json={"name": "a"}, headers={"Idempotency-Key": "a%0d%0ab"})
                assert (answer.status_code, answer.content) == (201, again.content)
                head = await client.head(answer.json()["url"].removeprefix("http://meent.test"))
                assert (head.status_code, head.content) == (200, b"")


class TestOwnPaths:
    async def test_health_and_metrics(self, example: ServiceUnderTest) -> None:
        client = example.anonymous()
        assert (await client.get("/health/live")).json() == {"status": "ok"}
        ready = await client.get("/health/ready")
        assert ready.json() == {"database": True, "policy": True, "startup": True}
        text = (await client.get("/metrics")).text
        assert "# TYPE meent_requests_total counter" in text
        assert ready.headers["x-content-type-options"] == "nosniff"

    async def test_a_websocket_is_refused_not_left_hanging(self, example: ServiceUnderTest) -> None:
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "websocket.connect"}

        async def send(message: Any) -> None:
            sent.append(message)

        await example.service({"type": "websocket", "path": "/", "headers": []}, receive, send)
        assert sent == [{"type": "websocket.close", "code": 1000}]

    async def test_the_contract_is_served(self, example: ServiceUnderTest) -> None:
        document = (await example.anonymous().get(f"{BASE}/openapi.json")).json()
        assert document["servers"] == [{"url": BASE}]
        created = document["paths"]["/things"]["post"]
        assert created["operationId"] == "thing_create"
        assert "422" not in created["responses"]
        assert "application/problem+json" in created["responses"]["409"]["content"]


async def nothing_stored(example: ServiceUnderTest) -> None:
    for table in ("thing", "auditregel", "outbox", "outbox_aggregate", "idempotency"):
        assert await example.runtime.database.fetch(f"SELECT FROM {table}") == [], table


async def no_connection_out(example: ServiceUnderTest) -> bool:
    return example.runtime.database.writes.pool.checkedout() == 0  # type: ignore[attr-defined]


async def test_every_write_of_one_unit_is_one_transaction(example: ServiceUnderTest) -> None:
    async def more(unit: Unit, row: Any) -> None:
        for _ in range(3):
            announce(unit, row, THING_CHANGED)

    HOOKS["more"] = more
    await example.client().post(f"{BASE}/things", json={"name": "more"})
    assert [event["sequence"] for event in await example.outbox()] == [1, 2, 3, 4]
