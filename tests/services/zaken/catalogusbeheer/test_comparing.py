from services.zaken.catalogusbeheer.comparing import compare, pair, references
from services.zaken.catalogusbeheer.document import catalogue_of
from tests.services.zaken.catalogusbeheer.small import RESULTAAT, small, text

HERE = "http://meent.test"


def read(content):
    return catalogue_of(text(content), HERE)


def of_zaaktype(given, present):
    [step] = [
        one for one in compare(read(given), read(present) if present else None) if one.given.kind.section == "zaaktypen"
    ]
    return step


def test_everything_is_added_where_nothing_is():
    steps = compare(read(small()), None)
    assert [(step.outcome, step.publishes) for step in steps] == [
        ("toegevoegd", False),
        ("toegevoegd", True),
        ("toegevoegd", True),
        ("toegevoegd", True),
    ]


def test_what_is_the_same_is_no_change():
    assert {step.outcome for step in compare(read(small()), read(small()))} == {"ongewijzigd"}


def test_a_concept_may_change():
    given = small(doel="Anders", concept=True, roltypen=[])
    step = of_zaaktype(given, small(concept=True))
    assert (step.outcome, step.publishes) == ("gewijzigd", False)
    assert step.names == ["doel", "roltypen.Aanvrager verwijderd"]
    assert of_zaaktype(
        given | {"zaaktypen": [given["zaaktypen"][0] | {"concept": False}]}, small(concept=True)
    ).publishes


def test_what_is_published_does_not():
    step = of_zaaktype(small(doel="Anders"), small())
    assert (step.outcome, [one.code for one in step.errors]) == ("geweigerd", ["gepubliceerd"])
    assert of_zaaktype(small(eindeGeldigheid="2030-01-01"), small()).outcome == "gewijzigd"


def test_what_the_selectielijst_decided_is_no_change():
    present = read(small(resultaattypen=[RESULTAAT | {"archiefactietermijn": "P5Y"}]))
    [_, _, _, step] = compare(read(small()), present)
    assert step.outcome == "geweigerd"
    [resultaattype] = [one for one in present.versions["zaaktypen"][0].parts if one.key == ("Geweigerd",)]
    resultaattype.derived = frozenset({"archiefactietermijn"})
    [_, _, _, step] = compare(read(small()), present)
    assert step.outcome == "ongewijzigd"


def test_of_versions_with_one_name_and_begin_the_equal_are_one():
    given = read(small() | {"zaaktypen": [small(doel=one, concept=True)["zaaktypen"][0] for one in "abc"]})
    present = read(small() | {"zaaktypen": [small(doel=one, concept=True)["zaaktypen"][0] for one in "xcb"]})
    pairs = pair(given.versions["zaaktypen"], present.versions["zaaktypen"])
    found = {one.content["doel"]: other.content["doel"] for one, other in pairs}
    assert found == {"a": "x", "b": "b", "c": "c"}


def test_a_change_goes_to_the_concept():
    present = read(
        small(doel="a") | {"zaaktypen": [small(doel=one, concept=one == "b")["zaaktypen"][0] for one in "ab"]}
    )
    [(_, other), (given, left)] = pair(read(small(doel="c")).versions["zaaktypen"], present.versions["zaaktypen"])
    assert (other.concept, given, left.content["doel"]) == (True, None, "a")


def test_only_what_is_made_or_changed_asks_the_lists():
    everything = references(compare(read(small()), None))
    assert {name for name, _ in everything} == {
        "selectielijstProcestype",
        "selectielijstklasse",
        "resultaattypeomschrijving",
    }
    assert references(compare(read(small()), read(small()))) == []
    assert references(compare(read(small(doel="Anders")), read(small(concept=True)))) == []
