"""The chassis knows no register: no word of docs/glossary.md is a name or a value in it, but for those of access and audit.

Docstrings and comments may give examples, and sentences for people (strings that end in a full stop) may use any word;
the code may not.
"""

import ast
import re

from tests.architecture.tree import docstrings, parsed, python_files, text

ALLOWED = {
    "aanmaakdatum": "of an auditregel",
    "actie": "of an auditregel",
    "afdeling": "kind of outsider, in a message",
    "apparaat": "kind of outsider, in a message",
    "applicatie": "whose rights are checked",
    "auditregel": "what the unit of work writes",
    "autorisatie": "whose rights are checked",
    "gemeente": "whose data it is: in every subject and source",
    "hoofdobject": "of an auditregel",
    "toelichting": "of an auditregel",
}
ENGLISH = {"taken", "term"}
"""Words that are English too: the plural of taak, and the heading of the glossary's first column."""
_TERM = re.compile(r"^\| ([a-z]+)(?: \(([a-z]+)\))? \|", re.MULTILINE)
_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def terms():
    """Every term of the glossary with its plural."""
    return {form for found in _TERM.findall(text("docs/glossary.md")) for form in found if form} - ENGLISH


def used(path):
    """(line, word) of every identifier and string of a file, in lower case and split where its name is."""
    skipped = docstrings(path)
    for node in ast.walk(parsed(path)):
        for name in names(node, skipped):
            for word in _PART.findall(name):
                yield getattr(node, "lineno", 0), word.lower()


def names(node, skipped):
    if isinstance(node, ast.Constant):
        code = isinstance(node.value, str) and id(node) not in skipped and not node.value.endswith(".")
        return [node.value] if code else []
    fields = ("id", "attr", "arg", "name", "module", "asname")
    return [value for field in fields if isinstance(value := getattr(node, field, None), str)]


def test_the_glossary_is_a_glossary():
    assert len(terms()) >= 60
    assert ALLOWED.keys() <= terms()


def test_the_chassis_has_no_word_of_a_register():
    forbidden = terms() - ALLOWED.keys() - {plural for word in ALLOWED for plural in (f"{word}s", f"{word}en")}
    files = [path for path in python_files("chassis") if not path.startswith("chassis/testing/")]
    found = [f"{path}:{line} {word}" for path in files for line, word in used(path) if word in forbidden]
    assert found == []


def test_what_is_allowed_is_used():
    """The list may only shrink."""
    everything = {word for path in python_files("chassis") for _, word in used(path)}
    assert [word for word in ALLOWED if not everything & {word, f"{word}s", f"{word}en"}] == []
