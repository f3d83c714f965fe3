"""Afhandeling by regie: with a resultaat, once, and without leaving work behind."""

from tests.services.meldingen.dorp import RECHTEN, Dorp, codes

RECHTEN["lezer"] = [{"component": "meldingen", "scopes": ["meldingen.lezen"]}]


async def test_without_the_scope_is_refused(dorp: Dorp) -> None:
    melding = await dorp.melding()
    for client in ("lezer", "portaal", "wegen"):
        answer = await dorp.als(client).post(f"{melding['url']}/afhandelingen", json={"resultaat": "opgelost"})
        assert answer.status_code == 403, client


async def test_it_ends_with_a_resultaat_and_withdraws_what_was_open(dorp: Dorp) -> None:
    melding = await dorp.melding()
    answer = await dorp.als("regie").post(f"{melding['url']}/afhandelingen", json={"resultaat": "niet-voor-gemeente"})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["status"], answer.json()["resultaat"]) == ("afgehandeld", "niet-voor-gemeente")
    assert answer.json()["afgehandeldOp"] is not None
    assert [taak["status"] for taak in await dorp.taken(melding)] == ["ingetrokken"]
    assert [name for name, _ in await dorp.events()][-2:] == ["melding-afgehandeld", "taak-ingetrokken"]


async def test_only_once(dorp: Dorp) -> None:
    melding = await dorp.melding()
    await dorp.als("regie").post(f"{melding['url']}/afhandelingen", json={"resultaat": "opgelost"})
    again = await dorp.als("regie").post(f"{melding['url']}/afhandelingen", json={"resultaat": "dubbel"})
    assert (again.status_code, again.json()["code"]) == (409, "overgang-niet-toegestaan")


async def test_a_resultaat_is_needed(dorp: Dorp) -> None:
    melding = await dorp.melding()
    answer = await dorp.als("regie").post(f"{melding['url']}/afhandelingen", json={"resultaat": "klaar"})
    assert (answer.status_code, codes(answer)) == (400, {("resultaat", "invalid_choice")})
