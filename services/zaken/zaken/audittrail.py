"""The audit trail of a zaak: who changed what in it and in its parts, with the old and the new JSON."""

from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from fastapi import APIRouter
from pydantic import Field as Documented
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.clock import iso
from chassis.problems import NotFound
from chassis.reading import Reading
from chassis.resource import Out, Resource
from services.zaken.visibility import listable, require
from services.zaken.zaken.announcing import part_url
from services.zaken.zaken.klantcontact import KLANTCONTACT
from services.zaken.zaken.rol import ROL
from services.zaken.zaken.status import STATUS
from services.zaken.zaken.zaak.fields import ZAAK
from services.zaken.zaken.zaakcontactmoment import ZAAKCONTACTMOMENT
from services.zaken.zaken.zaaknotitie import ZAAKNOTITIE
from services.zaken.zaken.zaakverzoek import ZAAKVERZOEK

router = APIRouter(tags=["zaken"])
RESOURCES = {
    resource.name: resource
    for resource in (ZAAK, STATUS, ROL, KLANTCONTACT, ZAAKCONTACTMOMENT, ZAAKNOTITIE, ZAAKVERZOEK)
}
_RESULTS = {"create": 201, "destroy": 204}
_WORDS = {
    "create": "Aangemaakt",
    "update": "Bijgewerkt",
    "partial_update": "Deels bijgewerkt",
    "destroy": "Verwijderd",
}
_NAMES = {
    "zaak": "{bronorganisatie} - {identificatie}",
    "rol": "{omschrijving} ({betrokkeneType})",
    "status": "status van {datumStatusGezet}",
    "klantcontact": "klantcontact {identificatie}",
    "zaakcontactmoment": "{zaak} - {contactmoment}",
    "zaaknotitie": "{notitieType} notitie van {aanmaakdatum}",
    "zaakverzoek": "{zaak} - {verzoek}",
}


# ---- fields


class Wijzigingen(Out):
    """A resource before and after."""

    oud: dict[str, Any] = Documented(description="Het object vóór de wijziging; leeg als het toen niet bestond.")
    nieuw: dict[str, Any] = Documented(description="Het object ná de wijziging; leeg als het niet meer bestaat.")


class AuditTrailOut(Out):
    """One change as answered."""

    uuid: UUID = Documented(description="Id van deze regel.")
    bron: str = Documented(description="Component waarin de wijziging is gedaan.")
    applicatie_id: str = Documented(description="Client_id van de applicatie.")
    applicatie_weergave: str = Documented(description="Naam van de applicatie.")
    gebruikers_id: str = Documented(description="Id van de gebruiker.")
    gebruikers_weergave: str = Documented(description="Naam van de gebruiker.")
    actie: str = Documented(description="Wat er gebeurde.")
    actie_weergave: str = Documented(description="Wat er gebeurde, in woorden.")
    resultaat: int = Documented(description="HTTP-status van het antwoord.")
    hoofd_object: str = Documented(description="URL van de zaak.")
    resource: str = Documented(description="Soort object.")
    resource_url: str = Documented(description="URL van het object.")
    toelichting: str = Documented(description="Toelichting die de applicatie meegaf.")
    resource_weergave: str = Documented(description="Naam van het object.")
    aanmaakdatum: datetime = Documented(description="Wanneer het gebeurde.")
    wijzigingen: Wijzigingen = Documented(description="Het object ervoor en erna.")


# ---- rules


def entry(reader: Reading, row: asyncpg.Record) -> dict[str, Any]:
    """One audit row as JSON; what was sealed is opened."""
    public_url = reader.runtime.settings.public_url
    resource = RESOURCES[row["resource"]]
    old, new = (_opened(reader, resource, row, name) for name in ("oud", "nieuw"))
    return {
        "uuid": str(row["id"]),
        "bron": "zrc",
        "applicatieId": row["client_id"],
        "applicatieWeergave": row["client_id"],
        "gebruikersId": row["user_id"],
        "gebruikersWeergave": row["user_representation"],
        "actie": row["actie"],
        "actieWeergave": _WORDS.get(row["actie"], ""),
        "resultaat": _RESULTS.get(row["actie"], 200),
        "hoofdObject": ZAAK.url(public_url, row["hoofdobject"]),
        "resource": row["resource"],
        "resourceUrl": part_url(public_url, resource, row["resource_id"], row["hoofdobject"]),
        "toelichting": row["toelichting"],
        "resourceWeergave": _named(row["resource"], new or old or {}),
        "aanmaakdatum": iso(row["aanmaakdatum"]),
        "wijzigingen": {"oud": old or {}, "nieuw": new or {}},
    }


def _opened(reader: Reading, resource: Resource, row: asyncpg.Record, name: str) -> dict[str, Any] | None:
    body: bytes | None = row[name]
    if body is None:
        return None
    content: dict[str, Any] = orjson.loads(reader.opened(resource, row["resource_id"], body))
    return content


def _named(resource: str, content: dict[str, Any]) -> str:
    """How a person would call it, from what is in its JSON."""
    wording = _NAMES.get(resource, "{zaak}")
    return wording.format_map(defaultdict(str, content))


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
    rows = await reader.runtime.database.fetch(
        "SELECT * FROM auditregel WHERE hoofdobject = $1 ORDER BY aanmaakdatum, id", zaak_uuid
    )
    return reader.answer(orjson.dumps([entry(reader, row) for row in rows]))


@router.get(
    "/zaken/{zaak_uuid}/audittrail/{uuid}", response_model=AuditTrailOut, summary="Regel van een audit trail opvragen"
)
async def audittrail_retrieve(zaak_uuid: UUID, uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Eén wijziging."""
    await readable(zaak_uuid, reader, caller)
    rows = await reader.runtime.database.fetch(
        "SELECT * FROM auditregel WHERE hoofdobject = $1 AND id = $2", zaak_uuid, uuid
    )
    if not rows:
        raise NotFound
    return reader.answer(orjson.dumps(entry(reader, rows[0])))
