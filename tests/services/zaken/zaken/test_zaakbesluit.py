"""Zaakbesluiten: rights first; our own Besluiten API is leading, those of others are registered here."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.services.zaken import elsewhere as other
from tests.services.zaken.besluiten.registering import BESLUITEN, NOWHERE, Besluiten
from tests.services.zaken.elsewhere import Elsewhere
from tests.services.zaken.making import CRS, ZAKEN, Zaken, created, wrong

ELDERS = {
    "identificatie": "B1",
    "verantwoordelijkeOrganisatie": "000000000",
    "besluittype": "https://elders.example/besluittypen/1",
    "datum": "2026-02-01",
}


@pytest.fixture
async def besluiten(zaken: Zaken) -> Besluiten:
    return await Besluiten(zaken).set_up()


@pytest.fixture
async def elsewhere(zaken: Zaken) -> AsyncIterator[Elsewhere]:
    async with other.running(zaken) as provider:
        yield provider


async def foreign(besluiten: Besluiten, elsewhere: Elsewhere, zaak: str) -> dict[str, Any]:
    """A zaakbesluit of a besluit of another provider."""
    body = {"besluit": elsewhere.put("besluiten/1", ELDERS)}
    return created(await besluiten.client.post(f"{zaak}/besluiten", json=body))


class TestCreate:
    async def test_without_rights_is_refused(self, besluiten: Besluiten, elsewhere: Elsewhere) -> None:
        zaak = (await besluiten.zaken.zaak())["url"]
        body = {"besluit": elsewhere.put("besluiten/1", ELDERS)}
        assert (await besluiten.zaken.service.anonymous(CRS).post(f"{zaak}/besluiten", json=body)).status_code == 403
        reader = besluiten.zaken.limited("lezer", "zaken.lezen")
        assert (await reader.post(f"{zaak}/besluiten", json=body)).status_code == 403
        changer = besluiten.zaken.limited("wijziger", "zaken.bijwerken")
        assert (await changer.post(f"{zaak}/besluiten", json=body)).status_code == 201

    async def test_answers_audits_and_tells(self, besluiten: Besluiten, elsewhere: Elsewhere) -> None:
        zaak = (await besluiten.zaken.zaak())["url"]
        made = await foreign(besluiten, elsewhere, zaak)
        assert made == {
            "url": f"{zaak}/besluiten/{made['uuid']}",
            "uuid": made["uuid"],
            "besluit": f"{elsewhere.base}/besluiten/1",
        }
        event = (await besluiten.zaken.service.outbox())[-1]
        assert (event["nats"], event["dataref"]) == ("zgw.v1.gm9001.zaken.zaakbesluit.create", made["url"])
        line = (await besluiten.client.get(f"{zaak}/audittrail")).json()[-1]
        assert (line["resource"], line["resourceUrl"]) == ("zaakbesluit", made["url"])
        assert (line["resourceWeergave"], line["wijzigingen"]["nieuw"]) == (made["besluit"], made)

    async def test_a_besluit_elsewhere_exists_and_is_one(self, besluiten: Besluiten, elsewhere: Elsewhere) -> None:
        path = f"{(await besluiten.zaken.zaak())['url']}/besluiten"
        for url, code in {
            f"{elsewhere.base}/404": "bad-url",
            elsewhere.put("200", "<html>"): "invalid-resource",
            elsewhere.put("zaken/1", {"zaaktype": "x"}): "invalid-resource",
            f"http://meent.test{BESLUITEN}/besluiten/{NOWHERE}": "bad-url",
            besluiten.zaken.zaaktype: "bad-url",
        }.items():
            assert wrong(await besluiten.client.post(path, json={"besluit": url})) == {("besluit", code)}, url

    async def test_once_also_when_asked_at_once(self, besluiten: Besluiten, elsewhere: Elsewhere) -> None:
        path = f"{(await besluiten.zaken.zaak())['url']}/besluiten"
        body = {"besluit": elsewhere.put("besluiten/1", ELDERS)}
        answers = await asyncio.gather(*(besluiten.client.post(path, json=body) for _ in range(3)))
        assert sorted(answer.status_code for answer in answers) == [201, 400, 400]

    async def test_one_of_our_own_is_there_already(self, besluiten: Besluiten) -> None:
        zaak = (await besluiten.zaken.zaak())["url"]
        besluit = (await besluiten.besluit(zaak=zaak))["url"]
        [mirrored] = (await besluiten.client.get(f"{zaak}/besluiten")).json()
        told = len(await besluiten.zaken.service.outbox())
        answer = await besluiten.client.post(f"{zaak}/besluiten", json={"besluit": besluit})
        assert (created(answer), answer.headers["location"]) == (mirrored, mirrored["url"])
        assert len(await besluiten.zaken.service.outbox()) == told

    async def test_one_of_our_own_says_itself_of_which_zaak_it_is(self, besluiten: Besluiten) -> None:
        path = f"{(await besluiten.zaken.zaak())['url']}/besluiten"
        elsewhere = (await besluiten.zaken.zaak())["url"]
        for besluit in (await besluiten.besluit(), await besluiten.besluit(zaak=elsewhere)):
            answer = await besluiten.client.post(path, json={"besluit": besluit["url"]})
            assert wrong(answer) == {("besluit", "inconsistent-relation")}

    async def test_a_closed_zaak_needs_its_own_scope(self, besluiten: Besluiten, elsewhere: Elsewhere) -> None:
        path = f"{(await besluiten.closed_zaak())['url']}/besluiten"
        body = {"besluit": elsewhere.put("besluiten/1", ELDERS)}
        changer = besluiten.zaken.limited("wijziger", "zaken.bijwerken")
        assert (await changer.post(path, json=body)).status_code == 403
        forced = besluiten.zaken.limited("corrector", "zaken.geforceerd-bijwerken")
        assert (await forced.post(path, json=body)).status_code == 201


class TestRead:
    async def test_without_rights_on_the_zaak_is_refused(self, besluiten: Besluiten) -> None:
        zaak = (await besluiten.zaken.zaak())["url"]
        await besluiten.besluit(zaak=zaak)
        [made] = (await besluiten.client.get(f"{zaak}/besluiten")).json()
        low = besluiten.zaken.limited("laag", "zaken.lezen", maxVertrouwelijkheidaanduiding="openbaar")
        for client in (low, besluiten.zaken.limited("wijziger", "zaken.bijwerken")):
            for url in (f"{zaak}/besluiten", made["url"]):
                assert (await client.get(url)).status_code == 403
        reader = besluiten.zaken.limited("lezer", "zaken.lezen")
        assert (await reader.get(made["url"])).json() == made
        assert (await reader.head(made["url"])).headers["etag"] == (await reader.get(made["url"])).headers["etag"]

    async def test_each_zaak_its_own(self, besluiten: Besluiten) -> None:
        one, two = (await besluiten.zaken.zaak())["url"], (await besluiten.zaken.zaak())["url"]
        await besluiten.besluit(zaak=one)
        [made] = (await besluiten.client.get(f"{one}/besluiten")).json()
        assert (await besluiten.client.get(f"{two}/besluiten")).json() == []
        assert (await besluiten.client.get(f"{two}/besluiten/{made['uuid']}")).status_code == 404
        assert (await besluiten.client.get(f"{ZAKEN}/zaken/{NOWHERE}/besluiten")).status_code == 404

    async def test_expands_the_besluit_for_who_may_read_it(self, besluiten: Besluiten) -> None:
        zaak = (await besluiten.zaken.zaak())["url"]
        besluit = await besluiten.besluit(zaak=zaak)
        [made] = (await besluiten.client.get(f"{zaak}/besluiten")).json()
        query, expanded = {"expand": "besluit"}, made | {"_expand": {"besluit": besluit}}
        assert (await besluiten.client.get(f"{zaak}/besluiten", params=query)).json() == [expanded]
        assert (await besluiten.client.get(made["url"], params=query)).json() == expanded
        reader = besluiten.zaken.limited("lezer", "zaken.lezen")
        assert (await reader.get(made["url"], params=query)).json() == made | {"_expand": {"besluit": {}}}


class TestDelete:
    async def test_without_rights_is_refused(self, besluiten: Besluiten, elsewhere: Elsewhere) -> None:
        made = await foreign(besluiten, elsewhere, (await besluiten.zaken.zaak())["url"])
        assert (await besluiten.zaken.limited("lezer", "zaken.lezen").delete(made["url"])).status_code == 403

    async def test_lets_go_of_a_besluit_elsewhere(self, besluiten: Besluiten, elsewhere: Elsewhere) -> None:
        zaak, second = (await besluiten.zaken.zaak())["url"], (await besluiten.zaken.zaak())["url"]
        made = await foreign(besluiten, elsewhere, zaak)
        assert (await besluiten.client.delete(f"{second}/besluiten/{made['uuid']}")).status_code == 404
        assert (await besluiten.client.delete(made["url"])).status_code == 204
        assert (await besluiten.client.get(f"{zaak}/besluiten")).json() == []
        assert (await besluiten.zaken.service.outbox())[-1]["data"]["actie"] == "destroy"

    async def test_one_of_our_own_stays_as_long_as_its_besluit(self, besluiten: Besluiten) -> None:
        zaak = (await besluiten.zaken.zaak())["url"]
        await besluiten.besluit(zaak=zaak)
        [made] = (await besluiten.client.get(f"{zaak}/besluiten")).json()
        assert wrong(await besluiten.client.delete(made["url"])) == {("nonFieldErrors", "inconsistent-relation")}
