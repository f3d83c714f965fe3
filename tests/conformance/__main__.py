"""`python -m tests.conformance <clone>`: run VNG's published collections against a fresh installation and judge the outcome.

Each collection gets an installation of its own in a temporary folder. Exit code 0 when no folder of a collection did
worse than expected.toml says, 1 when one did, 2 when it could not be judged (no node, no such commit, no report).
"""

import argparse
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from chassis.embedded.process import StartError
from tests.conformance.expectation import EXPECTED, compare, read, write
from tests.conformance.installing import ready_for
from tests.conformance.newman import NotRun, run_newman
from tests.conformance.report import Report
from tests.conformance.suites import SUITES, Suite, prepared
from tests.conformance.tables import print_comparison, print_failures, print_folders, print_missing

Options = argparse.Namespace


def main(arguments: Sequence[str]) -> int:
    """The command; its exit code."""
    options = _options(arguments)
    try:
        codes = [judge(suite, options) for suite in SUITES.values() if suite.name in options.collection]
    except KeyboardInterrupt:
        return 130
    print_missing()
    return max(codes)


def judge(suite: Suite, options: Options) -> int:
    """Run one collection and compare; its exit code."""
    print(f"\n{suite.name}: {suite.file} of {suite.commit}", flush=True)
    started = time.monotonic()
    try:
        report = run(suite, options)
    except (NotRun, StartError) as error:
        print(f"{suite.name}: could not be judged: {error}", flush=True)
        return 2
    print_folders(report)
    print(f"{suite.name}: {report.line(suite)}; {time.monotonic() - started:.0f} s", flush=True)
    if options.verbose:
        print_failures(report)
    if options.accept:
        write({**read(), suite.name: report.figures()})
        print(f"{suite.name}: these figures are now in {EXPECTED.name}")
        return 0
    comparison = compare(read().get(suite.name, {}), report.figures())
    print_comparison(suite.name, comparison)
    return 1 if comparison.worse else 0


def run(suite: Suite, options: Options) -> Report:
    """One collection on a fresh installation, in a folder that is removed afterwards. Raises NotRun, StartError."""
    folder = Path(tempfile.mkdtemp(prefix="meent-conformance-"))
    try:
        collection = prepared(suite, options.clone)
        with ready_for(folder) as environment:
            return Report.read(run_newman(collection, environment, folder, options.limit))
    finally:
        if options.report:
            _keep(folder, options.report / suite.name)
        shutil.rmtree(folder, ignore_errors=True)


def _keep(folder: Path, kept: Path) -> None:
    kept.mkdir(parents=True, exist_ok=True)
    for path in (*folder.glob("newman.log"), *folder.glob("report.json"), *folder.glob("data/logs/*.log")):
        shutil.copy(path, kept)


def _options(arguments: Sequence[str]) -> Options:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("clone", type=Path, help="a clone of github.com/VNG-Realisatie/gemma-postman-tests")
    parser.add_argument("--collection", action="append", choices=list(SUITES), help="only this one; may be repeated")
    parser.add_argument("--limit", type=int, default=900, help="seconds a collection may take (default 900)")
    parser.add_argument("--accept", action="store_true", help="write the figures found to expected.toml")
    parser.add_argument("--verbose", action="store_true", help="also print every assertion that failed")
    parser.add_argument("--report", type=Path, help="keep newman's reports and the services' logs in this folder")
    options = parser.parse_args(arguments)
    options.collection = options.collection or list(SUITES)
    return options


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the installation is always taken down
    sys.exit(main(sys.argv[1:]))
