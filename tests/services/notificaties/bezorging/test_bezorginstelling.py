"""Bezorginstellingen: what a subscriber asks for beyond the standard, and that nobody else notices."""

import asyncio
import base64
import hashlib
import hmac
from collections import defaultdict
from datetime import timedelta

from chassis import clock
from chassis.testing.service import ServiceUnderTest, eventually
from services.notificaties.queueing import wake
from tests.services.notificaties.webhooks import (
    Hit,
    Subscribers,
    ask,
    delivered,
    deliveries,
    kanaal,
    number,
    publish,
    setting,
    status,
    subscribe,
    tell,
)

SLEUTEL = "whsec_" + base64.b64encode(bytes(range(32))).decode()
ANDERE = "whsec_" + base64.b64encode(b"x" * 24).decode()
DEFAULTS = {
    "gepauzeerd": False,
    "opVolgorde": False,
    "bundelMaximaal": 1,
    "bundelWachttijd": 0,
    "cloudeventsModus": "gestructureerd",
    "wachtHoogstens": 60,
    "contact": "",
    "acties": [],
    "resources": [],
    "wachtOp": [],
    "ondertekend": False,
}


async def all_tried(live: ServiceUnderTest) -> bool:
    rows = await live.runtime.database.fetch("SELECT count(*) AS n FROM aflevering WHERE pogingen = 0")
    return bool(rows[0]["n"] == 0)


# ---- the resource


async def test_without_rights(live: ServiceUnderTest, there: Subscribers) -> None:
    client = live.client()
    await kanaal(client)
    made = await subscribe(client, f"{there.url}/een")
    reader = live.client("lezer", [{"component": "nrc", "scopes": ["bezorginstellingen.lezen"]}])
    consumer = live.client("afnemer", [{"component": "nrc", "scopes": ["notificaties.consumeren"]}])
    assert (await live.anonymous().get(setting(made))).status_code == 401
    assert (await consumer.get(setting(made))).status_code == 403
    assert (await reader.get(setting(made))).status_code == 200
    for caller in (reader, consumer):
        assert (await caller.put(setting(made), json={})).status_code == 403
        assert (await caller.patch(setting(made), json={})).status_code == 403


async def test_read_change_replace(live: ServiceUnderTest, there: Subscribers) -> None:
    client = live.client()
    await kanaal(client)
    made = await subscribe(client, f"{there.url}/een")
    plain = await client.get(setting(made))
    url = f"http://meent.test{setting(made)}"
    assert plain.json() == {"url": url, "abonnement": made["url"], **DEFAULTS}
    changed = await client.patch(setting(made), json={"acties": ["create"], "contact": "beheer@gemeente.example"})
    assert changed.status_code == 200, changed.text
    assert changed.json() == plain.json() | {"acties": ["create"], "contact": "beheer@gemeente.example"}
    again = await client.patch(setting(made), json={"opVolgorde": True})
    assert again.json() == changed.json() | {"opVolgorde": True}
    assert (await client.get(setting(made))).json() == again.json()
    assert (await client.put(setting(made), json={})).json() == plain.json()
    abonnement = {**made, "callbackUrl": f"{there.url}/twee", "auth": "Bearer canary-of-the-subscriber-8471"}
    await ask(client, made, acties=["create"])
    assert (await client.put(made["url"], json=abonnement)).status_code == 200
    assert (await client.get(setting(made))).json()["acties"] == ["create"]  # a standard client does not know of it
    assert (await client.delete(made["url"])).status_code == 204
    assert (await client.get(setting(made))).status_code == 404
    assert (await client.patch(setting(made), json={})).status_code == 404


async def test_what_is_wrong(live: ServiceUnderTest, there: Subscribers) -> None:
    client = live.client()
    await kanaal(client)
    made = await subscribe(client, f"{there.url}/een")
    for body, names in (
        ({"bundelMaximaal": 0, "bundelWachttijd": -1}, {"bundelMaximaal", "bundelWachttijd"}),
        ({"contact": "geen adres"}, {"contact"}),
        ({"contact": "a@b.nl\r\nBcc: c@d.nl"}, {"contact"}),
        ({"cloudeventsModus": "anders"}, {"cloudeventsModus"}),
        ({"acties": [""]}, {"acties.0"}),
        ({"ondertekeningssleutels": ["geheim"]}, {"ondertekeningssleutels"}),
        ({"ondertekeningssleutels": ["whsec_c2hvcnQ="]}, {"ondertekeningssleutels"}),
        ({"ondertekeningssleutels": [SLEUTEL] * 3}, {"ondertekeningssleutels"}),
        ({"gepauzeerd": None}, {"gepauzeerd"}),
    ):
        for answer in (await client.put(setting(made), json=body), await client.patch(setting(made), json=body)):
            assert answer.status_code == 400, body
            assert {param["name"] for param in answer.json()["invalidParams"]} == names
    assert (await client.get(setting(made))).json() == (await client.get(setting(made))).json() | DEFAULTS


# ---- what it does


async def test_only_some_acties_and_resources(live: ServiceUnderTest, there: Subscribers) -> None:
    client = live.client()
    await kanaal(client)
    for path, wanted in (
        ("acties", {"acties": ["create", "destroy"]}),
        ("resources", {"resources": ["status"]}),
        ("beide", {"acties": ["create"], "resources": ["status"]}),
        ("alles", {}),
    ):
        await ask(client, await subscribe(client, f"{there.url}/{path}"), **wanted)
    for resource, actie in (("zaak", "create"), ("zaak", "update"), ("status", "create"), ("status", "update")):
        await tell(client, 1, resource, actie)
    await delivered(client, 2 + 2 + 1 + 4, status="afgeleverd")
    assert {hit.body["actie"] for hit in there.at("/acties")} == {"create"}
    assert {hit.body["resource"] for hit in there.at("/resources")} == {"status"}
    assert [(hit.body["resource"], hit.body["actie"]) for hit in there.at("/beide")] == [("status", "create")]
    assert len(there.at("/alles")) == 4


async def test_signed_as_standard_webhooks_says(live: ServiceUnderTest, there: Subscribers) -> None:
    client = live.client()
    await kanaal(client)
    made = await subscribe(client, f"{there.url}/een")
    answer = await client.patch(setting(made), json={"ondertekeningssleutels": [SLEUTEL, ANDERE]})
    assert answer.json()["ondertekend"] is True
    assert SLEUTEL not in answer.text
    assert SLEUTEL not in (await client.get(setting(made))).text
    await publish(client)
    (hit,) = await eventually(lambda: there.has("/een", 1))
    stamp = hit.headers["webhook-timestamp"]
    signed = f"{hit.headers['webhook-id']}.{stamp}.".encode() + hit.raw
    expected = [
        "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        for key in (bytes(range(32)), b"x" * 24)
    ]
    assert hit.headers["webhook-signature"].split(" ") == expected
    assert abs(int(stamp) - clock.now().timestamp()) < 60
    await ask(client, made, contact="a@b.nl")  # another change leaves the secrets as they are
    await publish(client, number=2)
    assert "webhook-signature" in (await eventually(lambda: there.has("/een", 2)))[1].headers
    await ask(client, made, ondertekeningssleutels=[])
    await publish(client, number=3)
    assert "webhook-signature" not in (await eventually(lambda: there.has("/een", 3)))[2].headers
    rows = await live.runtime.database.fetch(
        "SELECT convert_from(nieuw, 'UTF8') AS nieuw FROM auditregel WHERE NOT sealed"
    )
    assert not [row for row in rows if "whsec_" in (row["nieuw"] or "")]


async def test_paused_keeps_everything(live: ServiceUnderTest, there: Subscribers) -> None:
    client = live.client()
    await kanaal(client)
    made, other = await subscribe(client, f"{there.url}/een"), await subscribe(client, f"{there.url}/ander")
    await ask(client, made, gepauzeerd=True)
    for place in range(5):
        await publish(client, number=place)
    await delivered(client, 5, abonnement=number(other), status="afgeleverd")
    with clock.frozen(clock.now() + timedelta(hours=100)):  # longer than anything is tried
        client = live.client()  # tokens live one hour
        await wake(live.runtime)
        await publish(client, number=9)
        await delivered(client, 6, abonnement=number(other), status="afgeleverd")
        assert there.at("/een") == []
        assert len(await deliveries(client, abonnement=number(made), status="wacht")) == 6
        answers = iter([503])

        async def once(_: Hit) -> tuple[int, dict[str, str]]:
            return next(answers, 204), {}

        there.behaviours["/een"] = once  # a failure after that is no reason to give up
        await ask(client, made, gepauzeerd=False)
        await eventually(lambda: all_tried(live))
    with clock.frozen(clock.now() + timedelta(hours=101)):
        client = live.client()
        await wake(live.runtime)
        await delivered(client, 6, abonnement=number(made), status="afgeleverd")


async def test_in_order_per_hoofdobject(live: ServiceUnderTest, there: Subscribers) -> None:
    """The first call about each hoofdobject fails: what follows waits for it, and the other hoofdobjecten do not."""
    client = live.client()
    await kanaal(client)
    seen: dict[str, int] = defaultdict(int)

    async def stumble(hit: Hit) -> tuple[int, dict[str, str]]:
        seen[hit.body["hoofdObject"]] += 1
        if hit.body["hoofdObject"].endswith("/1") and seen[hit.body["hoofdObject"]] == 1:
            return 500, {}
        await asyncio.sleep(0.01 if int(hit.body["actie"]) % 2 else 0)
        return 204, {}

    there.behaviours["/een"] = stumble
    made = await subscribe(client, f"{there.url}/een")
    await ask(client, made, opVolgorde=True)
    for place in range(8):
        for hoofdobject in (1, 2, 3):
            await tell(client, hoofdobject, "zaak", str(place))
    await eventually(lambda: there.has("/een", 17))
    assert len([hit for hit in there.at("/een") if hit.body["hoofdObject"].endswith("/1")]) == 1
    with clock.frozen(clock.now() + timedelta(seconds=30)):
        await wake(live.runtime)
        await delivered(client, 24, abonnement=number(made), status="afgeleverd")
    by_object = defaultdict(list)
    for hit in there.at("/een"):
        by_object[hit.body["hoofdObject"]].append(int(hit.body["actie"]))
    assert by_object["https://m/zaken/1"] == [0, *range(8)]
    assert by_object["https://m/zaken/2"] == by_object["https://m/zaken/3"] == list(range(8))


async def test_several_cloudevents_in_one_request(live: ServiceUnderTest, there: Subscribers) -> None:
    client = live.client()
    await kanaal(client)
    made = await subscribe(client, f"{there.url}/een", sendCloudevents=True)
    await ask(client, made, bundelMaximaal=20, bundelWachttijd=3600)
    for place in range(30):
        await publish(client, number=place)
    await delivered(client, 30, abonnement=number(made), status="wacht")
    assert there.at("/een") == []
    there.behaviours["/een"] = status(503)
    with clock.frozen(clock.now() + timedelta(hours=1)):
        client = live.client()
        await wake(live.runtime)
        failed, *_ = await eventually(lambda: there.has("/een", 1))
        await eventually(lambda: all_tried(live))
        there.behaviours["/een"] = status(204)
        refused = len(there.at("/een"))
    with clock.frozen(clock.now() + timedelta(hours=2)):
        client = live.client()
        await wake(live.runtime)
        await delivered(client, 30, abonnement=number(made), status="afgeleverd")
    assert failed.headers["content-type"] == "application/cloudevents-batch+json"
    assert len(failed.body) == 20
    taken = [event["id"] for hit in there.at("/een")[refused:] for event in hit.body]
    assert len(taken) == len(set(taken)) == 30
    assert {event["id"] for event in failed.body} <= set(taken)


async def test_notificaties_are_never_bundled(live: ServiceUnderTest, there: Subscribers) -> None:
    client = live.client()
    await kanaal(client)
    made = await subscribe(client, f"{there.url}/een")
    await ask(client, made, bundelMaximaal=20)
    for place in range(10):
        await publish(client, number=place)
    await delivered(client, 10, abonnement=number(made), status="afgeleverd")
    assert len(there.at("/een")) == 10
