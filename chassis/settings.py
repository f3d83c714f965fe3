"""What an operator sets: environment variables `MEENT_…`, or files of the same name in the folder `MEENT_SECRETS`.

An empty variable counts as unset. A service adds its own fields by inheriting `Settings` in its `settings.py`.
"""

import os
from pathlib import Path
from typing import Self

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.catalog import load_catalog


class Settings(BaseSettings):
    """Settings of one running service. `service` is its name in services.toml."""

    model_config = SettingsConfigDict(env_prefix="MEENT_", env_ignore_empty=True, extra="ignore")

    service: str
    database: SecretStr = SecretStr("")
    """DSN, from MEENT_<SERVICE>_DATABASE."""
    public_url: str = "http://127.0.0.1:8080"
    """Canonical base URL, through the gateway, without trailing slash: part of every identifier."""
    former_urls: str = ""
    gemeente: str = "gm9001"
    nats: SecretStr = SecretStr("nats://127.0.0.1:4222")
    keys: SecretStr = SecretStr("")
    """Data keys: a path, or the JSON itself (see chassis.sealing)."""
    applicaties: str = ""
    """Declarative files with applicaties and credentials, separated by a colon."""
    allow_hosts: str = ""
    policy_max_age: int = 900
    otlp: str = ""
    pool_size: int = 10
    max_body: int = 10 * 1024 * 1024
    """Bytes of a request body; larger answers 413."""

    @classmethod
    def load(cls, service: str) -> Self:
        """Read the settings of `service` from the environment and the folder MEENT_SECRETS."""
        secrets = os.environ.get("MEENT_SECRETS") or None
        name = f"MEENT_{service.upper()}_DATABASE"
        dsn = os.environ.get(name, "") or _read_secret(secrets, name)
        return cls(service=service, database=SecretStr(dsn), _secrets_dir=secrets)

    def missing(self) -> list[str]:
        """Names of the settings, besides those of every service, that this one must not start without."""
        return []

    @property
    def own_urls(self) -> tuple[str, ...]:
        """The present and the former public base URLs: a reference below one of these is our own."""
        former = [url.strip().rstrip("/") for url in self.former_urls.split(",") if url.strip()]
        return (self.public_url.rstrip("/"), *former)

    @property
    def source(self) -> str:
        """CloudEvents `source`: a URN that names the organisation and the system, not the data."""
        return f"urn:nld:gemeente:{self.gemeente}:systeem:{self.service}"


def internal_url(service: str) -> str:
    """Base URL at which services reach `service` inside the installation: MEENT_<SERVICE>_URL or its port on loopback."""
    port = load_catalog().services[service].port
    return (os.environ.get(f"MEENT_{service.upper()}_URL") or f"http://127.0.0.1:{port}").rstrip("/")


def _read_secret(folder: str | None, name: str) -> str:
    if not folder:
        return ""
    for candidate in (Path(folder) / name, Path(folder) / name.lower()):
        if candidate.is_file():
            return candidate.read_text().strip()
    return ""
