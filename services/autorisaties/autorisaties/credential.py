"""A credential: the secrets with which a client signs its tokens. Our own addition to the Autorisaties API.

A credential belongs to a client_id, not to an applicatie, and survives the applicatie. A secret is shown once, when it
is made, and never again; it is stored sealed and leaves the service only sealed.
"""

import secrets
from datetime import datetime
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Query
from pydantic import Field as Documented
from sqlalchemy import DateTime, LargeBinary, select
from sqlmodel import Field
from starlette.responses import Response

from chassis import clock
from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.policy import credential_key
from chassis.problems import Conflict
from chassis.reading import Filter, Page, Reading, Selection
from chassis.resource import Fields, In, Out, Resource, Row
from chassis.unit import Unit, first
from services.autorisaties.publicatie import one_at_a_time, publish

router = APIRouter(tags=["credentials"])

# ---- fields


class CredentialFields(Fields):
    """What table and JSON share."""

    client_id: str = Field(min_length=1, max_length=50, description="De client_id waar het geheim bij hoort.")


class Credential(CredentialFields, Row, table=True):
    """Table of credentials; `secrets` is a sealed JSON list, newest first."""

    secrets: bytes = Field(sa_type=LargeBinary)
    geroteerd_op: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class CredentialIn(In, CredentialFields):
    """A new credential; without `secret` one is made."""

    secret: str | None = Documented(
        default=None, strict=True, min_length=16, max_length=255, description="Het geheim; leeg: wij maken er een."
    )


class CredentialOut(Out, CredentialFields):
    """A credential as answered: never with its secret."""

    url: str = Documented(description="URL van dit credential.")
    aantal_geheimen: int = Documented(description="Hoeveel geheimen nu gelden: twee tijdens een wissel.")
    geroteerd_op: datetime | None = Documented(description="Wanneer er voor het laatst een geheim bij kwam.")


class CredentialMetGeheim(CredentialOut):
    """A credential with its newest secret: only in the answer that made it."""

    secret: str = Documented(description="Het geheim. Dit is de enige keer dat u het ziet.")


async def render(unit: Unit, row: Credential) -> CredentialOut:
    """The JSON of a credential."""
    return CredentialOut(
        url=unit.url(CREDENTIAL, row.id),
        client_id=row.client_id,
        aantal_geheimen=len(opened(unit, row)),
        geroteerd_op=row.geroteerd_op,
    )


CREDENTIAL = Resource("credential", Credential, "autorisaties", "/credentials", render)


# ---- filter


class CredentialFilter(Filter):
    """Query parameters of the list."""


# ---- rules


def sealed(unit: Unit, row_id: UUID, values: list[str]) -> bytes:
    """Secrets as they are stored."""
    return unit.runtime.keyring.seal(orjson.dumps(values), f"credential-secrets:{row_id}")


def opened(unit: Unit, row: Credential) -> list[str]:
    """The secrets of a credential, newest first."""
    values: list[str] = orjson.loads(unit.runtime.keyring.open(row.secrets, f"credential-secrets:{row.id}"))
    return values


async def save(unit: Unit, row: Credential, values: list[str], *, new: bool) -> None:
    """Store the secrets of a client and make them policy."""
    row.secrets = sealed(unit, row.id, values)
    await (unit.create if new else unit.change)(CREDENTIAL, row)
    await publish(unit, credential_key(row.client_id), {"clientId": row.client_id, "secrets": values})


async def credential_of(unit: Unit, client_id: str) -> Credential | None:
    """The credential of a client."""
    row: Credential | None = await first(unit, select(Credential).filter_by(client_id=client_id).with_for_update())
    return row


async def held(unit: Unit, uuid: UUID) -> Credential:
    """The credential that will change, with its lock. Raises PermissionDenied or NotFound."""
    unit.caller.require("ac", "autorisaties.bijwerken")
    await one_at_a_time(unit)
    row: Credential = await unit.get(CREDENTIAL, uuid, lock=True)
    return row


def with_secret(unit: Unit, row: Credential, status: int, secret: str) -> Response:
    """The answer that shows a new secret."""
    shown = CredentialMetGeheim(
        url=unit.url(CREDENTIAL, row.id),
        client_id=row.client_id,
        aantal_geheimen=len(opened(unit, row)),
        geroteerd_op=row.geroteerd_op,
        secret=secret,
    )
    return unit.respond_raw(shown.model_dump_json(by_alias=True).encode(), status)


# ---- routes


@router.get("/credentials", response_model=Page[CredentialOut], summary="Credentials opvragen")
async def credential_list(
    chosen: Annotated[CredentialFilter, Query()], reader: Reading, caller: CurrentCaller
) -> Response:
    """Alle credentials, zonder hun geheimen."""
    caller.require("ac", "autorisaties.lezen")
    return await reader.page(CREDENTIAL, Selection(), chosen.page)


@router.post("/credentials", status_code=201, response_model=CredentialMetGeheim, summary="Credential maken")
async def credential_create(body: CredentialIn, unit: UnitOfWork) -> Response:
    """Een geheim voor een client; het staat alleen in dit antwoord."""
    unit.caller.require("ac", "autorisaties.bijwerken")
    await one_at_a_time(unit)
    if await credential_of(unit, body.client_id) is not None:
        raise Conflict("credential-bestaat", "Deze client heeft al een credential. Wissel het geheim.")
    secret = body.secret or secrets.token_urlsafe(32)
    row = Credential(client_id=body.client_id, secrets=b"")
    await save(unit, row, [secret], new=True)
    return with_secret(unit, row, 201, secret)


@router.get("/credentials/{uuid}", response_model=CredentialOut, summary="Credential opvragen")
async def credential_read(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Eén credential, zonder geheim."""
    caller.require("ac", "autorisaties.lezen")
    return reader.one(CREDENTIAL, uuid, await reader.row(CREDENTIAL, uuid))


@router.post(
    "/credentials/{uuid}/rotaties", status_code=201, response_model=CredentialMetGeheim, summary="Geheim wisselen"
)
async def credential_rotate(uuid: UUID, unit: UnitOfWork) -> Response:
    """Een nieuw geheim; het vorige blijft gelden tot de wissel is afgerond."""
    row = await held(unit, uuid)
    secret = secrets.token_urlsafe(32)
    row.geroteerd_op = clock.now()
    await save(unit, row, [secret, opened(unit, row)[0]], new=False)
    return with_secret(unit, row, 201, secret)


@router.delete("/credentials/{uuid}/rotaties", status_code=204, summary="Wissel afronden")
async def credential_rotation_finish(uuid: UUID, unit: UnitOfWork) -> Response:
    """Alleen het nieuwste geheim geldt nog."""
    row = await held(unit, uuid)
    await save(unit, row, opened(unit, row)[:1], new=False)
    return unit.respond_raw(b"", 204)


@router.delete("/credentials/{uuid}", status_code=204, summary="Credential intrekken")
async def credential_delete(uuid: UUID, unit: UnitOfWork) -> Response:
    """Tokens van deze client gelden niet meer."""
    row = await held(unit, uuid)
    await unit.delete(CREDENTIAL, row)
    await publish(unit, credential_key(row.client_id), None)
    return unit.respond_raw(b"", 204)
