"""Events of the service zaken: what the ZGW notification channels of its registers tell, without personal data."""

from typing import Literal, NamedTuple

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


class BesluittypenData(ZaaktypenData):
    """An event on a besluittype; `dataref` is the besluittype."""

    hoofd_object: str = Field(description="URL van het besluittype.")


class InformatieobjecttypenData(ZaaktypenData):
    """An event on an informatieobjecttype; `dataref` is the informatieobjecttype."""

    hoofd_object: str = Field(description="URL van het informatieobjecttype.")


class BesluitenKenmerken(EventData):
    """What subscribers of the channel besluiten filter on: those of the besluit."""

    verantwoordelijke_organisatie: str = Field(description="RSIN van de organisatie die het besluit nam.")
    besluittype: str = Field(description="URL van het besluittype.")


class BesluitenData(EventData):
    """An event on a besluit or something that belongs to it; `dataref` is the resource itself."""

    resource: str = Field(description="Soort object dat veranderde.")
    actie: Actie = Field(description="Wat ermee gebeurde.")
    hoofd_object: str = Field(description="URL van het besluit.")
    kenmerken: BesluitenKenmerken


class DocumentenKenmerken(EventData):
    """What subscribers of the channel documenten filter on: those of the document."""

    bronorganisatie: str = Field(description="RSIN van de organisatie die het document maakte of ontving.")
    informatieobjecttype: str = Field(description="URL van het informatieobjecttype.")
    vertrouwelijkheidaanduiding: str = Field(description="Vertrouwelijkheid van het document.")


class DocumentenData(EventData):
    """An event on a document or something that belongs to it; `dataref` is the resource itself."""

    resource: str = Field(description="Soort object dat veranderde.")
    actie: Actie = Field(description="Wat ermee gebeurde.")
    hoofd_object: str = Field(description="URL van het document.")
    kenmerken: DocumentenKenmerken


class ArchiefbeheerKenmerken(EventData):
    """What subscribers of the channel archiefbeheer filter on."""

    status: str = Field(description="Hoever de vernietigingslijst is.")


class ArchiefbeheerData(EventData):
    """An event on a vernietigingslijst; `dataref` is the resource itself."""

    resource: str = Field(description="Soort object dat veranderde.")
    hoofd_object: str = Field(description="URL van de vernietigingslijst.")
    kenmerken: ArchiefbeheerKenmerken


class Changes(NamedTuple):
    """What can happen to a type or to a part of a zaak or a zaaktype, an event for each."""

    toegevoegd: EventType
    gewijzigd: EventType
    verwijderd: EventType


def _changes(kanaal: str, resource: str, data: type[EventData], noun: str) -> Changes:
    """The three events of a resource; `noun` is how a sentence about it begins."""

    def event(gebeurtenis: str, actie: Actie) -> EventType:
        return EventType(
            f"nl.overheid.{kanaal}.{resource}-{gebeurtenis}",
            f"zgw.v1.{{gemeente}}.{kanaal}.{resource}.{actie}",
            data,
            f"{noun} is {gebeurtenis}.",
        )

    return Changes(event("toegevoegd", "create"), event("gewijzigd", "update"), event("verwijderd", "destroy"))


def _published(kanaal: str, resource: str, data: type[EventData], noun: str, use: str) -> EventType:
    """The event of a type that is published; `use`: what can be made of it from now on."""
    return EventType(
        f"nl.overheid.{kanaal}.{resource}-gepubliceerd",
        f"zgw.v1.{{gemeente}}.{kanaal}.{resource}.update",
        data,
        f"{noun} is gepubliceerd: er kunnen {use}.",
    )


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
ZAAK_VERNIETIGD = EventType(
    "nl.overheid.zaken.zaak-vernietigd",
    "zgw.v1.{gemeente}.zaken.zaak.destroy",
    ZakenData,
    "Een zaak is vernietigd, met alles wat erbij hoorde.",
)
STATUS = _changes("zaken", "status", ZakenData, "Een status van een zaak")
ROL = _changes("zaken", "rol", ZakenData, "Een betrokkene bij een zaak")
KLANTCONTACT = _changes("zaken", "klantcontact", ZakenData, "Een klantcontact bij een zaak")
RESULTAAT = _changes("zaken", "resultaat", ZakenData, "Het resultaat van een zaak")
ZAAKBESLUIT = _changes("zaken", "zaakbesluit", ZakenData, "Een besluit bij een zaak")
ZAAKCONTACTMOMENT = _changes("zaken", "zaakcontactmoment", ZakenData, "Een contactmoment bij een zaak")
ZAAKEIGENSCHAP = _changes("zaken", "zaakeigenschap", ZakenData, "Een eigenschap van een zaak")
ZAAKINFORMATIEOBJECT = _changes("zaken", "zaakinformatieobject", ZakenData, "Een informatieobject bij een zaak")
ZAAKNOTITIE = _changes("zaken", "zaaknotitie", ZakenData, "Een notitie bij een zaak")
ZAAKOBJECT = _changes("zaken", "zaakobject", ZakenData, "Een object bij een zaak")
ZAAKVERZOEK = _changes("zaken", "zaakverzoek", ZakenData, "Een verzoek bij een zaak")
BESLUIT = _changes("besluiten", "besluit", BesluitenData, "Een besluit")
BESLUITINFORMATIEOBJECT = _changes(
    "besluiten", "besluitinformatieobject", BesluitenData, "Een informatieobject bij een besluit"
)
ENKELVOUDIGINFORMATIEOBJECT = _changes("documenten", "enkelvoudiginformatieobject", DocumentenData, "Een document")
GEBRUIKSRECHTEN = _changes("documenten", "gebruiksrechten", DocumentenData, "Een gebruiksrecht bij een document")
VERZENDING = _changes("documenten", "verzending", DocumentenData, "Een verzending van een document")
ZAAKTYPE_AANGEMAAKT = EventType(
    "nl.overheid.zaaktypen.zaaktype-aangemaakt",
    "zgw.v1.{gemeente}.zaaktypen.zaaktype.create",
    ZaaktypenData,
    "Een concept van een zaaktype is gemaakt.",
)
ZAAKTYPE = _changes("zaaktypen", "zaaktype", ZaaktypenData, "Een zaaktype")._replace(toegevoegd=ZAAKTYPE_AANGEMAAKT)
ZAAKTYPE_GEPUBLICEERD = _published("zaaktypen", "zaaktype", ZaaktypenData, "Een zaaktype", "zaken van worden geopend")
ZAAKTYPEINFORMATIEOBJECTTYPE = _changes(
    "zaaktypen", "zaaktypeinformatieobjecttype", ZaaktypenData, "Een informatieobjecttype bij een zaaktype"
)
BESLUITTYPE = _changes("besluittypen", "besluittype", BesluittypenData, "Een besluittype")
BESLUITTYPE_GEPUBLICEERD = _published(
    "besluittypen", "besluittype", BesluittypenData, "Een besluittype", "besluiten van worden genomen"
)
INFORMATIEOBJECTTYPE = _changes(
    "informatieobjecttypen", "informatieobjecttype", InformatieobjecttypenData, "Een informatieobjecttype"
)
INFORMATIEOBJECTTYPE_GEPUBLICEERD = _published(
    "informatieobjecttypen",
    "informatieobjecttype",
    InformatieobjecttypenData,
    "Een informatieobjecttype",
    "documenten van worden gemaakt",
)
STATUSTYPE = _changes("zaaktypen", "statustype", ZaaktypenData, "Een statustype van een zaaktype")
ROLTYPE = _changes("zaaktypen", "roltype", ZaaktypenData, "Een roltype van een zaaktype")
EIGENSCHAP = _changes("zaaktypen", "eigenschap", ZaaktypenData, "Een eigenschap van een zaaktype")
RESULTAATTYPE = _changes("zaaktypen", "resultaattype", ZaaktypenData, "Een resultaattype van een zaaktype")
ZAAKOBJECTTYPE = _changes("zaaktypen", "zaakobjecttype", ZaaktypenData, "Een zaakobjecttype van een zaaktype")

VERNIETIGINGSLIJST_GEWIJZIGD = EventType(
    "nl.overheid.archiefbeheer.vernietigingslijst-gewijzigd",
    "zgw.v1.{gemeente}.archiefbeheer.vernietigingslijst.update",
    ArchiefbeheerData,
    "Een vernietigingslijst is gemaakt, ingediend, beoordeeld, ingetrokken of uitgevoerd.",
)
VERKLARING_OPGESTELD = EventType(
    "nl.overheid.archiefbeheer.verklaring-opgesteld",
    "zgw.v1.{gemeente}.archiefbeheer.verklaring.create",
    ArchiefbeheerData,
    "De zaken van een vernietigingslijst zijn vernietigd; de verklaring van vernietiging staat klaar.",
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
    ZAAK_VERNIETIGD,
    STATUS.toegevoegd,
    ROL.toegevoegd,
    ROL.verwijderd,
    *(ZAAKBESLUIT.toegevoegd, ZAAKBESLUIT.verwijderd),
    KLANTCONTACT.toegevoegd,
    *RESULTAAT,
    ZAAKCONTACTMOMENT.toegevoegd,
    ZAAKCONTACTMOMENT.verwijderd,
    *ZAAKEIGENSCHAP,
    *ZAAKINFORMATIEOBJECT,
    *ZAAKNOTITIE,
    *ZAAKOBJECT,
    ZAAKVERZOEK.toegevoegd,
    ZAAKVERZOEK.verwijderd,
    *BESLUIT,
    *(BESLUITINFORMATIEOBJECT.toegevoegd, BESLUITINFORMATIEOBJECT.verwijderd),
    *ENKELVOUDIGINFORMATIEOBJECT,
    *GEBRUIKSRECHTEN,
    *VERZENDING,
    *ZAAKTYPE,
    ZAAKTYPE_GEPUBLICEERD,
    *ZAAKTYPEINFORMATIEOBJECTTYPE,
    *BESLUITTYPE,
    BESLUITTYPE_GEPUBLICEERD,
    *INFORMATIEOBJECTTYPE,
    INFORMATIEOBJECTTYPE_GEPUBLICEERD,
    *STATUSTYPE,
    *ROLTYPE,
    *EIGENSCHAP,
    *RESULTAATTYPE,
    *ZAAKOBJECTTYPE,
    VERNIETIGINGSLIJST_GEWIJZIGD,
    VERKLARING_OPGESTELD,
)
