"""The parts of a version of a zaaktype: its statustypen, roltypen and so on, which live and die with it.

A part has no period of its own: it holds as long as its zaaktype does, whatever is sent as its end.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from chassis.problems import FieldError, NotFound
from chassis.resource import REGISTRY, Resource, Row
from chassis.unit import Unit

PERIOD = ("begin_geldigheid", "einde_geldigheid")


def check_period_of_part(body: Any, zaaktype: Any) -> list[FieldError]:
    """What is wrong with the period of a part: when its begin is sent, it is that of the zaaktype."""
    if body.begin_geldigheid in {None, zaaktype.begin_geldigheid}:
        return []
    reason = "De geldigheid begint op dezelfde dag als die van het zaaktype."
    return [FieldError("beginGeldigheid", "wijkt-af-van-zaaktype", reason)]


def inherit_period(part: Any, zaaktype: Any) -> None:
    """Give a part the period of its zaaktype, when it shows one."""
    for name in PERIOD:
        if name in type(part).model_fields:
            setattr(part, name, getattr(zaaktype, name))


def part_resources() -> list[Resource]:
    """The kinds of parts, those that refer to a statustype first: in this order they can be removed."""
    kinds = [one for one in REGISTRY.values() if one.api == "catalogi" and "zaaktype_id" in one.table.model_fields]
    return sorted(kinds, key=lambda one: "statustype_id" not in one.table.model_fields)


async def parts_of(unit: Unit, zaaktype: Row) -> list[tuple[Resource, Row]]:
    """Every part of a zaaktype, with its kind."""
    found: list[tuple[Resource, Row]] = []
    for resource in part_resources():
        rows = await unit.find(select(resource.table).filter_by(zaaktype_id=zaaktype.id))
        found += [(resource, row) for row in rows]
    return found


async def follow_zaaktype(unit: Unit, zaaktype: Row) -> None:
    """Let the parts show the name and the period that their zaaktype has now."""
    for resource, row in await parts_of(unit, zaaktype):
        inherit_period(row, zaaktype)
        await unit.touch(resource, row)


async def locked_part(unit: Unit, resource: Resource, row_id: UUID) -> tuple[Any, Any]:
    """A part and its zaaktype, locked. The zaaktype first: who has its lock may change all parts. Raises NotFound."""
    row = await locked_with_zaaktype(unit, resource, row_id)
    return row, await unit.get(REGISTRY["zaaktype"], row.zaaktype_id)


async def locked_with_zaaktype(unit: Unit, resource: Resource, row_id: UUID) -> Any:
    """A row with its lock, after that of its zaaktype when it is a part of one. Raises NotFound."""
    if "zaaktype_id" in resource.table.model_fields:
        found = await unit.session.execute(
            text(f"SELECT zaaktype_id FROM {resource.tablename} WHERE id = :id"),  # noqa: S608 - own names
            {"id": row_id},
        )
        zaaktype_id = found.scalar_one_or_none()
        if zaaktype_id is None:
            raise NotFound
        await unit.get(REGISTRY["zaaktype"], zaaktype_id, lock=True)
    return await unit.get(resource, row_id, lock=True)
