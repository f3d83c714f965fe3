"""A klantcontact: a moment of contact with a klant about a zaak. What it was about is sealed: it is about a person.

The standard calls it deprecated; applications still write it.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field as Documented
from sqlalchemy import DateTime, LargeBinary
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import FieldError
from chassis.reading import Filter, Page, Reading, Selection
from chassis.resource import Fields, In, Out, Resource, Row
from chassis.unit import Unit
from services.zaken import events
from services.zaken.formats import Link, Moment, Url
from services.zaken.gegevens import open_gegevens, seal_gegevens
from services.zaken.validation import Findings, filter_id
from services.zaken.zaken.onderdeel import Onderdeel, add, listed, shown, zaak_for
from services.zaken.zaken.zaak.fields import ZAAK, Zaak

router = APIRouter(tags=["klantcontacten"])
TAKEN = FieldError("identificatie", "unique", "Deze identificatie bestaat al.")


# ---- fields


class KlantcontactFields(Fields):
    """What table and JSON share."""

    identificatie: str = Field(default="", max_length=14, description="Nummer van het klantcontact; anders gemaakt.")
    datumtijd: Moment = Field(sa_type=DateTime(timezone=True), description="Wanneer het contact begon.")
    kanaal: str = Field(default="", max_length=20, description="Kanaal waarlangs het contact ging.")


class PersonalFields(In):
    """What can identify a person: stored sealed, as JSON."""

    onderwerp: str = Documented(default="", max_length=200, description="Waarover het contact ging.")
    toelichting: str = Documented(default="", max_length=1000, description="Wat er in het contact gebeurde.")


class Klantcontact(KlantcontactFields, Row, table=True):
    """Table of klantcontacten. `gegevens` is the sealed JSON of PersonalFields."""

    zaak_id: UUID = Field(foreign_key="zaak.id")
    gegevens: bytes = Field(default=b"", sa_type=LargeBinary)


class KlantcontactIn(PersonalFields, KlantcontactFields):
    """A new klantcontact."""

    zaak: Url = Documented(description="URL van de zaak.")


class KlantcontactOut(Out, PersonalFields, KlantcontactFields):
    """A klantcontact as answered."""

    url: str = Documented(description="URL van dit klantcontact.")
    uuid: UUID = Documented(description="Id van dit klantcontact.")
    zaak: str = Documented(description="URL van de zaak.")


async def render(unit: Unit, row: Klantcontact) -> KlantcontactOut:
    """The JSON of a klantcontact."""
    return KlantcontactOut(
        **{name: getattr(row, name) for name in KlantcontactFields.model_fields},
        **open_gegevens(unit.runtime.keyring, KLANTCONTACT.name, row),
        url=unit.url(KLANTCONTACT, row.id),
        uuid=row.id,
        zaak=unit.url(ZAAK, row.zaak_id),
    )


KLANTCONTACT = Resource("klantcontact", Klantcontact, "zaken", "/klantcontacten", render, sealed=True, main="zaak_id")
KLANTCONTACTEN = Onderdeel(KLANTCONTACT, events.KLANTCONTACT, shown=False)


# ---- filter


class KlantcontactFilter(Filter):
    """Query parameters of the list."""

    zaak: Link | None = Documented(default=None, description="URL van de zaak.")


def select_klantcontacten(chosen: KlantcontactFilter, reader: Reading) -> Selection:
    """The klantcontacten the filter asks for."""
    references = reader.runtime.references
    return Selection().where_given("zaak_id = {}", filter_id(references, ZAAK, chosen.zaak, "zaak"))


# ---- rules


async def new_number(unit: Unit) -> str:
    """An identificatie of fourteen characters that no other klantcontact got."""
    number = await (await unit.connection()).fetchval("SELECT nextval('klantcontact_volgnummer')")
    return f"KC{number:012d}"


async def new_klantcontact(unit: Unit, body: KlantcontactIn, zaak: Zaak) -> Klantcontact:
    """The row of a new klantcontact."""
    shared = body.model_dump(include=set(KlantcontactFields.model_fields))
    row = Klantcontact(**shared, zaak_id=zaak.id)
    row.identificatie = body.identificatie or await new_number(unit)
    seal_gegevens(unit.runtime.keyring, KLANTCONTACT.name, row, body, PersonalFields)
    return row


# ---- routes


@router.get(
    "/klantcontacten",
    response_model=Page[KlantcontactOut],
    summary="Klantcontacten opvragen",
    deprecated=True,
)
async def klantcontact_list(
    chosen: Annotated[KlantcontactFilter, Query()], reader: Reading, caller: CurrentCaller
) -> Response:
    """Alle klantcontacten bij zaken die de applicatie mag zien, gefilterd."""
    return await listed(KLANTCONTACTEN, select_klantcontacten, chosen, reader, caller)


@router.post(
    "/klantcontacten",
    status_code=201,
    response_model=KlantcontactOut,
    summary="Klantcontact toevoegen",
    deprecated=True,
)
async def klantcontact_create(body: KlantcontactIn, unit: UnitOfWork) -> Response:
    """Een contact met een klant bij een zaak."""
    zaak = await zaak_for(unit, body.zaak)
    findings = Findings()
    findings.refuse_future("datumtijd", body.datumtijd)
    findings.stop_if_any()
    row = await new_klantcontact(unit, body, zaak)
    return await add(unit, KLANTCONTACTEN, zaak, row, unique=TAKEN)


@router.get("/klantcontacten/{uuid}", response_model=KlantcontactOut, summary="Klantcontact opvragen", deprecated=True)
async def klantcontact_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Eén klantcontact."""
    return await shown(KLANTCONTACTEN, uuid, reader, caller)
