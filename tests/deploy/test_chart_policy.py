"""What a cluster may demand of the rendered objects: Pod Security Standard "restricted", network, secrets."""

import re
from pathlib import Path

import pytest
import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"
DATABASES, NATS, KEYS = "meent-databases", "meent-nats", "meent-keys"
# Kinds of volume that the standard "restricted" allows.
VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}


def env_of(container):
    return {env["name"]: env for env in container["env"]}


def test_pods_run_as_an_unprivileged_user(rendered):
    for name, pod in rendered.pods():
        security = pod["securityContext"]
        assert security["runAsNonRoot"] is True, name
        assert security["runAsUser"] == security["runAsGroup"] == security["fsGroup"] == 65532, name
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}, name


def test_containers_have_no_privileges(rendered):
    for name, container in rendered.containers():
        security = container["securityContext"]
        assert security["allowPrivilegeEscalation"] is False, name
        assert security["capabilities"] == {"drop": ["ALL"]}, name
        assert not security.get("privileged"), name


def test_root_file_system_is_read_only_with_a_writable_tmp(rendered):
    for name, pod in rendered.pods():
        for container in pod["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"] is True, name
            writable = [mount for mount in container["volumeMounts"] if not mount.get("readOnly")]
            content = [{"name": "documenten", "mountPath": "/var/lib/meent"}] if name.endswith("-zaken") else []
            assert writable == [{"name": "tmp", "mountPath": "/tmp"}, *content], name
        (tmp,) = [volume for volume in pod["volumes"] if volume["name"] == "tmp"]
        assert tmp["emptyDir"]["sizeLimit"], name


def test_nothing_of_the_host_is_used(rendered):
    for name, pod in rendered.pods():
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod), name
        assert all(set(volume) - {"name"} <= VOLUMES for volume in pod["volumes"]), name
        assert not [p for c in pod["containers"] for p in c.get("ports", []) if "hostPort" in p], name


def test_no_token_of_the_cluster_in_any_pod(rendered):
    accounts = {account["metadata"]["name"] for account in rendered.of("ServiceAccount")}
    assert all(account["automountServiceAccountToken"] is False for account in rendered.of("ServiceAccount"))
    for name, pod in rendered.pods():
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["serviceAccountName"] in accounts, name


def test_no_rights_in_the_cluster_are_asked(rendered):
    assert not [item["kind"] for item in rendered if "rbac" in item["apiVersion"]]


def test_variables_of_kubernetes_do_not_collide_with_ours(rendered):
    assert all(pod["enableServiceLinks"] is False for _, pod in rendered.pods())


def test_requests_and_limits(rendered):
    for name, container in rendered.containers():
        for bound in ("requests", "limits"):
            assert {"cpu", "memory"} <= set(container["resources"][bound]), name


def test_probes(rendered):
    for deployment in rendered.of("Deployment"):
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        assert container["startupProbe"]["httpGet"] == {"path": "/health/live", "port": "http"}
        assert container["livenessProbe"]["httpGet"] == {"path": "/health/live", "port": "http"}
        assert container["readinessProbe"]["httpGet"] == {"path": "/health/ready", "port": "http"}


def test_pods_are_spread_and_evicted_one_by_one(rendered):
    for deployment in rendered.of("Deployment"):
        spec = deployment["spec"]
        labels = spec["template"]["metadata"]["labels"]
        assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
        keys = [spread["topologyKey"] for spread in spec["template"]["spec"]["topologySpreadConstraints"]]
        assert keys == ["topology.kubernetes.io/zone", "kubernetes.io/hostname"]
        component = labels["app.kubernetes.io/component"]
        budget = rendered.one("PodDisruptionBudget", component)["spec"]
        assert budget["maxUnavailable"] == 1
        assert budget["selector"]["matchLabels"].items() <= labels.items()


def test_stopping_is_gentle(rendered):
    for deployment in rendered.of("Deployment"):
        pod = deployment["spec"]["template"]["spec"]
        pause = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert 0 < pause < pod["terminationGracePeriodSeconds"]


def test_labels_and_annotations_are_text(rendered):
    for item in rendered:
        metadata = [item["metadata"]]
        if item["kind"] in {"Deployment", "Job"}:
            metadata.append(item["spec"]["template"]["metadata"])
        for part in metadata:
            texts = [*part["labels"].values(), *part.get("annotations", {}).values()]
            assert all(isinstance(text, str) for text in texts), item["metadata"]["name"]


def test_everything_is_denied_by_default(rendered):
    deny = rendered.one("NetworkPolicy", "deny")["spec"]
    assert deny["policyTypes"] == ["Ingress", "Egress"]
    assert not {"ingress", "egress"} & set(deny)
    for item in rendered.of("Deployment") + rendered.of("Job"):
        labels = item["spec"]["template"]["metadata"]["labels"]
        assert deny["podSelector"]["matchLabels"].items() <= labels.items()


def test_every_network_rule_names_peers_and_ports(rendered):
    for policy in rendered.of("NetworkPolicy"):
        for rule in policy["spec"].get("ingress", []):
            assert rule["from"], policy["metadata"]["name"]
            assert rule["ports"], policy["metadata"]["name"]
        for rule in policy["spec"].get("egress", []):
            assert rule["to"], policy["metadata"]["name"]
            assert rule["ports"], policy["metadata"]["name"]


def components(peers):
    labels = [peer.get("podSelector", {}).get("matchLabels", {}) for peer in peers]
    return {label["app.kubernetes.io/component"] for label in labels if label}


def callees(policy):
    return set().union(*(components(rule["to"]) for rule in policy["spec"]["egress"]))


def test_who_calls_whom(default):
    services = yaml.safe_load((DEPLOY / "helm" / "meent" / "values.yaml").read_text())["services"]
    calls = {name: callees(default.one("NetworkPolicy", name)) for name in services}
    others = {name: set() for name in services}
    assert calls == others | {"gateway": set(services) - {"gateway"}, "klanten": {"zaken"}}
    for name in services:
        (rule,) = default.one("NetworkPolicy", name)["spec"]["ingress"]
        assert components(rule["from"]) == {caller for caller, called in calls.items() if name in called}
        assert [port["port"] for port in rule["ports"]] == [services[name]["port"]]


def test_a_service_knows_the_address_of_whom_it_calls(default):
    for deployment in default.of("Deployment"):
        name = deployment["metadata"]["labels"]["app.kubernetes.io/component"]
        env = env_of(deployment["spec"]["template"]["spec"]["containers"][0])
        for called in callees(default.one("NetworkPolicy", name)):
            port = default.one("Service", called)["spec"]["ports"][0]["port"]
            assert env[f"MEENT_{called.upper()}_URL"]["value"] == f"http://meent-{called}:{port}"


def egress_ports(policy):
    return [port["port"] for rule in policy["spec"]["egress"] for port in rule["ports"]]


def test_services_reach_dns_postgres_nats_and_otlp_when_asked(default, variants):
    for name in ("autorisaties", "meldingen"):
        assert egress_ports(default.one("NetworkPolicy", name)) == [53, 53, 5432, 4222]
        assert egress_ports(variants["everything"].one("NetworkPolicy", name)) == [53, 53, 5432, 4222, 4318]
    assert egress_ports(default.one("NetworkPolicy", "migrate")) == [53, 53, 5432]


def test_who_calls_urls_of_others_reaches_the_internet_and_no_private_network(default):
    outside = {}
    for policy in default.of("NetworkPolicy"):
        blocks = [to["ipBlock"] for rule in policy["spec"].get("egress", []) for to in rule["to"] if "ipBlock" in to]
        if blocks:
            outside[policy["metadata"]["labels"]["app.kubernetes.io/component"]] = blocks
    assert set(outside) == {"notificaties", "zaken"}
    for four, six in outside.values():
        assert {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"} <= set(four["except"])
        assert {"::1/128", "fc00::/7", "fe80::/10"} <= set(six["except"])


def test_metrics_are_for_monitoring_only(default, variants):
    assert "annotations" not in default.one("Deployment", "zaken")["spec"]["template"]["metadata"]
    everything = variants["everything"]
    annotations = everything.one("Deployment", "zaken")["spec"]["template"]["metadata"]["annotations"]
    assert annotations["prometheus.io/path"] == "/metrics"
    assert annotations["prometheus.io/port"] == "8102"
    (rule,) = everything.one("NetworkPolicy", "zaken")["spec"]["ingress"]
    assert {"namespaceSelector": {}} in rule["from"]


def test_no_secret_in_any_manifest(rendered):
    assert rendered.of("Secret") == []
    assert rendered.of("ConfigMap") == []
    text = yaml.safe_dump_all(rendered)
    assert not re.search(r"(postgres(ql)?|nats)://", text)
    for _, container in rendered.containers():
        for name, env in env_of(container).items():
            if name == "MEENT_NATS" or name.endswith("_DATABASE"):
                assert "value" not in env, name
                assert set(env["valueFrom"]) == {"secretKeyRef"}, name


def test_a_service_gets_its_own_secrets_only(default):
    for deployment in default.of("Deployment"):
        name = deployment["metadata"]["labels"]["app.kubernetes.io/component"]
        pod = deployment["spec"]["template"]["spec"]
        references = [e["valueFrom"]["secretKeyRef"] for e in pod["containers"][0]["env"] if "valueFrom" in e]
        assert references == [{"name": NATS, "key": name}, {"name": DATABASES, "key": name}]
        assert [v["secret"]["secretName"] for v in pod["volumes"] if "secret" in v] == [KEYS]


def test_applicaties_are_mounted_at_autorisaties_only(variants):
    for deployment in variants["everything"].of("Deployment"):
        pod = deployment["spec"]["template"]["spec"]
        mounted = "meent-applicaties" in [v["secret"]["secretName"] for v in pod["volumes"] if "secret" in v]
        env = env_of(pod["containers"][0])
        assert mounted == ("MEENT_APPLICATIES" in env) == (pod["containers"][0]["name"] == "autorisaties")


def test_mounted_files_are_where_the_variables_say(variants):
    for name, container in variants["everything"].containers():
        mounts = [mount["mountPath"] for mount in container["volumeMounts"]]
        for env in container["env"]:
            if env.get("value", "").startswith("/"):
                assert env["value"].rpartition("/")[0] in mounts, name


def test_settings_arrive(variants):
    env = env_of(variants["everything"].one("Deployment", "notificaties")["spec"]["template"]["spec"]["containers"][0])
    assert env["MEENT_PUBLIC_URL"]["value"] == "https://meent.example.nl"
    assert env["MEENT_GEMEENTE"]["value"] == "gm9001"
    assert env["MEENT_POLICY_MAX_AGE"]["value"] == "900"
    assert env["MEENT_FORMER_URLS"]["value"] == "https://oud.example.nl"
    assert env["MEENT_ALLOW_HOSTS"]["value"] == "10.1.0.0/16,zaken.intern:8443"
    assert env["MEENT_OTLP"]["value"] == "http://collector.monitoring:4318"


def test_every_variable_is_documented(rendered):
    """deploy/README.md lists what the chart sets; <SERVICE> stands for the name of any service."""
    documented = set(re.findall(r"^\| `(MEENT_[A-Z0-9_<>]+)`", (DEPLOY / "README.md").read_text(), re.MULTILINE))
    names = {name for _, container in rendered.containers() for name in env_of(container)}
    for service in [container["name"] for _, container in rendered.containers()]:
        names = {name.replace(f"MEENT_{service.upper()}_", "MEENT_<SERVICE>_") for name in names}
    assert names <= documented


@pytest.mark.parametrize("name", ["on", "yes", "null", "1e3"])
def test_a_release_with_a_name_that_yaml_reads_as_something_else(render, name):
    for item in render(name=name):
        assert item["metadata"]["labels"]["app.kubernetes.io/instance"] == name
        assert isinstance(item["metadata"]["name"], str)
