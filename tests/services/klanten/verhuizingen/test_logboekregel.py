"""The Logboek Dataverwerkingen: a line per person per afdeling, in the transaction of the telling."""

from tests.services.klanten.municipality import ANNA, BAS, BASE, Town

PATH = f"{BASE}/logboekregels"


async def test_without_the_scope_is_refused(town: Town) -> None:
    for client in (town.portaal, town.burgerzaken, town.afdeling("afval")):
        assert (await client.get(PATH)).status_code == 403
        assert (await client.get(f"{PATH}/00000000-0000-0000-0000-000000000000")).status_code == 403


async def test_an_afdeling_sees_only_its_own_lines(town: Town) -> None:
    await town.profielen("belastingen", "afval")
    verhuizing = await town.processed()
    rights = [{"component": "verhuizingen", "scopes": ["logboekregels.lezen"], "afdeling": "afval"}]
    afval = town.service.client("afval-log", rights)
    lines = (await town.beheer.get(PATH, params={"kenmerk": verhuizing["kenmerk"]})).json()["results"]
    own, other = ([line for line in lines if line["afdeling"] == code] for code in ("afval", "belastingen"))
    assert (await afval.get(PATH)).json()["results"] == own
    assert (await afval.get(PATH, params={"afdeling": "belastingen"})).json()["count"] == 0
    assert (await afval.get(own[0]["url"])).status_code == 200
    assert (await afval.get(other[0]["url"])).status_code == 404


async def test_a_line_per_person_or_one_without(town: Town) -> None:
    await town.profielen("belastingen", "afval", "parkeren")
    await town.volg("parkeren", bsn=BAS)
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    filed = await town.filed(BAS)
    town.brp.book([ANNA, BAS], filed["nieuwAdres"]["nummeraanduidingId"], filed["datumAdreshouding"])
    await town.burgerzaken.post(f"{filed['url']}/verwerkingen", headers=headers)
    told = await town.told(filed)
    lines = (await town.beheer.get(PATH, params={"kenmerk": filed["kenmerk"]})).json()["results"]
    anna, bas = (f"urn:uuid:{mover['persoon']}" for mover in filed["verhuizers"])
    who = {(line["afdeling"], line["attributes"].get("dpl.core.data_subject_id")) for line in lines}
    assert who == {("belastingen", anna), ("belastingen", bas), ("afval", None), ("parkeren", bas)}
    assert len(lines) == 4
    for line in lines:
        row = told[line["afdeling"]]
        assert (line["opvolging"], line["grondslag"]) == (row["uuid"], row["grondslag"])
        assert line["attributes"]["dpl.core.processing_activity_id"].endswith(line["afdeling"])
        assert (line["traceId"], line["parentSpanId"], line["status"]) == (trace, "b7ad6b7169203331", "Ok")
        assert line["startTime"] <= row["aangemaaktOp"]
    assert len({line["spanId"] for line in lines}) == 4
    assert (await town.beheer.get(lines[0]["url"])).json() == lines[0]


async def test_who_was_told_of_a_person(town: Town) -> None:
    await town.profielen("belastingen", "afval")
    verhuizing = await town.processed()
    persoon = verhuizing["verhuizers"][0]["persoon"]
    lines = (await town.beheer.get(PATH, params={"persoon": persoon})).json()["results"]
    assert [line["afdeling"] for line in lines] == ["belastingen"]


async def test_a_withdrawal_is_told_and_logged(town: Town) -> None:
    await town.profielen("belastingen")
    verhuizing = await town.processed()
    await town.portaal.post(f"{verhuizing['url']}/intrekkingen", json={"reden": "Toch niet."})
    lines = (await town.beheer.get(PATH, params={"afdeling": "belastingen"})).json()["results"]
    assert [(line["volgnummer"], line["name"]) for line in lines] == [
        (1, "verhuizing verstrekken"),
        (2, "intrekking verstrekken"),
    ]
