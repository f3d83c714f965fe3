"""Processing: only burgerzaken, only what the BRP confirms, and everybody who must know hears it in the same moment."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import yaml

from chassis import clock
from services.klanten.verhuizingen import opvolgen
from tests.services.klanten.municipality import (
    ANDER,
    ANNA,
    BAS,
    BASE,
    CHRIS,
    NIEUW,
    OUD,
    PROFIELEN,
    Town,
    day,
    made,
    profiel,
)
from tests.services.klanten.verhuizingen.test_gegevensset import DEMO

WACHT = {"hoofdbewoner": {"bsn": CHRIS}, "toestemming": "wacht"}


async def process(town: Town, verhuizing: dict[str, Any], **body: Any) -> Any:
    return await town.burgerzaken.post(f"{verhuizing['url']}/verwerkingen", json=body)


class TestRights:
    async def test_without_the_scope_is_refused_before_it_is_looked_for(self, town: Town) -> None:
        filed = await town.filed()
        for url in (filed["url"], f"{BASE}/verhuizingen/00000000-0000-0000-0000-000000000000"):
            answer = await town.portaal.post(f"{url}/verwerkingen", json={})
            assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
        assert town.brp.asked == []

    async def test_a_right_within_an_afdeling_gives_no_verhuizing(self, town: Town) -> None:
        filed = await town.filed()
        scopes = ["verhuizingen.lezen", "verhuizingen.verwerken"]
        within = town.service.client("b", [{"component": "verhuizingen", "scopes": scopes, "afdeling": "afval"}])
        assert (await process(town, filed, resultaat="in-behandeling")).status_code == 201
        assert (await within.post(f"{filed['url']}/verwerkingen", json={})).status_code == 403
        assert (await within.post(f"{filed['url']}/intrekkingen", json={"reden": "x"})).status_code == 403
        assert (await within.get(filed["url"])).status_code == 403
        assert (await within.get(f"{BASE}/verhuizingen")).status_code == 403

    async def test_unknown(self, town: Town) -> None:
        url = f"{BASE}/verhuizingen/00000000-0000-0000-0000-000000000000/verwerkingen"
        assert (await town.burgerzaken.post(url)).status_code == 404


class TestRefused:
    async def test_incomplete(self, town: Town) -> None:
        answer = await process(town, await town.filed(inwoning=WACHT))
        assert (answer.status_code, answer.json()["code"]) == (409, "verhuizing-onvolledig")

    async def test_not_once_afdelingen_were_told(self, town: Town) -> None:
        """They would never hear of it: a withdrawal reaches them, and stays possible."""
        await town.profielen("afval")
        verhuizing = await town.processed()
        body = {"nieuwAdres": {"nummeraanduidingId": ANDER}}
        waits = made(await town.portaal.post(f"{verhuizing['url']}/correcties", json=body))
        assert waits["status"] == "wacht-op-controle"
        answer = await process(town, verhuizing, resultaat="geweigerd")
        assert (answer.status_code, answer.json()["code"]) == (409, "afdelingen-geinformeerd")
        made(await town.burgerzaken.post(f"{verhuizing['url']}/intrekkingen", json={"reden": "Niet verhuisd."}))
        assert (await town.told(verhuizing, 3))["afval"]["soort"] == "intrekking"

    async def test_in_the_future(self, town: Town) -> None:
        answer = await process(town, await town.filed(datumVerhuizing=day(1)))
        assert (answer.status_code, answer.json()["code"]) == (409, "verhuisdatum-in-toekomst")
        assert town.brp.asked == []

    async def test_on_the_day_itself_it_can(self, town: Town) -> None:
        filed = await town.filed(datumVerhuizing=day(3))
        town.brp.book([ANNA], NIEUW, day(3))
        with clock.frozen(clock.now() + timedelta(days=3)):
            assert made(await process(town, filed))["status"] == "afgerond"

    async def test_the_brp_is_away(self, town: Town) -> None:
        await town.profielen("afval")
        filed = await town.filed()
        before = await town.service.audit()
        town.brp.status = 503
        answer = await process(town, filed)
        assert (answer.status_code, answer.json()["code"]) == (503, "brp-niet-bereikbaar")
        assert answer.headers["retry-after"]
        assert (await town.portaal.get(filed["url"])).json() == filed
        assert len(await town.service.audit()) == len(before)

    async def test_twice(self, town: Town) -> None:
        await town.profielen("afval")
        verhuizing = await town.processed()
        answer = await process(town, verhuizing)
        assert (answer.status_code, answer.json()["code"]) == (409, "overgang-niet-toegestaan")

    async def test_twice_at_once_tells_once(self, town: Town) -> None:
        await town.profielen("afval")
        filed = await town.filed()
        town.brp.book([ANNA], NIEUW, day(-2))
        answers = await asyncio.gather(*(process(town, filed) for _ in range(6)))
        assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
        assert len(await town.events("afdeling.")) == 1

    async def test_by_burgerzaken(self, town: Town) -> None:
        filed = await town.filed()
        at_it = made(await process(town, filed, resultaat="in-behandeling"))
        assert at_it["status"] == "in-behandeling"
        refused = made(await process(town, filed, resultaat="geweigerd", toelichting="Het adres bestaat niet."))
        assert (refused["status"], refused["reden"]) == ("geweigerd", "Het adres bestaat niet.")
        assert (await town.events("verhuizingen."))[1:] == [
            "verhuizingen.v1.gm9001.verhuizing-in-behandeling",
            "verhuizingen.v1.gm9001.verhuizing-geweigerd",
        ]


class TestDiffers:
    @pytest.mark.parametrize(
        ("home", "since", "who"),
        [(ANDER, -2, (ANNA, BAS)), (NIEUW, -1, (ANNA, BAS)), (NIEUW, -2, (ANNA,)), (OUD, -900, (ANNA, BAS))],
    )
    async def test_nobody_is_told(self, town: Town, home: str, since: int, who: tuple[str, ...]) -> None:
        await town.profielen()
        filed = await town.filed(BAS)
        town.brp.book(list(who), home, day(since))
        body = made(await process(town, filed))
        assert body["status"] == "wacht-op-controle"
        assert await town.told(filed) == {}
        assert (await town.events("verhuizingen."))[-1] == "verhuizingen.v1.gm9001.verhuizing-wacht-op-controle"

    async def test_and_later_agrees(self, town: Town) -> None:
        await town.profielen("afval")
        filed = await town.filed()
        town.brp.book([ANNA], ANDER, day(-2))
        made(await process(town, filed))
        town.brp.book([ANNA], NIEUW, day(-2))
        assert made(await process(town, filed))["status"] == "verwerkt"
        assert (await town.told(filed)).keys() == {"afval"}


class TestTold:
    async def test_everyone_whose_profile_matches_and_nobody_else(self, town: Town) -> None:
        await town.profielen()
        await town.volg("parkeren", bsn=BAS)
        await town.volg("parkeren", tot=-1, bsn=ANNA)
        town.brp.book([CHRIS], OUD, "2000-01-01", born=str(clock.today().replace(year=clock.today().year - 9, day=1)))
        verhuizing = await town.processed(BAS, CHRIS)
        assert verhuizing["status"] == "verwerkt"
        told = await town.told(verhuizing)
        assert told.keys() == {"belastingen", "afval", "parkeren", "leerplicht"}
        persons = {mover["soortAangifte"]: mover["persoon"] for mover in verhuizing["verhuizers"]}
        movers = [mover["persoon"] for mover in verhuizing["verhuizers"]]
        assert persons["aangever"] == movers[0]
        who = {code: [one["persoon"] for one in row["gegevens"].get("personen", [])] for code, row in told.items()}
        assert who == {"belastingen": movers, "afval": [], "parkeren": [movers[1]], "leerplicht": [movers[2]]}
        for code, row in told.items():
            assert list(row["gegevens"]) == PROFIELEN[code]["gegevens"]
            assert (row["soort"], row["volgnummer"], row["status"]) == ("verhuizing", 1, "te-bezorgen")
            assert (row["grondslag"], row["profielVersie"]) == (profiel(code)["grondslag"], 1)
            assert (row["verhuizing"], row["uiterlijkOp"]) == (verhuizing["kenmerk"], day(14))

    async def test_events_are_pointers(self, town: Town) -> None:
        await town.profielen("parkeren", "afval")
        await town.volg("parkeren", bsn=ANNA)
        verhuizing = await town.processed()
        told = await town.told(verhuizing)
        events = {one["nats"]: one for one in await town.service.outbox() if one["nats"].startswith("afdeling.")}
        assert events.keys() == {f"afdeling.v1.gm9001.{code}.opvolging.gevraagd" for code in ("parkeren", "afval")}
        event = events["afdeling.v1.gm9001.parkeren.opvolging.gevraagd"]
        assert event["type"] == "nl.overheid.verhuizingen.opvolging-gevraagd"
        assert event["dataref"] == told["parkeren"]["url"]
        assert event["subject"] == told["parkeren"]["uuid"]
        assert event["data"] == {
            "opvolging": told["parkeren"]["uuid"],
            "kenmerk": verhuizing["kenmerk"],
            "volgnummer": 1,
            "velden": PROFIELEN["parkeren"]["gegevens"],
        }

    async def test_status_opvolgingen_logboek_and_events_are_there_together_or_not_at_all(
        self, town: Town, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await town.profielen("afval", "belastingen")
        filed = await town.filed()
        town.brp.book([ANNA], NIEUW, day(-2))
        before = len(await town.service.outbox())

        def fail(*_: Any) -> None:
            raise RuntimeError

        monkeypatch.setattr(opvolgen.logboekregel, "write", fail)
        assert (await process(town, filed)).status_code == 500
        assert (await town.portaal.get(filed["url"])).json() == filed
        assert await town.told(filed) == {}
        assert len(await town.service.outbox()) == before

    async def test_nobody_to_tell_is_the_end_of_it(self, town: Town) -> None:
        verhuizing = await town.processed()
        assert verhuizing["status"] == "afgerond"
        assert (await town.events("verhuizingen."))[1:] == [
            "verhuizingen.v1.gm9001.verhuizing-verwerkt",
            "verhuizingen.v1.gm9001.verhuizing-afgerond",
        ]

    async def test_names_are_asked_for_only_when_a_profile_gives_them(self, town: Town) -> None:
        made(await town.beheer.post(f"{BASE}/afdelingsprofielen", json=profiel("archief", gegevens=["namen"])))
        verhuizing = await town.processed()
        assert "naam" in town.brp.asked[-1][0]["fields"]
        assert (await town.told(verhuizing))["archief"]["gegevens"] == {"namen": ["Proef Persoon"]}

    async def test_the_newest_version_of_a_profile_counts(self, town: Town) -> None:
        await town.profielen("afval")
        body = profiel("afval", versie=2, gegevens=["nieuwAdres"])
        made(await town.beheer.post(f"{BASE}/afdelingsprofielen", json=body))
        row = (await town.told(await town.processed()))["afval"]
        assert (row["profielVersie"], row["gegevens"]) == (2, {"nieuwAdres": {"nummeraanduidingId": NIEUW}})


DEMO_PROFIELEN = yaml.safe_load(DEMO.read_text())["afdelingsprofielen"]


@pytest.mark.parametrize("body", [pytest.param(one, id=one["afdeling"]) for one in DEMO_PROFIELEN])
async def test_no_profile_of_the_demo_gives_more_than_it_names(town: Town, body: dict[str, Any]) -> None:
    made(await town.beheer.post(f"{BASE}/afdelingsprofielen", json=body))
    await town.volg(body["afdeling"], bsn=BAS)
    await town.volg(body["afdeling"], nummeraanduidingId=OUD)
    town.brp.book([BAS], OUD, "2000-01-01", born=str(clock.today().replace(year=clock.today().year - 9, day=1)))
    verhuizing = await town.processed(BAS, contact={"email": "anna@voorbeeld.example", "telefoon": "0600000102"})
    row = (await town.told(verhuizing))[body["afdeling"]]
    assert list(row["gegevens"]) == body["gegevens"]
    answer = await town.afdeling(body["afdeling"]).get(row["url"])
    one, two = (mover["persoon"] for mover in verhuizing["verhuizers"])
    forbidden = [ANNA, BAS, "anna@", "0600000102", "huurcontract", "urn:uuid:2b0c"]
    if body["volgt"] == "personen" or "voorwaarde" in body or "personen" not in body["gegevens"]:
        forbidden.append(one)
    if "personen" not in body["gegevens"]:
        forbidden.append(two)
    forbidden += [OUD] if "vorigAdres" not in body["gegevens"] else []
    forbidden += [NIEUW] if "nieuwAdres" not in body["gegevens"] else []
    assert [text for text in forbidden if text in answer.text] == []
