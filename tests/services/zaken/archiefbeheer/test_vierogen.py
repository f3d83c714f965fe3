"""Two persons: the same user stays the same however its id is written, and nobody is no person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.access import Caller
from chassis.problems import Problem
from services.zaken.archiefbeheer.vierogen import person_of, refuse_same_person


@pytest.mark.parametrize(
    "user_id",
    [
        "J.Jansen",
        "j.jansen",
        " j.jansen ",
        "J.JANSEN",
        "j.jansen\u200b",
        "\ufeffj.jansen",
        "ｊ.jansen",
        "j.\u00adjansen",
    ],
)
def test_what_looks_the_same_is_the_same_person(user_id: str) -> None:
    with pytest.raises(Problem) as refused:
        refuse_same_person(Caller("andere-app", user_id), [person_of(Caller("app", "j.jansen"))])
    assert (refused.value.status, refused.value.code) == (403, "vier-ogen")


@pytest.mark.parametrize("user_id", ["", " ", "\t\n", "\u200b", "\u00a0", "\u2060\u00ad", "\x00"])
def test_nobody_is_refused(user_id: str) -> None:
    with pytest.raises(Problem) as refused:
        person_of(Caller("app", user_id, everything=True))
    assert (refused.value.status, refused.value.code) == (403, "gebruiker-onbekend")


def test_another_is_another() -> None:
    refuse_same_person(Caller("app", "p.pietersen"), [person_of(Caller("app", "j.jansen"))])


@given(st.text(min_size=1))
def test_a_key_is_its_own_key(user_id: str) -> None:
    try:
        key = person_of(Caller("app", user_id))
    except Problem:
        return
    assert person_of(Caller("app", key)) == key
