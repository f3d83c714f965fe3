"""Renders the chart offline, with Helm's own engine, and offers what came out as plain objects."""

from pathlib import Path
from typing import Any

import helm_python
import pytest
import yaml

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "helm" / "meent"
POD_KINDS = {"Deployment", "Job"}


class Rendered(list[dict[str, Any]]):
    """The objects of one rendering, and how the tests look them up."""

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [item for item in self if item["kind"] == kind]

    def one(self, kind: str, component: str) -> dict[str, Any]:
        label = "app.kubernetes.io/component"
        found = [item for item in self.of(kind) if item["metadata"]["labels"][label] == component]
        assert len(found) == 1, f"{len(found)} of {kind} {component}"
        return found[0]

    def pods(self) -> list[tuple[str, dict[str, Any]]]:
        """Name and pod specification of everything that starts pods."""
        return [(i["metadata"]["name"], i["spec"]["template"]["spec"]) for i in self if i["kind"] in POD_KINDS]

    def containers(self) -> list[tuple[str, dict[str, Any]]]:
        return [(name, container) for name, pod in self.pods() for container in pod["containers"]]


def merged(base: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """`base` with `change` laid over it, maps merged, as Helm does with values."""
    result = dict(base)
    for key, value in change.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else value
    return result


@pytest.fixture(scope="session")
def minimal() -> dict[str, Any]:
    """The least that an installation must say."""
    return yaml.safe_load((CHART / "ci" / "minimal-values.yaml").read_text())


@pytest.fixture(scope="session")
def render(minimal):
    """`render(change, name)`: the objects of the chart with `change` over the minimal values."""
    with helm_python.Chart.load(CHART) as chart:

        def rendered(change: dict[str, Any] | None = None, name: str = "meent") -> Rendered:
            files = chart.render(merged(minimal, change or {}), name=name, namespace="meent")
            return Rendered(item for text in files.values() for item in yaml.safe_load_all(text) if item)

        yield rendered


@pytest.fixture(scope="session")
def default(render) -> Rendered:
    """The chart with the minimal values."""
    return render()


VARIANTS: dict[str, tuple[dict[str, Any], str]] = {
    "default": ({}, "meent"),
    "one replica": ({"services": {"zaken": {"replicas": 1}}}, "meent"),
    "ingress": (
        {
            "route": {
                "kind": "Ingress",
                "ingressClassName": "traefik",
                "tlsSecretName": "tls",
                "annotations": {"a": "b"},
            }
        },
        "meent",
    ),
    "digest": ({"image": {"tag": "1.2.3", "digest": "sha256:" + "a" * 64, "pullSecrets": ["registry"]}}, "meent"),
    "release named on": ({}, "on"),
    "long names": (
        {"services": {"d" * 22: {"port": 8199, "apis": []}}},
        "gemeente-met-een-lange-naam-omgeving-acceptatie-twee",
    ),
    "everything": (
        {
            "formerUrls": ["https://oud.example.nl"],
            "allowHosts": ["10.1.0.0/16", "zaken.intern:8443"],
            "secrets": {"applicaties": "meent-applicaties"},
            "otlp": {"endpoint": "http://collector.monitoring:4318"},
            "metrics": {"annotations": True},
            "networkPolicy": {"metrics": {"from": [{"namespaceSelector": {}}]}},
        },
        "meent",
    ),
    "no route, no migration": ({"route": {"kind": "none"}, "migrate": {"enabled": False}}, "meent"),
}


@pytest.fixture(scope="session")
def variants(render) -> dict[str, Rendered]:
    """The chart in every variant that the tests look at, by name."""
    return {key: render(change, name) for key, (change, name) in VARIANTS.items()}


@pytest.fixture(params=VARIANTS)
def rendered(request, variants) -> Rendered:
    """Every variant in turn."""
    return variants[request.param]
