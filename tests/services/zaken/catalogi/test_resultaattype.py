"""Resultaattypen: what the selectielijst says of them, and how long zaken are kept (ztc-002, ztc-003)."""

from typing import Any

import pytest

from tests.services.zaken.catalogi.onderdelen import PROCESTYPE, Kind, WithStatus, concept, listed
from tests.services.zaken.catalogi.typen import make, other_catalogus
from tests.services.zaken.elsewhere import running
from tests.services.zaken.making import CATALOGI, Zaken, created, wrong

GIVEN = listed("resultaten", "volledig_nummer", "3.1")
"""vernietigen, ingeschatte_bestaansduur_procesobject, P5Y"""
REFUSED = listed("resultaten", "volledig_nummer", "3.2")
"""vernietigen, nihil, P10Y"""
OTHER = listed("resultaten", "volledig_nummer", "6.1")
"""blijvend_bewaren, of another procestype"""
OMSCHRIJVING = listed("resultaattypeomschrijvingen", "omschrijving", "Afgewezen")
BRONDATUM = {
    "afleidingswijze": "afgehandeld",
    "datumkenmerk": "",
    "einddatumBekend": False,
    "objecttype": "",
    "registratie": "",
    "procestermijn": None,
}
TERM = BRONDATUM | {"afleidingswijze": "termijn", "procestermijn": "P5M"}
KIND = Kind(
    "/resultaattypen",
    "resultaattype",
    {
        "omschrijving": "Geweigerd",
        "resultaattypeomschrijving": OMSCHRIJVING,
        "selectielijstklasse": REFUSED,
        "brondatumArchiefprocedure": BRONDATUM,
        "procestermijn": "P1M",
        "procesobjectaard": "de vergunning",
        "indicatieSpecifiek": False,
    },
    {"omschrijving": "Afgewezen"},
)


class TestResultaattype(WithStatus):
    kind = KIND


class TestSelectielijst:
    async def test_says_what_was_not_chosen(self, zaken: Zaken) -> None:
        """ztc-002: omschrijvingGeneriek, archiefnominatie and archiefactietermijn."""
        made = await KIND.make(zaken)
        assert made["omschrijvingGeneriek"] == "Afgewezen"
        assert (made["archiefnominatie"], made["archiefactietermijn"]) == ("vernietigen", "P10Y")
        chosen = {"archiefnominatie": "blijvend_bewaren", "archiefactietermijn": "P20Y"}
        answer = await zaken.client.patch(made["url"], json=chosen)
        assert answer.json() == made | chosen
        assert (await zaken.client.patch(made["url"], json={"archiefnominatie": ""})).json() == made | {
            "archiefactietermijn": "P20Y"
        }

    async def test_says_it_again_when_another_klasse_is_chosen(self, zaken: Zaken) -> None:
        made = await KIND.make(zaken, archiefnominatie="blijvend_bewaren")
        change = {"selectielijstklasse": GIVEN, "brondatumArchiefprocedure": TERM}
        answer = await zaken.client.patch(made["url"], json=change)
        assert answer.json() == made | change | {"archiefactietermijn": "P5Y"}

    async def test_is_not_asked_for_what_did_not_change(self, zaken: Zaken, monkeypatch: pytest.MonkeyPatch) -> None:
        made = await KIND.make(zaken)
        runtime = zaken.service.runtime
        monkeypatch.setattr(runtime.settings, "selectielijst", "https://onbereikbaar.example")
        assert (await zaken.client.patch(made["url"], json={"toelichting": "a"})).status_code == 200
        answer = await zaken.client.patch(made["url"], json={"brondatumArchiefprocedure": TERM})
        assert wrong(answer) == {("nonFieldErrors", "invalid-afleidingswijze-for-procestermijn")}

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"resultaattypeomschrijving": REFUSED}, {("resultaattypeomschrijving", "invalid-resource")}),
            (
                {"resultaattypeomschrijving": "https://onbereikbaar.example/1"},
                {("resultaattypeomschrijving", "bad-url")},
            ),
            ({"selectielijstklasse": PROCESTYPE}, {("selectielijstklasse", "invalid-resource")}),
            ({"selectielijstklasse": "https://onbereikbaar.example/1"}, {("selectielijstklasse", "bad-url")}),
            ({"selectielijstklasse": OTHER}, {("nonFieldErrors", "procestype-mismatch")}),
            ({"selectielijstklasse": GIVEN}, {("nonFieldErrors", "invalid-afleidingswijze-for-procestermijn")}),
            (
                {"selectielijstklasse": PROCESTYPE, "brondatumArchiefprocedure": BRONDATUM | {"registratie": "BAG"}},
                {
                    ("selectielijstklasse", "invalid-resource"),
                    ("brondatumArchiefprocedure.registratie", "must-be-empty"),
                },
            ),
            (
                {"selectielijstklasse": OTHER, "resultaattypeomschrijving": OTHER, "catalogus": OTHER},
                {
                    ("nonFieldErrors", "procestype-mismatch"),
                    ("resultaattypeomschrijving", "invalid-resource"),
                    ("catalogus", "relations-incorrect-catalogus"),
                },
            ),
        ],
    )
    async def test_refuses(self, zaken: Zaken, fields: dict[str, Any], expected: set[tuple[str, str]]) -> None:
        made = await KIND.make(zaken)
        body = await KIND.whole(zaken, zaaktype=made["zaaktype"], omschrijving="Ander", **fields)
        assert wrong(await zaken.client.post(f"{CATALOGI}/resultaattypen", json=body)) == expected
        assert wrong(await zaken.client.put(made["url"], json=body)) == expected
        assert wrong(await zaken.client.patch(made["url"], json=fields)) == expected

    async def test_a_zaaktype_without_procestype_has_none(self, zaken: Zaken) -> None:
        body = await KIND.whole(zaken, zaaktype=await concept(zaken, selectielijstProcestype=""))
        answer = await zaken.client.post(f"{CATALOGI}/resultaattypen", json=body)
        assert wrong(answer) == {("nonFieldErrors", "procestype-mismatch")}

    async def test_is_not_called_for_who_may_not_write(self, zaken: Zaken) -> None:
        """Whoever has no rights must not make us call an address."""
        body = await KIND.whole(zaken, selectielijstklasse="https://onbereikbaar.example/1")
        reader = zaken.limited("lezer", "zaken.lezen")
        assert (await reader.post(f"{CATALOGI}/resultaattypen", json=body)).status_code == 403

    async def test_may_be_that_of_another(self, zaken: Zaken) -> None:
        klasse = {
            "procesType": PROCESTYPE,
            "waardering": "blijvend_bewaren",
            "procestermijn": "",
            "bewaartermijn": None,
        }
        async with running(zaken) as elsewhere:
            made = await KIND.make(
                zaken,
                brondatumArchiefprocedure=None,
                selectielijstklasse=elsewhere.put("r/1", klasse),
                resultaattypeomschrijving=elsewhere.put("o/1", {"omschrijving": "Vastgelegd", "definitie": "-"}),
            )
        assert made["omschrijvingGeneriek"] == "Vastgelegd"
        assert (made["archiefnominatie"], made["archiefactietermijn"]) == ("blijvend_bewaren", None)
        assert made["brondatumArchiefprocedure"] is None


@pytest.mark.parametrize(
    ("field", "omschrijving"),
    [("besluittypen", "besluittypeOmschrijving"), ("informatieobjecttypen", "informatieobjecttypeOmschrijving")],
)
class TestRelations:
    async def test_are_by_name_or_url_and_shown_as_the_version_of_now(
        self, zaken: Zaken, field: str, omschrijving: str
    ) -> None:
        one = await make(zaken, field, name="Een", publish=True, eindeGeldigheid="2024-12-31")
        two = await make(zaken, field, name="Twee", publish=True)
        made = await KIND.make(zaken, **{field: ["Twee", one, two]})
        assert (made[field], made[omschrijving]) == ([two], ["Twee", "Een"])
        assert await zaken.get(made["url"]) == made
        page = await zaken.get(f"{CATALOGI}/resultaattypen", status="concept")
        assert page["results"] == [made]
        page = await zaken.get(f"{CATALOGI}/resultaattypen", status="concept", datumGeldigheid="2024-12-31")
        assert page["results"][0][field] == [two, one]
        now = await make(zaken, field, name="Een", publish=True, beginGeldigheid="2025-01-01")
        assert (await zaken.get(made["url"]))[field] == [two, now]
        changed = await zaken.client.patch(made["url"], json={"toelichting": "x"})
        assert (changed.json()[field], changed.json()[omschrijving]) == ([two, now], ["Twee", "Een"])
        assert (await zaken.client.patch(made["url"], json={field: []})).json()[omschrijving] == []

    async def test_stay_within_the_catalogus(self, zaken: Zaken, field: str, omschrijving: str) -> None:
        elsewhere = await make(zaken, field, name="Elders", catalogus=await other_catalogus(zaken))
        made = await KIND.make(zaken)
        answer = await zaken.client.patch(made["url"], json={field: [elsewhere, "Elders", "https://elders.example/1"]})
        assert wrong(answer) == {
            ("nonFieldErrors", "relations-incorrect-catalogus"),
            (f"{field}.1", "does_not_exist"),
            (f"{field}.2", "bad-url"),
        }
        assert (await zaken.get(made["url"]))[omschrijving] == []

    async def test_of_a_published_zaaktype_only_become_more(self, zaken: Zaken, field: str, omschrijving: str) -> None:
        """Correctie: a relation is not removed."""
        for name in ("Een", "Twee"):
            await make(zaken, field, name=name, publish=True)
        made = await KIND.make(zaken, **{field: ["Een"]})
        assert (await zaken.client.post(f"{made['zaaktype']}/publish")).status_code == 200
        answer = await zaken.client.patch(made["url"], json={field: ["Twee"]})
        assert wrong(answer) == {(field, "correctie-verwijdert")}
        answer = await zaken.client.patch(made["url"], json={field: ["Twee", "Een"]})
        assert answer.json()[omschrijving] == ["Twee", "Een"]

    async def test_follow_a_type_to_another_name_and_go_with_it(
        self, zaken: Zaken, field: str, omschrijving: str
    ) -> None:
        related = await make(zaken, field, name="Een")
        made = await KIND.make(zaken, **{field: ["Een"]})
        assert made[field] == [related]
        await zaken.client.patch(related, json={"omschrijving": "Anders"})
        assert (await zaken.get(made["url"]))[omschrijving] == ["Anders"]
        assert (await zaken.client.delete(related)).status_code == 204
        assert [(await zaken.get(made["url"]))[name] for name in (field, omschrijving)] == [[], []]


class TestRules:
    async def test_shows_in_its_zaaktype(self, zaken: Zaken) -> None:
        made = await KIND.make(zaken)
        zaaktype = await zaken.get(made["zaaktype"])
        assert (zaaktype["resultaattypen"], zaaktype["resultaattypeOmschrijving"]) == ([made["url"]], ["Geweigerd"])
        await zaken.client.patch(made["url"], json={"omschrijving": "Afgewezen"})
        assert (await zaken.get(made["zaaktype"]))["resultaattypeOmschrijving"] == ["Afgewezen"]

    async def test_keeps_its_zaaktype_at_its_procestype(self, zaken: Zaken) -> None:
        made = await KIND.make(zaken)
        other = {"selectielijstProcestype": listed("procestypen", "naam", "Beleid vaststellen")}
        expected = {("selectielijstProcestype", "procestype-mismatch")}
        assert wrong(await zaken.client.patch(made["zaaktype"], json=other)) == expected
        assert (await zaken.client.delete(made["url"])).status_code == 204
        assert (await zaken.client.patch(made["zaaktype"], json=other)).status_code == 200

    async def test_an_omschrijving_is_used_once_per_zaaktype(self, zaken: Zaken) -> None:
        made = await KIND.make(zaken)
        body = await KIND.whole(zaken, zaaktype=made["zaaktype"])
        answer = await zaken.client.post(f"{CATALOGI}/resultaattypen", json=body)
        assert wrong(answer) == {("nonFieldErrors", "unique")}
        created(await zaken.client.post(f"{CATALOGI}/resultaattypen", json=body | {"omschrijving": "Ander"}))

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"omschrijving": "a" * 31}, ("omschrijving", "max_length")),
            ({"selectielijstklasse": REFUSED + "a" * 1000}, ("selectielijstklasse", "max_length")),
            ({"archiefnominatie": "weggooien"}, ("archiefnominatie", "invalid_choice")),
            ({"archiefactietermijn": "tien jaar"}, ("archiefactietermijn", "invalid")),
            ({"procesobjectaard": "a" * 201}, ("procesobjectaard", "max_length")),
            ({"procestermijn": "lang"}, ("procestermijn", "invalid")),
            (
                {"brondatumArchiefprocedure": {"afleidingswijze": "gok"}},
                ("brondatumArchiefprocedure.afleidingswijze", "invalid_choice"),
            ),
            ({"brondatumArchiefprocedure": {}}, ("brondatumArchiefprocedure.afleidingswijze", "required")),
            (
                {"brondatumArchiefprocedure": TERM | {"objecttype": "huis"}},
                ("brondatumArchiefprocedure.objecttype", "invalid_choice"),
            ),
        ],
    )
    async def test_refuses(self, zaken: Zaken, fields: dict[str, Any], expected: tuple[str, str]) -> None:
        body = await KIND.whole(zaken, **fields)
        assert wrong(await zaken.client.post(f"{CATALOGI}/resultaattypen", json=body)) == {expected}

    async def test_two_parameters_have_two_spellings(self, zaken: Zaken) -> None:
        await KIND.make(zaken)
        for query, count in (
            ({"zaaktype_identificatie": "concept"}, 1),
            ({"zaaktype_identificatie": "ander"}, 0),
            ({"datum_geldigheid": "2020-01-01"}, 1),
            ({"datum_geldigheid": "2019-12-31"}, 0),
        ):
            assert (await zaken.get(f"{CATALOGI}/resultaattypen", status="alles", **query))["count"] == count, query
