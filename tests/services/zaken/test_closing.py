"""Closing: whatever order statussen come in, the last by date decides whether a zaak is closed, and since when."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from services.zaken.closing import FORCED, Effect, apply, effect_of, scopes_to_add_status, scopes_to_change
from services.zaken.formats import calendar_date
from services.zaken.zaken.zaak.fields import Zaak

START = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 10_000).map(lambda hours: START + timedelta(hours=hours))


def zaak(einddatum: date | None = None) -> Zaak:
    return Zaak(
        zaaktype_id=uuid4(),
        bronorganisatie="517439943",
        verantwoordelijke_organisatie="517439943",
        startdatum=START.date(),
        registratiedatum=START.date(),
        vertrouwelijkheidaanduiding="openbaar",
        vertrouwelijkheid=1,
        einddatum=einddatum,
    )


@given(st.lists(st.tuples(MOMENTS, st.booleans()), max_size=12))
def test_the_last_status_by_date_decides(statussen: list[tuple[datetime, bool]]) -> None:
    row, present = zaak(), None
    for at, ends in statussen:
        latest = present is None or present <= at
        effect = effect_of(row, ends=ends, latest=latest)
        apply(effect, row, at)
        present = at if latest else present
    in_order = sorted(enumerate(statussen), key=lambda item: (item[1][0], item[0]))
    last_at, ends = in_order[-1][1] if in_order else (START, False)
    assert row.einddatum == (calendar_date(last_at) if ends else None)


@given(st.booleans(), st.booleans())
def test_a_closed_zaak_never_opens_with_the_usual_scopes(ends: bool, first: bool) -> None:
    closed, opened = zaak(date(2026, 1, 1)), zaak()
    usual = {"zaken.aanmaken", "zaken.bijwerken", "zaken.statussen.toevoegen"}
    assert usual.isdisjoint(scopes_to_change(closed))
    assert usual.isdisjoint(scopes_to_add_status(closed, ends=ends, first=first))
    for scopes in (scopes_to_change(closed), scopes_to_change(opened)):
        assert FORCED in scopes
    for row in (closed, opened):
        assert FORCED in scopes_to_add_status(row, ends=ends, first=first)


def test_an_open_zaak_is_not_reopened() -> None:
    assert effect_of(zaak(), ends=False, latest=True) is Effect.nothing
