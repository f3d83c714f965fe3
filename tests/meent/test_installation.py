"""An installation of tiny services on real servers: order, secrets, crashes and an end without leftovers."""

import asyncio
import json
import os
import stat
import time
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path

import asyncpg
import nats
import pytest
from nats.js.errors import NotFoundError

from chassis.catalog import inbox_prefix
from chassis.embedded.process import StartError, running
from meent.installation import Installation
from tests.chassis.embedded.waiting import wait_for
from tests.meent.installations import SERVICES, ask, pids

HERE = Path(__file__).parents[2]


def make(data: Path, **given: object) -> Installation:
    environment = {"MEENT_SERVICES": str(HERE / SERVICES), **given.pop("environment", {})}  # type: ignore[dict-item]
    return Installation(data, durable=False, environment=environment, **given)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def told() -> list[str]:
    return []


@pytest.fixture(scope="module")
def running_installation(tmp_path_factory: pytest.TempPathFactory, told: list[str]) -> Iterator[Installation]:
    data = tmp_path_factory.mktemp("installation")
    with make(data, outsiders=["afdeling-wmo"], tell=told.append) as installation:
        yield installation


class TestEnvironment:
    def test_each_service_has_its_own_secrets_only(self, running_installation: Installation) -> None:
        seen = {name: ask(process.port, "/environment") for name, process in running_installation.services.items()}
        een = seen["een"]
        assert "/een?" in een["MEENT_EEN_DATABASE"]
        assert not {"MEENT_TWEE_DATABASE", "MEENT_GATEWAY_DATABASE", "MEENT_CRASH_AT"} & een.keys()
        assert een["MEENT_NATS"].startswith("nats://een:")
        assert len({one["MEENT_NATS"] for one in seen.values()}) == 3
        assert een["MEENT_TWEE_URL"] == running_installation.services["twee"].url
        assert een["MEENT_PUBLIC_URL"] == running_installation.url
        assert een["MEENT_ALLOW_HOSTS"] == "127.0.0.1,::1"

    def test_secrets_are_files_of_the_owner(self, running_installation: Installation) -> None:
        for name in ("keys.json", "passwords.json", "beheer.url"):
            assert stat.S_IMODE((running_installation.data / name).stat().st_mode) == 0o600
        keys = json.loads((running_installation.data / "keys.json").read_text())
        assert keys["active"] in keys["keys"]

    def test_gateway_has_the_port_that_was_asked_for(self, running_installation: Installation) -> None:
        assert ask(running_installation.port)["pid"] == running_installation.services["gateway"].pid

    async def test_databases_are_migrated_and_streams_made(self, running_installation: Installation) -> None:
        connection = await asyncpg.connect(running_installation.database_dsn("een"))
        assert await connection.fetchval("SELECT count(*) FROM alembic_version")
        await connection.close()
        client = await nats.connect(running_installation.nats_url("beheer"), inbox_prefix=inbox_prefix("beheer"))
        assert {info.config.name for info in await client.jetstream().streams_info()} == {"EEN", "DLQ", "KV_policy"}
        await client.close()

    async def test_outsiders_get_a_user_also_later(self, running_installation: Installation) -> None:
        running_installation.add_outsiders("apparaat-wegen-1")
        for identity in ("afdeling-wmo", "apparaat-wegen-1"):
            client = await nats.connect(running_installation.nats_url(identity), inbox_prefix=inbox_prefix(identity))
            await client.close()


class TestCrashes:
    async def test_a_service_that_dies_is_started_again(
        self, running_installation: Installation, told: list[str]
    ) -> None:
        process = running_installation.services["een"]
        before = process.pid
        with pytest.raises((HTTPException, OSError)):
            ask(process.port, "/exit")
        await wait_for(lambda: process.pid not in {None, before})
        running_installation.wait_ready("een")
        assert any("een ended with code -9" in line for line in told)

    async def test_a_crash_point_is_armed_for_one_run(self, running_installation: Installation) -> None:
        running_installation.restart_service("twee", {"MEENT_CRASH_AT": "before-commit"})
        process = running_installation.services["twee"]
        assert ask(process.port, "/environment")["MEENT_CRASH_AT"] == "before-commit"
        with pytest.raises((HTTPException, OSError)):
            ask(process.port, "/commit")
        await wait_for(process.is_ready)
        assert ask(process.port, "/commit")["pid"] == process.pid

    def test_a_killed_service_stays_dead_until_started(self, running_installation: Installation) -> None:
        running_installation.kill_service("een")
        process = running_installation.services["een"]
        assert process.pid is None
        assert not process.is_ready()
        running_installation.start_service("een")
        assert process.is_ready()

    async def test_servers_are_killed_and_come_back(self, running_installation: Installation) -> None:
        running_installation.kill_postgres()
        running_installation.kill_nats()
        running_installation.start_postgres()
        running_installation.start_nats()
        connection = await asyncpg.connect(running_installation.database_dsn("twee"))
        assert await connection.fetchval("SELECT count(*) FROM alembic_version")
        await connection.close()
        client = await nats.connect(running_installation.nats_url("beheer"), inbox_prefix=inbox_prefix("beheer"))
        with pytest.raises(NotFoundError):
            await client.jetstream().stream_info("NONE")
        await client.close()


class TestStartAndStop:
    def test_second_on_the_same_folder_is_refused(self, running_installation: Installation) -> None:
        with pytest.raises(StartError, match="another installation"):
            make(running_installation.data).start()
        assert running_installation.services["een"].is_ready()

    def test_port_in_use_is_refused_before_anything_starts(
        self, running_installation: Installation, tmp_path: Path
    ) -> None:
        with pytest.raises(StartError, match=r"port \d+ is in use"):
            make(tmp_path, port=running_installation.port).start()
        assert not (tmp_path / "postgres").exists()

    def test_a_service_that_never_gets_ready_ends_the_start(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        services = tmp_path / "services.toml"
        services.write_text((HERE / SERVICES).read_text().replace("tests.meent.tiny:app", "tests.meent.nowhere:app", 2))
        broken = make(tmp_path / "data", environment={"MEENT_SERVICES": str(services)})
        with pytest.raises(StartError, match=r"(?s)een ended with code 1.*No module named 'tests.meent.nowhere'"):
            broken.start()
        assert pids(broken) == []

    def test_stop_leaves_nothing_and_data_stays(self, tmp_path: Path) -> None:
        installation = make(tmp_path)
        installation.start()
        keys, passwords = ((tmp_path / name).read_text() for name in ("keys.json", "passwords.json"))
        all_pids = pids(installation)
        assert len(all_pids) > 5
        installation.postgres.execute("CREATE TABLE kept AS SELECT 1 AS n", "een")
        began = time.monotonic()
        installation.stop()
        assert time.monotonic() - began < 3
        assert not [pid for pid in all_pids if running(pid)]
        assert not (tmp_path / "beheer.url").exists()
        installation.start()
        assert installation.postgres.execute("SELECT n FROM kept", "een") == "1"
        assert (tmp_path / "keys.json").read_text() == keys
        assert (tmp_path / "passwords.json").read_text() == passwords
        installation.stop()

    def test_servers_of_the_environment_are_used(self, running_installation: Installation, tmp_path: Path) -> None:
        """Two databases given, one embedded; NATS given."""
        given = {
            "MEENT_EEN_DATABASE": running_installation.database_dsn("een"),
            "MEENT_TWEE_DATABASE": running_installation.database_dsn("twee"),
            "MEENT_NATS": running_installation.nats_url("beheer"),
        }
        with make(tmp_path, environment=given) as second:
            assert second.nats is None
            assert second.postgres.databases() == ["gateway"]
            assert ask(second.services["een"].port, "/environment")["MEENT_EEN_DATABASE"] == given["MEENT_EEN_DATABASE"]
            with pytest.raises(StartError, match="NATS is not part"):
                second.kill_nats()

    def test_start_within_a_running_event_loop(self, tmp_path: Path) -> None:
        async def inside() -> None:
            with make(tmp_path) as installation:
                assert installation.services["gateway"].is_ready()

        asyncio.run(inside())


def test_our_own_environment_is_not_changed(running_installation: Installation) -> None:
    assert "MEENT_NATS" not in os.environ
    assert running_installation.services
