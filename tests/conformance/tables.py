"""What is printed of a run."""

from pathlib import Path

import yaml

from meent.contracts import FOLDER
from tests.conformance.expectation import Comparison
from tests.conformance.installing import APIS
from tests.conformance.report import Figures, Report


def print_folders(report: Report) -> None:
    """A row per folder that has assertions."""
    print(f"{'folder':<38}{'requests':>9}{'passed':>8}{'failed':>8}{'broke off':>11}")
    for folder in report.folders.values():
        if folder.passed or folder.failed:
            row = f"{folder.requests:>9}{folder.passed:>8}{folder.failed:>8}{folder.broken or '':>11}"
            print(f"{folder.name:<38}{row}")


def print_failures(report: Report) -> None:
    """Every failure, with the answer it was about."""
    for folder in report.folders.values():
        for failure in folder.failures:
            print(f"{folder.name} | {failure.request} | {failure.status or 'no answer'}")
            print(f"    {failure.assertion or 'script broke off'}: {failure.message[:200]}")
            print(f"    {failure.body[:300]}")


def print_comparison(name: str, comparison: Comparison) -> None:
    """What differs from the expectation, the worse last."""
    for title, folders in (("better", comparison.better), ("WORSE", comparison.worse)):
        for folder, (was, now) in folders.items():
            print(f"{name}: {title}: {folder}: {_figures(was)} expected, {_figures(now)} found")
    if comparison.worse:
        print(f"{name}: worse than expected in {len(comparison.worse)} folders")
    elif comparison.better:
        print(f"{name}: better than expected; keep it with --accept")
    else:
        print(f"{name}: as expected")


def print_missing(ledger: Path = FOLDER / "deviations.yaml") -> None:
    """Say what is not there yet, so that nobody reads the figures as more than they are."""
    apis = yaml.safe_load(ledger.read_text("utf-8"))["apis"]
    print("\nNot there yet, besides what contracts/deviations.yaml names:")
    for name in APIS.values():
        entry = apis.get(name)
        if entry is None:
            print(f"  {name}: nothing yet")
        elif later := entry.get("later"):
            print(f"  {name}: {len(entry['claimed'])} groups of paths there, {len(later)} still to come")


def _figures(figures: Figures) -> str:
    return f"{figures.passed} passed / {figures.failed} failed"
