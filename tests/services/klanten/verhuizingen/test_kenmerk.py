"""The receipt: unique, readable, and a typing error shows."""

import re

from hypothesis import given
from hypothesis import strategies as st

from services.klanten.verhuizingen.kenmerk import ALPHABET, SPACE, is_kenmerk, kenmerk_of

numbers = st.integers(0, SPACE - 1)


@given(numbers)
def test_shape(number: int) -> None:
    kenmerk = kenmerk_of(number)
    assert re.fullmatch(r"VH-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{2}", kenmerk)
    assert is_kenmerk(kenmerk)


@given(numbers, numbers)
def test_different_numbers_give_different_kenmerken(one: int, other: int) -> None:
    assert (kenmerk_of(one) == kenmerk_of(other)) == (one == other)


@given(numbers, st.sampled_from([3, 4, 5, 6, 8, 9]), st.sampled_from(ALPHABET))
def test_one_wrong_letter_shows(number: int, place: int, letter: str) -> None:
    kenmerk = kenmerk_of(number)
    other = kenmerk[:place] + letter + kenmerk[place + 1 :]
    assert is_kenmerk(other) == (other == kenmerk)


def test_other_texts_are_no_kenmerk() -> None:
    assert not any(is_kenmerk(text) for text in ("", "VH-", "VH-0000-0I", "MOR-0000-00", "VH-0000-000"))
