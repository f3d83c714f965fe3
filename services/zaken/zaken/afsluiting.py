"""Closing and reopening a zaak, as its statussen do: what must be there first, and what follows (zrc-007, 008, 021).

Deelzaken whose dossier is kept from the end of their hoofdzaak follow when that closes or opens.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from chassis.problems import Conflict
from chassis.unit import Unit
from services.zaken.archivering import archive, forget
from services.zaken.catalogi.brondatum import Afleidingswijze
from services.zaken.closing import Effect, apply, check_closable, scopes_to_add_status
from services.zaken.events import ZAAK_GEMUTEERD
from services.zaken.informatieobject import Informatieobject, informatieobjecten_of
from services.zaken.validation import Findings
from services.zaken.visibility import require
from services.zaken.zaken.announcing import announce
from services.zaken.zaken.brondatum import archive_closed, look_elsewhere, regime_of
from services.zaken.zaken.zaak.fields import ZAAK, Zaak
from services.zaken.zaken.zaak.rules import lock_zaken

_ZAAK = """
SELECT zaaktype_id, vertrouwelijkheid, einddatum, status_id,
    array(SELECT d.id FROM zaak d WHERE d.hoofdzaak_id = z.id) AS deelzaken
FROM zaak z WHERE id = $1
"""
_DEELZAKEN = "SELECT id FROM zaak WHERE hoofdzaak_id = $1"
_INFORMATIEOBJECTEN = "SELECT informatieobject FROM zaakinformatieobject WHERE zaak_id = $1"


@dataclass(frozen=True)
class Ahead:
    """What is looked up before a zaak is locked to be closed."""

    informatieobjecten: list[Informatieobject] = field(default_factory=list)
    elsewhere: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


async def look_ahead(unit: Unit, zaak_id: UUID | None) -> Ahead:
    """What others keep that closing a zaak asks for, for a caller that may do that. Asked outside the unit of work, which
    holds no connection while another provider answers. Then the zaak and its deelzaken are locked.

    Raises PermissionDenied or Invalid; of a zaak that does not exist there is nothing to know.
    """
    rows = await unit.runtime.database.fetch(_ZAAK, zaak_id) if zaak_id else ()
    if not rows or zaak_id is None:
        return Ahead()
    zaak = SimpleNamespace(**rows[0])
    scopes = scopes_to_add_status(zaak, ends=True, first=zaak.status_id is None)
    require(unit.caller, unit.runtime.references, zaak.zaaktype_id, zaak.vertrouwelijkheid, *scopes)
    ahead = Ahead(await informatieobjecten_of(unit, zaak_id), await look_elsewhere(unit, zaak_id))
    if zaak.deelzaken:
        await lock_zaken(unit, {zaak_id, *zaak.deelzaken})
    return ahead


async def take_effect(unit: Unit, effect: Effect, zaak: Zaak, at: datetime, ahead: Ahead) -> None:
    """Set the dates of a zaak that a status of moment `at` closes or reopens. Raises Invalid when it cannot be closed."""
    if effect is not Effect.closes:
        apply(effect, zaak, at)
        return
    regime = await regime_of((await unit.connection()).fetch, zaak.id)
    await _check(unit, zaak, ahead, resultaat=regime is not None)
    before = zaak.einddatum
    apply(effect, zaak, at)
    if regime is not None:
        await archive_closed(unit, zaak, regime, ahead.elsewhere, before=before)


async def archive_late(unit: Unit, zaak: Zaak) -> None:
    """A zaak that was closed already and gets a resultaat: what becomes of its dossier follows from that, where it is empty."""
    regime = await regime_of((await unit.connection()).fetch, zaak.id) if zaak.einddatum else None
    if regime is not None:
        await archive_closed(unit, zaak, regime, {})
        await unit.change(ZAAK, zaak)


async def pass_on(unit: Unit, hoofdzaak: Zaak, before: date | None) -> None:
    """Let closed deelzaken that are kept from the end of their hoofdzaak follow it. before: the einddatum it had."""
    rows = await (await unit.connection()).fetch(_DEELZAKEN, hoofdzaak.id)
    for zaak in await lock_zaken(unit, [row["id"] for row in rows]) if rows else ():
        regime = await regime_of((await unit.connection()).fetch, zaak.id)
        if zaak.einddatum is None or regime is None or regime.afleidingswijze != Afleidingswijze.hoofdzaak:
            continue
        forget(zaak, regime, before)
        archive(zaak, regime, hoofdzaak.einddatum)
        await unit.change(ZAAK, zaak)
        announce(unit, ZAAK_GEMUTEERD, zaak, ZAAK, zaak)


async def _check(unit: Unit, zaak: Zaak, ahead: Ahead, *, resultaat: bool) -> None:
    """Raises Invalid, or Conflict when an informatieobject came in after `look_ahead`."""
    rows = await (await unit.connection()).fetch(_INFORMATIEOBJECTEN, zaak.id)
    if {row["informatieobject"] for row in rows} - {one.url for one in ahead.informatieobjecten}:
        raise Conflict("informatieobjecten-gewijzigd", "De zaak kreeg net een document. Probeer het opnieuw.")
    findings = Findings()
    check_closable(findings, resultaat=resultaat, informatieobjecten=ahead.informatieobjecten)
    findings.stop_if_any()
