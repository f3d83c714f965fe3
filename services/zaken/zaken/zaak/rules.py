"""What must hold for a zaak: pure functions on its values, and its references looked up."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import text

from chassis import clock
from chassis.problems import FieldError
from chassis.unit import Unit
from services.zaken.validation import Findings, referred
from services.zaken.zaken.zaak.fields import ZAAK, Archiefstatus, Betalingsindicatie, Zaak

FIXED = ("zaaktype", "identificatie")
"""Fields that never change after the zaak is made."""


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
    findings.refuse_foreign(values, "communicatiekanaal", "selectielijstklasse")
    return findings


def check_products(findings: Findings, chosen: list[str], offered: list[str]) -> None:
    """What a zaak yields is offered by its zaaktype (zrc-015)."""
    if not set(chosen) <= set(offered):
        findings.add(
            "productenOfDiensten",
            "invalid-products-services",
            "Niet alle producten of diensten horen bij het zaaktype.",
        )


def check_fixed(row: Zaak, changes: Mapping[str, Any], zaaktype_url: str) -> Findings:
    """What may not change is not changed."""
    present = {"zaaktype": zaaktype_url, "identificatie": row.identificatie}
    findings = Findings()
    for name in FIXED:
        if name in changes and changes[name] != present[name]:
            findings.add(name, "wijzigen-niet-toegelaten", "Dit veld kan niet meer worden gewijzigd.")
    return findings


def unpaid_when_nvt(row: Zaak, changes: dict[str, Any]) -> None:
    """A zaak that turns out to cost nothing has no date of payment (zrc-014)."""
    if changes.get("betalingsindicatie") == Betalingsindicatie.nvt and "laatste_betaaldatum" not in changes:
        changes["laatste_betaaldatum"] = None
        row.laatste_betaaldatum = None


async def hoofdzaak_of(unit: Unit, url: str, own: Zaak | None = None) -> Zaak:
    """The zaak a new or changed one becomes a part of, locked. One level deep, and never itself (zrc-013)."""
    found = await referred(unit, ZAAK, Zaak, url, "hoofdzaak", same_api=True, lock=True)
    findings = Findings()
    if own is not None and found.id == own.id:
        findings.add("hoofdzaak", "self-relation", "Een zaak kan geen deel van zichzelf zijn.")
    if found.hoofdzaak_id is not None:
        findings.add("hoofdzaak", "deelzaak-als-hoofdzaak", "De hoofdzaak is zelf een deelzaak.")
    elif own is not None and found.id != own.id and await _has_deelzaken(unit, own):
        findings.add("hoofdzaak", "deelzaak-als-hoofdzaak", "Deze zaak heeft zelf deelzaken.")
    findings.stop_if_any()
    return found


async def _has_deelzaken(unit: Unit, row: Zaak) -> bool:
    found = await unit.session.execute(text("SELECT 1 FROM zaak WHERE hoofdzaak_id = :id LIMIT 1"), {"id": row.id})
    return found.first() is not None


async def relevante_zaken(unit: Unit, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Related zaken as they are stored. Raises Invalid (`bad-url`) naming each that does not exist (zrc-011)."""
    ids = [unit.runtime.references.local_id(ZAAK, item["url"]) for item in given]
    rows = await unit.session.execute(
        text("SELECT id FROM zaak WHERE id = ANY(:ids)"), {"ids": [one for one in ids if one is not None]}
    )
    known = set(rows.scalars())
    findings = Findings()
    for index, one in enumerate(ids):
        if one not in known:
            findings.errors.append(
                FieldError(f"relevanteAndereZaken.{index}.url", "bad-url", "Deze zaak bestaat niet.")
            )
    findings.stop_if_any()
    return [{"id": str(one), "aard_relatie": item["aard_relatie"]} for one, item in zip(ids, given, strict=True)]
