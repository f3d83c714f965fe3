"""Starts servers as own processes, drives them with benchmarks.load and counts the CPU time they took.

CPU-ms per request (user + system, of the process and its children) is the figure that counts: on a shared machine
requests per second and latencies say little. Every figure is the median of interleaved rounds; compare only within one table.
"""

import asyncio
import contextlib
import json
import os
import socket
import statistics
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.load import Call, Plan, Report

ROOT = Path(__file__).parent.parent
ROUNDS = int(os.environ.get("BENCH_ROUNDS") or 5)
SECONDS = float(os.environ.get("BENCH_SECONDS") or 2)
CONNECTIONS = 8
STARTUP_SECONDS = 30


@dataclass(frozen=True)
class Server:
    """A running server: base URL without trailing slash and the process that is measured."""

    url: str
    pid: int

    @property
    def address(self) -> tuple[str, int]:
        host, port = self.url.removeprefix("http://").split(":")
        return host, int(port)


@dataclass(frozen=True)
class Target:
    """One row of a table: the server that gets the calls, and the processes (column → pid) charged for them."""

    name: str
    server: Server
    calls: Sequence[Call]
    processes: Mapping[str, int] = field(default_factory=dict)

    @property
    def charged(self) -> Mapping[str, int]:
        return self.processes or {"cpu": self.server.pid}


@dataclass(frozen=True)
class Result:
    """Medians over the rounds: CPU-ms per request for each charged process, requests per second, latency in ms."""

    name: str
    cpu: dict[str, float]
    rate: float
    p50: float
    p95: float


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def processes_under(pid: int) -> Iterator[int]:
    """The process and its living descendants."""
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for child in (task / "children").read_text().split():
                yield from processes_under(int(child))


def cpu_seconds(pid: int) -> float:
    """User and system time a process and its descendants took until now, those that ended included."""
    total = 0.0
    for each in processes_under(pid):
        with contextlib.suppress(OSError):
            total += time.clock_gettime((~each << 3) | 2)  # Linux: the CPU clock of another process, to the nanosecond
            reaped = Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()[13:15]
            total += sum(map(int, reaped)) / os.sysconf("SC_CLK_TCK")
    return total


def serve(app: str, env: Mapping[str, str]) -> contextlib.AbstractAsyncContextManager[Server]:
    """Run any ASGI app ("module:attribute") under uvicorn with the options of `meent run`, until the block ends."""
    options = ["--host", "127.0.0.1", "--loop", "uvloop", "--http", "httptools", "--ws", "none"]
    options += ["--no-access-log", "--no-server-header", "--log-level", "warning"]
    return running(["uvicorn", app, *options], env, "/")


def run_service(name: str, env: Mapping[str, str]) -> contextlib.AbstractAsyncContextManager[Server]:
    """Run a service of services.toml by `meent run`, until the block ends."""
    return running(["meent", "run", name, "--grace", "1"], env, "/health/ready")


@contextlib.asynccontextmanager
async def running(command: Sequence[str], env: Mapping[str, str], ready: str) -> AsyncIterator[Server]:
    """A Python module with its arguments, as a process that serves on a free port; ready when `ready` answers."""
    port = free_port()
    line = [sys.executable, "-m", *command, "--port", str(port)]
    process = await asyncio.create_subprocess_exec(*line, cwd=ROOT, env={**os.environ, "MEENT_LOG": "WARNING", **env})
    try:
        await answering(process, port, ready)
        yield Server(f"http://127.0.0.1:{port}", process.pid)
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def answering(process: asyncio.subprocess.Process, port: int, path: str) -> None:
    """Returns when the server answers anything below 500; RuntimeError when it ended or took too long."""
    deadline = time.monotonic() + STARTUP_SECONDS
    while time.monotonic() < deadline and process.returncode is None:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n".encode())
            status = (await reader.read(64)).split(b" ")[1:2]
            writer.close()
            if status and int(status[0]) < 500:
                return
        await asyncio.sleep(0.05)
    raise RuntimeError(f"no server on port {port} (exit code {process.returncode})")


async def load(target: Target, seconds: float, connections: int) -> Report:
    """Drive one target for some seconds from a process of its own; RuntimeError when any answer is an error."""
    host, port = target.server.address
    plan = Plan(host=host, port=port, connections=connections, seconds=seconds, calls=list(target.calls))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.load", cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate(json.dumps(plan).encode())
    report: Report = json.loads(out)
    if report["failures"] or not report["answers"]:
        raise RuntimeError(f"{target.name}: {report['answers']} answers, failures {report['failures']}")
    return report


async def measure(
    targets: Sequence[Target], *, rounds: int = ROUNDS, seconds: float = SECONDS, connections: int = CONNECTIONS
) -> list[Result]:
    """Drive the targets in turn, `rounds` times after a short warm-up; the medians, in the order of the targets."""
    for target in targets:
        await load(target, 0.5, connections)
    cpu: list[dict[str, list[float]]] = [{name: [] for name in target.charged} for target in targets]
    reports: list[list[Report]] = [[] for _ in targets]
    for _ in range(rounds):
        for index, target in enumerate(targets):
            before = {name: cpu_seconds(pid) for name, pid in target.charged.items()}
            report = await load(target, seconds, connections)
            for name, pid in target.charged.items():
                cpu[index][name].append((cpu_seconds(pid) - before[name]) * 1000 / report["answers"])
            reports[index].append(report)
    return [
        Result(
            name=target.name,
            cpu={name: statistics.median(values) for name, values in cpu[index].items()},
            rate=statistics.median(report["answers"] / report["seconds"] for report in reports[index]),
            p50=statistics.median(report["p50"] for report in reports[index]),
            p95=statistics.median(report["p95"] for report in reports[index]),
        )
        for index, target in enumerate(targets)
    ]


def table(title: str, results: Sequence[Result], bare: str | None = None) -> str:
    """The results as a Markdown table; with the name of the bare row, every row's rate as a share of that one's."""
    columns = list(dict.fromkeys(column for result in results for column in result.cpu))
    base = next((result for result in results if result.name == bare), None)
    head = ["", *(f"{column} ms" for column in columns), "req/s", "p50 ms", "p95 ms", *(["of bare"] if base else [])]
    lines = [f"### {title}", "", "| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for result in results:
        cells = [result.name, *(f"{result.cpu[name]:.3f}" if name in result.cpu else "" for name in columns)]
        cells += [f"{result.rate:,.0f}", f"{result.p50:.2f}", f"{result.p95:.2f}"]
        cells += [f"{result.rate / base.rate:.0%}"] if base else []
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
