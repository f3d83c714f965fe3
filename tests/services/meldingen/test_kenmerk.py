"""The kenmerk: unique, readable, and a typing error shows."""

from hypothesis import given
from hypothesis import strategies as st

from services.meldingen.kenmerk import ALPHABET, SPACE, is_kenmerk, kenmerk

NUMBERS = st.integers(min_value=1, max_value=SPACE - 1)


@given(NUMBERS, NUMBERS)
def test_no_two_numbers_give_one_kenmerk(one: int, other: int) -> None:
    assert (kenmerk(one) == kenmerk(other)) == (one == other)


@given(NUMBERS)
def test_it_reads_well(number: int) -> None:
    made = kenmerk(number)
    prefix, front, back = made.split("-")
    assert (prefix, len(front), len(back)) == ("MOR", 4, 2)
    assert not set(front + back) & set("ILOU")
    assert is_kenmerk(made)


@given(NUMBERS, st.integers(min_value=0, max_value=5), st.sampled_from(ALPHABET))
def test_one_wrong_character_shows(number: int, place: int, character: str) -> None:
    made = kenmerk(number)
    plain = made.removeprefix("MOR-").replace("-", "")
    wrong = plain[:place] + character + plain[place + 1 :]
    assert is_kenmerk(f"MOR-{wrong[:4]}-{wrong[4:]}") == (wrong == plain)


def test_neighbours_do_not_look_alike() -> None:
    made = [kenmerk(number) for number in range(1, 200)]
    assert len({text[:8] for text in made}) == len(made)


def test_what_is_no_kenmerk() -> None:
    for text in ("", "MOR-", "MOR-12345-6", "MOR-ABCD-é1", "VH-7K4Q-92"):
        assert not is_kenmerk(text)
