"""Resources of other providers: what is fetched, and what every way to fail is called."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from chassis.fetching import Outbound
from chassis.unit import Unit
from services.zaken.foreign import NotUsable, fetched
from tests.services.zaken.making import Zaken

SHAPE = ("url", "naam")


@pytest.fixture
async def provider() -> AsyncIterator[str]:
    """The base URL of a provider with one good resource and several bad ones."""

    async def answer(request: web.Request) -> web.Response:
        bodies = {
            "good": web.json_response({"url": "x", "naam": "y", "meer": 1}),
            "other": web.json_response({"url": "x"}),
            "list": web.json_response(["url", "naam"]),
            "html": web.Response(text="<html>", content_type="text/html"),
            "moved": web.Response(status=302, headers={"Location": "/good"}),
        }
        return bodies.get(request.path.strip("/")) or web.Response(status=404)

    app = web.Application()
    app.router.add_get("/{path}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture
async def unit(zaken: Zaken) -> AsyncIterator[Unit]:
    """A unit whose service may call this machine."""
    runtime = zaken.service.runtime
    guarded, runtime.outbound = runtime.outbound, Outbound("127.0.0.1")
    async with runtime.database.session() as session:
        yield Unit(runtime, session)
    await runtime.outbound.close()
    runtime.outbound = guarded


async def test_what_has_the_shape_is_given(provider: str, unit: Unit) -> None:
    assert await fetched(unit, f"{provider}/good", "veld", SHAPE) == {"url": "x", "naam": "y", "meer": 1}


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("missing", "bad-url"),
        ("moved", "bad-url"),
        ("other", "invalid-resource"),
        ("list", "invalid-resource"),
        ("html", "invalid-resource"),
    ],
)
async def test_what_has_not_is_refused(provider: str, unit: Unit, path: str, code: str) -> None:
    with pytest.raises(NotUsable) as caught:
        await fetched(unit, f"{provider}/{path}", "veld", SHAPE)
    assert (caught.value.error.name, caught.value.error.code) == ("veld", code)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x", "http://10.0.0.1/x", "ftp://a.example/x", "geen url"])
async def test_what_cannot_be_reached_is_a_bad_url(unit: Unit, url: str) -> None:
    with pytest.raises(NotUsable) as caught:
        await fetched(unit, url, "veld", SHAPE)
    assert caught.value.error.code == "bad-url"


async def test_this_machine_is_not_called_unless_it_is_allowed(provider: str, zaken: Zaken) -> None:
    runtime = zaken.service.runtime
    async with runtime.database.session() as session:
        with pytest.raises(NotUsable) as caught:
            await fetched(Unit(runtime, session), f"{provider}/good", "veld", SHAPE)
    assert caught.value.error.code == "bad-url"
