"""Carrying out: what is destroyed, what is passed over and why, once each, whoever does it and however often."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from chassis import clock
from chassis.resource import REGISTRY
from chassis.testing.invariants import _readable
from chassis.testing.plugin import MakeService
from chassis.testing.service import eventually
from chassis.unit import Unit
from services.zaken.archiefbeheer import uitvoering
from services.zaken.archiefbeheer.uitvoering import ATTEMPTS, carry_out_next
from services.zaken.zaken.zaak.destruction import part_columns
from tests.services.zaken.archiefbeheer.archief import LIJSTEN, NAME, Archief
from tests.services.zaken.catalogi import typen
from tests.services.zaken.elsewhere import Elsewhere
from tests.services.zaken.making import BSN, CATALOGI, RSIN, ZAKEN, Zaken, created

DONE, PASSED = ("vernietigd", ""), "overgeslagen"


async def tables_with(archief: Archief, text: str) -> set[str]:
    """Tables that hold a text somewhere in clear."""
    database = archief.zaken.service.runtime.database
    found = set()
    for row in await database.fetch("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"):
        lines = await database.fetch(f'SELECT t::text AS line FROM "{row["name"]}" t')
        found |= {row["name"] for line in lines if text in _readable(line["line"])}
    return found


async def besluit_of(archief: Archief, zaak: dict[str, Any]) -> dict[str, Any]:
    """A besluit in a zaak."""
    zaken = archief.zaken
    [known] = (await zaken.get(f"{CATALOGI}/besluittypen"))["results"]
    body = {
        "datum": "2017-01-01",
        "ingangsdatum": "2017-01-08",
        "verantwoordelijkeOrganisatie": RSIN,
        "toelichting": NAME,
    }
    return created(
        await zaken.client.post(
            "/besluiten/api/v1/besluiten", json=body | {"besluittype": known["url"], "zaak": zaak["url"]}
        )
    )


@pytest.fixture
async def met_besluiten(archief: Archief) -> Archief:
    """A zaaktype of which zaken have besluiten and documents."""
    zaken = archief.zaken
    await typen.make(zaken, "besluittypen", publish=True)
    types = await zaken.make_zaaktype(publish=False, identificatie="vergunning", besluittypen=["Vergunning"])
    zaken.zaaktype, zaken.first, zaken.last, zaken.roltype = types
    await zaken.make_resultaattype()
    await typen.do_publish(zaken, zaken.zaaktype)
    return archief


class TestDestroying:
    async def test_every_zaak_of_the_list_and_no_other(self, archief: Archief) -> None:
        kept = await archief.due()
        zaken = [await archief.due() for _ in range(3)]
        lijst = await archief.started(*zaken)
        assert await archief.carry_out() == 4
        assert await archief.zaken.listed("/zaken") == [kept["url"]]
        assert await archief.fates(lijst) == [DONE] * 3
        after = await archief.get(lijst["url"])
        assert (after["status"], after["aantallen"]["vernietigd"]) == ("uitgevoerd", 3)
        assert after["afgerondOp"] is not None
        told = [one["type"] for one in await archief.zaken.service.outbox()][-5:]
        assert told == [
            *["nl.overheid.zaken.zaak-vernietigd"] * 3,
            "nl.overheid.archiefbeheer.verklaring-opgesteld",
            "nl.overheid.archiefbeheer.vernietigingslijst-gewijzigd",
        ]

    async def test_nothing_of_a_zaak_stays_but_ids(self, archief: Archief) -> None:
        zaak = await archief.due()
        await archief.started(zaak)
        assert "zaak" in await tables_with(archief, NAME)
        await archief.carry_out()
        assert await tables_with(archief, NAME) == set()
        assert await tables_with(archief, BSN) == set()
        assert await tables_with(archief, zaak["identificatie"]) == set()
        # what waits to be sent, and the audit trail of the list: which zaken somebody decided on
        assert await tables_with(archief, zaak["uuid"]) == {"outbox", "auditregel"}
        rows = await archief.zaken.service.runtime.database.fetch(
            "SELECT hoofdobject FROM auditregel WHERE resource = 'zaak'"
        )
        assert rows == []

    async def test_nothing_happens_before_it_is_started(self, archief: Archief) -> None:
        for acties in ((), ("indienen",), ("indienen", "accorderen"), ("indienen", "afwijzen"), ("intrekken",)):
            await archief.act(await archief.lijst(await archief.due()), *acties)
        assert await archief.carry_out() == 0
        assert len(await archief.zaken.listed("/zaken")) == 5

    async def test_deelzaken_before_their_hoofdzaak(self, archief: Archief) -> None:
        head = await archief.due()
        part = await archief.due(hoofdzaak=head["url"])
        lijst = await archief.started(head, part)
        assert await archief.fates(lijst) == [("op-lijst", "")] * 2
        await carry_out_next(archief.zaken.service.runtime)
        assert await archief.zaken.listed("/zaken") == [head["url"]]
        await archief.carry_out()
        assert await archief.fates(lijst) == [DONE] * 2

    async def test_with_its_besluiten(self, met_besluiten: Archief) -> None:
        archief = met_besluiten
        zaak, other = await archief.due(), await archief.due()
        besluit, kept = await besluit_of(archief, zaak), await besluit_of(archief, other)
        lijst = await archief.started(zaak)
        await archief.carry_out()
        assert await archief.fates(lijst) == [DONE]
        assert (await archief.regels(lijst))[0]["besluitenVernietigd"] == 1
        assert [one["url"] for one in (await archief.zaken.get("/besluiten/api/v1/besluiten"))["results"]] == [
            kept["url"]
        ]
        uuid = besluit["url"].rpartition("/")[2]
        assert await tables_with(archief, uuid) == {"outbox"}
        database = archief.zaken.service.runtime.database
        assert await database.fetch("SELECT 1 FROM auditregel WHERE hoofdobject = $1", zaak["uuid"]) == []

    async def test_documents_that_belong_to_nothing_else_are_offered_to_be_destroyed(
        self, archief: Archief, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        offered: list[str] = []

        async def destroyed(unit: Unit, urls: list[str]) -> int:
            offered.extend(urls)
            return len(urls) - 1

        monkeypatch.setattr(uitvoering, "destroy_informatieobjecten", destroyed)
        informatieobjecttype = await archief.zaken.make_informatieobjecttype()
        content = {"informatieobjecttype": informatieobjecttype, "indicatieGebruiksrecht": False}
        own, second, shared = (elsewhere.put(f"doc/{name}", content) for name in ("eigen", "tweede", "gedeeld"))
        zaak, other = await archief.due(close=False), await archief.due(close=False)
        for of, url in ((zaak, own), (zaak, second), (zaak, shared), (other, shared)):
            body = {"zaak": of["url"], "informatieobject": url}
            created(await archief.zaken.client.post(f"{ZAKEN}/zaakinformatieobjecten", json=body))
        lijst = await archief.started(await archief.zaken.close(zaak["url"], "2017-02-01T10:00:00Z"))
        await archief.carry_out()
        assert offered == [own, second]
        [regel] = await archief.regels(lijst)
        assert (regel["documentenVernietigd"], regel["documentenElders"]) == (1, 1)


class TestPassingOver:
    """What changed after approval stays."""

    async def passed(self, archief: Archief, *zaken: dict[str, Any]) -> list[tuple[str, str]]:
        """What became of an approved list of zaken that changed since."""
        found = (await archief.get(LIJSTEN, status="geaccordeerd"))["results"]
        [lijst] = found
        await archief.act(lijst, "uitvoeren")
        await archief.carry_out()
        assert (await archief.get(lijst["url"]))["status"] == "uitgevoerd"
        for zaak in zaken:
            assert (await archief.zaken.client.get(zaak["url"])).status_code == 200
        return await archief.fates(lijst)

    async def approved(self, archief: Archief, *zaken: dict[str, Any]) -> None:
        await archief.act(await archief.lijst(*zaken), "indienen", "accorderen")

    @pytest.mark.parametrize(
        ("change", "reden"),
        [
            ({"archiefnominatie": "blijvend_bewaren"}, "niet-te-vernietigen"),
            ({"archiefactiedatum": "2099-01-01"}, "datum-niet-bereikt"),
            ({"archiefactiedatum": None}, "datum-niet-bereikt"),
            ({"archiefstatus": "overgedragen"}, "overgedragen"),
            ({"omschrijving": "Toch anders"}, "gewijzigd"),
        ],
    )
    async def test_a_zaak_that_was_changed(self, archief: Archief, change: dict[str, Any], reden: str) -> None:
        zaak, other = await archief.due(), await archief.due()
        await self.approved(archief, zaak, other)
        assert (await archief.zaken.client.patch(zaak["url"], json=change)).status_code == 200
        assert await self.passed(archief, zaak) == [(PASSED, reden), DONE]

    async def test_a_zaak_that_was_reopened(self, archief: Archief) -> None:
        zaak = await archief.due()
        await self.approved(archief, zaak)
        await archief.zaken.status(zaak["url"], archief.zaken.first, "2026-03-01T10:00:00Z")
        assert await self.passed(archief, zaak) == [(PASSED, "niet-gesloten")]

    async def test_a_part_that_came_or_changed(self, archief: Archief) -> None:
        zaken = [await archief.due() for _ in range(3)]
        note = {"gerelateerdAan": zaken[1]["url"], "onderwerp": "Gebeld", "tekst": "Wil inzage."}
        noted = created(await archief.zaken.client.post(f"{ZAKEN}/zaaknotities", json=note))
        await self.approved(archief, *zaken)
        await archief.zaken.rol(zaken[0]["url"], roltype=await archief.zaken.belanghebbende())
        assert (await archief.zaken.client.patch(noted["url"], json={"tekst": "Maakt bezwaar."})).status_code == 200
        assert await self.passed(archief, *zaken[:2]) == [(PASSED, "gewijzigd"), (PASSED, "gewijzigd"), DONE]

    async def test_a_besluit_that_came_or_changed(self, met_besluiten: Archief) -> None:
        archief = met_besluiten
        zaken = [await archief.due() for _ in range(2)]
        besluit = await besluit_of(archief, zaken[1])
        await self.approved(archief, *zaken)
        await besluit_of(archief, zaken[0])
        assert (await archief.zaken.client.patch(besluit["url"], json={"toelichting": "Herzien"})).status_code == 200
        assert await self.passed(archief, *zaken) == [(PASSED, "gewijzigd")] * 2

    async def test_a_running_zaak_that_names_it(self, archief: Archief) -> None:
        zaak = await archief.due()
        await self.approved(archief, zaak)
        await archief.zaken.zaak(relevanteAndereZaken=[{"url": zaak["url"], "aardRelatie": "onderwerp"}])
        assert await self.passed(archief, zaak) == [(PASSED, "nodig-voor-lopende-zaak")]

    async def test_a_hoofdzaak_of_which_a_deelzaak_stays(self, archief: Archief) -> None:
        head = await archief.due()
        parts = [await archief.due(hoofdzaak=head["url"]) for _ in range(2)]
        await self.approved(archief, head, *parts)
        await archief.zaken.client.patch(parts[0]["url"], json={"omschrijving": "Toch anders"})
        assert sorted(await self.passed(archief, head, parts[0])) == [
            (PASSED, "deelzaak-blijft"),
            (PASSED, "gewijzigd"),
            DONE,
        ]

    async def test_a_deelzaak_that_came_later_is_not_taken_along(self, archief: Archief) -> None:
        head = await archief.due()
        await self.approved(archief, head)
        part = await archief.due(hoofdzaak=head["url"])
        assert await self.passed(archief, head, part) == [(PASSED, "deelzaak-blijft")]

    async def test_a_zaak_that_is_gone(self, archief: Archief) -> None:
        zaak = await archief.due()
        await self.approved(archief, zaak)
        await archief.zaken.client.delete(zaak["url"])
        assert await self.passed(archief) == [(PASSED, "niet-meer-aanwezig")]

    async def test_the_destruction_of_what_is_around_it_is_no_change(self, archief: Archief) -> None:
        one, other = await archief.due(), await archief.due()
        relation = [{"url": one["url"], "aardRelatie": "vervolg"}]
        await archief.zaken.client.patch(other["url"], json={"relevanteAndereZaken": relation})
        await self.approved(archief, one, other)
        assert await self.passed(archief) == [DONE, DONE]

    async def test_what_was_not_done_when_somebody_stopped_it(self, archief: Archief) -> None:
        zaken = [await archief.due() for _ in range(3)]
        lijst = await archief.started(*zaken)
        await carry_out_next(archief.zaken.service.runtime)
        stopped = await archief.act(lijst, "stoppen")
        assert (stopped["status"], stopped["gestopt"]["gebruikersId"]) == ("in-uitvoering", "maker")
        await archief.carry_out()
        assert await archief.zaken.listed("/zaken") == [zaak["url"] for zaak in zaken[1:]]
        assert await archief.fates(lijst) == [DONE, (PASSED, "gestopt"), (PASSED, "gestopt")]
        after = await archief.get(lijst["url"])
        assert (await archief.get(after["verklaring"]))["aantalZaken"] == 1
        assert (await archief.lijst(*zaken[1:]))["status"] == "concept"

    async def test_without_anything_destroyed_there_is_no_verklaring(self, archief: Archief) -> None:
        zaak = await archief.due()
        await self.approved(archief, zaak)
        await archief.zaken.client.patch(zaak["url"], json={"omschrijving": "Toch anders"})
        await self.passed(archief, zaak)
        [lijst] = (await archief.get(LIJSTEN))["results"]
        assert lijst["verklaring"] is None
        assert (await archief.lijst(zaak))["status"] == "concept"


class TestOnce:
    async def test_again_does_nothing(self, archief: Archief) -> None:
        lijst = await archief.started(await archief.due())
        await archief.carry_out()
        before = await archief.get(lijst["url"])
        events = len(await archief.zaken.service.outbox())
        assert await archief.carry_out() == 0
        assert await archief.get(lijst["url"]) == before
        assert len(await archief.zaken.service.outbox()) == events

    async def test_several_replicas_at_once(self, archief: Archief) -> None:
        zaken = [await archief.due() for _ in range(6)]
        lijsten = [await archief.started(*zaken[:3]), await archief.started(*zaken[3:])]
        await asyncio.gather(*(archief.carry_out() for _ in range(4)))
        for lijst in lijsten:
            assert await archief.fates(lijst) == [DONE] * 3
            assert (await archief.get(lijst["url"]))["status"] == "uitgevoerd"
        told = [one for one in await archief.zaken.service.outbox() if one["data"].get("actie") == "destroy"]
        assert sorted(one["subject"] for one in told) == sorted(zaak["uuid"] for zaak in zaken)

    async def test_while_somebody_else_destroys_the_same(self, archief: Archief) -> None:
        zaken = [await archief.due() for _ in range(4)]
        lijst = await archief.started(*zaken)
        gone = [archief.zaken.client.delete(zaak["url"]) for zaak in reversed(zaken)]
        await asyncio.gather(archief.carry_out(), archief.carry_out(), *gone)
        await archief.carry_out()
        assert await archief.zaken.listed("/zaken") == []
        assert set(await archief.fates(lijst)) <= {DONE, (PASSED, "niet-meer-aanwezig")}
        told = [one["subject"] for one in await archief.zaken.service.outbox() if one["data"].get("actie") == "destroy"]
        assert sorted(told) == sorted(zaak["uuid"] for zaak in zaken)

    async def test_a_zaak_that_cannot_be_destroyed_does_not_hold_up_the_others(
        self, archief: Archief, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        zaken = [await archief.due() for _ in range(2)]
        lijst = await archief.started(*zaken)
        attempts: list[str] = []
        destroy = uitvoering.destroy

        async def failing(unit: Unit, doomed: list[Any], showing: list[Any]) -> None:
            await destroy(unit, doomed, showing)
            if str(doomed[0].id) == zaken[0]["uuid"]:
                attempts.append("x")
                raise ZeroDivisionError

        monkeypatch.setattr(uitvoering, "destroy", failing)
        await archief.carry_out()
        assert len(attempts) == ATTEMPTS
        assert await archief.fates(lijst) == [(PASSED, "mislukt"), DONE]
        assert (await archief.zaken.client.get(zaken[0]["url"])).status_code == 200

    async def test_the_term_is_that_of_the_day_of_destruction(self, archief: Archief) -> None:
        zaak = await archief.due()
        lijst = await archief.started(zaak)
        with clock.frozen(clock.now() - timedelta(days=1000)):
            await archief.carry_out()
        assert await archief.fates(lijst) == [(PASSED, "datum-niet-bereikt")]


@pytest.mark.parametrize("column", part_columns(), ids=lambda column: column.table.name)
def test_what_changes_in_a_part_is_recorded_as_a_change_of_its_zaak(column: Any) -> None:
    assert REGISTRY[column.table.name].main == column.name


async def test_the_service_does_it_by_itself(live_service: MakeService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uitvoering, "PAUSE", 0.05)
    archief = Archief(await Zaken(await live_service("zaken")).set_up())
    lijst = await archief.started(await archief.due(), await archief.due())

    async def carried_out() -> bool:
        return bool((await archief.get(lijst["url"]))["status"] == "uitgevoerd")

    await eventually(carried_out)
    assert await archief.fates(lijst) == [DONE] * 2
