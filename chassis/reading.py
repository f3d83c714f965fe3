"""Reads: stored bytes out, without an ORM, with ETag and If-None-Match, and pages with an exact count.

A resource module says which rows (`Selection`), and this module fetches their representations, opens what is sealed,
and joins them into the answer.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar
from urllib.parse import parse_qsl, quote, urlencode

import asyncpg
from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from starlette.responses import Response

from chassis.problems import NotFound
from chassis.resource import Resource, etag_of

if TYPE_CHECKING:
    from chassis.runtime import Runtime

T = TypeVar("T")


class Filter(BaseModel):
    """Base of an operation's query parameters: an unknown one is a 400. Pages count from 1."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")

    page: int = Field(default=1, ge=1, description="Paginanummer, vanaf 1.")


class PagedFilter(Filter):
    """Filter of our own APIs: the caller chooses the page size."""

    page_size: int = Field(default=100, ge=1, le=500, description="Aantal resultaten per pagina.")


class Page(BaseModel, Generic[T]):
    """The envelope of a list."""

    count: int = Field(description="Totaal aantal resultaten.")
    next: str | None = Field(description="URL van de volgende pagina.")
    previous: str | None = Field(description="URL van de vorige pagina.")
    results: list[T]


@dataclass
class Selection:
    """Which rows, as SQL conditions with their values: `selection.where("zaaktype_id = {}", some_id)`."""

    conditions: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    order: str = "id"
    """SQL of the ordering; must end in a unique column."""
    counters: str = ""
    """A table whose column `amount` adds up to the count, under the same conditions; without it the rows are counted."""

    def where(self, sql: str, *values: Any) -> "Selection":
        """Add a condition; each {} is one value. Only literal SQL of our own goes in `sql`."""
        places = []
        for value in values:
            self.values.append(value)
            places.append(f"${len(self.values)}")
        self.conditions.append(sql.format(*places))
        return self

    def where_given(self, sql: str, value: Any) -> "Selection":
        """Add a condition unless the value is None."""
        return self if value is None else self.where(sql, value)

    @property
    def sql(self) -> str:
        """The WHERE clause, or nothing."""
        return f" WHERE {' AND '.join(self.conditions)}" if self.conditions else ""


@dataclass(frozen=True)
class Reader:
    """Reads for one request."""

    runtime: "Runtime"
    request: Request

    async def row(self, resource: Resource, row_id: uuid.UUID, columns: str = "id") -> asyncpg.Record:
        """One row: representation, etag and the columns that rights are judged by. Raises NotFound."""
        rows = await self.runtime.database.fetch(
            f"SELECT representation, etag, {columns} FROM {resource.tablename} WHERE id = $1",  # noqa: S608 - own names
            row_id,
        )
        if not rows:
            raise NotFound
        return rows[0]

    def one(self, resource: Resource, row_id: uuid.UUID, row: asyncpg.Record) -> Response:
        """Answer with a row: 200, or 304 when the caller already has it."""
        return self.answer(self.opened(resource, row_id, row["representation"]), row["etag"])

    def answer(self, body: bytes, etag: str | None = None) -> Response:
        """Answer with JSON bytes: 200, or 304 when the caller already has them."""
        quoted = f'"{etag or etag_of(body)}"'
        asked = self.request.headers.get("if-none-match")
        if asked is not None and _matches(asked, quoted):
            return Response(status_code=304, headers={"ETag": quoted})
        return Response(body, headers={"ETag": quoted}, media_type="application/json")

    def opened(self, resource: Resource, row_id: uuid.UUID, body: bytes) -> bytes:
        """A representation as it is answered."""
        return self.runtime.keyring.open(body, resource.context(row_id)) if resource.sealed else body

    async def page(self, resource: Resource, selection: Selection, page: int, size: int = 100) -> Response:
        """Answer with one page. Raises NotFound for a page past the end, as the ZGW implementations do."""
        found = await self.runtime.database.read(lambda c: _page(c, resource, selection, page, size))
        if page > 1 and not found.bodies:
            raise NotFound("Deze pagina bestaat niet.")
        bodies = found.bodies  # of a sealed table one by one, each with its id
        bodies = [self.opened(resource, *one) for one in zip(found.ids, bodies, strict=True)] if found.ids else bodies
        tag = etag_of(f"{found.count} {page} {size} {found.tags}".encode())
        return self.answer(self.envelope(found.count, bodies, page, size), tag)

    def envelope(self, count: int, bodies: Sequence[bytes], page: int, size: int) -> bytes:
        """The JSON of a page. Joined: formatting bytes into bytes costs a third of a large answer."""
        following = self._link(page + 1) if page * size < count else b"null"
        preceding = self._link(page - 1) if page > 1 else b"null"
        head = b'{"count":%d,"next":%b,"previous":%b,"results":[' % (count, following, preceding)
        return b"".join((head, b",".join(bodies), b"]}"))

    def _link(self, page: int) -> bytes:
        scope = self.request.scope  # not request.url, which is made with the Host header
        asked = scope["query_string"].decode("latin-1")
        query = [(name, text) for name, text in parse_qsl(asked) if name != "page"] if asked else []
        path = f"{self.runtime.settings.public_url}{quote(scope['path'])}"
        return f'"{path}?{urlencode([*query, ("page", page)]) if query else f"page={page}"}"'.encode()


@dataclass(frozen=True)
class _Found:
    """A page: the count of all, a digest of the tags of its rows, and their representations, joined if none is to be opened."""

    count: int
    tags: str = ""
    ids: Sequence[uuid.UUID] = ()
    bodies: Sequence[bytes] = ()


async def _page(
    connection: asyncpg.Connection, resource: Resource, selection: Selection, page: int, size: int
) -> _Found:
    """Count and representations, as one row: a hundred rows cost a third of the answer (ADR 14).

    A count from counters comes along: one round trip, and no search for a page that is not there.
    """
    offset = (page - 1) * size
    if offset >= 2**63:  # more than the database can count
        return _Found(0)
    counted, of_all = "", "NULL"
    if selection.counters:
        counted = f"WITH counted AS (SELECT sum(amount)::bigint AS n FROM {selection.counters}{selection.sql})"  # noqa: S608
        of_all = "(SELECT n FROM counted)"
    bodies = "array_agg(id), array_agg(representation)" if resource.sealed else "NULL, string_agg(representation, ',')"
    rows = _rows(resource, selection, offset, size)
    sql = f"{counted} SELECT count(*), md5(string_agg(etag, '')), {bodies}, {of_all} FROM ({rows}) AS page"  # noqa: S608
    length, tags, ids, found, count = await connection.fetchrow(sql, *selection.values)
    if offset == 0 and length < size:
        count = length
    elif not selection.counters:
        counting = f"SELECT count(*) FROM {resource.tablename}{selection.sql}"  # noqa: S608 - own names
        count = await connection.fetchval(counting, *selection.values)
    return _Found(count or 0, tags or "", ids or (), (found or ()) if resource.sealed else [found] * bool(length))


def _rows(resource: Resource, selection: Selection, offset: int, size: int) -> str:
    """SQL of a page. Unless all are asked for, it is picked on narrow indexes first and joined late."""
    table, order = resource.tablename, f"ORDER BY {selection.order}"
    source = f"FROM {table}{selection.sql}"
    columns = f"SELECT {table}.id, {table}.etag, {table}.representation"
    if offset == 0 and not selection.conditions:
        return f"{columns} {source} {order} LIMIT {size}"
    if selection.counters:
        source += f" {'AND' if selection.conditions else 'WHERE'} (SELECT n FROM counted) > {offset}"  # noqa: S608
    picked = f"(SELECT id {source} {order} LIMIT {size} OFFSET {offset}) AS picked"
    return f"{columns} FROM {picked} JOIN {table} USING (id) {order}"  # a join keeps no order


def _matches(header: str, quoted: str) -> bool:
    tags = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return "*" in tags or quoted in tags


async def current_reader(request: Request) -> Reader:
    """The reads of this request."""
    return Reader(request.app.state.runtime, request)


Reading = Annotated[Reader, Depends(current_reader)]
"""In a route: reads outside a transaction."""
