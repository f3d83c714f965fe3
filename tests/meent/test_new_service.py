"""`meent new-service`: what it refuses, that its template is code, and a service made in a copy of this repository."""

import http.client
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chassis.catalog import load_catalog
from meent.new_service import (
    CHART,
    LONGEST,
    MAP,
    ROOT,
    SERVICES,
    Refused,
    entries,
    next_port,
    objections,
    rendered,
    tidied,
)
from meent.service_process import free_port
from tests.architecture.tree import tracked

NAME, SINGLE = "parkeervergunningen", "parkeervergunning"
OWN = (f"services/{NAME}/", f"tests/services/{NAME}/")
GENERATED = "contracts/"
PYTEST = ("pytest", "-p", "no:cacheprovider", "-m", "not slow")


def copy_to(root: Path) -> Path:
    """The tracked files of this repository, and nothing else."""
    for path in tracked():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, root / path)
    return root


def environment(root: Path) -> dict[str, str]:
    """That of a process in the copy, which knows nothing of this one."""
    plain = {name: text for name, text in os.environ.items() if not name.startswith(("MEENT_", "PYTEST_"))}
    return plain | {"PYTHONPATH": str(root)}


def run(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """`python -m …` in the copy."""
    arguments = [sys.executable, "-m", *command]
    return subprocess.run(arguments, cwd=root, env=environment(root), capture_output=True, text=True, check=False)


def passes(root: Path, *command: str) -> str:
    """The output of a command that succeeds."""
    done = run(root, *command)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-6000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def contents(root: Path) -> dict[str, bytes]:
    """Every file of the copy but bytecode and what tools keep for themselves."""
    files = {file.relative_to(root).as_posix(): file for file in root.rglob("*") if file.is_file()}
    return {
        path: file.read_bytes() for path, file in files.items() if "__pycache__" not in path and "_cache/" not in path
    }


class TestRefused:
    @pytest.mark.parametrize(
        ("name", "single", "port", "reason"),
        [
            ("", "", None, "name= is missing"),
            ("", "", None, "single= is missing: the singular of name"),
            (NAME, "", None, f"single= is missing: the singular of {NAME}"),
            ("Vergunningen", SINGLE, None, "name=Vergunningen: lower-case letters a-z only"),
            ("oude-bomen", "boom", None, "name=oude-bomen: lower-case"),
            ("ideeën", "idee", None, "name=ideeën: lower-case"),
            ("1bomen", "boom", None, "name=1bomen: lower-case"),
            ("../bomen", "boom", None, "name=../bomen: lower-case"),
            ("bomen", "één", None, "single=één: lower-case"),
            ("b" * (LONGEST + 1), "boom", None, f"from 3 to {LONGEST} letters"),
            ("class", "boom", None, "name=class: a word of Python or SQL"),
            ("orders", "order", None, "single=order: a word of Python or SQL"),
            ("beheer", "boom", None, "name=beheer: the name of a user of NATS"),
            ("events", "boom", None, "name=events: the name of a module"),
            ("zaken", "boom", None, "name=zaken: services.toml has a service"),
            ("catalogi", "boom", None, "name=catalogi: services.toml has"),
            ("partijen", "boom", None, "name=partijen: services.toml has"),
            ("bomen", "bomen", None, "single=bomen: a resource and its collection"),
            ("partijenlijsten", "partij", None, "single=partij: there is a table"),
            ("bakken", "outbox", None, "single=outbox: there is a table"),
            ("bomen", "boom", 80, "port 80: not between"),
            ("bomen", "boom", 8102, "port 8102: taken"),
        ],
    )
    def test_with_a_reason(self, name: str, single: str, port: int | None, reason: str) -> None:
        assert reason in "\n".join(objections(ROOT, name, single, port))

    def test_not_what_is_fine(self) -> None:
        assert list(objections(ROOT, NAME, SINGLE, None)) == []
        assert list(objections(ROOT, "b" * LONGEST, "c" * LONGEST, 8999)) == []

    def test_a_word_that_the_code_has_another_use_for(self) -> None:
        with pytest.raises(Refused, match="does not work in these words"):
            tidied(ROOT, rendered("eenheden", "unit"))

    def test_outside_a_clone(self, tmp_path: Path) -> None:
        assert "README.md" in "\n".join(objections(tmp_path, NAME, SINGLE, None))

    @pytest.mark.parametrize("path", [SERVICES, CHART, MAP])
    def test_when_a_file_has_no_place_for_it_any_more(self, tmp_path: Path, path: str) -> None:
        for place in (SERVICES, CHART, MAP):
            (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / place).write_text("" if place == path else (ROOT / place).read_text())
        with pytest.raises(Refused, match=f"{path} has no place for a service"):
            entries(tmp_path, NAME, 8999)

    def test_a_port_is_the_lowest_that_is_free(self) -> None:
        taken = {service.port for service in load_catalog().services.values()}
        assert next_port(load_catalog()) == min(set(range(8101, 9000)) - taken)


class TestTemplate:
    def test_is_a_service_in_its_own_words(self) -> None:
        """As the linter wants it, and with nothing that is not used."""
        files = rendered("voorbeelden", "voorbeeld")
        assert "services/voorbeelden/voorbeelden/voorbeeld.py" in files
        assert tidied(ROOT, files) == files

    @pytest.mark.parametrize(("name", "single"), [("aas", "aaz"), ("z" * LONGEST, "y" * LONGEST)])
    def test_is_clean_in_all_words(self, tmp_path: Path, name: str, single: str) -> None:
        """Also in the shortest and the longest, the first and the last of the alphabet."""
        for path, content in tidied(ROOT, rendered(name, single)).items():
            assert "voorbeeld" not in f"{path}{content}".lower()
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(content)
        (tmp_path / "chassis").mkdir()
        shutil.copy(ROOT / "pyproject.toml", tmp_path)
        imports = 'lint.isort.known-first-party = ["chassis", "services", "tests"]'
        passes(tmp_path, "ruff", "check", "--no-cache", "--config", imports, ".")
        passes(tmp_path, "ruff", "format", "--no-cache", "--check", ".")


@pytest.mark.timeout(240)
def test_a_service_in_a_copy(tmp_path: Path) -> None:
    """It touches three files outside its folders, is clean and passes its own tests."""
    root = copy_to(tmp_path / "copy")
    before = contents(root)
    said = passes(root, "meent", "new-service", NAME, "--single", SINGLE)
    after = contents(root)
    assert before.keys() <= after.keys()
    changed = {path for path, content in after.items() if before.get(path) != content}
    outside = {path for path in changed if not path.startswith((*OWN, GENERATED))}
    assert outside == {SERVICES, CHART, MAP}
    assert f"services/{NAME}/{NAME}/{SINGLE}.py written" in said
    assert "Add a service):\n\n1. " in said
    assert "<name>" not in said
    passes(root, "ruff", "check", "--no-cache", ".")
    passes(root, "ruff", "format", "--no-cache", "--check", ".")
    assert f"contracts/openapi/{NAME}.yaml" in changed
    passes(root, *PYTEST, "-k", "not fuzz", OWN[1])  # the others are slow
    again = run(root, "meent", "new-service", NAME, "--single", "ontheffing")
    assert (again.returncode, again.stdout) == (2, "")
    assert f"{OWN[0]} is there already" in again.stderr
    assert contents(root) == after


@pytest.mark.timeout(120)
def test_nothing_is_left_of_what_fails(tmp_path: Path) -> None:
    root = copy_to(tmp_path / "copy")
    with (root / "services/autorisaties/main.py").open("a") as file:
        file.write("\nraise RuntimeError('broken')\n")
    before = contents(root)
    done = run(root, "meent", "new-service", NAME, "--single", SINGLE)
    assert (done.returncode, done.stdout) == (2, "")
    assert "meent contracts failed" in done.stderr
    assert "RuntimeError: broken" in done.stderr
    assert contents(root) == before


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_others_know_a_service_in_a_copy(tmp_path: Path) -> None:
    """Types, contracts, chart, rights, kanalen; and it runs beside the others, behind the gateway."""
    root = copy_to(tmp_path / "copy")
    passes(root, "meent", "new-service", NAME, "--single", SINGLE, "--port", "8222")
    passes(root, "mypy", "--cache-dir", str(tmp_path / "mypy"), OWN[0])
    passes(root, "meent", "contracts", "--check")
    passes(root, *PYTEST, "tests/architecture")
    passes(root, *PYTEST, "-k", "fuzz", OWN[1])
    passes(root, *PYTEST, "tests/contracts", "tests/deploy/test_chart.py", "tests/deploy/test_chart_policy.py")
    passes(root, *PYTEST, "tests/services/autorisaties/autorisaties/test_applicatie.py")
    passes(root, *PYTEST, "tests/services/notificaties/notificaties/test_kanaal.py")
    check_it_is_known(root)
    check_it_runs(root, tmp_path / "data")


def check_it_is_known(root: Path) -> None:
    """Rights can be given on it, and one can subscribe to it."""
    code = (
        "from services.autorisaties.autorisaties.applicatie import WEERGAVE; "
        "from services.notificaties.kanalen import OWN_KANALEN; "
        f"print(WEERGAVE['{NAME}'], '{NAME}' in [one.naam for one in OWN_KANALEN])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env=environment(root), capture_output=True, text=True, check=False
    )
    assert done.stdout == f"{NAME.capitalize()} True\n", done.stderr


def check_it_runs(root: Path, data: Path) -> None:
    """`meent up` in the copy serves the new API."""
    port = free_port()
    command = [sys.executable, "-m", "meent", "up", "--port", str(port), "--data", str(data)]
    with subprocess.Popen(command, cwd=root, env=environment(root), stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            assert f"http://127.0.0.1:{port}" in process.stdout.readline()
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", f"/{NAME}/api/v1/openapi.json")
            assert json.loads(connection.getresponse().read())["info"]["title"] == NAME.capitalize()
            connection.close()
        finally:
            process.terminate()
