"""Nothing in the repository tells where it was made: no paths of a machine, no hosts of a package registry, no secrets."""

import re

import pytest

from tests.architecture.tree import ROOT, text, tracked

# Written so that no pattern matches itself.
PATHS = re.compile(r"(?<![\w.])/(?:builds|home|root|Users|work|workspace)/[A-Za-z]")
HOSTS = re.compile(r"py[p]i\.org|python[h]osted\.org|npm[j]s\.(?:org|com)|artifactor[y]|nexu[s]\.|proxy\.golan[g]")
INDEX = re.compile(r"--(?:extra-)?inde[x]-url|--trusted-hos[t]|--find-link[s]")
KEYS = re.compile(r"BEGIN [A-Z ]*PRIVATE KE[Y]-|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}")
BINARY = {".png", ".ico", ".woff2", ".jpg", ".gz"}


@pytest.fixture(scope="module")
def contents():
    """Every tracked text file."""
    return {path: text(path) for path in tracked() if (ROOT / path).suffix not in BINARY}


@pytest.mark.parametrize("pattern", [PATHS, HOSTS, INDEX, KEYS], ids=["paths", "hosts", "index", "keys"])
def test_no_file_holds(contents, pattern):
    found = [f"{path}: {match.group()}" for path, content in contents.items() if (match := pattern.search(content))]
    assert found == []


def test_requirements_are_pinned_with_hashes(contents):
    for path in ("requirements/runtime.txt", "requirements/dev.txt"):
        pins = [line for line in contents[path].splitlines() if re.match(r"[a-z0-9]", line)]
        assert pins
        assert all("==" in line and line.endswith("\\") for line in pins), path
        assert contents[path].count("--hash=sha256:") >= len(pins)


def test_there_is_no_lock_file_of_a_tool():
    names = {path.rpartition("/")[2] for path in tracked()}
    assert names & {"uv.lock", "poetry.lock", "pylock.toml", "Pipfile.lock", "pdm.lock"} == set()
