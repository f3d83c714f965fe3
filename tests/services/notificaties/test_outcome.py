"""What befalls a subscriber is told: as an event on the kanaal bezorging and as a metric, once each time it happens."""

import asyncio
from datetime import timedelta
from typing import Any

from chassis import clock, telemetry
from chassis.testing.service import ServiceUnderTest, eventually
from services.notificaties import metrics, outcome
from services.notificaties.queueing import wake
from tests.services.notificaties.webhooks import (
    BEZORGING,
    Hit,
    Subscribers,
    delivered,
    kanaal,
    leading,
    number,
    publish,
    status,
    subscribe,
)


async def told(live: ServiceUnderTest, before: dict[str, tuple[str, int]] | None = None) -> dict[str, tuple[str, int]]:
    """The events about subscribers by id, also those of `before`: what happened, and to how many messages."""
    events = [event for event in await live.outbox() if event["type"].startswith("nl.overheid.bezorging.")]
    return (before or {}) | {event["id"]: (event["data"]["actie"], event["data"]["aantal"]) for event in events}


async def failed(live: ServiceUnderTest, times: int) -> bool:
    rows = await live.runtime.database.fetch("SELECT fouten FROM wachtrij")
    return any(row["fouten"] >= times for row in rows)


def signals(soort: str) -> float:
    return telemetry.value(metrics.SIGNALS, soort=soort)


async def test_failing_left_alone_given_up_and_back(live: ServiceUnderTest, there: Subscribers) -> None:
    client = live.client()
    await kanaal(client)
    there.behaviours["/weg"] = status(503)
    before = {soort: signals(soort) for soort in ("hapert", "onbereikbaar", "bereikbaar")}
    given_up = telemetry.value(metrics.DEAD_LETTERS)
    abonnement = await subscribe(client, f"{there.url}/weg")
    for place in range(4):
        await publish(client, number=place)
    await delivered(client, 4, abonnement=number(abonnement))  # all are queued, so their term began now
    await eventually(lambda: failed(live, 3))
    early = await told(live)  # what was published is not kept for hours
    assert [*early.values()] == [("hapert", 0), ("onbereikbaar", 0)]
    with clock.frozen(clock.now() + timedelta(hours=80)):
        client = live.client()  # tokens live one hour
        await wake(live.runtime)
        await delivered(client, 4, abonnement=number(abonnement), status="onbestelbaar")
        early = await told(live, early)
        there.behaviours["/weg"] = status(204)
    with clock.frozen(clock.now() + timedelta(hours=81)):  # after the rest that a last call may have brought
        client = live.client()
        await publish(client, number=9)
        await delivered(client, 1, abonnement=number(abonnement), status="afgeleverd")
    happened = (await told(live, early)).values()
    assert sum(aantal for actie, aantal in happened if actie == "opgegeven") == 4
    letters = (await live.client().get(f"{BEZORGING}/onbestelbare-berichten")).json()["results"]
    assert [letter["aantal"] for letter in letters] == [1] * 4
    assert [actie for actie, _ in happened if actie != "opgegeven"] == ["hapert", "onbereikbaar", "bereikbaar"]
    assert {soort: signals(soort) - count for soort, count in before.items()} == dict.fromkeys(before, 1.0)
    assert telemetry.value(metrics.DEAD_LETTERS) - given_up == 4


async def test_taken_just_after_it_was_given_up(live: ServiceUnderTest, there: Subscribers) -> None:
    client, may = live.client(), asyncio.Event()
    await kanaal(client)

    async def late(_: Hit) -> tuple[int, dict[str, str]]:
        await may.wait()
        return 204, {}

    there.behaviours["/laat"] = late
    abonnement = await subscribe(client, f"{there.url}/laat")
    await publish(client)
    await eventually(lambda: there.has("/laat", 1))
    await live.runtime.database.fetch("UPDATE wachtrij SET fouten = 1")
    assert await outcome.expire(live.runtime, clock.now() + timedelta(hours=73), ()) == 1
    may.set()
    await delivered(client, 1, abonnement=number(abonnement), status="afgeleverd")

    async def closed() -> bool:
        (letter,) = (await client.get(f"{BEZORGING}/onbestelbare-berichten")).json()["results"]
        return bool(letter["status"] == "bezorgd")

    await eventually(closed)


async def test_stopped(live: ServiceUnderTest, there: Subscribers) -> None:
    client = live.client()
    await kanaal(client)
    there.behaviours["/op"] = status(410)
    abonnement = await subscribe(client, f"{there.url}/op")
    await publish(client)
    await delivered(client, 1, abonnement=number(abonnement), status="onbestelbaar")
    assert sorted((await told(live)).values()) == [("gestopt", 0), ("hapert", 0), ("opgegeven", 1)]
    (event, *_) = [one for one in await live.outbox() if one["type"] == "nl.overheid.bezorging.abonnement-gestopt"]
    assert event["nats"] == "zgw.v1.gm9001.bezorging.abonnement.gestopt"
    assert event["dataref"] == event["data"]["hoofdObject"] == abonnement["url"]
    assert event["data"]["kenmerken"] == {"abonnement": abonnement["url"]}


async def test_nothing_of_what_was_to_be_delivered_is_told(live: ServiceUnderTest, there: Subscribers) -> None:
    client = live.client()
    await kanaal(client)
    there.behaviours["/stuk"] = status(500)
    await subscribe(client, f"{there.url}/stuk?token=geheim-in-adres")
    body = await publish(client)
    await eventually(lambda: failed(live, 1))
    (event, *_) = [one for one in await live.outbox() if one["type"].startswith("nl.overheid.bezorging.")]
    text = repr(event)
    assert body["resourceUrl"] not in text
    assert "geheim-in-adres" not in text


async def test_an_operator_subscribes_like_any(live: ServiceUnderTest, there: Subscribers) -> None:
    await leading(live)
    client = live.client()
    await kanaal(client)
    await subscribe(client, f"{there.url}/beheer", "bezorging")
    there.behaviours["/stuk"] = status(500)
    broken = await subscribe(client, f"{there.url}/stuk")
    await publish(client)
    (hit, *_) = await eventually(lambda: there.has("/beheer", 1))
    shown: dict[str, Any] = hit.body
    assert (shown["kanaal"], shown["resource"], shown["actie"]) == ("bezorging", "abonnement", "hapert")
    assert shown["resourceUrl"] == shown["kenmerken"]["abonnement"] == broken["url"]
