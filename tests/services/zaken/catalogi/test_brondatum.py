"""ztc-003 to ztc-008: what an afleidingswijze needs, and what it must not have."""

from typing import Any

import pytest

from services.zaken.catalogi.brondatum import Afleidingswijze, BrondatumArchiefprocedure, check_brondatum
from services.zaken.validation import Findings

FULL: dict[str, Any] = {
    "datumkenmerk": "einde",
    "objecttype": "pand",
    "registratie": "BAG",
    "procestermijn": "P5M",
}
NEEDS = {
    "afgehandeld": set[str](),
    "ander_datumkenmerk": {"datumkenmerk", "objecttype", "registratie"},
    "eigenschap": {"datumkenmerk"},
    "gerelateerde_zaak": set[str](),
    "hoofdzaak": set[str](),
    "ingangsdatum_besluit": set[str](),
    "termijn": {"procestermijn"},
    "vervaldatum_besluit": set[str](),
    "zaakobject": {"datumkenmerk", "objecttype"},
}


def found(way: str, klasse: str = "", /, **fields: Any) -> set[tuple[str, str]]:
    """Name and code of what is wrong."""
    findings = Findings()
    check_brondatum(BrondatumArchiefprocedure(afleidingswijze=way, **fields), klasse, findings)
    return {(one.name.removeprefix("brondatumArchiefprocedure."), one.code) for one in findings.errors}


def test_every_afleidingswijze_is_judged() -> None:
    assert set(NEEDS) == {str(way) for way in Afleidingswijze}


@pytest.mark.parametrize("way", NEEDS)
class TestFields:
    """ztc-004 datumkenmerk, ztc-006 objecttype, ztc-007 registratie, ztc-008 procestermijn."""

    def test_what_it_needs_is_enough(self, way: str) -> None:
        assert found(way, **{name: FULL[name] for name in NEEDS[way]}) == set()

    def test_what_it_needs_is_required(self, way: str) -> None:
        assert found(way) == {(name, "required") for name in NEEDS[way]}

    def test_nothing_else_is_allowed(self, way: str) -> None:
        assert found(way, **FULL) == {(name, "must-be-empty") for name in FULL.keys() - NEEDS[way]}

    def test_einddatum_bekend(self, way: str) -> None:
        """ztc-005."""
        wrong = {("einddatumBekend", "must-be-empty")} if way in {"afgehandeld", "termijn"} else set()
        needed = {name: FULL[name] for name in NEEDS[way]}
        assert found(way, einddatum_bekend=True, **needed) == wrong
        assert found(way, einddatum_bekend=False, **needed) == set()


@pytest.mark.parametrize("way", NEEDS)
@pytest.mark.parametrize(
    ("procestermijn", "only"),
    [
        ("nihil", "afgehandeld"),
        ("ingeschatte_bestaansduur_procesobject", "termijn"),
        ("vast_te_leggen_datum", None),
        ("bestaansduur_procesobject", None),
        ("", None),
    ],
)
def test_the_procestermijn_of_the_klasse_decides(way: str, procestermijn: str, only: str | None) -> None:
    """ztc-003; without procestermijn every afleidingswijze is possible."""
    needed = {name: FULL[name] for name in NEEDS[way]}
    wrong = {("nonFieldErrors", "invalid-afleidingswijze-for-procestermijn")}
    assert found(way, procestermijn, **needed) == (set() if only in {None, way} else wrong)
