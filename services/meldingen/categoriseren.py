"""A suggestion for the category, from the words of the omschrijving: explainable, and silent when in doubt."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

_WORD = re.compile(r"[^\W_]+")


class Woordenboek:
    """The trefwoorden of all categories, ready to look up."""

    def __init__(self, trefwoorden: Mapping[str, Iterable[str]]) -> None:
        self._phrases: dict[str, set[str]] = {}
        for code, words in trefwoorden.items():
            for word in words:
                if folded := fold(word):
                    self._phrases.setdefault(folded, set()).add(code)

    def hits(self, omschrijving: str) -> dict[str, set[str]]:
        """Per category the trefwoorden that stand in the text as whole words."""
        padded = f" {fold(omschrijving)} "
        present = set(padded.split())
        result: dict[str, set[str]] = {}
        for phrase, codes in self._phrases.items():
            if phrase in present or (" " in phrase and f" {phrase} " in padded):
                for code in codes:
                    result.setdefault(code, set()).add(phrase)
        return result

    def voorstel(self, omschrijving: str) -> str | None:
        """The category with the most different trefwoorden; None without any, or when two share the first place."""
        counts = {code: len(words) for code, words in self.hits(omschrijving).items()}
        most = max(counts.values(), default=0)
        best = [code for code, count in counts.items() if count == most]
        return best[0] if len(best) == 1 else None


def fold(text: str) -> str:
    """The words of a text without case and accents, one space between."""
    decomposed = _decomposed(_decomposed(text))  # twice: what the first leaves may still be an upper case letter
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(_WORD.findall(plain))


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
