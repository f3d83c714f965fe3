"""A zaaknotitie: what an employee writes down about a zaak. Sealed: a notitie is about people, in words of their own.

The standard lets applications search in the text. What is sealed cannot be searched by the database, so the rest of
the filter chooses the notities and their text is compared after they are opened; when those are too many the caller is
asked to name the zaak. A notitie that is definitief does not change any more.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Query
from pydantic import Field as Documented
from pydantic import WithJsonSchema
from sqlalchemy import DateTime, LargeBinary, Text
from sqlmodel import Field
from starlette.responses import Response

from chassis import clock
from chassis.access import Caller, CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import Invalid, NotFound
from chassis.reading import Page, PagedFilter, Reader, Reading, Selection
from chassis.resource import Fields, In, Out, Partial, Resource, Row
from chassis.unit import Unit
from services.zaken import events
from services.zaken.events import Actie
from services.zaken.formats import AnyUrl, Link, Moment
from services.zaken.gegevens import open_gegevens, seal_gegevens
from services.zaken.validation import Findings, check_unchanged, filter_id
from services.zaken.zaken.onderdeel import Onderdeel, add, change, listed, part_for, remove, selected, shown, zaak_for
from services.zaken.zaken.zaak.fields import ZAAK, Zaak

router = APIRouter(tags=["zaaknotities"])
MOST = 10_000
"""Notities that are opened to search in their text."""


class NotitieType(StrEnum):
    """Who a notitie is for: only employees, or the initiator too."""

    intern = "intern"
    extern = "extern"


class NotitieStatus(StrEnum):
    """Whether a notitie is finished."""

    concept = "concept"
    definitief = "definitief"


# ---- fields


class ZaaknotitieFields(Fields):
    """What table and JSON share."""

    notitie_type: NotitieType = Field(
        default=NotitieType.intern, sa_type=Text, description="Voor medewerkers of ook voor de initiator."
    )
    status: NotitieStatus = Field(
        default=NotitieStatus.concept, sa_type=Text, description="Of de notitie nog verandert."
    )


class PersonalFields(In):
    """What can identify a person: stored sealed, as JSON."""

    onderwerp: str = Documented(min_length=1, max_length=255, description="Titel van de notitie.")
    tekst: str = Documented(min_length=1, description="De notitie zelf.")
    aangemaakt_door: str = Documented(default="", max_length=255, description="Wie de notitie schreef.")


class Zaaknotitie(ZaaknotitieFields, Row, table=True):
    """Table of zaaknotities. `gegevens` is the sealed JSON of PersonalFields."""

    zaak_id: UUID = Field(foreign_key="zaak.id")
    aanmaakdatum: datetime = Field(sa_type=DateTime(timezone=True))
    wijzigingsdatum: datetime = Field(sa_type=DateTime(timezone=True))
    gegevens: bytes = Field(default=b"", sa_type=LargeBinary)


class ZaaknotitieIn(PersonalFields, ZaaknotitieFields):
    """A whole zaaknotitie."""

    gerelateerd_aan: AnyUrl = Documented(description="URL van de zaak.")


class ZaaknotitiePatch(Partial):
    """Any part of a zaaknotitie."""

    whole = ZaaknotitieIn


class ZaaknotitieOut(Out, PersonalFields, ZaaknotitieFields):
    """A zaaknotitie as answered."""

    url: str = Documented(description="URL van deze notitie.")
    aanmaakdatum: datetime = Documented(description="Wanneer de notitie is gemaakt.")
    wijzigingsdatum: datetime = Documented(description="Wanneer de notitie het laatst is gewijzigd.")
    gerelateerd_aan: str = Documented(description="URL van de zaak.")


async def render(unit: Unit, row: Zaaknotitie) -> ZaaknotitieOut:
    """The JSON of a zaaknotitie."""
    return ZaaknotitieOut(
        **open_gegevens(unit.runtime.keyring, ZAAKNOTITIE.name, row),
        notitie_type=row.notitie_type,
        status=row.status,
        url=unit.url(ZAAKNOTITIE, row.id),
        aanmaakdatum=row.aanmaakdatum,
        wijzigingsdatum=row.wijzigingsdatum,
        gerelateerd_aan=unit.url(ZAAK, row.zaak_id),
    )


ZAAKNOTITIE = Resource("zaaknotitie", Zaaknotitie, "zaken", "/zaaknotities", render, sealed=True, main="zaak_id")
ZAAKNOTITIES = Onderdeel(ZAAKNOTITIE, events.ZAAKNOTITIE, shown=False)


# ---- filter


def _moment(alias: str | None = None, description: str = "Moment van de wijziging.") -> Any:
    return Documented(default=None, alias=alias, description=description)


class ZaaknotitieFilter(PagedFilter):
    """Query parameters of the list."""

    page_size: Annotated[int, Documented(ge=1, le=500), WithJsonSchema({"type": "integer"})] = Documented(
        default=100, description="Aantal resultaten per pagina, hoogstens 500."
    )
    aangemaakt_door: str | None = Documented(default=None, description="Wie de notitie schreef.")
    aangemaakt_door_icontains: str | None = Documented(
        default=None, alias="aangemaaktDoor__icontains", description="Deel van wie de notitie schreef."
    )
    aanmaakdatum: Moment | None = _moment(description="Moment waarop de notitie is gemaakt.")
    aanmaakdatum_gt: Moment | None = _moment("aanmaakdatum__gt", "Gemaakt na dit moment.")
    aanmaakdatum_gte: Moment | None = _moment("aanmaakdatum__gte", "Gemaakt op of na dit moment.")
    aanmaakdatum_lt: Moment | None = _moment("aanmaakdatum__lt", "Gemaakt voor dit moment.")
    aanmaakdatum_lte: Moment | None = _moment("aanmaakdatum__lte", "Gemaakt op of voor dit moment.")
    gerelateerd_aan: Link | None = Documented(default=None, description="URL van de zaak.")
    notitie_type: NotitieType | None = Documented(default=None, description="Intern of extern.")
    onderwerp: str | None = Documented(default=None, description="Titel van de notitie.")
    onderwerp_icontains: str | None = Documented(
        default=None, alias="onderwerp__icontains", description="Deel van de titel."
    )
    status: NotitieStatus | None = Documented(default=None, description="Concept of definitief.")
    tekst: str | None = Documented(default=None, description="De hele tekst.")
    tekst_icontains: str | None = Documented(default=None, alias="tekst__icontains", description="Deel van de tekst.")
    wijzigingsdatum: Moment | None = _moment()
    wijzigingsdatum_gt: Moment | None = _moment("wijzigingsdatum__gt", "Gewijzigd na dit moment.")
    wijzigingsdatum_gte: Moment | None = _moment("wijzigingsdatum__gte", "Gewijzigd op of na dit moment.")
    wijzigingsdatum_lt: Moment | None = _moment("wijzigingsdatum__lt", "Gewijzigd voor dit moment.")
    wijzigingsdatum_lte: Moment | None = _moment("wijzigingsdatum__lte", "Gewijzigd op of voor dit moment.")


_COMPARED = {
    f"{column}{suffix}": f"{column} {comparison} {{}}"
    for column in ("aanmaakdatum", "wijzigingsdatum")
    for suffix, comparison in {"": "=", "_gt": ">", "_gte": ">=", "_lt": "<", "_lte": "<="}.items()
}
_TEXTS = ("aangemaakt_door", "onderwerp", "tekst")


def select_zaaknotities(chosen: ZaaknotitieFilter, reader: Reading) -> Selection:
    """The zaaknotities the filter asks for, but for what it asks of their text."""
    references = reader.runtime.references
    selection = Selection()
    selection.where_given("zaak_id = {}", filter_id(references, ZAAK, chosen.gerelateerd_aan, "gerelateerdAan"))
    selection.where_given("notitie_type = {}", chosen.notitie_type)
    selection.where_given("status = {}", chosen.status)
    for field, sql in _COMPARED.items():
        selection.where_given(sql, getattr(chosen, field))
    return selection


def says(chosen: ZaaknotitieFilter, notitie: dict[str, Any]) -> bool:
    """Whether the text of a notitie (its JSON) is what the filter asks for."""
    for field in _TEXTS:
        text = notitie[ZaaknotitieOut.model_fields[field].alias or field]
        exactly, part = getattr(chosen, field), getattr(chosen, f"{field}_icontains")
        if exactly is not None and text != exactly:
            return False
        if part is not None and part.casefold() not in text.casefold():
            return False
    return True


def asks_for_text(chosen: ZaaknotitieFilter) -> bool:
    """Whether the filter cannot be answered without opening the notities."""
    return any(getattr(chosen, name) is not None for field in _TEXTS for name in (field, f"{field}_icontains"))


async def searched(chosen: ZaaknotitieFilter, reader: Reader, caller: Caller) -> Response:
    """A page of the notities with the text that is asked for. Raises Invalid when too many must be opened for it."""
    rows = await selected(ZAAKNOTITIES, select_zaaknotities, chosen, reader, caller, most=MOST)
    bodies = [reader.opened(ZAAKNOTITIE, row["id"], row["representation"]) for row in rows]
    found = [body for body in bodies if says(chosen, orjson.loads(body))]
    start = (chosen.page - 1) * chosen.page_size
    if start and start >= len(found):
        raise NotFound("Deze pagina bestaat niet.")
    page = found[start : start + chosen.page_size]
    return reader.answer(reader.envelope(len(found), page, chosen.page, chosen.page_size))


# ---- rules


def check_concept(row: Zaaknotitie) -> None:
    """Only a concept changes. Raises Invalid."""
    if row.status == NotitieStatus.definitief:
        raise Invalid.field("status", "invalid", "Deze notitie is definitief en kan niet meer worden gewijzigd.")


def new_zaaknotitie(unit: Unit, body: ZaaknotitieIn, zaak: Zaak) -> Zaaknotitie:
    """The row of a new zaaknotitie."""
    at = clock.now()
    row = Zaaknotitie(
        notitie_type=body.notitie_type, status=body.status, zaak_id=zaak.id, aanmaakdatum=at, wijzigingsdatum=at
    )
    seal_gegevens(unit.runtime.keyring, ZAAKNOTITIE.name, row, body, PersonalFields)
    return row


async def change_zaaknotitie(
    unit: Unit, zaak: Zaak, row: Zaaknotitie, body: ZaaknotitieIn, actie: Actie = "update"
) -> Response:
    """Store what a notitie becomes and answer with it. Raises Invalid."""
    check_concept(row)
    findings = Findings()
    check_unchanged(
        findings, gerelateerdAan=unit.runtime.references.local_id(ZAAK, body.gerelateerd_aan) == row.zaak_id
    )
    findings.stop_if_any()
    row.notitie_type, row.status, row.wijzigingsdatum = body.notitie_type, body.status, clock.now()
    seal_gegevens(unit.runtime.keyring, ZAAKNOTITIE.name, row, body, PersonalFields)
    return await change(unit, ZAAKNOTITIES, zaak, row, actie)


# ---- routes


@router.get("/zaaknotities", response_model=Page[ZaaknotitieOut], summary="Zaaknotities opvragen")
async def zaaknotitie_list(
    chosen: Annotated[ZaaknotitieFilter, Query()], reader: Reading, caller: CurrentCaller
) -> Response:
    """Alle notities bij zaken die de applicatie mag zien, gefilterd."""
    if asks_for_text(chosen):
        return await searched(chosen, reader, caller)
    return await listed(ZAAKNOTITIES, select_zaaknotities, chosen, reader, caller)


@router.post("/zaaknotities", status_code=201, response_model=ZaaknotitieOut, summary="Zaaknotitie toevoegen")
async def zaaknotitie_create(body: ZaaknotitieIn, unit: UnitOfWork) -> Response:
    """Een notitie bij een zaak."""
    zaak = await zaak_for(unit, body.gerelateerd_aan, name="gerelateerdAan")
    return await add(unit, ZAAKNOTITIES, zaak, new_zaaknotitie(unit, body, zaak))


@router.get("/zaaknotities/{uuid}", response_model=ZaaknotitieOut, summary="Zaaknotitie opvragen")
async def zaaknotitie_read(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Eén notitie."""
    return await shown(ZAAKNOTITIES, uuid, reader, caller)


@router.put("/zaaknotities/{uuid}", response_model=ZaaknotitieOut, summary="Zaaknotitie vervangen")
async def zaaknotitie_update(uuid: UUID, body: ZaaknotitieIn, unit: UnitOfWork) -> Response:
    """Een hele notitie, zolang die een concept is."""
    zaak, row = await part_for(unit, ZAAKNOTITIES, uuid)
    return await change_zaaknotitie(unit, zaak, row, body)


@router.patch("/zaaknotities/{uuid}", response_model=ZaaknotitieOut, summary="Zaaknotitie wijzigen")
async def zaaknotitie_partial_update(uuid: UUID, body: ZaaknotitiePatch, unit: UnitOfWork) -> Response:
    """Een deel van een notitie, zolang die een concept is."""
    zaak, row = await part_for(unit, ZAAKNOTITIES, uuid)
    changed = body.over(orjson.loads(unit.body(ZAAKNOTITIE, row)), ZaaknotitieIn)
    return await change_zaaknotitie(unit, zaak, row, changed, "partial_update")


@router.delete("/zaaknotities/{uuid}", status_code=204, summary="Zaaknotitie verwijderen")
async def zaaknotitie_delete(uuid: UUID, unit: UnitOfWork) -> Response:
    """Haalt een notitie weg bij een zaak."""
    zaak, row = await part_for(unit, ZAAKNOTITIES, uuid)
    return await remove(unit, ZAAKNOTITIES, zaak, row)
