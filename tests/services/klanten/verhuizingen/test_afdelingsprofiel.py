"""Profiles of afdelingen: who may set them, what must be right about them, and that they never change."""

import asyncio
from typing import Any

import pytest
import yaml

from tests.services.klanten.municipality import BASE, Town, codes, made, profiel
from tests.services.klanten.verhuizingen.test_gegevensset import DEMO

PATH = f"{BASE}/afdelingsprofielen"


async def test_without_the_scope_is_refused(town: Town) -> None:
    client = town.service.client("x", [{"component": "verhuizingen", "scopes": ["verhuizingen.verwerken"]}])
    assert (await client.post(PATH, json=profiel("afval"))).status_code == 403
    assert (await client.get(PATH)).status_code == 403
    one = made(await town.beheer.post(PATH, json=profiel("afval")))
    assert (await client.get(one["url"])).status_code == 403


async def test_the_profiles_of_the_demo(town: Town) -> None:
    bodies = yaml.safe_load(DEMO.read_text())["afdelingsprofielen"]
    for body in bodies:
        answer = made(await town.beheer.post(PATH, json=body))
        wanted = {"voorwaarde": None} | body
        assert {name: answer[name] for name in wanted} == wanted
        assert (await town.beheer.get(answer["url"])).json() == answer
    assert (await town.beheer.get(PATH)).json()["count"] == len(bodies)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"afdeling": "Afval!"}, ("afdeling", "invalid")),
        ({"versie": 0}, ("versie", "min_value")),
        ({"volgt": "niemand"}, ("volgt", "invalid_choice")),
        ({"trigger": "ontvangen"}, ("trigger", "invalid_choice")),
        ({"gegevens": []}, ("gegevens", "min_length")),
        ({"gegevens": ["bsn"]}, ("gegevens.0", "invalid_choice")),
        ({"gegevens": ["personen", "personen"]}, ("gegevens", "dubbel")),
        ({"voorwaarde": {"leeftijdVan": 22, "leeftijdTot": 4}}, ("voorwaarde.leeftijdTot", "leeftijd-volgorde")),
        ({"verwerkingsactiviteit": "ergens"}, ("verwerkingsactiviteit", "invalid")),
        ({"grondslag": ""}, ("grondslag", "min_length")),
    ],
)
async def test_wrong_content(town: Town, change: dict[str, Any], expected: tuple[str, str]) -> None:
    assert codes(await town.beheer.post(PATH, json=profiel("afval") | change)) == {expected}


async def test_only_a_newer_version_replaces(town: Town) -> None:
    made(await town.beheer.post(PATH, json=profiel("afval", versie=2)))
    for versie in (1, 2):
        answer = await town.beheer.post(PATH, json=profiel("afval", versie=versie))
        assert (answer.status_code, answer.json()["code"]) == (409, "profielversie-verouderd")
    made(await town.beheer.post(PATH, json=profiel("afval", versie=3)))
    listed = (await town.beheer.get(PATH, params={"afdeling": "afval"})).json()["results"]
    assert [one["versie"] for one in listed] == [2, 3]


async def test_the_same_version_at_once(town: Town) -> None:
    client = town.beheer
    answers = await asyncio.gather(*(client.post(PATH, json=profiel("afval")) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
