"""What the service notificaties publishes: the notificaties of publishers that are not part of this suite."""

from chassis.cloudevents import EventData, EventType


class NotificatieData(EventData):
    """A notificatie as its publisher gave it; `kanaal` is its full name, which a subject may not be able to hold."""

    kanaal: str
    resource: str
    actie: str
    hoofd_object: str
    resource_url: str
    aanmaakdatum: str
    kenmerken: dict[str, str]


NOTIFICATIE_ONTVANGEN = EventType(
    "nl.overheid.notificaties.notificatie-ontvangen",
    "zgw.v1.{gemeente}.{kanaal}.{resource}.{actie}",
    NotificatieData,
    "Een andere bron heeft een notificatie aangeboden.",
)

EVENTS = (NOTIFICATIE_ONTVANGEN,)
