"""A toegang: how we make ourselves known to a subscriber that wants more than a fixed Authorization value.

OAuth 2.0 client credentials (a token instead of that value), and mutual TLS: a certificate of ours, and an authority of the
subscriber's that we trust. Secrets are sealed and never answered.
"""

import ssl
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from cryptography import x509
from fastapi import APIRouter
from pydantic import Field as Documented
from pydantic import field_validator, model_validator
from sqlalchemy import JSON, LargeBinary
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import CodedValueError, NotFound
from chassis.reading import Reading
from chassis.resource import Fields, In, Out, Resource, Row
from chassis.unit import Unit
from services.notificaties.credentials import access_context, client_context
from services.notificaties.queueing import abonnement_changed
from services.notificaties.subscriptions import note_change
from services.notificaties.webadres import Url

router = APIRouter(tags=["toegangen"])
LEZEN, BIJWERKEN = "bezorginstellingen.lezen", "bezorginstellingen.bijwerken"
LONGEST_PEM = 20_000
KEY = "PRIVATE KEY-----"
"""In a certificate, which is shown, this may not stand: people have both in one file."""

# ---- fields

Pem = Annotated[str, Documented(min_length=1, max_length=LONGEST_PEM)]


class Oauth2Fields(Fields):
    """Client credentials, RFC 6749 section 4.4."""

    token_url: Url = Documented(max_length=1000, description="URL waar een token wordt gehaald.")
    client_id: str = Documented(min_length=1, max_length=255, description="Naam waaronder de abonnee ons kent.")
    scope: str = Documented(default="", max_length=500, description="Gevraagde scope; leeg is geen.")


class Oauth2In(In, Oauth2Fields):
    """With its secret."""

    client_secret: str = Documented(min_length=1, max_length=500, description="Geheim. Wordt nooit teruggegeven.")


class Oauth2Out(Out, Oauth2Fields):
    """Without its secret."""


class CertificaatIn(In):
    """A certificate of ours with its key."""

    certificaat: Pem = Documented(description="Certificaat met zijn keten, als PEM.")
    sleutel: Pem = Documented(description="Privésleutel zonder wachtwoord, als PEM. Wordt nooit teruggegeven.")

    @model_validator(mode="after")
    def _pair(self) -> "CertificaatIn":
        if KEY in self.certificaat:
            raise CodedValueError("invalid", "Hierin staat een privésleutel. Die hoort bij sleutel.", "certificaat")
        try:
            client_context(self.certificaat, self.sleutel, "")
            x509.load_pem_x509_certificate(self.certificaat.encode())
        except (ssl.SSLError, ValueError) as error:
            raise CodedValueError("invalid", "Certificaat en sleutel horen niet bij elkaar.", "certificaat") from error
        return self


class CertificaatOut(Out):
    """A certificate of ours."""

    certificaat: str = Documented(description="Certificaat met zijn keten, als PEM.")
    geldig_tot: datetime = Documented(description="Wanneer het certificaat verloopt.")


class Toegang(Row, table=True):
    """Table of toegangen, by the id of their abonnement; `geheimen` is sealed."""

    oauth2: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    certificaat: str = ""
    servercertificaat: str = ""
    geheimen: bytes = Field(default=b"", sa_type=LargeBinary)


class ToegangIn(In):
    """A whole toegang."""

    oauth2: Oauth2In | None = Documented(default=None, description="OAuth 2.0; leeg is het vaste Authorization.")
    certificaat: CertificaatIn | None = Documented(default=None, description="Ons certificaat; leeg is geen.")
    servercertificaat: Annotated[str, Documented(max_length=LONGEST_PEM)] = Documented(
        default="",
        description="Certificaten die de server van de abonnee mag hebben getekend, als PEM; leeg is de gewone.",
    )

    @field_validator("servercertificaat")
    @classmethod
    def _authority(cls, value: str) -> str:
        if KEY in value:
            raise CodedValueError("invalid", "Hierin staat een privésleutel.")
        try:
            client_context("", "", value)
        except (ssl.SSLError, ValueError, TypeError) as error:  # the last for what is no ASCII
            raise CodedValueError("invalid", "Dit zijn geen certificaten in PEM.") from error
        return value


class ToegangOut(Out):
    """A toegang as answered: without secrets."""

    url: str = Documented(description="URL van deze toegang.")
    abonnement: str = Documented(description="URL van het abonnement.")
    oauth2: Oauth2Out | None = Documented(description="OAuth 2.0; leeg is het vaste Authorization.")
    certificaat: CertificaatOut | None = Documented(description="Ons certificaat; leeg is geen.")
    servercertificaat: str = Documented(description="Uitgevers die wij voor deze abonnee ook vertrouwen.")


async def render(unit: Unit, row: Toegang) -> ToegangOut:
    """The JSON of a toegang."""
    certificaat = None
    if row.certificaat:
        first = x509.load_pem_x509_certificate(row.certificaat.encode())
        certificaat = CertificaatOut(certificaat=row.certificaat, geldig_tot=first.not_valid_after_utc)
    return ToegangOut(
        url=unit.url(TOEGANG, row.id),
        abonnement=f"{unit.public_url}/notificaties/api/v1/abonnement/{row.id}",
        oauth2=Oauth2Out(**row.oauth2) if row.oauth2 else None,
        certificaat=certificaat,
        servercertificaat=row.servercertificaat,
    )


TOEGANG = Resource("toegang", Toegang, "bezorging", "/toegangen", render)

# ---- rules


def secrets_of(body: ToegangIn) -> dict[str, str]:
    """What is kept sealed."""
    return {
        "oauth2": body.oauth2.client_secret if body.oauth2 else "",
        "sleutel": body.certificaat.sleutel if body.certificaat else "",
    }


def public_of(body: ToegangIn) -> dict[str, Any]:
    """What is kept as it is."""
    return {
        "oauth2": body.oauth2.model_dump(exclude={"client_secret"}) if body.oauth2 else None,
        "certificaat": body.certificaat.certificaat if body.certificaat else "",
        "servercertificaat": body.servercertificaat,
    }


async def save(unit: Unit, uuid: UUID, body: ToegangIn) -> Toegang:
    """Store it; the next call goes by it. Raises NotFound when there is no such abonnement."""
    connection = await unit.connection()
    if await connection.fetchval("SELECT id FROM abonnement WHERE id = $1 FOR UPDATE", uuid) is None:
        raise NotFound
    stored: Toegang | None = await unit.look_up(TOEGANG, uuid, lock=True)
    row = stored or Toegang(id=uuid)
    for name, value in public_of(body).items():
        setattr(row, name, value)
    secrets = secrets_of(body)
    row.geheimen = unit.runtime.keyring.seal(orjson.dumps(secrets), access_context(uuid))
    await (unit.change if stored else unit.create)(TOEGANG, row)
    await note_change(unit, uuid)
    unit.after_commit(lambda: abonnement_changed(unit.runtime, uuid))
    return row


# ---- routes


@router.get("/toegangen/{uuid}", response_model=ToegangOut, summary="Toegang opvragen")
async def toegang_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """De toegang voor het abonnement met dit id."""
    caller.require("nrc", LEZEN)
    return reader.one(TOEGANG, uuid, await reader.row(TOEGANG, uuid))


@router.put("/toegangen/{uuid}", response_model=ToegangOut, summary="Toegang vastleggen")
async def toegang_update(uuid: UUID, body: ToegangIn, unit: UnitOfWork) -> Response:
    """De hele toegang, met de geheimen."""
    unit.caller.require("nrc", BIJWERKEN)
    return unit.respond(TOEGANG, await save(unit, uuid, body))


@router.delete("/toegangen/{uuid}", status_code=204, summary="Toegang verwijderen")
async def toegang_delete(uuid: UUID, unit: UnitOfWork) -> Response:
    """Vanaf nu geldt weer het vaste Authorization van het abonnement."""
    unit.caller.require("nrc", BIJWERKEN)
    row = await unit.get(TOEGANG, uuid, lock=True)
    await unit.delete(TOEGANG, row)
    await note_change(unit, uuid)
    unit.after_commit(lambda: abonnement_changed(unit.runtime, uuid))
    return Response(status_code=204)
