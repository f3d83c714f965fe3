"""A zaakcontactmoment: that a contactmoment, kept by another provider, is about a zaak (zrc-025).

The standard wants the relation mirrored as an objectcontactmoment at that provider. We do not: the API it names was never
finished, its successor (Klantinteracties) has no such resource, and a call elsewhere within our transaction would hold
the zaak for as long as the other takes. Who needs the mirror makes it on the event zaakcontactmoment-toegevoegd.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field as Documented
from sqlalchemy import Text
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import FieldError
from chassis.reading import Reading, Selection
from chassis.resource import Fields, In, Out, Resource, Row
from chassis.unit import Unit
from services.zaken import events
from services.zaken.foreign import existing
from services.zaken.formats import AnyUrl, Link, Url
from services.zaken.unpaged import Unpaged
from services.zaken.validation import filter_id
from services.zaken.zaken.onderdeel import Onderdeel, add, listed_whole, may_extend, part_for, remove, shown, zaak_for
from services.zaken.zaken.zaak.fields import ZAAK

router = APIRouter(tags=["zaakcontactmomenten"])
SHAPE = ("url", "kanaal")
"""What a contactmoment and the klantcontact that succeeds it have in common."""
TAKEN = FieldError("nonFieldErrors", "unique", "Dit contactmoment hoort al bij deze zaak.")


# ---- fields


class ZaakcontactmomentFields(Fields):
    """What table and JSON share."""

    contactmoment: Url = Field(sa_type=Text, description="URL van het contactmoment.")


class Zaakcontactmoment(ZaakcontactmomentFields, Row, table=True):
    """Table of zaakcontactmomenten."""

    zaak_id: UUID = Field(foreign_key="zaak.id")


class ZaakcontactmomentIn(In, ZaakcontactmomentFields):
    """A new zaakcontactmoment."""

    zaak: Url = Documented(description="URL van de zaak.")


class ZaakcontactmomentOut(Out, ZaakcontactmomentFields):
    """A zaakcontactmoment as answered."""

    url: str = Documented(description="URL van dit zaakcontactmoment.")
    uuid: UUID = Documented(description="Id van dit zaakcontactmoment.")
    zaak: str = Documented(description="URL van de zaak.")


async def render(unit: Unit, row: Zaakcontactmoment) -> ZaakcontactmomentOut:
    """The JSON of a zaakcontactmoment."""
    return ZaakcontactmomentOut(
        url=unit.url(ZAAKCONTACTMOMENT, row.id),
        uuid=row.id,
        zaak=unit.url(ZAAK, row.zaak_id),
        contactmoment=row.contactmoment,
    )


ZAAKCONTACTMOMENT = Resource(
    "zaakcontactmoment", Zaakcontactmoment, "zaken", "/zaakcontactmomenten", render, main="zaak_id"
)
ZAAKCONTACTMOMENTEN = Onderdeel(ZAAKCONTACTMOMENT, events.ZAAKCONTACTMOMENT, shown=False)


# ---- filter


class ZaakcontactmomentFilter(Unpaged):
    """Query parameters of the list."""

    zaak: Link | None = Documented(default=None, description="URL van de zaak.")
    contactmoment: AnyUrl | None = Documented(default=None, description="URL van het contactmoment.")


def select_zaakcontactmomenten(chosen: ZaakcontactmomentFilter, reader: Reading) -> Selection:
    """The zaakcontactmomenten the filter asks for."""
    references = reader.runtime.references
    selection = Selection().where_given("zaak_id = {}", filter_id(references, ZAAK, chosen.zaak, "zaak"))
    return selection.where_given("contactmoment = {}", chosen.contactmoment)


# ---- routes


@router.get("/zaakcontactmomenten", response_model=list[ZaakcontactmomentOut], summary="Zaakcontactmomenten opvragen")
async def zaakcontactmoment_list(
    chosen: Annotated[ZaakcontactmomentFilter, Query()],
    reader: Reading,
    caller: CurrentCaller,
) -> Response:
    """Alle contactmomenten bij zaken die de applicatie mag zien, gefilterd."""
    return await listed_whole(ZAAKCONTACTMOMENTEN, select_zaakcontactmomenten, chosen, reader, caller)


@router.post(
    "/zaakcontactmomenten",
    status_code=201,
    response_model=ZaakcontactmomentOut,
    summary="Contactmoment aan een zaak koppelen",
)
async def zaakcontactmoment_create(body: ZaakcontactmomentIn, unit: UnitOfWork) -> Response:
    """De relatie tussen een zaak en een contactmoment dat al bestaat."""
    await may_extend(unit, body.zaak)
    await existing(unit, body.contactmoment, "contactmoment", SHAPE)
    zaak = await zaak_for(unit, body.zaak)
    row = Zaakcontactmoment(contactmoment=body.contactmoment, zaak_id=zaak.id)
    return await add(unit, ZAAKCONTACTMOMENTEN, zaak, row, unique=TAKEN)


@router.get("/zaakcontactmomenten/{uuid}", response_model=ZaakcontactmomentOut, summary="Zaakcontactmoment opvragen")
async def zaakcontactmoment_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Eén zaakcontactmoment."""
    return await shown(ZAAKCONTACTMOMENTEN, uuid, reader, caller)


@router.delete("/zaakcontactmomenten/{uuid}", status_code=204, summary="Zaakcontactmoment verwijderen")
async def zaakcontactmoment_destroy(uuid: UUID, unit: UnitOfWork) -> Response:
    """Maakt het contactmoment los van de zaak."""
    zaak, row = await part_for(unit, ZAAKCONTACTMOMENTEN, uuid)
    return await remove(unit, ZAAKCONTACTMOMENTEN, zaak, row)
