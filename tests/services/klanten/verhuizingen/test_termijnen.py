"""Terms: an opvolging past its last day is verlopen, once, and can still be finished."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chassis import clock
from services.klanten.verhuizingen.termijnen import expire, uiterlijk_op
from tests.services.klanten.municipality import ANDER, ANNA, Town, made

VERLOPEN = "verhuizingen.v1.gm9001.opvolging-verlopen"


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 365))
def test_counts_calendar_days(told: date, days: int) -> None:
    assert (uiterlijk_op(told, days) - told).days == days


async def test_marks_once_what_is_past_its_last_day(town: Town) -> None:
    await town.profielen("afval", "belastingen")
    verhuizing = await town.processed()
    runtime, present = town.service.runtime, clock.now()
    told = await town.told(verhuizing)
    client, url = town.afdeling("belastingen"), told["belastingen"]["url"]
    made(await client.post(f"{url}/ontvangstbevestigingen"))
    await client.patch(url, json={"status": "verwerkt"})
    with clock.frozen(present + timedelta(days=14)):
        assert await expire(runtime) == 0
    with clock.frozen(present + timedelta(days=15)):
        assert await expire(runtime) == 1
        assert await expire(runtime) == 0
    now = await town.told(verhuizing)
    assert {code: row["status"] for code, row in now.items()} == {"afval": "verlopen", "belastingen": "verwerkt"}
    [event] = [one for one in await town.service.outbox() if one["nats"] == VERLOPEN]
    assert (event["data"]["afdeling"], event["dataref"]) == ("afval", told["afval"]["url"])


async def test_late_is_still_welcome(town: Town) -> None:
    await town.profielen("afval")
    verhuizing = await town.processed()
    with clock.frozen(clock.now() + timedelta(days=15)):
        await expire(town.service.runtime)
    client, url = town.afdeling("afval"), (await town.told(verhuizing))["afval"]["url"]
    late = made(await client.post(f"{url}/ontvangstbevestigingen"))
    assert (late["status"], late["ontvangenOp"] is not None) == ("verlopen", True)
    assert (await client.patch(url, json={"status": "verwerkt"})).json()["status"] == "verwerkt"
    assert (await town.portaal.get(verhuizing["url"])).json()["status"] == "afgerond"


async def test_what_was_told_again_does_not_expire(town: Town) -> None:
    await town.profielen("afval")
    verhuizing = await town.processed()
    town.brp.book([ANNA], ANDER, verhuizing["datumAdreshouding"])
    body = {"nieuwAdres": {"nummeraanduidingId": ANDER}}
    made(await town.portaal.post(f"{verhuizing['url']}/correcties", json=body))
    with clock.frozen(clock.now() + timedelta(days=15)):
        assert await expire(town.service.runtime) == 1
    assert (await town.told(verhuizing, 1))["afval"]["status"] == "te-bezorgen"
    assert (await town.told(verhuizing, 2))["afval"]["status"] == "verlopen"
