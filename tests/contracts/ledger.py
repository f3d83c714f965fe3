"""contracts/deviations.yaml: what we serve of a standard, what differs from it and why."""

import fnmatch
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


class _Strict(yaml.SafeLoader):
    """Refuses a key that stands twice, of which YAML would silently take the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        found = super().construct_mapping(node, deep)
        if len(found) != len(node.value):
            raise ValueError(f"a key stands twice{node.start_mark}")
        return found


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
    content = yaml.load(file.read_text("utf-8"), Loader=_Strict)
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
