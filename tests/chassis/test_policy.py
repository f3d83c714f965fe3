"""The policy: none, a snapshot, the bucket, and everything that may be away meanwhile."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import nats
import pytest
from nats.js.kv import KeyValue

from chassis import clock
from chassis.access import make_token
from chassis.catalog import inbox_prefix
from chassis.policy import BUCKET, UNKNOWN_CLIENT_WAIT, applicatie_key, credential_key
from chassis.sealing import Keyring
from chassis.testing.servers import Servers
from chassis.testing.service import SECRET, ServiceUnderTest, eventually, running
from tests.chassis.conftest import MakeLive, example_database
from tests.chassis.example import BASE, IDENTITY, example_service

NOWHERE = "nats://x:y@127.0.0.1:1"


@asynccontextmanager
async def bucket(servers: Servers) -> AsyncIterator[KeyValue]:
    """The policy bucket, as the service autorisaties writes it."""
    prefix = inbox_prefix("autorisaties").encode()
    client = await nats.connect(servers.nats.url("autorisaties"), inbox_prefix=prefix)
    try:
        yield await client.jetstream().key_value(BUCKET)
    finally:
        await client.close()


def entries(servers: Servers, client_id: str, secret: str = SECRET, **applicatie: Any) -> dict[str, bytes]:
    keyring = Keyring.load(servers.keys)
    content = {
        applicatie_key(client_id): {
            "clientIds": [client_id], "label": "x", "heeftAlleAutorisaties": True, "autorisaties": [], **applicatie
        },
        credential_key(client_id): {"clientId": client_id, "secrets": [secret]},
    }  # fmt: skip
    return {key: keyring.seal(json.dumps(value).encode(), f"{BUCKET}:{key}") for key, value in content.items()}


async def put(servers: Servers, client_id: str, **options: Any) -> None:
    async with bucket(servers) as store:
        for key, value in entries(servers, client_id, **options).items():
            await store.put(key, value)


def caller(made: ServiceUnderTest, client_id: str, secret: str = SECRET) -> httpx.AsyncClient:
    """A client whose rights the test does not put in memory itself."""
    return made.anonymous({"Authorization": f"Bearer {make_token(client_id, secret)}"})


async def status(made: ServiceUnderTest, client_id: str, secret: str = SECRET) -> int:
    return (await caller(made, client_id, secret).get(f"{BASE}/things")).status_code


async def answers(made: ServiceUnderTest, client_id: str, wanted: int) -> bool:
    return await status(made, client_id) == wanted


async def test_without_any_policy_not_ready_and_503(servers: Servers) -> None:
    made = example_service(await example_database(servers), servers.keys, nats=NOWHERE)
    async with running(made):
        answer = await caller(made, "someone").get(f"{BASE}/things")
        assert (answer.status_code, answer.json()["code"]) == (503, "autorisaties-onbekend")
        assert int(answer.headers["retry-after"]) > 0
        assert (await made.anonymous().get(f"{BASE}/things")).status_code == 401
        ready = await made.anonymous().get("/health/ready")
        assert (ready.status_code, ready.json()["policy"]) == (503, False)
        assert (await made.anonymous().get("/health/live")).status_code == 200


async def test_it_starts_from_the_snapshot_without_nats(live: MakeLive, servers: Servers) -> None:
    await put(servers, "first")
    dsn = await example_database(servers)
    before = await live(dsn=dsn)
    await eventually(lambda: answers(before, "first", 200))

    async def kept() -> bool:
        return len(await before.runtime.database.fetch("SELECT FROM policy_snapshot")) == 2

    await eventually(kept)
    stored = await before.runtime.database.fetch("SELECT value FROM policy_snapshot")
    assert not any(SECRET.encode() in row["value"] or b"first" in row["value"] for row in stored)
    after = example_service(dsn, servers.keys, nats=NOWHERE)
    async with running(after):
        assert await status(after, "first") == 200
        ready = await after.anonymous().get("/health/ready")
        assert (ready.status_code, ready.json()["policy"]) == (200, True)
        started = asyncio.get_running_loop().time()
        assert await status(after, "unknown") == 401
        assert asyncio.get_running_loop().time() - started >= UNKNOWN_CLIENT_WAIT * 0.9


async def test_an_unknown_client_is_waited_for(live: MakeLive, servers: Servers) -> None:
    made = await live()
    await eventually(lambda: loaded(made))
    question = asyncio.create_task(status(made, "fresh"))
    async with bucket(servers) as store:
        for key, value in entries(servers, "fresh").items():
            await store.put(key, value)
        assert await question == 200


async def loaded(made: ServiceUnderTest) -> bool:
    return made.runtime.policy.loaded


async def test_changes_and_revocations_hold_at_once(live: MakeLive, servers: Servers) -> None:
    await put(servers, "app")
    made = await live()
    await eventually(lambda: answers(made, "app", 200))
    await put(servers, "app", heeftAlleAutorisaties=False, autorisaties=[{"component": "test", "scopes": ["x"]}])
    await eventually(lambda: answers(made, "app", 403))
    await put(
        servers, "app", heeftAlleAutorisaties=False, autorisaties=[{"component": "test", "scopes": ["things.lezen"]}]
    )
    await eventually(lambda: answers(made, "app", 200))
    async with bucket(servers) as store:
        await store.delete(credential_key("app"))
    await eventually(lambda: answers(made, "app", 401))

    async def forgotten() -> bool:
        return len(await made.runtime.database.fetch("SELECT FROM policy_snapshot")) == 1

    await eventually(forgotten)


async def test_rights_of_several_applicaties_add_up(live: MakeLive, servers: Servers) -> None:
    await put(
        servers, "app", heeftAlleAutorisaties=False, autorisaties=[{"component": "a", "scopes": ["x"], "afdeling": ""}]
    )
    limited = [{"component": "b", "scopes": ["y"], "ploeg": "p"}]
    extra = entries(servers, "more", clientIds=["app"], heeftAlleAutorisaties=False, autorisaties=limited)
    async with bucket(servers) as store:
        await store.put(applicatie_key("more"), extra[applicatie_key("more")])
    made = await live()
    await eventually(lambda: answers(made, "app", 403))
    found = await made.runtime.policy.authenticate(make_token("app", SECRET))
    assert {(item.component, *sorted(item.limits.items())) for item in found.autorisaties} == {
        ("a",),
        ("b", ("ploeg", "p")),
    }


async def test_what_else_holds_for_an_applicatie_is_known_of_its_callers(live: MakeLive, servers: Servers) -> None:
    await put(servers, "app", alleenProef=True, ookDat=False)
    made = await live()
    await eventually(lambda: answers(made, "app", 200))
    found = await made.runtime.policy.authenticate(make_token("app", SECRET))
    assert found.flags == {"alleenProef"}


async def test_a_database_that_is_away_neither_stops_the_watch_nor_loses_the_snapshot(mortal: Servers) -> None:
    await mortal.ensure_streams()
    made = example_service(await example_database(mortal), mortal.keys, nats=mortal.nats.url(IDENTITY))
    async with running(made):
        await eventually(lambda: loaded(made))
        await asyncio.to_thread(mortal.postgres.kill)
        await put(mortal, "meanwhile")

        async def heard() -> bool:
            return "meanwhile" in made.runtime.policy._secrets

        await eventually(heard)
        await asyncio.to_thread(mortal.postgres.start)
        await put(mortal, "after")

        async def kept() -> bool:
            rows = await made.runtime.database.fetch("SELECT key FROM policy_snapshot")
            return {row["key"] for row in rows} >= {credential_key("meanwhile"), credential_key("after")}

        await eventually(kept)
        assert await status(made, "after") == 200


async def test_an_old_policy_is_served_and_shown(live: MakeLive, servers: Servers) -> None:
    await put(servers, "app")
    made = await live(policy_max_age=60)
    await eventually(lambda: answers(made, "app", 200))
    policy = made.runtime.policy
    assert not policy.warn_when_old()
    [follow] = [task for task in made.runtime._tasks if task.get_name() == "policy"]
    follow.cancel()
    policy.heard_at = (clock.now() - timedelta(hours=1)).timestamp()
    assert await status(made, "app") == 200
    text = (await made.anonymous().get("/metrics")).text
    [line] = [line for line in text.splitlines() if line.startswith("meent_policy_age_seconds ")]
    assert float(line.split()[1]) >= 3600
    assert policy.warn_when_old()


async def test_an_entry_of_another_key_or_place_is_left_out(
    live: MakeLive, servers: Servers, caplog: pytest.LogCaptureFixture
) -> None:
    await put(servers, "app")
    stranger = Keyring.load(Keyring.generate())
    good = entries(servers, "moved")
    async with bucket(servers) as store:
        await store.put(credential_key("stranger"), stranger.seal(b"{}", f"{BUCKET}:{credential_key('stranger')}"))
        await store.put(applicatie_key("x"), good[applicatie_key("moved")])
    made = await live()
    await eventually(lambda: answers(made, "app", 200))
    assert await status(made, "moved") == 401
    assert await status(made, "stranger") == 401


def test_many_applicaties_are_indexed_once(example: ServiceUnderTest) -> None:
    policy = example.runtime.policy
    before = policy.version
    for number in range(300):
        example.grant(f"client-{number}", [{"component": "test", "scopes": ["a", "b"]}] * 5)
    assert policy.version == before + 600
    assert policy._stale
    for number in range(300):
        name = f"client-{number}"
        policy._forget(applicatie_key(str(uuid.uuid5(uuid.NAMESPACE_URL, name))))
        policy._secrets.pop(name)
    policy._sealed.clear()
