"""What a zaak refers to at other providers (zrc-001, 010, 011), and that a PUT changes as a PATCH does."""

import asyncio

import pytest

from tests.services.zaken.elsewhere import Elsewhere
from tests.services.zaken.making import RSIN, ZAKEN, Zaken, wrong


def kanaal(elsewhere: Elsewhere) -> str:
    """The URL of a communicatiekanaal there."""
    return elsewhere.put("kanaal", {"naam": "balie", "omschrijving": ""})


def zaak_at(elsewhere: Elsewhere) -> str:
    """The URL of a zaak there."""
    return elsewhere.put("zaak", {"identificatie": "1", "bronorganisatie": "1", "zaaktype": "y"})


def at(elsewhere: Elsewhere, path: str) -> str:
    """The URL of a page, a kanaal or nothing there."""
    elsewhere.put("html", "<html>")
    kanaal(elsewhere)
    return f"{elsewhere.base}/{path}"


def relevant(url: str) -> dict[str, list[dict[str, str]]]:
    return {"relevanteAndereZaken": [{"url": url, "aardRelatie": "onderwerp"}]}


class TestOtherProviders:
    async def test_are_not_called_for_who_may_not_change_the_zaak(self, zaken: Zaken, elsewhere: Elsewhere) -> None:
        zaak = await zaken.zaak()
        other, *_ = await zaken.make_zaaktype(identificatie="anders")
        caller = zaken.limited("anders", "zaken.aanmaken", "zaken.bijwerken", zaaktype=other)
        body = zaken.body(communicatiekanaal=kanaal(elsewhere))
        for method, url in (("POST", f"{ZAKEN}/zaken"), ("PUT", zaak["url"]), ("PATCH", zaak["url"])):
            assert (await caller.request(method, url, json=body)).status_code == 403
        assert elsewhere.asked == []

    async def test_have_communicatiekanalen_and_zaken(self, zaken: Zaken, elsewhere: Elsewhere) -> None:
        given = {"communicatiekanaal": kanaal(elsewhere)} | relevant(zaak_at(elsewhere))
        zaak = await zaken.zaak(**given)
        assert {name: zaak[name] for name in given} == given
        assert sorted(elsewhere.asked) == ["kanaal", "zaak"]

    async def test_are_not_asked_again_for_what_stays(self, zaken: Zaken, elsewhere: Elsewhere) -> None:
        given = {"communicatiekanaal": kanaal(elsewhere)} | relevant(zaak_at(elsewhere))
        zaak = await zaken.zaak(**given)
        elsewhere.asked.clear()
        for method in ("PUT", "PATCH"):
            answer = await zaken.client.request(method, zaak["url"], json=zaken.body(omschrijving=method, **given))
            assert answer.status_code == 200, answer.text
        assert elsewhere.asked == []

    @pytest.mark.parametrize(("path", "code"), [("missing", "bad-url"), ("html", "invalid-resource")])
    async def test_must_give_what_is_referred_to(
        self, zaken: Zaken, elsewhere: Elsewhere, path: str, code: str
    ) -> None:
        zaak, url = await zaken.zaak(), at(elsewhere, path)
        fields = {"communicatiekanaal": url} | relevant(url)
        expected = {("communicatiekanaal", code), ("relevanteAndereZaken.0.url", code)}
        assert wrong(await zaken.client.post(f"{ZAKEN}/zaken", json=zaken.body(**fields))) == expected
        assert wrong(await zaken.client.put(zaak["url"], json=zaken.body(**fields))) == expected
        assert wrong(await zaken.client.patch(zaak["url"], json=fields)) == expected

    async def test_what_is_ours_is_no_communicatiekanaal(self, zaken: Zaken) -> None:
        body = zaken.body(communicatiekanaal=zaken.zaaktype)
        assert wrong(await zaken.client.post(f"{ZAKEN}/zaken", json=body)) == {
            ("communicatiekanaal", "invalid-resource")
        }

    @pytest.mark.parametrize(
        ("path", "code"), [("missing", "bad-url"), ("html", "invalid-resource"), ("kanaal", "invalid-resource")]
    )
    async def test_have_no_zaaktypen_for_us(self, zaken: Zaken, elsewhere: Elsewhere, path: str, code: str) -> None:
        answer = await zaken.client.post(f"{ZAKEN}/zaken", json=zaken.body(zaaktype=at(elsewhere, path)))
        assert wrong(answer) == {("zaaktype", code)}


class TestUpdate:
    async def test_without_the_scope_is_refused(self, zaken: Zaken) -> None:
        url = (await zaken.zaak())["url"]
        for caller in (zaken.limited("leeg"), zaken.limited("lezer", "zaken.lezen", "zaken.aanmaken")):
            answer = await caller.put(url, json=zaken.body())
            assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")

    async def test_unknown_is_404(self, zaken: Zaken) -> None:
        answer = await zaken.client.put(f"{ZAKEN}/zaken/00000000-0000-4000-8000-000000000000", json=zaken.body())
        assert answer.status_code == 404

    async def test_replaces_all_but_what_the_register_fills_in(self, zaken: Zaken) -> None:
        zaak = await zaken.zaak(
            identificatie="VH-1",
            omschrijving="oud",
            registratiedatum="2026-01-02",
            vertrouwelijkheidaanduiding="geheim",
            archiefnominatie="vernietigen",
            archiefactiedatum="2036-01-01",
            archiefstatus="gearchiveerd",
            startdatumBewaartermijn="2027-01-01",
            verlenging={"reden": "drukte", "duur": "P5D"},
        )
        answer = await zaken.client.put(zaak["url"], json=zaken.body(toelichting="nieuw"))
        assert answer.status_code == 200, answer.text
        empty = {"omschrijving": "", "verlenging": {"reden": "", "duur": None}}
        assert answer.json() == zaak | {"toelichting": "nieuw"} | empty
        [event] = [one for one in await zaken.service.outbox() if one["data"]["actie"] == "update"][-1:]
        assert (event["type"], event["dataref"]) == ("nl.overheid.zaken.zaak-gemuteerd", zaak["url"])
        line = (await zaken.service.audit())[-1]
        assert (line["actie"], line["nieuw"]) == ("update", answer.content)

    async def test_takes_back_what_it_answered(self, zaken: Zaken) -> None:
        zaak = await zaken.zaak(zaakgeometrie={"type": "Point", "coordinates": [5.1, 52.1]})
        before = len(await zaken.service.audit())
        answer = await zaken.client.put(zaak["url"], json=zaak)
        assert (answer.status_code, answer.json()) == (200, zaak)
        assert len(await zaken.service.audit()) == before

    async def test_refuses_another_identificatie_or_zaaktype(self, zaken: Zaken) -> None:
        zaak = await zaken.zaak(identificatie="VH-1")
        other, *_ = await zaken.make_zaaktype(identificatie="anders")
        answer = await zaken.client.put(zaak["url"], json=zaken.body(identificatie="VH-2", zaaktype=other))
        assert wrong(answer) == {
            ("identificatie", "wijzigen-niet-toegelaten"),
            ("zaaktype", "wijzigen-niet-toegelaten"),
        }

    async def test_a_date_of_payment_goes_when_there_is_nothing_to_pay(self, zaken: Zaken) -> None:
        paid = {"betalingsindicatie": "geheel", "laatsteBetaaldatum": "2026-01-15T12:00:00Z"}
        zaak = await zaken.zaak(**paid)
        answer = await zaken.client.put(zaak["url"], json=zaken.body(betalingsindicatie="nvt"))
        assert (answer.json()["betalingsindicatie"], answer.json()["laatsteBetaaldatum"]) == ("nvt", None)
        unpaid = {"betalingsindicatie": "nvt", "laatsteBetaaldatum": "2026-01-16T12:00:00Z"}
        expected = {("laatsteBetaaldatum", "betaling-nvt")}
        assert wrong(await zaken.client.put(zaak["url"], json=zaken.body(**unpaid))) == expected
        assert wrong(await zaken.client.patch(zaak["url"], json=unpaid)) == expected

    async def test_leaves_and_joins_hoofdzaken(self, zaken: Zaken) -> None:
        first, second = await zaken.zaak(), await zaken.zaak()
        part = await zaken.zaak(hoofdzaak=first["url"])
        assert (await zaken.client.put(part["url"], json=zaken.body(hoofdzaak=second["url"]))).status_code == 200
        assert (await zaken.get(first["url"]))["deelzaken"] == []
        assert (await zaken.get(second["url"]))["deelzaken"] == [part["url"]]
        assert (await zaken.client.put(part["url"], json=zaken.body())).json()["hoofdzaak"] is None
        assert (await zaken.get(second["url"]))["deelzaken"] == []
        itself = await zaken.client.put(first["url"], json=zaken.body(hoofdzaak=first["url"]))
        assert wrong(itself) == {("hoofdzaak", "self-forbidden")}

    async def test_geometry_asks_for_content_crs(self, zaken: Zaken) -> None:
        url = (await zaken.zaak())["url"]
        bare = zaken.service.client(headers={"Accept-Crs": "EPSG:4326"})
        body = {"zaakgeometrie": {"type": "Point", "coordinates": [5.1, 52.1]}}
        assert (await bare.put(url, json=zaken.body(**body))).status_code == 412
        assert (await bare.patch(url, json=body)).status_code == 412
        assert (await bare.put(url, json=zaken.body())).status_code == 200

    async def test_swapping_hoofdzaken_at_once_fails_nobody(self, zaken: Zaken) -> None:
        heads = [(await zaken.zaak())["url"] for _ in range(3)]
        parts = [(await zaken.zaak(hoofdzaak=heads[0]))["url"] for _ in range(3)]
        changes = [(parts[number % 3], {"hoofdzaak": heads[number % 2]}) for number in range(24)]
        answers = await asyncio.gather(*(zaken.client.patch(url, json=body) for url, body in changes))
        assert {answer.status_code for answer in answers} == {200}


class TestGroups:
    @pytest.mark.parametrize("group", ["verlenging", "opschorting", "processobject"])
    async def test_null_is_no_value_and_answers_the_structure(self, zaken: Zaken, group: str) -> None:
        empty = (await zaken.zaak())[group]
        assert isinstance(empty, dict)
        zaak = await zaken.zaak(**{group: None})
        assert zaak[group] == empty
        for method in ("PUT", "PATCH"):
            answer = await zaken.client.request(method, zaak["url"], json=zaken.body(**{group: None}))
            assert answer.json()[group] == empty

    @pytest.mark.parametrize(
        ("group", "fields"),
        [
            ("verlenging", ("reden", "duur")),
            ("opschorting", ("indicatie", "reden")),
            ("processobject", ("datumkenmerk", "identificatie", "objecttype", "registratie")),
        ],
    )
    async def test_a_part_of_a_group_is_refused(self, zaken: Zaken, group: str, fields: tuple[str, ...]) -> None:
        zaak = await zaken.zaak()
        expected = {(f"{group}.{field}", "required") for field in fields}
        body = zaken.body(**{group: {"anders": 1}})
        for method, url in (("POST", f"{ZAKEN}/zaken"), ("PUT", zaak["url"]), ("PATCH", zaak["url"])):
            assert wrong(await zaken.client.request(method, url, json=body)) == expected

    async def test_a_patch_replaces_the_whole_group(self, zaken: Zaken) -> None:
        zaak = await zaken.zaak(opschorting={"indicatie": True, "reden": "wacht"})
        answer = await zaken.client.patch(zaak["url"], json={"opschorting": {"indicatie": False, "reden": "klaar"}})
        assert answer.json()["opschorting"] == {"indicatie": False, "reden": "klaar"}
        answer = await zaken.client.patch(zaak["url"], json={"bronorganisatie": RSIN})
        assert answer.json()["opschorting"] == {"indicatie": False, "reden": "klaar"}
