"""What the gateway adds to a request: CPU of the process in front of the bare server, for one document and a list."""

import contextlib

from benchmarks import bare
from benchmarks.harness import Call, Server, Target, measure, postgres, serve, table

PROXIES = {
    "smallest proxy, httpx": "benchmarks.proxies:httpx_app",
    "smallest proxy, httpx over aiohttp": "benchmarks.proxies:httpx_aiohttp_app",
    "smallest proxy, aiohttp": "benchmarks.proxies:aiohttp_app",
    "gateway.proxy": "benchmarks.gateway_app:app",
}
HEADERS = {"accept": "application/json", "user-agent": "benchmark", "authorization": "Bearer " + "x" * 300}
ONE: list[Call] = [{"path": f"/one/{bare.document_id(number)}", "headers": HEADERS} for number in range(0, 10_000, 10)]
LIST: list[Call] = [{"path": "/list", "headers": HEADERS}]


async def run() -> None:
    async with contextlib.AsyncExitStack() as stack:
        dsn = stack.enter_context(postgres())
        await bare.fill(dsn)
        target = await stack.enter_async_context(serve("benchmarks.bare:app", {"BARE_DSN": dsn}))
        servers: dict[str, Server] = {"bare": target}
        for name, app in PROXIES.items():
            servers[name] = await stack.enter_async_context(serve(app, {"TARGET": target.url}))
        for title, calls in (("Gateway, one document", ONE), ("Gateway, list of 100", LIST)):
            targets = [Target(name, server, calls) for name, server in servers.items()]
            print(table(title, await measure(targets), bare="bare"))
