"""Zaken: rights and headers first, then creating, reading, listing and changing them."""

import asyncio

import pytest

from chassis import clock
from tests.services.zaken.making import CATALOGI, RSIN, ZAKEN, Zaken, created, wrong

UNKNOWN_TYPE = f"{CATALOGI}/zaaktypen/00000000-0000-4000-8000-000000000000"
UNKNOWN = f"{ZAKEN}/zaken/00000000-0000-4000-8000-000000000000"


class TestCreate:
    async def test_without_token_is_refused(self, zaken: Zaken) -> None:
        answer = await zaken.service.anonymous(headers={"Accept-Crs": "EPSG:4326"}).post(
            f"{ZAKEN}/zaken", json=zaken.body()
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "not_authenticated")

    async def test_without_the_scope_is_refused(self, zaken: Zaken) -> None:
        for caller in (zaken.limited("leeg"), zaken.limited("lezer", "zaken.lezen")):
            answer = await caller.post(f"{ZAKEN}/zaken", json=zaken.body())
            assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")

    async def test_only_for_zaaktypen_and_levels_of_the_caller(self, zaken: Zaken) -> None:
        other, *_ = await zaken.make_zaaktype(identificatie="anders")
        caller = zaken.limited("opener", "zaken.aanmaken", maxVertrouwelijkheidaanduiding="zaakvertrouwelijk")
        assert (await caller.post(f"{ZAKEN}/zaken", json=zaken.body())).status_code == 201
        secret = zaken.body(vertrouwelijkheidaanduiding="vertrouwelijk")
        assert (await caller.post(f"{ZAKEN}/zaken", json=secret)).status_code == 403
        assert (await caller.post(f"{ZAKEN}/zaken", json=zaken.body(zaaktype=other))).status_code == 403

    async def test_answers_all_fields_and_fills_in_what_is_not_given(self, zaken: Zaken) -> None:
        answer = await zaken.client.post(f"{ZAKEN}/zaken", json=zaken.body())
        zaak = created(answer)
        assert len(zaak) == 41
        assert answer.headers["location"] == zaak["url"] == f"http://meent.test{ZAKEN}/zaken/{zaak['uuid']}"
        assert (answer.headers["content-crs"], answer.headers["api-version"]) == ("EPSG:4326", "1.7.0")
        today = clock.today()
        assert zaak["identificatie"].startswith(f"ZAAK-{today.year}-")
        assert zaak["registratiedatum"] == str(today)
        assert zaak["vertrouwelijkheidaanduiding"] == "zaakvertrouwelijk"
        assert (zaak["archiefstatus"], zaak["status"], zaak["rollen"]) == ("nog_te_archiveren", None, [])
        assert zaak["opschorting"] == {"indicatie": False, "reden": ""}

    async def test_is_audited_and_announced_without_content(self, zaken: Zaken) -> None:
        before = len(await zaken.service.outbox())
        answer = await zaken.client.post(
            f"{ZAKEN}/zaken", json=zaken.body(toelichting="iets"), headers={"X-Audit-Toelichting": "aangifte"}
        )
        zaak = created(answer)
        [event] = (await zaken.service.outbox())[before:]
        assert event["nats"] == "zgw.v1.gm9001.zaken.zaak.create"
        assert (event["type"], event["subject"]) == ("nl.overheid.zaken.zaak-geopend", zaak["uuid"])
        assert (event["dataref"], event["sequence"]) == (zaak["url"], 1)
        assert event["data"] == {
            "resource": "zaak",
            "actie": "create",
            "hoofdObject": zaak["url"],
            "kenmerken": {
                "bronorganisatie": RSIN,
                "zaaktype": zaken.zaaktype,
                "vertrouwelijkheidaanduiding": "zaakvertrouwelijk",
            },
        }
        line = (await zaken.service.audit())[-1]
        assert (line["actie"], line["toelichting"], line["oud"], line["nieuw"]) == (
            "create",
            "aangifte",
            None,
            answer.content,
        )

    async def test_keeps_everything_that_is_given(self, zaken: Zaken) -> None:
        other = await zaken.zaak()
        given = {
            "identificatie": "VH-1234-AB",
            "omschrijving": "Verhuizing",
            "registratiedatum": "2026-01-14",
            "einddatumGepland": "2026-02-01",
            "uiterlijkeEinddatumAfdoening": "2026-03-01",
            "publicatiedatum": "2026-01-20",
            "productenOfDiensten": ["https://gm9001.example/producten/verhuizing"],
            "vertrouwelijkheidaanduiding": "openbaar",
            "betalingsindicatie": "geheel",
            "laatsteBetaaldatum": "2026-01-15T12:00:00Z",
            "zaakgeometrie": {"type": "Point", "coordinates": [5.1, 52.1]},
            "verlenging": {"reden": "drukte", "duur": "P5D"},
            "opschorting": {"indicatie": True, "reden": "wacht op stukken"},
            "relevanteAndereZaken": [{"url": other["url"], "aardRelatie": "vervolg"}],
            "kenmerken": [{"kenmerk": "K1", "bron": "oud systeem"}],
            "archiefnominatie": "vernietigen",
            "archiefactiedatum": "2036-01-01",
            "archiefstatus": "gearchiveerd",
            "opdrachtgevendeOrganisatie": RSIN,
            "processobjectaard": "adres",
            "startdatumBewaartermijn": "2026-03-01",
            "processobject": {"datumkenmerk": "a", "identificatie": "b", "objecttype": "c", "registratie": "d"},
        }
        zaak = await zaken.zaak(**given)
        assert {name: zaak[name] for name in given} == given
        assert zaak["betalingsindicatieWeergave"] == "Geheel betaald"

    async def test_names_every_wrong_field_at_once(self, zaken: Zaken) -> None:
        body = {
            "bronorganisatie": "123456789",
            "verantwoordelijkeOrganisatie": "12",
            "startdatum": "morgen",
            "vertrouwelijkheidaanduiding": "geheimpje",
            "opschorting": {},
            "verlenging": {},
            "zaakgeometrie": {"type": "Point", "coordinates": [5]},
        }
        answer = await zaken.client.post(f"{ZAKEN}/zaken", json=body)
        assert wrong(answer) == {
            ("bronorganisatie", "invalid"),
            ("verantwoordelijkeOrganisatie", "invalid-length"),
            ("startdatum", "invalid"),
            ("vertrouwelijkheidaanduiding", "invalid_choice"),
            ("zaaktype", "required"),
            ("opschorting.indicatie", "required"),
            ("opschorting.reden", "required"),
            ("verlenging.reden", "required"),
            ("verlenging.duur", "required"),
            ("zaakgeometrie.Point.coordinates", "min_length"),
        }

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"zaaktype": "https://elders.example/zaaktypen/1"}, ("zaaktype", "bad-url")),
            ({"zaaktype": f"http://meent.test{UNKNOWN}"}, ("zaaktype", "invalid-resource")),
            ({"zaaktype": f"http://meent.test{UNKNOWN_TYPE}"}, ("zaaktype", "bad-url")),
            ({"hoofdzaak": "https://elders.example/200"}, ("hoofdzaak", "no_match")),
            ({"hoofdzaak": f"http://meent.test{UNKNOWN}"}, ("hoofdzaak", "does_not_exist")),
            ({"communicatiekanaal": "https://elders.example/1"}, ("communicatiekanaal", "bad-url")),
            (
                {"productenOfDiensten": ["https://elders.example/1"]},
                ("productenOfDiensten", "invalid-products-services"),
            ),
            (
                {"betalingsindicatie": "nvt", "laatsteBetaaldatum": "2020-01-01T00:00:00Z"},
                ("laatsteBetaaldatum", "betaling-nvt"),
            ),
            ({"laatsteBetaaldatum": "2999-01-01T00:00:00Z"}, ("laatsteBetaaldatum", "future_not_allowed")),
            (
                {"relevanteAndereZaken": [{"url": f"http://meent.test{UNKNOWN}", "aardRelatie": "vervolg"}]},
                ("relevanteAndereZaken.0.url", "bad-url"),
            ),
        ],
    )
    async def test_refuses(self, zaken: Zaken, fields: dict[str, object], expected: tuple[str, str]) -> None:
        before = len(await zaken.service.outbox())
        assert wrong(await zaken.client.post(f"{ZAKEN}/zaken", json=zaken.body(**fields))) == {expected}
        assert await zaken.listed("/zaken") == []
        assert len(await zaken.service.outbox()) == before

    async def test_a_concept_has_no_zaken(self, zaken: Zaken) -> None:
        concept, *_ = await zaken.make_zaaktype(publish=False, identificatie="concept")
        answer = await zaken.client.post(f"{ZAKEN}/zaken", json=zaken.body(zaaktype=concept))
        assert wrong(answer) == {("zaaktype", "not-published")}

    async def test_identificatie_is_unique_per_bronorganisatie(self, zaken: Zaken) -> None:
        await zaken.zaak(identificatie="VH-1")
        answer = await zaken.client.post(f"{ZAKEN}/zaken", json=zaken.body(identificatie="VH-1"))
        assert wrong(answer) == {("identificatie", "identificatie-niet-uniek")}
        await zaken.zaak(identificatie="VH-1", bronorganisatie="000000000")

    async def test_numbers_are_unique_under_parallel_creates(self, zaken: Zaken) -> None:
        made = await asyncio.gather(*(zaken.zaak() for _ in range(50)))
        assert len({zaak["identificatie"] for zaak in made}) == 50

    async def test_a_number_that_is_taken_by_hand_is_skipped(self, zaken: Zaken) -> None:
        last = (await zaken.zaak())["identificatie"]
        stem, number = last.rsplit("-", 1)
        following = f"{stem}-{int(number) + 1:010d}"
        await zaken.zaak(identificatie=following)
        assert (await zaken.zaak())["identificatie"] == f"{stem}-{int(number) + 2:010d}"

    async def test_a_deelzaak_shows_at_its_hoofdzaak_one_level_deep(self, zaken: Zaken) -> None:
        head = await zaken.zaak()
        part = await zaken.zaak(hoofdzaak=head["url"])
        assert part["hoofdzaak"] == head["url"]
        assert (await zaken.get(head["url"]))["deelzaken"] == [part["url"]]
        answer = await zaken.client.post(f"{ZAKEN}/zaken", json=zaken.body(hoofdzaak=part["url"]))
        assert wrong(answer) == {("hoofdzaak", "deelzaak-als-hoofdzaak")}


class TestCrs:
    async def test_every_operation_asks_for_accept_crs(self, zaken: Zaken) -> None:
        url = (await zaken.zaak())["url"]
        bare = zaken.service.client()
        for method, path in (("GET", url), ("HEAD", url), ("GET", f"{ZAKEN}/zaken"), ("PATCH", url)):
            answer = await bare.request(method, path, json={} if method == "PATCH" else None)
            assert answer.status_code == 412, method
        assert (await bare.get(url, headers={"Accept-Crs": "EPSG:28992"})).status_code == 406
        for method, path in (("GET", url), ("GET", f"{ZAKEN}/zaken"), ("DELETE", url)):
            answer = await zaken.client.request(method, path, headers={"Content-Crs": "EPSG:28992"})
            assert answer.status_code == 415, method

    async def test_geometry_in_a_body_asks_for_content_crs(self, zaken: Zaken) -> None:
        bare = zaken.service.client(headers={"Accept-Crs": "EPSG:4326"})
        point = {"type": "Point", "coordinates": [5.1, 52.1]}
        assert (await bare.post(f"{ZAKEN}/zaken", json=zaken.body(zaakgeometrie=point))).status_code == 412
        other = await bare.post(
            f"{ZAKEN}/zaken", json=zaken.body(zaakgeometrie=point), headers={"Content-Crs": "EPSG:28992"}
        )
        assert other.status_code == 415
        assert (await bare.post(f"{ZAKEN}/zaken", json=zaken.body())).status_code == 201


class TestRetrieve:
    async def test_without_token_or_rights_is_refused(self, zaken: Zaken) -> None:
        url = (await zaken.zaak())["url"]
        assert (await zaken.service.anonymous({"Accept-Crs": "EPSG:4326"}).get(url)).status_code == 403
        for path in (url, UNKNOWN):
            assert (await zaken.limited("leeg").get(path)).status_code == 403
        lower = zaken.limited("lager", "zaken.lezen", maxVertrouwelijkheidaanduiding="intern")
        assert (await lower.get(url)).json()["code"] == "permission_denied"

    async def test_unknown_is_404(self, zaken: Zaken) -> None:
        answer = await zaken.client.get(UNKNOWN)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")

    async def test_etag_if_none_match_and_head(self, zaken: Zaken) -> None:
        made = await zaken.client.post(f"{ZAKEN}/zaken", json=zaken.body())
        url = made.json()["url"]
        first = await zaken.client.get(url)
        assert first.content == made.content
        assert first.headers["etag"] == made.headers["etag"]
        again = await zaken.client.get(url, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content, again.headers["content-crs"]) == (304, b"", "EPSG:4326")
        head = await zaken.client.head(url)
        assert (head.status_code, head.content) == (200, b"")
        assert {name: head.headers[name] for name in ("etag", "content-length", "content-crs")} == {
            name: first.headers[name] for name in ("etag", "content-length", "content-crs")
        }
        await zaken.client.patch(url, json={"omschrijving": "anders"})
        changed = await zaken.client.get(url, headers={"If-None-Match": first.headers["etag"]})
        assert changed.status_code == 200


class TestList:
    async def test_without_the_scope_is_refused(self, zaken: Zaken) -> None:
        assert (await zaken.limited("leeg").get(f"{ZAKEN}/zaken")).status_code == 403

    async def test_shows_only_what_the_caller_may_see(self, zaken: Zaken) -> None:
        other, *_ = await zaken.make_zaaktype(identificatie="anders")
        low = await zaken.zaak(vertrouwelijkheidaanduiding="openbaar")
        high = await zaken.zaak(vertrouwelijkheidaanduiding="geheim")
        elsewhere = await zaken.zaak(zaaktype=other, vertrouwelijkheidaanduiding="openbaar")

        async def seen(*granted: tuple[str, str]) -> list[str]:
            rights = [
                {
                    "component": "zrc",
                    "scopes": ["zaken.lezen"],
                    "zaaktype": url,
                    "maxVertrouwelijkheidaanduiding": level,
                }
                for url, level in granted
            ]
            caller = zaken.service.client("beperkt", rights, headers={"Accept-Crs": "EPSG:4326"})
            page = (await caller.get(f"{ZAKEN}/zaken")).json()
            assert page["count"] == len(page["results"])
            return [one["url"] for one in page["results"]]

        assert await seen((zaken.zaaktype, "intern")) == [low["url"]]
        assert await seen((zaken.zaaktype, "zeer_geheim")) == [low["url"], high["url"]]
        assert await seen((zaken.zaaktype, "openbaar"), (other, "zeer_geheim")) == [low["url"], elsewhere["url"]]
        assert await seen((other, "openbaar"), ("https://elders.example/zaaktypen/1", "geheim")) == [elsewhere["url"]]

    async def test_pages_of_a_hundred_with_an_exact_count(self, zaken: Zaken) -> None:
        urls = [(await zaken.zaak())["url"] for _ in range(103)]
        first = await zaken.get(f"{ZAKEN}/zaken")
        assert (first["count"], len(first["results"]), first["previous"]) == (103, 100, None)
        assert first["next"] == f"http://meent.test{ZAKEN}/zaken?page=2"
        second = await zaken.get(first["next"])
        assert (second["next"], second["previous"]) == (None, f"http://meent.test{ZAKEN}/zaken?page=1")
        assert [one["url"] for one in first["results"] + second["results"]] == urls
        assert (await zaken.client.get(f"{ZAKEN}/zaken?page=3")).status_code == 404

    @pytest.mark.parametrize("query", ["onbekend=1", "page=0", "startdatum=gisteren", "ordering=toelichting"])
    async def test_refuses_what_it_does_not_know(self, zaken: Zaken, query: str) -> None:
        assert (await zaken.client.get(f"{ZAKEN}/zaken?{query}")).status_code == 400

    async def test_refuses_a_zaaktype_of_others(self, zaken: Zaken) -> None:
        answer = await zaken.client.get(f"{ZAKEN}/zaken", params={"zaaktype": "https://elders.example/1"})
        assert wrong(answer) == {("zaaktype", "bad-url")}


class TestPartialUpdate:
    async def test_without_the_scope_is_refused(self, zaken: Zaken) -> None:
        url = (await zaken.zaak())["url"]
        for caller in (zaken.limited("leeg"), zaken.limited("lezer", "zaken.lezen", "zaken.aanmaken")):
            answer = await caller.patch(url, json={"omschrijving": "x"})
            assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")

    async def test_changes_audits_old_and_new_and_announces(self, zaken: Zaken) -> None:
        zaak = await zaken.zaak(omschrijving="oud")
        answer = await zaken.client.patch(
            zaak["url"], json={"omschrijving": "nieuw", "vertrouwelijkheidaanduiding": "geheim"}
        )
        assert answer.status_code == 200, answer.text
        assert answer.json() == zaak | {"omschrijving": "nieuw", "vertrouwelijkheidaanduiding": "geheim"}
        event = (await zaken.service.outbox())[-1]
        assert (event["nats"], event["sequence"]) == ("zgw.v1.gm9001.zaken.zaak.partial-update", 2)
        assert event["data"]["actie"] == "partial_update"
        assert event["data"]["kenmerken"]["vertrouwelijkheidaanduiding"] == "geheim"
        line = (await zaken.service.audit())[-1]
        assert (line["actie"], line["nieuw"]) == ("partial_update", answer.content)
        assert b'"omschrijving":"oud"' in line["oud"]
        lower = zaken.limited("lager", "zaken.lezen", maxVertrouwelijkheidaanduiding="vertrouwelijk")
        assert (await lower.get(zaak["url"])).status_code == 403

    async def test_what_is_fixed_stays(self, zaken: Zaken) -> None:
        zaak = await zaken.zaak(identificatie="VH-1")
        other, *_ = await zaken.make_zaaktype(identificatie="anders")
        answer = await zaken.client.patch(zaak["url"], json={"identificatie": "VH-2", "zaaktype": other})
        assert wrong(answer) == {
            ("identificatie", "wijzigen-niet-toegelaten"),
            ("zaaktype", "wijzigen-niet-toegelaten"),
        }
        same = {"identificatie": "VH-1", "zaaktype": zaken.zaaktype}
        assert (await zaken.client.patch(zaak["url"], json=same)).status_code == 200

    async def test_refuses_null_where_there_must_be_a_value(self, zaken: Zaken) -> None:
        zaak = await zaken.zaak()
        answer = await zaken.client.patch(zaak["url"], json={"startdatum": None, "einddatumGepland": None})
        assert wrong(answer) == {("startdatum", "null")}

    async def test_judges_the_whole_zaak(self, zaken: Zaken) -> None:
        zaak = await zaken.zaak(betalingsindicatie="geheel", laatsteBetaaldatum="2026-01-15T12:00:00Z")
        answer = await zaken.client.patch(zaak["url"], json={"archiefstatus": "gearchiveerd"})
        assert wrong(answer) == {
            ("archiefnominatie", "archiefnominatie-not-set"),
            ("archiefactiedatum", "archiefactiedatum-not-set"),
        }
        answer = await zaken.client.patch(zaak["url"], json={"betalingsindicatie": "nvt"})
        assert answer.json()["laatsteBetaaldatum"] is None

    async def test_moves_to_another_hoofdzaak(self, zaken: Zaken) -> None:
        first, second = await zaken.zaak(), await zaken.zaak()
        part = await zaken.zaak(hoofdzaak=first["url"])
        answer = await zaken.client.patch(part["url"], json={"hoofdzaak": second["url"]})
        assert answer.json()["hoofdzaak"] == second["url"]
        assert (await zaken.get(first["url"]))["deelzaken"] == []
        assert (await zaken.get(second["url"]))["deelzaken"] == [part["url"]]
        itself = await zaken.client.patch(second["url"], json={"hoofdzaak": second["url"]})
        assert wrong(itself) == {("hoofdzaak", "self-forbidden")}
        deeper = await zaken.client.patch(second["url"], json={"hoofdzaak": first["url"]})
        assert wrong(deeper) == {("hoofdzaak", "deelzaak-als-hoofdzaak")}

    async def test_takes_a_number_only_when_the_organisation_has_it_free(self, zaken: Zaken) -> None:
        await zaken.zaak(identificatie="VH-1")
        other = await zaken.zaak(identificatie="VH-1", bronorganisatie="000000000")
        answer = await zaken.client.patch(other["url"], json={"bronorganisatie": RSIN})
        assert wrong(answer) == {("identificatie", "identificatie-niet-uniek")}

    async def test_loses_no_update_of_writers_at_once(self, zaken: Zaken) -> None:
        url = (await zaken.zaak())["url"]
        names = ["omschrijving", "toelichting", "processobjectaard"]
        answers = await asyncio.gather(
            *(zaken.client.patch(url, json={names[number % 3]: f"waarde {number}"}) for number in range(24))
        )
        assert {answer.status_code for answer in answers} == {200}
        zaak = await zaken.get(url)
        assert all(zaak[name] for name in names)
        events = [event for event in await zaken.service.outbox() if event["subject"] == zaak["uuid"]]
        assert [event["sequence"] for event in events] == list(range(1, 26))
