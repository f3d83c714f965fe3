"""The limit that writes are compared with: raw ASGI and asyncpg, one document and one event in one transaction.

`POST /` stores the body of the request. Settings: BARE_DSN.
"""

import os
import uuid
from typing import Any

import asyncpg
import orjson

from benchmarks.bare import JSON_HEADERS


class BareWrites:
    """The ASGI app; its pool of 10 lives as long as the server."""

    def __init__(self) -> None:
        self.pool: asyncpg.Pool

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self.lifespan(receive, send)
            return
        body = await self.write(await receive()) if scope["method"] == "POST" else b"{}"
        headers = [*JSON_HEADERS, (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def write(self, message: Any) -> bytes:
        key = uuid.uuid4()
        body = orjson.dumps({**orjson.loads(message["body"]), "uuid": str(key)})
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute("INSERT INTO bench_write (id, body) VALUES ($1, $2)", key, body)
            await connection.execute("INSERT INTO bench_event (id, body) VALUES ($1, $2)", key, b"{}")
        return body

    async def lifespan(self, receive: Any, send: Any) -> None:
        await receive()
        self.pool = await asyncpg.create_pool(os.environ["BARE_DSN"], min_size=10, max_size=10)
        for name in ("bench_write", "bench_event"):
            await self.pool.execute(f"CREATE TABLE IF NOT EXISTS {name} (id uuid PRIMARY KEY, body bytea)")
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.pool.close()
        await send({"type": "lifespan.shutdown.complete"})


app = BareWrites()
