"""CloudEvents: offered, asked for by type, source, subject and data, and delivered in the mode the subscriber wants."""

from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from chassis.testing.plugin import MakeService
from chassis.testing.service import ServiceUnderTest, eventually
from tests.services.notificaties.webhooks import (
    BEZORGING,
    NOTIFICATIES,
    Subscribers,
    delivered,
    kanaal,
    number,
    publish,
    subscribe,
)

URL = f"{NOTIFICATIES}/cloudevents"
KIND = {"content-type": "application/cloudevents+json"}


def cloudevent(**changed: Any) -> dict[str, Any]:
    event = {
        "specversion": "1.0",
        "id": "a-1",
        "source": "urn:nld:oin:00000001823288444000:systeem:zaken",
        "type": "nl.overheid.zaken.zaak-gemuteerd",
        "subject": "8f2b",
        "time": "2026-03-01T12:00:00Z",
        "datacontenttype": "application/json",
        "data": {"zaaktype": "https://m/zaaktypen/1", "vertrouwelijkheidaanduiding": "openbaar", "aantal": 2},
    }
    return {name: value for name, value in (event | changed).items() if value is not None}


async def offer(client: httpx.AsyncClient, **changed: Any) -> dict[str, Any]:
    event = cloudevent(**changed)
    answer = await client.post(URL, json=event, headers=KIND)
    assert answer.status_code == 201, answer.text
    return event


def asks(part: str = "", **group: Any) -> dict[str, Any]:
    return {"sendCloudevents": True, "kanalen": [], "cloudeventFilters": [{"typeSubstring": part, **group}]}


async def test_without_rights(service: MakeService) -> None:
    made = await service("notificaties")
    reader = made.client("lezer", [{"component": "nrc", "scopes": ["notificaties.consumeren"]}])
    assert (await made.anonymous().post(URL, json=cloudevent(), headers=KIND)).status_code == 403
    assert (await reader.post(URL, json=cloudevent(), headers=KIND)).status_code == 403
    assert await made.outbox() == []


async def test_accepted_as_it_is(service: MakeService) -> None:
    made = await service("notificaties")
    publisher = made.client("bron", [{"component": "nrc", "scopes": ["notificaties.publiceren"]}])
    event = cloudevent(dataref="https://m/zaken/8f2b", eigenkenmerk="x")
    answer = await publisher.post(URL, json=event, headers=KIND)
    assert answer.status_code == 201, answer.text
    assert answer.headers["content-type"] == "application/cloudevents+json"
    assert answer.json() == event
    (row,) = await made.outbox()
    assert row["nats"] == "zgw.v1.gm9001.cloudevents.nl-overheid-zaken-zaak-gemuteerd.ontvangen"
    assert row["data"] == {"cloudevent": event}
    assert row["dataref"] == event["dataref"]


async def test_order_follows_source_and_subject(service: MakeService) -> None:
    made = await service("notificaties")
    client = made.client()
    for subject in ("een", "twee", "een"):
        await offer(client, subject=subject)
    assert [event["sequence"] for event in await made.outbox()] == [1, 1, 2]


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"id": None}, "id"),
        ({"source": ""}, "source"),
        ({"specversion": "0.3"}, "specversion"),
        ({"type": "a\nb"}, "type"),
        ({"time": "gisteren"}, "time"),
        ({"time": "2026-03-01T12:00:00"}, "time"),
        ({"Hoofdletter": "x"}, "Hoofdletter"),
        ({"samengesteld": {"a": 1}}, "samengesteld"),
        ({"naamvanmeerdantwintigtekens": "x"}, "naamvanmeerdantwintigtekens"),
        ({"groot": 10**30}, "groot"),
        ({"data": {"groot": 10**30}}, "data"),
        ({"data": None, "data_base64": "a"}, "data_base64"),
    ],
)
async def test_what_is_wrong(service: MakeService, changed: dict[str, Any], name: str) -> None:
    made = await service("notificaties")
    answer = await made.client().post(URL, json=cloudevent(**changed), headers=KIND)
    assert answer.status_code == 400, answer.text
    assert [param["name"] for param in answer.json()["invalidParams"]] == [name]
    assert await made.outbox() == []


async def test_too_large(service: MakeService) -> None:
    made = await service("notificaties")
    answer = await made.client().post(URL, json=cloudevent(data="x" * 300_000), headers=KIND)
    assert answer.status_code == 413
    assert await made.outbox() == []


async def test_asked_for_by_type_source_subject_and_data(live: ServiceUnderTest, there: Subscribers) -> None:
    client = live.client()
    wanted = {
        "type": asks("zaken.zaak-"),
        "alles": asks(),
        "bron": asks(source=cloudevent()["source"]),
        "onderwerp": asks("zaak", subject="8f2b"),
        "data": asks(filters={"zaaktype": "https://m/zaaktypen/1", "aantal": "2"}),
        "ster": asks(filters={"zaaktype": "*"}),
        "afwezig": asks(filters={"nergens": "x"}),  # a key the event does not carry is ignored, as with kenmerken
    }
    unwanted = {
        "ander-type": asks("besluiten"),
        "andere-bron": asks(source="urn:x"),
        "ander-onderwerp": asks(subject="9"),
        "andere-data": asks(filters={"zaaktype": "https://m/zaaktypen/1", "aantal": "3"}),
        "geen-cloudevents": asks() | {"sendCloudevents": False},
    }
    for path, body in (wanted | unwanted).items():
        await subscribe(client, f"{there.url}/{path}", **body)
    event = await offer(client)
    await delivered(client, len(wanted), status="afgeleverd")
    assert {hit.path[1:] for hit in there.hits} == set(wanted)
    for hit in there.hits:
        assert hit.body == event
        assert hit.headers["content-type"] == "application/cloudevents+json"


async def test_one_delivery_when_several_groups_fit(live: ServiceUnderTest, there: Subscribers) -> None:
    client = live.client()
    groups = [{"typeSubstring": "zaken"}, {"typeSubstring": "zaak"}]
    await subscribe(client, f"{there.url}/een", sendCloudevents=True, cloudeventFilters=groups, kanalen=[])
    await offer(client)
    await offer(client, id="a-2")
    await delivered(client, 2, status="afgeleverd")
    assert sorted(hit.body["id"] for hit in there.at("/een")) == ["a-1", "a-2"]


async def test_a_subject_that_is_asked_for_must_be_there(live: ServiceUnderTest, there: Subscribers) -> None:
    client = live.client()
    await subscribe(client, f"{there.url}/een", **asks(subject="8f2b"))
    await subscribe(client, f"{there.url}/alles", **asks())
    await offer(client, subject=None)
    await eventually(lambda: there.has("/alles", 1))
    assert there.at("/een") == []


async def test_a_notificatie_as_a_cloudevent(live: ServiceUnderTest, there: Subscribers) -> None:
    client = live.client()
    await kanaal(client, "proef", ("soort",))
    await subscribe(client, f"{there.url}/een", "proef", {"soort": "a"}, sendCloudevents=True)
    told = await publish(client, naam="proef", soort="a")
    (hit,) = await eventually(lambda: there.has("/een", 1))
    assert hit.body == {
        "specversion": "1.0",
        "id": hit.headers["webhook-id"],
        "source": "urn:nld:gemeente:gm9001:systeem:notificaties",
        "type": "nl.overheid.proef.status.create",
        "subject": told["resourceUrl"].rsplit("/", 1)[1],
        "time": "2026-01-01T12:00:00Z",
        "datacontenttype": "application/json",
        "dataref": told["resourceUrl"],
        "data": {"soort": "a", "hoofdObject": told["hoofdObject"]},
    }


async def test_the_source_a_publisher_gives(live: ServiceUnderTest, there: Subscribers) -> None:
    client = live.client()
    await kanaal(client)
    await subscribe(client, f"{there.url}/een", sendCloudevents=True)
    answer = await client.post(f"{NOTIFICATIES}/notificaties", json=_told() | {"source": "urn:nld:bron"})
    assert answer.status_code == 201
    (hit,) = await eventually(lambda: there.has("/een", 1))
    assert hit.body["source"] == "urn:nld:bron"


def _told() -> dict[str, Any]:
    return {
        "kanaal": "zaken",
        "hoofdObject": "https://m/zaken/1",
        "resource": "zaak",
        "resourceUrl": "https://m/zaken/1",
        "actie": "create",
        "aanmaakdatum": "2026-01-01T12:00:00Z",
        "kenmerken": {},
    }


async def test_an_event_of_this_suite_by_its_type(live: ServiceUnderTest, there: Subscribers) -> None:
    """By its type the event itself, by its kanaal the notificatie made of it."""
    client = live.client()
    await kanaal(client, "bezorging", ("abonnement",))
    await subscribe(client, f"{there.url}/type", **asks("bezorging.abonnement-hapert"))
    await subscribe(client, f"{there.url}/kanaal", "bezorging", sendCloudevents=True)
    there.behaviours["/stuk"] = _refuse
    await kanaal(client)
    broken = await subscribe(client, f"{there.url}/stuk")
    await publish(client)
    (itself,) = await eventually(lambda: there.has("/type", 1))
    (told,) = await eventually(lambda: there.has("/kanaal", 1))
    assert itself.body["type"] == "nl.overheid.bezorging.abonnement-hapert"
    assert itself.body["data"]["kenmerken"] == {"abonnement": broken["url"]}
    assert told.body["type"] == "nl.overheid.bezorging.abonnement.hapert"
    assert told.body["data"] == {"abonnement": broken["url"], "hoofdObject": broken["url"]}
    assert itself.body["id"] == told.body["id"] == itself.headers["webhook-id"]


async def _refuse(_: Any) -> tuple[int, dict[str, str]]:
    return 500, {}


async def test_binary_mode(live: ServiceUnderTest, there: Subscribers) -> None:
    client = live.client()
    made = await subscribe(client, f"{there.url}/een", **asks())
    url = f"{BEZORGING}/bezorginstellingen/{number(made)}"
    assert (await client.patch(url, json={"cloudeventsModus": "binair"})).status_code == 200
    event = await offer(client, subject='straat "a" 100% é', datacontenttype="application/json")
    (hit,) = await eventually(lambda: there.has("/een", 1))
    assert hit.body == event["data"]
    assert hit.headers["content-type"] == "application/json"
    assert {name: hit.headers[f"ce-{name}"] for name in ("id", "source", "type", "specversion", "time")} == {
        name: event[name] for name in ("id", "source", "type", "specversion", "time")
    }
    assert hit.headers["ce-subject"] == "straat%20%22a%22%20100%25%20%C3%A9"
    assert unquote(hit.headers["ce-subject"]) == event["subject"]
