"""A tiny service for the chassis' own tests: open and sealed things, served by an own API and a ZGW-style one.

It runs under the identity `meldingen`, whose NATS user may publish and consume `mor.v1.>`.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Query
from pydantic import Field as Documented
from sqlalchemy import JSON, LargeBinary, MetaData
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import Api, Service, UnitOfWork
from chassis.cloudevents import Event, EventData, EventType
from chassis.consuming import Consumer
from chassis.reading import Page, PagedFilter, Reading, Selection
from chassis.resource import Fields, In, Out, Patch, Resource, Row
from chassis.runtime import Runtime
from chassis.settings import Settings
from chassis.testing.service import ServiceUnderTest
from chassis.unit import Unit

IDENTITY = "meldingen"
STREAM = "MOR"
SUBJECTS = "mor.v1.{gemeente}.thing.>"
BASE = "/dingen/api/v1"
ZGW = "/voorbeelden/api/v1"
SCHEMA = """
CREATE TABLE thing (
    id uuid PRIMARY KEY, representation bytea NOT NULL, etag varchar(32) NOT NULL,
    name text NOT NULL, amount integer NOT NULL, extra json NOT NULL
);
CREATE TABLE sealed_thing (
    id uuid PRIMARY KEY, representation bytea NOT NULL, etag varchar(32) NOT NULL, name bytea NOT NULL
);
CREATE TABLE effect (position bigserial, consumer text, event_id uuid, subject text, sequence bigint, replica text);
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.name = 'refused at commit' THEN RAISE EXCEPTION 'refused'; END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON thing DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION refuse();
"""
HOOKS: dict[str, Callable[[Unit, Any], Awaitable[None]]] = {}
"""What a test wants done in the middle of a unit of work, by the name of the thing."""
router = APIRouter(tags=["things"])


class ThingData(EventData):
    """Which thing."""

    thing: str
    changed: list[str] = Documented(default_factory=list)


THING_CREATED = EventType("nl.test.thing-created", "mor.v1.{gemeente}.thing.{kind}.created", ThingData, "Gemaakt.")
THING_CHANGED = EventType("nl.test.thing-changed", "mor.v1.{gemeente}.thing.{kind}.changed", ThingData, "Gewijzigd.")
THING_REFUSED = EventType("nl.test.refused", "klanten.v1.{gemeente}.refused.{kind}", ThingData, "Dit mag niet.")

# ---- fields


class ThingFields(Fields):
    """What table and JSON share."""

    name: str = Field(max_length=400, description="Naam.")
    amount: int = Field(default=1, description="Aantal.")


class Thing(ThingFields, Row, table=True):
    """Open things."""

    metadata = MetaData()
    extra: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class ThingIn(In, ThingFields):
    """A new thing."""

    extra: dict[str, Any] = Documented(default_factory=dict)


class ThingPatch(Patch):
    """A change."""

    name: str | None = None
    amount: int | None = None


class ThingOut(Out, ThingFields):
    """A thing as answered."""

    url: str
    extra: dict[str, Any] = Documented(default_factory=dict)


class SealedThing(Row, table=True):
    """Things about a person."""

    __tablename__ = "sealed_thing"
    metadata = MetaData()
    name: bytes = Field(sa_type=LargeBinary)


class SealedThingOut(Out):
    """A sealed thing as answered."""

    url: str
    name: str


async def render(unit: Unit, row: Thing) -> ThingOut:
    """The JSON of a thing."""
    return ThingOut(url=unit.url(THING, row.id), name=row.name, amount=row.amount, extra=row.extra)


async def render_sealed(unit: Unit, row: SealedThing) -> SealedThingOut:
    """The JSON of a sealed thing."""
    name = unit.runtime.keyring.open(row.name, f"name:{row.id}").decode()
    return SealedThingOut(url=unit.url(SEALED, row.id), name=name)


THING = Resource("thing", Thing, "dingen", "/things", render)
SEALED = Resource("sealed_thing", SealedThing, "dingen", "/sealed", render_sealed, sealed=True)

# ---- filter


class ThingFilter(PagedFilter):
    """Query parameters."""

    name: str | None = None


# ---- routes


@router.get("/things", response_model=Page[ThingOut])
async def thing_list(query: Annotated[ThingFilter, Query()], reader: Reading, caller: CurrentCaller) -> Response:
    """List."""
    caller.require("test", "things.lezen")
    selection = Selection(order="name DESC, id").where_given("name = {}", query.name)
    return await reader.page(THING, selection, query.page, query.page_size)


@router.post("/things", status_code=201, response_model=ThingOut)
async def thing_create(body: ThingIn, unit: UnitOfWork) -> Response:
    """Make one."""
    unit.caller.require("test", "things.aanmaken")
    row = await make_thing(unit, **body.model_dump())
    if row.name in HOOKS:
        await HOOKS[row.name](unit, row)
    return unit.respond(THING, row, 201)


@router.get("/things/{uuid}", response_model=ThingOut)
async def thing_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Read one."""
    caller.require("test", "things.lezen")
    return reader.one(THING, uuid, await reader.row(THING, uuid))


@router.patch("/things/{uuid}", response_model=ThingOut)
async def thing_change(uuid: UUID, body: ThingPatch, unit: UnitOfWork) -> Response:
    """Change one."""
    unit.caller.require("test", "things.bijwerken")
    return unit.respond(THING, await change_thing(unit, uuid, **body.changes()))


@router.delete("/things/{uuid}", status_code=204)
async def thing_destroy(uuid: UUID, unit: UnitOfWork) -> Response:
    """Remove one."""
    unit.caller.require("test", "things.verwijderen")
    await unit.delete(THING, await unit.get(THING, uuid, lock=True))
    return unit.respond_raw(b"", 204)


@router.get("/kinds/{kind}/things", response_model=Page[ThingOut])
async def kind_list(
    kind: str, query: Annotated[ThingFilter, Query()], reader: Reading, caller: CurrentCaller
) -> Response:
    """List below a path that the caller chose."""
    caller.require("test", "things.lezen")
    return await reader.page(THING, Selection(), query.page, query.page_size)


@router.post("/sealed", status_code=201, response_model=SealedThingOut)
async def sealed_create(body: ThingIn, unit: UnitOfWork) -> Response:
    """Make a sealed one."""
    unit.caller.require("test", "sealed.aanmaken")
    row = SealedThing(name=b"")
    row.name = unit.runtime.keyring.seal(body.name.encode(), f"name:{row.id}")
    await unit.create(SEALED, row)
    return unit.respond(SEALED, row, 201)


@router.get("/sealed", response_model=Page[SealedThingOut])
async def sealed_list(query: Annotated[ThingFilter, Query()], reader: Reading, caller: CurrentCaller) -> Response:
    """List sealed ones."""
    caller.require("test", "sealed.lezen")
    return await reader.page(SEALED, Selection(), query.page, query.page_size)


@router.get("/sealed/{uuid}", response_model=SealedThingOut)
async def sealed_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Read a sealed one."""
    caller.require("test", "sealed.lezen")
    return reader.one(SEALED, uuid, await reader.row(SEALED, uuid))


# ---- what the tests do without HTTP


async def make_thing(unit: Unit, name: str, **fields: Any) -> Thing:
    """A stored thing, announced on a subject of its name when that can be one."""
    row = Thing(name=name, **fields)
    await unit.create(THING, row)
    announce(unit, row, THING_CREATED)
    return row


async def change_thing(unit: Unit, uuid: UUID, **fields: Any) -> Thing:
    """A changed thing, announced."""
    row = await unit.get(THING, uuid, lock=True)
    for field, value in fields.items():
        setattr(row, field, value)
    await unit.change(THING, row)
    announce(unit, row, THING_CHANGED, changed=sorted(fields))
    return row


def announce(unit: Unit, row: Thing, event: EventType, changed: Sequence[str] = ()) -> UUID:
    """An event about a thing."""
    data = ThingData(thing=str(row.id), changed=list(changed))
    return unit.emit(event, about=row.id, data=data, dataref=unit.url(THING, row.id), kind="a")


async def remember(event: Event, unit: Unit, consumer: str = "c", replica: str = "") -> None:
    """The effect of an event, as consumers in these tests have it: a row, and nothing stops a second."""
    connection = await unit.connection()
    await connection.execute(
        "INSERT INTO effect (consumer, event_id, subject, sequence, replica) VALUES ($1, $2, $3, $4, $5)",
        consumer, event.id, event.subject, event.sequence, replica,
    )  # fmt: skip


async def effects(under_test: ServiceUnderTest) -> list[asyncpg.Record]:
    """All effects, oldest first."""
    return await under_test.runtime.database.fetch("SELECT * FROM effect ORDER BY position")


APIS = (
    Api("dingen", "Dingen", "2.0.0", [router]),
    Api("voorbeelden", "Voorbeelden", "1.3.0", [router], zgw=True),
)


def example_service(dsn: str, keys: str, *, consumers: Sequence[Consumer] = (), **settings: Any) -> ServiceUnderTest:
    """The service on a database, not started."""
    values = {"database": dsn, "keys": keys, "public_url": "http://meent.test", **settings}
    runtime = Runtime.make(Settings(service=IDENTITY, **values), consumers)
    return ServiceUnderTest(Service(runtime, APIS), dsn)
