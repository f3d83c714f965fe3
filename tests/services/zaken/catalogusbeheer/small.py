"""A small document with one of everything, to change in tests."""

import copy
from typing import Any

from services.zaken.catalogusbeheer import plain_yaml
from tests.services.zaken.catalogusbeheer.filling import listed

RESULTAAT = {
    "omschrijving": "Geweigerd",
    "resultaattypeomschrijving": listed("", "resultaattypeomschrijvingen", "omschrijving", "Afgewezen"),
    "selectielijstklasse": listed("", "resultaten", "volledig_nummer", "3.2"),
    "brondatumArchiefprocedure": {"afleidingswijze": "afgehandeld"},
}
_SMALL: dict[str, Any] = {
    "formaat": "meent-catalogus-1",
    "catalogus": {"domein": "TEST", "rsin": "517439943", "contactpersoonBeheerNaam": "Beheer"},
    "informatieobjecttypen": [
        {
            "omschrijving": "Brief",
            "beginGeldigheid": "2020-01-01",
            "concept": False,
            "vertrouwelijkheidaanduiding": "openbaar",
            "informatieobjectcategorie": "brief",
        }
    ],
    "besluittypen": [
        {
            "omschrijving": "Vergunning",
            "beginGeldigheid": "2020-01-01",
            "concept": False,
            "publicatieIndicatie": False,
            "informatieobjecttypen": ["Brief"],
        }
    ],
    "zaaktypen": [
        {
            "identificatie": "vergunnen",
            "beginGeldigheid": "2020-01-01",
            "concept": False,
            "omschrijving": "Vergunnen",
            "vertrouwelijkheidaanduiding": "openbaar",
            "doel": "Vergunning geven",
            "aanleiding": "Aanvraag",
            "indicatieInternOfExtern": "extern",
            "handelingInitiator": "aanvragen",
            "onderwerp": "Vergunning",
            "handelingBehandelaar": "behandelen",
            "doorlooptijd": "P8W",
            "opschortingEnAanhoudingMogelijk": False,
            "verlengingMogelijk": False,
            "publicatieIndicatie": False,
            "productenOfDiensten": [],
            "selectielijstProcestype": listed("", "procestypen", "naam", "Vergunning geven"),
            "verantwoordelijke": "Vergunningen",
            "referentieproces": {"naam": "Vergunnen"},
            "besluittypen": ["Vergunning"],
            "gerelateerdeZaaktypen": [],
            "statustypen": [
                {"volgnummer": 1, "omschrijving": "Ontvangen"},
                {"volgnummer": 2, "omschrijving": "Afgerond"},
            ],
            "roltypen": [{"omschrijving": "Aanvrager", "omschrijvingGeneriek": "initiator"}],
            "eigenschappen": [
                {
                    "naam": "kleur",
                    "definitie": "Kleur",
                    "specificatie": {"formaat": "tekst", "lengte": "8", "kardinaliteit": "1"},
                    "statustype": 2,
                }
            ],
            "resultaattypen": [RESULTAAT],
            "zaakobjecttypen": [
                {
                    "relatieOmschrijving": "Gaat over",
                    "objecttype": "https://objecten.example/pand",
                    "anderObjecttype": False,
                }
            ],
            "informatieobjecttypen": [
                {"volgnummer": 1, "richting": "inkomend", "informatieobjecttype": "Brief", "statustype": 1}
            ],
        }
    ],
}


def small(*, concept: bool = False, **zaaktype: Any) -> dict[str, Any]:
    """The content of the document. zaaktype: other fields of its zaaktype; concept: that is not published."""
    content = copy.deepcopy(_SMALL)
    content["zaaktypen"][0] |= zaaktype | {"concept": concept}
    return content


def text(content: Any) -> bytes:
    """The document."""
    return plain_yaml.write(content)
