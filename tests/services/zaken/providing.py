"""Another provider on the loopback, and a service that may call it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from chassis.fetching import Outbound
from chassis.testing.service import ServiceUnderTest


@asynccontextmanager
async def providing(
    answers: Mapping[str, Any], service: ServiceUnderTest, *, allowed: str = "127.0.0.1"
) -> AsyncIterator[str]:
    """The base URL of a provider with this JSON (or `web.Response`) by path; anything else is 404."""

    async def answer(request: web.Request) -> web.Response:
        found = answers.get(request.path.strip("/"))
        if isinstance(found, web.Response):
            return web.Response(status=found.status, headers=found.headers, body=found.body)
        return web.Response(status=404) if found is None else web.json_response(found)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    runtime = service.runtime
    guarded, runtime.outbound = runtime.outbound, Outbound(allowed)
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runtime.outbound.close()
        runtime.outbound = guarded
        await runner.cleanup()
