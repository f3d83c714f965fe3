"""What operators see per abonnee: rights first, then each figure as it is counted by hand."""

import uuid
from datetime import timedelta
from typing import Any

import httpx
import pytest

from chassis import clock
from chassis.testing.plugin import MakeService
from chassis.testing.service import ServiceUnderTest
from services.notificaties.bezorging.abonnee import address
from tests.services.notificaties.ledger import NOW, abonnement, ago, given_up, paused, queued, state, tried

URL = "/bezorging/api/v1/abonnees"
RIGHTS = [{"component": "nrc", "scopes": ["abonnees.lezen"]}]


async def seen(made: ServiceUnderTest, path: str = "", **chosen: Any) -> httpx.Response:
    """What a reader gets at NOW."""
    with clock.frozen(NOW):
        return await made.client("lezer", RIGHTS).get(f"{URL}{path}", params=chosen)


async def one(made: ServiceUnderTest, abonnement_id: uuid.UUID, **chosen: Any) -> dict[str, Any]:
    answer = await seen(made, f"/{abonnement_id}", **chosen)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_without_rights(service: MakeService) -> None:
    made = await service("notificaties")
    others = ["notificaties.consumeren", "afleveringen.lezen", "onbestelbare-berichten.lezen"]
    nobody = made.client("niemand", [{"component": "nrc", "scopes": others}])
    for path in (URL, f"{URL}/{await abonnement(made)}"):
        assert (await made.anonymous().get(path)).status_code == 401
        assert (await nobody.get(path)).status_code == 403


async def test_what_does_not_exist_and_what_is_not_understood(service: MakeService) -> None:
    made = await service("notificaties")
    assert (await seen(made, f"/{uuid.uuid4()}")).status_code == 404
    assert (await seen(made, page=2)).status_code == 404
    for wrong in ({"toestand": "ziek"}, {"periode": "maand"}, {"iets": "1"}, {"pageSize": 0}):
        assert (await seen(made, **wrong)).status_code == 400
    assert (await seen(made, f"/{uuid.uuid4()}", toestand="actief")).status_code == 400


async def test_one_for_whom_nothing_happened_yet(service: MakeService) -> None:
    made = await service("notificaties")
    found = await abonnement(made, client="portaal")
    nothing = ["pauzeTot", "gestoptOp", "oudsteOp", "oudsteSeconden", "volgendePoging", "geslaagd", "p50Ms", "p95Ms"]
    nothing += ["laatsteSucces", "laatsteFoutOp"]
    assert await one(made, found) == {
        "url": f"http://meent.test{URL}/{found}",
        "abonnement": f"http://meent.test/notificaties/api/v1/abonnement/{found}",
        "callbackUrl": "https://abonnee.example/hook",
        "clientId": "portaal",
        "toestand": "actief",
        **dict.fromkeys(["wacht", "afgeleverd", "mislukt", "onbestelbaar"], 0),
        "laatsteFout": "",
        **dict.fromkeys(nothing),
    }


async def test_what_waits_since_when_and_when_it_is_tried(service: MakeService) -> None:
    made = await service("notificaties")
    found, other = await abonnement(made), await abonnement(made)
    first = await queued(made, found, ago(minutes=30))
    await queued(made, found, ago(minutes=10))
    await queued(made, other, ago(hours=5))
    await tried(made, await queued(made, found, ago(hours=9)), ago(hours=9))
    await tried(made, first, ago(minutes=29), fout="antwoord 500", again=NOW + timedelta(minutes=4))
    shown = await one(made, found)
    assert (shown["wacht"], shown["oudsteOp"], shown["oudsteSeconden"]) == (2, "2026-03-02T11:30:00Z", 1800)
    assert shown["volgendePoging"] == "2026-03-02T11:50:00Z"  # of the second, which is due since it came in
    await state(made, found, 3, pauze_tot=NOW + timedelta(minutes=2))
    assert (await one(made, found))["volgendePoging"] == "2026-03-02T12:02:00Z"
    await state(made, found, 3, gestopt_op=ago(minutes=1))
    assert (await one(made, found))["volgendePoging"] is None


async def test_how_attempts_went_in_the_periode(service: MakeService) -> None:
    made = await service("notificaties")
    found, other = await abonnement(made), await abonnement(made)
    for minutes, duur in ((1, 40), (2, 10), (3, 30), (4, 20), (600, 900), (3000, 5000)):  # today: 10 20 30 40 900
        await tried(made, await queued(made, found, ago(minutes=minutes)), ago(minutes=minutes), duur=duur)
    job = await queued(made, found, ago(minutes=90))
    await tried(made, job, ago(minutes=90), fout="antwoord 503", http=503, duur=7000)
    await tried(made, job, ago(minutes=50), fout="geen antwoord binnen de tijd", duur=9000)
    await tried(made, await queued(made, other, ago(minutes=5)), ago(minutes=5), duur=70_000)
    figures = ("afgeleverd", "mislukt", "geslaagd", "p50Ms", "p95Ms")
    expected = {"uur": (4, 1, 0.8, 20, 40), "dag": (5, 2, 0.7143, 30, 900), "week": (6, 2, 0.75, 30, 5000)}
    for periode, wanted in expected.items():
        shown = await one(made, found, periode=periode)
        assert tuple(shown[name] for name in figures) == wanted, periode
    assert await one(made, found) == await one(made, found, periode="dag")
    shown = await one(made, found, periode="uur")
    assert (shown["laatsteFout"], shown["laatsteFoutOp"]) == ("geen antwoord binnen de tijd", "2026-03-02T11:10:00Z")
    assert shown["laatsteSucces"] == "2026-03-02T11:59:00Z"


async def test_a_last_success_and_failure_of_before_the_periode_are_told(service: MakeService) -> None:
    made = await service("notificaties")
    found = await abonnement(made)
    await tried(made, await queued(made, found, ago(days=20)), ago(days=20))
    await tried(made, await queued(made, found, ago(days=9)), ago(days=9), fout="antwoord 500")
    shown = await one(made, found, periode="week")
    assert (shown["afgeleverd"], shown["mislukt"], shown["geslaagd"]) == (0, 0, None)
    assert (shown["laatsteSucces"], shown["laatsteFoutOp"]) == ("2026-02-10T12:00:00Z", "2026-02-21T12:00:00Z")


async def test_dead_letters_that_are_open_are_counted(service: MakeService) -> None:
    made = await service("notificaties")
    found, other = await abonnement(made), await abonnement(made)
    await given_up(made, found, [ago(days=1), ago(hours=2)])
    await given_up(made, other, [ago(days=1)])
    assert (await one(made, found))["onbestelbaar"] == 2
    letters = (await made.client().get("/bezorging/api/v1/onbestelbare-berichten")).json()["results"]
    mine = [letter["url"] for letter in letters if letter["ontvanger"].endswith(str(found))]
    assert (await made.client().post(f"{mine[0]}/_opnieuw")).status_code == 200
    assert (await one(made, found))["onbestelbaar"] == 1


@pytest.mark.parametrize(
    ("fouten", "pause", "toestand", "told"),
    [
        (2, None, "actief", None),
        (3, 60, "hapert", "2026-03-02T12:01:00Z"),
        (1, 60, "hapert", "2026-03-02T12:01:00Z"),  # Retry-After asked for it
        (1, -60, "actief", None),
        (4, -60, "hapert", None),  # its pause is over and nothing was tried since
    ],
)
async def test_a_breaker_that_is_open(
    service: MakeService, fouten: int, pause: int | None, toestand: str, told: str | None
) -> None:
    made = await service("notificaties")
    found = await abonnement(made)
    await state(made, found, fouten, pauze_tot=None if pause is None else NOW + timedelta(seconds=pause))
    shown = await one(made, found)
    assert (shown["toestand"], shown["pauzeTot"]) == (toestand, told)


async def test_one_that_is_paused(service: MakeService) -> None:
    made = await service("notificaties")
    found = await abonnement(made)
    await queued(made, found, ago(minutes=10))
    await paused(made, found)
    await state(made, found, 9, pauze_tot=NOW + timedelta(minutes=1))
    shown = await one(made, found)
    assert (shown["toestand"], shown["wacht"], shown["volgendePoging"]) == ("gepauzeerd", 1, None)
    await state(made, found, 1, gestopt_op=NOW)
    assert (await one(made, found))["toestand"] == "gestopt"


async def test_those_in_trouble_come_first_page_by_page_and_by_toestand(service: MakeService) -> None:
    made = await service("notificaties")
    well, letters, worse, fails, gone, held = [await abonnement(made, client=name) for name in "abcdef"]
    await paused(made, held)
    await given_up(made, letters, [ago(days=1)])
    await state(made, fails, 4, pauze_tot=NOW + timedelta(minutes=1))
    await state(made, worse, 9, pauze_tot=NOW + timedelta(minutes=1))
    await state(made, gone, 1, gestopt_op=ago(days=3))
    everyone = (await seen(made)).json()
    order = [str(each) for each in (gone, worse, fails, held, letters, well)]
    assert [row["url"].rpartition("/")[2] for row in everyone["results"]] == order
    assert (everyone["count"], everyone["next"], everyone["previous"]) == (6, None, None)
    page = (await seen(made, pageSize=2, page=2, periode="week")).json()
    assert [row["url"].rpartition("/")[2] for row in page["results"]] == order[2:4]
    assert page["count"] == 6
    assert page["next"] == f"http://meent.test{URL}?pageSize=2&periode=week&page=3"
    for toestand, wanted in (
        ("gestopt", order[:1]),
        ("hapert", order[1:3]),
        ("gepauzeerd", order[3:4]),
        ("actief", order[4:]),
    ):
        found = (await seen(made, toestand=toestand)).json()
        assert [row["url"].rpartition("/")[2] for row in found["results"]] == wanted
        assert found["count"] == len(wanted)
    for fouten in (20, 3, 8, 6):
        await state(made, await abonnement(made, client=f"{fouten}"), fouten)
    failing = (await seen(made, toestand="hapert")).json()["results"]
    assert [row["clientId"] for row in failing] == ["20", "c", "8", "6", "d", "3"]
    assert everyone["results"][0]["gestoptOp"] == "2026-02-27T12:00:00Z"
    assert everyone["results"][0] == await one(made, gone)


@pytest.mark.parametrize(
    ("callback", "told"),
    [
        (
            "https://gebruiker:geheim@abonnee.example:8443/hook/a?token=geheim#geheim",
            "https://abonnee.example:8443/hook/a",
        ),
        ("http://geheim@abonnee.example", "http://abonnee.example"),
        ("https://a@b@abonnee.example/x", "https://abonnee.example/x"),
        ("http://[::1]:80/x", "http://[::1]:80/x"),
        ("http://[kapot/x?geheim", ""),
    ],
)
def test_of_an_address_only_what_is_no_secret_is_told(callback: str, told: str) -> None:
    assert address(callback) == told
