"""A stand-in for the national BRP: `POST /personen` in the published shape, and the path by which burgerzaken books.

Only what the story needs: RaadpleegMetBurgerservicenummer with `fields`. It knows the people of the demo's households
and nobody else. Purpose headers are required, as a municipal proxy asks them.
"""

from datetime import date
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from demo.municipality import Municipality

KNOWN_FIELDS = frozenset(
    {
        "burgerservicenummer",
        "naam",
        "geboorte",
        "geboorte.datum",
        "leeftijd",
        "verblijfplaats",
        "verblijfplaats.nummeraanduidingIdentificatie",
        "verblijfplaats.datumVan",
        "gemeenteVanInschrijving",
    }
)


def create_brp(municipality: Municipality) -> FastAPI:
    """The application, filled with the municipality's residents."""
    app = FastAPI(title="BRP (nagebootst)", openapi_url=None, docs_url=None, redoc_url=None)
    persons = {person["bsn"]: _person(municipality, person, home) for person, home in municipality.persons()}

    @app.post("/personen")
    async def personen(request: Request) -> JSONResponse:
        """Persons by burgerservicenummer; whoever is not known is left out."""
        body = await request.json()
        if problem := _wrong(body, request):
            return problem
        found = [persons[bsn] for bsn in body["burgerservicenummer"] if bsn in persons]
        wanted = {name.split(".")[0] for name in body["fields"]}
        shown = [{name: value for name, value in person.items() if name in wanted} for person in found]
        return JSONResponse({"type": body["type"], "personen": shown})

    @app.put("/boekingen/{bsn}")
    async def book(bsn: str, request: Request) -> JSONResponse:
        """Burgerzaken's own path: this person lives there from that day."""
        body = await request.json()
        if bsn not in persons:
            return _problem(404, "notFound", "Onbekend burgerservicenummer.")
        persons[bsn]["verblijfplaats"] = _home(body["nummeraanduidingId"], body["datum"])
        return JSONResponse({}, 200)

    return app


def _wrong(body: Any, request: Request) -> JSONResponse | None:
    if not request.headers.get("x-doelbinding") or not request.headers.get("x-verwerking"):
        return _problem(403, "unauthorized", "x-doelbinding en x-verwerking zijn verplicht.")
    if body.get("type") != "RaadpleegMetBurgerservicenummer":
        return _problem(400, "value", "Alleen RaadpleegMetBurgerservicenummer wordt nagebootst.")
    numbers, fields = body.get("burgerservicenummer"), body.get("fields")
    if not isinstance(numbers, list) or not 1 <= len(numbers) <= 20:
        return _problem(400, "paramsValidation", "burgerservicenummer: 1 tot en met 20.")
    if not isinstance(fields, list) or not fields or set(fields) - KNOWN_FIELDS:
        return _problem(400, "paramsValidation", "fields: verplicht, en alleen bekende paden.")
    return None


def _problem(status: int, code: str, detail: str) -> JSONResponse:
    body = {"type": "about:blank", "title": "Fout", "status": status, "code": code, "detail": detail}
    return JSONResponse(body, status, media_type="application/problem+json")


def _person(municipality: Municipality, person: dict[str, Any], home: str) -> dict[str, Any]:
    born = municipality.born(person)
    return {
        "burgerservicenummer": person["bsn"],
        "naam": {"voornamen": person["voornamen"], "geslachtsnaam": person["geslachtsnaam"]},
        "geboorte": {"datum": _date(born)},
        "gemeenteVanInschrijving": {"code": "9001", "omschrijving": municipality.gemeente["naam"]},
        "verblijfplaats": _home(home, "2015-01-01"),
    }


def _home(nummeraanduiding: str, since: str) -> dict[str, Any]:
    return {
        "type": "Adres",
        "nummeraanduidingIdentificatie": nummeraanduiding,
        "adresseerbaarObjectIdentificatie": f"9001010{nummeraanduiding[-9:]}",
        "functieAdres": {"code": "W", "omschrijving": "woonadres"},
        "datumVan": _date(date.fromisoformat(since)),
    }


def _date(day: date) -> dict[str, str]:
    return {"type": "Datum", "datum": day.isoformat(), "langFormaat": day.strftime("%d-%m-%Y")}
