"""Taken: a ploeg sees its own and no other's; and the delta, which never skips a change."""

import asyncio
import uuid
from typing import Any

import pytest

from tests.services.meldingen.dorp import EAST, TAKEN, Dorp, codes


async def delta(dorp: Dorp, sinds: str, als: str = "wegen", ploeg: str = "wegen", **more: Any) -> dict[str, Any]:
    answer = await dorp.als(als).get(f"{TAKEN}/taken", params={"ploeg": ploeg, "sinds": sinds, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


class TestRights:
    async def test_without_the_scope_is_refused(self, dorp: Dorp) -> None:
        taak = await dorp.taak()
        assert (await dorp.service.anonymous().get(taak["url"])).status_code == 401
        assert (await dorp.als("portaal").get(taak["url"])).status_code == 403
        assert (await dorp.als("portaal").get(f"{TAKEN}/taken")).status_code == 403

    async def test_the_taak_of_another_ploeg_is_not_there(self, dorp: Dorp) -> None:
        taak = await dorp.taak()
        assert (await dorp.als("groen").get(taak["url"])).status_code == 404
        assert (await dorp.doe(taak, "claimen", als="groen")).status_code == 404
        assert (await dorp.als("groen").get(f"{taak['url']}/gebeurtenissen")).status_code == 404
        assert (await dorp.als("groen").get(f"{TAKEN}/taken")).json()["results"] == []
        for query in ("ploeg=wegen", "ploeg=wegen&sinds=0"):
            assert (await dorp.als("groen").get(f"{TAKEN}/taken?{query}")).status_code == 403

    async def test_its_own_is_there_with_what_it_needs_and_nothing_of_the_melder(self, dorp: Dorp) -> None:
        await dorp.meld(melder={"naam": "Iemand", "telefoon": "0600000099"})
        (taak,) = (await dorp.als("wegen").get(f"{TAKEN}/taken")).json()["results"]
        assert taak["omschrijving"] == "Er zit een diep gat in de weg"
        assert (taak["taaktype"], taak["wijk"], taak["locatie"]["lon"]) == ("repareren", "wk1", 5.305)
        assert (await dorp.als("wegen").get(taak["url"])).json() == taak
        assert not {"melder", "naam", "telefoon", "email"} & set(taak)


class TestDelta:
    async def test_from_the_beginning_it_holds_what_is_open(self, dorp: Dorp) -> None:
        first, second = await dorp.taak(), await dorp.taak(plaats=EAST)
        await dorp.doe(first, "voltooien")
        page = await delta(dorp, "0")
        assert [taak["uuid"] for taak in page["results"]] == [second["uuid"]]
        assert (page["count"], page["next"]) == (1, None)
        assert (await delta(dorp, page["cursor"]))["results"] == []

    async def test_later_it_holds_every_change_also_what_was_withdrawn(self, dorp: Dorp) -> None:
        first, second = await dorp.taak(), await dorp.taak(plaats=EAST)
        cursor = (await delta(dorp, "0"))["cursor"]
        await dorp.wijs_toe(await dorp.melding("Boom om"), "openbare-ruimte", "wegen")
        await dorp.wijs_toe((await dorp.als("regie").get(first["melding"])).json(), "groenbeheer", "groen")
        await dorp.doe(second, "voltooien")
        page = await delta(dorp, cursor)
        assert [taak["status"] for taak in page["results"]] == ["nieuw", "ingetrokken", "voltooid"]
        assert (await delta(dorp, page["cursor"]))["results"] == []
        assert [taak["status"] for taak in (await delta(dorp, "0", "groen", "groen"))["results"]] == ["nieuw"]

    async def test_a_plain_list_gives_the_cursor_to_go_on_from(self, dorp: Dorp) -> None:
        await dorp.taak()
        listed = (await dorp.als("wegen").get(f"{TAKEN}/taken?ploeg=wegen")).json()
        assert listed["count"] == 1
        await dorp.taak(plaats=EAST)
        assert (await delta(dorp, listed["cursor"]))["count"] == 1
        assert (await dorp.als("wegen").get(f"{TAKEN}/taken")).json()["cursor"] is None

    async def test_pages_follow_each_other(self, dorp: Dorp) -> None:
        for n in range(5):
            await dorp.meld("Tegel los", {"lon": 5.301 + n / 1000, "lat": 52.705})
        page, seen = await delta(dorp, "0", pageSize=2), []
        while True:
            seen += [taak["uuid"] for taak in page["results"]]
            if page["next"] is None:
                break
            page = (await dorp.als("wegen").get(page["next"])).json()
        assert len(seen) == len(set(seen)) == 5

    async def test_changes_at_the_same_time_are_never_skipped(self, dorp: Dorp) -> None:
        """A reader that follows the cursor while many write sees every taak."""
        seen: dict[str, int] = {}
        writing = asyncio.gather(
            *(dorp.meld("Tegel los", {"lon": 5.301 + n / 10_000, "lat": 52.705}) for n in range(30))
        )
        cursor = "0"
        while True:
            done = writing.done()
            page = await delta(dorp, cursor)
            for taak in page["results"]:
                seen[taak["uuid"]] = seen.get(taak["uuid"], 0) + 1
            cursor = page["cursor"]
            if done:
                break
        assert [answer.status_code for answer in await writing] == [201] * 30
        assert len(seen) == 30

    @pytest.mark.parametrize(
        ("query", "wrong"),
        [("sinds=0", ("ploeg", "required")), ("ploeg=wegen&sinds=x", ("sinds", "cursor-onbekend"))],
    )
    async def test_a_bad_cursor_is_refused(self, dorp: Dorp, query: str, wrong: tuple[str, str]) -> None:
        answer = await dorp.als("wegen").get(f"{TAKEN}/taken?{query}")
        assert (answer.status_code, codes(answer)) == (400, {wrong})

    async def test_a_cursor_of_before_a_restore_starts_anew(self, dorp: Dorp) -> None:
        answer = await dorp.als("wegen").get(f"{TAKEN}/taken?ploeg=wegen&sinds=99")
        assert (answer.status_code, answer.json()["code"]) == (410, "cursor-onbekend")


async def test_filters(dorp: Dorp) -> None:
    taak = await dorp.taak()
    await dorp.doe(taak, "starten")
    for query, amount in (("status=bezig", 1), ("status=nieuw", 0), (f"melding={uuid.uuid4()}", 0)):
        assert (await dorp.als("wegen").get(f"{TAKEN}/taken?{query}")).json()["count"] == amount, query


async def test_an_unchanged_list_is_not_sent_again(dorp: Dorp) -> None:
    await dorp.taak()
    for query in ("", "?ploeg=wegen", "?ploeg=wegen&sinds=0"):
        first = await dorp.als("wegen").get(f"{TAKEN}/taken{query}")
        for known in (first.headers["etag"], "*"):
            again = await dorp.als("wegen").get(f"{TAKEN}/taken{query}", headers={"If-None-Match": known})
            assert (again.status_code, again.content) == (304, b""), query


@pytest.mark.parametrize("query", ["ploeg=%00", "page=99999999999999999999", "sinds=9999999999999999999&ploeg=wegen"])
async def test_a_strange_query_is_no_defect(dorp: Dorp, query: str) -> None:
    assert (await dorp.als("regie").get(f"{TAKEN}/taken?{query}")).status_code < 500
