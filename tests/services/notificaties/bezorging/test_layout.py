"""The parts of a page: escaped wherever a text comes in, and of a shape that a screen reader can use."""

from datetime import UTC, datetime

import pytest

from services.notificaties.bezorging.layout import Html, Link, choices, facts, joined, page, paragraph, shown, table

HOSTILE = "</td><script>alert('x')</script>&amp;\" onload=\"x"
SAFE = "&lt;/td&gt;&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;&amp;amp;&quot; onload=&quot;x"


@pytest.mark.parametrize(
    "made",
    [
        shown(HOSTILE),
        joined("a", HOSTILE),
        paragraph(HOSTILE),
        choices(HOSTILE, []),
        choices("x", [Link(HOSTILE, "x")]),
        choices("x", [Link("x", HOSTILE)]),
        table(HOSTILE, ["x"], []),
        table("x", [HOSTILE], []),
        table("x", ["x"], [[HOSTILE]]),
        table("x", ["x", "y"], [["x", HOSTILE]]),
        facts("x", [("x", HOSTILE)]),
        Html(bytes(page(HOSTILE).body).decode()),
        Html(bytes(page("x", paragraph(HOSTILE)).body).decode()),
    ],
)
def test_every_text_is_escaped(made: Html) -> None:
    assert SAFE in made
    assert "<script" not in made


def test_a_moment_is_in_dutch_time_and_nothing_is_a_dash() -> None:
    summer = datetime(2026, 7, 1, 22, 30, 5, tzinfo=UTC)
    assert shown(summer) == '<time datetime="2026-07-01T22:30:05Z">02-07-2026 00:30:05</time>'
    assert shown(None) == shown("") == "–"
    assert shown(0) == "0"


def test_a_table_names_its_columns_its_rows_and_itself() -> None:
    made = table("Zaken", ["Naam", "Aantal"], [["a", 1], ["b", None]])
    assert "<caption>Zaken</caption>" in made
    assert '<th scope="col">Naam</th><th scope="col">Aantal</th>' in made
    assert '<tr><th scope="row">a</th><td>1</td></tr>' in made
    assert 'role="region" aria-label="Zaken" tabindex="0"' in made
    assert '<td colspan="2">Er is niets' in table("Zaken", ["Naam", "Aantal"], [])


def test_the_present_choice_is_told_in_words_too() -> None:
    assert '<a href="b" aria-current="true">B</a>' in choices("Kies", [Link("a", "A"), Link("b", "B", current=True)])
