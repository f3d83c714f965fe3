"""Events: every one on a subject the service may publish, in kebab-case, with the standard's words."""

import re

import pytest

from chassis.catalog import load_catalog
from chassis.cloudevents import EventType
from services.zaken.events import EVENTS, actie_of


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_events_follow_the_conventions(event: EventType) -> None:
    assert re.fullmatch(
        r"nl\.overheid\.(zaken|besluiten|documenten|zaaktypen|besluittypen|informatieobjecttypen|archiefbeheer)\.[a-z]+(-[a-z]+)+",
        event.type,
    )
    subject = event.route({"gemeente": "gm9001"})
    stems = [allowed.removesuffix(">").replace("*", "gm9001") for allowed in load_catalog().services["zaken"].publishes]
    assert any(subject.startswith(stem) for stem in stems)
    assert actie_of(event) in {"create", "update", "partial_update", "destroy"}
