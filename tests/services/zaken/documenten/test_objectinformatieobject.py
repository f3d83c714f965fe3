"""Objectinformatieobjecten: rights first, then what zaken, besluiten and other providers have (drc-002, 003, 004)."""

import asyncio
from typing import Any

import httpx
import pytest

from services.zaken.documenten.objectinformatieobject import LEADING, PROVIDERS
from tests.services.zaken.documenten.making import DOCUMENTEN, Documenten
from tests.services.zaken.elsewhere import Elsewhere
from tests.services.zaken.making import RSIN, created, wrong

LIST = f"{DOCUMENTEN}/objectinformatieobjecten"
NOWHERE = "00000000-0000-4000-8000-000000000000"
OBJECTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "zaak": ("zaken", "zaakinformatieobjecten", {"identificatie": "Z1", "zaaktype": "https://elders.example/1"}),
    "besluit": (
        "besluiten",
        "besluitinformatieobjecten",
        {"identificatie": "B1", "besluittype": "https://elders.example/1"},
    ),
    "verzoek": ("verzoeken", "verzoekinformatieobjecten", {"bronorganisatie": RSIN, "tekst": ""}),
}


def there(elsewhere: Elsewhere, kind: str, *, related: bool = True) -> str:
    """The URL of an object of another provider, which has some document or not."""
    path, relations, content = OBJECTS[kind]
    elsewhere.put(relations, [{"url": "x"}] if related else [])
    return elsewhere.put(f"{path}/1", content)


async def mirrored(
    documenten: Documenten, elsewhere: Elsewhere, kind: str = "verzoek", **fields: Any
) -> dict[str, Any]:
    """The relation of a new document with an object elsewhere."""
    document = await documenten.make(**fields)
    body = {"informatieobject": document["url"], "object": there(elsewhere, kind), "objectType": kind}
    return await documenten.part("objectinformatieobjecten", body)


async def post(documenten: Documenten, document: str, url: str, kind: str) -> httpx.Response:
    """Ask for a relation."""
    body = {"informatieobject": document, "object": url, "objectType": kind}
    return await documenten.client.post(LIST, json=body)


class TestRights:
    async def test_without_the_scope_on_the_type_is_refused(self, documenten: Documenten, elsewhere: Elsewhere) -> None:
        made = await mirrored(documenten, elsewhere)
        other = await documenten.make_type(omschrijving="Rapport")
        body = {"informatieobject": (await documenten.make())["url"], "object": made["object"], "objectType": "verzoek"}
        calls = {
            "documenten.lezen": [("GET", LIST, None), ("GET", made["url"], None)],
            "documenten.aanmaken": [("POST", LIST, body)],
            "documenten.verwijderen": [("DELETE", made["url"], None)],
        }
        for scope, asked in calls.items():
            rest = ["documenten.bijwerken", *(one for one in calls if one != scope)]
            for method, url, content in asked:
                strangers = [documenten.limited("rest", *rest)]
                if url != LIST or method == "POST":
                    strangers.append(documenten.limited("ander", scope, informatieobjecttype=other))
                for client in (documenten.limited("niemand"), *strangers):
                    assert (await client.request(method, url, json=content)).status_code == 403, (method, url)
                there(elsewhere, "verzoek", related=method != "DELETE")
                answer = await documenten.limited("wel", scope).request(method, url, json=content)
                assert answer.status_code < 300, answer.text

    async def test_a_list_holds_what_may_be_read(self, documenten: Documenten, elsewhere: Elsewhere) -> None:
        seen = await mirrored(documenten, elsewhere, vertrouwelijkheidaanduiding="openbaar")
        hidden = await mirrored(documenten, elsewhere, vertrouwelijkheidaanduiding="geheim")
        reader = documenten.limited("lezer", "documenten.lezen", maxVertrouwelijkheidaanduiding="intern")
        assert (await reader.get(LIST)).json() == [seen]
        assert (await reader.get(hidden["url"])).status_code == 403


class TestOfOurOwn:
    def test_every_register_that_leads_is_known(self) -> None:
        assert set(LEADING) == {"zaak", "besluit"}
        assert set(PROVIDERS) == {"zaak", "besluit", "verzoek"}

    async def test_is_there_with_the_relation_of_the_zaak(self, documenten: Documenten) -> None:
        document = await documenten.make()
        zaak, relation = await documenten.in_zaak(document)
        [shown] = await documenten.relations(object=zaak["url"])
        expected = {"informatieobject": document["url"], "object": zaak["url"], "objectType": "zaak"}
        assert shown == {"url": shown["url"], **expected}
        again = await post(documenten, document["url"], zaak["url"], "zaak")
        assert wrong(again) == {("nonFieldErrors", "unique")}
        assert wrong(await documenten.client.delete(shown["url"])) == {("nonFieldErrors", "inconsistent-relation")}
        assert (await documenten.client.delete(relation["url"])).status_code == 204
        assert await documenten.relations(informatieobject=document["url"]) == []

    async def test_nothing_is_said_that_is_not_so_there(self, documenten: Documenten) -> None:
        document, zaak = await documenten.make(), await documenten.zaken.zaak()
        answer = await post(documenten, document["url"], zaak["url"], "zaak")
        assert wrong(answer) == {("nonFieldErrors", "inconsistent-relation")}

    async def test_the_object_exists_and_is_what_it_is_said_to_be(self, documenten: Documenten) -> None:
        document, zaak = (await documenten.make())["url"], (await documenten.zaken.zaak())["url"]
        for url, kind in (
            (zaak.rpartition("/")[0] + f"/{NOWHERE}", "zaak"),
            (zaak, "besluit"),
            (zaak, "verzoek"),
            (document, "zaak"),
        ):
            assert wrong(await post(documenten, document, url, kind)) == {("object", "bad-url")}

    async def test_a_mirror_that_lost_its_relation_goes(self, documenten: Documenten) -> None:
        document = await documenten.make()
        zaak, relation = await documenten.in_zaak(document)
        database = documenten.zaken.service.runtime.database
        await database.fetch("DELETE FROM zaakinformatieobject WHERE id = $1", relation["uuid"])
        [shown] = await documenten.relations(object=zaak["url"])
        assert (await documenten.client.delete(shown["url"])).status_code == 204
        assert (await documenten.client.delete(zaak["url"])).status_code == 204, "it shows what is no longer there"

    async def test_a_document_in_a_zaak_cannot_go(self, documenten: Documenten) -> None:
        document = await documenten.make()
        zaak, _ = await documenten.in_zaak(document)
        assert wrong(await documenten.client.delete(document["url"])) == {("nonFieldErrors", "pending-relations")}
        filtered = await documenten.zaken.get(
            f"{DOCUMENTEN}/enkelvoudiginformatieobjecten", objectinformatieobjecten_object=zaak["url"]
        )
        assert [one["url"] for one in filtered["results"]] == [document["url"]]


class TestOfAnotherProvider:
    @pytest.mark.parametrize("kind", OBJECTS)
    async def test_is_what_it_says_it_has(self, documenten: Documenten, elsewhere: Elsewhere, kind: str) -> None:
        document = (await documenten.make())["url"]
        url = there(elsewhere, kind, related=False)
        answer = await post(documenten, document, url, kind)
        assert wrong(answer) == {("nonFieldErrors", "inconsistent-relation")}
        there(elsewhere, kind)
        made = created(await post(documenten, document, url, kind))
        assert (await documenten.client.get(made["url"])).json() == made
        assert wrong(await post(documenten, document, url, kind)) == {("nonFieldErrors", "unique")}
        assert wrong(await documenten.client.delete(made["url"])) == {("nonFieldErrors", "inconsistent-relation")}
        there(elsewhere, kind, related=False)
        assert (await documenten.client.delete(made["url"])).status_code == 204
        assert (await documenten.client.get(made["url"])).status_code == 404

    @pytest.mark.parametrize("kind", OBJECTS)
    async def test_exists_and_is_of_that_kind(self, documenten: Documenten, elsewhere: Elsewhere, kind: str) -> None:
        document = (await documenten.make())["url"]
        for url, code in (
            (f"{elsewhere.base}/404", "bad-url"),
            (elsewhere.put("200", "<html>"), "invalid-resource"),
            (elsewhere.put("iets/1", {"naam": "x"}), "invalid-resource"),
        ):
            assert wrong(await post(documenten, document, url, kind)) == {("object", code)}

    async def test_that_cannot_say_so_has_no_document(self, documenten: Documenten, elsewhere: Elsewhere) -> None:
        document = (await documenten.make())["url"]
        verzoek = there(elsewhere, "verzoek")
        odd = elsewhere.put("iets/1", OBJECTS["verzoek"][2])
        for relations in ("<html>", {"results": "x"}, {}):
            elsewhere.put("verzoekinformatieobjecten", relations)
            answer = await post(documenten, document, verzoek, "verzoek")
            assert wrong(answer) == {("nonFieldErrors", "inconsistent-relation")}
        assert wrong(await post(documenten, document, odd, "verzoek")) == {("nonFieldErrors", "inconsistent-relation")}
        elsewhere.put("verzoekinformatieobjecten", {"results": [{}]})
        created(await post(documenten, document, verzoek, "verzoek"))

    async def test_the_document_is_ours(self, documenten: Documenten, elsewhere: Elsewhere) -> None:
        verzoek = there(elsewhere, "verzoek")
        for url, code in (
            (f"http://meent.test{DOCUMENTEN}/enkelvoudiginformatieobjecten/{NOWHERE}", "does_not_exist"),
            (elsewhere.put("documenten/1", {}), "no_match"),
        ):
            assert wrong(await post(documenten, url, verzoek, "verzoek")) == {("informatieobject", code)}

    async def test_once_also_when_asked_at_once(self, documenten: Documenten, elsewhere: Elsewhere) -> None:
        document, verzoek = (await documenten.make())["url"], there(elsewhere, "verzoek")
        answers = await asyncio.gather(*(post(documenten, document, verzoek, "verzoek") for _ in range(5)))
        assert sorted(answer.status_code for answer in answers) == [201, 400, 400, 400, 400]
        assert {code for one in answers if one.status_code == 400 for _, code in wrong(one)} == {"unique"}


class TestList:
    async def test_filters(self, documenten: Documenten, elsewhere: Elsewhere) -> None:
        other = await mirrored(documenten, elsewhere)
        document = await documenten.make()
        zaak, _ = await documenten.in_zaak(document)
        [own] = await documenten.relations(object=zaak["url"])
        assert await documenten.relations() == [other, own]
        assert await documenten.relations(object=other["object"]) == [other]
        assert await documenten.relations(informatieobject=document["url"]) == [own]
        assert await documenten.relations(informatieobject=document["url"], object=other["object"]) == []
        for query in ({"page": "1"}, {"object": "x"}, {"informatieobject": "x"}):
            assert (await documenten.client.get(LIST, params=query)).status_code == 400

    async def test_expands_the_document_and_not_the_object(self, documenten: Documenten) -> None:
        zaak, _ = await documenten.in_zaak(await documenten.make())
        [own] = await documenten.relations(object=zaak["url"], expand="informatieobject.informatieobjecttype")
        assert own["_expand"]["informatieobject"]["url"] == own["informatieobject"]
        assert (await documenten.client.get(own["url"], params={"expand": "object"})).status_code == 404
