"""Values of eigenschappen: what is as specified and what is not."""

import pytest

from services.zaken.catalogi.eigenschap import Specificatie
from services.zaken.zaken.eigenschapwaarde import shortcoming, too_many


@pytest.mark.parametrize(
    ("formaat", "lengte", "good", "bad"),
    [
        ("tekst", "5", ["", "abc", "abcde"], ["abcdef"]),
        ("tekst", "lang", ["x" * 1000], []),
        ("getal", "3", ["1", "999", "-12"], ["1000", "1,5", "x", "", "١"]),
        ("getal", "3,2", ["1", "999,99", "1.5"], ["1000", "1,555", "1,", ",5"]),
        ("datum", "8", ["20260131"], ["20260132", "2026-01-31", "2026", "", "20260131T"]),
        ("datum_tijd", "14", ["20260131235959"], ["20260131246000", "2026-01-31T23:59:59Z", "20260131"]),
    ],
)
def test_formats(formaat: str, lengte: str, good: list[str], bad: list[str]) -> None:
    specified = Specificatie(formaat=formaat, lengte=lengte, kardinaliteit="1")
    assert [waarde for waarde in good if shortcoming(specified, waarde)] == []
    assert [waarde for waarde in bad if not shortcoming(specified, waarde)] == []


def test_a_set_of_values_is_all_there_is() -> None:
    specified = Specificatie(formaat="getal", lengte="1", kardinaliteit="1", waardenverzameling=["rood", "blauw"])
    assert [bool(shortcoming(specified, waarde)) for waarde in ("rood", "groen", "1")] == [False, True, True]


def test_a_warning_is_a_header_and_does_not_repeat_the_value() -> None:
    for formaat in ("tekst", "getal", "datum", "datum_tijd"):
        lengte = {"datum": "8", "datum_tijd": "14"}.get(formaat, "1")
        warning = shortcoming(Specificatie(formaat=formaat, lengte=lengte, kardinaliteit="1"), "geheim")
        assert warning.isascii()
        assert "geheim" not in warning


@pytest.mark.parametrize(("kardinaliteit", "most"), [("1", 1), ("12", 12), ("N", None), ("0-N", None)])
def test_kardinaliteit(kardinaliteit: str, most: int | None) -> None:
    specified = Specificatie(formaat="tekst", lengte="1", kardinaliteit=kardinaliteit)
    over = [present for present in (1, 2, 12, 13, 1000) if too_many(specified, present)]
    assert over == [present for present in (1, 2, 12, 13, 1000) if most is not None and present > most]
