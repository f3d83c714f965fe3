"""A whole installation on this machine: PostgreSQL, NATS and every service as child processes of this one."""

import asyncio
import fcntl
import json
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal, Self, TypeVar

from chassis.catalog import ADMINISTRATOR, load_catalog
from chassis.embedded.nats import EmbeddedNats, ensure_streams
from chassis.embedded.postgres import EmbeddedPostgres
from chassis.embedded.process import StartError
from meent.secret_files import keys_file, passwords, write_secret
from meent.service_process import ServiceProcess, base_environment, free_port, port_is_free

T = TypeVar("T")
GATEWAY = "gateway"
ADMINISTRATOR_URL = "beheer.url"
"""File in the data folder with the NATS URL of `beheer` while the installation runs: `meent events` reads it."""


class Installation:
    """Everything of services.toml, with its data under `data` and the gateway on `port` (None: a free one).

    Settings come from the environment; `environment` goes over it, for every service. Servers that the environment
    names (MEENT_NATS, MEENT_<SERVICE>_DATABASE) are used, the others are started here. `outsiders` are the identities
    of afdelingen and apparaten that get a NATS user. Used by `meent up`, the demo and the suite tests; methods block.
    """

    def __init__(
        self,
        data: Path,
        port: int | None = None,
        *,
        environment: Mapping[str, str] | None = None,
        outsiders: Iterable[str] = (),
        durable: bool = True,
        postgres_version: Literal[16, 18] = 16,
        restart: bool = True,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.data = data.absolute()
        self.port = free_port() if port is None else port
        self.logs = self.data / "logs"
        self.services: dict[str, ServiceProcess] = {}
        self.postgres = EmbeddedPostgres(self.data / "postgres", version=postgres_version, durable=durable)
        self.nats: EmbeddedNats | None = None
        self._environment = {**base_environment(), **(environment or {})}
        self._environment.pop("MEENT_CRASH_AT", None)
        other_list = self._environment.get("MEENT_SERVICES")
        self.catalog = load_catalog(Path(other_list) if other_list else None)
        self._outsiders = list(outsiders)
        self._restart = restart
        self._tell = tell
        self._lock: IO[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where the gateway listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def public_url(self) -> str:
        """The canonical base URL, part of every identifier."""
        return (self._environment.get("MEENT_PUBLIC_URL") or self.url).rstrip("/")

    def start(self) -> None:
        """Start everything; returns when the gateway is ready. StartError says what did not start, with its log."""
        try:
            self._prepare_folder()
            if not port_is_free(self.port):
                raise StartError(f"port {self.port} is in use; choose another with --port")
            self._start_servers()
            _finish(self._prepare_stores())
            self._make_processes()
            self._rerender()
            behind = [process for name, process in self.services.items() if name != GATEWAY]
            for process in behind:
                process.start()
            for process in behind:
                process.wait_ready()
            if GATEWAY in self.services:  # last: whoever reaches the port reaches services that are ready
                self.services[GATEWAY].start()
                self.services[GATEWAY].wait_ready()
            self._watch()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End everything, within 3 seconds: the services first, all at once, then the servers they use."""
        processes = list(self.services.values())
        for process in processes:
            process.ask_to_end()
        deadline = time.monotonic() + 1.5
        for process in processes:
            process.stop(max(0.0, deadline - time.monotonic()))
        if self.nats is not None:
            self.nats.stop()
        self.postgres.stop()
        (self.data / ADMINISTRATOR_URL).unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def kill_service(self, name: str) -> None:
        """SIGKILL one service and leave it dead until `start_service`."""
        self.services[name].kill()

    def stop_service(self, name: str) -> None:
        """End one service in order."""
        self.services[name].stop()

    def start_service(self, name: str, extra: Mapping[str, str] | None = None) -> None:
        """Start a service that is down and wait until it is ready.

        `extra` is environment for this run only, such as MEENT_CRASH_AT: after the crash the service starts without it.
        """
        process = self.services[name]
        process.start(extra)
        process.wait_ready()
        if self._restart:
            process.watch()

    def restart_service(self, name: str, extra: Mapping[str, str] | None = None) -> None:
        """`stop_service` and `start_service`."""
        self.stop_service(name)
        self.start_service(name, extra)

    def wait_ready(self, *names: str) -> None:
        """Wait until these services (none given: all) are ready, also when one is just being started again."""
        for name in names or tuple(self.services):
            self.services[name].wait_ready(may_die=True)

    def kill_nats(self) -> None:
        """SIGKILL the NATS server; `start_nats` brings it back on the same port with its data."""
        self._embedded_nats().kill()

    def start_nats(self) -> None:
        """Start NATS again."""
        self._embedded_nats().start()

    def kill_postgres(self) -> None:
        """SIGKILL the PostgreSQL server; `start_postgres` recovers."""
        self.postgres.kill()

    def start_postgres(self) -> None:
        """Start PostgreSQL again."""
        self.postgres.start()

    def database_dsn(self, service: str) -> str:
        """DSN of a service's database."""
        return self._environment.get(f"MEENT_{service.upper()}_DATABASE") or self.postgres.dsn(service)

    def nats_url(self, identity: str) -> str:
        """NATS URL of a service, of `beheer`, or of an outsider that was given or added."""
        return self._environment.get("MEENT_NATS") or self._embedded_nats().url(identity)

    def add_outsiders(self, *identities: str) -> None:
        """Give more afdelingen or apparaten a NATS user, while running."""
        self._outsiders += [identity for identity in identities if identity not in self._outsiders]
        self._embedded_nats().reload(self._identities())

    def service_environment(self, name: str) -> dict[str, str]:
        """The environment of one service: its own database and NATS user, and nobody else's."""
        others = {f"MEENT_{other.upper()}_DATABASE" for other in self.catalog.services if other != name}
        urls = {f"MEENT_{process.name.upper()}_URL": process.url for process in self.services.values()}
        own = {
            **self._client_secrets(name),
            "MEENT_APPLICATIES": ":".join(
                filter(None, [self._own_clients(), self._environment.get("MEENT_APPLICATIES")])
            ),
            "MEENT_PUBLIC_URL": self.public_url,
            "MEENT_DATA": str(self.data),
            "MEENT_KEYS": self._environment.get("MEENT_KEYS") or str(keys_file(self.data)),
            "MEENT_NATS": self.nats_url(name),
            "MEENT_ALLOW_HOSTS": self._environment.get("MEENT_ALLOW_HOSTS") or "127.0.0.1,::1",
            f"MEENT_{name.upper()}_DATABASE": self.database_dsn(name),
        }
        return {key: value for key, value in self._environment.items() if key not in others} | urls | own

    def _clients(self) -> dict[str, str]:
        """Services that call others, with the secret made for them; not those whose secret the environment gives."""
        names = [name for name, service in self.catalog.services.items() if service.client]
        names = [name for name in names if not self._environment.get(f"MEENT_{name.upper()}_SECRET")]
        known = passwords(self.data, [f"client-{name}" for name in names])
        return {name: known[f"client-{name}"] for name in names}

    def _client_secrets(self, name: str) -> dict[str, str]:
        secret = self._clients().get(name)
        return {} if secret is None else {f"MEENT_{name.upper()}_SECRET": secret}

    def _own_clients(self) -> str:
        """The declarative file of our own services as clients of each other; empty when there is nothing in it."""
        declared = [
            {
                "label": f"Meent: {name}",
                **self.catalog.services[name].client,
                "credentials": [{"clientId": name, "secret": secret}],
            }
            for name, secret in self._clients().items()
        ]
        path = self.data / "own-applicaties.json"
        write_secret(path, json.dumps({"applicaties": declared}))  # JSON is YAML
        return str(path) if declared else ""

    def _rerender(self) -> None:
        """Render anew what carries another public base URL than the present one."""
        for name, service in self.catalog.services.items():
            stored = self._stored_url(name) if service.apis else None
            if stored in {None, self.public_url}:
                continue
            self._tell(f"{name}: stored URLs begin with {stored}; rendering them with {self.public_url}")
            command = [sys.executable, "-m", "meent", "rerender", name]
            subprocess.run(command, env=self.service_environment(name), check=True, stdout=subprocess.DEVNULL)  # noqa: S603

    def _stored_url(self, name: str) -> str | None:
        from chassis.database import Database
        from meent.rerender import stored_public_url

        async def ask() -> str | None:
            database = Database(self.database_dsn(name))
            try:
                return await stored_public_url(database)
            finally:
                await database.close()

        return _finish(ask())

    def _prepare_folder(self) -> None:
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.logs.mkdir(mode=0o700, exist_ok=True)
        lock = (self.data / "lock").open("a", encoding="ascii")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise StartError(f"another installation runs on {self.data}") from None
        self._lock = lock

    def _embedded_databases(self) -> list[str]:
        return [name for name in self.catalog.services if not self._environment.get(f"MEENT_{name.upper()}_DATABASE")]

    def _start_servers(self) -> None:
        names = self._embedded_databases()
        if names:
            self.postgres.start()
            present = self.postgres.databases()
            for name in names:
                if name not in present:
                    self.postgres.create_database(name)
        if not self._environment.get("MEENT_NATS"):
            self.nats = EmbeddedNats(self.data / "nats", catalog=self.catalog, identities=self._identities())
            self.nats.start()
            write_secret(self.data / ADMINISTRATOR_URL, self.nats.url(ADMINISTRATOR))

    def _identities(self) -> dict[str, str]:
        wanted = [*self.catalog.services, ADMINISTRATOR, *self._outsiders]
        known = passwords(self.data, wanted)
        return {identity: known[identity] for identity in wanted}

    async def _prepare_stores(self) -> None:
        from meent.migrate import migrate  # SQLAlchemy and Alembic: half a second that other commands need not wait

        await migrate({name: self.database_dsn(name) for name in self.catalog.services})
        await ensure_streams(self.nats_url(ADMINISTRATOR), self.catalog)

    def _make_processes(self) -> None:
        for name in self.catalog.services:
            port = self.port if name == GATEWAY else free_port()
            log = self.logs / f"{name}.log"
            log.unlink(missing_ok=True)
            self.services[name] = ServiceProcess(name, port, log, self._tell)
        for name, process in self.services.items():
            process.environment = self.service_environment(name)

    def _watch(self) -> None:
        for process in self.services.values() if self._restart else ():
            process.watch()

    def _embedded_nats(self) -> EmbeddedNats:
        if self.nats is None:
            raise StartError("NATS is not part of this installation (MEENT_NATS is set, or it was not started)")
        return self.nats


def _finish(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end, also when the caller's thread has an event loop of its own."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, work).result()
