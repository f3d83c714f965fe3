"""A form is read as it comes, however it is cut into pieces; what is no form is refused."""

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.types import Message

from chassis.problems import Invalid, Problem
from services.zaken.documenten.opslag.multipart import parts_of

CONTENT = b"regel\r\n--gren\r\n\r\n--grens?\x00\xff" * 3
FORM = (
    b'--grens\r\nContent-Disposition: form-data; name="inhoud"; filename="a; b.pdf"\r\nContent-Type: x/y\r\n\r\n'
    + CONTENT
    + b'\r\n--grens\r\ncontent-disposition: form-data; name="lock"\r\n\r\nabc\r\n--grens--\r\n'
)
KIND = "multipart/form-data; boundary=grens"


def request(pieces: Sequence[bytes], kind: str = KIND, *, leaves: bool = False) -> Request:
    """A request whose body comes in these pieces; leaves: the caller goes away after them."""
    messages: list[Message] = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    messages.append({"type": "http.disconnect"} if leaves else {"type": "http.request", "body": b""})

    async def receive() -> Message:
        return messages.pop(0)

    return Request({"type": "http", "method": "PUT", "headers": [(b"content-type", kind.encode())]}, receive)


async def fields(asked: Request) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    async for name, piece in parts_of(asked):
        found[name] = found.get(name, b"") + piece
    return found


@given(st.lists(st.integers(0, len(FORM)), max_size=12))
async def test_any_pieces_give_the_same_fields(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(FORM)]
    pieces = [FORM[start:stop] for start, stop in itertools.pairwise(places)]
    assert await fields(request(pieces)) == {"inhoud": CONTENT, "lock": b"abc"}


async def test_a_caller_that_leaves_is_no_defect() -> None:
    with pytest.raises(Invalid):
        await fields(request([FORM[:200]], leaves=True))


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data", "multipart/mixed; boundary=grens", ""])
async def test_another_kind_is_refused(kind: str) -> None:
    with pytest.raises(Problem) as refused:
        await fields(request([FORM], kind))
    assert refused.value.status == 415


async def test_headers_are_bounded() -> None:
    endless = b'--grens\r\nContent-Disposition: form-data; name="' + b"a" * 100_000 + b'"\r\n\r\n'
    with pytest.raises(Invalid):
        await fields(request([endless[start : start + 100] for start in range(0, len(endless), 100)]))
