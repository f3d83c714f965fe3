"""An abonnement: where a subscriber wants its notificaties, of which kanalen, and through which filters."""

from collections.abc import Collection, Sequence
from typing import Annotated, Any, ClassVar
from uuid import UUID

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
from services.notificaties.matching import consistent
from services.notificaties.notificaties.callback import try_callback
from services.notificaties.notificaties.kanaal import CONSUMEREN, Url, require_any
from services.notificaties.queueing import abonnement_changed
from services.notificaties.subscriptions import note_change
from services.notificaties.target import auth_context, load_target

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


async def check(runtime: Runtime, groups: list[FilterGroup], callback: tuple[str, str] | None) -> None:
    """Check kanalen and, when given, (callback URL, auth). Holds no connection while it calls. Raises Invalid."""
    rows = await runtime.database.fetch("SELECT naam, filters::text AS filters FROM kanaal")
    errors = group_errors(groups, {row["naam"]: orjson.loads(row["filters"]) for row in rows})
    if callback is not None and (wrong := await try_callback(runtime.outbound, *callback)) is not None:
        errors.append(wrong)
    if errors:
        raise Invalid(errors)


async def changed(runtime: Runtime, row_id: UUID, body: AbonnementPatch) -> AbonnementIn:
    """The abonnement as it will be. Raises NotFound, Invalid."""
    rows = await runtime.database.fetch("SELECT representation FROM abonnement WHERE id = $1", row_id)
    target = await load_target(runtime, row_id)
    if not rows or target is None:
        raise NotFound
    return body.over({**orjson.loads(rows[0]["representation"]), "auth": target.auth}, AbonnementIn)


async def save(unit: Unit, row: Abonnement, *, new: bool, revive: bool) -> None:
    """Store an abonnement and what its queue needs; `revive` forgets that its subscriber was away or gone."""
    await (unit.create if new else unit.change)(ABONNEMENT, row)
    connection = await unit.connection()
    if revive:
        await connection.execute(
            "INSERT INTO wachtrij (abonnement_id) VALUES ($1) ON CONFLICT (abonnement_id) "
            "DO UPDATE SET fouten = 0, pauze_tot = NULL, gestopt_op = NULL",
            row.id,
        )
    await note_change(unit)
    unit.after_commit(lambda: abonnement_changed(unit.runtime, row.id))


def sealed_auth(unit: Unit, row_id: UUID, auth: str) -> bytes:
    """The Authorization value as it is kept."""
    return unit.runtime.keyring.seal(auth.encode(), auth_context(row_id))


def take_over(unit: Unit, row: Abonnement, body: AbonnementIn, names: Collection[str]) -> None:
    """Give the row these fields of the body."""
    for name in names:
        match getattr(body, name):
            case str(auth) if name == "auth":
                row.auth = sealed_auth(unit, row.id, auth)
            case list(groups):
                setattr(row, name, stored(groups))
            case value:
                setattr(row, name, value)


def stored(groups: Sequence[In]) -> list[dict[str, Any]]:
    """Groups as they are kept."""
    return [group.model_dump() for group in groups]


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
    await check(unit.runtime, body.kanalen, (body.callback_url, body.auth))
    row = Abonnement(id=new_id(), callback_url=body.callback_url, auth=b"", client_id=unit.caller.client_id)
    take_over(unit, row, body, AbonnementIn.model_fields)
    await save(unit, row, new=True, revive=True)
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
    if await load_target(unit.runtime, uuid) is None:
        raise NotFound
    await check(unit.runtime, body.kanalen, (body.callback_url, body.auth))
    row = await unit.get(ABONNEMENT, uuid, lock=True)
    take_over(unit, row, body, AbonnementIn.model_fields)
    await save(unit, row, new=False, revive=True)
    return unit.respond(ABONNEMENT, row)


@router.patch("/abonnement/{uuid}", response_model=AbonnementOut, summary="Abonnement wijzigen")
async def abonnement_partial_update(uuid: UUID, body: AbonnementPatch, unit: UnitOfWork) -> Response:
    """Een deel van het abonnement; een nieuwe callback-URL of autorisatie wordt eerst geprobeerd."""
    unit.caller.require("nrc", CONSUMEREN)
    whole, names = await changed(unit.runtime, uuid, body), body.names
    moved = bool(names & {"callback_url", "auth"})
    callback = (whole.callback_url, whole.auth) if moved else None
    await check(unit.runtime, whole.kanalen if "kanalen" in names else [], callback)
    row = await unit.get(ABONNEMENT, uuid, lock=True)
    take_over(unit, row, whole, names)
    await save(unit, row, new=False, revive=moved)
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
    await note_change(unit)
    unit.after_commit(lambda: abonnement_changed(unit.runtime, uuid))
    return Response(status_code=204)
