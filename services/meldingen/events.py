"""What the service meldingen publishes, on the stream MOR: ids and codes; never text, place or a person."""

from datetime import date
from uuid import UUID

from chassis.cloudevents import EventData, EventType


class MeldingData(EventData):
    """A melding as it stands after the event."""

    melding: UUID
    kenmerk: str
    versie: int
    status: str
    resultaat: str | None
    afdeling: str
    ploeg: str | None
    hoofdcategorie: str | None
    categorie: str | None
    wijk: str | None
    buurt: str | None
    urgentie: str
    uiterlijk_op: date


class MeldingGerouteerdData(MeldingData):
    """With who had it before."""

    vorige_afdeling: str
    vorige_ploeg: str | None


class SignaalToegevoegdData(MeldingData):
    """With the signaal that was added."""

    signaal: UUID
    aantal_signalen: int


class TaakData(EventData):
    """A taak as it stands after the event."""

    taak: UUID
    melding: UUID
    versie: int
    ploeg: str
    taaktype: str
    status: str
    urgentie: str
    categorie: str | None
    wijk: str | None
    buurt: str | None
    uiterlijk_op: date


def _melding(event: str, data: type[EventData], description: str) -> EventType:
    subject = f"mor.v1.{{gemeente}}.melding.{{afdeling}}.{{hoofd}}.{{sub}}.{{wijk}}.{event}"
    return EventType(f"nl.overheid.meldingen.melding-{event}", subject, data, description)


def _taak(event: str, description: str) -> EventType:
    return EventType(
        f"nl.overheid.meldingen.taak-{event}", f"mor.v1.{{gemeente}}.taak.{{ploeg}}.{event}", TaakData, description
    )


MELDING_GEMELD = _melding("gemeld", MeldingData, "Een inwoner heeft een nieuw probleem gemeld; het is al gerouteerd.")
MELDING_GEROUTEERD = _melding(
    "gerouteerd",
    MeldingGerouteerdData,
    "Een melding gaat naar een andere afdeling of ploeg; de oude en de nieuwe horen het.",
)
MELDING_STATUS_GEWIJZIGD = _melding("status-gewijzigd", MeldingData, "De status van een melding is gewijzigd.")
MELDING_AFGEHANDELD = _melding("afgehandeld", MeldingData, "Een melding is afgehandeld; het resultaat zegt hoe.")
MELDING_SIGNAAL_TOEGEVOEGD = _melding(
    "signaal-toegevoegd", SignaalToegevoegdData, "Nog een inwoner heeft hetzelfde probleem gemeld."
)
TAAK_AANGEMAAKT = _taak("aangemaakt", "Er is een taak voor deze ploeg.")
TAAK_GEWIJZIGD = _taak("gewijzigd", "De taak heeft een andere urgentie.")
TAAK_INGETROKKEN = _taak("ingetrokken", "De taak is niet meer van deze ploeg.")
TAAK_GECLAIMD = _taak("geclaimd", "Iemand van de ploeg heeft de taak op zich genomen.")
TAAK_GESTART = _taak("gestart", "De ploeg is met de taak bezig.")
TAAK_VOLTOOID = _taak("voltooid", "De ploeg heeft de taak voltooid.")
TAAK_NIET_UITGEVOERD = _taak("niet-uitgevoerd", "De ploeg heeft de taak niet uitgevoerd, met een reden.")

EVENTS = (
    MELDING_GEMELD,
    MELDING_GEROUTEERD,
    MELDING_STATUS_GEWIJZIGD,
    MELDING_AFGEHANDELD,
    MELDING_SIGNAAL_TOEGEVOEGD,
    TAAK_AANGEMAAKT,
    TAAK_GEWIJZIGD,
    TAAK_INGETROKKEN,
    TAAK_GECLAIMD,
    TAAK_GESTART,
    TAAK_VOLTOOID,
    TAAK_NIET_UITGEVOERD,
)
