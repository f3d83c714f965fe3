"""A rol: who is involved in a zaak, and as what. Who that is, is sealed at rest and found by blind indexes."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends
from pydantic import Field as Documented
from pydantic import ValidationError
from sqlalchemy import DateTime, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field
from starlette.responses import Response

from chassis import clock
from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import FieldError, Invalid, fields_of
from chassis.reading import Filter, Page, Reading, Selection
from chassis.resource import Fields, In, Out, Resource, Row
from chassis.sealing import Keyring
from chassis.unit import Unit
from services.zaken import events
from services.zaken.answering import headers_only
from services.zaken.catalogi.roltype import ROLTYPE, OmschrijvingGeneriek, Roltype
from services.zaken.closing import scopes_to_change
from services.zaken.formats import Url, UrlOrBlank
from services.zaken.querying import documented, query_of
from services.zaken.validation import filter_id, referred
from services.zaken.visibility import ZAAK_COLUMNS, listable, require, restrict_children
from services.zaken.zaken.announcing import announce
from services.zaken.zaken.betrokkene import SHAPES, Betrokkenetype, identificatie_index, identificatie_indexes
from services.zaken.zaken.zaak.fields import ZAAK, Zaak

router = APIRouter(tags=["rollen"])


class IndicatieMachtiging(StrEnum):
    """Whether the betrokkene acts for another one, or lets another one act; blank is neither."""

    geen = ""
    gemachtigde = "gemachtigde"
    machtiginggever = "machtiginggever"


# ---- fields


class Contactpersoon(In):
    """Who to speak with about the betrokkene."""

    naam: str = Documented(max_length=40, description="Naam.")
    emailadres: str = Documented(default="", max_length=254, description="E-mailadres.")
    functie: str = Documented(default="", max_length=50, description="Functie.")
    telefoonnummer: str = Documented(default="", max_length=20, description="Telefoonnummer.")


class RolFields(Fields):
    """What table and JSON share."""

    betrokkene_type: Betrokkenetype = Field(sa_type=Text, description="Soort betrokkene.")
    indicatie_machtiging: IndicatieMachtiging = Field(
        default=IndicatieMachtiging.geen, sa_type=Text, description="Of de betrokkene (ge)machtigd is."
    )


class PersonalFields(In):
    """What can identify a person: stored sealed, as JSON."""

    betrokkene: UrlOrBlank = Documented(default="", description="URL van de betrokkene.")
    afwijkende_naam_betrokkene: str = Documented(default="", max_length=625, description="Naam in deze zaak.")
    roltoelichting: str = Documented(max_length=1000, description="Toelichting op de rol.")
    contactpersoon_rol: Contactpersoon | None = Documented(default=None, description="Contactpersoon.")
    betrokkene_identificatie: dict[str, Any] | None = Documented(
        default=None, description="Wie de betrokkene is; de velden hangen af van het soort betrokkene."
    )


class Rol(RolFields, Row, table=True):
    """Table of rollen. `gegevens` is the sealed JSON of PersonalFields, `identificaties` its blind indexes."""

    zaak_id: UUID = Field(foreign_key="zaak.id")
    roltype_id: UUID = Field(foreign_key="roltype.id")
    omschrijving: str = Field(max_length=100)
    omschrijving_generiek: str = Field(sa_type=Text)
    registratiedatum: datetime = Field(sa_type=DateTime(timezone=True))
    gegevens: bytes = Field(sa_type=LargeBinary)
    identificaties: list[bytes] = Field(default_factory=list, sa_type=ARRAY(LargeBinary))


class RolIn(PersonalFields, RolFields):
    """A new rol."""

    zaak: Url = Documented(description="URL van de zaak.")
    roltype: Url = Documented(description="URL van het roltype.")


class RolOut(Out, RolFields):
    """A rol as answered."""

    url: str = Documented(description="URL van deze rol.")
    uuid: UUID = Documented(description="Id van deze rol.")
    zaak: str = Documented(description="URL van de zaak.")
    betrokkene: str = Documented(description="URL van de betrokkene.")
    afwijkende_naam_betrokkene: str = Documented(description="Naam in deze zaak.")
    roltype: str = Documented(description="URL van het roltype.")
    omschrijving: str = Documented(description="Naam van de rol.")
    omschrijving_generiek: OmschrijvingGeneriek = Documented(description="Landelijke naam van de rol.")
    roltoelichting: str = Documented(description="Toelichting op de rol.")
    registratiedatum: datetime = Documented(description="Wanneer de rol is geregistreerd.")
    contactpersoon_rol: Contactpersoon | None = Documented(description="Contactpersoon.")
    statussen: list[str] = Documented(description="URL's van de statussen die deze rol zette.")
    betrokkene_identificatie: dict[str, Any] = Documented(description="Wie de betrokkene is.")


async def render(unit: Unit, row: Rol) -> RolOut:
    """The JSON of a rol. One that was never rendered is new and has set no status."""
    statussen: list[UUID] = []
    if row.representation:
        statement = text("SELECT id FROM status WHERE gezetdoor_id = :id ORDER BY id")
        statussen = list((await unit.session.execute(statement, {"id": row.id})).scalars())
    personal = opened(unit.runtime.keyring, row)
    shape = SHAPES[row.betrokkene_type]
    identification = shape.model_validate(personal.pop("betrokkene_identificatie") or {})
    return RolOut.model_validate(
        personal
        | {name: getattr(row, name) for name in RolFields.model_fields}
        | {
            "url": unit.url(ROL, row.id),
            "uuid": row.id,
            "zaak": unit.url(ZAAK, row.zaak_id),
            "roltype": unit.url(ROLTYPE, row.roltype_id),
            "omschrijving": row.omschrijving,
            "omschrijving_generiek": row.omschrijving_generiek,
            "registratiedatum": row.registratiedatum,
            "statussen": [f"{unit.public_url}/zaken/api/v1/statussen/{part}" for part in statussen],
            "betrokkene_identificatie": identification.model_dump(mode="json", by_alias=True),
        }
    )


ROL = Resource("rol", Rol, "zaken", "/rollen", render, sealed=True, main="zaak_id")


# ---- filter


class RolFilter(Filter):
    """Query parameters of the list."""

    zaak: str | None = Documented(default=None, description="URL van de zaak.")
    betrokkene: str | None = Documented(default=None, description="URL van de betrokkene.")
    betrokkene_type: Betrokkenetype | None = Documented(default=None, description="Soort betrokkene.")
    bsn: str | None = Documented(
        default=None, alias="betrokkeneIdentificatie__natuurlijkPersoon__inpBsn", description="BSN."
    )
    roltype: str | None = Documented(default=None, description="URL van het roltype.")
    omschrijving: str | None = Documented(default=None, description="Naam van de rol.")
    omschrijving_generiek: OmschrijvingGeneriek | None = Documented(default=None, description="Landelijke rolnaam.")


def select_rollen(chosen: RolFilter, reader: Reading) -> Selection:
    """The rollen the filter asks for."""
    references, keyring = reader.runtime.references, reader.runtime.keyring
    selection = Selection().where_given("zaak_id = {}", filter_id(references, ZAAK, chosen.zaak, "zaak"))
    selection.where_given("roltype_id = {}", filter_id(references, ROLTYPE, chosen.roltype, "roltype"))
    selection.where_given("betrokkene_type = {}", chosen.betrokkene_type)
    selection.where_given("omschrijving = {}", chosen.omschrijving)
    selection.where_given("omschrijving_generiek = {}", chosen.omschrijving_generiek)
    sought = {"betrokkene": chosen.betrokkene, "inp_bsn": chosen.bsn}
    indexes = [identificatie_index(keyring, name, value) for name, value in sought.items() if value is not None]
    return selection.where_given("identificaties @> {}::bytea[]", indexes or None)


# ---- rules


def sealed_gegevens(keyring: Keyring, row_id: UUID, body: RolIn) -> bytes:
    """What can identify a person, as it is stored."""
    personal = body.model_dump(mode="json", include=set(PersonalFields.model_fields))
    return keyring.seal(orjson.dumps(personal), f"rol.gegevens:{row_id}")


def opened(keyring: Keyring, row: Rol) -> dict[str, Any]:
    """What `sealed_gegevens` stored."""
    personal: dict[str, Any] = orjson.loads(keyring.open(row.gegevens, f"rol.gegevens:{row.id}"))
    return personal


def check_identification(body: RolIn) -> None:
    """The identification has the shape of its kind, and somebody is named at all. Raises Invalid."""
    if not body.betrokkene and not body.betrokkene_identificatie:
        raise Invalid.field("nonFieldErrors", "invalid-betrokkene", "Geef betrokkene of betrokkeneIdentificatie.")
    if body.betrokkene_identificatie is None:
        return
    try:
        shape = SHAPES[body.betrokkene_type].model_validate(body.betrokkene_identificatie)
    except ValidationError as error:
        wrong = [
            FieldError(f"betrokkeneIdentificatie.{one.name}", one.code, one.reason) for one in fields_of(error.errors())
        ]
        raise Invalid(wrong) from None
    body.betrokkene_identificatie = shape.model_dump(mode="json")


def new_rol(unit: Unit, body: RolIn, zaak: Zaak, roltype: Roltype) -> Rol:
    """The row of a new rol."""
    keyring, kind = unit.runtime.keyring, body.betrokkene_type
    row = Rol(
        betrokkene_type=kind,
        indicatie_machtiging=body.indicatie_machtiging,
        zaak_id=zaak.id,
        roltype_id=roltype.id,
        omschrijving=roltype.omschrijving,
        omschrijving_generiek=roltype.omschrijving_generiek,
        registratiedatum=clock.now(),
        gegevens=b"",
        identificaties=identificatie_indexes(keyring, kind, body.betrokkene_identificatie, body.betrokkene),
    )
    row.gegevens = sealed_gegevens(keyring, row.id, body)
    return row


def check_same_zaaktype(zaak: Zaak, roltype: Roltype) -> None:
    """A roltype belongs to the zaaktype of the zaak (zrc-019). Raises Invalid."""
    if roltype.zaaktype_id != zaak.zaaktype_id:
        raise Invalid.field("nonFieldErrors", "zaaktype-mismatch", "Dit roltype hoort niet bij het zaaktype.")


# ---- routes


@router.get("/rollen", response_model=Page[RolOut], summary="Rollen opvragen", openapi_extra=documented(RolFilter))
async def rol_list(
    chosen: Annotated[RolFilter, Depends(query_of(RolFilter))], reader: Reading, caller: CurrentCaller
) -> Response:
    """Alle rollen bij zaken die de applicatie mag zien, gefilterd."""
    seen = listable(caller, reader.runtime.references, "zaken.lezen")
    return await reader.page(ROL, restrict_children(select_rollen(chosen, reader), seen), chosen.page)


@router.post("/rollen", status_code=201, response_model=RolOut, summary="Rol toevoegen")
async def rol_create(body: RolIn, unit: UnitOfWork) -> Response:
    """Een betrokkene bij een zaak."""
    references = unit.runtime.references
    listable(unit.caller, references, "zaken.bijwerken", "zaken.geforceerd-bijwerken")
    check_identification(body)
    zaak = await referred(unit, ZAAK, Zaak, body.zaak, "zaak", same_api=True, lock=True)
    require(unit.caller, references, zaak.zaaktype_id, zaak.vertrouwelijkheid, *scopes_to_change(zaak))
    roltype = await referred(unit, ROLTYPE, Roltype, body.roltype, "roltype")
    check_same_zaaktype(zaak, roltype)
    row = new_rol(unit, body, zaak, roltype)
    await unit.create(ROL, row)
    await unit.touch(ZAAK, zaak)
    announce(unit, events.ROL.toegevoegd, zaak, ROL, row)
    return unit.respond(ROL, row, 201)


@router.get("/rollen/{uuid}", response_model=RolOut, summary="Rol opvragen")
async def rol_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Eén rol."""
    references = reader.runtime.references
    listable(caller, references, "zaken.lezen")
    row = await reader.row(ROL, uuid, ZAAK_COLUMNS)
    require(caller, references, row["zaaktype_id"], row["vertrouwelijkheid"], "zaken.lezen")
    return reader.one(ROL, uuid, row)


@router.head("/rollen/{uuid}", summary="Headers van een rol")
async def rol_headers(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """De headers die een GET zou geven."""
    return headers_only(await rol_retrieve(uuid, reader, caller))
