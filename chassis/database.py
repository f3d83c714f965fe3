"""PostgreSQL: one engine per service, and raw reads that hand stored bytes out without passing an ORM.

A raw read that meets a closed connection throws the pool away and is done once more: without that, every read fails for
good after a restart of the database. What still fails is `Unavailable`: 503, nothing changed.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import asyncpg
import orjson
from sqlalchemy import Dialect, Pool, event, text
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.exc import DBAPIError, InterfaceError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine

from chassis.problems import Unavailable

T = TypeVar("T")
POOL_WAIT = 5.0
"""Seconds a read or a unit of work waits for a connection of its pool."""

CLOSED = (
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    ConnectionError,
    OSError,
    asyncio.TimeoutError,
)
"""What tells that the server, not the statement, is the trouble."""


def _to_json(value: Any) -> str:
    return orjson.dumps(value).decode()


DIALECT: Dialect = dialect(json_serializer=_to_json)  # type: ignore[no-untyped-call]
"""How values go to and from the driver, for statements that SQLAlchemy does not send."""


class Database:
    """The database of one service: `writes` is the engine of units of work, reads have plain connections of their own.

    A read through SQLAlchemy's pool costs 0.1-0.2 ms of CPU more, and the pool of asyncpg makes a task and two timers of it.
    Reads are single statements that leave nothing in a connection: it goes back as it is.
    """

    def __init__(self, dsn: str, *, pool_size: int = 10) -> None:
        self.dsn = dsn
        self.writes: AsyncEngine = create_async_engine(
            sqlalchemy_url(dsn),
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=POOL_WAIT,
            json_serializer=_to_json,
            json_deserializer=orjson.loads,
        )
        event.listen(self.writes.sync_engine, "checkout", _refuse_closed)
        self._free = asyncio.Semaphore(pool_size)
        self._idle: list[asyncpg.Connection] = []
        """Connections of reads that nobody uses now; the one used last is taken first."""

    def session(self, connection: AsyncConnection | None = None) -> AsyncSession:
        """A session that nobody commits but the edge (`chassis.unit`), on a connection or on one of its own."""
        return AsyncSession(connection or self.writes, expire_on_commit=False, autoflush=False)

    async def read(self, query: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
        """Run raw statements outside a transaction; once more when the connection turns out to be closed."""
        try:
            return await self._read_once(query)
        except CLOSED as error:
            if not is_closed(error):
                raise
        self._drop_idle()
        try:
            return await self._read_once(query)
        except CLOSED as error:
            if not is_closed(error):
                raise
            raise database_away() from error

    async def fetch(self, sql: str, *values: Any) -> list[asyncpg.Record]:
        """Rows of one raw statement."""
        return await self.read(lambda connection: connection.fetch(sql, *values))

    async def reset(self, pool: Pool) -> None:
        """Throw away every connection of `pool`: the server they led to is gone. Only the first of many callers does."""
        if self.writes.pool is pool:
            await self.writes.dispose()

    async def close(self) -> None:
        """Close both pools."""
        with suppress(*CLOSED):
            await asyncio.wait_for(asyncio.gather(*(one.close() for one in self._idle)), 2)
        self._drop_idle()
        await self.writes.dispose()

    async def _read_once(self, query: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
        try:  # a timeout costs something, so only who has to wait has one
            await (asyncio.wait_for(self._free.acquire(), POOL_WAIT) if self._free.locked() else self._free.acquire())
        except TimeoutError as error:
            raise busy() from error
        try:
            usable = (one for one in iter(self._take_idle, None) if not one.is_closed())
            connection = next(usable, None) or await _connect(self.dsn, timeout=5)
            try:
                return await query(connection)
            except CLOSED as error:
                if is_closed(error):
                    connection.terminate()
                raise
            finally:
                if not connection.is_closed():
                    self._idle.append(connection)
        finally:
            self._free.release()

    def _take_idle(self) -> asyncpg.Connection | None:
        return self._idle.pop() if self._idle else None

    def _drop_idle(self) -> None:
        while (connection := self._take_idle()) is not None:
            connection.terminate()


async def _connect(*arguments: Any, **options: Any) -> asyncpg.Connection:
    """A connection that gives JSON as values; none is left open when the server goes away meanwhile."""
    connection = await asyncpg.connect(*arguments, **options)
    try:
        for kind in ("json", "jsonb"):
            await connection.set_type_codec(kind, schema="pg_catalog", encoder=_to_json, decoder=orjson.loads)
    except BaseException:
        connection.terminate()
        raise
    return connection


async def raw(connection: AsyncConnection) -> asyncpg.Connection:
    """The asyncpg connection below a SQLAlchemy one."""
    fairy = await connection.get_raw_connection()
    return fairy.driver_connection


async def in_transaction(session: AsyncSession) -> asyncpg.Connection:
    """The asyncpg connection of a session with its transaction begun: SQLAlchemy begins it only at its own first statement."""
    connection = await raw(await session.connection())
    if not connection.is_in_transaction():
        await session.execute(text("SELECT 1"))
    return connection


def sqlalchemy_url(dsn: str) -> str:
    """A libpq-style DSN as SQLAlchemy wants it for asyncpg."""
    return dsn.replace("postgresql://", "postgresql+asyncpg://", 1)


def is_closed(error: BaseException) -> bool:
    """Whether a SQLAlchemy error means that the server is away, not that the statement is wrong."""
    if is_refused_value(error):
        return False
    if isinstance(error, DBAPIError):
        cause = error.orig.__cause__ if error.orig is not None else None
        return error.connection_invalidated or isinstance(error, InterfaceError) or isinstance(cause, CLOSED)
    return isinstance(error, CLOSED)


def is_refused_value(error: BaseException) -> bool:
    """Whether a value is the trouble: out of range, or no text. asyncpg refuses some itself, with an InterfaceError."""
    cause = error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig is not None else error
    return isinstance(cause, asyncpg.DataError) or (
        isinstance(cause, asyncpg.InterfaceError) and isinstance(cause, ValueError)
    )


def is_lost_race(error: BaseException) -> bool:
    """Whether what was true when it was looked up is no longer so: somebody else was first, or two waited for each other."""
    cause = error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig is not None else error
    return isinstance(
        cause,
        asyncpg.ForeignKeyViolationError
        | asyncpg.UniqueViolationError
        | asyncpg.DeadlockDetectedError
        | asyncpg.SerializationError,
    )


def database_away() -> Unavailable:
    """The problem of a database that cannot be reached."""
    return Unavailable("database-niet-bereikbaar", "De gegevens zijn even niet bereikbaar. Probeer het zo opnieuw.")


def busy() -> Unavailable:
    """The problem of a pool in which no connection came free in time."""
    return Unavailable("te-druk", "Het is nu te druk. Probeer het zo opnieuw.")


def _refuse_closed(connection: Any, *_: Any) -> None:
    """What is known to be closed is not handed out; costs no round trip, unlike a ping."""
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError


@asynccontextmanager
async def direct_connection(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of one's own, outside the pool: for session locks and LISTEN."""
    connection = await asyncpg.connect(dsn, timeout=5)
    try:
        yield connection
    finally:
        await connection.close(timeout=2)
