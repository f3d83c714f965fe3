"""Resources of other providers: what is fetched, and what every way to fail is called."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from chassis.unit import Unit
from services.zaken.foreign import NotUsable, fetched
from tests.services.zaken.elsewhere import running
from tests.services.zaken.making import Zaken

SHAPE = ("url", "naam")


@pytest.fixture
async def provider(zaken: Zaken) -> AsyncIterator[str]:
    """The base URL of a provider with one good resource and several bad ones, that may be called."""
    async with running(zaken) as elsewhere:
        elsewhere.put("good", {"url": "x", "naam": "y", "meer": 1})
        elsewhere.put("other", {"url": "x"})
        elsewhere.put("list", ["url", "naam"])
        elsewhere.put("html", "<html>")
        elsewhere.put("moved", web.Response(status=302, headers={"Location": "/good"}))
        yield elsewhere.base


@pytest.fixture
async def unit(zaken: Zaken) -> AsyncIterator[Unit]:
    """A unit of the service."""
    async with zaken.service.runtime.database.session() as session:
        yield Unit(zaken.service.runtime, session)


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


async def test_this_machine_is_not_called_unless_it_is_allowed(unit: Unit, zaken: Zaken) -> None:
    async with running(zaken, allowed="") as elsewhere:
        with pytest.raises(NotUsable) as caught:
            await fetched(unit, elsewhere.put("good", {"naam": "y"}), "veld", SHAPE)
        assert elsewhere.asked == []
    assert caught.value.error.code == "bad-url"
