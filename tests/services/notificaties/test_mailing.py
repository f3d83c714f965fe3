"""Mail to the contact of a subscriber, through a real mail server."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from uuid import UUID

import aiosmtplib
import pytest
import pytest_asyncio
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from pydantic import SecretStr

from chassis import clock
from chassis.cloudevents import EventType
from chassis.testing.plugin import MakeService
from chassis.testing.service import ServiceUnderTest, eventually
from chassis.unit import unit_of_work
from services.notificaties.events import BEREIKBAAR, GESTOPT, HAPERT, ONBEREIKBAAR, OPGEGEVEN
from services.notificaties.mailing import deliver, note, send_one
from services.notificaties.settings import NotificatiesSettings
from tests.services.notificaties.webhooks import (
    Subscribers,
    ask,
    delivered,
    kanaal,
    leading,
    number,
    publish,
    setting,
    status,
    subscribe,
)

CONTACT = "beheer@abonnee.example"


class Box(Message):
    """A mail server's box."""

    def __init__(self) -> None:
        super().__init__(EmailMessage)
        self.mails: list[Any] = []
        self.refusing: str | bool = False
        """Whom it refuses; True: everyone."""
        self.may = threading.Event()
        self.may.set()
        self.waiting = False

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        """Take a recipient, or say that it is to be tried later."""
        if self.refusing in (True, address):
            return "450 later"
        self.waiting = True
        await asyncio.to_thread(self.may.wait)
        self.waiting = False
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def asked(self) -> bool:
        """Whether somebody waits for an answer about a recipient."""
        return self.waiting

    def handle_message(self, message: Any) -> None:
        self.mails.append(message_from_bytes(message.as_bytes(), policy=default))


@pytest_asyncio.fixture
async def box() -> AsyncIterator[tuple[Box, int]]:
    """A mail server on loopback, and its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made = Box()
    server = Controller(made, hostname="127.0.0.1", port=port)
    server.start()
    yield made, port
    server.stop()


@dataclass
class Mailed:
    """A service with a mail server, and an abonnement that has a contact."""

    service: ServiceUnderTest
    box: Box
    abonnement: dict[str, Any]

    async def happens(self, signal: EventType, aantal: int = 0, *, to: dict[str, Any] | None = None) -> None:
        """What befalls the subscriber, or another."""
        async with unit_of_work(self.service.runtime) as unit:
            await note(await unit.connection(), UUID(number(to or self.abonnement)), signal, aantal)

    async def subjects(self) -> list[str]:
        """Send all there is; the subjects of the mails that arrived."""
        while await send_one(self.service.runtime, {}):
            pass
        return [mail["Subject"] for mail in self.box.mails]


@pytest_asyncio.fixture
async def mailed(live_service: MakeService, there: Subscribers, box: tuple[Box, int]) -> Mailed:
    """The service with that mail server, and an abonnement with a contact."""
    settings = {"smtp": f"smtp://127.0.0.1:{box[1]}", "mail_from": "meent@gemeente.example"}
    made = await live_service("notificaties", allow_hosts="127.0.0.1", **settings)
    await leading(made)
    client = made.client()
    await kanaal(client)
    abonnement = await subscribe(client, f"{there.url}/een?geheim=1")
    await ask(client, abonnement, contact=CONTACT)
    return Mailed(made, box[0], abonnement)


async def test_who_is_away_for_a_quarter_of_an_hour(mailed: Mailed) -> None:
    await mailed.happens(HAPERT)
    await mailed.happens(ONBEREIKBAAR)
    assert await mailed.subjects() == []
    with clock.frozen(clock.now() + timedelta(minutes=16)):
        assert await mailed.subjects() == ["Berichten komen niet aan bij 127.0.0.1"]
        (mail,) = mailed.box.mails
        assert (mail["From"], mail["To"]) == ("meent@gemeente.example", CONTACT)
        assert mail["Auto-Submitted"] == "auto-generated"
        text = mail.get_content()
        assert mailed.abonnement["url"] in text
        assert "na 72 uur" in text
        assert "geheim" not in text
        await mailed.happens(BEREIKBAAR)
        assert (await mailed.subjects())[1:] == ["Berichten komen weer aan bij 127.0.0.1"]


async def test_of_a_short_absence_nothing_is_said(mailed: Mailed) -> None:
    await mailed.happens(ONBEREIKBAAR)
    await mailed.happens(BEREIKBAAR)
    with clock.frozen(clock.now() + timedelta(hours=1)):
        assert await mailed.subjects() == []


async def test_once_a_day_with_how_many(mailed: Mailed) -> None:
    await mailed.happens(OPGEGEVEN, 3)
    await mailed.happens(OPGEGEVEN, 4)
    await mailed.happens(GESTOPT)
    assert sorted(await mailed.subjects()) == [
        "Berichten voor 127.0.0.1 zijn niet bezorgd",
        "Het abonnement van 127.0.0.1 is gestopt",
    ]
    assert "Wij konden 7 bericht(en)" in mailed.box.mails[0].get_content()
    await mailed.happens(OPGEGEVEN, 2)
    assert len(await mailed.subjects()) == 2
    with clock.frozen(clock.now() + timedelta(hours=25)):
        assert len(await mailed.subjects()) == 3
    assert "Wij konden 2 bericht(en)" in mailed.box.mails[2].get_content()


async def test_without_a_contact_nothing_is_kept(mailed: Mailed) -> None:
    await ask(mailed.service.client(), mailed.abonnement, contact="")
    await mailed.happens(GESTOPT)
    assert await mailed.service.runtime.database.fetch("SELECT * FROM waarschuwing") == []


async def test_a_mail_server_that_refuses_gets_it_later(mailed: Mailed) -> None:
    await mailed.happens(GESTOPT)
    mailed.box.refusing = True
    with pytest.raises(aiosmtplib.SMTPException):
        await mailed.subjects()
    mailed.box.refusing = False
    assert await mailed.subjects() == ["Het abonnement van 127.0.0.1 is gestopt"]
    assert await mailed.subjects() == ["Het abonnement van 127.0.0.1 is gestopt"]


async def test_a_contact_that_is_refused_holds_up_no_other(mailed: Mailed, there: Subscribers) -> None:
    client, resting = mailed.service.client(), dict[UUID, datetime]()
    other = await subscribe(client, f"{there.url}/ander")
    await ask(client, other, contact="ander@abonnee.example")
    mailed.box.refusing = CONTACT
    await mailed.happens(GESTOPT)
    await mailed.happens(GESTOPT, to=other)
    with pytest.raises(aiosmtplib.SMTPException):
        await send_one(mailed.service.runtime, resting)
    assert await send_one(mailed.service.runtime, resting)
    assert not await send_one(mailed.service.runtime, resting)
    assert [mail["To"] for mail in mailed.box.mails] == ["ander@abonnee.example"]
    mailed.box.refusing = False
    with clock.frozen(clock.now() + timedelta(minutes=6)):
        assert await send_one(mailed.service.runtime, resting)
    assert [mail["To"] for mail in mailed.box.mails] == ["ander@abonnee.example", CONTACT]


async def test_nobody_waits_for_a_slow_mail_server(mailed: Mailed) -> None:
    """What befalls a subscriber is written in the transaction of all outcomes: it may not wait for a mail about it."""
    await mailed.happens(OPGEGEVEN, 3)
    mailed.box.may.clear()
    sending = asyncio.create_task(send_one(mailed.service.runtime, {}))
    try:
        await eventually(mailed.box.asked)
        await asyncio.wait_for(mailed.happens(OPGEGEVEN, 4), 5)
    finally:
        mailed.box.may.set()
        assert await sending
    with clock.frozen(clock.now() + timedelta(hours=25)):
        assert len(await mailed.subjects()) == 2
    assert ["Wij konden 3" in mail.get_content() for mail in mailed.box.mails] == [True, False]
    assert "Wij konden 4" in mailed.box.mails[1].get_content()


@pytest.mark.parametrize("contact", ["_Q@[.=", "a,b@c.nl", "a@b.nl,c", ":*&;:?@-u.?", "a <b@c.nl", '"a"@b.nl'])
async def test_a_contact_is_one_address(mailed: Mailed, contact: str) -> None:
    answer = await mailed.service.client().patch(setting(mailed.abonnement), json={"contact": contact})
    assert answer.status_code == 400
    assert [param["name"] for param in answer.json()["invalidParams"]] == ["contact"]


async def test_a_password_goes_over_tls_only(mailed: Mailed) -> None:
    """The server of this test has no TLS: then no password is sent and no mail either."""
    settings = mailed.service.runtime.settings
    url = settings.smtp.get_secret_value().replace("smtp://", "smtp://meent:geheim@")
    secured = settings.model_copy(update={"smtp": SecretStr(url)})
    mail = EmailMessage()
    mail["From"], mail["To"] = "a@gemeente.example", CONTACT
    with pytest.raises(aiosmtplib.SMTPException):
        await deliver(secured, mail)
    assert mailed.box.mails == []


async def test_what_befalls_a_subscriber_is_mailed(mailed: Mailed, there: Subscribers) -> None:
    there.behaviours["/een"] = status(410)
    await publish(mailed.service.client())
    await delivered(mailed.service.client(), 1, status="onbestelbaar")

    async def told() -> bool:
        return len(await mailed.subjects()) == 2

    await eventually(told)
    assert {mail["Subject"] for mail in mailed.box.mails} == {
        "Berichten voor 127.0.0.1 zijn niet bezorgd",
        "Het abonnement van 127.0.0.1 is gestopt",
    }


def test_a_mail_server_needs_a_sender() -> None:
    assert NotificatiesSettings(service="notificaties", smtp="smtp://mail").missing() == ["MEENT_MAIL_FROM"]
    assert NotificatiesSettings(service="notificaties").missing() == []
