"""Formats: RSIN, duration, URL and moment."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from services.zaken.formats import (
    Duration,
    Moment,
    Rsin,
    RsinOrBlank,
    SoughtMoment,
    Url,
    UrlOrBlank,
    passes_eleven_test,
)


@given(st.text("0123456789", min_size=8, max_size=8))
def test_at_most_one_last_digit_passes(stem: str) -> None:
    passing = [digit for digit in "0123456789" if passes_eleven_test(stem + digit)]
    assert len(passing) <= 1
    for digit in "0123456789":
        if digit in passing:
            assert TypeAdapter(Rsin).validate_python(stem + digit) == stem + digit
        else:
            with pytest.raises(ValidationError):
                TypeAdapter(Rsin).validate_python(stem + digit)


@pytest.mark.parametrize("value", ["", "12345678", "1234567890", "12345678x", "１２３４５６７８２"])
def test_refuses_what_is_no_rsin(value: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Rsin).validate_python(value)


@pytest.mark.parametrize("value", ["P14D", "P6M", "P1Y2M3DT4H5M6S", "PT36H", "P2W"])
def test_takes_durations(value: str) -> None:
    assert TypeAdapter(Duration).validate_python(value) == value


@pytest.mark.parametrize("value", ["", "P", "PT", "P1DT", "14D", "P-1D", "P1H", "p1d", "P1D "])
def test_refuses_what_is_no_duration(value: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Duration).validate_python(value)


@pytest.mark.parametrize("value", ["", "nergens", "ftp://a.example/", "https://", "http:// spatie", "https://a b/"])
def test_refuses_what_is_no_url(value: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Url).validate_python(value)


def test_blank_is_allowed_where_it_is() -> None:
    assert TypeAdapter(RsinOrBlank).validate_python("") == TypeAdapter(UrlOrBlank).validate_python("") == ""
    assert TypeAdapter(Url).validate_python("http://127.0.0.1:8080/a") == "http://127.0.0.1:8080/a"


@given(st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1)), st.integers(-12, 12))  # noqa: DTZ001
def test_moments_become_utc_and_stay_the_same_moment(naive: datetime, hours: int) -> None:
    given_moment = naive.replace(tzinfo=UTC) + timedelta(hours=hours)
    parsed = TypeAdapter(Moment).validate_python(given_moment)
    assert (parsed, parsed.tzinfo) == (given_moment, UTC)
    assert TypeAdapter(Moment).validate_python(naive).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        *("0001-01-01T00:00:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00", "9999-12-31T23:59:59Z"),
        *("965298", " 965298 ", "-1.5", "1e3", 965298, 1.5),
    ],
)
def test_what_is_no_moment_of_ours_is_refused(text: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Moment).validate_python(text)


def test_a_plus_in_a_query_is_a_space() -> None:
    for text in ("2026-01-01T12:00:00 01:00", "2026-01-01T12:00:00+01:00", "2026-01-01T11:00:00Z"):
        assert TypeAdapter(SoughtMoment).validate_python(text) == datetime(2026, 1, 1, 11, tzinfo=UTC)
