"""The ledger of deliveries: rights, filters, pages."""

import uuid
from datetime import UTC, datetime

from chassis.testing.plugin import MakeService
from chassis.testing.service import ServiceUnderTest
from chassis.unit import unit_of_work
from services.notificaties.distribution import Delivery, enqueue
from services.notificaties.projection import Notification

URL = "/bezorging/api/v1/afleveringen"
SUBSCRIBERS = [uuid.UUID(int=1), uuid.UUID(int=2)]


async def filled(made: ServiceUnderTest, count: int = 3) -> None:
    for number in range(count):
        note = Notification(
            "zaken", "https://m/z/1", "zaak", f"https://m/z/{number}", "create", "2026-03-01T12:00:00Z", {}
        )
        async with unit_of_work(made.runtime) as unit:
            await enqueue(unit, await unit.connection(), uuid.uuid4(), note, [Delivery(one) for one in SUBSCRIBERS])


async def test_without_rights(service: MakeService) -> None:
    made = await service("notificaties")
    nobody = made.client("niemand", [{"component": "nrc", "scopes": ["notificaties.consumeren"]}])
    assert (await made.anonymous().get(URL)).status_code == 401
    assert (await nobody.get(URL)).status_code == 403
    assert (await nobody.get(f"{URL}/{uuid.uuid4()}")).status_code == 403


async def test_list_filter_page(service: MakeService) -> None:
    made = await service("notificaties")
    await filled(made)
    client = made.client("lezer", [{"component": "nrc", "scopes": ["afleveringen.lezen"]}])
    everything = (await client.get(URL)).json()
    assert everything["count"] == 6
    assert everything["next"] is None
    page = (await client.get(URL, params={"pageSize": 4})).json()
    assert (page["count"], len(page["results"])) == (6, 4)
    rest = (await client.get(page["next"])).json()
    assert [row["url"] for row in page["results"] + rest["results"]] == [row["url"] for row in everything["results"]]
    one = (
        await client.get(URL, params={"abonnement": str(SUBSCRIBERS[0]), "status": "wacht", "kanaal": "zaken"})
    ).json()
    assert one["count"] == 3
    assert (await client.get(URL, params={"status": "afgeleverd"})).json()["count"] == 0
    assert (await client.get(URL, params={"status": "anders"})).status_code == 400
    assert (await client.get(URL, params={"iets": "1"})).status_code == 400
    assert (await client.get(URL, params={"page": 9})).status_code == 404
    row = (await client.get(one["results"][0]["url"])).json()
    assert row == one["results"][0] | {"verloop": []}
    assert datetime.fromisoformat(row["volgendePoging"]) <= datetime.now(UTC)
    assert (await client.get(f"{URL}/{uuid.uuid4()}")).status_code == 404


async def test_an_event_is_queued_once(service: MakeService) -> None:
    made = await service("notificaties")
    note = Notification("zaken", "https://m/z/1", "zaak", "https://m/z/1", "create", "2026-03-01T12:00:00Z", {})
    event_id, found = uuid.uuid4(), []
    for _ in range(2):
        async with unit_of_work(made.runtime) as unit:
            found.append(
                await enqueue(unit, await unit.connection(), event_id, note, [Delivery(one) for one in SUBSCRIBERS])
            )
    assert [len(jobs) for jobs in found] == [2, 0]
