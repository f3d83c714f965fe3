import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.zaken.catalogusbeheer.plain_yaml import DEEPEST, Unreadable, read, write

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
CONTENTS = st.recursive(
    TEXTS | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(CONTENTS)
def test_what_is_written_is_read_again(content):
    assert read(write(content)) == content


def test_texts_are_what_they_look_like():
    document = b"""
        een: nee
        twee: 1.10
        drie: 007
        vier: 2020-01-01
        vijf: ~
        zes:
        zeven: 'null'
        acht: true
        """
    assert read(document) == {
        "een": "nee",
        "twee": "1.10",
        "drie": "007",
        "vier": "2020-01-01",
        "vijf": None,
        "zes": None,
        "zeven": "null",
        "acht": "true",
    }


def test_json_is_yaml():
    assert read(b'{"a": [1, null, {"b": "\\u00e9"}]}') == {"a": ["1", None, {"b": "é"}]}


def test_what_occurs_twice_is_written_twice():
    one = {"a": ["b"]}
    assert b"&" not in write([one, one])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"a: &x 1\nb: *x", 1),
        (b"- a\n- *x", 2),
        (b"- a\n- !!python/object:os.system x", 2),
        (b"a: 1\na: 2", 2),
        (b"a: 1\n--- \nb: 2", 2),
        (b"? [a]\n: b", 1),
        (b"a: b: c", 1),
        (b'a: "\\0"', 1),
        (b"a: \xff", 0),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), 1),
        (b"[" * 200_000, 1),
        (b'a: "\\ud800"', 1),
    ],
)
def test_what_is_refused(text, line):
    with pytest.raises(Unreadable) as refused:
        read(text)
    assert refused.value.line == line
    assert refused.value.reason.endswith(".")


def test_nothing_is_nothing():
    assert read(b"") is None
    assert read(b"# alleen een opmerking") is None
