"""A correction: who was told is told again, who matches now is told for the first time, and the BRP decides."""

from tests.services.klanten.municipality import ANDER, ANNA, BAS, BASE, OUD, Town, codes, day, made, profiel

NAAR_ANDER = {"nieuwAdres": {"nummeraanduidingId": ANDER}}


async def corrected(town: Town, verhuizing: dict, body: dict, *, movers: tuple[str, ...] = (ANNA,)) -> dict:
    home = body.get("nieuwAdres", verhuizing["nieuwAdres"])["nummeraanduidingId"]
    town.brp.book(list(movers), home, body.get("datumVerhuizing", verhuizing["datumVerhuizing"]))
    return made(await town.portaal.post(f"{verhuizing['url']}/correcties", json=body))


class TestRights:
    async def test_without_the_scope_is_refused_before_it_is_looked_for(self, town: Town) -> None:
        verhuizing = await town.processed()
        for url in (verhuizing["url"], f"{BASE}/verhuizingen/00000000-0000-0000-0000-000000000000"):
            assert (await town.afdeling("afval").post(f"{url}/correcties", json=NAAR_ANDER)).status_code == 403

    async def test_of_another_portal_does_not_exist(self, town: Town) -> None:
        verhuizing = await town.processed()
        other = town.service.client("ander", [{"component": "verhuizingen", "scopes": ["verhuizingen.aanmaken"]}])
        assert (await other.post(f"{verhuizing['url']}/correcties", json=NAAR_ANDER)).status_code == 404


class TestCorrect:
    async def test_everyone_who_was_told_is_told_again(self, town: Town) -> None:
        await town.profielen("belastingen", "afval", "parkeren")
        await town.volg("parkeren", bsn=ANNA)
        verhuizing = await town.processed()
        body = await corrected(town, verhuizing, NAAR_ANDER)
        assert (body["volgnummer"], body["status"]) == (2, "verwerkt")
        told = await town.told(verhuizing, 2)
        assert {code: row["soort"] for code, row in told.items()} == dict.fromkeys(
            ("belastingen", "afval", "parkeren"), "correctie"
        )
        assert {row["gegevens"]["nieuwAdres"]["nummeraanduidingId"] for row in told.values()} == {ANDER}
        subjects = await town.events("afdeling.v1.gm9001.parkeren")
        assert subjects == [f"afdeling.v1.gm9001.parkeren.opvolging.{what}" for what in ("gevraagd", "gecorrigeerd")]
        assert (await town.events("verhuizingen."))[-2:] == [
            "verhuizingen.v1.gm9001.verhuizing-gecorrigeerd",
            "verhuizingen.v1.gm9001.verhuizing-verwerkt",
        ]
        assert len(await town.told(verhuizing, 1)) == 3

    async def test_also_who_no_longer_matches_and_new_ones_as_a_verhuizing(self, town: Town) -> None:
        await town.profielen("parkeren", "participatie")
        await town.volg("parkeren", bsn=ANNA)
        await town.volg("participatie", nummeraanduidingId=ANDER)
        verhuizing = await town.processed()
        assert (await town.told(verhuizing)).keys() == {"parkeren"}
        [one] = (await town.beheer.get(f"{BASE}/volgindicaties", params={"afdeling": "parkeren"})).json()["results"]
        assert (await town.beheer.delete(one["url"])).status_code == 204
        await corrected(town, verhuizing, NAAR_ANDER)
        told = await town.told(verhuizing, 2)
        assert {code: row["soort"] for code, row in told.items()} == {
            "parkeren": "correctie",
            "participatie": "verhuizing",
        }
        assert len(told["parkeren"]["gegevens"]["personen"]) == 1
        assert await town.events("afdeling.v1.gm9001.participatie") == [
            "afdeling.v1.gm9001.participatie.opvolging.gevraagd"
        ]

    async def test_a_newer_profile_tells_nothing_more_of_who_it_does_not_cover(self, town: Town) -> None:
        await town.profielen("afval")
        verhuizing = await town.processed(BAS)
        newer = profiel("afval", versie=2, volgt="personen", gegevens=["personen", "namen", "nieuwAdres"])
        made(await town.beheer.post(f"{BASE}/afdelingsprofielen", json=newer))
        await town.volg("afval", bsn=BAS)
        await corrected(town, verhuizing, NAAR_ANDER, movers=(ANNA, BAS))
        assert (await town.told(verhuizing, 2))["afval"]["gegevens"] == {
            "nieuwAdres": {"nummeraanduidingId": ANDER},
        }

    async def test_events_of_one_afdeling_stay_in_order(self, town: Town) -> None:
        await town.profielen("afval")
        verhuizing = await town.processed()
        await corrected(town, verhuizing, NAAR_ANDER)
        events = [one for one in await town.service.outbox() if one["nats"].startswith("afdeling.")]
        assert [one["sequence"] for one in events] == [1, 2]
        assert [one["data"]["volgnummer"] for one in events] == [1, 2]

    async def test_waits_while_the_brp_differs(self, town: Town) -> None:
        await town.profielen("afval")
        verhuizing = await town.processed()
        answer = made(await town.portaal.post(f"{verhuizing['url']}/correcties", json=NAAR_ANDER))
        assert (answer["status"], answer["volgnummer"]) == ("wacht-op-controle", 2)
        assert await town.told(verhuizing, 2) == {}
        town.brp.book([ANNA], ANDER, verhuizing["datumAdreshouding"])
        made(await town.burgerzaken.post(f"{verhuizing['url']}/verwerkingen", json={}))
        assert (await town.told(verhuizing, 2))["afval"]["soort"] == "correctie"

    async def test_the_brp_is_away(self, town: Town) -> None:
        verhuizing = await town.processed(BAS)
        town.brp.status = 500
        answer = await town.portaal.post(f"{verhuizing['url']}/correcties", json=NAAR_ANDER)
        assert (answer.status_code, answer.json()["code"]) == (503, "brp-niet-bereikbaar")
        assert (await town.portaal.get(verhuizing["url"])).json() == verhuizing

    async def test_of_the_date_keeps_the_day_of_declaration(self, town: Town) -> None:
        verhuizing = await town.processed()
        town.brp.book([ANNA], verhuizing["nieuwAdres"]["nummeraanduidingId"], day(0))
        body = made(await town.portaal.post(f"{verhuizing['url']}/correcties", json={"datumVerhuizing": day(-9)}))
        assert (body["datumVerhuizing"], body["datumAdreshouding"]) == (day(-9), day(0))
        assert body["waarschuwingen"] == ["datum-wordt-aangiftedatum"]
        assert body["status"] == "afgerond"

    async def test_wrong_content(self, town: Town) -> None:
        verhuizing = await town.processed()
        for body, expected in (
            ({}, ("nonFieldErrors", "required")),
            ({"nieuwAdres": {"nummeraanduidingId": OUD}}, ("nieuwAdres", "adres-gelijk-aan-huidig")),
            ({"datumVerhuizing": day(29)}, ("datumVerhuizing", "datum-te-vroeg")),
            ({"datumVerhuizing": None}, ("datumVerhuizing", "null")),
        ):
            answer = await town.portaal.post(f"{verhuizing['url']}/correcties", json=body)
            assert codes(answer) == {expected}
        future = await town.portaal.post(f"{verhuizing['url']}/correcties", json={"datumVerhuizing": day(2)})
        assert (future.status_code, future.json()["code"]) == (409, "verhuisdatum-in-toekomst")

    async def test_not_before_processing(self, town: Town) -> None:
        filed = await town.filed()
        answer = await town.portaal.post(f"{filed['url']}/correcties", json=NAAR_ANDER)
        assert (answer.status_code, answer.json()["code"]) == (409, "overgang-niet-toegestaan")
