"""No more data than an afdeling may have: whom it hears of, and the exact fields, for every profile."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from services.klanten.brp import BrpPersoon, PartialDate
from services.klanten.verhuizingen.gegevensset import (
    PERSONAL,
    Facts,
    Followed,
    Gegeven,
    Leeftijd,
    ages,
    concerned,
    gegevens,
)
from services.klanten.verhuizingen.inhoud import Bewijs, Contact, Inhoud, Verhuizer
from tests.services.klanten.municipality import ANNA, BAS, CHRIS, NIEUW, OUD, PROFIELEN

ON = date(2026, 3, 1)
DEMO = Path(__file__).parents[4] / "demo" / "gm9001" / "afdelingen.yaml"
PARENT, CHILD, GROWN = (
    Verhuizer(bsn=bsn, partij=UUID(int=n), soort_aangifte="gezaghouder") for n, bsn in enumerate((ANNA, BAS, CHRIS))
)


def born(years: int, days: int = 0) -> PartialDate:
    day = ON.replace(year=ON.year - years) - timedelta(days=days)
    return PartialDate(day, day)


FACTS = Facts(
    Inhoud(
        verhuizers=[PARENT, CHILD, GROWN],
        vorig_adres=OUD,
        nieuw_adres=NIEUW,
        bewijs=[Bewijs(soort="koopakte", verwijzing="urn:uuid:1")],
        contact=Contact(email="anna@voorbeeld.example"),
    ),
    ON,
    {
        ANNA: BrpPersoon(ANNA, geboren=born(40), naam="Anna Proef"),
        BAS: BrpPersoon(BAS, geboren=born(9), naam="Bas Proef"),
        CHRIS: BrpPersoon(CHRIS, geboren=born(23), naam="Chris Proef"),
    },
)


def profielen() -> list[tuple[str, dict[str, Any]]]:
    demo = yaml.safe_load(DEMO.read_text())["afdelingsprofielen"]
    return [*((f"demo-{one['afdeling']}", one) for one in demo), *PROFIELEN.items()]


PROFIEL_TABLE = [pytest.param(one, id=name) for name, one in profielen()]


@pytest.mark.parametrize("profiel", PROFIEL_TABLE)
def test_exactly_the_fields_of_the_profile_and_nobody_else(profiel: dict[str, Any]) -> None:
    shown = gegevens(profiel["gegevens"], FACTS, [CHILD])
    assert list(shown) == profiel["gegevens"]
    text = str(shown)
    for number in (ANNA, BAS, CHRIS, "anna@voorbeeld", "urn:uuid", "Anna", "Chris", str(PARENT.partij)):
        assert number not in text
    if not PERSONAL & set(profiel["gegevens"]):
        assert str(CHILD.partij) not in text
    for field, address in (("vorigAdres", OUD), ("nieuwAdres", NIEUW)):
        assert (address in text) == (field in profiel["gegevens"])


def test_every_field_has_a_value() -> None:
    assert gegevens([one.value for one in Gegeven], FACTS, [CHILD]) == {
        "personen": [{"persoon": str(CHILD.partij)}],
        "namen": ["Bas Proef"],
        "geboortedata": ["2017-03-01"],
        "vorigAdres": {"nummeraanduidingId": OUD},
        "nieuwAdres": {"nummeraanduidingId": NIEUW},
        "verhuisdatum": "2026-03-01",
        "aantalPersonen": 3,
        "inwoning": False,
    }


@pytest.mark.parametrize(
    ("volgt", "followed", "expected"),
    [
        ("alle", Followed(), [PARENT, CHILD, GROWN]),
        ("personen", Followed(), []),
        ("personen", Followed(persons=frozenset({CHRIS})), [GROWN]),
        ("personen", Followed(addresses=frozenset({OUD})), []),
        ("adressen", Followed(), []),
        ("adressen", Followed(addresses=frozenset({OUD})), [PARENT, CHILD, GROWN]),
        ("adressen", Followed(addresses=frozenset({NIEUW})), [PARENT, CHILD, GROWN]),
        ("adressen", Followed(persons=frozenset({ANNA}), addresses=frozenset({"9001200000000999"})), []),
    ],
)
def test_whom_it_concerns(volgt: str, followed: Followed, expected: list[Verhuizer]) -> None:
    assert concerned(FACTS, volgt, None, followed) == expected


@pytest.mark.parametrize(
    ("geboren", "told"),
    [
        (born(4), True),
        (born(4, -1), False),
        (born(22), True),
        (born(23, -1), True),
        (born(23), False),
        (PartialDate(date(2010, 1, 1), date(2010, 12, 31)), True),
        (PartialDate(date(2022, 1, 1), date(2022, 12, 31)), False),
        (PartialDate(date(2003, 1, 1), date(2003, 12, 31)), False),
        (None, False),
    ],
)
def test_ages_are_inclusive_and_certain(geboren: PartialDate | None, told: bool) -> None:
    facts = Facts(FACTS.inhoud, ON, {BAS: BrpPersoon(BAS, geboren=geboren)})
    assert concerned(facts, "alle", Leeftijd(4, 22), Followed()) == ([CHILD] if told else [])


@given(st.dates(date(1900, 1, 1), date(2026, 1, 1)), st.integers(0, 400), st.dates(date(2026, 1, 2), date(2050, 1, 1)))
def test_an_uncertain_birthday_never_makes_somebody_older_than_younger(first: date, span: int, on: date) -> None:
    last = min(first + timedelta(days=span), date(2026, 1, 1))
    youngest, oldest = ages(PartialDate(first, last), on)
    assert 0 <= youngest <= oldest <= youngest + 2
