"""`meent new-service NAME --single SINGLE`: a service that runs, with one API and one resource to make something else of.

The template in `service_template/` is a whole service, of voorbeelden; what is made is that service in other words. Outside
the folders of the service and of its tests it is entered in three files, and `contracts/` is written anew. It is all or nothing.
"""

import argparse
import keyword
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.dialects import postgresql

from chassis.catalog import ADMINISTRATOR, Catalog, load_catalog

ROOT = Path(__file__).parents[1]
TEMPLATE = Path(__file__).parent / "service_template"
SUFFIX = ".template"
LONGEST = 22
"""Letters of a name: behind that of a release it fits in a name of Kubernetes."""
FIRST_PORT = 8101
SERVICES, CHART, MAP = "services.toml", "deploy/helm/meent/values.yaml", "README.md"
"""The files outside its folders in which a service is entered."""
RESERVED = {
    ADMINISTRATOR: "a user of NATS",
    **dict.fromkeys(("health", "live", "metrics"), "a path of the gateway"),
    **dict.fromkeys(("deny", "migrate"), "a part of the chart"),
    **dict.fromkeys(("consumers", "events", "main", "migrations", "settings"), "a module of every service"),
    **dict.fromkeys(("chassis", "demo", "meent", "services", "tests"), "a folder of this repository"),
    "postgres": "a database of the server",
}
"""Names that a service cannot have, and what they are."""
SQL = postgresql.dialect().identifier_preparer.reserved_words  # type: ignore[no-untyped-call]
"""Words that PostgreSQL keeps for itself: no table or database can have one as a plain name."""
_WORD = re.compile(r"[a-z]+")
_PLACEHOLDER = re.compile(r"voorbeelden|voorbeeld", re.IGNORECASE)
_LINK = re.compile(r"\[([^]]*)]\([^)]*\)")
_TABLE = re.compile(r"CREATE TABLE (\w+)")
_OURS = 'lint.isort.known-first-party = ["chassis", "services", "tests"]'
"""For the linter: what is imported from where, as long as the files are not in their place."""


class Refused(Exception):
    """Nothing was made. `reasons`: a line for each."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


def execute(arguments: argparse.Namespace) -> int:
    """Make the service and say what is left to do. Exit code 2 when it is refused; then nothing has changed."""
    try:
        written = make(ROOT, arguments.name, arguments.single, arguments.port)
    except Refused as refused:
        for reason in refused.reasons:
            print(f"meent new-service: {reason}", file=sys.stderr)
        return 2
    for path in written:
        print(f"{path} written")
    print("\nWhat is left to do (CONTRIBUTING.md, Add a service):\n")
    print(checklist(ROOT, arguments.name, arguments.single), end="")
    return 0


def make(root: Path, name: str, single: str, port: int | None = None) -> list[str]:
    """Make the service in the repository at `root`; gives the paths of what was written. Raises Refused."""
    if reasons := list(objections(root, name, single, port)):
        raise Refused(*reasons)
    files = tidied(root, rendered(name, single))
    entered = entries(root, name, port or next_port(load_catalog(root / SERVICES)))
    before = {path: (root / path).read_text("utf-8") for path in entered}
    try:
        _write(root, files | entered)
        _write_contracts(root)
    except BaseException:
        for folder in folders(name):
            shutil.rmtree(root / folder, ignore_errors=True)
        _write(root, before)
        raise
    return [*files, *entered, "contracts/"]


def folders(name: str) -> tuple[str, str]:
    """The two folders that are a service's own."""
    return f"services/{name}", f"tests/services/{name}"


def _write(root: Path, files: dict[str, str]) -> None:
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content, encoding="utf-8")


def _write_contracts(root: Path) -> None:
    """In a new process, which reads services.toml as it is now."""
    environment = {key: value for key, value in os.environ.items() if key != "MEENT_SERVICES"}
    command = [sys.executable, "-m", "meent", "contracts"]
    done = subprocess.run(  # noqa: S603 - our own command
        command, cwd=root, env=environment | {"PYTHONPATH": str(root)}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Refused(f"meent contracts failed: {done.stderr[-2000:]}")


# ---- what is refused


def objections(root: Path, name: str, single: str, port: int | None) -> Iterator[str]:
    """Why a service cannot be made of these words, all reasons at once."""
    if missing := [path for path in (SERVICES, CHART, MAP) if not (root / path).is_file()]:
        yield f"works in a clone of the repository only: there is no {', '.join(missing)}"
        return
    catalog = load_catalog(root / SERVICES)
    yield from _of_word("name", "the plural", name)
    yield from _of_word("single", f"the singular of {name or 'name'}", single)
    if name in RESERVED:
        yield f"name={name}: the name of {RESERVED[name]}"
    if name in taken(catalog):
        yield f"name={name}: {SERVICES} has a service, an API, a component or a kanaal of that name"
    if name and name == single:
        yield f"single={single}: a resource and its collection need names that differ"
    if single in tables(root):
        yield f"single={single}: there is a table of that name"
    yield from (f"{folder}/ is there already" for folder in folders(name) if name and (root / folder).exists())
    if port is not None and not 1024 <= port <= 65535:
        yield f"port {port}: not between 1024 and 65535"
    if port in ports(catalog):
        yield f"port {port}: taken in {SERVICES}"


def _of_word(what: str, meaning: str, word: str) -> Iterator[str]:
    if not word:
        yield f"{what}= is missing: {meaning}, as in name=parkeervergunningen single=parkeervergunning"
    elif not _WORD.fullmatch(word):
        yield f"{what}={word}: lower-case letters a-z only"
    elif not 2 < len(word) <= LONGEST:
        yield f"{what}={word}: from 3 to {LONGEST} letters"
    elif keyword.iskeyword(word) or keyword.issoftkeyword(word) or word in SQL:
        yield f"{what}={word}: a word of Python or SQL"


def taken(catalog: Catalog) -> set[str]:
    """Every name in services.toml that a new service cannot have for itself, its API, its component and its kanaal."""
    names = set(catalog.services)
    for service in catalog.services.values():
        names |= {*service.apis, *(one["name"] for one in (*service.components, *service.channels))}
    return names


def ports(catalog: Catalog) -> set[int]:
    """The ports of the services there are."""
    return {service.port for service in catalog.services.values()}


def next_port(catalog: Catalog) -> int:
    """The lowest port that is free."""
    return next(port for port in range(FIRST_PORT, 65536) if port not in ports(catalog))


def tables(root: Path) -> set[str]:
    """Names of the tables of all services and of the chassis: in one process they share one registry."""
    files = [*root.glob("services/*/migrations/versions/*.py"), *root.glob("chassis/migrations/versions/*.py")]
    return {name for file in files for name in _TABLE.findall(file.read_text("utf-8"))}


# ---- what is written


def rendered(name: str, single: str) -> dict[str, str]:
    """The template in these words: path below the root → content."""

    def word(match: re.Match[str]) -> str:
        chosen = name if match[0].lower() == "voorbeelden" else single
        return chosen.upper() if match[0].isupper() else chosen.capitalize() if match[0].istitle() else chosen

    files = sorted(TEMPLATE.rglob(f"*{SUFFIX}"))
    paths = [file.relative_to(TEMPLATE).as_posix().removesuffix(SUFFIX) for file in files]
    return {
        _PLACEHOLDER.sub(word, path): _PLACEHOLDER.sub(word, file.read_text("utf-8"))
        for path, file in zip(paths, files, strict=True)
    }


def tidied(root: Path, files: dict[str, str]) -> dict[str, str]:
    """The same with Python as the linter wants it: how lines break and imports are sorted depends on the words.

    Raises Refused when a word is one that the code has another use for.
    """
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder), files)
        for command in (["check", "--select", "F,I", "--fixable", "I", "--fix"], ["format"]):
            program = [sys.executable, "-m", "ruff", *command, "--quiet", "--no-cache"]
            done = subprocess.run(  # noqa: S603 - our own command
                [*program, "--config", "pyproject.toml", "--config", _OURS, folder],
                cwd=root,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                raise Refused(f"the code does not work in these words: {done.stdout}{done.stderr}".strip())
        return {path: (Path(folder) / path).read_text("utf-8") for path in files}


def entries(root: Path, name: str, port: int) -> dict[str, str]:
    """The files in which a service is entered, as they become. Raises Refused when one no longer has a place for it."""
    additions = {
        SERVICES: (r"\A.*?(?=^(?:#[^\n]*\n)*\[streams\.)", _IN_SERVICES),
        CHART: (r"^services:\n.*?\n(?=\n\S)", _IN_CHART),
        MAP: (r"^\| \[services/\]\(services/\) \| [^\n]*(?= \|$)", _IN_MAP),
    }
    result = {}
    for path, (before, addition) in additions.items():
        content = (root / path).read_text("utf-8")
        found = re.search(before, content, re.MULTILINE | re.DOTALL)
        if found is None:
            raise Refused(f"{path} has no place for a service: {before}")
        new = addition.format(name=name, title=name.capitalize(), port=port)
        result[path] = content[: found.end()] + new + content[found.end() :]
    return result


_IN_SERVICES = """\
[services.{name}]
app = "services.{name}.main:app"
port = {port}
apis = ["{name}"]
publishes = ["zgw.v1.*.{name}.>"]
consumes = ["ZGW"]
components = [{{ name = "{name}", title = "{title}" }}]
channels = [{{ name = "{name}", api = "{name}" }}]

"""
_IN_CHART = """\
  {name}:
    port: {port}
    apis: [{name}]
"""
_IN_MAP = " · `{name}`"


# ---- what is left to do


def checklist(root: Path, name: str, single: str) -> str:
    """The steps of "Add a service" in CONTRIBUTING.md, for this service."""
    section = (root / "CONTRIBUTING.md").read_text("utf-8").partition("\n## Add a service\n")[2].partition("\n## ")[0]
    steps = section[section.index("\n1. ") + 1 :]
    return _LINK.sub(r"\1", steps).replace("<name>", name).replace("<single>", single)
