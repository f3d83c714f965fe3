"""Routeerregels as data: every code in them exists."""

from tests.services.meldingen.dorp import ROUTERING, Dorp, codes, regel
from tests.services.meldingen.routering.data import check_rights

BODY = regel("nieuw", 5, "groenbeheer", "groen", wijk=["wk1", "geen"], urgentie=["spoed"])


async def test_without_the_scope_is_refused(dorp: Dorp) -> None:
    await check_rights(dorp, "routeerregels", BODY)


async def test_as_data(dorp: Dorp) -> None:
    made = await dorp.als("beheer").post(f"{ROUTERING}/routeerregels", json=BODY)
    assert made.status_code == 201, made.text
    assert BODY.items() <= made.json().items()
    listed = (await dorp.als("regie").get(f"{ROUTERING}/routeerregels")).json()["results"]
    assert [row["naam"] for row in listed] == ["nieuw", "boom-met-spoed", "wegen", "groen", "rest"]
    again = await dorp.als("beheer").post(f"{ROUTERING}/routeerregels", json=BODY)
    assert (again.status_code, again.json()["code"]) == (409, "naam-bestaat-al")
    replaced = await dorp.als("beheer").put(made.json()["url"], json={**BODY, "volgorde": 2000})
    assert replaced.status_code == 200
    assert (await dorp.als("regie").get(f"{ROUTERING}/routeerregels?naam=nieuw")).json()["results"] == [replaced.json()]


async def test_every_unknown_code_is_named(dorp: Dorp) -> None:
    body = regel("x", 5, "sport", "zwemmers", wijk=["wk1", "bu11"], categorie=["wegen"], urgentie=["ooit"])
    answer = await dorp.als("beheer").post(f"{ROUTERING}/routeerregels", json=body)
    assert (answer.status_code, codes(answer)) == (
        400,
        {
            ("gevolg.afdeling", "code-onbekend"),
            ("gevolg.ploeg", "code-onbekend"),
            ("voorwaarde.alle.0.in.1", "code-onbekend"),
            ("voorwaarde.alle.1.in.0", "code-onbekend"),
            ("voorwaarde.alle.2.in.0", "code-onbekend"),
        },
    )


async def test_a_rule_counts_from_the_next_signaal(dorp: Dorp) -> None:
    assert (await dorp.melding("Losse tegel", urgentie="spoed"))["ploeg"] == "wegen"
    await dorp.als("beheer").post(f"{ROUTERING}/routeerregels", json=BODY)
    melding = await dorp.melding("Losse tegel", urgentie="spoed")
    assert (melding["ploeg"], melding["routeerbesluit"]["regel"]) == ("groen", "nieuw")
