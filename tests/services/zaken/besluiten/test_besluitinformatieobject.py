"""Besluitinformatieobjecten: rights first, then the rules brc-003 and brc-008, then what is told."""

import asyncio

import pytest

from services.zaken import unpaged
from tests.services.zaken.besluiten.registering import BESLUITEN, NOWHERE, Besluiten
from tests.services.zaken.catalogi import typen
from tests.services.zaken.elsewhere import Elsewhere
from tests.services.zaken.making import created, wrong

LIST = f"{BESLUITEN}/besluitinformatieobjecten"


class TestCreate:
    async def test_without_token_scope_or_type_is_refused(self, besluiten: Besluiten, elsewhere: Elsewhere) -> None:
        besluit = await besluiten.besluit()
        body = {"besluit": besluit["url"], "informatieobject": besluiten.informatieobject(elsewhere)}
        other = await typen.make(besluiten.zaken, "besluittypen", publish=True, name="Bezwaar")
        assert (await besluiten.zaken.service.anonymous().post(LIST, json=body)).status_code == 403
        for client in (
            besluiten.limited("niemand"),
            besluiten.limited("wijziger", "besluiten.lezen", "besluiten.bijwerken"),
            besluiten.limited("ander", "besluiten.aanmaken", besluittype=other),
        ):
            assert (await client.post(LIST, json=body)).status_code == 403
        assert (await besluiten.limited("maker", "besluiten.aanmaken").post(LIST, json=body)).status_code == 201

    async def test_answers_stores_audits_and_tells(self, besluiten: Besluiten, elsewhere: Elsewhere) -> None:
        besluit = await besluiten.besluit()
        body = {"besluit": besluit["url"], "informatieobject": besluiten.informatieobject(elsewhere)}
        answer = await besluiten.client.post(LIST, json=body)
        made = created(answer)
        assert made == {"url": answer.headers["location"], **body}
        event = (await besluiten.zaken.service.outbox())[-1]
        subject = "zgw.v1.gm9001.besluiten.besluitinformatieobject.create"
        assert (event["nats"], event["dataref"], event["sequence"]) == (subject, made["url"], 2)
        assert (event["data"]["hoofdObject"], event["data"]["resource"]) == (besluit["url"], "besluitinformatieobject")
        line = (await besluiten.zaken.service.audit())[-1]
        assert (line["resource"], line["nieuw"]) == ("besluitinformatieobject", answer.content)
        assert besluit["url"].endswith(str(line["hoofdobject"]))

    async def test_the_informatieobject_exists_and_is_one(self, besluiten: Besluiten, elsewhere: Elsewhere) -> None:
        besluit = (await besluiten.besluit())["url"]
        for url, code in {
            f"{elsewhere.base}/404": "bad-url",
            elsewhere.put("200", "<html>"): "invalid-resource",
            elsewhere.put("zaken/1", {"zaaktype": "x"}): "invalid-resource",
            besluit: "bad-url",
        }.items():
            answer = await besluiten.client.post(LIST, json={"besluit": besluit, "informatieobject": url})
            assert wrong(answer) == {("informatieobject", code)}, url

    async def test_the_besluit_exists(self, besluiten: Besluiten, elsewhere: Elsewhere) -> None:
        informatieobject = besluiten.informatieobject(elsewhere)
        for url, code in {
            f"http://meent.test{BESLUITEN}/besluiten/{NOWHERE}": "does_not_exist",
            "https://elders.example/besluiten/1": "no_match",
        }.items():
            answer = await besluiten.client.post(LIST, json={"besluit": url, "informatieobject": informatieobject})
            assert wrong(answer) == {("besluit", code)}

    async def test_its_type_belongs_to_the_besluittype(self, besluiten: Besluiten, elsewhere: Elsewhere) -> None:
        besluit = (await besluiten.besluit())["url"]
        other = await typen.make(besluiten.zaken, "informatieobjecttypen", publish=True, name="Foto")
        for number, kind in enumerate((other, "https://elders.example/informatieobjecttypen/1")):
            url = besluiten.informatieobject(elsewhere, f"ander{number}", informatieobjecttype=kind)
            answer = await besluiten.client.post(LIST, json={"besluit": besluit, "informatieobject": url})
            assert wrong(answer) == {("nonFieldErrors", "missing-besluittype-informatieobjecttype-relation")}

    async def test_once_also_when_asked_at_once(self, besluiten: Besluiten, elsewhere: Elsewhere) -> None:
        body = {
            "besluit": (await besluiten.besluit())["url"],
            "informatieobject": besluiten.informatieobject(elsewhere),
        }
        answers = await asyncio.gather(*(besluiten.client.post(LIST, json=body) for _ in range(3)))
        assert sorted(answer.status_code for answer in answers) == [201, 400, 400]
        assert {wrong(answer).pop() for answer in answers if answer.status_code == 400} == {
            ("nonFieldErrors", "unique")
        }


class TestRead:
    async def test_without_rights_is_refused(self, besluiten: Besluiten, elsewhere: Elsewhere) -> None:
        made = await besluiten.document((await besluiten.besluit())["url"], besluiten.informatieobject(elsewhere))
        other = await typen.make(besluiten.zaken, "besluittypen", publish=True, name="Bezwaar")
        for url in (LIST, made["url"]):
            assert (await besluiten.limited("niemand").get(url)).status_code == 403
        stranger = besluiten.limited("ander", "besluiten.lezen", besluittype=other)
        assert (await stranger.get(made["url"])).status_code == 403
        assert (await stranger.get(LIST)).json() == []
        reader = besluiten.limited("lezer", "besluiten.lezen")
        assert (await reader.get(made["url"])).json() == made
        assert (await reader.get(LIST)).json() == [made]

    async def test_filters(self, besluiten: Besluiten, elsewhere: Elsewhere) -> None:
        one, two = (await besluiten.besluit())["url"], (await besluiten.besluit())["url"]
        first, second = besluiten.informatieobject(elsewhere), besluiten.informatieobject(elsewhere, "2")
        made = [await besluiten.document(one, first), await besluiten.document(two, second)]
        for query, found in (
            ({}, made),
            ({"besluit": one}, made[:1]),
            ({"informatieobject": second}, made[1:]),
            ({"besluit": one, "informatieobject": second}, []),
        ):
            assert (await besluiten.client.get(LIST, params=query)).json() == found
        for query in ({"page": "1"}, {"besluit": "x"}, {"informatieobject": "x"}):
            assert (await besluiten.client.get(LIST, params=query)).status_code == 400

    async def test_expands(self, besluiten: Besluiten, elsewhere: Elsewhere) -> None:
        besluit = await besluiten.besluit()
        made = await besluiten.document(besluit["url"], besluiten.informatieobject(elsewhere))
        expanded = made | {"_expand": {"besluit": besluit}}
        for url, found in ((made["url"], expanded), (LIST, [expanded])):
            assert (await besluiten.client.get(url, params={"expand": "besluit"})).json() == found

    async def test_half_a_list_is_refused(
        self, besluiten: Besluiten, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(unpaged.whole, "__kwdefaults__", {"most": 1, "noun": "zaak"})
        besluit = (await besluiten.besluit())["url"]
        for name in ("1", "2"):
            await besluiten.document(besluit, besluiten.informatieobject(elsewhere, name))
        answer = await besluiten.client.get(LIST)
        assert wrong(answer) == {("nonFieldErrors", "too-many-results")}
        assert "Filter op een besluit." in answer.text


class TestDelete:
    async def test_without_rights_is_refused(self, besluiten: Besluiten, elsewhere: Elsewhere) -> None:
        made = await besluiten.document((await besluiten.besluit())["url"], besluiten.informatieobject(elsewhere))
        client = besluiten.limited("maker", "besluiten.lezen", "besluiten.aanmaken", "besluiten.bijwerken")
        assert (await client.delete(made["url"])).status_code == 403
        assert (await besluiten.client.delete(f"{LIST}/{NOWHERE}")).status_code == 404

    async def test_takes_it_away_and_tells(self, besluiten: Besluiten, elsewhere: Elsewhere) -> None:
        made = await besluiten.document((await besluiten.besluit())["url"], besluiten.informatieobject(elsewhere))
        answer = await besluiten.limited("verwijderaar", "besluiten.verwijderen").delete(made["url"])
        assert (answer.status_code, answer.content) == (204, b"")
        assert (await besluiten.client.get(made["url"])).status_code == 404
        event, line = (await besluiten.zaken.service.outbox())[-1], (await besluiten.zaken.service.audit())[-1]
        assert (event["data"]["resource"], event["data"]["actie"]) == ("besluitinformatieobject", "destroy")
        assert (line["actie"], line["nieuw"]) == ("destroy", None)
