import zipfile
from typing import Any

import httpx
import pytest

from services.zaken.catalogusbeheer import openzaak
from tests.services.zaken.catalogusbeheer import archive
from tests.services.zaken.catalogusbeheer.archive import entries, packed
from tests.services.zaken.catalogusbeheer.filling import BEHEER, ZIP, exported
from tests.services.zaken.elsewhere import Elsewhere
from tests.services.zaken.making import CATALOGI, Zaken, wrong

ZAAKTYPE = "ZaakType.json.vergunnen.2020-01-01"


async def sent(zaken: Zaken, content: bytes, *, proef: bool = False) -> httpx.Response:
    path = "importproeven" if proef else "importen"
    return await zaken.client.post(f"{BEHEER}/{path}", content=content, headers=ZIP)


async def report(zaken: Zaken, files: dict[str, Any], *, proef: bool = False) -> dict[str, Any]:
    answer = await sent(zaken, packed(files), proef=proef)
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


async def test_an_archive_is_imported_with_everything_in_it(zaken: Zaken, elsewhere: Elsewhere) -> None:
    files = entries(elsewhere)
    told = await report(zaken, files, proef=True)
    assert (told["toegevoegd"], told["gepubliceerd"], told["geweigerd"]) == (4, 3, 0)
    assert told["opmerkingen"] == [openzaak.NO_OBJECTS]
    assert await report(zaken, files) == told
    [catalogus] = (await zaken.get(f"{CATALOGI}/catalogussen", domein="OPENZ"))["results"]
    [zaaktype] = [await zaken.get(one) for one in catalogus["zaaktypen"]]
    assert (zaaktype["concept"], zaaktype["verlengingstermijn"], zaaktype["bronzaaktype"]["url"]) == (False, "P30D", "")
    assert zaaktype["gerelateerdeZaaktypen"][0]["zaaktype"] == zaaktype["url"]
    assert zaaktype["besluittypen"] == catalogus["besluittypen"]
    first, last = [await zaken.get(one) for one in zaaktype["statustypen"]]
    assert (last["eigenschappen"], first["checklistitemStatustype"][0]["verplicht"]) == (
        zaaktype["eigenschappen"],
        True,
    )
    [resultaattype] = [await zaken.get(one) for one in zaaktype["resultaattypen"]]
    assert resultaattype["brondatumArchiefprocedure"]["afleidingswijze"] == "afgehandeld"
    assert (resultaattype["omschrijvingGeneriek"], resultaattype["besluittypeOmschrijving"]) == (
        "Verleend",
        ["Vergunning"],
    )
    query = {"zaaktype": zaaktype["url"]}
    [relation] = (await zaken.get(f"{CATALOGI}/zaaktype-informatieobjecttypen", **query))["results"]
    assert relation["statustype"] == first["url"]
    assert "openzaak.example" not in (await exported(zaken.client, catalogus["url"])).decode()
    again = await report(zaken, files)
    assert (again["ongewijzigd"], again["toegevoegd"], again["gepubliceerd"]) == (4, 0, 0)
    assert (
        elsewhere.asked.count("resultaten/1") == 2
    )  # by the dry run and the import, once each; not when nothing changes


async def test_rules_hold_and_are_told_by_file_type_and_field(zaken: Zaken, elsewhere: Elsewhere) -> None:
    files = entries(elsewhere)
    files["ZaakType"][0] |= {"doorlooptijd": "dertig dagen"}
    files["StatusType"][1]["omschrijving"] = ""
    files["InformatieObjectType"][0]["vertrouwelijkheidaanduiding"] = "gewoon"
    assert wrong(await sent(zaken, packed(files))) == {
        (f"{ZAAKTYPE}.doorlooptijd", "invalid"),
        (f"{ZAAKTYPE}.statustypen.2.omschrijving", "min_length"),
        ("InformatieObjectType.json.Brief.2019-01-01.vertrouwelijkheidaanduiding", "invalid_choice"),
    }
    files = entries(elsewhere)
    files["ResultaatType"][0]["selectielijstklasse"] = f"{elsewhere.base}/resultaten/weg"
    assert wrong(await sent(zaken, packed(files))) == {
        (f"{ZAAKTYPE}.resultaattypen.Verleend.selectielijstklasse", "bad-url")
    }


async def test_what_refers_to_something_that_is_not_in_it(zaken: Zaken, elsewhere: Elsewhere) -> None:
    files = entries(elsewhere)
    files["ZaakType"][0]["besluittypen"].append(archive.url("besluittypen", 9))
    files["Eigenschap"][0]["statustype"] = archive.url("statustypen", 9)
    files["ZaakTypeInformatieObjectType"][0]["informatieobjecttype"] = archive.url("informatieobjecttypen", 9)
    files["RolType"][0]["zaaktype"] = archive.url("zaaktypen", 9)
    assert wrong(await sent(zaken, packed(files))) == {
        (name, "does_not_exist")
        for name in (
            "ZaakType.json.vergunnen.besluittypen",
            "ZaakType.json.vergunnen.eigenschappen.statustype",
            "ZaakType.json.vergunnen.informatieobjecttypen.informatieobjecttype",
            "RolType.json.1.zaaktype",
        )
    }


async def test_what_is_not_taken_over_is_said(zaken: Zaken, elsewhere: Elsewhere) -> None:
    files = entries(elsewhere)
    files["ZaakType"][0]["gerelateerde_zaaktypen"].append(
        {"zaaktype": "https://elders.example/1", "aard_relatie": "vervolg", "toelichting": ""}
    )
    files["RolType"][0]["begin_geldigheid"] = "2021-01-01"
    files["ResultaatType"][0]["brondatum_archiefprocedure"]["afleidingswijze"] = ""
    told = await report(zaken, files, proef=True)
    assert [one.partition(":")[0] for one in told["opmerkingen"]] == [
        "ZaakType.json.vergunnen",
        openzaak.OWN_PERIOD,
        openzaak.NO_OBJECTS,
    ]


async def test_an_archive_of_one_zaaktype_is_refused(zaken: Zaken, elsewhere: Elsewhere) -> None:
    files = entries(elsewhere)
    del files["Catalogus"]
    assert wrong(await sent(zaken, packed(files))) == {("Catalogus.json", "required")}


def encrypted(content: bytes) -> bytes:
    """The archive with the flag of encryption set, in the local and in the central header."""
    at = content.index(b"PK\x01\x02") + 8
    content = content[:at] + b"\x01" + content[at + 1 :]
    return content[:6] + b"\x01" + content[7:]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04 kapot",
        packed({"../../etc/passwd": "x"}),
        packed({"map/Catalogus.json": "[]"}),
        packed({"/Catalogus.json": "[]"}),
        packed({"Catalogus": "[]", "anders.json": "[]"}),
        packed({"Catalogus": "{"}),
        packed({"Catalogus": "{}"}),
        packed({"Catalogus": "[1]"}),
        packed({"Catalogus": "[]"}, zipfile.ZIP_LZMA),
        encrypted(packed({"Catalogus": "[]"})),
        packed({"Catalogus": [{"domein": {"a": [1]}, "url": 3}], "ZaakType": [{"url": None, "besluittypen": 1}]}),
        packed({"Catalogus": [{}], "ZaakType": [{"gerelateerde_zaaktypen": [1], "deelzaaktypen": [2]}]}),
        packed({"Catalogus": [{}], "StatusType": [{"zaaktype": ["x"]}]}),
        packed({"Catalogus": [{}], "ZaakType": [{"identificatie": ["x"], "url": "a"}], "RolType": [{"zaaktype": "a"}]}),
        packed({"Catalogus": [{}], "ZaakType": [{"deelzaaktypen": 5, "gerelateerde_zaaktypen": {"a": 1}}]}),
        packed(
            {
                "Catalogus": [{}],
                "ZaakType": [{"url": "a"}],
                "ResultaatType": [{"zaaktype": "a", "brondatum_archiefprocedure": 3, "besluittypen": {}}],
            }
        ),
    ],
)
async def test_what_is_no_archive(zaken: Zaken, content: bytes) -> None:
    assert (await sent(zaken, content)).status_code == 400


async def test_a_bomb_is_not_unpacked(zaken: Zaken, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openzaak, "MOST_BYTES", 100_000)
    bomb = packed({"Catalogus": b" " * 60_000, "ZaakType": b" " * 60_000}, zipfile.ZIP_DEFLATED)
    assert len(bomb) < 1000
    assert (await sent(zaken, bomb)).status_code == 413
