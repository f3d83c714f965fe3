"""Audit trails: who changed what in a main object and in its parts, with the old and the new JSON.

Shared by the APIs that have one: each declares its `Trail`, and two routes of its own that judge rights. Rows are written
by the unit of work; what was sealed is opened for who may read it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from pydantic import Field as Documented
from sqlalchemy import text
from starlette.responses import Response

from chassis.clock import iso
from chassis.problems import NotFound
from chassis.reading import Reader
from chassis.resource import Out, Resource
from chassis.unit import Unit
from services.zaken.formats import Link
from services.zaken.nesting import url_of

_ERASE = (
    "DELETE FROM auditregel WHERE hoofdobject = ANY(:ids)",
    "DELETE FROM outbox WHERE aggregate = ANY(:ids) AND sent_at IS NOT NULL",
)
# The status of the answer to the request that a line comes from: a POST may also change what it adds to.
_LINES = """
SELECT *, CASE WHEN bool_or(actie = 'create') OVER request THEN 201 WHEN actie = 'destroy' THEN 204 ELSE 200 END AS resultaat
FROM auditregel WHERE hoofdobject = $1 WINDOW request AS (PARTITION BY CASE WHEN trace = '' THEN id::text ELSE trace END)
"""
_WORDS = {
    "create": "Aangemaakt",
    "update": "Bijgewerkt",
    "partial_update": "Deels bijgewerkt",
    "destroy": "Verwijderd",
    "lock": "Vergrendeld",
    "unlock": "Ontgrendeld",
}


class Bron(StrEnum):
    """The components of the standard that keep audit trails."""

    ac = "ac"
    nrc = "nrc"
    zrc = "zrc"
    ztc = "ztc"
    drc = "drc"
    brc = "brc"
    cmc = "cmc"
    kc = "kc"
    vrc = "vrc"


class Wijzigingen(Out):
    """A resource before and after."""

    oud: dict[str, Any] = Documented(description="Het object vóór de wijziging; leeg als het toen niet bestond.")
    nieuw: dict[str, Any] = Documented(description="Het object ná de wijziging; leeg als het niet meer bestaat.")


class AuditTrailOut(Out):
    """One change as answered."""

    uuid: UUID = Documented(description="Id van deze regel.")
    bron: Bron = Documented(description="Component waarin de wijziging is gedaan.")
    applicatie_id: str = Documented(max_length=100, description="Client_id van de applicatie.")
    applicatie_weergave: str = Documented(max_length=200, description="Naam van de applicatie.")
    gebruikers_id: str = Documented(max_length=255, description="Id van de gebruiker.")
    gebruikers_weergave: str = Documented(max_length=255, description="Naam van de gebruiker.")
    actie: str = Documented(max_length=50, description="Wat er gebeurde.")
    actie_weergave: str = Documented(max_length=200, description="Wat er gebeurde, in woorden.")
    resultaat: int = Documented(ge=100, le=599, description="HTTP-status van het antwoord.")
    hoofd_object: Link = Documented(max_length=1000, description="URL van het hoofdobject.")
    resource: str = Documented(max_length=50, description="Soort object.")
    resource_url: Link = Documented(max_length=1000, description="URL van het object.")
    toelichting: str = Documented(description="Toelichting die de applicatie meegaf.")
    resource_weergave: str = Documented(max_length=200, description="Naam van het object.")
    aanmaakdatum: datetime = Documented(description="Wanneer het gebeurde.")
    wijzigingen: Wijzigingen = Documented(description="Het object ervoor en erna.")


@dataclass(frozen=True)
class Trail:
    """The audit trail of one kind of main object.

    parts: the other resources whose changes belong to it. named: how an object of its JSON is called, given the name of
    its resource.
    """

    bron: Bron
    main: Resource
    parts: tuple[Resource, ...]
    named: Callable[[str, Mapping[str, Any]], str]

    def resource(self, name: str) -> Resource:
        """The main resource or one of the parts."""
        return next(one for one in (self.main, *self.parts) if one.name == name)

    async def lines(self, reader: Reader, main_id: UUID) -> Response:
        """Answer with all changes, oldest first."""
        rows = await reader.runtime.database.fetch(f"{_LINES} ORDER BY aanmaakdatum, id", main_id)
        return reader.answer(orjson.dumps([self.line(reader, row) for row in rows]))

    async def one(self, reader: Reader, main_id: UUID, line_id: UUID) -> Response:
        """Answer with one change. Raises NotFound."""
        rows = await reader.runtime.database.fetch(f"SELECT * FROM ({_LINES}) AS line WHERE id = $2", main_id, line_id)  # noqa: S608 - our own SQL
        if not rows:
            raise NotFound
        return reader.answer(orjson.dumps(self.line(reader, rows[0])))

    def line(self, reader: Reader, row: asyncpg.Record) -> dict[str, Any]:
        """One audit row as JSON."""
        public_url = reader.runtime.settings.public_url
        resource = self.resource(row["resource"])
        old, new = (_opened(reader, resource, row, name) for name in ("oud", "nieuw"))
        return {
            "uuid": str(row["id"]),
            "bron": self.bron,
            "applicatieId": row["client_id"],
            "applicatieWeergave": reader.runtime.policy.label_of(row["client_id"]),
            "gebruikersId": row["user_id"],
            "gebruikersWeergave": row["user_representation"],
            "actie": row["actie"],
            "actieWeergave": _WORDS.get(row["actie"], ""),
            "resultaat": row["resultaat"],
            "hoofdObject": self.main.url(public_url, row["hoofdobject"]),
            "resource": row["resource"],
            "resourceUrl": url_of(public_url, resource, row["resource_id"], row["hoofdobject"]),
            "toelichting": row["toelichting"],
            "resourceWeergave": self.named(row["resource"], new or old or {}),
            "aanmaakdatum": iso(row["aanmaakdatum"]),
            "wijzigingen": {"oud": old or {}, "nieuw": new or {}},
        }


async def erase(unit: Unit, ids: Sequence[UUID]) -> None:
    """Remove the trails of main objects that are destroyed, and the events about them that were sent: nothing of them may
    stay (zrc-023, brc-009). Events that still wait are sent, and hold ids only.

    What the unit noted itself is written at its commit, so rows that go with the main object are deleted without
    `unit.delete`.
    """
    for statement in _ERASE:
        await unit.session.execute(text(statement), {"ids": list(ids)})
    unit.after_commit(partial(_forget_counters, unit, list(ids)))


async def _forget_counters(unit: Unit, ids: list[UUID]) -> None:
    """The places of their events in order, which the commit still needed."""
    await unit.runtime.database.fetch("DELETE FROM outbox_aggregate WHERE aggregate = ANY($1)", ids)


def _opened(reader: Reader, resource: Resource, row: asyncpg.Record, name: str) -> dict[str, Any] | None:
    body: bytes | None = row[name]
    if body is None:
        return None
    content: dict[str, Any] = orjson.loads(reader.opened(resource, row["resource_id"], body))
    return content
