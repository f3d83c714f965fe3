"""Names: a relation between types is laid with the name of the other, or with the URL of one of its versions.

Either way the name is stored, which means every version of that type in the same catalogus (the history model). Only
who refers to a concept by its URL means that version, as in Catalogi 1.2: such a relation is `fixed` (see `concept.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.problems import FieldError
from chassis.reading import Selection
from chassis.references import References, bad_url
from chassis.resource import REGISTRY, Row
from chassis.unit import Unit
from services.zaken import events
from services.zaken.catalogi.parts import locked_with_zaaktype
from services.zaken.events import Changes
from services.zaken.validation import Findings, filter_id


@dataclass(frozen=True)
class Kind:
    """A kind of type that is referred to by name. table: its table; name: the column that names it in its catalogus."""

    table: str
    name: str


ZAAKTYPEN = Kind("zaaktype", "identificatie")
BESLUITTYPEN = Kind("besluittype", "omschrijving")
INFORMATIEOBJECTTYPEN = Kind("informatieobjecttype", "omschrijving")


@dataclass(frozen=True)
class Named:
    """What a body refers to: the name, and whether the relation is to one version only."""

    name: str
    fixed: bool


async def named(
    unit: Unit,
    kind: Kind,
    given: Mapping[str, str],
    catalogus_id: UUID,
    findings: Findings,
    *,
    known: Sequence[str] = (),
) -> dict[str, Named]:
    """What each of some references means. given: field path → URL or name; known: names that need not be looked up,
    because they are already related or name the type itself.

    What is wrong goes to `findings`: `bad-url` and `does_not_exist` by field, `relations-incorrect-catalogus` once.
    """
    ids = {path: _row_id(unit, kind, value) for path, value in given.items() if _is_url(value)}
    names = [value for path, value in given.items() if path not in ids and value not in known]
    rows = await _versions(unit, kind, [one for one in ids.values() if one is not None], names, catalogus_id)
    by_id, here = {row["id"]: row for row in rows}, {row["name"] for row in rows if row["catalogus_id"] == catalogus_id}
    meant: dict[str, Named] = {}
    for path, value in given.items():
        row = by_id.get(ids.get(path))
        if path in ids and row is None:
            findings.errors.append(bad_url(path))
        elif row is not None and row["catalogus_id"] != catalogus_id:
            if (error := other_catalogus()) not in findings.errors:
                findings.errors.append(error)
        elif row is None and value not in here and value not in known:
            findings.add(path, "does_not_exist", "In deze catalogus bestaat geen type met deze naam.")
        else:
            name = row["name"] if row is not None else value
            meant[path] = Named(name, fixed=row is not None and row["concept"] and name not in known)
    return meant


def other_catalogus() -> FieldError:
    """The error of a relation between types of different catalogi (ztc-013)."""
    return FieldError("nonFieldErrors", "relations-incorrect-catalogus", "Deze typen horen bij verschillende catalogi.")


async def has_published(unit: Unit, kind: Kind, catalogus_id: UUID, names: Sequence[str]) -> set[str]:
    """Which of some names have a published version."""
    if not names:
        return set()
    found = await unit.session.execute(
        text(
            f"SELECT DISTINCT {kind.name} FROM {kind.table} "  # noqa: S608 - own names
            f"WHERE catalogus_id = :catalogus AND {kind.name} = ANY(:names) AND NOT concept"
        ),
        {"catalogus": catalogus_id, "names": list(names)},
    )
    return set(found.scalars())


async def is_only_version(unit: Unit, kind: Kind, row: Row) -> bool:
    """Whether no other version of a type has its name."""
    others = await unit.session.execute(
        text(
            f"SELECT 1 FROM {kind.table} WHERE catalogus_id = :catalogus "  # noqa: S608 - own names
            f"AND {kind.name} = :name AND id <> :id LIMIT 1"
        ),
        {"catalogus": row.catalogus_id, "name": getattr(row, kind.name), "id": row.id},  # type: ignore[attr-defined]
    )
    return others.first() is None


def filter_named(
    selection: Selection, references: References, kind: Kind, *, given: str | None, name: str, sql: str
) -> Selection:
    """Keep what is related to a type, given by name or by URL. sql: the condition, in which {match} stands for the match
    of `other`, the type. Raises Invalid (`bad-url`).
    """
    if given is None:
        return selection
    if not _is_url(given):
        return selection.where(sql.replace("{match}", f"other.{kind.name} = {{}}"), given)
    row_id = filter_id(references, REGISTRY[kind.table], given, name)
    return selection.where(sql.replace("{match}", "other.id = {}"), row_id)


# ---- who refers to a name


@dataclass(frozen=True)
class Referrer:
    """A column that refers to types by name. table: of the resource that has it; kind: what it names.

    A list of names, unless `single`: one name, without which the row has no meaning. fixed: column with those of the
    names that are fixed. Things with a name and more have it under the key `kind.table`. events: of the resource.
    """

    table: str
    column: str
    kind: Kind
    events: Changes
    single: bool = False
    fixed: str = ""
    matches: str = "{column} @> ARRAY[CAST(:name AS text)]"
    concept: str = "concept"
    """SQL: whether the row is (of) a concept."""
    catalogus: str = "catalogus_id"
    """SQL: the catalogus of the row."""


def _of_zaaktype(column: str) -> str:
    return f"(SELECT z.{column} FROM zaaktype z WHERE z.id = zaaktype_id)"  # noqa: S608 - own names


REFERRERS = [
    Referrer("zaaktype", "besluittypen", BESLUITTYPEN, events.ZAAKTYPE, fixed="vaste_besluittypen"),
    Referrer("zaaktype", "deelzaaktypen", ZAAKTYPEN, events.ZAAKTYPE),
    Referrer(
        "zaaktype",
        "gerelateerde_zaaktypen",
        ZAAKTYPEN,
        events.ZAAKTYPE,
        matches="{column} @> jsonb_build_array(jsonb_build_object('zaaktype', CAST(:name AS text)))",
    ),
    Referrer(
        "besluittype",
        "informatieobjecttypen",
        INFORMATIEOBJECTTYPEN,
        events.BESLUITTYPE,
        fixed="vaste_informatieobjecttypen",
    ),
    Referrer(
        "zaaktypeinformatieobjecttype",
        "informatieobjecttype",
        INFORMATIEOBJECTTYPEN,
        events.ZAAKTYPEINFORMATIEOBJECTTYPE,
        single=True,
        matches="{column} = :name",
        concept=_of_zaaktype("concept"),
        catalogus=_of_zaaktype("catalogus_id"),
    ),
    Referrer(
        "resultaattype",
        "besluittypen",
        BESLUITTYPEN,
        events.RESULTAATTYPE,
        concept=_of_zaaktype("concept"),
        catalogus=_of_zaaktype("catalogus_id"),
    ),
    Referrer(
        "resultaattype",
        "informatieobjecttypen",
        INFORMATIEOBJECTTYPEN,
        events.RESULTAATTYPE,
        concept=_of_zaaktype("concept"),
        catalogus=_of_zaaktype("catalogus_id"),
    ),
]
"""Everything that refers to a type by name."""


async def published_referrer(unit: Unit, kind: Kind, catalogus_id: UUID, name: str) -> bool:
    """Whether something published refers to this name."""
    for referrer in REFERRERS:
        if referrer.kind == kind and await _referring(unit, referrer, catalogus_id, name, f"NOT {referrer.concept}"):
            return True
    return False


@dataclass
class Followed:
    """What referred to a name: rows that have the new one now, and rows that lost what they cannot do without."""

    changed: list[tuple[Referrer, Any]] = field(default_factory=list)
    orphans: list[tuple[Referrer, Any]] = field(default_factory=list)


async def rename(unit: Unit, kind: Kind, row: Row, new: str | None) -> Followed:
    """Let everything that refers to the name of `row` follow it to its new one; None: it is gone, and so is the relation.

    Orphans are left as they are: the caller removes them.
    """
    name, followed = getattr(row, kind.name), Followed()
    for referrer in (one for one in REFERRERS if one.kind == kind):
        resource = REGISTRY[referrer.table]
        for row_id in await _referring(unit, referrer, row.catalogus_id, name):  # type: ignore[attr-defined]
            if row_id == row.id:
                continue
            other = await locked_with_zaaktype(unit, resource, row_id)
            if referrer.single and new is None:
                followed.orphans.append((referrer, other))
                continue
            for column in filter(None, (referrer.column, referrer.fixed)):
                setattr(other, column, _renamed(getattr(other, column), kind, name, new))
            await unit.change(resource, other)
            followed.changed.append((referrer, other))
    return followed


def _renamed(value: Any, kind: Kind, name: str, new: str | None) -> Any:
    """A name, a list of names, or a list of things with one, after a name became another."""
    if not isinstance(value, list):
        return new if value == name else value
    changed: list[Any] = []
    for one in value:
        found = one[kind.table] if isinstance(one, dict) else one
        kept = new if found == name else found
        if kept is not None:
            changed.append({**one, kind.table: kept} if isinstance(one, dict) else kept)
    return [one for place, one in enumerate(changed) if one not in changed[:place]]


async def _referring(
    unit: Unit, referrer: Referrer, catalogus_id: UUID, name: str, condition: str = "TRUE"
) -> list[UUID]:
    matches = referrer.matches.format(column=referrer.column)
    found = await unit.session.execute(
        text(
            f"SELECT id FROM {referrer.table} WHERE {matches} "  # noqa: S608 - own names
            f"AND {referrer.catalogus} = :catalogus AND {condition} ORDER BY id"
        ),
        {"name": name, "catalogus": catalogus_id},
    )
    return list(found.scalars())


# ---- looking up


def _is_url(value: str) -> bool:
    return value.startswith(("http://", "https://"))


def _row_id(unit: Unit, kind: Kind, url: str) -> UUID | None:
    return unit.runtime.references.local_id(REGISTRY[kind.table], url)


async def _versions(
    unit: Unit, kind: Kind, ids: Sequence[UUID], names: Sequence[str], catalogus_id: UUID
) -> list[Mapping[str, Any]]:
    if not ids and not names:
        return []
    found = await unit.session.execute(
        text(
            f"SELECT id, catalogus_id, concept, {kind.name} AS name FROM {kind.table} "  # noqa: S608 - own names
            f"WHERE id = ANY(:ids) OR (catalogus_id = :catalogus AND {kind.name} = ANY(:names))"
        ),
        {"ids": list(ids), "names": list(names), "catalogus": catalogus_id},
    )
    return [dict(row) for row in found.mappings()]
