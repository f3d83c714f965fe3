"""expected.toml: how many assertions of each folder passed and failed when it was last written. It may only improve."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.conformance.report import Figures

EXPECTED = Path(__file__).with_name("expected.toml")
NOTHING = Figures(0, 0)
_HEAD = """\
# Per collection and folder: assertions that passed and failed. A run with fewer passed or more failed is worse.
# Written by `make conformance VNG_TESTS=<clone> ARGS=--accept`; read the difference before you commit it.
"""


@dataclass
class Comparison:
    """Folders that did worse and better: name → what was expected, what was found."""

    worse: dict[str, tuple[Figures, Figures]] = field(default_factory=dict)
    better: dict[str, tuple[Figures, Figures]] = field(default_factory=dict)


def compare(expected: Mapping[str, Figures], found: Mapping[str, Figures]) -> Comparison:
    """Judge each folder; one that is missing on either side counts as without assertions."""
    comparison = Comparison()
    for name in {**expected, **found}:
        was, now = expected.get(name, NOTHING), found.get(name, NOTHING)
        if now.passed < was.passed or now.failed > was.failed:
            comparison.worse[name] = was, now
        elif now != was:
            comparison.better[name] = was, now
    return comparison


def read(path: Path = EXPECTED) -> dict[str, dict[str, Figures]]:
    """Collection → folder → figures; empty when the file is not there."""
    content = tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
    return {
        collection: {folder: Figures(**figures) for folder, figures in folders.items()}
        for collection, folders in content.items()
    }


def write(expected: Mapping[str, Mapping[str, Figures]], path: Path = EXPECTED) -> None:
    """Write the file, collections and folders in order."""
    lines = [_HEAD]
    for collection, folders in sorted(expected.items()):
        lines += [f"[{collection}]"]
        lines += [
            f"{json.dumps(folder)} = {{ passed = {figures.passed}, failed = {figures.failed} }}"
            for folder, figures in sorted(folders.items())
        ]
        lines += [""]
    path.write_text("\n".join(lines), "utf-8")
