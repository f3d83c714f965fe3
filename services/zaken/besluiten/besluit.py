"""A besluit: what the gemeente decided, and in which zaak if it is the outcome of one.

Its zaak shows it (a zaakbesluit, brc-006): made and removed in the same transaction, with the lock of the zaak. What is in
a closed zaak changes only as a correction (zrc-007). Free text of the caller is stored in clear, as it is in a zaak; the
standard names no person in a besluit.
"""

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Query
from pydantic import Field as Documented
from sqlalchemy import Text, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field
from starlette.responses import Response

from chassis import clock
from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.cloudevents import EventType
from chassis.problems import Invalid, NotFound
from chassis.reading import Page, Reading, Selection
from chassis.references import bad_url
from chassis.resource import Fields, In, Out, Partial, Resource, Row
from chassis.unit import Unit
from services.zaken import events
from services.zaken.audittrail import erase
from services.zaken.besluiten.visibility import AANMAKEN, BIJWERKEN, LEZEN, VERWIJDEREN, listable, require
from services.zaken.catalogi.besluittype import BESLUITTYPE, Besluittype
from services.zaken.events import Actie, BesluitenData, BesluitenKenmerken, actie_of
from services.zaken.expand import Expand, ExpandFilter, answer_one, answer_page
from services.zaken.formats import AnyUrl, Rsin, ShortUrl, ShortUrlOrBlank
from services.zaken.informatieobject import unmirror_all
from services.zaken.numbering import Numbers, free_number
from services.zaken.validation import Findings, check_unchanged, constraint_of, filter_id, judged
from services.zaken.zaken import zaakbesluit
from services.zaken.zaken.onderdeel import check_not_archived, permit_closed
from services.zaken.zaken.zaak.fields import ZAAK, Zaak

router = APIRouter(tags=["besluiten"])
BESLUITNUMMERS = Numbers("BESLUIT", "besluit", "verantwoordelijke_organisatie")


class Vervalreden(StrEnum):
    """Why a besluit ends to hold; blank while it does not."""

    geen = ""
    tijdelijk = "tijdelijk"
    ingetrokken_overheid = "ingetrokken_overheid"
    ingetrokken_belanghebbende = "ingetrokken_belanghebbende"


VERVALREDEN_WEERGAVE = {
    "": "",
    "tijdelijk": "Besluit met tijdelijke werking",
    "ingetrokken_overheid": "Besluit ingetrokken door overheid",
    "ingetrokken_belanghebbende": "Besluit ingetrokken op verzoek van belanghebbende",
}


# ---- fields


class BesluitFields(Fields):
    """What table and JSON share."""

    verantwoordelijke_organisatie: Rsin = Field(
        min_length=1, max_length=9, description="RSIN van de organisatie die het besluit nam."
    )
    datum: date = Field(description="Dag waarop het besluit is genomen.")
    toelichting: str = Field(default="", sa_type=Text, description="Toelichting.")
    bestuursorgaan: str = Field(default="", max_length=50, description="Orgaan dat het besluit nam.")
    ingangsdatum: date = Field(description="Eerste dag waarop het besluit geldt.")
    vervaldatum: date | None = Field(default=None, description="Laatste dag waarop het besluit geldt.")
    vervalreden: Vervalreden = Field(
        default=Vervalreden.geen, sa_type=Text, description="Waarom het besluit vervalt; leeg als het niet vervalt."
    )
    publicatiedatum: date | None = Field(default=None, description="Dag van publicatie.")
    verzenddatum: date | None = Field(default=None, description="Dag van verzending.")
    uiterlijke_reactiedatum: date | None = Field(default=None, description="Tot wanneer verweer mogelijk is.")


class Besluit(BesluitFields, Row, table=True):
    """Table of besluiten."""

    identificatie: str = Field(max_length=50)
    besluittype_id: UUID = Field(foreign_key="besluittype.id")
    zaak_id: UUID | None = Field(default=None, foreign_key="zaak.id")


class BesluitIn(In, BesluitFields):
    """A whole besluit."""

    identificatie: str = Documented(
        default="", max_length=50, description="Kenmerk van het besluit, uniek per organisatie; leeg: wij geven er een."
    )
    besluittype: ShortUrl = Documented(min_length=1, description="URL van het besluittype.")
    zaak: ShortUrlOrBlank = Documented(default="", description="URL van de zaak waarvan dit een uitkomst is.")


class BesluitPatch(Partial):
    """Any part of a besluit."""

    whole = BesluitIn


class BesluitOut(Out, BesluitFields):
    """A besluit as answered."""

    url: str = Documented(description="URL van dit besluit.")
    identificatie: str = Documented(description="Kenmerk van het besluit.")
    besluittype: str = Documented(description="URL van het besluittype.")
    zaak: str = Documented(description="URL van de zaak waarvan dit een uitkomst is; leeg als die er niet is.")
    vervalreden_weergave: str = Documented(description="De vervalreden in woorden.")


async def render(unit: Unit, row: Besluit) -> BesluitOut:
    """The JSON of a besluit."""
    return BesluitOut(
        **{name: getattr(row, name) for name in BesluitFields.model_fields},
        url=unit.url(BESLUIT, row.id),
        identificatie=row.identificatie,
        besluittype=unit.url(BESLUITTYPE, row.besluittype_id),
        zaak=unit.url(ZAAK, row.zaak_id) if row.zaak_id else "",
        vervalreden_weergave=VERVALREDEN_WEERGAVE[row.vervalreden],
    )


BESLUIT = Resource("besluit", Besluit, "besluiten", "/besluiten", render)


# ---- filter


class BesluitFilter(ExpandFilter):
    """Query parameters of the list."""

    identificatie: str | None = Documented(default=None, description="Kenmerk van het besluit.")
    verantwoordelijke_organisatie: str | None = Documented(default=None, description="RSIN van de organisatie.")
    besluittype: AnyUrl | None = Documented(default=None, description="URL van het besluittype.")
    zaak: AnyUrl | None = Documented(default=None, description="URL van de zaak.")


def select_besluiten(chosen: BesluitFilter, reader: Reading) -> Selection:
    """The besluiten the filter asks for."""
    references = reader.runtime.references
    selection = Selection().where_given("identificatie = {}", chosen.identificatie)
    selection.where_given("verantwoordelijke_organisatie = {}", chosen.verantwoordelijke_organisatie)
    besluittype_id = filter_id(references, BESLUITTYPE, chosen.besluittype, "besluittype")
    selection.where_given("besluittype_id = {}", besluittype_id)
    return selection.where_given("zaak_id = {}", filter_id(references, ZAAK, chosen.zaak, "zaak"))


# ---- rules

Whole = Callable[[dict[str, Any]], BesluitIn]
_FITS = """
SELECT EXISTS (
    SELECT FROM zaaktype z JOIN besluittype b
    ON b.catalogus_id = z.catalogus_id AND z.besluittypen @> ARRAY[b.omschrijving::text]
    WHERE z.id = :zaaktype AND b.id = :besluittype
)
"""

_UNLINK = "DELETE FROM besluitinformatieobject WHERE besluit_id = :id"


async def referred_ids(unit: Unit, body: BesluitIn) -> tuple[UUID, UUID | None]:
    """The ids of the besluittype and the zaak of a new besluit. Fetches what is elsewhere, before any statement, to say
    what it is. Raises Invalid: both are of our own registers (brc-001), where the relation is kept with them.
    """
    findings, references = Findings(), unit.runtime.references
    besluittype_id = references.local_id(BESLUITTYPE, body.besluittype)
    zaak_id = references.local_id(ZAAK, body.zaak) if body.zaak else None
    if besluittype_id is None:
        findings.errors.append(await judged(unit, body.besluittype, "besluittype"))
    if body.zaak and zaak_id is None:
        findings.errors.append(await judged(unit, body.zaak, "zaak", ("url", "identificatie", "zaaktype")))
    findings.stop_if_any()
    assert besluittype_id is not None  # noqa: S101 - else there was something wrong
    return besluittype_id, zaak_id


async def zaak_for(unit: Unit, zaak_id: UUID | None) -> Zaak | None:
    """The zaak of a besluit, locked; a closed one only as a correction. Raises Invalid, PermissionDenied."""
    if zaak_id is None:
        return None
    zaak = await unit.session.get(Zaak, zaak_id, with_for_update=True)
    if zaak is None:
        raise Invalid([bad_url("zaak")])
    permit_closed(unit, zaak)
    check_not_archived(zaak)
    return zaak


async def new_besluit(unit: Unit, body: BesluitIn, besluittype_id: UUID, zaak: Zaak | None) -> Besluit:
    """The row of a new besluit. Raises Invalid with all that is wrong."""
    findings = Findings()
    # held against its removal until the besluit is there; who only takes other besluiten of it does not wait
    besluittype = await unit.session.get(Besluittype, besluittype_id, with_for_update={"read": True, "key_share": True})
    if besluittype is None:
        findings.errors.append(bad_url("besluittype"))
    elif besluittype.concept:
        findings.add("besluittype", "not-published", "Het besluittype is nog een concept.")
    if zaak is not None and besluittype is not None:
        await check_fits(unit, findings, besluittype_id, zaak)
    check_datum(findings, body.datum)
    findings.stop_if_any()
    row = Besluit(**body.model_dump(exclude={"besluittype", "zaak"}), besluittype_id=besluittype_id)
    row.zaak_id = zaak.id if zaak is not None else None
    row.identificatie = body.identificatie or await free_number(unit, BESLUITNUMMERS, row.verantwoordelijke_organisatie)
    return row


async def check_fits(unit: Unit, findings: Findings, besluittype_id: UUID, zaak: Zaak) -> None:
    """Besluiten of this type can be the outcome of zaken of this zaaktype (brc-007): some version of it is related."""
    values = {"zaaktype": zaak.zaaktype_id, "besluittype": besluittype_id}
    if not (await unit.session.execute(text(_FITS), values)).scalar_one():
        findings.add("nonFieldErrors", "zaaktype-mismatch", "Dit besluittype hoort niet bij het zaaktype van de zaak.")


def check_datum(findings: Findings, datum: date) -> None:
    """A besluit was taken today or earlier."""
    if datum > clock.today():
        findings.add("datum", "future_not_allowed", "Deze dag ligt in de toekomst.")


def check_fixed(findings: Findings, unit: Unit, row: Besluit, body: BesluitIn) -> None:
    """What a besluit is and belongs to never changes (brc-001, brc-002, brc-006); what a PUT leaves out stays."""
    references = unit.runtime.references
    zaak_id = references.local_id(ZAAK, body.zaak)
    check_unchanged(
        findings,
        besluittype=references.local_id(BESLUITTYPE, body.besluittype) == row.besluittype_id,
        identificatie=body.identificatie in {"", row.identificatie},
        verantwoordelijkeOrganisatie=body.verantwoordelijke_organisatie == row.verantwoordelijke_organisatie,
        zaak="zaak" not in body.model_fields_set or (zaak_id == row.zaak_id and bool(body.zaak) == bool(zaak_id)),
    )


async def store_new(unit: Unit, row: Besluit, zaak: Zaak | None) -> None:
    """Insert a besluit and let its zaak have it. Raises Invalid when its number is taken (brc-002)."""
    try:
        await unit.create(BESLUIT, row)
    except IntegrityError as error:
        if constraint_of(error) != "besluit_identificatie_uniek":
            raise
        reason = "Deze identificatie bestaat al."
        raise Invalid.field("identificatie", "identificatie-niet-uniek", reason) from error
    if zaak is not None:
        await zaakbesluit.mirror(unit, zaak, row.id)
    announce(unit, events.BESLUIT.toegevoegd, row, BESLUIT, row)


async def locked(unit: Unit, uuid: UUID, scope: str) -> tuple[Besluit, Zaak | None]:
    """A besluit that will change and its zaak, both locked: first the zaak, as all do. Raises NotFound, PermissionDenied."""
    references = unit.runtime.references
    listable(unit.caller, references, scope)
    found = await unit.session.execute(text("SELECT besluittype_id, zaak_id FROM besluit WHERE id = :id"), {"id": uuid})
    if (present := found.first()) is None:
        raise NotFound
    require(unit.caller, references, present.besluittype_id, scope)
    zaak = await unit.session.get(Zaak, present.zaak_id, with_for_update=True) if present.zaak_id else None
    if zaak is not None:
        permit_closed(unit, zaak)
    row: Besluit = await unit.get(BESLUIT, uuid, lock=True)
    return row, zaak


async def update(unit: Unit, uuid: UUID, whole: Whole, actie: Actie) -> Response:
    """Change a besluit and answer with it. whole: the whole besluit after the change, from its JSON now. Raises Invalid."""
    row, _ = await locked(unit, uuid, BIJWERKEN)
    body, findings = whole(orjson.loads(unit.body(BESLUIT, row))), Findings()
    check_fixed(findings, unit, row, body)
    check_datum(findings, body.datum)
    findings.stop_if_any()
    for name in BesluitFields.model_fields:
        setattr(row, name, getattr(body, name))
    await unit.change(BESLUIT, row, action=actie)
    announce(unit, events.BESLUIT.gewijzigd, row, BESLUIT, row, actie=actie)
    return unit.respond(BESLUIT, row)


async def destroy(unit: Unit, row: Besluit, zaak: Zaak | None) -> None:
    """Remove a besluit for good, with its documents, its audit trail and its place in its zaak (brc-009)."""
    announce(unit, events.BESLUIT.verwijderd, row, BESLUIT, row)
    if zaak is not None:
        await zaakbesluit.unmirror(unit, zaak, row.id)
    await unmirror_all(unit, "besluit", [row.id])
    await unit.session.execute(text(_UNLINK), {"id": row.id})
    await unit.session.execute(text("DELETE FROM besluit WHERE id = :id"), {"id": row.id})
    await erase(unit, [row.id])


def announce(
    unit: Unit, event: EventType, besluit: Besluit, resource: Resource, row: Row, *, actie: Actie | None = None
) -> None:
    """Tell what happened to a besluit or a part of it, in the order of the besluit. `actie` when it is not the one of
    the event (a PATCH).
    """
    data = BesluitenData(
        resource=resource.name,
        actie=actie or actie_of(event),
        hoofd_object=unit.url(BESLUIT, besluit.id),
        kenmerken=BesluitenKenmerken(
            verantwoordelijke_organisatie=besluit.verantwoordelijke_organisatie,
            besluittype=unit.url(BESLUITTYPE, besluit.besluittype_id),
        ),
    )
    unit.emit(event, about=row.id, aggregate=besluit.id, data=data, dataref=unit.url(resource, row.id))


# ---- routes


@router.get("/besluiten", response_model=Page[BesluitOut], summary="Besluiten opvragen")
async def besluit_list(chosen: Annotated[BesluitFilter, Query()], reader: Reading, caller: CurrentCaller) -> Response:
    """Alle besluiten die de applicatie mag zien, gefilterd."""
    seen = listable(caller, reader.runtime.references, LEZEN)
    return await answer_page(reader, caller, BESLUIT, seen.restrict(select_besluiten(chosen, reader)), chosen)


@router.post("/besluiten", status_code=201, response_model=BesluitOut, summary="Besluit registreren")
async def besluit_create(body: BesluitIn, unit: UnitOfWork) -> Response:
    """Een nieuw besluit van een gepubliceerd besluittype, al dan niet als uitkomst van een zaak."""
    listable(unit.caller, unit.runtime.references, AANMAKEN)
    besluittype_id, zaak_id = await referred_ids(unit, body)
    require(unit.caller, unit.runtime.references, besluittype_id, AANMAKEN)
    zaak = await zaak_for(unit, zaak_id)
    row = await new_besluit(unit, body, besluittype_id, zaak)
    await store_new(unit, row, zaak)
    return unit.respond(BESLUIT, row, 201)


@router.get("/besluiten/{uuid}", response_model=BesluitOut, summary="Besluit opvragen")
async def besluit_read(uuid: UUID, reader: Reading, caller: CurrentCaller, asked: Expand) -> Response:
    """Eén besluit."""
    references = reader.runtime.references
    listable(caller, references, LEZEN)
    row = await reader.row(BESLUIT, uuid, "id, besluittype_id")
    require(caller, references, row["besluittype_id"], LEZEN)
    return await answer_one(reader, caller, BESLUIT, row, asked)


@router.put("/besluiten/{uuid}", response_model=BesluitOut, summary="Besluit geheel wijzigen")
async def besluit_update(uuid: UUID, body: BesluitIn, unit: UnitOfWork) -> Response:
    """Een besluit in zijn geheel; wat het is en waar het bij hoort ligt vast."""
    return await update(unit, uuid, lambda _: body, "update")


@router.patch("/besluiten/{uuid}", response_model=BesluitOut, summary="Besluit deels wijzigen")
async def besluit_partial_update(uuid: UUID, body: BesluitPatch, unit: UnitOfWork) -> Response:
    """Een deel van een besluit; wat het is en waar het bij hoort ligt vast."""
    return await update(unit, uuid, lambda present: body.over(present, BesluitIn), "partial_update")


@router.delete("/besluiten/{uuid}", status_code=204, summary="Besluit vernietigen")
async def besluit_delete(uuid: UUID, unit: UnitOfWork) -> Response:
    """Het besluit met zijn documentrelaties en zijn audit trail; er blijft niets van over."""
    row, zaak = await locked(unit, uuid, VERWIJDEREN)
    await destroy(unit, row, zaak)
    return unit.respond_raw(b"", 204)
