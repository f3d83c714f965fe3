"""The zaak of a verhuizing: opened once whatever is repeated, complete, and ended with the verhuizing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import pytest
from pydantic import SecretStr

from chassis.cloudevents import Event
from chassis.consuming import ConsumerRun, Hopeless, handling
from chassis.problems import Unavailable
from chassis.testing.plugin import MakeService
from chassis.testing.service import SECRET, eventually
from services.klanten.consumers import CONSUMERS, keep_zaak
from services.klanten.settings import settings_of
from services.klanten.verhuizingen.verhuizing import VERHUIZING
from services.klanten.zaken import ZakenError
from tests.services.klanten.municipality import ANNA, BAS, NIEUW, Town, day, made
from tests.services.klanten.standins import CATALOGI, Brp, Zaken, serving


@pytest.fixture
async def zaken() -> AsyncIterator[tuple[Zaken, str]]:
    made_zaken = Zaken()
    async with serving(made_zaken.app()) as url:
        yield made_zaken, url


@pytest.fixture
async def quiet(town: Town, zaken: tuple[Zaken, str]) -> Town:
    """The service without background work, with a Zaken API."""
    settings = settings_of(town.service.runtime)
    settings.zaken_url, settings.klanten_secret = zaken[1], SecretStr(SECRET)
    return town


async def last_event(town: Town) -> Event:
    """The newest event about a verhuizing, as a consumer gets it."""
    body = [one for one in await town.service.outbox() if one["nats"].startswith("verhuizingen.")][-1]
    values = {name: body[name] for name in ("type", "subject", "source", "sequence", "dataref", "time", "data")}
    return Event(id=UUID(body["id"]), **values)


async def handle(town: Town) -> None:
    run = ConsumerRun(town.service.runtime, CONSUMERS[0])
    event = await last_event(town)
    async with handling(town.service.runtime, run.durable, event) as unit:
        await keep_zaak(event, unit)


class TestOpen:
    async def test_with_the_kenmerk_the_movers_and_the_first_status(
        self, quiet: Town, zaken: tuple[Zaken, str]
    ) -> None:
        filed = await quiet.filed(BAS)
        await handle(quiet)
        [zaak] = zaken[0].zaken.values()
        assert (zaak["identificatie"], zaak["zaaktype"]) == (filed["kenmerk"], f"{CATALOGI}/zaaktypen/1")
        assert zaak["status"] == f"{CATALOGI}/statustypen/1"
        people = [(rol["betrokkeneIdentificatie"]["inpBsn"], rol["roltype"].split("/")[-1]) for rol in zaken[0].rollen]
        assert people == [(ANNA, "initiator"), (BAS, "belanghebbende")]
        assert (await quiet.portaal.get(filed["url"])).json()["zaak"] == zaak["url"]
        assert all(token.startswith("Bearer ") for token in zaken[0].tokens)

    async def test_also_of_an_incomplete_one(self, quiet: Town, zaken: tuple[Zaken, str]) -> None:
        await quiet.filed(bewijs=[])
        await handle(quiet)
        assert len(zaken[0].zaken) == 1

    async def test_a_repeat_finds_what_is_there(self, quiet: Town, zaken: tuple[Zaken, str]) -> None:
        filed = await quiet.filed(BAS)
        await handle(quiet)
        runtime = quiet.service.runtime
        await runtime.database.fetch("DELETE FROM inbox")
        await runtime.database.fetch("DELETE FROM inbox_aggregate")
        zaken[0].rollen.pop()
        async with handling(runtime, "again", await last_event(quiet)) as unit:
            row = await unit.get(VERHUIZING, UUID(filed["uuid"]))
            row.zaak = None
            await unit.change(VERHUIZING, row)
        await handle(quiet)
        assert (len(zaken[0].zaken), len(zaken[0].rollen), len(zaken[0].statussen)) == (1, 2, 1)

    @pytest.mark.parametrize("status", [429, 502, 503, 504])
    async def test_zaken_is_away(self, quiet: Town, zaken: tuple[Zaken, str], status: int) -> None:
        """A consumer waits without end for what is Unavailable; anything else becomes a dead letter within a minute."""
        filed = await quiet.filed()
        zaken[0].status = status
        with pytest.raises(Unavailable):
            await handle(quiet)
        assert (await quiet.portaal.get(filed["url"])).json()["zaak"] is None
        zaken[0].status = 0
        await handle(quiet)
        assert (await quiet.portaal.get(filed["url"])).json()["zaak"]

    async def test_zaken_does_not_listen(self, quiet: Town) -> None:
        await quiet.filed()
        settings_of(quiet.service.runtime).zaken_url = "http://127.0.0.1:1"
        with pytest.raises(Unavailable):
            await handle(quiet)

    async def test_by_one_replica_at_a_time(self, quiet: Town, zaken: tuple[Zaken, str]) -> None:
        """What takes longer than the ack wait comes again, to another replica, while the first is still at it."""
        await quiet.filed(BAS)
        done = await asyncio.gather(handle(quiet), handle(quiet), return_exceptions=True)
        assert [type(one) for one in done if one is not None] in ([], [Unavailable])
        assert (len(zaken[0].zaken), len(zaken[0].rollen), len(zaken[0].statussen)) == (1, 2, 1)

    async def test_without_a_secret_of_its_own(self, quiet: Town) -> None:
        await quiet.filed()
        settings_of(quiet.service.runtime).klanten_secret = SecretStr("")
        with pytest.raises(ZakenError, match="MEENT_KLANTEN_SECRET"):
            await handle(quiet)

    async def test_of_a_verhuizing_that_does_not_exist(self, quiet: Town) -> None:
        await quiet.filed()
        event = await last_event(quiet)
        lost = Event(**(vars(event) | {"subject": "00000000-0000-0000-0000-000000000000"}))
        with pytest.raises(Hopeless):
            async with handling(quiet.service.runtime, "klanten-zaak", lost) as unit:
                await keep_zaak(lost, unit)


class TestClose:
    async def test_with_the_verhuizing_and_once(self, quiet: Town, zaken: tuple[Zaken, str]) -> None:
        filed = await quiet.filed()
        await handle(quiet)
        made(await quiet.portaal.post(f"{filed['url']}/intrekkingen", json={"reden": "Toch niet."}))
        await handle(quiet)
        [zaak] = zaken[0].zaken.values()
        assert zaak["status"] == f"{CATALOGI}/statustypen/2"
        assert [one["resultaattype"] for one in zaken[0].resultaten] == [f"{CATALOGI}/resultaattypen/Ingetrokken"]
        await quiet.service.runtime.database.fetch("DELETE FROM inbox")
        await handle(quiet)
        assert (len(zaken[0].statussen), len(zaken[0].resultaten)) == (2, 1)


class TestLive:
    async def test_from_declaration_to_end(
        self, live_service: MakeService, brp: tuple[Brp, str], zaken: tuple[Zaken, str]
    ) -> None:
        service = await live_service("klanten", brp_url=brp[1], zaken_url=zaken[1], klanten_secret=SECRET)
        town = Town(service, brp[0])
        await town.profielen("afval")
        filed = await town.filed()
        town.brp.book([ANNA], NIEUW, day(-2))
        made(await town.burgerzaken.post(f"{filed['url']}/verwerkingen"))
        row = (await town.told(filed))["afval"]
        client = town.afdeling("afval")
        made(await client.post(f"{row['url']}/ontvangstbevestigingen"))
        await client.patch(row["url"], json={"status": "verwerkt"})
        await eventually(ended(zaken[0]))
        final = (await town.portaal.get(filed["url"])).json()
        assert (final["status"], final["zaak"]) == ("afgerond", next(iter(zaken[0].zaken)))


def ended(zaken: Zaken) -> Callable[[], Awaitable[bool]]:
    """Whether there is one zaak and it has ended."""

    async def check() -> bool:
        return [bool(zaak["einddatum"]) for zaak in zaken.zaken.values()] == [True]

    return check
