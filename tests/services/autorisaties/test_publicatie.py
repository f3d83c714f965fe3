"""The policy reaches services over a real NATS: created, rotated, revoked, and again after the broker forgot."""

import asyncio
from typing import Any

import httpx
import pytest
from nats.js.errors import KeyNotFoundError
from nats.js.kv import KeyValue

from chassis.access import make_token
from chassis.catalog import ADMINISTRATOR
from chassis.policy import BUCKET, credential_key
from chassis.testing.plugin import MakeService
from chassis.testing.servers import Servers
from chassis.testing.service import ServiceUnderTest, eventually

BASE = "/autorisaties/api/v1"


def caller(under_test: ServiceUnderTest, client_id: str, secret: str) -> httpx.AsyncClient:
    """A client whose rights come from the bucket, not from the test."""
    return under_test.anonymous({"Authorization": f"Bearer {make_token(client_id, secret)}"})


async def declared(live_service: MakeService, tmp_path: object) -> ServiceUnderTest:
    path = f"{tmp_path}/applicaties.yaml"
    with open(path, "w") as file:  # noqa: ASYNC230, PTH123
        file.write(
            "applicaties:\n- {label: Beheer, heeftAlleAutorisaties: true, "
            "credentials: [{clientId: beheer, secret: geheim-van-beheer}]}\n"
            "credentials: [{clientId: nieuw, secret: geheim-van-nieuw}]\n"
        )
    made = await live_service("autorisaties", applicaties=path)
    await eventually(lambda: ready(made))
    return made


async def ready(under_test: ServiceUnderTest) -> bool:
    checks = await under_test.runtime.ready()
    return all(checks.values()) and "beheer" in under_test.runtime.policy._secrets


async def test_declared_client_may_act_and_others_not(live_service: MakeService, tmp_path: object) -> None:
    made = await declared(live_service, tmp_path)
    beheer = caller(made, "beheer", "geheim-van-beheer")
    assert (await beheer.get(f"{BASE}/applicaties")).json()["count"] == 1
    assert (await caller(made, "beheer", "iets-anders").get(f"{BASE}/applicaties")).status_code == 403
    nieuw = caller(made, "nieuw", "geheim-van-nieuw")
    assert (await nieuw.get(f"{BASE}/applicaties")).json()["code"] == "permission_denied"


async def test_new_client_works_when_its_creation_is_answered(live_service: MakeService, tmp_path: object) -> None:
    made = await declared(live_service, tmp_path)
    beheer = caller(made, "beheer", "geheim-van-beheer")
    secret = (await beheer.post(f"{BASE}/credentials", json={"clientId": "app"})).json()["secret"]
    body = {"label": "App", "clientIds": ["app"], "heeftAlleAutorisaties": True}
    assert (await beheer.post(f"{BASE}/applicaties", json=body)).status_code == 201
    assert (await caller(made, "app", secret).get(f"{BASE}/applicaties")).status_code == 200


async def test_rotation_overlaps_and_revocation_ends(live_service: MakeService, tmp_path: object) -> None:
    made = await declared(live_service, tmp_path)
    beheer = caller(made, "beheer", "geheim-van-beheer")
    body = {"label": "App", "clientIds": ["app"], "heeftAlleAutorisaties": True}
    await beheer.post(f"{BASE}/applicaties", json=body)
    credential = (await beheer.post(f"{BASE}/credentials", json={"clientId": "app"})).json()
    fresh = (await beheer.post(f"{credential['url']}/rotaties")).json()["secret"]
    for secret in (credential["secret"], fresh):
        assert (await caller(made, "app", secret).get(f"{BASE}/applicaties")).status_code == 200
    await beheer.delete(f"{credential['url']}/rotaties")
    await eventually(lambda: refused(made, credential["secret"]))
    assert (await caller(made, "app", fresh).get(f"{BASE}/applicaties")).status_code == 200
    await beheer.delete(credential["url"])
    await eventually(lambda: refused(made, fresh))


async def refused(made: ServiceUnderTest, secret: str) -> bool:
    return (await caller(made, "app", secret).get(f"{BASE}/applicaties")).status_code == 403


async def test_a_slow_put_does_not_undo_a_revocation(
    live_service: MakeService, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await declared(live_service, tmp_path)
    beheer = caller(made, "beheer", "geheim-van-beheer")
    credential = (await beheer.post(f"{BASE}/credentials", json={"clientId": "app"})).json()
    under_way, go_on, put = asyncio.Event(), asyncio.Event(), KeyValue.put

    async def slow(bucket: KeyValue, key: str, value: bytes, **options: Any) -> int:
        if not under_way.is_set():
            under_way.set()
            await go_on.wait()
        return await put(bucket, key, value, **options)

    monkeypatch.setattr(KeyValue, "put", slow)
    rotating = asyncio.create_task(beheer.post(f"{credential['url']}/rotaties"))
    await under_way.wait()
    revoking = asyncio.create_task(beheer.delete(credential["url"]))
    await asyncio.wait([revoking], timeout=1)  # it may, or may not, wait for the put
    go_on.set()
    fresh = (await rotating).json()["secret"]
    assert (await revoking).status_code == 204
    await eventually(lambda: deleted(made, "app"))
    await eventually(lambda: refused(made, fresh))


async def deleted(made: ServiceUnderTest, client_id: str) -> bool:
    """Whether the bucket says so itself, and all that waited for it is put."""
    bucket = await (await made.runtime.messaging.jetstream()).key_value(BUCKET)
    waiting = await made.runtime.database.fetch("SELECT FROM policy_publicatie WHERE NOT gepubliceerd")
    try:
        await bucket.get(credential_key(client_id))
    except KeyNotFoundError:
        return not waiting
    return False


async def test_secret_is_nowhere_in_the_clear(live_service: MakeService, tmp_path: object) -> None:
    made = await declared(live_service, tmp_path)
    for table in ("credential", "policy_publicatie", "auditregel", "policy_snapshot"):
        rows = await made.runtime.database.fetch(f"SELECT t::text AS line FROM {table} t")
        clear = [b"geheim-van-beheer".hex(), "geheim-van-beheer"]
        assert not any(text in row["line"] for row in rows for text in clear), table


async def test_service_starts_from_its_snapshot_and_hears_again(
    live_service: MakeService, tmp_path: object, servers: Servers
) -> None:
    made = await declared(live_service, tmp_path)
    servers.nats.kill()
    try:
        beheer = caller(made, "beheer", "geheim-van-beheer")
        assert (await beheer.get(f"{BASE}/applicaties")).status_code == 200
        async with asyncio.timeout(5):
            answer = await beheer.post(f"{BASE}/credentials", json={"clientId": "tijdens-storing"})
        assert answer.status_code == 201
    finally:
        servers.nats.start()
    await eventually(lambda: known(made, "tijdens-storing"), seconds=20)


async def known(made: ServiceUnderTest, client_id: str) -> bool:
    return client_id in made.runtime.policy._secrets


def test_administrator_is_an_identity(servers: Servers) -> None:
    assert servers.nats.url(ADMINISTRATOR)
