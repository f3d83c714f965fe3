"""The brondatum: the date from which a zaak is kept, and where it comes from (ztc-003 to ztc-008).

A resultaattype says which afleidingswijze holds, and what that needs to find the date: a name of a gegeven, a kind of
object, a register, or a term.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema
from pydantic import Field as Documented
from pydantic.alias_generators import to_camel

from chassis.problems import CodedValueError
from chassis.resource import In
from services.zaken.formats import Duration
from services.zaken.validation import Findings


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


def _known_or_blank(value: str) -> str:
    if value not in {"", *Objecttype}:
        raise CodedValueError("invalid_choice", "Deze waarde is geen geldige keuze.")
    return value


ObjecttypeOrBlank = Annotated[
    str, AfterValidator(_known_or_blank), WithJsonSchema({"type": "string", "enum": ["", *Objecttype]})
]
"""Blank is none."""


class BrondatumArchiefprocedure(In):
    """How the date is found at which the time begins that a zaak is kept."""

    afleidingswijze: Afleidingswijze = Documented(description="Waar de brondatum vandaan komt.")
    datumkenmerk: str = Documented(default="", max_length=80, description="Naam van het gegeven met de datum.")
    einddatum_bekend: bool = Documented(
        default=False, description="Of de einddatum bekend moet zijn voordat de zaak gesloten kan worden."
    )
    objecttype: ObjecttypeOrBlank = Documented(default="", description="Soort object met de datum.")
    registratie: str = Documented(default="", max_length=80, description="Registratie waarin het object staat.")
    procestermijn: Duration | None = Documented(default=None, description="Duur na het afronden van de zaak.")


_NEEDS = {
    Afleidingswijze.ander_datumkenmerk: {"datumkenmerk", "objecttype", "registratie"},
    Afleidingswijze.eigenschap: {"datumkenmerk"},
    Afleidingswijze.termijn: {"procestermijn"},
    Afleidingswijze.zaakobject: {"datumkenmerk", "objecttype"},
}
"""What an afleidingswijze must have of the four; it must not have the others (ztc-004, ztc-006, ztc-007, ztc-008)."""
_DATE_IS_KNOWN = {Afleidingswijze.afgehandeld, Afleidingswijze.termijn}
"""Nothing has to become known during the zaak (ztc-005)."""
_FIXED = {
    "nihil": Afleidingswijze.afgehandeld,
    "ingeschatte_bestaansduur_procesobject": Afleidingswijze.termijn,
}
"""The one afleidingswijze that fits a procestermijn of the selectielijst (ztc-003); any fits the others, also none."""


def check_brondatum(brondatum: BrondatumArchiefprocedure, procestermijn: str, findings: Findings) -> None:
    """What is wrong with it, fields first, for a selectielijstklasse with this procestermijn (ztc-003 to ztc-008)."""
    way = Afleidingswijze(brondatum.afleidingswijze)
    for name in ("datumkenmerk", "objecttype", "registratie", "procestermijn"):
        needed = name in _NEEDS.get(way, ())
        if bool(getattr(brondatum, name)) is not needed:
            _add(findings, name, needed=needed)
    if brondatum.einddatum_bekend and way in _DATE_IS_KNOWN:
        _add(findings, "einddatum_bekend", needed=False)
    if _FIXED.get(procestermijn, way) is not way:
        reason = "Deze afleidingswijze past niet bij de procestermijn van de selectielijstklasse."
        findings.add("nonFieldErrors", "invalid-afleidingswijze-for-procestermijn", reason)


def _add(findings: Findings, name: str, *, needed: bool) -> None:
    code, how = ("required", "verplicht") if needed else ("must-be-empty", "niet toegestaan")
    findings.add(f"brondatumArchiefprocedure.{to_camel(name)}", code, f"Dit is bij deze afleidingswijze {how}.")
