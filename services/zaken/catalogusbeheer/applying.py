"""Doing what an import says, with the operations of the Catalogi API, in the one transaction of its unit of work.

Each step has a savepoint, so that all steps are tried and everything that is wrong is told at once; whoever calls commits
only when nothing is.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from starlette.responses import Response

from chassis.problems import FieldError, PermissionDenied, Problem
from chassis.unit import Unit
from services.zaken.catalogusbeheer import stored
from services.zaken.catalogusbeheer.comparing import END, PartStep, Step, compare, references
from services.zaken.catalogusbeheer.consulting import Consulted
from services.zaken.catalogusbeheer.content import Catalogue, Item, at, body_of, withdrawn
from services.zaken.catalogusbeheer.kinds import MAIN, STATUSTYPEN, ZAAKTYPEN

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"


@dataclass
class _Work:
    """One import that is being done."""

    unit: Unit
    consulted: Consulted
    catalogus: str = ""
    """URL."""
    identificaties: set[str] = field(default_factory=set)
    """Of the zaaktypen that are there by now."""
    late: dict[UUID, tuple[Step, dict[str, Any]]] = field(default_factory=dict)
    """Zaaktype → relations to zaaktypen that were not there yet."""
    made: dict[int, UUID] = field(default_factory=dict)
    """Step → its version in the register."""


async def carry_out(unit: Unit, given: Catalogue) -> list[Step]:
    """Import a catalogus; the steps say what happened and what is wrong. Raises Problem when it cannot be begun.

    What the reference lists must say is asked before the first statement: they may be slow, and then hold no lock.
    """
    consulted, named = Consulted(), (given.catalogus.content["domein"], given.catalogus.content["rsin"])
    fetch = unit.runtime.database.fetch
    await consulted.ahead(unit, references(compare(given, await _present(unit, fetch, named))))
    await unit.session.execute(text(_LOCK), {"key": f"catalogusbeheer {named[1]} {named[0]}"})
    connection = await unit.connection()
    present = await _present(unit, connection.fetch, named)
    steps, work = compare(given, present), _Work(unit, consulted)
    if present is not None:
        work.identificaties = {item.key[0] for item in present.versions[ZAAKTYPEN.section]}
    await _catalogus(work, steps[0])
    if not steps[0].errors:
        await _versions(work, steps[1:])
    return steps


async def _present(unit: Unit, fetch: stored.Fetch, named: tuple[str, str]) -> Catalogue | None:
    row_id = await stored.catalogus_id(fetch, *named)
    return None if row_id is None else await stored.load(fetch, unit.runtime, row_id)


async def _catalogus(work: _Work, step: Step) -> None:
    kind = step.given.kind
    async with _tried(work, step, step.given.place):
        if step.present is None:
            answer = await kind.create(work.unit, body_of(step.given), work.consulted)
            work.catalogus = _url(answer)
        elif step.present.id is not None:
            work.catalogus = work.unit.url(kind.resource, step.present.id)
            if step.changes:
                await kind.change(work.unit, step.present.id, step.changes, work.consulted)


async def _versions(work: _Work, steps: list[Step]) -> None:
    """Make and change all, then lay the relations that had to wait, then publish: who is referred to first."""
    for kind in MAIN:
        for step in (one for one in steps if one.given.kind is kind and not one.errors):
            async with _tried(work, step, step.given.place):
                await (_add(work, step) if step.present is None else _change(work, step, step.present))
            if step.given.kind is ZAAKTYPEN and not step.errors:
                work.identificaties.add(step.given.key[0])
                await _parts(work, step)
    for row_id, (step, relations) in work.late.items():
        async with _tried(work, step, step.given.place):
            await ZAAKTYPEN.change(work.unit, row_id, relations, work.consulted)
    for step in (one for one in steps if one.publishes and not one.errors):
        publish = step.given.kind.publish
        async with _tried(work, step, step.given.place):
            if publish is not None:
                await publish(work.made[id(step)], work.unit)


async def _add(work: _Work, step: Step) -> None:
    """A new concept. One that ends before it begins gets its end apart, as who withdraws a version does."""
    given, kind = step.given, step.given.kind
    held, late = _held_back(work, given) if kind is ZAAKTYPEN else ({}, {})
    if withdrawn(given):
        held[END] = None
    made = Item(kind, given.content | held, {}, given.place)
    row_id = _id(await kind.create(work.unit, body_of(made, catalogus=work.catalogus), work.consulted))
    work.made[id(step)] = row_id
    if late:
        work.late[row_id] = step, late
    if withdrawn(given):
        await kind.change(work.unit, row_id, {END: given.content[END]}, work.consulted)


async def _change(work: _Work, step: Step, present: Item) -> None:
    row_id = _known(present)
    work.made[id(step)] = row_id
    held, late = _held_back(work, step.given) if step.given.kind is ZAAKTYPEN else ({}, {})
    now = {name: held.get(name, value) for name, value in step.changes.items()}
    late = {name: value for name, value in late.items() if name in step.changes}
    if late:
        work.late[row_id] = step, late
    if now:
        await step.given.kind.change(work.unit, row_id, now, work.consulted)


def _held_back(work: _Work, given: Item) -> tuple[dict[str, Any], dict[str, Any]]:
    """Relations to zaaktypen: as far as those are there, and in full when some are not there yet."""
    known = work.identificaties | {given.key[0]}
    whole = {name: given.content[name] for name in ("deelzaaktypen", "gerelateerdeZaaktypen")}
    now = {
        "deelzaaktypen": [one for one in whole["deelzaaktypen"] if one in known],
        "gerelateerdeZaaktypen": [one for one in whole["gerelateerdeZaaktypen"] if one["zaaktype"] in known],
    }
    return now, {name: value for name, value in whole.items() if value != now[name]}


# ---- parts of a zaaktype


async def _parts(work: _Work, step: Step) -> None:
    """What goes, what comes and changes, and at last the statustypen that go: until then others may refer to them."""
    zaaktype = work.unit.url(ZAAKTYPEN.resource, work.made[id(step)])
    numbers = {
        part.content["volgnummer"]: work.unit.url(STATUSTYPEN.resource, _known(part))
        for part in (step.present.of(STATUSTYPEN) if step.present else [])
    }
    going = [one for one in step.parts if one.given is None]
    await _remove(work, step, [one for one in going if one.item.kind is not STATUSTYPEN])
    for part in (one for one in step.parts if one.given is not None):
        async with _tried(work, step, part.item.place):
            await _part(work, part, zaaktype, numbers)
    await _remove(work, step, [one for one in going if one.item.kind is STATUSTYPEN])


async def _remove(work: _Work, step: Step, going: list[PartStep]) -> None:
    for part in going:
        remove = part.item.kind.remove
        async with _tried(work, step, f"{step.given.place}.{part.names[0]}"):
            if remove is not None:
                await remove(_known(part.item), work.unit)


async def _part(work: _Work, step: PartStep, zaaktype: str, numbers: dict[int, str]) -> None:
    given = step.item
    kind, number = given.kind, given.content.get("statustype")
    if number is not None and number not in numbers:
        return  # its statustype was refused, which has been said
    statustype = None if number is None else numbers[number]
    if step.present is None:
        body = body_of(given, zaaktype=zaaktype, catalogus=work.catalogus, statustype=statustype)
        answer = await kind.create(work.unit, body, work.consulted)
        if kind is STATUSTYPEN:
            numbers[given.content["volgnummer"]] = _url(answer)
        return
    changed = step.changes | ({"statustype": statustype} if "statustype" in step.changes else {})
    await kind.change(work.unit, _known(step.present), changed, work.consulted)


# ---- trying


@asynccontextmanager
async def _tried(work: _Work, step: Step, place: str) -> AsyncIterator[None]:
    """A savepoint: what is wrong is noted at its place, and undone."""
    try:
        async with work.unit.session.begin_nested():
            yield
    except PermissionDenied:
        raise
    except Problem as problem:
        found = problem.fields or [FieldError("nonFieldErrors", problem.code, problem.detail)]
        step.errors += [at(place, one) for one in found]


def _url(answer: Response) -> str:
    url: str = orjson.loads(answer.body)["url"]
    return url


def _id(answer: Response) -> UUID:
    return UUID(_url(answer).rpartition("/")[2])


def _known(item: Item) -> UUID:
    if item.id is None:
        raise AssertionError("not in the register")
    return item.id
