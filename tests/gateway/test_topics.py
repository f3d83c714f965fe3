import pytest

from chassis.access import Autorisatie, Caller
from chassis.problems import Invalid, PermissionDenied
from gateway.topics import Asked, addressed, code_of

TOPICS = addressed("gm9001", "https://meent.test/")


def caller(component: str, scope: str, **limits: str) -> Caller:
    return Caller("x", autorisaties=(Autorisatie(component, frozenset({scope}), limits),))


async def test_without_the_right_there_is_no_choice() -> None:
    asked = [("afdeling", "parkeren")]
    for other in (
        Caller("x"),
        caller("verhuizingen", "opvolgingen.bijwerken"),
        caller("meldingen", "opvolgingen.lezen"),
        caller("verhuizingen", "opvolgingen.lezen", afdeling="afval"),
    ):
        with pytest.raises(PermissionDenied):
            await TOPICS["/live/opvolgingen"].choose(Asked(other, asked, []))


async def test_a_choice_holds_for_one_afdeling_while_the_right_lasts() -> None:
    own = caller("verhuizingen", "opvolgingen.lezen", afdeling="parkeren")
    choice = await TOPICS["/live/opvolgingen"].choose(Asked(own, [("afdeling", "parkeren")], []))
    assert (choice.stream, choice.subject) == ("AFDELING", "afdeling.v1.gm9001.parkeren.opvolging.>")
    assert choice.allowed(own)
    assert not choice.allowed(caller("verhuizingen", "opvolgingen.lezen", afdeling="afval"))
    link = "https://meent.test/verhuizingen/api/v1/opvolgingen?afdeling=parkeren"
    assert choice.gone.headers == {"Link": f'<{link}>; rel="alternate"'}


@pytest.mark.parametrize(
    ("parameters", "names"),
    [
        *[([("ploeg", code)], ["ploeg"]) for code in ("", "*", ">", "a.b", "Wegen", "wegen\n", "-", "{code}")],
        ([("ploeg", "wegen"), ("ploeg", "groen")], ["ploeg"]),
        ([], ["ploeg"]),
        ([("ploeg", "wegen"), ("x", "1")], ["x"]),
        ([("x", "1"), ("y", "1")], ["x", "y", "ploeg"]),
    ],
)
def test_what_is_no_code_is_refused(parameters: list[tuple[str, str]], names: list[str]) -> None:
    with pytest.raises(Invalid) as wrong:
        code_of(parameters, "ploeg")
    assert [field.name for field in wrong.value.fields] == names
