"""A zoekresultaat: a zaak or document in which words are found, the best first, among what the caller may read.

The words stand in tables beside zaken and documents (migration 0014, docs/adr/0020-words.md), with what rights depend on.
"""

from enum import StrEnum
from typing import Annotated, Any

import asyncpg
import orjson
from fastapi import APIRouter, Query
from pydantic import Field as Documented
from starlette.responses import Response

from chassis.access import Caller, CurrentCaller
from chassis.problems import NotFound, PermissionDenied
from chassis.reading import Page, PagedFilter, Reader, Reading
from chassis.references import References
from chassis.resource import Out
from services.zaken import visibility as zaken
from services.zaken.catalogi.informatieobjecttype import INFORMATIEOBJECTTYPE
from services.zaken.catalogi.zaaktype.fields import ZAAKTYPE
from services.zaken.documenten import visibility as documents
from services.zaken.documenten.enkelvoudiginformatieobject.fields import EIO
from services.zaken.zaken.zaak.fields import ZAAK
from services.zaken.zoeken.words import LONGEST, MOST_WORDS, Sought, sought

router = APIRouter(tags=["zoekresultaten"])
MOST = 10_000
"""Of each kind so many are looked at, put in order and counted: a word that half of the register has says nothing."""


class Soort(StrEnum):
    """What is found."""

    zaak = "zaak"
    document = "document"


RESOURCES = {Soort.zaak: (ZAAK, ZAAKTYPE), Soort.document: (EIO, INFORMATIEOBJECTTYPE)}
"""What is found of each kind, and what its type is."""


# ---- fields


class ZoekresultaatOut(Out):
    """Something that was found."""

    soort: Soort = Documented(description="Of dit een zaak of een document is.")
    url: str = Documented(description="URL van de zaak of het document.")
    type: str = Documented(description="URL van het zaaktype of het informatieobjecttype.")
    identificatie: str = Documented(description="Nummer of kenmerk van de zaak of het document.")
    titel: str = Documented(description="Titel van het document, of omschrijving van de zaak.")


class ZoekresultatenPage(Page[ZoekresultaatOut]):
    """A page of what was found."""

    count: int = Documented(
        le=MOST, description=f"Aantal resultaten. Er wordt tot {MOST} geteld: dat getal betekent zoveel of meer."
    )


# ---- filter


class ZoekFilter(PagedFilter):
    """Query parameters of the search."""

    q: str = Documented(
        min_length=1,
        max_length=LONGEST,
        description=(
            f"Wat te zoeken, hoogstens {MOST_WORDS} woorden. Alle woorden moeten voorkomen, eventueel in een andere vorm; "
            "het laatste mag een begin zijn. Tussen aanhalingstekens: precies zo. Met een min ervoor: juist niet."
        ),
    )
    soort: Soort | None = Documented(default=None, description="Alleen zaken, of alleen documenten.")


# ---- rules

PARSED = "SELECT query::text, exact::text, querytree(query) FROM (SELECT {} AS query, {} AS exact) AS parsed"
"""Makes of what is sought the query, the same in whole words, and what of it an index can serve."""
_RANK = "ts_rank(words, $1::tsquery) + ts_rank(words, $2::tsquery) AS rank"
_TABLES = {
    Soort.zaak: "zaak_id AS id, zaaktype_id AS type_id, {} FROM zaak_words",
    Soort.document: "eio_id AS id, informatieobjecttype_id AS type_id, {} FROM document_words",
}
_PAGE = """
WITH found AS MATERIALIZED ({}),
picked AS (SELECT * FROM found ORDER BY rank DESC, id DESC LIMIT {} OFFSET {})
SELECT soort, id, type_id, (SELECT count(*) FROM found) AS count, CASE soort
    WHEN 'zaak' THEN (SELECT ARRAY[identificatie, omschrijving] FROM zaak WHERE zaak.id = picked.id)
    ELSE (SELECT ARRAY[identificatie, titel] FROM enkelvoudiginformatieobject AS document WHERE document.id = picked.id)
END AS shown
FROM picked ORDER BY rank DESC, id DESC
"""


def readable(caller: Caller, references: References, soort: Soort | None) -> dict[Soort, str]:
    """Of each kind the caller may read something of, the SQL condition that keeps that. Raises PermissionDenied when it may
    read nothing.
    """
    of_zaken = zaken.visible(caller, references, "zaken.lezen")
    of_documents = documents.RIGHTS.visible(caller, references, documents.LEZEN)
    only_publishable = documents.ONLY_PUBLISHABLE in caller.flags
    found = {
        Soort.zaak: "" if of_zaken.nothing else of_zaken.sql,
        Soort.document: ""
        if of_documents.nothing
        else documents.Readable(of_documents, only_publishable).sql or "true",
    }
    kept = {one: sql for one, sql in found.items() if sql and soort in {None, one}}
    if not kept:
        raise PermissionDenied("Hiervoor is de scope zaken.lezen of documenten.lezen nodig.")
    return kept


def searching(conditions: dict[Soort, str], size: int, offset: int) -> str:
    """The statement for one page of what a query ($1, and $2 in whole words) finds under these conditions."""
    # Without an order: putting all that is found in order would take as long as the most common word has rows.
    found = [
        f"(SELECT '{soort}' AS soort, {_TABLES[soort].format(_RANK)} WHERE words @@ $1::tsquery AND {sql} LIMIT {MOST})"
        for soort, sql in conditions.items()
    ]
    return _PAGE.format(" UNION ALL ".join(found), min(size, MOST - offset), offset)


async def find(
    reader: Reader, asked: Sought, conditions: dict[Soort, str], size: int, offset: int
) -> list[asyncpg.Record]:
    """The rows of a page; none when nothing is left to look for, as when only words like "de" and "het" were given."""

    async def read(connection: asyncpg.Connection) -> list[asyncpg.Record]:
        parsed = await connection.fetchrow(PARSED.format(asked.query, asked.exact), *asked.values)
        if parsed["querytree"] in {"", "T"}:
            return []
        return list(await connection.fetch(searching(conditions, size, offset), parsed["query"], parsed["exact"]))

    return await reader.runtime.database.read(read)


def shown(row: asyncpg.Record, public_url: str) -> dict[str, Any]:
    """What a zoekresultaat tells."""
    resource, kind = RESOURCES[Soort(row["soort"])]
    return {
        "soort": row["soort"],
        "url": resource.url(public_url, row["id"]),
        "type": kind.url(public_url, row["type_id"]),
        "identificatie": row["shown"][0],
        "titel": row["shown"][1],
    }


# ---- routes


@router.get("/zoekresultaten", response_model=ZoekresultatenPage, summary="Zaken en documenten zoeken")
async def zoekresultaat_list(
    chosen: Annotated[ZoekFilter, Query()], reader: Reading, caller: CurrentCaller
) -> Response:
    """De zaken en documenten met deze woorden die de applicatie mag lezen, de beste eerst."""
    conditions = readable(caller, reader.runtime.references, chosen.soort)
    asked, size = sought(chosen.q), chosen.page_size
    offset = (chosen.page - 1) * size
    rows = await find(reader, asked, conditions, size, offset) if offset < MOST else []
    if not rows and offset:
        raise NotFound("Deze pagina bestaat niet.")
    bodies = [orjson.dumps(shown(row, reader.runtime.settings.public_url)) for row in rows]
    count = min(rows[0]["count"], MOST) if rows else 0
    return reader.answer(reader.envelope(count, bodies, chosen.page, size))
