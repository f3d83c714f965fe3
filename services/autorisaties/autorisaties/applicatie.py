"""An applicatie: one or more clients and what they may do, per component."""

import re
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Query
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    JsonValue,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic import Field as Documented
from pydantic.alias_generators import to_snake
from sqlalchemy import JSON, text
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.catalog import load_catalog
from chassis.policy import applicatie_key
from chassis.problems import CodedValueError, FieldError, Invalid, NotFound
from chassis.reading import Filter, Page, Reading, Selection
from chassis.resource import Fields, In, Out, Partial, Resource, Row
from chassis.unit import Unit
from services.autorisaties.events import (
    APPLICATIE_AANGEMAAKT,
    APPLICATIE_GEWIJZIGD,
    APPLICATIE_VERWIJDERD,
    Actie,
    ApplicatieData,
)
from services.autorisaties.publicatie import one_at_a_time, publish

router = APIRouter(tags=["applicaties"])
_URL = re.compile(r"https?://[^\s/?#]+[^\s]*")


class Vertrouwelijkheidaanduiding(StrEnum):
    """How confidential something may be, least first."""

    openbaar = "openbaar"
    beperkt_openbaar = "beperkt_openbaar"
    intern = "intern"
    zaakvertrouwelijk = "zaakvertrouwelijk"
    vertrouwelijk = "vertrouwelijk"
    confidentieel = "confidentieel"
    geheim = "geheim"
    zeer_geheim = "zeer_geheim"


_OWN = [one for service in load_catalog().services.values() for one in service.components]
WEERGAVE = {
    "ac": "Autorisaties API",
    "nrc": "Notificaties API",
    "zrc": "Zaken API",
    "ztc": "Catalogi API",
    "drc": "Documenten API",
    "brc": "Besluiten API",
} | {one["name"]: one["title"] for one in _OWN}
"""Component → its name for people: those of the ZGW standard, and those that services.toml has for our own APIs."""
LIMITS: dict[str, tuple[str, ...]] = {
    "zrc": ("max_vertrouwelijkheidaanduiding", "zaaktype"),
    "drc": ("max_vertrouwelijkheidaanduiding", "informatieobjecttype"),
    "brc": ("besluittype",),
} | {one["name"]: tuple(map(to_snake, one.get("limits", ()))) for one in _OWN}
"""What a right on a component can be limited by: what the operations of that component judge."""
_ALL_LIMITS = tuple(dict.fromkeys(name for names in LIMITS.values() for name in names))
_MAIN = {"zrc": "zaken.", "drc": "documenten.", "brc": "besluiten."}
"""How the scopes begin that make all limits of the component mandatory (ac-003)."""


# ---- fields


def _component(value: str) -> str:
    if value not in WEERGAVE:
        raise CodedValueError("invalid_choice", "Deze waarde is geen geldige keuze.")
    return value


def _url(value: str) -> str:
    if value and not _URL.fullmatch(value):
        raise CodedValueError("invalid", "Dit is geen webadres.")
    return value


def _never_null(schema: dict[str, Any]) -> None:
    """In the document: what is absent is no null."""
    schema |= schema.pop("anyOf")[0]
    del schema["default"]


def _blank_is_none(value: object) -> object:
    return None if value == "" else value


def _not_given(value: object) -> bool:
    return not value


Component = Annotated[str, AfterValidator(_component), WithJsonSchema({"type": "string", "enum": [*WEERGAVE]})]
GivenUrl = Annotated[str, AfterValidator(_url)]
Naam = Annotated[str, Documented(min_length=1, max_length=60)]
_URI: dict[str, JsonValue] = {"format": "uri"}


class AutorisatieIn(In):
    """Scopes on one component, and within which types, afdeling or ploeg. A limit of the standard may be blank: none."""

    component: Component = Documented(description="Component waarvoor de scopes gelden.")
    scopes: list[Annotated[str, Documented(min_length=1, max_length=100)]] = Documented(
        description="Scopes binnen het component."
    )
    zaaktype: GivenUrl = Documented(
        default="", max_length=1000, json_schema_extra=_URI, description="URL van het zaaktype (zrc)."
    )
    informatieobjecttype: GivenUrl = Documented(
        default="", max_length=1000, json_schema_extra=_URI, description="URL van het informatieobjecttype (drc)."
    )
    besluittype: GivenUrl = Documented(
        default="", max_length=1000, json_schema_extra=_URI, description="URL van het besluittype (brc)."
    )
    max_vertrouwelijkheidaanduiding: Annotated[Vertrouwelijkheidaanduiding | None, BeforeValidator(_blank_is_none)] = (
        Documented(
            default=None,
            json_schema_extra=_never_null,
            description="Hoogste vertrouwelijkheid die de applicatie mag zien (zrc en drc).",
        )
    )
    afdeling: Naam | None = Documented(default=None, description="Alleen deze afdeling (eigen API's).")
    ploeg: Naam | None = Documented(default=None, description="Alleen deze ploeg (eigen API's).")


class AutorisatieOut(Out):
    """An autorisatie as answered: with the limits it has."""

    component: Component = Documented(description="Component waarvoor de scopes gelden.")
    component_weergave: str = Documented(min_length=1, description="Naam van het component.")
    scopes: list[str] = Documented(description="Scopes binnen het component.")
    zaaktype: str = Documented(default="", exclude_if=_not_given, description="URL van het zaaktype.")
    informatieobjecttype: str = Documented(
        default="", exclude_if=_not_given, description="URL van het informatieobjecttype."
    )
    besluittype: str = Documented(default="", exclude_if=_not_given, description="URL van het besluittype.")
    max_vertrouwelijkheidaanduiding: Vertrouwelijkheidaanduiding | None = Documented(
        default=None,
        json_schema_extra=_never_null,
        exclude_if=_not_given,
        description="Hoogste vertrouwelijkheid die de applicatie mag zien.",
    )
    afdeling: str | None = Documented(default=None, exclude_if=_not_given, description="Alleen deze afdeling.")
    ploeg: str | None = Documented(default=None, exclude_if=_not_given, description="Alleen deze ploeg.")


class ApplicatieFields(Fields):
    """What table and JSON share."""

    label: str = Field(max_length=100, min_length=1, description="Naam van de applicatie, voor mensen.")
    heeft_alle_autorisaties: bool = Field(default=False, description="Of de applicatie alles mag.")
    alleen_is_gereed_voor_publicatie: bool = Field(
        default=False, description="Of de applicatie alleen documenten mag lezen die gereed zijn voor publicatie."
    )


class Applicatie(ApplicatieFields, Row, table=True):
    """Table of applicaties; `applicatie_client` keeps a client_id with one of them."""

    client_ids: list[str] = Field(sa_type=JSON)
    autorisaties: list[dict[str, Any]] = Field(sa_type=JSON)
    """As services get them: the JSON of each, without what is empty."""


class ApplicatieIn(In, ApplicatieFields):
    """A whole applicatie."""

    client_ids: list[Annotated[str, Documented(min_length=1, max_length=50)]] = Documented(
        description="De client_id's van de applicatie; elk hoort bij één applicatie."
    )
    autorisaties: list[AutorisatieIn] = Documented(default_factory=list, description="De rechten, per component.")

    @field_validator("client_ids")
    @classmethod
    def _at_least_one(cls, value: list[str]) -> list[str]:
        if not value:
            raise CodedValueError("min_length", "Geef minstens één client_id.")
        return list(dict.fromkeys(value))

    @model_validator(mode="after")
    def _all_or_listed(self) -> "ApplicatieIn":
        check_all_or_listed(heeft_alles=self.heeft_alle_autorisaties, aantal=len(self.autorisaties))
        return self


class ApplicatiePatch(Partial):
    """Any part of an applicatie."""

    whole = ApplicatieIn


class ApplicatieOut(Out, ApplicatieFields):
    """An applicatie as answered."""

    url: str = Documented(description="URL van deze applicatie.")
    client_ids: list[str] = Documented(description="De client_id's van de applicatie.")
    autorisaties: list[AutorisatieOut] = Documented(description="De rechten, per component.")


async def render(unit: Unit, row: Applicatie) -> ApplicatieOut:
    """The JSON of an applicatie."""
    return ApplicatieOut(
        **{name: getattr(row, name) for name in ApplicatieFields.model_fields},
        url=unit.url(APPLICATIE, row.id),
        client_ids=row.client_ids,
        autorisaties=[
            AutorisatieOut.model_validate({**item, "componentWeergave": WEERGAVE[item["component"]]})
            for item in row.autorisaties
        ],
    )


APPLICATIE = Resource("applicatie", Applicatie, "autorisaties", "/applicaties", render)


# ---- filter


class ApplicatieFilter(Filter):
    """Query parameters of the list."""

    client_ids: str | None = Documented(default=None, description="Client_id's, gescheiden door komma's.")


class ConsumerFilter(BaseModel):
    """Query parameters of the search by client."""

    model_config = ConfigDict(extra="forbid")

    client_id: str = Documented(alias="clientId", description="De client_id.")


def select_applicaties(chosen: ApplicatieFilter) -> Selection:
    """The applicaties the filter asks for."""
    selection = Selection()
    if chosen.client_ids is not None:
        clients = [client.strip() for client in chosen.client_ids.split(",")]
        selection.where(
            "id IN (SELECT applicatie_id FROM applicatie_client WHERE client_id = ANY({}::text[]))", clients
        )
    return selection


# ---- rules


def check_all_or_listed(*, heeft_alles: bool, aantal: int) -> None:
    """Either everything, or at least one autorisatie; not both (ac-002). Raises CodedValueError."""
    if heeft_alles and aantal:
        raise CodedValueError(
            "ambiguous-authorizations-specified", "Geef alle autorisaties óf een lijst, niet allebei.", "nonFieldErrors"
        )
    if not heeft_alles and not aantal:
        raise CodedValueError(
            "missing-authorizations", "Geef alle autorisaties of minstens één autorisatie.", "nonFieldErrors"
        )


def check_limits(autorisaties: list[AutorisatieIn], *, complete: bool) -> None:
    """A right has no limit its component does not know, and when `complete` all those it must have (ac-003).

    Raises Invalid. A limit that nobody judges would be dropped in silence, and the right be wider than was meant.
    """
    wrong: list[FieldError] = []
    for index, item in enumerate(autorisaties):
        known = LIMITS.get(item.component, ())
        missing = [name for name in known if complete and not getattr(item, name) and is_mandatory(item)]
        reason = f"Dit veld is verplicht bij deze scopes op {WEERGAVE[item.component]}."
        wrong += [FieldError(f"autorisaties.{index}.{_camel(name)}", "required", reason) for name in missing]
        strange = [name for name in _ALL_LIMITS if name not in known and getattr(item, name)]
        reason = f"Een recht op {WEERGAVE[item.component]} kan hier niet op worden beperkt."
        wrong += [FieldError(f"autorisaties.{index}.{_camel(name)}", "must-be-empty", reason) for name in strange]
    if wrong:
        raise Invalid(wrong)


def is_mandatory(item: AutorisatieIn) -> bool:
    """Whether an autorisatie must be limited: one of its scopes is about the main resource of its component."""
    main = _MAIN.get(item.component)
    return main is not None and any(scope.startswith(main) for scope in item.scopes)


def _camel(name: str) -> str:
    return AutorisatieIn.model_fields[name].alias or name


async def claim_clients(unit: Unit, applicatie_id: UUID, client_ids: list[str]) -> None:
    """Each client_id belongs to one applicatie (ac-001). Raises Invalid `clientId-exists`."""
    rows = await unit.session.execute(
        text("SELECT client_id FROM applicatie_client WHERE client_id = ANY(:clients) AND applicatie_id <> :own"),
        {"clients": client_ids, "own": applicatie_id},
    )
    if taken := sorted(row[0] for row in rows):
        raise Invalid.field(
            "clientIds", "clientId-exists", f"Al in gebruik bij een andere applicatie: {', '.join(taken)}."
        )
    await unit.session.execute(text("DELETE FROM applicatie_client WHERE applicatie_id = :own"), {"own": applicatie_id})
    await unit.session.execute(
        text(
            "INSERT INTO applicatie_client (client_id, applicatie_id) "
            "SELECT unnest(cast(:clients AS text[])), cast(:own AS uuid)"
        ),
        {"clients": client_ids, "own": applicatie_id},
    )


def policy_of(row: Applicatie) -> dict[str, Any]:
    """What services must know of an applicatie."""
    return {
        "clientIds": row.client_ids,
        "label": row.label,
        "heeftAlleAutorisaties": row.heeft_alle_autorisaties,
        "alleenIsGereedVoorPublicatie": row.alleen_is_gereed_voor_publicatie,
        "autorisaties": row.autorisaties,
    }


def stored(autorisaties: list[AutorisatieIn]) -> list[dict[str, Any]]:
    """The autorisaties as they are kept: without what is empty."""
    given = [item.model_dump(by_alias=True, mode="json") for item in autorisaties]
    return [{name: value for name, value in item.items() if value or name == "scopes"} for item in given]


async def held(unit: Unit, uuid: UUID) -> Applicatie:
    """The applicatie that will change, with its lock. Raises PermissionDenied or NotFound."""
    unit.caller.require("ac", "autorisaties.bijwerken")
    await one_at_a_time(unit)
    row: Applicatie = await unit.get(APPLICATIE, uuid, lock=True)
    return row


async def save(unit: Unit, row: Applicatie, body: ApplicatieIn, actie: Actie) -> None:
    """Store an applicatie, claim its clients, make it policy and tell."""
    for name in ApplicatieFields.model_fields:
        setattr(row, name, getattr(body, name))
    row.client_ids, row.autorisaties = body.client_ids, stored(body.autorisaties)
    if actie == "create":
        await unit.create(APPLICATIE, row)
    else:
        await unit.change(APPLICATIE, row, action=actie)
    await claim_clients(unit, row.id, body.client_ids)
    await publish(unit, applicatie_key(str(row.id)), policy_of(row))
    announce(unit, row, actie)


def announce(unit: Unit, row: Applicatie, actie: Actie) -> None:
    """The event of a change."""
    kind = {"create": APPLICATIE_AANGEMAAKT, "destroy": APPLICATIE_VERWIJDERD}.get(actie, APPLICATIE_GEWIJZIGD)
    url = unit.url(APPLICATIE, row.id)
    data = ApplicatieData(resource="applicatie", actie=actie, hoofd_object=url, kenmerken={})
    unit.emit(kind, about=row.id, data=data, dataref=url)


# ---- routes


@router.get("/applicaties", response_model=Page[ApplicatieOut], summary="Applicaties opvragen")
async def applicatie_list(
    chosen: Annotated[ApplicatieFilter, Query()], reader: Reading, caller: CurrentCaller
) -> Response:
    """Alle applicaties."""
    caller.require("ac", "autorisaties.lezen")
    return await reader.page(APPLICATIE, select_applicaties(chosen), chosen.page)


@router.post("/applicaties", status_code=201, response_model=ApplicatieOut, summary="Applicatie registreren")
async def applicatie_create(body: ApplicatieIn, unit: UnitOfWork) -> Response:
    """Een nieuwe applicatie met haar rechten."""
    unit.caller.require("ac", "autorisaties.bijwerken")
    check_limits(body.autorisaties, complete=True)
    await one_at_a_time(unit)
    row = Applicatie(label=body.label, client_ids=[], autorisaties=[])
    await save(unit, row, body, "create")
    return unit.respond(APPLICATIE, row, 201)


@router.get(
    "/applicaties/consumer",
    response_model=ApplicatieOut,
    summary="Applicatie bij een client_id",
    responses={404: {"description": "Er is geen applicatie met deze client_id."}},
)
async def applicatie_consumer(
    chosen: Annotated[ConsumerFilter, Query()], reader: Reading, caller: CurrentCaller
) -> Response:
    """De applicatie waar een client_id bij hoort; een client mag zijn eigen applicatie altijd zien."""
    if caller.client_id != chosen.client_id:
        caller.require("ac", "autorisaties.lezen")
    found = await reader.runtime.database.fetch(
        "SELECT applicatie_id FROM applicatie_client WHERE client_id = $1", chosen.client_id
    )
    if not found:
        raise NotFound("Er is geen applicatie met deze client_id.")
    uuid = found[0]["applicatie_id"]
    return reader.one(APPLICATIE, uuid, await reader.row(APPLICATIE, uuid))


@router.get("/applicaties/{uuid}", response_model=ApplicatieOut, summary="Applicatie opvragen")
async def applicatie_read(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Eén applicatie."""
    caller.require("ac", "autorisaties.lezen")
    return reader.one(APPLICATIE, uuid, await reader.row(APPLICATIE, uuid))


@router.put("/applicaties/{uuid}", response_model=ApplicatieOut, summary="Applicatie vervangen")
async def applicatie_update(uuid: UUID, body: ApplicatieIn, unit: UnitOfWork) -> Response:
    """De hele applicatie opnieuw."""
    row = await held(unit, uuid)
    check_limits(body.autorisaties, complete=True)
    await save(unit, row, body, "update")
    return unit.respond(APPLICATIE, row)


@router.patch("/applicaties/{uuid}", response_model=ApplicatieOut, summary="Applicatie wijzigen")
async def applicatie_partial_update(uuid: UUID, body: ApplicatiePatch, unit: UnitOfWork) -> Response:
    """Een deel van de applicatie; wat niet wordt meegestuurd blijft zoals het is."""
    row = await held(unit, uuid)
    changed = body.over(orjson.loads(unit.body(APPLICATIE, row)), ApplicatieIn)
    check_limits(changed.autorisaties, complete="autorisaties" in body.root)
    await save(unit, row, changed, "partial_update")
    return unit.respond(APPLICATIE, row)


@router.delete("/applicaties/{uuid}", status_code=204, summary="Applicatie verwijderen")
async def applicatie_delete(uuid: UUID, unit: UnitOfWork) -> Response:
    """De applicatie en haar rechten; de credentials van haar clients blijven."""
    row = await held(unit, uuid)
    announce(unit, row, "destroy")
    await unit.delete(APPLICATIE, row)
    await publish(unit, applicatie_key(str(uuid)), None)
    return unit.respond_raw(b"", 204)
