"""Numbers of zaken (zrc-002): `ZAAK-<year>-<sequence>` when the caller gives none, unique per bronorganisatie, with gaps.

Every number comes from one sequence and is handed out once, so one that is reserved is never given to another zaak; a zaak
gets it by being opened with it. And of what else the registers number in the same way, each from a sequence of its own.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import asyncpg

from chassis import clock
from chassis.database import Database
from chassis.unit import Unit

# One statement for all that opening a zaak needs to know; a number is only taken when the caller gave none.
_OPENING = """
WITH candidate AS (
    SELECT CASE WHEN $2 THEN $3 || lpad(nextval('zaak_volgnummer')::text, 10, '0') END AS identificatie
)
SELECT t.concept, t.vertrouwelijkheidaanduiding, t.producten_of_diensten, c.identificatie,
       EXISTS (SELECT FROM zaak z WHERE z.bronorganisatie = $4 AND z.identificatie = c.identificatie) AS taken
FROM zaaktype t, candidate c WHERE t.id = $1
"""


def prefix(day: date) -> str:
    """What the numbers of zaken registered on this day begin with."""
    return f"ZAAK-{day.year}-"


async def opening(
    unit: Unit, zaaktype_id: UUID, bronorganisatie: str, day: date, *, number: bool
) -> asyncpg.Record | None:
    """The zaaktype (concept, vertrouwelijkheidaanduiding, producten_of_diensten) and, when asked, a free identificatie.

    None when there is no such zaaktype. A number that somebody already took by hand is skipped.
    """
    while True:
        rows = await unit.runtime.database.fetch(_OPENING, zaaktype_id, number, prefix(day), bronorganisatie)
        if not rows or not rows[0]["taken"]:
            return rows[0] if rows else None


_RESERVING = """
SELECT c.identificatie
FROM (SELECT $2 || lpad(nextval('zaak_volgnummer')::text, 10, '0') AS identificatie FROM generate_series(1, $1)) c
WHERE NOT EXISTS (SELECT FROM zaak z WHERE z.bronorganisatie = $3 AND z.identificatie = c.identificatie)
"""


async def reserve(database: Database, bronorganisatie: str, day: date, amount: int) -> list[str]:
    """So many numbers that nobody has, and that no zaak gets unless it is opened with one of them."""
    found: list[str] = []
    while len(found) < amount:
        rows = await database.fetch(_RESERVING, amount - len(found), prefix(day), bronorganisatie)
        found += [row["identificatie"] for row in rows]
    return found


@dataclass(frozen=True)
class Numbers:
    """The numbers of one kind of thing: `<word>-<year>-<sequence>`.

    table: where they are used, in a column `identificatie`; its sequence is `<table>_volgnummer`. organisatie: the column
    of the organisation within which they are unique.
    """

    word: str
    table: str
    organisatie: str


async def free_number(unit: Unit, numbers: Numbers, organisatie: str) -> str:
    """A number that the organisation does not use yet; one that somebody took by hand is skipped."""
    sql = f"""
        WITH candidate AS (SELECT $1 || lpad(nextval('{numbers.table}_volgnummer')::text, 10, '0') AS identificatie)
        SELECT c.identificatie, EXISTS (
            SELECT FROM {numbers.table} t WHERE t.identificatie = c.identificatie AND t.{numbers.organisatie} = $2
        ) AS taken FROM candidate c
    """  # noqa: S608 - own names
    while True:
        [row] = await unit.runtime.database.fetch(sql, f"{numbers.word}-{clock.today().year}-", organisatie)
        if not row["taken"]:
            return str(row["identificatie"])
