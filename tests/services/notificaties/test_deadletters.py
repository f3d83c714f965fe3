"""Dead letters of consumers, ours and outsiders': found, listed, and offered again to the one that missed them."""

import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import nats
import pytest_asyncio
from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig

from chassis.catalog import ADMINISTRATOR, inbox_prefix
from chassis.testing.plugin import MakeService
from chassis.testing.servers import Servers
from chassis.testing.service import ServiceUnderTest, eventually
from services.notificaties.deadletters import index_letter
from tests.services.notificaties.webhooks import BEZORGING, kanaal, leading, subscribe, subscribers

URL = f"{BEZORGING}/onbestelbare-berichten"
SUBJECT = "afdeling.v1.gm9001.parkeren.verhuizing.gemeld"


@pytest_asyncio.fixture
async def live(live_service: MakeService) -> ServiceUnderTest:
    made = await live_service("notificaties", allow_hosts="127.0.0.1")
    await leading(made)
    return made


@pytest_asyncio.fixture
async def admin(servers: Servers, live: ServiceUnderTest) -> AsyncIterator[Client]:
    """Who may publish anything and make consumers of outsiders."""
    client = await nats.connect(servers.nats.url(ADMINISTRATOR), inbox_prefix=inbox_prefix(ADMINISTRATOR).encode())
    yield client
    await client.close()


def cloudevent(event_id: uuid.UUID) -> bytes:
    content = {
        "specversion": "1.0",
        "id": str(event_id),
        "source": "urn:nld:gemeente:gm9001:systeem:klanten",
        "type": "nl.overheid.verhuizingen.gemeld",
        "subject": str(uuid.uuid4()),
        "time": "2026-03-01T12:00:00Z",
        "dataref": "http://meent.test/verhuizingen/api/v1/opvolgingen/1",
        "sequence": "1",
        "sequencetype": "Integer",
        "data": {"velden": ["adres"]},
    }
    return json.dumps(content).encode()


async def letters(under_test: ServiceUnderTest, count: int = 1) -> list[dict[str, Any]]:
    client = under_test.client()

    async def there() -> list[dict[str, Any]] | None:
        found = (await client.get(URL)).json()["results"]
        return found if len(found) >= count else None

    return list(await eventually(there))


async def bury(admin: Client, event_id: uuid.UUID, consumer: str = "klanten-fanout", error: str = "KeyError") -> None:
    headers = {"Meent-Subject": SUBJECT, "Meent-Consumer": consumer, "Meent-Stream": "AFDELING", "Meent-Error": error}
    await admin.jetstream().publish(f"dlq.v1.gm9001.{consumer}", cloudevent(event_id), headers=headers)


async def test_without_rights(service: MakeService) -> None:
    made = await service("notificaties")
    one = f"{URL}/00000000-0000-0000-0000-000000000000"
    nobody = made.client("niemand", [])
    reader = made.client("lezer", [{"component": "nrc", "scopes": ["onbestelbare-berichten.lezen"]}])
    assert (await made.anonymous().get(URL)).status_code == 401
    for answer in (await nobody.get(URL), await nobody.get(one), await nobody.post(f"{one}/_opnieuw")):
        assert answer.status_code == 403
    assert (await reader.get(URL)).json()["count"] == 0
    assert (await reader.get(one)).status_code == 404
    assert (await reader.post(f"{one}/_opnieuw")).status_code == 403


async def test_dead_letters_are_listed_once_and_shown(live: ServiceUnderTest, admin: Client) -> None:
    first, second = uuid.uuid4(), uuid.uuid4()
    await bury(admin, first)
    await bury(admin, second, "meldingen-routering")
    await bury(admin, first, "meldingen-routering")
    await letters(live, 3)
    client = live.client()
    (letter,) = (await client.get(URL, params={"ontvanger": "klanten-fanout"})).json()["results"]
    assert letter["gebeurtenis"] == str(first)
    assert (letter["soort"], letter["status"], letter["reden"]) == ("gebeurtenis", "open", "KeyError")
    assert (letter["onderwerp"], letter["stream"]) == (SUBJECT, "AFDELING")
    assert letter["bericht"] == json.loads(cloudevent(first)) | {"subject": letter["bericht"]["subject"]}
    assert (await client.get(letter["url"])).json() == letter
    await bury(admin, first, error="ValueError")

    async def again() -> dict[str, Any] | None:
        found = (await client.get(letter["url"])).json()
        return dict(found) if found["aantal"] == 2 else None

    assert (await eventually(again))["reden"] == "ValueError"
    assert (await client.get(URL)).json()["count"] == 3


async def test_the_same_message_twice_changes_nothing(live: ServiceUnderTest, admin: Client) -> None:
    seen = []
    subscription = await admin.jetstream().subscribe("dlq.v1.>", ordered_consumer=True)
    await bury(admin, uuid.uuid4())
    await letters(live)
    message = await subscription.next_msg(timeout=5)
    for _ in range(2):
        await index_letter(live.runtime, message)
        seen.append((await letters(live))[0])
    assert seen[0]["aantal"] == seen[1]["aantal"] == 1
    await subscription.unsubscribe()


async def test_what_an_outsider_never_acknowledged(live: ServiceUnderTest, admin: Client, servers: Servers) -> None:
    config = ConsumerConfig(
        durable_name="afdeling-parkeren",
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=0.2,
        max_deliver=2,
        filter_subject="afdeling.v1.gm9001.parkeren.>",
    )
    await admin.jetstream().add_consumer("AFDELING", config)
    event_id = uuid.uuid4()
    await admin.jetstream().publish(SUBJECT, cloudevent(event_id), headers={"Nats-Msg-Id": str(event_id)})
    outsider = await nats.connect(
        servers.nats.url("afdeling-parkeren"), inbox_prefix=inbox_prefix("afdeling-parkeren").encode()
    )
    try:
        received = await _never_acknowledge(outsider, 2)
        assert received == [str(event_id)] * 2
        (letter,) = await letters(live)
        assert (letter["ontvanger"], letter["gebeurtenis"]) == ("afdeling-parkeren", str(event_id))
        assert letter["onderwerp"] == SUBJECT
        assert "2 pogingen" in letter["reden"]
        offered = await live.client().post(f"{letter['url']}/_opnieuw")
        assert offered.status_code == 200, offered.text
        assert offered.json()["status"] == "aangeboden"
        message = await _next(outsider)
        assert json.loads(message.data)["id"] == str(event_id)
        assert message.headers["Meent-Replay"] == "afdeling-parkeren"
        assert message.headers["Nats-Msg-Id"] == f"{event_id}.replay.1"
        await message.ack()
    finally:
        await outsider.close()


async def _next(outsider: Client) -> Any:
    inbox = outsider.new_inbox()
    subscription = await outsider.subscribe(inbox)
    request = json.dumps({"batch": 1, "expires": 5 * 10**9}).encode()
    await outsider.publish("$JS.API.CONSUMER.MSG.NEXT.AFDELING.afdeling-parkeren", request, reply=inbox)
    message = await subscription.next_msg(timeout=6)
    await subscription.unsubscribe()
    return message


async def _never_acknowledge(outsider: Client, times: int) -> list[str]:
    found = [json.loads((await _next(outsider)).data)["id"] for _ in range(times)]
    inbox = outsider.new_inbox()  # a standing request, so that the server notices that the attempts are used up
    await outsider.subscribe(inbox)
    request = json.dumps({"batch": 1, "expires": 2 * 10**9}).encode()
    await outsider.publish("$JS.API.CONSUMER.MSG.NEXT.AFDELING.afdeling-parkeren", request, reply=inbox)
    return found


async def test_our_own_consumer_gets_its_event_again(live: ServiceUnderTest, admin: Client) -> None:
    """An event without any URL is hopeless for us; offered again, its body unchanged, it comes back to the same row."""
    event_id = uuid.uuid4()
    body = json.loads(cloudevent(event_id)) | {"dataref": ""}
    await admin.jetstream().publish("zgw.v1.gm9001.zaken.zaak.create", json.dumps(body).encode())
    (letter,) = await letters(live)
    assert (letter["ontvanger"], letter["onderwerp"]) == ("notificaties-zgw", "zgw.v1.gm9001.zaken.zaak.create")
    client = live.client()
    key = {"Idempotency-Key": "een"}
    answers = [await client.post(f"{letter['url']}/_opnieuw", headers=key) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len(answers[0].json()["opnieuwAangeboden"]) == 1

    async def back() -> bool:
        return bool((await client.get(letter["url"])).json()["aantal"] == 2)

    await eventually(back)
    actions = [row["actie"] for row in await live.audit() if row["resource"] == "onbestelbaar_bericht"]
    assert actions == ["create", "opnieuw_aanbieden", "update"]


async def test_events_of_our_services_become_notificaties(live: ServiceUnderTest, admin: Client) -> None:
    client = live.client()
    await kanaal(client)
    async with subscribers() as there:
        await subscribe(client, f"{there.url}/meldingen", "meldingen", {"wijk": "wk900101"})
        for wijk in ("wk900102", "wk900101"):
            subject = f"mor.v1.gm9001.melding.groen.groen.boom.{wijk}.gemeld"
            await admin.jetstream().publish(subject, cloudevent(uuid.uuid4()))
        (hit,) = await eventually(lambda: there.has("/meldingen", 1))
        assert hit.body["kenmerken"]["wijk"] == "wk900101"
        assert hit.body["resource"] == "melding"
        assert hit.body["aanmaakdatum"] == "2026-03-01T12:00:00Z"


async def test_without_nats_offering_again_is_503(service: MakeService) -> None:
    made = await service("notificaties")
    row_id = uuid.uuid4()
    await made.runtime.database.fetch(
        "INSERT INTO onbestelbaar_bericht VALUES ($1, 'gebeurtenis', 'open', 'x', 'ZGW', 'zgw.v1.gm9001.a.b.c', 'k', '', "
        "'r', 1, now(), now(), '{}', '', NULL, '[]', '', '')",
        row_id,
    )
    answer = await made.client().post(f"{URL}/{row_id}/_opnieuw")
    assert (answer.status_code, answer.json()["code"]) == (503, "berichtenbus-niet-bereikbaar")
    await made.runtime.database.fetch("DELETE FROM onbestelbaar_bericht")
