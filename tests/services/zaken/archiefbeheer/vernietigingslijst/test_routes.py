"""Vernietigingslijsten: who may, two persons, what is judged when, and what is told."""

import asyncio
from typing import Any

import pytest

from services.zaken.archiefbeheer.overgangen import OVERGANGEN, LijstActie, LijstStatus
from services.zaken.archiefbeheer.vernietigingslijst.fields import MOST
from tests.services.zaken.archiefbeheer.archief import LIJSTEN, Archief
from tests.services.zaken.making import created, wrong

ACTIES = ("indienen", "accorderen", "afwijzen", "heropenen", "intrekken", "uitvoeren", "stoppen")
UNKNOWN = f"{LIJSTEN}/00000000-0000-4000-8000-000000000000"
WAYS: dict[str, tuple[str, ...]] = {
    "concept": (),
    "ter-accordering": ("indienen",),
    "geaccordeerd": ("indienen", "accorderen"),
    "afgewezen": ("indienen", "afwijzen"),
    "in-uitvoering": ("indienen", "accorderen", "uitvoeren"),
    "ingetrokken": ("intrekken",),
}
"""State → the actions that lead there."""


def refused(answer: Any, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


class TestRights:
    async def test_without_any(self, archief: Archief) -> None:
        zaak = await archief.due()
        lijst = await archief.lijst(zaak)
        caller, anonymous = archief.limited(), archief.zaken.service.anonymous()
        body = {"omschrijving": "x", "zaken": [zaak["url"]]}
        for client, status, code in ((caller, 403, "permission_denied"), (anonymous, 401, "not_authenticated")):
            for url in (LIJSTEN, lijst["url"], UNKNOWN):
                refused(await client.get(url), status, code)
            refused(await client.post(LIJSTEN, json=body), status, code)
            for url in (lijst["url"], UNKNOWN):
                for actie in ACTIES:
                    refused(await client.post(f"{url}/_{actie}", json={"reden": "x"}), status, code)

    @pytest.mark.parametrize("actie", ACTIES)
    async def test_another_scope_is_not_enough(self, archief: Archief, actie: str) -> None:
        lijst = await archief.lijst(await archief.due())
        needed = {"accorderen": "accorderen", "afwijzen": "accorderen", "uitvoeren": "uitvoeren"}.get(
            actie, "bijwerken"
        )
        needed = {"stoppen": {"bijwerken", "accorderen", "uitvoeren"}}.get(actie, {needed})
        others = {"lezen", "aanmaken", "bijwerken", "accorderen", "uitvoeren"} - needed
        caller = archief.limited(*(f"vernietigingslijsten.{one}" for one in others), "zaken.verwijderen")
        answer = await caller.post(f"{lijst['url']}/_{actie}", json={"reden": "x"})
        refused(answer, 403, "permission_denied")

    async def test_rights_on_zaken_give_none_here(self, archief: Archief) -> None:
        caller = archief.zaken.limited("zaken", "zaken.lezen", "zaken.verwijderen", "zaken.geforceerd-bijwerken")
        refused(await caller.get(LIJSTEN), 403, "permission_denied")

    async def test_a_zaak_that_the_caller_may_not_see_is_not_there(self, archief: Archief) -> None:
        zaak = await archief.due(vertrouwelijkheidaanduiding="geheim")
        limits = {"zaaktype": archief.zaken.zaaktype, "maxVertrouwelijkheidaanduiding": "intern"}
        caller = archief.limited("vernietigingslijsten.aanmaken", **limits)
        answer = await caller.post(LIJSTEN, json={"omschrijving": "x", "zaken": [zaak["url"]]})
        assert wrong(answer) == {("zaken.0", "bad-url")}

    async def test_who_may_judge_half_a_list_judges_none(self, archief: Archief) -> None:
        other = (await archief.zaken.make_zaaktype(identificatie="ander"))[0]
        await archief.zaken.make_resultaattype(zaaktype=other)
        lijst = await archief.lijst(await archief.due(), await archief.due(vertrouwelijkheidaanduiding="geheim"))
        await archief.act(lijst, "indienen")
        limits = {"zaaktype": archief.zaken.zaaktype, "maxVertrouwelijkheidaanduiding": "vertrouwelijk"}
        caller = archief.limited("vernietigingslijsten.accorderen", **limits)
        refused(await caller.post(f"{lijst['url']}/_accorderen"), 403, "permission_denied")
        caller = archief.limited("vernietigingslijsten.accorderen", zaaktype=archief.zaken.zaaktype)
        assert (await caller.post(f"{lijst['url']}/_accorderen")).status_code == 200


class TestMaking:
    async def test_a_concept_that_says_nothing_of_what_is_in_the_zaken(self, archief: Archief) -> None:
        zaken = [await archief.due(), await archief.due()]
        lijst = await archief.lijst(*zaken)
        assert (lijst["status"], lijst["aantallen"]["opLijst"], lijst["verklaring"]) == ("concept", 2, None)
        assert lijst["aangemaakt"]["gebruikersId"] == "maker"
        assert await archief.get(lijst["url"]) == lijst
        assert (await archief.get(LIJSTEN, status="concept"))["results"] == [lijst]
        assert (await archief.get(LIJSTEN, status="uitgevoerd"))["results"] == []
        [event] = [one for one in await archief.zaken.service.outbox() if ".archiefbeheer." in one["nats"]]
        assert event["nats"] == "zgw.v1.gm9001.archiefbeheer.vernietigingslijst.update"
        assert event["data"] == {
            "resource": "vernietigingslijst",
            "hoofdObject": lijst["url"],
            "kenmerken": {"status": "concept"},
        }

    async def test_all_that_is_wrong_is_named(self, archief: Archief) -> None:
        free, running = await archief.due(), await archief.due(close=False, archiefactiedatum="2099-01-01")
        unknown = [free["url"].replace(free["uuid"], UNKNOWN.rpartition("/")[2]), "https://elders.example/zaken/1"]
        body = {"omschrijving": "x", "zaken": [free["url"], *unknown]}
        answer = await archief.maker.post(LIJSTEN, json=body)
        assert wrong(answer) == {("zaken.1", "bad-url"), ("zaken.2", "bad-url")}
        answer = await archief.maker.post(LIJSTEN, json=body | {"zaken": [free["url"], running["url"]]})
        refused(answer, 409, "zaken-niet-te-vernietigen")
        assert {(one["name"], one["code"]) for one in answer.json()["invalidParams"]} == {
            ("zaken.1", "niet-gesloten"),
            ("zaken.1", "datum-niet-bereikt"),
            ("zaken.1", "geen-grondslag"),
        }
        many = {"omschrijving": "x" * 201, "zaken": [free["url"]] * (MOST + 1)}
        assert wrong(await archief.maker.post(LIJSTEN, json=many)) == {
            ("omschrijving", "max_length"),
            ("zaken", "max_length"),
        }
        assert (await archief.get(LIJSTEN))["count"] == 0

    async def test_a_zaak_is_on_one_list_at_a_time(self, archief: Archief) -> None:
        for _ in range(3):  # once the pool has its connections they really come at once
            zaken = [(await archief.due())["url"] for _ in range(3)]
            bodies = [{"omschrijving": "x", "zaken": order} for order in (zaken, zaken[::-1], zaken, zaken[:1] * 2)]
            answers = await asyncio.gather(*(archief.maker.post(LIJSTEN, json=body) for body in bodies))
            assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
            refusals = [answer.json() for answer in answers if answer.status_code == 409]
            assert {one["code"] for refusal in refusals for one in refusal["invalidParams"]} == {"al-op-lijst"}

    async def test_a_list_that_is_withdrawn_lets_its_zaken_go(self, archief: Archief) -> None:
        zaak = await archief.due()
        await archief.act(await archief.lijst(zaak), "intrekken")
        assert (await archief.lijst(zaak, zaak))["aantallen"]["opLijst"] == 1

    async def test_once_per_idempotency_key(self, archief: Archief) -> None:
        body = {"omschrijving": "x", "zaken": [(await archief.due())["url"]]}
        headers = {"Idempotency-Key": "een"}
        answers = [await archief.maker.post(LIJSTEN, json=body, headers=headers) for _ in range(2)]
        assert answers[0].json() == answers[1].json()
        assert (await archief.get(LIJSTEN))["count"] == 1


class TestTwoPersons:
    async def test_who_made_it_does_not_judge_it(self, archief: Archief) -> None:
        lijst = await archief.act(await archief.lijst(await archief.due()), "indienen")
        for person in (archief.maker, archief.person("MAKER "), archief.person("maker", "andere-app")):
            for actie in ("accorderen", "afwijzen"):
                refused(await person.post(f"{lijst['url']}/_{actie}", json={"reden": "x"}), 403, "vier-ogen")
        assert (await archief.get(lijst["url"])) == lijst
        lijst = await archief.act(lijst, "accorderen")
        assert (lijst["status"], lijst["beoordeeld"]["gebruikersId"]) == ("geaccordeerd", "ander")

    async def test_nor_who_submitted_it_or_put_a_zaak_on_it(self, archief: Archief) -> None:
        lijst = await archief.lijst(await archief.due())
        third = archief.person("derde")
        zaak = await archief.due()
        created(await third.post(f"{lijst['url']}/regels", json={"zaak": zaak["url"]}))
        assert (await archief.person("vierde").post(f"{lijst['url']}/_indienen")).status_code == 200
        for user_id in ("maker", "derde", "vierde"):
            refused(await archief.person(user_id).post(f"{lijst['url']}/_accorderen"), 403, "vier-ogen")
        assert (await archief.person("vijfde").post(f"{lijst['url']}/_accorderen")).status_code == 200

    @pytest.mark.parametrize("actie", ACTIES)
    async def test_nobody_does_nothing(self, archief: Archief, actie: str) -> None:
        zaak = await archief.due()
        lijst = await archief.lijst(zaak)
        nobody = archief.zaken.service.client("alles", user_id="  ")
        answer = await nobody.post(f"{lijst['url']}/_{actie}", json={"reden": "x"})
        refused(answer, 403, "gebruiker-onbekend")
        body = {"omschrijving": "x", "zaken": [zaak["url"]]}
        refused(await nobody.post(LIJSTEN, json=body), 403, "gebruiker-onbekend")
        refused(await nobody.post(f"{lijst['url']}/regels", json={"zaak": zaak["url"]}), 403, "gebruiker-onbekend")

    async def test_at_once_one_judgement_counts(self, archief: Archief) -> None:
        lijst = await archief.act(await archief.lijst(await archief.due()), "indienen")
        asked = [
            archief.ander.post(f"{lijst['url']}/_{one}", json={"reden": "x"}) for one in ("accorderen", "afwijzen")
        ]
        answers = await asyncio.gather(*asked, *(archief.ander.post(f"{lijst['url']}/_accorderen") for _ in range(3)))
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]


class TestStates:
    @pytest.mark.parametrize("status", WAYS)
    @pytest.mark.parametrize("actie", ACTIES)
    async def test_every_action_in_every_state(self, archief: Archief, status: str, actie: str) -> None:
        lijst = await archief.act(await archief.lijst(await archief.due()), *WAYS[status])
        assert lijst["status"] == status
        client = archief.ander if actie in {"accorderen", "afwijzen"} else archief.maker
        answer = await client.post(f"{lijst['url']}/_{actie}", json={"reden": "Nog niet."})
        following = OVERGANGEN.get((LijstStatus(status), LijstActie(actie)))
        if following is None:
            refused(answer, 409, "overgang-niet-toegestaan")
            assert await archief.get(lijst["url"]) == lijst
        else:
            assert (answer.status_code, answer.json()["status"]) == (200, following)

    async def test_no_action_of_ours_is_for_others(self, archief: Archief) -> None:
        lijst = await archief.lijst(await archief.due())
        assert (await archief.maker.post(f"{lijst['url']}/_afronden")).status_code == 404

    async def test_rejected_reopened_and_submitted_again(self, archief: Archief) -> None:
        lijst = await archief.act(await archief.lijst(await archief.due()), "indienen", "afwijzen")
        assert (lijst["redenAfwijzing"], lijst["beoordeeld"]["gebruikersId"]) == ("Nog niet.", "ander")
        lijst = await archief.act(lijst, "heropenen", "indienen")
        assert (lijst["redenAfwijzing"], lijst["beoordeeld"]) == ("", None)
        lijst = await archief.act(lijst, "accorderen", "uitvoeren")
        assert [lijst[one]["gebruikersId"] for one in ("ingediend", "beoordeeld", "gestart")] == [
            "maker",
            "ander",
            "maker",
        ]
        statuses = [
            one["data"]["kenmerken"]["status"]
            for one in await archief.zaken.service.outbox()
            if one["subject"] == lijst["uuid"]
        ]
        assert statuses == [
            *("concept", "ter-accordering", "afgewezen", "concept", "ter-accordering", "geaccordeerd", "in-uitvoering")
        ]

    async def test_a_rejection_has_a_reason(self, archief: Archief) -> None:
        lijst = await archief.act(await archief.lijst(await archief.due()), "indienen")
        assert wrong(await archief.ander.post(f"{lijst['url']}/_afwijzen", json={})) == {("reden", "required")}
        assert wrong(await archief.ander.post(f"{lijst['url']}/_afwijzen", json={"reden": ""})) == {
            ("reden", "min_length")
        }


class TestSubmitting:
    async def test_every_zaak_is_judged_again(self, archief: Archief) -> None:
        zaken = [await archief.due() for _ in range(3)]
        lijst = await archief.lijst(*zaken)
        await archief.zaken.client.patch(zaken[0]["url"], json={"archiefnominatie": "blijvend_bewaren"})
        await archief.zaken.client.delete(zaken[1]["url"])
        answer = await archief.maker.post(f"{lijst['url']}/_indienen")
        refused(answer, 409, "zaken-niet-te-vernietigen")
        urls = [one["url"].rpartition("/")[2] for one in await archief.regels(lijst)]
        assert {(one["name"], one["code"]) for one in answer.json()["invalidParams"]} == {
            (f"regels.{urls[0]}", "niet-te-vernietigen"),
            (f"regels.{urls[1]}", "niet-meer-aanwezig"),
        }
        assert (await archief.get(lijst["url"]))["status"] == "concept"

    async def test_deelzaken_must_be_on_it_too(self, archief: Archief) -> None:
        head = await archief.due()
        part = await archief.due(hoofdzaak=head["url"])
        lijst = await archief.lijst(head)
        answer = await archief.maker.post(f"{lijst['url']}/_indienen")
        assert [one["code"] for one in answer.json()["invalidParams"]] == ["deelzaak-blijft"]
        created(await archief.maker.post(f"{lijst['url']}/regels", json={"zaak": part["url"]}))
        assert (await archief.act(lijst, "indienen"))["status"] == "ter-accordering"

    async def test_says_what_the_zaak_is_by_then(self, archief: Archief) -> None:
        zaak = await archief.due()
        lijst = await archief.lijst(zaak)
        await archief.zaken.client.patch(zaak["url"], json={"archiefactiedatum": "2024-05-01"})
        await archief.act(lijst, "indienen")
        [regel] = await archief.regels(lijst)
        assert regel["archiefactiedatum"] == "2024-05-01"

    async def test_an_empty_list_is_not_submitted(self, archief: Archief) -> None:
        lijst = await archief.lijst(await archief.due())
        [regel] = await archief.regels(lijst)
        await archief.maker.post(f"{regel['url']}/_uitzonderen", json={"reden": "anders"})
        refused(await archief.maker.post(f"{lijst['url']}/_indienen"), 409, "lijst-leeg")
