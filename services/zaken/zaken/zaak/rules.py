"""What must hold for a zaak: pure functions on its values, and what it refers to looked up."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from chassis import clock
from chassis.problems import FieldError
from chassis.unit import Unit
from services.zaken.catalogi.zaaktype.fields import ZAAKTYPE
from services.zaken.foreign import NotUsable, fetched
from services.zaken.informatieobject import Informatieobject
from services.zaken.selectielijst import communicatiekanaal_of
from services.zaken.validation import Findings, referred
from services.zaken.zaken.zaak.fields import ZAAK, Archiefstatus, Betalingsindicatie, RelevanteZaak, Zaak, ZaakIn

ZAAK_SHAPE = frozenset({"url", "identificatie", "bronorganisatie", "zaaktype"})
"""What tells a zaak of another provider from something else (zrc-011)."""
Judge = Callable[[Unit, str, str], Awaitable[Any]]
"""Reads what field `name` refers to. Raises NotUsable."""
ARCHIVED = "gearchiveerd"
"""Status of an informatieobject that does not change any more."""
FETCHES = 8
"""Resources of others that are asked for at once."""


# ---- values


def check_values(values: Mapping[str, Any]) -> Findings:
    """What is wrong with the values of a zaak (Python names) as they would be stored."""
    findings = Findings()
    paid = values.get("laatste_betaaldatum")
    if paid is not None and values.get("betalingsindicatie") == Betalingsindicatie.nvt:
        findings.add("laatsteBetaaldatum", "betaling-nvt", "Er valt niets te betalen, dus er is geen betaaldatum.")
    if paid is not None and paid > clock.now():
        findings.add("laatsteBetaaldatum", "future_not_allowed", "De betaaldatum ligt in de toekomst.")
    if values.get("archiefstatus") not in {None, Archiefstatus.nog_te_archiveren}:
        for name in ("archiefnominatie", "archiefactiedatum"):
            if values.get(name) is None:
                findings.add(name, f"{name}-not-set", "Dit veld is nodig om de archiefstatus te kunnen zetten.")
    return findings


def check_archived(informatieobjecten: Iterable[Informatieobject]) -> list[FieldError]:
    """A dossier is archived when all of its informatieobjecten are (zrc-022)."""
    if all(one.status == ARCHIVED for one in informatieobjecten):
        return []
    reason = "Niet alle documenten van deze zaak zijn gearchiveerd."
    return [FieldError("archiefstatus", "documents-not-archived", reason)]


def check_products(findings: Findings, chosen: list[str], offered: list[str]) -> None:
    """What a zaak yields is offered by its zaaktype (zrc-015)."""
    if not set(chosen) <= set(offered):
        findings.add(
            "productenOfDiensten",
            "invalid-products-services",
            "Niet alle producten of diensten horen bij het zaaktype.",
        )


def check_fixed(unit: Unit, row: Zaak, body: ZaakIn) -> Findings:
    """What may not change is not changed; an identificatie that is left out stays."""
    findings = Findings()
    same = {
        "zaaktype": unit.runtime.references.local_id(ZAAKTYPE, body.zaaktype) == row.zaaktype_id,
        "identificatie": body.identificatie in {"", row.identificatie},
    }
    for name in (name for name, kept in same.items() if not kept):
        findings.add(name, "wijzigen-niet-toegelaten", "Dit veld kan niet meer worden gewijzigd.")
    return findings


def unpaid_when_nvt(row: Zaak, values: dict[str, Any]) -> None:
    """A zaak that turns out to cost nothing loses the date of payment it had (zrc-014)."""
    becomes = values["betalingsindicatie"] == Betalingsindicatie.nvt != row.betalingsindicatie
    if becomes and values["laatste_betaaldatum"] == row.laatste_betaaldatum:
        values["laatste_betaaldatum"] = None


# ---- other zaken


async def lock_zaken(unit: Unit, ids: Collection[UUID]) -> list[Zaak]:
    """The zaken with these ids, locked in one order, so that no two units wait for each other. Oldest first."""
    return await unit.lock(ZAAK, ids)


async def hoofdzaak_of(unit: Unit, url: str, own: Zaak | None = None) -> Zaak:
    """The zaak a new or changed one becomes a part of, locked. One level deep, and never itself (zrc-013)."""
    found = await referred(unit, ZAAK, Zaak, url, "hoofdzaak", same_api=True, lock=True)
    findings = Findings()
    if own is not None and found.id == own.id:
        findings.add("hoofdzaak", "self-forbidden", "Een zaak kan geen deel van zichzelf zijn.")
    if found.hoofdzaak_id is not None:
        findings.add("hoofdzaak", "deelzaak-als-hoofdzaak", "De hoofdzaak is zelf een deelzaak.")
    elif own is not None and found.id != own.id and await _has_deelzaken(unit, own):
        findings.add("hoofdzaak", "deelzaak-als-hoofdzaak", "Deze zaak heeft zelf deelzaken.")
    findings.stop_if_any()
    return found


async def _has_deelzaken(unit: Unit, row: Zaak) -> bool:
    connection = await unit.connection()
    return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM zaak WHERE hoofdzaak_id = $1)", row.id))


async def relevante_zaken(
    unit: Unit, given: list[RelevanteZaak], present: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Related zaken as they are stored; those of others were judged before. present: those there were.

    Raises Invalid (`bad-url`) for each of ours that does not exist (zrc-011).
    """
    references = unit.runtime.references
    ids = [references.local_id(ZAAK, one.url) for one in given]
    stored = [
        ({"id": str(row_id)} if row_id else {"url": one.url}) | {"aard_relatie": str(one.aard_relatie)}
        for row_id, one in zip(ids, given, strict=True)
    ]
    if stored == present:
        return present
    connection = await unit.connection()
    rows = await connection.fetch("SELECT id FROM zaak WHERE id = ANY($1)", [one for one in ids if one is not None])
    known = {row["id"] for row in rows}
    findings = Findings()
    for index, (row_id, one) in enumerate(zip(ids, given, strict=True)):
        if row_id not in known and references.is_own(one.url):
            findings.add(f"relevanteAndereZaken.{index}.url", "bad-url", "Deze zaak bestaat niet.")
    findings.stop_if_any()
    return stored


# ---- resources of other providers


async def judge_foreign(unit: Unit, body: ZaakIn, known: Collection[str] = ()) -> list[FieldError]:
    """What is wrong with the resources of others that a body refers to. known: URLs that were judged before.

    Before the first statement of the unit: see `foreign`.
    """
    references = unit.runtime.references
    asked: list[tuple[str, str, Judge]] = []
    if body.communicatiekanaal:
        asked.append(("communicatiekanaal", body.communicatiekanaal, communicatiekanaal_of))
    asked += [
        (f"relevanteAndereZaken.{index}.url", one.url, _zaak_of_another)
        for index, one in enumerate(body.relevante_andere_zaken)
        if not references.is_own(one.url)
    ]
    limit = asyncio.Semaphore(FETCHES)

    async def error_of(name: str, url: str, judge: Judge) -> FieldError | None:
        try:
            async with limit:
                await judge(unit, url, name)
        except NotUsable as unusable:
            return unusable.error
        return None

    errors = await asyncio.gather(*(error_of(*one) for one in asked if one[1] not in known))
    return [error for error in errors if error is not None]


async def _zaak_of_another(unit: Unit, url: str, name: str) -> dict[str, Any]:
    return await fetched(unit, url, name, ZAAK_SHAPE)
