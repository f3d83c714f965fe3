"""Signing in on a page with a browser: where it works, where it does not, and that guessing is no way in."""

import base64
import logging
import time

import httpx
import jwt
import pytest

from chassis import telemetry
from chassis.access import make_token
from chassis.catalog import load_catalog
from chassis.problems import NotAuthenticated, Problem
from chassis.testing.plugin import MakeService
from chassis.testing.service import SECRET, ServiceUnderTest
from gateway.pages import GUESSES, Pages, page_paths
from gateway.proxy import Route
from gateway.tokens import Gatekeeper, RateLimit
from tests.gateway.servers import serving
from tests.gateway.test_proxy import Upstream
from tests.gateway.test_tokens import loaded

PAGE = "/bezorging/api/v1/overzicht"
ONE = f"{PAGE}/0198a3f0-0000-7000-8000-000000000001"
BASIC = 'Basic realm="Meent beheer", charset="UTF-8"'
PUBLIC_KEY = "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----"


def basic(client_id: str = "beheer", secret: str = SECRET) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


@pytest.fixture
async def upstream(monkeypatch: pytest.MonkeyPatch) -> Upstream:
    service = Upstream(body=b"<!DOCTYPE html>", headers=[(b"content-type", b"text/html; charset=utf-8")])
    async with serving(service) as url:
        monkeypatch.setenv("MEENT_NOTIFICATIES_URL", url)
        yield service


@pytest.fixture
async def gateway(live_service: MakeService, upstream: Upstream) -> ServiceUnderTest:
    made = await loaded(await live_service("gateway"))
    made.grant("beheer")
    return made


def test_every_page_belongs_to_an_api_of_its_service() -> None:
    pages = [(path, service) for service in load_catalog().services.values() for path in service.pages]
    assert [path for path, _ in pages] == page_paths()
    assert PAGE in page_paths()
    for path, service in pages:
        assert any(path.startswith(f"/{api}/api/v1/") for api in service.apis), path


@pytest.mark.parametrize("path", [PAGE, ONE])
async def test_without_signing_in_the_browser_is_asked_to(
    gateway: ServiceUnderTest, upstream: Upstream, path: str
) -> None:
    async with gateway.anonymous() as client:
        answer = await client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert answer.headers["www-authenticate"] == BASIC
    assert upstream.scopes == []


@pytest.mark.parametrize(
    "given",
    [
        basic(secret="een ander geheim"),
        basic(secret=SECRET + " "),
        basic(secret=PUBLIC_KEY),
        basic("onbekend"),
        basic("Beheer"),
        basic(secret=""),
        basic(""),
        {"authorization": "Basic"},
        {"authorization": "Basic !!!"},
        {"authorization": "Basic " + base64.b64encode(b"beheer").decode()},
        {"authorization": "Basic " + base64.b64encode(b"beheer:\xff\xfe").decode()},
        {"authorization": "Basic " + base64.b64encode(b"b" * 9000 + b":x").decode()},
        {"authorization": f"Bearer {make_token('beheer', 'een ander geheim')}"},
        {"authorization": f"Digest {SECRET}"},
    ],
)
async def test_what_is_wrong_is_refused(gateway: ServiceUnderTest, upstream: Upstream, given: dict[str, str]) -> None:
    async with gateway.anonymous(given) as client:
        answer = await client.get(PAGE)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert answer.headers["www-authenticate"] == BASIC
    assert upstream.scopes == []


@pytest.mark.parametrize("path", [PAGE, ONE, f"{PAGE}?toestand=hapert"])
async def test_who_signs_in_well_reaches_the_page_with_a_token(
    gateway: ServiceUnderTest, upstream: Upstream, path: str
) -> None:
    async with gateway.anonymous(basic()) as client:
        answer = await client.get(path)
    assert (answer.status_code, answer.text) == (200, "<!DOCTYPE html>")
    scheme, _, token = upstream.asked[b"authorization"].decode().partition(" ")
    claims = jwt.decode(token, SECRET, algorithms=["HS256"])
    assert (scheme, claims["client_id"], claims["user_id"]) == ("Bearer", "beheer", "beheer")
    assert 0 < claims["exp"] - time.time() <= 60


async def test_characters_outside_ascii(gateway: ServiceUnderTest, upstream: Upstream) -> None:
    gateway.grant("beheer-ü", secret="geheim met € en : erin, langer dan 32")
    async with gateway.anonymous(basic("beheer-ü", "geheim met € en : erin, langer dan 32")) as client:
        assert (await client.get(PAGE)).status_code == 200


async def test_a_token_is_as_good_as_ever(gateway: ServiceUnderTest, upstream: Upstream) -> None:
    async with gateway.client("beheer", []) as client:
        assert (await client.get(PAGE)).status_code == 200
        assert upstream.asked[b"authorization"].decode() == client.headers["authorization"]


async def test_only_what_was_judged_travels_on(gateway: ServiceUnderTest, upstream: Upstream) -> None:
    other = ("authorization", f"Bearer {make_token('ander', 'geheim')}")
    async with gateway.anonymous() as client:
        answer = await client.get(PAGE, headers=[*basic().items(), other])
    assert answer.status_code == 200
    sent = [value for name, value in upstream.scopes[-1]["headers"] if name == b"authorization"]
    assert len(sent) == 1
    assert sent[0].startswith(b"Bearer ")
    assert other[1].encode() not in sent


@pytest.mark.parametrize(
    "path",
    [
        "/bezorging/api/v1/abonnees",
        "/bezorging/api/v1/afleveringen",
        "/bezorging/api/v1/onbestelbare-berichten",
        f"{PAGE}/",
        f"{PAGE}en",
        f"{PAGE}/a/b",
        f"{PAGE}/..%2Fabonnees",
        f"{PAGE}/%2e%2e",
        f"{PAGE}%2Fa",
        "/BEZORGING/api/v1/overzicht",
    ],
)
async def test_elsewhere_nobody_signs_in(gateway: ServiceUnderTest, upstream: Upstream, path: str) -> None:
    async with gateway.anonymous(basic()) as client:
        answer = await client.get(path)
    assert answer.status_code in (401, 404)
    assert "Basic" not in answer.headers.get("www-authenticate", "")
    assert upstream.scopes == []


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
async def test_nobody_signs_in_to_change_something(gateway: ServiceUnderTest, upstream: Upstream, method: str) -> None:
    async with gateway.anonymous(basic()) as client:
        answer = await client.request(method, PAGE)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert upstream.scopes == []


async def test_guessing_is_stopped_also_when_the_guess_is_right(gateway: ServiceUnderTest, upstream: Upstream) -> None:
    gateway.grant("ander")
    before = telemetry.value("meent_gateway_sign_ins_refused_total")
    async with gateway.anonymous() as client:
        for guess in range(GUESSES):
            assert (await client.get(PAGE, headers=basic(secret=f"gok {guess}"))).status_code == 401
        assert telemetry.value("meent_gateway_sign_ins_refused_total") == before + GUESSES
        for secret in ("nog een gok", SECRET):
            answer = await client.get(PAGE, headers=basic(secret=secret))
            assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
            assert 1 <= int(answer.headers["retry-after"]) <= 10
        assert upstream.scopes == []
        assert (await client.get(PAGE, headers=basic("ander"))).status_code == 200
    async with gateway.client("beheer", []) as client:  # with a token one is not held up
        assert (await client.get(PAGE)).status_code == 200


async def test_signing_in_well_is_not_counted(gateway: ServiceUnderTest, upstream: Upstream) -> None:
    async with gateway.anonymous(basic()) as client:
        assert {(await client.get(PAGE)).status_code for _ in range(2 * GUESSES)} == {200}


@pytest.mark.parametrize("given", [basic(secret=""), {"authorization": "Basic !"}, {}])
async def test_what_is_no_guess_is_not_counted(
    gateway: ServiceUnderTest, upstream: Upstream, given: dict[str, str]
) -> None:
    async with gateway.anonymous() as client:
        assert {(await client.get(PAGE, headers=given)).status_code for _ in range(2 * GUESSES)} == {401}
        assert (await client.get(PAGE, headers=basic())).status_code == 200


async def test_failures_are_forgiven_slowly(gateway: ServiceUnderTest) -> None:
    present = 0.0
    keeper = Gatekeeper(gateway.runtime.policy, RateLimit(0, 0))
    pages = Pages([PAGE], keeper, RateLimit(0.1, 2, now=lambda: present))
    route = Route("/bezorging/api/v1", "notificaties", "http://x")

    async def attempt(secret: str) -> None:
        headers = [(name.encode(), value.encode()) for name, value in basic(secret=secret).items()]
        await pages.admit({"method": "GET", "raw_path": PAGE.encode(), "headers": headers}, route)

    for _ in range(2):
        with pytest.raises(NotAuthenticated):
            await attempt("gok")
    with pytest.raises(Problem, match="429"):
        await attempt(SECRET)
    present = 10.5
    await attempt(SECRET)
    await attempt(SECRET)
    with pytest.raises(NotAuthenticated):
        await attempt("gok")
    with pytest.raises(Problem, match="429"):
        await attempt("gok")


async def test_before_any_rights_are_known_the_answer_is_503(gateway: ServiceUnderTest) -> None:
    gateway.runtime.policy.loaded = False
    async with gateway.anonymous(basic()) as client:
        assert {(await client.get(PAGE)).status_code for _ in range(GUESSES + 5)} == {503}


async def test_an_installation_without_pages(gateway: ServiceUnderTest) -> None:
    pages = Pages([], Gatekeeper(gateway.runtime.policy, RateLimit(0, 0)))
    assert not pages.has({"method": "GET", "raw_path": b""})


async def test_nothing_of_it_is_logged(gateway: ServiceUnderTest, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        async with gateway.anonymous() as client:
            for secret in (SECRET, "een fout geheim"):
                await client.get(PAGE, headers=basic(secret=secret))
    encoded = basic()["authorization"].partition(" ")[2]
    everything = "".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert not [secret for secret in (SECRET, "een fout geheim", encoded) if secret in everything]


async def test_through_the_gateway_to_the_real_page(
    service: MakeService, live_service: MakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    behind = await service("notificaties")
    behind.grant("beheer", [{"component": "nrc", "scopes": ["abonnees.lezen"]}])
    behind.grant("zonder")
    async with serving(behind.service) as url:
        monkeypatch.setenv("MEENT_NOTIFICATIES_URL", url)
        front = await loaded(await live_service("gateway"))
        for client_id in ("beheer", "zonder"):
            front.grant(client_id)
        async with front.anonymous() as client:
            answer = await client.get(PAGE, headers=basic())
            assert answer.status_code == 200
            assert answer.headers["content-type"] == "text/html; charset=utf-8"
            assert answer.headers["content-security-policy"].startswith("default-src 'none'")
            assert "Afleveren van notificaties" in answer.text
            refused: httpx.Response = await client.get(PAGE, headers=basic("zonder"))
            assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
            assert "www-authenticate" not in refused.headers
