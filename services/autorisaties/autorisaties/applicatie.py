"""An applicatie: one or more clients and what they may do, per component."""

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field as Documented
from pydantic import ValidationError, field_validator, model_validator
from sqlalchemy import JSON, text
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.policy import applicatie_key
from chassis.problems import CodedValueError, Invalid, NotFound, fields_of
from chassis.reading import Filter, Page, Reading, Selection
from chassis.resource import Fields, In, Out, Patch, Resource, Row
from chassis.unit import Unit
from services.autorisaties.events import (
    APPLICATIE_AANGEMAAKT,
    APPLICATIE_GEWIJZIGD,
    APPLICATIE_VERWIJDERD,
    ApplicatieData,
)
from services.autorisaties.publicatie import publish

router = APIRouter(tags=["applicaties"])


class Component(StrEnum):
    """Component an autorisatie is about: those of the ZGW standard and our own APIs."""

    ac = "ac"
    nrc = "nrc"
    zrc = "zrc"
    ztc = "ztc"
    drc = "drc"
    brc = "brc"
    klanten = "klanten"
    verhuizingen = "verhuizingen"
    meldingen = "meldingen"


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


# ---- fields


class AutorisatieIn(In):
    """Scopes on one component, and within which types, afdeling or ploeg."""

    component: Component = Documented(description="Component waarvoor de scopes gelden.")
    scopes: list[Annotated[str, Documented(max_length=100)]] = Documented(description="Scopes binnen het component.")
    zaaktype: str | None = Documented(default=None, max_length=1000, description="URL van het zaaktype (zrc).")
    informatieobjecttype: str | None = Documented(default=None, max_length=1000, description="URL van het type (drc).")
    besluittype: str | None = Documented(default=None, max_length=1000, description="URL van het besluittype (brc).")
    max_vertrouwelijkheidaanduiding: Vertrouwelijkheidaanduiding | None = Documented(
        default=None, description="Hoogste vertrouwelijkheid die de applicatie mag zien (zrc en drc)."
    )
    afdeling: str | None = Documented(
        default=None, min_length=1, max_length=60, description="Alleen deze afdeling (eigen API's)."
    )
    ploeg: str | None = Documented(
        default=None, min_length=1, max_length=60, description="Alleen deze ploeg (eigen API's)."
    )


class ApplicatieFields(Fields):
    """What table and JSON share."""

    label: str = Field(max_length=100, min_length=1, description="Naam van de applicatie, voor mensen.")
    heeft_alle_autorisaties: bool = Field(default=False, description="Of de applicatie alles mag.")


class Applicatie(ApplicatieFields, Row, table=True):
    """Table of applicaties; `applicatie_client` keeps a client_id with one of them."""

    client_ids: list[str] = Field(sa_type=JSON)
    autorisaties: list[dict[str, Any]] = Field(sa_type=JSON)


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


class ApplicatiePatch(Patch):
    """Any part of an applicatie."""

    label: str | None = Documented(default=None, min_length=1, max_length=100)
    heeft_alle_autorisaties: bool | None = None
    client_ids: list[Annotated[str, Documented(min_length=1, max_length=50)]] | None = None
    autorisaties: list[AutorisatieIn] | None = None


class ApplicatieOut(Out, ApplicatieFields):
    """An applicatie as answered."""

    url: str = Documented(description="URL van deze applicatie.")
    client_ids: list[str] = Documented(description="De client_id's van de applicatie.")
    autorisaties: list[dict[str, Any]] = Documented(description="De rechten, per component.")


async def render(unit: Unit, row: Applicatie) -> ApplicatieOut:
    """The JSON of an applicatie."""
    return ApplicatieOut(
        url=unit.url(APPLICATIE, row.id),
        client_ids=row.client_ids,
        label=row.label,
        heeft_alle_autorisaties=row.heeft_alle_autorisaties,
        autorisaties=row.autorisaties,
    )


APPLICATIE = Resource("applicatie", Applicatie, "autorisaties", "/applicaties", render)


# ---- filter


class ApplicatieFilter(Filter):
    """Query parameters of the list."""

    client_ids: str | None = Documented(default=None, description="Client_id's, gescheiden door komma's.")


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


def changed(present: ApplicatieOut, body: ApplicatiePatch) -> ApplicatieIn:
    """The whole applicatie after a change. Raises Invalid when it breaks a rule of the whole."""
    try:
        return ApplicatieIn.model_validate(present.model_dump() | body.model_dump(exclude_unset=True))
    except ValidationError as error:
        raise Invalid(fields_of(error.errors())) from error


def policy_of(row: Applicatie) -> dict[str, Any]:
    """What services must know of an applicatie."""
    return {
        "clientIds": row.client_ids,
        "label": row.label,
        "heeftAlleAutorisaties": row.heeft_alle_autorisaties,
        "autorisaties": row.autorisaties,
    }


def stored(autorisaties: list[AutorisatieIn]) -> list[dict[str, Any]]:
    """Autorisaties as they are kept and shown: only what was given."""
    return [item.model_dump(mode="json", by_alias=True, exclude_none=True) for item in autorisaties]


async def save(unit: Unit, row: Applicatie, body: ApplicatieIn, *, new: bool) -> None:
    """Store an applicatie, announce it and make it policy."""
    row.label, row.heeft_alle_autorisaties = body.label, body.heeft_alle_autorisaties
    row.client_ids, row.autorisaties = body.client_ids, stored(body.autorisaties)
    await (unit.create if new else unit.change)(APPLICATIE, row)
    await claim_clients(unit, row.id, body.client_ids)
    await publish(unit, applicatie_key(str(row.id)), policy_of(row))
    announce(unit, row, "create" if new else "update")


def announce(unit: Unit, row: Applicatie, actie: str) -> None:
    """The event of a change."""
    kind = {"create": APPLICATIE_AANGEMAAKT, "update": APPLICATIE_GEWIJZIGD, "destroy": APPLICATIE_VERWIJDERD}[actie]
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
    row = Applicatie(label=body.label, client_ids=[], autorisaties=[])
    await save(unit, row, body, new=True)
    return unit.respond(APPLICATIE, row, 201)


@router.get("/applicaties/consumer", response_model=ApplicatieOut, summary="Applicatie bij een client_id")
async def applicatie_consumer(
    client_id: Annotated[str, Query(alias="clientId", description="De client_id.")],
    reader: Reading,
    caller: CurrentCaller,
) -> Response:
    """De applicatie waar een client_id bij hoort; een client mag zijn eigen applicatie altijd zien."""
    if caller.client_id != client_id:
        caller.require("ac", "autorisaties.lezen")
    found = await reader.runtime.database.fetch(
        "SELECT applicatie_id FROM applicatie_client WHERE client_id = $1", client_id
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
    unit.caller.require("ac", "autorisaties.bijwerken")
    row = await unit.get(APPLICATIE, uuid, lock=True)
    await save(unit, row, body, new=False)
    return unit.respond(APPLICATIE, row)


@router.patch("/applicaties/{uuid}", response_model=ApplicatieOut, summary="Applicatie wijzigen")
async def applicatie_partial_update(uuid: UUID, body: ApplicatiePatch, unit: UnitOfWork) -> Response:
    """Een deel van de applicatie."""
    unit.caller.require("ac", "autorisaties.bijwerken")
    row = await unit.get(APPLICATIE, uuid, lock=True)
    await save(unit, row, changed(await render(unit, row), body), new=False)
    return unit.respond(APPLICATIE, row)


@router.delete("/applicaties/{uuid}", status_code=204, summary="Applicatie verwijderen")
async def applicatie_delete(uuid: UUID, unit: UnitOfWork) -> Response:
    """De applicatie en haar rechten; de credentials van haar clients blijven."""
    unit.caller.require("ac", "autorisaties.bijwerken")
    row = await unit.get(APPLICATIE, uuid, lock=True)
    announce(unit, row, "destroy")
    await unit.delete(APPLICATIE, row)
    await publish(unit, applicatie_key(str(uuid)), None)
    return unit.respond_raw(b"", 204)
