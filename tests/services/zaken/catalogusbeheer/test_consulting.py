import pytest

from chassis.access import SYSTEM
from chassis.problems import Problem
from chassis.unit import Unit
from services.zaken.catalogusbeheer import consulting
from services.zaken.catalogusbeheer.consulting import Consulted
from tests.services.zaken.catalogusbeheer.archive import lists
from tests.services.zaken.elsewhere import Elsewhere
from tests.services.zaken.making import Zaken


async def test_each_row_is_asked_once(zaken: Zaken, elsewhere: Elsewhere) -> None:
    known, consulted, unit = lists(elsewhere), Consulted(), Unit(zaken.service.runtime, None, SYSTEM)
    await consulted.ahead(unit, [*known.items(), *known.items()])
    assert await consulted.procestype(unit, known["selectielijstProcestype"]) == []
    found, findings = await consulted.lists(unit, known["selectielijstklasse"], known["resultaattypeomschrijving"])
    assert (found.klasse.bewaartermijn, found.omschrijving.omschrijving) == ("P5Y", "Verleend")
    assert findings.errors == []
    assert sorted(elsewhere.asked) == ["procestypen/1", "resultaattypeomschrijvingen/1", "resultaten/1"]


async def test_what_cannot_be_used_is_said_each_time(zaken: Zaken, elsewhere: Elsewhere) -> None:
    consulted, unit = Consulted(), Unit(zaken.service.runtime, None, SYSTEM)
    for _ in range(2):
        [error] = await consulted.procestype(unit, f"{elsewhere.base}/weg")
        assert (error.name, error.code) == ("selectielijstProcestype", "bad-url")
    assert await consulted.procestype(unit, "") == await consulted.procestype(unit, None) == []
    found, findings = await consulted.lists(unit, f"{elsewhere.base}/weg", None)
    assert (found.klasse, found.omschrijving) == (None, None)
    assert [one.name for one in findings.errors] == ["selectielijstklasse"]


async def test_one_import_asks_no_thousands(zaken: Zaken, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consulting, "MOST", 2)
    unit = Unit(zaken.service.runtime, None, SYSTEM)
    with pytest.raises(Problem) as refused:
        await Consulted().ahead(unit, [("selectielijstklasse", f"https://e.example/{number}") for number in range(3)])
    assert refused.value.status == 400
