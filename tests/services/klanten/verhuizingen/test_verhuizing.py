"""Reading verhuizingen, and the state machine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.problems import Conflict
from services.klanten.verhuizingen.verhuizing import TRANSITIONS, Status, Verhuizing, advance
from tests.services.klanten.municipality import BAS, BASE, CHRIS, Town

FINAL = {"geweigerd", "ingetrokken"}


@given(st.sampled_from(sorted(TRANSITIONS)), st.sampled_from(list(Status)))
def test_only_what_is_in_the_table(before: str, after: Status) -> None:
    row = Verhuizing(status=before)
    if after in TRANSITIONS[before]:
        advance(row, after)
        assert row.status == after.value
    else:
        with pytest.raises(Conflict, match="overgang-niet-toegestaan"):
            advance(row, after)
        assert row.status == before


def test_every_status_can_be_reached_and_the_final_ones_stay() -> None:
    assert set(TRANSITIONS) == {status.value for status in Status}
    reached, following = {"onvolledig"}, ["onvolledig"]
    while following:
        for after in TRANSITIONS[following.pop()] - reached:
            reached.add(after)
            following.append(after)
    assert reached == set(TRANSITIONS)
    assert {status for status, after in TRANSITIONS.items() if not after} == FINAL


def test_nothing_is_told_before_it_is_processed() -> None:
    for before, after in TRANSITIONS.items():
        if "afgerond" in after:
            assert before == "verwerkt"


class TestRead:
    async def test_without_the_scope_is_refused(self, town: Town) -> None:
        verhuizing = await town.filed()
        client = town.afdeling("afval")
        for url in (verhuizing["url"], f"{BASE}/verhuizingen"):
            assert (await client.get(url)).status_code == 403

    async def test_a_portal_sees_what_it_filed(self, town: Town) -> None:
        mine = await town.filed()
        other = town.service.client("ander", [{"component": "verhuizingen", "scopes": ["verhuizingen.aanmaken"]}])
        assert (await town.portaal.get(mine["url"])).json() == mine
        assert (await other.get(mine["url"])).status_code == 404
        query = {"kenmerk": mine["kenmerk"]}
        assert (await town.portaal.get(f"{BASE}/verhuizingen", params=query)).json()["results"] == [mine]
        assert (await other.get(f"{BASE}/verhuizingen", params=query)).json()["count"] == 0

    async def test_burgerzaken_sees_all_newest_first(self, town: Town) -> None:
        filed = [await town.filed(), await town.filed(aangever=BAS, bewijs=[]), await town.filed(aangever=CHRIS)]
        answer = (await town.burgerzaken.get(f"{BASE}/verhuizingen")).json()
        assert [one["kenmerk"] for one in answer["results"]] == [one["kenmerk"] for one in reversed(filed)]
        incomplete = (await town.burgerzaken.get(f"{BASE}/verhuizingen", params={"status": "onvolledig"})).json()
        assert [one["kenmerk"] for one in incomplete["results"]] == [filed[1]["kenmerk"]]

    async def test_unknown_parameters_and_ids(self, town: Town) -> None:
        assert (await town.beheer.get(f"{BASE}/verhuizingen?bsn=1")).status_code == 400
        assert (await town.beheer.get(f"{BASE}/verhuizingen/00000000-0000-0000-0000-000000000000")).status_code == 404
