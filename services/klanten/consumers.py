"""What the service klanten does on events: it keeps the zaak of each verhuizing, as a client of the Zaken API."""

from uuid import UUID

from sqlalchemy import text

from chassis.cloudevents import Event
from chassis.consuming import Consumer, Hopeless
from chassis.problems import Unavailable
from chassis.unit import Unit
from services.klanten import zaken
from services.klanten.events import (
    VERHUIZING_AFGEROND,
    VERHUIZING_GEWEIGERD,
    VERHUIZING_INGETROKKEN,
    VERHUIZING_ONTVANGEN,
    VERHUIZING_ONVOLLEDIG,
)
from services.klanten.verhuizingen.inhoud import Inhoud
from services.klanten.verhuizingen.verhuizing import VERHUIZING, Verhuizing

BEGINS = (VERHUIZING_ONTVANGEN, VERHUIZING_ONVOLLEDIG)
ENDS = {
    VERHUIZING_AFGEROND.type: "Verwerkt",
    VERHUIZING_INGETROKKEN.type: "Ingetrokken",
    VERHUIZING_GEWEIGERD.type: "Geweigerd",
}
"""What ends a verhuizing, and the omschrijving of the resultaattype of its zaak then."""


async def keep_zaak(event: Event, unit: Unit) -> None:
    """Open the zaak of a verhuizing that came in, complete or not, and end it when the verhuizing is over.

    One consumer for both, so that the end of a verhuizing waits for its beginning.
    """
    verhuizing_id = UUID(event.subject)
    await alone(unit, verhuizing_id)
    found = await unit.runtime.database.fetch(
        "SELECT kenmerk, datum_aangifte, zaak, inhoud FROM verhuizing WHERE id = $1", verhuizing_id
    )
    if not found:
        raise Hopeless("this verhuizing does not exist")
    before = found[0]
    url = before["zaak"]
    if url is None:
        content = Inhoud.opened(unit.runtime.keyring, verhuizing_id, before["inhoud"])
        url = await zaken.open_zaak(unit.runtime, before["kenmerk"], before["datum_aangifte"], content.verhuizers)
    if event.type in ENDS:
        await zaken.close_zaak(unit.runtime, before["kenmerk"], ENDS[event.type])
    row: Verhuizing = await unit.get(VERHUIZING, verhuizing_id, lock=True)
    row.zaak = url
    await unit.change(VERHUIZING, row, action="zaak")


async def alone(unit: Unit, verhuizing_id: UUID) -> None:
    """Raises Unavailable while another replica is at the zaak of this verhuizing: what takes longer than the ack wait comes
    again, and two who look before they write would both write. It costs a transaction that is open during the calls.
    """
    lock = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")
    if not await unit.session.scalar(lock, {"name": f"zaak:{verhuizing_id}"}):
        raise Unavailable("zaak-in-behandeling", "Aan deze zaak wordt al gewerkt.")


HEARD = (*BEGINS, VERHUIZING_AFGEROND, VERHUIZING_INGETROKKEN, VERHUIZING_GEWEIGERD)
CONSUMERS = (Consumer("zaak", "VERHUIZINGEN", tuple(event.subject for event in HEARD), keep_zaak),)
