"""An eigenschap: something about a zaak that only matters to zaken of its zaaktype."""

from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

import orjson
from fastapi import APIRouter, Query
from pydantic import Field as Documented
from pydantic import model_validator
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import CodedValueError
from chassis.reading import Page, Reading
from chassis.resource import In, Partial, Resource
from chassis.unit import Unit
from services.zaken import events
from services.zaken.answering import headers_only
from services.zaken.catalogi import onderdeel
from services.zaken.catalogi.onderdeel import OnderdeelFields, OnderdeelIn, OnderdeelOut, OnderdeelRow, StatusFilter
from services.zaken.catalogi.rights import require_readable
from services.zaken.catalogi.statustype import STATUSTYPE, Statustype
from services.zaken.catalogi.zaaktype.fields import Zaaktype
from services.zaken.events import Actie
from services.zaken.expand import NOTHING, Expand, answer_one, answer_page
from services.zaken.formats import AnyUrl, Link
from services.zaken.validation import Findings

router = APIRouter(tags=["eigenschappen"])


class Formaat(StrEnum):
    """What the value of an eigenschap is made of."""

    tekst = "tekst"
    getal = "getal"
    datum = "datum"
    datum_tijd = "datum_tijd"


# ---- fields

_DATE_LENGTHS: dict[str, str] = {Formaat.datum: "8", Formaat.datum_tijd: "14"}


class Specificatie(In):
    """What values an eigenschap can have."""

    groep: str = Documented(default="", max_length=32, description="Object of groep waar het gegeven bij hoort.")
    formaat: Formaat = Documented(description="Soort tekens.")
    lengte: str = Documented(min_length=1, max_length=14, description="Hoeveel tekens een waarde hoogstens heeft.")
    kardinaliteit: str = Documented(min_length=1, max_length=3, description="Hoe vaak het bij een zaak voorkomt.")
    waardenverzameling: list[Annotated[str, Documented(max_length=100)]] = Documented(
        default_factory=list, description="Waarden die het kan hebben; leeg is elke waarde."
    )

    @model_validator(mode="after")
    def _length_of_a_date(self) -> Self:
        """YYYYMMDD or YYYYMMDDhhmmss (ztc-015)."""
        needed = _DATE_LENGTHS.get(self.formaat)
        if needed is not None and self.lengte != needed:
            raise CodedValueError("invalid", f"De lengte is bij dit formaat {needed}.", "lengte")
        return self


class EigenschapFields(OnderdeelFields):
    """What table and JSON share."""

    naam: str = Field(max_length=20, min_length=1, description="Naam van de eigenschap.")
    definitie: str = Field(max_length=255, min_length=1, description="Wat de eigenschap betekent.")
    toelichting: str = Field(default="", max_length=1000, description="Toelichting, en waarom het van belang is.")


class Eigenschap(EigenschapFields, OnderdeelRow, table=True):
    """Table of eigenschappen."""

    specificatie: dict[str, Any] = Field(sa_type=JSONB)
    statustype_id: UUID | None = Field(default=None, foreign_key="statustype.id")


class EigenschapIn(OnderdeelIn, EigenschapFields):
    """A whole eigenschap."""

    specificatie: Specificatie = Documented(description="Welke waarden het kan hebben.")
    statustype: AnyUrl | None = Documented(
        default=None, description="URL van het statustype waarvoor dit gegeven bekend moet zijn."
    )


class EigenschapPatch(Partial):
    """What changes of an eigenschap."""

    whole = EigenschapIn


class EigenschapOut(OnderdeelOut, EigenschapFields):
    """An eigenschap as answered."""

    specificatie: Specificatie = Documented(description="Welke waarden het kan hebben.")
    statustype: Link | None = Documented(description="URL van het statustype waarvoor dit gegeven bekend moet zijn.")


async def render(unit: Unit, row: Eigenschap) -> EigenschapOut:
    """The JSON of an eigenschap."""
    return EigenschapOut(
        **await onderdeel.rendered(unit, EIGENSCHAP, row, EigenschapFields),
        specificatie=Specificatie(**row.specificatie),
        statustype=unit.url(STATUSTYPE, row.statustype_id) if row.statustype_id else None,
    )


EIGENSCHAP = Resource("eigenschap", Eigenschap, "catalogi", "/eigenschappen", render)


# ---- rules


NAME_TAKEN = "Dit zaaktype heeft al een eigenschap met deze naam."


def stored(body: EigenschapIn) -> dict[str, Any]:
    """What of a body stands in the table."""
    return body.model_dump(exclude={*onderdeel.DERIVED, "statustype"})


async def statustype_of(unit: Unit, body: EigenschapIn, zaaktype: Zaaktype, findings: Findings) -> Statustype | None:
    """The statustype of the same zaaktype that asks for this eigenschap."""
    urls = {} if body.statustype is None else {"statustype": body.statustype}
    found: list[Statustype] = await onderdeel.siblings(unit, STATUSTYPE, urls, zaaktype, findings)
    return found[0] if found else None


async def show_required(unit: Unit, *statustypen: Statustype | None) -> None:
    """Let the statustypen that ask for an eigenschap, or did, show it."""
    for one in statustypen:
        if one is not None:
            await unit.touch(STATUSTYPE, one)


async def update(unit: Unit, row: Eigenschap, zaaktype: Zaaktype, body: EigenschapIn, actie: Actie) -> Response:
    """Change an eigenschap and answer with it. Raises Invalid."""
    findings = Findings()
    onderdeel.check_change(unit, body, zaaktype, findings)
    before: Statustype | None = row.statustype_id and await unit.get(STATUSTYPE, row.statustype_id)  # type: ignore[assignment]
    after = await statustype_of(unit, body, zaaktype, findings)
    onderdeel.check_kept(zaaktype, "statustype", findings, lost=before is not None and after is not before)
    row.sqlmodel_update(stored(body))
    await onderdeel.check_unique(unit, row, "naam", NAME_TAKEN, findings)
    findings.stop_if_any()
    row.statustype_id = after.id if after else None
    await onderdeel.change(unit, EIGENSCHAP, row, zaaktype, events.EIGENSCHAP, actie=actie)
    if before is not after:
        await show_required(unit, before, after)
    return unit.respond(EIGENSCHAP, row)


# ---- routes


@router.get("/eigenschappen", response_model=Page[EigenschapOut], summary="Eigenschappen opvragen")
async def eigenschap_list(chosen: Annotated[StatusFilter, Query()], reader: Reading, caller: CurrentCaller) -> Response:
    """Alle eigenschappen, gefilterd; zonder filter alleen die van gepubliceerde zaaktypen."""
    require_readable(caller)
    return await answer_page(reader, caller, EIGENSCHAP, onderdeel.select_parts(chosen, reader), chosen)


@router.post("/eigenschappen", status_code=201, response_model=EigenschapOut, summary="Eigenschap registreren")
async def eigenschap_create(body: EigenschapIn, unit: UnitOfWork) -> Response:
    """Een eigenschap bij een concept van een zaaktype."""
    findings = Findings()
    zaaktype = await onderdeel.zaaktype_for(unit, body, findings)
    statustype = await statustype_of(unit, body, zaaktype, findings)
    statustype_id = statustype.id if statustype else None
    row = Eigenschap(**stored(body), zaaktype_id=zaaktype.id, statustype_id=statustype_id)
    await onderdeel.check_unique(unit, row, "naam", NAME_TAKEN, findings)
    findings.stop_if_any()
    await onderdeel.add(unit, EIGENSCHAP, row, zaaktype, events.EIGENSCHAP)
    await show_required(unit, statustype)
    return unit.respond(EIGENSCHAP, row, 201)


@router.get("/eigenschappen/{uuid}", response_model=EigenschapOut, summary="Eigenschap opvragen")
async def eigenschap_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller, asked: Expand) -> Response:
    """Eén eigenschap."""
    require_readable(caller)
    return await answer_one(reader, caller, EIGENSCHAP, await reader.row(EIGENSCHAP, uuid), asked)


@router.put("/eigenschappen/{uuid}", response_model=EigenschapOut, summary="Eigenschap geheel wijzigen")
async def eigenschap_update(uuid: UUID, body: EigenschapIn, unit: UnitOfWork) -> Response:
    """Alle gegevens van een eigenschap; wat er niet bij staat wordt leeg."""
    row, zaaktype = await onderdeel.opened(unit, EIGENSCHAP, uuid)
    return await update(unit, row, zaaktype, body, "update")


@router.patch("/eigenschappen/{uuid}", response_model=EigenschapOut, summary="Eigenschap deels wijzigen")
async def eigenschap_partial_update(uuid: UUID, body: EigenschapPatch, unit: UnitOfWork) -> Response:
    """Alleen de meegestuurde gegevens van een eigenschap."""
    row, zaaktype = await onderdeel.opened(unit, EIGENSCHAP, uuid)
    whole = body.over(orjson.loads(unit.body(EIGENSCHAP, row)), EigenschapIn)
    return await update(unit, row, zaaktype, whole, "partial_update")


@router.delete("/eigenschappen/{uuid}", status_code=204, summary="Eigenschap verwijderen")
async def eigenschap_destroy(uuid: UUID, unit: UnitOfWork) -> Response:
    """Een eigenschap van een concept van een zaaktype."""
    row, _ = await onderdeel.remove(unit, EIGENSCHAP, uuid, events.EIGENSCHAP)
    if row.statustype_id is not None:
        await unit.touch(STATUSTYPE, await unit.get(STATUSTYPE, row.statustype_id))
    return unit.respond_raw(b"", 204)


@router.head("/eigenschappen/{uuid}", summary="Headers van een eigenschap")
async def eigenschap_headers(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """De headers die een GET zou geven."""
    return headers_only(await eigenschap_retrieve(uuid, reader, caller, NOTHING))
