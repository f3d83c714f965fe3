"""The audit trail of a besluit."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field as Documented
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.reading import Reading
from services.zaken.audittrail import AuditTrailOut, Bron, Trail
from services.zaken.besluiten.besluit import BESLUIT
from services.zaken.besluiten.besluitinformatieobject import BESLUITINFORMATIEOBJECT
from services.zaken.besluiten.visibility import listable, require

router = APIRouter(tags=["besluiten"])
SCOPE = "audittrails.lezen"


# ---- fields


class BesluitAuditTrailOut(AuditTrailOut):
    """One change as answered: the document of this API also says that these are never empty."""

    actie: str = Documented(min_length=1, max_length=50, description="Wat er gebeurde.")
    resource: str = Documented(min_length=1, max_length=50, description="Soort object.")
    resource_weergave: str = Documented(min_length=1, max_length=200, description="Naam van het object.")


# ---- rules


def named(resource: str, content: Mapping[str, Any]) -> str:
    """What a besluit or a part of it is called."""
    if resource == "besluit":
        return f"{content.get('verantwoordelijkeOrganisatie')} - {content.get('identificatie')}"
    return f"{content.get('informatieobject')} bij {content.get('besluit')}"


TRAIL = Trail(Bron.brc, BESLUIT, (BESLUITINFORMATIEOBJECT,), named)


async def readable(besluit_uuid: UUID, reader: Reading, caller: CurrentCaller) -> None:
    """Raises NotFound, or PermissionDenied unless the caller may read the audit trail of this besluit."""
    references = reader.runtime.references
    listable(caller, references, SCOPE)
    row = await reader.row(BESLUIT, besluit_uuid, "besluittype_id")
    require(caller, references, row["besluittype_id"], SCOPE)


# ---- routes


@router.get(
    "/besluiten/{besluit_uuid}/audittrail",
    response_model=list[BesluitAuditTrailOut],
    summary="Audit trail van een besluit opvragen",
)
async def audittrail_list(besluit_uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Alle wijzigingen van het besluit en zijn onderdelen, oudste eerst."""
    await readable(besluit_uuid, reader, caller)
    return await TRAIL.lines(reader, besluit_uuid)


@router.get(
    "/besluiten/{besluit_uuid}/audittrail/{uuid}",
    response_model=BesluitAuditTrailOut,
    summary="Regel van een audit trail opvragen",
)
async def audittrail_read(besluit_uuid: UUID, uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Eén wijziging."""
    await readable(besluit_uuid, reader, caller)
    return await TRAIL.one(reader, besluit_uuid, uuid)
