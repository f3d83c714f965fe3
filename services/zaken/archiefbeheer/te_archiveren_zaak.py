"""Zaken whose archiefactiedatum has come: to be destroyed, or to be transferred, with what stands in the way.

A view on the register, with only what archiving asks: no omschrijving, no persons, no content. Who may read the zaak
itself finds the rest at its URL.
"""

from datetime import date
from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Query
from pydantic import Field as Documented
from starlette.responses import Response

from chassis import clock
from chassis.access import CurrentCaller
from chassis.problems import NotFound
from chassis.reading import Page, PagedFilter, Reader, Reading, Selection
from chassis.resource import Out
from services.zaken.archiefbeheer.toetsing import TRANSFERRED, Feiten, Reden, belemmeringen, feiten_van
from services.zaken.archiefbeheer.vernietigingslijst.fields import VERNIETIGINGSLIJST
from services.zaken.archiefbeheer.visibility import TE_ARCHIVEREN_LEZEN, listable
from services.zaken.catalogi.resultaattype import RESULTAATTYPE
from services.zaken.catalogi.zaaktype.fields import ZAAKTYPE
from services.zaken.formats import Link
from services.zaken.validation import filter_id
from services.zaken.zaken.zaak.fields import ZAAK, Archiefnominatie, Archiefstatus

router = APIRouter(tags=["te-archiveren-zaken"])
_ON_LIST = "id IN (SELECT zaak_id FROM vernietigingsregel WHERE vernietigingslijst_id = {} AND bezet)"


# ---- fields


class TeArchiverenZaakOut(Out):
    """A zaak that is due."""

    zaak: Link = Documented(description="URL van de zaak.")
    identificatie: str = Documented(description="Nummer van de zaak.")
    bronorganisatie: str = Documented(description="RSIN van de organisatie die de zaak registreerde.")
    zaaktype: Link = Documented(description="URL van het zaaktype.")
    zaaktype_omschrijving: str = Documented(description="Naam van het zaaktype.")
    resultaattype: Link | None = Documented(description="URL van het resultaattype.")
    resultaattype_omschrijving: str = Documented(description="Naam van het resultaattype.")
    selectielijstklasse: str = Documented(description="URL van de klasse in de selectielijst.")
    bewaartermijn: str | None = Documented(description="Hoe lang de zaak bewaard moet worden (ISO 8601).")
    startdatum: date = Documented(description="Dag waarop de behandeling begon.")
    einddatum: date | None = Documented(description="Dag waarop de zaak werd gesloten.")
    archiefnominatie: Archiefnominatie | None = Documented(description="Bewaren of vernietigen.")
    archiefstatus: Archiefstatus = Documented(description="In hoeverre het dossier gearchiveerd is.")
    archiefactiedatum: date = Documented(description="Dag van vernietiging of overdracht.")
    hoofdzaak: Link | None = Documented(description="URL van de zaak waar deze een deel van is.")
    deelzaken: list[Link] = Documented(description="URL's van de deelzaken.")
    vernietigingslijst: Link | None = Documented(description="URL van de lijst waar de zaak nu op staat.")
    belemmeringen: list[Reden] = Documented(
        description="Waarom de zaak nu niet vernietigd kan worden; leeg als dat wel kan."
    )


def shown(public_url: str, one: Feiten, today: date) -> TeArchiverenZaakOut:
    """A zaak that is due, as answered."""
    return TeArchiverenZaakOut(
        zaak=ZAAK.url(public_url, one.id),
        identificatie=one.identificatie,
        bronorganisatie=one.bronorganisatie,
        zaaktype=ZAAKTYPE.url(public_url, one.zaaktype_id),
        zaaktype_omschrijving=one.zaaktype_omschrijving,
        resultaattype=RESULTAATTYPE.url(public_url, one.resultaattype_id) if one.resultaattype_id else None,
        resultaattype_omschrijving=one.resultaattype_omschrijving or "",
        selectielijstklasse=one.klasse,
        bewaartermijn=one.bewaartermijn,
        startdatum=one.startdatum,
        einddatum=one.einddatum,
        archiefnominatie=Archiefnominatie(one.archiefnominatie) if one.archiefnominatie else None,
        archiefstatus=Archiefstatus(one.archiefstatus),
        archiefactiedatum=one.archiefactiedatum or today,
        hoofdzaak=ZAAK.url(public_url, one.hoofdzaak_id) if one.hoofdzaak_id else None,
        deelzaken=[ZAAK.url(public_url, part) for part in one.deelzaken],
        vernietigingslijst=VERNIETIGINGSLIJST.url(public_url, one.lijst_id) if one.lijst_id else None,
        belemmeringen=belemmeringen(one, today, deelzaak_blijft=one.deelzaak_blijft),
    )


# ---- filter


class TeArchiverenFilter(PagedFilter):
    """Query parameters of the list."""

    archiefactiedatum_tot_en_met: date | None = Documented(
        default=None, description="Zaken die op deze dag aan de beurt zijn; standaard vandaag."
    )
    archiefnominatie: Archiefnominatie | None = Documented(default=None, description="Bewaren of vernietigen.")
    archiefstatus: Archiefstatus | None = Documented(
        default=None, description="Stand van de archivering; standaard alles wat niet is overgedragen."
    )
    zaaktype: Link | None = Documented(default=None, description="URL van het zaaktype.")
    vernietigingslijst: Link | None = Documented(default=None, description="URL van de lijst waar de zaken op staan.")


def select_due(chosen: TeArchiverenFilter, reader: Reading) -> Selection:
    """The zaken the filter asks for, those that are due longest first. Raises Invalid."""
    references = reader.runtime.references
    selection = Selection(order="archiefactiedatum, id")
    selection.where("archiefactiedatum <= {}", chosen.archiefactiedatum_tot_en_met or clock.today())
    if chosen.archiefstatus is None:
        selection.where("archiefstatus <> {}", TRANSFERRED)
    selection.where_given("archiefstatus = {}", chosen.archiefstatus and str(chosen.archiefstatus))
    selection.where_given("archiefnominatie = {}", chosen.archiefnominatie and str(chosen.archiefnominatie))
    selection.where_given("zaaktype_id = {}", filter_id(references, ZAAKTYPE, chosen.zaaktype, "zaaktype"))
    lijst_id = filter_id(references, VERNIETIGINGSLIJST, chosen.vernietigingslijst, "vernietigingslijst")
    return selection.where_given(_ON_LIST, lijst_id)


# ---- rules


async def due(connection: asyncpg.Connection, selection: Selection, page: int, size: int) -> tuple[int, list[Feiten]]:
    """How many zaken are due, and what is known of those on one page."""
    offset = (page - 1) * size
    if offset >= 2**63:  # more than the database can count
        return 0, []
    picked = f"SELECT id FROM zaak{selection.sql} ORDER BY {selection.order} LIMIT {size} OFFSET {offset}"  # noqa: S608
    ids: list[UUID] = [row["id"] for row in await connection.fetch(picked, *selection.values)]
    found = await feiten_van(connection, ids, clock.today())
    rows = [found[one] for one in ids if one in found]
    if offset == 0 and len(ids) < size:
        return len(rows), rows
    return await connection.fetchval(f"SELECT count(*) FROM zaak{selection.sql}", *selection.values), rows  # noqa: S608


async def answer_page(reader: Reader, selection: Selection, page: int, size: int) -> Response:
    """Answer with one page. Raises NotFound past the end."""
    count, rows = await reader.runtime.database.read(lambda connection: due(connection, selection, page, size))
    if page > 1 and not rows:
        raise NotFound("Deze pagina bestaat niet.")
    public_url, today = reader.runtime.settings.public_url, clock.today()
    bodies = [shown(public_url, one, today).model_dump_json(by_alias=True).encode() for one in rows]
    return reader.answer(reader.envelope(count, bodies, page, size))


# ---- routes


@router.get(
    "/te-archiveren-zaken", response_model=Page[TeArchiverenZaakOut], summary="Zaken die aan de beurt zijn opvragen"
)
async def te_archiveren_zaak_list(
    chosen: Annotated[TeArchiverenFilter, Query()], reader: Reading, caller: CurrentCaller
) -> Response:
    """Zaken waarvan de archiefactiedatum is bereikt, langst wachtende eerst: te vernietigen en over te brengen."""
    seen = listable(caller, reader.runtime.references, TE_ARCHIVEREN_LEZEN)
    return await answer_page(reader, seen.restrict(select_due(chosen, reader)), chosen.page, chosen.page_size)
