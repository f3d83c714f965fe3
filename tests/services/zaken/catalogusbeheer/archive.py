"""An archive as Open Zaak exports a catalogus, made after its serializers: names in snake_case, URLs of that installation."""

import io
import json
import zipfile
from typing import Any

from tests.services.zaken.elsewhere import Elsewhere

API = "https://openzaak.example/catalogi/api/v1"


def url(collection: str, number: int = 1) -> str:
    """The URL that something has there."""
    return f"{API}/{collection}/00000000-0000-4000-8000-{number:012}"


def lists(elsewhere: Elsewhere) -> dict[str, str]:
    """Rows of a selectielijst that can be reached, by the name of the field that refers to them."""
    procestype = {"nummer": 1, "jaar": 2020, "naam": "Vergunnen", "procesobject": "Vergunning"}
    process = elsewhere.put("procestypen/1", procestype)
    klasse = {"procesType": process, "waardering": "vernietigen", "procestermijn": "nihil", "bewaartermijn": "P5Y"}
    return {
        "selectielijstProcestype": process,
        "selectielijstklasse": elsewhere.put("resultaten/1", klasse),
        "resultaattypeomschrijving": elsewhere.put(
            "resultaattypeomschrijvingen/1", {"omschrijving": "Verleend", "definitie": "Toegekend"}
        ),
    }


def of_zaaktype(name: str, number: int = 1, **fields: Any) -> dict[str, Any]:
    """What every part has."""
    own = {"url": url(name, number), "zaaktype": url("zaaktypen"), "zaaktype_identificatie": "vergunnen"}
    period = dict.fromkeys(["begin_geldigheid", "einde_geldigheid", "begin_object", "einde_object"])
    return own | {"catalogus": url("catalogussen")} | period | fields


TEXTS = ["doel", "aanleiding", "handeling_initiator", "onderwerp", "handeling_behandelaar", "verantwoordelijke"]
LISTS = ["trefwoorden", "verantwoordingsrelatie", "producten_of_diensten", "zaakobjecttypen", "deelzaaktypen"]
ZAAKTYPE: dict[str, Any] = {
    **dict.fromkeys(TEXTS, "Tekst"),
    "identificatie": "vergunnen",
    "omschrijving": "Vergunnen",
    "omschrijving_generiek": "",
    "vertrouwelijkheidaanduiding": "openbaar",
    "toelichting": "",
    "indicatie_intern_of_extern": "extern",
    "doorlooptijd": "P30D",
    "servicenorm": None,
    "opschorting_en_aanhouding_mogelijk": False,
    "verlenging_mogelijk": True,
    "verlengingstermijn": "P30D",
    "publicatie_indicatie": False,
    "publicatietekst": "",
    "concept": False,
    "broncatalogus": {"url": "", "domein": "", "rsin": ""},
    "bronzaaktype": {"url": "", "identificatie": "", "omschrijving": ""},
    "referentieproces": {"naam": "Vergunnen", "link": ""},
    "begin_geldigheid": "2020-01-01",
    "einde_geldigheid": None,
    "versiedatum": "2020-01-01",
    "begin_object": "2020-01-01",
    "einde_object": None,
}


def zaaktype(procestype: str) -> dict[str, Any]:
    """A zaaktype that is related to itself."""
    related = {"zaaktype": url("zaaktypen"), "aard_relatie": "vervolg", "toelichting": "Daarna"}
    parts = ["resultaattypen", "eigenschappen", "informatieobjecttypen", "roltypen", "besluittypen"]
    return ZAAKTYPE | {
        **{name: [] for name in LISTS},
        **{name: [url(name)] for name in parts},
        "url": url("zaaktypen"),
        "selectielijst_procestype": procestype,
        "catalogus": url("catalogussen"),
        "statustypen": [url("statustypen", 1), url("statustypen", 2)],
        "gerelateerde_zaaktypen": [related],
    }


def statustype(number: int, name: str) -> dict[str, Any]:
    """A statustype."""
    return of_zaaktype(
        "statustypen",
        number,
        omschrijving=name,
        omschrijving_generiek="",
        statustekst="",
        volgnummer=number,
        is_eindstatus=number == 2,
        informeren=False,
        doorlooptijd=None,
        toelichting=None,
        checklistitem_statustype=[
            {"itemnaam": "Compleet", "toelichting": "", "vraagstelling": "Is alles er?", "verplicht": True}
        ],
        eigenschappen=[url("eigenschappen")] if number == 2 else [],
        zaakobjecttypen=[],
    )


def resultaattype(known: dict[str, str]) -> dict[str, Any]:
    """A resultaattype."""
    return of_zaaktype(
        "resultaattypen",
        omschrijving="Verleend",
        resultaattypeomschrijving=known["resultaattypeomschrijving"],
        omschrijving_generiek="Verleend",
        selectielijstklasse=known["selectielijstklasse"],
        toelichting="",
        archiefnominatie="vernietigen",
        archiefactietermijn="P5Y",
        brondatum_archiefprocedure={
            "afleidingswijze": "afgehandeld",
            "datumkenmerk": "",
            "einddatum_bekend": False,
            "objecttype": "",
            "registratie": "",
            "procestermijn": None,
        },
        procesobjectaard="",
        indicatie_specifiek=None,
        procestermijn=None,
        besluittypen=[url("besluittypen")],
        besluittype_omschrijving=["Vergunning"],
        informatieobjecttypen=[url("informatieobjecttypen")],
        informatieobjecttype_omschrijving=["Brief"],
    )


CATALOGUS: dict[str, Any] = {
    "url": url("catalogussen"),
    "domein": "OPENZ",
    "rsin": "517439943",
    "contactpersoon_beheer_naam": "Beheer",
    "contactpersoon_beheer_telefoonnummer": "",
    "contactpersoon_beheer_emailadres": "",
    "zaaktypen": [url("zaaktypen")],
    "besluittypen": [url("besluittypen")],
    "informatieobjecttypen": [url("informatieobjecttypen")],
    "naam": "Uit Open Zaak",
    "versie": "",
    "begindatum_versie": None,
}


def main_types() -> dict[str, list[dict[str, Any]]]:
    """The catalogus and the types beside the zaaktype."""
    of = {
        "catalogus": url("catalogussen"),
        "begin_geldigheid": "2019-01-01",
        "einde_geldigheid": None,
        "concept": False,
    }
    of |= {"begin_object": None, "einde_object": None}
    generic = "informatieobjecttype_omschrijving_generiek"
    names = [generic, *(f"{one}_{generic}" for one in ("definitie", "herkomst", "hierarchie", "opmerking"))]
    return {
        "Catalogus": [CATALOGUS],
        "InformatieObjectType": [
            of
            | {"url": url("informatieobjecttypen"), "omschrijving": "Brief", "vertrouwelijkheidaanduiding": "openbaar"}
            | {"informatieobjectcategorie": "brief", "trefwoord": [], "omschrijving_generiek": dict.fromkeys(names, "")}
            | {"besluittypen": [], "zaaktypen": []}
        ],
        "BesluitType": [
            of
            | {"url": url("besluittypen"), "omschrijving": "Vergunning", "omschrijving_generiek": "", "toelichting": ""}
            | {"besluitcategorie": "", "reactietermijn": "P42D", "publicatie_indicatie": False, "publicatietekst": ""}
            | {"publicatietermijn": None, "informatieobjecttypen": [url("informatieobjecttypen")], "zaaktypen": []}
            | {"resultaattypen": [], "resultaattypen_omschrijving": [], "vastgelegd_in": ["Brief"]}
        ],
    }


def entries(elsewhere: Elsewhere) -> dict[str, list[dict[str, Any]]]:
    """The lists of an archive by name of the file."""
    known = lists(elsewhere)
    specificatie = {"groep": "", "formaat": "tekst", "lengte": "8", "kardinaliteit": "1", "waardenverzameling": []}
    related = {"informatieobjecttype": url("informatieobjecttypen"), "volgnummer": 1, "richting": "inkomend"}
    return main_types() | {
        "ZaakType": [zaaktype(known["selectielijstProcestype"])],
        "StatusType": [statustype(1, "Ontvangen"), statustype(2, "Klaar")],
        "RolType": [of_zaaktype("roltypen", omschrijving="Aanvrager", omschrijving_generiek="initiator")],
        "Eigenschap": [
            of_zaaktype(
                "eigenschappen",
                naam="kleur",
                definitie="Kleur",
                specificatie=specificatie,
                toelichting="",
                statustype=url("statustypen", 2),
            )
        ],
        "ResultaatType": [resultaattype(known)],
        "ZaakTypeInformatieObjectType": [
            of_zaaktype("zaaktype-informatieobjecttypen") | related | {"statustype": url("statustypen", 1)}
        ],
    }


def packed(files: dict[str, Any], method: int = zipfile.ZIP_STORED) -> bytes:
    """The archive; a file that is bytes or text already stays as it is."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(
                name if "." in name else f"{name}.json",
                content if isinstance(content, bytes | str) else json.dumps(content),
            )
    return buffer.getvalue()
