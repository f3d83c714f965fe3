"""What the tests of archiefbeheer start from: zaken that are due, and the people who propose and approve."""

from typing import Any

import httpx

from services.zaken.archiefbeheer.uitvoering import carry_out_next
from tests.services.zaken.making import BSN, Zaken, created

ARCHIEF = "/archiefbeheer/api/v1"
LIJSTEN = f"{ARCHIEF}/vernietigingslijsten"
DUE = {"archiefnominatie": "vernietigen", "archiefactiedatum": "2025-01-01", "startdatum": "2016-03-01"}
NAME = "Geheimschrijver"
"""A name that stands in every zaak, and must be nowhere when that is destroyed."""
SCOPES = (
    "te-archiveren-zaken.lezen",
    *(f"vernietigingslijsten.{one}" for one in ("lezen", "aanmaken", "bijwerken", "accorderen", "uitvoeren")),
    "verklaringen-van-vernietiging.lezen",
)


class Archief:
    """The register with two people who may do everything: `maker` and `ander`."""

    def __init__(self, zaken: Zaken) -> None:
        self.zaken = zaken
        self.maker, self.ander = self.person("maker"), self.person("ander")

    def person(self, user_id: str, client_id: str = "archiefapp") -> httpx.AsyncClient:
        """A user of an application with all scopes."""
        granted = [{"component": "archiefbeheer", "scopes": list(SCOPES)}]
        return self.zaken.service.client(client_id, granted, user_id=user_id)

    def limited(self, *scopes: str, user_id: str = "ander", **limits: str) -> httpx.AsyncClient:
        """A user of an application with these scopes only."""
        granted = [{"component": "archiefbeheer", "scopes": list(scopes), **limits}] if scopes else []
        return self.zaken.service.client("beperkt", granted, user_id=user_id)

    async def due(self, *, close: bool = True, **fields: Any) -> dict[str, Any]:
        """A zaak that may be destroyed, with a person in it."""
        zaak = await self.zaken.zaak(**DUE | {"omschrijving": f"Zaak van {NAME}", "toelichting": NAME} | fields)
        betrokkene = {"inpBsn": BSN, "geslachtsnaam": NAME}
        await self.zaken.rol(zaak["url"], roltoelichting=NAME, betrokkeneIdentificatie=betrokkene)
        return await self.zaken.close(zaak["url"], "2017-02-01T10:00:00Z") if close else zaak

    async def lijst(self, *zaken: dict[str, Any], client: httpx.AsyncClient | None = None) -> dict[str, Any]:
        """A concept with these zaken."""
        body = {"omschrijving": "Verhuizingen 2016", "zaken": [zaak["url"] for zaak in zaken]}
        return created(await (client or self.maker).post(LIJSTEN, json=body))

    async def act(self, lijst: dict[str, Any], *acties: str) -> dict[str, Any]:
        """What a list is after actions, each by who usually does it."""
        for actie in acties:
            client = self.ander if actie in {"accorderen", "afwijzen"} else self.maker
            body = {"reden": "Nog niet."} if actie == "afwijzen" else None
            answer = await client.post(f"{lijst['url']}/_{actie}", json=body)
            assert answer.status_code == 200, answer.text
            lijst = answer.json()
        return lijst

    async def started(self, *zaken: dict[str, Any]) -> dict[str, Any]:
        """A list of which the execution has begun."""
        return await self.act(await self.lijst(*zaken), "indienen", "accorderen", "uitvoeren")

    async def carry_out(self) -> int:
        """Carry out all there is; how many steps that took."""
        steps = 0
        while await carry_out_next(self.zaken.service.runtime):
            steps += 1
        return steps

    async def regels(self, lijst: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
        """The regels of a list."""
        answer = await self.maker.get(f"{lijst['url']}/regels", params=query)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["results"]
        return found

    async def fates(self, lijst: dict[str, Any]) -> list[tuple[str, str]]:
        """Status and reason of every regel, in the order of the list."""
        return [(one["status"], one["reden"]) for one in await self.regels(lijst)]

    async def get(self, url: str, **query: Any) -> dict[str, Any]:
        """The JSON of a 200."""
        answer = await self.maker.get(url, params=query or None)
        assert answer.status_code == 200, answer.text
        content: dict[str, Any] = answer.json()
        return content
