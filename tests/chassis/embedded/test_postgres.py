"""The embedded PostgreSQL: safe by default, survives kills, leaves nothing behind."""

import asyncio
import os
import stat
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.embedded import postgres as module
from chassis.embedded.postgres import EmbeddedPostgres
from chassis.embedded.process import StartError, children, running
from tests.chassis.embedded.waiting import wait_for


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with EmbeddedPostgres(tmp_path_factory.mktemp("pg"), durable=False) as started:
        yield started


class TestAccess:
    def test_sockets_are_closed_to_others_and_no_port_is_open(self, server: EmbeddedPostgres) -> None:
        assert stat.S_IMODE(server.sockets.stat().st_mode) == 0o700
        assert server.execute("SHOW listen_addresses") == ""
        assert server.execute(
            "SELECT type || auth_method FROM pg_hba_file_rules WHERE auth_method = 'trust'"
        ).split() == [
            "localtrust",
            "localtrust",
        ]

    async def test_tcp_asks_for_the_password(self, tmp_path: Path, unused_tcp_port: int) -> None:
        with EmbeddedPostgres(tmp_path, durable=False, port=unused_tcp_port) as server:
            good = await asyncpg.connect(server.tcp_dsn("postgres"))
            assert await good.fetchval("SELECT 1") == 1
            await good.close()
            with pytest.raises(asyncpg.InvalidPasswordError):
                await asyncpg.connect(
                    host="127.0.0.1", port=unused_tcp_port, user="meent", password="x", database="postgres"
                )
            by_socket = await asyncpg.connect(server.dsn("postgres"))
            await by_socket.close()

    def test_no_tcp_address_without_port(self, server: EmbeddedPostgres) -> None:
        with pytest.raises(ValueError, match="port"):
            server.tcp_dsn("postgres")


class TestDatabases:
    async def test_dsn_works_in_asyncpg_and_sqlalchemy(self, server: EmbeddedPostgres) -> None:
        server.create_database("both")
        connection = await asyncpg.connect(server.dsn("both"))
        assert await connection.fetchval("SELECT upper('é') || current_setting('timezone')") == "ÉUTC"
        await connection.close()
        engine = create_async_engine(server.dsn("both").replace("postgresql:", "postgresql+asyncpg:", 1))
        async with engine.connect() as session:
            assert (await session.execute(text("SELECT current_database()"))).scalar_one() == "both"
        await engine.dispose()

    def test_clone_and_drop(self, server: EmbeddedPostgres) -> None:
        server.create_database("original")
        server.execute("CREATE TABLE t AS SELECT 7 AS n", "original")
        server.create_database("copy", template="original")
        assert server.execute("SELECT n FROM t", "copy") == "7"
        server.drop_database("copy")
        server.drop_database("copy")
        assert "copy" not in server.databases()
        server.ensure_database("original")

    @pytest.mark.parametrize("name", ["", "A", "a;drop", 'a"b', "a" * 64])
    def test_strange_names_are_refused(self, server: EmbeddedPostgres, name: str) -> None:
        with pytest.raises(ValueError, match="database name"):
            server.create_database(name)

    def test_error_of_the_server_is_told(self, server: EmbeddedPostgres) -> None:
        with pytest.raises(RuntimeError, match="does not exist"):
            server.execute("SELECT * FROM nothing")


class TestRestart:
    def test_kill_loses_nothing_committed(self, tmp_path: Path) -> None:
        server = EmbeddedPostgres(tmp_path)
        server.start()
        server.create_database("kept")
        server.execute("CREATE TABLE t AS SELECT 1 AS n", "kept")
        family = children(server.pid or 0)
        assert family
        server.kill()
        assert not any(running(pid) for pid in family)
        server.start()
        assert server.execute("SELECT n FROM t", "kept") == "1"
        server.stop()
        assert server.pid is None

    def test_started_from_a_thread_that_ends(self, server: EmbeddedPostgres, tmp_path: Path) -> None:
        other = EmbeddedPostgres(tmp_path, durable=False)
        thread = threading.Thread(target=other.start)
        thread.start()
        thread.join()
        assert other.execute("SELECT 1") == "1"
        other.stop()

    def test_interrupted_initdb_is_done_again(self, tmp_path: Path) -> None:
        (tmp_path / "cluster.new").mkdir()
        (tmp_path / "cluster.new" / "half").write_text("")
        with EmbeddedPostgres(tmp_path, durable=False) as server:
            assert server.execute("SELECT 1") == "1"

    def test_cluster_of_another_version_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "cluster").mkdir()
        (tmp_path / "cluster" / "PG_VERSION").write_text("15\n")
        with pytest.raises(StartError, match="PostgreSQL 15"):
            EmbeddedPostgres(tmp_path).start()

    @pytest.mark.parametrize("version", [16, 18])
    def test_both_versions(self, tmp_path: Path, version: int) -> None:
        with EmbeddedPostgres(tmp_path, version=version, durable=False) as server:  # type: ignore[arg-type]
            assert server.execute("SHOW server_version").startswith(str(version))
            assert server.execute("SELECT lower('ÉÇ')") == "éç"

    def test_failure_shows_the_log(self, tmp_path: Path, server: EmbeddedPostgres) -> None:
        second = EmbeddedPostgres(server.data, durable=False)
        with pytest.raises(StartError, match="lock file"):
            second.start()
        assert server.execute("SELECT 1") == "1"


class TestLongPath:
    def test_socket_moves_to_a_private_short_folder(self, tmp_path: Path) -> None:
        deep = tmp_path / ("d" * 60) / ("met spatie, komma" + "e" * 40)
        with EmbeddedPostgres(deep, durable=False) as server:
            assert server.execute("SELECT 1") == "1"
            assert len(os.fsencode(server.sockets)) < 80
            assert stat.S_IMODE(server.sockets.stat().st_mode) == 0o700
            first = server.sockets
        assert not first.exists()
        again = EmbeddedPostgres(deep, durable=False)
        assert again._socket_folder() == first
        first.chmod(0o755)
        try:
            taken = again._socket_folder()
            assert taken != first
            taken.rmdir()
        finally:
            first.rmdir()


class TestRoot:
    @pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
    @pytest.mark.parametrize("mode", ["namespace", "unprivileged"])
    def test_both_ways_to_not_be_root(self, tmp_path: Path, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "database_mode", lambda: mode)
        tmp_path.chmod(0o700)
        with EmbeddedPostgres(tmp_path / "pg", durable=False) as server:
            assert server.execute("SELECT 1") == "1"
            uid = Path(f"/proc/{server.pid}").stat().st_uid
            assert (uid == 0) == (mode == "namespace")


def test_nothing_survives_a_sigkill_of_the_parent(tmp_path: Path) -> None:
    program = f"""
        import sys, time
        from pathlib import Path
        from chassis.embedded.postgres import EmbeddedPostgres
        server = EmbeddedPostgres(Path({str(tmp_path)!r}), durable=False)
        server.start()
        print(server.pid, flush=True)
        sys.stdin.read()
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        family = [pid, *children(pid)]
        assert len(family) > 1
        parent.kill()
    asyncio.run(wait_for(lambda: not any(running(one) for one in family)))
