"""The brondatum of a zaak (zrc-021): the day from which its dossier is kept, as its resultaattype says to find it.

Most afleidingswijzen look in our own registers, under the lock of the zaak. Objects, besluiten and zaken of another provider
are asked before that (`look_elsewhere`); one that did not answer, or that came in between, leaves the date unknown.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from chassis.resource import REGISTRY
from chassis.unit import Unit
from services.zaken.archivering import Regime, after, archive, day_in, forget, last_of
from services.zaken.catalogi.brondatum import Afleidingswijze
from services.zaken.foreign import NotUsable, fetched
from services.zaken.nesting import id_in
from services.zaken.zaken.zaak.fields import Zaak

Content = Mapping[str, Any]
Fetch = Callable[..., Awaitable[Sequence[Any]]]
FETCHES = 8
"""Resources of others that are asked for at once."""
_REGIME = """
SELECT t.archiefnominatie, t.archiefactietermijn, t.brondatum_archiefprocedure::text AS brondatum
FROM resultaat r JOIN resultaattype t ON t.id = r.resultaattype_id WHERE r.zaak_id = $1
"""
_OBJECTEN = "SELECT id, representation FROM zaakobject WHERE zaak_id = $1 AND object_type = $2 ORDER BY id"
_EIGENSCHAPPEN = "SELECT id, representation FROM zaakeigenschap WHERE zaak_id = $1 AND naam = $2 ORDER BY id"
_BESLUITEN = """
SELECT b.ingangsdatum, b.vervaldatum, z.besluit AS url
FROM zaakbesluit z LEFT JOIN besluit b ON b.id = z.besluit_id WHERE z.zaak_id = $1
"""
_RELEVANT = """
SELECT z.id, z.einddatum, one ->> 'url' AS url
FROM zaak own, jsonb_array_elements(own.relevante_andere_zaken) AS one LEFT JOIN zaak z ON z.id = (one ->> 'id')::uuid
WHERE own.id = $1
"""
_OF_BESLUIT = {Afleidingswijze.ingangsdatum_besluit, Afleidingswijze.vervaldatum_besluit}


async def regime_of(fetch: Fetch, zaak_id: UUID) -> Regime | None:
    """What the resultaat of a zaak says of its dossier; None when it has none."""
    rows = await fetch(_REGIME, zaak_id)
    if not rows:
        return None
    given = orjson.loads(rows[0]["brondatum"] or "{}")
    names = ("afleidingswijze", "datumkenmerk", "objecttype", "procestermijn")
    return Regime(
        archiefnominatie=rows[0]["archiefnominatie"],
        archiefactietermijn=rows[0]["archiefactietermijn"],
        **{name: given[name] for name in names if given.get(name)},
    )


async def look_elsewhere(unit: Unit, zaak_id: UUID) -> dict[str, Content]:
    """What others keep that decides on the brondatum of a zaak, by URL. Before the first statement of the unit."""
    fetch = unit.runtime.database.fetch
    regime = await regime_of(fetch, zaak_id)
    way = regime and regime.afleidingswijze
    urls: list[str] = []
    if regime and way == Afleidingswijze.zaakobject:
        urls = [
            one.get("object") or ""
            for one in await _contents(unit, fetch, "zaakobject", _OBJECTEN, zaak_id, regime.objecttype)
        ]
    elif way == Afleidingswijze.gerelateerde_zaak:
        urls = [row["url"] or "" for row in await fetch(_RELEVANT, zaak_id)]
    elif way in _OF_BESLUIT:
        urls = [row["url"] for row in await fetch(_BESLUITEN, zaak_id)]
    limit = asyncio.Semaphore(FETCHES)
    found: dict[str, Content] = {}

    async def ask(url: str) -> None:
        try:
            async with limit:
                found[url] = await fetched(unit, url, "nonFieldErrors", ())
        except NotUsable:
            return

    await asyncio.gather(*(ask(url) for url in urls if url and not unit.runtime.references.is_own(url)))
    return found


async def brondatum_of(
    unit: Unit, zaak: Zaak, regime: Regime, einddatum: date | None, elsewhere: Mapping[str, Content]
) -> date | None:
    """The brondatum of a zaak that ends on this day; None when it is not known. elsewhere: see `look_elsewhere`."""
    look = _WAYS.get(regime.afleidingswijze)
    if look is None:
        return None
    return last_of(await look(_Search(unit, zaak, regime, einddatum, elsewhere, (await unit.connection()).fetch)))


async def archive_closed(
    unit: Unit, zaak: Zaak, regime: Regime, elsewhere: Mapping[str, Content], *, before: date | None = None
) -> None:
    """Fill in what becomes of the dossier of a closed zaak. before: the einddatum it had, when it was closed already."""
    if before is not None:
        forget(zaak, regime, await brondatum_of(unit, zaak, regime, before, elsewhere))
    archive(zaak, regime, await brondatum_of(unit, zaak, regime, zaak.einddatum, elsewhere))


async def _contents(unit: Unit, fetch: Fetch, resource: str, sql: str, *values: Any) -> list[Content]:
    """The JSON of some parts of a zaak."""
    kind = REGISTRY[resource]
    rows = await fetch(sql, *values)
    return [orjson.loads(unit.runtime.keyring.open(row["representation"], kind.context(row["id"]))) for row in rows]


@dataclass(frozen=True)
class _Search:
    """A search for the brondatum of a zaak. Each method is an afleidingswijze, and gives the days of which the last counts."""

    unit: Unit
    zaak: Zaak
    regime: Regime
    einddatum: date | None
    elsewhere: Mapping[str, Content]
    fetch: Fetch

    async def afgehandeld(self) -> list[date | None]:
        return [self.einddatum]

    async def termijn(self) -> list[date | None]:
        return [self.einddatum and after(self.einddatum, self.regime.procestermijn or "")]

    async def hoofdzaak(self) -> list[date | None]:
        return [row[0] for row in await self.fetch("SELECT einddatum FROM zaak WHERE id = $1", self.zaak.hoofdzaak_id)]

    async def eigenschap(self) -> list[date | None]:
        name = self.regime.datumkenmerk
        values = await _contents(self.unit, self.fetch, "zaakeigenschap", _EIGENSCHAPPEN, self.zaak.id, name)
        return [day_in(one.get("waarde")) for one in values]

    async def zaakobject(self) -> list[date | None]:
        kind = self.regime.objecttype
        objecten = await _contents(self.unit, self.fetch, "zaakobject", _OBJECTEN, self.zaak.id, kind)
        return [await self._of_object(one, self.regime.datumkenmerk) for one in objecten]

    async def gerelateerde_zaak(self) -> list[date | None]:
        return [self._of_row(row, "einddatum") for row in await self.fetch(_RELEVANT, self.zaak.id)]

    async def ingangsdatum_besluit(self) -> list[date | None]:
        return [self._of_row(row, "ingangsdatum") for row in await self.fetch(_BESLUITEN, self.zaak.id)]

    async def vervaldatum_besluit(self) -> list[date | None]:
        return [self._of_row(row, "vervaldatum") for row in await self.fetch(_BESLUITEN, self.zaak.id)]

    async def _of_object(self, content: Content, name: str) -> date | None:
        """In an attribute of a zaakobject: in its objectIdentificatie, or in what its URL leads to."""
        known = content.get("objectIdentificatie") or {}
        if name in known:
            return day_in(known[name])
        url = content.get("object") or ""
        is_own = self.unit.runtime.references.is_own(url)
        found = await _own(self.unit, self.fetch, url) if is_own else self.elsewhere.get(url)
        return day_in((found or {}).get(name))

    def _of_row(self, row: Any, name: str) -> date | None:
        """In a row of our own, or in the resource of another provider that it refers to."""
        if row["url"]:
            return day_in((self.elsewhere.get(row["url"]) or {}).get(name))
        day: date | None = row[name]
        return day


_WAYS: dict[str, Callable[[_Search], Awaitable[list[date | None]]]] = {
    Afleidingswijze.afgehandeld: _Search.afgehandeld,
    Afleidingswijze.termijn: _Search.termijn,
    Afleidingswijze.hoofdzaak: _Search.hoofdzaak,
    Afleidingswijze.eigenschap: _Search.eigenschap,
    Afleidingswijze.zaakobject: _Search.zaakobject,
    Afleidingswijze.gerelateerde_zaak: _Search.gerelateerde_zaak,
    Afleidingswijze.ingangsdatum_besluit: _Search.ingangsdatum_besluit,
    Afleidingswijze.vervaldatum_besluit: _Search.vervaldatum_besluit,
}
"""All but ander_datumkenmerk, of which somebody fills in the date."""


async def _own(unit: Unit, fetch: Fetch, url: str) -> Content | None:
    """The JSON of one of our own resources."""
    for resource in REGISTRY.values():
        row_id = id_in(unit.runtime.references, resource, url)
        rows = await fetch(f"SELECT representation FROM {resource.tablename} WHERE id = $1", row_id) if row_id else ()  # noqa: S608 - own names
        for row in rows:
            body = row["representation"]
            content: Content = orjson.loads(
                unit.runtime.keyring.open(body, resource.context(row_id or "")) if resource.sealed else body
            )
            return content
    return None
