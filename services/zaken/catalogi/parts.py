"""All parts of a version of a zaaktype together: they show its name and its period, and live and die with it."""

from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from chassis.problems import NotFound
from chassis.resource import REGISTRY, Resource, Row
from chassis.unit import Unit


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
        await unit.touch(resource, row)


async def locked_part(unit: Unit, resource: Resource, row_id: UUID) -> tuple[Any, Any]:
    """A part and its zaaktype, locked. The zaaktype first: who has its lock may change all parts. Raises NotFound."""
    row = await locked_with_zaaktype(unit, resource, row_id)
    return row, await unit.get(REGISTRY["zaaktype"], row.zaaktype_id)


async def lock_names(unit: Unit, zaaktype_id: UUID) -> None:
    """Hold the lock of the catalogus of a zaaktype: no name in it comes or goes meanwhile. Before that of the zaaktype."""
    catalogus = "SELECT id FROM catalogus WHERE id = (SELECT catalogus_id FROM zaaktype WHERE id = :id) FOR UPDATE"
    await unit.session.execute(text(catalogus), {"id": zaaktype_id})


async def locked_with_zaaktype(unit: Unit, resource: Resource, row_id: UUID) -> Any:
    """A row with its lock, after those of its catalogus and zaaktype when it is a part of one. Raises NotFound."""
    if "zaaktype_id" in resource.table.model_fields:
        found = await unit.session.execute(
            text(f"SELECT zaaktype_id FROM {resource.tablename} WHERE id = :id"),  # noqa: S608 - own names
            {"id": row_id},
        )
        zaaktype_id = found.scalar_one_or_none()
        if zaaktype_id is None:
            raise NotFound
        await lock_names(unit, zaaktype_id)
        await unit.get(REGISTRY["zaaktype"], zaaktype_id, lock=True)
    return await unit.get(resource, row_id, lock=True)
