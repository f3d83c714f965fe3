"""Offline work: each operation its own outcome, once, whatever the others are."""

import asyncio
import uuid
from typing import Any

import httpx
import pytest

from tests.services.meldingen.dorp import EAST, RECHTEN, TAKEN, Dorp

RECHTEN["alle-ploegen"] = [{"component": "meldingen", "scopes": ["taken.lezen", "taken.bijwerken"]}]


def op(taak: dict[str, Any], type_: str, **more: Any) -> dict[str, Any]:
    """One operation of a device."""
    return {
        "opId": str(uuid.uuid4()),
        "taak": taak["uuid"],
        "type": type_,
        "apparaatTijd": "2026-05-01T08:00:00Z",
        **more,
    }


async def sync(dorp: Dorp, *operaties: Any, als: str = "wegen") -> httpx.Response:
    return await dorp.als(als).post(f"{TAKEN}/taken/_sync", json={"operaties": list(operaties)})


async def outcomes(dorp: Dorp, *operaties: Any, als: str = "wegen") -> list[str]:
    answer = await sync(dorp, *operaties, als=als)
    assert answer.status_code == 200, answer.text
    return [row["uitkomst"] for row in answer.json()["resultaten"]]


async def test_without_the_scope_is_refused(dorp: Dorp) -> None:
    taak = await dorp.taak()
    assert (await sync(dorp, op(taak, "claimen"), als="regie")).status_code == 403


async def test_a_day_of_work_in_one_call(dorp: Dorp) -> None:
    first, second = await dorp.taak(), await dorp.taak(plaats=EAST)
    work = [
        op(first, "claimen"),
        op(first, "starten"),
        op(second, "claimen"),
        op(first, "voltooien", resultaat="opgelost"),
        op(second, "niet-uitvoeren", reden="Afgesloten."),
    ]
    assert await outcomes(dorp, *work) == ["toegepast"] * 5
    for taak, status in ((first, "voltooid"), (second, "niet-uitgevoerd")):
        assert (await dorp.als("wegen").get(taak["url"])).json()["status"] == status
    events = await dorp.events()
    assert await outcomes(dorp, *work) == ["al-toegepast"] * 5
    assert await dorp.events() == events


async def test_the_same_work_sent_twice_at_once_counts_once(dorp: Dorp) -> None:
    taak = await dorp.taak()
    work = [op(taak, "claimen"), op(taak, "voltooien")]
    both = await asyncio.gather(outcomes(dorp, *work), outcomes(dorp, *work))
    assert sorted(both) == [["al-toegepast"] * 2, ["toegepast"] * 2]
    history = (await dorp.als("wegen").get(f"{taak['url']}/gebeurtenissen")).json()
    assert history["count"] == 2


async def test_two_devices_that_sync_in_opposite_order_do_not_block_each_other(dorp: Dorp) -> None:
    taken = [await dorp.taak(omschrijving="Tegel los") for _ in range(4)]
    for _ in range(3):
        there = [op(taak, "voltooien") for taak in taken]
        back = [op(taak, "voltooien") for taak in reversed(taken)]
        done = await asyncio.gather(
            outcomes(dorp, *there),
            outcomes(dorp, *back, als="tweede@wegen"),
            outcomes(dorp, *there, als="alle-ploegen"),
        )
        assert [set(outcome) for outcome in done] == [{"toegepast"}] * 3


async def test_one_bad_operation_does_not_stop_the_others(dorp: Dorp) -> None:
    taak, other = await dorp.taak(), await dorp.taak("groen", "Boom om")
    claimed = await dorp.taak(plaats=EAST)
    await dorp.doe(claimed, "claimen", als="tweede@wegen")
    answer = await sync(
        dorp,
        {"opId": "7", "taak": "iets"},
        op({"uuid": str(uuid.uuid4())}, "claimen"),
        op(other, "claimen"),
        op(taak, "niet-uitvoeren"),
        op(claimed, "claimen"),
        op(taak, "claimen"),
    )
    rows = answer.json()["resultaten"]
    assert [row["uitkomst"] for row in rows] == ["geweigerd"] * 4 + ["conflict", "toegepast"]
    assert [row["problem"]["code"] for row in rows[:5]] == [
        "invalid",
        "taak-onbekend",
        "taak-onbekend",
        "invalid",
        "taak-al-geclaimd",
    ]
    assert rows[0]["opId"] == "7"
    assert (rows[4]["taak"]["uuid"], rows[4]["taak"]["geclaimdDoor"]) == (claimed["uuid"], "tweede-wegen")


async def test_what_was_completed_offline_after_a_reroute_is_kept(dorp: Dorp) -> None:
    taak = await dorp.taak()
    await dorp.wijs_toe({"url": taak["melding"]}, "groenbeheer", "groen")
    answer = await sync(dorp, op(taak, "starten"), op(taak, "voltooien"))
    started, done = answer.json()["resultaten"]
    assert (started["uitkomst"], started["taak"]["status"]) == ("conflict", "ingetrokken")
    assert (done["uitkomst"], done["gevolg"]) == ("toegepast", "te-laat-voltooid")


@pytest.mark.parametrize("body", [{}, {"operaties": []}, {"operaties": [{}] * 101}, {"operaties": "x"}])
async def test_what_is_no_list_of_operations_is_refused(dorp: Dorp, body: dict[str, Any]) -> None:
    assert (await dorp.als("wegen").post(f"{TAKEN}/taken/_sync", json=body)).status_code == 400


async def test_an_operation_of_one_client_is_no_operation_of_another(dorp: Dorp) -> None:
    taak = await dorp.taak()
    work = op(taak, "voltooien")
    assert await outcomes(dorp, work) == ["toegepast"]
    assert await outcomes(dorp, work, als="tweede@wegen") == ["toegepast"]
