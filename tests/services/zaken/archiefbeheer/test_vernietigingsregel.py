"""Zaken on a list: seen by who may, added to a concept, taken off until approval, and let go of when they are destroyed."""

from typing import Any

import pytest

from tests.services.zaken.archiefbeheer.archief import NAME, Archief
from tests.services.zaken.making import created, wrong

UNKNOWN = "00000000-0000-4000-8000-000000000000"


def refused(answer: Any, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_without_rights(archief: Archief) -> None:
    lijst = await archief.lijst(await archief.due())
    [regel] = await archief.regels(lijst)
    reader = archief.limited("vernietigingslijsten.lezen")
    for url in (lijst["url"], lijst["url"].replace(lijst["uuid"], UNKNOWN)):
        nobody = archief.limited()
        refused(await nobody.get(f"{url}/regels"), 403, "permission_denied")
        refused(await nobody.get(f"{url}/regels/{regel['uuid']}"), 403, "permission_denied")
        reader = archief.limited("vernietigingslijsten.lezen")
        for path, body in (
            ("regels", {"zaak": "https://x.example"}),
            (f"regels/{UNKNOWN}/_uitzonderen", {"reden": "anders"}),
        ):
            refused(await reader.post(f"{url}/{path}", json=body), 403, "permission_denied")


async def test_who_may_see_fewer_zaken_sees_fewer_regels(archief: Archief) -> None:
    lijst = await archief.lijst(await archief.due(), await archief.due(vertrouwelijkheidaanduiding="geheim"))
    _, secret = await archief.regels(lijst)
    limits = {"zaaktype": archief.zaken.zaaktype, "maxVertrouwelijkheidaanduiding": "vertrouwelijk"}
    caller = archief.limited("vernietigingslijsten.lezen", "vernietigingslijsten.bijwerken", **limits)
    assert (await caller.get(f"{lijst['url']}/regels")).json()["count"] == 1
    refused(await caller.get(secret["url"]), 403, "permission_denied")
    refused(await caller.post(f"{secret['url']}/_uitzonderen", json={"reden": "anders"}), 403, "permission_denied")


async def test_says_of_what_kind_a_zaak_is_and_not_what_is_in_it(archief: Archief) -> None:
    zaak = await archief.due()
    lijst = await archief.lijst(zaak)
    [regel] = await archief.regels(lijst)
    assert await archief.get(regel["url"]) == regel
    assert (regel["zaak"], regel["zaaktype"], regel["bewaartermijn"]) == (zaak["url"], archief.zaken.zaaktype, "P5Y")
    assert (regel["beginJaar"], regel["eindJaar"], regel["archiefactiedatum"]) == (2016, 2017, "2025-01-01")
    assert NAME not in str(regel)
    assert zaak["identificatie"] not in str(regel)


async def test_a_regel_is_found_below_its_own_list_only(archief: Archief) -> None:
    one, other = await archief.lijst(await archief.due()), await archief.lijst(await archief.due())
    [regel] = await archief.regels(one)
    for url in (f"{other['url']}/regels/{regel['uuid']}", f"{one['url']}/regels/{UNKNOWN}"):
        refused(await archief.maker.get(url), 404, "not_found")
        refused(await archief.maker.post(f"{url}/_uitzonderen", json={"reden": "anders"}), 404, "not_found")


async def test_added_to_a_concept_only(archief: Archief) -> None:
    lijst = await archief.lijst(await archief.due())
    answer = await archief.maker.post(f"{lijst['url']}/regels", json={"zaak": (await archief.due())["url"]})
    assert answer.headers["location"] == created(answer)["url"]
    assert (await archief.get(lijst["url"]))["aantallen"]["opLijst"] == 2
    running = await archief.due(close=False)
    answer = await archief.maker.post(f"{lijst['url']}/regels", json={"zaak": running["url"]})
    refused(answer, 409, "zaken-niet-te-vernietigen")
    assert wrong(await archief.maker.post(f"{lijst['url']}/regels", json={"zaak": "x"})) == {("zaak", "invalid")}
    await archief.act(lijst, "indienen")
    answer = await archief.maker.post(f"{lijst['url']}/regels", json={"zaak": (await archief.due())["url"]})
    refused(answer, 409, "lijst-ligt-vast")


@pytest.mark.parametrize(
    ("acties", "free"),
    [
        ((), True),
        (("indienen",), True),
        (("indienen", "accorderen"), False),
        (("indienen", "afwijzen"), False),
        (("indienen", "accorderen", "uitvoeren"), False),
        (("intrekken",), False),
    ],
)
async def test_taken_off_until_it_is_approved(archief: Archief, acties: tuple[str, ...], free: bool) -> None:
    lijst = await archief.lijst(zaak := await archief.due(), await archief.due())
    await archief.act(lijst, *acties)
    regel = (await archief.regels(lijst))[0]
    answer = await archief.ander.post(f"{regel['url']}/_uitzonderen", json={"reden": "bezwaar-of-beroep"})
    if not free:
        refused(answer, 409, "lijst-ligt-vast")
        return
    assert (answer.status_code, answer.json()["status"], answer.json()["reden"]) == (
        200,
        "uitgezonderd",
        "bezwaar-of-beroep",
    )
    assert (await archief.get(lijst["url"]))["aantallen"] == {
        "opLijst": 1,
        "uitgezonderd": 1,
        "vernietigd": 0,
        "overgeslagen": 0,
    }
    refused(await archief.ander.post(f"{regel['url']}/_uitzonderen", json={"reden": "anders"}), 409, "niet-op-lijst")
    assert (await archief.lijst(zaak))["status"] == "concept"


async def test_who_takes_zaken_off_may_still_approve_the_rest(archief: Archief) -> None:
    lijst = await archief.act(await archief.lijst(await archief.due(), await archief.due()), "indienen")
    one, _ = await archief.regels(lijst)
    await archief.ander.post(f"{one['url']}/_uitzonderen", json={"reden": "historisch-belang"})
    assert (await archief.act(lijst, "accorderen"))["status"] == "geaccordeerd"
    lijst = await archief.act(await archief.lijst(await archief.due()), "indienen")
    [last] = await archief.regels(lijst)
    await archief.ander.post(f"{last['url']}/_uitzonderen", json={"reden": "historisch-belang"})
    refused(await archief.ander.post(f"{lijst['url']}/_accorderen"), 409, "lijst-leeg")


async def test_a_reason_is_a_choice(archief: Archief) -> None:
    [regel] = await archief.regels(await archief.lijst(await archief.due()))
    for reden in ("Omdat mevrouw Jansen belde", "", "gewijzigd", "verdwenen"):
        answer = await archief.maker.post(f"{regel['url']}/_uitzonderen", json={"reden": reden})
        assert wrong(answer) == {("reden", "invalid_choice")}


async def test_lets_go_of_a_zaak_that_is_destroyed_otherwise(archief: Archief) -> None:
    zaak = await archief.due()
    lijst = await archief.lijst(zaak)
    assert (await archief.zaken.client.delete(zaak["url"])).status_code == 204
    [regel] = await archief.regels(lijst, status="op-lijst")
    assert regel["zaak"] is None
    rows = await archief.zaken.service.runtime.database.fetch("SELECT t::text AS line FROM vernietigingsregel t")
    assert zaak["uuid"] not in rows[0]["line"]
