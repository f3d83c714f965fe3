"""A withdrawal: everyone who was told hears it, nobody else, and the movers can declare again."""

from tests.services.klanten.municipality import ANDER, ANNA, BASE, PROFIELEN, Town, codes, made

REDEN = {"reden": "De verhuizing gaat niet door."}


async def test_without_the_scope_is_refused_before_it_is_looked_for(town: Town) -> None:
    filed = await town.filed()
    for url in (filed["url"], f"{BASE}/verhuizingen/00000000-0000-0000-0000-000000000000"):
        assert (await town.afdeling("afval").post(f"{url}/intrekkingen", json=REDEN)).status_code == 403


async def test_of_another_portal_does_not_exist(town: Town) -> None:
    filed = await town.filed()
    other = town.service.client("ander", [{"component": "verhuizingen", "scopes": ["verhuizingen.aanmaken"]}])
    assert (await other.post(f"{filed['url']}/intrekkingen", json=REDEN)).status_code == 404


async def test_needs_a_reason(town: Town) -> None:
    filed = await town.filed()
    assert codes(await town.portaal.post(f"{filed['url']}/intrekkingen", json={})) == {("reden", "required")}


async def test_before_processing_nobody_is_told(town: Town) -> None:
    await town.profielen()
    filed = await town.filed()
    body = made(await town.portaal.post(f"{filed['url']}/intrekkingen", json=REDEN))
    assert (body["status"], body["reden"]) == ("ingetrokken", REDEN["reden"])
    assert await town.told(filed) == {}
    assert (await town.events("verhuizingen."))[-1] == "verhuizingen.v1.gm9001.verhuizing-ingetrokken"
    await town.filed()


async def test_everyone_who_was_told_hears_it_and_nobody_else(town: Town) -> None:
    await town.profielen("belastingen", "afval", "parkeren")
    await town.volg("parkeren", bsn=ANNA)
    verhuizing = await town.processed()
    first = await town.told(verhuizing, 1)
    await town.profielen("leerplicht", "participatie")
    await town.volg("participatie", nummeraanduidingId=verhuizing["nieuwAdres"]["nummeraanduidingId"])
    [one] = (await town.beheer.get(f"{BASE}/volgindicaties", params={"afdeling": "parkeren"})).json()["results"]
    await town.beheer.delete(one["url"])
    body = made(await town.portaal.post(f"{verhuizing['url']}/intrekkingen", json=REDEN))
    assert (body["volgnummer"], body["status"]) == (2, "ingetrokken")
    told = await town.told(verhuizing, 2)
    assert told.keys() == first.keys() == {"belastingen", "afval", "parkeren"}
    for code, row in told.items():
        assert row["soort"] == "intrekking"
        assert list(row["gegevens"]) == PROFIELEN[code]["gegevens"]
        assert row["gegevens"] == first[code]["gegevens"]
        assert row["grondslag"] == first[code]["grondslag"]
    assert await town.events("afdeling.v1.gm9001.afval") == [
        "afdeling.v1.gm9001.afval.opvolging.gevraagd",
        "afdeling.v1.gm9001.afval.opvolging.ingetrokken",
    ]


async def test_is_final(town: Town) -> None:
    filed = await town.filed()
    made(await town.portaal.post(f"{filed['url']}/intrekkingen", json=REDEN))
    for path, body in (
        ("intrekkingen", REDEN),
        ("correcties", {"nieuwAdres": {"nummeraanduidingId": ANDER}}),
    ):
        answer = await town.portaal.post(f"{filed['url']}/{path}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "overgang-niet-toegestaan")
    answer = await town.burgerzaken.post(f"{filed['url']}/verwerkingen", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "overgang-niet-toegestaan")
