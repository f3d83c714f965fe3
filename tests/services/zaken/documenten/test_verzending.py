"""Verzendingen: rights first, then one address and one direction, what is sealed, and what is told."""

import asyncio
from typing import Any

import pytest

from tests.services.zaken.documenten.making import DOCUMENTEN, VERZENDING, Documenten
from tests.services.zaken.making import BSN, created, wrong

LIST = f"{DOCUMENTEN}/verzendingen"
RECEIVED = {"aardRelatie": "afzender", "ontvangstdatum": "2026-01-01", "verzenddatum": None}
ADRES = {"huisnummer": 1, "naamOpenbareRuimte": "Dorpsstraat", "woonplaatsnaam": "Voorbeeld"}
POSTBUS = {
    "postBusOfAntwoordnummer": 12,
    "postadresPostcode": "1234AB",
    "postadresType": "postbusnummer",
    "woonplaatsnaam": "Voorbeeld",
}
BUITENLAND = {"adresBuitenland1": "1 Main Street", "landPostadres": "https://landen.example/GB"}


class TestRights:
    async def test_without_the_scope_on_the_type_is_refused(self, documenten: Documenten) -> None:
        document = await documenten.make()
        made = await documenten.verzending(document)
        body = VERZENDING | {"informatieobject": document["url"]}
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
        seen = await documenten.verzending(await documenten.make(vertrouwelijkheidaanduiding="openbaar"))
        hidden = await documenten.verzending(await documenten.make(vertrouwelijkheidaanduiding="geheim"))
        reader = documenten.limited("lezer", "documenten.lezen", maxVertrouwelijkheidaanduiding="intern")
        listed = (await reader.get(LIST)).json()
        assert (listed["count"], listed["results"]) == (1, [seen])
        assert (await reader.get(hidden["url"])).status_code == 403


class TestAddress:
    @pytest.mark.parametrize(
        "address",
        [
            {"binnenlandsCorrespondentieadres": ADRES},
            {"buitenlandsCorrespondentieadres": BUITENLAND},
            {"correspondentiePostadres": POSTBUS},
            {"faxnummer": "0101234567"},
            {"mijnOverheid": True},
            {"telefoonnummer": "0101234567"},
        ],
    )
    async def test_is_one_of_seven(self, documenten: Documenten, address: dict[str, Any]) -> None:
        document = await documenten.make()
        body = VERZENDING | {"informatieobject": document["url"]} | address
        assert ("nonFieldErrors", "invalid-address") in wrong(await documenten.client.post(LIST, json=body))
        made = created(await documenten.client.post(LIST, json=body | {"emailadres": None}))
        [(name, given)] = address.items()
        shown = made[name]
        assert shown == given or {key: shown[key] for key in given} == given
        assert (await documenten.client.put(made["url"], json=made)).json() == made

    async def test_there_is_one(self, documenten: Documenten) -> None:
        body = VERZENDING | {"informatieobject": (await documenten.make())["url"], "emailadres": ""}
        body["binnenlandsCorrespondentieadres"] = {"naamOpenbareRuimte": "", "woonplaatsnaam": ""}
        assert wrong(await documenten.client.post(LIST, json=body)) == {("nonFieldErrors", "invalid-address")}

    @pytest.mark.parametrize("given", [237, "straat", [1], True])
    async def test_what_is_no_address_is_refused(self, documenten: Documenten, given: Any) -> None:
        body = VERZENDING | {"informatieobject": (await documenten.make())["url"], "correspondentiePostadres": given}
        assert {name for name, _ in wrong(await documenten.client.post(LIST, json=body))} == {
            "correspondentiePostadres"
        }

    async def test_another_one_takes_its_place(self, documenten: Documenten) -> None:
        made = await documenten.verzending(await documenten.make())
        both = await documenten.client.patch(made["url"], json={"mijnOverheid": True})
        assert wrong(both) == {("nonFieldErrors", "invalid-address")}
        change = {"mijnOverheid": True, "emailadres": None}
        assert (await documenten.client.patch(made["url"], json=change)).json() == made | change


class TestDirection:
    async def test_a_document_is_received_once_and_then_not_sent(self, documenten: Documenten) -> None:
        document = await documenten.make()
        made = await documenten.verzending(document, **RECEIVED)
        body = VERZENDING | {"informatieobject": document["url"]}
        assert wrong(await documenten.client.post(LIST, json=body | RECEIVED)) == {("aardRelatie", "max-occurences")}
        assert wrong(await documenten.client.post(LIST, json=body)) == {("aardRelatie", "invalid-direction")}
        turned = await documenten.client.patch(made["url"], json={"aardRelatie": "geadresseerde"})
        assert turned.status_code == 200, "it is the only one"

    async def test_what_is_sent_is_not_received(self, documenten: Documenten) -> None:
        document = await documenten.make()
        made = [await documenten.verzending(document) for _ in range(2)]
        body = VERZENDING | {"informatieobject": document["url"]} | RECEIVED
        assert wrong(await documenten.client.post(LIST, json=body)) == {("aardRelatie", "invalid-direction")}
        turned = await documenten.client.patch(made[0]["url"], json=RECEIVED)
        assert wrong(turned) == {("aardRelatie", "invalid-direction")}

    async def test_of_many_at_once_one_is_the_afzender(self, documenten: Documenten) -> None:
        body = VERZENDING | {"informatieobject": (await documenten.make())["url"]} | RECEIVED
        answers = await asyncio.gather(*(documenten.client.post(LIST, json=body) for _ in range(5)))
        assert sorted(answer.status_code for answer in answers) == [201, 400, 400, 400, 400]

    async def test_of_what_was_received_it_is_known_when(self, documenten: Documenten) -> None:
        body = VERZENDING | {"informatieobject": (await documenten.make())["url"], "aardRelatie": "afzender"}
        assert wrong(await documenten.client.post(LIST, json=body)) == {("ontvangstdatum", "required")}


class TestOne:
    async def test_answers_audits_and_tells(self, documenten: Documenten) -> None:
        document = await documenten.make()
        body = VERZENDING | {"informatieobject": document["url"]}
        answer = await documenten.client.post(LIST, json=body)
        made = created(answer)
        assert body.items() <= made.items()
        assert (made["mijnOverheid"], made["faxnummer"], made["toelichting"]) == (False, None, "")
        event = (await documenten.zaken.service.outbox())[-1]
        subject = "zgw.v1.gm9001.documenten.verzending.create"
        assert (event["nats"], event["dataref"], event["sequence"]) == (subject, made["url"], 2)
        assert (event["data"]["hoofdObject"], event["data"]["resource"]) == (document["url"], "verzending")
        await documenten.client.delete(made["url"])
        assert (await documenten.client.get(made["url"])).status_code == 404
        assert (await documenten.zaken.service.outbox())[-1]["data"]["actie"] == "destroy"

    async def test_is_sealed_and_found_by_who_it_is_about(self, documenten: Documenten) -> None:
        person = f"https://personen.example/{BSN}"
        fields = {"betrokkene": person, "contactPersoon": person, "contactpersoonnaam": BSN, "toelichting": BSN}
        one = await documenten.verzending(await documenten.make(), **fields)
        await documenten.client.patch(one["url"], json={"emailadres": f"{BSN}@post.example"})
        other = await documenten.verzending(await documenten.make(), **RECEIVED)
        listed = await documenten.zaken.get(LIST, betrokkene=person)
        assert [found["url"] for found in listed["results"]] == [one["url"]]
        for query, urls in (
            ({"aardRelatie": "afzender"}, [other["url"]]),
            ({"informatieobject": one["informatieobject"]}, [one["url"]]),
            ({"betrokkene": "https://personen.example/9"}, []),
        ):
            assert [found["url"] for found in (await documenten.zaken.get(LIST, **query))["results"]] == urls
        expanded = await documenten.zaken.get(one["url"], expand="informatieobject.informatieobjecttype")
        embedded = expanded["_expand"]["informatieobject"]
        assert embedded["_expand"]["informatieobjecttype"]["url"] == documenten.type

    async def test_stays_with_its_document(self, documenten: Documenten) -> None:
        made, other = await documenten.verzending(await documenten.make()), await documenten.make()
        answer = await documenten.client.put(made["url"], json=made | {"informatieobject": other["url"]})
        assert wrong(answer) == {("informatieobject", "wijzigen-niet-toegelaten")}
        assert (await documenten.client.put(made["url"], json=made)).json() == made

    async def test_everything_that_is_wrong_is_named(self, documenten: Documenten) -> None:
        body = VERZENDING | {"informatieobject": (await documenten.make())["url"], "mijnOverheid": True}
        answer = await documenten.client.post(LIST, json=body | {"aardRelatie": "afzender"})
        assert wrong(answer) == {("nonFieldErrors", "invalid-address"), ("ontvangstdatum", "required")}
        answer = await documenten.client.post(
            LIST, json=body | {"aardRelatie": "x", "betrokkene": "", "faxnummer": "1" * 16}
        )
        assert {name for name, _ in wrong(answer)} == {"aardRelatie", "betrokkene", "faxnummer"}
