"""The secrets of an embedded installation: made once, kept in its data folder, readable by its owner only."""

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from chassis.embedded.nats import new_password
from chassis.sealing import Keyring


def keys_file(data: Path) -> Path:
    """The file of data keys, made when there is none."""
    return _make_once(data / "keys.json", Keyring.generate)


def passwords(data: Path, identities: Iterable[str]) -> dict[str, str]:
    """NATS passwords of the identities, and of every identity that ever got one; new ones are added to the file."""
    path = _make_once(data / "passwords.json", lambda: "{}")
    known: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    added = {identity: new_password() for identity in identities if identity not in known}
    if added:
        known |= added
        write_secret(path, json.dumps(known, indent=1))
    return known


def write_secret(path: Path, text: str) -> None:
    """Replace a file of mode 0600 in one step: a reader sees the old or the new text, a crash leaves one of the two."""
    aside = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def _make_once(path: Path, content: Callable[[], str]) -> Path:
    if not path.exists():
        write_secret(path, content())
    return path
