"""Where the notificaties of an abonnement go, with the Authorization value, opened; it lives in memory only."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from chassis.runtime import Runtime


def auth_context(abonnement_id: UUID) -> str:
    """What a sealed Authorization value is bound to."""
    return f"abonnement:{abonnement_id}:auth"


@dataclass(frozen=True)
class Target:
    """A subscriber's address. `fouten`: failures in a row; `pauze_tot`, `gestopt_op`: see the table `wachtrij`."""

    callback_url: str
    auth: str = field(repr=False)
    fouten: int = 0
    pauze_tot: datetime | None = None
    gestopt_op: datetime | None = None


async def load_target(runtime: Runtime, abonnement_id: UUID) -> Target | None:
    """The present target, or None when there is no such abonnement (any more)."""
    rows = await runtime.database.fetch(
        "SELECT a.callback_url, a.auth, coalesce(w.fouten, 0) AS fouten, w.pauze_tot, w.gestopt_op "
        "FROM abonnement a LEFT JOIN wachtrij w ON w.abonnement_id = a.id WHERE a.id = $1",
        abonnement_id,
    )
    if not rows:
        return None
    row = rows[0]
    auth = runtime.keyring.open(row["auth"], auth_context(abonnement_id)).decode()
    return Target(row["callback_url"], auth, row["fouten"], row["pauze_tot"], row["gestopt_op"])
