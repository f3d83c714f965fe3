"""Which bytes a Range asks for, what a file may be called, and what is answered when the store does not."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.problems import Problem
from services.zaken.documenten.opslag import bestand
from services.zaken.documenten.opslag.download import asked_range, disposition
from tests.services.zaken.documenten.making import INHOUD, Documenten


@given(first=st.integers(0, 200), last=st.integers(0, 200), size=st.integers(0, 150))
def test_a_range_is_what_it_says_within_the_content(first: int, last: int, size: int) -> None:
    content = bytes(range(size))
    if first > last:
        assert size <= first or asked_range(f"bytes={first}-{last}", size) is None
    elif first >= size:
        with pytest.raises(Problem) as refused:
            asked_range(f"bytes={first}-{last}", size)
        assert (refused.value.status, refused.value.headers) == (416, {"Content-Range": f"bytes */{size}"})
    else:
        start, stop = asked_range(f"bytes={first}-{last}", size) or (-1, -1)
        assert content[start:stop] == content[first : last + 1]
        assert asked_range(f"bytes={first}-", size) == (first, size)


@given(count=st.integers(0, 300), size=st.integers(0, 150))
def test_the_last_bytes(count: int, size: int) -> None:
    if count == 0 or size == 0:
        with pytest.raises(Problem):
            asked_range(f"bytes=-{count}", size)
    else:
        assert asked_range(f"bytes=-{count}", size) == (max(0, size - count), size)


@pytest.mark.parametrize(
    "header", ["", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=٣-٤", "bytes=0-1,3-4", "tekens=0-1"]
)
def test_what_is_not_understood_is_ignored(header: str) -> None:
    assert asked_range(header, 10) is None


def test_a_number_of_any_length_is_no_error() -> None:
    assert asked_range(f"bytes=0-{'9' * 5000}", 10) is None


@given(st.text(max_size=300))
def test_no_name_breaks_the_header(name: str) -> None:
    shown = disposition(name.encode("utf-8", "replace").decode())
    found = re.fullmatch(r"attachment; filename=\"([A-Za-z0-9._ -]+)\"; filename\*=UTF-8''([A-Za-z0-9._~%-]+)", shown)
    assert found is not None
    assert not {"/", "\\"} & {*unquote(found[2])}


async def test_headers_without_content_read_nothing(documenten: Documenten, monkeypatch: pytest.MonkeyPatch) -> None:
    document = await documenten.make()
    whole = await documenten.client.get(document["inhoud"])
    monkeypatch.setattr(bestand, "store_of", None)
    answer = await documenten.client.head(document["inhoud"])
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(INHOUD))
    assert {**answer.headers} == {**whole.headers}


async def test_a_store_that_is_away_is_told_before_the_answer_begins(
    documenten: Documenten, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = await documenten.make()
    monkeypatch.setattr(documenten.zaken.service.runtime.settings, "documenten_folder", str(tmp_path))
    answer = await documenten.client.get(document["inhoud"])
    assert (answer.status_code, answer.json()["code"]) == (503, "opslag-niet-bereikbaar")


async def test_without_rights(documenten: Documenten) -> None:
    document = await documenten.make()
    maker = documenten.limited("maker", "documenten.aanmaken")
    assert (await maker.get(document["inhoud"])).status_code == 403
