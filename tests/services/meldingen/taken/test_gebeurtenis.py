"""What a ploeg reports: every cell of the state machine, and work that is never thrown away."""

import asyncio
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.meldingen.overgangen import FINAL, TAAK, TOO_LATE, TaakActie, TaakStatus
from services.meldingen.taken.gebeurtenis import OUTCOMES, RESULTS, GebeurtenisIn, check_content
from tests.services.meldingen.dorp import TAKEN, Dorp, codes

PATHS = {
    TaakStatus.nieuw: [],
    TaakStatus.geclaimd: ["claimen"],
    TaakStatus.bezig: ["starten"],
    TaakStatus.voltooid: ["voltooien"],
    TaakStatus.niet_uitgevoerd: ["niet-uitvoeren"],
    TaakStatus.ingetrokken: None,
}
"""How a taak gets to each status: what the ploeg does; None: regie withdraws it."""
REDEN = {"reden": "Er stond een auto op."}


async def test_without_the_scope_is_refused(dorp: Dorp) -> None:
    taak = await dorp.taak()
    for client, status in (("regie", 403), ("portaal", 403), ("groen", 404)):
        assert (await dorp.doe(taak, "claimen", als=client)).status_code == status, client
    unknown = {"uuid": str(uuid.uuid4())}
    assert (await dorp.doe(unknown, "claimen")).status_code == 404
    assert (await dorp.als("wegen").get(f"{TAKEN}/gebeurtenissen/{uuid.uuid4()}")).status_code == 404


@pytest.mark.parametrize("status", TaakStatus)
async def test_every_cell_of_the_table(dorp: Dorp, status: TaakStatus) -> None:
    """From this status, each action does what the table says, or is refused and changes nothing."""
    for action in (TaakActie.claimen, TaakActie.starten, TaakActie.voltooien, TaakActie.niet_uitvoeren):
        taak = await dorp.taak(omschrijving="Tegel los")
        for step in PATHS[status] or []:
            await dorp.doe(taak, step, **REDEN)
        if PATHS[status] is None:
            await dorp.wijs_toe({"url": taak["melding"]}, "regie", None)
        answer = await dorp.doe(taak, action.value, **REDEN)
        now = (await dorp.als("wegen").get(taak["url"])).json()["status"]
        if (status, action) in TAAK:
            assert (answer.status_code, now) == (201, TAAK[status, action])
            assert answer.json()["gevolg"] == OUTCOMES[action][0]
        elif status in FINAL and action in TOO_LATE:
            assert (answer.status_code, now) == (201, status)
            assert answer.json()["gevolg"] == TOO_LATE[action]
        else:
            assert (answer.status_code, now) == (409, status)


async def test_a_whole_life(dorp: Dorp) -> None:
    taak = await dorp.taak()
    before = len(await dorp.events())
    for step in ("claimen", "starten"):
        await dorp.doe(taak, step)
    assert (await dorp.als("regie").get(taak["melding"])).json()["status"] == "in-behandeling"
    done = await dorp.doe(taak, "voltooien", resultaat="niets-aangetroffen", apparaatTijd="2026-05-01T10:00:00+02:00")
    assert done.json()["apparaatTijd"] == "2026-05-01T08:00:00Z"
    melding = (await dorp.als("regie").get(taak["melding"])).json()
    assert (melding["status"], melding["resultaat"]) == ("afgehandeld", "niets-aangetroffen")
    assert [name for name, _ in (await dorp.events())[before:]] == [
        "taak-geclaimd",
        "melding-status-gewijzigd",
        "taak-gestart",
        "taak-voltooid",
        "melding-afgehandeld",
    ]
    assert (await dorp.als("wegen").get(taak["url"])).json()["geclaimdDoor"] == "wegen"
    history = (await dorp.als("wegen").get(f"{taak['url']}/gebeurtenissen")).json()
    assert [row["gevolg"] for row in history["results"]] == ["geclaimd", "gestart", "voltooid"]
    assert (await dorp.als("wegen").get(done.json()["url"])).json() == done.json()


async def test_not_done_is_afgehandeld_but_not_opgelost(dorp: Dorp) -> None:
    taak = await dorp.taak()
    await dorp.doe(taak, "niet-uitvoeren", **REDEN)
    melding = (await dorp.als("regie").get(taak["melding"])).json()
    assert (melding["status"], melding["resultaat"]) == ("afgehandeld", "niet-opgelost")


async def test_work_on_a_withdrawn_taak_is_kept_and_regie_is_told(dorp: Dorp) -> None:
    taak = await dorp.taak()
    await dorp.wijs_toe({"url": taak["melding"]}, "groenbeheer", "groen")
    events = await dorp.events()
    answer = await dorp.doe(taak, "voltooien")
    assert (answer.status_code, answer.json()["gevolg"]) == (201, "te-laat-voltooid")
    melding = (await dorp.als("regie").get(taak["melding"])).json()
    assert (melding["status"], melding["aandacht"]) == ("gemeld", ["te-laat-voltooid"])
    assert await dorp.events() == events
    assert [row["status"] for row in await dorp.taken(melding)] == ["ingetrokken", "nieuw"]
    found = await dorp.als("regie").get("/meldingen/api/v1/meldingen?aandacht=true")
    assert [row["uuid"] for row in found.json()["results"]] == [melding["uuid"]]


async def test_two_who_claim_at_once_one_gets_it(dorp: Dorp) -> None:
    taak = await dorp.taak()
    answers = await asyncio.gather(dorp.doe(taak, "claimen"), dorp.doe(taak, "claimen", als="tweede@wegen"))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    lost = next(answer for answer in answers if answer.status_code == 409)
    assert lost.json()["code"] == "taak-al-geclaimd"


async def test_completing_and_rerouting_at_once_loses_neither(dorp: Dorp) -> None:
    for _ in range(5):
        taak = await dorp.taak(omschrijving="Tegel los")
        done, moved = await asyncio.gather(
            dorp.doe(taak, "voltooien"), dorp.wijs_toe({"url": taak["melding"]}, "groenbeheer", "groen")
        )
        assert done.status_code == 201
        if done.json()["gevolg"] == "voltooid":
            assert (moved.status_code, moved.json()["code"]) == (409, "melding-afgehandeld")
        else:
            assert (moved.status_code, done.json()["gevolg"]) == (201, "te-laat-voltooid")


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"type": "niet-uitvoeren"}, ("reden", "required")),
        ({"type": "voltooien", "resultaat": "dubbel"}, ("resultaat", "invalid_choice")),
        ({"type": "claimen", "resultaat": "opgelost"}, ("resultaat", "invalid_choice")),
        ({"type": "intrekken"}, ("type", "invalid_choice")),
        ({"type": "voltooien", "apparaatTijd": "2026-05-01T10:00:00"}, ("apparaatTijd", "invalid")),
        ({"type": "voltooien", "apparaatTijd": "0001-01-01T00:00:00+14:00"}, ("apparaatTijd", "invalid")),
    ],
)
async def test_bad_content(dorp: Dorp, body: dict[str, str], wrong: tuple[str, str]) -> None:
    taak = await dorp.taak()
    answer = await dorp.als("wegen").post(f"{taak['url']}/gebeurtenissen", json=body)
    assert (answer.status_code, codes(answer)) == (400, {wrong})


@given(st.sampled_from([*RESULTS]), st.data())
def test_every_resultaat_of_an_action_is_accepted(action: TaakActie, data: st.DataObject) -> None:
    resultaat = data.draw(st.sampled_from(RESULTS[action]))
    check_content(action, GebeurtenisIn(type=action.value, resultaat=resultaat, reden="x"))
