"""A small gemeente for the tests: two wijken beside each other, three ploegen, five categories, four rules; and who calls."""

import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx

from chassis.testing.service import ServiceUnderTest

MELDINGEN, TAKEN, ROUTERING = "/meldingen/api/v1", "/taken/api/v1", "/routering/api/v1"
WEST, EAST = {"lon": 5.305, "lat": 52.705}, {"lon": 5.315, "lat": 52.705}
BORDER = {"lon": 5.31, "lat": 52.705}
OUTSIDE = {"lon": 5.4, "lat": 52.705}
GAT = "Er zit een diep gat in de weg"
RECHTEN = {
    "portaal": [{"component": "meldingen", "scopes": ["signalen.aanmaken"]}],
    "regie": [
        {
            "component": "meldingen",
            "scopes": ["meldingen.lezen", "meldingen.bijwerken", "taken.lezen", "inrichting.lezen"],
        }
    ],
    "wegen": [{"component": "meldingen", "scopes": ["taken.lezen", "taken.bijwerken"], "ploeg": "wegen"}],
    "groen": [{"component": "meldingen", "scopes": ["taken.lezen", "taken.bijwerken"], "ploeg": "groen"}],
    "beheer": [{"component": "meldingen", "scopes": ["inrichting.lezen", "inrichting.bijwerken"]}],
    "niets": [],
}


def vlak(west: float, east: float, south: float = 52.70, north: float = 52.71) -> dict[str, Any]:
    """A rectangle as GeoJSON."""
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


AFDELINGEN = [{"code": code, "naam": code.title()} for code in ("regie", "openbare-ruimte", "groenbeheer")]
PLOEGEN = [
    {"code": "wegen", "naam": "Ploeg wegen", "afdeling": "openbare-ruimte", "contractant": False},
    {"code": "groen", "naam": "Ploeg groen", "afdeling": "groenbeheer", "contractant": False},
    {"code": "bestrating", "naam": "Ploeg bestrating", "afdeling": "openbare-ruimte", "contractant": True},
]
GEBIEDEN = [
    {"type": "gemeente", "code": "gm9001", "naam": "Dorp", "geometrie": vlak(5.30, 5.32)},
    {"type": "wijk", "code": "wk1", "naam": "West", "geometrie": vlak(5.30, 5.31)},
    {"type": "wijk", "code": "wk2", "naam": "Oost", "geometrie": vlak(5.31, 5.32)},
    {"type": "buurt", "code": "bu11", "naam": "West", "wijk": "wk1", "geometrie": vlak(5.30, 5.31)},
    {"type": "buurt", "code": "bu21", "naam": "Oost", "wijk": "wk2", "geometrie": vlak(5.31, 5.32)},
]


def sub(code: str, hoofd: str, words: list[str], **more: Any) -> dict[str, Any]:
    """A category below a hoofd."""
    return {"code": code, "hoofd": hoofd, "naam": code, "trefwoorden": words, **more}


CATEGORIEEN = [
    {"code": "wegen", "naam": "Wegen"},
    {"code": "groen", "naam": "Groen"},
    {"code": "overlast", "naam": "Overlast"},
    sub("gat-in-weg", "wegen", ["gat", "kuil"], ontdubbelen="automatisch", taaktype="repareren", termijnDagen=5),
    sub("losse-tegel", "wegen", ["tegel"], taaktype="repareren"),
    sub("boom", "groen", ["boom", "tak"], taaktype="snoeien"),
    sub("geluid", "overlast", ["herrie", "café"]),
]


def regel(naam: str, volgorde: int, afdeling: str, ploeg: str | None, **eisen: list[str]) -> dict[str, Any]:
    """A rule with one condition per field."""
    return {
        "naam": naam,
        "volgorde": volgorde,
        "voorwaarde": {"alle": [{"veld": veld, "in": codes} for veld, codes in eisen.items()]},
        "gevolg": {"afdeling": afdeling, "ploeg": ploeg},
        "toelichting": f"Toelichting bij {naam}.",
    }


REGELS = [
    regel("boom-met-spoed", 10, "openbare-ruimte", "wegen", categorie=["boom"], urgentie=["spoed"]),
    regel("wegen", 20, "openbare-ruimte", "wegen", hoofdcategorie=["wegen"]),
    regel("groen", 30, "groenbeheer", "groen", hoofdcategorie=["groen"]),
    regel("rest", 999, "regie", None),
]


@dataclass
class Dorp:
    """The service with its inrichting loaded through the API."""

    service: ServiceUnderTest
    _clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    def als(self, client: str) -> httpx.AsyncClient:
        """A caller by the name of its rights; of the shape `naam@rechten` when two share them."""
        if client not in self._clients:
            self._clients[client] = self.service.client(client.replace("@", "-"), RECHTEN[client.rpartition("@")[2]])
        return self._clients[client]

    async def richt_in(self) -> None:
        """Load everything, in the order in which things refer to each other."""
        for path, items in (
            ("afdelingen", AFDELINGEN),
            ("ploegen", PLOEGEN),
            ("gebieden", GEBIEDEN),
            ("categorieen", CATEGORIEEN),
            ("routeerregels", REGELS),
        ):
            for item in items:
                answer = await self.als("beheer").post(f"{ROUTERING}/{path}", json=item)
                assert answer.status_code == 201, answer.text

    async def meld(
        self, omschrijving: str = GAT, plaats: dict[str, float] | None = None, als: str = "portaal", **more: Any
    ) -> httpx.Response:
        """A signaal by the portal, with a key of its own."""
        body = {"omschrijving": omschrijving, "locatie": plaats or WEST, **more}
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        return await self.als(als).post(f"{MELDINGEN}/signalen", json=body, headers=headers)

    async def melding(self, omschrijving: str = GAT, **more: Any) -> dict[str, Any]:
        """A new signaal's melding, as regie sees it."""
        answer = await self.meld(omschrijving, **more)
        assert answer.status_code == 201, answer.text
        return (await self.als("regie").get(answer.json()["melding"])).json()

    async def taak(self, ploeg: str = "wegen", omschrijving: str = GAT, **more: Any) -> dict[str, Any]:
        """The taak of a new melding."""
        melding = await self.melding(omschrijving, **more)
        return (await self.taken(melding, ploeg))[-1]

    async def taken(self, melding: dict[str, Any], ploeg: str | None = None) -> list[dict[str, Any]]:
        """The taken of a melding, oldest first."""
        query = {"melding": melding["uuid"]} | ({"ploeg": ploeg} if ploeg else {})
        answer = await self.als("regie").get(f"{TAKEN}/taken", params=query)
        return answer.json()["results"]

    async def doe(self, taak: dict[str, Any], type_: str, als: str = "wegen", **more: Any) -> httpx.Response:
        """A gebeurtenis by a ploeg."""
        return await self.als(als).post(f"{TAKEN}/taken/{taak['uuid']}/gebeurtenissen", json={"type": type_, **more})

    async def wijs_toe(self, melding: dict[str, Any], afdeling: str, ploeg: str | None) -> httpx.Response:
        """A reroute by regie."""
        body = {"afdeling": afdeling, "ploeg": ploeg, "reden": "Hoort daar thuis."}
        return await self.als("regie").post(f"{melding['url']}/toewijzingen", json=body)

    async def events(self) -> list[tuple[str, str]]:
        """(last part of the type, NATS subject) of every event, oldest first."""
        return [(event["type"].rpartition(".")[2], event["nats"]) for event in await self.service.outbox()]


def codes(answer: httpx.Response) -> set[tuple[str, str]]:
    """(field, code) of everything that was wrong."""
    return {(entry["name"], entry["code"]) for entry in answer.json()["invalidParams"]}
