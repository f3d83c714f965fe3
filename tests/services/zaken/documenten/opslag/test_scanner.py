"""The scanner: a server that speaks clamd's protocol sees all content; what it refuses or does not see is not accepted."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.services.zaken.documenten.making import DOCUMENTEN, INHOUD, Documenten, base64_of
from tests.services.zaken.documenten.opslag.test_bestand import objects
from tests.services.zaken.making import wrong

EIOS = f"{DOCUMENTEN}/enkelvoudiginformatieobjecten"
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@dataclass
class Clamd:
    """A daemon; `answer` replaces what it would say."""

    seen: list[bytes] = field(default_factory=list)
    answer: bytes | None = None

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
        content = b""
        while length := int.from_bytes(await reader.readexactly(4), "big"):
            content += await reader.readexactly(length)
        self.seen.append(content)
        verdict = b"stream: Eicar-Test-Signature FOUND\0" if b"EICAR" in content else b"stream: OK\0"
        writer.write(verdict if self.answer is None else self.answer)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def scanning(
    documenten: Documenten, clamd: "Clamd | Small", folder: Path, *, away: bool = False
) -> AsyncIterator[None]:
    """The service with a scanner; `away`: one that does not listen."""
    settings = documenten.zaken.service.runtime.settings
    server = await asyncio.start_server(clamd, "127.0.0.1", 0)
    address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    if away:
        server.close()
        await server.wait_closed()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "scanner", address)
        patch.setattr(settings, "documenten_folder", str(folder))
        yield
    server.close()


async def test_all_content_is_seen(documenten: Documenten, tmp_path: Path) -> None:
    async with scanning(documenten, clamd := Clamd(), tmp_path):
        document = await documenten.make()
        assert (await documenten.client.get(document["inhoud"])).content == INHOUD
        large = await documenten.make(inhoud=base64_of(bytes(3_000_000)), bestandsomvang=3_000_000)
    assert clamd.seen == [INHOUD, bytes(3_000_000)]
    assert large["bestandsomvang"] == 3_000_000


async def test_what_is_infected_is_refused_and_leaves_nothing(documenten: Documenten, tmp_path: Path) -> None:
    async with scanning(documenten, Clamd(), tmp_path):
        body = documenten.body(inhoud=base64_of(EICAR), bestandsomvang=len(EICAR))
        assert wrong(await documenten.client.post(EIOS, json=body)) == {("inhoud", "infected")}
        document = await documenten.make(inhoud=None, bestandsomvang=len(EICAR))
        deel, lock = document["bestandsdelen"][0]["url"], {"lock": document["lock"]}
        answer = await documenten.client.put(deel, data=lock, files={"inhoud": EICAR})
        assert wrong(answer) == {("inhoud", "infected")}
    assert objects(tmp_path) == []


@pytest.mark.parametrize("answer", [b"", b"stream: Can't allocate memory ERROR\0", b"no end"])
async def test_what_is_not_judged_is_not_accepted(documenten: Documenten, tmp_path: Path, answer: bytes) -> None:
    async with scanning(documenten, Clamd(answer=answer), tmp_path):
        refused = await documenten.client.post(EIOS, json=documenten.body())
    assert (refused.status_code, refused.json()["code"]) == (503, "virusscanner-niet-bereikbaar")


async def test_without_a_scanner_that_answers_nothing_is_accepted(documenten: Documenten, tmp_path: Path) -> None:
    async with scanning(documenten, Clamd(), tmp_path, away=True):
        refused = await documenten.client.post(EIOS, json=documenten.body())
    assert (refused.status_code, refused.json()["code"]) == (503, "virusscanner-niet-bereikbaar")


@pytest.mark.parametrize("forced", [False, True])
async def test_what_is_harmless_in_parts_is_refused_as_a_whole(
    documenten: Documenten, tmp_path: Path, forced: bool
) -> None:
    async with scanning(documenten, Clamd(), tmp_path):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(documenten.zaken.service.runtime.settings, "documenten_deel", 30)
            document = await documenten.make(inhoud=None, bestandsomvang=len(EICAR))
        for deel in document["bestandsdelen"]:
            start = 30 * (deel["volgnummer"] - 1)
            files = {"inhoud": EICAR[start : start + deel["omvang"]]}
            answer = await documenten.client.put(deel["url"], data={"lock": document["lock"]}, files=files)
            assert answer.status_code == 200
        lock = {} if forced else {"lock": document["lock"]}
        refused = await documenten.client.post(f"{document['url']}/unlock", json=lock)
    assert wrong(refused) == {("inhoud", "infected")}
    assert (await documenten.client.get(f"{document['url']}/download")).status_code == 404


@dataclass
class Small:
    """A daemon that takes a megabyte, says so, and closes."""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1024 * 1024)
        writer.write(b"INSTREAM size limit exceeded. ERROR\0")
        await writer.drain()
        writer.close()


async def test_what_is_too_large_for_the_scanner_is_refused_with_that_reason(
    documenten: Documenten, tmp_path: Path
) -> None:
    content = bytes(12_000_000)
    async with scanning(documenten, Small(), tmp_path):
        body = documenten.body(inhoud=base64_of(content), bestandsomvang=len(content))
        answer = await documenten.client.post(EIOS, json=body)
    assert wrong(answer) == {("inhoud", "too-large-to-scan")}
    assert objects(tmp_path) == []
