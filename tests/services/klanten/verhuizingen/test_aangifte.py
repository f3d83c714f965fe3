"""Filing: rights, everything wrong at once, incomplete is accepted, and one move per person whatever comes at once."""

import asyncio
import uuid
from typing import Any

import pytest

from services.klanten.verhuizingen.kenmerk import is_kenmerk
from tests.services.klanten.municipality import (
    ANDER,
    ANNA,
    BAS,
    BASE,
    CHRIS,
    NIEUW,
    OUD,
    Town,
    aangifte,
    codes,
    day,
    made,
)

HOOFDBEWONER = {"bsn": CHRIS}
WACHT = {"hoofdbewoner": HOOFDBEWONER, "toestemming": "wacht"}


class TestCreate:
    async def test_without_token_is_refused(self, town: Town) -> None:
        headers = {"Idempotency-Key": "k"}
        answer = await town.service.anonymous().post(f"{BASE}/verhuizingen", json=aangifte(), headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")

    async def test_without_the_scope_is_refused(self, town: Town) -> None:
        headers = {"Idempotency-Key": "k"}
        answer = await town.burgerzaken.post(f"{BASE}/verhuizingen", json=aangifte(), headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
        assert await town.service.outbox() == []

    async def test_complete(self, town: Town) -> None:
        answer = await town.post(aangifte(BAS))
        body = made(answer)
        assert is_kenmerk(body["kenmerk"])
        assert answer.headers["location"] == body["url"]
        assert {name: body[name] for name in ("status", "volgnummer", "ontbreekt", "waarschuwingen", "zaak")} == {
            "status": "ontvangen",
            "volgnummer": 1,
            "ontbreekt": [],
            "waarschuwingen": [],
            "zaak": None,
        }
        assert body["datumAangifte"] == day(0)
        assert body["datumVerhuizing"] == body["datumAdreshouding"] == day(-2)
        assert [mover["soortAangifte"] for mover in body["verhuizers"]] == ["aangever", "gezaghouder"]
        assert ANNA not in answer.text
        [event] = [one for one in await town.service.outbox() if one["nats"].startswith("verhuizingen.")]
        assert event["nats"] == "verhuizingen.v1.gm9001.verhuizing-ontvangen"
        assert event["type"] == "nl.overheid.verhuizingen.verhuizing-ontvangen"
        assert (event["dataref"], event["data"]["kenmerk"]) == (body["url"], body["kenmerk"])

    async def test_the_key_is_required(self, town: Town) -> None:
        answer = await town.portaal.post(f"{BASE}/verhuizingen", json=aangifte())
        assert codes(answer) == {("Idempotency-Key", "required")}

    async def test_the_same_key_gives_the_same_answer(self, town: Town) -> None:
        body = aangifte()
        first, second = await town.post(body, "k1"), await town.post(body, "k1")
        assert first.status_code == second.status_code == 201
        assert first.content == second.content
        assert await town.events("verhuizingen.") == ["verhuizingen.v1.gm9001.verhuizing-ontvangen"]

    async def test_the_same_key_for_something_else_is_refused(self, town: Town) -> None:
        await town.post(aangifte(), "k1")
        answer = await town.post(aangifte(BAS), "k1")
        assert (answer.status_code, answer.json()["code"]) == (409, "idempotentiesleutel-hergebruikt")

    async def test_sent_many_times_at_once_with_one_key_makes_one(self, town: Town) -> None:
        body = aangifte(BAS)
        answers = await asyncio.gather(*(town.post(body, "k1") for _ in range(10)))
        assert {answer.status_code for answer in answers} <= {201, 409}
        filed = [answer.json()["kenmerk"] for answer in answers if answer.status_code == 201]
        assert len(set(filed)) == 1
        assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {"verzoek-in-behandeling"}
        assert await town.events("verhuizingen.") == ["verhuizingen.v1.gm9001.verhuizing-ontvangen"]

    @pytest.mark.parametrize(
        ("change", "missing"),
        [
            ({"bewijs": []}, ["bewijs-ontbreekt"]),
            ({"bewijs": ...}, ["bewijs-ontbreekt"]),
            ({"bewijs": [{"soort": "toestemmingsverklaring", "verwijzing": "urn:x:1"}]}, ["bewijs-ontbreekt"]),
            ({"contact": ...}, ["contact-ontbreekt"]),
            ({"contact": {}}, ["contact-ontbreekt"]),
            ({"inwoning": WACHT}, ["toestemming-vereist"]),
            ({"inwoning": WACHT, "contact": None}, ["toestemming-vereist", "contact-ontbreekt"]),
        ],
    )
    async def test_incomplete_is_accepted(self, town: Town, change: dict[str, Any], missing: list[str]) -> None:
        body = made(await town.post(aangifte(**change)))
        assert (body["status"], body["ontbreekt"]) == ("onvolledig", missing)
        assert await town.events("verhuizingen.") == ["verhuizingen.v1.gm9001.verhuizing-onvolledig"]

    async def test_consent_given_or_refused_is_complete(self, town: Town) -> None:
        agreed = await town.filed(inwoning=WACHT | {"toestemming": "akkoord"}, bewijs=[])
        assert (agreed["status"], agreed["waarschuwingen"]) == ("ontvangen", [])
        refused = await town.filed(aangever=BAS, inwoning=WACHT | {"toestemming": "geweigerd"}, bewijs=[])
        assert (refused["status"], refused["waarschuwingen"]) == ("ontvangen", ["toestemming-geweigerd"])

    async def test_too_late_is_no_error(self, town: Town) -> None:
        body = await town.filed(datumVerhuizing=day(-6))
        assert body["waarschuwingen"] == ["datum-wordt-aangiftedatum"]
        assert (body["datumVerhuizing"], body["datumAdreshouding"]) == (day(-6), day(0))

    async def test_too_early_is_one(self, town: Town) -> None:
        assert codes(await town.post(aangifte(datumVerhuizing=day(29)))) == {("datumVerhuizing", "datum-te-vroeg")}
        assert await town.service.outbox() == []
        assert await town.service.audit() == []
        await town.filed(datumVerhuizing=day(28))

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            (
                {"aangever": "999900019", "nieuwAdres": {"nummeraanduidingId": "900120000000021"}},
                {("aangever.bsn", "bsn-ongeldig"), ("nieuwAdres.nummeraanduidingId", "nummeraanduiding-ongeldig")},
            ),
            ({"nieuwAdres": {"nummeraanduidingId": OUD}}, {("nieuwAdres", "adres-gelijk-aan-huidig")}),
            (
                {"meeverhuizers": [{"bsn": ANNA, "soortAangifte": "partner"}]},
                {("meeverhuizers", "verhuizer-dubbel")},
            ),
            (
                {"meeverhuizers": [{"bsn": BAS, "soortAangifte": "buurman"}], "datumVerhuizing": "morgen"},
                {("meeverhuizers.0.soortAangifte", "invalid_choice"), ("datumVerhuizing", "invalid")},
            ),
            (
                {"contact": {"email": "geen adres", "telefoon": "06"}, "vorigAdres": ...},
                {
                    ("contact.email", "email-ongeldig"),
                    ("contact.telefoon", "telefoonnummer-ongeldig"),
                    ("vorigAdres", "required"),
                },
            ),
            ({"bewijs": [{"soort": "koopakte", "verwijzing": "geen uri"}]}, {("bewijs.0.verwijzing", "invalid")}),
        ],
    )
    async def test_names_everything_wrong_at_once(
        self, town: Town, change: dict[str, Any], expected: set[tuple[str, str]]
    ) -> None:
        answer = await town.post(aangifte(**change))
        assert codes(answer) == expected
        assert "9999000" not in answer.text
        assert await town.service.outbox() == []


class TestOneMovePerPerson:
    async def test_as_aangever_or_as_meeverhuizer(self, town: Town) -> None:
        await town.filed(BAS)
        for body in (aangifte(), aangifte(aangever=BAS), aangifte(BAS, aangever=CHRIS)):
            answer = await town.post(body)
            assert (answer.status_code, answer.json()["code"]) == (409, "verhuizing-loopt-al")
        assert await town.events("verhuizingen.") == ["verhuizingen.v1.gm9001.verhuizing-ontvangen"]
        await town.filed(aangever=CHRIS)

    async def test_two_portals_at_once(self, town: Town) -> None:
        rights = [{"component": "verhuizingen", "scopes": ["verhuizingen.aanmaken"]}]
        portals = [town.service.client(f"portaal-{n}", rights) for n in range(2)]
        both = (aangifte(BAS), aangifte(ANNA, aangever=BAS))
        for _ in range(5):
            answers = await asyncio.gather(
                *(
                    portal.post(f"{BASE}/verhuizingen", json=body, headers={"Idempotency-Key": str(uuid.uuid4())})
                    for portal, body in zip(portals, both, strict=True)
                )
            )
            assert sorted(answer.status_code for answer in answers) == [201, 409]
            [refused] = [answer for answer in answers if answer.status_code == 409]
            assert refused.json()["code"] == "verhuizing-loopt-al"
            [filed] = [answer.json() for answer in answers if answer.status_code == 201]
            made(await town.burgerzaken.post(f"{filed['url']}/verwerkingen", json={"resultaat": "geweigerd"}))

    async def test_many_at_once(self, town: Town) -> None:
        answers = await asyncio.gather(*(town.post(aangifte(BAS, CHRIS)) for _ in range(12)))
        assert sorted(answer.status_code for answer in answers) == [201] + [409] * 11

    async def test_a_next_one_once_the_first_is_processed(self, town: Town) -> None:
        await town.processed()
        vorig, nieuw = {"nummeraanduidingId": NIEUW}, {"nummeraanduidingId": ANDER}
        await town.filed(vorigAdres=vorig, nieuwAdres=nieuw, datumVerhuizing=day(1))


class TestPartialUpdate:
    async def test_without_the_scope_is_refused_before_it_is_looked_for(self, town: Town) -> None:
        reader = town.service.client("lezer", [{"component": "verhuizingen", "scopes": ["verhuizingen.lezen"]}])
        for url in ((await town.filed())["url"], f"{BASE}/verhuizingen/{uuid.uuid4()}"):
            assert (await reader.patch(url, json={"bewijs": []})).status_code == 403

    async def test_of_another_portal_does_not_exist(self, town: Town) -> None:
        filed = await town.filed()
        other = town.service.client("ander", [{"component": "verhuizingen", "scopes": ["verhuizingen.aanmaken"]}])
        assert (await other.patch(filed["url"], json={"bewijs": []})).status_code == 404

    async def test_until_it_is_complete(self, town: Town) -> None:
        filed = await town.filed(bewijs=[], contact=...)
        proof = [{"soort": "koopakte", "verwijzing": "urn:uuid:1"}]
        first = (await town.portaal.patch(filed["url"], json={"bewijs": proof})).json()
        assert (first["status"], first["ontbreekt"]) == ("onvolledig", ["contact-ontbreekt"])
        second = (await town.portaal.patch(filed["url"], json={"contact": {"telefoon": "0600000102"}})).json()
        assert (second["status"], second["ontbreekt"], second["bewijs"]) == ("ontvangen", [], proof)
        assert [subject.rsplit("-", 1)[-1] for subject in await town.events("verhuizingen.")] == [
            "onvolledig",
            "aangevuld",
            "aangevuld",
            "ontvangen",
        ]

    async def test_the_hoofdbewoner_answers(self, town: Town) -> None:
        filed = await town.filed(inwoning=WACHT)
        body = {"inwoning": {"hoofdbewoner": HOOFDBEWONER, "toestemming": "akkoord"}}
        answer = (await town.portaal.patch(filed["url"], json=body)).json()
        assert (answer["status"], answer["inwoning"]["toestemming"]) == ("ontvangen", "akkoord")
        back = (await town.portaal.patch(filed["url"], json={"inwoning": {"toestemming": "wacht"}})).json()
        assert (back["status"], back["ontbreekt"]) == ("onvolledig", ["toestemming-vereist"])

    async def test_without_inwoning_there_is_no_answer(self, town: Town) -> None:
        filed = await town.filed()
        answer = await town.portaal.patch(filed["url"], json={"inwoning": {"toestemming": "akkoord"}})
        assert codes(answer) == {("inwoning", "geen-inwoning")}

    async def test_not_after_processing(self, town: Town) -> None:
        verhuizing = await town.processed()
        answer = await town.portaal.patch(verhuizing["url"], json={"bewijs": []})
        assert (answer.status_code, answer.json()["code"]) == (409, "overgang-niet-toegestaan")
