"""The states of a list: the table, and what must hold for every way through it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.problems import Conflict
from services.zaken.archiefbeheer.overgangen import (
    FINAL,
    OVERGANGEN,
    TO_ADD,
    TO_TAKE_OFF,
    LijstActie,
    LijstStatus,
    follow,
)

S, A = LijstStatus, LijstActie


@given(st.lists(st.sampled_from(LijstActie), max_size=12))
def test_nothing_is_carried_out_that_was_not_submitted_and_approved_last(acties: list[LijstActie]) -> None:
    status, done = S.concept, []
    for actie in acties:
        try:
            status = follow(status, actie)
        except Conflict:
            assert (status, actie) not in OVERGANGEN
        else:
            done.append(actie)
    if status in {S.in_uitvoering, S.uitgevoerd}:
        assert done[done.index(A.uitvoeren) - 2 : done.index(A.uitvoeren)] == [A.indienen, A.accorderen]
        assert A.intrekken not in done
    if A.afwijzen in done and status is S.geaccordeerd:
        assert A.heropenen in done[done.index(A.afwijzen) :]


@pytest.mark.parametrize("status", LijstStatus)
def test_every_state_is_reached_and_has_a_way_on_unless_it_is_final(status: LijstStatus) -> None:
    reached, more = {S.concept}, True
    while more:
        new = {after for (before, _), after in OVERGANGEN.items() if before in reached} - reached
        reached, more = reached | new, bool(new)
    assert status in reached
    assert any(before is status for before, _ in OVERGANGEN) is (status not in FINAL)


def test_approval_fixes_what_is_on_a_list() -> None:
    assert {S.concept} == TO_ADD
    assert {S.concept, S.ter_accordering} == TO_TAKE_OFF


def test_says_what_is_possible() -> None:
    with pytest.raises(Conflict) as refused:
        follow(S.geaccordeerd, A.accorderen)
    assert "uitvoeren, intrekken" in refused.value.detail
