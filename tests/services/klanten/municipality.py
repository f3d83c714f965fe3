"""A small municipality for tests: people, addresses, the profiles of a few afdelingen, and the callers."""

import datetime
import uuid
from dataclasses import dataclass
from typing import Any

import httpx

from chassis import clock
from chassis.testing.service import ServiceUnderTest
from tests.services.klanten.standins import Brp

KLANTEN, BASE = "/klanten/api/v1", "/verhuizingen/api/v1"
ANNA, BAS, CHRIS, DAAN = "999900018", "999900055", "999900638", "999900675"
"""Test BSNs: they pass the elfproef and belong to nobody."""
OUD, NIEUW, ANDER = "9001200000000101", "9001200000000201", "9001200000000202"
"""Nummeraanduidingen."""
PROFIELEN: dict[str, dict[str, Any]] = {
    "belastingen": {"gegevens": ["personen", "vorigAdres", "nieuwAdres", "verhuisdatum", "aantalPersonen"]},
    "afval": {"gegevens": ["vorigAdres", "nieuwAdres", "verhuisdatum", "aantalPersonen"]},
    "parkeren": {"volgt": "personen", "gegevens": ["personen", "vorigAdres", "nieuwAdres", "verhuisdatum"]},
    "participatie": {"volgt": "adressen", "gegevens": ["vorigAdres", "nieuwAdres", "verhuisdatum", "inwoning"]},
    "leerplicht": {
        "voorwaarde": {"leeftijdVan": 4, "leeftijdTot": 22},
        "gegevens": ["personen", "nieuwAdres", "verhuisdatum"],
    },
}


def day(days: int) -> str:
    """A date so many days from today."""
    return str(clock.today() + datetime.timedelta(days=days))


def aangifte(*meeverhuizers: str, aangever: str = ANNA, **changes: Any) -> dict[str, Any]:
    """The body of a complete declaration; a value of ... leaves a field out."""
    body: dict[str, Any] = {
        "aangever": {"bsn": aangever},
        "datumVerhuizing": day(-2),
        "vorigAdres": {"nummeraanduidingId": OUD},
        "nieuwAdres": {"nummeraanduidingId": NIEUW},
        "meeverhuizers": [{"bsn": bsn, "soortAangifte": "gezaghouder"} for bsn in meeverhuizers],
        "inwoning": None,
        "bewijs": [{"soort": "huurcontract", "verwijzing": "urn:uuid:2b0c5a54-0b5e-4c39-9a5e-000000000001"}],
        "contact": {"email": "anna@voorbeeld.example"},
        **changes,
    }
    return {name: value for name, value in body.items() if value is not ...}


def profiel(afdeling: str, **changes: Any) -> dict[str, Any]:
    """The body of a profile."""
    return {
        "afdeling": afdeling,
        "naam": afdeling.title(),
        "versie": 1,
        "grondslag": f"Reglement gegevensverstrekking, artikel over {afdeling}",
        "doelbinding": f"{afdeling}-taak",
        "verwerkingsactiviteit": f"https://gm9001.example/verwerkingen/{afdeling}",
        "trigger": "verwerkt",
        "volgt": "alle",
        "termijnDagen": 14,
        **PROFIELEN.get(afdeling, {"gegevens": ["verhuisdatum"]}),
        **changes,
    }


@dataclass
class Town:
    """The service with its callers."""

    service: ServiceUnderTest
    brp: Brp

    @property
    def portaal(self) -> httpx.AsyncClient:
        """Files, corrects and withdraws, of its own only."""
        return self.service.client("portaal", [{"component": "verhuizingen", "scopes": ["verhuizingen.aanmaken"]}])

    @property
    def burgerzaken(self) -> httpx.AsyncClient:
        """Processes."""
        scopes = ["verhuizingen.lezen", "verhuizingen.verwerken"]
        return self.service.client("burgerzaken", [{"component": "verhuizingen", "scopes": scopes}])

    @property
    def beheer(self) -> httpx.AsyncClient:
        """May do everything."""
        return self.service.client("beheer")

    def afdeling(self, code: str) -> httpx.AsyncClient:
        """An afdeling, of its own opvolgingen only."""
        scopes = ["opvolgingen.lezen", "opvolgingen.bijwerken", "volgindicaties.lezen", "volgindicaties.bijwerken"]
        rights = [{"component": "verhuizingen", "scopes": scopes, "afdeling": code}]
        return self.service.client(f"afdeling-{code}", rights)

    async def profielen(self, *afdelingen: str) -> None:
        """These afdelingen have their profile."""
        for code in afdelingen or PROFIELEN:
            made(await self.beheer.post(f"{BASE}/afdelingsprofielen", json=profiel(code)))

    async def volg(self, afdeling: str, van: int = -30, tot: int | None = None, **wie: str) -> None:
        """An afdeling follows a bsn or a nummeraanduidingId."""
        body = {"afdeling": afdeling, "van": day(van), "tot": None if tot is None else day(tot), **wie}
        made(await self.beheer.post(f"{BASE}/volgindicaties", json=body))

    async def post(self, body: dict[str, Any], key: str | None = None) -> httpx.Response:
        """The portal files."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return await self.portaal.post(f"{BASE}/verhuizingen", json=body, headers=headers)

    async def filed(self, *meeverhuizers: str, **changes: Any) -> dict[str, Any]:
        """A verhuizing that was filed."""
        return made(await self.post(aangifte(*meeverhuizers, **changes)))

    async def processed(self, *meeverhuizers: str, **changes: Any) -> dict[str, Any]:
        """A verhuizing that was filed, booked in the BRP and processed."""
        verhuizing = await self.filed(*meeverhuizers, **changes)
        movers = [changes.get("aangever", ANNA), *meeverhuizers]
        home = verhuizing["nieuwAdres"]["nummeraanduidingId"]
        self.brp.book(movers, home, verhuizing["datumAdreshouding"])
        return made(await self.burgerzaken.post(f"{verhuizing['url']}/verwerkingen", json={}))

    async def told(self, verhuizing: dict[str, Any], volgnummer: int | None = None) -> dict[str, dict[str, Any]]:
        """The opvolgingen of a verhuizing, of one volgnummer, by afdeling."""
        answer = await self.beheer.get(f"{BASE}/opvolgingen", params={"verhuizing": verhuizing["kenmerk"]})
        rows = [one for one in answer.json()["results"] if volgnummer in {None, one["volgnummer"]}]
        return {one["afdeling"]: one for one in rows}

    async def events(self, about: str) -> list[str]:
        """NATS subjects of the events so far that begin with `about`."""
        return [event["nats"] for event in await self.service.outbox() if event["nats"].startswith(about)]


def made(answer: httpx.Response) -> dict[str, Any]:
    """The body of a 201."""
    assert answer.status_code == 201, answer.text
    return answer.json()


def codes(answer: httpx.Response) -> set[tuple[str, str]]:
    """Field and code of everything a 400 names."""
    assert answer.status_code == 400, answer.text
    return {(field["name"], field["code"]) for field in answer.json()["invalidParams"]}
