"""Where the objects are: a folder, or an S3-compatible store. Blocking calls, made in threads."""

import contextlib
import logging
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from chassis import crash
from chassis.problems import Unavailable
from services.zaken.settings import ZakenSettings

log = logging.getLogger(__name__)
_TEMPORARY = ".komt"
_CLIENT: dict[str, Any] = {"connect_timeout": timedelta(seconds=3), "timeout": timedelta(seconds=30)}
"""Of one call to an S3 store, which writes or reads at most 10 MB."""
_RETRY: dict[str, Any] = {"max_retries": 3, "retry_timeout": timedelta(seconds=10)}
"""The library goes on for three minutes, which no caller waits for."""


class Writer(Protocol):
    """An object that is being written; it is there when `finish` returns, and not before."""

    def write(self, block: bytes) -> None:
        """More of it."""

    def finish(self) -> None:
        """It is whole, and survives a power cut."""

    def abort(self) -> None:
        """It is not wanted after all."""


class Store(Protocol):
    """Objects by name."""

    def create(self, name: str) -> Writer:
        """Begin an object."""

    def read(self, name: str, start: int, stop: int) -> bytes:
        """Some bytes of an object. Raises OSError, or an error of the library, when they are not there."""

    def remove(self, name: str) -> None:
        """Remove an object; there need not be one."""

    def older(self, seconds: float) -> Iterator[str]:
        """The names of all objects that were written so long ago, unfinished ones too."""


# ---- a folder


@dataclass
class FolderWriter:
    """A file that gets its name when it is whole."""

    path: Path

    def __post_init__(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._temporary = self.path.with_name(self.path.name + _TEMPORARY)
        descriptor = os.open(self._temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._file: BinaryIO = os.fdopen(descriptor, "wb")

    def write(self, block: bytes) -> None:
        """More of it."""
        self._file.write(block)

    def finish(self) -> None:
        """It is whole, and survives a power cut."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        crash.reach("content-synced")
        self._temporary.rename(self.path)
        for folder in (self.path.parent, self.path.parent.parent):
            _sync(folder)

    def abort(self) -> None:
        """It is not wanted after all."""
        self._file.close()
        self._temporary.unlink(missing_ok=True)


@dataclass
class FolderStore:
    """Files in folders of the last two digits of their names, which are random."""

    root: Path

    def create(self, name: str) -> Writer:
        """Begin an object."""
        return FolderWriter(self._path(name))

    def read(self, name: str, start: int, stop: int) -> bytes:
        """Some bytes of an object. Raises OSError, or an error of the library, when they are not there."""
        with self._path(name).open("rb") as file:
            file.seek(start)
            return file.read(stop - start)

    def remove(self, name: str) -> None:
        """Remove an object; there need not be one."""
        self._path(name).unlink(missing_ok=True)
        self._path(name + _TEMPORARY).unlink(missing_ok=True)

    def older(self, seconds: float) -> Iterator[str]:
        """The names of all objects that were written so long ago, unfinished ones too."""
        limit = time.time() - seconds
        for path in self.root.glob("*/*"):
            with contextlib.suppress(FileNotFoundError):  # it went meanwhile
                if path.stat().st_mtime < limit:
                    yield path.name.removesuffix(_TEMPORARY)

    def _path(self, name: str) -> Path:
        return self.root / name.removesuffix(_TEMPORARY)[-2:] / name


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# ---- S3


@dataclass
class S3Writer:
    """An upload in parts, which the store joins at the end."""

    store: Any
    name: str

    def __post_init__(self) -> None:
        import obstore  # most installations keep content in a folder

        self._writer = obstore.open_writer(self.store, self.name)

    def write(self, block: bytes) -> None:
        """More of it."""
        self._writer.write(block)

    def finish(self) -> None:
        """It is whole, and survives a power cut."""
        self._writer.close()

    def abort(self) -> None:
        """It is not wanted after all. The library cannot give an upload up: it is ended, so that the store keeps no parts
        of it, and then removed.
        """
        with contextlib.suppress(
            Exception
        ):  # the store is away: the sweep does it, and its own rule for broken uploads
            self._writer.close()
            self.store.delete(self.name)


@dataclass
class S3Store:
    """Objects in a bucket."""

    store: Any

    def create(self, name: str) -> Writer:
        """Begin an object."""
        return S3Writer(self.store, name)

    def read(self, name: str, start: int, stop: int) -> bytes:
        """Some bytes of an object. Raises OSError, or an error of the library, when they are not there."""
        return bytes(self.store.get_range(name, start=start, end=stop))

    def remove(self, name: str) -> None:
        """Remove an object; there need not be one."""
        with contextlib.suppress(FileNotFoundError):
            self.store.delete(name)

    def older(self, seconds: float) -> Iterator[str]:
        """The names of all objects that were written so long ago."""
        limit = time.time() - seconds
        for page in self.store.list():
            yield from (one["path"] for one in page if one["last_modified"].timestamp() < limit)


@cache
def _s3(place: str, endpoint: str, region: str, key_id: str, secret: str) -> S3Store:
    from obstore.store import S3Store as Objects

    bucket, _, prefix = place.partition("/")
    options: dict[str, Any] = {"region": region, "virtual_hosted_style_request": False}
    if endpoint:
        options["endpoint"] = endpoint
    if key_id:
        options |= {"access_key_id": key_id, "secret_access_key": secret}
    client: Any = _CLIENT | {"allow_http": endpoint.startswith("http://")}
    retry: Any = _RETRY
    return S3Store(Objects(bucket, prefix=prefix or None, client_options=client, retry_config=retry, **options))


def store_of(settings: ZakenSettings) -> Store:
    """The store that the settings name."""
    if not settings.documenten_s3:
        return FolderStore(settings.content_folder)
    secret = settings.documenten_s3_secret.get_secret_value()
    return _s3(
        settings.documenten_s3,
        settings.documenten_s3_endpoint,
        settings.documenten_s3_region,
        settings.documenten_s3_key_id,
        secret,
    )


@contextlib.contextmanager
def reachable() -> Iterator[None]:
    """The store fails, or is full, or away, or has lost what there is a row of: 503, and the log says which."""
    try:
        yield
    except Exception as error:
        if not isinstance(error, OSError) and not type(error).__module__.startswith("obstore"):
            raise
        log.warning("content_store_failed", extra={"error": type(error).__name__, "reason": str(error)[:200]})
        raise unavailable() from error


def unavailable() -> Unavailable:
    """The store cannot be used now."""
    return Unavailable("opslag-niet-bereikbaar", "De opslag van documenten is even niet bereikbaar.")
