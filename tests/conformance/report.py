"""What newman's JSON report says, folder by folder."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from tests.conformance.suites import MOST_TURNS, SHARED, Suite

WRAPPERS = {"Tests", "standaard.md"}
"""Folders that hold a whole collection and say nothing."""
DEPTH = 2
"""How many levels of folders are told apart: an API, and a rule or resource of it."""


@dataclass(frozen=True)
class Figures:
    """Assertions of a folder that held and that did not."""

    passed: int
    failed: int


@dataclass(frozen=True)
class Failure:
    """An assertion that did not hold, or (without `assertion`) a script that broke off, and what was answered."""

    request: str
    status: int | None
    assertion: str
    message: str
    body: str


@dataclass
class Folder:
    """What happened in one folder. `broken` counts scripts that broke off: assertions after that point did not run."""

    name: str
    requests: int = 0
    passed: int = 0
    failed: int = 0
    broken: int = 0
    failures: list[Failure] = field(default_factory=list)


class Report:
    """A report of newman: its folders in the order they were played."""

    def __init__(self, content: dict[str, Any]) -> None:
        paths = dict(_paths(content["collection"], []))
        self.folders: dict[str, Folder] = {}
        self.statuses: Counter[int] = Counter()
        self.turns: Counter[tuple[str, str]] = Counter()
        for execution in content["run"]["executions"]:
            name = paths.get(execution["item"]["id"], "") or "-"
            self._add(self.folders.setdefault(name, Folder(name)), execution)

    @classmethod
    def read(cls, path: Path) -> Self:
        """The report in a file."""
        return cls(json.loads(path.read_text("utf-8")))

    def figures(self) -> dict[str, Figures]:
        """What is compared: the folders that have assertions."""
        return {
            folder.name: Figures(folder.passed, folder.failed)
            for folder in self.folders.values()
            if folder.passed or folder.failed
        }

    @property
    def loops(self) -> int:
        """Requests that were made as often as the guard allows."""
        return sum(count >= MOST_TURNS for (_, name), count in self.turns.items() if not name.startswith(SHARED))

    def line(self, suite: Suite) -> str:
        """All of it in one line, beside the number of assertions there are."""
        folders = self.folders.values()
        passed, failed = sum(one.passed for one in folders), sum(one.failed for one in folders)
        broken = sum(one.broken for one in folders)
        return (
            f"{passed} assertions passed, {failed} failed (a complete provider runs {suite.assertions}); "
            f"{self.statuses.total()} requests, {self.statuses[404]} of them answered 404; "
            f"scripts that broke off: {broken}, loops ended: {self.loops}"
        )

    def _add(self, folder: Folder, execution: dict[str, Any]) -> None:
        checks = [check for check in execution.get("assertions") or [] if not check.get("skipped")]
        wrong = [check for check in checks if check.get("error")]
        # newman counts an assertion that failed as an error of its script too.
        broken = [
            script["error"]
            for kind in ("prerequestScript", "testScript")
            for script in execution.get(kind) or []
            if script.get("error") and script["error"].get("name") != "AssertionError"
        ]
        folder.requests += 1
        folder.passed += len(checks) - len(wrong)
        folder.failed += len(wrong)
        folder.broken += len(broken)
        status, body = _answer(execution)
        if status is not None:
            self.statuses[status] += 1
        self.turns[execution["item"]["id"], execution["item"]["name"]] += 1
        told = [(check["assertion"], check["error"]) for check in wrong] + [("", error) for error in broken]
        folder.failures += [
            Failure(execution["item"]["name"], status, assertion, str(error.get("message", "")), body)
            for assertion, error in told
        ]


def _paths(item: dict[str, Any], trail: list[str]) -> Iterator[tuple[str, str]]:
    """Id of every request → its folder."""
    for child in item["item"]:
        if "item" in child:
            yield from _paths(child, trail if child["name"] in WRAPPERS else [*trail, child["name"]])
        else:
            yield child["id"], "/".join(trail[:DEPTH])


def _answer(execution: dict[str, Any]) -> tuple[int | None, str]:
    """Status (None: no answer) and body."""
    response = execution.get("response") or {}
    stream = response.get("stream") or {}
    return response.get("code"), bytes(stream.get("data") or []).decode(errors="replace")
