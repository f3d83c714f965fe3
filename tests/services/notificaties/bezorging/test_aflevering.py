"""The ledger of deliveries: rights, filters, pages."""

import uuid
from datetime import UTC, datetime

from chassis.testing.plugin import MakeService
from chassis.testing.service import ServiceUnderTest
from chassis.unit import unit_of_work
from services.notificaties.distribution import Delivery, enqueue
from services.notificaties.projection import Notification
from tests.services.notificaties.ledger import abonnement, ago, queued, tried

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


async def test_what_became_of_one_zaak_and_when(service: MakeService) -> None:
    made = await service("notificaties")
    found = await abonnement(made)
    for hours, zaak in ((3, "a"), (2, "b"), (1, "a")):
        await queued(made, found, ago(hours=hours), f"https://m/z/{zaak}")
    client = made.client("lezer", [{"component": "nrc", "scopes": ["afleveringen.lezen"]}])

    async def moments(**chosen: str) -> list[str]:
        answer = await client.get(URL, params=chosen)
        assert answer.status_code == 200, answer.text
        return [row["aangemaaktOp"][11:13] for row in answer.json()["results"]]

    assert await moments() == ["11", "10", "09"]
    assert await moments(hoofdObject="https://m/z/a") == ["11", "09"]
    assert await moments(hoofdObject="https://m/z/A") == []
    assert await moments(resourceUrl="https://m/z/1") == ["11", "10", "09"]
    assert await moments(resourceUrl="https://m/z/a") == []
    assert await moments(vanaf="2026-03-02T10:00:00Z") == ["11", "10"]
    assert await moments(tot="2026-03-02T11:00:00+01:00", hoofdObject="https://m/z/b") == ["10"]
    assert await moments(vanaf="2026-03-02T09:00:01Z", tot="2026-03-02T10:59:59Z") == ["10"]
    for wrong in ("gisteren", "2026-03-02", "2026-03-02T10:00:00"):
        assert (await client.get(URL, params={"vanaf": wrong})).status_code == 400


async def test_each_attempt_tells_how_long_it_took_how_it_ended_and_when_the_next_is(service: MakeService) -> None:
    made = await service("notificaties")
    job = await queued(made, await abonnement(made), ago(hours=1))
    await tried(made, job, ago(minutes=50), fout="antwoord 503", http=503, duur=71, again=ago(minutes=40))
    await tried(made, job, ago(minutes=40), fout="geen antwoord binnen de tijd", duur=10_000, again=ago(minutes=-20))
    row = (await made.client().get(f"{URL}/{job.id}")).json()
    assert (row["laatsteStatus"], row["laatsteFout"], row["duurMs"]) == (None, "geen antwoord binnen de tijd", 10_000)
    assert (row["pogingen"], row["volgendePoging"], row["afgerondOp"]) == (2, "2026-03-02T12:20:00Z", None)
    assert row["verloop"] == [
        {"op": "2026-03-02T11:10:00Z", "status": 503, "fout": "antwoord 503", "duurMs": 71},
        {"op": "2026-03-02T11:20:00Z", "status": None, "fout": "geen antwoord binnen de tijd", "duurMs": 10_000},
    ]
    await tried(made, job, ago(minutes=-20), http=200, duur=8)
    row = (await made.client().get(f"{URL}/{job.id}")).json()
    assert (row["laatsteStatus"], row["laatsteFout"], row["duurMs"]) == (200, "", 8)
    assert (row["volgendePoging"], row["afgerondOp"]) == (None, "2026-03-02T12:20:00Z")
