import pytest

from chassis.problems import Invalid
from services.zaken.catalogusbeheer.content import absolute, relative
from services.zaken.catalogusbeheer.document import catalogue_of, content_of, text_of
from tests.services.zaken.catalogusbeheer.small import RESULTAAT, small, text

HERE = "http://meent.test"


def refused(document):
    with pytest.raises(Invalid) as caught:
        catalogue_of(document, HERE)
    return {(one.name, one.code) for one in caught.value.fields}


def test_what_is_written_is_what_was_read():
    read = catalogue_of(text(small()), HERE)
    written = text_of(read, [HERE])
    assert text_of(catalogue_of(written, "http://elders.test"), ["http://elders.test"]) == written
    assert HERE not in written.decode()
    assert RESULTAAT["selectielijstklasse"] in written.decode()


def test_the_order_is_always_the_same():
    content = small()
    content["zaaktypen"] += [small(identificatie=name)["zaaktypen"][0] for name in ("c", "a", "b")]
    turned = small()
    turned["zaaktypen"] = [one | {"statustypen": one["statustypen"][::-1]} for one in reversed(content["zaaktypen"])]
    assert text_of(catalogue_of(text(turned), HERE), [HERE]) == text_of(catalogue_of(text(content), HERE), [HERE])
    names = [one["identificatie"] for one in content_of(catalogue_of(text(content), HERE), [])["zaaktypen"]]
    assert names == ["a", "b", "c", "vergunnen"]


def test_what_names_a_version_comes_first():
    [zaaktype] = content_of(catalogue_of(text(small(eindeGeldigheid="2030-01-01")), HERE), [])["zaaktypen"]
    assert list(zaaktype)[:5] == ["identificatie", "beginGeldigheid", "eindeGeldigheid", "concept", "omschrijving"]


def test_what_is_left_out_has_its_usual_value():
    [zaaktype] = catalogue_of(text(small()), HERE).versions["zaaktypen"]
    assert (zaaktype.content["toelichting"], zaaktype.content["trefwoorden"]) == ("", [])
    assert zaaktype.content["versiedatum"] == zaaktype.content["beginGeldigheid"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"formaat": "anders"}, ("formaat", "invalid_choice")),
        ({"zaaktype": []}, ("zaaktype", "unknown")),
        ({"catalogus": []}, ("catalogus", "invalid")),
        ({"zaaktypen": {"a": "b"}}, ("zaaktypen", "invalid")),
        ({"zaaktypen": ["a"]}, ("zaaktypen.1", "invalid")),
        ({"zaaktypen": [{}]}, ("zaaktypen.1.identificatie", "required")),
        ({"zaaktypen": [{"identificatie": ["a"]}]}, ("zaaktypen.1.identificatie", "invalid")),
        ({"zaaktypen": [{"identificatie": "a", "statustypen": "b"}]}, ("zaaktypen.a.statustypen", "invalid")),
        ({"zaaktypen": [{"identificatie": "a", "concept": ["true"]}]}, ("zaaktypen.a.concept", "invalid")),
        ({"zaaktypen": [{"identificatie": "a", "catalogus": "x"}]}, ("zaaktypen.a.catalogus", "unknown")),
        (
            {"zaaktypen": [{"identificatie": "a", "gerelateerdeZaaktypen": ["b"]}]},
            ("zaaktypen.a.gerelateerdeZaaktypen.0", "invalid"),
        ),
    ],
)
def test_what_is_refused(change, expected):
    assert expected in refused(text(small() | change))


@pytest.mark.parametrize("volgnummer", ["twee", "-1", "12345", ["1"], {"a": "b"}, ""])
def test_a_statustype_is_named_by_its_number(volgnummer):
    content = small()
    content["zaaktypen"][0]["eigenschappen"][0]["statustype"] = volgnummer
    name = "zaaktypen.vergunnen.2020-01-01.eigenschappen.kleur.statustype"
    assert refused(text(content)) == {(name, "invalid")}


def test_a_url_is_no_name():
    content = small(gerelateerdeZaaktypen=[{"zaaktype": "https://e.example/1", "aardRelatie": "vervolg"}])
    assert refused(text(content)) == {("zaaktypen.vergunnen.2020-01-01.gerelateerdeZaaktypen.0.zaaktype", "geen-naam")}


def test_a_flood_of_errors_is_cut_off():
    assert len(refused(text(small() | {"zaaktypen": [{}] * 10_000}))) < 1_000
    assert len(refused(text(small() | {"zaaktypen": [1] * 10_000}))) < 1_000
    [name] = {name for name, code in refused(text(small(**{"x" * 10_000: 1}))) if code == "unknown"}
    assert len(name) < 200


def test_a_row_of_our_own_lists_is_its_path_also_below_a_former_url():
    path = RESULTAAT["selectielijstklasse"]
    for base in (HERE, "http://vroeger.test"):
        assert relative(f"{base}{path}", [HERE, "http://vroeger.test"]) == path
    assert absolute(path, HERE) == f"{HERE}{path}"
    for other in (f"http://elders.test{path}", f"{HERE}/catalogi/api/v1/zaaktypen/1", None):
        assert relative(other, [HERE]) == absolute(other, HERE) == other


def test_no_text_of_a_user_breaks_the_document():
    strange = "a\n- b: {c}"
    content = small(doel=strange, toelichting=" \n# x\n...\n---\n", verantwoordelijke="'\"\t\u2028\x85&*!|>%@`")
    content["catalogus"]["domein"] = "a\nb: "
    read = catalogue_of(text_of(catalogue_of(text(content), HERE), [HERE]), HERE)
    [zaaktype] = read.versions["zaaktypen"]
    assert {name: zaaktype.content[name] for name in ("doel", "toelichting", "verantwoordelijke")} == {
        name: content["zaaktypen"][0][name] for name in ("doel", "toelichting", "verantwoordelijke")
    }
    assert read.catalogus.content["domein"] == "a\nb: "
