"""A bezorginstelling: what an abonnement asks for beyond the standard. Whoever has none is served as the standard says."""

import re
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

import orjson
from fastapi import APIRouter
from pydantic import Field as Documented
from pydantic import field_validator
from sqlalchemy import JSON, LargeBinary
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import CodedValueError, NotFound
from chassis.reading import Reading
from chassis.resource import Fields, In, Out, Partial, Resource, Row
from chassis.unit import Unit
from services.notificaties.queueing import abonnement_changed
from services.notificaties.sending import secret_bytes
from services.notificaties.settings import settings_of
from services.notificaties.subscriptions import note_change
from services.notificaties.target import signing_context

router = APIRouter(tags=["bezorginstellingen"])
LEZEN, BIJWERKEN = "bezorginstellingen.lezen", "bezorginstellingen.bijwerken"


class Modus(StrEnum):
    """Mode of the HTTP binding of CloudEvents."""

    gestructureerd = "gestructureerd"
    binair = "binair"


# ---- fields

Names = Annotated[list[Annotated[str, Documented(min_length=1, max_length=100)]], Documented(max_length=50)]


class BezorginstellingFields(Fields):
    """What table and JSON share."""

    gepauzeerd: bool = Field(
        default=False, description="Of de abonnee nu niets krijgt; alles blijft staan tot hij verder gaat."
    )
    op_volgorde: bool = Field(
        default=False, description="Of berichten over één hoofdobject een voor een en op volgorde worden bezorgd."
    )
    bundel_maximaal: int = Field(
        default=1,
        ge=1,
        le=100,
        description="Hoeveel CloudEvents hoogstens samen in één bericht gaan; 1 is geen bundels.",
    )
    bundel_wachttijd: int = Field(
        default=0, ge=0, le=3600, description="Aantal seconden waarin berichten worden verzameld voordat ze gaan."
    )
    cloudevents_modus: Modus = Field(
        default=Modus.gestructureerd,
        description="CloudEvents als één geheel (gestructureerd), of met hun kenmerken in headers (binair).",
    )
    wacht_hoogstens: int = Field(
        default=60, ge=1, le=7 * 24 * 60, description="Hoeveel minuten hoogstens op wachtOp wordt gewacht."
    )
    contact: str = Field(default="", max_length=254, description="E-mailadres voor waarschuwingen over de bezorging.")


class Bezorginstelling(BezorginstellingFields, Row, table=True):
    """Table of bezorginstellingen, by the id of their abonnement; secrets of the signature are sealed."""

    cloudevents_modus: str = Modus.gestructureerd  # type: ignore[assignment]
    acties: list[str] = Field(default_factory=list, sa_type=JSON)
    resources: list[str] = Field(default_factory=list, sa_type=JSON)
    wacht_op: list[str] = Field(default_factory=list, sa_type=JSON)
    ondertekening: bytes = Field(default=b"", sa_type=LargeBinary)


class BezorginstellingIn(In, BezorginstellingFields):
    """A whole bezorginstelling."""

    acties: Names = Documented(
        default_factory=list, description="Alleen berichten met deze acties; leeg is alle acties."
    )
    resources: Names = Documented(
        default_factory=list, description="Alleen berichten over deze resources; leeg is alle."
    )
    wacht_op: Names = Documented(
        default_factory=list,
        description="Resources die er moeten zijn voordat een nieuw hoofdobject wordt gemeld, bijvoorbeeld status en rol.",
    )
    ondertekeningssleutels: (
        Annotated[list[Annotated[str, Documented(max_length=100)]], Documented(max_length=2)] | None
    ) = Documented(
        default=None,
        description="Sleutels (whsec_…) waarmee berichten worden ondertekend volgens Standard Webhooks; twee om te "
        "wisselen. Worden nooit teruggegeven; zonder dit veld blijven ze zoals ze zijn.",
    )

    @field_validator("ondertekeningssleutels")
    @classmethod
    def _secrets(cls, value: list[str] | None) -> list[str] | None:
        for text in value or ():
            try:
                secret_bytes(text)
            except ValueError as error:
                raise CodedValueError("invalid", "Een sleutel is whsec_ met 24 tot 64 bytes in base64.") from error
        return value

    @field_validator("contact")
    @classmethod
    def _address(cls, value: str) -> str:
        return check_address(value)


class BezorginstellingPatch(Partial):
    """Any part of a bezorginstelling."""

    whole: ClassVar[type[In]] = BezorginstellingIn


class BezorginstellingOut(Out, BezorginstellingFields):
    """A bezorginstelling as answered: whether it signs, not with what."""

    url: str = Documented(description="URL van deze instelling.")
    abonnement: str = Documented(description="URL van het abonnement.")
    acties: Names = Documented(description="Alleen berichten met deze acties; leeg is alle acties.")
    resources: Names = Documented(description="Alleen berichten over deze resources; leeg is alle.")
    wacht_op: Names = Documented(description="Resources die er moeten zijn voordat een nieuw hoofdobject wordt gemeld.")
    ondertekend: bool = Documented(description="Of berichten worden ondertekend.")


async def render(unit: Unit, row: Bezorginstelling) -> BezorginstellingOut:
    """The JSON of a bezorginstelling."""
    return shown(row, unit.public_url)


def shown(row: Bezorginstelling, public_url: str) -> BezorginstellingOut:
    """The same, outside a unit of work."""
    return BezorginstellingOut(
        **row.model_dump(include=set(BezorginstellingFields.model_fields)),
        acties=row.acties,
        resources=row.resources,
        wacht_op=row.wacht_op,
        url=BEZORGINSTELLING.url(public_url, row.id),
        abonnement=f"{public_url}/notificaties/api/v1/abonnement/{row.id}",
        ondertekend=bool(row.ondertekening),
    )


BEZORGINSTELLING = Resource("bezorginstelling", Bezorginstelling, "bezorging", "/bezorginstellingen", render)

# ---- rules

_ADDRESS = re.compile(r"""[^@\s"(),:;<>\[\\\]]{1,64}@[^@\s"(),:;<>\[\\\].]+(\.[^@\s"(),:;<>\[\\\].]+)+""")
"""One address and nothing that means more in a header of a mail."""


def check_address(value: str) -> str:
    """The address itself when it can be one, or is empty. Raises CodedValueError `invalid`."""
    if value and not (value.isprintable() and _ADDRESS.fullmatch(value)):
        raise CodedValueError("invalid", "Dit is geen geldig e-mailadres.")
    return value


async def present(unit: Unit, uuid: UUID) -> tuple[Bezorginstelling, bool]:
    """The bezorginstelling of an abonnement and whether it is stored; the standard's when not. Raises NotFound."""
    connection = await unit.connection()
    if await connection.fetchval("SELECT id FROM abonnement WHERE id = $1 FOR UPDATE", uuid) is None:
        raise NotFound
    stored: Bezorginstelling | None = await unit.look_up(BEZORGINSTELLING, uuid, lock=True)
    return stored or Bezorginstelling(id=uuid), stored is not None


async def save(unit: Unit, uuid: UUID, body: BezorginstellingIn, row: Bezorginstelling, *, known: bool) -> None:
    """Store it; the next delivery goes by it. Who was paused gets the whole term again for what was saved up."""
    resumed = row.gepauzeerd and not body.gepauzeerd
    for name, value in body.model_dump(exclude={"ondertekeningssleutels"}).items():
        setattr(row, name, value)
    if body.ondertekeningssleutels is not None:
        row.ondertekening = _sealed(unit, uuid, body.ondertekeningssleutels)
    await (unit.change if known else unit.create)(BEZORGINSTELLING, row)
    if resumed:
        connection = await unit.connection()
        await connection.execute(
            "UPDATE aflevering SET vervalt_op = greatest(vervalt_op, $2) WHERE abonnement_id = $1 AND status = 'wacht'",
            uuid,
            unit.at + settings_of(unit.runtime).webhook_term,
        )
    await note_change(unit, uuid)
    unit.after_commit(lambda: abonnement_changed(unit.runtime, uuid))


def _sealed(unit: Unit, uuid: UUID, texts: list[str]) -> bytes:
    if not texts:
        return b""
    secrets = [secret_bytes(text).hex() for text in texts]
    return unit.runtime.keyring.seal(orjson.dumps(secrets), signing_context(uuid))


# ---- routes


@router.get("/bezorginstellingen/{uuid}", response_model=BezorginstellingOut, summary="Bezorginstelling opvragen")
async def bezorginstelling_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """De bezorginstelling van het abonnement met dit id; zonder eigen instelling die van de standaard."""
    caller.require("nrc", LEZEN)
    rows = await reader.runtime.database.fetch(
        "SELECT b.representation, b.etag FROM abonnement a LEFT JOIN bezorginstelling b USING (id) WHERE id = $1", uuid
    )
    if not rows:
        raise NotFound
    if rows[0]["representation"] is not None:
        return reader.one(BEZORGINSTELLING, uuid, rows[0])
    plain = shown(Bezorginstelling(id=uuid), reader.runtime.settings.public_url)
    return reader.answer(plain.model_dump_json(by_alias=True).encode())


@router.put("/bezorginstellingen/{uuid}", response_model=BezorginstellingOut, summary="Bezorginstelling vervangen")
async def bezorginstelling_update(uuid: UUID, body: BezorginstellingIn, unit: UnitOfWork) -> Response:
    """De hele bezorginstelling; wat ontbreekt wordt zoals de standaard is."""
    unit.caller.require("nrc", BIJWERKEN)
    row, known = await present(unit, uuid)
    await save(unit, uuid, body, row, known=known)
    return unit.respond(BEZORGINSTELLING, row)


@router.patch("/bezorginstellingen/{uuid}", response_model=BezorginstellingOut, summary="Bezorginstelling wijzigen")
async def bezorginstelling_partial_update(uuid: UUID, body: BezorginstellingPatch, unit: UnitOfWork) -> Response:
    """Een deel van de bezorginstelling, bijvoorbeeld alleen `gepauzeerd`."""
    unit.caller.require("nrc", BIJWERKEN)
    row, known = await present(unit, uuid)
    whole = body.over(shown(row, unit.public_url).model_dump(mode="json", by_alias=True), BezorginstellingIn)
    await save(unit, uuid, whole, row, known=known)
    return unit.respond(BEZORGINSTELLING, row)
