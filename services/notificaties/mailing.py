"""Mail to the contact of a subscriber when its deliveries fail: at most once a day for each thing that can befall it.

What is to be mailed is a row, written with what happened; a loop sends it and marks it. Nothing of a message stands in a mail.
"""

import asyncio
import logging
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import NamedTuple
from urllib.parse import unquote, urlsplit
from uuid import UUID

import aiosmtplib
import asyncpg

from chassis import clock, telemetry
from chassis.cloudevents import EventType
from chassis.runtime import Runtime
from chassis.unit import unit_of_work
from services.notificaties.events import BEREIKBAAR, GESTOPT, ONBEREIKBAAR, OPGEGEVEN
from services.notificaties.metrics import MAILS
from services.notificaties.settings import NotificatiesSettings, settings_of

log = logging.getLogger(__name__)
LOOK = 15.0
"""Seconds between looks for what is to be mailed."""
TIMEOUT = 10.0
"""Seconds a mail server may take."""
REST = timedelta(minutes=5)
"""How long a contact is left alone to whom no mail could be sent; the others get theirs meanwhile."""
_LOCK = 4471960
"""Held by who sends. Not the row: whoever writes what befell that subscriber would wait for the mail server."""
_NOTE = """
INSERT INTO waarschuwing AS w (abonnement_id, soort, sinds, aantal, open)
SELECT b.id, $2, $3, $4, true FROM bezorginstelling b WHERE b.id = $1 AND b.contact <> ''
ON CONFLICT (abonnement_id, soort) DO UPDATE
SET sinds = CASE WHEN w.open THEN w.sinds ELSE excluded.sinds END, aantal = w.aantal + excluded.aantal, open = true
"""
_TAKE = """
SELECT w.abonnement_id, w.soort, w.sinds, w.aantal, b.contact, a.callback_url
FROM waarschuwing w JOIN bezorginstelling b ON b.id = w.abonnement_id JOIN abonnement a ON a.id = w.abonnement_id
WHERE w.open AND b.contact <> '' AND coalesce(w.verstuurd_op <= $1::timestamptz - interval '24 hours', true)
  AND (w.soort <> 'onbereikbaar' OR w.sinds <= $1::timestamptz - interval '15 minutes')
  AND w.abonnement_id <> ALL($2::uuid[]) AND pg_try_advisory_xact_lock($3)
ORDER BY w.sinds LIMIT 1
"""


class Text(NamedTuple):
    """Subject and first lines of a mail, with places for `host`, `sinds`, `aantal` and `uren`."""

    subject: str
    body: str


TEXTS = {
    "onbereikbaar": Text(
        "Berichten komen niet aan bij {host}",
        "Sinds {sinds} neemt {host} geen berichten van ons aan.\n"
        "Wij blijven het proberen. Een bericht dat na {uren} uur nog niet is aangekomen zetten wij apart.\n"
        "U kunt het dan later alsnog laten bezorgen.",
    ),
    "bereikbaar": Text(
        "Berichten komen weer aan bij {host}",
        "Sinds {sinds} neemt {host} weer berichten van ons aan.\nWat bleef liggen bezorgen wij alsnog.",
    ),
    "opgegeven": Text(
        "Berichten voor {host} zijn niet bezorgd",
        "Wij konden {aantal} bericht(en) niet bezorgen bij {host} en zijn daarmee gestopt.\n"
        "De berichten staan bij de onbestelbare berichten. U kunt ze opnieuw laten aanbieden.",
    ),
    "gestopt": Text(
        "Het abonnement van {host} is gestopt",
        "Op {sinds} antwoordde {host} dat het geen berichten meer wil (status 410).\n"
        "Wij sturen niets meer. Is dat niet de bedoeling? Werk dan het abonnement bij.",
    ),
}


async def note(connection: asyncpg.Connection, abonnement_id: UUID, signal: EventType, aantal: int) -> None:
    """In the transaction of what befell a subscriber: put a mail to its contact in the queue, when it has one."""
    if signal is BEREIKBAAR and not await _was_told(connection, abonnement_id):
        return
    if signal in (ONBEREIKBAAR, BEREIKBAAR, OPGEGEVEN, GESTOPT):
        await connection.execute(_NOTE, abonnement_id, signal.type.rpartition("-")[2], clock.now(), aantal)


async def _was_told(connection: asyncpg.Connection, abonnement_id: UUID) -> bool:
    """Whether a mail went out about the absence that ends; what was to be said of it is not said any more."""
    which = "WHERE abonnement_id = $1 AND soort = 'onbereikbaar'"
    row = await connection.fetchrow(f"SELECT open, verstuurd_op FROM waarschuwing {which} FOR UPDATE", abonnement_id)  # noqa: S608
    await connection.execute(f"UPDATE waarschuwing SET open = false {which}", abonnement_id)  # noqa: S608 - own names
    return row is not None and not row["open"] and row["verstuurd_op"] is not None


async def send_mails(runtime: Runtime) -> None:
    """Background task: send what is to be mailed, for ever; without a mail server nothing is sent."""
    resting: dict[UUID, datetime] = {}
    while settings_of(runtime).smtp.get_secret_value():
        try:
            while await send_one(runtime, resting):
                pass
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one, the others get theirs
            log.warning("mail_waits", extra={"error": type(error).__name__})
            telemetry.count(MAILS, outcome="mislukt")
        await asyncio.sleep(LOOK)


async def send_one(runtime: Runtime, resting: dict[UUID, datetime]) -> bool:
    """Send the mail that waits longest; whether there was one.

    resting: until when each abonnement is left alone. Raises aiosmtplib.SMTPException among others, after which it waits on.
    """
    async with unit_of_work(runtime) as unit:
        connection = await unit.connection()
        row = await connection.fetchrow(_TAKE, unit.at, [one for one in resting if resting[one] > unit.at], _LOCK)
        if row is None:
            return False
        resting[row["abonnement_id"]] = unit.at + REST
        await deliver(settings_of(runtime), message(settings_of(runtime), row))
        await connection.execute(
            "UPDATE waarschuwing SET open = aantal > $4, aantal = aantal - $4, verstuurd_op = $3 "
            "WHERE abonnement_id = $1 AND soort = $2",
            row["abonnement_id"],
            row["soort"],
            unit.at,
            row["aantal"],
        )
        del resting[row["abonnement_id"]]
    telemetry.count(MAILS, outcome="verstuurd")
    return True


def message(settings: NotificatiesSettings, row: asyncpg.Record) -> EmailMessage:
    """The mail about a row of `waarschuwing`."""
    local = row["sinds"].astimezone(clock.AMSTERDAM)
    words = {
        "host": urlsplit(row["callback_url"]).hostname or "",
        "sinds": f"{local:%d-%m-%Y} om {local:%H.%M} uur",
        "aantal": row["aantal"],
        "uren": settings.webhook_hours,
    }
    text, public_url = TEXTS[row["soort"]], settings.public_url
    mail = EmailMessage()
    mail["From"], mail["To"] = settings.mail_from, row["contact"]
    mail["Subject"] = text.subject.format(**words)
    mail["Date"], mail["Message-ID"] = (
        format_datetime(clock.now()),
        make_msgid(domain=settings.mail_from.rpartition("@")[2]),
    )
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(
        f"Beste beheerder,\n\n{text.body.format(**words)}\n\n"
        f"Abonnement: {public_url}/notificaties/api/v1/abonnement/{row['abonnement_id']}\n"
        f"Overzicht: {public_url}/bezorging/api/v1/overzicht\n\n"
        "Deze e-mail is automatisch gemaakt. U krijgt hem omdat dit adres bij het abonnement staat.\n"
    )
    return mail


async def deliver(settings: NotificatiesSettings, mail: EmailMessage) -> None:
    """Hand a mail to the mail server. A password only goes over TLS. Raises aiosmtplib.SMTPException or OSError."""
    server = urlsplit(settings.smtp.get_secret_value())
    await aiosmtplib.send(
        mail,
        hostname=server.hostname,
        port=server.port,
        username=unquote(server.username) if server.username else None,
        password=unquote(server.password) if server.password else None,
        use_tls=server.scheme == "smtps",
        start_tls=True if server.username and server.scheme == "smtp" else None,
        timeout=TIMEOUT,
    )
