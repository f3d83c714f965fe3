"""An installation as the collections expect to find it: their clients declared, the stand-ins beside it."""

import contextlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from meent.installation import Installation
from tests.conformance.stub import serving
from tests.conformance.suites import CLIENTS, Client

# What a collection calls an API → where it is.
APIS = {
    "zrc": "zaken",
    "ztc": "catalogi",
    "drc": "documenten",
    "brc": "besluiten",
    "ac": "autorisaties",
    "nrc": "notificaties",
}


def declared(clients: Iterable[Client]) -> dict[str, Any]:
    """The declarative file for these clients: all rights, or a secret and no rights."""
    credentials = {client: {"clientId": client.client_id, "secret": client.secret} for client in clients}
    return {
        "applicaties": [
            {"label": client.client_id, "heeftAlleAutorisaties": True, "credentials": [credential]}
            for client, credential in credentials.items()
            if client.all_rights
        ],
        "credentials": [credential for client, credential in credentials.items() if not client.all_rights],
    }


def variables(gateway: str, stub: str) -> dict[str, str]:
    """newman's environment, by the names the collections use."""
    strong, limited, *_ = CLIENTS
    return {
        **{f"{short}_url": f"{gateway}/{api}/api/v1" for short, api in APIS.items()},
        "referentielijst_url": f"{stub}/referentielijsten/api/v1",
        "mock_url": f"{stub}/mock",
        "token-issuer_url": f"{stub}/token-issuer",
        "client_id": strong.client_id,
        "secret": strong.secret,
        "client_id_limited": limited.client_id,
        "secret_limited": limited.secret,
    }


@contextlib.contextmanager
def ready_for(folder: Path) -> Iterator[dict[str, str]]:
    """Everything runs; gives a collection's variables. StartError when something does not start."""
    applicaties = folder / "applicaties.json"  # JSON is YAML
    applicaties.write_text(json.dumps(declared(CLIENTS)), "utf-8")
    installation = Installation(
        folder / "data", durable=False, environment={"MEENT_APPLICATIES": str(applicaties)}, tell=print
    )
    with serving(CLIENTS) as stub, installation:
        yield variables(installation.public_url, stub)
