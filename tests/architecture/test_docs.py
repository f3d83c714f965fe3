"""The documents are true: links lead somewhere, and what exists is described."""

import importlib
import re
import tomllib
from pathlib import PurePosixPath

import pytest
import yaml

from chassis.catalog import load_catalog
from chassis.settings import Settings
from chassis.telemetry import METRICS
from meent.contracts import promises
from tests.architecture.tree import ROOT, text, tracked

DOCUMENTS = [path for path in tracked() if path.endswith(".md")]
ADRS = sorted(path for path in DOCUMENTS if re.fullmatch(r"docs/adr/\d{4}-[a-z0-9-]+\.md", path))
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)


def folder(service):
    """The folder of a service."""
    return service.app.partition(":")[0].rpartition(".")[0].replace(".", "/")


SERVICES = list(load_catalog().services.values())
WITH_SETTINGS = [one for one in SERVICES if f"{folder(one)}/settings.py" in tracked()]
each_service = pytest.mark.parametrize("service", SERVICES, ids=[service.name for service in SERVICES])


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_relative_link_leads_somewhere(path):
    for target in LINK.findall(FENCE.sub("", text(path))):
        place, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        file = (ROOT / path).parent / place if place else ROOT / path
        assert file.exists(), f"{path}: {target}"
        if anchor and file.suffix == ".md":
            assert anchor in anchors(file.read_text("utf-8")), f"{path}: {target}"


def anchors(content):
    titles = re.findall(r"^#+ (.+)$", FENCE.sub("", content), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


class TestMake:
    makefile = text("Makefile")

    def test_every_target_is_in_make_help(self):
        declared = re.search(r"^\.PHONY: (.+)$", self.makefile, re.MULTILINE)[1].split()
        explained = re.findall(r"^([a-z-]+):.*## ", self.makefile, re.MULTILINE)
        assert sorted(declared) == sorted(explained)

    @pytest.mark.parametrize("path", DOCUMENTS)
    def test_a_document_names_only_targets_that_exist(self, path):
        targets = set(re.findall(r"^([a-z-]+):", self.makefile, re.MULTILINE))
        code = [*re.findall(r"`([^`\n]+)`", text(path)), *"\n".join(fenced(text(path))).splitlines()]
        named = {name for line in code for name in re.findall(r"\bmake ([a-z-]+)\b", line)}
        assert named <= targets, path


def fenced(content):
    return [match.group() for match in FENCE.finditer(content)]


class TestAdr:
    index = text("docs/adr/README.md")

    def test_numbers_count_up(self):
        numbers = [int(PurePosixPath(path).name[:4]) for path in ADRS]
        assert numbers == list(range(1, len(ADRS) + 1))

    @pytest.mark.parametrize("path", ADRS)
    def test_an_adr_is_in_the_index_and_has_its_parts(self, path):
        content = text(path)
        name = PurePosixPath(path).name
        assert re.search(rf"\]\({name}\)", self.index), f"{name} is not in docs/adr/README.md"
        for part in ("Context", "Decision", "Consequences", "Alternatives", "Enforced by"):
            assert f"## {part}\n" in content, f"{name} has no {part}"
        assert 20 <= len(content.splitlines()) <= 60
        assert re.search(
            r"^Status: (proposed|accepted|superseded by \d{4}) · \d{4}-\d{2}-\d{2}$", content, re.MULTILINE
        )

    @pytest.mark.parametrize("path", ADRS)
    def test_what_enforces_it_exists(self, path):
        enforced = text(path).split("## Enforced by\n")[1]
        files = re.findall(r"`((?:tests|benchmarks|chassis|requirements|pyproject)[\w/.]*)`", enforced)
        assert files, f"{path} names no test"
        assert [file for file in files if not (ROOT / file).exists()] == []


class TestSettings:
    def test_what_every_service_has_is_in_the_docs(self):
        described = text("docs/settings.md")
        assert [name for name in Settings.model_fields if name != "service" and not mentions(described, name)] == []

    @pytest.mark.parametrize("service", WITH_SETTINGS, ids=[service.name for service in WITH_SETTINGS])
    def test_what_a_service_adds_is_in_its_readme(self, service):
        module = importlib.import_module(f"{folder(service).replace('/', '.')}.settings")
        own = [kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, Settings)]
        added = {name for kind in own for name in kind.model_fields} - Settings.model_fields.keys()
        readme = text(f"{folder(service)}/README.md")
        assert [name for name in sorted(added) if not mentions(readme, name)] == []


def mentions(content, setting):
    return f"MEENT_{setting.upper()}" in content or (setting == "database" and "MEENT_<SERVICE>_DATABASE" in content)


class TestServices:
    @each_service
    def test_a_readme_names_what_the_service_serves_and_sends(self, service):
        readme = text(f"{folder(service)}/README.md")
        assert [name for name in service.apis if f"/{name}/api/v1" not in readme] == []
        if service.publishes:
            events = importlib.import_module(f"{folder(service).replace('/', '.')}.events").EVENTS
            families = {event.type.partition("-")[0] for event in events}
            assert [family for family in sorted(families) if family not in readme] == []

    def test_the_map_of_the_readme_names_every_service(self):
        assert [service.name for service in SERVICES if f"`{service.name}`" not in text("README.md")] == []


def test_every_metric_is_in_the_runbook():
    list(promises())  # importing a service adds its own
    assert [name for name in METRICS if f"`{name}`" not in text("docs/runbook.md")] == []


def test_every_folder_is_on_the_map_of_the_readme():
    folders = {path.split("/")[0] for path in tracked() if "/" in path and not path.startswith(".")}
    assert [name for name in sorted(folders) if f"{name}/" not in text("README.md")] == []


def test_the_readme_stays_short():
    assert len(text("README.md").splitlines()) <= 100


def test_every_document_of_docs_is_in_its_index():
    index = text("docs/README.md")
    listed = [path.removeprefix("docs/") for path in DOCUMENTS if re.fullmatch(r"docs/[a-z-]+\.md", path)]
    assert [name for name in listed if f"]({name})" not in index] == []


def test_the_changelog_knows_this_version():
    version = tomllib.loads(text("pyproject.toml"))["project"]["version"]
    assert f"## [{version}]" in text("CHANGELOG.md") or "## [Unreleased]" in text("CHANGELOG.md")
    assert yaml.safe_load(text("publiccode.yaml"))["softwareVersion"] == version
