"""Who is involved in a zaak: the shapes of betrokkeneIdentificatie per kind, and the blind indexes to find them by."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from chassis.resource import In
from chassis.sealing import Keyring
from services.zaken.formats import MatchesOrBlank

Anummer = Annotated[
    str, MatchesOrBlank(r"^[1-9][0-9]{9}$", 10, "Een A-nummer heeft tien cijfers en begint niet met een nul.")
]


class Betrokkenetype(StrEnum):
    """Kinds of betrokkene."""

    natuurlijk_persoon = "natuurlijk_persoon"
    niet_natuurlijk_persoon = "niet_natuurlijk_persoon"
    vestiging = "vestiging"
    organisatorische_eenheid = "organisatorische_eenheid"
    medewerker = "medewerker"


class Geslachtsaanduiding(StrEnum):
    """Gender as registered; blank is not given."""

    leeg = ""
    m = "m"
    v = "v"
    o = "o"


class Rechtsvorm(StrEnum):
    """Legal forms of a rechtspersoon; blank is not given."""

    leeg = ""
    besloten_vennootschap = "besloten_vennootschap"
    cooperatie_europees_economische_samenwerking = "cooperatie_europees_economische_samenwerking"
    europese_cooperatieve_venootschap = "europese_cooperatieve_venootschap"
    europese_cooperatieve_vennootschap = "europese_cooperatieve_vennootschap"
    europese_naamloze_vennootschap = "europese_naamloze_vennootschap"
    kerkelijke_organisatie = "kerkelijke_organisatie"
    naamloze_vennootschap = "naamloze_vennootschap"
    onderlinge_waarborg_maatschappij = "onderlinge_waarborg_maatschappij"
    overig_privaatrechtelijke_rechtspersoon = "overig_privaatrechtelijke_rechtspersoon"
    stichting = "stichting"
    vereniging = "vereniging"
    vereniging_van_eigenaars = "vereniging_van_eigenaars"
    publiekrechtelijke_rechtspersoon = "publiekrechtelijke_rechtspersoon"
    vennootschap_onder_firma = "vennootschap_onder_firma"
    maatschap = "maatschap"
    rederij = "rederij"
    commanditaire_vennootschap = "commanditaire_vennootschap"
    kapitaalvennootschap_binnen_eer = "kapitaalvennootschap_binnen_eer"
    overige_buitenlandse_rechtspersoon_vennootschap = "overige_buitenlandse_rechtspersoon_vennootschap"
    kapitaalvennootschap_buiten_eer = "kapitaalvennootschap_buiten_eer"


class Verblijfsadres(In):
    """An address in the Netherlands."""

    aoa_identificatie: str = Field(max_length=100, description="Identificatie van het adres.")
    wpl_woonplaats_naam: str = Field(max_length=80, description="Woonplaats.")
    gor_openbare_ruimte_naam: str = Field(max_length=80, description="Straat.")
    aoa_postcode: str = Field(default="", max_length=7, description="Postcode.")
    aoa_huisnummer: int = Field(ge=0, le=99999, description="Huisnummer.")
    aoa_huisletter: str = Field(default="", max_length=1, description="Huisletter.")
    aoa_huisnummertoevoeging: str = Field(default="", max_length=4, description="Toevoeging bij het huisnummer.")
    inp_locatiebeschrijving: str = Field(default="", max_length=1000, description="Omschrijving van de plek.")


class VerblijfBuitenland(In):
    """An address abroad."""

    lnd_landcode: str = Field(max_length=4, description="Code van het land.")
    lnd_landnaam: str = Field(max_length=40, description="Naam van het land.")
    sub_adres_buitenland_1: str = Field(
        default="", alias="subAdresBuitenland_1", max_length=35, description="Eerste adresregel."
    )
    sub_adres_buitenland_2: str = Field(
        default="", alias="subAdresBuitenland_2", max_length=35, description="Tweede adresregel."
    )
    sub_adres_buitenland_3: str = Field(
        default="", alias="subAdresBuitenland_3", max_length=35, description="Derde adresregel."
    )


class NatuurlijkPersoon(In):
    """A person."""

    inp_bsn: str = Field(default="", max_length=9, description="Burgerservicenummer.")
    anp_identificatie: str = Field(default="", max_length=17, description="Nummer dat de gemeente zelf uitgaf.")
    inp_a_nummer: Anummer = Field(default="", alias="inpA_nummer", description="Administratienummer.")
    geslachtsnaam: str = Field(default="", max_length=200, description="Achternaam.")
    voorvoegsel_geslachtsnaam: str = Field(default="", max_length=80, description="Voorvoegsel.")
    voorletters: str = Field(default="", max_length=20, description="Voorletters.")
    voornamen: str = Field(default="", max_length=200, description="Voornamen.")
    geslachtsaanduiding: Geslachtsaanduiding = Field(default=Geslachtsaanduiding.leeg, description="Geslacht.")
    geboortedatum: str = Field(default="", max_length=18, description="Geboortedatum.")
    verblijfsadres: Verblijfsadres | None = Field(default=None, description="Adres in Nederland.")
    sub_verblijf_buitenland: VerblijfBuitenland | None = Field(default=None, description="Adres in het buitenland.")


class NietNatuurlijkPersoon(In):
    """A rechtspersoon."""

    inn_nnp_id: str = Field(default="", max_length=9, description="RSIN.")
    ann_identificatie: str = Field(default="", max_length=17, description="Nummer dat de gemeente zelf uitgaf.")
    statutaire_naam: str = Field(default="", max_length=500, description="Statutaire naam.")
    inn_rechtsvorm: Rechtsvorm = Field(default=Rechtsvorm.leeg, description="Rechtsvorm.")
    bezoekadres: str = Field(default="", max_length=1000, description="Bezoekadres.")
    sub_verblijf_buitenland: VerblijfBuitenland | None = Field(default=None, description="Adres in het buitenland.")


class Vestiging(In):
    """A branch of a company."""

    vestigings_nummer: str = Field(default="", max_length=24, description="Vestigingsnummer.")
    handelsnaam: list[Annotated[str, Field(max_length=625)]] = Field(default_factory=list, description="Handelsnamen.")
    verblijfsadres: Verblijfsadres | None = Field(default=None, description="Adres in Nederland.")
    sub_verblijf_buitenland: VerblijfBuitenland | None = Field(default=None, description="Adres in het buitenland.")
    kvk_nummer: str = Field(default="", max_length=8, description="KVK-nummer.")


class OrganisatorischeEenheid(In):
    """A part of the organisation."""

    identificatie: str = Field(default="", max_length=24, description="Code van de eenheid.")
    naam: str = Field(default="", max_length=50, description="Naam van de eenheid.")
    is_gehuisvest_in: str = Field(default="", max_length=24, description="Waar de eenheid gehuisvest is.")


class Medewerker(In):
    """An employee."""

    identificatie: str = Field(default="", max_length=254, description="Code van de medewerker.")
    achternaam: str = Field(default="", max_length=200, description="Achternaam.")
    voorletters: str = Field(default="", max_length=20, description="Voorletters.")
    voorvoegsel_achternaam: str = Field(default="", max_length=10, description="Voorvoegsel.")


SHAPES: dict[str, type[In]] = {
    "natuurlijk_persoon": NatuurlijkPersoon,
    "niet_natuurlijk_persoon": NietNatuurlijkPersoon,
    "vestiging": Vestiging,
    "organisatorische_eenheid": OrganisatorischeEenheid,
    "medewerker": Medewerker,
}
_INDEXED = {
    "natuurlijk_persoon": ("inp_bsn", "anp_identificatie", "inp_a_nummer"),
    "niet_natuurlijk_persoon": ("inn_nnp_id", "ann_identificatie"),
    "vestiging": ("vestigings_nummer", "kvk_nummer"),
}


def identificatie_index(keyring: Keyring, name: str, value: str) -> bytes:
    """Blind index (32 bytes) of one identification; `name` is the field, or the kind for eenheid and medewerker."""
    return keyring.index(value, "bsn" if name == "inp_bsn" else f"rol.{name}")


def identificatie_indexes(keyring: Keyring, kind: str, identification: dict[str, Any] | None, url: str) -> list[bytes]:
    """Blind indexes of everything a betrokkene can be found by: `url` and the identifications that are filled."""
    found = {"betrokkene": url}
    if identification:
        found |= {name: identification.get(name) or "" for name in _INDEXED.get(kind, ())}
        if kind not in _INDEXED:
            found[kind] = identification.get("identificatie") or ""
    return [identificatie_index(keyring, name, value) for name, value in found.items() if value]
