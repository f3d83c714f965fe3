"""From what a caller sends to the row of a document: a new one, and a next version of one, by PUT and PATCH alike."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.exc import IntegrityError

from chassis.problems import Invalid, NotFound
from chassis.resource import new_id
from chassis.unit import Unit
from services.zaken import events
from services.zaken.audittrail import erase
from services.zaken.catalogi.informatieobjecttype import INFORMATIEOBJECTTYPE, Informatieobjecttype
from services.zaken.documenten.announcing import announce
from services.zaken.documenten.enkelvoudiginformatieobject.content import Content, content_of
from services.zaken.documenten.enkelvoudiginformatieobject.fields import (
    EIO,
    Changed,
    Enkelvoudiginformatieobject,
    EnkelvoudiginformatieobjectFields,
    EnkelvoudiginformatieobjectIn,
    EnkelvoudiginformatieobjectWithLockIn,
)
from services.zaken.documenten.enkelvoudiginformatieobject.rules import (
    check_destroyable,
    check_gebruiksrecht,
    check_lock,
    check_status,
    published_type,
    type_id_of,
)
from services.zaken.documenten.opslag.bestand import forget
from services.zaken.documenten.visibility import (
    AANMAKEN,
    RIGHTS_COLUMNS,
    TO_CHANGE,
    VERWIJDEREN,
    require,
    require_any,
    require_for,
)
from services.zaken.events import Actie
from services.zaken.numbering import Numbers, free_number
from services.zaken.validation import Findings, constraint_of
from services.zaken.vertrouwelijkheid import rank

DOCUMENTNUMMERS = Numbers("DOCUMENT", "enkelvoudiginformatieobject", "bronorganisatie")
Whole = Callable[[dict[str, Any]], Changed | EnkelvoudiginformatieobjectWithLockIn]
_PRESENT = f"SELECT representation, lock, {RIGHTS_COLUMNS} FROM enkelvoudiginformatieobject WHERE id = $1"  # noqa: S608
_KEEP = """
INSERT INTO eerdere_versie (eio_id, versie, begin_registratie, representation, bestand_id)
VALUES ($1, $2, $3, $4, $5)
"""
_DESTROY = (
    "DELETE FROM gebruiksrechten WHERE eio_id = $1",
    "DELETE FROM verzending WHERE eio_id = $1",
    "DELETE FROM bestandsdeel WHERE eio_id = $1",
    "DELETE FROM eerdere_versie WHERE eio_id = $1",
    "DELETE FROM enkelvoudiginformatieobject WHERE id = $1",
)
_CONTENTS = """
SELECT bestand_id FROM enkelvoudiginformatieobject WHERE id = $1 AND bestand_id IS NOT NULL
UNION SELECT bestand_id FROM eerdere_versie WHERE eio_id = $1 AND bestand_id IS NOT NULL
UNION SELECT bestand_id FROM bestandsdeel WHERE eio_id = $1 AND bestand_id IS NOT NULL
"""


async def create(unit: Unit, body: EnkelvoudiginformatieobjectIn) -> Enkelvoudiginformatieobject:
    """Store a new document and what it contains. Raises Invalid with all that is wrong, or PermissionDenied."""
    require_any(unit.caller, unit.runtime.references, AANMAKEN)
    type_id, findings = await type_id_of(unit, body), Findings()
    require(unit.caller, unit.runtime.references, type_id, 1, AANMAKEN)
    content = await content_of(unit, body, None)
    informatieobjecttype = await published_type(unit, findings, type_id)
    values = values_of(body, informatieobjecttype, type_id)
    row = Enkelvoudiginformatieobject(id=new_id(), identificatie="", begin_registratie=unit.at, **values)
    require_for(unit.caller, unit.runtime.references, row, AANMAKEN)
    check_status(findings, body)
    await check_gebruiksrecht(unit, findings, body, None)
    findings.stop_if_any()
    row.identificatie = body.identificatie or await free_number(unit, DOCUMENTNUMMERS, row.bronorganisatie)
    await content.attach(unit, row)
    await _stored(unit.create(EIO, row))
    await content.plan(unit, row)
    announce(unit, events.ENKELVOUDIGINFORMATIEOBJECT.toegevoegd, row, EIO, row)
    return row


async def update(unit: Unit, eio_id: UUID, whole: Whole, actie: Actie) -> Enkelvoudiginformatieobject:
    """Make a next version of a document the caller may change. whole: all of it after the change, from its JSON now.
    Raises NotFound, PermissionDenied or Invalid.
    """
    type_id, content = await _look_ahead(unit, eio_id, whole)
    row: Enkelvoudiginformatieobject = await unit.get(EIO, eio_id, lock=True)
    body, references = whole(orjson.loads(unit.body(EIO, row))), unit.runtime.references  # as it is now
    require_for(unit.caller, references, row, *TO_CHANGE)
    check_lock(row, body.lock)
    findings, type_id = Findings(), references.local_id(INFORMATIEOBJECTTYPE, body.informatieobjecttype) or type_id
    informatieobjecttype = await published_type(unit, findings, type_id)
    check_status(findings, body)
    await check_gebruiksrecht(unit, findings, body, row)
    findings.stop_if_any()
    connection = await unit.connection()
    kept = (row.id, row.versie, row.begin_registratie, row.representation, row.bestand_id)
    await connection.execute(_KEEP, *kept)
    for name, value in values_of(body, informatieobjecttype, type_id).items():
        setattr(row, name, value)
    require_for(unit.caller, references, row, *TO_CHANGE)
    row.identificatie = body.identificatie or row.identificatie
    row.versie, row.begin_registratie = row.versie + 1, unit.at
    await content.attach(unit, row)
    await _stored(unit.change(EIO, row, action=actie))
    await content.plan(unit, row)
    announce(unit, events.ENKELVOUDIGINFORMATIEOBJECT.gewijzigd, row, EIO, row, actie=actie)
    return row


async def _look_ahead(unit: Unit, eio_id: UUID, whole: Whole) -> tuple[UUID, Content]:
    """The type and the content that a change names, before anything is locked: content is written and other providers
    are asked meanwhile.
    """
    references = unit.runtime.references
    require_any(unit.caller, references, *TO_CHANGE)
    rows = await unit.runtime.database.fetch(_PRESENT, eio_id)
    if not rows:
        raise NotFound
    present = rows[0]
    type_id, level = present["informatieobjecttype_id"], present["vertrouwelijkheid"]
    require(unit.caller, references, type_id, level, *TO_CHANGE)
    body = whole(orjson.loads(present["representation"]))
    return await type_id_of(unit, body), await content_of(unit, body, orjson.loads(present["representation"]))


def values_of(
    body: EnkelvoudiginformatieobjectIn, informatieobjecttype: Informatieobjecttype | None, type_id: UUID
) -> dict[str, Any]:
    """What a body says, by column; what it does not say of vertrouwelijkheid, the type says (drc-007)."""
    of_type = informatieobjecttype.vertrouwelijkheidaanduiding if informatieobjecttype else "zeer_geheim"
    level = str(body.vertrouwelijkheidaanduiding or of_type)
    return {
        **{name: getattr(body, name) for name in EnkelvoudiginformatieobjectFields.model_fields},
        "informatieobjecttype_id": type_id,
        "vertrouwelijkheidaanduiding": level,
        "vertrouwelijkheid": rank(level),
        "indicatie_gebruiksrecht": body.indicatie_gebruiksrecht,
        "ondertekening": body.ondertekening.model_dump(mode="json") if body.ondertekening else None,
        "integriteit": body.integriteit.model_dump(mode="json") if body.integriteit else None,
    }


async def destroy(unit: Unit, row: Enkelvoudiginformatieobject) -> None:
    """Remove a document for good: its versions, content, gebruiksrechten, verzendingen and audit trail (drc-008).
    Raises Invalid.
    """
    require_for(unit.caller, unit.runtime.references, row, VERWIJDEREN)
    await check_destroyable(unit, row)
    await remove(unit, row)


async def remove(unit: Unit, row: Enkelvoudiginformatieobject) -> None:
    """Remove a document, locked, that nothing belongs to any more."""
    announce(unit, events.ENKELVOUDIGINFORMATIEOBJECT.verwijderd, row, EIO, row)
    connection = await unit.connection()
    contents = [one["bestand_id"] for one in await connection.fetch(_CONTENTS, row.id)]
    for statement in _DESTROY:
        await connection.execute(statement, row.id)
    await forget(unit, contents)
    await erase(unit, [row.id])


async def _stored(storing: Any) -> None:
    """Raises Invalid when the identificatie is taken."""
    try:
        await storing
    except IntegrityError as error:
        if constraint_of(error) != "enkelvoudiginformatieobject_identificatie_uniek":
            raise
        reason = "Deze identificatie bestaat al."
        raise Invalid.field("identificatie", "identificatie-niet-uniek", reason) from error
