"""Codes name one thing each and never change: events, rules and taken refer to them."""

from typing import Any
from uuid import UUID

from sqlalchemy import inspect, select
from sqlmodel import SQLModel

from chassis.problems import Conflict, FieldError, Invalid
from chassis.unit import Unit, first


async def refuse_taken_code(unit: Unit, table: Any, row: Any) -> None:
    """Raises Conflict `code-bestaat-al` when another row has this code, Invalid when an existing row gets another one."""
    history = inspect(row).attrs.code.history
    if row.id is not None and history.deleted and history.deleted[0] != row.code:
        raise Invalid.field("code", "wijzigen-niet-toegelaten", "Een code kan niet worden gewijzigd.")
    other = await first(unit, select(table).where(table.code == row.code, table.id != row.id))
    if other is not None:
        raise Conflict("code-bestaat-al", f"De code {row.code} is al in gebruik.")


async def unknown_code(unit: Unit, table: type[SQLModel], field: str, code: str | None) -> list[FieldError]:
    """One error when `code` is given and no row of `table` has it."""
    if code is None:
        return []
    known: UUID | None = await first(unit, select(table.id).where(table.code == code))  # type: ignore[attr-defined]
    return [] if known else [FieldError(field, "code-onbekend", f"De code {code} bestaat niet.")]
