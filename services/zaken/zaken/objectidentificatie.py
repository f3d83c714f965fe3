"""What a zaak is about: the shapes of objectIdentificatie per kind of object.

Kinds without a shape (besluit, enkelvoudig_document, status) are known by their URL alone.
"""

from enum import StrEnum
from typing import Any

from pydantic import Field

from chassis.resource import In
from services.zaken.zaken.betrokkene import SHAPES as BETROKKENEN
from services.zaken.zaken.betrokkene import NatuurlijkPersoon, NietNatuurlijkPersoon


class SoortInrichtingselement(StrEnum):
    """Kinds of what stands in public space."""

    bak = "bak"
    bord = "bord"
    installatie = "installatie"
    kast = "kast"
    mast = "mast"
    paal = "paal"
    sensor = "sensor"
    straatmeubilair = "straatmeubilair"
    waterinrichtingselement = "waterinrichtingselement"
    weginrichtingselement = "weginrichtingselement"


class SoortKunstwerkdeel(StrEnum):
    """Kinds of civil works."""

    keermuur = "keermuur"
    overkluizing = "overkluizing"
    duiker = "duiker"
    faunavoorziening = "faunavoorziening"
    vispassage = "vispassage"
    bodemval = "bodemval"
    coupure = "coupure"
    ponton = "ponton"
    voorde = "voorde"
    hoogspanningsmast = "hoogspanningsmast"
    gemaal = "gemaal"
    perron = "perron"
    sluis = "sluis"
    strekdam = "strekdam"
    steiger = "steiger"
    stuw = "stuw"


class SoortSpoorbaandeel(StrEnum):
    """Kinds of railway."""

    breedspoor = "breedspoor"
    normaalspoor = "normaalspoor"
    smalspoor = "smalspoor"
    spoorbaan = "spoorbaan"


class SoortWaterdeel(StrEnum):
    """Kinds of water."""

    zee = "zee"
    waterloop = "waterloop"
    watervlakte = "watervlakte"
    greppel_droge_sloot = "greppel_droge_sloot"


def _identificatie() -> Any:
    return Field(max_length=100, description="Identificatie van het object in zijn register.")


def _plaats() -> Any:
    return Field(max_length=80, description="Woonplaats.")


def _straat() -> Any:
    return Field(max_length=80, description="Straat of andere openbare ruimte.")


def _huisnummer() -> Any:
    return Field(ge=0, le=99999, description="Huisnummer.")


def _text(most: int, description: str) -> Any:
    return Field(default="", max_length=most, description=description)


def _naam(most: int = 500) -> Any:
    return _text(most, "Naam van het object.")


class Adres(In):
    """An address."""

    identificatie: str = _identificatie()
    wpl_woonplaats_naam: str = _plaats()
    gor_openbare_ruimte_naam: str = _straat()
    huisnummer: int = _huisnummer()
    huisletter: str = _text(1, "Huisletter.")
    huisnummertoevoeging: str = _text(4, "Toevoeging bij het huisnummer.")
    postcode: str = _text(7, "Postcode.")


class Buurt(In):
    """A neighbourhood, by the codes of the CBS."""

    buurt_code: str = Field(max_length=2, description="Code van de buurt.")
    buurt_naam: str = Field(max_length=40, description="Naam van de buurt.")
    gem_gemeente_code: str = Field(max_length=4, description="Code van de gemeente.")
    wyk_wijk_code: str = Field(max_length=2, description="Code van de wijk.")


class Gemeente(In):
    """A municipality."""

    gemeente_naam: str = Field(max_length=80, description="Naam van de gemeente.")
    gemeente_code: str = Field(max_length=4, description="Code van de gemeente.")


class GemeentelijkeOpenbareRuimte(In):
    """A public space that the municipality named."""

    identificatie: str = _identificatie()
    openbare_ruimte_naam: str = Field(max_length=80, description="Naam van de openbare ruimte.")


class TerreinGebouwdObjectAdres(In):
    """The address of a building or terrain."""

    num_identificatie: str = _text(100, "Identificatie van de nummeraanduiding.")
    oao_identificatie: str = _text(100, "Identificatie van het object; vervangen door aoaIdentificatie.")
    aoa_identificatie: str = _text(100, "Identificatie van het adres.")
    wpl_woonplaats_naam: str = _plaats()
    gor_openbare_ruimte_naam: str = _straat()
    aoa_postcode: str = _text(7, "Postcode.")
    aoa_huisnummer: int = _huisnummer()
    aoa_huisletter: str = _text(1, "Huisletter.")
    aoa_huisnummertoevoeging: str = _text(4, "Toevoeging bij het huisnummer.")
    ogo_locatie_aanduiding: str = _text(100, "Omschrijving van de plek.")


class TerreinGebouwdObject(In):
    """A building or terrain."""

    identificatie: str = _identificatie()
    adres_aanduiding_grp: TerreinGebouwdObjectAdres | None = Field(default=None, description="Adres.")


class Huishouden(In):
    """People who live together."""

    nummer: str = Field(max_length=12, description="Nummer dat de gemeente het huishouden gaf.")
    is_gehuisvest_in: TerreinGebouwdObject | None = Field(default=None, description="Waar het huishouden woont.")


class Inrichtingselement(In):
    """Something that stands in public space."""

    type: SoortInrichtingselement = Field(description="Soort inrichtingselement.")
    identificatie: str = _identificatie()
    naam: str = _naam()


class KadastraleOnroerendeZaak(In):
    """A plot or apartment, as the Kadaster knows it."""

    kadastrale_identificatie: str = _identificatie()
    kadastrale_aanduiding: str = Field(max_length=1000, description="Aanduiding bij het Kadaster.")


class Kunstwerkdeel(In):
    """A part of a civil work."""

    type: SoortKunstwerkdeel = Field(description="Soort kunstwerk.")
    identificatie: str = _identificatie()
    naam: str = Field(max_length=80, description="Naam van het kunstwerk.")


class MaatschappelijkeActiviteit(In):
    """A business or organisation."""

    kvk_nummer: str = Field(max_length=8, description="KVK-nummer.")
    handelsnaam: str = Field(max_length=200, description="Handelsnaam.")


class OpenbareRuimte(In):
    """A street, square or other public space."""

    identificatie: str = _identificatie()
    wpl_woonplaats_naam: str = _plaats()
    gor_openbare_ruimte_naam: str = _straat()


class Pand(In):
    """A building."""

    identificatie: str = _identificatie()


class Spoorbaandeel(In):
    """A part of a railway."""

    type: SoortSpoorbaandeel = Field(description="Soort spoorbaan.")
    identificatie: str = _identificatie()
    naam: str = _naam()


class Terreindeel(In):
    """A part of a terrain."""

    type: str = Field(max_length=40, description="Soort terrein.")
    identificatie: str = _identificatie()
    naam: str = _naam()


class Waterdeel(In):
    """A part of a water."""

    type_waterdeel: SoortWaterdeel = Field(description="Soort water.")
    identificatie: str = _identificatie()
    naam: str = _naam()


class Wegdeel(In):
    """A part of a road."""

    type: str = Field(max_length=100, description="Soort weg.")
    identificatie: str = _identificatie()
    naam: str = _naam()


class Wijk(In):
    """A district, by the codes of the CBS."""

    wijk_code: str = Field(max_length=2, description="Code van de wijk.")
    wijk_naam: str = Field(max_length=40, description="Naam van de wijk.")
    gem_gemeente_code: str = Field(max_length=4, description="Code van de gemeente.")


class Woonplaats(In):
    """A town or village."""

    identificatie: str = _identificatie()
    woonplaats_naam: str = Field(max_length=80, description="Naam van de woonplaats.")


class WozObjectAdres(In):
    """The address of what is valued for taxes."""

    aoa_identificatie: str = Field(max_length=100, description="Identificatie van het adres.")
    wpl_woonplaats_naam: str = _plaats()
    gor_openbare_ruimte_naam: str = _straat()
    aoa_postcode: str = _text(7, "Postcode.")
    aoa_huisnummer: int = _huisnummer()
    aoa_huisletter: str = _text(1, "Huisletter.")
    aoa_huisnummertoevoeging: str = _text(4, "Toevoeging bij het huisnummer.")
    locatie_omschrijving: str = _text(1000, "Omschrijving van de plek.")


class WozObject(In):
    """What is valued for taxes (WOZ)."""

    woz_object_nummer: str = _identificatie()
    aanduiding_woz_object: WozObjectAdres | None = Field(default=None, description="Adres.")


class WozDeelobject(In):
    """A part of what is valued for taxes."""

    nummer_woz_deel_object: str = Field(max_length=6, description="Nummer binnen het WOZ-object.")
    is_onderdeel_van: WozObject | None = Field(default=None, description="Het WOZ-object.")


class WozWaarde(In):
    """A value for taxes."""

    waardepeildatum: str = Field(max_length=9, description="Datum waarop de waarde geldt.")
    is_voor: WozObject | None = Field(default=None, description="Het WOZ-object.")


class Gerechtigde(In):
    """Who has a right: a person or a rechtspersoon."""

    natuurlijk_persoon: NatuurlijkPersoon | None = Field(default=None, description="Een persoon.")
    niet_natuurlijk_persoon: NietNatuurlijkPersoon | None = Field(default=None, description="Een rechtspersoon.")


class ZakelijkRecht(In):
    """A right on a plot or apartment."""

    identificatie: str = _identificatie()
    avg_aard: str = Field(max_length=1000, description="Aard van het recht.")
    heeft_betrekking_op: KadastraleOnroerendeZaak | None = Field(default=None, description="Waar het recht op rust.")
    heeft_als_gerechtigde: Gerechtigde | None = Field(default=None, description="Wie het recht heeft.")


class Overige(In):
    """An object of a kind that is not among these."""

    overige_data: dict[str, Any] = Field(description="Gegevens van het object.")


SHAPES: dict[str, type[In]] = {
    "adres": Adres,
    "buurt": Buurt,
    "gemeente": Gemeente,
    "gemeentelijke_openbare_ruimte": GemeentelijkeOpenbareRuimte,
    "huishouden": Huishouden,
    "inrichtingselement": Inrichtingselement,
    "kadastrale_onroerende_zaak": KadastraleOnroerendeZaak,
    "kunstwerkdeel": Kunstwerkdeel,
    "maatschappelijke_activiteit": MaatschappelijkeActiviteit,
    "openbare_ruimte": OpenbareRuimte,
    "overige": Overige,
    "pand": Pand,
    "spoorbaandeel": Spoorbaandeel,
    "terrein_gebouwd_object": TerreinGebouwdObject,
    "terreindeel": Terreindeel,
    "waterdeel": Waterdeel,
    "wegdeel": Wegdeel,
    "wijk": Wijk,
    "woonplaats": Woonplaats,
    "woz_deelobject": WozDeelobject,
    "woz_object": WozObject,
    "woz_waarde": WozWaarde,
    "zakelijk_recht": ZakelijkRecht,
    **BETROKKENEN,
}
