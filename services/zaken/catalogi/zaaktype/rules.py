"""What must hold for a zaaktype: pure functions on its values, and its relations looked up by name."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.problems import FieldError
from chassis.resource import REGISTRY
from chassis.unit import Unit
from services.zaken.catalogi.geldigheid import check_period
from services.zaken.catalogi.lifecycle import check_kept
from services.zaken.catalogi.naming import BESLUITTYPEN, INFORMATIEOBJECTTYPEN, ZAAKTYPEN, has_published, named
from services.zaken.catalogi.zaaktype.fields import ZAAKTYPE_VERSIES, Zaaktype, ZaaktypeIn
from services.zaken.foreign import NotUsable
from services.zaken.selectielijst import procestype_of, same_row
from services.zaken.settings import settings_of
from services.zaken.validation import Findings

STRICT_PARTS = {"roltype": 1, "resultaattype": 1, "statustype": 2}
"""How many parts a zaaktype needs before it is published, under MEENT_STRICT_PUBLISH."""
_ELSEWHERE = {"catalogus", "besluittypen", "deelzaaktypen", "gerelateerde_zaaktypen"}
"""Fields of a body that are stored otherwise."""


def check_values(body: ZaaktypeIn, sent: Collection[str] | None = None) -> Findings:
    """What is wrong with the values of a zaaktype by themselves. sent: JSON names of the fields of a PATCH."""
    findings = Findings()
    check_period(findings, body, sent)
    if body.verlenging_mogelijk and body.verlengingstermijn is None:
        findings.add("verlengingstermijn", "required", "Geef aan met hoeveel de doorlooptijd verlengd kan worden.")
    return findings


async def check_procestype(unit: Unit, url: object, row_id: UUID | None = None) -> list[FieldError]:
    """What is wrong with selectielijstProcestype: it is a procestype of the selectielijst, when filled (ztc-001).

    Before the first statement of the unit. row_id: of a zaaktype that changes, whose procestype is not judged again.
    """
    if not url or not isinstance(url, str):
        return []
    if row_id is not None:
        present = "SELECT 1 FROM zaaktype WHERE id = $1 AND selectielijst_procestype = $2"
        if await unit.runtime.database.fetch(present, row_id, url):
            return []
    try:
        await procestype_of(unit, url, "selectielijstProcestype")
    except NotUsable as unusable:
        return [unusable.error]
    return []


async def values_of(
    unit: Unit, body: ZaaktypeIn, catalogus_id: UUID, findings: Findings, row: Zaaktype | None = None
) -> dict[str, Any]:
    """The columns of a zaaktype by Python name, relations as names. Raises Invalid with all that is wrong.

    row: what is there before the change.
    """
    values = body.model_dump(exclude=_ELSEWHERE)
    values |= await _besluittypen(unit, body, catalogus_id, findings, row)
    values |= await _zaaktypen(unit, body, catalogus_id, findings, row)
    if row is not None:
        findings.errors += check_kept(unit, ZAAKTYPE_VERSIES, row, body.catalogus, values)
        findings.errors += await _resultaattypen_of_another(unit, row, body.selectielijst_procestype)
        if not row.concept:
            findings.errors += check_correction(row, values)
    findings.stop_if_any()
    return values


async def _resultaattypen_of_another(unit: Unit, row: Zaaktype, procestype: str) -> list[FieldError]:
    """A zaaktype keeps its procestype while it has resultaattypen, whose klassen belong to that (ztc-002)."""
    if procestype == row.selectielijst_procestype:
        return []
    found = text("SELECT klasse ->> 'proces_type' FROM resultaattype WHERE zaaktype_id = :id")
    of_klassen = await unit.session.execute(found, {"id": row.id})
    if all(same_row(unit, one, procestype) for one in of_klassen.scalars()):
        return []
    reason = "De resultaattypen van dit zaaktype horen bij een ander procestype."
    return [FieldError("selectielijstProcestype", "procestype-mismatch", reason)]


def check_correction(row: Zaaktype, values: dict[str, Any]) -> list[FieldError]:
    """What a correction of a published zaaktype may not do: make zaken of it wrong."""
    errors = []
    if not set(row.producten_of_diensten) <= set(values["producten_of_diensten"]):
        reason = "Er kunnen zaken zijn met dit product of deze dienst."
        errors.append(FieldError("productenOfDiensten", "correctie-verwijdert", reason))
    if values["begin_geldigheid"] > row.begin_geldigheid:
        reason = "Er kunnen zaken zijn die eerder zijn geopend."
        errors.append(FieldError("beginGeldigheid", "correctie-beperkt", reason))
    return errors


async def check_publishable(unit: Unit, row: Zaaktype) -> None:
    """Whatever a zaaktype refers to has a published version (ztc-012). Raises Invalid."""
    findings = Findings()
    found = await unit.session.execute(
        text("SELECT DISTINCT informatieobjecttype FROM zaaktypeinformatieobjecttype WHERE zaaktype_id = :id"),
        {"id": row.id},
    )
    for kind, names in ((BESLUITTYPEN, row.besluittypen), (INFORMATIEOBJECTTYPEN, list(found.scalars()))):
        if set(names) - await has_published(unit, kind, row.catalogus_id, names):
            reason = f"Het zaaktype verwijst naar een {kind.table} waarvan alleen een concept bestaat."
            findings.add("nonFieldErrors", "concept-relation", reason)
    if settings_of(unit.runtime).strict_publish:
        findings.errors += await _missing_parts(unit, row)
    findings.stop_if_any()


async def _missing_parts(unit: Unit, row: Zaaktype) -> list[FieldError]:
    errors = []
    for table, least in STRICT_PARTS.items():
        found = table in REGISTRY and await unit.session.scalar(
            text(f"SELECT count(*) FROM {table} WHERE zaaktype_id = :id"),  # noqa: S608 - own names
            {"id": row.id},
        )
        if int(found or 0) < least:
            reason = f"Het zaaktype heeft minstens {least} {table}{'n' if least > 1 else ''} nodig."
            errors.append(FieldError("nonFieldErrors", "concept-relation", reason))
    return errors


async def _besluittypen(
    unit: Unit, body: ZaaktypeIn, catalogus_id: UUID, findings: Findings, row: Zaaktype | None
) -> dict[str, Any]:
    given = {f"besluittypen.{index}": one for index, one in enumerate(body.besluittypen)}
    known = row.besluittypen if row is not None else ()
    meant = await named(unit, BESLUITTYPEN, given, catalogus_id, findings, known=known)
    names = dict.fromkeys(one.name for one in meant.values())
    before = row.vaste_besluittypen if row is not None else ()
    fixed = {one.name for one in meant.values() if one.fixed} | set(before)
    return {"besluittypen": list(names), "vaste_besluittypen": [name for name in names if name in fixed]}


async def _zaaktypen(
    unit: Unit, body: ZaaktypeIn, catalogus_id: UUID, findings: Findings, row: Zaaktype | None
) -> dict[str, Any]:
    """The related zaaktypen and deelzaaktypen; a zaaktype may refer to itself."""
    parts = {f"deelzaaktypen.{index}": one for index, one in enumerate(body.deelzaaktypen)}
    related = {
        f"gerelateerdeZaaktypen.{index}.zaaktype": one.zaaktype for index, one in enumerate(body.gerelateerde_zaaktypen)
    }
    known = [body.identificatie]
    if row is not None:
        known += [row.identificatie, *row.deelzaaktypen, *(one["zaaktype"] for one in row.gerelateerde_zaaktypen)]
    meant = await named(unit, ZAAKTYPEN, parts | related, catalogus_id, findings, known=known)
    return {
        "deelzaaktypen": list(dict.fromkeys(meant[path].name for path in parts if path in meant)),
        "gerelateerde_zaaktypen": [
            one.model_dump() | {"zaaktype": meant[path].name}
            for path, one in zip(related, body.gerelateerde_zaaktypen, strict=True)
            if path in meant
        ],
    }
