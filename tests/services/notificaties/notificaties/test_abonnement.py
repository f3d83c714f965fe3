"""Abonnementen: rights, the two trial calls, filters, and that the Authorization value stays inside."""

import logging
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from chassis.fetching import Outbound
from chassis.testing.plugin import MakeService
from chassis.testing.service import ServiceUnderTest
from services.notificaties.target import load_target
from tests.services.notificaties.webhooks import (
    AUTH,
    NOTIFICATIES,
    Subscribers,
    kanaal,
    number,
    serving,
    subscribe,
    subscribers,
)

BASE = f"{NOTIFICATIES}/abonnement"


@pytest_asyncio.fixture
async def made(service: MakeService) -> AsyncIterator[ServiceUnderTest]:
    """The service, which may call loopback."""
    under_test = await service("notificaties")
    before, under_test.runtime.outbound = under_test.runtime.outbound, Outbound("127.0.0.1")
    yield under_test
    await under_test.runtime.outbound.close()
    under_test.runtime.outbound = before


@pytest_asyncio.fixture
async def subscriber() -> AsyncIterator[Subscribers]:
    async with subscribers() as running:
        yield running


def wanted(url: str, **changed: Any) -> dict[str, Any]:
    return {"callbackUrl": url, "auth": AUTH, "kanalen": [{"naam": "zaken", "filters": {}}], **changed}


def codes(answer: Any) -> set[tuple[str, str]]:
    assert answer.status_code == 400, answer.text
    return {(param["name"], param["code"]) for param in answer.json()["invalidParams"]}


async def test_without_rights(made: ServiceUnderTest, subscriber: Subscribers) -> None:
    publisher = made.client("bron", [{"component": "nrc", "scopes": ["notificaties.publiceren"]}])
    nobody = made.client("niemand", [])
    one = f"{BASE}/00000000-0000-0000-0000-000000000000"
    body = wanted(subscriber.url)
    assert (await made.anonymous().post(BASE, json=body)).status_code == 403
    for caller in (nobody, publisher):
        for answer in (
            await caller.post(BASE, json=body),
            await caller.put(one, json=body),
            await caller.patch(one, json={}),
            await caller.delete(one),
        ):
            assert answer.status_code == 403
    assert (await nobody.get(BASE)).status_code == 403
    assert (await nobody.get(one)).status_code == 403
    assert (await publisher.get(BASE)).json() == []
    assert subscriber.refused == []  # nobody is called for a caller without rights


async def test_take_read_change_cancel(made: ServiceUnderTest, subscriber: Subscribers) -> None:
    client = made.client("lezer", [{"component": "nrc", "scopes": ["notificaties.consumeren"]}])
    beheer = made.client()
    await kanaal(beheer, "zaken", ("zaaktype",))
    await kanaal(beheer, "documenten")
    body = wanted(f"{subscriber.url}/a", kanalen=[{"naam": "zaken", "filters": {"zaaktype": "*"}}])
    created = await client.post(BASE, json=body)
    assert created.status_code == 201
    url = created.json()["url"]
    plain = {"sendCloudevents": False, "cloudeventFilters": []}
    shown = {"url": url, "callbackUrl": body["callbackUrl"], "kanalen": body["kanalen"], **plain}
    assert created.json() == shown
    assert (await client.get(url)).json() == shown
    assert (await client.get(BASE)).json() == [shown]
    replaced = await client.put(url, json=wanted(f"{subscriber.url}/b", kanalen=[{"naam": "documenten"}]))
    assert replaced.json() == {
        "url": url,
        "callbackUrl": f"{subscriber.url}/b",
        "kanalen": [{"naam": "documenten", "filters": {}}],
        **plain,
    }
    tried = len(subscriber.refused)
    patched = await client.patch(url, json={"kanalen": [{"naam": "zaken"}]})
    assert patched.json()["kanalen"] == [{"naam": "zaken", "filters": {}}]
    assert len(subscriber.refused) == tried  # the address did not change, so it is not tried again
    assert (await client.delete(url)).status_code == 204
    assert (await client.get(url)).status_code == 404
    assert [row["actie"] for row in await made.audit() if row["resource"] == "abonnement"] == [
        "create",
        "update",
        "update",
        "destroy",
    ]


async def test_a_client_of_the_standard_does_not_take_cloudevents_away(
    made: ServiceUnderTest, subscriber: Subscribers
) -> None:
    client = made.client()
    await kanaal(client)
    own = {"sendCloudevents": True, "cloudeventFilters": [{"typeSubstring": "zaken"}]}
    abonnement = await subscribe(client, f"{subscriber.url}/a", **own)
    shown = {name: abonnement[name] for name in own}
    replaced = await client.put(abonnement["url"], json=wanted(f"{subscriber.url}/b"))
    assert replaced.status_code == 200, replaced.text
    assert {name: replaced.json()[name] for name in own} == shown
    emptied = await client.put(
        abonnement["url"], json=wanted(f"{subscriber.url}/b", sendCloudevents=False, cloudeventFilters=[])
    )
    assert {name: emptied.json()[name] for name in own} == {"sendCloudevents": False, "cloudeventFilters": []}


async def test_trial_calls(made: ServiceUnderTest, subscriber: Subscribers) -> None:
    client = made.client()
    await kanaal(client)
    await subscribe(client, f"{subscriber.url}/a")
    (anonymous,) = subscriber.refused
    assert "authorization" not in anonymous.headers
    assert anonymous.body["kanaal"] == "test"
    assert anonymous.body.keys() == {
        *("kanaal", "hoofdObject", "resource", "resourceUrl", "actie", "aanmaakdatum", "kenmerken")
    }
    refusing = await client.post(BASE, json=wanted(f"{subscriber.url}/a", auth="Bearer iets-anders"))
    assert codes(refusing) == {("nonFieldErrors", "invalid-callback-url")}


async def test_callback_that_takes_anything_is_refused(made: ServiceUnderTest) -> None:
    async def open_to_all(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    client = made.client()
    await kanaal(client)
    async with serving(open_to_all) as url:
        answer = await client.post(BASE, json=wanted(url))
    assert codes(answer) == {("callbackUrl", "no-auth-on-callback-url")}


async def test_every_error_at_once(made: ServiceUnderTest, subscriber: Subscribers) -> None:
    client = made.client()
    await kanaal(client, "zaken", ("zaaktype", "bron"))
    groups = [
        {"naam": "bestaat-niet"},
        {"naam": "zaken", "filters": {"anders": "1"}},
        {"naam": "zaken", "filters": {"zaaktype": "1", "bron": "2", "meer": "3"}},
    ]
    wrong = await client.post(BASE, json=wanted(f"{subscriber.url}/a", auth="Bearer mis", kanalen=groups))
    assert codes(wrong) == {
        ("kanalen.0.naam", "kanaal_naam"),
        ("kanalen.1.filters", "inconsistent-abonnement-filters"),
        ("nonFieldErrors", "invalid-callback-url"),
    }
    empty = await client.post(BASE, json={"callbackUrl": "geen url", "auth": "", "kanalen": [{"filters": {"a": ""}}]})
    assert codes(empty) == {
        ("callbackUrl", "invalid"),
        ("auth", "min_length"),
        ("kanalen.0.naam", "required"),
        ("kanalen.0.filters.a", "min_length"),
    }
    assert codes(await client.post(BASE, json={})) == {
        (name, "required") for name in ("callbackUrl", "auth", "kanalen")
    }
    assert codes(await client.post(BASE, json=wanted(subscriber.url, auth="a\r\nx: y"))) == {("auth", "invalid")}
    assert (await client.get(BASE, params={"iets": "1"})).status_code == 400
    assert (await client.get(BASE)).json() == []


@pytest.mark.parametrize("allowed", ["", "10.0.0.0/8"])
async def test_private_addresses_are_refused(made: ServiceUnderTest, subscriber: Subscribers, allowed: str) -> None:
    client = made.client()
    await kanaal(client)
    port = subscriber.url.rsplit(":", 1)[1]
    made.runtime.outbound = Outbound(allowed)
    for host in ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "0.0.0.0"):
        answer = await client.post(BASE, json=wanted(f"http://{host}:{port}/a"))
        assert codes(answer) == {("callbackUrl", "bad-url")}, host
    for url in ("ftp://example.com/a", "http://user:pw@example.com/a", "file:///etc/passwd"):
        assert (await client.post(BASE, json=wanted(url))).status_code == 400
    assert subscriber.refused == []


async def test_a_redirect_is_not_followed(made: ServiceUnderTest, subscriber: Subscribers) -> None:
    async def redirect(scope: Any, receive: Any, send: Any) -> None:
        target = [(b"location", f"{subscriber.url}/a".encode())]
        await send({"type": "http.response.start", "status": 307, "headers": target})
        await send({"type": "http.response.body", "body": b""})

    client = made.client()
    await kanaal(client)
    async with serving(redirect) as url:
        answer = await client.post(BASE, json=wanted(url))
    assert codes(answer) == {("callbackUrl", "no-auth-on-callback-url")}
    assert subscriber.refused == []


async def test_auth_is_nowhere_to_be_read(
    made: ServiceUnderTest, subscriber: Subscribers, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = made.client()
    await kanaal(client)
    abonnement = await subscribe(client, f"{subscriber.url}/a")
    await client.put(abonnement["url"], json=wanted(f"{subscriber.url}/b"))
    await client.patch(abonnement["url"], json={"auth": AUTH})
    answers = [(await client.get(path)).text for path in (BASE, abonnement["url"])]
    tables = await made.runtime.database.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    rows = [
        row["line"]
        for table in tables
        for row in await made.runtime.database.fetch(f'SELECT t::text AS line FROM "{table["tablename"]}" t')
    ]
    everything = "\n".join([*answers, *rows, caplog.text])
    for trace in (AUTH, AUTH.split()[1], AUTH.encode().hex(), AUTH.split()[1].encode().hex()):
        assert trace not in everything
    target = await load_target(made.runtime, UUID(number(abonnement)))
    assert target is not None
    assert target.access.auth == AUTH
    assert AUTH not in repr(target)


async def test_somebody_else_does_not_learn_its_secrets(made: ServiceUnderTest, subscriber: Subscribers) -> None:
    """The trial call at a new address would show them there; who took the abonnement may move it, and knows them."""
    owner = made.client("eigenaar", [{"component": "nrc", "scopes": ["notificaties.consumeren"]}])
    other = made.client("ander", [{"component": "nrc", "scopes": ["notificaties.consumeren"]}])
    await kanaal(made.client(), "zaken")
    url = (await owner.post(BASE, json=wanted(f"{subscriber.url}/a"))).json()["url"]
    async with subscribers() as elsewhere:
        heard = [*subscriber.hits, *elsewhere.hits]
        answer = await other.patch(url, json={"callbackUrl": f"{elsewhere.url}/b"})
        assert codes(answer) == {("auth", "required")}
        assert elsewhere.hits == elsewhere.refused == []
        for odd in ("http://[", "http://a:b", "\\", ""):  # no URL at all: refused as such, not an error of ours
            assert (await owner.patch(url, json={"callbackUrl": odd})).status_code == 400
        assert (await other.patch(url, json={"callbackUrl": f"{subscriber.url}/b"})).status_code == 200
        moved = {"callbackUrl": f"{elsewhere.url}/b", "auth": AUTH}
        assert (await other.patch(url, json=moved)).status_code == 200
        assert (await owner.patch(url, json={"callbackUrl": f"{subscriber.url}/c"})).status_code == 200
    assert heard == []
