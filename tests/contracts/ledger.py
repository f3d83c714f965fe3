"""contracts/deviations.yaml: what we serve of a standard, what differs from it and why."""

import fnmatch
from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass(frozen=True)
class Ledger:
    """What deviations.yaml says of one API."""

    api: str
    standard: str
    claimed: list[str]
    own: dict[str, str]
    later: dict[str, str]
    differences: list[dict[str, str]]
    everywhere: list[dict[str, str]]

    def excused(self, line: str) -> list[dict[str, str]]:
        """The reasoned entries that cover a difference."""
        return [entry for entry in (*self.differences, *self.everywhere) if covers(entry["at"], line)]


def covers(pattern: str, line: str) -> bool:
    """Whether an entry covers a line: `*` stands for anything, every other character for itself."""
    return fnmatch.fnmatchcase(line, pattern.replace("[", "[[]"))


def ledgers(file: Path) -> list[Ledger]:
    """Every API of deviations.yaml."""
    content = yaml.safe_load(file.read_text("utf-8"))
    return [
        Ledger(
            api,
            entry["standard"],
            entry.get("claimed") or [],
            entry.get("own") or {},
            entry.get("later") or {},
            entry.get("differences") or [],
            content["everywhere"],
        )
        for api, entry in content["apis"].items()
    ]
