"""`meent run SERVICE`: one service in this process, the way a container runs it."""

import argparse
import gc
import importlib
import sys
from typing import Any

import uvicorn

from chassis.catalog import load_catalog
from chassis.settings import Settings


def execute(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM. Exit code 2 when a setting is missing, with one line that names it."""
    service = load_catalog().services[arguments.service]
    missing = missing_settings(service.name)
    if missing:
        print(f"meent run {service.name}: not set: {', '.join(missing)}", file=sys.stderr)
        return 2
    application = load_application(service.app)
    runtime = getattr(application, "runtime", None)  # an application need not be one of the chassis
    missing = runtime.settings.missing() if runtime else []
    if missing:
        print(f"meent run {service.name}: not set: {', '.join(missing)}", file=sys.stderr)
        return 2
    # What exists now lives as long as the process: keep the garbage collector from walking it again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    server = uvicorn.Server(
        uvicorn.Config(
            application,
            host=arguments.host,
            port=service.port if arguments.port is None else arguments.port,
            loop="uvloop",
            http="httptools",
            ws="none",
            access_log=False,
            server_header=False,
            log_config=None,
            timeout_graceful_shutdown=max(1, round(arguments.grace)),
        )
    )
    server.run()
    return 0 if server.started else 1


def missing_settings(service: str) -> list[str]:
    """Names of the settings without which a service must not start."""
    settings = Settings.load(service)
    present = {
        f"MEENT_{service.upper()}_DATABASE": bool(settings.database.get_secret_value()),
        "MEENT_NATS": "nats" in settings.model_fields_set,
        "MEENT_KEYS": bool(settings.keys.get_secret_value()),
    }
    return [name for name, given in present.items() if not given]


def load_application(path: str) -> Any:
    """The ASGI application of an import string `package.module:name`."""
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)
