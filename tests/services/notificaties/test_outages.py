"""Days pass: a subscriber is away for one, or for more than three, or this service is; others notice nothing.

Time is simulated and walked in steps. At each the dispatcher does what is due, so schedules, pauses and terms are those of
production.
"""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from chassis import clock
from chassis.testing.plugin import MakeService
from chassis.testing.service import ServiceUnderTest, eventually
from services.notificaties.dispatch import _DUE_LANES
from services.notificaties.queueing import wake
from tests.services.notificaties.webhooks import (
    BEZORGING,
    Subscribers,
    delivered,
    kanaal,
    leading,
    number,
    publish,
    serving,
    status,
    subscribe,
)

REFUSED = "connection refused"
MUCH = [2_000, pytest.param(5_000, marks=pytest.mark.slow)]
"""Deliveries that wait for a subscriber that returns."""


@dataclass
class Days:
    """A service, a publisher, a subscriber `/goed` and one `/weg` that has its own server, while time passes."""

    live: ServiceUnderTest
    now: datetime
    away: Subscribers = field(default_factory=Subscribers)
    good: Subscribers = field(default_factory=Subscribers)
    published: int = 0
    abonnement: dict[str, Any] = field(default_factory=dict)
    _server: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    def client(self) -> httpx.AsyncClient:
        """A caller with all rights, now: a token lives one hour."""
        return self.live.client()

    async def begin(self) -> None:
        """Both subscribers are there and take an abonnement."""
        self.away.url = await self._server.enter_async_context(serving(self.away))
        client = self.client()
        await kanaal(client)
        self.abonnement = await subscribe(client, f"{self.away.url}/weg")
        await subscribe(client, f"{self.good.url}/goed")

    async def leave(self, how: str) -> None:
        """From now on the subscriber refuses connections, or answers with this status."""
        if how == REFUSED:
            await self.end()
        else:
            self.away.behaviours["/weg"] = status(int(how))

    async def come_back(self, how: str) -> None:
        """It takes everything again."""
        if how == REFUSED:
            port = int(self.away.url.rsplit(":", 1)[1])
            await self._server.enter_async_context(serving(self.away, port=port))
        self.away.behaviours.clear()
        self.away.hits.clear()

    async def end(self) -> None:
        """Its server stops."""
        await self._server.aclose()

    async def walk(self, hours: float, step: float) -> None:
        """So many hours pass; after each step a notificatie is published, and what is due is done."""
        for _ in range(round(hours / step)):
            self.now += timedelta(hours=step)
            await self.publish()

    async def publish(self) -> None:
        await publish(self.client(), number=self.published)
        self.published += 1
        await self.quiet()

    async def quiet(self) -> None:
        """Everything that is due at this moment has been done."""
        await wake(self.live.runtime)
        await eventually(lambda: self.good.has("/goed", self.published))
        await eventually(self._nothing_due)

    async def _nothing_due(self) -> bool:
        database = self.live.runtime.database
        return not await database.fetch(_DUE_LANES, self.now)

    async def given_up(self) -> list[dict[str, Any]]:
        """The dead letters of the subscriber that was away, oldest first."""
        chosen = {"ontvanger": self.abonnement["url"], "pageSize": "100"}
        answer = await self.client().get(f"{BEZORGING}/onbestelbare-berichten", params=chosen)
        return list(reversed(answer.json()["results"]))

    async def all_given_up(self, count: int) -> list[dict[str, Any]] | None:
        found = await self.given_up()
        return found if len(found) == count else None

    def ids(self) -> list[str]:
        """What came in at the subscriber since it is back."""
        return [hit.headers["webhook-id"] for hit in self.away.at("/weg")]


@pytest_asyncio.fixture
async def days(live_service: MakeService, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Days]:
    live = await live_service("notificaties", allow_hosts="127.0.0.1")
    await leading(live)
    made = Days(live, clock.now())
    monkeypatch.setattr(clock, "_source", lambda: made.now)
    async with serving(made.good) as made.good.url:
        await made.begin()
        yield made
        await made.end()


@pytest.mark.parametrize("how", [REFUSED, "503"])
async def test_away_for_a_day(days: Days, how: str) -> None:
    await days.publish()
    assert len(days.ids()) == 1
    await days.leave(how)
    await days.walk(24, step=1)
    waiting = await delivered(days.client(), 24, abonnement=number(days.abonnement), status="wacht")
    tried = sum(row["pogingen"] for row in waiting)
    assert 24 <= tried <= 30, "once an hour, when something came, and a few times before it was left alone"
    await days.come_back(how)
    days.now += timedelta(minutes=20)  # the longest it is left alone
    await days.publish()
    await delivered(days.client(), 26, abonnement=number(days.abonnement), status="afgeleverd")
    assert len(days.ids()) == 25
    assert {row["gebeurtenis"] for row in waiting} < set(days.ids())
    assert await days.given_up() == []


@pytest.mark.parametrize("how", [REFUSED, "503"])
async def test_away_for_longer_than_the_term(days: Days, how: str) -> None:
    await days.leave(how)
    await days.walk(80, step=2)
    late = [2, 4, 6, 8]  # hours, of what is older than 72 at the end
    letters = await eventually(lambda: days.all_given_up(len(late)))
    await days.come_back(how)
    days.now += timedelta(minutes=20)
    await days.quiet()
    in_time = 40 - len(late)
    rows = await delivered(days.client(), in_time, abonnement=number(days.abonnement), status="afgeleverd")
    assert set(days.ids()) == {row["gebeurtenis"] for row in rows}
    assert len(days.ids()) == in_time
    assert len(await days.given_up()) == len(late)
    for place, letter in enumerate(letters):
        await offer_again(days, letter, place)
    assert len(set(days.ids())) == 40


async def offer_again(days: Days, letter: dict[str, Any], place: int) -> None:
    """One dead letter, by the API: it arrives as what it was, alone."""
    before = days.ids()
    answer = await days.client().post(f"{letter['url']}/_opnieuw")
    assert answer.status_code == 200, answer.text
    (hit,) = (await eventually(lambda: days.away.has("/weg", len(before) + 1)))[len(before) :]
    assert hit.body == letter["bericht"]
    assert hit.body["hoofdObject"].endswith(f"/{place}")
    row = (await days.client().get(letter["aflevering"])).json()
    assert hit.headers["webhook-id"] == row["gebeurtenis"]

    async def closed() -> bool:
        return bool((await days.client().get(letter["url"])).json()["status"] == "bezorgd")

    await eventually(closed)


async def test_this_service_was_away_for_longer_than_the_term(days: Days, live_service: MakeService) -> None:
    """What waited then is tried first: nobody is told that a subscriber failed that was not called."""
    await days.leave("503")
    await days.walk(6, step=1)
    await days.live.runtime.stop()
    days.now += timedelta(hours=100)
    await days.come_back("503")
    days.live = await live_service("notificaties", allow_hosts="127.0.0.1", database=days.live.dsn)
    await leading(days.live)
    await delivered(days.client(), 6, abonnement=number(days.abonnement), status="afgeleverd")
    assert len(days.ids()) == 6
    days.now += timedelta(hours=1)
    await days.publish()
    assert await days.given_up() == []


async def test_both_were_away_for_longer_than_the_term(days: Days, live_service: MakeService) -> None:
    """A subscriber that is still away is called, and only then given up on."""
    await days.leave("503")
    await days.walk(6, step=1)
    await days.live.runtime.stop()
    days.now += timedelta(hours=100)
    days.away.hits.clear()
    days.live = await live_service("notificaties", allow_hosts="127.0.0.1", database=days.live.dsn)
    await leading(days.live)
    await eventually(lambda: days.away.has("/weg", 1))
    await eventually(lambda: days.all_given_up(1))
    days.now += timedelta(minutes=2)
    await wake(days.live.runtime)
    letters = await eventually(lambda: days.all_given_up(6))
    assert [letter["status"] for letter in letters] == ["open"] * 6


@pytest.mark.timeout(120)
@pytest.mark.parametrize("much", MUCH)
async def test_much_waits_for_one_that_returns(days: Days, much: int) -> None:
    """It gets everything at once, and others do not wait for that."""
    await days.leave("503")
    await days.walk(3, step=0.1)
    await days.live.runtime.database.fetch(
        """
        WITH made AS (
            INSERT INTO notificatie SELECT gen_random_uuid(), kanaal, hoofd_object, resource, resource_url, actie, bericht,
                traceparent, aangemaakt_op FROM notificatie, generate_series(1, $2) WHERE notificatie.id =
                (SELECT min(id::text)::uuid FROM notificatie) RETURNING id
        )
        INSERT INTO aflevering (id, notificatie_id, abonnement_id, status, volgende_poging, vervalt_op)
        SELECT gen_random_uuid(), made.id, $1, 'wacht', $3, $4 FROM made
        """,
        number(days.abonnement),
        much,
        days.now,
        days.now + timedelta(hours=72),
    )
    await days.come_back("503")
    days.now += timedelta(minutes=20)
    await wake(days.live.runtime)
    await eventually(lambda: days.away.has("/weg", 100))
    for place in range(20):
        await publish(days.client(), number=place)
    await eventually(lambda: days.good.has("/goed", days.published + 20))
    assert len(days.ids()) < much, "the other did not wait for all of it"
    total = much + days.published + 20
    await eventually(lambda: days.away.has("/weg", total), seconds=90)
    assert len(days.ids()) == len(set(days.ids())) == total
