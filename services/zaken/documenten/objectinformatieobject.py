"""An objectinformatieobject: that a document belongs to a zaak, besluit or verzoek, as the Documenten API shows it.

The other side is leading. Of our own zaken and besluiten the row is written and removed with theirs, in the same
transaction (zrc-005, brc-005), and nothing can be said here that is not so there (drc-004). Another provider registers
what it has, and is asked whether that is so.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field as Documented
from sqlalchemy import Text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import Invalid, NotFound
from chassis.reading import Reading, Selection
from chassis.references import References, bad_url
from chassis.resource import Fields, In, Out, Resource, Row
from chassis.unit import Unit
from services.zaken.answering import headers_only
from services.zaken.documenten.enkelvoudiginformatieobject.fields import EIO
from services.zaken.documenten.onderdeel import document_for, listed_whole, of_document, shown
from services.zaken.documenten.visibility import AANMAKEN, VERWIJDEREN, require_any, require_for
from services.zaken.expand import NOTHING, Expand, Expandable
from services.zaken.foreign import NotUsable, existing, listed_there
from services.zaken.formats import AnyUrl, Shown, Url
from services.zaken.unpaged import Unpaged
from services.zaken.validation import constraint_of

router = APIRouter(tags=["objectinformatieobjecten"])


class ObjectType(StrEnum):
    """What documents belong to."""

    besluit = "besluit"
    zaak = "zaak"
    verzoek = "verzoek"


@dataclass(frozen=True)
class Leading:
    """The register that says which documents belong to an object of ours.

    object: what they belong to. relation: the resource that says so. column: of its table and of ours, for the object.
    """

    object: Resource
    relation: Resource
    column: str


@dataclass(frozen=True)
class Elsewhere:
    """The same at another provider. shape: what makes a resource the object. path: of such objects; relations: of what
    says which documents belong to them, in the same API.
    """

    shape: Collection[str]
    path: str
    relations: str


LEADING: dict[str, Leading] = {}
"""By object type; each API puts its own here."""
PROVIDERS = {
    ObjectType.zaak: Elsewhere(("url", "identificatie", "zaaktype"), "/zaken/", "/zaakinformatieobjecten"),
    ObjectType.besluit: Elsewhere(("url", "identificatie", "besluittype"), "/besluiten/", "/besluitinformatieobjecten"),
    ObjectType.verzoek: Elsewhere(("url", "bronorganisatie", "tekst"), "/verzoeken/", "/verzoekinformatieobjecten"),
}


# ---- fields


class ObjectinformatieobjectFields(Fields):
    """What table and JSON share."""

    object: Url = Field(min_length=1, sa_type=Text, description="URL van de zaak, het besluit of het verzoek.")
    object_type: ObjectType = Field(sa_type=Text, description="Waar het document bij hoort.")


class Objectinformatieobject(ObjectinformatieobjectFields, Row, table=True):
    """Table of objectinformatieobjecten. zaak_id, besluit_id: of an object of ours."""

    eio_id: UUID = Field(foreign_key="enkelvoudiginformatieobject.id")
    zaak_id: UUID | None = Field(default=None, foreign_key="zaak.id")
    besluit_id: UUID | None = Field(default=None, foreign_key="besluit.id")


class ObjectinformatieobjectIn(In, ObjectinformatieobjectFields):
    """A new objectinformatieobject."""

    informatieobject: AnyUrl = Documented(description="URL van het document.")


class ObjectinformatieobjectOut(Out, ObjectinformatieobjectFields):
    """An objectinformatieobject as answered."""

    url: Shown = Documented(min_length=1, description="URL van deze relatie.")
    informatieobject: str = Documented(description="URL van het document.")


async def render(unit: Unit, row: Objectinformatieobject) -> ObjectinformatieobjectOut:
    """The JSON of an objectinformatieobject."""
    leading = LEADING.get(row.object_type)
    own = getattr(row, leading.column) if leading else None
    return ObjectinformatieobjectOut(
        url=unit.url(OBJECTINFORMATIEOBJECT, row.id),
        informatieobject=unit.url(EIO, row.eio_id),
        object=unit.url(leading.object, own) if leading and own else row.object,
        object_type=row.object_type,
    )


OBJECTINFORMATIEOBJECT = Resource(
    "objectinformatieobject",
    Objectinformatieobject,
    "documenten",
    "/objectinformatieobjecten",
    render,
    main="eio_id",
)


# ---- filter


class ObjectinformatieobjectFilter(Unpaged, Expandable):
    """Query parameters of the list."""

    object: AnyUrl | None = Documented(default=None, description="URL van de zaak, het besluit of het verzoek.")
    informatieobject: AnyUrl | None = Documented(default=None, description="URL van het document.")


def select_objectinformatieobjecten(chosen: ObjectinformatieobjectFilter, reader: Reading) -> Selection:
    """The objectinformatieobjecten the filter asks for."""
    return where_object(of_document(reader, chosen.informatieobject), reader.runtime.references, chosen.object)


def where_object(selection: Selection, references: References, url: str | None) -> Selection:
    """Keep what belongs to an object: one of ours by its id, whatever the base URL was then."""
    for leading in LEADING.values():
        own = references.local_id(leading.object, url or "")
        if own is not None:
            return selection.where(f"{leading.column} = {{}}", own)
    return selection.where_given("object = {}", url)


# ---- rules


async def relate(unit: Unit, eio_id: UUID, object_type: str, object_id: UUID) -> None:
    """Let a document show that it belongs to an object of ours, which holds the lock of that object."""
    leading = LEADING[object_type]
    row = Objectinformatieobject(
        eio_id=eio_id,
        object=unit.url(leading.object, object_id),
        object_type=ObjectType(object_type),
    )
    setattr(row, leading.column, object_id)
    await store_new(unit, row)


async def unrelate(unit: Unit, object_type: str, object_ids: Collection[UUID], eio_id: UUID | None = None) -> None:
    """Take back what `relate` told of objects; of one document, or of all that belong to them."""
    selection = Selection().where(f"{LEADING[object_type].column} = ANY({{}}::uuid[])", list(object_ids))
    selection.where_given("eio_id = {}", eio_id)
    sql = f"SELECT id FROM objectinformatieobject{selection.sql}"  # noqa: S608 - own names
    found = await (await unit.connection()).fetch(sql, *selection.values)
    for row in await unit.lock(OBJECTINFORMATIEOBJECT, [one["id"] for one in found]):
        await unit.delete(OBJECTINFORMATIEOBJECT, row)


async def store_new(unit: Unit, row: Objectinformatieobject) -> None:
    """Insert a relation. Raises Invalid when there is one already (drc-003)."""
    try:
        await unit.create(OBJECTINFORMATIEOBJECT, row)
    except IntegrityError as error:
        if constraint_of(error) != "objectinformatieobject_uniek":
            raise
        raise Invalid.field("nonFieldErrors", "unique", "Dit document hoort hier al bij.") from error


async def related_here(unit: Unit, object_type: str, object_id: UUID, eio_id: UUID) -> bool | None:
    """Whether an object of ours, which is locked now, has a document; None when there is no such object."""
    leading = LEADING[object_type]
    if await unit.look_up(leading.object, object_id, lock=True) is None:
        return None
    sql = (
        f"SELECT EXISTS (SELECT FROM {leading.relation.tablename} "  # noqa: S608 - own names
        f"WHERE {leading.column} = $1 AND informatieobject_id = $2)"
    )
    return bool(await (await unit.connection()).fetchval(sql, object_id, eio_id))


async def related_there(unit: Unit, object_type: ObjectType, url: str, informatieobject: str) -> bool:
    """Whether another provider says that its object has a document; not when it cannot say. Before any statement."""
    provider = PROVIDERS[object_type]
    base, found, _ = url.rpartition(provider.path)
    if not found:
        return False
    query = urlencode({object_type: url, "informatieobject": informatieobject})
    try:
        return bool(await listed_there(unit, f"{base}{provider.relations}?{query}", "object"))
    except NotUsable:
        return False


def own_object(unit: Unit, object_type: ObjectType, url: str) -> UUID | None:
    """The id of an object of ours; None when it is of another provider. Raises Invalid for another URL of ours."""
    leading, references = LEADING.get(object_type), unit.runtime.references
    found = references.local_id(leading.object, url) if leading else None
    if found is None and references.is_own(url):
        raise Invalid([bad_url("object")])
    return found


async def check_object(unit: Unit, body: ObjectinformatieobjectIn, own: UUID | None) -> bool:
    """An object elsewhere exists and is what it is said to be (drc-002). Whether it has the document. Raises Invalid."""
    if own is not None:
        return True
    kind = ObjectType(body.object_type)
    await existing(unit, body.object, "object", PROVIDERS[kind].shape)
    return await related_there(unit, kind, body.object, body.informatieobject)


async def new_relation(unit: Unit, body: ObjectinformatieobjectIn) -> Objectinformatieobject:
    """Store a relation that its source already has (drc-004). Raises PermissionDenied, Invalid."""
    require_any(unit.caller, unit.runtime.references, AANMAKEN)
    own = own_object(unit, ObjectType(body.object_type), body.object)
    related: bool | None = await check_object(unit, body, own)
    eio_id = unit.runtime.references.local_id(EIO, body.informatieobject)
    if own is not None and eio_id is not None:
        related = await related_here(unit, body.object_type, own, eio_id)
    document = await document_for(unit, body.informatieobject, AANMAKEN, lock=False)
    if related is None:
        raise Invalid([bad_url("object")])
    if not related:
        reason = "De zaak, het besluit of het verzoek heeft dit document niet."
        raise Invalid.field("nonFieldErrors", "inconsistent-relation", reason)
    row = Objectinformatieobject(object=body.object, object_type=body.object_type, eio_id=document.id)
    if own is not None:
        leading = LEADING[body.object_type]
        row.object = unit.url(leading.object, own)
        setattr(row, leading.column, own)
    await store_new(unit, row)
    return row


_FOUND = "SELECT eio_id, object, object_type, zaak_id, besluit_id FROM objectinformatieobject WHERE id = $1"


async def remove(unit: Unit, uuid: UUID) -> None:
    """Remove a relation that is no longer there at its source (drc-004). Raises NotFound, PermissionDenied, Invalid."""
    references = unit.runtime.references
    require_any(unit.caller, references, VERWIJDEREN)
    rows = await unit.runtime.database.fetch(_FOUND, uuid)
    if not rows:
        raise NotFound
    [found] = rows
    own: UUID | None = found["zaak_id"] or found["besluit_id"]
    kind, informatieobject = ObjectType(found["object_type"]), unit.url(EIO, found["eio_id"])
    related = own is None and await related_there(unit, kind, found["object"], informatieobject)
    if own is not None:
        related = bool(await related_here(unit, kind, own, found["eio_id"]))
    require_for(unit.caller, references, await unit.get(EIO, found["eio_id"]), VERWIJDEREN)
    if related:
        reason = "De zaak, het besluit of het verzoek heeft dit document nog; verwijder eerst de relatie daar."
        raise Invalid.field("nonFieldErrors", "inconsistent-relation", reason)
    await unit.delete(OBJECTINFORMATIEOBJECT, await unit.get(OBJECTINFORMATIEOBJECT, uuid, lock=True))


# ---- routes


@router.get(
    "/objectinformatieobjecten",
    response_model=list[ObjectinformatieobjectOut],
    summary="Relaties van documenten opvragen",
)
async def objectinformatieobject_list(
    chosen: Annotated[ObjectinformatieobjectFilter, Query()], reader: Reading, caller: CurrentCaller
) -> Response:
    """Waar de documenten die de applicatie mag zien bij horen, gefilterd."""
    selection = select_objectinformatieobjecten(chosen, reader)
    return await listed_whole(OBJECTINFORMATIEOBJECT, selection, chosen, reader, caller)


@router.post(
    "/objectinformatieobjecten",
    status_code=201,
    response_model=ObjectinformatieobjectOut,
    summary="Relatie van een document spiegelen",
)
async def objectinformatieobject_create(body: ObjectinformatieobjectIn, unit: UnitOfWork) -> Response:
    """Voor andere registers, die hier spiegelen wat zij al hebben; van onze eigen zaken en besluiten gaat het vanzelf."""
    return unit.respond(OBJECTINFORMATIEOBJECT, await new_relation(unit, body), 201)


@router.get(
    "/objectinformatieobjecten/{uuid}",
    response_model=ObjectinformatieobjectOut,
    summary="Relatie van een document opvragen",
)
async def objectinformatieobject_retrieve(
    uuid: UUID, reader: Reading, caller: CurrentCaller, asked: Expand
) -> Response:
    """Eén relatie van een document."""
    return await shown(OBJECTINFORMATIEOBJECT, uuid, reader, caller, asked)


@router.delete("/objectinformatieobjecten/{uuid}", status_code=204, summary="Relatie van een document verwijderen")
async def objectinformatieobject_destroy(uuid: UUID, unit: UnitOfWork) -> Response:
    """Voor andere registers, die hun relatie al hebben verwijderd."""
    await remove(unit, uuid)
    return unit.respond_raw(b"", 204)


@router.head("/objectinformatieobjecten/{uuid}", summary="Headers van een relatie van een document")
async def objectinformatieobject_headers(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """De headers die een GET zou geven."""
    return headers_only(await objectinformatieobject_retrieve(uuid, reader, caller, NOTHING))
