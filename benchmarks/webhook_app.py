"""Subscribers for the benchmark: `/goed/…` takes all, `/hangt` hangs for 30 s, `/stuk` answers 500; raw ASGI.

`GET /count` tells how many deliveries came to `/goed`; `GET /take` gives their latencies in ms, and forgets them;
`GET /disturbed` tells how many came to the other two.
"""

import asyncio
import time
from typing import Any

import orjson

HEADERS = [(b"content-type", b"application/json")]


class Subscribers:
    """The ASGI app."""

    def __init__(self) -> None:
        self.latencies: list[float] = []
        self.disturbed = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        status, answer = await self.answer(scope, body)
        await send({"type": "http.response.start", "status": status, "headers": HEADERS})
        await send({"type": "http.response.body", "body": answer})

    async def answer(self, scope: Any, body: bytes) -> tuple[int, bytes]:
        path: str = scope["path"]
        if scope["method"] == "GET":
            known = {"/count": len(self.latencies), "/disturbed": self.disturbed}
            if path in known:
                return 200, orjson.dumps(known[path])
            found, self.latencies = self.latencies, []
            return 200, orjson.dumps(found)
        if not any(name == b"authorization" for name, _ in scope["headers"]):
            return 401, b"{}"
        content = orjson.loads(body)
        if content["kanaal"] == "test":
            return 200, b"{}"
        if path in {"/hangt", "/stuk"}:
            self.disturbed += 1
            await asyncio.sleep(30 if path == "/hangt" else 0)
            return 500, b"{}"
        self.latencies.append((time.perf_counter() - float(content["actie"])) * 1000)
        return 200, b"{}"


app = Subscribers()
