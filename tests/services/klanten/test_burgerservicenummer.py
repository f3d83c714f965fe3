"""The elfproef."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.klanten.burgerservicenummer import passes_elfproef


@pytest.mark.parametrize("number", ["999900018", "999900055", "111222333", "001000007"])
def test_valid(number: str) -> None:
    assert passes_elfproef(number)


@pytest.mark.parametrize("number", ["999900019", "000000000", "99990001", "9999000180", "99990001a", "", "٩٩٩٩٠٠٠١٨"])
def test_invalid(number: str) -> None:
    assert not passes_elfproef(number)


@given(st.integers(0, 999_999_999), st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_never_passes(number: int, place: int, off: int) -> None:
    text = f"{number:09}"
    if passes_elfproef(text):
        other = text[:place] + str((int(text[place]) + off) % 10) + text[place + 1 :]
        assert not passes_elfproef(other)
