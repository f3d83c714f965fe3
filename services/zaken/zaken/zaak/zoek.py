"""Searching zaken: the filters of the list in a body, places, and which fields come back (zrc-029)."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, Query
from pydantic import ConfigDict, RootModel, WithJsonSchema
from pydantic import Field as Documented
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.problems import Invalid
from chassis.reading import Page, Reading, Selection
from chassis.resource import In
from services.zaken.catalogi.zaaktype.fields import ZAAKTYPE
from services.zaken.expand import ExpandFilter, Node, answer_tree, parse
from services.zaken.picking import pick
from services.zaken.settings import settings_of
from services.zaken.validation import filter_id
from services.zaken.visibility import listable
from services.zaken.zaken.geometrie import (
    ContentCrs,
    Geometrie,
    check_content_crs,
    describe_crs,
    in_crs,
    require_crs,
)
from services.zaken.zaken.zaak.fields import ZAAK, ZaakOut
from services.zaken.zaken.zaak.filter import ORDERINGS, Criteria, Ordering, select_zaken

router = APIRouter(tags=["zaken"], dependencies=[Depends(require_crs)])
MOST_PLACES = 100_000
"""Zaken whose place is looked at for one search."""
_BOXED = (
    "box(point(east, north), point(west, south)) <@ "
    "box(point({}::float8, {}::float8), point({}::float8, {}::float8)) AND west IS NOT NULL"
)
_PLACES = """
SELECT id, west, south, CASE WHEN west < east OR south < north THEN zaakgeometrie::text END AS shape FROM zaak
"""


# ---- fields


def _never_null(schema: dict[str, Any]) -> None:
    """The schema of criteria that are left out or have a value; one that is null counts as left out."""
    for name, one in schema["properties"].items():
        [given] = [option for option in one.pop("anyOf", [{}]) if option.get("type") != "null"]
        schema["properties"][name] = {key: value for key, value in (one | given).items() if key != "default"}


class GeoWithin(In):
    """Where zaken are."""

    model_config = ConfigDict(json_schema_extra=_never_null)

    within: Geometrie | None = Documented(default=None, description="Gebied waar de plaats van de zaak in ligt.")


class ZaakZoek(Criteria):
    """What is searched for; all of it must hold. `fields` and `expand` exclude each other."""

    model_config = ConfigDict(json_schema_extra=_never_null)

    fields: list[Any] | None = Documented(default=None, description="Velden die terugkomen; een object gaat verder.")
    zaakgeometrie: GeoWithin | None = Documented(default=None, description="Waar de zaak is.")
    uuid_in: list[UUID] | None = Documented(default=None, alias="uuid__in", description="Id's van zaken.")
    zaaktype_in: list[Annotated[str, Documented(json_schema_extra={"format": "uri"})]] | None = Documented(
        default=None, alias="zaaktype__in", description="URL's van zaaktypen."
    )
    ordering: Annotated[Ordering, WithJsonSchema(ORDERINGS)] = Documented(
        default_factory=list, description="Volgorde: een veld, met - ervoor aflopend."
    )

    @property
    def area(self) -> Geometrie | None:
        """The area that zaken are sought in."""
        return self.zaakgeometrie.within if self.zaakgeometrie else None


class GekozenVelden(RootModel[dict[str, Any]]):
    """A zaak of which only some fields were asked for."""


class ZoekQuery(ExpandFilter):
    """Query parameters of the search."""


# ---- rules


def tree(body: ZaakZoek, expand: str | None, depth: int) -> Node:
    """What is answered of each zaak. Raises Invalid, or NotFound for what cannot be expanded."""
    ways = [way for way in (expand, body.expand, body.fields) if way is not None]
    if len(ways) > 1:
        raise Invalid.field("fields", "mutually-exclusive", "Gebruik fields of expand, en expand op één plek.")
    return parse(ZAAK, expand or body.expand or "", depth) if body.fields is None else pick(ZAAK, body.fields, depth)


def select_searched(body: ZaakZoek, reader: Reading) -> Selection:
    """The zaken the body asks for, but for the exact place. Raises Invalid."""
    selection = select_zaken(body, reader).where_given("id = ANY({}::uuid[])", body.uuid_in)
    if body.uuid_in is not None:
        selection.counters = ""
    if body.zaaktype_in is not None:
        named = enumerate(body.zaaktype_in)
        ids = [filter_id(reader.runtime.references, ZAAKTYPE, url, f"zaaktype__in.{index}") for index, url in named]
        selection.where("zaaktype_id = ANY({}::uuid[])", ids)
    return selection


async def within(reader: Reading, selection: Selection, area: Geometrie) -> Selection:
    """Those of the selection whose place lies in an area: first by their bounding boxes, then exactly."""
    shape = await asyncio.to_thread(_area, area)
    west, south, east, north = shape.bounds
    boxed = Selection([*selection.conditions], [*selection.values])
    boxed.where(_BOXED, east, north, west, south)
    sql = f"{_PLACES}{boxed.sql} LIMIT {MOST_PLACES + 1}"
    places = await reader.runtime.database.fetch(sql, *boxed.values)
    if len(places) > MOST_PLACES:
        raise Invalid.field("zaakgeometrie.within", "max_value", "In dit gebied zijn te veel zaken. Zoek kleiner.")
    ids = await asyncio.to_thread(_inside, shape, places)
    return Selection(order=selection.order).where("id = ANY({}::uuid[])", ids)


def _area(area: Geometrie) -> Any:
    """The area as shapely has it, prepared. Raises Invalid for one that crosses itself."""
    import shapely  # with numpy it is large, and most installations never search by place

    shape = shapely.from_geojson(area.model_dump_json(), on_invalid="ignore")
    if shape is None or shape.is_empty or not shape.is_valid:
        raise Invalid.field("zaakgeometrie.within", "invalid", "Dit is geen geldig gebied.")
    shapely.prepare(shape)
    return shape


def _inside(area: Any, places: list[asyncpg.Record]) -> list[UUID]:
    """The ids of the places that lie in an area."""
    import shapely

    points = [place for place in places if place["shape"] is None]
    shapes = [place for place in places if place["shape"] is not None]
    found: list[UUID] = []
    if points:
        inside = shapely.contains_xy(area, [one["west"] for one in points], [one["south"] for one in points])
        found += [one["id"] for one, inner in zip(points, inside, strict=True) if inner]
    if shapes:
        inside = shapely.contains(area, shapely.from_geojson([one["shape"] for one in shapes], on_invalid="ignore"))
        found += [one["id"] for one, inner in zip(shapes, inside, strict=True) if inner]
    return found


# ---- routes


@router.post("/zaken/_zoek", response_model=Page[ZaakOut | GekozenVelden], summary="Zaken zoeken")
async def zaak__zoek(
    body: ZaakZoek,
    reader: Reading,
    caller: CurrentCaller,
    asked: Annotated[ZoekQuery, Query()],
    content_crs: ContentCrs = None,
) -> Response:
    """Zaken die de applicatie mag zien, gezocht op kenmerken of op plaats."""
    check_content_crs(content_crs, body.area)
    seen = listable(caller, reader.runtime.references, "zaken.lezen")
    root = tree(body, asked.expand, settings_of(reader.runtime).expand_depth)
    selection = seen.restrict(select_searched(body, reader))
    if body.area is not None:
        selection = await within(reader, selection, body.area)
    if not root.children and root.shown is None:
        return in_crs(await reader.page(ZAAK, selection, asked.page))
    return in_crs(await answer_tree(reader, caller, root, selection, asked.page))


describe_crs(router)
