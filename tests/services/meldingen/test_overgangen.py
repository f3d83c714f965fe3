"""The two state machines, as properties of their tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.problems import Conflict
from services.meldingen.overgangen import (
    FINAL,
    MELDING,
    TAAK,
    TOO_LATE,
    MeldingActie,
    MeldingStatus,
    TaakActie,
    TaakStatus,
    allowed,
    follow,
)


@given(st.sampled_from(TaakStatus), st.sampled_from(TaakActie))
def test_every_cell_of_the_taak_follows_or_names_what_can(status: TaakStatus, action: TaakActie) -> None:
    if (status, action) in TAAK:
        assert follow(TAAK, status, action) == TAAK[status, action] != status
    else:
        with pytest.raises(Conflict) as refused:
            follow(TAAK, status, action)
        assert refused.value.code == "overgang-niet-toegestaan"
        assert all(possible in refused.value.detail for possible in allowed(TAAK, status))


@given(st.lists(st.sampled_from(TaakActie), max_size=8))
def test_whatever_a_taak_goes_through_it_ends_once(actions: list[TaakActie]) -> None:
    status, ended = TaakStatus.nieuw, 0
    for action in actions:
        if action in allowed(TAAK, status):
            assert status not in FINAL
            status = follow(TAAK, status, action)
            ended += status in FINAL
    assert ended == (status in FINAL)


@given(st.lists(st.sampled_from(MeldingActie), max_size=6))
def test_a_melding_only_goes_forward(actions: list[MeldingActie]) -> None:
    order = list(MeldingStatus)
    status = MeldingStatus.gemeld
    for action in actions:
        if action in allowed(MELDING, status):
            following = follow(MELDING, status, action)
            assert order.index(following) > order.index(status)
            status = following


def test_every_open_taak_can_be_completed_withdrawn_and_given_back() -> None:
    for status in set(TaakStatus) - FINAL:
        assert {TaakActie.voltooien, TaakActie.niet_uitvoeren, TaakActie.intrekken} <= set(allowed(TAAK, status))
    for status in FINAL:
        assert allowed(TAAK, status) == []


def test_every_status_is_reached() -> None:
    assert {TaakStatus.nieuw, *TAAK.values()} == set(TaakStatus)
    assert {MeldingStatus.gemeld, *MELDING.values()} == set(MeldingStatus)


def test_work_in_the_field_is_kept_after_the_end() -> None:
    ends = {action for (_, action), status in TAAK.items() if status in FINAL}
    assert ends - {TaakActie.intrekken} == TOO_LATE.keys()
