"""An abonnee: one abonnement as its operator sees it. What waits, how the attempts go, what went wrong last.

Nothing of it is stored: each figure is counted when it is asked for, for the abonnementen of one page only.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict
from pydantic import Field as Documented
from starlette.responses import Response

from chassis import clock
from chassis.access import CurrentCaller
from chassis.problems import NotFound
from chassis.reading import Page, PagedFilter, Reading, Selection
from chassis.resource import Out
from services.notificaties.backoff import TRIPPED

router = APIRouter(tags=["abonnees"])
LEZEN = "abonnees.lezen"


class Toestand(StrEnum):
    """How an abonnee does; those that need somebody's attention most come first, also in the list."""

    gestopt = "gestopt"
    """It answered 410: nothing is delivered until the abonnement is updated."""
    hapert = "hapert"
    """It failed several times in a row: it is left alone until `pauzeTot`, then one call finds out whether it is back."""
    gepauzeerd = "gepauzeerd"
    """Somebody asked for it (bezorginstelling): everything stays until it goes on."""
    actief = "actief"


class Periode(StrEnum):
    """Over which time attempts are counted, back from now."""

    uur = "uur"
    dag = "dag"
    week = "week"


LENGTH = {Periode.uur: timedelta(hours=1), Periode.dag: timedelta(days=1), Periode.week: timedelta(weeks=1)}

# ---- fields


class AbonneeOut(Out):
    """An abonnee as answered."""

    url: str = Documented(description="URL van deze abonnee.")
    abonnement: str = Documented(description="URL van het abonnement.")
    callback_url: str = Documented(
        description="Adres waar de notificaties heen gaan, zonder gebruikersnaam en parameters."
    )
    client_id: str = Documented(description="Applicatie die het abonnement nam.")
    toestand: Toestand = Documented(
        description="`actief`; `gepauzeerd` op verzoek; `hapert`: het ging een paar keer achter elkaar mis; `gestopt`: de "
        "abonnee antwoordde 410."
    )
    pauze_tot: datetime | None = Documented(description="Tot wanneer de abonnee met rust wordt gelaten.")
    gestopt_op: datetime | None = Documented(description="Wanneer de abonnee antwoordde dat hij is gestopt.")
    wacht: int = Documented(description="Aantal afleveringen dat wacht.")
    oudste_op: datetime | None = Documented(description="Wanneer de oudste daarvan binnenkwam.")
    oudste_seconden: int | None = Documented(description="Hoe lang de oudste al wacht, in seconden.")
    volgende_poging: datetime | None = Documented(description="Wanneer weer iets wordt geprobeerd.")
    afgeleverd: int = Documented(description="Aantal pogingen in de periode dat lukte.")
    mislukt: int = Documented(description="Aantal pogingen in de periode dat mislukte.")
    geslaagd: float | None = Documented(
        description="Deel van de pogingen dat lukte, van 0 tot 1; leeg zonder pogingen."
    )
    p50_ms: int | None = Documented(
        description="De helft van de gelukte pogingen duurde hoogstens zoveel milliseconden."
    )
    p95_ms: int | None = Documented(description="95% van de gelukte pogingen duurde hoogstens zoveel milliseconden.")
    laatste_succes: datetime | None = Documented(description="Wanneer het voor het laatst lukte.")
    laatste_fout: str = Documented(description="Wat er bij de laatste mislukte poging misging; leeg zonder.")
    laatste_fout_op: datetime | None = Documented(description="Wanneer dat was.")
    onbestelbaar: int = Documented(description="Aantal open onbestelbare berichten.")


# ---- filter


class PeriodeFilter(BaseModel):
    """Query parameters of one abonnee."""

    model_config = ConfigDict(extra="forbid")

    periode: Periode = Documented(default=Periode.dag, description="Over welke tijd pogingen worden geteld, tot nu.")


class AbonneeFilter(PagedFilter):
    """Query parameters of the list."""

    toestand: Toestand | None = Documented(default=None, description="Hoe het met de abonnee gaat.")
    periode: Periode = Documented(default=Periode.dag, description="Over welke tijd pogingen worden geteld, tot nu.")


def select_abonnees(reader: Reading, periode: Periode, toestand: Toestand | None = None) -> Selection:
    """The abonnees the filter asks for. The first values of every query here: now, begin of the periode, and how the
    URL of an abonnement may begin, for dead letters name their receiver by it.
    """
    now = clock.now()
    prefixes = [f"{base}/notificaties/api/v1/abonnement/" for base in reader.runtime.settings.own_urls]
    return Selection(values=[now, now - LENGTH[periode], prefixes]).where_given(
        "toestand = {}", toestand and str(toestand)
    )


# ---- rules

_KNOWN = f"""
WITH known AS (
    SELECT a.id, a.callback_url, a.client_id, coalesce(w.fouten, 0) AS fouten, w.pauze_tot, w.gestopt_op,
           CASE WHEN w.gestopt_op IS NOT NULL THEN 'gestopt' WHEN b.gepauzeerd THEN 'gepauzeerd'
                WHEN w.fouten >= {TRIPPED} OR w.pauze_tot > $1 THEN 'hapert' ELSE 'actief' END AS toestand,
           ARRAY(SELECT prefix || a.id FROM unnest($3::text[]) AS prefix) AS namen, $2::timestamptz AS sinds
    FROM abonnement a LEFT JOIN wachtrij w ON w.abonnement_id = a.id LEFT JOIN bezorginstelling b ON b.id = a.id
)
"""  # noqa: S608 - own names
_TROUBLE_FIRST = f"""
array_position(ARRAY[{", ".join(f"'{one}'" for one in Toestand)}], toestand),
NOT EXISTS (SELECT FROM onbestelbaar_bericht o WHERE o.status = 'open' AND o.ontvanger = ANY(known.namen)),
fouten DESC, id
"""
_FIGURES = """
SELECT chosen.*, queue.*, attempts.*, failure.*, success.*, letters.* FROM chosen
CROSS JOIN LATERAL (
    SELECT count(*) AS wacht, min(n.aangemaakt_op) AS oudste_op, min(a.volgende_poging) AS volgende_poging
    FROM aflevering a JOIN notificatie n ON n.id = a.notificatie_id
    WHERE a.abonnement_id = chosen.id AND a.status = 'wacht'
) AS queue
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE p.fout = '') AS afgeleverd, count(*) FILTER (WHERE p.fout <> '') AS mislukt,
           percentile_disc(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY p.duur_ms) FILTER (WHERE p.fout = '') AS duur
    FROM poging p WHERE p.abonnement_id = chosen.id AND p.op > chosen.sinds
) AS attempts
LEFT JOIN LATERAL (
    SELECT p.fout AS laatste_fout, p.op AS laatste_fout_op FROM poging p
    WHERE p.abonnement_id = chosen.id AND p.fout <> '' ORDER BY p.op DESC, p.id DESC LIMIT 1
) AS failure ON true
LEFT JOIN LATERAL (
    SELECT p.op AS laatste_succes FROM poging p
    WHERE p.abonnement_id = chosen.id AND p.fout = '' ORDER BY p.op DESC LIMIT 1
) AS success ON true
CROSS JOIN LATERAL (
    SELECT count(*) AS onbestelbaar FROM onbestelbaar_bericht o
    WHERE o.status = 'open' AND o.ontvanger = ANY(chosen.namen)
) AS letters
ORDER BY chosen.place
"""


def address(callback_url: str) -> str:
    """Scheme, host, port and path of a callback URL: what else it holds may be a secret."""
    try:
        parts = urlsplit(callback_url)
    except ValueError:  # unbalanced brackets
        return ""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def rests(row: asyncpg.Record, now: datetime) -> bool:
    """Whether the abonnee is left alone now."""
    return row["pauze_tot"] is not None and row["pauze_tot"] > now


def next_attempt(row: asyncpg.Record, now: datetime) -> datetime | None:
    """When something will be tried: not before the pause of the abonnee is over."""
    due: datetime | None = row["volgende_poging"]
    if due is None or row["toestand"] in (Toestand.gestopt, Toestand.gepauzeerd):
        return None
    return max(due, row["pauze_tot"]) if rests(row, now) else due


_AS_COUNTED = (
    *("client_id", "toestand", "gestopt_op", "wacht", "oudste_op", "afgeleverd", "mislukt", "onbestelbaar"),
    *("laatste_succes", "laatste_fout_op"),
)


def shown(row: asyncpg.Record, public_url: str, now: datetime) -> AbonneeOut:
    """An abonnee from a row of the query above."""
    attempts, (p50, p95) = row["afgeleverd"] + row["mislukt"], row["duur"] or (None, None)
    return AbonneeOut(
        **{name: row[name] for name in _AS_COUNTED},
        url=f"{public_url}/bezorging/api/v1/abonnees/{row['id']}",
        abonnement=f"{public_url}/notificaties/api/v1/abonnement/{row['id']}",
        callback_url=address(row["callback_url"]),
        pauze_tot=row["pauze_tot"] if rests(row, now) else None,
        oudste_seconden=int((now - row["oudste_op"]).total_seconds()) if row["oudste_op"] else None,
        volgende_poging=next_attempt(row, now),
        geslaagd=round(row["afgeleverd"] / attempts, 4) if attempts else None,
        p50_ms=p50,
        p95_ms=p95,
        laatste_fout=row["laatste_fout"] or "",
    )


async def figures(reader: Reading, selection: Selection, page: int, size: int) -> list[AbonneeOut]:
    """One page of abonnees, with their figures."""
    picked = f"FROM known{selection.sql} ORDER BY place LIMIT {size} OFFSET {(page - 1) * size}"
    place = f"row_number() OVER (ORDER BY {_TROUBLE_FIRST}) AS place"
    sql = f"{_KNOWN}, chosen AS (SELECT *, {place} {picked}) {_FIGURES}"
    rows = await reader.runtime.database.fetch(sql, *selection.values)
    return [shown(row, reader.runtime.settings.public_url, selection.values[0]) for row in rows]


async def page_of(reader: Reading, chosen: AbonneeFilter) -> tuple[int, list[AbonneeOut]]:
    """Count and one page. Raises NotFound past the end."""
    selection = select_abonnees(reader, chosen.periode, chosen.toestand)
    found = await figures(reader, selection, chosen.page, chosen.page_size)
    if chosen.page > 1 and not found:
        raise NotFound("Deze pagina bestaat niet.")
    if chosen.page == 1 and len(found) < chosen.page_size:
        return len(found), found
    sql = f"{_KNOWN} SELECT count(*) AS n FROM known{selection.sql}"  # noqa: S608 - own names
    counted = await reader.runtime.database.fetch(sql, *selection.values)
    return counted[0]["n"], found


async def find(reader: Reading, uuid: UUID, periode: Periode) -> AbonneeOut:
    """One abonnee. Raises NotFound."""
    found = await figures(reader, select_abonnees(reader, periode).where("id = {}", uuid), 1, 1)
    if not found:
        raise NotFound
    return found[0]


# ---- routes


@router.get("/abonnees", response_model=Page[AbonneeOut], summary="Abonnees opvragen")
async def abonnee_list(chosen: Annotated[AbonneeFilter, Query()], reader: Reading, caller: CurrentCaller) -> Response:
    """Hoe het met elke abonnee gaat. Vooraan staat wie aandacht nodig heeft."""
    caller.require("nrc", LEZEN)
    count, found = await page_of(reader, chosen)
    bodies = [one.model_dump_json(by_alias=True).encode() for one in found]
    return reader.answer(reader.envelope(count, bodies, chosen.page, chosen.page_size))


@router.get("/abonnees/{uuid}", response_model=AbonneeOut, summary="Een abonnee opvragen")
async def abonnee_retrieve(
    uuid: UUID, chosen: Annotated[PeriodeFilter, Query()], reader: Reading, caller: CurrentCaller
) -> Response:
    """Hoe het met één abonnee gaat; het uuid is dat van het abonnement."""
    caller.require("nrc", LEZEN)
    found = await find(reader, uuid, chosen.periode)
    return reader.answer(found.model_dump_json(by_alias=True).encode())
