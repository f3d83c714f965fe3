"""A zaakeigenschap: the value a zaak has for an eigenschap of its zaaktype. Sealed: it may be anything about anybody.

A value that is not as the eigenschap specifies is stored all the same; the answer warns in X-Warning.
"""

from uuid import UUID

import orjson
from fastapi import APIRouter
from pydantic import Field as Documented
from sqlalchemy import LargeBinary
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import Invalid
from chassis.reading import Reading, Selection
from chassis.resource import In, Out, Partial, Resource, Row
from chassis.unit import Unit, children
from services.zaken import events
from services.zaken.answering import headers_only
from services.zaken.catalogi.eigenschap import EIGENSCHAP, Eigenschap, Specificatie
from services.zaken.events import Actie
from services.zaken.formats import AnyUrl, Url
from services.zaken.gegevens import open_gegevens, seal_gegevens
from services.zaken.nesting import url_of
from services.zaken.unpaged import Unpaged
from services.zaken.validation import Findings, check_unchanged, referred, refuse_foreign_type
from services.zaken.visibility import listable, require
from services.zaken.zaken.eigenschapwaarde import shortcoming, too_many
from services.zaken.zaken.onderdeel import (
    READ,
    Onderdeel,
    add,
    change,
    check_same_zaaktype,
    listed_whole,
    may_change,
    part_for,
    remove,
    shown,
    zaak_at,
)
from services.zaken.zaken.zaak.fields import ZAAK, Zaak

router = APIRouter(tags=["zaken"])
COLLECTION = "/zaken/{zaak_uuid}/zaakeigenschappen"
ONE = "/zaken/{zaak_uuid}/zaakeigenschappen/{uuid}"
_WARNING = {
    "description": "Toegevoegd",
    "headers": {
        "X-Warning": {"schema": {"type": "string"}, "description": "Waarom de waarde niet aan de eigenschap voldoet."}
    },
}


# ---- fields


class PersonalFields(In):
    """What can identify a person: stored sealed, as JSON."""

    waarde: str = Documented(description="De waarde van de eigenschap.")


class Zaakeigenschap(Row, table=True):
    """Table of zaakeigenschappen. `gegevens` is the sealed JSON of PersonalFields."""

    zaak_id: UUID = Field(foreign_key="zaak.id")
    eigenschap_id: UUID = Field(foreign_key="eigenschap.id")
    naam: str = Field(max_length=20)
    """That of the eigenschap when the value was given."""
    gegevens: bytes = Field(default=b"", sa_type=LargeBinary)


class ZaakeigenschapIn(PersonalFields):
    """A whole zaakeigenschap."""

    zaak: AnyUrl = Documented(description="URL van de zaak.")
    eigenschap: Url = Documented(description="URL van de eigenschap.")


class ZaakeigenschapPatch(Partial):
    """Any part of a zaakeigenschap."""

    whole = ZaakeigenschapIn


class ZaakeigenschapOut(Out, PersonalFields):
    """A zaakeigenschap as answered."""

    url: str = Documented(description="URL van deze zaakeigenschap.")
    uuid: UUID = Documented(description="Id van deze zaakeigenschap.")
    zaak: str = Documented(description="URL van de zaak.")
    eigenschap: str = Documented(description="URL van de eigenschap.")
    naam: str = Documented(description="Naam van de eigenschap.")


async def render(unit: Unit, row: Zaakeigenschap) -> ZaakeigenschapOut:
    """The JSON of a zaakeigenschap."""
    return ZaakeigenschapOut(
        **open_gegevens(unit.runtime.keyring, ZAAKEIGENSCHAP.name, row),
        url=url_of(unit.public_url, ZAAKEIGENSCHAP, row.id, row.zaak_id),
        uuid=row.id,
        zaak=unit.url(ZAAK, row.zaak_id),
        eigenschap=unit.url(EIGENSCHAP, row.eigenschap_id),
        naam=row.naam,
    )


ZAAKEIGENSCHAP = Resource(
    "zaakeigenschap", Zaakeigenschap, "zaken", "/zaken/{main}/zaakeigenschappen", render, sealed=True, main="zaak_id"
)
ZAAKEIGENSCHAPPEN = Onderdeel(ZAAKEIGENSCHAP, events.ZAAKEIGENSCHAP)


# ---- rules


async def warned(unit: Unit, row: Zaakeigenschap, waarde: str, answer: Response) -> Response:
    """The answer, with a warning when the value or the number of values is not as the eigenschap specifies."""
    eigenschap: Eigenschap = await unit.get(EIGENSCHAP, row.eigenschap_id)
    specified = Specificatie(**eigenschap.specificatie)
    statement = "SELECT count(*) FROM zaakeigenschap WHERE zaak_id = $1 AND eigenschap_id = $2"
    present = await (await unit.connection()).fetchval(statement, row.zaak_id, row.eigenschap_id)
    warning = shortcoming(specified, waarde) or too_many(specified, present)
    if warning:
        answer.headers["X-Warning"] = warning
    return answer


async def new_zaakeigenschap(unit: Unit, body: ZaakeigenschapIn, zaak: Zaak) -> Zaakeigenschap:
    """The row of a new zaakeigenschap, of an eigenschap of the zaaktype of the zaak (zrc-018). Raises Invalid."""
    eigenschap = await referred(unit, EIGENSCHAP, Eigenschap, body.eigenschap, "eigenschap")
    findings = Findings()
    check_same_zaaktype(findings, zaak, eigenschap.zaaktype_id, "eigenschap")
    findings.stop_if_any()
    row = Zaakeigenschap(zaak_id=zaak.id, eigenschap_id=eigenschap.id, naam=eigenschap.naam)
    seal_gegevens(unit.runtime.keyring, ZAAKEIGENSCHAP.name, row, body, PersonalFields)
    return row


async def change_zaakeigenschap(
    unit: Unit, zaak: Zaak, row: Zaakeigenschap, body: ZaakeigenschapIn, actie: Actie = "update"
) -> Response:
    """Store another value and answer with it; of which eigenschap it is, is fixed. Raises Invalid."""
    references, findings = unit.runtime.references, Findings()
    check_unchanged(
        findings,
        zaak=references.local_id(ZAAK, body.zaak) == row.zaak_id,
        eigenschap=references.local_id(EIGENSCHAP, body.eigenschap) == row.eigenschap_id,
    )
    findings.stop_if_any()
    seal_gegevens(unit.runtime.keyring, ZAAKEIGENSCHAP.name, row, body, PersonalFields)
    answer = await change(unit, ZAAKEIGENSCHAPPEN, zaak, row, actie)
    return await warned(unit, row, body.waarde, answer)


async def values_of(unit: Unit, zaak_id: UUID, naam: str) -> list[str]:
    """The values a zaak has for an eigenschap, opened, oldest first."""
    rows = await children(unit, Zaakeigenschap, zaak_id=zaak_id, naam=naam)
    return [open_gegevens(unit.runtime.keyring, ZAAKEIGENSCHAP.name, row)["waarde"] for row in rows]


# ---- routes


@router.get(COLLECTION, response_model=list[ZaakeigenschapOut], summary="Eigenschappen van een zaak opvragen")
async def zaakeigenschap_list(zaak_uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Alle waarden die een zaak heeft voor de eigenschappen van haar zaaktype."""
    listable(caller, reader.runtime.references, READ)
    zaak = await reader.row(ZAAK, zaak_uuid, "zaaktype_id, vertrouwelijkheid")
    require(caller, reader.runtime.references, zaak["zaaktype_id"], zaak["vertrouwelijkheid"], READ)
    selected = Selection().where("zaak_id = {}", zaak_uuid)
    return await listed_whole(ZAAKEIGENSCHAPPEN, lambda _, __: selected, Unpaged(), reader, caller)


@router.post(
    COLLECTION,
    status_code=201,
    response_model=ZaakeigenschapOut,
    summary="Eigenschap van een zaak toevoegen",
    responses={201: _WARNING},
)
async def zaakeigenschap_create(zaak_uuid: UUID, body: ZaakeigenschapIn, unit: UnitOfWork) -> Response:
    """Een waarde voor een eigenschap; ook een die niet voldoet wordt bewaard, met een waarschuwing in X-Warning."""
    may_change(unit)
    await refuse_foreign_type(unit, body.eigenschap, "eigenschap")
    zaak = await zaak_at(unit, zaak_uuid)
    if unit.runtime.references.local_id(ZAAK, body.zaak) != zaak_uuid:
        raise Invalid.field("zaak", "zaak-mismatch", "Dit is een andere zaak dan die in het pad.")
    row = await new_zaakeigenschap(unit, body, zaak)
    return await warned(unit, row, body.waarde, await add(unit, ZAAKEIGENSCHAPPEN, zaak, row))


@router.get(ONE, response_model=ZaakeigenschapOut, summary="Eigenschap van een zaak opvragen")
async def zaakeigenschap_retrieve(zaak_uuid: UUID, uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Eén waarde van een zaak."""
    return await shown(ZAAKEIGENSCHAPPEN, uuid, reader, caller, zaak_uuid=zaak_uuid)


@router.put(ONE, response_model=ZaakeigenschapOut, summary="Eigenschap van een zaak vervangen")
async def zaakeigenschap_update(zaak_uuid: UUID, uuid: UUID, body: ZaakeigenschapIn, unit: UnitOfWork) -> Response:
    """Een andere waarde; de rest ligt vast."""
    zaak, row = await part_for(unit, ZAAKEIGENSCHAPPEN, uuid, zaak_uuid=zaak_uuid)
    return await change_zaakeigenschap(unit, zaak, row, body)


@router.patch(ONE, response_model=ZaakeigenschapOut, summary="Eigenschap van een zaak wijzigen")
async def zaakeigenschap_partial_update(
    zaak_uuid: UUID, uuid: UUID, body: ZaakeigenschapPatch, unit: UnitOfWork
) -> Response:
    """Een andere waarde; de rest ligt vast."""
    zaak, row = await part_for(unit, ZAAKEIGENSCHAPPEN, uuid, zaak_uuid=zaak_uuid)
    changed = body.over(orjson.loads(unit.body(ZAAKEIGENSCHAP, row)), ZaakeigenschapIn)
    return await change_zaakeigenschap(unit, zaak, row, changed, "partial_update")


@router.delete(ONE, status_code=204, summary="Eigenschap van een zaak verwijderen")
async def zaakeigenschap_destroy(zaak_uuid: UUID, uuid: UUID, unit: UnitOfWork) -> Response:
    """Haalt een waarde weg bij een zaak."""
    zaak, row = await part_for(unit, ZAAKEIGENSCHAPPEN, uuid, zaak_uuid=zaak_uuid)
    return await remove(unit, ZAAKEIGENSCHAPPEN, zaak, row)


@router.head(ONE, summary="Headers van een eigenschap van een zaak")
async def zaakeigenschap_headers(zaak_uuid: UUID, uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """De headers die een GET zou geven."""
    return headers_only(await zaakeigenschap_retrieve(zaak_uuid, uuid, reader, caller))
