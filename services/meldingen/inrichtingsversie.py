"""The version of the inrichting, in the database: how every replica notices that what it holds in memory is old."""

from uuid import UUID

from sqlalchemy import text

from chassis.resource import new_id
from chassis.unit import Unit

GEBIEDEN = "gebieden"
REGELS = "regels"


async def renew(unit: Unit, kind: str) -> None:
    """Give `kind` (GEBIEDEN or REGELS) a new version, in the transaction that changes it."""
    await unit.session.execute(
        text(
            "INSERT INTO inrichting_versie (soort, versie) VALUES (:soort, :versie) "
            "ON CONFLICT (soort) DO UPDATE SET versie = excluded.versie"
        ),
        {"soort": kind, "versie": new_id()},
    )


async def versions(unit: Unit) -> dict[str, UUID]:
    """The present version of each kind; a kind that was never changed has none."""
    rows = await unit.session.execute(text("SELECT soort, versie FROM inrichting_versie"))
    return {row.soort: row.versie for row in rows}
