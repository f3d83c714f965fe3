"""An informatieobjecttype: what documents of one kind have in common, in versions that are fixed once published."""

from collections.abc import Collection
from datetime import date
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Query
from pydantic import Field as Documented
from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.reading import Page, Reading, Selection
from chassis.resource import Fields, In, Out, Partial, Resource, Row
from chassis.unit import Unit
from services.zaken import events
from services.zaken.answering import headers_only
from services.zaken.catalogi import lifecycle
from services.zaken.catalogi.catalogus import CATALOGUS, Catalogus
from services.zaken.catalogi.concept import WRITE, TypeStatus, require_removable, require_writable, select_status
from services.zaken.catalogi.geldigheid import OneVersion, Version, check_period, select_valid
from services.zaken.catalogi.naming import INFORMATIEOBJECTTYPEN
from services.zaken.catalogi.rights import require_readable
from services.zaken.expand import ExpandFilter, answer_one, answer_page
from services.zaken.formats import AnyUrl, Blankable, Link
from services.zaken.validation import Findings, filter_id, referred
from services.zaken.vertrouwelijkheid import Vertrouwelijkheidaanduiding

router = APIRouter(tags=["informatieobjecttypen"])


# ---- fields


class InformatieobjecttypeOmschrijvingGeneriekIn(In):
    """What documents of the kind are called in the whole country."""

    informatieobjecttype_omschrijving_generiek: str = Documented(max_length=80, description="Landelijke naam.")
    definitie_informatieobjecttype_omschrijving_generiek: str = Documented(
        max_length=255, description="Wat ermee wordt bedoeld."
    )
    herkomst_informatieobjecttype_omschrijving_generiek: str = Documented(
        max_length=12, description="Lijst of beheerder waar de naam vandaan komt."
    )
    hierarchie_informatieobjecttype_omschrijving_generiek: str = Documented(
        max_length=80, description="Plaats in de rangorde."
    )
    opmerking_informatieobjecttype_omschrijving_generiek: str | None = Documented(
        default=None, max_length=255, description="Toelichting."
    )


class InformatieobjecttypeOmschrijvingGeneriekOut(Out):
    """What documents of the kind are called in the whole country; blank when that is not known."""

    informatieobjecttype_omschrijving_generiek: str = Documented(default="", description="Landelijke naam.")
    definitie_informatieobjecttype_omschrijving_generiek: str = Documented(default="", description="Betekenis.")
    herkomst_informatieobjecttype_omschrijving_generiek: str = Documented(default="", description="Herkomst.")
    hierarchie_informatieobjecttype_omschrijving_generiek: str = Documented(default="", description="Rangorde.")
    opmerking_informatieobjecttype_omschrijving_generiek: str | None = Documented(
        default=None, description="Toelichting."
    )


class InformatieobjecttypeFields(Fields):
    """What table and JSON share."""

    omschrijving: str = Field(max_length=80, min_length=1, description="Naam van het type, uniek per catalogus.")
    vertrouwelijkheidaanduiding: Vertrouwelijkheidaanduiding = Field(
        sa_type=Text, description="Vertrouwelijkheid van documenten, tenzij bij het document anders gekozen."
    )
    begin_geldigheid: date = Field(description="Eerste dag waarop deze versie geldt.")
    einde_geldigheid: date | None = Field(default=None, description="Laatste dag waarop deze versie geldt.")
    begin_object: date | None = Field(default=None, description="Begin van de eerste versie.")
    einde_object: date | None = Field(default=None, description="Einde van de laatste versie.")
    informatieobjectcategorie: str = Field(max_length=80, min_length=1, description="Soort documenten.")
    trefwoord: list[Annotated[str, Documented(max_length=30)]] = Field(
        default_factory=list, sa_type=ARRAY(Text), description="Woorden die documenten kenmerken."
    )


class Informatieobjecttype(InformatieobjecttypeFields, Row, table=True):
    """Table of informatieobjecttypen: one row per version."""

    catalogus_id: UUID = Field(foreign_key="catalogus.id")
    concept: bool = True
    omschrijving_generiek: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))


class InformatieobjecttypeIn(In, InformatieobjecttypeFields):
    """A new version of an informatieobjecttype. What refers to it follows from those types."""

    catalogus: AnyUrl = Documented(description="URL van de catalogus.")
    omschrijving_generiek: Blankable[InformatieobjecttypeOmschrijvingGeneriekIn] = Documented(
        default=None, description="Landelijke naam van het type."
    )


class InformatieobjecttypePatch(Partial):
    """Any part of an informatieobjecttype."""

    whole = InformatieobjecttypeIn


class InformatieobjecttypeOut(Out, InformatieobjecttypeFields):
    """An informatieobjecttype as answered. As stored, what refers to it is left empty."""

    url: str = Documented(description="URL van deze versie van het informatieobjecttype.")
    catalogus: Link = Documented(description="URL van de catalogus.")
    concept: bool = Documented(description="Of het type nog niet gepubliceerd is.")
    omschrijving_generiek: InformatieobjecttypeOmschrijvingGeneriekOut = Documented(
        description="Landelijke naam van het type."
    )
    zaaktypen: list[Link] = Documented(default=[], description="URL's van de zaaktypen die nu gelden.")
    zaaktype_identificaties: list[str] = Documented(default=[], description="Identificaties daarvan.")
    besluittypen: list[Link] = Documented(default=[], description="URL's van de besluittypen die nu gelden.")
    besluittype_omschrijving: list[str] = Documented(default=[], description="Omschrijvingen daarvan.")


async def render(unit: Unit, row: Informatieobjecttype) -> InformatieobjecttypeOut:
    """The JSON of an informatieobjecttype."""
    return InformatieobjecttypeOut(
        **{name: getattr(row, name) for name in InformatieobjecttypeFields.model_fields},
        url=unit.url(INFORMATIEOBJECTTYPE, row.id),
        catalogus=unit.url(CATALOGUS, row.catalogus_id),
        concept=row.concept,
        omschrijving_generiek=InformatieobjecttypeOmschrijvingGeneriekOut(**row.omschrijving_generiek or {}),
    )


INFORMATIEOBJECTTYPE = Resource(
    "informatieobjecttype", Informatieobjecttype, "catalogi", "/informatieobjecttypen", render
)
VERSIES = lifecycle.MainType(
    INFORMATIEOBJECTTYPE,
    INFORMATIEOBJECTTYPEN,
    events.INFORMATIEOBJECTTYPE,
    events.INFORMATIEOBJECTTYPE_GEPUBLICEERD,
)


# ---- filter


class InformatieobjecttypeFilter(ExpandFilter):
    """Query parameters of the list."""

    catalogus: Link | None = Documented(default=None, description="URL van de catalogus.")
    status: TypeStatus = Documented(
        default=TypeStatus.definitief, description="Alleen concepten, definitieve of alles."
    )
    datum_geldigheid: date | None = Documented(
        default=None, description="Geldig op deze dag; ook voor de typen die ernaar verwijzen."
    )
    omschrijving: str | None = Documented(default=None, description="Omschrijving van het informatieobjecttype.")


def select_informatieobjecttypen(chosen: InformatieobjecttypeFilter, reader: Reading) -> Selection:
    """The informatieobjecttypen the filter asks for."""
    catalogus_id = filter_id(reader.runtime.references, CATALOGUS, chosen.catalogus, "catalogus")
    selection = Selection().where_given("catalogus_id = {}", catalogus_id)
    selection.where_given("omschrijving = {}", chosen.omschrijving)
    return select_status(select_valid(selection, chosen.datum_geldigheid), chosen.status)


# ---- rules


def values_of(
    unit: Unit,
    body: InformatieobjecttypeIn,
    row: Informatieobjecttype | None = None,
    sent: Collection[str] | None = None,
) -> dict[str, Any]:
    """The columns of an informatieobjecttype by Python name. Raises Invalid with all that is wrong.

    row: what is there before the change. sent: JSON names of the fields of a PATCH.
    """
    findings = Findings()
    check_period(findings, body, sent)
    values = body.model_dump(exclude={"catalogus"})
    if row is not None:
        findings.errors += lifecycle.check_kept(unit, VERSIES, row, body.catalogus, values)
    findings.stop_if_any()
    return values


# ---- routes


@router.get(
    "/informatieobjecttypen", response_model=Page[InformatieobjecttypeOut], summary="Informatieobjecttypen opvragen"
)
async def informatieobjecttype_list(
    chosen: Annotated[InformatieobjecttypeFilter, Query()], reader: Reading, caller: CurrentCaller
) -> Response:
    """Alle informatieobjecttypen, gefilterd; zonder filter alleen de gepubliceerde."""
    require_readable(caller)
    selection = select_informatieobjecttypen(chosen, reader)
    return await answer_page(reader, caller, INFORMATIEOBJECTTYPE, selection, chosen, day=chosen.datum_geldigheid)


@router.post(
    "/informatieobjecttypen",
    status_code=201,
    response_model=InformatieobjecttypeOut,
    summary="Informatieobjecttype registreren",
)
async def informatieobjecttype_create(body: InformatieobjecttypeIn, unit: UnitOfWork) -> Response:
    """Een nieuwe versie van een informatieobjecttype, als concept."""
    unit.caller.require("ztc", WRITE)
    catalogus = await referred(unit, CATALOGUS, Catalogus, body.catalogus, "catalogus", same_api=True, lock=True)
    row = Informatieobjecttype(**values_of(unit, body), catalogus_id=catalogus.id)
    return await lifecycle.create(unit, VERSIES, row, catalogus)


@router.get(
    "/informatieobjecttypen/{uuid}", response_model=InformatieobjecttypeOut, summary="Informatieobjecttype opvragen"
)
async def informatieobjecttype_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller, asked: Version) -> Response:
    """Eén versie van een informatieobjecttype, met de typen eromheen zoals ze op de gevraagde dag gelden."""
    require_readable(caller)
    return await answer_one(
        reader,
        caller,
        INFORMATIEOBJECTTYPE,
        await reader.row(INFORMATIEOBJECTTYPE, uuid),
        asked,
        day=asked.datum_geldigheid,
    )


@router.head("/informatieobjecttypen/{uuid}", summary="Headers van een informatieobjecttype")
async def informatieobjecttype_headers(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """De headers die een GET zou geven."""
    return headers_only(await informatieobjecttype_retrieve(uuid, reader, caller, OneVersion()))


@router.put(
    "/informatieobjecttypen/{uuid}",
    response_model=InformatieobjecttypeOut,
    summary="Informatieobjecttype geheel wijzigen",
)
async def informatieobjecttype_update(uuid: UUID, body: InformatieobjecttypeIn, unit: UnitOfWork) -> Response:
    """Een concept in zijn geheel; een gepubliceerd informatieobjecttype alleen als correctie."""
    require_writable(unit.caller)
    row = await lifecycle.opened(unit, VERSIES, uuid)
    return await lifecycle.changed(unit, VERSIES, row, values_of(unit, body, row), "update")


@router.patch(
    "/informatieobjecttypen/{uuid}",
    response_model=InformatieobjecttypeOut,
    summary="Informatieobjecttype deels wijzigen",
)
async def informatieobjecttype_partial_update(
    uuid: UUID, body: InformatieobjecttypePatch, unit: UnitOfWork
) -> Response:
    """Een deel van een concept; van een gepubliceerd type alleen eindeGeldigheid, of een correctie."""
    require_writable(unit.caller)
    row = await lifecycle.opened(unit, VERSIES, uuid, body.root)
    changed = body.over(orjson.loads(unit.body(INFORMATIEOBJECTTYPE, row)), InformatieobjecttypeIn)
    return await lifecycle.changed(unit, VERSIES, row, values_of(unit, changed, row, body.root), "partial_update")


@router.delete("/informatieobjecttypen/{uuid}", status_code=204, summary="Informatieobjecttype verwijderen")
async def informatieobjecttype_destroy(uuid: UUID, unit: UnitOfWork) -> Response:
    """Een concept; een gepubliceerd type alleen geforceerd, en nooit als er documenten van zijn."""
    require_removable(unit.caller)
    return await lifecycle.destroy(unit, VERSIES, uuid)


@router.post(
    "/informatieobjecttypen/{uuid}/publish",
    response_model=InformatieobjecttypeOut,
    summary="Informatieobjecttype publiceren",
)
async def informatieobjecttype_publish(uuid: UUID, unit: UnitOfWork) -> Response:
    """Het concept wordt definitief: er kunnen documenten van worden gemaakt en het type verandert niet meer."""
    unit.caller.require("ztc", WRITE)
    return await lifecycle.publish(unit, VERSIES, uuid)
