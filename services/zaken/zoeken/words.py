"""What somebody typed, as PostgreSQL looks for it.

Each part between spaces must be there, as its words in that order: `ZAAK-2026-0000000012` is three. It may be another form
of a Dutch word, or the word as it is written. Between quotes: only as it is written. With a minus: it must not be there.
The last part may still go on, for who looks while he types. What is typed is never read as a query: only its words, which
are letters and digits, come into one.
"""

import re
import unicodedata
from dataclasses import dataclass, field

from chassis.problems import Invalid

LONGEST, MOST_WORDS = 200, 20
_PART = re.compile(r'(-?)(?:"([^"]*)"?|(\S+))')
_WORD = re.compile(r"[^\W_]+")
_BEGINS = 2
"""Characters from which a word that still goes on is looked for: one letter begins a large part of all words."""


@dataclass(frozen=True)
class Part:
    """Words that stand after each other."""

    words: tuple[str, ...]
    literal: bool = False
    absent: bool = False
    goes_on: bool = False
    """The last word is the beginning of one."""


@dataclass
class Sought:
    """A query as SQL with its values. exact: the same, in which every word is whole; what matches that comes first."""

    query: str
    exact: str
    values: list[str] = field(default_factory=list)


def parts_of(given: str) -> list[Part]:
    """The parts of what was typed. Raises Invalid when there are too many words, or none that must be there."""
    found = [
        Part(tuple(words), literal=not loose, absent=bool(minus))
        for minus, quoted, loose in _PART.findall(unicodedata.normalize("NFC", given))
        if (words := _WORD.findall(quoted or loose))
    ]
    if all(part.absent for part in found):
        raise Invalid.field("q", "geen-zoekwoorden", "Geef minstens één woord dat gevonden moet worden.")
    if sum(len(part.words) for part in found) > MOST_WORDS:
        raise Invalid.field("q", "te-veel-zoekwoorden", f"Zoek op hoogstens {MOST_WORDS} woorden.")
    last = found[-1]
    if not (last.literal or last.absent) and len(last.words[-1]) >= _BEGINS and not given[-1].isspace():
        found[-1] = Part(last.words, goes_on=True)
    return found


def sought(given: str) -> Sought:
    """What is looked for. Raises Invalid as `parts_of`."""
    query, exact, values = [], [], list[str]()

    def place(text: str) -> str:
        values.append(text)
        return f"folded(${len(values)})"

    for part in parts_of(given):
        phrase = place(" ".join(part.words))
        whole = f"phraseto_tsquery('whole_words', {phrase})"
        either = whole if part.literal else f"({whole} || phraseto_tsquery('dutch', {phrase}))"
        wanted = f"!!{either}" if part.absent else either
        exact.append(wanted)
        if part.goes_on:
            before, begin = place(" ".join(part.words[:-1])), place(part.words[-1])
            begins = f"to_tsquery('whole_words', '''' || {begin} || ''':*')"
            wanted = f"({either} || (phraseto_tsquery('whole_words', {before}) <-> {begins}))"
        query.append(wanted)
    return Sought(" && ".join(query), " && ".join(exact), values)
