"""Geometry of a zaak: GeoJSON (RFC 7946) in EPSG:4326, and the headers that say so."""

from typing import Annotated, Literal

from fastapi import Header
from pydantic import BaseModel, Field

from chassis.problems import Problem

CRS = "EPSG:4326"
Position = Annotated[list[float], Field(min_length=2, max_length=2)]
Line = Annotated[list[Position], Field(min_length=2)]
Ring = Annotated[list[Position], Field(min_length=4)]


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


async def require_accept_crs(
    accept_crs: Annotated[str | None, Header(alias="Accept-Crs", description="Gewenst coördinatenstelsel.")] = None,
) -> None:
    """Every answer with geometry is asked for in a coordinate system. Raises Problem 412, or 406 for another system."""
    if accept_crs is None:
        raise Problem(412, "precondition_failed", "De header Accept-Crs ontbreekt.")
    if accept_crs != CRS:
        raise Problem(406, "not_acceptable", f"Alleen het coördinatenstelsel {CRS} wordt ondersteund.")


ContentCrs = Annotated[str | None, Header(alias="Content-Crs", description="Coördinatenstelsel van het bericht.")]


def check_content_crs(content_crs: str | None, geometry: object) -> None:
    """A body with geometry names its coordinate system. Raises Problem 412, or 415 for another system."""
    if geometry is not None and content_crs is None:
        raise Problem(412, "precondition_failed", "De header Content-Crs ontbreekt.")
    if content_crs not in {None, CRS}:
        raise Problem(415, "unsupported_media_type", f"Alleen het coördinatenstelsel {CRS} wordt ondersteund.")
