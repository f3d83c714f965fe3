"""The unit of work: everything one request or one event changes, in one transaction, committed only at the edge.

A resource module calls `create`, `change`, `touch`, `delete` and `emit`; the unit renders the representation, keeps the
audit row with the old and the new JSON, and puts the events in the outbox. At commit the audit rows and events go in
one statement, which takes each aggregate's row lock to give its events their sequence.
"""

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import asyncpg
from sqlalchemy import Select, delete, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from starlette.responses import Response

from chassis import clock, crash, rows, telemetry
from chassis.access import SYSTEM, Caller
from chassis.cloudevents import EventData, EventType, envelope
from chassis.database import CLOSED, busy, database_away, in_transaction, is_closed, raw
from chassis.problems import NotFound, Problem
from chassis.resource import Resource, Row, etag_of, new_id

if TYPE_CHECKING:
    from chassis.idempotency import Pending
    from chassis.runtime import Runtime

R = TypeVar("R", bound=Row)
log = logging.getLogger(__name__)

# One round trip. Each array is a column; locking an aggregate gives its events their places.
_WRITE = """
WITH audited AS (
    INSERT INTO auditregel (id, hoofdobject, resource, resource_id, actie, sealed, oud, nieuw,
                            client_id, user_id, user_representation, toelichting, trace, aanmaakdatum)
    SELECT t.*, $9, $10, $11, $12, $13, $14
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::boolean[], $7::bytea[], $8::bytea[]) AS t
), incoming AS (
    SELECT * FROM unnest($15::uuid[], $16::uuid[], $17::text[], $18::text[], $19::text[], $20::bytea[])
        WITH ORDINALITY AS t(id, aggregate, type, subject, traceparent, body, place)
), counted AS (
    SELECT aggregate, count(*) AS events FROM incoming GROUP BY aggregate
), locked AS (
    INSERT INTO outbox_aggregate AS a (aggregate, sequence)
    SELECT aggregate, events FROM counted ORDER BY aggregate
    ON CONFLICT (aggregate) DO UPDATE SET sequence = a.sequence + excluded.sequence
    RETURNING aggregate, sequence
)
INSERT INTO outbox (id, aggregate, sequence, type, subject, traceparent, body, created_at)
SELECT i.id, i.aggregate,
       l.sequence - c.events + row_number() OVER (PARTITION BY i.aggregate ORDER BY i.place),
       i.type, i.subject, i.traceparent, i.body, $14
FROM incoming i JOIN counted c USING (aggregate) JOIN locked l USING (aggregate)
ORDER BY i.place
"""


@dataclass
class Unit:
    """One unit of work, which nobody but the edge commits.

    Its rows go by plain statements on `connection()`, until something asks for `session`: from then on all goes through
    that, and it knows the rows that are known here. So there is one object per row, and everybody sees what was written.
    """

    runtime: "Runtime"
    _session: AsyncSession | None = None
    caller: Caller = SYSTEM
    toelichting: str = ""
    pending: "Pending | None" = None
    """The Idempotency-Key this request came with, when it is a first."""
    answer: Response | None = None
    at: datetime = field(default_factory=clock.now)
    _audit: list[tuple[Any, ...]] = field(default_factory=list)
    _events: list[tuple[Any, ...]] = field(default_factory=list)
    """Rows as `_WRITE` takes them."""
    _after: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    _rows: dict[tuple[type[Row], uuid.UUID], Row] = field(default_factory=dict)
    """The object that stands for each row read or written by a plain statement."""
    _open: AsyncConnection | None = None
    _driver: asyncpg.Connection | None = None
    """The connection of plain statements, from the first of them on, in a transaction of ours; and the driver's below it."""

    @property
    def session(self) -> AsyncSession:
        """The ORM in this transaction: for queries that take more than an id."""
        if self._session is None:
            if self._open is None:
                self._session = self.runtime.database.session()
            else:  # in the transaction that we have begun and will end
                self._open.sync_connection.execution_options(isolation_level="AUTOCOMMIT")  # type: ignore[union-attr]
                self._session = self.runtime.database.session(self._open)
                self._session.add_all(self._rows.values())
        return self._session

    async def connection(self) -> asyncpg.Connection:
        """The driver's connection, in this transaction: for statements of one's own."""
        if self._driver is None:
            if self._session is not None:
                return await in_transaction(self._session)
            self._open = await self.runtime.database.writes.connect()
            self._driver = await raw(self._open)
            await self._driver.execute("BEGIN")
        return self._driver

    @property
    def public_url(self) -> str:
        """Canonical base URL."""
        return self.runtime.settings.public_url

    def url(self, resource: Resource, row_id: uuid.UUID | str) -> str:
        """The identifier of a resource."""
        return resource.url(self.public_url, row_id)

    async def get(self, resource: Resource, row_id: uuid.UUID, *, lock: bool = False) -> Any:
        """The row, with its lock when it is going to change. Raises NotFound."""
        row = await self.look_up(resource, row_id, lock=lock)
        if row is None:
            raise NotFound
        return row

    async def look_up(self, resource: Resource, row_id: uuid.UUID, *, lock: bool = False) -> Any:
        """The row, with its lock when it is going to change; None when there is none."""
        if self._session is not None:
            return await self._session.get(resource.table, row_id, with_for_update=lock or None)
        known = self._rows.get((resource.table, row_id))
        if known is not None and not lock:
            return known
        found = await self._fetch(resource, [row_id], lock=lock)
        return found[0] if found else None

    async def lock(self, resource: Resource, ids: Collection[uuid.UUID]) -> list[Any]:
        """The rows with these ids that there are, oldest first, locked in that order: no two units wait for each other."""
        if self._session is None:
            return await self._fetch(resource, ids, lock=True)
        table: Any = resource.table
        statement = select(table).where(table.id.in_(ids)).order_by(table.id).with_for_update()
        return await self.find(statement.execution_options(populate_existing=True))

    async def _fetch(self, resource: Resource, ids: Collection[uuid.UUID], *, lock: bool) -> list[Row]:
        found = await rows.fetch(await self.connection(), resource.table, ids, self._rows, lock=lock)
        self._rows |= {(resource.table, row.id): row for row in found}
        return found

    async def find(self, statement: "Select[Any]") -> list[Any]:
        """All rows of a select."""
        return list((await self.session.scalars(statement)).all())

    async def create(self, resource: Resource, row: Row, *, action: str = "create") -> None:
        """Store a new row with its representation and audit row."""
        body = await self._render(resource, row)
        if self._session is not None:
            self._session.add(row)
            await self._session.flush()
        else:
            await rows.insert(await self.connection(), row)
            self._rows[resource.table, row.id] = row
        self._note(resource, row, action, None, body)

    async def change(self, resource: Resource, row: Row, *, action: str = "update") -> None:
        """Store a changed row: new representation, audit row with old and new. Nothing happens when nothing changed."""
        old = self.body(resource, row)
        body = await self._render(resource, row)
        await self._update(row)
        if old != body:
            self._note(resource, row, action, old, body)

    async def touch(self, resource: Resource, row: Row) -> None:
        """Render a row anew because something it shows has changed (a new status shows in its zaak); no audit row."""
        await self._render(resource, row)
        await self._update(row)

    async def delete(self, resource: Resource, row: Row, *, action: str = "destroy") -> None:
        """Remove a row; its audit row keeps the old JSON."""
        old = self.body(resource, row)
        if self._session is not None:
            await self._session.execute(delete(resource.table).where(resource.table.id == row.id))  # type: ignore[arg-type]
        else:
            await rows.delete(await self.connection(), row)
            self._rows.pop((resource.table, row.id), None)
        self._note(resource, row, action, old, None)

    def emit(
        self,
        event: EventType,
        *,
        about: uuid.UUID,
        data: EventData,
        dataref: str,
        aggregate: uuid.UUID | None = None,
        **tokens: str | None,
    ) -> uuid.UUID:
        """Put an event in the outbox. about: id of the resource; aggregate: whose order it follows (default: about).

        tokens: values of the subject's places besides `gemeente`. Returns the event's id.
        """
        settings = self.runtime.settings
        event_id = new_id()
        body = envelope(
            event, event_id=event_id, source=settings.source, subject=str(about), dataref=dataref, at=self.at, data=data
        )
        subject = event.route({"gemeente": settings.gemeente, **tokens})
        trace = telemetry.current_traceparent()
        self._events.append((event_id, aggregate or about, event.type, subject, trace, body))
        return event_id

    def after_commit(self, action: Callable[[], Awaitable[None]]) -> None:
        """Do this once the transaction is committed and before the answer leaves."""
        self._after.append(action)

    def body(self, resource: Resource, row: Row) -> bytes:
        """The JSON a row answers with, opened when it is sealed."""
        if not resource.sealed or not row.representation:
            return row.representation
        return self.runtime.keyring.open(row.representation, resource.context(row.id))

    def respond(self, resource: Resource, row: Row, status: int = 200) -> Response:
        """Answer with a row's representation, its ETag and, for 201, its Location."""
        headers = {"ETag": f'"{row.etag}"'}
        if status == 201:
            headers["Location"] = self.url(resource, row.id)
        return self.respond_raw(self.body(resource, row), status, headers)

    def respond_raw(self, body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Response:
        """Answer with JSON bytes; kept as the answer of this request's Idempotency-Key."""
        self.answer = Response(body, status, headers, media_type="application/json" if body else None)
        return self.answer

    async def commit(self) -> None:
        """Write audit rows, events and the idempotency answer, commit, and do what waits for it."""
        if self._session is not None:
            await self._session.flush()
        if self._audit or self._events or self.pending:
            connection = await self.connection()
            by = (self.caller.client_id, self.caller.user_id, self.caller.user_representation, self.toelichting)
            audit, events = _columns(self._audit, 8), _columns(self._events, 6)
            await connection.execute(_WRITE, *audit, *by, telemetry.current_traceparent(), self.at, *events)
            if self.pending is not None:
                await self.pending.store(connection, self)
        crash.reach("before-commit")
        if self._driver is not None:
            await self._driver.execute("COMMIT")
        elif self._session is not None:
            await self._session.commit()
        crash.reach("after-commit")
        if self._events:
            self.runtime.relay.wake()
        for action in self._after:
            try:
                await action()
            except Exception:  # what is committed is done, whatever follows it
                log.exception("after_commit_failed")

    async def close(self) -> None:
        """Give the connection back; what was not committed is undone."""
        if self._session is not None:
            await self._session.close()
        if self._open is not None:
            try:
                if self._driver is not None and self._driver.is_in_transaction():
                    await self._driver.execute("ROLLBACK")
            except (asyncpg.PostgresError, *CLOSED):
                await self._open.invalidate()
            await self._open.close()

    async def _update(self, row: Row) -> None:
        if self._session is not None:
            await self._session.flush()
        else:
            await rows.update(await self.connection(), row)

    async def _render(self, resource: Resource, row: Row) -> bytes:
        out = await resource.render(self, row)
        body = out.model_dump_json(by_alias=True).encode()
        row.etag = etag_of(body)
        row.representation = self.runtime.keyring.seal(body, resource.context(row.id)) if resource.sealed else body
        return body

    def _note(self, resource: Resource, row: Row, action: str, old: bytes | None, new: bytes | None) -> None:
        if resource.sealed:
            old, new = (body and self.runtime.keyring.seal(body, resource.context(row.id)) for body in (old, new))
        main = getattr(row, resource.main)
        self._audit.append((new_id(), main, resource.name, row.id, action, resource.sealed, old, new))


def _columns(lines: list[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*lines, strict=True)] if lines else [[] for _ in range(width)]


@asynccontextmanager
async def unit_of_work(runtime: "Runtime", caller: Caller = SYSTEM, toelichting: str = "") -> AsyncIterator[Unit]:
    """A unit that commits when its body ends well and leaves nothing behind when it does not.

    A database that is away becomes `Unavailable`; what a constraint refuses stays the DBAPIError it is.
    """
    pool, unit = runtime.database.writes.pool, Unit(runtime, None, caller, toelichting)
    try:  # around the closing too: it is the next thing that fails when the connection is gone
        try:
            yield unit
            await unit.commit()
        except BaseException:  # to the end, also when the request is cancelled
            await asyncio.shield(asyncio.ensure_future(unit.close()))
            raise
        await unit.close()
    except Problem:
        raise
    except PoolTimeout as error:
        raise busy() from error
    except (DBAPIError, *CLOSED) as error:
        if not is_closed(error):
            raise
        await runtime.database.reset(pool)
        raise database_away() from error


async def first(unit: Unit, statement: "Select[Any]") -> Any:
    """The first row of a select, or None."""
    return (await unit.session.scalars(statement.limit(1))).first()


async def children(unit: Unit, table: type[R], **where: Any) -> list[R]:
    """The rows of `table` with these column values, oldest first."""
    return await unit.find(select(table).filter_by(**where).order_by(table.id))  # type: ignore[arg-type]
