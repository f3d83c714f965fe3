"""newman, the program that plays a collection: started, given a time limit, ended with everything it started."""

import contextlib
import json
import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chassis.embedded.process import log_tail, spawn

REQUEST_MILLISECONDS = 30_000


class NotRun(RuntimeError):
    """A collection was not run to its end, so that there is nothing to judge."""


def command() -> list[str]:
    """How newman is started: NEWMAN, else by npx, which fetches it. NotRun without node."""
    if given := os.environ.get("NEWMAN"):
        return shlex.split(given)
    npx = shutil.which("npx")
    if npx is None:
        raise NotRun("newman needs node: install it, or give NEWMAN the command that starts newman")
    return [npx, "--yes", "newman"]


def run_newman(collection: dict[str, Any], variables: Mapping[str, str], folder: Path, seconds: int) -> Path:
    """Play the collection; the path of newman's JSON report. NotRun when time is up or no report was written."""
    places = {name: folder / f"{name}.json" for name in ("collection", "environment", "report")}
    places["collection"].write_text(json.dumps(collection), "utf-8")
    values = [{"key": key, "value": value, "enabled": True} for key, value in variables.items()]
    places["environment"].write_text(json.dumps({"name": "meent", "values": values}), "utf-8")
    given = ["run", str(places["collection"]), "-e", str(places["environment"]), "--reporters", "cli,json"]
    given += ["--reporter-json-export", str(places["report"]), "--timeout-request", str(REQUEST_MILLISECONDS)]
    log = folder / "newman.log"
    child = spawn([*command(), *given], log=log, environment={**os.environ, "no_proxy": "*", "NO_PROXY": "*"})
    try:
        code = child.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise NotRun(f"newman did not end within {seconds} s; its last lines:\n{log_tail(log)}") from None
    finally:
        _end(child)
    if not places["report"].exists():
        raise NotRun(f"newman ended with code {code} and wrote no report:\n{log_tail(log)}")
    return places["report"]


def _end(child: "subprocess.Popen[bytes]") -> None:
    """SIGKILL the group, for npx has newman as a child."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
