"""A service of a few lines, for tests of the supervisor: readiness, its environment, and ways to die."""

import json
import os
import signal
from typing import Any

from chassis import crash


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer /health/ready, /environment, /exit, and everything else with the process id."""
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    path = scope["path"]
    if path == "/exit":
        os.kill(os.getpid(), signal.SIGKILL)
    if path == "/commit":
        crash.reach("before-commit")
    body = {name: value for name, value in os.environ.items() if name.startswith("MEENT_")}
    content = json.dumps(body if path == "/environment" else {"pid": os.getpid()}).encode()
    status = 503 if os.environ.get("TINY_NEVER_READY") and path == "/health/ready" else 200
    await send(
        {"type": "http.response.start", "status": status, "headers": [(b"content-length", str(len(content)).encode())]}
    )
    await send({"type": "http.response.body", "body": content})
