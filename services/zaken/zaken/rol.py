"""A rol: who is involved in a zaak, and as what. Who that is, is sealed at rest and found by blind indexes."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field as Documented
from sqlalchemy import DateTime, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field
from starlette.responses import Response

from chassis import clock
from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.reading import Page, Reading, Selection
from chassis.resource import REGISTRY, Fields, In, Out, Resource, Row
from chassis.unit import Unit, children
from services.zaken import events
from services.zaken.answering import headers_only
from services.zaken.catalogi.roltype import ROLTYPE, OmschrijvingGeneriek, Roltype
from services.zaken.expand import NOTHING, Expand, ExpandFilter
from services.zaken.formats import AnyUrl, EmailOrBlank, Link, Shown, Url, UrlOrBlank
from services.zaken.gegevens import open_gegevens, seal_gegevens
from services.zaken.validation import Findings, filter_id, referred, refuse_foreign_type
from services.zaken.zaken.betrokkene import SHAPES, Betrokkenetype, identificatie_index, identificatie_indexes
from services.zaken.zaken.onderdeel import (
    Onderdeel,
    add,
    check_same_zaaktype,
    listed,
    may_change,
    part_for,
    remove,
    shown,
    zaak_for,
)
from services.zaken.zaken.shapes import AnyShape, as_answered, shaped
from services.zaken.zaken.zaak.fields import ZAAK, Zaak

router = APIRouter(tags=["rollen"])
SINGLE = {OmschrijvingGeneriek.initiator, OmschrijvingGeneriek.zaakcoordinator}
"""Of these a zaak has one at most."""


class IndicatieMachtiging(StrEnum):
    """Whether the betrokkene acts for another one, or lets another one act; blank is neither."""

    geen = ""
    gemachtigde = "gemachtigde"
    machtiginggever = "machtiginggever"


Identificatie = Annotated[dict[str, Any], AnyShape(SHAPES)]


# ---- fields


class Contactpersoon(In):
    """Who to speak with about the betrokkene."""

    naam: str = Documented(max_length=40, description="Naam.")
    emailadres: EmailOrBlank = Documented(default="", max_length=254, description="E-mailadres.")
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
    betrokkene_identificatie: Identificatie | None = Documented(
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
    omschrijving_generiek: str = Documented(description="Landelijke naam van de rol.")
    roltoelichting: str = Documented(description="Toelichting op de rol.")
    registratiedatum: datetime = Documented(description="Wanneer de rol is geregistreerd.")
    contactpersoon_rol: Contactpersoon = Documented(description="Contactpersoon; leeg als die er niet is.")
    statussen: list[Shown] = Documented(description="URL's van de statussen die deze rol zette.")
    betrokkene_identificatie: Identificatie = Documented(description="Wie de betrokkene is.")


async def render(unit: Unit, row: Rol) -> RolOut:
    """The JSON of a rol. One that was never rendered is new and has set no status."""
    statussen: list[UUID] = []
    if row.representation:
        statement = "SELECT array(SELECT id FROM status WHERE gezetdoor_id = $1 ORDER BY id)"
        statussen = await (await unit.connection()).fetchval(statement, row.id)
    personal = open_gegevens(unit.runtime.keyring, ROL.name, row)
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
            "contactpersoon_rol": personal["contactpersoon_rol"] or Contactpersoon(naam=""),
            "betrokkene_identificatie": as_answered(SHAPES[row.betrokkene_type], personal["betrokkene_identificatie"]),
        }
    )


ROL = Resource("rol", Rol, "zaken", "/rollen", render, sealed=True, main="zaak_id")
ROLLEN = Onderdeel(ROL, events.ROL)


# ---- filter


def _identified(alias: str, description: str) -> Any:
    return Documented(default=None, alias=f"betrokkeneIdentificatie__{alias}", description=description)


class RolFilter(ExpandFilter):
    """Query parameters of the list. What identifies a betrokkene has the name of its blind index (SOUGHT)."""

    zaak: Link | None = Documented(default=None, description="URL van de zaak.")
    betrokkene: AnyUrl | None = Documented(default=None, description="URL van de betrokkene.")
    betrokkene_type: Betrokkenetype | None = Documented(default=None, description="Soort betrokkene.")
    inp_bsn: str | None = _identified("natuurlijkPersoon__inpBsn", "BSN.")
    anp_identificatie: str | None = _identified("natuurlijkPersoon__anpIdentificatie", "Nummer van een ander persoon.")
    inp_a_nummer: str | None = _identified("natuurlijkPersoon__inpA_nummer", "A-nummer.")
    inn_nnp_id: str | None = _identified("nietNatuurlijkPersoon__innNnpId", "RSIN.")
    ann_identificatie: str | None = _identified(
        "nietNatuurlijkPersoon__annIdentificatie", "Nummer van een andere rechtspersoon."
    )
    vestigings_nummer: str | None = _identified("vestiging__vestigingsNummer", "Vestigingsnummer.")
    organisatorische_eenheid: str | None = _identified(
        "organisatorischeEenheid__identificatie", "Code van een eenheid."
    )
    medewerker: str | None = _identified("medewerker__identificatie", "Code van een medewerker.")
    roltype: Link | None = Documented(default=None, description="URL van het roltype.")
    omschrijving: str | None = Documented(default=None, description="Naam van de rol.")
    omschrijving_generiek: OmschrijvingGeneriek | None = Documented(default=None, description="Landelijke rolnaam.")


SOUGHT = (
    *("betrokkene", "inp_bsn", "anp_identificatie", "inp_a_nummer", "inn_nnp_id", "ann_identificatie"),
    *("vestigings_nummer", "organisatorische_eenheid", "medewerker"),
)


def select_rollen(chosen: RolFilter, reader: Reading) -> Selection:
    """The rollen the filter asks for."""
    references, keyring = reader.runtime.references, reader.runtime.keyring
    selection = Selection().where_given("zaak_id = {}", filter_id(references, ZAAK, chosen.zaak, "zaak"))
    selection.where_given("roltype_id = {}", filter_id(references, ROLTYPE, chosen.roltype, "roltype"))
    selection.where_given("betrokkene_type = {}", chosen.betrokkene_type)
    selection.where_given("omschrijving = {}", chosen.omschrijving)
    selection.where_given("omschrijving_generiek = {}", chosen.omschrijving_generiek)
    sought = {name: getattr(chosen, name) for name in SOUGHT}
    indexes = [identificatie_index(keyring, name, value) for name, value in sought.items() if value is not None]
    return selection.where_given("identificaties @> {}::bytea[]", indexes or None)


# ---- rules


def check_betrokkene(findings: Findings, body: RolIn) -> None:
    """Somebody is named, and the identification has the shape of its kind; `body` then holds it as it is stored."""
    if not body.betrokkene and not body.betrokkene_identificatie:
        findings.add("nonFieldErrors", "invalid-betrokkene", "Geef betrokkene of betrokkeneIdentificatie.")
    if body.betrokkene_identificatie is not None:
        shape = SHAPES[body.betrokkene_type]
        body.betrokkene_identificatie = shaped(
            findings, "betrokkeneIdentificatie", shape, body.betrokkene_identificatie
        )


async def check_single(findings: Findings, unit: Unit, zaak: Zaak, roltype: Roltype) -> None:
    """A zaak has one initiator and one zaakcoordinator."""
    kind = roltype.omschrijving_generiek
    if kind not in SINGLE:
        return
    statement = "SELECT EXISTS (SELECT FROM rol WHERE zaak_id = $1 AND omschrijving_generiek = $2)"
    if await (await unit.connection()).fetchval(statement, zaak.id, kind):
        findings.add("roltype", "max-occurences", f"Deze zaak heeft al een {kind}.")


async def forget_setter(unit: Unit, rol: Rol) -> None:
    """The statussen a rol set remain, without it. (Their module knows this one, so it is found by its name.)"""
    status = REGISTRY["status"]
    for row in await children(unit, status.table, gezetdoor_id=rol.id):
        row.gezetdoor_id = None
        await unit.change(status, row)


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
    seal_gegevens(keyring, ROL.name, row, body, PersonalFields)
    return row


# ---- routes


@router.get("/rollen", response_model=Page[RolOut], summary="Rollen opvragen")
async def rol_list(chosen: Annotated[RolFilter, Query()], reader: Reading, caller: CurrentCaller) -> Response:
    """Alle rollen bij zaken die de applicatie mag zien, gefilterd."""
    return await listed(ROLLEN, select_rollen, chosen, reader, caller)


@router.post("/rollen", status_code=201, response_model=RolOut, summary="Rol toevoegen")
async def rol_create(body: RolIn, unit: UnitOfWork) -> Response:
    """Een betrokkene bij een zaak."""
    findings = Findings()
    may_change(unit)
    await refuse_foreign_type(unit, body.roltype, "roltype")
    zaak = await zaak_for(unit, body.zaak)
    roltype = await referred(unit, ROLTYPE, Roltype, body.roltype, "roltype")
    check_same_zaaktype(findings, zaak, roltype.zaaktype_id, "roltype")
    check_betrokkene(findings, body)
    await check_single(findings, unit, zaak, roltype)
    findings.stop_if_any()
    return await add(unit, ROLLEN, zaak, new_rol(unit, body, zaak, roltype))


@router.get("/rollen/{uuid}", response_model=RolOut, summary="Rol opvragen")
async def rol_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller, asked: Expand) -> Response:
    """Eén rol."""
    return await shown(ROLLEN, uuid, reader, caller, asked=asked)


@router.head("/rollen/{uuid}", summary="Headers van een rol")
async def rol_headers(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """De headers die een GET zou geven."""
    return headers_only(await rol_retrieve(uuid, reader, caller, NOTHING))


@router.delete("/rollen/{uuid}", status_code=204, summary="Rol verwijderen")
async def rol_destroy(uuid: UUID, unit: UnitOfWork) -> Response:
    """Haalt een betrokkene weg bij een zaak; de statussen die deze zette blijven."""
    zaak, row = await part_for(unit, ROLLEN, uuid)
    await forget_setter(unit, row)
    return await remove(unit, ROLLEN, zaak, row)
