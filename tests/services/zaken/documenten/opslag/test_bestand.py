"""Content over a real folder and database: what is stored, what is refused, what is left after failures."""

import asyncio
import base64
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from chassis.testing.service import eventually
from services.zaken.documenten.opslag import bestand, store
from services.zaken.documenten.opslag.sweeping import sweep
from services.zaken.settings import settings_of
from tests.services.zaken.documenten.making import DOCUMENTEN, INHOUD, Documenten, base64_of
from tests.services.zaken.making import wrong

EIOS = f"{DOCUMENTEN}/enkelvoudiginformatieobjecten"
BSN = "999990019"


@pytest.fixture
def folder(documenten: Documenten, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own for content."""
    monkeypatch.setattr(documenten.zaken.service.runtime.settings, "documenten_folder", str(tmp_path / "inhoud"))
    return tmp_path / "inhoud"


def objects(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*/*") if path.is_file()]


async def test_content_is_encrypted_and_private(documenten: Documenten, folder: Path) -> None:
    await documenten.make(inhoud=base64_of(f"BSN {BSN}".encode()), bestandsomvang=13)
    [path] = objects(folder)
    assert BSN.encode() not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


async def test_what_is_destroyed_is_gone(documenten: Documenten, folder: Path) -> None:
    document = await documenten.make()
    assert len(objects(folder)) == 1
    assert (await documenten.client.delete(document["url"])).status_code == 204
    assert objects(folder) == []


async def test_base64_is_bounded(documenten: Documenten, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = documenten.zaken.service.runtime.settings
    monkeypatch.setattr(settings, "documenten_inhoud", 1000)
    await documenten.make(inhoud=base64_of(bytes(1000)), bestandsomvang=1000)
    for size in (1001, 3000, 2_000_000):
        answer = await documenten.client.post(EIOS, json=documenten.body(inhoud=base64_of(bytes(size))))
        assert answer.status_code == 413, size
        assert "bestandsdelen" in answer.json()["detail"], size


@pytest.mark.parametrize(
    "text", ["=", "a", "abcde", "ab==ab==", "YWJj=", "YW Jj*", "é", "A" * 2**20 + "====", "A" * (2**20 - 2) + "==AAAA"]
)
async def test_what_is_no_base64_is_refused_and_leaves_nothing(documenten: Documenten, folder: Path, text: str) -> None:
    answer = await documenten.client.post(EIOS, json=documenten.body(inhoud=text, bestandsomvang=None))
    assert wrong(answer) == {("inhoud", "invalid")}
    assert objects(folder) == []


async def test_base64_with_line_ends(documenten: Documenten) -> None:
    document = await documenten.make(
        inhoud=base64.encodebytes(INHOUD * 90_000).decode(), bestandsomvang=len(INHOUD) * 90_000
    )
    assert (await documenten.client.get(document["inhoud"])).content == INHOUD * 90_000


async def test_a_checksum_that_differs_is_refused_and_leaves_nothing(documenten: Documenten, folder: Path) -> None:
    integriteit = {"algoritme": "md5", "waarde": "0" * 32, "datum": "2026-01-01"}
    answer = await documenten.client.post(EIOS, json=documenten.body(integriteit=integriteit))
    assert wrong(answer) == {("integriteit.waarde", "invalid")}
    assert objects(folder) == []


async def test_a_full_disk_is_a_503_and_leaves_nothing(
    documenten: Documenten, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store.FolderWriter, "write", full)
    answer = await documenten.client.post(EIOS, json=documenten.body())
    assert (answer.status_code, answer.json()["code"]) == (503, "opslag-niet-bereikbaar")
    assert objects(folder) == []
    assert (await documenten.client.get(EIOS)).json()["count"] == 0


async def test_content_that_was_tampered_with_is_not_served(documenten: Documenten, folder: Path) -> None:
    document = await documenten.make()
    [path] = objects(folder)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert (await documenten.client.get(document["inhoud"])).status_code == 500
    path.unlink()
    answer = await documenten.client.get(document["inhoud"])
    assert (answer.status_code, answer.json()["code"]) == (503, "opslag-niet-bereikbaar")


async def test_the_sweep_removes_what_has_no_row(documenten: Documenten, folder: Path) -> None:
    document = await documenten.make()
    runtime = documenten.zaken.service.runtime

    async def source() -> AsyncIterator[bytes]:
        yield b"wees"

    orphan = await bestand.write(runtime, source(), most=10)
    broken = folder / "ab" / f"{orphan.id}ab.komt"
    broken.parent.mkdir(exist_ok=True)
    broken.write_bytes(b"half")
    stranger = folder / "cd" / "iets-anders"
    stranger.parent.mkdir(exist_ok=True)
    stranger.write_bytes(b"")
    assert await sweep(runtime) == 0, "a row may still come"
    for path in objects(folder):
        os.utime(path, (0, 0))
    assert await sweep(runtime) == 1
    assert (await documenten.client.get(document["inhoud"])).content == INHOUD
    assert stranger.exists()


async def test_an_upload_that_is_broken_off_leaves_nothing(documenten: Documenten, folder: Path) -> None:
    runtime = documenten.zaken.service.runtime

    async def hangs() -> AsyncIterator[bytes]:
        yield bytes(3 * 1024 * 1024)
        await asyncio.Event().wait()

    writing = asyncio.create_task(bestand.write(runtime, hangs(), most=10_000_000))

    async def begun() -> bool:
        return bool(objects(folder))

    await eventually(begun)
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    assert objects(folder) == []
    assert settings_of(runtime).content_folder == folder


class TestDownload:
    CONTENT = bytes(range(256)) * 2000

    @pytest.mark.parametrize(
        ("asked", "status", "start", "stop"),
        [
            ("bytes=0-0", 206, 0, 1),
            ("bytes=65530-65545", 206, 65530, 65546),
            ("bytes=-100", 206, 511_900, 512_000),
            ("bytes=511999-", 206, 511_999, 512_000),
            ("bytes=0-999999999", 206, 0, 512_000),
            ("bytes=5-3", 200, 0, 512_000),
            ("bytes=0-1,4-5", 200, 0, 512_000),
            ("items=0-1", 200, 0, 512_000),
            ("bytes=-", 200, 0, 512_000),
        ],
    )
    async def test_ranges(self, documenten: Documenten, asked: str, status: int, start: int, stop: int) -> None:
        document = await documenten.make(inhoud=base64_of(self.CONTENT), bestandsomvang=len(self.CONTENT))
        answer = await documenten.client.get(document["inhoud"], headers={"Range": asked})
        assert answer.status_code == status
        assert answer.content == self.CONTENT[start:stop]
        assert answer.headers["content-length"] == str(stop - start)
        shown = f"bytes {start}-{stop - 1}/512000" if status == 206 else None
        assert answer.headers.get("content-range") == shown

    async def test_beyond_the_end(self, documenten: Documenten) -> None:
        document = await documenten.make()
        answer = await documenten.client.get(document["inhoud"], headers={"Range": "bytes=1000-"})
        assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{len(INHOUD)}")

    async def test_who_has_it_gets_nothing_more(self, documenten: Documenten) -> None:
        document = await documenten.make()
        get = documenten.client.get
        etag = (await get(document["inhoud"])).headers["etag"]
        assert (await get(document["inhoud"], headers={"If-None-Match": etag})).status_code == 304
        ranged = {"Range": "bytes=0-1", "If-Range": etag}
        assert (await get(document["inhoud"], headers=ranged)).status_code == 206
        assert (await get(document["inhoud"], headers=ranged | {"If-Range": '"x"'})).status_code == 200

    async def test_headers_are_safe(self, documenten: Documenten) -> None:
        evil = base64_of(b"<html><script>alert(1)</script></html>")
        document = await documenten.make(
            inhoud=evil, bestandsomvang=38, formaat="text/html", bestandsnaam='../é "x"\r\nSet-Cookie: a=b.html'
        )
        answer = await documenten.client.get(document["inhoud"])
        assert answer.headers["content-type"].split(";")[0] in {"application/octet-stream", "text/plain"}
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
        shown = answer.headers["content-disposition"]
        assert shown.startswith('attachment; filename="')
        assert "\r" not in shown
        assert "set-cookie" not in answer.headers
