"""Informatieobjecten of our own: known without asking anybody, and told of the relation in the same transaction."""

import asyncio
from typing import Any

import httpx
import pytest

from chassis.access import SYSTEM
from chassis.fetching import Outbound
from chassis.unit import unit_of_work
from services.zaken.informatieobject import informatieobjecten_of
from tests.services.zaken.besluiten.registering import BESLUITEN, Besluiten
from tests.services.zaken.documenten.making import DOCUMENTEN, Documenten
from tests.services.zaken.making import ZAKEN, Zaken, wrong

NOWHERE = f"http://meent.test{DOCUMENTEN}/enkelvoudiginformatieobjecten/00000000-0000-4000-8000-000000000000"
ZIOS, BIOS = f"{ZAKEN}/zaakinformatieobjecten", f"{BESLUITEN}/besluitinformatieobjecten"


@pytest.fixture
def alone(documenten: Documenten, monkeypatch: pytest.MonkeyPatch) -> Documenten:
    """Documents, while nobody else can be asked anything."""

    async def refuse(*_: Any, **__: Any) -> httpx.Response:
        raise AssertionError("somebody else is asked")

    monkeypatch.setattr(Outbound, "call", refuse)
    return documenten


class TestOfZaken:
    async def test_without_rights_on_documents_one_may_relate_them(self, alone: Documenten) -> None:
        document = await alone.make()
        zaak, relation = await alone.in_zaak(document)
        await alone.client.delete(relation["url"])
        body = {"zaak": zaak["url"], "informatieobject": document["url"]}
        assert (await alone.zaken.limited("niemand").post(ZIOS, json=body)).status_code == 403
        assert (await alone.zaken.limited("behandelaar", "zaken.bijwerken").post(ZIOS, json=body)).status_code == 201

    async def test_what_does_not_exist_or_is_no_document_is_refused(self, alone: Documenten) -> None:
        document = await alone.make()
        zaak, _ = await alone.in_zaak(document)
        for url in (NOWHERE, zaak["url"], document["inhoud"]):
            answer = await alone.client.post(ZIOS, json={"zaak": zaak["url"], "informatieobject": url})
            assert wrong(answer) == {("informatieobject", "bad-url")}

    async def test_its_type_belongs_to_the_zaaktype(self, alone: Documenten) -> None:
        document, zaak = await alone.make(), await alone.zaken.zaak()
        answer = await alone.client.post(ZIOS, json={"zaak": zaak["url"], "informatieobject": document["url"]})
        assert wrong(answer) == {("nonFieldErrors", "missing-zaaktype-informatieobjecttype-relation")}
        assert await alone.relations() == []

    async def test_is_found_shown_and_stays(self, alone: Documenten) -> None:
        document, other = await alone.make(), await alone.make()
        zaak, relation = await alone.in_zaak(document)
        await alone.relate(zaak, other)
        assert await alone.zaken.get(ZIOS, informatieobject=document["url"]) == [relation]
        expanded = await alone.zaken.get(relation["url"], expand="informatieobject.informatieobjecttype")
        assert expanded["_expand"]["informatieobject"]["url"] == document["url"]
        reader = alone.zaken.limited("lezer", "zaken.lezen")
        closed = await reader.get(relation["url"], params={"expand": "informatieobject"})
        assert closed.json() == relation | {"_expand": {"informatieobject": {}}}
        assert (await alone.client.put(relation["url"], json=relation)).json() == relation
        moved = await alone.client.patch(relation["url"], json={"informatieobject": other["url"]})
        assert wrong(moved) == {("informatieobject", "wijzigen-niet-toegelaten")}

    async def test_once_also_when_asked_at_once(self, alone: Documenten) -> None:
        document = await alone.make()
        zaak, relation = await alone.in_zaak(document)
        await alone.client.delete(relation["url"])
        body = {"zaak": zaak["url"], "informatieobject": document["url"]}
        answers = await asyncio.gather(*(alone.client.post(ZIOS, json=body) for _ in range(5)))
        assert sorted(answer.status_code for answer in answers) == [201, 400, 400, 400, 400]
        assert {code for one in answers if one.status_code == 400 for _, code in wrong(one)} == {"unique"}
        assert len(await alone.relations(object=zaak["url"])) == 1

    async def test_two_zaken_get_one_document_at_once(self, alone: Documenten) -> None:
        document = await alone.make()
        first, _ = await alone.in_zaak(document)
        zaken = [await alone.zaken.zaak() for _ in range(6)]
        await asyncio.gather(*(alone.relate(zaak, document) for zaak in zaken))
        shown = await alone.relations(informatieobject=document["url"])
        assert {one["object"] for one in shown} == {zaak["url"] for zaak in (first, *zaken)}

    async def test_a_document_goes_while_it_is_related(self, alone: Documenten) -> None:
        """One of the two comes too late, whichever it is."""
        _, relation = await alone.in_zaak(await alone.make())
        zaak = relation["zaak"]
        for _ in range(5):
            document = await alone.make(inhoud=None, bestandsomvang=None)
            body = {"zaak": zaak, "informatieobject": document["url"]}
            made, gone = await asyncio.gather(alone.client.post(ZIOS, json=body), alone.client.delete(document["url"]))
            assert (made.status_code, gone.status_code) in {(201, 400), (400, 204), (409, 204)}, (made.text, gone.text)

    async def test_a_zaak_closes_on_what_its_documents_say_now(self, alone: Documenten) -> None:
        document = await alone.make()
        zaak, _ = await alone.in_zaak(document)
        await alone.zaken.resultaat(zaak["url"])
        body = {"zaak": zaak["url"], "statustype": alone.zaken.last, "datumStatusGezet": "2026-02-01T10:00:00Z"}
        answer = await alone.client.post(f"{ZAKEN}/statussen", json=body)
        assert ("nonFieldErrors", "indicatiegebruiksrecht-unset") in wrong(answer)
        await alone.gebruiksrechten(document)
        assert (await alone.client.post(f"{ZAKEN}/statussen", json=body)).status_code == 201

    async def test_what_is_known_of_them(self, alone: Documenten) -> None:
        document = await alone.make(status="gearchiveerd", indicatieGebruiksrecht=False)
        zaak, _ = await alone.in_zaak(document)
        async with unit_of_work(alone.zaken.service.runtime, SYSTEM, "") as unit:
            [found] = await informatieobjecten_of(unit, zaak["uuid"])
        assert (found.url, found.status, found.indicatie_gebruiksrecht) == (document["url"], "gearchiveerd", False)
        assert found.informatieobjecttype == alone.type

    async def test_a_zaak_that_goes_lets_go_of_its_documents(self, alone: Documenten) -> None:
        document, other = await alone.make(), await alone.make()
        zaak, _ = await alone.in_zaak(document)
        part = await alone.zaken.zaak(hoofdzaak=zaak["url"])
        await alone.relate(part, other)
        stays = await alone.zaken.zaak()
        await alone.relate(stays, document)
        assert (await alone.client.delete(zaak["url"])).status_code == 204
        assert [one["object"] for one in await alone.relations()] == [stays["url"]]
        assert (await alone.client.get(document["url"])).status_code == 200
        assert (await alone.client.get(other["url"])).status_code == 200


class TestOfBesluiten:
    @pytest.fixture
    async def besluiten(self, zaken: Zaken) -> Besluiten:
        return await Besluiten(zaken).set_up()

    async def test_a_relation_comes_and_goes_with_its_mirror(self, besluiten: Besluiten) -> None:
        documenten = Documenten(besluiten.zaken, besluiten.informatieobjecttype)
        document, besluit = await documenten.make(), await besluiten.besluit()
        made = await besluiten.document(besluit["url"], document["url"])
        [shown] = await documenten.relations(object=besluit["url"])
        expected = {"informatieobject": document["url"], "object": besluit["url"], "objectType": "besluit"}
        assert shown == {"url": shown["url"], **expected}
        expanded = await documenten.zaken.get(made["url"], expand="informatieobject")
        assert expanded["_expand"]["informatieobject"]["url"] == document["url"]
        assert await documenten.zaken.get(BIOS, informatieobject=document["url"]) == [made]
        assert (await documenten.client.delete(made["url"])).status_code == 204
        assert await documenten.relations() == []

    async def test_a_besluit_that_goes_lets_go_of_its_documents(self, besluiten: Besluiten) -> None:
        documenten = Documenten(besluiten.zaken, besluiten.informatieobjecttype)
        besluit = await besluiten.besluit()
        for _ in range(2):
            await besluiten.document(besluit["url"], (await documenten.make())["url"])
        assert len(await documenten.relations(object=besluit["url"])) == 2
        assert (await documenten.client.delete(besluit["url"])).status_code == 204
        assert await documenten.relations() == []

    async def test_nothing_is_said_that_is_not_so_there(self, besluiten: Besluiten) -> None:
        documenten = Documenten(besluiten.zaken, besluiten.informatieobjecttype)
        document, besluit = (await documenten.make())["url"], (await besluiten.besluit())["url"]
        body = {"informatieobject": document, "object": besluit, "objectType": "besluit"}
        answer = await documenten.client.post(f"{DOCUMENTEN}/objectinformatieobjecten", json=body)
        assert wrong(answer) == {("nonFieldErrors", "inconsistent-relation")}
        await besluiten.document(besluit, document)
        answer = await documenten.client.post(f"{DOCUMENTEN}/objectinformatieobjecten", json=body)
        assert wrong(answer) == {("nonFieldErrors", "unique")}
