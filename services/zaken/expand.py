"""Expand (zrc-025 to 028): what a resource refers to, embedded in the answer as `_expand`, to any depth.

Level by level, one query per resource and level, however many resources there are. What is embedded is what a GET of it
answers: the stored bytes, joined and not rendered again. Only resources of our own registers are embedded, and of those
the ones the caller may read; what is left out still has its URL in the attribute. An empty attribute gives {} or [].
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import orjson
from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from chassis.access import Caller
from chassis.problems import NotFound
from chassis.reading import Filter, Reader, Selection
from chassis.references import References
from chassis.resource import REGISTRY, Resource
from services.zaken.nesting import id_in
from services.zaken.settings import settings_of

RELATIONS: dict[str, dict[str, str]] = {
    "zaak": {
        "zaaktype": "zaaktype",
        "hoofdzaak": "zaak",
        "deelzaken": "zaak",
        "relevanteAndereZaken": "zaak",
        "eigenschappen": "zaakeigenschap",
        "rollen": "rol",
        "status": "status",
        "zaakinformatieobjecten": "zaakinformatieobject",
        "zaakobjecten": "zaakobject",
        "resultaat": "resultaat",
    },
    "resultaat": {"zaak": "zaak", "resultaattype": "resultaattype"},
    "rol": {"zaak": "zaak", "roltype": "roltype", "statussen": "status"},
    "status": {
        "zaak": "zaak",
        "statustype": "statustype",
        "gezetdoor": "rol",
        "zaakinformatieobjecten": "zaakinformatieobject",
    },
    "zaakeigenschap": {"zaak": "zaak", "eigenschap": "eigenschap"},
    "zaakinformatieobject": {"zaak": "zaak", "status": "status", "informatieobject": "enkelvoudiginformatieobject"},
    "zaakobject": {"zaak": "zaak", "zaakobjecttype": "zaakobjecttype"},
    "besluit": {"besluittype": "besluittype", "zaak": "zaak"},
    "besluitinformatieobject": {"besluit": "besluit", "informatieobject": "enkelvoudiginformatieobject"},
    "enkelvoudiginformatieobject": {"informatieobjecttype": "informatieobjecttype"},
    "gebruiksrechten": {"informatieobject": "enkelvoudiginformatieobject"},
    "objectinformatieobject": {"informatieobject": "enkelvoudiginformatieobject"},
    "verzending": {"informatieobject": "enkelvoudiginformatieobject"},
    "zaakbesluit": {"besluit": "besluit"},
    "catalogus": {
        "zaaktypen": "zaaktype",
        "besluittypen": "besluittype",
        "informatieobjecttypen": "informatieobjecttype",
    },
    "zaaktype": {
        "catalogus": "catalogus",
        "statustypen": "statustype",
        "resultaattypen": "resultaattype",
        "eigenschappen": "eigenschap",
        "informatieobjecttypen": "informatieobjecttype",
        "roltypen": "roltype",
        "besluittypen": "besluittype",
        "zaakobjecttypen": "zaakobjecttype",
        "deelzaaktypen": "zaaktype",
        "gerelateerdeZaaktypen": "zaaktype",
    },
    "besluittype": {
        "catalogus": "catalogus",
        "zaaktypen": "zaaktype",
        "informatieobjecttypen": "informatieobjecttype",
        "resultaattypen": "resultaattype",
    },
    "informatieobjecttype": {"catalogus": "catalogus", "zaaktypen": "zaaktype", "besluittypen": "besluittype"},
    "eigenschap": {"catalogus": "catalogus", "zaaktype": "zaaktype", "statustype": "statustype"},
    "resultaattype": {
        "catalogus": "catalogus",
        "zaaktype": "zaaktype",
        "besluittypen": "besluittype",
        "informatieobjecttypen": "informatieobjecttype",
    },
    "roltype": {"catalogus": "catalogus", "zaaktype": "zaaktype"},
    "statustype": {"catalogus": "catalogus", "zaaktype": "zaaktype", "eigenschappen": "eigenschap"},
    "zaakobjecttype": {
        "catalogus": "catalogus",
        "zaaktype": "zaaktype",
        "resultaattypen": "resultaattype",
        "statustypen": "statustype",
    },
    "zaaktypeinformatieobjecttype": {
        "catalogus": "catalogus",
        "zaaktype": "zaaktype",
        "informatieobjecttype": "informatieobjecttype",
        "statustype": "statustype",
    },
}
"""Per resource, by name: the attributes that hold URLs of our own resources, and of which."""
MOST = 10_000
"""Resources of one kind that one level may hold."""
Content = dict[str, Any]
Compose = Callable[[Reader, Resource, Sequence[Content], date | None], Awaitable[list[Content]]]


class Expandable(BaseModel):
    """Query parameters of a single resource that can be expanded; an unknown one is a 400."""

    model_config = ConfigDict(extra="forbid")

    expand: str | None = Field(
        default=None,
        description="Wat meekomt in `_expand`: attributen met komma's ertussen, met een punt voor een niveau dieper.",
    )


NOTHING = Expandable()
"""Nothing is expanded."""


class ExpandFilter(Expandable, Filter):
    """Base of a list's query parameters when what it lists can be expanded."""


Expand = Annotated[Expandable, Query()]
"""In the route of a single resource: what to expand."""


@dataclass(frozen=True)
class Source:
    """How the resources of one API are embedded.

    columns: SQL of what `judge` looks at besides the id, of a resource. judge: for a caller, whether it may read a row.
    composed: names of resources that are not answered as they are stored. compose: what is answered of those, as of a
    day (default today); what is gone meanwhile is left out. deepest: levels that are given, however deep is asked; None
    lets the settings refuse what is deeper (drc-012).
    """

    columns: Callable[[Resource], str]
    judge: Callable[[Caller, References], Callable[[Mapping[str, Any]], bool]]
    composed: Collection[str] = ()
    compose: Compose | None = None
    deepest: int | None = None

    def composes(self, resource: Resource) -> Compose | None:
        """How a resource is composed; None for one that is answered as it is stored."""
        return self.compose if resource.name in self.composed else None


SOURCES: dict[str, Source] = {}
"""By name of the API; each API puts its own here."""


@dataclass(frozen=True)
class Node:
    """A place in an answer: which resource stands there, what is embedded in it, and which of its fields are shown.

    shown: keeps fields of the content; None keeps all.
    """

    resource: Resource
    children: dict[str, "Node"] = field(default_factory=dict)
    shown: Callable[[Content], Content] | None = None


def parse(resource: Resource, expand: str, depth: int) -> Node:
    """The tree of paths such as `zaaktype,status.statustype`. Raises NotFound for what cannot be given."""
    root, deepest = Node(resource), SOURCES[resource.api].deepest
    for path in filter(None, (part.strip() for part in expand.split(","))):
        names, node = path.split("."), root
        if deepest is None and len(names) > depth:
            raise NotFound(f"Er kan hoogstens {depth} niveaus diep worden geëxpandeerd.")
        for level, name in enumerate(names, 1):
            child = Node(related(node.resource, name))
            node = child if deepest and level > deepest else node.children.setdefault(name, child)
    return root


def relations(resource: Resource) -> dict[str, Resource]:
    """The attributes of a resource that refer to resources of our own."""
    named = RELATIONS.get(resource.name, {})
    return {attribute: REGISTRY[other] for attribute, other in named.items() if other in REGISTRY}


def related(resource: Resource, name: str) -> Resource:
    """The resource an attribute refers to. Raises NotFound when there is none of our own."""
    known = relations(resource)
    if name not in known:
        possible = f"mogelijk zijn {', '.join(sorted(known))}" if known else "daar is niets mogelijk"
        raise NotFound(f"'{name}' van {resource.name} kan niet worden geëxpandeerd: {possible}.")
    return known[name]


# ---- answering


async def answer_one(
    reader: Reader,
    caller: Caller,
    resource: Resource,
    row: asyncpg.Record,
    asked: Expandable,
    *,
    day: date | None = None,
) -> Response:
    """Answer with a row (with its id), expanded. day: of which types are composed. Raises NotFound."""
    row_id: UUID = row["id"]
    if not asked.expand and SOURCES[resource.api].composes(resource) is None:
        return reader.one(resource, row_id, row)
    root = parse(resource, asked.expand or "", settings_of(reader.runtime).expand_depth)
    content = orjson.loads(reader.opened(resource, row_id, row["representation"]))
    bodies = await embed(reader, caller, root, [content], day)
    if not bodies:
        raise NotFound
    return reader.answer(bodies[0])


async def answer_page(
    reader: Reader,
    caller: Caller,
    resource: Resource,
    selection: Selection,
    chosen: ExpandFilter,
    *,
    day: date | None = None,
) -> Response:
    """Answer with a page, expanded. day: of which types are composed. Raises NotFound."""
    if not chosen.expand and SOURCES[resource.api].composes(resource) is None:
        return await reader.page(resource, selection, chosen.page)
    root = parse(resource, chosen.expand or "", settings_of(reader.runtime).expand_depth)
    return await answer_tree(reader, caller, root, selection, chosen.page, day=day)


async def answer_rows(
    reader: Reader, caller: Caller, resource: Resource, rows: Sequence[asyncpg.Record], asked: Expandable
) -> Response:
    """Answer with all rows (id, representation) of a list that has no pages, expanded."""
    bodies = [reader.opened(resource, row["id"], row["representation"]) for row in rows]
    if asked.expand:
        root = parse(resource, asked.expand, settings_of(reader.runtime).expand_depth)
        bodies = await embed(reader, caller, root, [orjson.loads(body) for body in bodies])
    return reader.answer(b"[%b]" % b",".join(bodies))


async def answer_tree(
    reader: Reader, caller: Caller, root: Node, selection: Selection, page: int, *, day: date | None = None
) -> Response:
    """Answer with a page of what stands at the root, with all that hangs on it."""
    stored = orjson.loads((await _unconditional(reader).page(root.resource, selection, page)).body)
    bodies = await embed(reader, caller, root, stored["results"], day)
    envelope = {**stored, "results": [orjson.Fragment(body) for body in bodies]}
    return reader.answer(orjson.dumps(envelope))


def _unconditional(reader: Reader) -> Reader:
    """The same reads without If-None-Match, which is about the answer as a whole."""
    scope = reader.request.scope
    headers = [header for header in scope["headers"] if header[0] != b"if-none-match"]
    return Reader(reader.runtime, Request({**scope, "headers": headers}))


# ---- embedding


@dataclass
class _Item:
    """A resource that was found. links: the ids an attribute refers to, and whether it can hold several."""

    content: Content
    body: bytes
    links: dict[str, tuple[bool, list[UUID]]] = field(default_factory=dict)


@dataclass
class _Work:
    """One answer being put together."""

    reader: Reader
    caller: Caller
    ceiling: int
    day: date | None
    items: dict[tuple[str, UUID], _Item] = field(default_factory=dict)
    """What was found, by name of the resource and id."""
    done: dict[tuple[int, UUID], bytes] = field(default_factory=dict)
    size: int = 0

    async def load(self, root: Node, ids: Iterable[UUID]) -> None:
        """Find everything below the root, level by level."""
        level: list[tuple[Node, set[UUID]]] = [(root, set(ids))]
        while level:
            below = [
                (child, self._linked(node, ids, name, child))
                for node, ids in level
                for name, child in node.children.items()
            ]
            wanted: defaultdict[str, set[UUID]] = defaultdict(set)
            for child, linked in below:
                wanted[child.resource.name] |= linked
            for name, linked in wanted.items():
                await self._fetch(REGISTRY[name], {one for one in linked if (name, one) not in self.items})
            level = [
                (child, {one for one in linked if (child.resource.name, one) in self.items})
                for child, linked in below
                if linked
            ]

    def compose(self, node: Node, row_id: UUID) -> bytes:
        """The bytes of a resource at a place, with what is embedded in it."""
        key = (id(node), row_id)
        if key not in self.done:
            item = self.items[node.resource.name, row_id]
            body = item.body if node.shown is None else orjson.dumps(node.shown(item.content))
            if node.children:
                embedded = b",".join([self._embedded(item, name, child) for name, child in node.children.items()])
                body = b'%b%b"_expand":{%b}}' % (body[:-1], b"," if len(body) > 2 else b"", embedded)
            self.size += len(body)
            if self.size > self.ceiling:
                raise _too_much()
            self.done[key] = body
        return self.done[key]

    def _embedded(self, item: _Item, name: str, child: Node) -> bytes:
        several, ids = item.links[name]
        bodies = [self.compose(child, one) for one in ids if (child.resource.name, one) in self.items]
        if several:
            return b'"%b":[%b]' % (name.encode(), b",".join(bodies))
        return b'"%b":%b' % (name.encode(), bodies[0] if bodies else b"{}")

    def _linked(self, node: Node, ids: set[UUID], name: str, child: Node) -> set[UUID]:
        """The ids that an attribute of some resources refers to."""
        references, found = self.reader.runtime.references, set()
        for one in ids:
            item = self.items[node.resource.name, one]
            if name not in item.links:
                value = item.content.get(name)
                linked = (id_in(references, child.resource, url) for url in urls_of(value))
                item.links[name] = (isinstance(value, list), [row_id for row_id in linked if row_id is not None])
            found.update(item.links[name][1])
        return found

    async def _fetch(self, resource: Resource, ids: set[UUID]) -> None:
        """Find those of one resource that the caller may read."""
        if not ids:
            return
        if len(ids) > MOST:
            raise _too_much()
        source = SOURCES[resource.api]
        columns = ", ".join(filter(None, ("id", "representation", source.columns(resource))))
        sql = f"SELECT {columns} FROM {resource.tablename} WHERE id = ANY($1)"  # noqa: S608 - own names
        rows = await self.reader.runtime.database.fetch(sql, list(ids))
        readable = source.judge(self.caller, self.reader.runtime.references)
        bodies = [self.reader.opened(resource, row["id"], row["representation"]) for row in rows if readable(row)]
        await self.add(resource, [orjson.loads(body) for body in bodies], bodies)

    async def add(
        self, resource: Resource, contents: Sequence[Content], bodies: Iterable[bytes] | None = None
    ) -> list[UUID]:
        """Keep resources as they are answered, given what is stored of them. Returns their ids."""
        compose = SOURCES[resource.api].composes(resource)
        if compose is not None:
            contents, bodies = await compose(self.reader, resource, contents, self.day), None
        ids = [id_of(content) for content in contents]
        for one, content, body in zip(ids, contents, bodies or map(orjson.dumps, contents), strict=True):
            self.items[resource.name, one] = _Item(content, body)
        return ids


async def embed(
    reader: Reader, caller: Caller, root: Node, contents: Sequence[Content], day: date | None = None
) -> list[bytes]:
    """The bytes of some stored resources the caller may read, with everything below them.

    Raises NotFound when it is too much. One that is gone meanwhile is left out.
    """
    work = _Work(reader, caller, settings_of(reader.runtime).expand_bytes, day)
    ids = await work.add(root.resource, contents)
    await work.load(root, ids)
    return [work.compose(root, one) for one in ids]


def id_of(content: Content) -> UUID:
    """The id in the URL of a resource as it is answered."""
    return UUID(content["url"].rpartition("/")[2])


def urls_of(value: Any) -> list[str]:
    """The URLs in an attribute: one, several, or relations with a URL in them."""
    given = value if isinstance(value, list) else [value]
    return [url for one in given if (url := _url(one))]


def _url(one: Any) -> str | None:
    found = (one.get("url") or one.get("zaaktype")) if isinstance(one, dict) else one
    return found if isinstance(found, str) else None


def _too_much() -> NotFound:
    return NotFound("Dit antwoord wordt te groot. Vraag minder of minder diep met expand, of vraag een kleinere lijst.")
