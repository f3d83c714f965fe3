"""The client of the BRP: incomplete dates, purposes, and what it does when the BRP is away."""

from datetime import date

import pytest

from chassis.problems import Unavailable
from services.klanten.brp import BrpPersoon, PartialDate, partial_date, personen
from tests.services.klanten.municipality import ANNA, BAS, NIEUW, Town


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"type": "Datum", "datum": "2026-02-28"}, PartialDate(date(2026, 2, 28), date(2026, 2, 28))),
        ({"type": "JaarMaandDatum", "jaar": 2024, "maand": 2}, PartialDate(date(2024, 2, 1), date(2024, 2, 29))),
        ({"type": "JaarDatum", "jaar": 2024}, PartialDate(date(2024, 1, 1), date(2024, 12, 31))),
        ({"type": "DatumOnbekend", "onbekend": True}, None),
        ({"type": "Datum", "datum": "onzin"}, None),
        ({"type": "IetsNieuws"}, None),
        (None, None),
    ],
)
def test_dates_of_every_form(value: dict | None, expected: PartialDate | None) -> None:
    assert partial_date(value) == expected


@pytest.mark.parametrize(
    ("home", "since", "agrees"),
    [
        (NIEUW, PartialDate(date(2026, 1, 5), date(2026, 1, 5)), True),
        (NIEUW, PartialDate(date(2026, 1, 1), date(2026, 1, 31)), False),
        (NIEUW, PartialDate(date(2026, 1, 6), date(2026, 1, 6)), False),
        (NIEUW, None, False),
        ("9001200000000999", PartialDate(date(2026, 1, 5), date(2026, 1, 5)), False),
        (None, None, False),
    ],
)
def test_only_the_same_address_since_the_same_day_agrees(
    home: str | None, since: PartialDate | None, agrees: bool
) -> None:
    assert BrpPersoon(ANNA, home, since).lives_at(NIEUW, date(2026, 1, 5)) is agrees


async def test_asks_only_what_is_needed_and_says_why(town: Town) -> None:
    town.brp.book([ANNA], NIEUW, "2026-01-05")
    found = await personen(town.service.runtime, [ANNA, BAS])
    assert found.keys() == {ANNA}
    assert found[ANNA].naam is None
    [(body, headers)] = town.brp.asked
    assert body["fields"] == ["burgerservicenummer", "geboorte", "verblijfplaats"]
    assert headers["x-doelbinding"] == "verhuizing-verwerken"
    assert headers["x-verwerking"]
    assert headers["traceparent"]


@pytest.mark.parametrize("status", [400, 403, 500, 503])
async def test_an_answer_that_is_no_good(town: Town, status: int) -> None:
    town.brp.status = status
    with pytest.raises(Unavailable, match="brp-niet-bereikbaar"):
        await personen(town.service.runtime, [ANNA])


async def test_nobody_listens(town: Town) -> None:
    town.service.runtime.settings.brp_url = "http://127.0.0.1:1"
    with pytest.raises(Unavailable, match="brp-niet-bereikbaar"):
        await personen(town.service.runtime, [ANNA])
