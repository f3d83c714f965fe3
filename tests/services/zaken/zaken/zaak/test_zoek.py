"""Searching: every criterion of the list, places, what comes back, and only what the caller may see."""

import asyncio
import math
import random
from typing import Any

import pytest

from services.zaken.zaken.zaak import zoek
from tests.services.zaken.making import RSIN, ZAKEN, Zaken, wrong
from tests.services.zaken.zaken.zaak.test_filter import NEITHER, ONLY_NEW, ONLY_OLD, two_zaken

URL = f"{ZAKEN}/zaken/_zoek"
SQUARE = {"type": "Polygon", "coordinates": [[[4, 52], [6, 52], [6, 54], [4, 54], [4, 52]]]}
TRIANGLE = {"type": "Polygon", "coordinates": [[[4, 52], [6, 52], [4, 54], [4, 52]]]}


def point(x: float, y: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [x, y]}


async def found(zaken: Zaken, body: dict[str, Any], **query: Any) -> list[Any]:
    answer = await zaken.client.post(URL, json=body, params=query)
    assert answer.status_code == 200, answer.text
    page = answer.json()
    assert page["count"] == len(page["results"])
    results: list[Any] = page["results"]
    return results


async def urls(zaken: Zaken, body: dict[str, Any], **query: Any) -> list[str]:
    return [one["url"] for one in await found(zaken, body, **query)]


async def test_without_rights_is_refused(zaken: Zaken) -> None:
    answer = await zaken.service.anonymous({"Accept-Crs": "EPSG:4326"}).post(URL, json={})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_authenticated")
    answer = await zaken.limited("schrijver", "zaken.bijwerken").post(URL, json={})
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


async def test_finds_only_what_the_caller_may_see(zaken: Zaken) -> None:
    low = await zaken.zaak(vertrouwelijkheidaanduiding="openbaar", zaakgeometrie=point(5, 53))
    await zaken.zaak(vertrouwelijkheidaanduiding="geheim", zaakgeometrie=point(5, 53))
    caller = zaken.limited("laag", "zaken.lezen", maxVertrouwelijkheidaanduiding="intern")
    for body in ({}, {"zaakgeometrie": {"within": SQUARE}}):
        page = (await caller.post(URL, json=body)).json()
        assert ([one["url"] for one in page["results"]], page["count"]) == ([low["url"]], 1)


async def test_asks_for_coordinate_systems(zaken: Zaken) -> None:
    bare = zaken.service.client()
    assert (await bare.post(URL, json={})).status_code == 412
    asked = {"Accept-Crs": "EPSG:4326"}
    assert (await bare.post(URL, json={"zaakgeometrie": {"within": SQUARE}}, headers=asked)).status_code == 412
    answer = await bare.post(URL, json={}, headers=asked)
    assert (answer.status_code, answer.headers["content-crs"]) == (200, "EPSG:4326")


def as_body(query: dict[str, str]) -> dict[str, Any]:
    """A query as a body: lists are lists there, and truth is no text."""
    truths = {"true": True, "false": False}
    return {
        name: value.split(",") if name.endswith("__in") else truths.get(value, value) for name, value in query.items()
    }


async def test_each_criterion_picks_as_the_list_does(zaken: Zaken) -> None:
    old, new = await two_zaken(zaken)
    for queries, expected in ((ONLY_OLD, [old]), (ONLY_NEW, [new]), (NEITHER, [])):
        for query in queries:
            assert await urls(zaken, as_body(query)) == expected, query


async def test_ids_and_zaaktypen(zaken: Zaken) -> None:
    other, *_ = await zaken.make_zaaktype(identificatie="anders")
    one, two, three = await zaken.zaak(), await zaken.zaak(), await zaken.zaak(zaaktype=other)
    assert await urls(zaken, {"uuid__in": [two["uuid"], three["uuid"]]}) == [two["url"], three["url"]]
    assert await urls(zaken, {"uuid__in": []}) == []
    assert await urls(zaken, {"zaaktype__in": [other]}) == [three["url"]]
    assert await urls(zaken, {"zaaktype__in": [other, zaken.zaaktype], "uuid__in": [one["uuid"]]}) == [one["url"]]
    wrong_type = await zaken.client.post(URL, json={"zaaktype__in": [other, "https://elders.example/1"]})
    assert wrong(wrong_type) == {("zaaktype__in.1", "bad-url")}


async def test_null_is_not_asked(zaken: Zaken) -> None:
    zaak = await zaken.zaak()
    nothing = {"zaaktype": None, "zaakgeometrie": None, "uuid__in": None, "expand": None, "fields": None}
    assert await urls(zaken, nothing) == [zaak["url"]]
    assert await urls(zaken, {"zaakgeometrie": {"within": None}}) == [zaak["url"]]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"onbekend": 1}, ("onbekend", "unknown")),
        ({"uuid__in": ["x"]}, ("uuid__in.0", "invalid")),
        ({"startdatum": "gisteren"}, ("startdatum", "invalid")),
        ({"ordering": "toelichting"}, ("ordering", "invalid_choice")),
        ({"zaakgeometrie": {"within": {"type": "Cirkel"}}}, ("zaakgeometrie.within", "invalid")),
        (
            {"zaakgeometrie": {"within": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]}}},
            ("zaakgeometrie.within.Polygon.coordinates.0", "invalid"),
        ),
        (
            {
                "zaakgeometrie": {
                    "within": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
                }
            },
            ("zaakgeometrie.within", "invalid"),
        ),
        ({"zaakgeometrie": {"within": {"type": "MultiPoint", "coordinates": []}}}, ("zaakgeometrie.within", "invalid")),
        ({"fields": ["url"], "expand": "status"}, ("fields", "mutually-exclusive")),
    ],
)
async def test_refuses(zaken: Zaken, body: dict[str, Any], expected: tuple[str, str]) -> None:
    assert wrong(await zaken.client.post(URL, json=body)) == {expected}


async def test_orders_and_pages(zaken: Zaken) -> None:
    made = [(await zaken.zaak(identificatie=f"Z-{number:03d}"))["url"] for number in range(102)]
    first = (await zaken.client.post(URL, json={"ordering": "-identificatie"})).json()
    assert (first["count"], first["next"]) == (102, f"http://meent.test{URL}?page=2")
    second = (await zaken.client.post(first["next"], json={"ordering": "-identificatie"})).json()
    assert [one["url"] for one in first["results"] + second["results"]] == made[::-1]
    assert (await zaken.client.post(f"{URL}?page=3", json={})).status_code == 404


class TestPlaces:
    async def test_within_is_exact(self, zaken: Zaken) -> None:
        inside = await zaken.zaak(zaakgeometrie=point(4.5, 52.5))
        in_the_box = await zaken.zaak(zaakgeometrie=point(5.9, 53.9))
        await zaken.zaak(zaakgeometrie=point(3.9, 52.5))
        await zaken.zaak()
        assert await urls(zaken, {"zaakgeometrie": {"within": TRIANGLE}}) == [inside["url"]]
        assert await urls(zaken, {"zaakgeometrie": {"within": SQUARE}}) == [inside["url"], in_the_box["url"]]
        narrowed = {"zaakgeometrie": {"within": SQUARE}, "uuid__in": [in_the_box["uuid"]]}
        assert await urls(zaken, narrowed) == [in_the_box["url"]]

    async def test_holes_and_shapes_that_stick_out(self, zaken: Zaken) -> None:
        hole = [[4.9, 52.9], [5.1, 52.9], [5.1, 53.1], [4.9, 53.1], [4.9, 52.9]]
        area = {"type": "Polygon", "coordinates": [*SQUARE["coordinates"], hole]}
        await zaken.zaak(zaakgeometrie=point(5, 53))
        line = {"type": "LineString", "coordinates": [[4.2, 52.2], [4.4, 52.2]]}
        within = await zaken.zaak(zaakgeometrie=line)
        await zaken.zaak(zaakgeometrie={"type": "LineString", "coordinates": [[4.2, 52.2], [6.4, 52.2]]})
        collection = {"type": "GeometryCollection", "geometries": [line, point(5.5, 53.5)]}
        both = await zaken.zaak(zaakgeometrie=collection)
        assert await urls(zaken, {"zaakgeometrie": {"within": area}}) == [within["url"], both["url"]]

    async def test_at_one_point(self, zaken: Zaken) -> None:
        zaak = await zaken.zaak(zaakgeometrie=point(53, 5))
        await zaken.zaak(zaakgeometrie=point(53, 5.0001))
        assert await urls(zaken, {"zaakgeometrie": {"within": point(53, 5)}}) == [zaak["url"]]

    async def test_follows_a_change_of_place(self, zaken: Zaken) -> None:
        zaak = await zaken.zaak(zaakgeometrie=point(5, 53))
        body = {"zaakgeometrie": {"within": SQUARE}}
        assert await urls(zaken, body) == [zaak["url"]]
        await zaken.client.patch(zaak["url"], json={"zaakgeometrie": point(9, 53)})
        assert await urls(zaken, body) == []
        await zaken.client.put(zaak["url"], json=zaken.body(zaakgeometrie=point(5, 53)))
        assert await urls(zaken, body) == [zaak["url"]]
        await zaken.client.patch(zaak["url"], json={"zaakgeometrie": None})
        assert await urls(zaken, body) == []

    async def test_agrees_with_arithmetic(self, zaken: Zaken) -> None:
        chance = random.Random(4)
        places = [(chance.uniform(3.5, 6.5), chance.uniform(51.5, 54.5)) for _ in range(60)]
        made = await asyncio.gather(*(zaken.zaak(zaakgeometrie=point(*place)) for place in places))
        corners = [[5 + math.cos(turn / 20 * math.tau), 53 + math.sin(turn / 20 * math.tau)] for turn in range(20)]
        circle = {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}
        near = {zaak["url"] for zaak, (x, y) in zip(made, places, strict=True) if math.hypot(x - 5, y - 53) < 0.98}
        maybe = {zaak["url"] for zaak, (x, y) in zip(made, places, strict=True) if math.hypot(x - 5, y - 53) < 1}
        assert near <= set(await urls(zaken, {"zaakgeometrie": {"within": circle}})) <= maybe

    async def test_too_many_is_refused(self, zaken: Zaken, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(zoek, "MOST_PLACES", 1)
        for _ in range(2):
            await zaken.zaak(zaakgeometrie=point(5, 53))
        answer = await zaken.client.post(URL, json={"zaakgeometrie": {"within": SQUARE}})
        assert wrong(answer) == {("zaakgeometrie.within", "max_value")}


class TestWhatComesBack:
    async def test_expand_in_the_body_or_in_the_query(self, zaken: Zaken) -> None:
        zaak = await zaken.zaak()
        await zaken.status(zaak["url"], zaken.first)
        for body, query in (
            ({"expand": "status.statustype, zaaktype"}, {}),
            ({}, {"expand": "status.statustype,zaaktype"}),
        ):
            [one] = await found(zaken, body, **query)
            assert one["_expand"]["status"]["_expand"]["statustype"]["url"] == zaken.first
            assert one["_expand"]["zaaktype"]["url"] == zaken.zaaktype
        answer = await zaken.client.post(URL, json={"expand": "status"}, params={"expand": "status"})
        assert wrong(answer) == {("fields", "mutually-exclusive")}
        assert (await zaken.client.post(URL, json={"expand": "communicatiekanaal"})).status_code == 404

    async def test_fields_pick_and_expand(self, zaken: Zaken) -> None:
        zaak = await zaken.zaak(kenmerken=[{"kenmerk": "K", "bron": "B"}])
        status = await zaken.status(zaak["url"], zaken.first)
        rol = await zaken.rol(zaak["url"])
        further = {
            "zaaktype": ["identificatie", {"catalogus": ["domein"]}],
            "status": ["*"],
            "rollen": [{"roltype": ["omschrijving"]}],
            "hoofdzaak": ["url"],
            "processobject": ["identificatie"],
            "kenmerken": ["bron"],
        }
        [one] = await found(zaken, {"fields": ["uuid", "identificatie", "status", further]})
        assert one == {
            "identificatie": zaak["identificatie"],
            "uuid": zaak["uuid"],
            "status": status["url"],
            "kenmerken": [{"bron": "B"}],
            "processobject": {"identificatie": ""},
            "_expand": {
                "zaaktype": {"identificatie": "verhuizing", "_expand": {"catalogus": {"domein": "VERH"}}},
                "status": await zaken.get(status["url"]),
                "rollen": [{"_expand": {"roltype": {"omschrijving": "Aangever"}}}],
                "hoofdzaak": {},
            },
        }
        [one] = await found(zaken, {"fields": [{"rollen": ["*"]}]})
        assert one == {"_expand": {"rollen": [await zaken.get(rol["url"])]}}
        [one] = await found(zaken, {"fields": ["*"]})
        assert one == await zaken.get(zaak["url"])

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ([], {("fields", "min_length")}),
            (["nummer", 3], {("fields.0", "invalid_choice"), ("fields.1", "invalid_choice")}),
            ([{"identificatie": ["x"]}], {("fields.0.identificatie", "invalid_choice")}),
            ([{"communicatiekanaal": ["naam"]}], {("fields.0.communicatiekanaal", "invalid_choice")}),
            ([{"status": ["volgnummer", "datumStatusGezet"]}], {("fields.0.status.0", "invalid_choice")}),
            ([{"status": "url"}], {("fields.0.status", "min_length")}),
            ([{"processobject": ["kleur"]}], {("fields.0.processobject.0", "invalid_choice")}),
        ],
    )
    async def test_fields_that_do_not_exist(
        self, zaken: Zaken, fields: list[Any], expected: set[tuple[str, str]]
    ) -> None:
        assert wrong(await zaken.client.post(URL, json={"fields": fields})) == expected

    async def test_fields_are_no_deeper_than_expand(self, zaken: Zaken) -> None:
        fields: list[Any] = ["url"]
        for _ in range(4):
            fields = [{"rollen": [{"zaak": fields}]}]
        [error] = wrong(await zaken.client.post(URL, json={"fields": fields}))
        assert (error[1], error[0].count(".")) == ("max_value", 14)

    async def test_what_the_caller_may_not_see_is_left_out(self, zaken: Zaken) -> None:
        head = await zaken.zaak(vertrouwelijkheidaanduiding="geheim", bronorganisatie="000000000")
        await zaken.zaak(hoofdzaak=head["url"], vertrouwelijkheidaanduiding="openbaar")
        caller = zaken.limited("laag", "zaken.lezen", maxVertrouwelijkheidaanduiding="intern")
        answer = await caller.post(URL, json={"fields": ["bronorganisatie", {"hoofdzaak": ["omschrijving"]}]})
        assert answer.json()["results"] == [{"bronorganisatie": RSIN, "_expand": {"hoofdzaak": {}}}]
