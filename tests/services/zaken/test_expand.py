"""Expand: what a resource refers to comes along, to any depth, once per level, and nothing the caller may not read."""

from typing import Any

import asyncpg
import httpx
import pytest

from chassis.resource import REGISTRY, Resource
from services.zaken.expand import RELATIONS, SOURCES, parse, relations, urls_of
from services.zaken.zaken.zaak.fields import ZAAK
from tests.services.served import Operation, Served
from tests.services.zaken.elsewhere import Elsewhere
from tests.services.zaken.making import CRS, ZAKEN, Zaken
from tests.services.zaken.world import furnish


async def filled(zaken: Zaken, **fields: Any) -> dict[str, Any]:
    """A zaak with a rol that set its status, and a second rol."""
    zaak = await zaken.zaak(**fields)
    setter = await zaken.rol(zaak["url"])
    await zaken.rol(zaak["url"], roltype=await zaken.belanghebbende())
    body = {
        "zaak": zaak["url"],
        "statustype": zaken.first,
        "datumStatusGezet": "2026-02-01T10:00:00Z",
        "gezetdoor": setter["url"],
    }
    answer = await zaken.client.post(f"{ZAKEN}/statussen", json=body)
    assert answer.status_code == 201, answer.text
    return await zaken.get(zaak["url"])


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The raw statements from now on."""
    statements: list[str] = []
    fetch = asyncpg.Connection.fetch

    async def noted(self: asyncpg.Connection, query: str, *args: Any, **options: Any) -> Any:
        statements.append(query)
        return await fetch(self, query, *args, **options)

    monkeypatch.setattr(asyncpg.Connection, "fetch", noted)
    return statements


class TestOne:
    async def test_without_rights_is_refused(self, zaken: Zaken) -> None:
        url = (await zaken.zaak())["url"]
        assert (await zaken.limited("leeg").get(f"{url}?expand=zaaktype")).status_code == 403

    async def test_embeds_what_a_get_of_it_answers(self, zaken: Zaken) -> None:
        zaak = await filled(zaken)
        answer = await zaken.get(zaak["url"], expand="zaaktype,rollen,status")
        rollen = [await zaken.get(url) for url in zaak["rollen"]]
        embedded = {
            "zaaktype": await zaken.get(zaak["zaaktype"]),
            "rollen": rollen,
            "status": await zaken.get(zaak["status"]),
        }
        assert answer == zaak | {"_expand": embedded}
        assert list(answer["_expand"]) == ["zaaktype", "rollen", "status"]

    async def test_goes_as_deep_as_asked_and_merges_paths(self, zaken: Zaken) -> None:
        zaak = await filled(zaken)
        answer = await zaken.get(
            zaak["url"], expand="rollen.zaak.rollen.zaak.rollen, rollen.statussen,status.statustype"
        )
        place = answer
        for _ in range(2):
            place = place["_expand"]["rollen"][0]["_expand"]["zaak"]
            assert place["url"] == zaak["url"]
        assert [one["url"] for one in place["_expand"]["rollen"]] == zaak["rollen"]
        assert "_expand" not in place["_expand"]["rollen"][0]
        [setter, other] = answer["_expand"]["rollen"]
        assert [one["url"] for one in setter["_expand"]["statussen"]] == [zaak["status"]]
        assert other["_expand"]["statussen"] == []
        assert answer["_expand"]["status"]["_expand"]["statustype"]["url"] == zaken.first

    async def test_reaches_the_catalogus_and_back_to_zaaktypen(self, zaken: Zaken) -> None:
        zaak = await zaken.zaak()
        answer = await zaken.get(zaak["url"], expand="zaaktype.catalogus.zaaktypen,zaaktype.gerelateerdeZaaktypen")
        zaaktype = answer["_expand"]["zaaktype"]["_expand"]
        assert zaaktype["catalogus"]["url"] == zaken.catalogus
        assert [one["url"] for one in zaaktype["catalogus"]["_expand"]["zaaktypen"]] == [zaken.zaaktype]
        assert zaaktype["gerelateerdeZaaktypen"] == []

    async def test_what_is_empty_is_an_empty_object_or_list(self, zaken: Zaken) -> None:
        zaak = await zaken.zaak()
        answer = await zaken.get(zaak["url"], expand="hoofdzaak.zaaktype,status.gezetdoor,deelzaken,rollen.zaak")
        assert answer["_expand"] == {"hoofdzaak": {}, "status": {}, "deelzaken": [], "rollen": []}

    async def test_relations_between_zaken(self, zaken: Zaken) -> None:
        head = await zaken.zaak()
        other = await zaken.zaak()
        relevant = [{"url": other["url"], "aardRelatie": "vervolg"}]
        part = await zaken.zaak(hoofdzaak=head["url"], relevanteAndereZaken=relevant)
        answer = await zaken.get(part["url"], expand="hoofdzaak.deelzaken,relevanteAndereZaken.zaaktype")
        assert answer["relevanteAndereZaken"] == relevant
        assert answer["_expand"]["hoofdzaak"]["_expand"]["deelzaken"] == [part]
        [embedded] = answer["_expand"]["relevanteAndereZaken"]
        assert (embedded["url"], embedded["_expand"]["zaaktype"]["url"]) == (other["url"], zaken.zaaktype)

    @pytest.mark.parametrize(
        "expand",
        [
            "onbekend",
            "identificatie",
            "url",
            "rollen.bestaatniet",
            "rollen.betrokkene",
            "communicatiekanaal",
            "status.",
            ".",
        ],
    )
    async def test_what_cannot_be_given_is_404(self, zaken: Zaken, expand: str) -> None:
        url = (await zaken.zaak())["url"]
        for path in (url, f"{ZAKEN}/zaken"):
            answer = await zaken.client.get(path, params={"expand": expand})
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert "kan niet worden geëxpandeerd" in answer.json()["detail"]

    async def test_is_refused_beyond_the_ceilings(self, zaken: Zaken, monkeypatch: pytest.MonkeyPatch) -> None:
        zaak = await filled(zaken)
        settings = zaken.service.runtime.settings
        deepest = ".".join(["rollen", "zaak"] * 3)
        assert (await zaken.client.get(zaak["url"], params={"expand": deepest})).status_code == 200
        too_deep = await zaken.client.get(zaak["url"], params={"expand": f"{deepest}.rollen"})
        assert (too_deep.status_code, "6 niveaus" in too_deep.json()["detail"]) == (404, True)
        monkeypatch.setattr(settings, "expand_bytes", 10_000)
        too_large = await zaken.client.get(zaak["url"], params={"expand": deepest})
        assert (too_large.status_code, "te groot" in too_large.json()["detail"]) == (404, True)

    async def test_the_tag_is_of_the_composed_bytes(self, zaken: Zaken) -> None:
        zaak = await filled(zaken)
        plain = await zaken.client.get(zaak["url"])
        first = await zaken.client.get(zaak["url"], params={"expand": "rollen"})
        assert first.headers["etag"] != plain.headers["etag"]
        assert first.headers["content-crs"] == "EPSG:4326"
        same = {"If-None-Match": first.headers["etag"]}
        assert (await zaken.client.get(zaak["url"], params={"expand": "rollen"}, headers=same)).status_code == 304
        assert (await zaken.client.get(zaak["url"], params={"expand": "status"}, headers=same)).status_code == 200
        await zaken.rol(zaak["url"], roltype=await zaken.belanghebbende())
        assert (await zaken.client.get(zaak["url"], params={"expand": "rollen"}, headers=same)).status_code == 200


class TestPage:
    async def test_every_zaak_has_its_own(self, zaken: Zaken) -> None:
        made = [await filled(zaken) for _ in range(3)]
        plain = await zaken.get(f"{ZAKEN}/zaken", ordering="-identificatie")
        answer = await zaken.get(f"{ZAKEN}/zaken", expand="rollen.roltype,zaaktype", ordering="-identificatie")
        assert {name: answer[name] for name in ("count", "next", "previous")} == {
            name: plain[name] for name in ("count", "next", "previous")
        }
        assert [one["url"] for one in answer["results"]] == [zaak["url"] for zaak in reversed(made)]
        for zaak, one in zip(reversed(made), answer["results"], strict=True):
            embedded = one.pop("_expand")
            assert one == zaak
            assert [rol["url"] for rol in embedded["rollen"]] == zaak["rollen"]
            assert {rol["_expand"]["roltype"]["url"] for rol in embedded["rollen"]} == {
                zaken.roltype,
                await zaken.belanghebbende(),
            }

    async def test_asks_once_per_resource_and_level(self, zaken: Zaken, monkeypatch: pytest.MonkeyPatch) -> None:
        for _ in range(4):
            await filled(zaken)
        statements = counted(monkeypatch)
        await zaken.get(f"{ZAKEN}/zaken", expand="rollen.roltype,status.statustype,status.gezetdoor,zaaktype.catalogus")
        tables = [sql.split(" FROM ")[-1].split()[0] for sql in statements if "= ANY" in sql]
        rows = [table for table in tables if table != "zaaktype"]
        assert sorted(rows) == ["catalogus", "rol", "roltype", "status", "statustype"]
        assert tables.count("zaaktype") == 2  # the rows, and the versions of other types that they show today

    async def test_the_tag_of_the_plain_page_is_not_that_of_the_expanded_one(self, zaken: Zaken) -> None:
        await filled(zaken)
        plain = await zaken.client.get(f"{ZAKEN}/zaken")
        same = {"If-None-Match": plain.headers["etag"]}
        assert (await zaken.client.get(f"{ZAKEN}/zaken", headers=same)).status_code == 304
        expanded = await zaken.client.get(f"{ZAKEN}/zaken", params={"expand": "zaaktype"}, headers=same)
        assert expanded.status_code == 200
        same = {"If-None-Match": expanded.headers["etag"]}
        again = await zaken.client.get(f"{ZAKEN}/zaken", params={"expand": "zaaktype"}, headers=same)
        assert again.status_code == 304


class TestRights:
    async def get(self, caller: httpx.AsyncClient, url: str, expand: str) -> dict[str, Any]:
        answer = await caller.get(url, params={"expand": expand})
        assert answer.status_code == 200, answer.text
        content: dict[str, Any] = answer.json()["_expand"]
        return content

    async def test_a_zaak_above_the_level_of_the_caller_is_left_out(self, zaken: Zaken) -> None:
        head = await filled(zaken, vertrouwelijkheidaanduiding="geheim")
        part = await zaken.zaak(hoofdzaak=head["url"], vertrouwelijkheidaanduiding="openbaar")
        secret = await zaken.zaak(hoofdzaak=head["url"], vertrouwelijkheidaanduiding="geheim")
        low = zaken.limited("laag", "zaken.lezen", maxVertrouwelijkheidaanduiding="intern")
        assert await self.get(low, part["url"], "hoofdzaak.rollen") == {"hoofdzaak": {}}
        high = zaken.limited("hoog", "zaken.lezen")
        embedded = await self.get(high, part["url"], "hoofdzaak.deelzaken")
        assert [one["url"] for one in embedded["hoofdzaak"]["_expand"]["deelzaken"]] == [part["url"], secret["url"]]

    async def test_a_zaak_of_another_zaaktype_is_left_out(self, zaken: Zaken) -> None:
        other, *_ = await zaken.make_zaaktype(identificatie="anders")
        elsewhere = await zaken.zaak(zaaktype=other)
        zaak = await zaken.zaak(relevanteAndereZaken=[{"url": elsewhere["url"], "aardRelatie": "onderwerp"}])
        caller = zaken.limited("lezer", "zaken.lezen")
        assert await self.get(caller, zaak["url"], "relevanteAndereZaken") == {"relevanteAndereZaken": []}
        assert (await self.get(caller, zaak["url"], "zaaktype"))["zaaktype"]["url"] == zaken.zaaktype


def test_relations_are_between_resources_there_are() -> None:
    for name, related in RELATIONS.items():
        assert set(related.values()) <= set(RELATIONS), name
    ours = {name for name in RELATIONS if name in REGISTRY}
    assert {"zaak", "rol", "status", "zaaktype", "statustype", "roltype", "catalogus"} <= ours
    assert {REGISTRY[name].api for name in ours} <= set(SOURCES)


def test_paths_become_one_tree() -> None:
    root = parse(ZAAK, " rollen.roltype , rollen,rollen.zaak,,status", 6)
    assert list(root.children) == ["rollen", "status"]
    assert list(root.children["rollen"].children) == ["roltype", "zaak"]
    assert root.children["rollen"].children["zaak"].children == {}


class TestEveryOperation:
    """Of the served documents, so that a resource that is added is looked at too."""

    @pytest.fixture
    async def registers(self, zaken: Zaken, elsewhere: Elsewhere) -> Served:
        await furnish(zaken, elsewhere)
        return await Served(zaken.service, CRS).collect()

    async def test_every_relation_comes_along_as_a_get_of_it(self, registers: Served) -> None:
        sampled = [one for one in registers.operations if one.about_one and registers.sample(one) is not None]
        seen: set[str] = set()
        for operation in [one for one in sampled if one.method == "get" and "expand" in one.query]:
            resource = resource_of(operation)
            for name in relations(resource):
                plain, embedded, expected = await both_ways(registers, registers.url(operation), name)
                assert embedded == expected, f"{plain['url']} {name}"
                seen.add(resource.name)
        assert seen >= {name for name in RELATIONS if name in REGISTRY} - {"zaakeigenschap", "zaakinformatieobject"}

    async def test_unknown_relations_are_404(self, registers: Served) -> None:
        for operation in [one for one in registers.operations if one.method == "get" and "expand" in one.query]:
            query = {one: registers.given[one] for one in operation.query if one in registers.given}
            answer = await registers.all_rights.get(registers.url(operation), params=query | {"expand": "onbekend"})
            assert answer.status_code == 404, f"{operation}: {answer.text}"

    async def test_types_are_embedded_as_of_the_day_that_is_asked(self, registers: Served, zaken: Zaken) -> None:
        query = {"expand": "besluittypen.zaaktypen", "datumGeldigheid": "1999-01-01"}
        assert (await zaken.get(zaken.zaaktype, expand="besluittypen"))["_expand"]["besluittypen"] != []
        assert (await zaken.get(zaken.zaaktype, **query))["_expand"]["besluittypen"] == []


async def both_ways(served: Served, url: str, name: str) -> tuple[dict[str, Any], Any, Any]:
    """A resource; what an attribute of it expands to; and what reading it one by one gives. Not ours is not there."""
    plain = (await served.all_rights.get(url)).json()
    answer = await served.all_rights.get(url, params={"expand": name})
    assert answer.status_code == 200, f"{url}?expand={name}: {answer.text}"
    content = answer.json()
    embedded = content.pop("_expand")
    assert content == plain
    answers = [await served.all_rights.get(one) for one in urls_of(plain[name])]
    read = [one.json() for one in answers if one.status_code == 200]
    return plain, embedded, {name: read if isinstance(plain[name], list) else (read or [{}])[0]}


def resource_of(operation: Operation) -> Resource:
    """What an operation about one thing is about."""
    [found] = [
        one
        for one in REGISTRY.values()
        if operation.collection == f"/{one.api}/api/v1{one.path.replace('{main}', '{zaak_uuid}')}"
    ]
    return found
