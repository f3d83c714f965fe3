"""Versions of a document: what a change makes, and which one is asked for."""

import asyncio
from datetime import timedelta
from typing import Any

from chassis import clock
from chassis.references import References
from tests.services.zaken.documenten.making import DOCUMENTEN, INHOUD, Documenten, base64_of

EIOS = f"{DOCUMENTEN}/enkelvoudiginformatieobjecten"


class TestVersions:
    async def test_a_change_makes_a_version_and_keeps_the_content(self, documenten: Documenten) -> None:
        first = await documenten.make()
        lock = await documenten.lock(first)
        answer = await documenten.client.patch(first["url"], json={"titel": "Nieuw", "lock": lock})
        assert answer.status_code == 200, answer.text
        second = answer.json()
        assert (second["versie"], second["titel"], second["bestandsomvang"]) == (2, "Nieuw", len(INHOUD))
        assert (await documenten.client.get(second["inhoud"])).content == INHOUD
        await documenten.unlock(first, lock)
        earlier = (await documenten.client.get(first["url"], params={"versie": 1})).json()
        assert earlier == {name: value for name, value in first.items() if name != "lock"}
        assert (await documenten.client.get(first["url"], params={"versie": 9})).status_code == 404
        assert (await documenten.client.get(first["url"], params={"versie": 2**70})).status_code == 404

    async def test_an_earlier_version_has_the_present_urls(self, documenten: Documenten, monkeypatch: Any) -> None:
        first = await documenten.make()
        lock = await documenten.lock(first)
        await documenten.client.patch(first["url"], json={"titel": "Nieuw", "lock": lock})
        await documenten.unlock(first, lock)
        runtime = documenten.zaken.service.runtime
        await runtime.database.fetch(
            "UPDATE eerdere_versie SET representation = "
            "convert_to(replace(convert_from(representation, 'UTF8'), $1, $2), 'UTF8')",
            "http://meent.test",
            "http://vroeger.test",
        )
        monkeypatch.setattr(runtime, "references", References(("http://meent.test", "http://vroeger.test")))
        earlier = (await documenten.client.get(first["url"], params={"versie": 1})).json()
        assert earlier == {name: value for name, value in first.items() if name != "lock"}

    async def test_new_content_leaves_that_of_earlier_versions(self, documenten: Documenten) -> None:
        first = await documenten.make()
        lock = await documenten.lock(first)
        body = documenten.body(inhoud=base64_of(b"anders"), bestandsomvang=6, lock=lock)
        second = (await documenten.client.put(first["url"], json=body)).json()
        assert (await documenten.client.get(second["inhoud"])).content == b"anders"
        assert (await documenten.client.get(first["inhoud"])).content == INHOUD
        assert (await documenten.client.get(f"{first['url']}/download")).content == b"anders"

    async def test_the_version_of_a_moment(self, documenten: Documenten) -> None:
        first = await documenten.make()
        lock = await documenten.lock(first)
        await documenten.client.patch(first["url"], json={"titel": "Nieuw", "lock": lock})
        before = clock.now() - timedelta(days=1)
        for moment, status, versie in (
            (first["beginRegistratie"], 200, 1),
            ((clock.now() + timedelta(days=1)).isoformat(), 200, 2),
            (before.isoformat(), 404, None),
            ("gisteren", 400, None),
        ):
            answer = await documenten.client.get(first["url"], params={"registratieOp": moment})
            assert answer.status_code == status, (moment, answer.text)
            assert answer.json().get("versie") == versie

    async def test_changes_at_once_are_all_kept(self, documenten: Documenten) -> None:
        first = await documenten.make()
        lock = await documenten.lock(first)
        changes = [
            {name: "anders"} for name in ("titel", "auteur", "beschrijving", "bestandsnaam", "verschijningsvorm")
        ]
        answers = await asyncio.gather(
            *(documenten.client.patch(first["url"], json=change | {"lock": lock}) for change in changes)
        )
        assert [answer.status_code for answer in answers] == [200] * 5
        last = (await documenten.client.get(first["url"])).json()
        assert last["versie"] == 6
        assert {name: last[name] for change in changes for name in change} == dict.fromkeys(
            [name for change in changes for name in change], "anders"
        )

    async def test_what_was_answered_can_be_sent_back(self, documenten: Documenten) -> None:
        first = await documenten.make()
        lock = await documenten.lock(first)
        shown = (await documenten.client.get(first["url"])).json()
        answer = await documenten.client.put(first["url"], json=shown | {"lock": lock})
        assert answer.status_code == 200, answer.text
        assert (await documenten.client.get(answer.json()["inhoud"])).content == INHOUD

    async def test_a_patch_with_content_needs_no_size(self, documenten: Documenten) -> None:
        first = await documenten.make()
        lock = await documenten.lock(first)
        answer = await documenten.client.patch(first["url"], json={"inhoud": base64_of(b"kort"), "lock": lock})
        assert answer.json()["bestandsomvang"] == 4

    async def test_the_audit_trail_of_a_type_that_changes(self, documenten: Documenten) -> None:
        other = await documenten.make_type(omschrijving="Rapport")
        first = await documenten.make()
        lock = await documenten.lock(first)
        changer = documenten.limited("wijziger", "documenten.bijwerken")
        answer = await changer.patch(first["url"], json={"informatieobjecttype": other, "lock": lock})
        assert answer.status_code == 403, "not into a type one has no rights on"
        answer = await documenten.client.patch(first["url"], json={"informatieobjecttype": other, "lock": lock})
        assert answer.json()["informatieobjecttype"] == other
