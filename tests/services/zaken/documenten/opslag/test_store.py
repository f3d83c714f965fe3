"""Both stores do the same; the one for S3 against a real server, which checks signatures and joins uploads in parts."""

import asyncio
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from benchmarks.harness import answering, free_port
from chassis.problems import Unavailable
from services.zaken.documenten.opslag.store import FolderStore, Store, reachable, store_of
from services.zaken.documenten.opslag.sweeping import sweep
from services.zaken.settings import ZakenSettings
from tests.services.zaken.documenten.making import DOCUMENTEN, Documenten, base64_of

BUCKET, KEY_ID, SECRET = "inhoud", "AKIATEST", "geheim-van-de-opslag"
BLOCK = secrets.token_bytes(1024 * 1024)


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, object]]:
    """Settings of an S3 server that runs as long as the tests of this module."""
    folder, port = tmp_path_factory.mktemp("s3"), free_port()
    (folder / BUCKET).mkdir()
    env = os.environ | {"NANIO_ACCESS_KEY": KEY_ID, "NANIO_SECRET_KEY": SECRET}
    options = ["--data-dir", str(folder), "--host", "127.0.0.1", "--port", str(port), "--no-access-log"]
    command = [sys.executable, "-m", "nanio", "serve", *options, "--log-level", "error"]
    with subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL) as server:
        try:
            asyncio.run(answering(_Living(server), port, "/"))  # type: ignore[arg-type]
            yield {
                "documenten_s3": f"{BUCKET}/documenten",
                "documenten_s3_endpoint": f"http://127.0.0.1:{port}",
                "documenten_s3_key_id": KEY_ID,
                "documenten_s3_secret": SecretStr(SECRET),
            }
        finally:
            server.terminate()


class _Living:
    """A process as `answering` looks at one."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    @property
    def returncode(self) -> int | None:
        return self._process.poll()


def s3_store(s3: dict[str, object], **other: object) -> Store:
    return store_of(ZakenSettings(service="zaken", **(s3 | other)))  # type: ignore[arg-type]


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Each of the stores, empty."""
    if request.param == "folder":
        return FolderStore(tmp_path / "inhoud")
    settings = request.getfixturevalue("s3")
    return s3_store(settings, documenten_s3=f"{BUCKET}/{tmp_path.name}")


def put(store: Store, name: str, blocks: int) -> None:
    writer = store.create(name)
    for _ in range(blocks):
        writer.write(BLOCK)
    writer.finish()


@pytest.mark.parametrize("blocks", [0, 1, 23])
def test_an_object_is_there_when_it_is_finished(store: Store, blocks: int) -> None:
    """23 MB go to S3 in three parts."""
    put(store, "a", blocks)
    assert list(store.older(-60)) == ["a"]
    assert list(store.older(60)) == []
    content = BLOCK * blocks
    for start, stop in ((0, len(content)), (5, 9), (len(content) - 1_048_579, len(content))):
        if 0 <= start < stop <= len(content):
            assert store.read("a", start, stop) == content[start:stop]
    store.remove("a")
    store.remove("a")
    assert list(store.older(-60)) == []


@pytest.mark.parametrize("blocks", [1, 23])
def test_what_is_given_up_leaves_nothing(store: Store, blocks: int) -> None:
    writer = store.create("a")
    for _ in range(blocks):
        writer.write(BLOCK)
    writer.abort()
    assert list(store.older(-60)) == []


def test_what_is_not_there_is_unavailable(store: Store) -> None:
    with pytest.raises(Unavailable), reachable():
        store.read("a", 0, 10)


@pytest.mark.parametrize(
    "wrong",
    [
        {"documenten_s3_secret": SecretStr("anders")},
        {"documenten_s3": "geen-bucket"},
        {"documenten_s3_endpoint": "http://127.0.0.1:1"},
    ],
)
def test_a_store_that_cannot_be_used_is_unavailable(s3: dict[str, object], wrong: dict[str, object]) -> None:
    with pytest.raises(Unavailable), reachable():
        put(s3_store(s3, **wrong), "a", 1)


async def test_documents_in_s3(documenten: Documenten, s3: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    settings = documenten.zaken.service.runtime.settings
    for name, value in s3.items():
        monkeypatch.setattr(settings, name, value)
    monkeypatch.setattr(settings, "documenten_sweep", -60)
    content = BLOCK * 12
    document = await documenten.make(inhoud=base64_of(content), bestandsomvang=len(content))
    get = documenten.client.get
    assert (await get(document["inhoud"])).content == content
    part = await get(document["inhoud"], headers={"Range": "bytes=1048000-3000000"})
    assert part.content == content[1048000:3000001]
    put(s3_store(s3), "019aaaaa-0000-7000-8000-000000000000", 1)
    assert await sweep(documenten.zaken.service.runtime) == 1
    assert (await documenten.client.delete(document["url"])).status_code == 204
    assert list(s3_store(s3).older(-60)) == []
    monkeypatch.setattr(settings, "documenten_s3_endpoint", "http://127.0.0.1:1")
    answer = await documenten.client.post(f"{DOCUMENTEN}/enkelvoudiginformatieobjecten", json=documenten.body())
    assert (answer.status_code, answer.json()["code"]) == (503, "opslag-niet-bereikbaar")
    assert answer.headers["retry-after"]
