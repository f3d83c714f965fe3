"""What the service autorisaties publishes: kanaal `autorisaties`."""

from chassis.cloudevents import EventData, EventType


class ApplicatieData(EventData):
    """Which applicatie, and what was done to it."""

    resource: str
    actie: str
    hoofd_object: str
    kenmerken: dict[str, str]


def _event(actie: str, gebeurtenis: str, description: str) -> EventType:
    return EventType(
        f"nl.overheid.autorisaties.applicatie-{gebeurtenis}",
        f"zgw.v1.{{gemeente}}.autorisaties.applicatie.{actie}",
        ApplicatieData,
        description,
    )


APPLICATIE_AANGEMAAKT = _event("create", "aangemaakt", "Een applicatie is geregistreerd.")
APPLICATIE_GEWIJZIGD = _event("update", "gewijzigd", "De rechten van een applicatie zijn gewijzigd.")
APPLICATIE_VERWIJDERD = _event("destroy", "verwijderd", "Een applicatie is verwijderd.")

EVENTS = (APPLICATIE_AANGEMAAKT, APPLICATIE_GEWIJZIGD, APPLICATIE_VERWIJDERD)
