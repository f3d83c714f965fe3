"""Toegang: access tokens and mutual TLS toward subscribers, and that no secret comes back out."""

import contextlib
import ssl
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import orjson
import pytest

from chassis import clock
from chassis.testing.plugin import MakeService
from chassis.testing.service import ServiceUnderTest, eventually
from services.notificaties.queueing import wake
from tests.services.notificaties.certificates import Authority, Pair
from tests.services.notificaties.webhooks import (
    AUTH,
    BEZORGING,
    NOTIFICATIES,
    Subscribers,
    delivered,
    deliveries,
    kanaal,
    leading,
    number,
    publish,
    serving,
    subscribe,
)

# The server of the test leaves a handshake that failed to the garbage collector.
failed_handshakes = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
GEHEIM = "geheim-van-de-tokens"


class Tokens:
    """A token endpoint: each call gives another token, the first the one that the subscribers take."""

    def __init__(self) -> None:
        self.asked: list[tuple[dict[str, str], dict[str, list[str]]]] = []
        self.answer: tuple[int, dict[str, Any]] = (
            200,
            {"access_token": AUTH.removeprefix("Bearer "), "token_type": "Bearer", "expires_in": 300},
        )

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        headers = {name.decode(): text.decode() for name, text in scope["headers"]}
        self.asked.append((headers, parse_qs(body.decode())))
        status, content = self.answer
        kind = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": kind})
        await send({"type": "http.response.body", "body": orjson.dumps(content)})


def oauth2(url: str) -> dict[str, str]:
    return {"tokenUrl": f"{url}/token", "clientId": "meent", "clientSecret": GEHEIM, "scope": "notificaties"}


def access(made: dict[str, Any]) -> str:
    return f"{BEZORGING}/toegangen/{number(made)}"


@contextlib.asynccontextmanager
async def guarded(there: Subscribers, folder: Path, authority: Authority, server: Pair) -> AsyncIterator[str]:
    """The subscribers over TLS, for clients that the authority knows."""
    files = {"cert.pem": server.certificate, "key.pem": server.key, "ca.pem": authority.certificate}
    for name, text in files.items():
        (folder / name).write_text(text)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    context.load_verify_locations(folder / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    async with serving(there, context) as url:
        yield url


async def test_without_rights(live: ServiceUnderTest, there: Subscribers) -> None:
    client = live.client()
    await kanaal(client)
    made = await subscribe(client, f"{there.url}/een")
    reader = live.client("lezer", [{"component": "nrc", "scopes": ["bezorginstellingen.lezen"]}])
    consumer = live.client("afnemer", [{"component": "nrc", "scopes": ["notificaties.consumeren"]}])
    assert (await live.anonymous().get(access(made))).status_code == 401
    assert (await consumer.get(access(made))).status_code == 403
    assert (await reader.get(access(made))).status_code == 404
    for caller in (reader, consumer):
        assert (await caller.put(access(made), json={})).status_code == 403
        assert (await caller.delete(access(made))).status_code == 403
    nowhere = f"{BEZORGING}/toegangen/00000000-0000-0000-0000-000000000000"
    assert (await client.put(nowhere, json={})).status_code == 404


async def test_a_token_in_the_place_of_auth(live: ServiceUnderTest, there: Subscribers) -> None:
    client, tokens = live.client(), Tokens()
    await kanaal(client)
    async with serving(tokens) as url:
        body = {"callbackUrl": f"{there.url}/een", "auth": "wordt niet gebruikt", "kanalen": [{"naam": "zaken"}]}
        answer = await client.post(f"{NOTIFICATIES}/abonnement", json=body | {"toegang": {"oauth2": oauth2(url)}})
        assert answer.status_code == 201, answer.text
        made = answer.json()
        assert GEHEIM not in answer.text
        for place in range(3):
            await publish(client, number=place)
        await delivered(client, 3, abonnement=number(made), status="afgeleverd")
        assert len(tokens.asked) == 2  # for the trial and for all that came after it
        headers, form = tokens.asked[0]
        assert headers["authorization"] == "Basic bWVlbnQ6Z2VoZWltLXZhbi1kZS10b2tlbnM="
        assert form == {"grant_type": ["client_credentials"], "scope": ["notificaties"]}
        with clock.frozen(clock.now() + timedelta(seconds=280)):  # 20 s before it ends
            await publish(client, number=4)
            await delivered(client, 4, abonnement=number(made), status="afgeleverd")
        assert len(tokens.asked) == 3
    shown = await client.get(access(made))
    assert shown.json()["oauth2"] == {"tokenUrl": f"{url}/token", "clientId": "meent", "scope": "notificaties"}
    assert GEHEIM not in shown.text


async def test_a_token_that_is_refused_is_replaced(live: ServiceUnderTest, there: Subscribers) -> None:
    client, tokens = live.client(), Tokens()
    await kanaal(client)
    made = await subscribe(client, f"{there.url}/een")
    async with serving(tokens) as url:
        good = tokens.answer
        tokens.answer = (200, {"access_token": "verlopen"})
        assert (await client.put(access(made), json={"oauth2": oauth2(url)})).status_code == 200
        await publish(client)
        (row,) = await delivered(client, 1, abonnement=number(made), status="wacht")
        await eventually(lambda: refused(client, made))
        tokens.answer = good
        with clock.frozen(clock.now() + timedelta(seconds=30)):
            await wake(live.runtime)
            await delivered(client, 1, abonnement=number(made), status="afgeleverd")
    assert row["pogingen"] <= 1


async def refused(client: httpx.AsyncClient, made: dict[str, Any], fout: str = "antwoord 401") -> bool:
    return any(row["laatsteFout"] == fout for row in await deliveries(client, abonnement=number(made)))


@pytest.mark.parametrize("answer", [(500, {}), (200, {}), (200, {"access_token": "a\nb"}), (200, {"access_token": 5})])
async def test_no_token_is_a_failure_like_any(
    live: ServiceUnderTest, there: Subscribers, answer: tuple[int, dict[str, Any]]
) -> None:
    client, tokens = live.client(), Tokens()
    await kanaal(client)
    made = await subscribe(client, f"{there.url}/een")
    async with serving(tokens) as url:
        assert (await client.put(access(made), json={"oauth2": oauth2(url)})).status_code == 200
        tokens.answer = answer
        await publish(client)
        await eventually(lambda: refused(client, made, "NoToken"))
        body = {"auth": AUTH, "toegang": {"oauth2": oauth2(url)}}
        tried = await client.patch(made["url"], json=body)
        assert tried.status_code == 400
        assert [(one["name"], one["code"]) for one in tried.json()["invalidParams"]] == [
            ("toegang.oauth2", "bad-token")
        ]
    assert (await client.delete(access(made))).status_code == 204  # from now on the fixed value again
    with clock.frozen(clock.now() + timedelta(seconds=60)):
        await wake(live.runtime)
        await delivered(client, 1, abonnement=number(made), status="afgeleverd")


async def test_a_toegang_changed_at_another_replica_counts(
    live: ServiceUnderTest, there: Subscribers, live_service: MakeService
) -> None:
    second = await live_service("notificaties", allow_hosts="127.0.0.1", database=live.dsn)
    await leading(second)
    client, tokens = second.client(), Tokens()
    tokens.answer = (200, {"access_token": "verlopen"})
    await kanaal(client)
    made = await subscribe(client, f"{there.url}/een")
    await publish(client)
    await delivered(client, 1, abonnement=number(made), status="afgeleverd")
    async with serving(tokens) as url:
        assert (await client.put(access(made), json={"oauth2": oauth2(url)})).status_code == 200

        async def asked() -> bool:
            await publish(client)
            return bool(tokens.asked)

        await eventually(asked)
        assert (await client.delete(access(made))).status_code == 204
        await eventually(lambda: nothing_waits(client, made), seconds=20)


async def nothing_waits(client: httpx.AsyncClient, made: dict[str, Any]) -> bool:
    return not await deliveries(client, abonnement=number(made), status="wacht")


async def test_a_token_endpoint_inside_is_not_called(live: ServiceUnderTest, there: Subscribers) -> None:
    client = live.client()
    await kanaal(client)
    made = await subscribe(client, f"{there.url}/een")
    body = {"oauth2": oauth2("http://169.254.169.254")}
    assert (await client.put(access(made), json=body)).status_code == 200
    await publish(client)
    await eventually(lambda: refused(client, made, "NoToken"))


@failed_handshakes
async def test_mutual_tls(live: ServiceUnderTest, there: Subscribers, tmp_path: Path) -> None:
    client, authority = live.client(), Authority()
    await kanaal(client)
    own, server = authority.sign("meent"), authority.sign("abonnee")
    certificaat = {"certificaat": own.certificate, "sleutel": own.key}
    async with guarded(there, tmp_path, authority, server) as url:
        body = {"callbackUrl": f"{url}/een", "auth": AUTH, "kanalen": [{"naam": "zaken"}]}
        plain = await client.post(f"{NOTIFICATIES}/abonnement", json=body)
        assert [one["code"] for one in plain.json()["invalidParams"]] == ["bad-url"]
        toegang = {"certificaat": certificaat, "servercertificaat": authority.certificate}
        answer = await client.post(f"{NOTIFICATIES}/abonnement", json=body | {"toegang": toegang})
        assert answer.status_code == 201, answer.text
        made = answer.json()
        await publish(client)
        await delivered(client, 1, abonnement=number(made), status="afgeleverd")
        changed = await client.patch(made["url"], json={"callbackUrl": f"{url}/twee"})  # tried with what is stored
        assert changed.status_code == 200, changed.text
        await publish(client, number=2)
        await eventually(lambda: there.has("/twee", 1))
        (untrusted,) = [Authority("Vreemde").sign("meent")]
        other = {"certificaat": {"certificaat": untrusted.certificate, "sleutel": untrusted.key}}
        assert (await client.put(access(made), json=toegang | other)).status_code == 200
        await publish(client, number=3)
        await delivered(client, 1, abonnement=number(made), status="wacht")
    shown = await client.get(access(made))
    assert "PRIVATE KEY" not in shown.text
    assert shown.json()["certificaat"]["certificaat"] == untrusted.certificate


@failed_handshakes
async def test_a_server_that_its_authority_does_not_know(
    live: ServiceUnderTest, there: Subscribers, tmp_path: Path
) -> None:
    client, authority = live.client(), Authority()
    await kanaal(client)
    async with guarded(there, tmp_path, authority, authority.sign("abonnee")) as url:
        body = {"callbackUrl": f"{url}/een", "auth": AUTH, "kanalen": [{"naam": "zaken"}]}
        own = authority.sign("meent")
        toegang = {"certificaat": {"certificaat": own.certificate, "sleutel": own.key}}
        answer = await client.post(f"{NOTIFICATIES}/abonnement", json=body | {"toegang": toegang})
    assert [one["code"] for one in answer.json()["invalidParams"]] == ["bad-url"]
    assert there.hits == []


async def test_what_is_wrong(live: ServiceUnderTest, there: Subscribers) -> None:
    client, authority = live.client(), Authority()
    await kanaal(client)
    made = await subscribe(client, f"{there.url}/een")
    one, other = authority.sign("een"), authority.sign("ander")
    for body, names in (
        (
            {"oauth2": {"tokenUrl": "geen url", "clientId": ""}},
            {"oauth2.tokenUrl", "oauth2.clientId", "oauth2.clientSecret"},
        ),
        ({"certificaat": {"certificaat": one.certificate}}, {"certificaat.sleutel"}),
        ({"certificaat": {"certificaat": one.certificate, "sleutel": other.key}}, {"certificaat.certificaat"}),
        ({"certificaat": {"certificaat": "x", "sleutel": one.key}}, {"certificaat.certificaat"}),
        ({"servercertificaat": "geen pem"}, {"servercertificaat"}),
        ({"servercertificaat": "één"}, {"servercertificaat"}),
        (
            {"certificaat": {"certificaat": f"{one.certificate}\n{one.key}", "sleutel": one.key}},
            {"certificaat.certificaat"},
        ),
        (
            {"certificaat": {"certificaat": f"{one.key}\n{one.certificate}", "sleutel": one.key}},
            {"certificaat.certificaat"},
        ),
        ({"servercertificaat": f"{authority.certificate}\n{one.key}"}, {"servercertificaat"}),
    ):
        answer = await client.put(access(made), json=body)
        assert answer.status_code == 400, body
        assert {param["name"] for param in answer.json()["invalidParams"]} == names
    assert (await client.get(access(made))).status_code == 404
    assert await live.runtime.database.fetch("SELECT * FROM auditregel WHERE resource = 'toegang'") == []
