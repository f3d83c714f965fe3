"""What a dispatcher took and could not finish is taken again: by the same process, which goes on as long as it lives."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from chassis.testing.plugin import MakeService
from chassis.testing.service import ServiceUnderTest, eventually
from services.notificaties import dispatch, outcome
from tests.services.notificaties.webhooks import (
    Hit,
    Subscribers,
    delivered,
    deliveries,
    kanaal,
    leading,
    number,
    publish,
    status,
    subscribe,
)


@dataclass
class Waiting:
    """A subscriber that answers 204, but only when it may."""

    may: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, _: Hit) -> tuple[int, dict[str, str]]:
        await self.may.wait()
        return 204, {}


async def patient(live_service: MakeService, **settings: Any) -> ServiceUnderTest:
    """A service that waits long for an answer."""
    live = await live_service("notificaties", allow_hosts="127.0.0.1", webhook_timeout=20, **settings)
    await leading(live)
    return live


@pytest.fixture
def slots_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call keeps its slot however long it takes."""
    monkeypatch.setattr(dispatch, "LONG_CALL", 60)


async def lose_the_lead(live: ServiceUnderTest) -> None:
    """As when the database restarts."""
    ended = await live.runtime.database.fetch(
        "SELECT pg_terminate_backend(pid) AS ended FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND database "
        "= (SELECT oid FROM pg_database WHERE datname = current_database())",
        dispatch._LOCK,
    )
    assert [row["ended"] for row in ended] == [True]


async def test_a_call_that_is_cut_off_is_made_again(live_service: MakeService, there: Subscribers) -> None:
    live = await patient(live_service)
    client = live.client()
    await kanaal(client)
    there.behaviours["/traag"] = Waiting()
    await subscribe(client, f"{there.url}/traag")
    await publish(client)
    await eventually(lambda: there.has("/traag", 1))
    there.behaviours["/traag"] = status(204)
    await lose_the_lead(live)
    await delivered(client, 1, status="afgeleverd")
    assert len({hit.headers["webhook-id"] for hit in there.at("/traag")}) == 1
    assert len(there.at("/traag")) == 2


@pytest.mark.usefixtures("slots_are_kept")
async def test_what_waits_for_a_slot_when_the_lead_is_lost(live_service: MakeService, there: Subscribers) -> None:
    live = await patient(live_service, webhook_slots=1)
    client = live.client()
    await kanaal(client)
    there.behaviours["/traag"] = Waiting()
    await subscribe(client, f"{there.url}/traag")
    await publish(client)
    await eventually(lambda: there.has("/traag", 1))
    await subscribe(client, f"{there.url}/ander")
    for place in range(3):
        await publish(client, number=place)
    await delivered(client, 7, status="wacht")
    there.behaviours["/traag"] = status(204)
    await lose_the_lead(live)
    await delivered(client, 7, status="afgeleverd")
    assert len({hit.headers["webhook-id"] for hit in there.at("/ander")}) == 3


@pytest.mark.usefixtures("slots_are_kept")
async def test_an_abonnement_that_changes_while_its_deliveries_wait_for_a_slot(
    live_service: MakeService, there: Subscribers
) -> None:
    live = await patient(live_service, webhook_slots=1)
    client = live.client()
    await kanaal(client)
    slow = there.behaviours["/traag"] = Waiting()
    await subscribe(client, f"{there.url}/traag")
    await publish(client)
    await eventually(lambda: there.has("/traag", 1))
    other = await subscribe(client, f"{there.url}/oud")
    await publish(client, number=2)
    await delivered(client, 1, abonnement=number(other), status="wacht")
    assert (await client.patch(other["url"], json={"callbackUrl": f"{there.url}/nieuw"})).status_code == 200
    slow.may.set()
    await delivered(client, 3, status="afgeleverd")
    assert [len(there.at(path)) for path in ("/oud", "/nieuw")] == [0, 1]


async def test_what_waits_for_a_slot_at_a_subscriber_that_ends_its_abonnement(
    live_service: MakeService, there: Subscribers
) -> None:
    live = await patient(live_service, webhook_slots=1)
    client = live.client()
    await kanaal(client)
    queued = asyncio.Event()

    async def ends(_: Hit) -> tuple[int, dict[str, str]]:
        await queued.wait()
        return 410, {}

    there.behaviours["/op"] = ends
    gone = await subscribe(client, f"{there.url}/op")
    for place in range(4):
        await publish(client, number=place)
    await delivered(client, 4, abonnement=number(gone), status="wacht")
    queued.set()
    await delivered(client, 4, abonnement=number(gone), status="onbestelbaar")
    assert len(there.at("/op")) == 1


async def test_who_hangs_does_not_keep_its_slots(live_service: MakeService, there: Subscribers) -> None:
    """Also when so many hang that they had all slots."""
    live = await patient(live_service, webhook_slots=4)
    client = live.client()
    await kanaal(client)
    for path in ("een", "twee"):
        there.behaviours[f"/{path}"] = Waiting()
        await subscribe(client, f"{there.url}/{path}")
    for place in range(4):
        await publish(client, number=place)
    await eventually(lambda: there.has("/een", 2))
    good = await subscribe(client, f"{there.url}/goed")
    await publish(client, number=4)
    await delivered(client, 1, abonnement=number(good), status="afgeleverd")
    assert await deliveries(client, status="onbestelbaar") == []
    assert {row["pogingen"] for row in await deliveries(client, status="wacht")} == {0}, "they are still being tried"


async def test_giving_up_much_of_one_delays_nobody_else(
    live_service: MakeService, there: Subscribers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One ended its abonnement with much in its queue; whatever that takes, others' deliveries are made and written."""
    live = await patient(live_service)
    client = live.client()
    await kanaal(client)
    there.behaviours["/op"] = status(410)
    there.behaviours["/soms"] = status(503)
    gone, sometimes = await subscribe(client, f"{there.url}/op"), await subscribe(client, f"{there.url}/soms")
    begun, may = asyncio.Event(), asyncio.Event()
    expire = outcome.expire

    async def slowly(*given: Any) -> int:
        begun.set()
        await may.wait()
        return await expire(*given)

    monkeypatch.setattr(outcome, "expire", slowly)
    await publish(client)
    await asyncio.wait_for(begun.wait(), 10)
    good = await subscribe(client, f"{there.url}/goed")
    await publish(client, number=2)
    await delivered(client, 1, abonnement=number(good), status="afgeleverd")
    there.behaviours["/soms"] = status(204)
    await delivered(client, 2, abonnement=number(sometimes), status="afgeleverd")
    may.set()
    await delivered(client, 1, abonnement=number(gone), status="onbestelbaar")
    assert len(await deliveries(client, abonnement=number(gone))) == 1
