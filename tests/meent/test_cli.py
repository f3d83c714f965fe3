"""The command line as a user types it: up, run, migrate, events."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis.embedded.process import running
from meent.cli import main, parser
from meent.events import administrator
from meent.service_process import free_port
from tests.meent.installations import SERVICES, ask, family

ROOT = Path(__file__).parents[2]


def environment(**extra: str) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("MEENT_")}
    return {**plain, "MEENT_SERVICES": str(ROOT / SERVICES), "PYTHONPATH": str(ROOT), **extra}


def start_up(data: Path, port: int) -> subprocess.Popen[str]:
    """`meent up` until it says it is ready."""
    command = [sys.executable, "-m", "meent", "up", "--port", str(port), "--data", str(data)]
    process = subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout
    line = process.stdout.readline()
    assert f"http://127.0.0.1:{port}" in line, line + process.stdout.read()
    return process


def wait_gone(pids: list[int], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while any(running(pid) for pid in pids):
        assert time.monotonic() < deadline, f"still there: {[pid for pid in pids if running(pid)]}"
        time.sleep(0.01)


def run(*arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "meent", *arguments]
    return subprocess.run(command, env=environment(**extra), capture_output=True, text=True, timeout=60, check=False)


class TestUp:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
    def test_ends_with_everything_it_started(self, tmp_path: Path, number: signal.Signals) -> None:
        port = free_port()
        with start_up(tmp_path, port) as process:
            assert ask(port)["pid"]
            pids = family(process.pid)
            assert len(pids) > 8
            process.send_signal(number)
            wait_gone(pids[1:], 3)
            assert process.wait(3) == (-9 if number == signal.SIGKILL else 0)

    def test_says_in_one_line_that_the_port_is_taken(self, tmp_path: Path) -> None:
        port = free_port()
        with start_up(tmp_path / "first", port) as first:
            done = run("up", "--port", str(port), "--data", str(tmp_path / "second"))
            assert (done.returncode, done.stderr) == (
                1,
                f"meent up: port {port} is in use; choose another with --port\n",
            )
            first.terminate()

    def test_starts_again_on_what_a_killed_one_left(self, tmp_path: Path) -> None:
        with start_up(tmp_path, free_port()) as first:
            first.kill()
        with start_up(tmp_path, free_port()) as second:
            second.terminate()
            assert second.wait(5) == 0


class TestRun:
    def test_refuses_without_settings_in_one_line(self) -> None:
        done = run("run", "een")
        assert done.returncode == 2
        assert done.stderr == "meent run een: not set: MEENT_EEN_DATABASE, MEENT_NATS, MEENT_KEYS\n"

    def test_empty_counts_as_unset(self) -> None:
        done = run("run", "een", MEENT_EEN_DATABASE="postgresql://x", MEENT_NATS="", MEENT_KEYS="{}")
        assert done.stderr == "meent run een: not set: MEENT_NATS\n"

    def test_unknown_service(self) -> None:
        assert "invalid choice: 'drie'" in run("run", "drie").stderr


class TestMigrate:
    def test_refuses_without_databases(self) -> None:
        done = run("migrate", "een")
        assert (done.returncode, done.stderr) == (2, "meent migrate: not set: MEENT_EEN_DATABASE\n")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data folder of an installation that runs."""
    folder = tmp_path_factory.mktemp("events")
    with start_up(folder, free_port()) as process:
        yield folder
        process.terminate()


class TestEvents:
    def test_nothing_runs(self, tmp_path: Path) -> None:
        done = run("events", "--data", str(tmp_path), "streams")
        assert done.returncode == 2
        assert "nothing runs on" in done.stderr

    def test_streams(self, data: Path) -> None:
        lines = run("events", "--data", str(data), "streams").stdout.splitlines()
        assert [line.split()[0] for line in lines] == ["stream", "DLQ", "EEN", "KV_policy"]

    def test_no_dead_letters(self, data: Path) -> None:
        assert run("events", "--data", str(data), "dead-letters").stdout == "no dead letters\n"
        assert run("events", "--data", str(data), "dead-letters", "replay", "all").returncode == 0

    async def test_a_dead_letter_is_listed_shown_and_replayed(self, data: Path) -> None:
        async with administrator((data / "beheer.url").read_text()) as context:
            headers = {"Meent-Subject": "een.v1.x", "Meent-Consumer": "twee-x", "Meent-Error": "KeyError"}
            sequence = (
                await context.publish("dlq.v1.twee.x", '{"id": "e1", "naam": "café"}'.encode(), headers=headers)
            ).seq
        letters = ("events", "--data", str(data), "dead-letters")
        assert run(*letters, "list").stdout == f"{sequence}\ttwee-x\teen.v1.x\te1\tKeyError\n"
        for nothing in (("list", "--receiver", "twee-y"), ("replay", "all", "--receiver", "twee-y")):
            assert str(sequence) not in run(*letters, *nothing).stdout
        assert '"naam": "café"' in run(*letters, "show", str(sequence)).stdout
        assert run(*letters, "replay", str(sequence)).stdout == f"{sequence}: offered to twee-x again\n"
        assert run(*letters).stdout == "no dead letters\n"

    def test_unknown_dead_letter(self, data: Path) -> None:
        done = run("events", "--data", str(data), "dead-letters", "show", "7")
        assert (done.returncode, done.stderr) == (1, "meent events: no dead letter 7\n")


class TestArguments:
    def test_help_names_every_command(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            main(["--help"])
        shown = capsys.readouterr().out
        names = ("up", "run", "migrate", "events", "demo", "new-service")
        assert all(re.search(rf"^    {name}\b", shown, re.MULTILINE) for name in names)

    def test_data_folder_from_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MEENT_DATA", "")
        assert parser().parse_args(["up"]).data == Path(".meent")
        monkeypatch.setenv("MEENT_DATA", "/elsewhere")
        assert parser().parse_args(["up"]).data == Path("/elsewhere")

    def test_strange_arguments_are_refused(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as ended:
            main(["up", "--nonsense"])
        assert ended.value.code == 2
        assert "--nonsense" in capsys.readouterr().err
