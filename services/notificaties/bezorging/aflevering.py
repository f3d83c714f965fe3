"""An aflevering: one notificatie for one abonnement, and every attempt to deliver it.

A row changes with each attempt and is read by an operator now and then, so unlike other resources its JSON is made when
it is asked for.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Query
from pydantic import AwareDatetime
from pydantic import Field as Documented
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.problems import NotFound
from chassis.reading import Page, PagedFilter, Reading, Selection
from chassis.resource import Out

router = APIRouter(tags=["afleveringen"])
LEZEN = "afleveringen.lezen"


class Status(StrEnum):
    """Where an aflevering stands."""

    wacht = "wacht"
    afgeleverd = "afgeleverd"
    onbestelbaar = "onbestelbaar"
    vervallen = "vervallen"


# ---- fields


class PogingOut(Out):
    """One attempt."""

    op: datetime = Documented(description="Wanneer de poging klaar was.")
    status: int | None = Documented(description="HTTP-status van het antwoord; leeg zonder antwoord.")
    fout: str = Documented(description="Wat er misging; leeg als het lukte.")
    duur_ms: int = Documented(description="Duur van de poging in milliseconden.")


class AfleveringOut(Out):
    """An aflevering as answered."""

    url: str = Documented(description="URL van deze aflevering.")
    abonnement: str = Documented(description="URL van het abonnement.")
    gebeurtenis: UUID = Documented(description="Id van de gebeurtenis; gelijk bij elke poging.")
    kanaal: str = Documented(description="Kanaal van de notificatie.")
    hoofd_object: str = Documented(description="URL van het hoofdobject.")
    resource: str = Documented(description="Resource waar de notificatie over gaat.")
    resource_url: str = Documented(description="URL van die resource.")
    actie: str = Documented(description="Wat er met de resource is gedaan.")
    status: Status = Documented(description="Stand van de aflevering.")
    aangemaakt_op: datetime = Documented(description="Wanneer de notificatie binnenkwam.")
    pogingen: int = Documented(description="Aantal pogingen sinds de aflevering is aangeboden.")
    volgende_poging: datetime | None = Documented(description="Wanneer het opnieuw wordt geprobeerd.")
    laatste_status: int | None = Documented(description="HTTP-status van het laatste antwoord.")
    laatste_fout: str = Documented(description="Wat er bij de laatste poging misging.")
    duur_ms: int | None = Documented(description="Duur van de laatste poging in milliseconden.")
    afgerond_op: datetime | None = Documented(description="Wanneer de aflevering klaar was.")


class AfleveringDetailOut(AfleveringOut):
    """One aflevering with its attempts."""

    verloop: list[PogingOut] = Documented(description="Alle pogingen, oudste eerst.")


# ---- filter


class AfleveringFilter(PagedFilter):
    """Query parameters of the list."""

    abonnement: UUID | None = Documented(default=None, description="Id van het abonnement.")
    gebeurtenis: UUID | None = Documented(default=None, description="Id van de gebeurtenis.")
    status: Status | None = Documented(default=None, description="Stand van de aflevering.")
    kanaal: str | None = Documented(default=None, description="Kanaal van de notificatie.")
    hoofd_object: str | None = Documented(default=None, description="URL van het hoofdobject.")
    resource_url: str | None = Documented(default=None, description="URL van de resource.")
    vanaf: AwareDatetime | None = Documented(default=None, description="Wat vanaf dit moment binnenkwam.")
    tot: AwareDatetime | None = Documented(default=None, description="Wat tot en met dit moment binnenkwam.")


def select_afleveringen(chosen: AfleveringFilter) -> Selection:
    """The afleveringen the filter asks for, newest first."""
    selection = Selection(order="a.id DESC")
    selection.where_given("a.abonnement_id = {}", chosen.abonnement)
    selection.where_given("a.notificatie_id = {}", chosen.gebeurtenis)
    selection.where_given("a.status = {}", chosen.status and str(chosen.status))
    selection.where_given("n.kanaal = {}", chosen.kanaal)
    selection.where_given("n.hoofd_object = {}", chosen.hoofd_object)
    selection.where_given("n.resource_url = {}", chosen.resource_url)
    selection.where_given("n.aangemaakt_op >= {}", chosen.vanaf)
    return selection.where_given("n.aangemaakt_op <= {}", chosen.tot)


# ---- rules

_FROM = "FROM aflevering a JOIN notificatie n ON n.id = a.notificatie_id"
_COLUMNS = (
    "a.id, a.abonnement_id, a.notificatie_id, n.kanaal, n.hoofd_object, n.resource, n.resource_url, n.actie, a.status, "
    "n.aangemaakt_op, a.pogingen, a.volgende_poging, a.laatste_status, a.laatste_fout, a.duur_ms, a.afgerond_op"
)


def shown(row: asyncpg.Record, public_url: str) -> dict[str, Any]:
    """What an aflevering tells, from a row of the columns above."""
    content = dict(row)
    waits = content["status"] == Status.wacht
    content["volgende_poging"] = content["volgende_poging"] if waits else None
    return content | {
        "url": f"{public_url}/bezorging/api/v1/afleveringen/{content.pop('id')}",
        "abonnement": f"{public_url}/notificaties/api/v1/abonnement/{content.pop('abonnement_id')}",
        "gebeurtenis": content.pop("notificatie_id"),
    }


async def page_of(reader: Reading, selection: Selection, page: int, size: int) -> tuple[int, list[asyncpg.Record]]:
    """Count and rows of one page. Raises NotFound past the end."""
    database = reader.runtime.database
    rows = await database.fetch(
        f"SELECT {_COLUMNS} {_FROM}{selection.sql} ORDER BY {selection.order} LIMIT {size} OFFSET {(page - 1) * size}",
        *selection.values,
    )
    if page > 1 and not rows:
        raise NotFound("Deze pagina bestaat niet.")
    if page == 1 and len(rows) < size:
        return len(rows), rows
    counted = await database.fetch(f"SELECT count(*) AS n {_FROM}{selection.sql}", *selection.values)
    return counted[0]["n"], rows


# ---- routes


@router.get("/afleveringen", response_model=Page[AfleveringOut], summary="Afleveringen opvragen")
async def aflevering_list(
    chosen: Annotated[AfleveringFilter, Query()], reader: Reading, caller: CurrentCaller
) -> Response:
    """Alle afleveringen, nieuwste eerst."""
    caller.require("nrc", LEZEN)
    count, rows = await page_of(reader, select_afleveringen(chosen), chosen.page, chosen.page_size)
    public_url = reader.runtime.settings.public_url
    bodies = [AfleveringOut(**shown(row, public_url)).model_dump_json(by_alias=True).encode() for row in rows]
    return reader.answer(reader.envelope(count, bodies, chosen.page, chosen.page_size))


@router.get("/afleveringen/{uuid}", response_model=AfleveringDetailOut, summary="Een aflevering opvragen")
async def aflevering_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Eén aflevering, met alle pogingen."""
    caller.require("nrc", LEZEN)
    rows = await reader.runtime.database.fetch(f"SELECT {_COLUMNS} {_FROM} WHERE a.id = $1", uuid)
    if not rows:
        raise NotFound
    attempts = await reader.runtime.database.fetch(
        "SELECT op, status, fout, duur_ms FROM poging WHERE aflevering_id = $1 ORDER BY id", uuid
    )
    content = shown(rows[0], reader.runtime.settings.public_url)
    answer = AfleveringDetailOut(**content, verloop=[PogingOut(**dict(row)) for row in attempts])
    return reader.answer(answer.model_dump_json(by_alias=True).encode())
