"""A volgindicatie: an afdeling has a ground to hear of a certain person or address for a time."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field as Documented
from pydantic import model_validator
from sqlalchemy import or_, select
from sqlmodel import Field
from starlette.responses import Response

from chassis import clock
from chassis.access import Caller, CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import CodedValueError, NotFound
from chassis.reading import Page, PagedFilter, Reading, Selection
from chassis.resource import Fields, In, Out, Resource, Row, new_id
from chassis.unit import Unit
from services.klanten.burgerservicenummer import Bsn
from services.klanten.verhuizingen.afdelingsprofiel import CODE
from services.klanten.verhuizingen.gegevensset import Followed
from services.klanten.verhuizingen.inhoud import Inhoud
from services.klanten.verhuizingen.verhuizing import Nummeraanduiding

router = APIRouter(tags=["volgindicaties"])
LEZEN, BIJWERKEN = "volgindicaties.lezen", "volgindicaties.bijwerken"


# ---- fields


class VolgindicatieFields(Fields):
    """What table and JSON share."""

    afdeling: str = Field(max_length=40, schema_extra={"pattern": CODE}, description="Code van de afdeling die volgt.")
    van: date = Field(description="Eerste dag.")
    tot: date | None = Field(default=None, description="Laatste dag, zelf inbegrepen.")


class Volgindicatie(VolgindicatieFields, Row, table=True):
    """Table of volgindicaties; whom or what is followed only by blind index and in sealed bytes."""

    gevolgd_index: bytes = Field(index=True)
    inhoud: bytes
    """BSN or nummeraanduiding, sealed."""


class VolgindicatieIn(In, VolgindicatieFields):
    """Whom or what to follow: a person or an address."""

    bsn: Bsn | None = Documented(default=None, description="Wie gevolgd wordt.")
    nummeraanduiding_id: Nummeraanduiding | None = Documented(default=None, description="Welk adres gevolgd wordt.")

    @model_validator(mode="after")
    def _one_of_both(self) -> "VolgindicatieIn":
        if (self.bsn is None) == (self.nummeraanduiding_id is None):
            raise CodedValueError("persoon-of-adres", "Geef een bsn of een nummeraanduidingId, niet allebei.", "bsn")
        if self.tot is not None and self.tot < self.van:
            raise CodedValueError("tot-voor-van", "De laatste dag ligt voor de eerste.", "tot")
        return self


class VolgindicatieOut(Out, VolgindicatieFields):
    """A volgindicatie as answered to the afdeling that follows."""

    url: str = Documented(description="URL van deze volgindicatie.")
    uuid: UUID = Documented(description="Identificatie van deze volgindicatie.")
    bsn: str | None = Documented(description="Wie gevolgd wordt.")
    nummeraanduiding_id: str | None = Documented(description="Welk adres gevolgd wordt.")


async def render(unit: Unit, row: Volgindicatie) -> VolgindicatieOut:
    """The JSON of a volgindicatie."""
    kind, _, value = unit.runtime.keyring.open(row.inhoud, f"volgindicatie-inhoud:{row.id}").decode().partition(":")
    return VolgindicatieOut(
        url=unit.url(VOLGINDICATIE, row.id),
        uuid=row.id,
        afdeling=row.afdeling,
        van=row.van,
        tot=row.tot,
        bsn=value if kind == "bsn" else None,
        nummeraanduiding_id=value if kind == "nummeraanduiding" else None,
    )


VOLGINDICATIE = Resource("volgindicatie", Volgindicatie, "verhuizingen", "/volgindicaties", render, sealed=True)


# ---- filter


class VolgindicatieFilter(PagedFilter):
    """Query parameters of the list."""

    afdeling: str | None = Documented(default=None, max_length=40, description="Code van de afdeling.")


def select_volgindicaties(chosen: VolgindicatieFilter, caller: Caller) -> Selection:
    """The volgindicaties the filter asks for, as far as the caller may see them."""
    selection = Selection().where_given("afdeling = {}", chosen.afdeling)
    own = caller.limited_to("verhuizingen", LEZEN, "afdeling")
    return selection if own is None else selection.where("afdeling = ANY({}::text[])", sorted(own))


# ---- rules


async def followed(unit: Unit, content: Inhoud) -> dict[str, Followed]:
    """Per afdeling which movers and which of the two addresses it follows today."""
    index = unit.runtime.keyring.index
    persons = {index(mover.bsn, "bsn"): mover.bsn for mover in content.verhuizers}
    addresses = {index(code, "nummeraanduiding"): code for code in (content.vorig_adres, content.nieuw_adres)}
    table: Any = Volgindicatie
    today = clock.today()
    rows: Sequence[Any] = (
        await unit.session.execute(
            select(table.afdeling, table.gevolgd_index).where(
                table.gevolgd_index.in_([*persons, *addresses]),
                table.van <= today,
                or_(table.tot.is_(None), table.tot >= today),
            )
        )
    ).all()
    found: dict[str, set[bytes]] = defaultdict(set)
    for afdeling, gevolgd in rows:
        found[afdeling].add(gevolgd)
    return {
        afdeling: Followed(
            frozenset(persons[one] for one in indexes if one in persons),
            frozenset(addresses[one] for one in indexes if one in addresses),
        )
        for afdeling, indexes in found.items()
    }


async def follow(unit: Unit, body: VolgindicatieIn) -> Volgindicatie:
    """Store a volgindicatie."""
    kind, value = ("bsn", body.bsn) if body.bsn is not None else ("nummeraanduiding", body.nummeraanduiding_id)
    keyring, row_id = unit.runtime.keyring, new_id()
    row = Volgindicatie(
        id=row_id,
        afdeling=body.afdeling,
        van=body.van,
        tot=body.tot,
        gevolgd_index=keyring.index(str(value), kind),
        inhoud=keyring.seal(f"{kind}:{value}".encode(), f"volgindicatie-inhoud:{row_id}"),
    )
    await unit.create(VOLGINDICATIE, row)
    return row


# ---- routes

Chosen = Annotated[VolgindicatieFilter, Query()]


@router.get("/volgindicaties", response_model=Page[VolgindicatieOut], summary="Lees volgindicaties")
async def volgindicatie_list(chosen: Chosen, reader: Reading, caller: CurrentCaller) -> Response:
    """Volgindicaties; an afdeling sees its own."""
    caller.require("verhuizingen", LEZEN)
    return await reader.page(VOLGINDICATIE, select_volgindicaties(chosen, caller), chosen.page, chosen.page_size)


@router.post("/volgindicaties", status_code=201, response_model=VolgindicatieOut, summary="Volg een persoon of adres")
async def volgindicatie_create(body: VolgindicatieIn, unit: UnitOfWork) -> Response:
    """Follow a person or an address."""
    unit.caller.require("verhuizingen", BIJWERKEN, afdeling=body.afdeling)
    return unit.respond(VOLGINDICATIE, await follow(unit, body), 201)


@router.get("/volgindicaties/{uuid}", response_model=VolgindicatieOut, summary="Lees een volgindicatie")
async def volgindicatie_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """One volgindicatie."""
    caller.require("verhuizingen", LEZEN)
    row = await reader.row(VOLGINDICATIE, uuid, "afdeling")
    if not caller.may("verhuizingen", LEZEN, afdeling=row["afdeling"]):
        raise NotFound
    return reader.one(VOLGINDICATIE, uuid, row)


@router.delete("/volgindicaties/{uuid}", status_code=204, response_model=None, summary="Volg niet langer")
async def volgindicatie_destroy(uuid: UUID, unit: UnitOfWork) -> Response:
    """Stop following; what was told before stays told."""
    unit.caller.require("verhuizingen", BIJWERKEN)
    row = await unit.get(VOLGINDICATIE, uuid, lock=True)
    if not unit.caller.may("verhuizingen", BIJWERKEN, afdeling=row.afdeling):
        raise NotFound
    await unit.delete(VOLGINDICATIE, row)
    return unit.respond_raw(b"", 204)
