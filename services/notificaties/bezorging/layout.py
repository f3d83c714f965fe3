"""HTML pages for people: no script, nothing from elsewhere, and one place where every text is escaped.

A page is made of what the functions here give (`Html`). Whatever else goes in, a text, a number, a moment or a link, is
escaped on its way, so who writes a page cannot forget it.
"""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from starlette.responses import Response

from chassis import clock

STYLE = """
body { font: 1.05rem/1.5 system-ui, sans-serif; max-width: 75rem; margin: 0 auto; padding: 1rem 1rem 3rem;
       color: #1b1b1b; background: #fff }
h1 { line-height: 1.2 } h1, p, td, th { overflow-wrap: anywhere }
.wide { overflow-x: auto; margin: 1.5rem 0 } table { border-collapse: collapse; width: 100% }
caption { text-align: left; font-size: 1.2rem; font-weight: 600; padding: .5rem 0 }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem .5rem 0; border-bottom: 1px solid #767676; min-width: 5rem }
nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem }
a { color: #00508f } a[aria-current] { color: inherit; font-weight: 600; text-decoration: none }
a:focus, .wide:focus { outline: 3px solid #00508f; outline-offset: 2px }
"""
POLICY = (
    "default-src 'none'; style-src 'sha256-"
    + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
MISSING = "–"


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


@dataclass(frozen=True)
class Link:
    """A link to another page of ours, relative to this one. current: it leads to what is shown now."""

    url: str
    text: str
    current: bool = False


Cell = Html | Link | datetime | str | int | None


def shown(cell: Cell) -> Html:
    """Whatever it is, as HTML; a moment in Dutch time, nothing as a dash."""
    match cell:
        case Html():
            return cell
        case Link():
            current = ' aria-current="true"' if cell.current else ""
            return Html(f'<a href="{escape(cell.url)}"{current}>{escape(cell.text)}</a>')
        case datetime():
            local = cell.astimezone(clock.AMSTERDAM).strftime("%d-%m-%Y %H:%M:%S")
            return Html(f'<time datetime="{clock.iso(cell)}">{local}</time>')
        case None | "":
            return Html(MISSING)
    return Html(escape(str(cell)))


def joined(*cells: Cell) -> Html:
    """Several things in one, with spaces."""
    return Html(" ".join(map(shown, cells)))


def paragraph(*cells: Cell) -> Html:
    """A paragraph of these."""
    return Html(f"<p>{joined(*cells)}</p>")


def choices(label: str, links: Iterable[Link]) -> Html:
    """A row of links to choose from."""
    items = "".join(f"<li>{shown(link)}</li>" for link in links)
    return Html(f'<nav aria-label="{escape(label)}"><ul>{items}</ul></nav>')


def table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Html:
    """A table whose first column names the row. It scrolls by itself where the screen is too small for it."""
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    body = "\n".join(f"<tr>{_row(row)}</tr>" for row in rows)
    if not body:
        body = f'<tr><td colspan="{len(columns)}">Er is niets om te laten zien.</td></tr>'
    return Html(
        f'<div class="wide" role="region" aria-label="{escape(caption)}" tabindex="0">\n<table>\n'
        f"<caption>{escape(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n</div>"
    )


def facts(caption: str, rows: Iterable[tuple[str, Cell]]) -> Html:
    """A table of names and their values."""
    return table(caption, ("Gegeven", "Waarde"), rows)


def _row(row: Sequence[Cell]) -> str:
    first, *others = map(shown, row)
    return f'<th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in others)


def page(title: str, *parts: Html) -> Response:
    """The answer: a whole page with these parts."""
    body = "\n".join(parts)
    html = f"""<!DOCTYPE html>
<html lang="nl">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} – Meent</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>{escape(title)}</h1>
{body}
</main>
</body>
</html>
"""
    headers = {"Content-Security-Policy": POLICY, "Content-Language": "nl"}
    return Response(html.encode(), headers=headers, media_type="text/html")
