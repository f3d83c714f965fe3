"""Abonnementen, deliveries and attempts as the dispatcher writes them, at moments that a test chooses."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from chassis import clock
from chassis.testing.service import ServiceUnderTest
from chassis.unit import unit_of_work
from services.notificaties import outcome
from services.notificaties.bezorging.onbestelbaar_bericht import OnbestelbaarBericht, Soort, record
from services.notificaties.distribution import Delivery, enqueue
from services.notificaties.notificaties.abonnement import Abonnement, save
from services.notificaties.outcome import Outcome, SubscriberState
from services.notificaties.projection import Notification
from services.notificaties.queueing import Job
from services.notificaties.target import auth_context

NOW = datetime.fromisoformat("2026-03-02T12:00:00+00:00")


def ago(**span: float) -> datetime:
    """So long before NOW."""
    return NOW - timedelta(**span)


async def abonnement(
    made: ServiceUnderTest, url: str = "https://abonnee.example/hook", client: str = "app"
) -> uuid.UUID:
    """Id of a new abonnement, whose callback nobody tries."""
    row_id = uuid.uuid4()
    async with unit_of_work(made.runtime) as unit:
        auth = made.runtime.keyring.seal(b"Bearer x", auth_context(row_id))
        row = Abonnement(id=row_id, callback_url=url, kanalen=[], auth=auth, client_id=client)
        await save(unit, row, new=True, revive=True)
    return row_id


async def queued(
    made: ServiceUnderTest, abonnement_id: uuid.UUID, at: datetime, hoofd_object: str = "https://m/z/1"
) -> Job:
    """A delivery that came in at a moment."""
    note = Notification("zaken", hoofd_object, "zaak", "https://m/z/1", "create", clock.iso(at), {})
    with clock.frozen(at):
        async with unit_of_work(made.runtime) as unit:
            (job,) = await enqueue(unit, await unit.connection(), uuid.uuid4(), note, [Delivery(abonnement_id)])
    return job


async def tried(
    made: ServiceUnderTest,
    job: Job,
    at: datetime,
    *,
    fout: str = "",
    http: int | None = None,
    duur: int = 5,
    status: str = "",
    again: datetime | None = None,
) -> None:
    """One attempt, and what became of it: delivered, or (with a fout) waiting until `again`, or given up."""
    done = Outcome(job, status or ("wacht" if fout else "afgeleverd"), http, fout, duur, at, again or at)
    with clock.frozen(at):
        await outcome.write(made.runtime, [done], [])


async def state(made: ServiceUnderTest, abonnement_id: uuid.UUID, fouten: int, **moments: datetime | None) -> None:
    """What is known of a subscriber; moments: pauze_tot, gestopt_op."""
    known = SubscriberState(abonnement_id, fouten, moments.get("pauze_tot"), moments.get("gestopt_op"))
    await outcome.write(made.runtime, [], [known])


async def paused(made: ServiceUnderTest, abonnement_id: uuid.UUID) -> None:
    """Let the functioneel beheerder hold everything for an abonnement."""
    body = {"gepauzeerd": True}
    answer = await made.client().patch(f"/bezorging/api/v1/bezorginstellingen/{abonnement_id}", json=body)
    assert answer.status_code == 200, answer.text


async def given_up(
    made: ServiceUnderTest, abonnement_id: uuid.UUID, moments: Sequence[datetime], fout: str = "antwoord 500"
) -> list[Job]:
    """Deliveries that became dead letters at these moments."""
    jobs = []
    for at in moments:
        jobs.append(await queued(made, abonnement_id, at - timedelta(hours=72)))
        await tried(made, jobs[-1], at, fout=fout, status="onbestelbaar")
    return jobs


def receiver(abonnement_id: uuid.UUID, base: str = "http://meent.test") -> str:
    """How dead letters of an abonnement name their receiver."""
    return f"{base}/notificaties/api/v1/abonnement/{abonnement_id}"


async def event_letters(made: ServiceUnderTest, consumer: str, count: int) -> None:
    """Dead letters of a consumer, as the loop over the dead-letter stream makes them."""
    for place in range(count):
        at = ago(minutes=count - place)
        async with unit_of_work(made.runtime) as unit:
            letter = OnbestelbaarBericht(
                soort=Soort.gebeurtenis,
                ontvanger=consumer,
                stream="ZGW",
                onderwerp="zgw.v1.gm9001.zaken.zaak.create",
                reden="KeyError",
                sleutel=f"event-{place}",
                ontstaan_op=at,
                laatst_op=at,
                bericht=b"{}",
            )
            await record(unit, letter)
