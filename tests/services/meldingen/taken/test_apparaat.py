"""Apparaten: who may register them, and what they get before and after a move."""

from nats.aio.client import Client

from chassis.testing.servers import Servers
from tests.services.meldingen.berichten import filter_of, received
from tests.services.meldingen.dorp import EAST, TAKEN, Dorp, codes

BODY = {"id": "wegen-1", "ploeg": "wegen"}


async def test_without_the_scope_is_refused(dorp: Dorp) -> None:
    for client in ("regie", "wegen", "portaal"):
        assert (await dorp.als(client).post(f"{TAKEN}/apparaten", json=BODY)).status_code == 403, client
    assert (await dorp.als("wegen").get(f"{TAKEN}/apparaten")).status_code == 403
    row = (await dorp.als("beheer").post(f"{TAKEN}/apparaten", json=BODY)).json()
    for method in ("GET", "PUT", "DELETE"):
        assert (await dorp.als("wegen").request(method, row["url"], json={"ploeg": "groen"})).status_code == 403


async def test_content(dorp: Dorp) -> None:
    beheer = dorp.als("beheer")
    answer = await beheer.post(f"{TAKEN}/apparaten", json={"id": "wegen.>", "ploeg": "zwemmers"})
    assert (answer.status_code, codes(answer)) == (400, {("id", "invalid")})
    answer = await beheer.post(f"{TAKEN}/apparaten", json={"id": "zwemmers-1", "ploeg": "zwemmers"})
    assert (answer.status_code, codes(answer)) == (400, {("ploeg", "code-onbekend")})
    made = await beheer.post(f"{TAKEN}/apparaten", json=BODY)
    assert (made.status_code, made.json()["consumer"], made.json()["stream"]) == (201, "apparaat-wegen-1", "MOR")
    again = await beheer.post(f"{TAKEN}/apparaten", json=BODY)
    assert (again.status_code, again.json()["code"]) == (409, "apparaat-bestaat-al")
    assert (await beheer.get(f"{TAKEN}/apparaten?ploeg=wegen")).json()["results"] == [made.json()]


async def test_while_nats_is_away_a_new_one_waits_and_a_move_is_refused(dorp: Dorp) -> None:
    row = (await dorp.als("beheer").post(f"{TAKEN}/apparaten", json=BODY)).json()
    for answer in (
        await dorp.als("beheer").put(row["url"], json={"ploeg": "groen"}),
        await dorp.als("beheer").delete(row["url"]),
    ):
        assert (answer.status_code, answer.json()["code"]) == (503, "berichtenserver-niet-bereikbaar")
    assert (await dorp.als("beheer").get(row["url"])).json()["ploeg"] == "wegen"


async def test_it_gets_the_taken_of_its_ploeg_and_after_a_move_those_of_the_other(
    levend: Dorp, servers: Servers, beheer: Client
) -> None:
    row = (await levend.als("beheer").post(f"{TAKEN}/apparaten", json=BODY)).json()
    config = (await beheer.jetstream().consumer_info("MOR", "apparaat-wegen-1")).config
    assert (config.filter_subject, config.max_deliver) == ("mor.v1.gm9001.taak.wegen.>", 10)
    assert config.inactive_threshold == 14 * 24 * 3600
    first, boom = await levend.taak(), await levend.taak("groen", "Boom om")
    assert await received(servers, "apparaat-wegen-1", 1) == [("mor.v1.gm9001.taak.wegen.aangemaakt", first["uuid"])]
    assert (await levend.als("beheer").put(row["url"], json={"ploeg": "groen"})).status_code == 200
    assert await filter_of(beheer, "apparaat-wegen-1") == "mor.v1.gm9001.taak.groen.>"
    second = await levend.taak(plaats=EAST)
    tak = await levend.taak("groen", "Tak los", plaats=EAST)
    got = [taak for _, taak in await received(servers, "apparaat-wegen-1", 2)]
    assert got == [boom["uuid"], tak["uuid"]]
    assert not {first["uuid"], second["uuid"]} & set(got)
    assert (await levend.als("beheer").delete(row["url"])).status_code == 204
    assert await filter_of(beheer, "apparaat-wegen-1") is None
