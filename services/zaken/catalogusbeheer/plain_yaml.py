"""YAML as people write it, and no more: mappings, lists and texts; no anchors, tags or documents after the first.

Every value is the text that stands there, or nothing (`null`, `~`, empty); what it means, a date or a number, is judged by
the field it is for. So `versie: 1.10` and `naam: nee` are what they look like. It is read from events, without recursion.
"""

from datetime import date
from typing import Any

import yaml

DEEPEST = 12
_WIDTH = 110


class Unreadable(Exception):
    """What is wrong with a text, in Dutch, and at which line (from 1; 0 is unknown)."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.reason, self.line = reason, line


class _Builder:
    """Puts together what events tell."""

    def __init__(self) -> None:
        self.root: list[Any] = []
        self.open: list[Any] = [self.root]
        self.keys: list[str | None] = [None]
        """Of each open collection: the key that waits for its value."""

    def take(self, event: Any) -> None:
        """One more event. Raises Unreadable."""
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent):
            raise Unreadable("Verwijzingen binnen het bestand (* en &) zijn niet toegestaan.", line)
        if isinstance(event, yaml.ScalarEvent | yaml.SequenceStartEvent | yaml.MappingStartEvent) and (
            event.anchor is not None or event.tag is not None
        ):
            raise Unreadable("Ankers (&) en soortnamen (!) zijn niet toegestaan.", line)
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event, line)
        elif isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
            self._begin([] if isinstance(event, yaml.SequenceStartEvent) else {}, line)
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            self.open.pop()
            self.keys.pop()
        elif isinstance(event, yaml.DocumentStartEvent) and self.root:
            raise Unreadable("Het bestand heeft meer dan één document.", line)

    def _scalar(self, event: Any, line: int) -> None:
        if "\0" in event.value:
            raise Unreadable("Het bestand bevat een verboden teken.", line)
        if isinstance(self.open[-1], dict) and self.keys[-1] is None:
            if event.value in self.open[-1]:
                raise Unreadable(f"{event.value[:50]} staat er twee keer.", line)
            self.keys[-1] = event.value
            return
        empty = not event.style and event.value in {"", "~", "null", "Null", "NULL"}
        self._put(None if empty else event.value)

    def _begin(self, collection: Any, line: int) -> None:
        if isinstance(self.open[-1], dict) and self.keys[-1] is None:
            raise Unreadable("Een naam is een tekst.", line)
        if len(self.open) > DEEPEST:
            raise Unreadable("Het bestand is te diep genest.", line)
        self._put(collection)
        self.open.append(collection)
        self.keys.append(None)

    def _put(self, value: Any) -> None:
        if isinstance(self.open[-1], dict):
            self.open[-1][self.keys[-1]] = value
            self.keys[-1] = None
        else:
            self.open[-1].append(value)


def read(text: bytes) -> Any:
    """What a text says: dict, list, str or None. Raises Unreadable."""
    builder = _Builder()
    try:
        for event in yaml.parse(text.decode("utf-8-sig"), Loader=yaml.CSafeLoader):
            builder.take(event)
    except UnicodeDecodeError:
        raise Unreadable("Het bestand is geen UTF-8.") from None
    except yaml.MarkedYAMLError as error:
        raise Unreadable("Dit is geen YAML.", error.problem_mark.line + 1 if error.problem_mark else 0) from None
    except yaml.YAMLError:
        raise Unreadable("Dit is geen YAML.") from None
    return builder.root[0] if builder.root else None


class _Dumper(yaml.CSafeDumper):
    """Texts of several lines stand as they are read, and what occurs twice is written twice."""

    def ignore_aliases(self, _: Any) -> bool:
        return True


def _text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


def _date(dumper: _Dumper, value: date) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:timestamp", value.isoformat())


_Dumper.add_representer(str, _text)
_Dumper.add_representer(date, _date)


def write(content: Any) -> bytes:
    """The same text for the same content."""
    written: bytes = yaml.dump(
        content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH, encoding="utf-8"
    )
    return written
