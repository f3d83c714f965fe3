"""Reads: stored bytes, ETags, pages in their order, links that no request can bend."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from chassis.reading import Selection
from chassis.resource import etag_of
from chassis.testing.service import ServiceUnderTest
from chassis.unit import unit_of_work
from tests.chassis.example import BASE, SEALED, ZGW, make_thing


async def fill(example: ServiceUnderTest, number: int) -> None:
    """Things n0000, n0001, … stored in another order than that of their names."""
    async with unit_of_work(example.runtime) as unit:
        for place in range(number):
            await make_thing(unit, f"n{place * 7 % number:04}")


class TestOne:
    async def test_without_rights(self, example: ServiceUnderTest) -> None:
        assert (await example.client("nobody", []).get(f"{BASE}/things")).status_code == 403

    async def test_etag_and_not_modified(self, example: ServiceUnderTest) -> None:
        client = example.client()
        made = await client.post(f"{BASE}/things", json={"name": "a"})
        url = made.json()["url"]
        got = await client.get(url)
        assert got.content == made.content
        assert got.headers["etag"] == made.headers["etag"] == f'"{etag_of(got.content)}"'
        for tag in (got.headers["etag"], "*", f'"x", W/{got.headers["etag"]}', f"W/{got.headers['etag']}"):
            answer = await client.get(url, headers={"If-None-Match": tag})
            assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", got.headers["etag"])
            assert answer.headers["api-version"] == "2.0.0"
        assert (await client.get(url, headers={"If-None-Match": '"x"'})).status_code == 200
        await client.patch(url, json={"amount": 2})
        changed = await client.get(url, headers={"If-None-Match": got.headers["etag"]})
        assert (changed.status_code, changed.json()["amount"]) == (200, 2)

    async def test_a_list_has_an_etag_too(self, example: ServiceUnderTest) -> None:
        client = example.client()
        await fill(example, 3)
        got = await client.get(f"{BASE}/things")
        again = await client.get(f"{BASE}/things", headers={"If-None-Match": got.headers["etag"]})
        assert again.status_code == 304
        await fill(example, 1)
        assert (await client.get(f"{BASE}/things", headers={"If-None-Match": got.headers["etag"]})).status_code == 200

    async def test_nothing_sealed_is_an_empty_page(self, example: ServiceUnderTest) -> None:
        answer = await example.client().get(f"{BASE}/sealed")
        assert (answer.status_code, answer.json()["results"]) == (200, [])

    async def test_sealed_is_opened_and_stored_sealed(self, example: ServiceUnderTest) -> None:
        client = example.client()
        made = await client.post(f"{BASE}/sealed", json={"name": "Jip 999900006"})
        assert (await client.get(made.json()["url"])).json()["name"] == "Jip 999900006"
        assert (await client.get(f"{BASE}/sealed")).json()["results"][0] == made.json()
        assert (await client.get(f"{BASE}/sealed", params={"page": 2})).status_code == 404
        rows = await example.runtime.database.fetch("SELECT representation FROM sealed_thing")
        audit = await example.runtime.database.fetch("SELECT sealed, nieuw FROM auditregel")
        assert audit[0]["sealed"]
        for stored in (rows[0]["representation"], audit[0]["nieuw"]):
            assert b"Jip" not in stored
            context = SEALED.context(made.json()["url"].rsplit("/", 1)[1])
            assert json.loads(example.runtime.keyring.open(stored, context)) == made.json()


class TestPages:
    async def test_every_page_in_order_and_nothing_twice(self, example: ServiceUnderTest) -> None:
        await fill(example, 230)
        client, names = example.client(), []
        url: str | None = f"http://meent.test{BASE}/things?pageSize=20"
        pages = 0
        while url:
            page = (await client.get(url)).json()
            assert page["count"] == 230
            names += [item["name"] for item in page["results"]]
            url, pages = page["next"], pages + 1
        assert pages == 12
        assert names == sorted(names, reverse=True)
        assert len(set(names)) == 230

    async def test_order_holds_whatever_plan_the_database_takes(self, example: ServiceUnderTest) -> None:
        await fill(example, 230)
        settings = "SET enable_nestloop = off; SET enable_mergejoin = off"
        await example.runtime.database.read(lambda connection: connection.execute(settings))
        page = (await example.client().get(f"{BASE}/things", params={"page": 3, "pageSize": 50})).json()
        await example.runtime.database.read(lambda connection: connection.execute("RESET ALL"))
        names = [item["name"] for item in page["results"]]
        assert names == [f"n{number:04}" for number in range(129, 79, -1)]

    async def test_links_keep_the_question(self, example: ServiceUnderTest) -> None:
        await fill(example, 5)
        page = (await example.client().get(f"{BASE}/things?pageSize=2&page=2")).json()
        assert page["previous"] == f"http://meent.test{BASE}/things?pageSize=2&page=1"
        assert page["next"] == f"http://meent.test{BASE}/things?pageSize=2&page=3"
        page = (await example.client().get(f"{ZGW}/things")).json()
        assert (page["next"], page["previous"], page["count"]) == (None, None, 5)

    @pytest.mark.parametrize("number", [2, 10**6, 2**31, 2**63 - 1, 2**63, 10**18, 10**30])
    async def test_past_the_end_is_not_found(self, example: ServiceUnderTest, number: int) -> None:
        await fill(example, 3)
        answer = await example.client().get(f"{BASE}/things", params={"page": number, "pageSize": 500})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")

    @pytest.mark.parametrize("query", ["page=0", "page=-1", "page=", "page=1e3", "page=" + "9" * 5000, "pageSize=501",
                                       "pageSize=0", "page=1&page=x"])  # fmt: skip
    async def test_wrong_pages(self, example: ServiceUnderTest, query: str) -> None:
        answer = await example.client().get(f"{BASE}/things?{query}")
        assert answer.status_code == 400
        assert answer.json()["invalidParams"][0]["name"] in {"page", "pageSize"}

    async def test_an_empty_first_page_is_a_page(self, example: ServiceUnderTest) -> None:
        answer = await example.client().get(f"{BASE}/things")
        assert answer.json() == {"count": 0, "next": None, "previous": None, "results": []}

    async def test_a_filter_counts_what_it_selects(self, example: ServiceUnderTest) -> None:
        await fill(example, 5)
        answer = await example.client().get(f"{BASE}/things", params={"name": "n0003"})
        assert (answer.json()["count"], answer.json()["results"][0]["name"]) == (1, "n0003")

    @pytest.mark.parametrize("host", ["evil.example", 'x"y', "evil/x?", "", "a b", "é", "evil.example:99999"])
    async def test_no_request_bends_a_link(self, example: ServiceUnderTest, host: str) -> None:
        await fill(example, 3)
        answer = await example.client().get(f"{BASE}/things?pageSize=1", headers={"Host": host.encode()})  # type: ignore[dict-item]
        assert answer.json()["next"] == f"http://meent.test{BASE}/things?pageSize=1&page=2"

    @pytest.mark.parametrize("kind", ['a"b', "a\\b", "é", "a b", "a<b>", "a%2Fb", "a?b", "a\n"])
    async def test_a_path_the_caller_chose_stays_valid_json(self, example: ServiceUnderTest, kind: str) -> None:
        await fill(example, 2)
        url = f"{BASE}/kinds/{quote(kind, safe='')}/things"
        answer = await example.client().get(url, params={"pageSize": 1})
        following = answer.json()["next"]
        assert (await example.client().get(following)).json()["previous"]

    @pytest.mark.parametrize(
        "query", [b"\xff\xfe=1", b"name=\xff", b"name=%ff&pageSize=1", b"name=%ED%A0%80", b"&&&", b"="]
    )
    async def test_bytes_that_are_no_text_in_the_query(self, example: ServiceUnderTest, query: bytes) -> None:
        await fill(example, 2)
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": b""}

        async def send(message: Any) -> None:
            sent.append(message)

        headers = [(b"authorization", example.client().headers["authorization"].encode())]
        scope = {
            "type": "http", "method": "GET", "path": f"{BASE}/things", "raw_path": b"", "query_string": query,
            "headers": headers, "scheme": "http", "server": None, "client": None, "http_version": "1.1",
        }  # fmt: skip
        await example.service(scope, receive, send)
        assert sent[0]["status"] in {200, 400}
        json.loads(sent[1]["body"])


def test_a_selection_numbers_its_values() -> None:
    selection = Selection().where("a = {}", 1).where_given("b = {}", None).where("c IN ({}, {})", 2, 3).where("d")
    assert selection.sql == " WHERE a = $1 AND c IN ($2, $3) AND d"
    assert selection.values == [1, 2, 3]
    assert Selection().sql == ""
