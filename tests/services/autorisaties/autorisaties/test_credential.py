"""Credentials: rights first, then that a secret is shown once, rotated with overlap, and that races are judged."""

import asyncio

import pytest

from chassis.testing.plugin import MakeService
from chassis.testing.service import ServiceUnderTest

BASE = "/autorisaties/api/v1/credentials"


@pytest.fixture
async def autorisaties(service: MakeService) -> ServiceUnderTest:
    return await service("autorisaties")


async def test_without_rights_is_refused(autorisaties: ServiceUnderTest) -> None:
    reader = autorisaties.client("lezer", [{"component": "ac", "scopes": ["autorisaties.lezen"]}])
    url = f"{BASE}/00000000-0000-4000-8000-000000000000"
    calls = (
        reader.post(BASE, json={"clientId": "app"}),
        reader.post(f"{url}/rotaties"),
        reader.delete(f"{url}/rotaties"),
        reader.delete(url),
        autorisaties.client("niemand", []).get(BASE),
        autorisaties.client("niemand", []).get(url),
    )
    for call in calls:
        assert (await call).status_code == 403


async def test_a_secret_is_shown_once(autorisaties: ServiceUnderTest) -> None:
    client = autorisaties.client()
    made = (await client.post(BASE, json={"clientId": "app"})).json()
    assert len(made["secret"]) >= 32
    assert (await client.get(made["url"])).json() == {
        "url": made["url"],
        "clientId": "app",
        "aantalGeheimen": 1,
        "geroteerdOp": None,
    }


async def test_a_number_is_no_secret(autorisaties: ServiceUnderTest) -> None:
    body = {"clientId": "nieuw", "secret": 12345678901234567890}
    answer = await autorisaties.client().post(BASE, json=body)
    assert answer.status_code == 400, answer.text
    assert [param["name"] for param in answer.json()["invalidParams"]] == ["secret"]


async def test_of_two_at_once_for_one_client_one_is_refused(autorisaties: ServiceUnderTest) -> None:
    client = autorisaties.client()
    answers = await asyncio.gather(*(client.post(BASE, json={"clientId": "app"}) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert {one.json()["code"] for one in answers if one.status_code == 409} == {"credential-bestaat"}


async def test_rotation_keeps_two_and_ends_with_the_newest(autorisaties: ServiceUnderTest) -> None:
    client = autorisaties.client()
    url = (await client.post(BASE, json={"clientId": "app"})).json()["url"]
    for _ in range(2):
        assert (await client.post(f"{url}/rotaties")).json()["aantalGeheimen"] == 2
    assert (await client.delete(f"{url}/rotaties")).status_code == 204
    assert (await client.get(url)).json()["aantalGeheimen"] == 1


async def test_revoked_is_gone(autorisaties: ServiceUnderTest) -> None:
    client = autorisaties.client()
    url = (await client.post(BASE, json={"clientId": "app"})).json()["url"]
    assert (await client.delete(url)).status_code == 204
    assert (await client.get(url)).status_code == 404
    assert (await client.post(BASE, json={"clientId": "app"})).status_code == 201
