"""Reroute: the old ploeg loses its taak and hears it, the new one gets one, and nothing happens halfway."""

import uuid

from tests.services.meldingen.dorp import MELDINGEN, RECHTEN, Dorp, codes

RECHTEN["groenbeheer"] = [
    {"component": "meldingen", "scopes": ["meldingen.lezen", "meldingen.bijwerken"], "afdeling": "groenbeheer"}
]
BODY = {"afdeling": "groenbeheer", "ploeg": "groen", "reden": "Wortels."}


async def test_without_the_scope_is_refused(dorp: Dorp) -> None:
    melding = await dorp.melding()
    for client, status in (("portaal", 403), ("wegen", 403), ("groenbeheer", 404)):
        answer = await dorp.als(client).post(f"{melding['url']}/toewijzingen", json=BODY)
        assert answer.status_code == status, client
    assert (
        await dorp.als("regie").post(f"{MELDINGEN}/meldingen/{uuid.uuid4()}/toewijzingen", json=BODY)
    ).status_code == 404


async def test_the_old_ploeg_loses_and_the_new_one_gets(dorp: Dorp) -> None:
    taak = await dorp.taak()
    await dorp.doe(taak, "claimen")
    melding = (await dorp.als("regie").get(taak["melding"])).json()
    before = len(await dorp.events())
    answer = await dorp.wijs_toe(melding, "groenbeheer", "groen")
    assert answer.status_code == 201, answer.text
    assert (answer.json()["vorm"], answer.json()["uitleg"]) == ("handmatig", "Hoort daar thuis.")
    old, new = await dorp.taken(melding)
    assert (old["ploeg"], old["status"], old["omschrijving"]) == ("wegen", "ingetrokken", None)
    assert (new["ploeg"], new["status"], new["omschrijving"]) == ("groen", "nieuw", melding["omschrijving"])
    assert (await dorp.events())[before:] == [
        ("taak-ingetrokken", "mor.v1.gm9001.taak.wegen.ingetrokken"),
        ("taak-aangemaakt", "mor.v1.gm9001.taak.groen.aangemaakt"),
        ("melding-gerouteerd", "mor.v1.gm9001.melding.openbare-ruimte.wegen.gat-in-weg.wk1.gerouteerd"),
        ("melding-gerouteerd", "mor.v1.gm9001.melding.groenbeheer.wegen.gat-in-weg.wk1.gerouteerd"),
    ]
    data = (await dorp.service.outbox())[-1]["data"]
    assert (data["vorigePloeg"], data["ploeg"], data["vorigeAfdeling"]) == ("wegen", "groen", "openbare-ruimte")
    history = (await dorp.als("regie").get(f"{melding['url']}/toewijzingen")).json()["results"]
    assert [(row["vorm"], row["ploeg"], row["regel"]) for row in history] == [
        ("regel", "wegen", "wegen"),
        ("handmatig", "groen", None),
    ]
    assert (await dorp.als("regie").get(history[0]["url"])).json() == history[0]


async def test_within_one_afdeling_the_melding_event_goes_out_once(dorp: Dorp) -> None:
    melding = await dorp.melding()
    await dorp.wijs_toe(melding, "openbare-ruimte", "bestrating")
    assert [name for name, _ in await dorp.events()].count("melding-gerouteerd") == 1


async def test_regie_may_take_it_without_a_ploeg(dorp: Dorp) -> None:
    melding = await dorp.melding()
    assert (await dorp.wijs_toe(melding, "regie", None)).status_code == 201
    (taak,) = await dorp.taken(melding)
    assert taak["status"] == "ingetrokken"
    assert (await dorp.als("regie").get(melding["url"])).json()["status"] == "gemeld"


async def test_unknown_codes_are_all_named(dorp: Dorp) -> None:
    answer = await dorp.wijs_toe(await dorp.melding(), "sport", "zwemmers")
    assert (answer.status_code, codes(answer)) == (400, {("afdeling", "code-onbekend"), ("ploeg", "code-onbekend")})


async def test_what_does_not_fit_the_state_is_a_conflict(dorp: Dorp) -> None:
    melding = await dorp.melding()
    same = await dorp.wijs_toe(melding, "openbare-ruimte", "wegen")
    assert (same.status_code, same.json()["code"]) == (409, "toewijzing-ongewijzigd")
    await dorp.als("regie").post(f"{melding['url']}/afhandelingen", json={"resultaat": "doorverwezen"})
    ended = await dorp.wijs_toe(melding, "groenbeheer", "groen")
    assert (ended.status_code, ended.json()["code"]) == (409, "melding-afgehandeld")
