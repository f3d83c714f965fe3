"""The page at `/`: what this is and which APIs live here. No script, nothing that comes from elsewhere."""

import asyncio
import base64
import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import aiohttp
import orjson

from gateway.headers import Header
from gateway.proxy import Route

EVENTS_CONTRACT = Path(__file__).parents[1] / "contracts" / "asyncapi.yaml"
EVENTS_PATH = "/asyncapi.yaml"
REMEMBER = 60.0
"""Seconds that what the services say of themselves is remembered; a tenth of it when one of them is away."""

STYLE = """
body { font: 1.05rem/1.6 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem 1.25rem 3rem;
       color: #1b1b1b; background: #fff }
h1 { line-height: 1.2 } table { border-collapse: collapse; width: 100% }
caption { text-align: left; font-weight: 600; padding: .5rem 0 }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem .5rem 0; border-bottom: 1px solid #767676 }
a { color: #00508f } a:focus { outline: 3px solid #00508f; outline-offset: 2px } code { font-size: .95em }
"""
POLICY = (
    "default-src 'none'; style-src 'sha256-"
    + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS: list[Header] = [
    (b"content-type", b"text/html; charset=utf-8"),
    (b"content-security-policy", POLICY.encode()),
    (b"content-language", b"nl"),
]


LIVE = """<p>Een ploeg volgt haar taken live op <code>/live/taken?ploeg=…</code>, een afdeling haar opvolgingen op
<code>/live/opvolgingen?afdeling=…</code> (server-sent events).</p>
<p>Volg de notificaties van een kanaal live op <code>/live/notificaties?kanaal=zaken</code>. Filter met de kenmerken van het
kanaal, zoals in een abonnement, en met <code>actie</code> en <code>resource</code>. U heeft dan geen abonnement en geen eigen
adres nodig.</p>"""


@dataclass(frozen=True)
class About:
    """What an API says of itself; empty texts when its service did not answer."""

    path: str
    title: str = ""
    version: str = ""
    description: str = ""


class Landing:
    """The page, made anew when what is remembered of the APIs is too old."""

    def __init__(self, routes: Sequence[Route], session: aiohttp.ClientSession, gemeente: str) -> None:
        self._routes, self._session, self._gemeente = routes, session, gemeente
        self._page, self._until = b"", 0.0
        self._lock = asyncio.Lock()

    async def page(self) -> bytes:
        """The HTML. Services that do not answer within two seconds are shown as away."""
        async with self._lock:
            if time.monotonic() >= self._until:
                found = await asyncio.gather(*(self._ask(route) for route in self._routes))
                self._page = render(found, self._gemeente, events=EVENTS_CONTRACT.exists())
                complete = all(about.version for about in found)
                self._until = time.monotonic() + (REMEMBER if complete else REMEMBER / 10)
        return self._page

    async def _ask(self, route: Route) -> About:
        path = route.openapi.decode()
        try:
            timeout = aiohttp.ClientTimeout(total=2)
            async with self._session.get(route.url + path, timeout=timeout, allow_redirects=False) as answer:
                info = orjson.loads(await answer.read())["info"]
            return About(path, str(info["title"]), str(info["version"]), str(info.get("description") or ""))
        except (aiohttp.ClientError, TimeoutError, orjson.JSONDecodeError, LookupError, TypeError):
            return About(path)


def render(apis: Sequence[About], gemeente: str, *, events: bool) -> bytes:
    """The HTML of the page. Everything that a service says is escaped."""
    rows = "\n".join(map(_row, sorted(apis, key=lambda about: about.path)))
    contract = (
        f'<p>De gebeurtenissen staan in het <a href="{EVENTS_PATH}">contract van de gebeurtenissen (AsyncAPI)</a>.</p>'
        if events
        else ""
    )
    return f"""<!DOCTYPE html>
<html lang="nl">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Meent: de API's van gemeente {escape(gemeente)}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>Meent: de API's van gemeente {escape(gemeente)}</h1>
<p>Dit adres is voor software. Portalen, apps en systemen van de gemeente wisselen hier gegevens uit over zaken, klanten,
verhuizingen en meldingen. Wilt u zelf iets regelen of melden? Ga dan naar de website van uw gemeente.</p>
<p>Bouwt u software? Vraag de gemeente om een <code>clientId</code> en een geheim. Stuur bij elk verzoek een token mee.
De beschrijving van een API mag u zonder token lezen.</p>
<table>
<caption>API's op dit adres</caption>
<thead><tr><th scope="col">API</th><th scope="col">Versie</th><th scope="col">Beschrijving (OpenAPI)</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
<h2>Gebeurtenissen</h2>
{LIVE}
{contract}
</main>
</body>
</html>
""".encode()


def _row(about: About) -> str:
    path = escape(about.path, quote=True)
    name = f"{escape(about.title)}<br>{escape(about.description)}" if about.description else escape(about.title)
    if not about.version:
        name = f"{escape(about.path.split('/')[1])}<br>Deze API is nu niet bereikbaar."
    return f'<tr><th scope="row">{name}</th><td>{escape(about.version) or "–"}</td><td><a href="{path}">{path}</a></td></tr>'
