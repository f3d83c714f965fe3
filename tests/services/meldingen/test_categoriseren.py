"""The suggestion: whole words, without case and accents; silent when two categories are equally likely."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.meldingen.categoriseren import Woordenboek, fold

BOEK = Woordenboek({"gat": ["gat", "kuil", "asfalt"], "boom": ["boom", "tak"], "café": ["café", "terras te luid"]})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Groot GAT!", "gat"),
        ("Wéér een gát", "gat"),
        ("gat gat gat en een boom", None),
        ("gat in het asfalt naast een boom", "gat"),
        ("gaten", None),
        ("Boomgaardstraat", None),
        ("het cafe", "café"),
        ("terras te luid", "café"),
        ("terras, te luid?", "café"),
        ("luid te terras", None),
        ("", None),
        ("🕳️", None),
        ("gat/kuil_boom", "gat"),
        ("𝔊𝔸𝕋", "gat"),
    ],
)
def test_examples(text: str, expected: str | None) -> None:
    assert BOEK.voorstel(text) == expected


@given(st.text(max_size=60))
def test_case_and_accents_never_matter(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert BOEK.voorstel(text) in {None, *BOEK.hits(text)}


@given(st.lists(st.sampled_from(["gat", "kuil", "asfalt", "boom", "tak", "iets"]), max_size=10))
def test_the_most_different_words_win_whatever_their_order(words: list[str]) -> None:
    gat, boom = len({"gat", "kuil", "asfalt"} & set(words)), len({"boom", "tak"} & set(words))
    expected = None if gat == boom else "gat" if gat > boom else "boom"
    assert BOEK.voorstel(" ".join(words)) == expected
