"""An abonnement: where a subscriber wants its notificaties, of which kanalen, and through which filters."""

from collections.abc import Collection
from dataclasses import replace
from typing import Annotated, Any, ClassVar
from uuid import UUID

import httpx
import orjson
from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator
from pydantic import Field as Documented
from pydantic.alias_generators import to_camel
from sqlalchemy import JSON, LargeBinary
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import CodedValueError, FieldError, Invalid, NotFound
from chassis.reading import Reading
from chassis.resource import Fields, In, Out, Partial, Resource, Row, new_id
from chassis.runtime import Runtime
from chassis.unit import Unit
from services.notificaties import outcome
from services.notificaties.bezorging.toegang import ToegangIn, public_of, secrets_of
from services.notificaties.bezorging.toegang import save as save_toegang
from services.notificaties.credentials import Access, access_of
from services.notificaties.matching import consistent
from services.notificaties.notificaties.callback import try_callback
from services.notificaties.notificaties.kanaal import CONSUMEREN, require_any
from services.notificaties.queueing import abonnement_changed
from services.notificaties.subscriptions import note_change
from services.notificaties.target import auth_context, load_target
from services.notificaties.webadres import Url

router = APIRouter(tags=["abonnement"])

# ---- fields


def check_header(value: str) -> str:
    """The value itself when it can be a header. Raises CodedValueError `invalid`."""
    if not value.isprintable() or not value.isascii():
        raise CodedValueError("invalid", "Dit kan geen waarde van een Authorization-header zijn.")
    return value


Auth = Annotated[
    str,
    AfterValidator(check_header),
    Documented(
        min_length=1, description="Waarde van de Authorization-header bij het afleveren. Wordt nooit teruggegeven."
    ),
]
Filters = dict[
    Annotated[str, Documented(min_length=1, max_length=100)], Annotated[str, Documented(min_length=1, max_length=1000)]
]


class FilterGroup(In):
    """A kanaal and the kenmerken a notificatie on it must have."""

    filters: Filters = Documented(
        default_factory=dict, description="Kenmerken waarop gefilterd wordt; `*` staat voor elke waarde."
    )
    naam: str = Documented(min_length=1, description="Naam van het kanaal.")


class CloudEventFilterGroup(In):
    """Which CloudEvents: all that is asked must fit. Our own addition to those of Open Notificaties: source, subject."""

    type_substring: str = Documented(max_length=255, description="Deel van het type; leeg is elk type.")
    source: str = Documented(default="", max_length=255, description="De bron; leeg is elke bron.")
    subject: str = Documented(default="", max_length=255, description="Waar het over gaat; leeg is alles.")
    filters: Filters = Documented(
        default_factory=dict, description="Waarden in de data van het CloudEvent; `*` staat voor elke waarde."
    )


Kanalen = Annotated[list[FilterGroup], Documented(description="De kanalen, elk met zijn filters.")]
CloudeventFilters = Annotated[
    list[CloudEventFilterGroup],
    Documented(max_length=100, description="Welke CloudEvents, naast die van de kanalen; alleen met sendCloudevents."),
]


class AbonnementFields(Fields):
    """What table and JSON share."""

    callback_url: Url = Field(min_length=1, description="URL waar de notificaties heen gaan.")
    send_cloudevents: bool = Field(
        default=False, description="Of de abonnee CloudEvents krijgt in plaats van notificaties."
    )


class Abonnement(AbonnementFields, Row, table=True):
    """Table of abonnementen; `auth` is sealed."""

    kanalen: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    cloudevent_filters: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    auth: bytes = Field(sa_type=LargeBinary)
    client_id: str


class AbonnementIn(In, AbonnementFields):
    """A whole abonnement."""

    auth: Auth
    kanalen: Kanalen
    cloudevent_filters: CloudeventFilters = Documented(default_factory=list)
    toegang: ToegangIn | None = Documented(
        default=None,
        description="Hoe wij ons bekendmaken als auth niet genoeg is; daarna te wijzigen bij de bezorging.",
    )

    @model_validator(mode="before")
    @classmethod
    def _without_kanalen(cls, given: Any) -> Any:
        """Who only asks for CloudEvents by their type may leave out the kanalen, as at Open Notificaties."""
        if isinstance(given, dict) and given.get("cloudeventFilters") and "kanalen" not in given:
            return {**given, "kanalen": []}
        return given


class AbonnementPatch(Partial):
    """Any part of an abonnement."""

    whole: ClassVar[type[In]] = AbonnementIn

    @property
    def names(self) -> set[str]:
        """Which fields are sent, by Python name."""
        return {name for name in AbonnementIn.model_fields if to_camel(name) in self.root}


class AbonnementOut(Out, AbonnementFields):
    """An abonnement as answered: without `auth`."""

    url: str = Documented(description="URL van dit abonnement.")
    kanalen: Kanalen
    cloudevent_filters: CloudeventFilters


async def render(unit: Unit, row: Abonnement) -> AbonnementOut:
    """The JSON of an abonnement."""
    return AbonnementOut(
        url=unit.url(ABONNEMENT, row.id),
        callback_url=row.callback_url,
        kanalen=[FilterGroup(**group) for group in row.kanalen],
        send_cloudevents=row.send_cloudevents,
        cloudevent_filters=[CloudEventFilterGroup(**group) for group in row.cloudevent_filters],
    )


ABONNEMENT = Resource("abonnement", Abonnement, "notificaties", "/abonnement", render)

# ---- filter


class NoFilter(BaseModel):
    """The list has no query parameters in this standard; an unknown one is a 400."""

    model_config = ConfigDict(extra="forbid")


# ---- rules

MOVING = {"callback_url", "auth", "toegang"}
"""Fields after whose change the callback is tried again."""
BEYOND = {"send_cloudevents", "cloudevent_filters"}
"""Fields that a client of the standard does not know, and does not take away by a PUT without them."""


def group_errors(groups: list[FilterGroup], declared: dict[str, list[str]]) -> list[FieldError]:
    """What is wrong with the groups, given the filters that each existing kanaal declares."""
    errors = []
    for place, group in enumerate(groups):
        if group.naam not in declared:
            errors.append(FieldError(f"kanalen.{place}.naam", "kanaal_naam", "Er is geen kanaal met deze naam."))
        elif group.filters and not consistent(group.filters, declared[group.naam]):
            errors.append(
                FieldError(
                    f"kanalen.{place}.filters", "inconsistent-abonnement-filters", "Dit kanaal kent deze filters niet."
                )
            )
    return errors


async def check(
    runtime: Runtime, groups: list[FilterGroup], callback: AbonnementIn | None, present: Access | None
) -> None:
    """Check kanalen and, when given, the callback of an abonnement. Holds no connection while it calls. Raises Invalid.

    present: how the subscriber is called until now.
    """
    rows = await runtime.database.fetch("SELECT naam, filters::text AS filters FROM kanaal")
    errors = group_errors(groups, {row["naam"]: orjson.loads(row["filters"]) for row in rows})
    if callback is not None and (wrong := await _tried(runtime, callback, present)) is not None:
        errors.append(wrong)
    if errors:
        raise Invalid(errors)


async def _tried(runtime: Runtime, body: AbonnementIn, present: Access | None) -> FieldError | None:
    allowed, access = runtime.settings.allow_hosts, replace(present or Access(""), auth=body.auth)
    if body.toegang is not None:
        access = access_of(allowed, body.auth, public_of(body.toegang), secrets_of(body.toegang))
    stranger = access.stranger(allowed)
    try:
        return await try_callback(runtime.outbound, body.callback_url, access, stranger or runtime.outbound)
    finally:
        await access.close()
        if stranger is not None:
            await stranger.close()


async def accessed(unit: Unit, row_id: UUID, url: Any, names: Collection[str]) -> Access:
    """How the subscriber is called until now. url, names: the new callback, and the fields that come with it.

    Raises NotFound, and Invalid when somebody else moves it to another server without its secrets: they would be shown there.
    """
    target = await load_target(unit.runtime, row_id)
    if target is None:
        raise NotFound
    moves = isinstance(url, str) and _server(url) != _server(target.callback_url)
    if moves and target.client_id != unit.caller.client_id:
        secrets = ["auth"] + ["toegang"] * bool(target.access.client or target.access.own)
        reason = "Stuur dit mee: het abonnement is van een andere applicatie en gaat naar een andere server."
        if errors := [FieldError(name, "required", reason) for name in secrets if name not in names]:
            raise Invalid(errors)
    return target.access


def _server(url: str) -> tuple[str, bytes] | None:
    """Scheme, host and port by the parser of the call itself: two that differ could be played off. None for no URL."""
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        return None
    return parts.scheme, parts.netloc


async def changed(runtime: Runtime, row_id: UUID, body: AbonnementPatch, present: Access) -> AbonnementIn:
    """The abonnement as it will be. Raises NotFound, Invalid."""
    rows = await runtime.database.fetch("SELECT representation FROM abonnement WHERE id = $1", row_id)
    if not rows:
        raise NotFound
    return body.over({**orjson.loads(rows[0]["representation"]), "auth": present.auth}, AbonnementIn)


async def save(unit: Unit, row: Abonnement, *, new: bool, revive: bool) -> None:
    """Store an abonnement and what its queue needs; `revive` forgets that its subscriber was away or gone."""
    await (unit.create if new else unit.change)(ABONNEMENT, row)
    if revive:
        await outcome.revive(unit, row.id)
    await note_change(unit, row.id)
    unit.after_commit(lambda: abonnement_changed(unit.runtime, row.id))


async def take_over(
    unit: Unit, row: Abonnement, body: AbonnementIn, names: Collection[str], *, new: bool = False
) -> None:
    """Store an abonnement with these fields of the body. Who has another address or secret is not away or gone any more."""
    for name in {*names} - {"auth", "toegang"}:
        value = getattr(body, name)
        setattr(row, name, [group.model_dump() for group in value] if isinstance(value, list) else value)
    if "auth" in names:
        row.auth = unit.runtime.keyring.seal(body.auth.encode(), auth_context(row.id))
    await save(unit, row, new=new, revive=bool(MOVING & {*names}))
    if body.toegang is not None and "toegang" in names:
        await save_toegang(unit, row.id, body.toegang)


# ---- routes


@router.get("/abonnement", response_model=list[AbonnementOut], summary="Abonnementen opvragen")
async def abonnement_list(_: Annotated[NoFilter, Query()], reader: Reading, caller: CurrentCaller) -> Response:
    """Alle abonnementen."""
    require_any(caller)
    rows = await reader.runtime.database.fetch("SELECT representation FROM abonnement ORDER BY id")
    return reader.answer(b"[%b]" % b",".join(row["representation"] for row in rows))


@router.post("/abonnement", status_code=201, response_model=AbonnementOut, summary="Abonnement nemen")
async def abonnement_create(body: AbonnementIn, unit: UnitOfWork) -> Response:
    """Een nieuw abonnement; de callback-URL wordt eerst geprobeerd, met en zonder autorisatie."""
    unit.caller.require("nrc", CONSUMEREN)
    await check(unit.runtime, body.kanalen, body, None)
    row = Abonnement(id=new_id(), callback_url=body.callback_url, auth=b"", client_id=unit.caller.client_id)
    await take_over(unit, row, body, AbonnementIn.model_fields, new=True)
    return unit.respond(ABONNEMENT, row, 201)


@router.get("/abonnement/{uuid}", response_model=AbonnementOut, summary="Een abonnement opvragen")
async def abonnement_read(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Eén abonnement."""
    require_any(caller)
    return reader.one(ABONNEMENT, uuid, await reader.row(ABONNEMENT, uuid, "id"))


@router.put("/abonnement/{uuid}", response_model=AbonnementOut, summary="Abonnement vervangen")
async def abonnement_update(uuid: UUID, body: AbonnementIn, unit: UnitOfWork) -> Response:
    """Het hele abonnement; de callback-URL wordt opnieuw geprobeerd."""
    unit.caller.require("nrc", CONSUMEREN)
    present = await accessed(unit, uuid, body.callback_url, body.model_fields_set)
    await check(unit.runtime, body.kanalen, body, present)
    row = await unit.get(ABONNEMENT, uuid, lock=True)
    await take_over(unit, row, body, AbonnementIn.model_fields.keys() - (BEYOND - body.model_fields_set))
    return unit.respond(ABONNEMENT, row)


@router.patch("/abonnement/{uuid}", response_model=AbonnementOut, summary="Abonnement wijzigen")
async def abonnement_partial_update(uuid: UUID, body: AbonnementPatch, unit: UnitOfWork) -> Response:
    """Een deel van het abonnement; een nieuwe callback-URL of autorisatie wordt eerst geprobeerd."""
    unit.caller.require("nrc", CONSUMEREN)
    present = await accessed(unit, uuid, body.root.get("callbackUrl"), body.names)
    whole = await changed(unit.runtime, uuid, body, present)
    kanalen = whole.kanalen if "kanalen" in body.names else []
    await check(unit.runtime, kanalen, whole if MOVING & body.names else None, present)
    row = await unit.get(ABONNEMENT, uuid, lock=True)
    await take_over(unit, row, whole, body.names)
    return unit.respond(ABONNEMENT, row)


@router.delete("/abonnement/{uuid}", status_code=204, summary="Abonnement opzeggen")
async def abonnement_delete(uuid: UUID, unit: UnitOfWork) -> Response:
    """Het abonnement vervalt, met wat nog afgeleverd moest worden."""
    unit.caller.require("nrc", CONSUMEREN)
    row = await unit.get(ABONNEMENT, uuid, lock=True)
    await unit.delete(ABONNEMENT, row, action="destroy")
    connection = await unit.connection()
    await connection.execute("DELETE FROM wachtrij WHERE abonnement_id = $1", uuid)
    await connection.execute(
        "UPDATE aflevering SET status = 'vervallen', afgerond_op = $2 WHERE abonnement_id = $1 AND status = 'wacht'",
        uuid,
        unit.at,
    )
    await note_change(unit, uuid)
    unit.after_commit(lambda: abonnement_changed(unit.runtime, uuid))
    return Response(status_code=204)
