"""A gigabyte through the gateway, in bestandsdelen and back: neither the gateway nor the service holds it in memory."""

import asyncio
import contextlib
import hashlib
import os
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from benchmarks.reads import memory
from chassis.access import make_token
from meent.installation import Installation

SECRET = "a secret for tests only, of more than 32 bytes"
MB = 1024 * 1024
SIZE = 1024 * MB
GROWTH = 60
"""Megabytes."""
BLOCK = os.urandom(MB)
CATALOGI, DOCUMENTEN = "/catalogi/api/v1", "/documenten/api/v1"


@dataclass
class Caller:
    """A client of the gateway, which looks at the memory of who is behind it while it sends and receives."""

    installation: Installation
    session: aiohttp.ClientSession

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        """The JSON of the answer."""
        async with self.session.post(path, json=body) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json(content_type=None) if answer.status != 204 else None

    async def send(self, deel: dict[str, Any], lock: str) -> None:
        """One part, as it comes."""
        form = aiohttp.FormData({"lock": lock})
        form.add_field("inhoud", blocks(deel["omvang"]), filename="deel")
        async with self.session.put(deel["url"], data=form) as answer:
            assert answer.status == 200, await answer.text()

    async def fetch(self, url: str) -> str:
        """The SHA-256 of content."""
        digest = hashlib.sha256()
        async with self.session.get(url) as answer:
            assert answer.status == 200
            async for chunk in answer.content.iter_chunked(MB):
                digest.update(chunk)
        return digest.hexdigest()

    def memory(self) -> dict[str, int]:
        """Megabytes of each process."""
        processes = self.installation.services
        return {name: memory(processes[name].pid or 0) for name in ("gateway", "zaken")}

    async def grown(self, action: Awaitable[Any]) -> dict[str, int]:
        """The most megabytes that each process grew while something was done."""
        before, peak = self.memory(), self.memory()
        task = asyncio.ensure_future(action)
        while not task.done():
            await asyncio.wait([task], timeout=0.1)
            peak = {name: max(size, peak[name]) for name, size in self.memory().items()}
        await task
        return {name: peak[name] - before[name] for name in peak}


async def blocks(size: int) -> AsyncIterator[bytes]:
    for start in range(0, size, MB):
        yield BLOCK[: size - start]


@contextlib.asynccontextmanager
async def calling(folder: Path) -> AsyncIterator[Caller]:
    """A caller with all rights on an installation of its own."""
    everything = {
        "label": "test",
        "heeftAlleAutorisaties": True,
        "credentials": [{"clientId": "test", "secret": SECRET}],
    }
    declared = folder / "applicaties.yaml"
    declared.write_text(yaml.safe_dump({"applicaties": [everything]}))
    installation = Installation(folder / "data", durable=False, environment={"MEENT_APPLICATIES": str(declared)})
    await asyncio.to_thread(installation.start)
    try:
        headers = {"Authorization": f"Bearer {make_token('test', SECRET)}"}
        timeout = aiohttp.ClientTimeout(total=None)
        async with aiohttp.ClientSession(installation.url, headers=headers, timeout=timeout) as session:
            yield Caller(installation, session)
    finally:
        await asyncio.to_thread(installation.stop)


async def new_type(caller: Caller) -> str:
    """The URL of a published informatieobjecttype."""
    body = {"domein": "DOCS", "rsin": "517439943", "contactpersoonBeheerNaam": "Beheer"}
    catalogus = (await caller.post(f"{CATALOGI}/catalogussen", body))["url"]
    fields = {"vertrouwelijkheidaanduiding": "openbaar", "beginGeldigheid": "2020-01-01"}
    body = {"catalogus": catalogus, "omschrijving": "Film", "informatieobjectcategorie": "film", **fields}
    url: str = (await caller.post(f"{CATALOGI}/informatieobjecttypen", body))["url"]
    await caller.post(f"{url}/publish", {})
    return url


async def send_all(caller: Caller, informatieobjecttype: str) -> str:
    """The URL of a document whose content came in parts."""
    fields = {"creatiedatum": "2026-01-02", "titel": "Film", "auteur": "Pers", "taal": "dut", "bestandsomvang": SIZE}
    body = {"bronorganisatie": "517439943", "informatieobjecttype": informatieobjecttype, **fields}
    document = await caller.post(f"{DOCUMENTEN}/enkelvoudiginformatieobjecten", body)
    assert len(document["bestandsdelen"]) > 1
    for deel in document["bestandsdelen"]:
        await caller.send(deel, document["lock"])
    await caller.post(f"{document['url']}/unlock", {"lock": document["lock"]})
    return str(document["url"])


@pytest.mark.suite
@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_memory_does_not_grow_with_content(tmp_path: Path) -> None:
    async with calling(tmp_path) as caller:
        made = await new_type(caller)
        sending = asyncio.ensure_future(send_all(caller, made))
        up = await caller.grown(sending)
        expected = hashlib.sha256()
        async for block in expected_blocks(100 * MB):
            expected.update(block)
        fetching = asyncio.ensure_future(caller.fetch(f"{sending.result()}/download"))
        down = await caller.grown(fetching)
        assert fetching.result() == expected.hexdigest()
    print(f"MB that memory grew: up {up}, down {down}")
    assert all(size < GROWTH for size in [*up.values(), *down.values()]), (up, down)


async def expected_blocks(deel: int) -> AsyncIterator[bytes]:
    """The content: every part begins anew."""
    for start in range(0, SIZE, deel):
        async for block in blocks(min(deel, SIZE - start)):
            yield block
