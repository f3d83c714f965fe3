"""What the service notificaties publishes: what publishers outside this suite offer, what befalls its own subscribers, and
every notificatie for those who listen without an abonnement.
"""

from typing import Any

from pydantic import Field

from chassis.cloudevents import EventData, EventType


class BerichtData(EventData):
    """A notificatie as subscribers get it; `kanaal` is its full name, which a subject may not be able to hold."""

    kanaal: str
    resource: str
    actie: str
    hoofd_object: str
    resource_url: str
    aanmaakdatum: str
    kenmerken: dict[str, str]


class NotificatieData(BerichtData):
    """A notificatie as its publisher gave it."""

    source: str = ""


class CloudeventData(EventData):
    """A CloudEvent as its publisher gave it."""

    cloudevent: dict[str, Any]


class BezorgingKenmerken(EventData):
    """What subscribers of the channel bezorging filter on."""

    abonnement: str = Field(description="URL van het abonnement.")


class BezorgingData(EventData):
    """Something befell a subscriber; `dataref` is its abonnement. Nothing of what was to be delivered stands in it."""

    resource: str = Field(default="abonnement", description="Soort object dat het betreft.")
    actie: str = Field(description="Wat er gebeurde.")
    hoofd_object: str = Field(description="URL van het abonnement.")
    kenmerken: BezorgingKenmerken
    aantal: int = Field(default=0, description="Aantal berichten dat het betreft.")


NOTIFICATIE_ONTVANGEN = EventType(
    "nl.overheid.notificaties.notificatie-ontvangen",
    "zgw.v1.{gemeente}.{kanaal}.{resource}.{actie}",
    NotificatieData,
    "Een andere bron heeft een notificatie aangeboden.",
)

CLOUDEVENT_ONTVANGEN = EventType(
    "nl.overheid.notificaties.cloudevent-ontvangen",
    "zgw.v1.{gemeente}.cloudevents.{soort}.ontvangen",
    CloudeventData,
    "Een andere bron heeft een CloudEvent aangeboden.",
)


def _bezorging(gebeurtenis: str, description: str) -> EventType:
    return EventType(
        f"nl.overheid.bezorging.abonnement-{gebeurtenis}",
        f"zgw.v1.{{gemeente}}.bezorging.abonnement.{gebeurtenis}",
        BezorgingData,
        description,
    )


HAPERT = _bezorging("hapert", "Een bericht kwam niet aan bij een abonnee die tot dan toe alles aannam.")
ONBEREIKBAAR = _bezorging("onbereikbaar", "Een abonnee faalt telkens en wordt een tijd met rust gelaten.")
BEREIKBAAR = _bezorging("bereikbaar", "Een abonnee die onbereikbaar was neemt weer berichten aan.")
OPGEGEVEN = _bezorging("opgegeven", "Berichten voor een abonnee zijn opgegeven en staan bij de onbestelbare berichten.")
GESTOPT = _bezorging("gestopt", "Een abonnee heeft zijn abonnement beëindigd (410).")

NOTIFICATIE = EventType(
    "nl.overheid.notificaties.notificatie",
    "notificaties.v1.{gemeente}.{kanaal}",
    BerichtData,
    "Een notificatie, zoals abonnees van haar kanaal haar krijgen. Het id is dat van de gebeurtenis waar zij van komt.",
)

EVENTS = (
    NOTIFICATIE_ONTVANGEN,
    CLOUDEVENT_ONTVANGEN,
    NOTIFICATIE,
    HAPERT,
    ONBEREIKBAAR,
    BEREIKBAAR,
    OPGEGEVEN,
    GESTOPT,
)
