"""Resources of other providers: what is fetched, and what every way to fail is called."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from chassis.unit import Unit
from services.zaken.foreign import NotUsable, fetched
from tests.services.zaken.making import Zaken
from tests.services.zaken.providing import providing

SHAPE = ("url", "naam")


@pytest.fixture
async def provider(zaken: Zaken) -> AsyncIterator[str]:
    """The base URL of a provider with one good resource and several bad ones, that may be called."""
    answers = {
        "good": {"url": "x", "naam": "y", "meer": 1},
        "other": {"url": "x"},
        "list": ["url", "naam"],
        "html": web.Response(text="<html>", content_type="text/html"),
        "moved": web.Response(status=302, headers={"Location": "/good"}),
    }
    async with providing(answers, zaken.service) as base:
        yield base


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
    async with providing({"good": {"url": "x", "naam": "y"}}, zaken.service, allowed="") as base:
        with pytest.raises(NotUsable) as caught:
            await fetched(unit, f"{base}/good", "veld", SHAPE)
    assert caught.value.error.code == "bad-url"
