"""A partij: somebody or some organisation the municipality deals with, known by an own id that may leave the service."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field as Documented
from pydantic import model_validator
from sqlalchemy import UniqueConstraint, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import CodedValueError, Conflict
from chassis.reading import Page, Reading, Selection
from chassis.resource import Fields, In, Out, Resource, Row, new_id
from chassis.unit import Unit, first
from services.klanten.burgerservicenummer import passes_elfproef
from services.klanten.events import PARTIJ_AANGEMAAKT, PartijData

router = APIRouter(tags=["partijen"])


class SoortPartij(StrEnum):
    """What kind of partij."""

    persoon = "persoon"
    organisatie = "organisatie"


class CodeObjecttype(StrEnum):
    """What kind of object the identificator identifies."""

    natuurlijk_persoon = "natuurlijk_persoon"
    niet_natuurlijk_persoon = "niet_natuurlijk_persoon"


class CodeSoortObjectId(StrEnum):
    """What kind of number the identificator is."""

    bsn = "bsn"
    rsin = "rsin"
    kvk_nummer = "kvk_nummer"


class CodeRegister(StrEnum):
    """The register the number comes from."""

    brp = "brp"
    hr = "hr"


COMBINATIES = {
    "bsn": ("natuurlijk_persoon", "brp", "persoon"),
    "rsin": ("niet_natuurlijk_persoon", "hr", "organisatie"),
    "kvk_nummer": ("niet_natuurlijk_persoon", "hr", "organisatie"),
}
"""Per kind of number the only object type, register and kind of partij it goes with."""


# ---- fields


class Partijidentificator(In):
    """The number by which a register knows a partij. Sealed at rest; looked up by a blind index."""

    code_objecttype: CodeObjecttype = Documented(description="Soort object.")
    code_soort_object_id: CodeSoortObjectId = Documented(description="Soort nummer.")
    object_id: str = Documented(max_length=200, description="Het nummer.")
    code_register: CodeRegister = Documented(description="Register waar het nummer uit komt.")

    @model_validator(mode="after")
    def _fits(self) -> "Partijidentificator":
        check_identificator(self)
        return self


class PartijFields(Fields):
    """What table and JSON share."""

    soort_partij: str = Field(max_length=20, description="Persoon of organisatie.")
    indicatie_actief: bool = Field(default=True, description="Of de gemeente met deze partij te maken heeft.")
    indicatie_geheimhouding: bool = Field(default=False, description="Of gegevens niet aan derden mogen.")


class Partij(PartijFields, Row, table=True):
    """Table of partijen; the number itself only stands in sealed bytes."""

    __table_args__ = (UniqueConstraint("code_soort_object_id", "object_id_index", name="partij_identificator"),)

    code_soort_object_id: str = Field(max_length=20)
    object_id_index: bytes
    inhoud: bytes
    """The identificator, sealed."""


class PartijIn(In):
    """A partij to register; the same identificator always gives the same partij."""

    soort_partij: SoortPartij = Documented(description="Persoon of organisatie.")
    partij_identificator: Partijidentificator = Documented(description="Nummer waarmee een register de partij kent.")
    indicatie_geheimhouding: bool = Documented(default=False, description="Of gegevens niet aan derden mogen.")

    @model_validator(mode="after")
    def _fits(self) -> "PartijIn":
        if COMBINATIES[self.partij_identificator.code_soort_object_id][2] != self.soort_partij:
            raise CodedValueError(
                "identificator-combinatie", "Dit nummer hoort niet bij deze soort partij.", "soortPartij"
            )
        return self


class PartijZoek(In):
    """What to look for; in the body, so that no number stands in a URL."""

    partij_identificator: Partijidentificator = Documented(description="Nummer waarmee een register de partij kent.")


class PartijOut(Out, PartijFields):
    """A partij as answered, to those who may read partijen."""

    url: str = Documented(description="URL van deze partij.")
    uuid: UUID = Documented(description="Eigen identificatie van de partij.")
    partij_identificator: Partijidentificator = Documented(description="Nummer waarmee een register de partij kent.")


async def render(unit: Unit, row: Partij) -> PartijOut:
    """The JSON of a partij."""
    plain = unit.runtime.keyring.open(row.inhoud, f"partij-inhoud:{row.id}")
    return PartijOut(
        url=unit.url(PARTIJ, row.id),
        uuid=row.id,
        partij_identificator=Partijidentificator.model_validate_json(plain),
        soort_partij=row.soort_partij,
        indicatie_actief=row.indicatie_actief,
        indicatie_geheimhouding=row.indicatie_geheimhouding,
    )


PARTIJ = Resource("partij", Partij, "klanten", "/partijen", render, sealed=True)


# ---- filter


def select_partijen(identificator: Partijidentificator, index: bytes) -> Selection:
    """The partij with this identificator, if there is one."""
    return Selection().where(
        "code_soort_object_id = {} AND object_id_index = {}", str(identificator.code_soort_object_id), index
    )


# ---- rules


def check_identificator(identificator: Partijidentificator) -> None:
    """The four codes belong together and the number is well formed. Raises CodedValueError, never with the number."""
    objecttype, register, _ = COMBINATIES[identificator.code_soort_object_id]
    if (identificator.code_objecttype, identificator.code_register) != (objecttype, register):
        raise CodedValueError("identificator-combinatie", "Deze codes horen niet bij elkaar.", "codeSoortObjectId")
    number = identificator.object_id
    if identificator.code_soort_object_id == "kvk_nummer":
        if not (len(number) == 8 and number.isascii() and number.isdigit()):
            raise CodedValueError("kvk-nummer-ongeldig", "Een KvK-nummer heeft acht cijfers.", "objectId")
    elif not passes_elfproef(number):
        code = identificator.code_soort_object_id
        raise CodedValueError(f"{code}-ongeldig", f"Dit is geen geldig {code.upper()}.", "objectId")


def index_of(unit: Unit, identificator: Partijidentificator) -> bytes:
    """Blind index of the number: for a BSN the same one as everywhere else in this service."""
    return unit.runtime.keyring.index(identificator.object_id, str(identificator.code_soort_object_id))


async def get_or_create(unit: Unit, wanted: PartijIn) -> tuple[Partij, bool]:
    """The partij with this identificator, and whether it is new. Of two at once, one makes it and the other finds it."""
    identificator = wanted.partij_identificator
    index = index_of(unit, identificator)
    known = await _find(unit, identificator, index)
    if known is not None:
        return known, False
    row_id = new_id()
    row = Partij(
        id=row_id,
        soort_partij=wanted.soort_partij,
        indicatie_geheimhouding=wanted.indicatie_geheimhouding,
        code_soort_object_id=identificator.code_soort_object_id,
        object_id_index=index,
        inhoud=unit.runtime.keyring.seal(identificator.model_dump_json().encode(), f"partij-inhoud:{row_id}"),
    )
    try:
        async with unit.session.begin_nested():
            await unit.create(PARTIJ, row)
    except IntegrityError:
        known = await _find(unit, identificator, index)
        if known is None:
            raise
        return known, False
    data = PartijData(partij=row.id, soort_partij=row.soort_partij)
    unit.emit(PARTIJ_AANGEMAAKT, about=row.id, data=data, dataref=unit.url(PARTIJ, row.id))
    return row, True


async def persons(unit: Unit, bsns: list[str]) -> dict[str, UUID]:
    """The partij of each person, by BSN; who is not known yet is registered. In a fixed order, so nobody waits crosswise."""
    index = unit.runtime.keyring.index
    return {
        bsn: (await get_or_create(unit, person(bsn)))[0].id
        for bsn in sorted(set(bsns), key=lambda number: index(number, "bsn"))
    }


def person(bsn: str) -> PartijIn:
    """The partij of a person the BRP knows: nothing but the number, because the BRP knows the rest."""
    identificator = Partijidentificator(
        code_objecttype=CodeObjecttype.natuurlijk_persoon,
        code_soort_object_id=CodeSoortObjectId.bsn,
        object_id=bsn,
        code_register=CodeRegister.brp,
    )
    return PartijIn(soort_partij=SoortPartij.persoon, partij_identificator=identificator)


async def _find(unit: Unit, identificator: Partijidentificator, index: bytes) -> Partij | None:
    table: Any = Partij
    found: Partij | None = await first(
        unit,
        select(Partij).where(
            table.code_soort_object_id == identificator.code_soort_object_id, table.object_id_index == index
        ),
    )
    return found


# ---- routes


@router.post(
    "/partijen",
    status_code=201,
    response_model=PartijOut,
    responses={200: {"model": PartijOut, "description": "De partij bestond al."}},
    summary="Leg een partij vast, of krijg de bestaande",
)
async def partij_create(body: PartijIn, unit: UnitOfWork) -> Response:
    """Register a partij. Who may not read partijen gets 409 `identificator-niet-uniek` when it exists."""
    unit.caller.require("klanten", "partijen.aanmaken")
    row, created = await get_or_create(unit, body)
    if not created and not unit.caller.may("klanten", "partijen.lezen"):
        raise Conflict("identificator-niet-uniek", "Er is al een partij met deze identificator.")
    return unit.respond(PARTIJ, row, 201 if created else 200)


@router.post("/partijen/_zoek", response_model=Page[PartijOut], summary="Zoek een partij op haar identificator")
async def partij_zoek(body: PartijZoek, reader: Reading, caller: CurrentCaller) -> Response:
    """Look a partij up by its identificator."""
    caller.require("klanten", "partijen.lezen")
    identificator = body.partij_identificator
    index = reader.runtime.keyring.index(identificator.object_id, str(identificator.code_soort_object_id))
    return await reader.page(PARTIJ, select_partijen(identificator, index), 1)


@router.get("/partijen/{uuid}", response_model=PartijOut, summary="Lees een partij")
async def partij_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """One partij."""
    caller.require("klanten", "partijen.lezen")
    return reader.one(PARTIJ, uuid, await reader.row(PARTIJ, uuid))
