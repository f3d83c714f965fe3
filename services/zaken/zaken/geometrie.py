"""Geometry of a zaak: GeoJSON (RFC 7946) in EPSG:4326, and the headers that say so."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Request
from fastapi.routing import APIRoute
from pydantic import AfterValidator, BaseModel, Field
from starlette.responses import Response

from chassis.problems import TITLES, CodedValueError, Problem

CRS = "EPSG:4326"
Position = Annotated[list[float], Field(min_length=2, max_length=2)]
Line = Annotated[list[Position], Field(min_length=2)]


def _closed(ring: list[list[float]]) -> list[list[float]]:
    if ring[0] != ring[-1]:
        raise CodedValueError("invalid", "Een ring eindigt waar hij begint.")
    return ring


Ring = Annotated[list[Position], Field(min_length=4), AfterValidator(_closed)]


class Point(BaseModel):
    """One place: longitude, latitude."""

    type: Literal["Point"]
    coordinates: Position


class MultiPoint(BaseModel):
    """Several places."""

    type: Literal["MultiPoint"]
    coordinates: list[Position]


class LineString(BaseModel):
    """A line."""

    type: Literal["LineString"]
    coordinates: Line


class MultiLineString(BaseModel):
    """Several lines."""

    type: Literal["MultiLineString"]
    coordinates: list[Line]


class Polygon(BaseModel):
    """An area: outer ring first, then holes."""

    type: Literal["Polygon"]
    coordinates: Annotated[list[Ring], Field(min_length=1)]


class MultiPolygon(BaseModel):
    """Several areas."""

    type: Literal["MultiPolygon"]
    coordinates: list[Annotated[list[Ring], Field(min_length=1)]]


Simple = Annotated[
    Point | MultiPoint | LineString | MultiLineString | Polygon | MultiPolygon, Field(discriminator="type")
]


class GeometryCollection(BaseModel):
    """Several geometries."""

    type: Literal["GeometryCollection"]
    geometries: list[Simple]


Geometrie = Annotated[
    Point | MultiPoint | LineString | MultiLineString | Polygon | MultiPolygon | GeometryCollection,
    Field(discriminator="type"),
]


def bounds(geometry: Mapping[str, Any] | None) -> dict[str, float | None]:
    """West, south, east and north of a geometry: what places are first looked up by."""
    positions = list(_positions(geometry)) if geometry else []
    if not positions:
        return dict.fromkeys(("west", "south", "east", "north"))
    x, y = zip(*positions, strict=True)
    return {"west": min(x), "south": min(y), "east": max(x), "north": max(y)}


def _positions(geometry: Mapping[str, Any]) -> Iterator[Sequence[float]]:
    if "geometries" in geometry:
        for one in geometry["geometries"]:
            yield from _positions(one)
        return
    waiting = [geometry["coordinates"]]
    while waiting:
        one = waiting.pop()
        if one and isinstance(one[0], int | float):
            yield one
        else:
            waiting += one


ContentCrs = Annotated[str | None, Header(alias="Content-Crs", include_in_schema=False)]


async def require_crs(
    request: Request,
    accept_crs: Annotated[str | None, Header(alias="Accept-Crs", include_in_schema=False)] = None,
    content_crs: ContentCrs = None,
) -> None:
    """Every answer with geometry is asked for in a coordinate system. Raises Problem 412, or 406 for another system and
    415 for a body that says to be in another.

    The document asks for it with a DELETE too; VNG's own collection sends none, and there is no geometry to answer.
    """
    if content_crs not in {None, CRS}:
        raise Problem(415, "unsupported_media_type", f"Alleen het coördinatenstelsel {CRS} wordt ondersteund.")
    if accept_crs is None and request.method == "DELETE":
        return
    if accept_crs is None:
        raise Problem(412, "precondition_failed", "De header Accept-Crs ontbreekt.")
    if accept_crs != CRS:
        raise Problem(406, "not_acceptable", f"Alleen het coördinatenstelsel {CRS} wordt ondersteund.")


def check_content_crs(content_crs: str | None, geometry: object) -> None:
    """A body with geometry names its coordinate system, which `require_crs` judges. Raises Problem 412."""
    if geometry is not None and content_crs is None:
        raise Problem(412, "precondition_failed", "De header Content-Crs ontbreekt.")


def in_crs(response: Response) -> Response:
    """The same answer, saying in which coordinate system it is."""
    response.headers["Content-Crs"] = CRS
    return response


def describe_crs(router: APIRouter) -> APIRouter:
    """Document the headers of every operation of a router that answers geometry."""
    schema = {"type": "string", "enum": [CRS]}
    asked = (("Accept-Crs", True, "antwoord"), ("Content-Crs", False, "bericht; nodig als daar een plaats in staat"))
    answered = {"Content-Crs": {"schema": schema, "description": "Coördinatenstelsel van het antwoord."}}
    for route in (one for one in router.routes if isinstance(one, APIRoute)):
        extra, success = route.openapi_extra or {}, route.status_code or 200
        parameters = [
            {
                "name": name,
                "in": "header",
                "required": must and "DELETE" not in (route.methods or ()),
                "schema": schema,
                "description": f"Coördinatenstelsel van het {of}.",
            }
            for name, must, of in asked
        ]
        responses: dict[str, Any] = {"412": {"description": TITLES[412]}}
        if success != 204:
            responses[str(success)] = {"headers": answered}
        route.openapi_extra = {
            **extra,
            "parameters": [*extra.get("parameters", []), *parameters],
            "responses": responses,
        }
    return router
