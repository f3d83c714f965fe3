"""Rows of the reference lists: ours without a call, those of others by shape, and only of the lists that were chosen."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from chassis.unit import Unit
from services.zaken.foreign import NotUsable
from services.zaken.referentielijsten.referentielijst import BASE, rows
from services.zaken.selectielijst import (
    communicatiekanaal_of,
    klasse_of,
    procestype_of,
    resultaattypeomschrijving_of,
    same_row,
)
from services.zaken.settings import settings_of
from tests.services.zaken.elsewhere import running
from tests.services.zaken.making import Zaken

HERE = "http://meent.test"
KLASSE = {
    "procesType": "https://lijst.example/procestypen/1",
    "waardering": "vernietigen",
    "procestermijn": "nihil",
    "bewaartermijn": "P5Y",
    "nummer": 1,
}


@pytest.fixture
async def unit(zaken: Zaken) -> AsyncIterator[Unit]:
    async with zaken.service.runtime.database.session() as session:
        yield Unit(zaken.service.runtime, session)


def own(name: str) -> str:
    """URL of the first of our own rows."""
    return f"{HERE}{BASE}/{name}/{next(iter(rows(HERE)[name]))}"


async def refused(found: Any) -> tuple[str, str]:
    with pytest.raises(NotUsable) as caught:
        await found
    return caught.value.error.name, caught.value.error.code


async def test_our_own_rows_are_known(unit: Unit) -> None:
    assert (await procestype_of(unit, own("procestypen"), "p")).nummer == 1
    assert (await klasse_of(unit, own("resultaten"), "k")).bewaartermijn == "P1Y"
    assert (await resultaattypeomschrijving_of(unit, own("resultaattypeomschrijvingen"), "o")).omschrijving
    assert (await communicatiekanaal_of(unit, own("communicatiekanalen"), "c")).naam == "Balie"


async def test_something_of_ours_that_is_no_such_row(unit: Unit, zaken: Zaken) -> None:
    assert await refused(klasse_of(unit, own("procestypen"), "k")) == ("k", "invalid-resource")
    assert await refused(klasse_of(unit, zaken.zaaktype, "k")) == ("k", "invalid-resource")
    assert await refused(klasse_of(unit, f"{HERE}{BASE}/resultaten/1", "k")) == ("k", "bad-url")


@pytest.mark.parametrize(
    ("fields", "usable"),
    [
        ({}, True),
        ({"bewaartermijn": None, "waardering": "blijvend_bewaren", "procestermijn": ""}, True),
        ({"procestermijn": None}, True),
        ({"bewaartermijn": "vijf jaar"}, False),
        ({"waardering": "weggooien"}, False),
        ({"procesType": 3}, False),
    ],
)
async def test_rows_of_others_are_judged_by_shape(
    unit: Unit, zaken: Zaken, fields: dict[str, Any], *, usable: bool
) -> None:
    async with running(zaken) as elsewhere:
        url = elsewhere.put("r/1", KLASSE | fields)
        if usable:
            assert (await klasse_of(unit, url, "k")).proces_type == KLASSE["procesType"]
        else:
            assert await refused(klasse_of(unit, url, "k")) == ("k", "invalid-resource")
        assert await refused(klasse_of(unit, f"{elsewhere.base}/r/2", "k")) == ("k", "bad-url")
        assert await refused(procestype_of(unit, url, "p")) == ("p", "invalid-resource")


async def test_only_the_chosen_lists_count(unit: Unit, zaken: Zaken, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(zaken) as elsewhere:
        monkeypatch.setattr(settings_of(zaken.service.runtime), "selectielijst", f"{elsewhere.base}/api/")
        assert (await klasse_of(unit, elsewhere.put("api/r/1", KLASSE), "k")).waardering == "vernietigen"
        for url in (elsewhere.put("ander/r/1", KLASSE), own("resultaten")):
            assert await refused(klasse_of(unit, url, "k")) == ("k", "invalid-resource")


def test_a_row_is_the_same_at_a_former_address(zaken: Zaken, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = zaken.service.runtime
    monkeypatch.setattr(runtime.settings, "former_urls", "http://vroeger.test")
    unit = Unit(runtime, None)  # type: ignore[arg-type]
    assert same_row(unit, f"{HERE}/a", "http://vroeger.test/a")
    assert same_row(unit, "https://elders.test/a", "https://elders.test/a")
    assert not same_row(unit, f"{HERE}/a", "https://elders.test/a")
