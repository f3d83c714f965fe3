"""Which documents a list shows."""

from tests.services.zaken.documenten.making import DOCUMENTEN, Documenten
from tests.services.zaken.making import RSIN, created

EIOS = f"{DOCUMENTEN}/enkelvoudiginformatieobjecten"


class TestList:
    async def test_filters(self, documenten: Documenten) -> None:
        one = await documenten.make(identificatie="D1", trefwoorden=["a", "b"])
        await documenten.make(identificatie="D2", trefwoorden=["c"])
        for chosen, amount in (
            ({"identificatie": "D1"}, 1),
            ({"bronorganisatie": RSIN}, 2),
            ({"bronorganisatie": "000000000"}, 0),
            ({"trefwoorden": "b,c"}, 2),
            ({"trefwoorden": "b"}, 1),
            ({"objectinformatieobjecten_object": "https://zaken.example/1"}, 0),
            ({"objectinformatieobjecten_objectType": "zaak"}, 0),
        ):
            found = (await documenten.client.get(EIOS, params=chosen)).json()
            assert found["count"] == amount, chosen
        searched = {"uuid__in": [one["url"].rsplit("/", 1)[1]], "expand": "informatieobjecttype"}
        found = (await documenten.client.post(f"{EIOS}/_zoek", json=searched)).json()
        [result] = found["results"]
        assert result["_expand"]["informatieobjecttype"]["url"] == documenten.type

    async def test_events(self, documenten: Documenten) -> None:
        document = created(await documenten.client.post(EIOS, json=documenten.body()))
        [event] = [one for one in await documenten.zaken.service.outbox() if ".documenten." in one["nats"]]
        assert event["nats"].endswith(".documenten.enkelvoudiginformatieobject.create")
        assert event["data"]["kenmerken"]["informatieobjecttype"] == documenten.type
        assert document["titel"] not in str(event)

    async def test_a_search_says_what_it_seeks(self, documenten: Documenten) -> None:
        for body, name in (
            ({}, "uuid__in"),
            ({"uuid__in": [], "bronorganisatie": None}, "bronorganisatie"),
            ({"uuid__in": [], "bronorganisatie": 12}, "bronorganisatie"),
            ({"uuid__in": ["x"]}, "uuid__in.0"),
        ):
            answer = await documenten.client.post(f"{EIOS}/_zoek", json=body)
            assert {one["name"] for one in answer.json()["invalidParams"]} == {name}, body
