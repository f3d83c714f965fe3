"""The borders between packages: the import-linter contracts of pyproject.toml, and that every service is within them."""

import fnmatch
import subprocess
import sys
import tomllib
from pathlib import Path

from chassis.catalog import load_catalog
from tests.architecture.tree import ROOT

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]


def test_no_import_crosses_a_border():
    program = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([str(program), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def test_every_service_stands_within_the_borders():
    independent = next(one for one in CONTRACTS if one["type"] == "independence")["modules"]
    packages = {service.app.partition(":")[0].rpartition(".")[0] for service in load_catalog().services.values()}
    covered = {package: [one for one in independent if fnmatch.fnmatchcase(package, one)] for package in packages}
    assert [package for package, contracts in covered.items() if len(contracts) != 1] == []
    assert all(package.count(".") <= 1 for package in packages), "the star stands for one name"
