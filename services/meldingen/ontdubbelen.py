"""Is this problem already known? An open melding of the same category, near and recent; safe when two come at once.

Whoever asks first takes advisory locks on the cell of its point and the eight around it, for this category, until its
transaction ends. Two points nearer than a cell share a cell, so the second one waits and then sees the first melding.
"""

import hashlib
import math
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from chassis.unit import Unit
from services.meldingen.overgangen import MeldingStatus

MAX_RADIUS = 500
"""Metres: largest straal of a category, and at least the size of a cell."""
_EARTH = 6_371_008.8
_DEGREE = math.radians(1) * _EARTH
_CELL_LAT = MAX_RADIUS / _DEGREE
# A degree of longitude is shortest where the country ends in the north: a cell of this many degrees is wide enough anywhere.
_CELL_LON = _CELL_LAT / math.cos(math.radians(54))

_CANDIDATES = text(
    "SELECT id, lon, lat FROM melding WHERE categorie = :categorie AND status <> :ended AND geregistreerd_op >= :since "
    "AND lat BETWEEN :south AND :north AND lon BETWEEN :west AND :east"
)


async def near_meldingen(
    unit: Unit, categorie: str, point: tuple[float, float], *, radius: float, since: datetime
) -> list[UUID]:
    """Ids of the open meldingen of `categorie` within `radius` metres of `point` (lon, lat), nearest first.

    Takes the locks: until the transaction ends nobody else reports the same here.
    """
    await _lock(unit, categorie, point)
    lon, lat = point
    margin_lat = radius / _DEGREE
    margin_lon = margin_lat / max(math.cos(math.radians(lat)), 0.01)
    rows = await unit.session.execute(
        _CANDIDATES,
        {
            "categorie": categorie,
            "ended": MeldingStatus.afgehandeld.value,
            "since": since,
            "south": lat - margin_lat,
            "north": lat + margin_lat,
            "west": lon - margin_lon,
            "east": lon + margin_lon,
        },
    )
    found = sorted((distance(point, (row.lon, row.lat)), row.id) for row in rows)
    return [row_id for metres, row_id in found if metres <= radius]


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Metres between two points (lon, lat in degrees), along a sphere (haversine)."""
    lon1, lat1, lon2, lat2 = map(math.radians, (*one, *other))
    a = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * _EARTH * math.asin(math.sqrt(min(a, 1.0)))


def cells(point: tuple[float, float]) -> set[tuple[int, int]]:
    """The cell of a point (lon, lat) and the eight around it."""
    column, row = math.floor(point[0] / _CELL_LON), math.floor(point[1] / _CELL_LAT)
    return {(column + x, row + y) for x in (-1, 0, 1) for y in (-1, 0, 1)}


async def _lock(unit: Unit, categorie: str, point: tuple[float, float]) -> None:
    """In one order for everyone, so that two who want the same cells cannot block each other."""
    keys = sorted(_key(categorie, cell) for cell in cells(point))
    statement = text("SELECT pg_advisory_xact_lock(k) FROM unnest(cast(:keys AS bigint[])) WITH ORDINALITY AS t(k, n)")
    await unit.session.execute(statement, {"keys": keys})


def _key(categorie: str, cell: tuple[int, int]) -> int:
    digest = hashlib.blake2b(f"ontdubbelen:{categorie}:{cell[0]}:{cell[1]}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
