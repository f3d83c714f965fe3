"""Routing: the first rule that fits, always an answer, and the reason in words."""

from hypothesis import given
from hypothesis import strategies as st

from services.meldingen.routeren import VELDEN, Eis, Regel, Situatie, routeren, waarom_niet

CODES = ("een", "twee", "geen")
EISEN = st.builds(Eis, st.sampled_from(sorted(VELDEN)), st.frozensets(st.sampled_from(CODES), min_size=1))
REGELS = st.lists(
    st.builds(
        Regel,
        st.sampled_from("abcdefgh"),
        st.integers(min_value=0, max_value=3),
        st.lists(EISEN, max_size=3).map(tuple),
        st.sampled_from(("noord", "zuid")),
        st.sampled_from(("ploeg", None)),
    ),
    max_size=6,
    unique_by=lambda regel: regel.naam,
)
KNOWN = st.sampled_from(("een", "twee", None))
SITUATIE = st.builds(Situatie, KNOWN, KNOWN, KNOWN, KNOWN, st.sampled_from(("een", "twee")))


@given(REGELS, SITUATIE)
def test_the_first_that_fits_decides_and_every_earlier_one_has_a_reason(
    regels: list[Regel], situatie: Situatie
) -> None:
    besluit = routeren(regels, situatie, terugval="regie")
    assert besluit == routeren(list(reversed(regels)), situatie, terugval="regie")
    for regel in sorted(regels, key=lambda regel: (regel.volgorde, regel.naam)):
        if regel.naam == besluit.regel:
            assert (besluit.afdeling, besluit.ploeg) == (regel.afdeling, regel.ploeg)
            assert waarom_niet(regel, situatie) == ""
            break
        assert waarom_niet(regel, situatie)
    else:
        assert (besluit.afdeling, besluit.ploeg, besluit.regel) == ("regie", None, None)
    assert besluit.afdeling in besluit.uitleg


def test_the_reason_in_words() -> None:
    regel = Regel(
        "licht", 1, (Eis("hoofdcategorie", frozenset({"verlichting"})),), "wegbeheer", "lampen", "Zij doen licht."
    )
    situatie = Situatie("lantaarn", "verlichting", "wk1", None, "normaal")
    assert routeren([regel], situatie, terugval="regie").uitleg == (
        "Regel ‘licht’ past: de hoofdcategorie is verlichting. "
        "De melding gaat naar afdeling wegbeheer en ploeg lampen. Zij doen licht."
    )
    rest = Regel("rest", 2, (), "regie", None)
    assert routeren([rest], situatie, terugval="x").uitleg == (
        "Geen eerdere regel past; regel ‘rest’ geldt voor alle andere meldingen. "
        "De melding gaat naar afdeling regie, nog zonder ploeg."
    )


def test_what_is_not_known_is_geen() -> None:
    regel = Regel("onbekend", 1, (Eis("categorie", frozenset({"geen"})),), "regie", None)
    assert routeren([regel], Situatie(None, None, None, None, "normaal"), terugval="x").regel == "onbekend"
