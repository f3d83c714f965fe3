"""Whether a zaak may be destroyed: one reason for each thing that is in the way."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from chassis import clock
from services.zaken.archiefbeheer.toetsing import WOORDEN, Feiten, Reden, belemmeringen, feiten_van
from tests.services.zaken.archiefbeheer.archief import Archief

TODAY = date(2026, 3, 1)
FREE = Feiten(
    id=UUID(int=1),
    identificatie="Z-1",
    bronorganisatie="",
    zaaktype_id=UUID(int=2),
    vertrouwelijkheid=1,
    startdatum=date(2016, 1, 1),
    einddatum=date(2016, 2, 1),
    archiefnominatie="vernietigen",
    archiefstatus="nog_te_archiveren",
    archiefactiedatum=TODAY,
    resultaattype_id=UUID(int=3),
)


def test_nothing_is_in_the_way_on_the_day_itself() -> None:
    assert belemmeringen(FREE, TODAY, deelzaak_blijft=False) == []
    assert belemmeringen(FREE, TODAY - timedelta(days=1), deelzaak_blijft=False) == [Reden.datum_niet_bereikt]


@pytest.mark.parametrize(
    ("change", "reden"),
    [
        ({"einddatum": None}, Reden.niet_gesloten),
        ({"archiefnominatie": "blijvend_bewaren"}, Reden.niet_te_vernietigen),
        ({"archiefnominatie": None}, Reden.niet_te_vernietigen),
        ({"archiefactiedatum": None}, Reden.datum_niet_bereikt),
        ({"archiefactiedatum": TODAY + timedelta(days=1)}, Reden.datum_niet_bereikt),
        ({"archiefstatus": "overgedragen"}, Reden.overgedragen),
        ({"resultaattype_id": None}, Reden.geen_grondslag),
        ({"nodig": True}, Reden.nodig),
    ],
)
def test_each_reason(change: dict[str, Any], reden: Reden) -> None:
    assert belemmeringen(replace(FREE, **change), TODAY, deelzaak_blijft=False) == [reden]
    assert WOORDEN[reden].endswith(".")


def test_a_class_of_the_selectielijst_is_a_ground_too() -> None:
    assert belemmeringen(replace(FREE, resultaattype_id=None, klasse="https://l/1"), TODAY, deelzaak_blijft=False) == []


def test_a_deelzaak_that_stays() -> None:
    assert belemmeringen(FREE, TODAY, deelzaak_blijft=True) == [Reden.deelzaak_blijft]


async def known(archief: Archief, zaak: dict[str, Any]) -> Feiten:
    database = archief.zaken.service.runtime.database
    found = await database.read(lambda one: feiten_van(one, [UUID(zaak["uuid"])], clock.today()))
    return found[UUID(zaak["uuid"])]


async def test_facts_are_those_of_the_register(archief: Archief) -> None:
    zaak = await archief.due()
    facts = await known(archief, zaak)
    assert (facts.identificatie, facts.klasse) == (zaak["identificatie"], "https://lijst.example/resultaten/1")
    assert (facts.zaaktype_omschrijving, facts.resultaattype_omschrijving) == ("Verhuizing", "Verleend")
    assert (facts.bewaartermijn, facts.deelzaken, facts.deelzaak_blijft) == ("P5Y", [], False)
    assert facts.specificatie["begin_jaar"] == 2016
    assert facts.specificatie["eind_jaar"] == 2017
    assert not {"identificatie", "bronorganisatie"} & facts.specificatie.keys()


async def test_a_running_zaak_that_names_it_needs_it_until_it_is_closed(archief: Archief) -> None:
    zaak = await archief.due()
    assert not (await known(archief, zaak)).nodig
    naming = await archief.zaken.zaak(relevanteAndereZaken=[{"url": zaak["url"], "aardRelatie": "vervolg"}])
    assert (await known(archief, zaak)).nodig
    await archief.zaken.close(naming["url"])
    assert not (await known(archief, zaak)).nodig


async def test_a_hoofdzaak_waits_for_deelzaken_that_are_not_due(archief: Archief) -> None:
    head = await archief.due()
    part = await archief.due(hoofdzaak=head["url"], archiefactiedatum="2099-01-01")
    assert (await known(archief, head)).deelzaak_blijft
    assert not (await known(archief, part)).deelzaak_blijft
    await archief.zaken.client.patch(part["url"], json={"archiefactiedatum": "2025-01-01"})
    assert not (await known(archief, head)).deelzaak_blijft
