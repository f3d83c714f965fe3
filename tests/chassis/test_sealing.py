"""Sealing: what is stored cannot be read, changed, moved or mixed up."""

import base64
import json
import os
from pathlib import Path

import pytest

from chassis.sealing import Keyring, SealError


def key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


@pytest.fixture
def keyring() -> Keyring:
    return Keyring.load(Keyring.generate())


def test_it_opens_what_it_sealed_and_hides_it(keyring: Keyring) -> None:
    for plain in (b"", b"x", b"secret text", os.urandom(100_000)):
        sealed = keyring.seal(plain, "thing:1")
        assert keyring.open(sealed, "thing:1") == plain
        assert len(plain) < 4 or plain not in sealed
    assert keyring.seal(b"x", "a") != keyring.seal(b"x", "a")


def test_moved_to_another_row_it_stays_shut(keyring: Keyring) -> None:
    with pytest.raises(SealError, match="moved"):
        keyring.open(keyring.seal(b"x", "thing:1"), "thing:2")


def test_changed_anywhere_it_stays_shut(keyring: Keyring) -> None:
    sealed = keyring.seal(b"some text", "thing:1")
    for place in range(len(sealed)):
        broken = bytearray(sealed)
        broken[place] ^= 1
        with pytest.raises(SealError):
            keyring.open(bytes(broken), "thing:1")


@pytest.mark.parametrize("length", [0, 1, 2, 4, 10, 20, 30])
def test_cut_short_it_stays_shut(keyring: Keyring, length: int) -> None:
    with pytest.raises(SealError):
        keyring.open(keyring.seal(b"some text", "thing:1")[:length], "thing:1")


def test_an_unknown_key_is_named(keyring: Keyring) -> None:
    other = Keyring.load(json.dumps({"active": "k9", "keys": {"k9": key()}, "index": key()}))
    with pytest.raises(SealError, match="k9"):
        keyring.open(other.seal(b"x", "a"), "a")
    with pytest.raises(SealError):
        keyring.open(b"plain text", "a")


def test_the_same_name_with_another_key_does_not_open(keyring: Keyring) -> None:
    with pytest.raises(SealError):
        keyring.open(Keyring.load(Keyring.generate()).seal(b"x", "a"), "a")


def test_after_a_rotation_old_opens_and_new_is_sealed_anew() -> None:
    old, new, index = key(), key(), key()
    before = Keyring.load(json.dumps({"active": "k1", "keys": {"k1": old}, "index": index}))
    after = Keyring.load(json.dumps({"active": "k2", "keys": {"k1": old, "k2": new}, "index": index}))
    without = Keyring.load(json.dumps({"active": "k2", "keys": {"k2": new}, "index": index}))
    sealed = before.seal(b"x", "a")
    assert after.open(sealed, "a") == b"x"
    again = after.seal(b"x", "a")
    assert without.open(again, "a") == b"x"
    with pytest.raises(SealError):
        without.open(sealed, "a")
    assert before.index("v", "bsn") == without.index("v", "bsn")


def test_a_blind_index_is_of_its_value_purpose_and_key(keyring: Keyring) -> None:
    one = keyring.index("999900006", "bsn")
    assert one == keyring.index("999900006", "bsn")
    assert one != keyring.index("999900007", "bsn")
    assert one != keyring.index("999900006", "rsin")
    assert one != Keyring.load(Keyring.generate()).index("999900006", "bsn")
    assert b"999900006" not in one


def test_keys_come_from_text_or_a_file(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text(Keyring.generate())
    assert Keyring.load(str(path)).active == "k1"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{}",
        json.dumps({"active": "k2", "keys": {"k1": base64.b64encode(bytes(32)).decode()}, "index": "AA=="}),
        json.dumps({"active": "k1", "keys": {"k1": "AA=="}, "index": base64.b64encode(bytes(32)).decode()}),
        json.dumps({"active": "k1", "keys": {"k1": base64.b64encode(bytes(32)).decode()}, "index": "AA=="}),
        json.dumps({"active": "k1", "keys": {"k1": "not base64"}, "index": "?"}),
    ],
)
def test_keys_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Keyring.load(text)
