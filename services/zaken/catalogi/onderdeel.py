"""What the parts of a zaaktype share: statustype, roltype, eigenschap, resultaattype, zaakobjecttype.

A part belongs to one version of a zaaktype for good and is valid as long as that is: its validity and its catalogus are
those of the zaaktype. Whoever adds, changes or removes a part holds the lock of the zaaktype, so what is checked still
holds when it is stored, and the zaaktype shows the part in the same transaction.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import Field as Documented
from sqlalchemy import select
from sqlmodel import Field

from chassis.problems import Invalid
from chassis.reading import Reading, Selection
from chassis.resource import Fields, In, Out, Resource, Row
from chassis.unit import Unit
from services.zaken.catalogi.announcing import announce
from services.zaken.catalogi.catalogus import CATALOGUS
from services.zaken.catalogi.concept import (
    TypeStatus,
    require_concept,
    require_concept_to_remove,
    require_removable,
    require_writable,
    select_status,
)
from services.zaken.catalogi.concept import remove as delete
from services.zaken.catalogi.geldigheid import part_period, select_valid
from services.zaken.catalogi.parts import locked_part
from services.zaken.catalogi.zaaktype.fields import ZAAKTYPE, Zaaktype
from services.zaken.events import Actie, Changes
from services.zaken.expand import ExpandFilter
from services.zaken.formats import AnyUrl, Link
from services.zaken.validation import Findings, filter_id, referred

# ---- fields


class OnderdeelFields(Fields):
    """What table and JSON of every part share."""

    begin_object: date | None = Field(default=None, description="Eerste dag van de eerste versie.")
    einde_object: date | None = Field(default=None, description="Laatste dag van de laatste versie.")


class OnderdeelRow(Row):
    """What the table of every part has."""

    zaaktype_id: UUID = Field(foreign_key="zaaktype.id")


class OnderdeelIn(In):
    """What every part is sent with."""

    zaaktype: AnyUrl = Documented(description="URL van het zaaktype.")
    begin_geldigheid: date | None = Documented(
        default=None, description="Begin van de geldigheid; altijd die van het zaaktype."
    )
    einde_geldigheid: date | None = Documented(
        default=None, description="Einde van de geldigheid; altijd die van het zaaktype."
    )


class OnderdeelOut(Out):
    """What every part is answered with."""

    url: Link = Documented(description="URL van dit type.")
    zaaktype: Link = Documented(description="URL van het zaaktype.")
    zaaktype_identificatie: str = Documented(description="Identificatie van het zaaktype.")
    catalogus: Link = Documented(description="URL van de catalogus.")
    begin_geldigheid: date | None = Documented(description="Begin van de geldigheid: die van het zaaktype.")
    einde_geldigheid: date | None = Documented(description="Einde van de geldigheid: die van het zaaktype.")


DERIVED = {"zaaktype", "catalogus", "begin_geldigheid", "einde_geldigheid"}
"""Fields of a body that are not stored with the part: the zaaktype has them."""


async def rendered(unit: Unit, resource: Resource, row: OnderdeelRow, fields: type[Fields]) -> dict[str, Any]:
    """What `render` of every part begins with: its own fields, and what its zaaktype says."""
    zaaktype: Zaaktype = await unit.get(ZAAKTYPE, row.zaaktype_id)
    return {name: getattr(row, name) for name in fields.model_fields} | {
        "url": unit.url(resource, row.id),
        "zaaktype": unit.url(ZAAKTYPE, zaaktype.id),
        "zaaktype_identificatie": zaaktype.identificatie,
        "catalogus": unit.url(CATALOGUS, zaaktype.catalogus_id),
        "begin_geldigheid": zaaktype.begin_geldigheid,
        "einde_geldigheid": zaaktype.einde_geldigheid,
    }


# ---- filter


class OnderdeelFilter(ExpandFilter):
    """Query parameters of the list of every part."""

    zaaktype: Link | None = Documented(default=None, description="URL van het zaaktype.")
    zaaktype_identificatie: str | None = Documented(default=None, description="Identificatie van het zaaktype.")
    datum_geldigheid: date | None = Documented(default=None, description="Geldig op deze dag.")


class StatusFilter(OnderdeelFilter):
    """The same, with the status of the zaaktype."""

    status: TypeStatus = Documented(
        default=TypeStatus.definitief, description="Alleen van concepten, van definitieve zaaktypen, of alles."
    )


def zaaktypen_of(chosen: OnderdeelFilter, reader: Reading) -> Selection:
    """The zaaktypen whose parts the filter asks for."""
    zaaktype_id = filter_id(reader.runtime.references, ZAAKTYPE, chosen.zaaktype, "zaaktype")
    zaaktypen = Selection().where_given("id = {}", zaaktype_id)
    zaaktypen.where_given("identificatie = {}", chosen.zaaktype_identificatie)
    select_valid(zaaktypen, chosen.datum_geldigheid)
    return select_status(zaaktypen, chosen.status) if isinstance(chosen, StatusFilter) else zaaktypen


def parts_of(zaaktypen: Selection) -> Selection:
    """The parts of these zaaktypen."""
    if not zaaktypen.conditions:
        return Selection()
    return Selection([f"zaaktype_id IN (SELECT id FROM zaaktype{zaaktypen.sql})"], zaaktypen.values)  # noqa: S608 - own SQL


def select_parts(chosen: OnderdeelFilter, reader: Reading) -> Selection:
    """The parts that a filter without more asks for."""
    return parts_of(zaaktypen_of(chosen, reader))


# ---- rules


def _check_derived(unit: Unit, body: OnderdeelIn, zaaktype: Zaaktype, findings: Findings) -> None:
    """What a body repeats of its zaaktype must be what that says."""
    findings.errors += part_period(body, zaaktype)
    catalogus = getattr(body, "catalogus", None)
    if catalogus and unit.runtime.references.local_id(CATALOGUS, catalogus) != zaaktype.catalogus_id:
        findings.add("catalogus", "relations-incorrect-catalogus", "Dit is niet de catalogus van het zaaktype.")


async def check_unique(unit: Unit, row: OnderdeelRow, column: str, reason: str, findings: Findings) -> None:
    """Within a zaaktype, which is locked, a part is the only one with this value of a column (`unique`)."""
    table: Any = type(row)
    same = select(table.id).where(
        table.zaaktype_id == row.zaaktype_id, getattr(table, column) == getattr(row, column), table.id != row.id
    )
    with unit.session.no_autoflush:
        taken = (await unit.session.execute(same)).first()
    if taken:
        findings.add("nonFieldErrors", "unique", reason)


async def siblings(
    unit: Unit, resource: Resource, urls: Mapping[str, str], zaaktype: Zaaktype, findings: Findings
) -> list[Any]:
    """The other parts of a zaaktype that a body refers to (field name → URL), locked; what is wrong is a finding."""
    rows = []
    for name, url in urls.items():
        try:
            row: Any = await referred(unit, resource, resource.table, url, name, same_api=True, lock=True)
        except Invalid as error:
            findings.errors += error.fields
            continue
        if row.zaaktype_id != zaaktype.id:
            findings.add(name, "zaaktype-mismatch", "Dit hoort bij een ander zaaktype.")
        rows.append(row)
    return rows


# ---- the flows: add, change, remove


async def zaaktype_for(unit: Unit, body: OnderdeelIn, findings: Findings) -> Zaaktype:
    """The zaaktype that a new part is for, locked. Raises PermissionDenied, Invalid; other faults are findings."""
    require_writable(unit.caller)
    try:
        zaaktype = await referred(unit, ZAAKTYPE, Zaaktype, body.zaaktype, "zaaktype", same_api=True, lock=True)
    except Invalid as error:
        raise Invalid([*findings.errors, *error.fields]) from error
    require_concept(unit.caller, concept=zaaktype.concept)
    _check_derived(unit, body, zaaktype, findings)
    return zaaktype


async def add(unit: Unit, resource: Resource, row: OnderdeelRow, zaaktype: Zaaktype, events: Changes) -> None:
    """Store a new part and let its zaaktype show it."""
    await unit.create(resource, row)
    await unit.touch(ZAAKTYPE, zaaktype)
    announce(unit, events.toegevoegd, zaaktype, resource, row)


async def opened(unit: Unit, resource: Resource, row_id: UUID) -> tuple[Any, Zaaktype]:
    """A part that is going to change and its zaaktype, both locked. Raises PermissionDenied, NotFound, Invalid."""
    require_writable(unit.caller)
    row, zaaktype = await locked_part(unit, resource, row_id)
    require_concept(unit.caller, concept=zaaktype.concept)
    return row, zaaktype


def check_change(unit: Unit, body: OnderdeelIn, zaaktype: Zaaktype, findings: Findings) -> None:
    """A part stays with its zaaktype and keeps its validity."""
    if unit.runtime.references.local_id(ZAAKTYPE, body.zaaktype) != zaaktype.id:
        findings.add(
            "zaaktype", "wijzigen-niet-toegelaten", "Dit blijft bij zijn zaaktype; maak bij een ander een nieuw."
        )
    _check_derived(unit, body, zaaktype, findings)


def check_kept(zaaktype: Zaaktype, name: str, findings: Findings, *, lost: bool) -> None:
    """A correction of what is published only extends it. lost: whether field `name` loses a relation (Correctie)."""
    if lost and not zaaktype.concept:
        findings.add(
            name, "correctie-verwijdert", "Een correctie breidt alleen uit: een relatie wordt niet verwijderd."
        )


async def change(
    unit: Unit, resource: Resource, row: OnderdeelRow, zaaktype: Zaaktype, events: Changes, *, actie: Actie
) -> None:
    """Store a changed part and let its zaaktype show it. actie: update or partial_update."""
    await unit.change(resource, row, action=actie)
    await unit.touch(ZAAKTYPE, zaaktype)
    announce(unit, events.gewijzigd, zaaktype, resource, row, actie=actie)


async def remove(unit: Unit, resource: Resource, row_id: UUID, events: Changes) -> tuple[Any, Zaaktype]:
    """Remove a part and let its zaaktype forget it; both are returned.

    Raises PermissionDenied, NotFound, Invalid; Conflict when something still refers to the part.
    """
    require_removable(unit.caller)
    row, zaaktype = await locked_part(unit, resource, row_id)
    require_concept_to_remove(unit.caller, concept=zaaktype.concept)
    await delete(unit, resource, row)
    await unit.touch(ZAAKTYPE, zaaktype)
    announce(unit, events.verwijderd, zaaktype, resource, row)
    return row, zaaktype
