import asyncio
import json
from typing import Any

import httpx
import pytest

from chassis.testing.plugin import MakeService
from chassis.testing.service import ServiceUnderTest
from services.zaken.catalogusbeheer import importen
from tests.services.zaken.catalogusbeheer.filling import BEHEER, exported, find_catalogus, imported, sent
from tests.services.zaken.catalogusbeheer.small import small, text
from tests.services.zaken.making import CATALOGI, wrong

IMPORTEN = {"component": "catalogusbeheer", "scopes": ["importen.aanmaken"]}
SCHRIJVEN = {"component": "ztc", "scopes": ["catalogi.schrijven"]}
ZAAKTYPE = "zaaktypen.vergunnen.2020-01-01"


@pytest.fixture
async def empty(service: MakeService) -> ServiceUnderTest:
    return await service("zaken")


@pytest.fixture
async def beheerder(empty: ServiceUnderTest) -> httpx.AsyncClient:
    """Who may import, and no more than that needs."""
    return empty.client(
        "beheerder", [IMPORTEN, SCHRIJVEN, {"component": "catalogusbeheer", "scopes": ["exporten.lezen"]}]
    )


def outcomes(report: dict[str, Any]) -> dict[str, str]:
    return {f"{one['soort']} {one['naam']}": one["uitkomst"] for one in report["regels"]}


def changes(report: dict[str, Any]) -> list[str]:
    return [name for one in report["regels"] for name in one["wijzigingen"]]


async def written(empty: ServiceUnderTest) -> tuple[int, int]:
    return len(await empty.outbox()), len(await empty.audit())


@pytest.mark.parametrize("proef", [False, True])
async def test_without_rights_nothing_is_imported(empty: ServiceUnderTest, proef: bool) -> None:
    document = text(small())
    assert (await sent(empty.anonymous(), document, proef=proef)).status_code == 401
    for name, granted in (("geen", []), ("schrijft", [SCHRIJVEN]), ("importeert", [IMPORTEN])):
        answer = await sent(empty.client(name, granted), document, proef=proef)
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied"), name
    answer = await sent(empty.client("geen", []), b"kapot: [", proef=proef)
    assert answer.status_code == 403  # also not what is wrong with it
    assert await written(empty) == (0, 0)


async def test_an_import_is_reported_and_told_as_any_change(
    empty: ServiceUnderTest, beheerder: httpx.AsyncClient
) -> None:
    answer = await sent(beheerder, text(small()), **{"X-Audit-Toelichting": "Van test"})
    report = answer.json()
    assert (report["toegevoegd"], report["gepubliceerd"], report["geweigerd"]) == (4, 3, 0)
    assert outcomes(report) == dict.fromkeys(
        ["catalogus TEST", "informatieobjecttype Brief", "besluittype Vergunning", "zaaktype vergunnen"], "toegevoegd"
    )
    told = [one["type"].rpartition(".")[2] for one in await empty.outbox()]
    assert {one for one in told if one.endswith("gepubliceerd")} == {
        "informatieobjecttype-gepubliceerd",
        "besluittype-gepubliceerd",
        "zaaktype-gepubliceerd",
    }
    added = ["statustype", "roltype", "eigenschap", "resultaattype", "zaakobjecttype", "zaaktypeinformatieobjecttype"]
    assert {f"{one}-toegevoegd" for one in added} <= {*told}
    rows = await empty.audit()
    assert {(row["client_id"], row["toelichting"]) for row in rows} == {("beheerder", "Van test")}
    assert {"catalogus", "zaaktype", *added} <= {row["resource"] for row in rows}
    [zaaktype] = (await empty.client().get(f"{CATALOGI}/zaaktypen")).json()["results"]
    assert (zaaktype["concept"], len(zaaktype["statustypen"])) == (False, 2)


async def test_the_second_time_nothing_changes(empty: ServiceUnderTest, beheerder: httpx.AsyncClient) -> None:
    await imported(beheerder, text(small()))
    before, document = await written(empty), await exported(beheerder, await find_catalogus(empty.client()))
    for again in (text(small()), document):
        report = await imported(beheerder, again)
        assert {*outcomes(report).values()} == {"ongewijzigd"}
        assert (report["gepubliceerd"], changes(report)) == (0, [])
    assert await written(empty) == before
    assert await exported(beheerder, await find_catalogus(empty.client())) == document


async def test_a_dry_run_says_what_an_import_does_and_does_nothing(
    empty: ServiceUnderTest, beheerder: httpx.AsyncClient
) -> None:
    first = text(small(concept=True))
    told = await imported(beheerder, first, proef=True)
    assert await written(empty) == (0, 0)
    assert (await empty.client().get(f"{CATALOGI}/catalogussen")).json()["count"] == 0
    assert await imported(beheerder, first) == told
    before, second = await written(empty), text(small(doel="Anders"))
    told = await imported(beheerder, second, proef=True)
    assert (told["gewijzigd"], told["gepubliceerd"], changes(told)) == (1, 1, ["doel"])
    assert await written(empty) == before
    assert await imported(beheerder, second) == told


async def test_what_is_wrong_in_the_text_is_named(beheerder: httpx.AsyncClient) -> None:
    content = small(doorlooptijd="8 weken", kleur="rood", concept=False)
    content["zaaktypen"][0]["statustypen"][1]["omschrijving"] = None
    content["zaaktypen"][0]["eigenschappen"][0]["statustype"] = 7
    content["besluittypen"][0]["informatieobjecttypen"] = ["https://elders.example/1"]
    del content["informatieobjecttypen"][0]["concept"]
    assert wrong(await sent(beheerder, text(content))) == {
        (f"{ZAAKTYPE}.doorlooptijd", "invalid"),
        (f"{ZAAKTYPE}.kleur", "unknown"),
        (f"{ZAAKTYPE}.statustypen.2.omschrijving", "null"),
        (f"{ZAAKTYPE}.eigenschappen.kleur.statustype", "does_not_exist"),
        ("besluittypen.Vergunning.2020-01-01.informatieobjecttypen", "geen-naam"),
        ("informatieobjecttypen.Brief.2020-01-01.concept", "invalid"),
    }


async def test_the_rules_of_the_catalogi_hold_and_all_is_told_at_once(
    empty: ServiceUnderTest, beheerder: httpx.AsyncClient
) -> None:
    content = small(verlengingMogelijk=True)
    content["zaaktypen"].append(content["zaaktypen"][0] | small(identificatie="ander")["zaaktypen"][0])
    other = content["zaaktypen"][1]
    other["resultaattypen"][0]["brondatumArchiefprocedure"] = {"afleidingswijze": "eigenschap"}
    other["besluittypen"] = ["Bestaat niet"]
    content["zaaktypen"].append(small(identificatie="derde")["zaaktypen"][0])
    content["zaaktypen"][2]["resultaattypen"].append(content["zaaktypen"][2]["resultaattypen"][0])
    expected = {
        (f"{ZAAKTYPE}.verlengingstermijn", "required"),
        ("zaaktypen.ander.2020-01-01.besluittypen.0", "does_not_exist"),
        ("zaaktypen.derde.2020-01-01.resultaattypen.Geweigerd", "unique"),
    }
    answer = await sent(beheerder, text(content))
    assert wrong(answer) == expected
    report = await imported(beheerder, text(content), proef=True)
    found = {(one["naam"], one["code"]) for line in report["regels"] for one in line["fouten"]}
    assert (found, report["geweigerd"]) == (expected, 3)
    assert await written(empty) == (0, 0)
    assert (await empty.client().get(f"{CATALOGI}/catalogussen")).json()["count"] == 0


async def test_what_is_published_changes_only_its_end(empty: ServiceUnderTest, beheerder: httpx.AsyncClient) -> None:
    await imported(beheerder, text(small()))
    content = small(doel="Anders", eindeGeldigheid="2025-12-31")
    content["zaaktypen"][0]["statustypen"].append({"volgnummer": 3, "omschrijving": "Nog een"})
    content["zaaktypen"][0]["roltypen"] = []
    expected = {
        (f"{ZAAKTYPE}.doel", "gepubliceerd"),
        (f"{ZAAKTYPE}.statustypen.3 toegevoegd", "gepubliceerd"),
        (f"{ZAAKTYPE}.roltypen.Aanvrager verwijderd", "gepubliceerd"),
    }
    everything = empty.client()  # also who may force does not change it without a word
    assert wrong(await sent(everything, text(content))) == expected
    report = await imported(beheerder, text(small(eindeGeldigheid="2025-12-31")))
    assert changes(report) == ["eindeGeldigheid"]
    [zaaktype] = (await everything.get(f"{CATALOGI}/zaaktypen")).json()["results"]
    assert (zaaktype["eindeGeldigheid"], zaaktype["doel"]) == ("2025-12-31", "Vergunning geven")


async def test_a_change_of_what_is_published_is_a_new_version(
    empty: ServiceUnderTest, beheerder: httpx.AsyncClient
) -> None:
    await imported(beheerder, text(small()))
    content = small()
    content["zaaktypen"].append(small(beginGeldigheid="2026-01-01", doel="Anders")["zaaktypen"][0])
    assert wrong(await sent(beheerder, text(content))) == {
        ("zaaktypen.vergunnen.2026-01-01.beginGeldigheid", "overlap")
    }
    content["zaaktypen"][0]["eindeGeldigheid"] = "2025-12-31"
    report = await imported(beheerder, text(content))
    assert (report["toegevoegd"], report["gewijzigd"], report["gepubliceerd"]) == (1, 1, 1)
    assert (await imported(beheerder, text(content)))["ongewijzigd"] == 5


async def test_a_file_of_before_the_publication_changes_nothing(beheerder: httpx.AsyncClient) -> None:
    await imported(beheerder, text(small()))
    report = await imported(beheerder, text(small(concept=True)))
    assert {*outcomes(report).values()} == {"ongewijzigd"}


async def test_a_concept_becomes_what_the_file_says(empty: ServiceUnderTest, beheerder: httpx.AsyncClient) -> None:
    await imported(
        beheerder,
        text(small(concept=True, broncatalogus={"url": "https://e.example/1", "domein": "A", "rsin": "517439943"})),
    )
    content = small(concept=True, doel="Anders", trefwoorden=["een"])
    zaaktype = content["zaaktypen"][0]
    zaaktype["statustypen"] = [{"volgnummer": 1, "omschrijving": "Binnen"}, {"volgnummer": 3, "omschrijving": "Klaar"}]
    zaaktype["eigenschappen"][0] |= {"statustype": 3, "definitie": "Welke kleur"}
    zaaktype["roltypen"] = [{"omschrijving": "Adviseur", "omschrijvingGeneriek": "adviseur"}]
    zaaktype["informatieobjecttypen"][0]["statustype"] = None
    zaaktype["resultaattypen"][0]["archiefactietermijn"] = "P20Y"
    report = await imported(beheerder, text(content))
    assert {*changes(report)} == {
        "doel",
        "trefwoorden",
        "broncatalogus",
        "statustypen.1.omschrijving",
        "statustypen.2 verwijderd",
        "statustypen.3 toegevoegd",
        "roltypen.Aanvrager verwijderd",
        "roltypen.Adviseur toegevoegd",
        "eigenschappen.kleur.statustype",
        "eigenschappen.kleur.definitie",
        "informatieobjecttypen.1.statustype",
        "resultaattypen.Geweigerd.archiefactietermijn",
    }
    assert {*outcomes(await imported(beheerder, text(content))).values()} == {"ongewijzigd"}
    document = (await exported(beheerder, await find_catalogus(empty.client()))).decode()
    assert ("statustype: 3" in document, "Afgerond" in document, "broncatalogus" in document) == (True, False, False)


async def test_zaaktypen_may_refer_to_each_other(empty: ServiceUnderTest, beheerder: httpx.AsyncClient) -> None:
    content = small(identificatie="a")
    related = {"aardRelatie": "vervolg"}
    content["zaaktypen"][0] |= {"gerelateerdeZaaktypen": [related | {"zaaktype": "b"}], "deelzaaktypen": ["a", "b"]}
    content["zaaktypen"].append(
        small(identificatie="b", gerelateerdeZaaktypen=[related | {"zaaktype": "a"}])["zaaktypen"][0]
    )
    await imported(beheerder, text(content))
    found = {one["identificatie"]: one for one in (await empty.client().get(f"{CATALOGI}/zaaktypen")).json()["results"]}
    assert found["a"]["gerelateerdeZaaktypen"][0]["zaaktype"] == found["b"]["url"]
    assert found["b"]["gerelateerdeZaaktypen"][0]["zaaktype"] == found["a"]["url"]
    assert {*found["a"]["deelzaaktypen"]} == {found["a"]["url"], found["b"]["url"]}
    assert {*outcomes(await imported(beheerder, text(content))).values()} == {"ongewijzigd"}
    content["zaaktypen"][1]["gerelateerdeZaaktypen"][0]["zaaktype"] = "c"
    content["zaaktypen"][1] |= {"beginGeldigheid": "2030-01-01", "concept": True}
    name = "zaaktypen.b.2030-01-01.gerelateerdeZaaktypen.0.zaaktype"
    assert wrong(await sent(beheerder, text(content))) == {(name, "does_not_exist")}


async def test_withdrawn_and_double_versions_come_back(empty: ServiceUnderTest, beheerder: httpx.AsyncClient) -> None:
    content = small()
    withdrawn = small(eindeGeldigheid="2019-12-31", doel="Ingetrokken")["zaaktypen"][0]
    concept = small(concept=True, doel="Nieuw")["zaaktypen"][0]
    content["zaaktypen"] += [concept, withdrawn, small(concept=True)["zaaktypen"][0]]
    await imported(beheerder, text(content))
    document = await exported(beheerder, await find_catalogus(empty.client()))
    assert document.count(b"identificatie: vergunnen") == 4
    assert {*outcomes(await imported(beheerder, document)).values()} == {"ongewijzigd"}
    concept["doel"] = "Nieuwer"
    assert changes(await imported(beheerder, text(content))) == ["doel"]


async def test_the_catalogus_itself_changes(empty: ServiceUnderTest, beheerder: httpx.AsyncClient) -> None:
    await imported(beheerder, text(small()))
    content = small()
    content["catalogus"] |= {"naam": "Vergunningen", "versie": "1.10"}
    assert changes(await imported(beheerder, text(content))) == ["naam", "versie"]
    [catalogus] = (await empty.client().get(f"{CATALOGI}/catalogussen")).json()["results"]
    assert (catalogus["naam"], catalogus["versie"]) == ("Vergunningen", "1.10")


async def test_what_is_no_document(beheerder: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for body in (b"", b"[]", b"tekst", b"a: &b 1", b"\xff"):
        assert (await sent(beheerder, body)).json()["code"] == "invalid", body
    answer = await sent(beheerder, b"formaat: x\ncatalogus: [\n")
    assert answer.json()["invalidParams"][0]["reason"].startswith("Regel 3: ")
    assert wrong(await sent(beheerder, b"{}")) == {("formaat", "required"), ("catalogus", "required")}
    for kind in ("text/plain", "application/xml", ""):
        answer = await beheerder.post(f"{BEHEER}/importen", content=b"{}", headers={"Content-Type": kind})
        assert answer.status_code == 415, kind
    monkeypatch.setattr(importen, "MOST_TEXT", 100)
    assert (await sent(beheerder, text(small()))).status_code == 413


async def test_json_is_read_too(beheerder: httpx.AsyncClient) -> None:
    answer = await beheerder.post(f"{BEHEER}/importen", json=json.loads(json.dumps(small())))
    assert answer.json()["toegevoegd"] == 4


async def test_a_repeated_key_gives_the_first_answer(beheerder: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "een"}
    first = await sent(beheerder, text(small()), **key)
    again = await sent(beheerder, text(small()), **key)
    assert (first.json()["toegevoegd"], again.content) == (4, first.content)
    assert (await sent(beheerder, text(small(doel="Anders")), **key)).status_code == 409


async def test_two_imports_at_once_wait_for_each_other(beheerder: httpx.AsyncClient) -> None:
    reports = await asyncio.gather(*(imported(beheerder, text(small())) for _ in range(2)))
    assert sorted(one["toegevoegd"] for one in reports) == [0, 4]


async def test_a_refused_import_does_not_take_its_key(beheerder: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "twee"}
    assert (await sent(beheerder, text(small(besluittypen=["Onbekend"])), **key)).status_code == 400
    assert (await sent(beheerder, text(small()), **key)).json()["toegevoegd"] == 4


async def test_what_is_published_refers_to_nothing_that_is_not(
    empty: ServiceUnderTest, beheerder: httpx.AsyncClient
) -> None:
    content = small()
    content["besluittypen"][0]["concept"] = True
    assert wrong(await sent(beheerder, text(content))) == {(ZAAKTYPE, "concept-relation")}
    assert await written(empty) == (0, 0)


async def test_a_document_adds_to_what_is_there(empty: ServiceUnderTest, beheerder: httpx.AsyncClient) -> None:
    await imported(beheerder, text(small()))
    related = [{"zaaktype": "vergunnen", "aardRelatie": "vervolg"}]
    content = small(identificatie="ander", gerelateerdeZaaktypen=related)
    del content["informatieobjecttypen"], content["besluittypen"]
    assert (await imported(beheerder, text(content)))["toegevoegd"] == 1
    found = (await empty.client().get(f"{CATALOGI}/zaaktypen")).json()["results"]
    assert {one["identificatie"] for one in found} == {"vergunnen", "ander"}


async def test_a_statustype_that_is_refused_is_told_once(beheerder: httpx.AsyncClient) -> None:
    content = small()
    content["zaaktypen"][0]["statustypen"].append({"volgnummer": 2, "omschrijving": "Dubbel"})
    assert wrong(await sent(beheerder, text(content))) == {(f"{ZAAKTYPE}.statustypen.2", "unique")}
