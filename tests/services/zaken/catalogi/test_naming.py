"""References between types: by name or URL, within one catalogus, and followed when a concept gets another name."""

from typing import Any

import pytest

from tests.services.zaken.catalogi.typen import body, holder, make, other_catalogus, relate
from tests.services.zaken.making import CATALOGI, Zaken, wrong

REFERENCES = [
    ("zaaktypen", "besluittypen", "besluittypen"),
    ("zaaktypen", "deelzaaktypen", "zaaktypen"),
    ("besluittypen", "informatieobjecttypen", "informatieobjecttypen"),
]
each = pytest.mark.parametrize(("collection", "field", "related"), REFERENCES)


def gerelateerd(zaaktype: str) -> list[dict[str, Any]]:
    """One related zaaktype."""
    return [{"zaaktype": zaaktype, "aardRelatie": "vervolg", "toelichting": ""}]


@each
class TestReferences:
    async def test_are_by_name_or_url(self, zaken: Zaken, collection: str, field: str, related: str) -> None:
        one = await make(zaken, related, name="Een", publish=True)
        two = await make(zaken, related, name="Twee", publish=True)
        url = await make(zaken, collection, name="Nieuw", **{field: ["Twee", one, "Een", two]})
        assert (await zaken.get(url))[field] == [two, one]
        again = await zaken.get(url)
        assert (await zaken.client.put(url, json=again)).json() == again
        assert (await zaken.client.patch(url, json={"eindeGeldigheid": None})).json() == again

    async def test_that_lead_nowhere_are_all_named(
        self, zaken: Zaken, collection: str, field: str, related: str
    ) -> None:
        known = await make(zaken, related, name="Een")
        gone = known[:-12] + "000000000000"
        sent = ["Een", "Onbekend", "https://elders.example/1", gone, zaken.first]
        answer = await zaken.client.post(
            f"{CATALOGI}/{collection}", json=body(zaken, collection, name="Nieuw", **{field: sent})
        )
        assert wrong(answer) == {
            (f"{field}.1", "does_not_exist"),
            (f"{field}.2", "bad-url"),
            (f"{field}.3", "bad-url"),
            (f"{field}.4", "bad-url"),
        }

    async def test_stay_within_the_catalogus(self, zaken: Zaken, collection: str, field: str, related: str) -> None:
        elsewhere = await make(zaken, related, name="Elders", catalogus=await other_catalogus(zaken))
        incorrect = {("nonFieldErrors", "relations-incorrect-catalogus")}
        sent = body(zaken, collection, name="Nieuw", **{field: [elsewhere, elsewhere]})
        assert wrong(await zaken.client.post(f"{CATALOGI}/{collection}", json=sent)) == incorrect
        url = await make(zaken, collection, name="Nieuw")
        assert wrong(await zaken.client.put(url, json=sent)) == incorrect
        assert wrong(await zaken.client.patch(url, json={field: [elsewhere]})) == incorrect
        assert wrong(await zaken.client.patch(url, json={field: ["Elders"]})) == {(f"{field}.0", "does_not_exist")}

    async def test_follow_a_concept_to_another_name(
        self, zaken: Zaken, collection: str, field: str, related: str
    ) -> None:
        other = await make(zaken, related, name="Een")
        url = await make(zaken, collection, name="Nieuw", **{field: [other]})
        answer = await holder(zaken, "schrijven").patch(other, json=body(zaken, related, name="Anders"))
        assert answer.status_code == 200, answer.text
        assert (await zaken.get(url))[field] == [other]
        audited = [row["actie"] for row in await zaken.service.audit() if str(row["resource_id"]) in url]
        assert audited == ["create", "update"]

    async def test_stay_with_the_other_version(self, zaken: Zaken, collection: str, field: str, related: str) -> None:
        other = await make(zaken, related, name="Een")
        url = await make(zaken, collection, name="Nieuw", **{field: ["Een"]})
        stays = await make(zaken, related, name="Een", publish=True)
        await zaken.client.patch(other, json=body(zaken, related, name="Anders"))
        assert (await zaken.get(url))[field] == [stays]


class TestRelatedZaaktypen:
    async def test_are_by_name_or_url(self, zaken: Zaken) -> None:
        url = await make(zaken, "zaaktypen", name="Nieuw", gerelateerdeZaaktypen=gerelateerd("Nieuw"))
        assert [one["zaaktype"] for one in (await zaken.get(url))["gerelateerdeZaaktypen"]] == [url]
        answer = await zaken.client.patch(url, json={"gerelateerdeZaaktypen": gerelateerd(zaken.zaaktype)})
        assert answer.json()["gerelateerdeZaaktypen"] == [
            {**gerelateerd(zaken.zaaktype)[0], "zaaktypeIdentificatie": "verhuizing"}
        ]

    async def test_that_lead_nowhere_are_named(self, zaken: Zaken) -> None:
        url = await make(zaken, "zaaktypen", name="Nieuw")
        for value, code in (("Onbekend", "does_not_exist"), ("https://elders.example/1", "bad-url")):
            found = wrong(await zaken.client.patch(url, json={"gerelateerdeZaaktypen": gerelateerd(value)}))
            assert found == {("gerelateerdeZaaktypen.0.zaaktype", code)}

    async def test_follow_a_concept_and_go_with_it(self, zaken: Zaken) -> None:
        other = await make(zaken, "zaaktypen", name="Een")
        url = await make(zaken, "zaaktypen", name="Nieuw", gerelateerdeZaaktypen=gerelateerd("Een"))
        await zaken.client.patch(other, json={"identificatie": "Anders"})
        [found] = (await zaken.get(url))["gerelateerdeZaaktypen"]
        assert (found["zaaktype"], found["zaaktypeIdentificatie"]) == (other, "Anders")
        assert (await zaken.client.delete(other)).status_code == 204
        assert (await zaken.get(url))["gerelateerdeZaaktypen"] == []


class TestInformatieobjecttypeOfZaaktype:
    async def test_follows_a_concept_to_another_name(self, zaken: Zaken) -> None:
        other = await make(zaken, "informatieobjecttypen", name="Een")
        zaaktype = await make(zaken, "zaaktypen", name="Nieuw")
        related = await relate(zaken, zaaktype, "Een")
        await zaken.client.patch(other, json={"omschrijving": "Anders"})
        told = [(event["data"]["resource"], event["data"]["actie"]) for event in (await zaken.service.outbox())[-2:]]
        assert told == [("zaaktypeinformatieobjecttype", "update"), ("informatieobjecttype", "partial_update")]
        assert (await zaken.get(related["url"]))["informatieobjecttype"] == other
        assert (await zaken.get(zaaktype))["informatieobjecttypeOmschrijving"] == ["Anders"]
