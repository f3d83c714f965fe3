"""Settings: from the environment or files, empty is unset, secrets do not show."""

from pathlib import Path

import pytest

from chassis.settings import Settings, internal_url


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MEENT_PUBLIC_URL", "MEENT_GEMEENTE", "MEENT_NATS", "MEENT_KEYS", "MEENT_SECRETS", "MEENT_ZAKEN_DATABASE",
                 "MEENT_ZAKEN_URL", "MEENT_FORMER_URLS", "MEENT_POLICY_MAX_AGE"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)


def test_defaults() -> None:
    settings = Settings.load("zaken")
    assert settings.public_url == "http://127.0.0.1:8080"
    assert (settings.gemeente, settings.policy_max_age, settings.allow_hosts) == ("gm9001", 900, "")
    assert settings.database.get_secret_value() == ""
    assert settings.source == "urn:nld:gemeente:gm9001:systeem:zaken"


def test_from_the_environment_where_empty_is_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEENT_ZAKEN_DATABASE", "postgresql://a")
    monkeypatch.setenv("MEENT_GEMEENTE", "")
    monkeypatch.setenv("MEENT_POLICY_MAX_AGE", "")
    monkeypatch.setenv("MEENT_PUBLIC_URL", "https://x.example")
    settings = Settings.load("zaken")
    assert settings.database.get_secret_value() == "postgresql://a"
    assert (settings.gemeente, settings.policy_max_age) == ("gm9001", 900)
    assert settings.public_url == "https://x.example"
    assert Settings.load("klanten").database.get_secret_value() == ""


@pytest.mark.parametrize("lower", [False, True])
def test_from_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lower: bool) -> None:
    for name, text in (("MEENT_ZAKEN_DATABASE", "postgresql://b\n"), ("MEENT_NATS", "nats://b:c@d\n")):
        (tmp_path / (name.lower() if lower else name)).write_text(text)
    monkeypatch.setenv("MEENT_SECRETS", str(tmp_path))
    settings = Settings.load("zaken")
    assert settings.database.get_secret_value() == "postgresql://b"
    if lower:
        assert settings.nats.get_secret_value() == "nats://b:c@d"


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEENT_ZAKEN_DATABASE", "postgresql://hush")
    monkeypatch.setenv("MEENT_KEYS", "hush")
    monkeypatch.setenv("MEENT_NATS", "nats://a:hush@b")
    assert "hush" not in repr(Settings.load("zaken"))


def test_own_urls_are_the_present_and_the_former(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEENT_PUBLIC_URL", "https://new.example/")
    monkeypatch.setenv("MEENT_FORMER_URLS", " https://old.example/ ,,https://older.example")
    assert Settings.load("zaken").own_urls == ("https://new.example", "https://old.example", "https://older.example")


def test_where_services_reach_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    assert internal_url("zaken") == "http://127.0.0.1:8102"
    monkeypatch.setenv("MEENT_ZAKEN_URL", "http://zaken.svc/")
    assert internal_url("zaken") == "http://zaken.svc"
    monkeypatch.setenv("MEENT_ZAKEN_URL", "")
    assert internal_url("zaken") == "http://127.0.0.1:8102"
