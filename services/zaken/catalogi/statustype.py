"""A statustype: a milestone that zaken of a zaaktype can reach; the one with the highest volgnummer ends them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import orjson
from fastapi import APIRouter, Query
from pydantic import Field as Documented
from sqlalchemy import Text, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, col
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.reading import Page, Reading
from chassis.resource import REGISTRY, In, Partial, Resource
from chassis.unit import Unit
from services.zaken import events
from services.zaken.answering import headers_only
from services.zaken.catalogi import onderdeel
from services.zaken.catalogi.onderdeel import OnderdeelFields, OnderdeelIn, OnderdeelOut, OnderdeelRow, StatusFilter
from services.zaken.catalogi.rights import require_readable
from services.zaken.catalogi.zaaktype.fields import Zaaktype
from services.zaken.events import Actie
from services.zaken.expand import NOTHING, Expand, answer_one, answer_page
from services.zaken.formats import AnyUrl, Duration, Link
from services.zaken.validation import Findings

router = APIRouter(tags=["statustypen"])


# ---- fields


class ChecklistItem(In):
    """Something to check before the status is given."""

    itemnaam: str = Documented(max_length=30, description="Naam van het punt.")
    toelichting: str | None = Documented(default=None, max_length=1000, description="Toelichting.")
    vraagstelling: str = Documented(max_length=255, description="Vraag die beantwoord moet worden.")
    verplicht: bool = Documented(default=False, description="Of de vraag met ja beantwoord moet zijn.")


class StatustypeFields(OnderdeelFields):
    """What table and JSON share."""

    omschrijving: str = Field(max_length=80, min_length=1, description="Korte naam van de status.")
    omschrijving_generiek: str = Field(default="", max_length=80, description="Landelijke naam van de status.")
    statustekst: str = Field(default="", max_length=1000, description="Wat de initiator te lezen krijgt.")
    volgnummer: int = Field(ge=1, le=9999, description="Plaats in de volgorde van statussen.")
    informeren: bool = Field(default=False, description="Of de initiator bericht krijgt.")
    doorlooptijd: Duration | None = Field(default=None, sa_type=Text, description="Duur tot deze status (ISO 8601).")
    toelichting: str | None = Field(default=None, max_length=1000, description="Toelichting.")


class Statustype(StatustypeFields, OnderdeelRow, table=True):
    """Table of statustypen."""

    checklistitem_statustype: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB)


class StatustypeIn(OnderdeelIn, StatustypeFields):
    """A whole statustype."""

    checklistitem_statustype: list[ChecklistItem] = Documented(default_factory=list, description="Controlepunten.")
    eigenschappen: list[AnyUrl] = Documented(
        default_factory=list, description="URL's van eigenschappen die bekend moeten zijn voordat de status komt."
    )


class StatustypePatch(Partial):
    """What changes of a statustype."""

    whole = StatustypeIn


class StatustypeOut(OnderdeelOut, StatustypeFields):
    """A statustype as answered."""

    is_eindstatus: bool = Documented(description="Of deze status de zaak afsluit.")
    checklistitem_statustype: list[ChecklistItem] = Documented(description="Controlepunten.")
    eigenschappen: list[Link] = Documented(description="URL's van eigenschappen die bekend moeten zijn.")


_EIGENSCHAPPEN = text("SELECT id FROM eigenschap WHERE statustype_id = :id ORDER BY id")


async def render(unit: Unit, row: Statustype) -> StatustypeOut:
    """The JSON of a statustype."""
    last = await eindstatustype(unit, row.zaaktype_id)
    required = await unit.session.execute(_EIGENSCHAPPEN, {"id": row.id})
    return StatustypeOut(
        **await onderdeel.rendered(unit, STATUSTYPE, row, StatustypeFields),
        is_eindstatus=last is None or last.volgnummer <= row.volgnummer,
        checklistitem_statustype=row.checklistitem_statustype,  # type: ignore[arg-type]
        eigenschappen=[unit.url(REGISTRY["eigenschap"], one) for (one,) in required],
    )


STATUSTYPE = Resource("statustype", Statustype, "catalogi", "/statustypen", render)


# ---- rules

_FACTS = """
SELECT id, zaaktype_id, NOT EXISTS (
    SELECT FROM statustype other WHERE other.zaaktype_id = this.zaaktype_id AND other.volgnummer > this.volgnummer
) AS is_eindstatus
FROM statustype this WHERE id = $1
"""


async def eindstatustype(unit: Unit, zaaktype_id: UUID) -> Statustype | None:
    """The statustype that closes zaken of a zaaktype: the one with the highest volgnummer."""
    found = select(Statustype).where(col(Statustype.zaaktype_id) == zaaktype_id)
    return (await unit.session.scalars(found.order_by(col(Statustype.volgnummer).desc()).limit(1))).first()


async def statustype_facts(unit: Unit, statustype_id: UUID) -> asyncpg.Record | None:
    """What a new status must know of its statustype: id, zaaktype_id, is_eindstatus."""
    rows = await unit.runtime.database.fetch(_FACTS, statustype_id)
    return rows[0] if rows else None


@asynccontextmanager
async def passing_on_the_end(unit: Unit, zaaktype: Zaaktype) -> AsyncIterator[None]:
    """What is the eindstatus before and after a change says so itself."""
    before = await eindstatustype(unit, zaaktype.id)
    yield
    after = await eindstatustype(unit, zaaktype.id)
    if before is not after:
        for one in (before, after):
            if one is not None:
                await unit.touch(STATUSTYPE, one)


def stored(body: StatustypeIn) -> dict[str, Any]:
    """What of a body stands in the table."""
    return body.model_dump(exclude={*onderdeel.DERIVED, "eigenschappen"})


NUMBER_TAKEN = "Dit volgnummer is in dit zaaktype al gebruikt."


async def eigenschappen_of(
    unit: Unit, body: StatustypeIn, row: Statustype, zaaktype: Zaaktype, findings: Findings
) -> tuple[list[Any], list[Any]]:
    """The eigenschappen, of the same zaaktype, that a statustype requires after a change, and those of before."""
    eigenschap = REGISTRY["eigenschap"]
    table: Any = eigenschap.table
    urls = {f"eigenschappen.{index}": url for index, url in enumerate(body.eigenschappen)}
    wanted = await onderdeel.siblings(unit, eigenschap, urls, zaaktype, findings)
    with unit.session.no_autoflush:  # the statustype may not be there yet
        present = await unit.find(select(table).where(table.statustype_id == row.id))
    moved = any(one.statustype_id not in {None, row.id} for one in wanted)
    kept = {one.id for one in present} <= {one.id for one in wanted}
    onderdeel.check_kept(zaaktype, "eigenschappen", findings, lost=moved or not kept)
    return wanted, present


async def require_eigenschappen(unit: Unit, row: Statustype, wanted: list[Any], present: list[Any]) -> None:
    """Let some eigenschappen, and no others, be required for a statustype: the other end of eigenschap.statustype."""
    after, before = ({one.id: one for one in group} for group in (wanted, present))
    for changed in after.keys() ^ before.keys():
        one = after.get(changed) or before[changed]
        left: Statustype | None = one.statustype_id and await unit.get(STATUSTYPE, one.statustype_id)
        one.statustype_id = row.id if changed in after else None
        await unit.touch(REGISTRY["eigenschap"], one)
        if left is not None and left is not row:
            await unit.touch(STATUSTYPE, left)


async def update(unit: Unit, row: Statustype, zaaktype: Zaaktype, body: StatustypeIn, actie: Actie) -> Response:
    """Change a statustype and answer with it. Raises Invalid."""
    findings = Findings()
    onderdeel.check_change(unit, body, zaaktype, findings)
    required = await eigenschappen_of(unit, body, row, zaaktype, findings)
    async with passing_on_the_end(unit, zaaktype):
        row.sqlmodel_update(stored(body))
        await onderdeel.check_unique(unit, row, "volgnummer", NUMBER_TAKEN, findings)
        findings.stop_if_any()
        await require_eigenschappen(unit, row, *required)
        await onderdeel.change(unit, STATUSTYPE, row, zaaktype, events.STATUSTYPE, actie=actie)
    return unit.respond(STATUSTYPE, row)


# ---- routes


@router.get("/statustypen", response_model=Page[StatustypeOut], summary="Statustypen opvragen")
async def statustype_list(chosen: Annotated[StatusFilter, Query()], reader: Reading, caller: CurrentCaller) -> Response:
    """Alle statustypen, gefilterd; zonder filter alleen die van gepubliceerde zaaktypen."""
    require_readable(caller)
    return await answer_page(reader, caller, STATUSTYPE, onderdeel.select_parts(chosen, reader), chosen)


@router.post("/statustypen", status_code=201, response_model=StatustypeOut, summary="Statustype registreren")
async def statustype_create(body: StatustypeIn, unit: UnitOfWork) -> Response:
    """Een statustype bij een concept van een zaaktype."""
    findings = Findings()
    zaaktype = await onderdeel.zaaktype_for(unit, body, findings)
    row = Statustype(**stored(body), zaaktype_id=zaaktype.id)
    required = await eigenschappen_of(unit, body, row, zaaktype, findings)
    await onderdeel.check_unique(unit, row, "volgnummer", NUMBER_TAKEN, findings)
    findings.stop_if_any()
    async with passing_on_the_end(unit, zaaktype):
        unit.session.add(row)
        await unit.session.flush()  # before the eigenschappen that refer to it
        await require_eigenschappen(unit, row, *required)
        await onderdeel.add(unit, STATUSTYPE, row, zaaktype, events.STATUSTYPE)
    return unit.respond(STATUSTYPE, row, 201)


@router.get("/statustypen/{uuid}", response_model=StatustypeOut, summary="Statustype opvragen")
async def statustype_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller, asked: Expand) -> Response:
    """Eén statustype."""
    require_readable(caller)
    return await answer_one(reader, caller, STATUSTYPE, await reader.row(STATUSTYPE, uuid), asked)


@router.put("/statustypen/{uuid}", response_model=StatustypeOut, summary="Statustype geheel wijzigen")
async def statustype_update(uuid: UUID, body: StatustypeIn, unit: UnitOfWork) -> Response:
    """Alle gegevens van een statustype; wat er niet bij staat wordt leeg."""
    row, zaaktype = await onderdeel.opened(unit, STATUSTYPE, uuid)
    return await update(unit, row, zaaktype, body, "update")


@router.patch("/statustypen/{uuid}", response_model=StatustypeOut, summary="Statustype deels wijzigen")
async def statustype_partial_update(uuid: UUID, body: StatustypePatch, unit: UnitOfWork) -> Response:
    """Alleen de meegestuurde gegevens van een statustype."""
    row, zaaktype = await onderdeel.opened(unit, STATUSTYPE, uuid)
    whole = body.over(orjson.loads(unit.body(STATUSTYPE, row)), StatustypeIn)
    return await update(unit, row, zaaktype, whole, "partial_update")


@router.delete("/statustypen/{uuid}", status_code=204, summary="Statustype verwijderen")
async def statustype_destroy(uuid: UUID, unit: UnitOfWork) -> Response:
    """Een statustype van een concept van een zaaktype."""
    _, zaaktype = await onderdeel.remove(unit, STATUSTYPE, uuid, events.STATUSTYPE)
    last = await eindstatustype(unit, zaaktype.id)
    if last is not None:
        await unit.touch(STATUSTYPE, last)
    return unit.respond_raw(b"", 204)


@router.head("/statustypen/{uuid}", summary="Headers van een statustype")
async def statustype_headers(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """De headers die een GET zou geven."""
    return headers_only(await statustype_retrieve(uuid, reader, caller, NOTHING))
