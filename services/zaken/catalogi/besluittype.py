"""A besluittype: what besluiten of one kind have in common, in versions that are fixed once published."""

from collections.abc import Collection
from datetime import date
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Query
from pydantic import Field as Documented
from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY
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
from services.zaken.catalogi.naming import BESLUITTYPEN, INFORMATIEOBJECTTYPEN, ZAAKTYPEN, filter_named, named
from services.zaken.catalogi.rights import require_readable
from services.zaken.expand import ExpandFilter, answer_one, answer_page
from services.zaken.formats import AnyUrl, Duration, Link
from services.zaken.validation import Findings, filter_id, referred

router = APIRouter(tags=["besluittypen"])


# ---- fields


class BesluittypeFields(Fields):
    """What table and JSON share."""

    omschrijving: str = Field(default="", max_length=80, description="Naam van het besluittype, uniek per catalogus.")
    omschrijving_generiek: str = Field(default="", max_length=80, description="Landelijke naam van het besluittype.")
    besluitcategorie: str = Field(default="", max_length=40, description="Soort besluiten.")
    reactietermijn: Duration | None = Field(
        default=None, sa_type=Text, description="Duur waarin bezwaar mogelijk is (ISO 8601)."
    )
    publicatie_indicatie: bool = Field(description="Of besluiten van dit type gepubliceerd worden.")
    publicatietekst: str = Field(default="", sa_type=Text, description="Tekst bij publicatie.")
    publicatietermijn: Duration | None = Field(
        default=None, sa_type=Text, description="Duur dat een besluit gepubliceerd blijft (ISO 8601)."
    )
    toelichting: str = Field(default="", sa_type=Text, description="Toelichting.")
    begin_geldigheid: date = Field(description="Eerste dag waarop deze versie geldt.")
    einde_geldigheid: date | None = Field(default=None, description="Laatste dag waarop deze versie geldt.")
    begin_object: date | None = Field(default=None, description="Begin van de eerste versie.")
    einde_object: date | None = Field(default=None, description="Einde van de laatste versie.")


class Besluittype(BesluittypeFields, Row, table=True):
    """Table of besluittypen: one row per version."""

    catalogus_id: UUID = Field(foreign_key="catalogus.id")
    concept: bool = True
    informatieobjecttypen: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    """By name."""
    vaste_informatieobjecttypen: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))


class BesluittypeIn(In, BesluittypeFields):
    """A new version of a besluittype. Its zaaktypen follow from those: a relation is laid there."""

    catalogus: AnyUrl = Documented(description="URL van de catalogus.")
    informatieobjecttypen: list[str] = Documented(
        description="Omschrijvingen of URL's van de informatieobjecttypen waarin besluiten worden vastgelegd."
    )


class BesluittypePatch(Partial):
    """Any part of a besluittype."""

    whole = BesluittypeIn


class BesluittypeOut(Out, BesluittypeFields):
    """A besluittype as answered. As stored, the relations that depend on the day hold names."""

    url: str = Documented(description="URL van deze versie van het besluittype.")
    catalogus: Link = Documented(description="URL van de catalogus.")
    concept: bool = Documented(description="Of het type nog niet gepubliceerd is.")
    zaaktypen: list[Link] = Documented(default=[], description="URL's van de zaaktypen die nu gelden.")
    zaaktype_identificaties: list[str] = Documented(default=[], description="Identificaties daarvan.")
    informatieobjecttypen: list[Link] = Documented(description="URL's van de informatieobjecttypen die nu gelden.")
    informatieobjecttype_omschrijvingen: list[str] = Documented(description="Omschrijvingen van alle.")
    informatieobjecttype_omschrijving: list[str] = Documented(
        deprecated=True, description="Hetzelfde, onder de oude naam."
    )
    vastgelegd_in: list[str] = Documented(description="Omschrijvingen van alle informatieobjecttypen.")
    resultaattypen: list[Link] = Documented(
        default=[], description="URL's van de resultaattypen die bij dit besluittype horen."
    )
    resultaattypen_omschrijving: list[str] = Documented(default=[], description="Omschrijvingen daarvan.")


async def render(unit: Unit, row: Besluittype) -> BesluittypeOut:
    """The JSON of a besluittype."""
    return BesluittypeOut(
        **{name: getattr(row, name) for name in BesluittypeFields.model_fields},
        url=unit.url(BESLUITTYPE, row.id),
        catalogus=unit.url(CATALOGUS, row.catalogus_id),
        concept=row.concept,
        informatieobjecttypen=row.informatieobjecttypen,
        informatieobjecttype_omschrijvingen=row.informatieobjecttypen,
        informatieobjecttype_omschrijving=row.informatieobjecttypen,
        vastgelegd_in=row.informatieobjecttypen,
    )


BESLUITTYPE = Resource("besluittype", Besluittype, "catalogi", "/besluittypen", render)
VERSIES = lifecycle.MainType(BESLUITTYPE, BESLUITTYPEN, events.BESLUITTYPE, events.BESLUITTYPE_GEPUBLICEERD)


# ---- filter


class BesluittypeFilter(ExpandFilter):
    """Query parameters of the list."""

    catalogus: Link | None = Documented(default=None, description="URL van de catalogus.")
    zaaktypen: str | None = Documented(default=None, description="Identificatie of URL van een zaaktype.")
    informatieobjecttypen: str | None = Documented(
        default=None, description="Omschrijving of URL van een informatieobjecttype."
    )
    status: TypeStatus = Documented(
        default=TypeStatus.definitief, description="Alleen concepten, definitieve of alles."
    )
    omschrijving: str | None = Documented(default=None, description="Omschrijving van het besluittype.")
    datum_geldigheid: date | None = Documented(
        default=None, description="Geldig op deze dag; ook voor de typen waarnaar wordt verwezen."
    )


def select_besluittypen(chosen: BesluittypeFilter, reader: Reading) -> Selection:
    """The besluittypen the filter asks for."""
    references = reader.runtime.references
    catalogus_id = filter_id(references, CATALOGUS, chosen.catalogus, "catalogus")
    selection = Selection().where_given("catalogus_id = {}", catalogus_id)
    selection.where_given("omschrijving = {}", chosen.omschrijving)
    filter_named(
        selection,
        references,
        ZAAKTYPEN,
        given=chosen.zaaktypen,
        name="zaaktypen",
        sql="EXISTS (SELECT FROM zaaktype other WHERE {match} AND other.catalogus_id = besluittype.catalogus_id "
        "AND other.besluittypen @> ARRAY[besluittype.omschrijving::text])",
    )
    filter_named(
        selection,
        references,
        INFORMATIEOBJECTTYPEN,
        given=chosen.informatieobjecttypen,
        name="informatieobjecttypen",
        sql="EXISTS (SELECT FROM informatieobjecttype other WHERE {match} "
        "AND other.catalogus_id = besluittype.catalogus_id "
        "AND besluittype.informatieobjecttypen @> ARRAY[other.omschrijving::text])",
    )
    return select_status(select_valid(selection, chosen.datum_geldigheid), chosen.status)


# ---- rules


async def values_of(
    unit: Unit,
    body: BesluittypeIn,
    catalogus_id: UUID,
    row: Besluittype | None = None,
    sent: Collection[str] | None = None,
) -> dict[str, Any]:
    """The columns of a besluittype by Python name, relations as names. Raises Invalid with all that is wrong.

    row: what is there before the change. sent: JSON names of the fields of a PATCH.
    """
    findings = Findings()
    check_period(findings, body, sent)
    given = {f"informatieobjecttypen.{index}": one for index, one in enumerate(body.informatieobjecttypen)}
    known, before = (row.informatieobjecttypen, row.vaste_informatieobjecttypen) if row is not None else ((), ())
    meant = await named(unit, INFORMATIEOBJECTTYPEN, given, catalogus_id, findings, known=known)
    names = dict.fromkeys(one.name for one in meant.values())
    fixed = {one.name for one in meant.values() if one.fixed} | set(before)
    values = body.model_dump(exclude={"catalogus"})
    values |= {
        "informatieobjecttypen": list(names),
        "vaste_informatieobjecttypen": [name for name in names if name in fixed],
    }
    if row is not None:
        findings.errors += lifecycle.check_kept(unit, VERSIES, row, body.catalogus, values)
    findings.stop_if_any()
    return values


# ---- routes


@router.get("/besluittypen", response_model=Page[BesluittypeOut], summary="Besluittypen opvragen")
async def besluittype_list(
    chosen: Annotated[BesluittypeFilter, Query()], reader: Reading, caller: CurrentCaller
) -> Response:
    """Alle besluittypen, gefilterd; zonder filter alleen de gepubliceerde."""
    require_readable(caller)
    selection = select_besluittypen(chosen, reader)
    return await answer_page(reader, caller, BESLUITTYPE, selection, chosen, day=chosen.datum_geldigheid)


@router.post("/besluittypen", status_code=201, response_model=BesluittypeOut, summary="Besluittype registreren")
async def besluittype_create(body: BesluittypeIn, unit: UnitOfWork) -> Response:
    """Een nieuwe versie van een besluittype, als concept."""
    unit.caller.require("ztc", WRITE)
    catalogus = await referred(unit, CATALOGUS, Catalogus, body.catalogus, "catalogus", same_api=True, lock=True)
    row = Besluittype(**await values_of(unit, body, catalogus.id), catalogus_id=catalogus.id)
    return await lifecycle.create(unit, VERSIES, row, catalogus)


@router.get("/besluittypen/{uuid}", response_model=BesluittypeOut, summary="Besluittype opvragen")
async def besluittype_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller, asked: Version) -> Response:
    """Eén versie van een besluittype, met de typen eromheen zoals ze op de gevraagde dag gelden."""
    require_readable(caller)
    return await answer_one(
        reader, caller, BESLUITTYPE, await reader.row(BESLUITTYPE, uuid), asked, day=asked.datum_geldigheid
    )


@router.head("/besluittypen/{uuid}", summary="Headers van een besluittype")
async def besluittype_headers(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """De headers die een GET zou geven."""
    return headers_only(await besluittype_retrieve(uuid, reader, caller, OneVersion()))


@router.put("/besluittypen/{uuid}", response_model=BesluittypeOut, summary="Besluittype geheel wijzigen")
async def besluittype_update(uuid: UUID, body: BesluittypeIn, unit: UnitOfWork) -> Response:
    """Een concept in zijn geheel; een gepubliceerd besluittype alleen als correctie."""
    require_writable(unit.caller)
    row = await lifecycle.opened(unit, VERSIES, uuid)
    values = await values_of(unit, body, row.catalogus_id, row)
    return await lifecycle.changed(unit, VERSIES, row, values, "update")


@router.patch("/besluittypen/{uuid}", response_model=BesluittypeOut, summary="Besluittype deels wijzigen")
async def besluittype_partial_update(uuid: UUID, body: BesluittypePatch, unit: UnitOfWork) -> Response:
    """Een deel van een concept; van een gepubliceerd besluittype alleen eindeGeldigheid, of een correctie."""
    require_writable(unit.caller)
    row = await lifecycle.opened(unit, VERSIES, uuid, body.root)
    changed = body.over(orjson.loads(unit.body(BESLUITTYPE, row)), BesluittypeIn)
    values = await values_of(unit, changed, row.catalogus_id, row, body.root)
    return await lifecycle.changed(unit, VERSIES, row, values, "partial_update")


@router.delete("/besluittypen/{uuid}", status_code=204, summary="Besluittype verwijderen")
async def besluittype_destroy(uuid: UUID, unit: UnitOfWork) -> Response:
    """Een concept; een gepubliceerd besluittype alleen geforceerd, en nooit als er besluiten van zijn."""
    require_removable(unit.caller)
    return await lifecycle.destroy(unit, VERSIES, uuid)


@router.post("/besluittypen/{uuid}/publish", response_model=BesluittypeOut, summary="Besluittype publiceren")
async def besluittype_publish(uuid: UUID, unit: UnitOfWork) -> Response:
    """Het concept wordt definitief: er kunnen besluiten van worden genomen en het type verandert niet meer."""
    unit.caller.require("ztc", WRITE)
    return await lifecycle.publish(unit, VERSIES, uuid)
