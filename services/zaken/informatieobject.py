"""Informatieobjecten, as zaken and besluiten know them: what must be known of one, and that it is told of the relation.

An informatieobject is a document of our own Documenten API, which is known by its row and told in the same transaction;
or that of another provider, which is fetched and judged by its shape.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.problems import Invalid
from chassis.reading import Selection
from chassis.references import References, bad_url
from chassis.unit import Unit
from services.zaken.catalogi.informatieobjecttype import INFORMATIEOBJECTTYPE
from services.zaken.documenten.enkelvoudiginformatieobject.fields import EIO
from services.zaken.documenten.enkelvoudiginformatieobject.rules import is_related
from services.zaken.documenten.enkelvoudiginformatieobject.storing import remove
from services.zaken.documenten.objectinformatieobject import relate, unrelate
from services.zaken.foreign import existing

SHAPE = ("url", "informatieobjecttype", "indicatieGebruiksrecht")
FETCHES = 8
"""Informatieobjecten that are asked for at once."""
_KNOWN = "informatieobjecttype_id, status, indicatie_gebruiksrecht"
_OWN = f"SELECT id AS informatieobject_id, {_KNOWN} FROM enkelvoudiginformatieobject WHERE id = $1"  # noqa: S608 - own names
_OF_ZAAK = f"""
SELECT z.informatieobject, z.informatieobject_id, {_KNOWN}
FROM zaakinformatieobject z LEFT JOIN enkelvoudiginformatieobject e ON e.id = z.informatieobject_id
WHERE z.zaak_id = $1 ORDER BY z.id
"""  # noqa: S608 - own names
_RELATED = """
SELECT EXISTS (
    SELECT FROM zaaktypeinformatieobjecttype r
    JOIN zaaktype z ON z.id = r.zaaktype_id
    JOIN informatieobjecttype i ON i.catalogus_id = z.catalogus_id AND i.omschrijving = r.informatieobjecttype
    WHERE r.zaaktype_id = $1 AND i.id = $2
)
"""
_ONLY_THEIRS = """
SELECT informatieobject FROM (
    SELECT informatieobject FROM zaakinformatieobject WHERE zaak_id = ANY($1::uuid[])
    UNION SELECT informatieobject FROM besluitinformatieobject WHERE besluit_id = ANY($2::uuid[])
) AS theirs
WHERE NOT EXISTS (SELECT FROM zaakinformatieobject z
        WHERE z.informatieobject = theirs.informatieobject AND z.zaak_id <> ALL($1::uuid[]))
    AND NOT EXISTS (SELECT FROM besluitinformatieobject b
        WHERE b.informatieobject = theirs.informatieobject AND b.besluit_id <> ALL($2::uuid[]))
ORDER BY informatieobject
"""


@dataclass(frozen=True)
class Informatieobject:
    """What zaken and besluiten must know of one. local_id: its id when it is one of our own Documenten API."""

    url: str
    informatieobjecttype: str
    status: str = ""
    indicatie_gebruiksrecht: bool | None = None
    local_id: UUID | None = None


async def informatieobject_at(unit: Unit, url: str, name: str = "informatieobject") -> Informatieobject:
    """The informatieobject that `name` refers to. Before the first statement of a unit. Raises Invalid: `bad-url`,
    `invalid-resource`.
    """
    local_id = unit.runtime.references.local_id(EIO, url)
    if local_id is not None:
        rows = await unit.runtime.database.fetch(_OWN, local_id)
        if not rows:
            raise Invalid([bad_url(name)])
        return _own(unit, rows[0])
    content = await existing(unit, url, name, SHAPE)
    return Informatieobject(
        url=url,
        informatieobjecttype=str(content["informatieobjecttype"]),
        status=str(content.get("status") or ""),
        indicatie_gebruiksrecht=content["indicatieGebruiksrecht"],
    )


def _own(unit: Unit, row: Any) -> Informatieobject:
    """One of our own, by what `_OWN` selects."""
    return Informatieobject(
        url=unit.url(EIO, row["informatieobject_id"]),
        informatieobjecttype=unit.url(INFORMATIEOBJECTTYPE, row["informatieobjecttype_id"]),
        status=row["status"],
        indicatie_gebruiksrecht=row["indicatie_gebruiksrecht"],
        local_id=row["informatieobject_id"],
    )


async def informatieobjecten_of(unit: Unit, zaak_id: UUID) -> list[Informatieobject]:
    """What is known now of the informatieobjecten of a zaak: whether they are archived, and who may use them.

    Asked outside the unit of work, which holds no connection while another provider answers. Raises Invalid when one
    cannot be reached.
    """
    limit = asyncio.Semaphore(FETCHES)

    async def ask(row: Any) -> Informatieobject:
        if row["informatieobject_id"] is not None:
            return _own(unit, row)
        async with limit:
            return await informatieobject_at(unit, row["informatieobject"], "nonFieldErrors")

    rows = await unit.runtime.database.fetch(_OF_ZAAK, zaak_id)
    return list(await asyncio.gather(*(ask(row) for row in rows)))


def shown_url(unit: Unit, url: str, local_id: UUID | None) -> str:
    """The URL of an informatieobject as a relation with it shows it."""
    return url if local_id is None else unit.url(EIO, local_id)


def same(references: References, url: str, row: Any) -> bool:
    """Whether a URL is that of the informatieobject of a relation (its row)."""
    if row.informatieobject_id is not None:
        return bool(references.local_id(EIO, url) == row.informatieobject_id)
    return bool(url == row.informatieobject)


def where_informatieobject(selection: Selection, references: References, url: str | None) -> Selection:
    """Keep the relations with an informatieobject."""
    local_id = references.local_id(EIO, url or "")
    if local_id is not None:
        return selection.where("informatieobject_id = {}", local_id)
    return selection.where_given("informatieobject = {}", url)


async def fits_zaaktype(unit: Unit, informatieobject: Informatieobject, zaaktype_id: UUID) -> bool:
    """Whether informatieobjecten of this type belong in zaken of a zaaktype: some version of the type is related to it."""
    type_id = unit.runtime.references.local_id(INFORMATIEOBJECTTYPE, informatieobject.informatieobjecttype)
    if type_id is None:
        return False
    return bool(await (await unit.connection()).fetchval(_RELATED, zaaktype_id, type_id))


async def mirror(unit: Unit, informatieobject: Informatieobject, object_type: str, object_id: UUID) -> None:
    """Let the Documenten API know that a zaak or besluit, which is locked, has one of its informatieobjecten (zrc-005).

    Of our own it is a row in the same transaction. At another provider we write nothing: we have no account there, and
    could not take it back when our transaction fails.
    """
    if informatieobject.local_id is not None:
        await relate(unit, informatieobject.local_id, object_type, object_id)


async def unmirror(unit: Unit, object_type: str, object_id: UUID, local_id: UUID | None) -> None:
    """Take back what `mirror` told of one informatieobject; local_id: its id when it is one of our own."""
    if local_id is not None:
        await unrelate(unit, object_type, [object_id], local_id)


async def unmirror_all(unit: Unit, object_type: str, object_ids: Collection[UUID]) -> None:
    """Take back what `mirror` told of zaken or besluiten that are destroyed."""
    await unrelate(unit, object_type, object_ids)


async def only_related_to(unit: Unit, zaken: Sequence[UUID], besluiten: Sequence[UUID]) -> list[str]:
    """URLs of the informatieobjecten that belong to these zaken and besluiten and to no others, before those are destroyed."""
    rows = await (await unit.connection()).fetch(_ONLY_THEIRS, list(zaken), list(besluiten))
    return [row["informatieobject"] for row in rows]


async def destroy_informatieobjecten(unit: Unit, urls: Sequence[str]) -> int:
    """Destroy the informatieobjecten of a zaak that is destroyed, in the same transaction, and say how many were.

    Their relations with it are gone already. Those of our own Documenten API go for good, also one that is locked, unless
    something else came to refer to it. At another provider we destroy nothing, and the archivist is told how many stay there.
    """
    ids = [one for one in (unit.runtime.references.local_id(EIO, url) for url in urls) if one is not None]
    destroyed = 0
    for row in await unit.lock(EIO, ids):
        if not await is_related(unit, row.id):
            await remove(unit, row)
            destroyed += 1
    return destroyed
