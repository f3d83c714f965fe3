import re

import pytest

from chassis.testing.plugin import MakeService
from gateway.front import ZGW, routes
from gateway.landing import About, render
from tests.gateway.servers import listening, serving
from tests.gateway.test_proxy import Upstream, nothing
from tests.gateway.test_tokens import loaded

OPENAPI = b'{"info": {"title": "Zaken <API>", "version": "1.5.1", "description": "Zaken en statussen"}}'


def test_every_api_of_the_list_has_a_route(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEENT_ZAKEN_URL", "http://zaken.internal:8000/")
    found = {route.base: route for route in routes()}
    assert found["/zaken/api/v1"].url == found["/catalogi/api/v1"].url == "http://zaken.internal:8000"
    assert found["/zaken/api/v1"].zgw
    assert not found["/verhuizingen/api/v1"].zgw
    assert found["/zaken/api/v1"].openapi == b"/zaken/api/v1/openapi.json"
    assert {name for name in ZGW if f"/{name}/api/v1" in found} >= {"autorisaties", "catalogi", "zaken", "notificaties"}


async def test_the_page_shows_what_the_services_say_and_who_is_away(
    live_service: MakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with listening(nothing) as away:
        pass
    async with serving(Upstream(body=OPENAPI)) as zaken:
        for name in ("AUTORISATIES", "KLANTEN", "MELDINGEN", "NOTIFICATIES"):
            monkeypatch.setenv(f"MEENT_{name}_URL", away)
        monkeypatch.setenv("MEENT_ZAKEN_URL", zaken)
        gateway = await loaded(await live_service("gateway"))
        async with gateway.anonymous() as client:
            answer = await client.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    page = answer.text
    assert "Zaken &lt;API&gt;" in page
    assert "1.5.1" in page
    assert 'href="/zaken/api/v1/openapi.json"' in page
    assert page.count("nu niet bereikbaar") == sum(route.service != "zaken" for route in routes())


async def test_the_page_has_no_script_and_asks_nothing_of_others(live_service: MakeService) -> None:
    gateway = await loaded(await live_service("gateway"))
    async with gateway.anonymous() as client:
        answer = await client.get("/")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r"<script|<img|<link|@import|url\(|https?:|\son\w+=|\sstyle=", answer.text)


def test_the_page_is_well_formed_and_accessible() -> None:
    page = render([About("/zaken/api/v1/openapi.json", "Zaken", "1.5.1", "x")], "gm9001", events=True).decode()
    assert page.startswith('<!DOCTYPE html>\n<html lang="nl">')
    for needed in ("<title>", "<main>", "<h1>", "<caption>", '<th scope="col">', '<th scope="row">', 'name="viewport"'):
        assert needed in page
    assert 'href="/asyncapi.yaml"' in page
    assert "asyncapi" not in render([], "gm9001", events=False).decode()


async def test_own_paths_beside_the_proxy(live_service: MakeService) -> None:
    gateway = await loaded(await live_service("gateway"))
    async with gateway.anonymous() as client:
        assert (await client.get("/health/live")).status_code == 200
        assert (await client.get("/health/ready")).status_code == 200
        assert (await client.get("/metrics")).status_code == 200
        for path in ("/nergens", "/live/", "/live/alles", "/zaken"):
            answer = await client.get(path)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
            assert answer.headers["x-content-type-options"] == "nosniff"
        answer = await client.post("/")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
