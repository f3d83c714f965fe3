"""Which zaaktypen a list shows."""

from tests.services.zaken.making import CATALOGI, Zaken, wrong


class TestFilter:
    async def test_is_found(self, zaken: Zaken) -> None:
        concept, *_ = await zaken.make_zaaktype(publish=False, identificatie="concept", trefwoorden=["a", "b"])
        listed = {
            (("status", "definitief"),): [zaken.zaaktype],
            (): [zaken.zaaktype],
            (("status", "concept"),): [concept],
            (("status", "alles"),): [zaken.zaaktype, concept],
            (("status", "alles"), ("trefwoorden", "b,c")): [concept],
            (("status", "alles"), ("identificatie", "concept")): [concept],
            (("status", "alles"), ("catalogus", zaken.catalogus)): [zaken.zaaktype, concept],
            (("datumGeldigheid", "2019-12-31"),): [],
            (("datumGeldigheid", "2020-01-01"),): [zaken.zaaktype],
        }
        for query, urls in listed.items():
            found = await zaken.get(f"{CATALOGI}/zaaktypen", **dict(query))
            assert [one["url"] for one in found["results"]] == urls, query

    async def test_refuses_what_it_does_not_know(self, zaken: Zaken) -> None:
        for query, name in (
            ({"catalogus": "VERH"}, "catalogus"),
            ({"status": "af"}, "status"),
            ({"datumGeldigheid": "gisteren"}, "datumGeldigheid"),
            ({"kleur": "rood"}, "kleur"),
        ):
            answer = await zaken.client.get(f"{CATALOGI}/zaaktypen", params=query)
            assert {one for one, _ in wrong(answer)} == {name}
