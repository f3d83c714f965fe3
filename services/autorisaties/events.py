"""What the service autorisaties publishes: kanaal `autorisaties`."""

from typing import Literal

from pydantic import Field

from chassis.cloudevents import EventData, EventType

Actie = Literal["create", "update", "partial_update", "destroy"]


class ApplicatieData(EventData):
    """Which applicatie, and what was done to it."""

    resource: str = Field(description="Soort object dat veranderde.")
    actie: Actie = Field(description="Wat ermee gebeurde.")
    hoofd_object: str = Field(description="URL van de applicatie.")
    kenmerken: dict[str, str] = Field(description="Leeg: op dit kanaal valt niets te filteren.")


def _event(actie: Actie, gebeurtenis: str, description: str) -> EventType:
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
