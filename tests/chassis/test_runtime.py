"""A running service: what it needs to start, when it is ready, and that its work does not stay dead."""

import asyncio

import pytest

from chassis import runtime as module
from chassis.runtime import Runtime
from chassis.settings import Settings
from chassis.testing.servers import Servers
from chassis.testing.service import ServiceUnderTest, eventually, running
from tests.chassis.conftest import example_database
from tests.chassis.example import APIS, IDENTITY, example_service
from tests.chassis.test_policy import NOWHERE


async def checks(made: ServiceUnderTest) -> dict[str, bool]:
    answer = await made.anonymous().get("/health/ready")
    found: dict[str, bool] = answer.json()
    assert answer.status_code == (200 if all(found.values()) else 503)
    return found


@pytest.mark.parametrize(("missing", "name"), [("database", "DATABASE"), ("keys", "MEENT_KEYS")])
def test_without_what_nothing_works_it_does_not_start(servers: Servers, missing: str, name: str) -> None:
    values = {"database": "postgresql://x/y", "keys": servers.keys, missing: ""}
    with pytest.raises(ValueError, match=name):
        Runtime.make(Settings(service=IDENTITY, **values))


async def test_what_must_succeed_once_is_tried_until_it_does(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    attempts: list[int] = []
    free = asyncio.Event()

    async def begin(_: Runtime) -> None:
        attempts.append(1)
        if not free.is_set():
            raise OSError("neighbour away")

    made = example_service(await example_database(servers), servers.keys, nats=NOWHERE)
    made.runtime.startup = [begin]
    async with running(made):
        made.client()
        await eventually(lambda: longer(attempts, 2))
        assert (await checks(made)) == {"database": True, "policy": True, "startup": False}
        free.set()
        await eventually(lambda: ready(made))


async def longer(found: list[int], number: int) -> bool:
    return len(found) >= number


async def ready(made: ServiceUnderTest) -> bool:
    return all((await checks(made)).values())


async def test_background_work_that_dies_of_a_defect_begins_anew(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RESTART", 0.01)
    begun: list[int] = []

    async def work(_: Runtime) -> None:
        begun.append(1)
        raise KeyError("defect")

    made = example_service(await example_database(servers), servers.keys, nats=NOWHERE)
    made.runtime.background = [work]
    async with running(made):
        await eventually(lambda: longer(begun, 3))


async def test_without_a_database_it_lives_and_is_not_ready(servers: Servers) -> None:
    made = example_service("postgresql://meent@/x?host=/nonexistent", servers.keys, nats=NOWHERE)
    async with running(made):
        assert (await checks(made)) == {"database": False, "policy": False, "startup": True}
        assert (await made.anonymous().get("/health/live")).status_code == 200
        assert (await made.anonymous().get("/metrics")).status_code == 200


async def test_the_lifespan_reports_a_start_that_failed(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    made = example_service(await example_database(servers), servers.keys, nats=NOWHERE)

    async def fail() -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(made.runtime, "start", fail)
    sent: list[str] = []

    async def receive() -> dict[str, str]:
        return {"type": "lifespan.startup"}

    async def send(message: dict[str, str]) -> None:
        sent.append(message["type"])

    await made.service({"type": "lifespan"}, receive, send)  # type: ignore[arg-type]
    assert sent == ["lifespan.startup.failed"]
    await made.runtime.outbound.close()
    await made.runtime.database.close()


async def test_it_refuses_another_base_url_than_that_of_what_is_stored(servers: Servers) -> None:
    dsn = await example_database(servers)
    async with running(example_service(dsn, servers.keys, nats=NOWHERE)):
        pass
    other = example_service(dsn, servers.keys, nats=NOWHERE, public_url="http://other.test")
    with pytest.raises(RuntimeError, match="rerender"):
        await other.runtime.start()
    await other.runtime.outbound.close()
    await other.runtime.database.close()
    assert {api.name for api in APIS} == {"dingen", "voorbeelden"}
