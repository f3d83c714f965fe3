"""An import of a catalogus, from our own document or from an archive of Open Zaak, and what it would do (importproef)."""

import asyncio
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Any

from fastapi import APIRouter, Request
from pydantic import Field as Documented
from starlette.responses import Response

from chassis.access import Caller, CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import FieldError, Invalid, problem_of
from chassis.resource import Out
from chassis.runtime import Runtime
from chassis.unit import unit_of_work
from services.zaken.catalogi.concept import WRITE
from services.zaken.catalogusbeheer import document, openzaak
from services.zaken.catalogusbeheer.applying import carry_out
from services.zaken.catalogusbeheer.comparing import ADDED, CHANGED, REFUSED, SAME, Step
from services.zaken.catalogusbeheer.content import Catalogue

router = APIRouter(tags=["importen"])


class Uitkomst(StrEnum):
    """What an import does with a type."""

    toegevoegd = ADDED
    gewijzigd = CHANGED
    ongewijzigd = SAME
    geweigerd = REFUSED


# ---- fields

READERS = {
    "application/yaml": document.catalogue_of,
    "application/json": document.catalogue_of,  # every JSON text is YAML too
    "application/zip": openzaak.catalogue_of,
}
MOST_TEXT = 5_000_000
"""Bytes of a document: some 1,500 zaaktypen with everything they can have."""
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "Een eerder geëxporteerd document (YAML of JSON), of het archief dat Open Zaak exporteert (ZIP).",
        "content": {
            "application/json": {"schema": document.SCHEMA},
            "application/yaml": {"schema": document.SCHEMA},
            "application/zip": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


class Fout(Out):
    """What is wrong, and where."""

    naam: str = Documented(description="Plaats in het bestand: onderdeel, type, versie en veld.")
    code: str = Documented(description="Code van de fout.")
    reden: str = Documented(description="Wat er mis is.")


class Regel(Out):
    """What happens to one version of one type."""

    soort: str = Documented(description="Soort type, zoals zaaktype.")
    naam: str = Documented(description="Naam van het type: identificatie, omschrijving of domein.")
    begin_geldigheid: date | None = Documented(description="Eerste dag van de versie; de catalogus heeft die niet.")
    uitkomst: Uitkomst = Documented(description="Wat er met deze versie gebeurt.")
    gepubliceerd: bool = Documented(description="Of deze versie nu wordt gepubliceerd.")
    wijzigingen: list[str] = Documented(description="Velden en onderdelen die veranderen.")
    fouten: list[Fout] = Documented(description="Waarom deze versie wordt geweigerd.")


class ImportOut(Out):
    """The report of an import, or of what it would do."""

    toegevoegd: int = Documented(description="Aantal versies dat erbij komt.")
    gewijzigd: int = Documented(description="Aantal versies dat verandert.")
    ongewijzigd: int = Documented(description="Aantal versies dat blijft zoals het is.")
    geweigerd: int = Documented(description="Aantal versies met fouten. Is dat niet nul, dan wordt er niets ingevoerd.")
    gepubliceerd: int = Documented(description="Aantal versies dat wordt gepubliceerd.")
    opmerkingen: list[str] = Documented(description="Wat uit het bestand niet wordt overgenomen.")
    regels: list[Regel] = Documented(description="Per versie wat er gebeurt, de catalogus eerst.")


# ---- rules


def require_import(caller: Caller) -> None:
    """Raises PermissionDenied unless the caller may import, and may write types: an import does nothing else."""
    caller.require("catalogusbeheer", "importen.aanmaken")
    caller.require("ztc", WRITE)


async def read(request: Request) -> Catalogue:
    """What was sent. Raises Invalid; 413 and 415. In a thread, for a large text takes a second."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in READERS:
        raise problem_of(415)
    body = await request.body()
    if kind != "application/zip" and len(body) > MOST_TEXT:
        raise problem_of(413)
    return await asyncio.to_thread(READERS[kind], body, request.app.state.runtime.settings.public_url)


def report(steps: Sequence[Step], remarks: Sequence[str]) -> ImportOut:
    """What steps do, or would do."""
    lines = [_line(step) for step in steps]
    counted = {str(one): sum(line.uitkomst == one for line in lines) for one in Uitkomst}
    published = sum(line.gepubliceerd for line in lines)
    return ImportOut(**counted, gepubliceerd=published, opmerkingen=list(remarks), regels=lines)


def _line(step: Step) -> Regel:
    return Regel(
        soort=step.given.kind.resource.name,
        naam=str(step.given.key[0]),
        begin_geldigheid=step.given.content.get("beginGeldigheid"),
        uitkomst=Uitkomst(step.outcome),
        gepubliceerd=step.publishes and not step.errors and "concept" not in step.given.kind.elsewhere,
        wijzigingen=step.names,
        fouten=[Fout(naam=one.name, code=one.code, reden=one.reason) for one in step.errors],
    )


def stop_if_refused(steps: Sequence[Step]) -> None:
    """Raises Invalid with all that is wrong, so that nothing is imported."""
    errors: list[FieldError] = [one for step in steps for one in step.errors]
    if errors:
        raise Invalid(errors, "Er is niets ingevoerd: een of meer typen zijn onjuist.")


class _Undo(Exception):
    """Ends a unit of work without a commit."""


async def tried(runtime: Runtime, caller: Caller, given: Catalogue) -> list[Step]:
    """The steps of an import that is done and undone. Raises Problem."""
    steps: list[Step] = []
    try:
        async with unit_of_work(runtime, caller) as unit:
            steps = await carry_out(unit, given)
            raise _Undo
    except _Undo:
        return steps


# ---- routes


@router.post("/importen", response_model=ImportOut, summary="Catalogus importeren", openapi_extra=BODY)
async def import_create(request: Request, unit: UnitOfWork) -> Response:
    """Voert alles in wat in het bestand staat, of niets als er iets niet klopt. Twee keer hetzelfde bestand
    verandert de tweede keer niets.
    """
    require_import(unit.caller)
    given = await read(request)
    steps = await carry_out(unit, given)
    stop_if_refused(steps)
    return unit.respond_raw(report(steps, given.remarks).model_dump_json(by_alias=True).encode())


@router.post("/importproeven", response_model=ImportOut, summary="Import uitproberen", openapi_extra=BODY)
async def importproef_create(request: Request, caller: CurrentCaller) -> Response:
    """Zegt wat een import zou doen, ook alle fouten; er wordt niets ingevoerd."""
    require_import(caller)
    given = await read(request)
    steps = await tried(request.app.state.runtime, caller, given)
    return Response(report(steps, given.remarks).model_dump_json(by_alias=True), media_type="application/json")
