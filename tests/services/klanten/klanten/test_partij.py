"""Partijen: rights first, then one partij per identificator whatever happens, and no number where it does not belong."""

import asyncio
from typing import Any

import pytest

from tests.services.klanten.municipality import ANNA, BAS, KLANTEN, Town, codes, made

IDENTIFICATOR = {
    "codeObjecttype": "natuurlijk_persoon",
    "codeSoortObjectId": "bsn",
    "objectId": ANNA,
    "codeRegister": "brp",
}
BODY = {"soortPartij": "persoon", "partijIdentificator": IDENTIFICATOR}
KVK = {
    "codeObjecttype": "niet_natuurlijk_persoon",
    "codeSoortObjectId": "kvk_nummer",
    "objectId": "12345678",
    "codeRegister": "hr",
}


def rights(*scopes: str) -> list[dict[str, Any]]:
    return [{"component": "klanten", "scopes": list(scopes)}]


class TestCreate:
    async def test_without_token_is_refused(self, town: Town) -> None:
        answer = await town.service.anonymous().post(f"{KLANTEN}/partijen", json=BODY)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")

    async def test_without_the_scope_is_refused(self, town: Town) -> None:
        answer = await town.service.client("x", rights("partijen.lezen")).post(f"{KLANTEN}/partijen", json=BODY)
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")

    async def test_stores_and_announces(self, town: Town) -> None:
        answer = await town.beheer.post(f"{KLANTEN}/partijen", json=BODY)
        body = made(answer)
        assert answer.headers["location"] == body["url"]
        assert (body["soortPartij"], body["indicatieGeheimhouding"]) == ("persoon", False)
        assert body["partijIdentificator"] == IDENTIFICATOR
        [event] = await town.service.outbox()
        assert event["nats"] == "klanten.v1.gm9001.partij.aangemaakt"
        assert event["data"] == {"partij": body["uuid"], "soortPartij": "persoon"}
        [line] = await town.service.audit()
        assert line["sealed"]

    async def test_the_same_identificator_gives_the_same_partij(self, town: Town) -> None:
        first = await town.beheer.post(f"{KLANTEN}/partijen", json=BODY)
        second = await town.beheer.post(f"{KLANTEN}/partijen", json=BODY)
        assert (first.status_code, second.status_code) == (201, 200)
        assert first.json() == second.json()
        assert len(await town.service.outbox()) == 1

    async def test_who_may_not_read_is_not_told_which(self, town: Town) -> None:
        first = made(await town.beheer.post(f"{KLANTEN}/partijen", json=BODY))
        writer = town.service.client("schrijver", rights("partijen.aanmaken"))
        answer = await writer.post(f"{KLANTEN}/partijen", json=BODY)
        assert (answer.status_code, answer.json()["code"]) == (409, "identificator-niet-uniek")
        assert first["uuid"] not in answer.text

    async def test_many_at_once_make_one(self, town: Town) -> None:
        client = town.beheer
        answers = await asyncio.gather(*(client.post(f"{KLANTEN}/partijen", json=BODY) for _ in range(12)))
        assert sorted(answer.status_code for answer in answers) == [200] * 11 + [201]
        assert len({answer.json()["uuid"] for answer in answers}) == 1
        assert len(await town.service.audit()) == 1

    async def test_organisations_have_other_numbers(self, town: Town) -> None:
        body = {"soortPartij": "organisatie", "partijIdentificator": KVK}
        assert made(await town.beheer.post(f"{KLANTEN}/partijen", json=body))["partijIdentificator"] == KVK

    @pytest.mark.parametrize(
        ("soort", "identificator", "expected"),
        [
            ("persoon", {"objectId": "999900019"}, ("partijIdentificator.objectId", "bsn-ongeldig")),
            (
                "persoon",
                {"codeRegister": "hr"},
                ("partijIdentificator.codeSoortObjectId", "identificator-combinatie"),
            ),
            ("organisatie", {}, ("soortPartij", "identificator-combinatie")),
            ("organisatie", KVK | {"objectId": "1234"}, ("partijIdentificator.objectId", "kvk-nummer-ongeldig")),
            ("iets", {}, ("soortPartij", "invalid_choice")),
        ],
    )
    async def test_wrong_content(
        self, town: Town, soort: str, identificator: dict[str, Any], expected: tuple[str, str]
    ) -> None:
        body = {"soortPartij": soort, "partijIdentificator": IDENTIFICATOR | identificator}
        answer = await town.beheer.post(f"{KLANTEN}/partijen", json=body)
        assert codes(answer) == {expected}
        assert "99990001" not in answer.text
        assert await town.service.outbox() == []


class TestZoek:
    async def test_without_the_scope_is_refused(self, town: Town) -> None:
        client = town.service.client("x", rights("partijen.aanmaken"))
        answer = await client.post(f"{KLANTEN}/partijen/_zoek", json={"partijIdentificator": IDENTIFICATOR})
        assert answer.status_code == 403

    async def test_finds_by_number_in_the_body(self, town: Town) -> None:
        partij = made(await town.beheer.post(f"{KLANTEN}/partijen", json=BODY))
        answer = await town.beheer.post(f"{KLANTEN}/partijen/_zoek", json={"partijIdentificator": IDENTIFICATOR})
        assert answer.json() == {"count": 1, "next": None, "previous": None, "results": [partij]}

    async def test_finds_nobody(self, town: Town) -> None:
        other = IDENTIFICATOR | {"objectId": BAS}
        answer = await town.beheer.post(f"{KLANTEN}/partijen/_zoek", json={"partijIdentificator": other})
        assert (answer.status_code, answer.json()["count"]) == (200, 0)


class TestRetrieve:
    async def test_without_the_scope_is_refused_before_it_is_looked_for(self, town: Town) -> None:
        partij = made(await town.beheer.post(f"{KLANTEN}/partijen", json=BODY))
        client = town.service.client("x", rights("partijen.aanmaken"))
        for uuid in (partij["uuid"], "00000000-0000-0000-0000-000000000000"):
            assert (await client.get(f"{KLANTEN}/partijen/{uuid}")).status_code == 403

    async def test_reads_with_an_etag(self, town: Town) -> None:
        partij = made(await town.beheer.post(f"{KLANTEN}/partijen", json=BODY))
        answer = await town.beheer.get(partij["url"])
        assert answer.json() == partij
        again = await town.beheer.get(partij["url"], headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304

    async def test_unknown(self, town: Town) -> None:
        answer = await town.beheer.get(f"{KLANTEN}/partijen/00000000-0000-0000-0000-000000000000")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
