"""What the tests of the supervisor share: asking a service, and seeing that processes are gone."""

import http.client
import json
from typing import Any

from chassis.embedded.process import children
from meent.installation import Installation

SERVICES = "tests/meent/services.toml"


def ask(port: int, path: str = "/") -> Any:
    """The JSON a tiny service answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def family(pid: int) -> list[int]:
    """A process and all its descendants."""
    return [pid, *(one for child in children(pid) for one in family(child))]


def pids(installation: Installation) -> list[int]:
    """Every process of an installation."""
    servers = [installation.postgres.pid, installation.nats.pid if installation.nats else None]
    services = [process.pid for process in installation.services.values()]
    return [one for pid in [*servers, *services] if pid for one in family(pid)]
