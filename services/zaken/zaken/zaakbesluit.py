"""A zaakbesluit: that a besluit is an outcome of a zaak.

Our own Besluiten API is leading: what it registers is mirrored here in the same transaction (brc-006), and here nothing
can say otherwise. Besluiten of another provider are registered by that provider, as the standard has it.
"""

from uuid import UUID

from fastapi import APIRouter
from pydantic import Field as Documented
from sqlalchemy import Text, select, text
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import FieldError, Invalid, NotFound
from chassis.reading import Reading, Selection
from chassis.references import bad_url
from chassis.resource import REGISTRY, In, Out, Resource, Row
from chassis.unit import Unit, first
from services.zaken import events
from services.zaken.expand import Expand, answer_one, answer_rows
from services.zaken.foreign import existing
from services.zaken.formats import Url
from services.zaken.nesting import url_of
from services.zaken.unpaged import MOST, Unpaged
from services.zaken.visibility import ZAAK_COLUMNS, listable, require
from services.zaken.zaken.announcing import announce
from services.zaken.zaken.onderdeel import READ, Onderdeel, add, may_change, part_for, remove, selected, zaak_at
from services.zaken.zaken.zaak.fields import ZAAK, Zaak

router = APIRouter(tags=["zaken"])
COLLECTION, ONE = "/zaken/{zaak_uuid}/besluiten", "/zaken/{zaak_uuid}/besluiten/{uuid}"
SHAPE = ("url", "identificatie", "verantwoordelijkeOrganisatie", "besluittype", "datum")
"""What makes a resource a besluit."""
TAKEN = FieldError("nonFieldErrors", "unique", "Dit besluit hoort al bij deze zaak.")


# ---- fields


class Zaakbesluit(Row, table=True):
    """Table of zaakbesluiten. `besluit` is the URL of one of another provider, `besluit_id` the id of our own."""

    zaak_id: UUID = Field(foreign_key="zaak.id")
    besluit_id: UUID | None = None
    besluit: str = Field(default="", sa_type=Text)


class ZaakbesluitIn(In):
    """A new zaakbesluit."""

    besluit: Url = Documented(description="URL van het besluit.")


class ZaakbesluitOut(Out):
    """A zaakbesluit as answered."""

    url: str = Documented(description="URL van dit zaakbesluit.")
    uuid: UUID = Documented(description="Id van dit zaakbesluit.")
    besluit: str = Documented(description="URL van het besluit.")


async def render(unit: Unit, row: Zaakbesluit) -> ZaakbesluitOut:
    """The JSON of a zaakbesluit. (The module of besluiten knows this one, so it is found by its name.)"""
    return ZaakbesluitOut(
        url=url_of(unit.public_url, ZAAKBESLUIT, row.id, row.zaak_id),
        uuid=row.id,
        besluit=unit.url(REGISTRY["besluit"], row.besluit_id) if row.besluit_id else row.besluit,
    )


ZAAKBESLUIT = Resource("zaakbesluit", Zaakbesluit, "zaken", "/zaken/{main}/besluiten", render, main="zaak_id")
ZAAKBESLUITEN = Onderdeel(ZAAKBESLUIT, events.ZAAKBESLUIT, shown=False)


# ---- rules


async def mirror(unit: Unit, zaak: Zaak, besluit_id: UUID) -> None:
    """Let a zaak have a new besluit of our own. The zaak is locked."""
    row = Zaakbesluit(zaak_id=zaak.id, besluit_id=besluit_id)
    await unit.create(ZAAKBESLUIT, row)
    announce(unit, events.ZAAKBESLUIT.toegevoegd, zaak, ZAAKBESLUIT, row)


async def unmirror(unit: Unit, zaak: Zaak, besluit_id: UUID) -> None:
    """Take a besluit of our own away from its zaak, before it is destroyed. The zaak is locked."""
    row = await first(unit, select(Zaakbesluit).filter_by(besluit_id=besluit_id))
    await unit.delete(ZAAKBESLUIT, row)
    announce(unit, events.ZAAKBESLUIT.verwijderd, zaak, ZAAKBESLUIT, row)


async def mirrored(unit: Unit, besluit_id: UUID, zaak_uuid: UUID) -> Zaakbesluit:
    """The zaakbesluit of a besluit of our own. Raises Invalid: the besluit exists and says itself that it is of this zaak."""
    found = await unit.session.execute(text("SELECT zaak_id FROM besluit WHERE id = :id"), {"id": besluit_id})
    if (besluit := found.first()) is None:
        raise Invalid([bad_url("besluit")])
    if besluit.zaak_id != zaak_uuid:
        raise Invalid.field(
            "besluit", "inconsistent-relation", "Dit besluit is volgens de Besluiten API niet van deze zaak."
        )
    row: Zaakbesluit = await first(unit, select(Zaakbesluit).filter_by(besluit_id=besluit_id))
    return row


def check_foreign(row: Zaakbesluit) -> None:
    """What our own Besluiten API says stays as long as it says so. Raises Invalid."""
    if row.besluit_id is not None:
        reason = "Het besluit is nog van deze zaak. Verwijder het in de Besluiten API."
        raise Invalid.field("nonFieldErrors", "inconsistent-relation", reason)


# ---- routes


@router.get(COLLECTION, response_model=list[ZaakbesluitOut], summary="Besluiten van een zaak opvragen")
async def zaakbesluit_list(zaak_uuid: UUID, reader: Reading, caller: CurrentCaller, asked: Expand) -> Response:
    """Alle besluiten die een uitkomst van de zaak zijn."""
    listable(caller, reader.runtime.references, READ)
    zaak = await reader.row(ZAAK, zaak_uuid, "zaaktype_id, vertrouwelijkheid")
    require(caller, reader.runtime.references, zaak["zaaktype_id"], zaak["vertrouwelijkheid"], READ)
    of_zaak = Selection().where("zaak_id = {}", zaak_uuid)
    rows = await selected(ZAAKBESLUITEN, lambda _, __: of_zaak, Unpaged(), reader, caller, most=MOST)
    return await answer_rows(reader, caller, ZAAKBESLUIT, rows, asked)


@router.post(COLLECTION, status_code=201, response_model=ZaakbesluitOut, summary="Besluit aan een zaak koppelen")
async def zaakbesluit_create(zaak_uuid: UUID, body: ZaakbesluitIn, unit: UnitOfWork) -> Response:
    """Alleen voor een besluit van een andere Besluiten API; dat van onze eigen hoort al bij zijn zaak."""
    may_change(unit)
    besluit_id = unit.runtime.references.local_id(REGISTRY["besluit"], body.besluit)
    if besluit_id is None:
        await existing(unit, body.besluit, "besluit", SHAPE)
    zaak = await zaak_at(unit, zaak_uuid)
    if besluit_id is None:
        return await add(unit, ZAAKBESLUITEN, zaak, Zaakbesluit(zaak_id=zaak.id, besluit=body.besluit), unique=TAKEN)
    row = await mirrored(unit, besluit_id, zaak_uuid)
    headers = {"ETag": f'"{row.etag}"', "Location": url_of(unit.public_url, ZAAKBESLUIT, row.id, zaak.id)}
    return unit.respond_raw(unit.body(ZAAKBESLUIT, row), 201, headers)


@router.get(ONE, response_model=ZaakbesluitOut, summary="Besluit van een zaak opvragen")
async def zaakbesluit_retrieve(
    zaak_uuid: UUID, uuid: UUID, reader: Reading, caller: CurrentCaller, asked: Expand
) -> Response:
    """Eén besluit van een zaak."""
    references = reader.runtime.references
    listable(caller, references, READ)
    row = await reader.row(ZAAKBESLUIT, uuid, f"id, zaak_id, {ZAAK_COLUMNS}")
    if row["zaak_id"] != zaak_uuid:
        raise NotFound
    require(caller, references, row["zaaktype_id"], row["vertrouwelijkheid"], READ)
    return await answer_one(reader, caller, ZAAKBESLUIT, row, asked)


@router.delete(ONE, status_code=204, summary="Besluit van een zaak losmaken")
async def zaakbesluit_destroy(zaak_uuid: UUID, uuid: UUID, unit: UnitOfWork) -> Response:
    """Alleen voor een besluit van een andere Besluiten API."""
    zaak, row = await part_for(unit, ZAAKBESLUITEN, uuid, zaak_uuid=zaak_uuid)
    check_foreign(row)
    return await remove(unit, ZAAKBESLUITEN, zaak, row)
