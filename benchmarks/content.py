"""Content of documents up and down, in bestandsdelen, beside a raw ASGI server: MB/s, CPU and memory of the service.

BENCH_MB says of how many megabytes (1,024). The raw server keeps nothing; the service encrypts, hashes, syncs and checks.
"""

import contextlib
import os
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp

from benchmarks.filled import CATALOGI, RSIN, Register, register
from benchmarks.harness import ROUNDS, Server, cpu_seconds, serve
from benchmarks.reads import memory
from benchmarks.stores import stores

MB = int(os.environ.get("BENCH_MB") or 1024)
BLOCK = os.urandom(1024 * 1024)
PATH = "/documenten/api/v1/enkelvoudiginformatieobjecten"
BOUNDARY = "grens"


class Content:
    """A document that is sent and fetched again and again."""

    def __init__(self, made: Register, bare: Server, session: aiohttp.ClientSession) -> None:
        self.made, self.bare, self.session, self.peak = made, bare, session, 0
        self.headers = {"authorization": made.headers["authorization"]}
        self.type, self.url = "", ""

    async def prepare(self) -> None:
        """An informatieobjecttype."""
        post = self.made.post
        catalogus = (await self.made.client.get(f"{CATALOGI}/catalogussen")).json()["results"][0]["url"]
        fields = {"omschrijving": "Film", "vertrouwelijkheidaanduiding": "openbaar", "beginGeldigheid": "2020-01-01"}
        body = {"catalogus": catalogus, **fields, "informatieobjectcategorie": "meting"}
        self.type = (await post(f"{CATALOGI}/informatieobjecttypen", body))["url"]
        await post(f"{CATALOGI}/informatieobjecttypen/{self.type.rsplit('/', 1)[1]}/publish", {})

    async def up(self) -> None:
        """A new document, in parts, complete."""
        fields = {"creatiedatum": "2026-01-02", "titel": "Film", "auteur": "Meetploeg", "taal": "dut"}
        body = {"bronorganisatie": RSIN, **fields, "informatieobjecttype": self.type, "bestandsomvang": MB * len(BLOCK)}
        document = await self.made.post(PATH, body)
        for deel in document["bestandsdelen"]:
            await self.part(deel, document["lock"])
        self.url = f"{PATH}/{document['url'].rsplit('/', 1)[1]}"
        answer = await self.made.client.post(f"{self.url}/unlock", json={"lock": document["lock"]})
        answer.raise_for_status()

    async def part(self, deel: dict[str, Any], lock: str) -> None:
        """One bestandsdeel."""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="lock"\r\n\r\n{lock}\r\n--{BOUNDARY}\r\n'
        head += 'Content-Disposition: form-data; name="inhoud"; filename="deel"\r\n\r\n'

        async def form() -> AsyncIterator[bytes]:
            yield head.encode()
            for start in range(0, deel["omvang"], len(BLOCK)):
                yield BLOCK[: deel["omvang"] - start]
                self.peak = max(self.peak, memory(self.made.server.pid))
            yield f"\r\n--{BOUNDARY}--\r\n".encode()

        url = f"{self.made.server.url}/documenten/api/v1/bestandsdelen/{deel['url'].rsplit('/', 1)[1]}"
        headers = {**self.headers, "content-type": f"multipart/form-data; boundary={BOUNDARY}"}
        async with self.session.put(url, data=form(), headers=headers) as answer:
            answer.raise_for_status()

    async def down(self) -> None:
        """All of it."""
        await self._fetched(f"{self.made.server.url}{self.url}/download")

    async def bare_up(self) -> None:
        """The same to the raw server."""

        async def blocks() -> AsyncIterator[bytes]:
            for _ in range(MB):
                yield BLOCK

        async with self.session.put(self.bare.url, data=blocks()) as answer:
            answer.raise_for_status()

    async def bare_down(self) -> None:
        """As much of the raw server."""
        await self._fetched(f"{self.bare.url}/{MB}")

    async def _fetched(self, url: str) -> None:
        got = 0
        async with self.session.get(url, headers=self.headers) as answer:
            answer.raise_for_status()
            async for chunk in answer.content.iter_any():
                got += len(chunk)
                if got % 7 == 0:
                    self.peak = max(self.peak, memory(self.made.server.pid))
        if got != MB * len(BLOCK):
            raise RuntimeError(f"{url}: {got} bytes")


async def timed(action: Callable[[], Awaitable[None]], server: Server) -> tuple[float, float]:
    """MB/s, and CPU-ms per MB of the server."""
    began, before = time.perf_counter(), cpu_seconds(server.pid)
    await action()
    taken, used = time.perf_counter() - began, cpu_seconds(server.pid) - before
    return MB / taken, used * 1000 / MB


async def run() -> None:
    async with contextlib.AsyncExitStack() as stack:
        running = await stack.enter_async_context(stores())
        made = await stack.enter_async_context(register(running))
        bare = await stack.enter_async_context(serve("benchmarks.bare_content:app", {}))
        timeout = aiohttp.ClientTimeout(total=None)
        session = await stack.enter_async_context(aiohttp.ClientSession(timeout=timeout))
        content = Content(made, bare, session)
        await content.prepare()
        before = memory(made.server.pid)
        found: dict[str, list[tuple[float, float]]] = {"bare up": [], "up": [], "bare down": [], "down": []}
        for _ in range(min(ROUNDS, 3)):
            found["bare up"].append(await timed(content.bare_up, bare))
            found["up"].append(await timed(content.up, made.server))
            found["bare down"].append(await timed(content.bare_down, bare))
            found["down"].append(await timed(content.down, made.server))
        print(f"Content of {MB:,} MB, one stream")
        for name, lines in found.items():
            rate, cpu = (statistics.median(column) for column in zip(*lines, strict=True))
            print(f"  {name:10} {rate:7.0f} MB/s  {cpu:6.2f} CPU-ms per MB")
        print(f"memory of the service: {before} MB before, at most {content.peak} MB\n")
