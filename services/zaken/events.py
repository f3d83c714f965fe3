"""Events of the service zaken: what the ZGW notification channels `zaken` and `zaaktypen` tell, without personal data."""

from typing import Literal

from pydantic import Field

from chassis.cloudevents import EventData, EventType

Actie = Literal["create", "update", "partial_update", "destroy"]


class ZakenKenmerken(EventData):
    """What subscribers of the channel zaken filter on: those of the zaak."""

    bronorganisatie: str = Field(description="RSIN van de organisatie die de zaak registreerde.")
    zaaktype: str = Field(description="URL van het zaaktype.")
    vertrouwelijkheidaanduiding: str = Field(description="Vertrouwelijkheid van de zaak.")


class ZakenData(EventData):
    """An event on a zaak or something that belongs to it; `dataref` is the resource itself."""

    resource: str = Field(description="Soort object dat veranderde.")
    actie: Actie = Field(description="Wat ermee gebeurde.")
    hoofd_object: str = Field(description="URL van de zaak.")
    kenmerken: ZakenKenmerken


class ZaaktypenKenmerken(EventData):
    """What subscribers of the channel zaaktypen filter on."""

    catalogus: str = Field(description="URL van de catalogus.")


class ZaaktypenData(EventData):
    """An event on a zaaktype or something that belongs to it; `dataref` is the resource itself."""

    resource: str = Field(description="Soort object dat veranderde.")
    actie: Actie = Field(description="Wat ermee gebeurde.")
    hoofd_object: str = Field(description="URL van het zaaktype.")
    kenmerken: ZaaktypenKenmerken


ZAAK_GEOPEND = EventType(
    "nl.overheid.zaken.zaak-geopend", "zgw.v1.{gemeente}.zaken.zaak.create", ZakenData, "Een zaak is geregistreerd."
)
ZAAK_GEMUTEERD = EventType(
    "nl.overheid.zaken.zaak-gemuteerd",
    "zgw.v1.{gemeente}.zaken.zaak.partial-update",
    ZakenData,
    "Gegevens van een zaak zijn gewijzigd.",
)
ZAAK_AFGESLOTEN = EventType(
    "nl.overheid.zaken.zaak-afgesloten",
    "zgw.v1.{gemeente}.zaken.zaak.update",
    ZakenData,
    "Een zaak kreeg haar eindstatus en is gesloten.",
)
ZAAK_HEROPEND = EventType(
    "nl.overheid.zaken.zaak-heropend",
    "zgw.v1.{gemeente}.zaken.zaak.update",
    ZakenData,
    "Een gesloten zaak kreeg een andere status en loopt weer.",
)
STATUS_TOEGEVOEGD = EventType(
    "nl.overheid.zaken.status-toegevoegd",
    "zgw.v1.{gemeente}.zaken.status.create",
    ZakenData,
    "Een zaak kreeg een status.",
)
ROL_TOEGEVOEGD = EventType(
    "nl.overheid.zaken.rol-toegevoegd",
    "zgw.v1.{gemeente}.zaken.rol.create",
    ZakenData,
    "Een zaak kreeg een betrokkene.",
)
ZAAKTYPE_AANGEMAAKT = EventType(
    "nl.overheid.zaaktypen.zaaktype-aangemaakt",
    "zgw.v1.{gemeente}.zaaktypen.zaaktype.create",
    ZaaktypenData,
    "Een concept van een zaaktype is gemaakt.",
)
ZAAKTYPE_GEPUBLICEERD = EventType(
    "nl.overheid.zaaktypen.zaaktype-gepubliceerd",
    "zgw.v1.{gemeente}.zaaktypen.zaaktype.update",
    ZaaktypenData,
    "Een zaaktype is gepubliceerd: er kunnen zaken van worden geopend.",
)
STATUSTYPE_TOEGEVOEGD = EventType(
    "nl.overheid.zaaktypen.statustype-toegevoegd",
    "zgw.v1.{gemeente}.zaaktypen.statustype.create",
    ZaaktypenData,
    "Een zaaktype kreeg een statustype.",
)
ROLTYPE_TOEGEVOEGD = EventType(
    "nl.overheid.zaaktypen.roltype-toegevoegd",
    "zgw.v1.{gemeente}.zaaktypen.roltype.create",
    ZaaktypenData,
    "Een zaaktype kreeg een roltype.",
)


def actie_of(event: EventType) -> Actie:
    """What an event says happened: the last token of its subject, as the standard spells it."""
    actie: Actie = event.subject.rsplit(".", 1)[1].replace("-", "_")  # type: ignore[assignment]
    return actie


EVENTS = (
    ZAAK_GEOPEND,
    ZAAK_GEMUTEERD,
    ZAAK_AFGESLOTEN,
    ZAAK_HEROPEND,
    STATUS_TOEGEVOEGD,
    ROL_TOEGEVOEGD,
    ZAAKTYPE_AANGEMAAKT,
    ZAAKTYPE_GEPUBLICEERD,
    STATUSTYPE_TOEGEVOEGD,
    ROLTYPE_TOEGEVOEGD,
)
