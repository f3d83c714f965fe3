"""The pages on which a functioneel beheerder sees how deliveries go: what the API `abonnees` tells, as HTML.

What somebody may not read over the API is not on the page either. Nothing can be changed here.
"""

import math
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Query
from starlette.responses import HTMLResponse, Response

from chassis import clock
from chassis.access import Caller, CurrentCaller
from chassis.reading import Reading, Selection
from services.notificaties.bezorging import aflevering, onbestelbaar_bericht
from services.notificaties.bezorging.abonnee import (
    LEZEN,
    AbonneeFilter,
    AbonneeOut,
    Periode,
    PeriodeFilter,
    Toestand,
    find,
    page_of,
)
from services.notificaties.bezorging.layout import Cell, Html, Link, choices, facts, joined, page, paragraph, table
from services.notificaties.bezorging.onbestelbaar_bericht import for_receiver

router = APIRouter(tags=["overzicht"], default_response_class=HTMLResponse)
LIST = "overzicht"
"""The address of the list as a link on it: relative, so that it holds behind any public base URL."""
SHOWN = 25
"""Attempts and dead letters on the page of one abonnee."""
TOESTANDEN = {
    Toestand.gestopt: (
        "Gestopt",
        "De abonnee wil niets meer krijgen. Wil hij dat weer, laat dan het abonnement bijwerken.",
    ),
    Toestand.hapert: (
        "Hapert",
        "Afleveren lukt nu niet. Het wordt vanzelf opnieuw geprobeerd. Weet de abonnee dat het misgaat?",
    ),
    Toestand.gepauzeerd: ("Gepauzeerd", "Iemand heeft het afleveren stilgezet. Alles blijft staan tot het verdergaat."),
    Toestand.actief: ("Actief", "Er wordt afgeleverd."),
}
"""How a toestand is called, and what it means to who must do something about it."""
PERIODEN = {Periode.uur: "Laatste uur", Periode.dag: "Laatste 24 uur", Periode.week: "Laatste 7 dagen"}

# ---- rules


def percentage(part: float | None) -> str | None:
    """A part of 1 as a percentage, rounded down: nothing that fails now and then is 100%."""
    return None if part is None else f"{math.floor(part * 1000) / 10:.1f}%".replace(".", ",")


def span(seconds: int | None) -> str | None:
    """How long something takes, in words."""
    if seconds is None:
        return None
    length = timedelta(seconds=seconds)
    if length < timedelta(minutes=2):
        return f"{seconds} seconden"
    if length < timedelta(hours=2):
        return f"{seconds // 60} minuten"
    return f"{seconds // 3600} uur" if length < timedelta(days=2) else f"{length.days} dagen"


def latency(one: AbonneeOut) -> str | None:
    """How long attempts took: half of them, and nearly all."""
    return None if one.p50_ms is None else f"{one.p50_ms} / {one.p95_ms} ms"


def choose(chosen: AbonneeFilter, **other: str | int | None) -> str:
    """The address of the list with another choice."""
    choice = {
        "toestand": chosen.toestand,
        "periode": chosen.periode,
        "page": None,
        "pageSize": chosen.page_size,
        **other,
    }
    return f"{LIST}?{urlencode({name: value for name, value in choice.items() if value is not None})}"


def filters(chosen: AbonneeFilter) -> list[Html]:
    """The choices above the list."""
    states = [Link(choose(chosen, toestand=None), "Alle abonnees", chosen.toestand is None)]
    states += [Link(choose(chosen, toestand=one), TOESTANDEN[one][0], chosen.toestand == one) for one in Toestand]
    periods = [Link(choose(chosen, periode=one), PERIODEN[one], chosen.periode == one) for one in PERIODEN]
    return [choices("Toestand", states), choices("Periode", periods)]


def pages(chosen: AbonneeFilter, count: int) -> list[Html]:
    """Links to the pages before and after this one."""
    links = [Link(choose(chosen, page=chosen.page - 1), "Vorige pagina")] if chosen.page > 1 else []
    if chosen.page * chosen.page_size < count:
        links.append(Link(choose(chosen, page=chosen.page + 1), "Volgende pagina"))
    return [choices("Pagina's", links)] if links else []


def line(one: AbonneeOut, periode: Periode) -> Sequence[Cell]:
    """One abonnee in the list."""
    detail = f"{LIST}/{one.url.rpartition('/')[2]}?{urlencode({'periode': periode})}"
    return (
        joined(Link(detail, one.callback_url or "Onbekend adres"), Html("<br>"), f"Applicatie {one.client_id}"),
        TOESTANDEN[one.toestand][0],
        one.wacht,
        span(one.oudste_seconden),
        percentage(one.geslaagd),
        latency(one),
        joined(one.laatste_fout_op, one.laatste_fout) if one.laatste_fout_op else None,
        one.onbestelbaar,
    )


COLUMNS = (
    "Abonnee",
    "Toestand",
    "Wacht",
    "Oudste wacht al",
    "Gelukt",
    "Duur: helft / 95%",
    "Laatste fout",
    "Onbestelbaar",
)


def known(one: AbonneeOut, periode: Periode) -> Html:
    """Everything about one abonnee."""
    rows: list[tuple[str, Cell]] = [
        ("Toestand", ". ".join(TOESTANDEN[one.toestand])),
        ("Applicatie", one.client_id),
        ("Abonnement", one.abonnement),
        ("Met rust gelaten tot", one.pauze_tot),
        ("Gestopt op", one.gestopt_op),
        ("Berichten die wachten", one.wacht),
        ("Oudste wacht al", span(one.oudste_seconden)),
        ("Volgende poging", one.volgende_poging),
        ("Pogingen die lukten", one.afgeleverd),
        ("Pogingen die mislukten", one.mislukt),
        ("Deel dat lukte", percentage(one.geslaagd)),
        ("Duur van de helft / van 95%, hoogstens", latency(one)),
        ("Laatste keer gelukt", one.laatste_succes),
        ("Laatste fout", joined(one.laatste_fout_op, one.laatste_fout) if one.laatste_fout_op else None),
        ("Onbestelbare berichten", one.onbestelbaar),
    ]
    return facts(f"Stand van zaken. Pogingen: {PERIODEN[periode].lower()}", rows)


_ATTEMPTS = f"""
SELECT p.op, p.status, p.fout, p.duur_ms, n.kanaal, n.resource, n.actie
FROM poging p JOIN aflevering a ON a.id = p.aflevering_id JOIN notificatie n ON n.id = a.notificatie_id
WHERE p.abonnement_id = $1 ORDER BY p.op DESC, p.id DESC LIMIT {SHOWN}
"""  # noqa: S608 - own names
_OLDEST = "SELECT id::text, ontstaan_op, onderwerp, reden FROM onbestelbaar_bericht%s ORDER BY %s LIMIT %d"
ADVICE = """Neem eerst de oorzaak weg. Laat de berichten daarna opnieuw aanbieden met de Bezorging API: een POST naar
onbestelbare-berichten/_opnieuw, met de URL van het abonnement als ontvanger. Op deze pagina kan dat niet."""


def attempt(row: asyncpg.Record) -> Sequence[Cell]:
    """One attempt as a line."""
    outcome = f"Mislukt: {row['fout']}" if row["fout"] else "Gelukt"
    about = f"{row['kanaal']}: {row['resource']} {row['actie']}"
    return row["op"], outcome, row["status"], f"{row['duur_ms']} ms", about


async def attempts(reader: Reading, caller: Caller, uuid: UUID) -> Html:
    """The last attempts, for who may see them."""
    if not caller.may("nrc", aflevering.LEZEN):
        return paragraph(f"U ziet hier geen pogingen: daarvoor is de scope {aflevering.LEZEN} nodig.")
    rows = await reader.runtime.database.fetch(_ATTEMPTS, uuid)
    columns = ("Wanneer", "Uitkomst", "HTTP-status", "Duur", "Bericht over")
    return table(f"De laatste {SHOWN} pogingen, nieuwste eerst", columns, map(attempt, rows))


async def letters(reader: Reading, caller: Caller, one: AbonneeOut) -> list[Html]:
    """The oldest open dead letters and what can be done with them, for who may see them."""
    if not caller.may("nrc", onbestelbaar_bericht.LEZEN):
        needed = onbestelbaar_bericht.LEZEN
        return [paragraph(f"U ziet hier geen onbestelbare berichten: daarvoor is de scope {needed} nodig.")]
    selection = Selection(order="ontstaan_op, id").where("status = 'open'")
    for_receiver(selection, one.abonnement, reader.runtime.settings.own_urls)
    rows = await reader.runtime.database.fetch(_OLDEST % (selection.sql, selection.order, SHOWN), *selection.values)
    lines = [(row["ontstaan_op"], row["onderwerp"], row["reden"], row["id"]) for row in rows]
    columns = ("Opgegeven op", "Kanaal", "Reden", "Kenmerk")
    return [
        table(f"De oudste {SHOWN} onbestelbare berichten", columns, lines),
        paragraph(ADVICE if lines else "Er zijn geen onbestelbare berichten voor deze abonnee."),
    ]


# ---- routes


@router.get("/overzicht", summary="Overzicht van de abonnees als pagina")
async def overzicht_list(chosen: Annotated[AbonneeFilter, Query()], reader: Reading, caller: CurrentCaller) -> Response:
    """Een pagina voor mensen: hoe het met elke abonnee gaat."""
    caller.require("nrc", LEZEN)
    count, found = await page_of(reader, chosen)
    rows = [line(one, chosen.periode) for one in found]
    intro = (
        "Abonnees zijn systemen die een bericht krijgen als er iets verandert. Hier ziet u of die berichten aankomen. "
    )
    intro += "Bovenaan staat wie aandacht nodig heeft."
    parts = [paragraph(intro), *filters(chosen), paragraph(f"Aantal abonnees: {count}. Stand van", clock.now())]
    title = f"Abonnees. Gelukt en duur: {PERIODEN[chosen.periode].lower()}"
    return page("Afleveren van notificaties", *parts, table(title, COLUMNS, rows), *pages(chosen, count))


@router.get("/overzicht/{uuid}", summary="Overzicht van een abonnee als pagina")
async def overzicht_retrieve(
    uuid: UUID, chosen: Annotated[PeriodeFilter, Query()], reader: Reading, caller: CurrentCaller
) -> Response:
    """Een pagina voor mensen: hoe het met één abonnee gaat, met de laatste pogingen en de onbestelbare berichten."""
    caller.require("nrc", LEZEN)
    one = await find(reader, uuid, chosen.periode)
    back = choices("Terug", [Link(f"../{LIST}", "Alle abonnees")])
    periods = [Link(f"{uuid}?periode={each}", PERIODEN[each], chosen.periode == each) for each in PERIODEN]
    parts = [back, choices("Periode", periods), known(one, chosen.periode), paragraph("Stand van", clock.now())]
    parts += [await attempts(reader, caller, uuid), *await letters(reader, caller, one)]
    return page(f"Abonnee {one.callback_url or uuid}", *parts)
