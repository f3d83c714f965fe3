"""The metrics of this service, beside those every service has."""

from chassis import telemetry
from chassis.runtime import Runtime

ATTEMPTS = "meent_delivery_attempts_total"
EXPIRED = "meent_deliveries_expired_total"
SIGNALS = "meent_subscriber_signals_total"
DEAD_LETTERS = "meent_delivery_dead_letters_total"
MAILS = "meent_mails_total"
INCOMPLETE = "meent_gate_passed_total"
NOTIFICATIONS = "meent_notifications_total"
WAITING = "meent_deliveries_waiting"
OLDEST = "meent_deliveries_oldest_seconds"
UNDELIVERABLE = "meent_undeliverable_messages"

telemetry.METRICS.update(
    {
        NOTIFICATIONS: "Events offered to the abonnementen, by kanaal.",
        ATTEMPTS: "Attempts to deliver, by what became of the delivery.",
        SIGNALS: "What befell subscribers: hapert (a first failure), onbereikbaar (left alone), bereikbaar, gestopt (410).",
        DEAD_LETTERS: "Deliveries that became dead letters.",
        MAILS: "Mails to contacts of subscribers, by outcome.",
        INCOMPLETE: "Hoofdobjecten told of although what their subscriber waits for had not been made in time.",
        EXPIRED: "Rounds in which deliveries were given up because their time had passed.",
        WAITING: "Deliveries that wait.",
        OLDEST: "Age of the oldest delivery that waits.",
        UNDELIVERABLE: "Dead letters, of deliveries and of events, that nobody has offered again.",
    }
)
_FIGURES = """
SELECT (SELECT count(*) FROM aflevering WHERE status = 'wacht') AS waiting,
       (SELECT coalesce(extract(epoch FROM now() - min(n.aangemaakt_op)), 0)::float
        FROM aflevering a JOIN notificatie n ON n.id = a.notificatie_id WHERE a.status = 'wacht') AS oldest,
       (SELECT count(*) FROM onbestelbaar_bericht WHERE status = 'open') AS undeliverable
"""


async def measure(runtime: Runtime) -> None:
    """Set the gauges that are read from the tables."""
    row = (await runtime.database.fetch(_FIGURES))[0]
    telemetry.gauge(WAITING, row["waiting"])
    telemetry.gauge(OLDEST, row["oldest"])
    telemetry.gauge(UNDELIVERABLE, row["undeliverable"])
