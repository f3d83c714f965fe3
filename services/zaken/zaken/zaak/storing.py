"""From what a caller sends to the row of a zaak: opening one and changing one, by PUT and PATCH alike."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy.exc import IntegrityError

from chassis import clock
from chassis.problems import FieldError, Invalid, NotFound
from chassis.references import bad_url
from chassis.resource import new_id
from chassis.unit import Unit
from services.zaken.catalogi.zaaktype.fields import ZAAKTYPE
from services.zaken.closing import FORCED, scopes_to_change
from services.zaken.events import Actie
from services.zaken.informatieobject import informatieobjecten_of
from services.zaken.numbering import opening
from services.zaken.validation import constraint_of, judged
from services.zaken.vertrouwelijkheid import rank
from services.zaken.visibility import require
from services.zaken.zaken.geometrie import bounds
from services.zaken.zaken.zaak.fields import ZAAK, Archiefstatus, Zaak, ZaakIn
from services.zaken.zaken.zaak.rules import (
    check_archived,
    check_fixed,
    check_products,
    check_values,
    hoofdzaak_of,
    judge_foreign,
    lock_zaken,
    relevante_zaken,
    unpaid_when_nvt,
)

_ELSEWHERE = {"zaaktype", "hoofdzaak", "relevante_andere_zaken"}
"""Fields of a body that are stored under another name."""
_ALWAYS = ("identificatie", "registratiedatum", "vertrouwelijkheidaanduiding")
"""Fields that every zaak has a value for: a change without one leaves them as they are."""
_OWN = ("archiefnominatie", "archiefstatus", "archiefactiedatum", "startdatum_bewaartermijn")
"""Fields that the register fills in by its own rules: a PUT that does not name them leaves them as they are."""
_PRESENT = """
SELECT representation, zaaktype_id, vertrouwelijkheid, hoofdzaak_id, archiefstatus, communicatiekanaal,
    relevante_andere_zaken
FROM zaak WHERE id = $1
"""
SCOPES_TO_CHANGE = ("zaken.bijwerken", FORCED)
Whole = Callable[[dict[str, Any]], ZaakIn]


async def new_zaak(unit: Unit, body: ZaakIn) -> tuple[Zaak, asyncpg.Record]:
    """The row of a new zaak and its zaaktype. Raises Invalid: the zaaktype exists (zrc-001)."""
    today = clock.today()
    zaaktype_id = unit.runtime.references.local_id(ZAAKTYPE, body.zaaktype)
    if zaaktype_id is None:
        raise Invalid([await judged(unit, body.zaaktype, "zaaktype")])
    found = await opening(unit, zaaktype_id, body.bronorganisatie, today, number=not body.identificatie)
    if found is None:
        raise Invalid([bad_url("zaaktype")])
    values = body.model_dump(exclude=_ELSEWHERE)
    values["identificatie"] = body.identificatie or found["identificatie"]
    values["registratiedatum"] = body.registratiedatum or today
    values["vertrouwelijkheidaanduiding"] = body.vertrouwelijkheidaanduiding or found["vertrouwelijkheidaanduiding"]
    values["vertrouwelijkheid"] = rank(values["vertrouwelijkheidaanduiding"])
    values |= bounds(values["zaakgeometrie"])
    # id and lists are given: a default factory costs a signature inspection each time
    return Zaak(id=new_id(), **values, relevante_andere_zaken=[], zaaktype_id=zaaktype_id), found


async def check_new(unit: Unit, row: Zaak, body: ZaakIn, zaaktype: asyncpg.Record) -> None:
    """Raises Invalid with all that is wrong."""
    findings = check_values(body.model_dump(exclude=_ELSEWHERE))
    check_products(findings, row.producten_of_diensten, zaaktype["producten_of_diensten"])
    if zaaktype["concept"]:
        findings.add("zaaktype", "not-published", "Het zaaktype is nog een concept.")
    findings.errors += await judge_foreign(unit, body)
    findings.stop_if_any()


async def link(unit: Unit, row: Zaak, body: ZaakIn) -> Zaak | None:
    """Set the zaken a new one refers to. Returns its hoofdzaak. Raises Invalid."""
    if body.relevante_andere_zaken:
        row.relevante_andere_zaken = await relevante_zaken(unit, body.relevante_andere_zaken, [])
    if not body.hoofdzaak:
        return None
    hoofdzaak = await hoofdzaak_of(unit, body.hoofdzaak)
    row.hoofdzaak_id = hoofdzaak.id
    return hoofdzaak


async def store_new(unit: Unit, row: Zaak) -> None:
    """Insert a zaak. Raises Invalid when its number is taken (zrc-002)."""
    try:
        await unit.create(ZAAK, row)
    except IntegrityError as error:
        raise _not_unique(error) from error


async def update(unit: Unit, zaak_id: UUID, whole: Whole, actie: Actie, *, refers: bool = True) -> Zaak:
    """Change a zaak the caller may change. whole: the whole zaak after the change, from its JSON now. refers: whether
    the change may name other zaken or resources of other providers. Raises NotFound, PermissionDenied or Invalid.
    """
    errors, related = await _look_ahead(unit, zaak_id, whole) if refers else ([], set())
    rows = {row.id: row for row in await lock_zaken(unit, {zaak_id, *related})}
    if (row := rows.get(zaak_id)) is None:
        raise NotFound
    references = unit.runtime.references
    require(unit.caller, references, row.zaaktype_id, row.vertrouwelijkheid, *scopes_to_change(row))
    await _change(unit, row, whole(orjson.loads(unit.body(ZAAK, row))), actie, errors)
    return row


async def _look_ahead(unit: Unit, zaak_id: UUID, whole: Whole) -> tuple[list[FieldError], set[UUID]]:
    """What is wrong with the resources of others in a change, and which zaken to lock besides the one that changes.

    Asked for before anything is locked, of a zaak as it is just before; what was referred to already is not asked again.
    """
    references = unit.runtime.references
    rows = await unit.runtime.database.fetch(_PRESENT, zaak_id)
    if not rows:
        raise NotFound
    present = rows[0]
    require(unit.caller, references, present["zaaktype_id"], present["vertrouwelijkheid"], *SCOPES_TO_CHANGE)
    body = whole(orjson.loads(present["representation"]))
    known = {present["communicatiekanaal"], *(one.get("url") for one in present["relevante_andere_zaken"])}
    errors = await judge_foreign(unit, body, known)
    if body.archiefstatus not in {Archiefstatus.nog_te_archiveren, present["archiefstatus"]}:
        errors += check_archived(await informatieobjecten_of(unit, zaak_id))
    related = (present["hoofdzaak_id"], references.local_id(ZAAK, body.hoofdzaak or ""))
    return errors, {one for one in related if one is not None}


async def _change(unit: Unit, row: Zaak, body: ZaakIn, actie: Actie, errors: list[FieldError]) -> None:
    """Check and set all of a zaak, render it and the hoofdzaken it left or joined. Raises Invalid."""
    values = body.model_dump(exclude=_ELSEWHERE)
    values |= {name: getattr(row, name) for name in _ALWAYS if not values[name]}
    values |= {name: getattr(row, name) for name in _OWN if name not in body.model_fields_set}
    unpaid_when_nvt(row, values)
    findings = check_fixed(unit, row, body)
    findings.errors += errors + check_values(values).errors
    if values["producten_of_diensten"] != row.producten_of_diensten:
        check_products(findings, values["producten_of_diensten"], await _offered(unit, row.zaaktype_id))
    findings.stop_if_any()
    touched = await _change_hoofdzaak(unit, row, body.hoofdzaak)
    present = row.relevante_andere_zaken
    row.relevante_andere_zaken = await relevante_zaken(unit, body.relevante_andere_zaken, present)
    for name, value in (values | bounds(values["zaakgeometrie"])).items():
        setattr(row, name, value)
    row.vertrouwelijkheid = rank(row.vertrouwelijkheidaanduiding)
    try:
        await unit.change(ZAAK, row, action=actie)
    except IntegrityError as error:
        raise _not_unique(error) from error
    for other in touched:
        await unit.touch(ZAAK, other)


async def _change_hoofdzaak(unit: Unit, row: Zaak, url: str | None) -> list[Zaak]:
    """Let a zaak leave its hoofdzaak or join one. Returns those that show it."""
    wanted = unit.runtime.references.local_id(ZAAK, url) if url else None
    if wanted == row.hoofdzaak_id and (wanted or not url):
        return []
    left: Zaak | None = row.hoofdzaak_id and await unit.get(ZAAK, row.hoofdzaak_id, lock=True)  # type: ignore[assignment]
    joined = await hoofdzaak_of(unit, url, row) if url else None
    row.hoofdzaak_id = joined.id if joined else None
    return [zaak for zaak in (left, joined) if zaak]


async def _offered(unit: Unit, zaaktype_id: UUID) -> list[str]:
    connection = await unit.connection()
    return list(await connection.fetchval("SELECT producten_of_diensten FROM zaaktype WHERE id = $1", zaaktype_id))


def _not_unique(error: IntegrityError) -> Exception:
    if constraint_of(error) != "zaak_identificatie_uniek":
        return error
    return Invalid.field("identificatie", "identificatie-niet-uniek", "Deze identificatie bestaat al.")
