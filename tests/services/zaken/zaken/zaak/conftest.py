"""The fixture `elsewhere`: another provider, which the service may call."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from chassis.fetching import Outbound
from tests.services.zaken.making import Zaken


class Elsewhere:
    """A provider of a communicatiekanaal and a zaak, and of things that are neither. `asked` are the paths called."""

    def __init__(self) -> None:
        self.base = ""
        self.asked: list[str] = []

    def url(self, path: str) -> str:
        """URL of one of its things: kanaal, zaak, html; anything else is a 404."""
        return f"{self.base}/{path}"

    async def answer(self, request: web.Request) -> web.Response:
        """Whatever is asked for."""
        path = request.path.strip("/")
        self.asked.append(path)
        bodies = {
            "kanaal": web.json_response({"url": self.url("kanaal"), "naam": "balie", "omschrijving": ""}),
            "zaak": web.json_response({"url": "x", "identificatie": "1", "bronorganisatie": "1", "zaaktype": "y"}),
            "html": web.Response(text="<html>", content_type="text/html"),
        }
        return bodies.get(path) or web.Response(status=404)


@pytest.fixture
async def elsewhere(zaken: Zaken) -> AsyncIterator[Elsewhere]:
    """Another provider, which the service may call."""
    provider, app = Elsewhere(), web.Application()
    app.router.add_get("/{path}", provider.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    provider.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    runtime = zaken.service.runtime
    guarded, runtime.outbound = runtime.outbound, Outbound("127.0.0.1")
    yield provider
    await runtime.outbound.close()
    runtime.outbound = guarded
    await runner.cleanup()
