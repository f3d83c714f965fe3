"""What the gateway adds to a request: CPU of the process in front of the bare server, for one document and a list.

Beside the gateway itself (token, rate limit, filters, timers) the smallest proxy on each HTTP client that it could have
been built on.
"""

import contextlib

from benchmarks import bare
from benchmarks.harness import Call, Server, Target, measure, run_service, serve, table
from benchmarks.stores import stores

BASE = "/zaken/api/v1"
SMALLEST = {
    "smallest proxy, httpx": "benchmarks.proxies:httpx_app",
    "smallest proxy, httpx over aiohttp": "benchmarks.proxies:httpx_aiohttp_app",
    "smallest proxy, aiohttp": "benchmarks.proxies:aiohttp_app",
}


async def run() -> None:
    async with stores() as running, contextlib.AsyncExitStack() as stack:
        dsn = await running.database("bare", migrate=False)
        await bare.fill(dsn)
        target = await stack.enter_async_context(serve("benchmarks.bare:app", {"BARE_DSN": dsn}))
        servers: dict[str, Server] = {"bare": target}
        for name, app in SMALLEST.items():
            servers[name] = await stack.enter_async_context(serve(app, {"TARGET": target.url}))
        token = await running.grant("bench")
        env = {**await running.environment("gateway"), "MEENT_ZAKEN_URL": target.url}
        servers["gateway"] = await stack.enter_async_context(run_service("gateway", env))
        headers = {"accept": "application/json", "user-agent": "benchmark", "authorization": f"Bearer {token}"}
        one: list[Call] = [
            {"path": f"{BASE}/one/{bare.document_id(number)}", "headers": headers} for number in range(0, 10_000, 10)
        ]
        for title, calls in (("one document", one), ("list of 100", [Call(path=f"{BASE}/list", headers=headers)])):
            targets = [Target(name, server, calls) for name, server in servers.items()]
            print(table(f"Gateway, {title}", await measure(targets), bare="bare"))
