"""A zaakobject: what a zaak is about. Sealed: the object can be a person, or lead to one.

objectTypeOverigeDefinitie names a JSON schema elsewhere for objects of other kinds; that they answer to it is checked in
objecttype_overige.py.
"""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Query
from pydantic import Field as Documented
from sqlalchemy import LargeBinary, Text
from sqlmodel import Field
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.app import UnitOfWork
from chassis.problems import Invalid
from chassis.reading import Page, Reading, Selection
from chassis.references import bad_url
from chassis.resource import Fields, In, Out, Partial, Resource, Row
from chassis.sealing import Keyring
from chassis.unit import Unit
from services.zaken import events
from services.zaken.answering import headers_only
from services.zaken.catalogi.brondatum import Objecttype
from services.zaken.catalogi.zaakobjecttype import ZAAKOBJECTTYPE, Zaakobjecttype
from services.zaken.events import Actie
from services.zaken.expand import NOTHING, Expand, ExpandFilter
from services.zaken.foreign import reached
from services.zaken.formats import AnyUrl, Link, MatchesOrBlank, Url, UrlOrBlank
from services.zaken.gegevens import open_gegevens, seal_gegevens
from services.zaken.validation import Findings, check_unchanged, exists, filter_id, referred, refuse_foreign_type
from services.zaken.zaken.betrokkene import SHAPES as BETROKKENEN
from services.zaken.zaken.objectidentificatie import SHAPES
from services.zaken.zaken.objecttype_overige import Definitie, check_definitie
from services.zaken.zaken.onderdeel import (
    Onderdeel,
    add,
    change,
    check_same_zaaktype,
    listed,
    may_extend,
    part_for,
    remove,
    shown,
    zaak_for,
)
from services.zaken.zaken.shapes import AnyShape, as_answered, shaped
from services.zaken.zaken.zaak.fields import ZAAK, Zaak

router = APIRouter(tags=["zaakobjecten"])
ADDING, REMOVING = "zaken.aanmaken", "zaken.verwijderen"
"""Scopes that allow it besides the usual ones."""
AnderObjecttype = Annotated[str, MatchesOrBlank(r"[a-z\_]+", 100, "Gebruik kleine letters en liggende streepjes.")]
Identificatie = Annotated[dict[str, Any], AnyShape(SHAPES)]


# ---- fields


class ZaakobjectFields(Fields):
    """What table and JSON share."""

    object_type: Objecttype = Field(sa_type=Text, description="Soort object.")
    object_type_overige: AnderObjecttype = Field(
        default="", sa_type=Text, description="Soort object dat er niet bij staat."
    )


class PersonalFields(In):
    """What can identify a person: stored sealed, as JSON."""

    object: UrlOrBlank = Documented(default="", description="URL van het object.")
    object_type_overige_definitie: Definitie | None = Documented(
        default=None, description="Waar het JSON-schema staat van een soort object dat er niet bij staat."
    )
    relatieomschrijving: str = Documented(
        default="", max_length=80, description="Wat de zaak met het object te maken heeft."
    )
    object_identificatie: Identificatie | None = Documented(
        default=None, description="Gegevens van het object; de velden hangen af van het soort object."
    )


class Betrokkene(In):
    """The other name of objectIdentificatie: the document has it for people and organisations, and we take and give both."""

    betrokkene_identificatie: Annotated[dict[str, Any], AnyShape(BETROKKENEN)] | None = Documented(
        default=None, description="Hetzelfde als objectIdentificatie, als het object een persoon of organisatie is."
    )


class Zaakobject(ZaakobjectFields, Row, table=True):
    """Table of zaakobjecten. `gegevens` is the sealed JSON of PersonalFields, `object_index` the blind index of object."""

    zaak_id: UUID = Field(foreign_key="zaak.id")
    zaakobjecttype_id: UUID | None = Field(default=None, foreign_key="zaakobjecttype.id")
    gegevens: bytes = Field(default=b"", sa_type=LargeBinary)
    object_index: bytes | None = Field(default=None, sa_type=LargeBinary)


class ZaakobjectIn(Betrokkene, PersonalFields, ZaakobjectFields):
    """A whole zaakobject."""

    zaak: Url = Documented(description="URL van de zaak.")
    zaakobjecttype: UrlOrBlank = Documented(default="", description="URL van het zaakobjecttype.")


class ZaakobjectPatch(Partial):
    """Any part of a zaakobject."""

    whole = ZaakobjectIn


class ZaakobjectOut(Out, Betrokkene, PersonalFields, ZaakobjectFields):
    """A zaakobject as answered."""

    url: str = Documented(description="URL van dit zaakobject.")
    uuid: UUID = Documented(description="Id van dit zaakobject.")
    zaak: str = Documented(description="URL van de zaak.")
    zaakobjecttype: str = Documented(description="URL van het zaakobjecttype.")


def answered_identificatie(kind: str, personal: Mapping[str, Any]) -> dict[str, Any] | None:
    """The objectIdentificatie of an object, from what is stored of it."""
    stored = personal["object_identificatie"]
    return None if stored is None else as_answered(SHAPES[kind], stored)


async def render(unit: Unit, row: Zaakobject) -> ZaakobjectOut:
    """The JSON of a zaakobject."""
    personal = open_gegevens(unit.runtime.keyring, ZAAKOBJECT.name, row)
    identificatie = personal["object_identificatie"] = answered_identificatie(row.object_type, personal)
    return ZaakobjectOut(
        **personal,
        betrokkene_identificatie=identificatie if row.object_type in BETROKKENEN else None,
        object_type=row.object_type,
        object_type_overige=row.object_type_overige,
        url=unit.url(ZAAKOBJECT, row.id),
        uuid=row.id,
        zaak=unit.url(ZAAK, row.zaak_id),
        zaakobjecttype=unit.url(ZAAKOBJECTTYPE, row.zaakobjecttype_id) if row.zaakobjecttype_id else "",
    )


ZAAKOBJECT = Resource("zaakobject", Zaakobject, "zaken", "/zaakobjecten", render, sealed=True, main="zaak_id")
ZAAKOBJECTEN = Onderdeel(ZAAKOBJECT, events.ZAAKOBJECT)


# ---- filter


class ZaakobjectFilter(ExpandFilter):
    """Query parameters of the list."""

    zaak: Link | None = Documented(default=None, description="URL van de zaak.")
    object: AnyUrl | None = Documented(default=None, description="URL van het object.")
    object_type: Objecttype | None = Documented(default=None, description="Soort object.")


def object_index(keyring: Keyring, url: str) -> bytes | None:
    """Blind index of the URL of an object, by which its zaken are found."""
    return keyring.index(url, "zaakobject.object") if url else None


def select_zaakobjecten(chosen: ZaakobjectFilter, reader: Reading) -> Selection:
    """The zaakobjecten the filter asks for."""
    references, keyring = reader.runtime.references, reader.runtime.keyring
    selection = Selection().where_given("zaak_id = {}", filter_id(references, ZAAK, chosen.zaak, "zaak"))
    selection.where_given("object_index = {}", object_index(keyring, chosen.object or ""))
    return selection.where_given("object_type = {}", chosen.object_type)


# ---- rules


def check_kind(findings: Findings, body: ZaakobjectIn) -> None:
    """Another kind than those of the standard is named, and only then; there is an object at all."""
    other = body.object_type_overige or body.object_type_overige_definitie
    if body.object_type == Objecttype.overige and not other:
        reason = "Geef objectTypeOverige of objectTypeOverigeDefinitie bij het objectType overige."
        findings.add("nonFieldErrors", "missing-object-type-overige", reason)
    if body.object_type != Objecttype.overige and other:
        reason = "objectTypeOverige en objectTypeOverigeDefinitie horen bij het objectType overige."
        findings.add("nonFieldErrors", "invalid-object-type-overige-usage", reason)
    if not body.object and not body.object_identificatie:
        findings.add("nonFieldErrors", "invalid-zaakobject", "Geef object of objectIdentificatie.")


def take_identificatie(findings: Findings, body: ZaakobjectIn, present: dict[str, Any] | None) -> None:
    """What is said under either name is what `body.object_identificatie` then holds; present: what is answered now.

    Who sends back what was answered and changed one of the two, means that one; who sends nothing leaves it as it is.
    """
    both = (body.object_identificatie, body.betrokkene_identificatie if body.object_type in BETROKKENEN else None)
    given = [one for one in both if one is not None]
    new = [one for one in given if one != present]
    if len(new) == 2 and new[0] != new[1]:
        findings.add("betrokkeneIdentificatie", "invalid", "Dit is iets anders dan objectIdentificatie.")
    body.object_identificatie = next(iter([*new, *given]), present)


def check_identificatie(findings: Findings, body: ZaakobjectIn) -> None:
    """The identification has the shape of its kind; `body` then holds it as it is stored.

    A kind without shape has none, and what is described by a schema of its own is read at its URL.
    """
    shape = None if body.object_type_overige_definitie else SHAPES.get(body.object_type)
    if shape is None:
        body.object_identificatie = None
    elif body.object_identificatie is not None:
        body.object_identificatie = shaped(findings, "objectIdentificatie", shape, body.object_identificatie)


async def zaakobjecttype_of(findings: Findings, unit: Unit, url: str, zaak: Zaak) -> UUID | None:
    """The zaakobjecttype a body refers to, one of the zaaktype of the zaak. Raises Invalid."""
    if not url:
        return None
    if not unit.runtime.references.is_own(url):  # not judged by its shape here: the zaak is locked
        raise Invalid([bad_url("zaakobjecttype")])
    found = await referred(unit, ZAAKOBJECTTYPE, Zaakobjecttype, url, "zaakobjecttype")
    check_same_zaaktype(findings, zaak, found.zaaktype_id, "zaakobjecttype")
    return found.id


async def judge_elsewhere(unit: Unit, body: ZaakobjectIn) -> None:
    """What the body refers to at other providers can be reached. Before the first statement. Raises Invalid."""
    if body.object_type_overige_definitie is not None:
        await check_definitie(unit, body.object_type_overige_definitie, body.object)
    elif body.object and not unit.runtime.references.is_own(body.object):
        await reached(unit, body.object, "object")
    if body.zaakobjecttype:
        await refuse_foreign_type(unit, body.zaakobjecttype, "zaakobjecttype")


async def fill(
    unit: Unit, row: Zaakobject, body: ZaakobjectIn, zaak: Zaak, present: dict[str, Any] | None = None
) -> None:
    """Set what a body says. present: the objectIdentificatie there is. Raises Invalid with all that is wrong."""
    findings = Findings()
    take_identificatie(findings, body, present)
    check_identificatie(findings, body)
    check_kind(findings, body)
    row.zaakobjecttype_id = await zaakobjecttype_of(findings, unit, body.zaakobjecttype, zaak)
    findings.stop_if_any()
    row.object_type_overige = body.object_type_overige
    row.object_index = object_index(unit.runtime.keyring, body.object)
    seal_gegevens(unit.runtime.keyring, ZAAKOBJECT.name, row, body, PersonalFields)


async def change_zaakobject(
    unit: Unit, zaak: Zaak, row: Zaakobject, body: ZaakobjectIn, actie: Actie = "update"
) -> Response:
    """Store what a zaakobject becomes and answer with it: which object it is, stays. Raises Invalid."""
    present, definitie = open_gegevens(unit.runtime.keyring, ZAAKOBJECT.name, row), body.object_type_overige_definitie
    findings = Findings()
    check_unchanged(
        findings,
        zaak=unit.runtime.references.local_id(ZAAK, body.zaak) == row.zaak_id,
        object=body.object == present["object"],
        objectType=body.object_type == row.object_type,
        objectTypeOverigeDefinitie=(definitie and definitie.model_dump()) == present["object_type_overige_definitie"],
    )
    findings.stop_if_any()
    await fill(unit, row, body, zaak, answered_identificatie(row.object_type, present))
    return await change(unit, ZAAKOBJECTEN, zaak, row, actie)


# ---- routes


@router.get("/zaakobjecten", response_model=Page[ZaakobjectOut], summary="Zaakobjecten opvragen")
async def zaakobject_list(
    chosen: Annotated[ZaakobjectFilter, Query()], reader: Reading, caller: CurrentCaller
) -> Response:
    """Alle objecten van zaken die de applicatie mag zien, gefilterd."""
    return await listed(ZAAKOBJECTEN, select_zaakobjecten, chosen, reader, caller)


@router.post("/zaakobjecten", status_code=201, response_model=ZaakobjectOut, summary="Zaakobject toevoegen")
async def zaakobject_create(body: ZaakobjectIn, unit: UnitOfWork) -> Response:
    """Een object waar een zaak over gaat."""
    await may_extend(unit, body.zaak, ADDING)
    await judge_elsewhere(unit, body)
    zaak = await zaak_for(unit, body.zaak, ADDING)
    if unit.runtime.references.is_own(body.object):
        await exists(unit, body.object, "object")
    row = Zaakobject(object_type=body.object_type, zaak_id=zaak.id)
    await fill(unit, row, body, zaak)
    return await add(unit, ZAAKOBJECTEN, zaak, row)


@router.get("/zaakobjecten/{uuid}", response_model=ZaakobjectOut, summary="Zaakobject opvragen")
async def zaakobject_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller, asked: Expand) -> Response:
    """Eén zaakobject."""
    return await shown(ZAAKOBJECTEN, uuid, reader, caller, asked=asked)


@router.put("/zaakobjecten/{uuid}", response_model=ZaakobjectOut, summary="Zaakobject vervangen")
async def zaakobject_update(uuid: UUID, body: ZaakobjectIn, unit: UnitOfWork) -> Response:
    """De gegevens van een object bij een zaak; welk object het is, ligt vast."""
    zaak, row = await part_for(unit, ZAAKOBJECTEN, uuid)
    return await change_zaakobject(unit, zaak, row, body)


@router.patch("/zaakobjecten/{uuid}", response_model=ZaakobjectOut, summary="Zaakobject wijzigen")
async def zaakobject_partial_update(uuid: UUID, body: ZaakobjectPatch, unit: UnitOfWork) -> Response:
    """Een deel van de gegevens van een object bij een zaak."""
    zaak, row = await part_for(unit, ZAAKOBJECTEN, uuid)
    changed = body.over(orjson.loads(unit.body(ZAAKOBJECT, row)), ZaakobjectIn)
    return await change_zaakobject(unit, zaak, row, changed, "partial_update")


@router.delete("/zaakobjecten/{uuid}", status_code=204, summary="Zaakobject verwijderen")
async def zaakobject_destroy(uuid: UUID, unit: UnitOfWork) -> Response:
    """Maakt het object los van de zaak."""
    zaak, row = await part_for(unit, ZAAKOBJECTEN, uuid, REMOVING)
    return await remove(unit, ZAAKOBJECTEN, zaak, row)


@router.head("/zaakobjecten/{uuid}", summary="Headers van een zaakobject")
async def zaakobject_headers(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """De headers die een GET zou geven."""
    return headers_only(await zaakobject_retrieve(uuid, reader, caller, NOTHING))
