"""The audit trail of a zaak."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.reading import Reading
from services.zaken.audittrail import AuditTrailOut, Bron, Trail
from services.zaken.visibility import listable, require
from services.zaken.zaken.klantcontact import KLANTCONTACT
from services.zaken.zaken.resultaat import RESULTAAT
from services.zaken.zaken.rol import ROL
from services.zaken.zaken.status import STATUS
from services.zaken.zaken.zaak.fields import ZAAK
from services.zaken.zaken.zaakbesluit import ZAAKBESLUIT
from services.zaken.zaken.zaakcontactmoment import ZAAKCONTACTMOMENT
from services.zaken.zaken.zaakeigenschap import ZAAKEIGENSCHAP
from services.zaken.zaken.zaakinformatieobject import ZAAKINFORMATIEOBJECT
from services.zaken.zaken.zaaknotitie import ZAAKNOTITIE
from services.zaken.zaken.zaakobject import ZAAKOBJECT
from services.zaken.zaken.zaakverzoek import ZAAKVERZOEK

router = APIRouter(tags=["zaken"])
NAMES = {
    "zaak": "{bronorganisatie} - {identificatie}",
    "rol": "{omschrijving} ({betrokkeneType})",
    "status": "status van {datumStatusGezet}",
    "klantcontact": "klantcontact {identificatie}",
    "zaakbesluit": "{besluit}",
    "zaakcontactmoment": "{zaak} - {contactmoment}",
    "resultaat": "resultaat van {zaak}",
    "zaakeigenschap": "{naam} van {zaak}",
    "zaakinformatieobject": "{informatieobject} bij {zaak}",
    "zaaknotitie": "{notitieType} notitie van {aanmaakdatum}",
    "zaakobject": "{objectType} bij {zaak}",
    "zaakverzoek": "{zaak} - {verzoek}",
}


# ---- rules


def named(resource: str, content: Mapping[str, Any]) -> str:
    """What a zaak or a part of it is called, from what is in its JSON; no name of a person."""
    return NAMES[resource].format_map(defaultdict(str, content))


PARTS = (
    *(KLANTCONTACT, RESULTAAT, ROL, STATUS, ZAAKCONTACTMOMENT, ZAAKEIGENSCHAP, ZAAKINFORMATIEOBJECT),
    *(ZAAKBESLUIT, ZAAKNOTITIE, ZAAKOBJECT, ZAAKVERZOEK),
)
TRAIL = Trail(Bron.zrc, ZAAK, PARTS, named)


async def readable(zaak_uuid: UUID, reader: Reading, caller: CurrentCaller) -> None:
    """Raises NotFound, or PermissionDenied unless the caller may read the audit trail of this zaak."""
    references = reader.runtime.references
    listable(caller, references, "audittrails.lezen")
    zaak = await reader.row(ZAAK, zaak_uuid, "zaaktype_id, vertrouwelijkheid")
    require(caller, references, zaak["zaaktype_id"], zaak["vertrouwelijkheid"], "audittrails.lezen")


# ---- routes


@router.get(
    "/zaken/{zaak_uuid}/audittrail", response_model=list[AuditTrailOut], summary="Audit trail van een zaak opvragen"
)
async def audittrail_list(zaak_uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Alle wijzigingen van de zaak en haar onderdelen, oudste eerst."""
    await readable(zaak_uuid, reader, caller)
    return await TRAIL.lines(reader, zaak_uuid)


@router.get(
    "/zaken/{zaak_uuid}/audittrail/{uuid}", response_model=AuditTrailOut, summary="Regel van een audit trail opvragen"
)
async def audittrail_retrieve(zaak_uuid: UUID, uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Eén wijziging."""
    await readable(zaak_uuid, reader, caller)
    return await TRAIL.one(reader, zaak_uuid, uuid)
