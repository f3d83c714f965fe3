"""Where the notificaties of an abonnement go and how, with its secrets opened; they live in memory only."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg
import orjson

from chassis.runtime import Runtime
from services.notificaties.credentials import Access, access_context, access_of

_ROW = """
SELECT a.callback_url, a.client_id, a.auth, coalesce(w.fouten, 0) AS fouten, w.pauze_tot, w.gestopt_op,
       t.oauth2, t.certificaat, t.servercertificaat, t.geheimen,
       b.gepauzeerd, b.op_volgorde OR b.wacht_op::text <> '[]' AS ordered, b.bundel_maximaal, b.cloudevents_modus, b.ondertekening
FROM abonnement a LEFT JOIN wachtrij w ON w.abonnement_id = a.id LEFT JOIN bezorginstelling b ON b.id = a.id
LEFT JOIN toegang t ON t.id = a.id
WHERE a.id = $1
"""


def auth_context(abonnement_id: UUID) -> str:
    """What a sealed Authorization value is bound to."""
    return f"abonnement:{abonnement_id}:auth"


def signing_context(abonnement_id: UUID) -> str:
    """What sealed secrets of signatures are bound to."""
    return f"abonnement:{abonnement_id}:ondertekening"


@dataclass(frozen=True)
class Target:
    """A subscriber's address. `fouten`: failures in a row; `pauze_tot`, `gestopt_op`: see the table `wachtrij`."""

    callback_url: str
    access: Access
    client_id: str = ""
    """Who took the abonnement."""
    fouten: int = 0
    pauze_tot: datetime | None = None
    gestopt_op: datetime | None = None
    paused: bool = False
    ordered: bool = False
    """One delivery at a time per hoofdobject."""
    at_once: int = 1
    """CloudEvents in one request."""
    binary: bool = False
    sleutels: tuple[bytes, ...] = field(default=(), repr=False)


async def load_target(runtime: Runtime, abonnement_id: UUID) -> Target | None:
    """The present target, or None when there is no such abonnement (any more)."""
    rows = await runtime.database.fetch(_ROW, abonnement_id)
    if not rows:
        return None
    row, keyring = rows[0], runtime.keyring
    sleutels: list[str] = []
    if row["ondertekening"]:
        sleutels = orjson.loads(keyring.open(row["ondertekening"], signing_context(abonnement_id)))
    return Target(
        callback_url=row["callback_url"],
        access=_access(runtime, abonnement_id, row),
        client_id=row["client_id"],
        fouten=row["fouten"],
        pauze_tot=row["pauze_tot"],
        gestopt_op=row["gestopt_op"],
        paused=bool(row["gepauzeerd"]),
        ordered=bool(row["ordered"]),
        at_once=row["bundel_maximaal"] or 1,
        binary=row["cloudevents_modus"] == "binair",
        sleutels=tuple(bytes.fromhex(sleutel) for sleutel in sleutels),
    )


def _access(runtime: Runtime, abonnement_id: UUID, row: asyncpg.Record) -> Access:
    auth = runtime.keyring.open(row["auth"], auth_context(abonnement_id)).decode()
    if not row["geheimen"]:
        return Access(auth)
    secrets = orjson.loads(runtime.keyring.open(row["geheimen"], access_context(abonnement_id)))
    return access_of(runtime.settings.allow_hosts, auth, row, secrets)
