"""Another provider: resources at URLs that are not ours, on this machine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from chassis.fetching import Outbound
from tests.services.zaken.making import Zaken


class Elsewhere:
    """`put` gives the URL of something that can be fetched there: JSON, a page as text, or an answer without body."""

    def __init__(self) -> None:
        self.base = ""
        self.asked: list[str] = []
        self._resources: dict[str, Any] = {}

    def put(self, path: str, content: Any) -> str:
        """The URL of `content`; its own `url` is filled in."""
        url = f"{self.base}/{path}"
        self._resources[path] = {"url": url, **content} if isinstance(content, dict) else content
        return url

    async def answer(self, request: web.Request) -> web.Response:
        path = request.path.strip("/")
        self.asked.append(path)
        if path not in self._resources:
            return web.Response(status=404)
        content = self._resources[path]
        if isinstance(content, web.Response):
            return web.Response(status=content.status, headers=content.headers)
        if isinstance(content, str):
            return web.Response(text=content, content_type="text/html")
        return web.json_response(content)


@asynccontextmanager
async def running(zaken: Zaken, allowed: str = "127.0.0.1") -> AsyncIterator[Elsewhere]:
    """The provider, which the service may call meanwhile unless other hosts are allowed."""
    provider = Elsewhere()
    app = web.Application()
    app.router.add_get("/{path:.*}", provider.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    provider.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    runtime = zaken.service.runtime
    guarded, runtime.outbound = runtime.outbound, Outbound(allowed)
    try:
        yield provider
    finally:
        await runtime.outbound.close()
        runtime.outbound = guarded
        await runner.cleanup()
