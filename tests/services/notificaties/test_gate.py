"""The gate: a new hoofdobject is told of when it is complete."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from chassis import clock
from chassis.testing.service import ServiceUnderTest, eventually
from services.notificaties.queueing import wake
from tests.services.notificaties.webhooks import (
    Subscribers,
    ask,
    delivered,
    deliveries,
    kanaal,
    number,
    status,
    subscribe,
    tell,
)


@pytest.mark.parametrize("made_last", ["rol", "status"])
async def test_told_when_it_is_complete(live: ServiceUnderTest, there: Subscribers, made_last: str) -> None:
    client = live.client()
    await kanaal(client)
    made, other = await subscribe(client, f"{there.url}/een"), await subscribe(client, f"{there.url}/ander")
    await ask(client, made, wachtOp=["status", "rol"], acties=["create"])
    made_first = {"rol": "status", "status": "rol"}[made_last]
    await tell(client, 1, "zaak")
    await tell(client, 1, made_first)
    await tell(client, 1, "zaak", "update")
    await tell(client, 2, "status")  # of a zaak that was there already
    await delivered(client, 4, abonnement=number(other), status="afgeleverd")
    (early,) = await eventually(lambda: there.has("/een", 1))
    assert early.body["hoofdObject"] == "https://m/zaken/2"
    await tell(client, 1, made_last)
    hits = await eventually(lambda: there.has("/een", 4))
    assert [hit.body["resource"] for hit in hits[1:]] == ["zaak", made_first, made_last]
    await tell(client, 1, "status")
    await eventually(lambda: there.has("/een", 5))
    assert await live.runtime.database.fetch("SELECT * FROM poort") == []


async def test_told_in_the_end_though_incomplete(live: ServiceUnderTest, there: Subscribers) -> None:
    client = live.client()
    await kanaal(client)
    made = await subscribe(client, f"{there.url}/een")
    await ask(client, made, wachtOp=["status"], wachtHoogstens=30)
    await tell(client, 1, "zaak")
    await delivered(client, 1, abonnement=number(made), status="wacht")
    with clock.frozen(clock.now() + timedelta(minutes=31)):
        await wake(live.runtime)
        await delivered(client, 1, abonnement=number(made), status="afgeleverd")
        await tell(client, 1, "rol")
        await delivered(client, 2, abonnement=number(made), status="afgeleverd")


async def test_held_for_longer_than_a_delivery_is_tried(live: ServiceUnderTest, there: Subscribers) -> None:
    """It has its whole term after that: nobody gives up what was never tried, nor after one attempt."""
    client = live.client()
    await kanaal(client)
    made = await subscribe(client, f"{there.url}/een")
    await ask(client, made, wachtOp=["status"], wachtHoogstens=100 * 60)
    await tell(client, 1, "zaak")
    await delivered(client, 1, abonnement=number(made), status="wacht")
    there.behaviours["/een"] = status(500)
    with clock.frozen(clock.now() + timedelta(hours=101)):
        await wake(live.runtime)
        client = live.client()  # tokens live one hour
        await eventually(lambda: there.has("/een", 1))
        (row,) = await eventually(lambda: tried(client, made))
        assert row["status"] == "wacht"


async def tried(client: httpx.AsyncClient, made: dict[str, Any]) -> list[dict[str, Any]] | None:
    found = await deliveries(client, abonnement=number(made))
    return found if found and found[0]["pogingen"] else None


async def test_removed_before_it_was_complete(live: ServiceUnderTest, there: Subscribers) -> None:
    client = live.client()
    await kanaal(client)
    made = await subscribe(client, f"{there.url}/een")
    await ask(client, made, wachtOp=["status"])
    await tell(client, 1, "zaak")
    await tell(client, 1, "zaak", "destroy")
    hits = await eventually(lambda: there.has("/een", 2))
    assert [hit.body["actie"] for hit in hits] == ["create", "destroy"]
