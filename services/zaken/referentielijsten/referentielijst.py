"""A reference list: rows that are the same for every zaak, kept in lijsten.yaml, in the shape VNG gives its lists.

They are public, without token: they hold nothing of a municipality or a person, the national lists are open as well, and
whoever is told the URL of a row must be able to read it. They serve only a municipality that names no other lists
(MEENT_SELECTIELIJST): two sets of rows would be mixed up.
"""

import uuid
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from fastapi import APIRouter, Query
from pydantic import Field as Documented
from starlette.responses import Response

from chassis.problems import NotFound
from chassis.reading import Filter, Page, PagedFilter, Reading
from chassis.resource import Out
from services.zaken.settings import settings_of

router = APIRouter(tags=["referentielijsten"])
OPEN: dict[str, Any] = {"security": []}
"""What the document of an operation says when it needs no token."""
BASE = "/referentielijsten/api/v1"
_IDS = uuid.UUID("5f3c1d0e-7a52-4b8e-9d61-0c4de5a7b9f2")
_FILE = Path(__file__).with_name("lijsten.yaml")


# ---- fields


class Procestype(Out):
    """A kind of process, in which zaken of many zaaktypen are handled."""

    url: str = Documented(description="URL van dit procestype.")
    nummer: int = Documented(description="Nummer van het procestype.")
    jaar: int = Documented(description="Jaar van de lijst.")
    naam: str = Documented(description="Naam.")
    omschrijving: str = Documented(description="Wat er gebeurt.")
    toelichting: str = Documented(default="", description="Toelichting.")
    procesobject: str = Documented(description="Waar het proces over gaat.")


class Resultaat(Out):
    """An outcome of a process, and how long a zaak with it is kept."""

    url: str = Documented(description="URL van dit resultaat.")
    proces_type: str = Documented(description="URL van het procestype.")
    nummer: int = Documented(description="Nummer binnen het procestype.")
    volledig_nummer: str = Documented(description="Nummer van het procestype, een punt, en dit nummer.")
    generiek: bool = Documented(default=True, description="Of het voor elke zaak van het procestype geldt.")
    specifiek: bool = Documented(default=False, description="Of het alleen voor bepaalde zaken geldt.")
    naam: str = Documented(description="Naam.")
    omschrijving: str = Documented(default="", description="Wanneer het geldt.")
    herkomst: str = Documented(default="Voorbeeld", description="Waar de termijn vandaan komt.")
    waardering: Literal["blijvend_bewaren", "vernietigen"] = Documented(description="Bewaren of vernietigen.")
    procestermijn: str = Documented(description="Wanneer de bewaartermijn begint.")
    procestermijn_weergave: str = Documented(description="Hetzelfde in woorden.")
    bewaartermijn: str | None = Documented(default=None, description="Hoe lang een zaak bewaard blijft (ISO 8601).")
    toelichting: str = Documented(default="", description="Toelichting.")


class Resultaattypeomschrijving(Out):
    """What resultaten are called in the whole country."""

    url: str = Documented(description="URL van deze omschrijving.")
    omschrijving: str = Documented(description="De omschrijving.")
    definitie: str = Documented(description="Wat ermee bedoeld wordt.")
    opmerking: str = Documented(default="", description="Opmerking.")


class Communicatiekanaal(Out):
    """The way in which somebody and the municipality are in contact."""

    url: str = Documented(description="URL van dit kanaal.")
    naam: str = Documented(description="Naam.")
    omschrijving: str = Documented(description="Omschrijving.")


# ---- filter


class ProcestypeFilter(Filter):
    """Query parameters of the list; there is one page, as in the national list."""

    jaar: int | None = Documented(default=None, description="Alleen van dit jaar.")


class ResultaatFilter(PagedFilter):
    """Query parameters of the list."""

    proces_type: str | None = Documented(default=None, description="Alleen van het procestype met deze URL.")


# ---- rules


@cache
def rows(base: str) -> dict[str, dict[str, Out]]:
    """Every list by its name: its rows by id, with URLs below the public base URL."""
    content = yaml.safe_load(_FILE.read_text("utf-8"))
    found: dict[str, dict[str, Out]] = {
        "procestypen": {},
        "resultaten": {},
        "resultaattypeomschrijvingen": {},
        "communicatiekanalen": {},
    }

    def put(kind: type[Out], name: str, key: object, fields: dict[str, Any]) -> str:
        row_id = str(uuid.uuid5(_IDS, f"{name}/{key}"))
        url = f"{base}{BASE}/{name}/{row_id}"
        found[name][row_id] = kind(**fields, url=url)
        return url

    for number, process in content["procestypen"].items():
        results = process.pop("resultaten")
        url = put(Procestype, "procestypen", number, {**process, "nummer": number, "jaar": content["jaar"]})
        for place, result in results.items():
            numbered = _numbered(url, number, place, result)
            put(Resultaat, "resultaten", numbered["volledig_nummer"], numbered)
    for key, fields in content["resultaattypeomschrijvingen"].items():
        put(Resultaattypeomschrijving, "resultaattypeomschrijvingen", key, fields)
    for key, fields in content["communicatiekanalen"].items():
        put(Communicatiekanaal, "communicatiekanalen", key, fields)
    return found


def _numbered(proces_type: str, number: int, place: int, result: dict[str, Any]) -> dict[str, Any]:
    return result | {
        "proces_type": proces_type,
        "nummer": place,
        "volledig_nummer": f"{number}.{place}",
        "procestermijn_weergave": result["procestermijn"].replace("_", " "),
    }


def own_row(own_urls: tuple[str, ...], name: str, url: str) -> Out | None:
    """The row of a list that a URL below one of our own base URLs refers to."""
    for base in own_urls:
        prefix = f"{base}{BASE}/{name}/"
        if url.startswith(prefix):
            return rows(own_urls[0])[name].get(url.removeprefix(prefix).rstrip("/"))
    return None


def _served(reader: Reading, name: str) -> dict[str, Out]:
    settings = settings_of(reader.runtime)
    if settings.selectielijst:
        raise NotFound(f"Deze gemeente gebruikt de lijsten van {settings.selectielijst}.")
    return rows(settings.own_urls[0])[name]


def _bodies(found: Iterator[Out]) -> list[bytes]:
    return [one.model_dump_json(by_alias=True).encode() for one in found]


def _all(reader: Reading, name: str) -> Response:
    return reader.answer(b"[" + b",".join(_bodies(iter(_served(reader, name).values()))) + b"]")


def _one(reader: Reading, name: str, row_id: uuid.UUID) -> Response:
    found = _served(reader, name).get(str(row_id))
    if found is None:
        raise NotFound
    return reader.answer(found.model_dump_json(by_alias=True).encode())


# ---- routes


@router.get("/procestypen", response_model=list[Procestype], summary="Procestypen opvragen", openapi_extra=OPEN)
async def procestype_list(chosen: Annotated[ProcestypeFilter, Query()], reader: Reading) -> Response:
    """Alle procestypen, zonder pagina's."""
    found = _served(reader, "procestypen").values()
    kept = (one for one in found if isinstance(one, Procestype) and chosen.jaar in {None, one.jaar})
    return reader.answer(b"[" + b",".join(_bodies(kept)) + b"]")


@router.get("/procestypen/{uuid}", response_model=Procestype, summary="Procestype opvragen", openapi_extra=OPEN)
async def procestype_retrieve(uuid: uuid.UUID, reader: Reading) -> Response:
    """Eén procestype."""
    return _one(reader, "procestypen", uuid)


@router.get("/resultaten", response_model=Page[Resultaat], summary="Resultaten opvragen", openapi_extra=OPEN)
async def resultaat_list(chosen: Annotated[ResultaatFilter, Query()], reader: Reading) -> Response:
    """Alle resultaten, per pagina."""
    found = _served(reader, "resultaten").values()
    kept = [one for one in found if isinstance(one, Resultaat) and chosen.proces_type in {None, one.proces_type}]
    first, size = (chosen.page - 1) * chosen.page_size, chosen.page_size
    if first and first >= len(kept):
        raise NotFound("Deze pagina bestaat niet.")
    bodies = _bodies(iter(kept[first : first + size]))
    return reader.answer(reader.envelope(len(kept), bodies, chosen.page, size))


@router.get("/resultaten/{uuid}", response_model=Resultaat, summary="Resultaat opvragen", openapi_extra=OPEN)
async def resultaat_retrieve(uuid: uuid.UUID, reader: Reading) -> Response:
    """Eén resultaat."""
    return _one(reader, "resultaten", uuid)


@router.get(
    "/resultaattypeomschrijvingen",
    response_model=list[Resultaattypeomschrijving],
    summary="Resultaattypeomschrijvingen opvragen",
    openapi_extra=OPEN,
)
async def resultaattypeomschrijving_list(reader: Reading) -> Response:
    """Alle resultaattypeomschrijvingen, zonder pagina's."""
    return _all(reader, "resultaattypeomschrijvingen")


@router.get(
    "/resultaattypeomschrijvingen/{uuid}",
    response_model=Resultaattypeomschrijving,
    summary="Resultaattypeomschrijving opvragen",
    openapi_extra=OPEN,
)
async def resultaattypeomschrijving_retrieve(uuid: uuid.UUID, reader: Reading) -> Response:
    """Eén resultaattypeomschrijving."""
    return _one(reader, "resultaattypeomschrijvingen", uuid)


@router.get(
    "/communicatiekanalen",
    response_model=list[Communicatiekanaal],
    summary="Communicatiekanalen opvragen",
    openapi_extra=OPEN,
)
async def communicatiekanaal_list(reader: Reading) -> Response:
    """Alle communicatiekanalen, zonder pagina's."""
    return _all(reader, "communicatiekanalen")


@router.get(
    "/communicatiekanalen/{uuid}",
    response_model=Communicatiekanaal,
    summary="Communicatiekanaal opvragen",
    openapi_extra=OPEN,
)
async def communicatiekanaal_retrieve(uuid: uuid.UUID, reader: Reading) -> Response:
    """Eén communicatiekanaal."""
    return _one(reader, "communicatiekanalen", uuid)
