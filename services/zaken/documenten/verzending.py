"""A verzending: from whom a document was received, or to whom it was sent, and at which address.

Sealed: betrokkene, contact and address lead to a person. A document is received once and then not sent, or sent any
number of times; each verzending has exactly one address.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Query
from pydantic import Field as Documented
from sqlalchemy import LargeBinary, Text
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.reading import Page, Reading, Selection
from chassis.resource import Fields, In, Out, Partial, Resource, Row
from chassis.sealing import Keyring
from chassis.unit import Unit
from services.zaken import events
from services.zaken.answering import headers_only
from services.zaken.documenten.enkelvoudiginformatieobject.fields import EIO, Enkelvoudiginformatieobject, Given
from services.zaken.documenten.onderdeel import (
    Onderdeel,
    add,
    change,
    document_for,
    listed,
    of_document,
    part_for,
    remove,
    shown,
)
from services.zaken.documenten.visibility import AANMAKEN, TO_CHANGE, VERWIJDEREN
from services.zaken.events import Actie
from services.zaken.expand import NOTHING, Expand, ExpandFilter
from services.zaken.formats import AnyUrl, ShortUrl, Shown, Url
from services.zaken.gegevens import open_gegevens, seal_gegevens
from services.zaken.validation import Findings, check_unchanged

router = APIRouter(tags=["verzendingen"])


class AardRelatie(StrEnum):
    """Whether the betrokkene sent the document or received it."""

    afzender = "afzender"
    geadresseerde = "geadresseerde"


class PostadresType(StrEnum):
    """Kinds of address without a house."""

    antwoordnummer = "antwoordnummer"
    postbusnummer = "postbusnummer"


# ---- fields


class BinnenlandsCorrespondentieadres(In):
    """An address in the Netherlands."""

    huisletter: str = Documented(default="", max_length=1, description="Huisletter.")
    huisnummer: int = Documented(ge=1, le=99999, description="Huisnummer.")
    huisnummer_toevoeging: str = Documented(default="", max_length=4, description="Toevoeging bij het huisnummer.")
    naam_openbare_ruimte: str = Documented(min_length=1, max_length=80, description="Straat.")
    postcode: str = Documented(default="", max_length=6, description="Postcode.")
    woonplaatsnaam: str = Documented(min_length=1, max_length=80, description="Woonplaats.")


class BuitenlandsCorrespondentieadres(In):
    """An address abroad."""

    adres_buitenland1: str = Documented(min_length=1, max_length=35, description="Eerste adresregel.")
    adres_buitenland2: str = Documented(default="", max_length=35, description="Tweede adresregel.")
    adres_buitenland3: str = Documented(default="", max_length=35, description="Derde adresregel.")
    land_postadres: ShortUrl = Documented(min_length=1, description="URL van het land.")


class CorrespondentiePostadres(In):
    """A postbus or antwoordnummer."""

    post_bus_of_antwoordnummer: int = Documented(
        ge=1, le=9999, description="Nummer van de postbus of het antwoordnummer."
    )
    postadres_postcode: str = Documented(min_length=1, max_length=6, description="Postcode.")
    postadres_type: PostadresType = Documented(description="Postbus of antwoordnummer.")
    woonplaatsnaam: str = Documented(min_length=1, max_length=80, description="Woonplaats.")


class VerzendingFields(Fields):
    """What table and JSON share."""

    aard_relatie: AardRelatie = Field(sa_type=Text, description="Of de betrokkene het document stuurde of kreeg.")
    ontvangstdatum: date | None = Field(
        default=None, description="Wanneer het document is ontvangen; verplicht bij een afzender."
    )
    verzenddatum: date | None = Field(default=None, description="Wanneer het document is verzonden.")


class PersonalFields(In):
    """What can identify a person: stored sealed, as JSON."""

    betrokkene: ShortUrl = Documented(min_length=1, description="URL van wie het document stuurde of kreeg.")
    toelichting: str = Documented(default="", max_length=200, description="Toelichting op de relatie.")
    contact_persoon: Url = Documented(min_length=1, description="URL van het aanspreekpunt.")
    contactpersoonnaam: str = Documented(default="", max_length=40, description="Naam van het aanspreekpunt.")
    binnenlands_correspondentieadres: Given[BinnenlandsCorrespondentieadres] = Documented(
        default=None, description="Adres in Nederland."
    )
    buitenlands_correspondentieadres: Given[BuitenlandsCorrespondentieadres] = Documented(
        default=None, description="Adres in het buitenland."
    )
    correspondentie_postadres: Given[CorrespondentiePostadres] = Documented(
        default=None, description="Postbus of antwoordnummer."
    )
    faxnummer: str | None = Documented(default=None, max_length=15, description="Faxnummer.")
    emailadres: str | None = Documented(default=None, max_length=100, description="E-mailadres.")
    mijn_overheid: bool = Documented(default=False, description="Of het via de berichtenbox van MijnOverheid ging.")
    telefoonnummer: str | None = Documented(default=None, max_length=15, description="Telefoonnummer.")


ADDRESSES = (
    *("binnenlands_correspondentieadres", "buitenlands_correspondentieadres", "correspondentie_postadres"),
    *("faxnummer", "emailadres", "mijn_overheid", "telefoonnummer"),
)


class Verzending(VerzendingFields, Row, table=True):
    """Table of verzendingen. `gegevens` is the sealed JSON of PersonalFields."""

    eio_id: UUID = Field(foreign_key="enkelvoudiginformatieobject.id")
    betrokkene_index: bytes = Field(sa_type=LargeBinary)
    """Blind index of the URL of the betrokkene."""
    gegevens: bytes = Field(default=b"", sa_type=LargeBinary)


class VerzendingIn(PersonalFields, VerzendingFields):
    """A whole verzending."""

    informatieobject: AnyUrl = Documented(description="URL van het document.")


class VerzendingPatch(Partial):
    """Any part of a verzending."""

    whole = VerzendingIn


class VerzendingOut(Out, PersonalFields, VerzendingFields):
    """A verzending as answered."""

    url: Shown = Documented(min_length=1, description="URL van deze verzending.")
    informatieobject: str = Documented(description="URL van het document.")


async def render(unit: Unit, row: Verzending) -> VerzendingOut:
    """The JSON of a verzending."""
    return VerzendingOut(
        **open_gegevens(unit.runtime.keyring, VERZENDING.name, row),
        **{name: getattr(row, name) for name in VerzendingFields.model_fields},
        url=unit.url(VERZENDING, row.id),
        informatieobject=unit.url(EIO, row.eio_id),
    )


VERZENDING = Resource("verzending", Verzending, "documenten", "/verzendingen", render, sealed=True, main="eio_id")
PART = Onderdeel(VERZENDING, events.VERZENDING)


# ---- filter


class VerzendingFilter(ExpandFilter):
    """Query parameters of the list."""

    aard_relatie: AardRelatie | None = Documented(default=None, description="Of de betrokkene het stuurde of kreeg.")
    informatieobject: AnyUrl | None = Documented(default=None, description="URL van het document.")
    betrokkene: AnyUrl | None = Documented(default=None, description="URL van wie het document stuurde of kreeg.")


def betrokkene_index(keyring: Keyring, url: str) -> bytes:
    """Blind index (32 bytes) of the URL of a betrokkene."""
    return keyring.index(url, "verzending.betrokkene")


def select_verzendingen(chosen: VerzendingFilter, reader: Reading) -> Selection:
    """The verzendingen the filter asks for."""
    selection = of_document(reader, chosen.informatieobject).where_given("aard_relatie = {}", chosen.aard_relatie)
    sought = None if chosen.betrokkene is None else betrokkene_index(reader.runtime.keyring, chosen.betrokkene)
    return selection.where_given("betrokkene_index = {}", sought)


# ---- rules

_OTHERS = "SELECT DISTINCT aard_relatie FROM verzending WHERE eio_id = $1 AND id <> $2"


def check_address(findings: Findings, body: VerzendingIn) -> None:
    """A verzending has exactly one address, of whatever kind."""
    if sum(bool(getattr(body, name)) for name in ADDRESSES) != 1:
        reason = "Geef precies één adres: een postadres, fax- of telefoonnummer, e-mailadres of mijnOverheid."
        findings.add("nonFieldErrors", "invalid-address", reason)


def check_received(findings: Findings, body: VerzendingIn) -> None:
    """Of what was received it is known when."""
    if body.aard_relatie == AardRelatie.afzender and body.ontvangstdatum is None:
        findings.add("ontvangstdatum", "required", "Bij een afzender is de ontvangstdatum verplicht.")


async def check_direction(
    findings: Findings, unit: Unit, document: Enkelvoudiginformatieobject, row: Verzending
) -> None:
    """A document that was received has one afzender and nothing else; its row is locked."""
    rows = await (await unit.connection()).fetch(_OTHERS, document.id, row.id)
    others = {one["aard_relatie"] for one in rows}
    if AardRelatie.afzender in others and row.aard_relatie == AardRelatie.afzender:
        findings.add("aardRelatie", "max-occurences", "Dit document heeft al een afzender.")
    elif AardRelatie.afzender in {*others, row.aard_relatie} and others:
        findings.add("aardRelatie", "invalid-direction", "Een document is ontvangen of verzonden, niet allebei.")


async def fill(unit: Unit, document: Enkelvoudiginformatieobject, row: Verzending, body: VerzendingIn) -> None:
    """Set what a body says. Raises Invalid with all that is wrong."""
    findings = Findings()
    same = unit.runtime.references.local_id(EIO, body.informatieobject) == row.eio_id
    check_unchanged(findings, informatieobject=same)
    check_address(findings, body)
    check_received(findings, body)
    for name in VerzendingFields.model_fields:
        setattr(row, name, getattr(body, name))
    await check_direction(findings, unit, document, row)
    findings.stop_if_any()
    row.betrokkene_index = betrokkene_index(unit.runtime.keyring, body.betrokkene)
    seal_gegevens(unit.runtime.keyring, VERZENDING.name, row, body, PersonalFields)


async def change_verzending(
    unit: Unit, document: Enkelvoudiginformatieobject, row: Verzending, body: VerzendingIn, actie: Actie
) -> Response:
    """Store what a body says, of the same document, and answer with it. Raises Invalid."""
    await fill(unit, document, row, body)
    return await change(unit, PART, document, row, actie)


# ---- routes


@router.get("/verzendingen", response_model=Page[VerzendingOut], summary="Verzendingen opvragen")
async def verzending_list(
    chosen: Annotated[VerzendingFilter, Query()], reader: Reading, caller: CurrentCaller
) -> Response:
    """Alle verzendingen van documenten die de applicatie mag zien, gefilterd."""
    return await listed(VERZENDING, select_verzendingen(chosen, reader), chosen, reader, caller)


@router.post("/verzendingen", status_code=201, response_model=VerzendingOut, summary="Verzending vastleggen")
async def verzending_create(body: VerzendingIn, unit: UnitOfWork) -> Response:
    """Van wie een document is ontvangen of aan wie het is verzonden, met het adres."""
    document = await document_for(unit, body.informatieobject, AANMAKEN)
    row = Verzending(eio_id=document.id, aard_relatie=body.aard_relatie, betrokkene_index=b"")
    await fill(unit, document, row, body)
    return await add(unit, PART, document, row)


@router.get("/verzendingen/{uuid}", response_model=VerzendingOut, summary="Verzending opvragen")
async def verzending_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller, asked: Expand) -> Response:
    """Eén verzending."""
    return await shown(VERZENDING, uuid, reader, caller, asked)


@router.put("/verzendingen/{uuid}", response_model=VerzendingOut, summary="Verzending vervangen")
async def verzending_update(uuid: UUID, body: VerzendingIn, unit: UnitOfWork) -> Response:
    """Alles wat bij de verzending is gezegd; het document ligt vast."""
    document, row = await part_for(unit, VERZENDING, uuid, *TO_CHANGE)
    return await change_verzending(unit, document, row, body, "update")


@router.patch("/verzendingen/{uuid}", response_model=VerzendingOut, summary="Verzending wijzigen")
async def verzending_partial_update(uuid: UUID, body: VerzendingPatch, unit: UnitOfWork) -> Response:
    """Een deel van wat bij de verzending is gezegd; het document ligt vast."""
    document, row = await part_for(unit, VERZENDING, uuid, *TO_CHANGE)
    whole = body.over(orjson.loads(unit.body(VERZENDING, row)), VerzendingIn)
    return await change_verzending(unit, document, row, whole, "partial_update")


@router.delete("/verzendingen/{uuid}", status_code=204, summary="Verzending verwijderen")
async def verzending_destroy(uuid: UUID, unit: UnitOfWork) -> Response:
    """Haalt de verzending weg bij het document."""
    document, row = await part_for(unit, VERZENDING, uuid, VERWIJDEREN)
    return await remove(unit, PART, document, row)


@router.head("/verzendingen/{uuid}", summary="Headers van een verzending")
async def verzending_headers(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """De headers die een GET zou geven."""
    return headers_only(await verzending_retrieve(uuid, reader, caller, NOTHING))
