"""Offering all dead letters of one ontvanger again: rights, order, batches, and everything that can be in the way."""

import asyncio
from typing import Any

import pytest

from chassis.problems import Unavailable
from chassis.testing.plugin import MakeService
from chassis.testing.service import ServiceUnderTest, eventually
from services.notificaties.bezorging import opnieuw
from tests.services.notificaties.ledger import NOW, abonnement, ago, event_letters, given_up, receiver, state
from tests.services.notificaties.webhooks import (
    AUTH,
    Hit,
    kanaal,
    leading,
    publish,
    status,
    subscribe,
    subscribers,
)

LETTERS = "/bezorging/api/v1/onbestelbare-berichten"
URL = f"{LETTERS}/_opnieuw"


async def offered(made: ServiceUnderTest, ontvanger: str, **more: Any) -> tuple[int, int, dict[str, int], int]:
    """What one call did: offered, skipped, refused by code, left."""
    answer = await made.client().post(URL, json={"ontvanger": ontvanger, **more})
    assert answer.status_code == 200, answer.text
    done = answer.json()
    refused = {one["code"]: one["aantal"] for one in done["geweigerd"]}
    assert all(one["reden"] for one in done["geweigerd"])
    return done["aangeboden"], done["overgeslagen"], refused, done["resterend"]


async def letters(made: ServiceUnderTest, **chosen: Any) -> list[dict[str, Any]]:
    """Dead letters, the first that arose first."""
    found = (await made.client().get(LETTERS, params={"pageSize": 500, **chosen})).json()["results"]
    return sorted(found, key=lambda letter: letter["ontstaanOp"])


async def test_without_rights(service: MakeService) -> None:
    made = await service("notificaties")
    found = await abonnement(made)
    await given_up(made, found, [ago(hours=1)])
    body = {"ontvanger": receiver(found)}
    reader = made.client("lezer", [{"component": "nrc", "scopes": ["onbestelbare-berichten.lezen"]}])
    assert (await made.anonymous().post(URL, json=body)).status_code == 401
    assert (await reader.post(URL, json=body)).status_code == 403
    (letter,) = await letters(made)
    assert letter["status"] == "open"


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"ontvanger": None}, "ontvanger"),
        ({"ontvanger": ""}, "ontvanger"),
        ({"soort": "brief"}, "soort"),
        ({"tot": "gisteren"}, "tot"),
        ({"tot": "2026-03-02T12:00:00"}, "tot"),
    ],
)
async def test_a_body_that_is_not_understood(service: MakeService, wrong: dict[str, Any], name: str) -> None:
    made = await service("notificaties")
    answer = await made.client().post(URL, json={"ontvanger": "x", **wrong})
    assert answer.status_code == 400
    assert [one["name"] for one in answer.json()["invalidParams"]] == [name]


async def test_nothing_to_offer(service: MakeService) -> None:
    made = await service("notificaties")
    assert await offered(made, "wie-dan-ook") == (0, 0, {}, 0)


async def test_batch_by_batch_in_the_order_in_which_they_arose(
    service: MakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await service("notificaties")
    monkeypatch.setattr(opnieuw, "BATCH", 2)
    found, other = await abonnement(made), await abonnement(made)
    await given_up(made, found, [ago(hours=hours) for hours in (1, 5, 3, 4, 2)])
    await given_up(made, other, [ago(hours=6)])
    counts = []
    for wanted in ((2, 0, {}, 3), (2, 0, {}, 1), (1, 0, {}, 0), (0, 0, {}, 0)):
        assert await offered(made, receiver(found)) == wanted
        mine = await letters(made, ontvanger=receiver(found))
        counts.append(["aangeboden" if one["status"] == "aangeboden" else "open" for one in mine].count("aangeboden"))
        assert [one["status"] for one in mine[: counts[-1]]] == ["aangeboden"] * counts[-1]  # the oldest
    assert counts == [2, 4, 5, 5]
    assert [one["status"] for one in await letters(made, ontvanger=receiver(other))] == ["open"]
    rows = await made.runtime.database.fetch(
        "SELECT a.status, a.pogingen, n.aangemaakt_op FROM aflevering a JOIN notificatie n ON n.id = a.notificatie_id "
        "WHERE a.abonnement_id = $1 ORDER BY a.volgende_poging, a.id",
        found,
    )
    assert {(row["status"], row["pogingen"]) for row in rows} == {("wacht", 0)}
    actions = [row["actie"] for row in await made.audit() if row["resource"] == "onbestelbaar_bericht"]
    assert actions.count("opnieuw_aanbieden") == 5


async def test_the_same_key_offers_one_batch(service: MakeService, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await service("notificaties")
    monkeypatch.setattr(opnieuw, "BATCH", 1)
    found = await abonnement(made)
    await given_up(made, found, [ago(hours=1), ago(hours=2)])
    client, body = made.client(), {"ontvanger": receiver(found)}
    answers = [await client.post(URL, json=body, headers={"Idempotency-Key": "a"}) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["resterend"] == 1
    assert [one["status"] for one in await letters(made)] == ["aangeboden", "open"]


async def test_only_up_to_a_moment_and_of_one_kind(service: MakeService) -> None:
    made = await service("notificaties")
    found = await abonnement(made)
    await given_up(made, found, [ago(hours=1), ago(hours=2)])
    assert await offered(made, receiver(found), soort="gebeurtenis") == (0, 0, {}, 0)
    assert await offered(made, receiver(found), tot="2026-03-02T09:59:59Z") == (0, 0, {}, 0)
    assert await offered(made, receiver(found), tot="2026-03-02T11:00:00+01:00", soort="aflevering") == (1, 0, {}, 0)
    assert [one["status"] for one in await letters(made)] == ["aangeboden", "open"]


@pytest.mark.parametrize("code", ["abonnement-gestopt", "abonnement-bestaat-niet"])
async def test_nobody_to_deliver_to(service: MakeService, code: str) -> None:
    made = await service("notificaties")
    found = await abonnement(made)
    await given_up(made, found, [ago(hours=1), ago(hours=2)])
    if code == "abonnement-gestopt":
        await state(made, found, 1, gestopt_op=NOW)
    else:
        await made.client().delete(receiver(found))
    assert await offered(made, receiver(found)) == (0, 0, {code: 2}, 0)
    assert {one["status"] for one in await letters(made)} == {"open"}


async def test_what_is_under_way_or_arrived_is_skipped(service: MakeService) -> None:
    made = await service("notificaties")
    found = await abonnement(made)
    arrived, under_way, _ = await given_up(made, found, [ago(hours=3), ago(hours=2), ago(hours=1)])
    for job, became in ((arrived, "afgeleverd"), (under_way, "wacht")):
        await made.runtime.database.fetch("UPDATE aflevering SET status = $2 WHERE id = $1", job.id, became)
    assert await offered(made, receiver(found)) == (1, 2, {}, 0)
    assert [one["status"] for one in await letters(made)] == ["bezorgd", "aangeboden", "aangeboden"]
    assert [len(one["opnieuwAangeboden"]) for one in await letters(made)] == [0, 0, 1]


async def test_one_whose_delivery_is_forgotten_is_refused_and_not_in_the_way(
    service: MakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await service("notificaties")
    monkeypatch.setattr(opnieuw, "BATCH", 1)
    found = await abonnement(made)
    jobs = await given_up(made, found, [ago(hours=3), ago(hours=2)])
    await made.runtime.database.fetch("DELETE FROM notificatie WHERE id = $1", jobs[0].notificatie_id)
    assert await offered(made, receiver(found)) == (1, 0, {}, 1)
    assert await offered(made, receiver(found)) == (0, 0, {"aflevering-bestaat-niet": 1}, 0)
    assert [one["status"] for one in await letters(made)] == ["open", "aangeboden"]


async def test_two_at_the_same_time_offer_each_once(service: MakeService) -> None:
    made = await service("notificaties")
    found = await abonnement(made)
    await given_up(made, found, [ago(hours=hours) for hours in range(1, 8)])
    done = await asyncio.gather(*(offered(made, receiver(found)) for _ in range(3)))
    assert sum(one[0] for one in done) == 7
    assert {len(one["opnieuwAangeboden"]) for one in await letters(made)} == {1}


async def test_an_event_that_two_want_to_offer_at_the_same_time_is_published_once(
    service: MakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await service("notificaties")
    await event_letters(made, "zaken-x", 2)
    published = []

    async def others_wait() -> bool:
        (row,) = await made.runtime.database.fetch(
            "SELECT count(*) AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(row["n"] == 2)

    async def publish_slowly(_: Any, letter: Any) -> None:
        published.append(letter.sleutel)
        if len(published) == 1:  # the others have seen the same letters by now
            await eventually(others_wait)

    monkeypatch.setattr(opnieuw, "publish_again", publish_slowly)
    done = await asyncio.gather(*(offered(made, "zaken-x") for _ in range(3)))
    assert published == ["event-0", "event-1"]
    assert sorted(one[:2] for one in done) == [(0, 2), (0, 2), (2, 0)]


async def test_an_abonnement_by_its_former_url(service: MakeService, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await service("notificaties")
    found = await abonnement(made)
    await given_up(made, found, [ago(hours=1)])
    await made.runtime.database.fetch(
        "UPDATE onbestelbaar_bericht SET ontvanger = replace(ontvanger, 'http://meent.test', 'http://oud.test')"
    )
    assert await letters(made, ontvanger=receiver(found)) == []
    monkeypatch.setattr(made.runtime.settings, "former_urls", "http://oud.test")
    for base in ("http://meent.test", "http://oud.test"):
        assert len(await letters(made, ontvanger=receiver(found, base))) == 1
    assert (await made.client().get(f"/bezorging/api/v1/abonnees/{found}")).json()["onbestelbaar"] == 1
    assert await offered(made, receiver(found)) == (1, 0, {}, 0)
    await made.runtime.database.fetch("DELETE FROM onbestelbaar_bericht")  # it renders to what it was not made with


async def test_without_nats_events_wait(service: MakeService, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await service("notificaties")
    await event_letters(made, "zaken-x", 3)
    answer = await made.client().post(URL, json={"ontvanger": "zaken-x"})
    assert (answer.status_code, answer.json()["code"]) == (503, "berichtenbus-niet-bereikbaar")
    assert {one["status"] for one in await letters(made)} == {"open"}
    left = ["event-0"]

    async def published(_: Any, letter: Any) -> None:  # and then the bus goes away
        if letter.sleutel not in left:
            raise Unavailable("berichtenbus-niet-bereikbaar", "De berichtenbus is even niet bereikbaar.")

    monkeypatch.setattr(opnieuw, "publish_again", published)
    assert await offered(made, "zaken-x") == (1, 0, {}, 2)
    assert [one["status"] for one in await letters(made)] == ["aangeboden", "open", "open"]


async def test_events_are_published_for_their_one_consumer(live_service: MakeService) -> None:
    made = await live_service("notificaties")
    await leading(made)
    await event_letters(made, "zaken-x", 3)
    assert await offered(made, "zaken-x", soort="gebeurtenis") == (3, 0, {}, 0)
    jetstream = await made.runtime.messaging.jetstream()
    first = (await jetstream.stream_info("ZGW")).state.first_seq
    sent = [(await jetstream.get_msg("ZGW", first + place)).headers for place in range(3)]
    assert [one["Nats-Msg-Id"] for one in sent] == [f"event-{place}.replay.1" for place in range(3)]
    assert {one["Meent-Replay"] for one in sent} == {"zaken-x"}


async def test_a_subscriber_that_is_back_gets_all_of_it(live_service: MakeService) -> None:
    made = await live_service("notificaties", allow_hosts="127.0.0.1", webhook_timeout=20)
    await leading(made)
    client = made.client()
    await kanaal(client)
    answers = asyncio.Event()

    async def gone(_: Hit) -> tuple[int, dict[str, str]]:
        await answers.wait()
        return 410, {}

    async with subscribers() as there:
        there.behaviours["/weg"] = gone
        taken = await subscribe(client, f"{there.url}/weg")
        for place in range(3):
            await publish(client, number=place)
        tried = await eventually(lambda: there.has("/weg", 3))
        answers.set()
        await eventually(lambda: all_are(made, "open", 3))
        there.behaviours["/weg"] = status(204)
        assert await offered(made, taken["url"]) == (0, 0, {"abonnement-gestopt": 3}, 0)
        patch = {"callbackUrl": f"{there.url}/weg", "auth": AUTH}
        assert (await client.patch(taken["url"], json=patch)).status_code == 200
        assert await offered(made, taken["url"]) == (3, 0, {}, 0)
        await eventually(lambda: all_are(made, "bezorgd", 3))
        repeated = there.at("/weg")[3:]
        assert sorted(hit.headers["webhook-id"] for hit in repeated) == sorted(
            hit.headers["webhook-id"] for hit in tried
        )


async def all_are(made: ServiceUnderTest, wanted: str, count: int) -> bool:
    """Whether there are so many dead letters, all in this state."""
    return [one["status"] for one in await letters(made)] == [wanted] * count
