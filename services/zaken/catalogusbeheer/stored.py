"""A catalogus as it is in the register: one statement, so that all of it is of one moment."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from chassis.runtime import Runtime
from services.zaken.catalogusbeheer.content import Catalogue, Item, absolute, in_order, item_of, relative
from services.zaken.catalogusbeheer.kinds import BY_RESOURCE, CATALOGUS, MAIN, PARTS, STATUSTYPEN, Kind
from services.zaken.validation import Findings

Fetch = Callable[..., Awaitable[Sequence[Mapping[str, Any]]]]
"""Rows of one statement: `Database.fetch`, or that of a connection."""


def _select(kind: Kind, where: str) -> str:
    table = kind.resource.tablename
    owner = "zaaktype_id" if kind.is_part else "NULL::uuid"
    derived = "derived" if table == "resultaattype" else "NULL::text[]"
    return (
        f"SELECT '{kind.resource.name}' AS kind, id, {owner} AS owner, {derived} AS derived, representation "  # noqa: S608
        f"FROM {table} WHERE {where}"
    )


_OF_ZAAKTYPEN = "zaaktype_id IN (SELECT id FROM zaaktype WHERE catalogus_id = $1)"
_ALL = " UNION ALL ".join(
    [
        _select(CATALOGUS, "id = $1"),
        *(_select(kind, "catalogus_id = $1") for kind in MAIN),
        *(_select(kind, _OF_ZAAKTYPEN) for kind in PARTS),
    ]
)
_ID = "SELECT id FROM catalogus WHERE domein = $1 AND rsin = $2"


async def catalogus_id(fetch: Fetch, domein: str, rsin: str) -> UUID | None:
    """The id of a catalogus by what names it everywhere."""
    rows = await fetch(_ID, domein, rsin)
    return rows[0]["id"] if rows else None


async def load(fetch: Fetch, runtime: Runtime, row_id: UUID) -> Catalogue | None:
    """A catalogus with everything in it; None when there is none."""
    rows = await fetch(_ALL, row_id)
    read = _Reader(runtime, rows)
    items: dict[str, list[tuple[Item, UUID | None]]] = defaultdict(list)
    for row in rows:
        items[row["kind"]].append((read.item(row), row["owner"]))
    if not items["catalogus"]:
        return None
    zaaktypen = {item.id: item for item, _ in items["zaaktype"]}
    for kind in PARTS:
        for part, owner in items[kind.resource.name]:
            zaaktypen[owner].parts.append(part)
    versions = {kind.section: in_order([item for item, _ in items[kind.resource.name]]) for kind in MAIN}
    return Catalogue(items["catalogus"][0][0], versions)


class _Reader:
    """Makes items of rows."""

    def __init__(self, runtime: Runtime, rows: Sequence[Mapping[str, Any]]) -> None:
        self.own_urls, self.public_url = runtime.settings.own_urls, runtime.settings.public_url
        self.contents = {row["id"]: orjson.loads(row["representation"]) for row in rows}
        statustypen = [row["id"] for row in rows if row["kind"] == STATUSTYPEN.resource.name]
        self.numbers = {str(one): self.contents[one]["volgnummer"] for one in statustypen}

    def item(self, row: Mapping[str, Any]) -> Item:
        """The item of a row. What is answered can be sent back, so it is a body too."""
        kind, content = BY_RESOURCE[row["kind"]], self.contents[row["id"]]
        given = self._given(kind, content)
        findings = Findings()
        item = item_of(kind, given, f"{kind.section}.{row['id']}", findings, self.public_url)
        if item is None:
            raise AssertionError(f"what is answered is no body: {findings.errors}")
        item.id, item.concept = row["id"], bool(content.get("concept", True))
        item.derived = frozenset(row["derived"] or ())
        return item

    def _given(self, kind: Kind, content: dict[str, Any]) -> dict[str, Any]:
        names = {info.alias for info in kind.body.model_fields.values()} - kind.elsewhere
        given = {name: value for name, value in content.items() if name in names}
        if given.get("statustype"):
            given["statustype"] = self.numbers[given["statustype"].rpartition("/")[2]]
        for name in kind.listed:
            given[name] = absolute(relative(given[name], self.own_urls), self.public_url)
        return given
