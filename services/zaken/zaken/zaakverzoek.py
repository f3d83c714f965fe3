"""A zaakverzoek: that a verzoek, kept by another provider, led to a zaak (zrc-024).

The standard calls it deprecated, and wants it mirrored as an objectverzoek at that provider. We do not, for the reasons
in zaakcontactmoment.py; who needs the mirror makes it on the event zaakverzoek-toegevoegd.
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

router = APIRouter(tags=["zaakverzoeken"])
SHAPE = ("url", "bronorganisatie", "registratiedatum", "tekst")
"""What makes a resource a verzoek."""
TAKEN = FieldError("nonFieldErrors", "unique", "Dit verzoek hoort al bij deze zaak.")


# ---- fields


class ZaakverzoekFields(Fields):
    """What table and JSON share."""

    verzoek: Url = Field(sa_type=Text, description="URL van het verzoek.")


class Zaakverzoek(ZaakverzoekFields, Row, table=True):
    """Table of zaakverzoeken."""

    zaak_id: UUID = Field(foreign_key="zaak.id")


class ZaakverzoekIn(In, ZaakverzoekFields):
    """A new zaakverzoek."""

    zaak: Url = Documented(description="URL van de zaak.")


class ZaakverzoekOut(Out, ZaakverzoekFields):
    """A zaakverzoek as answered."""

    url: str = Documented(description="URL van dit zaakverzoek.")
    uuid: UUID = Documented(description="Id van dit zaakverzoek.")
    zaak: str = Documented(description="URL van de zaak.")


async def render(unit: Unit, row: Zaakverzoek) -> ZaakverzoekOut:
    """The JSON of a zaakverzoek."""
    return ZaakverzoekOut(
        url=unit.url(ZAAKVERZOEK, row.id),
        uuid=row.id,
        zaak=unit.url(ZAAK, row.zaak_id),
        verzoek=row.verzoek,
    )


ZAAKVERZOEK = Resource("zaakverzoek", Zaakverzoek, "zaken", "/zaakverzoeken", render, main="zaak_id")
ZAAKVERZOEKEN = Onderdeel(ZAAKVERZOEK, events.ZAAKVERZOEK, shown=False)


# ---- filter


class ZaakverzoekFilter(Unpaged):
    """Query parameters of the list."""

    zaak: Link | None = Documented(default=None, description="URL van de zaak.")
    verzoek: AnyUrl | None = Documented(default=None, description="URL van het verzoek.")


def select_zaakverzoeken(chosen: ZaakverzoekFilter, reader: Reading) -> Selection:
    """The zaakverzoeken the filter asks for."""
    references = reader.runtime.references
    selection = Selection().where_given("zaak_id = {}", filter_id(references, ZAAK, chosen.zaak, "zaak"))
    return selection.where_given("verzoek = {}", chosen.verzoek)


# ---- routes


@router.get("/zaakverzoeken", response_model=list[ZaakverzoekOut], summary="Zaakverzoeken opvragen", deprecated=True)
async def zaakverzoek_list(
    chosen: Annotated[ZaakverzoekFilter, Query()],
    reader: Reading,
    caller: CurrentCaller,
) -> Response:
    """Alle verzoeken bij zaken die de applicatie mag zien, gefilterd."""
    return await listed_whole(ZAAKVERZOEKEN, select_zaakverzoeken, chosen, reader, caller)


@router.post(
    "/zaakverzoeken",
    status_code=201,
    response_model=ZaakverzoekOut,
    summary="Verzoek aan een zaak koppelen",
    deprecated=True,
)
async def zaakverzoek_create(body: ZaakverzoekIn, unit: UnitOfWork) -> Response:
    """De relatie tussen een zaak en een verzoek dat al bestaat."""
    await may_extend(unit, body.zaak)
    await existing(unit, body.verzoek, "verzoek", SHAPE)
    zaak = await zaak_for(unit, body.zaak)
    row = Zaakverzoek(verzoek=body.verzoek, zaak_id=zaak.id)
    return await add(unit, ZAAKVERZOEKEN, zaak, row, unique=TAKEN)


@router.get("/zaakverzoeken/{uuid}", response_model=ZaakverzoekOut, summary="Zaakverzoek opvragen", deprecated=True)
async def zaakverzoek_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Eén zaakverzoek."""
    return await shown(ZAAKVERZOEKEN, uuid, reader, caller)


@router.delete("/zaakverzoeken/{uuid}", status_code=204, summary="Zaakverzoek verwijderen", deprecated=True)
async def zaakverzoek_destroy(uuid: UUID, unit: UnitOfWork) -> Response:
    """Maakt het verzoek los van de zaak."""
    zaak, row = await part_for(unit, ZAAKVERZOEKEN, uuid)
    return await remove(unit, ZAAKVERZOEKEN, zaak, row)
