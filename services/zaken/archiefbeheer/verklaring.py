"""A verklaring van vernietiging: what was destroyed, on what ground, and by whom it was proposed and approved.

It specifies by kind: zaaktype, resultaattype, class of the selectielijst, term and years, with a number. No zaak is named:
its identificatie may be chosen by who opens the zaak, so it may hold anything, and leads to what other systems still have.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field as Documented
from sqlalchemy import DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.reading import Page, PagedFilter, Reading, Selection
from chassis.resource import Fields, Out, Resource, Row
from chassis.unit import Unit
from services.zaken.archiefbeheer.vernietigingslijst.fields import VERNIETIGINGSLIJST, Vernietigingslijst
from services.zaken.archiefbeheer.vernietigingsregel import Vernietigingsregel
from services.zaken.archiefbeheer.vierogen import Handeling
from services.zaken.archiefbeheer.visibility import VERKLARINGEN_LEZEN, listable
from services.zaken.catalogi.resultaattype import RESULTAATTYPE
from services.zaken.catalogi.zaaktype.fields import ZAAKTYPE
from services.zaken.events import VERKLARING_OPGESTELD, ArchiefbeheerData, ArchiefbeheerKenmerken
from services.zaken.formats import Link
from services.zaken.validation import filter_id

router = APIRouter(tags=["verklaringen-van-vernietiging"])
WIJZE = "Onomkeerbaar verwijderd uit de registers, met alles wat bij de zaken hoorde en de registratie van wijzigingen."
"""In what way, as the law asks to state."""
_KIND = (
    *("zaaktype_id", "zaaktype_omschrijving", "resultaattype_id", "resultaattype_omschrijving"),
    *("selectielijstklasse", "bewaartermijn"),
)
_COUNTED = ("documenten_vernietigd", "documenten_elders", "besluiten_vernietigd")


# ---- fields


class Specificatie(Out):
    """Zaken of one kind that were destroyed."""

    zaaktype: Link = Documented(description="URL van het zaaktype.")
    zaaktype_omschrijving: str = Documented(description="Naam van het zaaktype.")
    resultaattype: Link | None = Documented(description="URL van het resultaattype.")
    resultaattype_omschrijving: str = Documented(description="Naam van het resultaattype.")
    selectielijstklasse: str = Documented(description="URL van de klasse in de selectielijst: de grond.")
    bewaartermijn: str | None = Documented(description="Hoe lang de zaken bewaard moesten worden (ISO 8601).")
    eerste_jaar: int = Documented(description="Jaar waarin de oudste zaak begon.")
    laatste_jaar: int = Documented(description="Jaar waarin de laatste zaak is gesloten.")
    aantal_zaken: int = Documented(description="Hoeveel zaken.")
    documenten_vernietigd: int = Documented(description="Documenten die met de zaken zijn vernietigd.")
    documenten_elders: int = Documented(description="Documenten die alleen hierbij hoorden, bij een andere aanbieder.")
    besluiten_vernietigd: int = Documented(description="Besluiten die met de zaken zijn vernietigd.")


class VerklaringFields(Fields):
    """What table and JSON share."""

    aantal_zaken: int = Field(description="Hoeveel zaken zijn vernietigd.")
    begonnen_op: datetime = Field(sa_type=DateTime(timezone=True), description="Wanneer het vernietigen begon.")
    afgerond_op: datetime = Field(sa_type=DateTime(timezone=True), description="Wanneer het vernietigen klaar was.")


class Verklaring(VerklaringFields, Row, table=True):
    """Table of verklaringen, one of a list at most."""

    vernietigingslijst_id: UUID = Field(foreign_key="vernietigingslijst.id")
    specificatie: list[dict[str, Any]] = Field(sa_type=JSONB)
    voorgesteld: dict[str, Any] = Field(sa_type=JSONB)
    geaccordeerd: dict[str, Any] = Field(sa_type=JSONB)


class VerklaringOut(Out, VerklaringFields):
    """A verklaring as answered."""

    url: str = Documented(description="URL van deze verklaring.")
    uuid: UUID = Documented(description="Id van deze verklaring.")
    vernietigingslijst: str = Documented(description="URL van de vernietigingslijst.")
    specificatie: list[Specificatie] = Documented(description="Wat is vernietigd, per soort zaak.")
    wijze: str = Documented(description="Hoe het is vernietigd.")
    voorgesteld: Handeling = Documented(description="Wie het voorstelde.")
    geaccordeerd: Handeling = Documented(description="Wie het accordeerde.")


async def render(unit: Unit, row: Verklaring) -> VerklaringOut:
    """The JSON of a verklaring."""
    return VerklaringOut(
        **{name: getattr(row, name) for name in VerklaringFields.model_fields},
        url=unit.url(VERKLARING, row.id),
        uuid=row.id,
        vernietigingslijst=unit.url(VERNIETIGINGSLIJST, row.vernietigingslijst_id),
        specificatie=[_shown(unit, one) for one in row.specificatie],
        wijze=WIJZE,
        voorgesteld=Handeling(**row.voorgesteld),
        geaccordeerd=Handeling(**row.geaccordeerd),
    )


def _shown(unit: Unit, stored: dict[str, Any]) -> Specificatie:
    kept = {name: value for name, value in stored.items() if not name.endswith("_id")}
    resultaattype = stored["resultaattype_id"]
    return Specificatie(
        **kept,
        zaaktype=unit.url(ZAAKTYPE, stored["zaaktype_id"]),
        resultaattype=unit.url(RESULTAATTYPE, resultaattype) if resultaattype else None,
    )


VERKLARING = Resource("verklaring", Verklaring, "archiefbeheer", "/verklaringen-van-vernietiging", render)


# ---- filter


class VerklaringFilter(PagedFilter):
    """Query parameters of the list."""

    vernietigingslijst: Link | None = Documented(default=None, description="URL van de vernietigingslijst.")


def select_verklaringen(chosen: VerklaringFilter, reader: Reading) -> Selection:
    """The verklaringen the filter asks for, newest first."""
    references = reader.runtime.references
    lijst_id = filter_id(references, VERNIETIGINGSLIJST, chosen.vernietigingslijst, "vernietigingslijst")
    return Selection(order="id DESC").where_given("vernietigingslijst_id = {}", lijst_id)


# ---- rules


def specify(regels: Iterable[Vernietigingsregel]) -> list[dict[str, Any]]:
    """What was destroyed, by kind: those of which most went first."""
    groups: dict[tuple[Any, ...], list[Vernietigingsregel]] = {}
    for row in regels:
        groups.setdefault(tuple(getattr(row, name) for name in _KIND), []).append(row)
    found = [
        {name: str(value) if isinstance(value, UUID) else value for name, value in zip(_KIND, kind, strict=True)}
        | {"eerste_jaar": min(one.begin_jaar for one in rows), "laatste_jaar": max(one.eind_jaar for one in rows)}
        | {"aantal_zaken": len(rows)}
        | {name: sum(getattr(one, name) for one in rows) for name in _COUNTED}
        for kind, rows in groups.items()
    ]
    return sorted(found, key=lambda one: (-one["aantal_zaken"], one["zaaktype_omschrijving"]))


async def draw_up(unit: Unit, lijst: Vernietigingslijst, regels: list[Vernietigingsregel]) -> None:
    """Make the verklaring of a list that has been carried out, and tell it. regels: those that were destroyed."""
    row = Verklaring(
        vernietigingslijst_id=lijst.id,
        specificatie=specify(regels),
        aantal_zaken=len(regels),
        voorgesteld=lijst.ingediend or {},
        geaccordeerd=lijst.beoordeeld or {},
        begonnen_op=min(one.verwerkt_op for one in regels if one.verwerkt_op),
        afgerond_op=max(one.verwerkt_op for one in regels if one.verwerkt_op),
    )
    await unit.create(VERKLARING, row)
    url = unit.url(VERKLARING, row.id)
    data = ArchiefbeheerData(
        resource=VERKLARING.name,
        hoofd_object=unit.url(VERNIETIGINGSLIJST, lijst.id),
        kenmerken=ArchiefbeheerKenmerken(status=lijst.status),
    )
    unit.emit(VERKLARING_OPGESTELD, about=row.id, aggregate=lijst.id, data=data, dataref=url)


# ---- routes


@router.get(
    "/verklaringen-van-vernietiging",
    response_model=Page[VerklaringOut],
    summary="Verklaringen van vernietiging opvragen",
)
async def verklaring_list(
    chosen: Annotated[VerklaringFilter, Query()], reader: Reading, caller: CurrentCaller
) -> Response:
    """Alle verklaringen, nieuwste eerst. Ze noemen geen zaken en geen personen die daarbij betrokken waren."""
    listable(caller, reader.runtime.references, VERKLARINGEN_LEZEN)
    return await reader.page(VERKLARING, select_verklaringen(chosen, reader), chosen.page, chosen.page_size)


@router.get(
    "/verklaringen-van-vernietiging/{uuid}",
    response_model=VerklaringOut,
    summary="Verklaring van vernietiging opvragen",
)
async def verklaring_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Eén verklaring."""
    listable(caller, reader.runtime.references, VERKLARINGEN_LEZEN)
    return reader.one(VERKLARING, uuid, await reader.row(VERKLARING, uuid))
