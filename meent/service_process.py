"""One service as a child process: start, readiness, kill, and starting again when it dies."""

import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from chassis.embedded.process import StartError, end, log_tail, spawn

ROOT = Path(__file__).parents[1]
READY_SECONDS = 90.0
POLL_SECONDS = 0.05
STEADY_SECONDS = 30.0
"""A service that ran this long starts again without delay when it dies."""
BACK_OFF = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


class ServiceProcess:
    """`meent run NAME` on a port of its own. `tell` gets a line when the process died and was started again."""

    def __init__(self, name: str, port: int, log: Path, tell: Callable[[str], None]) -> None:
        self.name = name
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.environment: Mapping[str, str] = {}
        self.log = log
        self._tell = tell
        self._child: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._unwanted = threading.Event()
        self._deaths = 0

    @property
    def pid(self) -> int | None:
        """Process id, None when it does not run."""
        return self._child.pid if self._child and self._child.poll() is None else None

    def start(self, extra: Mapping[str, str] | None = None) -> None:
        """Start the process, with `extra` environment for this run only (a later run after a crash goes without)."""
        command = [sys.executable, "-m", "meent", "run", self.name, "--port", str(self.port), "--grace", "1"]
        self._unwanted.clear()
        self._child = spawn(command, log=self.log, environment={**self.environment, **(extra or {})})
        self._started_at = time.monotonic()

    def watch(self) -> None:
        """From now on start the process again whenever it ends without being asked to."""
        threading.Thread(target=self._watch, args=(self._child,), name=f"watch-{self.name}", daemon=True).start()

    def _watch(self, child: subprocess.Popen[bytes] | None) -> None:
        while child is not None:
            code = child.wait()
            if self._unwanted.is_set() or child is not self._child:
                return
            self._deaths = 0 if time.monotonic() - self._started_at > STEADY_SECONDS else self._deaths + 1
            delay = BACK_OFF[min(self._deaths, len(BACK_OFF)) - 1] if self._deaths else 0
            self._tell(f"{self.name} ended with code {code}; starting it again (log: {self.log})")
            if self._unwanted.wait(delay) or child is not self._child:
                return
            self.start()
            child = self._child

    def stop(self, seconds: float = 1.5) -> None:
        """Ask it to end, and insist after `seconds`."""
        self.ask_to_end()
        if self._child is not None:
            end(self._child, signal.SIGTERM, seconds=seconds)

    def ask_to_end(self) -> None:
        """SIGTERM without waiting."""
        self._unwanted.set()
        if self.pid is not None and self._child is not None:
            self._child.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL and leave it dead."""
        self._unwanted.set()
        if self._child is not None:
            self._child.kill()
            self._child.wait()

    def is_ready(self) -> bool:
        """Whether /health/ready answers 200 now."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def wait_ready(self, seconds: float = READY_SECONDS, *, may_die: bool = False) -> None:
        """Wait for readiness. StartError, with the log, when time is up or (unless `may_die`) when the process ended."""
        deadline = time.monotonic() + seconds
        while not self.is_ready():
            if self.pid is None and not may_die:
                code = self._child.returncode if self._child else None
                raise StartError(f"{self.name} ended with code {code} while starting:\n{log_tail(self.log)}")
            if time.monotonic() > deadline:
                raise StartError(f"{self.name} was not ready within {seconds:g} s:\n{log_tail(self.log)}")
            time.sleep(POLL_SECONDS)


def base_environment() -> dict[str, str]:
    """Our environment, so that `python -m meent` works from any folder."""
    path = os.pathsep.join(part for part in (str(ROOT), os.environ.get("PYTHONPATH", "")) if part)
    return {**os.environ, "PYTHONPATH": path}


_given: set[int] = set()


def free_port() -> int:
    """A loopback port nobody listens on, below the range from which the kernel takes ports of outgoing connections.

    Never the same one twice: a port is free until its process, some seconds later, listens on it.
    """
    for _ in range(100):
        port = random.randint(20_000, 32_000)  # noqa: S311 - not a secret
        if port not in _given and port_is_free(port):
            _given.add(port)
            return port
    raise StartError("no free port between 20000 and 32000")


def port_is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
