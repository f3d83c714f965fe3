"""What the service klanten publishes: a partij exists, how a verhuizing goes, and what an afdeling must do about it."""

from uuid import UUID

from chassis.cloudevents import EventData, EventType


class PartijData(EventData):
    """Which partij."""

    partij: UUID
    soort_partij: str


class VerhuizingData(EventData):
    """Which verhuizing, how far it is, what it still lacks (codes) and which fields changed (names)."""

    verhuizing: UUID
    kenmerk: str
    volgnummer: int
    status: str
    ontbreekt: list[str]
    gewijzigd: list[str]


class OpvolgingData(EventData):
    """Which opvolging, and the names of the fields that can be read there; volgnummer rises with each correction."""

    opvolging: UUID
    kenmerk: str
    volgnummer: int
    velden: list[str]


class TermijnData(EventData):
    """Which opvolging of which afdeling passed its term."""

    opvolging: UUID
    kenmerk: str
    volgnummer: int
    afdeling: str


PARTIJ_AANGEMAAKT = EventType(
    "nl.overheid.klanten.partij-aangemaakt",
    "klanten.v1.{gemeente}.partij.aangemaakt",
    PartijData,
    "Een persoon of organisatie is vastgelegd.",
)


def _verhuizing(gebeurtenis: str, description: str) -> EventType:
    return EventType(
        f"nl.overheid.verhuizingen.verhuizing-{gebeurtenis}",
        f"verhuizingen.v1.{{gemeente}}.verhuizing-{gebeurtenis}",
        VerhuizingData,
        description,
    )


VERHUIZING_ONTVANGEN = _verhuizing("ontvangen", "Een aangifte van verhuizing is binnen en volledig.")
VERHUIZING_ONVOLLEDIG = _verhuizing("onvolledig", "Een aangifte van verhuizing is binnen, maar er ontbreekt iets.")
VERHUIZING_AANGEVULD = _verhuizing("aangevuld", "De inwoner heeft de aangifte aangevuld.")
VERHUIZING_IN_BEHANDELING = _verhuizing("in-behandeling", "Burgerzaken behandelt de verhuizing.")
VERHUIZING_VERWERKT = _verhuizing("verwerkt", "De verhuizing staat in de BRP; de afdelingen horen het.")
VERHUIZING_GECORRIGEERD = _verhuizing("gecorrigeerd", "De aangifte is verbeterd; zij heeft een nieuw volgnummer.")
VERHUIZING_INGETROKKEN = _verhuizing("ingetrokken", "De aangifte is ingetrokken; wie het hoorde, hoort dat ook.")
VERHUIZING_GEWEIGERD = _verhuizing("geweigerd", "Burgerzaken verwerkt de aangifte niet.")
VERHUIZING_WACHT_OP_CONTROLE = _verhuizing("wacht-op-controle", "De BRP zegt iets anders dan de aangifte.")
VERHUIZING_AFGEROND = _verhuizing("afgerond", "Elke afdeling die het hoorde, is klaar.")


def _opvolging(wat: str, gebeurtenis: str, description: str) -> EventType:
    return EventType(
        f"nl.overheid.verhuizingen.opvolging-{wat}",
        f"afdeling.v1.{{gemeente}}.{{afdeling}}.opvolging.{gebeurtenis}",
        OpvolgingData,
        description,
    )


OPVOLGING_GEVRAAGD = _opvolging("gevraagd", "gevraagd", "De afdeling moet een verhuizing opvolgen.")
OPVOLGING_GECORRIGEERD = _opvolging("gecorrigeerd", "gecorrigeerd", "Wat de afdeling eerder hoorde, is verbeterd.")
OPVOLGING_INGETROKKEN = _opvolging("ingetrokken", "ingetrokken", "Wat de afdeling eerder hoorde, gaat niet door.")
OPVOLGING_VERLOPEN = EventType(
    "nl.overheid.verhuizingen.opvolging-verlopen",
    "verhuizingen.v1.{gemeente}.opvolging-verlopen",
    TermijnData,
    "Een afdeling is niet op tijd klaar met een opvolging.",
)

EVENTS = (
    PARTIJ_AANGEMAAKT,
    VERHUIZING_ONTVANGEN,
    VERHUIZING_ONVOLLEDIG,
    VERHUIZING_AANGEVULD,
    VERHUIZING_IN_BEHANDELING,
    VERHUIZING_VERWERKT,
    VERHUIZING_GECORRIGEERD,
    VERHUIZING_INGETROKKEN,
    VERHUIZING_GEWEIGERD,
    VERHUIZING_WACHT_OP_CONTROLE,
    VERHUIZING_AFGEROND,
    OPVOLGING_GEVRAAGD,
    OPVOLGING_GECORRIGEERD,
    OPVOLGING_INGETROKKEN,
    OPVOLGING_VERLOPEN,
)
