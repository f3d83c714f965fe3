"""Gebruiksrechten: rights first, then what the document shows of them (drc-006), filters, and what is told."""

import asyncio
from typing import Any

import pytest

from tests.services.zaken.documenten.making import DOCUMENTEN, GEBRUIKSRECHTEN, Documenten
from tests.services.zaken.making import created, wrong

LIST = f"{DOCUMENTEN}/gebruiksrechten"
NOWHERE = "00000000-0000-4000-8000-000000000000"


async def indicatie(documenten: Documenten, document: dict[str, Any]) -> bool | None:
    """What a document shows."""
    shown: bool | None = (await documenten.zaken.get(document["url"]))["indicatieGebruiksrecht"]
    return shown


class TestRights:
    async def test_without_the_scope_on_the_type_is_refused(self, documenten: Documenten) -> None:
        document = await documenten.make()
        made = await documenten.gebruiksrechten(document)
        body = GEBRUIKSRECHTEN | {"informatieobject": document["url"]}
        other = await documenten.make_type(omschrijving="Rapport")
        calls = {
            "documenten.lezen": [("GET", LIST, None), ("GET", made["url"], None)],
            "documenten.aanmaken": [("POST", LIST, body)],
            "documenten.bijwerken": [("PUT", made["url"], body), ("PATCH", made["url"], {})],
            "documenten.verwijderen": [("DELETE", made["url"], None)],
        }
        for scope, asked in calls.items():
            rest = [one for one in calls if one != scope]
            for method, url, content in asked:
                strangers = [documenten.limited("rest", *rest)]
                if url != LIST or method == "POST":
                    strangers.append(documenten.limited("ander", scope, informatieobjecttype=other))
                for client in (documenten.limited("niemand"), *strangers):
                    assert (await client.request(method, url, json=content)).status_code == 403, (method, url)
                answer = await documenten.limited("wel", scope).request(method, url, json=content)
                assert answer.status_code < 300, answer.text

    async def test_a_list_holds_what_may_be_read(self, documenten: Documenten) -> None:
        seen = await documenten.gebruiksrechten(await documenten.make(vertrouwelijkheidaanduiding="openbaar"))
        hidden = await documenten.gebruiksrechten(await documenten.make(vertrouwelijkheidaanduiding="geheim"))
        reader = documenten.limited("lezer", "documenten.lezen", maxVertrouwelijkheidaanduiding="intern")
        assert (await reader.get(LIST)).json() == [seen]
        assert (await reader.get(hidden["url"])).status_code == 403

    async def test_who_reads_what_is_publishable_sees_no_parts_of_the_rest(self, documenten: Documenten) -> None:
        seen = await documenten.gebruiksrechten(await documenten.make(isGereedVoorPublicatie=True))
        hidden = await documenten.gebruiksrechten(await documenten.make())
        website = documenten.publishable_only("website")
        assert (await website.get(LIST)).json() == [seen]
        assert (await website.get(hidden["url"])).status_code == 403
        for one, status in ((seen, 200), (hidden, 403)):
            assert (await website.get(f"{one['informatieobject']}/audittrail")).status_code == status


class TestIndicatie:
    async def test_follows_the_first_and_the_last(self, documenten: Documenten) -> None:
        document = await documenten.make(indicatieGebruiksrecht=False)
        assert await indicatie(documenten, document) is False
        first, second = [await documenten.gebruiksrechten(document) for _ in range(2)]
        assert await indicatie(documenten, document) is True
        await documenten.client.delete(first["url"])
        assert await indicatie(documenten, document) is True
        await documenten.client.delete(second["url"])
        assert await indicatie(documenten, document) is None
        assert (await documenten.zaken.get(document["url"]))["versie"] == 1

    async def test_a_document_does_not_say_otherwise(self, documenten: Documenten) -> None:
        document = await documenten.make()
        await documenten.gebruiksrechten(document)
        lock = await documenten.lock(document)
        for said in (False, None):
            body = {"indicatieGebruiksrecht": said, "lock": lock}
            answer = await documenten.client.patch(document["url"], json=body)
            assert wrong(answer) == {("indicatieGebruiksrecht", "existing-gebruiksrechten")}
        assert (await documenten.client.patch(document["url"], json={"titel": "x", "lock": lock})).status_code == 200

    async def test_holds_whoever_comes_at_once(self, documenten: Documenten) -> None:
        document = await documenten.make()
        made = [await documenten.gebruiksrechten(document) for _ in range(4)]
        answers = await asyncio.gather(*(documenten.client.delete(one["url"]) for one in made))
        assert [answer.status_code for answer in answers] == [204] * 4
        assert await indicatie(documenten, document) is None


class TestOne:
    async def test_answers_audits_and_tells(self, documenten: Documenten) -> None:
        document = await documenten.make()
        body = GEBRUIKSRECHTEN | {"informatieobject": document["url"]}
        answer = await documenten.client.post(LIST, json=body)
        made = created(answer)
        assert made == body | {"url": answer.headers["location"], "einddatum": None}
        event = (await documenten.zaken.service.outbox())[-1]
        subject = "zgw.v1.gm9001.documenten.gebruiksrechten.create"
        assert (event["nats"], event["dataref"], event["sequence"]) == (subject, made["url"], 2)
        assert (event["data"]["hoofdObject"], event["data"]["resource"]) == (document["url"], "gebruiksrechten")
        assert event["data"]["kenmerken"]["informatieobjecttype"] == documenten.type
        line = (await documenten.zaken.service.audit())[-1]
        assert (line["resource"], line["nieuw"]) == ("gebruiksrechten", answer.content)

    async def test_a_moment_without_zone_is_dutch(self, documenten: Documenten) -> None:
        made = await documenten.gebruiksrechten(await documenten.make(), startdatum="2019-01-01T12:00:00")
        assert made["startdatum"] == "2019-01-01T11:00:00Z"

    async def test_is_changed_but_stays_with_its_document(self, documenten: Documenten) -> None:
        document, other = await documenten.make(), await documenten.make()
        made = await documenten.gebruiksrechten(document)
        changed = await documenten.client.patch(made["url"], json={"einddatum": "2027-01-01T00:00:00Z"})
        assert changed.json() == made | {"einddatum": "2027-01-01T00:00:00Z"}
        assert (await documenten.zaken.service.outbox())[-1]["data"]["actie"] == "partial_update"
        whole = await documenten.client.put(made["url"], json=made | {"omschrijvingVoorwaarden": "Vrij."})
        assert whole.json() == made | {"omschrijvingVoorwaarden": "Vrij."}
        for method, body in (("PATCH", {}), ("PUT", made)):
            moved = body | {"informatieobject": other["url"]}
            answer = await documenten.client.request(method, made["url"], json=moved)
            assert wrong(answer) == {("informatieobject", "wijzigen-niet-toegelaten")}

    async def test_takes_itself_away(self, documenten: Documenten) -> None:
        made = await documenten.gebruiksrechten(await documenten.make())
        assert (await documenten.client.delete(made["url"])).status_code == 204
        assert (await documenten.client.get(made["url"])).status_code == 404
        assert (await documenten.zaken.service.outbox())[-1]["data"]["actie"] == "destroy"

    @pytest.mark.parametrize(
        ("fields", "name", "code"),
        [
            ({"informatieobject": f"http://meent.test{DOCUMENTEN}/enkelvoudiginformatieobjecten/{NOWHERE}"},
             "informatieobject", "does_not_exist"),
            ({"informatieobject": "https://elders.example/1"}, "informatieobject", "no_match"),
            ({"informatieobject": "geen url"}, "informatieobject", "invalid"),
            ({"omschrijvingVoorwaarden": ""}, "omschrijvingVoorwaarden", "min_length"),
            ({"startdatum": None}, "startdatum", "null"),
            ({"startdatum": "0001-01-01T00:00:00"}, "startdatum", "invalid"),
        ],
    )  # fmt: skip
    async def test_refuses(self, documenten: Documenten, fields: dict[str, Any], name: str, code: str) -> None:
        body = GEBRUIKSRECHTEN | {"informatieobject": (await documenten.make())["url"]} | fields
        assert (name, code) in wrong(await documenten.client.post(LIST, json=body))


class TestList:
    async def test_filters(self, documenten: Documenten) -> None:
        one, two = await documenten.make(), await documenten.make()
        early = await documenten.gebruiksrechten(
            one, startdatum="2026-01-01T00:00:00Z", einddatum="2026-02-01T00:00:00Z"
        )
        late = await documenten.gebruiksrechten(two, startdatum="2026-03-01T00:00:00Z")
        for query, found in (
            ({}, [early, late]),
            ({"informatieobject": two["url"]}, [late]),
            ({"startdatum__lt": "2026-03-01T00:00:00Z"}, [early]),
            ({"startdatum__lte": "2026-03-01T01:00:00+01:00"}, [early, late]),
            ({"startdatum__gt": "2026-01-01T00:00:00Z"}, [late]),
            ({"startdatum__gte": "2026-01-01"}, [early, late]),
            ({"einddatum__lt": "2026-02-01T00:00:00Z"}, []),
            ({"einddatum__lte": "2026-02-01T00:00:00Z"}, [early]),
            ({"einddatum__gt": "2026-01-01T00:00:00Z", "informatieobject": two["url"]}, []),
            ({"einddatum__gte": "2026-02-01T00:00:00Z"}, [early]),
        ):
            assert (await documenten.client.get(LIST, params=query)).json() == found, query
        plus = await documenten.client.get(f"{LIST}?startdatum__lte=2026-01-01T01:00:00+01:00")
        assert plus.json() == [early]
        for query in ({"page": "1"}, {"informatieobject": "x"}, {"startdatum__lt": "gisteren"}):
            assert (await documenten.client.get(LIST, params=query)).status_code == 400

    async def test_expands_three_levels_and_no_more(self, documenten: Documenten) -> None:
        made = await documenten.gebruiksrechten(await documenten.make())
        deep = "informatieobject.informatieobjecttype.catalogus.informatieobjecttypen.catalogus.zaaktypen.catalogus"
        [answer] = (await documenten.client.get(LIST, params={"expand": deep})).json()
        place = answer
        for name in ("informatieobject", "informatieobjecttype", "catalogus"):
            assert place["_expand"][name]["url"] == place[name]
            place = place["_expand"][name]
        assert "_expand" not in place
        assert made == {name: value for name, value in answer.items() if name != "_expand"}
        for unknown in ("onbekend", f"{deep}.onbekend", "informatieobject.inhoud"):
            assert (await documenten.client.get(made["url"], params={"expand": unknown})).status_code == 404
