"""The process dies at every point of sending, replacing and removing content: a document has all of it or none, and what
is left in the store without a row goes with the sweep.
"""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.harness import answering, free_port
from chassis.crash import POINTS
from chassis.policy import applicatie_key, credential_key
from chassis.testing.servers import Servers
from chassis.testing.service import SECRET
from services.zaken.documenten.opslag.sweeping import sweep
from services.zaken.settings import settings_of
from tests.services.zaken.documenten.making import DOCUMENTEN, Documenten, base64_of

pytestmark = pytest.mark.suite
EIOS = f"{DOCUMENTEN}/enkelvoudiginformatieobjecten"
FIRST, SECOND = b"een" * 100_000, b"vijf" * 75_000
WRITING = ("content-begun", "content-synced", "content-written", "before-commit")
REMOVING = ("before-commit", "after-commit", "content-unlinked")
OFTEN = {"content-synced", "after-commit"}
"""What is tested every time, of each flow; a process takes seconds to start."""


def points(*names: str) -> list[Any]:
    """Parameters of a test that walks these points."""
    return [pytest.param(name, marks=[] if name in OFTEN else pytest.mark.slow) for name in names]


@pytest.fixture
def folder(documenten: Documenten, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own for content, of which everything is old enough to be swept."""
    settings = documenten.zaken.service.runtime.settings
    monkeypatch.setattr(settings, "documenten_folder", str(tmp_path / "inhoud"))
    monkeypatch.setattr(settings, "documenten_sweep", -60)
    return tmp_path / "inhoud"


async def store_policy(documenten: Documenten) -> None:
    """Rights as a process finds them in its database when it starts."""
    runtime = documenten.zaken.service.runtime
    applicatie = {"clientIds": ["test"], "label": "test", "heeftAlleAutorisaties": True, "autorisaties": []}
    credential = {"clientId": "test", "secrets": [SECRET]}
    for key, content in ((applicatie_key("test"), applicatie), (credential_key("test"), credential)):
        sealed = runtime.keyring.seal(json.dumps(content).encode(), f"policy:{key}")
        sql = "INSERT INTO policy_snapshot (key, value, revision) VALUES ($1, $2, 1) ON CONFLICT DO NOTHING"
        await runtime.database.fetch(sql, key, sealed)


@contextlib.asynccontextmanager
async def dying(servers: Servers, documenten: Documenten, crash_at: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the same service as a process of its own, which dies at a point; it must have died."""
    made, port = documenten.zaken.service, free_port()
    await store_policy(documenten)
    env = os.environ | {
        "MEENT_ZAKEN_DATABASE": made.dsn,
        "MEENT_NATS": "nats://127.0.0.1:1",
        "MEENT_KEYS": servers.keys,
        "MEENT_PUBLIC_URL": made.runtime.settings.public_url,
        "MEENT_DOCUMENTEN_FOLDER": str(settings_of(made.runtime).content_folder),
        "MEENT_LOG": "ERROR",
        "MEENT_CRASH_AT": crash_at,
    }
    command = [sys.executable, "-m", "uvicorn", "services.zaken.main:app", "--port", str(port), "--log-level", "error"]
    running = await asyncio.create_subprocess_exec(*command, env=env)
    try:
        await answering(running, port, "/health/ready")
        headers = {name: text for name, text in documenten.client.headers.items() if name != "host"}
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=20) as client:
            with contextlib.suppress(httpx.TransportError):
                yield client
        assert await asyncio.wait_for(running.wait(), 10) == -9
    finally:
        if running.returncode is None:
            running.kill()
        await running.wait()


async def assert_store_is_as_rows(documenten: Documenten, folder: Path) -> None:
    """Every row has its object, and after the sweep every object has its row."""
    runtime = documenten.zaken.service.runtime
    rows = {str(row["id"]) for row in await runtime.database.fetch("SELECT id FROM segment")}
    assert rows <= objects(folder)
    await sweep(runtime)
    assert objects(folder) == rows


def objects(folder: Path) -> set[str]:
    """What is in the store."""
    return {path.name for path in folder.glob("*/*")}


def below(url: str) -> str:
    """A URL of ours at the process."""
    return url.removeprefix("http://meent.test")


def test_all_points_are_walked() -> None:
    assert {point for point in POINTS if point.startswith("content-")} <= {*WRITING, *REMOVING}


@pytest.mark.parametrize("point", points(*WRITING, "after-commit"))
async def test_a_new_document(servers: Servers, documenten: Documenten, folder: Path, point: str) -> None:
    body = documenten.body(inhoud=base64_of(FIRST), bestandsomvang=len(FIRST))
    async with dying(servers, documenten, point) as client:
        await client.post(EIOS, json=body)
    documents = (await documenten.client.get(EIOS)).json()["results"]
    assert len(documents) == (point == "after-commit")
    for document in documents:
        assert (await documenten.client.get(document["inhoud"])).content == FIRST
    await assert_store_is_as_rows(documenten, folder)


@pytest.mark.parametrize("point", points(*WRITING, "after-commit", "content-unlinked"))
async def test_a_part_that_is_sent_again(servers: Servers, documenten: Documenten, folder: Path, point: str) -> None:
    document = await documenten.make(inhoud=None, bestandsomvang=len(FIRST))
    [deel] = document["bestandsdelen"]
    data = {"lock": document["lock"]}
    assert (await documenten.client.put(deel["url"], data=data, files={"inhoud": FIRST})).status_code == 200
    async with dying(servers, documenten, point) as client:
        await client.put(below(deel["url"]), data=data, files={"inhoud": SECOND})
    await assert_store_is_as_rows(documenten, folder)
    await documenten.unlock(document, document["lock"])
    content = (await documenten.client.get(f"{document['url']}/download")).content
    assert content == (FIRST if point in WRITING else SECOND)


@pytest.mark.parametrize("point", points(*REMOVING))
async def test_a_document_that_is_destroyed(servers: Servers, documenten: Documenten, folder: Path, point: str) -> None:
    document = await documenten.make(inhoud=base64_of(FIRST), bestandsomvang=len(FIRST))
    async with dying(servers, documenten, point) as client:
        await client.delete(below(document["url"]))
    there = point == "before-commit"
    assert (await documenten.client.get(document["url"])).status_code == (200 if there else 404)
    await assert_store_is_as_rows(documenten, folder)
    assert len(objects(folder)) == there
