"""The fan-out: which afdelingen are told of a verhuizing, a correction or a withdrawal, and of what exactly.

Everything here happens in the transaction that gives the verhuizing its status: the opvolgingen, their logboekregels
and their events are there together or not at all.
"""

import uuid
from collections.abc import Mapping, Sequence

from chassis import clock
from chassis.resource import new_id
from chassis.unit import Unit
from services.klanten.brp import BrpPersoon
from services.klanten.events import OPVOLGING_GECORRIGEERD, OPVOLGING_GEVRAAGD, OPVOLGING_INGETROKKEN, OpvolgingData
from services.klanten.verhuizingen import logboekregel
from services.klanten.verhuizingen.afdelingsprofiel import AFDELINGSPROFIEL, Afdelingsprofiel, active, leeftijd_of
from services.klanten.verhuizingen.gegevensset import PERSONAL, Facts, Followed, concerned, gegevens
from services.klanten.verhuizingen.opvolging import (
    OPVOLGING,
    Opvolging,
    OpvolgingStatus,
    Soort,
    Verstrekking,
    newest_per_afdeling,
    seal,
    told_of,
)
from services.klanten.verhuizingen.termijnen import uiterlijk_op
from services.klanten.verhuizingen.verhuizing import Verhuizing, content_of
from services.klanten.verhuizingen.volgindicatie import followed

EVENTS = {
    Soort.verhuizing: OPVOLGING_GEVRAAGD,
    Soort.correctie: OPVOLGING_GECORRIGEERD,
    Soort.intrekking: OPVOLGING_INGETROKKEN,
}


async def tell(unit: Unit, row: Verhuizing, registered: Mapping[str, BrpPersoon]) -> list[Opvolging]:
    """Tell everyone whose profile matches, and of a correction also everyone who was told before.

    Who was told before hears a `correctie` about the same people and those who match now; who was not, a `verhuizing`.
    Of somebody whom the profile no longer covers it hears no field that it did not already have.
    """
    facts = Facts(content_of(unit, row), row.datum_adreshouding, registered)
    follows = await followed(unit, facts.inhoud)
    told = await newest_per_afdeling(unit, row.id)
    made = []
    for profiel in await active(unit):
        before = told.get(profiel.afdeling)
        known = set() if before is None else set(told_of(unit, before).personen)
        matching = concerned(facts, profiel.volgt, leeftijd_of(profiel), follows.get(profiel.afdeling, Followed()))
        movers = [mover for mover in facts.inhoud.verhuizers if mover.partij in known or mover in matching]
        if before is None and not movers:
            continue
        fields = profiel.gegevens
        if before is not None and any(mover not in matching for mover in movers):
            fields = [name for name in fields if name in told_of(unit, before).gegevens]
        content = Verstrekking(personen=[mover.partij for mover in movers], gegevens=gegevens(fields, facts, movers))
        soort = Soort.verhuizing if before is None else Soort.correctie
        made.append(await _ask(unit, row, profiel, soort, content))
    return made


async def tell_withdrawn(unit: Unit, row: Verhuizing) -> list[Opvolging]:
    """Tell everyone who was told, and nobody else, that it is off: with what they were told, so they can find it."""
    made = []
    for before in (await newest_per_afdeling(unit, row.id)).values():
        profiel = await unit.get(AFDELINGSPROFIEL, before.profiel_id)
        told = told_of(unit, before)
        content = Verstrekking(personen=told.personen, gegevens=told.gegevens)
        made.append(await _ask(unit, row, profiel, Soort.intrekking, content))
    return made


async def _ask(
    unit: Unit, verhuizing: Verhuizing, profiel: Afdelingsprofiel, soort: Soort, content: Verstrekking
) -> Opvolging:
    row_id = new_id()
    row = Opvolging(
        id=row_id,
        verhuizing_id=verhuizing.id,
        profiel_id=profiel.id,
        kenmerk=verhuizing.kenmerk,
        volgnummer=verhuizing.volgnummer,
        afdeling=profiel.afdeling,
        soort=soort,
        grondslag=profiel.grondslag,
        doelbinding=profiel.doelbinding,
        profiel_versie=profiel.versie,
        status=OpvolgingStatus.te_bezorgen,
        uiterlijk_op=uiterlijk_op(clock.today(), profiel.termijn_dagen),
        aangemaakt_op=unit.at,
        inhoud=seal(unit, content, row_id),
    )
    await unit.create(OPVOLGING, row)
    _log(unit, row, profiel, content)
    data = OpvolgingData(
        opvolging=row.id, kenmerk=row.kenmerk, volgnummer=row.volgnummer, velden=list(content.gegevens)
    )
    unit.emit(
        EVENTS[soort],
        about=row.id,
        data=data,
        dataref=unit.url(OPVOLGING, row.id),
        aggregate=uuid.uuid5(verhuizing.id, profiel.afdeling),
        afdeling=profiel.afdeling,
    )
    return row


def _log(unit: Unit, row: Opvolging, profiel: Afdelingsprofiel, content: Verstrekking) -> None:
    """A line per person the afdeling learns of; one without a person when it learns of none."""
    subjects: Sequence[uuid.UUID | None] = content.personen if PERSONAL & content.gegevens.keys() else [None]
    for partij in subjects:
        logboekregel.write(unit, row, profiel.verwerkingsactiviteit, partij)
