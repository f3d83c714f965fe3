"""The audit trail of a document."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.reading import Reading
from services.zaken.audittrail import AuditTrailOut, Bron, Trail
from services.zaken.documenten.enkelvoudiginformatieobject.fields import EIO
from services.zaken.documenten.gebruiksrechten import GEBRUIKSRECHTEN
from services.zaken.documenten.objectinformatieobject import OBJECTINFORMATIEOBJECT
from services.zaken.documenten.verzending import VERZENDING
from services.zaken.documenten.visibility import RIGHTS_COLUMNS, readable, require_readable

router = APIRouter(tags=["enkelvoudiginformatieobjecten"])
SCOPE = "audittrails.lezen"


# ---- rules


def named(resource: str, content: Mapping[str, Any]) -> str:
    """What a document or a part of it is called: without what names a person."""
    if resource == "enkelvoudiginformatieobject":
        return f"{content.get('bronorganisatie')} - {content.get('identificatie')}"
    if resource == "objectinformatieobject":
        return f"{content.get('informatieobject')} bij {content.get('object')}"[:200]
    return f"{resource} bij {content.get('informatieobject')}"


TRAIL = Trail(Bron.drc, EIO, (GEBRUIKSRECHTEN, OBJECTINFORMATIEOBJECT, VERZENDING), named)


async def permitted(eio_id: UUID, reader: Reading, caller: CurrentCaller) -> None:
    """Raises NotFound, or PermissionDenied unless the caller may read the audit trail of this document."""
    references = reader.runtime.references
    readable(caller, references, SCOPE)
    require_readable(caller, references, await reader.row(EIO, eio_id, RIGHTS_COLUMNS), SCOPE)


# ---- routes


@router.get(
    "/enkelvoudiginformatieobjecten/{enkelvoudiginformatieobject_uuid}/audittrail",
    response_model=list[AuditTrailOut],
    summary="Audit trail van een document opvragen",
)
async def audittrail_list(enkelvoudiginformatieobject_uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Alle wijzigingen van het document en zijn onderdelen, oudste eerst."""
    await permitted(enkelvoudiginformatieobject_uuid, reader, caller)
    return await TRAIL.lines(reader, enkelvoudiginformatieobject_uuid)


@router.get(
    "/enkelvoudiginformatieobjecten/{enkelvoudiginformatieobject_uuid}/audittrail/{uuid}",
    response_model=AuditTrailOut,
    summary="Regel van een audit trail opvragen",
)
async def audittrail_retrieve(
    enkelvoudiginformatieobject_uuid: UUID, uuid: UUID, reader: Reading, caller: CurrentCaller
) -> Response:
    """Eén wijziging."""
    await permitted(enkelvoudiginformatieobject_uuid, reader, caller)
    return await TRAIL.one(reader, enkelvoudiginformatieobject_uuid, uuid)
