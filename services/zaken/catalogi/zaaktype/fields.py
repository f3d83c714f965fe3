"""A zaaktype: what zaken of one kind have in common, in versions that are fixed once published. Enums and fields."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field as Documented
from sqlalchemy import Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from chassis.resource import Fields, In, Out, Partial, Resource, Row
from chassis.unit import Unit
from services.zaken import events
from services.zaken.catalogi.catalogus import CATALOGUS
from services.zaken.catalogi.lifecycle import MainType
from services.zaken.catalogi.naming import ZAAKTYPEN
from services.zaken.formats import AnyUrl, Blankable, Duration, Link, NotNull, Rsin, ShortUrl, ShortUrlOrBlank, Url
from services.zaken.vertrouwelijkheid import Vertrouwelijkheidaanduiding


class IndicatieInternOfExtern(StrEnum):
    """Whether zaken of the type start inside or outside the organisation."""

    intern = "intern"
    extern = "extern"


class AardRelatie(StrEnum):
    """How zaken of a related type relate to those of this one."""

    vervolg = "vervolg"
    bijdrage = "bijdrage"
    onderwerp = "onderwerp"


# ---- fields


class Referentieproces(In):
    """The reference process the type follows."""

    naam: str = Documented(max_length=80, description="Naam van het proces.")
    link: ShortUrlOrBlank = Documented(default="", description="Webadres van de beschrijving.")


class BroncatalogusIn(In):
    """The catalogus this type was copied from."""

    url: ShortUrl = Documented(description="URL van de catalogus.")
    domein: str = Documented(max_length=5, description="Domein van de catalogus.")
    rsin: Rsin = Documented(description="RSIN van de beheerder.")


class BronzaaktypeIn(In):
    """The zaaktype this type was copied from."""

    url: ShortUrl = Documented(description="URL van het zaaktype.")
    identificatie: str = Documented(max_length=50, description="Identificatie van het zaaktype.")
    omschrijving: str = Documented(max_length=80, description="Omschrijving van het zaaktype.")


class BroncatalogusOut(Out):
    """The catalogus this type was copied from; blank when it was not."""

    url: Link = Documented(default="", max_length=200, description="URL van de catalogus.")
    domein: str = Documented(default="", description="Domein van de catalogus.")
    rsin: str = Documented(default="", description="RSIN van de beheerder.")


class BronzaaktypeOut(Out):
    """The zaaktype this type was copied from; blank when it was not."""

    url: Link = Documented(default="", max_length=200, description="URL van het zaaktype.")
    identificatie: str = Documented(default="", description="Identificatie van het zaaktype.")
    omschrijving: str = Documented(default="", description="Omschrijving van het zaaktype.")


class GerelateerdZaaktypeIn(In):
    """A related zaaktype, by URL or identificatie."""

    zaaktype: str = Documented(description="Identificatie of URL van het zaaktype.")
    aard_relatie: AardRelatie = Documented(description="Aard van de relatie.")
    toelichting: str = Documented(default="", max_length=255, description="Toelichting.")


class GerelateerdZaaktypeOut(Out):
    """A related zaaktype as answered."""

    zaaktype: Link = Documented(max_length=200, description="URL van het zaaktype.")
    zaaktype_identificatie: str = Documented(description="Identificatie van het zaaktype.")
    aard_relatie: AardRelatie = Documented(description="Aard van de relatie.")
    toelichting: str = Documented(description="Toelichting.")


class ZaaktypeFields(Fields):
    """What table and JSON share."""

    identificatie: str = Field(max_length=50, min_length=1, description="Unieke code binnen de catalogus.")
    omschrijving: str = Field(max_length=80, min_length=1, description="Korte naam van het zaaktype.")
    omschrijving_generiek: str = Field(default="", max_length=80, description="Landelijke naam van het zaaktype.")
    vertrouwelijkheidaanduiding: Vertrouwelijkheidaanduiding = Field(
        sa_type=Text, description="Vertrouwelijkheid van zaken, tenzij bij de zaak anders gekozen."
    )
    doel: str = Field(sa_type=Text, min_length=1, description="Wat met zaken van dit type wordt bereikt.")
    aanleiding: str = Field(sa_type=Text, min_length=1, description="Waardoor een zaak begint.")
    toelichting: str = Field(default="", sa_type=Text, description="Toelichting.")
    indicatie_intern_of_extern: IndicatieInternOfExtern = Field(sa_type=Text, description="Waar de aanleiding ligt.")
    handeling_initiator: str = Field(max_length=20, min_length=1, description="Wat de initiator doet, als werkwoord.")
    onderwerp: str = Field(max_length=80, min_length=1, description="Waar de zaak over gaat.")
    handeling_behandelaar: str = Field(max_length=20, min_length=1, description="Wat de behandelaar doet.")
    doorlooptijd: Duration = Field(sa_type=Text, description="Wettelijke duur van de behandeling (ISO 8601).")
    servicenorm: Duration | None = Field(default=None, sa_type=Text, description="Duur die de gemeente nastreeft.")
    opschorting_en_aanhouding_mogelijk: bool = Field(description="Of de behandeling stilgelegd kan worden.")
    verlenging_mogelijk: bool = Field(description="Of de doorlooptijd verlengd kan worden.")
    verlengingstermijn: Duration | None = Field(default=None, sa_type=Text, description="Met hoeveel hoogstens.")
    trefwoorden: list[Annotated[str, Documented(max_length=30)]] = Field(
        default_factory=list, sa_type=ARRAY(Text), description="Woorden waarmee het type te vinden is."
    )
    publicatie_indicatie: bool = Field(description="Of (het starten van) een zaak gepubliceerd wordt.")
    publicatietekst: str = Field(default="", sa_type=Text, description="Tekst bij publicatie.")
    verantwoordingsrelatie: list[Annotated[str, Documented(max_length=40)]] = Field(
        default_factory=list, sa_type=ARRAY(Text), description="Relatie met de financiële verantwoording."
    )
    producten_of_diensten: list[Url] = Field(sa_type=ARRAY(Text), description="Wat zaken kunnen opleveren.")
    selectielijst_procestype: ShortUrlOrBlank = Field(
        default="", sa_type=Text, description="Procestype in de selectielijst."
    )
    verantwoordelijke: str = Field(max_length=50, min_length=1, description="Wie verantwoordelijk is voor dit type.")
    begin_geldigheid: date = Field(description="Eerste dag waarop deze versie geldt.")
    einde_geldigheid: date | None = Field(default=None, description="Laatste dag waarop deze versie geldt.")
    begin_object: date | None = Field(default=None, description="Begin van de eerste versie.")
    einde_object: date | None = Field(default=None, description="Einde van de laatste versie.")


class Zaaktype(ZaaktypeFields, Row, table=True):
    """Table of zaaktypen: one row per version."""

    catalogus_id: UUID = Field(foreign_key="catalogus.id")
    concept: bool = True
    versiedatum: date | None = None
    referentieproces: dict[str, Any] = Field(sa_type=JSONB)
    broncatalogus: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    bronzaaktype: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    besluittypen: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    vaste_besluittypen: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    deelzaaktypen: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    gerelateerde_zaaktypen: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB)
    """`{zaaktype, aard_relatie, toelichting}` of each; all relations are by name."""


class ZaaktypeIn(In, ZaaktypeFields):
    """A new version of a zaaktype."""

    catalogus: AnyUrl = Documented(description="URL van de catalogus.")
    referentieproces: Referentieproces = Documented(description="Het referentieproces.")
    broncatalogus: Blankable[BroncatalogusIn] = Documented(default=None, description="Waaruit het type is overgenomen.")
    bronzaaktype: Blankable[BronzaaktypeIn] = Documented(default=None, description="Waarvan het type is overgenomen.")
    besluittypen: list[str] = Documented(description="Omschrijvingen of URL's van besluittypen.")
    deelzaaktypen: list[str] = Documented(
        default_factory=list, description="Identificaties of URL's van deelzaaktypen."
    )
    gerelateerde_zaaktypen: list[GerelateerdZaaktypeIn] = Documented(description="Verwante zaaktypen.")
    versiedatum: NotNull[date] = Documented(
        default=None, description="Datum van deze versie; zonder is het de eerste dag waarop zij geldt."
    )


class ZaaktypePatch(Partial):
    """Any part of a zaaktype."""

    whole = ZaaktypeIn


class ZaaktypeOut(Out, ZaaktypeFields):
    """A zaaktype as answered. As stored, the relations that depend on the day hold names."""

    url: str = Documented(description="URL van deze versie van het zaaktype.")
    catalogus: Link = Documented(description="URL van de catalogus.")
    concept: bool = Documented(description="Of het type nog niet gepubliceerd is.")
    versiedatum: date = Documented(description="Datum van deze versie.")
    referentieproces: Referentieproces = Documented(description="Het referentieproces.")
    broncatalogus: BroncatalogusOut = Documented(description="Waaruit het type is overgenomen.")
    bronzaaktype: BronzaaktypeOut = Documented(description="Waarvan het type is overgenomen.")
    statustypen: list[Link] = Documented(description="URL's van de statustypen, op volgnummer.")
    roltypen: list[Link] = Documented(description="URL's van de roltypen.")
    resultaattypen: list[Link] = Documented(description="URL's van de resultaattypen.")
    resultaattype_omschrijving: list[str] = Documented(description="Omschrijvingen daarvan.")
    eigenschappen: list[Link] = Documented(description="URL's van de eigenschappen.")
    zaakobjecttypen: list[Link] = Documented(description="URL's van de zaakobjecttypen.")
    informatieobjecttypen: list[Link] = Documented(description="URL's van de informatieobjecttypen die nu gelden.")
    informatieobjecttype_omschrijving: list[str] = Documented(description="Omschrijvingen van alle.")
    besluittypen: list[Link] = Documented(description="URL's van de besluittypen die nu gelden.")
    besluittype_omschrijving: list[str] = Documented(description="Omschrijvingen van alle.")
    deelzaaktypen: list[Link] = Documented(description="URL's van de deelzaaktypen die nu gelden.")
    deelzaaktype_identificaties: list[str] = Documented(description="Identificaties van alle.")
    gerelateerde_zaaktypen: list[GerelateerdZaaktypeOut] = Documented(description="Verwante zaaktypen die nu gelden.")


_PARTS = """
SELECT array(SELECT id FROM statustype WHERE zaaktype_id = :id ORDER BY volgnummer, id),
       array(SELECT id FROM roltype WHERE zaaktype_id = :id ORDER BY id),
       array(SELECT id FROM resultaattype WHERE zaaktype_id = :id ORDER BY id),
       array(SELECT omschrijving::text FROM resultaattype WHERE zaaktype_id = :id ORDER BY id),
       array(SELECT id FROM eigenschap WHERE zaaktype_id = :id ORDER BY id),
       array(SELECT id FROM zaakobjecttype WHERE zaaktype_id = :id ORDER BY id),
       array(SELECT informatieobjecttype::text FROM zaaktypeinformatieobjecttype WHERE zaaktype_id = :id
             GROUP BY informatieobjecttype ORDER BY min(volgnummer))
"""


async def render(unit: Unit, row: Zaaktype) -> ZaaktypeOut:
    """The JSON of a zaaktype, with its parts."""
    base = f"{unit.public_url}/catalogi/api/v1"
    found = (await unit.session.execute(text(_PARTS), {"id": row.id})).one()
    statustypen, roltypen, resultaattypen, resultaten, eigenschappen, zaakobjecttypen, names = found
    return ZaaktypeOut(
        **{name: getattr(row, name) for name in ZaaktypeFields.model_fields},
        url=unit.url(ZAAKTYPE, row.id),
        catalogus=unit.url(CATALOGUS, row.catalogus_id),
        concept=row.concept,
        versiedatum=row.versiedatum or row.begin_geldigheid,
        referentieproces=Referentieproces(**row.referentieproces),
        broncatalogus=BroncatalogusOut(**row.broncatalogus or {}),
        bronzaaktype=BronzaaktypeOut(**row.bronzaaktype or {}),
        statustypen=[f"{base}/statustypen/{part}" for part in statustypen],
        roltypen=[f"{base}/roltypen/{part}" for part in roltypen],
        resultaattypen=[f"{base}/resultaattypen/{part}" for part in resultaattypen],
        resultaattype_omschrijving=resultaten,
        eigenschappen=[f"{base}/eigenschappen/{part}" for part in eigenschappen],
        zaakobjecttypen=[f"{base}/zaakobjecttypen/{part}" for part in zaakobjecttypen],
        informatieobjecttypen=names,
        informatieobjecttype_omschrijving=names,
        besluittypen=row.besluittypen,
        besluittype_omschrijving=row.besluittypen,
        deelzaaktypen=row.deelzaaktypen,
        deelzaaktype_identificaties=row.deelzaaktypen,
        gerelateerde_zaaktypen=[
            GerelateerdZaaktypeOut(zaaktype_identificatie=one["zaaktype"], **one) for one in row.gerelateerde_zaaktypen
        ],
    )


ZAAKTYPE = Resource("zaaktype", Zaaktype, "catalogi", "/zaaktypen", render)
ZAAKTYPE_VERSIES = MainType(ZAAKTYPE, ZAAKTYPEN, events.ZAAKTYPE, events.ZAAKTYPE_GEPUBLICEERD)
