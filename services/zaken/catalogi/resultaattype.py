"""A resultaattype: an outcome that zaken of a zaaktype can have, and what that means for how long they are kept."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

import orjson
from fastapi import APIRouter, Query
from pydantic import Field as Documented
from pydantic import model_validator
from pydantic.alias_generators import to_camel
from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.reading import Page, Reading
from chassis.resource import Partial, Resource
from chassis.unit import Unit
from services.zaken import events
from services.zaken.answering import headers_only
from services.zaken.catalogi import onderdeel
from services.zaken.catalogi.brondatum import BrondatumArchiefprocedure, check_brondatum
from services.zaken.catalogi.concept import require_writable
from services.zaken.catalogi.historiemodel import respond
from services.zaken.catalogi.naming import BESLUITTYPEN, INFORMATIEOBJECTTYPEN, named
from services.zaken.catalogi.onderdeel import OnderdeelFields, OnderdeelIn, OnderdeelOut, OnderdeelRow, StatusFilter
from services.zaken.catalogi.rights import require_readable
from services.zaken.catalogi.zaaktype.fields import Zaaktype
from services.zaken.events import Actie
from services.zaken.expand import NOTHING, Expand, answer_one, answer_page
from services.zaken.formats import AnyUrl, Duration, Link, Url
from services.zaken.selectielijst import (
    Klasse,
    Resultaattypeomschrijving,
    klasse_of,
    resultaattypeomschrijving_of,
    same_row,
)
from services.zaken.validation import Findings

router = APIRouter(tags=["resultaattypen"])


class Archiefnominatie(StrEnum):
    """Whether a zaak is kept for ever or destroyed in the end; blank leaves it to the selectielijst."""

    geen = ""
    blijvend_bewaren = "blijvend_bewaren"
    vernietigen = "vernietigen"


# ---- fields


class ResultaattypeFields(OnderdeelFields):
    """What table and JSON share."""

    omschrijving: str = Field(max_length=30, min_length=1, description="Naam van het resultaat.")
    resultaattypeomschrijving: Url = Field(max_length=1000, description="URL van de landelijke omschrijving.")
    selectielijstklasse: Url = Field(max_length=1000, description="URL van het resultaat in de selectielijst.")
    toelichting: str = Field(default="", sa_type=Text, description="Toelichting.")
    archiefnominatie: Archiefnominatie = Field(
        default=Archiefnominatie.geen,
        sa_type=Text,
        description="Bewaren of vernietigen; zonder keuze wat de selectielijst zegt.",
    )
    archiefactietermijn: Duration | None = Field(
        default=None, sa_type=Text, description="Hoe lang daarna; zonder keuze wat de selectielijst zegt."
    )
    procesobjectaard: str | None = Field(default=None, max_length=200, description="Soort object waar het om gaat.")
    indicatie_specifiek: bool | None = Field(default=None, description="Of het alleen voor dat soort object geldt.")
    procestermijn: Duration | None = Field(
        default=None, sa_type=Text, description="Duur dat de zaak in gebruik blijft."
    )


class Resultaattype(ResultaattypeFields, OnderdeelRow, table=True):
    """Table of resultaattypen. Besluittypen and informatieobjecttypen are related by name (see `naming.py`)."""

    omschrijving_generiek: str = Field(sa_type=Text)
    klasse: dict[str, Any] = Field(sa_type=JSONB)
    """What the selectielijst said of the selectielijstklasse when it was chosen."""
    derived: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    """Which of archiefnominatie and archiefactietermijn nobody chose: the selectielijst did."""
    brondatum_archiefprocedure: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    besluittypen: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    informatieobjecttypen: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))


class ResultaattypeIn(OnderdeelIn, ResultaattypeFields):
    """A whole resultaattype."""

    catalogus: AnyUrl | None = Documented(
        default=None, description="URL van de catalogus; altijd die van het zaaktype."
    )
    brondatum_archiefprocedure: BrondatumArchiefprocedure | None = Documented(
        default=None, description="Hoe de brondatum van de archiefactietermijn wordt bepaald."
    )
    besluittypen: list[str] = Documented(default_factory=list, description="Omschrijvingen of URL's van besluittypen.")
    informatieobjecttypen: list[str] = Documented(
        default_factory=list,
        description="Omschrijvingen of URL's van informatieobjecttypen die in de zaak moeten zitten.",
    )


class ResultaattypePatch(Partial):
    """What changes of a resultaattype."""

    whole = ResultaattypeIn


class ResultaattypeOut(OnderdeelOut, ResultaattypeFields):
    """A resultaattype as answered. As stored, besluittypen and informatieobjecttypen hold names."""

    omschrijving_generiek: str = Documented(description="De landelijke omschrijving.")
    brondatum_archiefprocedure: BrondatumArchiefprocedure | None = Documented(
        description="Hoe de brondatum van de archiefactietermijn wordt bepaald."
    )
    besluittypen: list[Link] = Documented(description="URL's van besluittypen.")
    besluittype_omschrijving: list[str] = Documented(description="Omschrijvingen daarvan.")
    informatieobjecttypen: list[Link] = Documented(
        description="URL's van informatieobjecttypen die in de zaak moeten zitten."
    )
    informatieobjecttype_omschrijving: list[str] = Documented(description="Omschrijvingen daarvan.")


async def render(unit: Unit, row: Resultaattype) -> ResultaattypeOut:
    """The JSON of a resultaattype."""
    archiving = row.brondatum_archiefprocedure
    return ResultaattypeOut(
        **await onderdeel.rendered(unit, RESULTAATTYPE, row, ResultaattypeFields),
        omschrijving_generiek=row.omschrijving_generiek,
        brondatum_archiefprocedure=BrondatumArchiefprocedure(**archiving) if archiving else None,
        besluittypen=row.besluittypen,
        besluittype_omschrijving=row.besluittypen,
        informatieobjecttypen=row.informatieobjecttypen,
        informatieobjecttype_omschrijving=row.informatieobjecttypen,
    )


RESULTAATTYPE = Resource("resultaattype", Resultaattype, "catalogi", "/resultaattypen", render)


# ---- filter


class ResultaattypeFilter(StatusFilter):
    """Query parameters of the list. The standard spells two of them in two ways."""

    zaaktype: str | None = Documented(default=None, description="URL van het zaaktype.")
    old_identificatie: str | None = Documented(
        default=None,
        alias="zaaktype_identificatie",
        description="Verouderd: zaaktypeIdentificatie.",
        json_schema_extra={"deprecated": True},
    )
    old_datum: date | None = Documented(
        default=None,
        alias="datum_geldigheid",
        description="Verouderd: datumGeldigheid.",
        json_schema_extra={"deprecated": True},
    )

    @model_validator(mode="after")
    def _one_spelling(self) -> Self:
        self.zaaktype_identificatie = self.zaaktype_identificatie or self.old_identificatie
        self.datum_geldigheid = self.datum_geldigheid or self.old_datum
        return self


# ---- rules

NAME_TAKEN = "Dit zaaktype heeft al een resultaattype met deze omschrijving."


@dataclass(frozen=True)
class Lists:
    """What the reference lists say; None where nothing was asked, or nothing usable answered."""

    klasse: Klasse | None
    omschrijving: Resultaattypeomschrijving | None


async def consulted(unit: Unit, klasse: Any, omschrijving: Any, findings: Findings) -> Lists:
    """Read the rows that a body refers to, before the first statement (ztc-002). Raises PermissionDenied."""
    require_writable(unit.caller)
    return Lists(
        await findings.usable(klasse_of(unit, klasse, "selectielijstklasse")) if isinstance(klasse, str) else None,
        await findings.usable(resultaattypeomschrijving_of(unit, omschrijving, "resultaattypeomschrijving"))
        if isinstance(omschrijving, str)
        else None,
    )


def check_archiving(
    unit: Unit, body: ResultaattypeIn, klasse: Klasse | None, zaaktype: Zaaktype, findings: Findings
) -> None:
    """The klasse is of the procestype of the zaaktype (ztc-002), and the brondatum fits it (ztc-003 to ztc-008)."""
    if body.brondatum_archiefprocedure is not None:
        check_brondatum(body.brondatum_archiefprocedure, (klasse and klasse.procestermijn) or "", findings)
    if klasse is not None and not same_row(unit, klasse.proces_type, zaaktype.selectielijst_procestype):
        reason = "De selectielijstklasse hoort niet bij het procestype van het zaaktype."
        findings.add("nonFieldErrors", "procestype-mismatch", reason)


def archived(body: ResultaattypeIn, klasse: Klasse) -> dict[str, Any]:
    """Columns: how long zaken are kept, from the selectielijst where nothing was chosen (ztc-002)."""
    chosen = {"archiefnominatie": body.archiefnominatie, "archiefactietermijn": body.archiefactietermijn}
    listed = {"archiefnominatie": klasse.waardering, "archiefactietermijn": klasse.bewaartermijn}
    derived = [name for name, value in chosen.items() if not value]
    return chosen | {name: listed[name] for name in derived} | {"derived": derived, "klasse": klasse.model_dump()}


async def related(
    unit: Unit, body: ResultaattypeIn, zaaktype: Zaaktype, findings: Findings, row: Resultaattype | None = None
) -> dict[str, list[str]]:
    """Columns: the names of the types that a body refers to, in the catalogus of the zaaktype. row: before the change."""
    columns = {}
    for column, kind in (("besluittypen", BESLUITTYPEN), ("informatieobjecttypen", INFORMATIEOBJECTTYPEN)):
        given = {f"{column}.{index}": one for index, one in enumerate(getattr(body, column))}
        known = getattr(row, column) if row is not None else ()
        meant = await named(unit, kind, given, zaaktype.catalogus_id, findings, known=known)
        columns[column] = list(dict.fromkeys(one.name for one in meant.values()))
        onderdeel.check_kept(zaaktype, column, findings, lost=not {*known} <= {*columns[column]})
    return columns


def stored(body: ResultaattypeIn, klasse: Klasse, omschrijving: str) -> dict[str, Any]:
    """What of a body, and of the lists it refers to, stands in the table; the related types come apart."""
    own = body.model_dump(exclude={*onderdeel.DERIVED, "besluittypen", "informatieobjecttypen"})
    return own | archived(body, klasse) | {"omschrijving_generiek": omschrijving}


def new_row(body: ResultaattypeIn, lists: Lists, zaaktype: Zaaktype, names: dict[str, list[str]]) -> Resultaattype:
    """A row as far as the lists could be read; without them it is not stored."""
    klasse = lists.klasse or Klasse(url="", proces_type="", waardering="", procestermijn="", bewaartermijn=None)
    omschrijving = lists.omschrijving.omschrijving if lists.omschrijving else ""
    return Resultaattype(**stored(body, klasse, omschrijving) | names, zaaktype_id=zaaktype.id)


def chosen_only(unit: Unit, row: Resultaattype) -> dict[str, Any]:
    """The JSON of a row without what the selectielijst decided, so that a change of it is decided anew."""
    shown: dict[str, Any] = orjson.loads(unit.body(RESULTAATTYPE, row))
    return shown | {to_camel(name): "" if name == "archiefnominatie" else None for name in row.derived}


async def update(
    unit: Unit,
    row: Resultaattype,
    zaaktype: Zaaktype,
    body: ResultaattypeIn,
    *,
    lists: Lists,
    findings: Findings,
    actie: Actie,
) -> Response:
    """Change a resultaattype and answer with it. Raises Invalid."""
    onderdeel.check_change(unit, body, zaaktype, findings)
    klasse = lists.klasse or Klasse(**row.klasse)
    check_archiving(unit, body, klasse, zaaktype, findings)
    omschrijving = lists.omschrijving.omschrijving if lists.omschrijving else row.omschrijving_generiek
    names = await related(unit, body, zaaktype, findings, row)
    row.sqlmodel_update(stored(body, klasse, omschrijving) | names)
    await onderdeel.check_unique(unit, row, "omschrijving", NAME_TAKEN, findings)
    findings.stop_if_any()
    await onderdeel.change(unit, RESULTAATTYPE, row, zaaktype, events.RESULTAATTYPE, actie=actie)
    return await respond(unit, RESULTAATTYPE, row)


async def register(unit: Unit, body: ResultaattypeIn, lists: Lists, findings: Findings) -> Response:
    """Make a resultaattype and answer with it. Raises PermissionDenied, Invalid."""
    zaaktype = await onderdeel.zaaktype_for(unit, body, findings)
    check_archiving(unit, body, lists.klasse, zaaktype, findings)
    row = new_row(body, lists, zaaktype, await related(unit, body, zaaktype, findings))
    await onderdeel.check_unique(unit, row, "omschrijving", NAME_TAKEN, findings)
    findings.stop_if_any()
    await onderdeel.add(unit, RESULTAATTYPE, row, zaaktype, events.RESULTAATTYPE)
    return await respond(unit, RESULTAATTYPE, row, 201)


async def alter(unit: Unit, row_id: UUID, body: ResultaattypePatch, lists: Lists, findings: Findings) -> Response:
    """Change a part of a resultaattype and answer with it. Raises PermissionDenied, NotFound, Invalid."""
    row, zaaktype = await onderdeel.opened(unit, RESULTAATTYPE, row_id)
    whole = body.over(chosen_only(unit, row), ResultaattypeIn)
    return await update(unit, row, zaaktype, whole, lists=lists, findings=findings, actie="partial_update")


# ---- routes


@router.get("/resultaattypen", response_model=Page[ResultaattypeOut], summary="Resultaattypen opvragen")
async def resultaattype_list(
    chosen: Annotated[ResultaattypeFilter, Query()], reader: Reading, caller: CurrentCaller
) -> Response:
    """Alle resultaattypen, gefilterd; zonder filter alleen die van gepubliceerde zaaktypen."""
    require_readable(caller)
    selection = onderdeel.select_parts(chosen, reader)
    return await answer_page(reader, caller, RESULTAATTYPE, selection, chosen, day=chosen.datum_geldigheid)


@router.post("/resultaattypen", status_code=201, response_model=ResultaattypeOut, summary="Resultaattype registreren")
async def resultaattype_create(body: ResultaattypeIn, unit: UnitOfWork) -> Response:
    """Een resultaattype bij een concept van een zaaktype."""
    findings = Findings()
    lists = await consulted(unit, body.selectielijstklasse, body.resultaattypeomschrijving, findings)
    return await register(unit, body, lists, findings)


@router.get("/resultaattypen/{uuid}", response_model=ResultaattypeOut, summary="Resultaattype opvragen")
async def resultaattype_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller, asked: Expand) -> Response:
    """Eén resultaattype."""
    require_readable(caller)
    return await answer_one(reader, caller, RESULTAATTYPE, await reader.row(RESULTAATTYPE, uuid), asked)


@router.put("/resultaattypen/{uuid}", response_model=ResultaattypeOut, summary="Resultaattype geheel wijzigen")
async def resultaattype_update(uuid: UUID, body: ResultaattypeIn, unit: UnitOfWork) -> Response:
    """Alle gegevens van een resultaattype; wat er niet bij staat wordt leeg, of komt uit de selectielijst."""
    findings = Findings()
    lists = await consulted(unit, body.selectielijstklasse, body.resultaattypeomschrijving, findings)
    row, zaaktype = await onderdeel.opened(unit, RESULTAATTYPE, uuid)
    return await update(unit, row, zaaktype, body, lists=lists, findings=findings, actie="update")


@router.patch("/resultaattypen/{uuid}", response_model=ResultaattypeOut, summary="Resultaattype deels wijzigen")
async def resultaattype_partial_update(uuid: UUID, body: ResultaattypePatch, unit: UnitOfWork) -> Response:
    """Alleen de meegestuurde gegevens van een resultaattype."""
    findings, given = Findings(), body.root.get
    lists = await consulted(unit, given("selectielijstklasse"), given("resultaattypeomschrijving"), findings)
    return await alter(unit, uuid, body, lists, findings)


@router.delete("/resultaattypen/{uuid}", status_code=204, summary="Resultaattype verwijderen")
async def resultaattype_destroy(uuid: UUID, unit: UnitOfWork) -> Response:
    """Een resultaattype van een concept van een zaaktype."""
    await onderdeel.remove(unit, RESULTAATTYPE, uuid, events.RESULTAATTYPE)
    return unit.respond_raw(b"", 204)


@router.head("/resultaattypen/{uuid}", summary="Headers van een resultaattype")
async def resultaattype_headers(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """De headers die een GET zou geven."""
    return headers_only(await resultaattype_retrieve(uuid, reader, caller, NOTHING))
