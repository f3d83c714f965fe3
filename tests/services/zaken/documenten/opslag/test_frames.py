"""Frames: what goes in comes out, whole or a part; what was changed, moved or cut off does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.sealing import SealError
from services.zaken.documenten.opslag.frames import FRAME, STORED, TAG, Sealer, frames_of, new_key, opened

SIZES = st.sampled_from([0, 1, FRAME - 1, FRAME, FRAME + 1, 2 * FRAME, 3 * FRAME + 7])


def sealed(key: bytes, content: bytes, step: int = 10_000) -> bytes:
    """Content as it is stored, given in steps."""
    sealer = Sealer(key)
    stored = b"".join(sealer.add(content[start : start + step]) for start in range(0, len(content), step))
    return stored + sealer.end()


@given(size=SIZES, step=st.integers(1000, 3 * FRAME))
def test_what_goes_in_comes_out(size: int, step: int) -> None:
    key, content = new_key(), (b"0123456789abcdef" * (size // 16 + 1))[:size]
    stored = sealed(key, content, step)
    assert len(stored) == size + TAG * frames_of(size)
    assert b"".join(opened(key, size, 0, stored)) == content
    last = frames_of(size) - 1
    assert b"".join(opened(key, size, last, stored[last * STORED :])) == content[last * FRAME :]


def test_content_does_not_show() -> None:
    assert b"999990019" not in sealed(new_key(), b"BSN 999990019 " * 10_000)


def test_what_was_tampered_with_does_not_open() -> None:
    key, size = new_key(), 3 * FRAME
    stored = sealed(key, bytes(size))
    frames = [stored[start : start + STORED] for start in range(0, len(stored), STORED)]
    for changed, told in (
        (stored[:-1], size),
        (stored[:100] + b"x" + stored[101:], size),
        (frames[1] + frames[0] + frames[2], size),
        (frames[0] + frames[1], 2 * FRAME),  # cut off at a frame, with the size to match
    ):
        with pytest.raises(SealError):
            list(opened(key, told, 0, changed))
    with pytest.raises(SealError):
        list(opened(new_key(), size, 0, stored))
