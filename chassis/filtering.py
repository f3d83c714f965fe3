"""Which messages a filter lets through: the semantics of the standard, for whoever is called and for whoever listens.

A filter names values that will do. It lets a message through that carries one of them, that carries nothing under that
name, and any message at all when `*` is among them. Several filters must all let it through.
"""

import re
from collections.abc import Mapping

ANY = "*"
_SNAKE = re.compile(r"(?<=[A-Za-z0-9])_([a-z0-9])")


def camel(name: str) -> str:
    """The name in camelCase: `verantwoordelijke_organisatie` and its camelCase form are one name."""
    return _SNAKE.sub(lambda found: found[1].upper(), name)


def matches(filters: Mapping[str, tuple[str, ...]], carried: Mapping[str, str]) -> bool:
    """Whether filters (name → values that will do) let through what is carried; names of both in camelCase."""
    return all(name not in carried or carried[name] in will_do or ANY in will_do for name, will_do in filters.items())
