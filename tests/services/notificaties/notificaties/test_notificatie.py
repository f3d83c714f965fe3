"""Notificaties of publishers outside this suite enter the stream."""

from chassis.testing.plugin import MakeService
from tests.services.notificaties.webhooks import NOTIFICATIES, kanaal, message

URL = f"{NOTIFICATIES}/notificaties"


async def test_without_rights(service: MakeService) -> None:
    made = await service("notificaties")
    reader = made.client("lezer", [{"component": "nrc", "scopes": ["notificaties.consumeren"]}])
    assert (await made.anonymous().post(URL, json=message())).status_code == 403
    assert (await reader.post(URL, json=message())).status_code == 403
    assert await made.outbox() == []


async def test_accepted_as_it_is(service: MakeService) -> None:
    made = await service("notificaties")
    client = made.client()
    await kanaal(client, "Eigen Kanaal!", ("verantwoordelijke_organisatie",))
    body = message("Eigen Kanaal!", 1, verantwoordelijke_organisatie="1") | {"actie": "CREATE"}
    answer = await client.post(URL, json=body)
    assert answer.status_code == 201
    assert answer.json() == body
    (event,) = await made.outbox()
    assert event["nats"] == "zgw.v1.gm9001.eigen-kanaal.status.create"
    assert event["type"] == "nl.overheid.notificaties.notificatie-ontvangen"
    assert event["dataref"] == body["resourceUrl"]
    assert event["data"] == body | {"kenmerken": {"verantwoordelijkeOrganisatie": "1"}, "source": ""}


async def test_order_follows_the_hoofdobject(service: MakeService) -> None:
    made = await service("notificaties")
    client = made.client()
    await kanaal(client)
    for place in (1, 2, 1):
        await client.post(URL, json=message(number=place))
    events = await made.outbox()
    assert events[0]["subject"] == events[2]["subject"] != events[1]["subject"]
    assert [event["sequence"] for event in events] == [1, 1, 2]


async def test_what_is_wrong(service: MakeService) -> None:
    made = await service("notificaties")
    client = made.client()
    await kanaal(client, "zaken", ("zaaktype", "bron"))
    for body, expected in (
        (message("bestaat-niet"), {("kanaal", "message_kanaal")}),
        (message(anders="1"), {("kenmerken", "kenmerken_inconsistent")}),
        (message() | {"aanmaakdatum": "2999-01-01T00:00:00Z"}, {("aanmaakdatum", "future_not_allowed")}),
        (message() | {"aanmaakdatum": "0001-01-01T00:00:00+14:00"}, {("aanmaakdatum", "invalid")}),
        (message() | {"aanmaakdatum": "0001-01-01T00:00:00"}, {("aanmaakdatum", "invalid")}),
        (message() | {"resourceUrl": "x", "actie": ""}, {("resourceUrl", "invalid"), ("actie", "min_length")}),
        (
            {},
            {
                (name, "required")
                for name in ("kanaal", "hoofdObject", "resource", "resourceUrl", "actie", "aanmaakdatum")
            },
        ),
    ):
        answer = await client.post(URL, json=body)
        assert answer.status_code == 400
        assert {(param["name"], param["code"]) for param in answer.json()["invalidParams"]} == expected
    assert await made.outbox() == []


async def test_what_the_bus_cannot_carry_is_refused(service: MakeService) -> None:
    """Accepted, it would never leave the outbox, and hold up all that follows about its hoofdobject."""
    made = await service("notificaties")
    client = made.client()
    await kanaal(client)
    for large in (
        {"hoofdObject": f"https://bron.example/{'x' * 1_000_000}"},
        {"resourceUrl": f"https://bron.example/{'x' * 1_000_000}"},
        {"kenmerken": {f"k{number}": "x" * 1000 for number in range(300)}},
    ):
        answer = await client.post(URL, json=message() | large)
        assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")
    assert await made.outbox() == []
