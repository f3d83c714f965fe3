"""Idempotency-Key: one effect and one answer per client and key."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from chassis import clock
from chassis.idempotency import KEPT, Pending
from chassis.problems import Conflict
from chassis.testing.service import ServiceUnderTest
from chassis.unit import Unit, unit_of_work
from tests.chassis.example import BASE, HOOKS, ZGW


async def post(client: httpx.AsyncClient, key: str = "k", base: str = BASE, **body: Any) -> httpx.Response:
    return await client.post(f"{base}/things", json={"name": "a", **body}, headers={"Idempotency-Key": key})


async def stored(example: ServiceUnderTest) -> int:
    return len(await example.runtime.database.fetch("SELECT FROM thing"))


async def test_without_rights_nothing_is_kept(example: ServiceUnderTest) -> None:
    nobody = example.client("nobody", [])
    assert (await post(nobody)).status_code == 403
    assert await example.runtime.database.fetch("SELECT FROM idempotency") == []
    assert (await post(example.client("nobody"))).status_code == 201


async def test_a_repeat_gets_the_same_answer_and_no_second_effect(example: ServiceUnderTest) -> None:
    client = example.client()
    first = await post(client)
    again = await post(client)
    assert (again.status_code, again.content) == (201, first.content)
    for name in ("etag", "location", "content-type", "api-version", "x-content-type-options"):
        assert again.headers[name] == first.headers[name]
    assert (await stored(example), len(await example.outbox()), len(await example.audit())) == (1, 1, 1)


async def test_the_answer_is_kept_sealed(example: ServiceUnderTest) -> None:
    headers = {"Idempotency-Key": "999900006"}
    await example.client().post(f"{BASE}/sealed", json={"name": "999900006"}, headers=headers)
    [row] = await example.runtime.database.fetch("SELECT i::text AS line FROM idempotency i")
    assert b"999900006".hex() not in row["line"]
    assert "999900006" not in row["line"]


async def test_other_body_path_client_or_key(example: ServiceUnderTest) -> None:
    client = example.client()
    assert (await post(client)).status_code == 201
    answer = await post(client, name="b")
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotentiesleutel-hergebruikt")
    assert (await post(example.client("other"))).status_code == 201
    assert (await post(client, key="l")).status_code == 201
    answer = await client.post(f"{BASE}/sealed", json={"name": "a"}, headers={"Idempotency-Key": "k"})
    assert answer.status_code == 201
    assert await stored(example) == 3


async def test_the_host_header_is_no_part_of_it(example: ServiceUnderTest) -> None:
    client = example.client()
    for host in ("a.example", "b.example"):
        client.headers["Host"] = host
        await post(client)
    assert await stored(example) == 1


async def test_while_the_first_is_under_way(example: ServiceUnderTest) -> None:
    client, reached, free = example.client(), asyncio.Event(), asyncio.Event()

    async def hang(unit: Unit, row: Any) -> None:
        reached.set()
        await free.wait()

    HOOKS["hang"] = hang
    first = asyncio.create_task(post(client, name="hang"))
    await reached.wait()
    answer = await post(client, name="hang")
    assert (answer.status_code, answer.json()["code"]) == (409, "verzoek-in-behandeling")
    free.set()
    assert (await first).status_code == 201
    assert (await post(client, name="hang")).content == (await first).content
    assert await stored(example) == 1


async def test_many_at_once_have_one_effect(example: ServiceUnderTest) -> None:
    client = example.client()
    answers = await asyncio.gather(*(post(client) for _ in range(25)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert await stored(example) == 1


async def test_who_looked_before_the_other_committed_has_no_effect(example: ServiceUnderTest) -> None:
    """Lock and look-up are one statement: what it sees may be older than the lock it gets."""
    async with unit_of_work(example.runtime) as unit:
        unit.pending = Pending(b"key", b"body")
        unit.respond_raw(b"{}", 201)
    with pytest.raises(Conflict):
        await again(example)
    assert await example.runtime.database.fetch("SELECT FROM effect") == []
    with clock.frozen(clock.now() + KEPT + timedelta(minutes=1)):
        await again(example)


async def again(example: ServiceUnderTest) -> None:
    async with unit_of_work(example.runtime) as unit:
        await (await unit.connection()).execute("INSERT INTO effect (consumer) VALUES ('x')")
        unit.pending = Pending(b"key", b"body")
        unit.respond_raw(b"{}", 201)


async def test_after_a_day_the_key_is_new(example: ServiceUnderTest) -> None:
    client = example.client()
    first = await post(client)
    moment = clock.now()
    with clock.frozen(moment + KEPT - timedelta(minutes=1)):
        assert (await post(example.client())).content == first.content
    with clock.frozen(moment + KEPT + timedelta(minutes=1)):
        later = example.client()
        assert (await post(later)).content != first.content
        assert (await post(later, name="b")).status_code == 409
    assert await stored(example) == 2


async def test_a_failure_leaves_the_key_free(example: ServiceUnderTest) -> None:
    client, fails = example.client(), [Conflict("past-niet", "Nu niet."), RuntimeError("defect")]

    async def fail(unit: Unit, row: Any) -> None:
        if fails:
            raise fails.pop()

    HOOKS["fail"] = fail
    assert [(await post(client, name="fail")).status_code for _ in range(4)] == [500, 409, 201, 201]
    assert (await post(client, key="l", name=None)).status_code == 400
    assert (await post(client, key="l")).status_code == 201
    assert await stored(example) == 2


@pytest.mark.parametrize("key", ["", "x" * 201, "x" * 5000])
async def test_keys_that_are_none(example: ServiceUnderTest, key: str) -> None:
    answer = await post(example.client(), key=key)
    assert answer.status_code == 400
    assert answer.json()["invalidParams"][0]["name"] == "Idempotency-Key"


@pytest.mark.parametrize("key", ["x" * 200, 'a"b', "é", "a b", "\\0"])
async def test_strange_keys_work(example: ServiceUnderTest, key: str) -> None:
    client = example.client()
    headers = {"Idempotency-Key": key.encode()}
    answers = [await client.post(f"{BASE}/things", json={"name": "a"}, headers=headers) for _ in range(2)]  # type: ignore[arg-type]
    assert answers[0].status_code == 201
    assert answers[0].content == answers[1].content


async def test_zgw_knows_no_key(example: ServiceUnderTest) -> None:
    client = example.client()
    for _ in range(2):
        assert (await post(client, base=ZGW)).status_code == 201
    assert await stored(example) == 2
