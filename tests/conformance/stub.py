"""Stand-ins on the loopback for what the collections call outside the installation.

/referentielijsten/api/v1/   lists of procestypen, resultaten, resultaattypeomschrijvingen and communicatiekanalen
/mock/                       resources of another provider, and things that are none
/token-issuer                a token for one of the collections' clients
"""

import contextlib
import json
import threading
import urllib.parse
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from chassis.access import make_token
from tests.conformance.external import KNOWN_OUTCOME, OUTCOMES, PROCESSES, RESULTS, YEARS, zaak, zaaktype
from tests.conformance.suites import Client

LISTS = ["referentielijsten", "api", "v1"]
PAGE = 100
NAMESPACE = uuid.UUID("4b1d1f5e-5d5c-4c57-9d30-3a4f0e6f7a55")
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    body: bytes = b""
    kind: str = "application/json"


def answer(
    method: str,
    target: str,
    base: str,
    clients: Iterable[Client],
    *,
    authorization: str | None = None,
    body: bytes = b"",
) -> Answer:
    """What is answered to a request, seen from `base`, the URL of the stub."""
    url = urllib.parse.urlsplit(target)
    parts = [part for part in url.path.split("/") if part]
    if parts[:3] == LISTS:
        return _listed(
            lists(f"{base}/{'/'.join(LISTS)}"), parts[3:], dict(urllib.parse.parse_qsl(url.query)), base + target
        )
    if parts[:1] == ["mock"]:
        return _mock(f"{base}/mock", "/".join(parts[1:]), authorized=bool(authorization))
    if (method, parts) == ("POST", ["token-issuer"]):
        return _token(json.loads(body or b"{}"), clients)
    return Answer(404, kind="text/html")


def lists(root: str) -> dict[str, Rows]:
    """Every list, with URLs below `root`."""
    processes: Rows = [
        {"url": f"{root}/procestypen/{_id('p', year, number)}", "nummer": number, "jaar": year, "naam": name}
        | {"omschrijving": name, "toelichting": name, "procesobject": name}
        for year in YEARS
        for number, name in PROCESSES.items()
    ]
    outcomes = [KNOWN_OUTCOME, *((_id("o", name), name) for name in OUTCOMES)]
    return {
        "procestypen": processes,
        "resultaten": [_result(root, year, *result) for year in YEARS for result in RESULTS],
        "resultaattypeomschrijvingen": [
            {
                "url": f"{root}/resultaattypeomschrijvingen/{one}",
                "omschrijving": name,
                "definitie": name,
                "opmerking": "",
            }
            for one, name in outcomes
        ],
        "communicatiekanalen": [
            {"url": f"{root}/communicatiekanalen/{_id('c', name)}", "naam": name, "omschrijving": name}
            for name in ("Balie", "Internet", "Telefoon")
        ],
    }


def _result(
    root: str, year: int, process: int, number: int, name: str, term: str, appraisal: str, kept: str | None
) -> dict[str, Any]:
    return {
        "url": f"{root}/resultaten/{_id('r', year, process, number)}",
        "procesType": f"{root}/procestypen/{_id('p', year, process)}",
        "nummer": number,
        "volledigNummer": f"{process}.{number}",
        "naam": name,
        "waardering": appraisal,
        "procestermijn": term,
        "procestermijnWeergave": term.replace("_", " "),
        "bewaartermijn": kept,
    }


@contextlib.contextmanager
def serving(clients: Iterable[Client]) -> Iterator[str]:
    """The stub on a free port of the loopback; gives its URL."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.clients = tuple(clients)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="conformance-stub", daemon=True)
    thread.start()
    try:
        yield server.url
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    clients: tuple[Client, ...] = ()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    server: _Server

    def log_message(self, *_: object) -> None:
        """No access log."""

    def respond(self) -> None:
        """Any request."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        server, authorization = self.server, self.headers.get("Authorization")
        reply = answer(self.command, self.path, server.url, server.clients, authorization=authorization, body=body)
        self.send_response(reply.status)
        if reply.status != 204:
            self.send_header("Content-Type", reply.kind)
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = respond  # noqa: N815 - the names of http.server


def _listed(everything: dict[str, Rows], parts: list[str], query: dict[str, str], url: str) -> Answer:
    """A list, or one row of it; only resultaten come in pages."""
    rows = everything.get(parts[0]) if parts else None
    if rows is None:
        return Answer(404)
    if len(parts) > 1:
        found = [row for row in rows if row["url"].endswith("/" + parts[1])]
        return _json(found[0]) if found else Answer(404)
    wanted = {name: value for name, value in query.items() if name in {"jaar", "procesType"}}
    rows = [row for row in rows if all(str(row.get(name)) == value for name, value in wanted.items())]
    return (
        _page(rows, int(query.get("page") or 1), wanted, url.partition("?")[0])
        if parts == ["resultaten"]
        else _json(rows)
    )


def _page(rows: Rows, number: int, wanted: dict[str, str], url: str) -> Answer:
    first = (number - 1) * PAGE
    if number < 1 or (first and first >= len(rows)):
        return Answer(404)

    def at(page: int) -> str:
        return f"{url}?{urllib.parse.urlencode({**wanted, 'page': page})}"

    return _json(
        {
            "count": len(rows),
            "next": at(number + 1) if first + PAGE < len(rows) else None,
            "previous": at(number - 1) if number > 1 else None,
            "results": rows[first : first + PAGE],
        }
    )


def _mock(root: str, name: str, *, authorized: bool) -> Answer:
    """A resource of another provider, or something that is no resource."""
    resources: dict[str, dict[str, Any]] = {
        "zaaktype": zaaktype(root),
        "zaak": zaak(root),
        "communicatiekanaal": {"url": f"{root}/communicatiekanaal", "naam": "Balie", "omschrijving": "Balie"},
    }
    if name in resources:
        return _json(resources[name])
    if name == "callback":  # a provider of notificaties checks that a callback refuses who does not log on
        return Answer(204 if authorized else 403)
    return Answer(200 if name == "200" else 404, kind="text/html")


def _token(body: dict[str, Any], clients: Iterable[Client]) -> Answer:
    """A token for a client whose secret is given; the real issuer would register any client."""
    for client in clients:
        if [client.client_id] == body.get("clientIds") and client.secret == body.get("secret"):
            return _json({"authorization": f"Bearer {make_token(client.client_id, client.secret)}"})
    return Answer(403)


def _json(content: object) -> Answer:
    return Answer(200, json.dumps(content).encode())


def _id(*parts: object) -> str:
    return str(uuid.uuid5(NAMESPACE, "/".join(map(str, parts))))
