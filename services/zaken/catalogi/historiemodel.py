"""The history model: types refer to each other by name, and are answered as the versions that hold on the day asked.

A stored representation holds the names. `compose` puts the versions in their place, so it is the same for every read:
a published type shows published versions; a concept also shows concepts of which there is no published version yet.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from starlette.responses import Response

from chassis import clock
from chassis.reading import Reader
from chassis.resource import Resource, Row, etag_of
from chassis.unit import Unit

Content = dict[str, Any]
Fetch = Callable[..., Awaitable[Sequence[Mapping[str, Any]]]]
"""Rows of one statement: `Database.fetch`, or that of a connection."""


@dataclass(frozen=True)
class Composition:
    """How one kind of type is composed.

    sql: of $1 ids and $2 day, a row per id with what `fill` needs. fill: puts it in the content, given the base of URLs.
    """

    sql: str
    fill: Callable[[Content, Mapping[str, Any], str], None]


def valid(alias: str) -> str:
    """SQL: whether a version holds on day $2; the last day is included."""
    return f"{alias}.begin_geldigheid <= $2 AND ({alias}.einde_geldigheid IS NULL OR {alias}.einde_geldigheid >= $2)"


def shown(table: str, alias: str, name: str, owner: str) -> str:
    """SQL: whether `owner` shows this version of a type that its relation names."""
    return (
        f"{valid(alias)} AND (NOT {alias}.concept OR {owner}.concept AND NOT EXISTS ("
        f"SELECT FROM {table} p WHERE p.catalogus_id = {alias}.catalogus_id AND p.{name} = {alias}.{name} "
        f"AND NOT p.concept AND {valid('p')}))"
    )


def compose(content: Content, found: Mapping[str, Any], composition: Composition, public_url: str) -> Content:
    """What is answered: the stored content with the versions that were found for the day."""
    composed = dict(content)
    composition.fill(composed, found, f"{public_url}/catalogi/api/v1")
    return composed


async def composed(
    fetch: Fetch, resource: Resource, contents: Sequence[Content], public_url: str, day: date | None = None
) -> list[Content]:
    """What is answered for some resources of one kind, as of a day (default today): one query for all of them.

    One that was removed meanwhile is left out.
    """
    composition = COMPOSITIONS[resource.name]
    by_id = {UUID(content["url"].rpartition("/")[2]): content for content in contents}
    found = {row["id"]: row for row in await fetch(composition.sql, list(by_id), day or clock.today())}
    return [compose(by_id[one], found[one], composition, public_url) for one in by_id if one in found]


# ---- answering


async def respond(unit: Unit, resource: Resource, row: Row, status: int = 200) -> Response:
    """Answer a change with the type as of today."""
    await unit.session.flush()
    connection = await unit.connection()
    content = orjson.loads(unit.body(resource, row))
    [answered] = await composed(connection.fetch, resource, [content], unit.public_url)
    body = orjson.dumps(answered)
    headers = {"ETag": f'"{etag_of(body)}"'} | ({"Location": unit.url(resource, row.id)} if status == 201 else {})
    return unit.respond_raw(body, status, headers)


async def compose_for(
    reader: Reader, resource: Resource, contents: Sequence[Content], day: date | None
) -> list[Content]:
    """What a read answers for some types of one kind, as of a day (default today)."""
    runtime = reader.runtime
    return await composed(runtime.database.fetch, resource, contents, runtime.settings.public_url, day)


# ---- per kind


def _links(base: str, collection: str, ids: Iterable[UUID]) -> list[str]:
    return [f"{base}/{collection}/{one}" for one in ids]


_ZAAKTYPE = f"""
SELECT z.id,
    array(SELECT b.id FROM besluittype b
          WHERE b.catalogus_id = z.catalogus_id AND b.omschrijving = ANY(z.besluittypen)
          AND {shown("besluittype", "b", "omschrijving", "z")}
          ORDER BY array_position(z.besluittypen, b.omschrijving::text), b.id) AS besluittypen,
    array(SELECT d.id FROM zaaktype d
          WHERE d.catalogus_id = z.catalogus_id AND d.identificatie = ANY(z.deelzaaktypen)
          AND {shown("zaaktype", "d", "identificatie", "z")}
          ORDER BY array_position(z.deelzaaktypen, d.identificatie::text), d.id) AS deelzaaktypen,
    array(SELECT i.id FROM informatieobjecttype i
          JOIN zaaktypeinformatieobjecttype t ON t.zaaktype_id = z.id AND t.informatieobjecttype = i.omschrijving
          WHERE i.catalogus_id = z.catalogus_id AND {shown("informatieobjecttype", "i", "omschrijving", "z")}
          GROUP BY i.id ORDER BY min(t.volgnummer), i.id) AS informatieobjecttypen,
    g.namen, g.ids
FROM zaaktype z, LATERAL (
    SELECT array_agg(r.identificatie::text ORDER BY r.id) AS namen, array_agg(r.id ORDER BY r.id) AS ids FROM zaaktype r
    WHERE r.catalogus_id = z.catalogus_id
    AND r.identificatie IN (SELECT one ->> 'zaaktype' FROM jsonb_array_elements(z.gerelateerde_zaaktypen) one)
    AND {shown("zaaktype", "r", "identificatie", "z")}
) g WHERE z.id = ANY($1)
"""  # noqa: S608 - literal SQL of our own


def _fill_zaaktype(content: Content, found: Mapping[str, Any], base: str) -> None:
    for name in ("informatieobjecttypen", "besluittypen"):
        content[name] = _links(base, name, found[name])
    content["deelzaaktypen"] = _links(base, "zaaktypen", found["deelzaaktypen"])
    related = dict(zip(found["namen"] or (), _links(base, "zaaktypen", found["ids"] or ()), strict=True))
    content["gerelateerdeZaaktypen"] = [
        one | {"zaaktype": related[one["zaaktypeIdentificatie"]]}
        for one in content["gerelateerdeZaaktypen"]
        if one["zaaktypeIdentificatie"] in related
    ]


_BESLUITTYPE = f"""
SELECT b.id,
    array(SELECT i.id FROM informatieobjecttype i
          WHERE i.catalogus_id = b.catalogus_id AND i.omschrijving = ANY(b.informatieobjecttypen)
          AND {shown("informatieobjecttype", "i", "omschrijving", "b")}
          ORDER BY array_position(b.informatieobjecttypen, i.omschrijving::text), i.id) AS informatieobjecttypen,
    array(SELECT r.id FROM resultaattype r JOIN zaaktype z ON z.id = r.zaaktype_id
          WHERE z.catalogus_id = b.catalogus_id AND r.besluittypen @> ARRAY[b.omschrijving::text]
          AND {shown("zaaktype", "z", "identificatie", "b")} ORDER BY r.id) AS resultaattypen,
    array(SELECT DISTINCT r.omschrijving::text FROM resultaattype r JOIN zaaktype z ON z.id = r.zaaktype_id
          WHERE z.catalogus_id = b.catalogus_id AND r.besluittypen @> ARRAY[b.omschrijving::text]
          AND {shown("zaaktype", "z", "identificatie", "b")} ORDER BY 1) AS resultaten,
    z.namen, z.ids
FROM besluittype b, LATERAL (
    SELECT array_agg(z.identificatie::text ORDER BY z.id) AS namen, array_agg(z.id ORDER BY z.id) AS ids FROM zaaktype z
    WHERE z.catalogus_id = b.catalogus_id AND z.besluittypen @> ARRAY[b.omschrijving::text]
    AND {shown("zaaktype", "z", "identificatie", "b")}
) z WHERE b.id = ANY($1)
"""  # noqa: S608 - literal SQL of our own


def _fill_besluittype(content: Content, found: Mapping[str, Any], base: str) -> None:
    for name in ("informatieobjecttypen", "resultaattypen"):
        content[name] = _links(base, name, found[name])
    content["resultaattypenOmschrijving"] = found["resultaten"]
    _fill_zaaktypen(content, found, base)


def _fill_zaaktypen(content: Content, found: Mapping[str, Any], base: str) -> None:
    content["zaaktypen"] = _links(base, "zaaktypen", found["ids"] or ())
    content["zaaktypeIdentificaties"] = list(dict.fromkeys(found["namen"] or ()))


_INFORMATIEOBJECTTYPE = f"""
SELECT i.id, b.namen AS omschrijvingen, b.ids AS besluittypen, z.namen, z.ids
FROM informatieobjecttype i, LATERAL (
    SELECT array_agg(b.omschrijving::text ORDER BY b.id) AS namen, array_agg(b.id ORDER BY b.id) AS ids
    FROM besluittype b
    WHERE b.catalogus_id = i.catalogus_id AND b.informatieobjecttypen @> ARRAY[i.omschrijving::text]
    AND {shown("besluittype", "b", "omschrijving", "i")}
) b, LATERAL (
    SELECT array_agg(z.identificatie::text ORDER BY z.id) AS namen, array_agg(z.id ORDER BY z.id) AS ids FROM zaaktype z
    WHERE z.catalogus_id = i.catalogus_id AND EXISTS (
        SELECT FROM zaaktypeinformatieobjecttype t
        WHERE t.zaaktype_id = z.id AND t.informatieobjecttype = i.omschrijving
    ) AND {shown("zaaktype", "z", "identificatie", "i")}
) z WHERE i.id = ANY($1)
"""  # noqa: S608 - literal SQL of our own


def _fill_informatieobjecttype(content: Content, found: Mapping[str, Any], base: str) -> None:
    content["besluittypen"] = _links(base, "besluittypen", found["besluittypen"] or ())
    content["besluittypeOmschrijving"] = list(dict.fromkeys(found["omschrijvingen"] or ()))
    _fill_zaaktypen(content, found, base)


# One informatieobjecttype is always answered: without a version of the day the latest, rather published than concept.
_ZAAKINFORMATIEOBJECTTYPE = f"""
SELECT t.id, (
    SELECT i.id FROM informatieobjecttype i
    WHERE i.catalogus_id = z.catalogus_id AND i.omschrijving = t.informatieobjecttype
    ORDER BY (NOT i.concept AND {valid("i")}) DESC, i.concept, i.begin_geldigheid DESC, i.id DESC LIMIT 1
) AS informatieobjecttype
FROM zaaktypeinformatieobjecttype t JOIN zaaktype z ON z.id = t.zaaktype_id WHERE t.id = ANY($1)
"""  # noqa: S608 - literal SQL of our own


def _fill_zaakinformatieobjecttype(content: Content, found: Mapping[str, Any], base: str) -> None:
    if found["informatieobjecttype"] is not None:
        content["informatieobjecttype"] = f"{base}/informatieobjecttypen/{found['informatieobjecttype']}"


_RESULTAATTYPE = f"""
SELECT r.id,
    array(SELECT b.id FROM besluittype b
          WHERE b.catalogus_id = z.catalogus_id AND b.omschrijving = ANY(r.besluittypen)
          AND {shown("besluittype", "b", "omschrijving", "z")}
          ORDER BY array_position(r.besluittypen, b.omschrijving::text), b.id) AS besluittypen,
    array(SELECT i.id FROM informatieobjecttype i
          WHERE i.catalogus_id = z.catalogus_id AND i.omschrijving = ANY(r.informatieobjecttypen)
          AND {shown("informatieobjecttype", "i", "omschrijving", "z")}
          ORDER BY array_position(r.informatieobjecttypen, i.omschrijving::text), i.id) AS informatieobjecttypen
FROM resultaattype r JOIN zaaktype z ON z.id = r.zaaktype_id WHERE r.id = ANY($1)
"""  # noqa: S608 - literal SQL of our own


def _fill_resultaattype(content: Content, found: Mapping[str, Any], base: str) -> None:
    for name in ("besluittypen", "informatieobjecttypen"):
        content[name] = _links(base, name, found[name])


COMPOSITIONS = {
    "zaaktype": Composition(_ZAAKTYPE, _fill_zaaktype),
    "besluittype": Composition(_BESLUITTYPE, _fill_besluittype),
    "informatieobjecttype": Composition(_INFORMATIEOBJECTTYPE, _fill_informatieobjecttype),
    "resultaattype": Composition(_RESULTAATTYPE, _fill_resultaattype),
    "zaaktypeinformatieobjecttype": Composition(_ZAAKINFORMATIEOBJECTTYPE, _fill_zaakinformatieobjecttype),
}
"""By name of the resource."""
