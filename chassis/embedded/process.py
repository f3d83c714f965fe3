"""Starting, polling and ending child processes that must never be left behind."""

import functools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

Mode = Literal["plain", "namespace", "unprivileged"]

POLL_SECONDS = 0.01

_LAUNCHER = Path(__file__).with_name("launch.py")

# The kernel ties "signal me when my parent dies" to the thread that forked, so all children come from one thread that
# lives as long as the interpreter, whichever thread (of a pool, of an event loop) asked for them.
_starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="meent-starter")


class StartError(RuntimeError):
    """A child did not start or did not become ready; the message holds the end of its log."""


def spawn(
    command: list[str],
    *,
    log: Path | None,
    mode: Mode = "plain",
    environment: Mapping[str, str] | None = None,
    death_signal: signal.Signals = signal.SIGKILL,
) -> subprocess.Popen[bytes]:
    """Start a command that gets `death_signal` when this process dies. Output goes to the end of `log`, or to our own.

    It has its own process group, so that Ctrl-C reaches only us and we decide in which order children end.
    """
    launcher = [sys.executable, "-I", "-S", str(_LAUNCHER), str(os.getpid()), str(int(death_signal)), mode, *command]

    def start() -> subprocess.Popen[bytes]:
        output = None if log is None else os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            return subprocess.Popen(  # noqa: S603 - an argument list, no shell
                launcher,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=None if output is None else subprocess.STDOUT,
                env=None if environment is None else dict(environment),
                process_group=0,
            )
        finally:
            if output is not None:
                os.close(output)

    return _starter.submit(start).result()


@functools.cache
def database_mode() -> Mode:
    """How a program that refuses to run as root is started here."""
    if os.geteuid() != 0:
        return "plain"
    probe = [sys.executable, "-I", "-S", "-c", ""]
    child = spawn(probe, log=Path(os.devnull), mode="namespace")
    return "namespace" if child.wait(timeout=30) == 0 else "unprivileged"


def wait_until(ready: Callable[[], bool], child: subprocess.Popen[bytes], log: Path, seconds: float = 60) -> None:
    """Poll until `ready`; StartError when the child ends first or the time is up."""
    deadline = time.monotonic() + seconds
    while not ready():
        if child.poll() is not None:
            raise StartError(f"{log.stem} ended with code {child.returncode} while starting:\n{log_tail(log)}")
        if time.monotonic() > deadline:
            raise StartError(f"{log.stem} was not ready within {seconds:g} s:\n{log_tail(log)}")
        time.sleep(POLL_SECONDS)


def end(child: subprocess.Popen[bytes], *signals: signal.Signals, seconds: float = 1.5) -> None:
    """Send the signals one after the other, each `seconds` after the last had no effect, and SIGKILL in the end."""
    for number in signals:
        if child.poll() is not None:
            return
        child.send_signal(number)
        try:
            child.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            continue
    if child.poll() is None:
        child.kill()
        child.wait()


def kill_family(child: subprocess.Popen[bytes]) -> None:
    """SIGKILL a process and wait until its own children are gone too, so that its data folder is free again."""
    family = children(child.pid)
    child.kill()
    child.wait()
    deadline = time.monotonic() + 10
    while any(running(pid) for pid in family):
        if time.monotonic() > deadline:
            raise TimeoutError(f"processes {family} outlived {child.pid}")
        time.sleep(POLL_SECONDS)


def children(pid: int) -> list[int]:
    """Direct children of a process (Linux; elsewhere none are seen)."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        fields = _stat(int(folder.name))
        if fields and int(fields[1]) == pid:
            found.append(int(folder.name))
    return found


def running(pid: int) -> bool:
    """Whether a process exists and has not ended; a zombie that nobody collected counts as ended."""
    fields = _stat(pid)
    return bool(fields) and fields[0] not in {"Z", "X"}


def _stat(pid: int) -> list[str]:
    """State, parent, … of a process: what follows its name in /proc/PID/stat; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def log_tail(log: Path, characters: int = 2000) -> str:
    """The end of a log file, for a message."""
    return log.read_text(encoding="utf-8", errors="replace")[-characters:].strip() if log.exists() else "(no log)"
