"""Who wants an event, and how."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.notificaties.form import Vorm
from services.notificaties.projection import Notification
from services.notificaties.subscriptions import Subscriptions, Wish, attributes

ONE, TWO, THREE = (UUID(int=number) for number in (1, 2, 3))


def row(**more: Any) -> Any:
    plain = {"kanalen": [], "send_cloudevents": False, "cloudevent_filters": [], "acties": None}
    return {**plain, **more}


def told(**more: Any) -> Notification:
    given = {"kanaal": "zaken", "hoofd_object": "h", "resource": "zaak", "resource_url": "r", "actie": "create"}
    return Notification(**{**given, "aanmaakdatum": "", "kenmerken": {}, **more})


def event(**more: Any) -> dict[str, Any]:
    return {"source": "urn:x", "type": "nl.overheid.zaken.zaak-gemuteerd", "data": {}, **more}


def test_the_form_follows_from_how_it_was_asked_for() -> None:
    zaken = [{"naam": "zaken", "filters": {}}]
    by_type = [{"type_substring": "zaak-", "filters": {}, "source": "", "subject": ""}]
    known = Subscriptions()
    known.put(ONE, row(kanalen=zaken, cloudevent_filters=by_type))
    known.put(TWO, row(kanalen=zaken, send_cloudevents=True))
    known.put(THREE, row(kanalen=zaken, send_cloudevents=True, cloudevent_filters=by_type))
    assert known.find(told()) == {ONE: Vorm.notificatie, TWO: Vorm.omgezet, THREE: Vorm.omgezet}
    assert known.find(told(cloudevent=event())) == {ONE: Vorm.notificatie, TWO: Vorm.omgezet, THREE: Vorm.cloudevent}
    assert known.find(told(kanaal="", cloudevent=event())) == {THREE: Vorm.cloudevent}
    known.put(TWO, row(kanalen=zaken))
    known.put(THREE, row())
    assert known.find(told(cloudevent=event())) == {ONE: Vorm.notificatie, TWO: Vorm.notificatie}


def test_what_a_cloudevent_can_be_filtered_on() -> None:
    data = {"aantal": 2, "waar": True, "leeg": None, "groep": {"a": 1}, "lijst": [1], "kenmerken": {"zaaktype": "z"}}
    assert attributes(event(subject="s", data=data)) == {
        "@source": "urn:x",
        "@subject": "s",
        "aantal": "2",
        "waar": "true",
        "zaaktype": "z",
    }
    assert attributes(event(data="tekst")) == {"@source": "urn:x", "@subject": ""}


@pytest.mark.parametrize(
    ("wish", "takes"),
    [
        (Wish(), True),
        (Wish(acties=frozenset({"create"})), True),
        (Wish(acties=frozenset({"update"})), False),
        (Wish(resources=frozenset({"zaak", "status"})), True),
        (Wish(acties=frozenset({"create"}), resources=frozenset({"status"})), False),
    ],
)
def test_acties_and_resources(wish: Wish, takes: bool) -> None:
    assert wish.takes(told()) is takes
    assert wish.takes(told(kanaal="", actie="", resource=""))  # a CloudEvent of elsewhere has neither


def test_windows_end_at_the_same_moment_for_all() -> None:
    wish = Wish(window=timedelta(seconds=60))
    first, second = datetime(2026, 3, 1, 12, 0, 1, tzinfo=UTC), datetime(2026, 3, 1, 12, 0, 59, tzinfo=UTC)
    assert wish.due(first) == wish.due(second) == datetime(2026, 3, 1, 12, 1, tzinfo=UTC)
    assert wish.due(datetime(2026, 3, 1, 12, 1, tzinfo=UTC)) == datetime(2026, 3, 1, 12, 2, tzinfo=UTC)
    assert Wish().due(first) is None
