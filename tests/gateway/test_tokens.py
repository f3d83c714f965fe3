import time

import httpx
import pytest

from chassis import telemetry
from chassis.access import make_token
from chassis.problems import Problem
from chassis.testing.plugin import MakeService
from chassis.testing.service import SECRET, ServiceUnderTest, eventually
from gateway.tokens import RateLimit
from tests.gateway.servers import serving
from tests.gateway.test_proxy import Upstream

ZAKEN = "/zaken/api/v1/zaken"
TAKEN = "/taken/api/v1/taken"


async def loaded(gateway: ServiceUnderTest) -> ServiceUnderTest:
    """The gateway once it has heard the policy, so that a test's own grants stay."""

    async def heard() -> bool:
        return gateway.runtime.policy.loaded

    await eventually(heard)
    return gateway


@pytest.fixture
async def upstream(monkeypatch: pytest.MonkeyPatch) -> Upstream:
    service = Upstream()
    async with serving(service) as url:
        for name in ("ZAKEN", "MELDINGEN"):
            monkeypatch.setenv(f"MEENT_{name}_URL", url)
        yield service


@pytest.mark.parametrize(("path", "status"), [(ZAKEN, 403), (TAKEN, 401)])
async def test_without_a_token_the_answer_is_403_on_zgw_and_401_on_our_own(
    live_service: MakeService, upstream: Upstream, path: str, status: int
) -> None:
    gateway = await loaded(await live_service("gateway"))
    async with gateway.anonymous() as client:
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (status, "not_authenticated")
        assert answer.headers["content-type"] == "application/problem+json"
        assert ("www-authenticate" in answer.headers) is (status == 401)
        for header in ("Bearer x.y.z", "Basic YTpi", "Bearer", f"Bearer {make_token('nobody', SECRET)}"):
            answer = await client.get(path, headers={"authorization": header})
            assert answer.status_code == status
    assert upstream.scopes == []


async def test_a_known_client_passes_with_its_token(live_service: MakeService, upstream: Upstream) -> None:
    gateway = await loaded(await live_service("gateway"))
    async with gateway.client("portaal", []) as client:  # rights are the service's business
        assert (await client.get(ZAKEN)).status_code == 200
        assert upstream.asked[b"authorization"].decode() == client.headers["authorization"]


async def test_a_token_is_forgotten_when_it_expires_or_its_secret_changes(
    live_service: MakeService, upstream: Upstream
) -> None:
    gateway = await loaded(await live_service("gateway"))
    gateway.grant("portaal")
    short = make_token("portaal", SECRET, exp=time.time() - 59.5)  # with its leeway valid for half a second
    async with gateway.anonymous({"authorization": f"Bearer {short}"}) as client:
        assert (await client.get(ZAKEN)).status_code == 200

        async def refused() -> bool:
            return (await client.get(ZAKEN)).status_code == 403

        await eventually(refused, seconds=5)
    async with gateway.client("portaal", []) as client:
        assert (await client.get(ZAKEN)).status_code == 200
        gateway.grant("portaal", secret="another secret, of more than thirty-two bytes")
        assert (await client.get(ZAKEN)).status_code == 403


async def test_the_description_of_an_api_is_open_to_all_and_nothing_beside_it_is(
    live_service: MakeService, upstream: Upstream
) -> None:
    gateway = await loaded(await live_service("gateway"))
    async with gateway.anonymous() as client:
        answer = await client.get("/zaken/api/v1/openapi.json")
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")
        for path in ("/zaken/api/v1/openapi.json/", "/zaken/api/v1/zaken/openapi.json", "/zaken/api/v1/openapi%2Ejson"):
            assert (await client.get(path)).status_code == 403
        assert (await client.post("/zaken/api/v1/openapi.json")).status_code == 403


async def test_what_is_public_can_be_read_without_a_token_and_not_written(
    live_service: MakeService, upstream: Upstream
) -> None:
    gateway = await loaded(await live_service("gateway"))
    async with gateway.anonymous() as client:
        answer = await client.get("/referentielijsten/api/v1/procestypen")
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")
        assert (await client.head("/referentielijsten/api/v1/procestypen")).status_code == 200
        assert (await client.post("/referentielijsten/api/v1/procestypen")).status_code == 401


async def test_before_any_rights_are_known_the_answer_is_503(live_service: MakeService, upstream: Upstream) -> None:
    gateway = await loaded(await live_service("gateway"))
    gateway.runtime.policy.loaded = False
    async with gateway.anonymous({"authorization": f"Bearer {make_token('portaal', SECRET)}"}) as client:
        answer = await client.get(ZAKEN)
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0


async def test_a_client_over_its_rate_gets_429_and_others_do_not(live_service: MakeService, upstream: Upstream) -> None:
    gateway = await loaded(await live_service("gateway", rate_limit=0.1, rate_burst=2))
    async with gateway.client("druk", []) as busy, gateway.client("rustig", []) as calm:
        assert [(await busy.get(ZAKEN)).status_code for _ in range(3)] == [200, 200, 429]
        answer: httpx.Response = await busy.get(ZAKEN)
        assert (answer.json()["code"], answer.headers["content-type"]) == (
            "too_many_requests",
            "application/problem+json",
        )
        assert 1 <= int(answer.headers["retry-after"]) <= 10
        assert (await calm.get(ZAKEN)).status_code == 200
    assert telemetry.value("meent_gateway_refused_total", code="too_many_requests") >= 2


def test_the_bucket_fills_again_up_to_the_burst() -> None:
    present = 0.0
    limit = RateLimit(2, 3, now=lambda: present)
    for _ in range(3):
        limit.take("a")
    with pytest.raises(Problem, match="429"):
        limit.take("a")
    present = 0.5
    limit.take("a")
    with pytest.raises(Problem, match="429"):
        limit.take("a")
    present = 100.0
    for _ in range(3):
        limit.take("a")
    with pytest.raises(Problem, match="429"):
        limit.take("a")


def test_rate_zero_is_no_limit() -> None:
    limit = RateLimit(0, 0)
    for _ in range(100):
        limit.take("a")
