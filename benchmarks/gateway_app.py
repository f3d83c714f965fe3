"""The gateway's proxy by itself in front of TARGET, without tokens and rate limits: for benchmarks.gateway."""

import os
from typing import Any

from gateway.proxy import Proxy, Route

proxy = Proxy(
    [Route("/one", "bare", os.environ.get("TARGET", "")), Route("/list", "bare", os.environ.get("TARGET", ""))]
)


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await receive()
        proxy.open()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await proxy.close()
        await send({"type": "lifespan.shutdown.complete"})
        return
    await proxy(scope, receive, send)
