"""Made-up content of the providers that the stub stands in for, in the shapes the standards give them."""

from typing import Any

YEARS = (2017, 2020)
PROCESSES = {1: "Inrichten", 2: "Besluiten", 3: "Vastleggen", 4: "Beheren", 5: "Toestemming geven"}
# nummer of the procestype, nummer, naam, procestermijn, waardering, bewaartermijn
RESULTS = (
    (1, 1, "Ingericht", "nihil", "vernietigen", "P10Y"),
    (1, 2, "Niet ingericht", "nihil", "vernietigen", "P5Y"),
    (2, 1, "Vastgesteld", "", "blijvend_bewaren", None),
    (3, 1, "Aangegaan", "vast_te_leggen_datum", "vernietigen", "P20Y"),
    (3, 2, "Niet aangegaan", "nihil", "vernietigen", "P1Y"),
    (4, 1, "Beheerd", "bestaansduur_procesobject", "vernietigen", "P1Y"),
    (4, 2, "Samengevoegd", "samengevoegd_met_bewaartermijn", "vernietigen", "P5Y"),
    (5, 1, "Verleend", "ingeschatte_bestaansduur_procesobject", "vernietigen", "P10Y"),
    (5, 2, "Geweigerd", "nihil", "vernietigen", "P5Y"),
)
OUTCOMES = ("Afgebroken", "Afgehandeld", "Ingetrokken", "Toegekend", "Verleend")
KNOWN_OUTCOME = ("e6a0c939-3404-45b0-88e3-76c94fb80ea7", "Afgewezen")
"""The one the collections name by its UUID."""
_EMPTY_TEXTS = {
    "zaaktype": ("omschrijvingGeneriek", "toelichting", "publicatietekst", "selectielijstProcestype"),
    "zaak": ("omschrijving", "toelichting", "communicatiekanaal", "betalingsindicatie", "selectielijstklasse"),
}
_EMPTY_LISTS = {
    "zaaktype": (
        "trefwoorden",
        "verantwoordingsrelatie",
        "productenOfDiensten",
        "statustypen",
        "resultaattypen",
        "eigenschappen",
        "informatieobjecttypen",
        "roltypen",
        "besluittypen",
        "deelzaaktypen",
        "gerelateerdeZaaktypen",
    ),
    "zaak": ("productenOfDiensten", "deelzaken", "relevanteAndereZaken", "eigenschappen", "kenmerken"),
}
_NULLS = {
    "zaaktype": ("servicenorm", "verlengingstermijn", "eindeGeldigheid"),
    "zaak": (
        "einddatum",
        "einddatumGepland",
        "uiterlijkeEinddatumAfdoening",
        "publicatiedatum",
        "laatsteBetaaldatum",
        "zaakgeometrie",
        "hoofdzaak",
        "status",
        "archiefnominatie",
        "archiefactiedatum",
        "resultaat",
    ),
}


def _empty(kind: str) -> dict[str, Any]:
    return {
        **dict.fromkeys(_EMPTY_TEXTS[kind], ""),
        **dict.fromkeys(_NULLS[kind]),
        **{name: [] for name in _EMPTY_LISTS[kind]},
    }


def zaaktype(root: str) -> dict[str, Any]:
    """A published zaaktype of another catalogus."""
    return _empty("zaaktype") | {
        "url": f"{root}/zaaktype",
        "identificatie": "MOCK-1",
        "omschrijving": "Verzoek behandelen",
        "vertrouwelijkheidaanduiding": "openbaar",
        "doel": "-",
        "aanleiding": "-",
        "indicatieInternOfExtern": "extern",
        "handelingInitiator": "indienen",
        "onderwerp": "Verzoek",
        "handelingBehandelaar": "behandelen",
        "doorlooptijd": "P5D",
        "opschortingEnAanhoudingMogelijk": False,
        "verlengingMogelijk": False,
        "publicatieIndicatie": False,
        "referentieproces": {"naam": "Verzoek", "link": ""},
        "catalogus": f"{root}/catalogus",
        "beginGeldigheid": "2019-01-01",
        "versiedatum": "2019-01-01",
        "concept": False,
    }


def zaak(root: str) -> dict[str, Any]:
    """An open zaak of another register."""
    return _empty("zaak") | {
        "url": f"{root}/zaak",
        "identificatie": "ZAAK-MOCK-1",
        "bronorganisatie": "000000000",
        "zaaktype": f"{root}/zaaktype",
        "registratiedatum": "2019-04-09",
        "verantwoordelijkeOrganisatie": "000000000",
        "startdatum": "2019-04-09",
        "vertrouwelijkheidaanduiding": "openbaar",
        "verlenging": {"reden": "", "duur": None},
        "opschorting": {"indicatie": False, "reden": ""},
        "archiefstatus": "nog_te_archiveren",
    }
