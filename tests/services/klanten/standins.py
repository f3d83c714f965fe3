"""Neighbours the service klanten calls, as small HTTP servers: the national BRP and the Catalogi and Zaken APIs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from chassis.testing.service import eventually


def _started(server: uvicorn.Server) -> Callable[[], Awaitable[bool]]:
    async def started() -> bool:
        return server.started

    return started


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """Serve an application on a free port; gives its base URL."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off"))
    task = asyncio.create_task(server.serve())
    try:
        await eventually(_started(server))
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


@dataclass
class Brp:
    """People by BSN: `born`, `home` and `since` as the BRP shows dates. `status` is what it answers."""

    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    status: int = 200
    asked: list[tuple[dict[str, Any], dict[str, str]]] = field(default_factory=list)

    def book(self, bsns: list[str], home: str, since: str, born: str = "1980-01-01") -> None:
        """These people live there since that day; who is new was born on `born`."""
        for bsn in bsns:
            person = self.people.setdefault(bsn, {"born": datum(born)})
            person |= {"home": home, "since": datum(since)}

    def app(self) -> FastAPI:
        """The server."""
        made = FastAPI()

        @made.post("/personen")
        async def personen(request: Request) -> JSONResponse:
            body = await request.json()
            self.asked.append((body, dict(request.headers)))
            if self.status != 200:
                return JSONResponse({"status": self.status}, self.status)
            assert body["type"] == "RaadpleegMetBurgerservicenummer"
            found = [_persoon(bsn, self.people[bsn]) for bsn in body["burgerservicenummer"] if bsn in self.people]
            shown = [{name: person[name] for name in body["fields"] if name in person} for person in found]
            return JSONResponse({"type": body["type"], "personen": shown})

        return made


def datum(day: str) -> dict[str, Any]:
    """A complete date in the BRP's form."""
    return {"type": "Datum", "datum": day, "langFormaat": day}


def _persoon(bsn: str, person: dict[str, Any]) -> dict[str, Any]:
    return {
        "burgerservicenummer": bsn,
        "naam": {"volledigeNaam": "Proef Persoon"},
        "geboorte": {"datum": person["born"]},
        "verblijfplaats": {
            "type": "Adres",
            "nummeraanduidingIdentificatie": person["home"],
            "datumVan": person["since"],
        },
    }


ZAKEN, CATALOGI = "http://zaken.test/zaken/api/v1", "http://zaken.test/catalogi/api/v1"


@dataclass
class Zaken:
    """One zaaktype with its parts, and what was posted. `status` other than 0 is answered to all."""

    zaken: dict[str, dict[str, Any]] = field(default_factory=dict)
    rollen: list[dict[str, Any]] = field(default_factory=list)
    statussen: list[dict[str, Any]] = field(default_factory=list)
    resultaten: list[dict[str, Any]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    status: int = 0

    def app(self) -> FastAPI:
        """The server."""
        made = FastAPI()

        @made.api_route("/{api}/api/v1/{resource}", methods=["GET", "POST"])
        async def handle(api: str, resource: str, request: Request) -> JSONResponse:
            self.tokens.add(request.headers["authorization"])
            if self.status:
                return JSONResponse({"code": "error"}, self.status)
            if request.method == "POST":
                return self._post(resource, await request.json())
            found = self._list(resource, dict(request.query_params))
            return JSONResponse({"count": len(found), "next": None, "previous": None, "results": found})

        return made

    def _list(self, resource: str, query: dict[str, str]) -> list[dict[str, Any]]:
        match resource:
            case "zaaktypen":
                known = query["identificatie"] == "VERHUIZING" and query["status"] == "definitief"
                return [{"url": f"{CATALOGI}/zaaktypen/1"}] if known else []
            case "statustypen":
                return [{"url": f"{CATALOGI}/statustypen/{n}", "volgnummer": n} for n in (2, 1)]
            case "roltypen":
                names = ("initiator", "belanghebbende")
                return [{"url": f"{CATALOGI}/roltypen/{name}", "omschrijvingGeneriek": name} for name in names]
            case "resultaattypen":
                names = ("Verwerkt", "Ingetrokken")
                return [{"url": f"{CATALOGI}/resultaattypen/{name}", "omschrijving": name} for name in names]
            case "zaken":
                return [zaak for zaak in self.zaken.values() if zaak["identificatie"] == query["identificatie"]]
            case _:
                return [rol for rol in self.rollen if rol["zaak"] == query["zaak"]]

    def _post(self, resource: str, body: dict[str, Any]) -> JSONResponse:
        if resource == "zaken":
            if any(zaak["identificatie"] == body["identificatie"] for zaak in self.zaken.values()):
                problem = {"code": "invalid", "invalidParams": [{"code": "identificatie-niet-uniek"}]}
                return JSONResponse(problem, 400)
            url = f"{ZAKEN}/zaken/{len(self.zaken) + 1}"
            self.zaken[url] = {**body, "url": url, "status": None, "einddatum": None}
            return JSONResponse(self.zaken[url], 201)
        if resource == "rollen":
            self.rollen.append(body)
        elif resource == "resultaten":
            self.resultaten.append(body)
            self.zaken[body["zaak"]]["resultaat"] = f"{ZAKEN}/resultaten/{len(self.resultaten)}"
        else:
            self.statussen.append(body)
            zaak = self.zaken[body["zaak"]]
            zaak["status"] = body["statustype"]
            zaak["einddatum"] = "2026-01-01" if body["statustype"].endswith("/2") else None
        return JSONResponse(body, 201)
