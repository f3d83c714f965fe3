"""The inrichting in memory: gebieden, categorieen, ploegen and rules of one version, loaded anew when it has changed.

Every unit of work that needs it first reads the versions in its own transaction (one small query), so a change made in
another replica counts from its commit on.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import shapely
from sqlalchemy import text

from chassis.database import Database
from chassis.unit import Unit
from services.meldingen.categoriseren import Woordenboek
from services.meldingen.inrichtingsversie import GEBIEDEN, REGELS, versions
from services.meldingen.lokaliseren import Atlas, Plaats, Vlak
from services.meldingen.routeren import Besluit, Eis, Regel, Situatie, routeren


@dataclass(frozen=True)
class Sub:
    """A category a melding can have. straal in metres, venster and termijn in calendar days."""

    code: str
    hoofd: str
    afdeling: str | None
    ontdubbelen: bool
    straal: int
    venster: int
    taaktype: str | None
    termijn: int


@dataclass(frozen=True)
class Inrichting:
    """Everything a signaal is judged by. `categorieen` holds the subs only; `ploegen` maps a ploeg to its afdeling."""

    versies: dict[str, UUID]
    atlas: Atlas
    categorieen: dict[str, Sub]
    woordenboek: Woordenboek
    regels: tuple[Regel, ...]
    afdelingen: frozenset[str]
    ploegen: dict[str, str]

    def situatie(self, categorie: str | None, plaats: Plaats | None, urgentie: str) -> Situatie:
        """What the rules look at."""
        sub = self.categorieen.get(categorie) if categorie else None
        where = plaats or Plaats(None, None)
        return Situatie(categorie, sub.hoofd if sub else None, where.wijk, where.buurt, urgentie)

    def routeer(self, situatie: Situatie, terugval: str) -> Besluit:
        """The decision; without a fitting rule the afdeling of the category gets it, else `terugval`."""
        sub = self.categorieen.get(situatie.categorie or "")
        return routeren(self.regels, situatie, terugval=(sub.afdeling if sub else None) or terugval)


_loaded: "WeakKeyDictionary[Database, Inrichting]" = WeakKeyDictionary()
"""Per database, so per gemeente: what was loaded last."""


async def load_inrichting(unit: Unit) -> Inrichting:
    """The inrichting as it is in this transaction."""
    present = await versions(unit)
    known = _loaded.get(unit.runtime.database)
    if known is not None and known.versies == present:
        return known
    same_map = known is not None and known.versies.get(GEBIEDEN) == present.get(GEBIEDEN)
    atlas = known.atlas if known is not None and same_map else await _load_atlas(unit)
    if known is not None and known.versies.get(REGELS) == present.get(REGELS):
        fresh = replace(known, versies=present, atlas=atlas)
    else:
        fresh = await _load_rules(unit, present, atlas)
    _loaded[unit.runtime.database] = fresh
    return fresh


async def _load_atlas(unit: Unit) -> Atlas:
    return await asyncio.to_thread(_atlas, await _rows(unit, "SELECT type, code, wijk, geometrie FROM gebied"))


def _atlas(rows: Sequence[Any]) -> Atlas:
    """In a thread: a large gemeente has thousands of polygons with millions of points."""
    return Atlas(Vlak(row.type, row.code, shapely.from_wkb(row.geometrie), row.wijk) for row in rows)


async def _load_rules(unit: Unit, versies: dict[str, UUID], atlas: Atlas) -> Inrichting:
    rows = await _rows(unit, "SELECT * FROM categorie WHERE hoofd IS NOT NULL")
    return Inrichting(
        versies,
        atlas,
        {row.code: _sub(row) for row in rows},
        Woordenboek({row.code: row.trefwoorden for row in rows}),
        tuple(_regel(row) for row in await _rows(unit, "SELECT * FROM routeerregel")),
        frozenset(row.code for row in await _rows(unit, "SELECT code FROM afdeling")),
        {row.code: row.afdeling for row in await _rows(unit, "SELECT code, afdeling FROM ploeg")},
    )


async def _rows(unit: Unit, statement: str) -> Sequence[Any]:
    return (await unit.session.execute(text(statement))).all()


def _sub(row: Any) -> Sub:
    return Sub(
        code=row.code,
        hoofd=row.hoofd,
        afdeling=row.afdeling,
        ontdubbelen=row.ontdubbelen == "automatisch",
        straal=row.straal_meter,
        venster=row.venster_dagen,
        taaktype=row.taaktype,
        termijn=row.termijn_dagen,
    )


def _regel(row: Any) -> Regel:
    eisen = tuple(Eis(eis["veld"], frozenset(eis["in"])) for eis in row.voorwaarde["alle"])
    return Regel(row.naam, row.volgorde, eisen, row.gevolg["afdeling"], row.gevolg["ploeg"], row.toelichting)
