"""Zaken and documents are found by their words, by who may read them."""

from typing import Any

import httpx
import pytest

from services.zaken.zoeken import zoekresultaat
from tests.services.zaken.documenten.making import Documenten
from tests.services.zaken.making import Zaken, wrong

ZOEKEN = "/zoeken/api/v1/zoekresultaten"


async def search(client: httpx.AsyncClient, q: str, **query: Any) -> dict[str, Any]:
    """The JSON of a search."""
    answer = await client.get(ZOEKEN, params={"q": q, **query})
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


async def found(client: httpx.AsyncClient, q: str, **query: Any) -> list[str]:
    """URLs of what is found."""
    return [one["url"] for one in (await search(client, q, **query))["results"]]


class TestRights:
    async def test_nothing_without_a_token_or_rights(self, documenten: Documenten) -> None:
        service = documenten.zaken.service
        answer = await service.anonymous().get(ZOEKEN, params={"q": "kap"})
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
        others = [documenten.limited("geen"), documenten.limited("maker", "documenten.aanmaken")]
        others.append(documenten.zaken.limited("opener", "zaken.aanmaken"))
        for client in others:
            answer = await client.get(ZOEKEN, params={"q": "kap"})
            assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")

    async def test_rights_on_one_kind_find_that_kind_only(self, documenten: Documenten) -> None:
        zaak = (await documenten.zaken.zaak(omschrijving="Kap van een beuk"))["url"]
        document = (await documenten.make(titel="Kap van een beuk"))["url"]
        reader = documenten.zaken.limited("zaaklezer", "zaken.lezen")
        assert await found(reader, "beuk") == await found(reader, "beuk", soort="zaak") == [zaak]
        assert (await reader.get(ZOEKEN, params={"q": "beuk", "soort": "document"})).status_code == 403
        reader = documenten.limited("documentlezer", "documenten.lezen")
        assert await found(reader, "beuk") == await found(reader, "beuk", soort="document") == [document]
        assert (await reader.get(ZOEKEN, params={"q": "beuk", "soort": "zaak"})).status_code == 403
        assert set(await found(documenten.client, "beuk")) == {zaak, document}

    async def test_another_type_or_a_higher_level_is_not_found_nor_counted(self, documenten: Documenten) -> None:
        zaken = documenten.zaken
        other = (await zaken.make_zaaktype(identificatie="kap", omschrijving="Kap"))[0]
        other_type = await documenten.make_type(omschrijving="Foto")
        mine = [
            (await zaken.zaak(omschrijving="beuk", vertrouwelijkheidaanduiding="openbaar"))["url"],
            (await documenten.make(titel="beuk", vertrouwelijkheidaanduiding="openbaar"))["url"],
        ]
        await zaken.zaak(omschrijving="beuk", vertrouwelijkheidaanduiding="geheim")
        await zaken.zaak(omschrijving="beuk", zaaktype=other, vertrouwelijkheidaanduiding="openbaar")
        await documenten.make(titel="beuk", vertrouwelijkheidaanduiding="geheim")
        await documenten.make(titel="beuk", informatieobjecttype=other_type, vertrouwelijkheidaanduiding="openbaar")
        limit = {"maxVertrouwelijkheidaanduiding": "openbaar"}
        rights = [
            {"component": "zrc", "scopes": ["zaken.lezen"], "zaaktype": zaken.zaaktype, **limit},
            {"component": "drc", "scopes": ["documenten.lezen"], "informatieobjecttype": documenten.type, **limit},
        ]
        answer = await search(zaken.service.client("beide", rights), "beuk")
        assert (answer["count"], {one["url"] for one in answer["results"]}) == (2, set(mine))

    async def test_only_what_is_ready_for_publication(self, documenten: Documenten, zaken: Zaken) -> None:
        ready = (await documenten.make(titel="beuk", isGereedVoorPublicatie=True))["url"]
        for value in (False, None):
            await documenten.make(titel="beuk", isGereedVoorPublicatie=value)
        zaak = (await zaken.zaak(omschrijving="beuk"))["url"]
        client = zaken.service.client("site", [])
        content: dict[str, Any] = {
            "clientIds": ["site"],
            "label": "site",
            "heeftAlleAutorisaties": True,
            "alleenIsGereedVoorPublicatie": True,
            "autorisaties": [],
        }
        zaken.service._put("applicatie.site", content)  # what the Autorisaties API publishes
        assert set(await found(client, "beuk")) == {ready, zaak}


class TestWords:
    @pytest.mark.parametrize(
        ("q", "there"),
        [
            *[("kapvergunning", True), ("kapvergunningen", True), ("KAPVERG", True), ("vergunning", False)],
            *[("beuken", True), ("beuk cafélaan", True), ("beuk cafelaan", True), ("beuk eik", False)],
            *[('"beuk aan de"', True), ('"cafelaan beuk"', False), ('"beuken"', False), ("beuk -eik", True)],
            *[("beuk -cafelaan", False), ("olmen", True), ("K-17/b", True), ("topdesk", True), ("17b", False)],
            *[("de", False), ("de het een", False), ("beuk de", True), ("beuk -de", True)],
        ],
    )
    async def test_of_a_zaak(self, zaken: Zaken, q: str, there: bool) -> None:
        zaak = await zaken.zaak(
            omschrijving="Kapvergunning beuk aan de Cafélaan",
            toelichting='Naast de olm; "zie" de foto\'s.',
            kenmerken=[{"kenmerk": "K-17/b", "bron": "TOPdesk"}],
        )
        assert await found(zaken.client, q) == [zaak["url"]] * there

    @pytest.mark.parametrize("q", ["aanvraag", "toelichtende", "snoeien", "foto_beuk.jpg", "foto", "DOC-7", "doc-07"])
    async def test_of_a_document(self, documenten: Documenten, q: str) -> None:
        document = await documenten.make(
            titel="Aanvraag",
            beschrijving="Toelichtend stuk",
            trefwoorden=["snoei", "boom"],
            bestandsnaam="foto_beuk.jpg",
            identificatie="DOC-07",
        )
        assert await found(documenten.client, q) == [document["url"]]
        assert await found(documenten.client, "auteur") == []

    @pytest.mark.parametrize(
        "q",
        ["ZAAK-2026-0000000012", "zaak-2026-12", "12", "0000000012", "zaak 2026 12", "ZAAK-2026-00000000", "zaak-20"],
    )
    async def test_a_number_as_people_type_it(self, zaken: Zaken, q: str) -> None:
        zaak = await zaken.zaak(identificatie="ZAAK-2026-0000000012")
        await zaken.zaak(identificatie="M-7", omschrijving="Iets anders")
        assert await found(zaken.client, q) == [zaak["url"]]

    async def test_the_best_comes_first(self, zaken: Zaken) -> None:
        begins = (await zaken.zaak(identificatie="ZAAK-2026-120"))["url"]
        named = (await zaken.zaak(identificatie="ZAAK-2026-0012"))["url"]
        told = (await zaken.zaak(identificatie="X", toelichting="Na 12 dagen"))["url"]
        titled = (await zaken.zaak(identificatie="Y", omschrijving="12 beuken"))["url"]
        urls = await found(zaken.client, "12")
        assert urls[0] == named
        assert urls.index(titled) < urls.index(told)
        assert set(urls) == {begins, named, told, titled}

    async def test_what_is_shown(self, documenten: Documenten) -> None:
        zaak = await documenten.zaken.zaak(omschrijving="<b>Beuk</b>")
        document = await documenten.make(titel="Brief over de beuk")
        shown = {one.pop("soort"): one for one in (await search(documenten.client, "beuk"))["results"]}
        assert shown == {
            "zaak": {
                "url": zaak["url"],
                "type": zaak["zaaktype"],
                "identificatie": zaak["identificatie"],
                "titel": "<b>Beuk</b>",
            },
            "document": {
                "url": document["url"],
                "type": documenten.type,
                "identificatie": document["identificatie"],
                "titel": "Brief over de beuk",
            },
        }


class TestChanges:
    async def test_what_changes_is_found_by_its_new_words_and_rights(self, documenten: Documenten) -> None:
        zaken = documenten.zaken
        zaak = await zaken.zaak(omschrijving="beuk", vertrouwelijkheidaanduiding="openbaar")
        document = await documenten.make(titel="beuk")
        lock = await documenten.lock(document)
        new = {"omschrijving": "eik", "vertrouwelijkheidaanduiding": "geheim"}
        assert (await zaken.client.patch(zaak["url"], json=new)).status_code == 200
        answer = await zaken.client.patch(document["url"], json={"titel": "eik", "lock": lock})
        assert answer.status_code == 200, answer.text
        assert await found(zaken.client, "beuk") == []
        assert set(await found(zaken.client, "eik")) == {zaak["url"], document["url"]}
        limited = zaken.limited("laag", "zaken.lezen", maxVertrouwelijkheidaanduiding="openbaar")
        assert await found(limited, "eik") == []

    async def test_what_is_destroyed_leaves_no_word(self, documenten: Documenten) -> None:
        zaken = documenten.zaken
        hoofdzaak = (await zaken.zaak(omschrijving="beuk"))["url"]
        await zaken.zaak(omschrijving="beuk", hoofdzaak=hoofdzaak)
        document = await documenten.make(titel="beuk")
        for url in (hoofdzaak, document["url"]):
            answer = await zaken.client.delete(url)
            assert answer.status_code == 204, answer.text
        for table in ("zaak_words", "document_words"):
            assert await zaken.service.runtime.database.fetch(f"SELECT * FROM {table}") == []

    async def test_a_change_of_something_else_leaves_the_words_alone(self, zaken: Zaken) -> None:
        zaak = await zaken.zaak(omschrijving="beuk")
        fetch = zaken.service.runtime.database.fetch
        before = await fetch("SELECT xmin::text FROM zaak_words")
        await zaken.status(zaak["url"], zaken.first)
        assert (await zaken.client.patch(zaak["url"], json={"startdatum": "2026-01-02"})).status_code == 200
        assert await fetch("SELECT xmin::text FROM zaak_words") == before


class TestPages:
    async def test_pages(self, zaken: Zaken) -> None:
        made = {(await zaken.zaak(omschrijving="beuk"))["url"] for _ in range(3)}
        first = await search(zaken.client, "beuk", pageSize=2)
        assert (first["count"], len(first["results"]), first["previous"]) == (3, 2, None)
        second = (await zaken.client.get(first["next"])).json()
        assert (second["count"], second["next"]) == (3, None)
        assert {one["url"] for one in first["results"] + second["results"]} == made
        for page in (3, 10**9, 10**30):
            assert (await zaken.client.get(ZOEKEN, params={"q": "beuk", "page": page})).status_code == 404

    async def test_the_count_is_capped(self, documenten: Documenten, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(zoekresultaat, "MOST", 3)
        for _ in range(4):
            await documenten.zaken.zaak(omschrijving="beuk")
        await documenten.make(titel="beuk")
        page = await search(documenten.client, "beuk", pageSize=2)
        assert (page["count"], len(page["results"])) == (3, 2)
        last = (await documenten.client.get(page["next"])).json()
        assert (last["count"], len(last["results"]), last["next"]) == (3, 1, None)
        answer = await documenten.client.get(ZOEKEN, params={"q": "beuk", "pageSize": 2, "page": 3})
        assert answer.status_code == 404

    async def test_who_has_the_answer_gets_304(self, zaken: Zaken) -> None:
        await zaken.zaak(omschrijving="beuk")
        answer = await zaken.client.get(ZOEKEN, params={"q": "beuk"})
        known = {"If-None-Match": answer.headers["etag"]}
        assert (await zaken.client.get(ZOEKEN, params={"q": "beuk"}, headers=known)).status_code == 304


class TestMisuse:
    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({}, {("q", "required")}),
            ({"q": ""}, {("q", "min_length")}),
            ({"q": "beuk", "soort": "besluit"}, {("soort", "invalid_choice")}),
            ({"q": "beuk", "zoek": "x"}, {("zoek", "unknown")}),
            ({"q": "beuk", "page": 0, "pageSize": 501}, {("page", "min_value"), ("pageSize", "max_value")}),
            ({"q": "x" * 201}, {("q", "max_length")}),
            ({"q": "beuk " * 10_000}, {("q", "max_length")}),
            ({"q": "beuk " * 21}, {("q", "te-veel-zoekwoorden")}),
            ({"q": "?!"}, {("q", "geen-zoekwoorden")}),
            ({"q": "\x00"}, {("q", "geen-zoekwoorden")}),
            ({"q": "-beuk"}, {("q", "geen-zoekwoorden")}),
        ],
    )
    async def test_a_clear_refusal(self, zaken: Zaken, query: dict[str, Any], expected: set[tuple[str, str]]) -> None:
        assert wrong(await zaken.client.get(ZOEKEN, params=query)) == expected

    @pytest.mark.parametrize(
        "q",
        [
            *["'", "a'b", "\\", "\\x:*", "a\\", "kap:*", "kap & ", "!kap", "kap | (eik", "a<->b", "<2>", '"', 'a"b"c'],
            *["kap\x00", "㐀㐁", "ß", "m²", "½", "ﬁets", "١٢", "e\u0301", "\u202e1", "x\ud83cy", "%00", "a" * 200],
            *["1e999", "-1.5e-3", "2026-01-01", "http://a.b/c?d=1", "jan@x.nl", "/etc/passwd", "de", "-de het"],
            *["a " * 20, "\t\n kap", "kap -de", "<b>x</b>", "&amp;", "or", "and not or"],
        ],
    )
    async def test_nothing_typed_breaks_it(self, zaken: Zaken, q: str) -> None:
        given = q.encode("utf-8", "surrogatepass")
        answer = await zaken.client.get(ZOEKEN, params=httpx.QueryParams({"q": given}))
        assert answer.status_code == 200 or {name for name, _ in wrong(answer)} == {"q"}

    @pytest.mark.parametrize(
        "odd", ["'; DROP TABLE zaak_words; --", "\\' : * & | ! ( ) <", "١٢ 㐀 ß ﬁ \u202e", "a" * 80, ""]
    )
    async def test_nothing_stored_breaks_it(self, documenten: Documenten, odd: str) -> None:
        zaak = await documenten.zaken.zaak(
            omschrijving=odd, toelichting="beuk", kenmerken=[{"kenmerk": odd[:40] or "x", "bron": 'a"\\b'}]
        )
        document = await documenten.make(titel=f"beuk {odd}", bestandsnaam=odd, trefwoorden=[odd or "x", "NULL"])
        assert set(await found(documenten.client, "beuk")) == {zaak["url"], document["url"]}
