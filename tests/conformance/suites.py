"""Which collections there are, how one is taken out of the clone, and the guard against its loops.

The collections are VNG's and stay in VNG's repository; nothing of them is kept here but the commit they are of.
"""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conformance.newman import NotRun

MOST_TURNS = 25
"""How often the same request may be made. A collection repeats a request while it looks for something, and goes on for
ever when a provider does not have it."""
SHARED = "(COMMON)"
"""How the names begin of requests that a collection jumps to from all over."""
MOST_SHARED_TURNS = 1000
# A skipped request runs no script, so the jump back is not made and the collection goes on with the next request.
_GUARD = f"""
const turns = JSON.parse(pm.globals.get('meent_turns') || '{{}}');
turns[pm.info.requestId] = (turns[pm.info.requestId] || 0) + 1;
pm.globals.set('meent_turns', JSON.stringify(turns));
if (turns[pm.info.requestId] > (pm.info.requestName.startsWith('{SHARED}') ? {MOST_SHARED_TURNS} : {MOST_TURNS})) {{
    pm.execution.skipRequest();
}}
"""


@dataclass(frozen=True)
class Client:
    """A client that a collection logs on as."""

    client_id: str
    secret: str
    all_rights: bool


@dataclass(frozen=True)
class Suite:
    """A collection as published. `assertions` is how many ran against a provider that has every operation."""

    name: str
    commit: str
    file: str
    assertions: int


SUITES = {
    suite.name: suite
    for suite in (
        Suite("zgw-2024", "bd2785bd611cd65bd180caf5dbc0b71034ae4653", "ZGW_api_postman_tests.json", 392),
        Suite("oas-2024", "bd2785bd611cd65bd180caf5dbc0b71034ae4653", "ZGW_OAS_tests.json", 156),
        Suite("oas-2025", "e6b244bd81c71eecdb357df3a8d26dab5fae5251", "ZGW_OAS_tests.json", 238),
    )
}
CLIENTS = (
    Client("zgw_api_tests", "secret", all_rights=True),
    Client("zgw_api_tests_limited", "secret_limited", all_rights=False),  # gets its rights from the collection itself
    Client("allthescopesarebelongtous222223132532", "sosecret", all_rights=True),
)


def prepared(suite: Suite, clone: Path) -> dict[str, Any]:
    """The collection, guarded. NotRun when the clone does not have it."""
    command = ["git", "-C", str(clone), "show", f"{suite.commit}:{suite.file}"]
    # The clone may be another user's; we only read.
    trusting = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
    shown = subprocess.run(command, capture_output=True, check=False, env={**os.environ, **trusting})
    if shown.returncode:
        raise NotRun(f"{suite.file} of {suite.commit} is not in {clone}: {shown.stderr.decode().strip()}")
    return guarded(json.loads(shown.stdout))


def guarded(collection: dict[str, Any]) -> dict[str, Any]:
    """The collection with a script before every request that ends its loops; otherwise unchanged."""
    event = {"listen": "prerequest", "script": {"type": "text/javascript", "exec": _GUARD.splitlines()}}
    return {**collection, "event": [event, *collection.get("event", [])]}
