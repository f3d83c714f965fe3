"""Content in parts: rights, the lock, the form, sizes; and what becomes of it."""

import hashlib
from typing import Any

import pytest

from chassis.problems import Invalid
from services.zaken.documenten.bestandsdeel import sizes
from tests.services.zaken.documenten.making import DOCUMENTEN, Documenten
from tests.services.zaken.making import wrong

CONTENT = bytes(range(256)) * 1200
"""More than a few frames."""


@pytest.fixture
def small_parts(documenten: Documenten, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of 100,000 bytes."""
    monkeypatch.setattr(documenten.zaken.service.runtime.settings, "documenten_deel", 100_000)


async def send(documenten: Documenten, deel: dict[str, Any], lock: str | None, content: bytes | None) -> Any:
    data = {} if lock is None else {"lock": lock}
    files = {"inhoud": ("deel", content)} if content is not None else {"x": ("x", b"")}
    return await documenten.client.put(deel["url"], data=data, files=files)


async def test_without_rights(documenten: Documenten) -> None:
    document = await documenten.make(inhoud=None, bestandsomvang=3)
    [deel] = document["bestandsdelen"]
    reader = documenten.limited("lezer", "documenten.lezen")
    answer = await reader.put(deel["url"], data={"lock": document["lock"]}, files={"inhoud": b"abc"})
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


@pytest.mark.usefixtures("small_parts")
async def test_content_comes_in_parts_in_any_order(documenten: Documenten) -> None:
    waarde = hashlib.sha256(CONTENT).hexdigest()
    integriteit = {"algoritme": "sha_256", "waarde": waarde, "datum": "2026-01-01"}
    document = await documenten.make(inhoud=None, bestandsomvang=len(CONTENT), integriteit=integriteit)
    delen = document["bestandsdelen"]
    assert [(deel["volgnummer"], deel["omvang"]) for deel in delen] == [
        (1, 100_000), (2, 100_000), (3, 100_000), (4, 7_200),
    ]  # fmt: skip
    for deel in reversed(delen):
        start = (deel["volgnummer"] - 1) * 100_000
        answer = await send(documenten, deel, document["lock"], CONTENT[start : start + deel["omvang"]])
        assert answer.status_code == 200, answer.text
        assert answer.json()["voltooid"] is True
    shown = (await documenten.client.get(document["url"])).json()
    assert [deel["voltooid"] for deel in shown["bestandsdelen"]] == [True] * 4
    assert shown["inhoud"] is None
    await documenten.unlock(document, document["lock"])
    shown = (await documenten.client.get(document["url"])).json()
    assert (shown["locked"], shown["bestandsdelen"], shown["versie"]) == (False, [], 1)
    assert (await documenten.client.get(shown["inhoud"])).content == CONTENT
    part = await documenten.client.get(shown["inhoud"], headers={"Range": "bytes=99990-200010"})
    assert part.content == CONTENT[99990:200011]


@pytest.mark.usefixtures("small_parts")
async def test_a_wrong_checksum_keeps_it_locked(documenten: Documenten) -> None:
    integriteit = {"algoritme": "md5", "waarde": "0" * 32, "datum": "2026-01-01"}
    document = await documenten.make(inhoud=None, bestandsomvang=3, integriteit=integriteit)
    await send(documenten, document["bestandsdelen"][0], document["lock"], b"abc")
    answer = await documenten.client.post(f"{document['url']}/unlock", json={"lock": document["lock"]})
    assert wrong(answer) == {("integriteit.waarde", "invalid")}
    assert (await documenten.client.get(document["url"])).json()["locked"] is True


async def test_a_part_that_is_sent_again_takes_its_place(documenten: Documenten) -> None:
    document = await documenten.make(inhoud=None, bestandsomvang=3)
    for content in (b"abc", b"xyz"):
        assert (await send(documenten, document["bestandsdelen"][0], document["lock"], content)).status_code == 200
    await documenten.unlock(document, document["lock"])
    assert (await documenten.client.get(f"{document['url']}/download")).content == b"xyz"
    assert len(await documenten.zaken.service.runtime.database.fetch("SELECT FROM segment")) == 1


@pytest.mark.parametrize(
    ("lock", "content", "expected"),
    [
        (None, b"abc", ("lock", "required")),
        ("anders", b"abc", ("nonFieldErrors", "incorrect-lock-id")),
        ("", b"abc", ("lock", "required")),
        ("{lock}", b"abcd", ("inhoud", "file-size")),
        ("{lock}", b"ab", ("inhoud", "file-size")),
        ("{lock}", b"", ("inhoud", "file-size")),
        ("{lock}", None, ("inhoud", "required")),
        ("x" * 5000, b"abc", ("nonFieldErrors", "incorrect-lock-id")),
    ],
)
async def test_refuses(documenten: Documenten, lock: str | None, content: bytes | None, expected: Any) -> None:
    document = await documenten.make(inhoud=None, bestandsomvang=3)
    given = lock.format(lock=document["lock"]) if lock else lock
    answer = await send(documenten, document["bestandsdelen"][0], given, content)
    assert expected in wrong(answer)
    runtime = documenten.zaken.service.runtime
    assert await runtime.database.fetch("SELECT FROM segment") == []
    assert await runtime.database.fetch("SELECT FROM bestandsdeel WHERE voltooid") == []


async def test_refuses_what_is_no_form(documenten: Documenten) -> None:
    document = await documenten.make(inhoud=None, bestandsomvang=3)
    [deel] = document["bestandsdelen"]
    put = documenten.client.put
    assert (await put(deel["url"], content=b"abc")).status_code == 415
    assert (await put(deel["url"], json={"lock": document["lock"]})).status_code == 415
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    for broken in (b"", b"--y\r\n", b"--x\r\nno header", b"--x\r\n" + b"a" * 10_000 + b": b\r\n\r\n"):
        assert (await put(deel["url"], content=broken, headers=headers)).status_code == 400, broken[:20]
    nowhere = f"{DOCUMENTEN}/bestandsdelen/{'0' * 8}-0000-0000-0000-{'0' * 12}"
    assert (await put(nowhere, data={"lock": "x"}, files={"inhoud": b"x"})).status_code == 404


async def test_a_new_version_gives_up_the_parts_that_were_planned(documenten: Documenten) -> None:
    document = await documenten.make(inhoud=None, bestandsomvang=3)
    await send(documenten, document["bestandsdelen"][0], document["lock"], b"abc")
    changed = {"bestandsomvang": 5, "lock": document["lock"]}
    second = (await documenten.client.patch(document["url"], json=changed)).json()
    [deel] = second["bestandsdelen"]
    assert (deel["omvang"], deel["voltooid"]) == (5, False)
    assert await documenten.zaken.service.runtime.database.fetch("SELECT FROM segment") == []


def test_sizes() -> None:
    assert sizes(10, 4) == [4, 4, 2]
    assert sizes(8, 4) == [4, 4]
    with pytest.raises(Invalid):
        sizes(4001, 4)


async def test_too_many_parts_are_refused(documenten: Documenten) -> None:
    body = documenten.body(inhoud=None, bestandsomvang=2**62)
    answer = await documenten.client.post(f"{DOCUMENTEN}/enkelvoudiginformatieobjecten", json=body)
    assert wrong(answer) == {("bestandsomvang", "max_value")}
