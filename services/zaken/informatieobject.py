"""Informatieobjecten, as zaken and besluiten know them: what must be known of one, and that it is told of the relation.

Here the Documenten API is plugged in. Until our own is there, an informatieobject is always that of another provider:
fetched, and judged by its shape.
"""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from chassis.unit import Unit
from services.zaken.catalogi.informatieobjecttype import INFORMATIEOBJECTTYPE
from services.zaken.foreign import existing

SHAPE = ("url", "informatieobjecttype", "indicatieGebruiksrecht")
FETCHES = 8
"""Informatieobjecten that are asked for at once."""
_OF_ZAAK = "SELECT informatieobject FROM zaakinformatieobject WHERE zaak_id = $1 ORDER BY id"
_RELATED = """
SELECT EXISTS (
    SELECT FROM zaaktypeinformatieobjecttype r
    JOIN zaaktype z ON z.id = r.zaaktype_id
    JOIN informatieobjecttype i ON i.catalogus_id = z.catalogus_id AND i.omschrijving = r.informatieobjecttype
    WHERE r.zaaktype_id = $1 AND i.id = $2
)
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
    content = await existing(unit, url, name, SHAPE)
    return Informatieobject(
        url=url,
        informatieobjecttype=str(content["informatieobjecttype"]),
        status=str(content.get("status") or ""),
        indicatie_gebruiksrecht=content["indicatieGebruiksrecht"],
    )


async def informatieobjecten_of(unit: Unit, zaak_id: UUID) -> list[Informatieobject]:
    """What is known now of the informatieobjecten of a zaak: whether they are archived, and who may use them.

    Asked outside the unit of work, which holds no connection while another provider answers. Raises Invalid when one
    cannot be reached.
    """
    limit = asyncio.Semaphore(FETCHES)

    async def ask(url: str) -> Informatieobject:
        async with limit:
            return await informatieobject_at(unit, url, "nonFieldErrors")

    rows = await unit.runtime.database.fetch(_OF_ZAAK, zaak_id)
    return list(await asyncio.gather(*(ask(row["informatieobject"]) for row in rows)))


async def fits_zaaktype(unit: Unit, informatieobject: Informatieobject, zaaktype_id: UUID) -> bool:
    """Whether informatieobjecten of this type belong in zaken of a zaaktype: some version of the type is related to it."""
    type_id = unit.runtime.references.local_id(INFORMATIEOBJECTTYPE, informatieobject.informatieobjecttype)
    if type_id is None:
        return False
    return bool(await (await unit.connection()).fetchval(_RELATED, zaaktype_id, type_id))


async def mirror(unit: Unit, informatieobject: Informatieobject, object_url: str, object_type: str) -> None:
    """Let the Documenten API know that a zaak or besluit has one of its informatieobjecten (zrc-005).

    Of our own it is a row in the same transaction, once it is there. At another provider we write nothing: we have no
    account there, and could not take it back when our transaction fails.
    """


async def unmirror(unit: Unit, url: str, object_url: str) -> None:
    """Take back what `mirror` told."""
