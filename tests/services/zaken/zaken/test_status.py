"""Statussen: rights per kind of status, and what a new one does to its zaak."""

from datetime import UTC, datetime
from typing import Any

import pytest

from chassis import clock
from tests.services.zaken.making import ZAKEN, Zaken, wrong

PRESENT = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def body(zaak: str, statustype: str, at: str = "2026-02-01T10:00:00Z", **fields: Any) -> dict[str, Any]:
    return {"zaak": zaak, "statustype": statustype, "datumStatusGezet": at} | fields


class TestCreate:
    async def test_without_token_or_scope_is_refused(self, zaken: Zaken) -> None:
        wanted = body((await zaken.zaak())["url"], zaken.first)
        assert (await zaken.service.anonymous().post(f"{ZAKEN}/statussen", json=wanted)).status_code == 403
        for caller in (zaken.limited("leeg"), zaken.limited("lezer", "zaken.lezen", "zaken.bijwerken")):
            answer = await caller.post(f"{ZAKEN}/statussen", json=wanted)
            assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")

    async def test_who_opens_a_zaak_may_give_it_its_first_status_only(self, zaken: Zaken) -> None:
        url = (await zaken.zaak())["url"]
        opener = zaken.limited("opener", "zaken.aanmaken")
        assert (await opener.post(f"{ZAKEN}/statussen", json=body(url, zaken.first))).status_code == 201
        again = body(url, zaken.first, "2026-02-02T10:00:00Z")
        assert (await opener.post(f"{ZAKEN}/statussen", json=again)).status_code == 403
        adder = zaken.limited("toevoeger", "zaken.statussen.toevoegen")
        assert (await adder.post(f"{ZAKEN}/statussen", json=again)).status_code == 201

    async def test_shows_in_its_zaak_in_the_same_transaction(self, zaken: Zaken) -> None:
        zaak = await zaken.zaak()
        before = len(await zaken.service.outbox())
        first = await zaken.status(zaak["url"], zaken.first)
        assert first == {
            "datumStatusGezet": "2026-02-01T10:00:00Z",
            "statustoelichting": "",
            "url": f"http://meent.test{ZAKEN}/statussen/{first['uuid']}",
            "uuid": first["uuid"],
            "zaak": zaak["url"],
            "statustype": zaken.first,
            "indicatieLaatstGezetteStatus": True,
            "gezetdoor": "",
            "zaakinformatieobjecten": [],
        }
        assert await zaken.get(zaak["url"]) == zaak | {"status": first["url"]}
        second = await zaken.status(zaak["url"], zaken.first, "2026-02-02T10:00:00Z")
        assert (await zaken.get(zaak["url"]))["status"] == second["url"]
        assert (await zaken.get(first["url"]))["indicatieLaatstGezetteStatus"] is False
        events = (await zaken.service.outbox())[before:]
        assert [event["nats"] for event in events] == ["zgw.v1.gm9001.zaken.status.create"] * 2
        assert [event["sequence"] for event in events] == [2, 3]
        assert events[0]["data"]["hoofdObject"] == zaak["url"]
        line = (await zaken.service.audit())[-1]
        assert (line["resource"], line["actie"], str(line["hoofdobject"])) == ("status", "create", zaak["uuid"])

    async def test_one_dated_before_the_present_one_changes_nothing(self, zaken: Zaken) -> None:
        zaak = await zaken.zaak()
        present = await zaken.status(zaak["url"], zaken.first, "2026-02-02T10:00:00Z")
        earlier = await zaken.status(zaak["url"], zaken.last, "2026-02-01T10:00:00Z")
        assert earlier["indicatieLaatstGezetteStatus"] is False
        now = await zaken.get(zaak["url"])
        assert (now["status"], now["einddatum"]) == (present["url"], None)

    async def test_the_eindstatus_closes_on_its_dutch_date(self, zaken: Zaken) -> None:
        zaak = await zaken.zaak()
        await zaken.resultaat(zaak["url"])
        before = len(await zaken.service.outbox())
        await zaken.status(zaak["url"], zaken.last, "2026-02-01T23:30:00Z")
        assert (await zaken.get(zaak["url"]))["einddatum"] == "2026-02-02"
        kinds = [event["type"] for event in (await zaken.service.outbox())[before:]]
        assert kinds == ["nl.overheid.zaken.status-toegevoegd", "nl.overheid.zaken.zaak-afgesloten"]
        actions = [(line["resource"], line["actie"]) for line in (await zaken.service.audit())[-2:]]
        assert sorted(actions) == [("status", "create"), ("zaak", "update")]

    async def test_a_moment_without_zone_is_dutch(self, zaken: Zaken) -> None:
        status = await zaken.status((await zaken.zaak())["url"], zaken.first, "2026-02-01T10:00:00")
        assert status["datumStatusGezet"] == "2026-02-01T09:00:00Z"

    async def test_a_closed_zaak_is_changed_only_as_a_correction(self, zaken: Zaken) -> None:
        url = (await zaken.zaak())["url"]
        await zaken.close(url)
        usual = ("zaken.lezen", "zaken.aanmaken", "zaken.bijwerken", "zaken.statussen.toevoegen", "zaken.heropenen")
        caller = zaken.limited("behandelaar", *usual)
        again = body(url, zaken.last, "2026-02-03T10:00:00Z")
        rol = {
            "zaak": url,
            "roltype": zaken.roltype,
            "betrokkeneType": "medewerker",
            "roltoelichting": "",
            "betrokkeneIdentificatie": {"identificatie": "m1"},
        }
        assert (await caller.patch(url, json={"omschrijving": "x"})).status_code == 403
        assert (await caller.post(f"{ZAKEN}/statussen", json=again)).status_code == 403
        assert (await caller.post(f"{ZAKEN}/rollen", json=rol)).status_code == 403
        forced = zaken.limited("corrector", "zaken.geforceerd-bijwerken")
        assert (await forced.patch(url, json={"omschrijving": "x"})).status_code == 200
        assert (await forced.post(f"{ZAKEN}/statussen", json=again)).status_code == 201
        assert (await forced.post(f"{ZAKEN}/rollen", json=rol)).status_code == 201

    async def test_another_status_reopens_for_who_may(self, zaken: Zaken) -> None:
        zaak = await zaken.zaak(archiefnominatie="vernietigen", archiefactiedatum="2036-01-01")
        await zaken.close(zaak["url"])
        reopened = body(zaak["url"], zaken.first, "2026-02-03T10:00:00Z")
        adder = zaken.limited("toevoeger", "zaken.statussen.toevoegen")
        assert (await adder.post(f"{ZAKEN}/statussen", json=reopened)).status_code == 403
        opener = zaken.limited("heropener", "zaken.heropenen")
        assert (await opener.post(f"{ZAKEN}/statussen", json=reopened)).status_code == 201
        now = await zaken.get(zaak["url"])
        assert (now["einddatum"], now["archiefnominatie"], now["archiefactiedatum"]) == (None, None, None)
        assert (await zaken.service.outbox())[-1]["type"] == "nl.overheid.zaken.zaak-heropend"

    async def test_refuses_a_statustype_of_another_zaaktype(self, zaken: Zaken) -> None:
        _, other, *_ = await zaken.make_zaaktype(identificatie="anders")
        answer = await zaken.client.post(f"{ZAKEN}/statussen", json=body((await zaken.zaak())["url"], other))
        assert wrong(answer) == {("nonFieldErrors", "zaaktype-mismatch")}

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"zaak": "https://elders.example/zaken/1"}, ("zaak", "no_match")),
            ({"statustype": "https://elders.example/statustypen/1"}, ("statustype", "bad-url")),
            ({"datumStatusGezet": "2026-06-01T12:02:00Z"}, ("datumStatusGezet", "future_not_allowed")),
            ({"datumStatusGezet": "gisteren"}, ("datumStatusGezet", "invalid")),
            ({"gezetdoor": "https://elders.example/rollen/1"}, ("gezetdoor", "no_match")),
        ],
    )
    async def test_refuses(self, zaken: Zaken, fields: dict[str, str], expected: tuple[str, str]) -> None:
        zaak = await zaken.zaak()
        with clock.frozen(PRESENT):
            caller = zaken.service.client()
            answer = await caller.post(f"{ZAKEN}/statussen", json=body(zaak["url"], zaken.first) | fields)
        assert wrong(answer) == {expected}
        assert (await zaken.get(zaak["url"]))["status"] is None

    async def test_names_the_rol_that_set_it_on_both_sides(self, zaken: Zaken) -> None:
        zaak, other = await zaken.zaak(), await zaken.zaak()
        rol = await zaken.rol(zaak["url"])
        elsewhere = await zaken.rol(other["url"])
        mine = body(zaak["url"], zaken.first, gezetdoor=rol["url"])
        status = (await zaken.client.post(f"{ZAKEN}/statussen", json=mine)).json()
        assert status["gezetdoor"] == rol["url"]
        assert (await zaken.get(rol["url"]))["statussen"] == [status["url"]]
        theirs = body(zaak["url"], zaken.first, gezetdoor=elsewhere["url"])
        assert wrong(await zaken.client.post(f"{ZAKEN}/statussen", json=theirs)) == {("gezetdoor", "zaak-mismatch")}


class TestRead:
    async def test_without_rights_is_refused(self, zaken: Zaken) -> None:
        url = (await zaken.status((await zaken.zaak())["url"], zaken.first))["url"]
        for path in (url, f"{ZAKEN}/statussen"):
            assert (await zaken.service.anonymous().get(path)).status_code == 403
            assert (await zaken.limited("leeg").get(path)).status_code == 403
        lower = zaken.limited("lager", "zaken.lezen", maxVertrouwelijkheidaanduiding="intern")
        assert (await lower.get(url)).status_code == 403
        assert (await lower.get(f"{ZAKEN}/statussen")).json()["count"] == 0

    async def test_by_zaak_type_and_whether_it_is_the_last(self, zaken: Zaken) -> None:
        zaak, other = (await zaken.zaak())["url"], (await zaken.zaak())["url"]
        first = (await zaken.status(zaak, zaken.first))["url"]
        last = (await zaken.close(zaak, "2026-02-02T10:00:00Z"))["status"]
        elsewhere = (await zaken.status(other, zaken.first))["url"]
        assert await zaken.listed("/statussen", zaak=zaak) == [first, last]
        assert await zaken.listed("/statussen", statustype=zaken.first) == [first, elsewhere]
        assert await zaken.listed("/statussen", indicatieLaatstGezetteStatus="true") == [last, elsewhere]
        assert await zaken.listed("/statussen", indicatieLaatstGezetteStatus="false") == [first]
        limited = zaken.limited("lezer", "zaken.lezen")
        assert (await limited.get(f"{ZAKEN}/statussen", params={"zaak": zaak})).json()["count"] == 2

    async def test_etag_and_head(self, zaken: Zaken) -> None:
        url = (await zaken.status((await zaken.zaak())["url"], zaken.first))["url"]
        etag = (await zaken.client.get(url)).headers["etag"]
        assert (await zaken.client.head(url)).headers["etag"] == etag
        assert (await zaken.client.get(url, headers={"If-None-Match": etag})).status_code == 304
