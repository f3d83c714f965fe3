"""Besluiten: rights first, then the rules brc-001, 002, 006, 007 and 009, then races and what is told."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from chassis import clock
from chassis.testing.service import eventually
from tests.services.zaken.besluiten.registering import BESLUITEN, NOWHERE, Besluiten
from tests.services.zaken.catalogi import typen
from tests.services.zaken.elsewhere import Elsewhere
from tests.services.zaken.making import CATALOGI, RSIN, ZAKEN, created, wrong

LIST = f"{BESLUITEN}/besluiten"
FORCED = "zaken.geforceerd-bijwerken"


class TestCreate:
    async def test_without_token_scope_or_type_is_refused(self, besluiten: Besluiten) -> None:
        other = await typen.make(besluiten.zaken, "besluittypen", publish=True, name="Bezwaar")
        assert (await besluiten.zaken.service.anonymous().post(LIST, json=besluiten.body())).status_code == 403
        for client in (
            besluiten.limited("niemand"),
            besluiten.limited("lezer", "besluiten.lezen", "besluiten.bijwerken"),
            besluiten.limited("ander", "besluiten.aanmaken", besluittype=other),
        ):
            answer = await client.post(LIST, json=besluiten.body())
            assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
        answer = await besluiten.limited("maker", "besluiten.aanmaken").post(LIST, json=besluiten.body())
        assert answer.status_code == 201, answer.text

    async def test_answers_stores_audits_and_tells(self, besluiten: Besluiten) -> None:
        answer = await besluiten.client.post(
            LIST, json=besluiten.body(vervalreden="tijdelijk", vervaldatum="2027-01-01")
        )
        made = created(answer)
        assert answer.headers["location"] == made["url"]
        assert made == {
            "url": made["url"],
            "identificatie": made["identificatie"],
            **besluiten.body(),
            "zaak": "",
            "toelichting": "",
            "bestuursorgaan": "",
            "vervaldatum": "2027-01-01",
            "vervalreden": "tijdelijk",
            "vervalredenWeergave": "Besluit met tijdelijke werking",
            "publicatiedatum": None,
            "verzenddatum": None,
            "uiterlijkeReactiedatum": None,
        }
        event = (await besluiten.zaken.service.outbox())[-1]
        assert (event["nats"], event["dataref"]) == ("zgw.v1.gm9001.besluiten.besluit.create", made["url"])
        assert event["data"] == {
            "resource": "besluit",
            "actie": "create",
            "hoofdObject": made["url"],
            "kenmerken": {"verantwoordelijkeOrganisatie": RSIN, "besluittype": besluiten.besluittype},
        }
        line = (await besluiten.zaken.service.audit())[-1]
        assert (line["resource"], line["actie"], line["nieuw"]) == ("besluit", "create", answer.content)

    async def test_names_every_wrong_field_at_once(self, besluiten: Besluiten) -> None:
        body = {"verantwoordelijkeOrganisatie": "12345678", "datum": "gisteren", "vervalreden": "zomaar", "zaak": "x"}
        assert wrong(await besluiten.client.post(LIST, json=body)) == {
            ("verantwoordelijkeOrganisatie", "invalid-length"),
            ("besluittype", "required"),
            ("ingangsdatum", "required"),
            ("datum", "invalid"),
            ("vervalreden", "invalid_choice"),
            ("zaak", "invalid"),
        }

    async def test_the_besluittype_is_a_published_one_of_ours(self, besluiten: Besluiten, elsewhere: Elsewhere) -> None:
        concept = await typen.make(besluiten.zaken, "besluittypen", name="Concept")
        shaped = elsewhere.put("besluittypen/1", {"catalogus": "x", "concept": False})
        for url, code in {
            concept: "not-published",
            f"http://meent.test{CATALOGI}/besluittypen/{NOWHERE}": "bad-url",
            besluiten.zaken.zaaktype: "invalid-resource",
            f"{elsewhere.base}/404": "bad-url",
            elsewhere.put("200", "<html>"): "invalid-resource",
            shaped: "bad-url",
        }.items():
            answer = await besluiten.client.post(LIST, json=besluiten.body(besluittype=url))
            assert wrong(answer) == {("besluittype", code)}, url

    async def test_a_besluittype_that_is_removed_meanwhile(self, besluiten: Besluiten) -> None:
        service = besluiten.zaken.service
        connection = await asyncpg.connect(service.dsn)
        of_type = f"besluittype WHERE id = '{besluiten.besluittype.rpartition('/')[2]}'"
        waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        await connection.execute(f"CREATE TEMP TABLE kept AS SELECT * FROM {of_type}; BEGIN; DELETE FROM {of_type}")
        asked = asyncio.create_task(besluiten.client.post(LIST, json=besluiten.body()))
        await eventually(lambda: service.runtime.database.fetch(waiting))
        await connection.execute("COMMIT")
        assert wrong(await asked) == {("besluittype", "bad-url")}
        await connection.execute("INSERT INTO besluittype SELECT * FROM kept")
        await connection.close()

    async def test_all_references_are_judged_at_once(self, besluiten: Besluiten, elsewhere: Elsewhere) -> None:
        zaak = elsewhere.put("zaken/1", {"identificatie": "Z1", "zaaktype": "x"})
        answer = await besluiten.client.post(LIST, json=besluiten.body(besluittype=f"{elsewhere.base}/404", zaak=zaak))
        assert wrong(answer) == {("besluittype", "bad-url"), ("zaak", "bad-url")}

    async def test_a_besluit_is_not_of_tomorrow(self, besluiten: Besluiten) -> None:
        await besluiten.besluit(datum=clock.today().isoformat())
        tomorrow = (clock.today() + timedelta(days=1)).isoformat()
        answer = await besluiten.client.post(LIST, json=besluiten.body(datum=tomorrow))
        assert wrong(answer) == {("datum", "future_not_allowed")}


class TestIdentificatie:
    async def test_is_unique_per_organisation(self, besluiten: Besluiten) -> None:
        await besluiten.besluit(identificatie="B1")
        answer = await besluiten.client.post(LIST, json=besluiten.body(identificatie="B1"))
        assert wrong(answer) == {("identificatie", "identificatie-niet-uniek")}
        assert (await besluiten.besluit(identificatie="B1", verantwoordelijkeOrganisatie="000000000"))["url"]

    async def test_of_several_at_once_one_is_stored(self, besluiten: Besluiten) -> None:
        body = besluiten.body(identificatie="B1")
        answers = await asyncio.gather(*(besluiten.client.post(LIST, json=body) for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [201, 400, 400, 400]

    async def test_is_given_when_there_is_none_and_skips_what_is_taken(self, besluiten: Besluiten) -> None:
        prefix, number = f"BESLUIT-{clock.today().year}-", await self.number(besluiten)
        await besluiten.besluit(identificatie=f"{prefix}{number + 1:010}")
        assert (await besluiten.besluit(identificatie=""))["identificatie"] == f"{prefix}{number + 2:010}"
        other = await besluiten.besluit(verantwoordelijkeOrganisatie="000000000")
        assert other["identificatie"] == f"{prefix}{number + 3:010}"

    async def number(self, besluiten: Besluiten) -> int:
        """The sequence in a number that is given now."""
        return int((await besluiten.besluit())["identificatie"].rpartition("-")[2])


class TestZaak:
    async def test_the_zaak_has_it_at_once(self, besluiten: Besluiten) -> None:
        zaak = await besluiten.zaken.zaak()
        made = await besluiten.besluit(zaak=zaak["url"])
        assert made["zaak"] == zaak["url"]
        [mirrored] = (await besluiten.client.get(f"{zaak['url']}/besluiten")).json()
        assert mirrored == {"url": mirrored["url"], "uuid": mirrored["uuid"], "besluit": made["url"]}
        told = [event["nats"] for event in await besluiten.zaken.service.outbox()][-2:]
        assert told == ["zgw.v1.gm9001.zaken.zaakbesluit.create", "zgw.v1.gm9001.besluiten.besluit.create"]

    async def test_its_zaaktype_knows_the_besluittype(self, besluiten: Besluiten) -> None:
        zaak = await besluiten.zaken.zaak()
        other = await typen.make(besluiten.zaken, "besluittypen", publish=True, name="Bezwaar")
        answer = await besluiten.client.post(LIST, json=besluiten.body(zaak=zaak["url"], besluittype=other))
        assert wrong(answer) == {("nonFieldErrors", "zaaktype-mismatch")}

    async def test_a_later_version_of_the_besluittype_will_do(self, besluiten: Besluiten) -> None:
        zaak = await besluiten.zaken.zaak()
        await besluiten.client.patch(besluiten.besluittype, json={"eindeGeldigheid": "2025-12-31"})
        later = await typen.make(besluiten.zaken, "besluittypen", publish=True, beginGeldigheid="2026-01-01")
        assert (await besluiten.besluit(zaak=zaak["url"], besluittype=later))["zaak"] == zaak["url"]

    async def test_it_exists(self, besluiten: Besluiten) -> None:
        url = f"http://meent.test{ZAKEN}/zaken/{NOWHERE}"
        assert wrong(await besluiten.client.post(LIST, json=besluiten.body(zaak=url))) == {("zaak", "bad-url")}

    async def test_a_closed_one_changes_only_as_a_correction(self, besluiten: Besluiten) -> None:
        open_zaak, closed = await besluiten.zaken.zaak(), await besluiten.zaken.zaak()
        made = await besluiten.besluit(zaak=closed["url"])
        await besluiten.zaken.close(closed["url"])
        scopes = ("besluiten.aanmaken", "besluiten.bijwerken", "besluiten.verwijderen")
        usual = besluiten.limited("gewoon", *scopes)
        assert (await usual.post(LIST, json=besluiten.body(zaak=open_zaak["url"]))).status_code == 201
        for call in (
            usual.post(LIST, json=besluiten.body(zaak=closed["url"])),
            usual.patch(made["url"], json={"toelichting": "nieuw"}),
            usual.put(made["url"], json=besluiten.body()),
            usual.delete(made["url"]),
        ):
            assert (await call).status_code == 403
        right = {"component": "zrc", "scopes": [FORCED], "zaaktype": besluiten.zaken.zaaktype}
        forced = besluiten.limited("corrector", *scopes, zrc=right | {"maxVertrouwelijkheidaanduiding": "zeer_geheim"})
        assert (await forced.post(LIST, json=besluiten.body(zaak=closed["url"]))).status_code == 201
        assert (await forced.patch(made["url"], json={"toelichting": "nieuw"})).status_code == 200
        assert (await forced.delete(made["url"])).status_code == 204

    async def test_that_is_destroyed_lets_go_of_it(self, besluiten: Besluiten) -> None:
        zaak = await besluiten.zaken.zaak()
        made = await besluiten.besluit(zaak=zaak["url"])
        assert (await besluiten.client.delete(zaak["url"])).status_code == 204
        assert (await besluiten.client.get(made["url"])).json() == made | {"zaak": ""}


class TestRead:
    async def test_without_rights_is_refused(self, besluiten: Besluiten) -> None:
        made = await besluiten.besluit()
        other = await typen.make(besluiten.zaken, "besluittypen", publish=True, name="Bezwaar")
        for client in (besluiten.limited("niemand"), besluiten.limited("maker", "besluiten.aanmaken")):
            assert (await client.get(LIST)).status_code == 403
            assert (await client.get(made["url"])).status_code == 403
        stranger = besluiten.limited("ander", "besluiten.lezen", besluittype=other)
        assert (await stranger.get(made["url"])).status_code == 403
        assert (await stranger.get(LIST)).json()["count"] == 0
        reader = besluiten.limited("lezer", "besluiten.lezen")
        assert (await reader.get(made["url"])).json() == made
        assert (await reader.get(LIST)).json()["results"] == [made]

    async def test_filters(self, besluiten: Besluiten) -> None:
        zaak = await besluiten.zaken.zaak()
        other = await typen.make(besluiten.zaken, "besluittypen", publish=True, name="Bezwaar")
        one = await besluiten.besluit(identificatie="B1", zaak=zaak["url"])
        two = await besluiten.besluit(identificatie="B2", verantwoordelijkeOrganisatie="000000000", besluittype=other)
        for query, found in (
            ({"identificatie": "B1"}, [one]),
            ({"verantwoordelijkeOrganisatie": "000000000"}, [two]),
            ({"besluittype": other}, [two]),
            ({"zaak": zaak["url"]}, [one]),
            ({"identificatie": "B1", "besluittype": other}, []),
            ({}, [one, two]),
        ):
            assert (await besluiten.client.get(LIST, params=query)).json()["results"] == found, query
        for query in ({"zaak": "https://elders.example/zaken/1"}, {"besluittype": "x"}, {"datum": "2026-01-01"}):
            assert (await besluiten.client.get(LIST, params=query)).status_code == 400, query

    async def test_head_and_etag(self, besluiten: Besluiten) -> None:
        made = await besluiten.besluit()
        get, head = await besluiten.client.get(made["url"]), await besluiten.client.head(made["url"])
        assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", get.headers["etag"])
        again = await besluiten.client.get(made["url"], headers={"If-None-Match": get.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")

    async def test_expands_what_the_caller_may_read(self, besluiten: Besluiten) -> None:
        zaak = await besluiten.zaken.zaak()
        made = await besluiten.besluit(zaak=zaak["url"])
        query = {"expand": "besluittype,zaak.zaaktype"}
        embedded = (await besluiten.client.get(made["url"], params=query)).json()["_expand"]
        assert (embedded["besluittype"]["url"], embedded["zaak"]["url"]) == (besluiten.besluittype, zaak["url"])
        assert embedded["zaak"]["_expand"]["zaaktype"]["url"] == besluiten.zaken.zaaktype
        reader = besluiten.limited("lezer", "besluiten.lezen")
        [limited] = (await reader.get(LIST, params={"expand": "zaak"})).json()["results"]
        assert limited == made | {"_expand": {"zaak": {}}}


class TestChange:
    async def test_without_rights_is_refused(self, besluiten: Besluiten) -> None:
        made = await besluiten.besluit()
        client = besluiten.limited("lezer", "besluiten.lezen", "besluiten.aanmaken", "besluiten.verwijderen")
        assert (await client.put(made["url"], json=besluiten.body())).status_code == 403
        assert (await client.patch(made["url"], json={})).status_code == 403
        assert (await client.patch(f"{LIST}/{NOWHERE}", json={})).status_code == 403
        assert (await besluiten.client.patch(f"{LIST}/{NOWHERE}", json={})).status_code == 404

    async def test_a_put_replaces_and_keeps_what_is_fixed(self, besluiten: Besluiten) -> None:
        zaak = await besluiten.zaken.zaak()
        made = await besluiten.besluit(zaak=zaak["url"], toelichting="weg", identificatie="B1")
        client = besluiten.limited("wijziger", "besluiten.bijwerken")
        answer = await client.put(made["url"], json=besluiten.body(bestuursorgaan="College"))
        assert answer.json() == made | {"toelichting": "", "bestuursorgaan": "College"}
        event, line = (await besluiten.zaken.service.outbox())[-1], (await besluiten.zaken.service.audit())[-1]
        assert (event["data"]["actie"], line["actie"], line["nieuw"]) == ("update", "update", answer.content)

    async def test_a_patch_changes_a_part(self, besluiten: Besluiten) -> None:
        made = await besluiten.besluit(toelichting="blijft")
        change = {"vervalreden": "ingetrokken_overheid", "vervaldatum": "2026-03-01"}
        answer = await besluiten.client.patch(made["url"], json=change)
        assert answer.json() == made | change | {"vervalredenWeergave": "Besluit ingetrokken door overheid"}
        answer = await besluiten.client.patch(made["url"], json={"vervalreden": "", "vervaldatum": None})
        assert answer.json() == made
        assert (await besluiten.zaken.service.outbox())[-1]["data"]["actie"] == "partial_update"

    async def test_what_it_is_and_belongs_to_is_fixed(self, besluiten: Besluiten) -> None:
        one, two = await besluiten.zaken.zaak(), await besluiten.zaken.zaak()
        with_zaak, without = await besluiten.besluit(zaak=one["url"]), await besluiten.besluit()
        other = await typen.make(besluiten.zaken, "besluittypen", publish=True, name="Bezwaar")
        for made, change in (
            (without, {"besluittype": other}),
            (without, {"identificatie": "ander"}),
            (without, {"verantwoordelijkeOrganisatie": "000000000"}),
            (without, {"zaak": one["url"]}),
            (without, {"zaak": "https://elders.example/zaken/1"}),
            (with_zaak, {"zaak": two["url"]}),
            (with_zaak, {"zaak": ""}),
        ):
            expected = {(next(iter(change)), "wijzigen-niet-toegelaten")}
            assert wrong(await besluiten.client.patch(made["url"], json=change)) == expected, change
            assert wrong(await besluiten.client.put(made["url"], json=besluiten.body() | change)) == expected, change

    async def test_the_rules_of_a_new_one_hold(self, besluiten: Besluiten) -> None:
        made = await besluiten.besluit()
        tomorrow = (clock.today() + timedelta(days=1)).isoformat()
        answer = await besluiten.client.patch(made["url"], json={"datum": tomorrow})
        assert wrong(answer) == {("datum", "future_not_allowed")}
        answer = await besluiten.client.patch(made["url"], json={"ingangsdatum": None, "toelichting": None})
        assert wrong(answer) == {("ingangsdatum", "null"), ("toelichting", "null")}


class TestDestroy:
    async def test_without_rights_is_refused(self, besluiten: Besluiten) -> None:
        made = await besluiten.besluit()
        client = besluiten.limited("wijziger", "besluiten.lezen", "besluiten.aanmaken", "besluiten.bijwerken")
        assert (await client.delete(made["url"])).status_code == 403
        assert (await besluiten.client.delete(f"{LIST}/{NOWHERE}")).status_code == 404

    async def test_nothing_of_it_stays(self, besluiten: Besluiten, elsewhere: Elsewhere) -> None:
        zaak = await besluiten.zaken.zaak()
        made = await besluiten.besluit(zaak=zaak["url"], toelichting="geheim woord")
        await besluiten.document(made["url"], besluiten.informatieobject(elsewhere))
        answer = await besluiten.limited("vernietiger", "besluiten.verwijderen").delete(made["url"])
        assert (answer.status_code, answer.content) == (204, b"")
        assert (await besluiten.client.get(made["url"])).status_code == 404
        assert (await besluiten.client.get(f"{made['url']}/audittrail")).status_code == 404
        query = {"besluit": made["url"]}
        assert (await besluiten.client.get(f"{BESLUITEN}/besluitinformatieobjecten", params=query)).json() == []
        assert (await besluiten.client.get(f"{zaak['url']}/besluiten")).json() == []
        lines = await besluiten.zaken.service.audit()
        assert not [
            line for line in lines if line["resource"].startswith("besluit") and line["resource"] != "besluittype"
        ]
        told = [event["nats"] for event in await besluiten.zaken.service.outbox()][-2:]
        assert told == ["zgw.v1.gm9001.besluiten.besluit.destroy", "zgw.v1.gm9001.zaken.zaakbesluit.destroy"]

    async def test_a_type_in_use_stays(self, besluiten: Besluiten) -> None:
        await besluiten.besluit()
        assert (await besluiten.client.delete(besluiten.besluittype)).status_code in {400, 409}


@pytest.mark.parametrize("field", ["datum", "ingangsdatum", "besluittype", "verantwoordelijkeOrganisatie"])
async def test_required_fields(besluiten: Besluiten, field: str) -> None:
    body = besluiten.body()
    del body[field]
    assert wrong(await besluiten.client.post(LIST, json=body)) == {(field, "required")}
