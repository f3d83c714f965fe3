"""The limit for content: a raw ASGI server that takes bytes and throws them away, and hands out as many as asked for."""

from typing import Any

BLOCK = bytes(1024 * 1024)


async def app(scope: Any, receive: Any, send: Any) -> None:
    """PUT takes a body; GET /<megabytes> gives so many."""
    if scope["type"] != "http":
        while (await receive())["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    asked = scope["path"].strip("/")
    if scope["method"] == "PUT":
        while (await receive()).get("more_body"):
            pass
        asked = "0"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"x/y")]})
    for _ in range(int(asked or 0)):
        await send({"type": "http.response.body", "body": BLOCK, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
