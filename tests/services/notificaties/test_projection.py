"""The notificatie that an event becomes."""

from typing import Any
from uuid import UUID

import orjson
import pytest

from chassis.cloudevents import Event
from chassis.consuming import Hopeless
from services.notificaties.projection import project


def event(nats_subject: str, data: dict[str, Any] | None = None, dataref: str = "https://m/x/1") -> Event:
    return Event(
        id=UUID(int=1),
        type="nl.overheid.test",
        subject="s",
        source="urn:nld:x",
        sequence=1,
        dataref=dataref,
        time="2026-03-01T12:00:00Z",
        data=data or {},
        nats_subject=nats_subject,
    )


def test_zgw_event() -> None:
    data = {
        "resource": "zaak",
        "actie": "partial_update",
        "hoofdObject": "https://m/zaken/1",
        "kenmerken": {"zaaktype": "https://m/zaaktypen/2", "vertrouwelijkheidaanduiding": "openbaar"},
    }
    made = project(event("zgw.v1.gm9001.zaken.zaak.partial-update", data, "https://m/zaken/1"))
    assert orjson.loads(made.body()) == {
        "kanaal": "zaken",
        "hoofdObject": "https://m/zaken/1",
        "resource": "zaak",
        "resourceUrl": "https://m/zaken/1",
        "actie": "partial_update",
        "aanmaakdatum": "2026-03-01T12:00:00Z",
        "kenmerken": {"zaaktype": "https://m/zaaktypen/2", "vertrouwelijkheidaanduiding": "openbaar"},
    }


@pytest.mark.parametrize(
    ("subject", "kanaal", "resource", "actie", "kenmerken"),
    [
        ("zgw.v1.gm9001.autorisaties.applicatie.create", "autorisaties", "applicatie", "create", {}),
        ("klanten.v1.gm9001.partij.aangemaakt", "partijen", "partij", "aangemaakt", {}),
        ("verhuizingen.v1.gm9001.verhuizing-ingediend", "verhuizingen", "verhuizing", "ingediend", {}),
        ("verhuizingen.v1.gm9001.opvolging-verlopen", "verhuizingen", "opvolging", "verlopen", {}),
        (
            "mor.v1.gm9001.melding.groen.openbaar-groen.boom.wk900101.gemeld",
            "meldingen",
            "melding",
            "gemeld",
            {"afdeling": "groen", "hoofdcategorie": "openbaar-groen", "subcategorie": "boom", "wijk": "wk900101"},
        ),
        ("mor.v1.gm9001.taak.groen-1.aangemaakt", "taken", "taak", "aangemaakt", {"ploeg": "groen-1"}),
    ],
)
def test_kanaal_and_kenmerken_follow_from_the_subject(
    subject: str, kanaal: str, resource: str, actie: str, kenmerken: dict[str, str]
) -> None:
    made = project(event(subject))
    assert (made.kanaal, made.resource, made.actie, dict(made.kenmerken)) == (kanaal, resource, actie, kenmerken)
    assert made.hoofd_object == made.resource_url == "https://m/x/1"


@pytest.mark.parametrize(
    ("subject", "dataref"),
    [("zgw.v1.gm9001.zaken.zaak.create", ""), ("zgw.v1.gm9001.zaken", "https://m/1"), ("x.v1.gm9001.y", "https://m/1")],
)
def test_an_event_that_names_nothing_is_hopeless(subject: str, dataref: str) -> None:
    with pytest.raises(Hopeless):
        project(event(subject, dataref=dataref))


def test_klanten_tell_codes_and_no_more() -> None:
    data = {"partij": "x", "soortPartij": "persoon", "interneNotitie": "vrije tekst"}
    made = project(event("klanten.v1.gm9001.partij.aangemaakt", data))
    assert (made.kanaal, made.kenmerken) == ("partijen", {"soortPartij": "persoon"})
    data = {"verhuizing": "x", "kenmerk": "VH-1", "volgnummer": 3, "status": "verwerkt", "gewijzigd": ["adres"]}
    made = project(event("verhuizingen.v1.gm9001.verhuizing-verwerkt", data))
    assert (made.kanaal, made.kenmerken) == ("verhuizingen", {"status": "verwerkt"})
