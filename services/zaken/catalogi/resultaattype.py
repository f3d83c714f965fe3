"""A resultaattype: an outcome that zaken of a zaaktype can have, and what that means for how long they are kept."""

from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field as Documented
from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.reading import Page, Reading
from chassis.resource import In, Resource
from chassis.unit import Unit
from services.zaken import events
from services.zaken.answering import headers_only
from services.zaken.catalogi import onderdeel
from services.zaken.catalogi.onderdeel import OnderdeelFields, OnderdeelIn, OnderdeelOut, OnderdeelRow, StatusFilter
from services.zaken.catalogi.rights import require_readable
from services.zaken.formats import Duration, Url

router = APIRouter(tags=["resultaattypen"])


class Afleidingswijze(StrEnum):
    """Where the date comes from at which the time begins that a zaak is kept."""

    afgehandeld = "afgehandeld"
    ander_datumkenmerk = "ander_datumkenmerk"
    eigenschap = "eigenschap"
    gerelateerde_zaak = "gerelateerde_zaak"
    hoofdzaak = "hoofdzaak"
    ingangsdatum_besluit = "ingangsdatum_besluit"
    termijn = "termijn"
    vervaldatum_besluit = "vervaldatum_besluit"
    zaakobject = "zaakobject"


class Archiefnominatie(StrEnum):
    """Whether a zaak is kept for ever or destroyed in the end."""

    blijvend_bewaren = "blijvend_bewaren"
    vernietigen = "vernietigen"


class Objecttype(StrEnum):
    """Kinds of objects that a zaak can be about."""

    adres = "adres"
    besluit = "besluit"
    buurt = "buurt"
    enkelvoudig_document = "enkelvoudig_document"
    gemeente = "gemeente"
    gemeentelijke_openbare_ruimte = "gemeentelijke_openbare_ruimte"
    huishouden = "huishouden"
    inrichtingselement = "inrichtingselement"
    kadastrale_onroerende_zaak = "kadastrale_onroerende_zaak"
    kunstwerkdeel = "kunstwerkdeel"
    maatschappelijke_activiteit = "maatschappelijke_activiteit"
    medewerker = "medewerker"
    natuurlijk_persoon = "natuurlijk_persoon"
    niet_natuurlijk_persoon = "niet_natuurlijk_persoon"
    openbare_ruimte = "openbare_ruimte"
    organisatorische_eenheid = "organisatorische_eenheid"
    pand = "pand"
    spoorbaandeel = "spoorbaandeel"
    status = "status"
    terreindeel = "terreindeel"
    terrein_gebouwd_object = "terrein_gebouwd_object"
    vestiging = "vestiging"
    waterdeel = "waterdeel"
    wegdeel = "wegdeel"
    wijk = "wijk"
    woonplaats = "woonplaats"
    woz_deelobject = "woz_deelobject"
    woz_object = "woz_object"
    woz_waarde = "woz_waarde"
    zakelijk_recht = "zakelijk_recht"
    overige = "overige"


# ---- fields


class BrondatumArchiefprocedure(In):
    """How the date is found at which the time begins that a zaak is kept."""

    afleidingswijze: Afleidingswijze = Documented(description="Waar de brondatum vandaan komt.")
    datumkenmerk: str = Documented(default="", max_length=80, description="Naam van het gegeven met de datum.")
    einddatum_bekend: bool = Documented(
        default=False, description="Of de einddatum bekend moet zijn voordat de zaak gesloten kan worden."
    )
    objecttype: Objecttype | Literal[""] = Documented(default="", description="Soort object met de datum.")
    registratie: str = Documented(default="", max_length=80, description="Registratie waarin het object staat.")
    procestermijn: Duration | None = Documented(default=None, description="Duur na het afronden van de zaak.")


class ResultaattypeFields(OnderdeelFields):
    """What table and JSON share."""

    omschrijving: str = Field(max_length=30, min_length=1, description="Naam van het resultaat.")
    resultaattypeomschrijving: Url = Field(max_length=1000, description="URL van de landelijke omschrijving.")
    selectielijstklasse: Url = Field(max_length=1000, description="URL van het resultaat in de selectielijst.")
    toelichting: str = Field(default="", sa_type=Text, description="Toelichting.")
    archiefnominatie: Archiefnominatie | Literal[""] = Field(
        default="", sa_type=Text, description="Bewaren of vernietigen; zonder keuze wat de selectielijst zegt."
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
    """Table of resultaattypen. Besluittypen and informatieobjecttypen are related by omschrijving, not by version."""

    omschrijving_generiek: str = Field(default="", sa_type=Text)
    brondatum_archiefprocedure: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    besluittypen: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    informatieobjecttypen: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))


class ResultaattypeIn(OnderdeelIn, ResultaattypeFields):
    """A whole resultaattype."""

    catalogus: Url | None = Documented(default=None, description="URL van de catalogus; altijd die van het zaaktype.")
    brondatum_archiefprocedure: BrondatumArchiefprocedure | None = Documented(
        default=None, description="Hoe de brondatum van de archiefactietermijn wordt bepaald."
    )
    besluittypen: list[str] = Documented(default_factory=list, description="Omschrijvingen of URL's van besluittypen.")
    informatieobjecttypen: list[str] = Documented(
        default_factory=list,
        description="Omschrijvingen of URL's van informatieobjecttypen die in de zaak moeten zitten.",
    )


class ResultaattypeOut(OnderdeelOut, ResultaattypeFields):
    """A resultaattype as answered."""

    omschrijving_generiek: str = Documented(description="De landelijke omschrijving.")
    brondatum_archiefprocedure: BrondatumArchiefprocedure | None = Documented(
        description="Hoe de brondatum van de archiefactietermijn wordt bepaald."
    )
    besluittypen: list[str] = Documented(description="URL's van besluittypen.")
    besluittype_omschrijving: list[str] = Documented(description="Omschrijvingen daarvan.")
    informatieobjecttypen: list[str] = Documented(
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
        besluittypen=[],
        besluittype_omschrijving=row.besluittypen,
        informatieobjecttypen=[],
        informatieobjecttype_omschrijving=row.informatieobjecttypen,
    )


RESULTAATTYPE = Resource("resultaattype", Resultaattype, "catalogi", "/resultaattypen", render)


# ---- routes


@router.get("/resultaattypen", response_model=Page[ResultaattypeOut], summary="Resultaattypen opvragen")
async def resultaattype_list(
    chosen: Annotated[StatusFilter, Query()], reader: Reading, caller: CurrentCaller
) -> Response:
    """Alle resultaattypen, gefilterd; zonder filter alleen die van gepubliceerde zaaktypen."""
    require_readable(caller)
    return await reader.page(RESULTAATTYPE, onderdeel.select_parts(chosen, reader), chosen.page)


@router.post("/resultaattypen", status_code=201, response_model=ResultaattypeOut, summary="Resultaattype registreren")
async def resultaattype_create(body: ResultaattypeIn, unit: UnitOfWork) -> Response:
    """Een resultaattype bij een concept van een zaaktype."""
    zaaktype = await onderdeel.zaaktype_for(unit, body)
    row = Resultaattype(**body.model_dump(exclude=onderdeel.DERIVED), zaaktype_id=zaaktype.id)
    await onderdeel.check_unique(
        unit, row, "omschrijving", "Dit zaaktype heeft al een resultaattype met deze omschrijving."
    )
    await onderdeel.add(unit, RESULTAATTYPE, row, zaaktype, events.RESULTAATTYPE)
    return unit.respond(RESULTAATTYPE, row, 201)


@router.get("/resultaattypen/{uuid}", response_model=ResultaattypeOut, summary="Resultaattype opvragen")
async def resultaattype_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """Eén resultaattype."""
    require_readable(caller)
    return reader.one(RESULTAATTYPE, uuid, await reader.row(RESULTAATTYPE, uuid))


@router.head("/resultaattypen/{uuid}", summary="Headers van een resultaattype")
async def resultaattype_headers(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """De headers die een GET zou geven."""
    return headers_only(await resultaattype_retrieve(uuid, reader, caller))
