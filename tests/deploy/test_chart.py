"""The chart is well-formed: lint, schema, Kubernetes' own schemas, and in step with services.toml."""

import functools
import tomllib
from pathlib import Path

import helm_python
import kubernetes_validate.utils
import pytest
import yaml

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "helm" / "meent"
OLDEST, MIDDLE, NEWEST = "1.31.0", "1.34.0", "1.37.0"


def services_toml():
    return tomllib.loads((ROOT / "services.toml").read_text())["services"]


@pytest.fixture(scope="module")
def validate():
    """Strict validation against the schemas of a Kubernetes version, each schema file read once."""
    with pytest.MonkeyPatch.context() as patch:
        cached = functools.cache(kubernetes_validate.utils.schema_contents)
        patch.setattr(kubernetes_validate.utils, "schema_contents", cached)
        yield functools.partial(kubernetes_validate.utils.validate, strict=True)


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_lint_is_clean(minimal, version):
    report = helm_python.lint(CHART, minimal, strict=True, kube_version=f"v{version}")
    assert report["errors"] == []
    # Severity 1 is advice; "icon is recommended" is all that remains.
    assert [m for m in report["messages"] if m["severity"] > 1] == []


@pytest.mark.parametrize("version", [OLDEST, MIDDLE, NEWEST])
def test_default_is_valid_kubernetes(default, validate, version):
    for item in default:
        if item["kind"] != "HTTPRoute":
            validate(item, version)


def test_variants_are_valid_kubernetes(rendered, validate):
    for item in rendered:
        if item["kind"] != "HTTPRoute":
            validate(item, NEWEST)


def test_the_validator_is_strict(default, validate):
    service = default.one("Service", "zaken")
    wrong = service | {"spec": service["spec"] | {"prot": 1}}
    with pytest.raises(kubernetes_validate.utils.ValidationError):
        validate(wrong, NEWEST)


def test_kube_version_is_the_oldest_that_is_validated():
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["kubeVersion"] == f">={OLDEST}-0"


def test_version_is_that_of_the_project():
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["appVersion"] == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def test_services_equal_services_toml():
    values = yaml.safe_load((CHART / "values.yaml").read_text())["services"]
    ours = {name: (service["port"], service["apis"]) for name, service in values.items()}
    assert ours == {name: (service["port"], service["apis"]) for name, service in services_toml().items()}


@pytest.mark.parametrize("kind", ["Deployment", "Service", "ServiceAccount", "PodDisruptionBudget", "NetworkPolicy"])
def test_every_service_has_its_objects(default, kind):
    for name in services_toml():
        assert default.one(kind, name)["metadata"]["name"] == f"meent-{name}"


def test_every_service_runs_on_its_port(default):
    for name, service in services_toml().items():
        container = default.one("Deployment", name)["spec"]["template"]["spec"]["containers"][0]
        assert container["args"] == ["run", name, "--host", "0.0.0.0", "--port", str(service["port"])]
        assert container["ports"][0]["containerPort"] == service["port"]
        assert default.one("Service", name)["spec"]["ports"][0]["port"] == service["port"]


def test_service_selects_its_own_pods_only(default):
    for service in default.of("Service"):
        selector = service["spec"]["selector"].items()
        templates = [d["spec"]["template"]["metadata"] for d in default.of("Deployment")]
        assert len([t for t in templates if selector <= t["labels"].items()]) == 1


def test_replicas(default, variants):
    assert {d["spec"]["replicas"] for d in default.of("Deployment")} == {2}
    one = {d["metadata"]["name"]: d["spec"]["replicas"] for d in variants["one replica"].of("Deployment")}
    assert one["meent-zaken"] == 1
    assert one["meent-gateway"] == 2


def test_http_route(default):
    (route,) = default.of("HTTPRoute")
    assert route["apiVersion"] == "gateway.networking.k8s.io/v1"
    assert set(route["spec"]) == {"parentRefs", "hostnames", "rules"}
    assert route["spec"]["parentRefs"] == [{"name": "public", "namespace": "gateway"}]
    assert route["spec"]["hostnames"] == ["meent.example.nl"]
    (rule,) = route["spec"]["rules"]
    assert rule["matches"] == [{"path": {"type": "PathPrefix", "value": "/"}}]
    assert rule["backendRefs"] == [{"name": "meent-gateway", "port": 8080}]
    assert default.of("Ingress") == []


def test_ingress_instead(variants):
    (ingress,) = variants["ingress"].of("Ingress")
    assert variants["ingress"].of("HTTPRoute") == []
    assert ingress["spec"]["ingressClassName"] == "traefik"
    assert ingress["spec"]["tls"] == [{"hosts": ["meent.example.nl"], "secretName": "tls"}]
    backend = ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    assert backend == {"name": "meent-gateway", "port": {"name": "http"}}


def test_the_port_of_the_public_url_is_no_part_of_the_host(render):
    (route,) = render({"publicUrl": "https://meent.example.nl:8443"}).of("HTTPRoute")
    assert route["spec"]["hostnames"] == ["meent.example.nl"]


def test_nothing_exposed_and_no_migration(variants):
    kinds = {item["kind"] for item in variants["no route, no migration"]}
    assert kinds.isdisjoint({"HTTPRoute", "Ingress", "Job"})


def test_migration_runs_before_the_services_with_what_it_needs(default):
    job = default.one("Job", "migrate")
    before = [default.one("ServiceAccount", "migrate"), default.one("NetworkPolicy", "migrate")]
    for item in (job, *before):
        assert item["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    weight, *weights = [int(item["metadata"]["annotations"]["helm.sh/hook-weight"]) for item in (job, *before)]
    assert max(weights) < weight
    spec = job["spec"]["template"]["spec"]
    assert spec["containers"][0]["args"] == ["migrate"]
    assert spec["serviceAccountName"] == default.one("ServiceAccount", "migrate")["metadata"]["name"]
    names = {env["name"] for env in spec["containers"][0]["env"]}
    assert {f"MEENT_{name.upper()}_DATABASE" for name in services_toml()} <= names


def test_a_digest_decides_over_the_tag(default, variants):
    assert {c["image"] for _, c in default.containers()} == {"registry.example.nl/meent:0.1.0"}
    digest = "registry.example.nl/meent:1.2.3@sha256:" + "a" * 64
    assert {c["image"] for _, c in variants["digest"].containers()} == {digest}
    assert all(pod["imagePullSecrets"] == [{"name": "registry"}] for _, pod in variants["digest"].pods())


def test_names_are_unique_and_short(rendered):
    names = [(item["kind"], item["metadata"]["name"]) for item in rendered]
    assert len(set(names)) == len(names)
    assert max(len(name) for _, name in names) <= 63


WRONG = {
    "no public URL": {"publicUrl": ""},
    "trailing slash": {"publicUrl": "https://meent.example.nl/"},
    "path in the public URL": {"publicUrl": "https://example.nl/meent"},
    "unknown value": {"publicURL": "https://meent.example.nl"},
    "gemeente without code": {"gemeente": "utrecht"},
    "no image": {"image": {"repository": ""}},
    "short digest": {"image": {"digest": "sha256:abc"}},
    "no replicas": {"defaults": {"replicas": 0}},
    "replicas as text": {"services": {"zaken": {"replicas": "2"}}},
    "misspelt service": {"services": {"zakne": {"replicas": 3}}},
    "unknown setting of a service": {"services": {"zaken": {"replica": 3}}},
    "no limits": {"defaults": {"resources": {"limits": None}}},
    "secret as a value": {"secrets": {"databases": {"zaken": "postgresql://meent:geheim@db/zaken"}}},
    "credentials in the OTLP endpoint": {"otlp": {"endpoint": "http://user:geheim@collector:4318"}},
    "HTTPRoute without a Gateway": {"route": {"parentRefs": []}},
    "unknown route": {"route": {"kind": "Route"}},
    "egress to everyone": {"networkPolicy": {"postgres": {"to": []}}},
    "peer that is everyone": {"networkPolicy": {"nats": {"to": [{}]}}},
    "egress on every port": {"services": {"zaken": {"egress": [{"to": [{"podSelector": {}}]}]}}},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_schema_rejects(render, wrong):
    with pytest.raises(helm_python.HelmValuesError):
        render(WRONG[wrong])


def test_values_yaml_alone_names_what_is_missing():
    with helm_python.Chart.load(CHART) as chart, pytest.raises(helm_python.HelmValuesError) as error:
        chart.render({}, name="meent")
    for field in ("/publicUrl", "/image/repository", "/route/parentRefs"):
        assert field in str(error.value)


def test_a_call_to_an_unknown_service_is_refused(render):
    with pytest.raises(helm_python.HelmRenderError, match="calls names zakken"):
        render({"services": {"klanten": {"calls": ["zakken"]}}})


def test_schema_is_strict_at_every_level():
    schema = yaml.safe_load((CHART / "values.schema.json").read_text())

    def open_objects(node, path=""):
        if isinstance(node, dict):
            if "properties" in node and node.get("type") == "object" and node.get("additionalProperties") is not False:
                yield path
            for key, value in node.items():
                yield from open_objects(value, f"{path}/{key}")

    assert list(open_objects(schema)) == []
