"""Kanalen."""

import pytest

from chassis.testing.plugin import MakeService
from chassis.unit import unit_of_work
from services.notificaties.kanalen import OWN_KANALEN, add_missing, register_kanalen

BASE = "/notificaties/api/v1/kanaal"


def rights(*scopes: str) -> list[dict[str, object]]:
    return [{"component": "nrc", "scopes": list(scopes)}]


async def test_without_rights(service: MakeService) -> None:
    made = await service("notificaties")
    nobody, reader = made.client("niemand", []), made.client("lezer", rights("notificaties.consumeren"))
    assert (await made.anonymous().get(BASE)).status_code == 403
    for answer in (
        await nobody.get(BASE),
        await nobody.get(f"{BASE}/{'0' * 32}"),
        await nobody.post(BASE, json={"naam": "x"}),
    ):
        assert answer.status_code == 403
        assert answer.json()["code"] == "permission_denied"
    assert (await reader.get(BASE)).status_code == 200
    assert (await reader.post(BASE, json={"naam": "x"})).status_code == 403


async def test_register_read_list(service: MakeService) -> None:
    made = await service("notificaties")
    client = made.client("bron", rights("notificaties.publiceren"))
    body = {"naam": "testkanaal", "documentatieLink": "https://example.com", "filters": ["bron", "zaaktype"]}
    created = await client.post(BASE, json=body)
    assert created.status_code == 201
    assert created.json() == {"url": created.headers["location"], **body}
    read = await client.get(created.json()["url"])
    assert read.json() == created.json()
    assert (await client.get(read.url, headers={"If-None-Match": read.headers["etag"]})).status_code == 304
    assert (await client.get(BASE, params={"naam": "testkanaal"})).json() == [body | {"url": created.json()["url"]}]
    assert (await client.get(BASE, params={"naam": "anders"})).json() == []
    assert [row["actie"] for row in await made.audit()] == ["create"]


async def test_what_is_wrong(service: MakeService) -> None:
    client = (await service("notificaties")).client()
    assert (await client.get(BASE, params={"page": "1"})).status_code == 400
    assert (await client.get(f"{BASE}/00000000-0000-0000-0000-000000000000")).status_code == 404
    await client.post(BASE, json={"naam": "testkanaal"})
    again = await client.post(BASE, json={"naam": "testkanaal"})
    assert again.json()["invalidParams"][0] | {"reason": ""} == {"name": "naam", "code": "unique", "reason": ""}
    wrong = await client.post(BASE, json={"naam": "x" * 51, "documentatieLink": "geen url", "filters": [""]})
    assert {param["name"] for param in wrong.json()["invalidParams"]} == {"naam", "documentatieLink", "filters.0"}
    assert wrong.status_code == 400


async def test_our_own_kanalen_are_registered_once(service: MakeService) -> None:
    made = await service("notificaties")
    client = made.client()
    await client.post(BASE, json={"naam": "zaken", "filters": ["eigen"]})
    await register_kanalen(made.runtime)
    async with unit_of_work(made.runtime) as unit:
        assert await add_missing(unit) == []
    found = {kanaal["naam"]: kanaal for kanaal in (await client.get(BASE)).json()}
    assert found.keys() == {own.naam for own in OWN_KANALEN}
    assert found["zaken"]["filters"] == ["eigen"]
    assert found["zaaktypen"]["documentatieLink"].endswith("/catalogi/api/v1/openapi.json")


@pytest.mark.parametrize("path", ["/notificaties/api/v1", "/bezorging/api/v1"])
async def test_contract_is_served(service: MakeService, path: str) -> None:
    answer = await (await service("notificaties")).anonymous().get(f"{path}/openapi.json")
    assert answer.status_code == 200


async def test_changed_but_for_its_name(service: MakeService) -> None:
    made = await service("notificaties")
    client = made.client()
    reader = made.client("lezer", [{"component": "nrc", "scopes": ["notificaties.consumeren"]}])
    body = {"naam": "eigen", "documentatieLink": "https://m/doc", "filters": ["soort"]}
    url = (await client.post(BASE, json=body)).json()["url"]
    assert (await reader.put(url, json=body)).status_code == 403
    assert (await reader.patch(url, json={})).status_code == 403
    assert (await client.patch(url, json={"filters": ["soort", "plaats"]})).json()["filters"] == ["soort", "plaats"]
    assert (await client.put(url, json={"naam": "eigen"})).json() == {
        "url": url,
        "naam": "eigen",
        "documentatieLink": "",
        "filters": [],
    }
    for answer in (await client.put(url, json=body | {"naam": "x"}), await client.patch(url, json={"naam": "x"})):
        assert answer.status_code == 400
        (param,) = answer.json()["invalidParams"]
        assert (param["name"], param["code"]) == ("naam", "wijzigen-niet-toegelaten")
    nowhere = f"{BASE}/00000000-0000-0000-0000-000000000000"
    assert (await client.patch(nowhere, json={})).status_code == 404
