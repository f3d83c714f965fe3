"""Meldingen: rights by afdeling, filters, and what a list costs nobody to see."""

import uuid

from tests.services.meldingen.dorp import EAST, MELDINGEN, RECHTEN, Dorp

RECHTEN["wegbeheer"] = [{"component": "meldingen", "scopes": ["meldingen.lezen"], "afdeling": "openbare-ruimte"}]
RECHTEN["wegenploeg"] = [{"component": "meldingen", "scopes": ["meldingen.lezen"], "ploeg": "wegen"}]
TEKSTEN = ["Diep gat", "Boom om", "Herrie van het café", "Geen idee"]


async def test_without_the_scope_is_refused(dorp: Dorp) -> None:
    assert (await dorp.service.anonymous().get(f"{MELDINGEN}/meldingen")).status_code == 401
    assert (await dorp.als("portaal").get(f"{MELDINGEN}/meldingen")).status_code == 403
    assert (await dorp.als("portaal").get(f"{MELDINGEN}/meldingen/{uuid.uuid4()}")).status_code == 403


async def test_an_afdeling_sees_only_its_own(dorp: Dorp) -> None:
    own, other = await dorp.melding("Diep gat"), await dorp.melding("Boom om")
    listed = (await dorp.als("wegbeheer").get(f"{MELDINGEN}/meldingen")).json()
    assert [melding["uuid"] for melding in listed["results"]] == [own["uuid"]]
    assert (await dorp.als("wegbeheer").get(own["url"])).status_code == 200
    assert (await dorp.als("wegbeheer").get(other["url"])).status_code == 404
    assert (await dorp.als("wegbeheer").get(f"{other['url']}/toewijzingen")).status_code == 404
    moved = await dorp.wijs_toe(own, "groenbeheer", "groen")
    assert (await dorp.als("wegbeheer").get(own["url"])).status_code == 404
    assert (await dorp.als("wegbeheer").get(moved.json()["url"])).status_code == 404


async def test_a_right_within_a_ploeg_gives_no_melding(dorp: Dorp) -> None:
    melding = await dorp.melding("Boom om")
    assert (await dorp.als("wegenploeg").get(f"{MELDINGEN}/meldingen")).json()["count"] == 0
    for url in (melding["url"], f"{melding['url']}/toewijzingen"):
        assert (await dorp.als("wegenploeg").get(url)).status_code == 404


async def test_filters_find_what_they_name(dorp: Dorp) -> None:
    made = [await dorp.melding(text, plaats=EAST if text == "Boom om" else None) for text in TEKSTEN]
    expected = {
        "afdeling=openbare-ruimte": [0],
        "ploeg=groen": [1],
        "categorie=geluid": [2],
        "categorie=geen": [3],
        "hoofdcategorie=groen": [1],
        "wijk=wk2": [1],
        "buurt=bu11": [3, 2, 0],
        "urgentie=spoed": [],
        "status=gemeld": [3, 2, 1, 0],
        f"kenmerk={made[2]['kenmerk'].lower()}": [2],
        "aandacht=true": [],
        "aandacht=false&pageSize=2": [3, 2],
    }
    for query, numbers in expected.items():
        answer = await dorp.als("regie").get(f"{MELDINGEN}/meldingen?{query}")
        found = [melding["uuid"] for melding in answer.json()["results"]]
        assert found == [made[number]["uuid"] for number in numbers], query


async def test_an_unknown_parameter_is_refused(dorp: Dorp) -> None:
    answer = await dorp.als("regie").get(f"{MELDINGEN}/meldingen?stad=x&status=nieuw")
    assert answer.status_code == 400
    assert {entry["name"] for entry in answer.json()["invalidParams"]} == {"stad", "status"}


async def test_an_unchanged_melding_is_not_sent_again(dorp: Dorp) -> None:
    melding = await dorp.melding()
    first = await dorp.als("regie").get(melding["url"])
    again = await dorp.als("regie").get(melding["url"], headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_every_change_has_an_audit_row_with_the_melding_as_main_object(dorp: Dorp) -> None:
    taak = await dorp.taak()
    await dorp.doe(taak, "claimen")
    rows = [row for row in await dorp.service.audit() if str(row["hoofdobject"]) == taak["melding"].rpartition("/")[2]]
    assert sorted((row["resource"], row["actie"]) for row in rows) == [
        ("melding", "create"),
        ("melding", "update"),
        ("signaal", "create"),
        ("taak", "create"),
        ("taak", "update"),
        ("taakgebeurtenis", "create"),
        ("toewijzing", "create"),
    ]
    assert all(row["sealed"] for row in rows)
