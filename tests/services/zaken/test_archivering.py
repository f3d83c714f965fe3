"""Archiving: dates that are counted as the law counts them, and nothing filled in that is not known."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.zaken.archivering import Regime, after, archive, day_in, forget, last_of

DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))
COUNTS = st.integers(0, 600)
FILED = ("archiefnominatie", "archiefactiedatum", "startdatum_bewaartermijn")


def zaak(**fields: object) -> SimpleNamespace:
    return SimpleNamespace(**(dict.fromkeys(FILED) | fields))


@pytest.mark.parametrize(
    ("day", "duration", "expected"),
    [
        ("2024-01-31", "P1M", "2024-02-29"),
        ("2023-01-31", "P1M", "2023-02-28"),
        ("2024-02-29", "P1Y", "2025-02-28"),
        ("2024-02-29", "P4Y", "2028-02-29"),
        ("2024-12-31", "P2M", "2025-02-28"),
        ("2024-01-31", "P1M1D", "2024-03-01"),
        ("2024-01-31", "P1Y2M3W4D", "2025-04-25"),
        ("2018-04-26", "P10Y", "2028-04-26"),
        ("2024-03-01", "P0D", "2024-03-01"),
        ("2024-03-01", "PT36H", "2024-03-02"),
        ("2024-03-01", "PT23H59M", "2024-03-01"),
        ("2024-03-01", "P13M", "2025-04-01"),
    ],
)
def test_a_term_after_a_day(day: str, duration: str, expected: str) -> None:
    assert after(date.fromisoformat(day), duration) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    "duration", ["P9000Y", "P99999999999Y", "P999999999999D", "PT999999999999999H", "drie", "", "10"]
)
def test_beyond_the_calendar_there_is_no_day(duration: str) -> None:
    assert after(date(2024, 1, 1), duration) is None


@given(DAYS, COUNTS, COUNTS)
def test_months_land_in_the_month_that_is_counted_to(day: date, years: int, months: int) -> None:
    found = after(day, f"P{years}Y{months}M")
    assert found is not None
    assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == years * 12 + months
    assert found.day <= day.day
    assert found.day == day.day or (found + timedelta(days=1)).day == 1


@given(DAYS, COUNTS, COUNTS)
def test_days_and_weeks_are_counted_one_by_one(day: date, weeks: int, days: int) -> None:
    assert after(day, f"P{weeks}W{days}D") == day + timedelta(days=7 * weeks + days)


@given(DAYS, DAYS, st.from_regex(r"P[0-9]{1,2}Y[0-9]{1,2}M[0-9]{1,3}D", fullmatch=True))
def test_who_begins_later_does_not_end_earlier(one: date, other: date, duration: str) -> None:
    begins = sorted([one, other])
    ends = [after(begin, duration) for begin in begins]
    assert None not in ends
    assert ends[0] <= ends[1]  # type: ignore[operator]


@given(DAYS)
def test_a_day_is_read_as_it_is_written(day: date) -> None:
    loosely = f"{day.year}-{day.month}-{day.day}"
    for text in (day.isoformat(), day.strftime("%Y%m%d"), day.strftime("%Y%m%d") + "120000", loosely, f" {day} "):
        assert day_in(text) == day


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-01T23:30:00Z", date(2024, 5, 2)),
        ("2024-05-01T23:30:00", date(2024, 5, 1)),
        ("2024-02-30", None),
        ("20240000", None),
        ("01-05-2024", None),
        ("morgen", None),
        ("", None),
        (20240501, None),
        (None, None),
    ],
)
def test_what_tells_a_day_and_what_does_not(text: object, expected: date | None) -> None:
    assert day_in(text) == expected


@given(st.lists(st.one_of(st.none(), DAYS)))
def test_the_last_is_known_when_all_are(days: list[date | None]) -> None:
    known = [day for day in days if day is not None]
    assert last_of(days) == (max(known) if known and len(known) == len(days) else None)


class TestArchive:
    REGIME = Regime("vernietigen", "P5Y", "afgehandeld")

    def test_fills_in_what_is_empty(self) -> None:
        row = zaak()
        archive(row, self.REGIME, date(2024, 2, 29))
        assert row == zaak(
            archiefnominatie="vernietigen",
            archiefactiedatum=date(2029, 2, 28),
            startdatum_bewaartermijn=date(2024, 2, 29),
        )

    def test_leaves_what_somebody_filled_in(self) -> None:
        given = {"archiefnominatie": "blijvend_bewaren", "archiefactiedatum": date(2099, 1, 1)}
        row = zaak(**given)
        archive(row, self.REGIME, date(2024, 2, 29))
        assert row == zaak(**given)

    def test_what_is_kept_for_ever_has_no_startdatum(self) -> None:
        row = zaak()
        archive(row, Regime("blijvend_bewaren", "P20Y", "afgehandeld"), date(2024, 1, 1))
        assert (row.archiefactiedatum, row.startdatum_bewaartermijn) == (date(2044, 1, 1), None)

    def test_without_a_brondatum_the_dates_stay_empty(self) -> None:
        row = zaak()
        archive(row, self.REGIME, None)
        assert row == zaak(archiefnominatie="vernietigen")

    def test_without_a_term_there_is_no_date(self) -> None:
        row = zaak()
        archive(row, Regime("", None, "afgehandeld"), date(2024, 1, 1))
        assert row == zaak()

    def test_a_startdatum_that_is_filled_in_is_where_the_term_begins(self) -> None:
        row = zaak(startdatum_bewaartermijn=date(2030, 1, 1))
        archive(row, Regime("vernietigen", "P1Y", "eigenschap"), None)
        assert row.archiefactiedatum == date(2031, 1, 1)

    def test_another_datumkenmerk_is_left_to_people(self) -> None:
        row = zaak(startdatum_bewaartermijn=date(2030, 1, 1))
        archive(row, Regime("vernietigen", "P1Y", "ander_datumkenmerk"), date(2024, 1, 1))
        assert (row.archiefnominatie, row.archiefactiedatum) == ("vernietigen", None)

    @given(DAYS, st.sampled_from(["P1M", "P5Y", "P0D"]))
    def test_forgets_what_it_filled_in_and_nothing_else(self, day: date, term: str) -> None:
        regime, row = Regime("vernietigen", term, "afgehandeld"), zaak()
        archive(row, regime, day)
        forget(row, regime, day)
        assert (row.archiefactiedatum, row.startdatum_bewaartermijn) == (None, None)
        by_hand = zaak(archiefactiedatum=date(2500, 1, 1), startdatum_bewaartermijn=date(2499, 1, 1))
        forget(by_hand, regime, day)
        forget(by_hand, regime, None)
        assert by_hand == zaak(archiefactiedatum=date(2500, 1, 1), startdatum_bewaartermijn=date(2499, 1, 1))
