"""The pages for a functioneel beheerder: rights, what is on them, hostile texts, and whether everybody can use them."""

import re
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser

import httpx

from chassis import clock
from chassis.testing.plugin import MakeService
from chassis.testing.service import ServiceUnderTest
from services.notificaties.bezorging.overzicht import percentage, span
from tests.services.notificaties.ledger import NOW, abonnement, ago, given_up, queued, state, tried

URL = "/bezorging/api/v1/overzicht"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
VOID = {"meta", "br"}
TAGS = {
    *("html", "head", "meta", "title", "style", "body", "main", "h1", "p", "nav", "ul", "li", "a", "br", "time"),
    *("div", "table", "caption", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {
    *("lang", "charset", "name", "content", "href", "scope", "datetime", "class", "role", "tabindex", "colspan"),
    *("aria-label", "aria-current"),
}


@dataclass
class Page(HTMLParser):
    """A page as a browser reads it: its tags must nest, its words, and where its links lead."""

    text: str = ""
    tags: list[str] = field(default_factory=list)
    attributes: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    @classmethod
    def of(cls, answer: httpx.Response) -> "Page":
        """The page of an answer, which only has what our pages are made of."""
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        page = cls()
        page.feed(answer.text)
        assert page._open == []
        assert set(page.tags) <= TAGS
        assert page.attributes <= ATTRIBUTES
        assert all(re.match(r"(\.\./)?(overzicht|[0-9a-f-]{36})([/?]|$)", link) for link in page.links), page.links
        return page


async def seen(
    made: ServiceUnderTest, path: str = "", *scopes: str, at: timedelta = timedelta(), **chosen: str
) -> httpx.Response:
    """What somebody with these scopes gets at NOW."""
    names = ["abonnees.lezen", *(scopes or ("afleveringen.lezen", "onbestelbare-berichten.lezen"))]
    with clock.frozen(NOW + at):
        client = made.client("beheerder", [{"component": "nrc", "scopes": names}])
        return await client.get(f"{URL}{path}", params=chosen)


async def test_without_rights(service: MakeService) -> None:
    made = await service("notificaties")
    others = ["notificaties.consumeren", "afleveringen.lezen", "onbestelbare-berichten.lezen"]
    nobody = made.client("niemand", [{"component": "nrc", "scopes": others}])
    for path in (URL, f"{URL}/{await abonnement(made)}"):
        assert (await made.anonymous().get(path)).status_code == 401
        answer = await nobody.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
        assert "abonnees.lezen" in answer.json()["detail"]


async def test_what_does_not_exist_and_what_is_not_understood(service: MakeService) -> None:
    made = await service("notificaties")
    assert (await seen(made, f"/{uuid.uuid4()}")).status_code == 404
    assert (await seen(made, "/geen-uuid")).status_code == 404
    assert (await seen(made, toestand="ziek")).status_code == 400
    assert (await made.client().post(URL)).status_code == 405


async def test_an_installation_without_abonnees(service: MakeService) -> None:
    made = await service("notificaties")
    page = Page.of(await seen(made))
    assert "Aantal abonnees: 0" in page.text
    assert "Er is niets om te laten zien." in page.text


async def test_the_list_tells_how_each_does(service: MakeService) -> None:
    made = await service("notificaties")
    found = await abonnement(made, "https://gebruiker:geheim@abonnee.example/hook?token=geheim", "portaal")
    await tried(made, await queued(made, found, ago(minutes=9)), ago(minutes=9), duur=12)
    await tried(made, await queued(made, found, ago(minutes=8)), ago(minutes=8), fout="antwoord 500")
    await tried(made, await queued(made, found, ago(hours=3)), ago(hours=3), duur=34)
    await given_up(made, found, [ago(hours=2)])
    await state(made, found, 3, pauze_tot=NOW + timedelta(minutes=1))
    await abonnement(made, "https://ander.example/")
    answer = await seen(made)
    page = Page.of(answer)
    assert "geheim" not in answer.text
    assert "gebruiker" not in answer.text
    row = page.text[page.text.index("https://abonnee.example/hook") :].splitlines()[0]
    for told in (
        "Applicatie portaal",
        "Hapert",
        "8 minuten",
        "50,0%",
        "12 / 34 ms",
        "02-03-2026 12:52:00 antwoord 500",
    ):
        assert told in row
    assert page.text.index("https://abonnee.example/hook") < page.text.index("https://ander.example/")
    assert "Aantal abonnees: 2" in page.text
    assert "Aantal abonnees: 1" in Page.of(await seen(made, toestand="hapert")).text
    assert "12 / 12 ms" in Page.of(await seen(made, periode="uur")).text


async def test_the_page_of_one_tells_what_was_tried_and_what_is_undeliverable(service: MakeService) -> None:
    made = await service("notificaties")
    found, other = await abonnement(made), await abonnement(made)
    await tried(made, await queued(made, found, ago(minutes=9)), ago(minutes=9), http=204, duur=12)
    await tried(made, await queued(made, other, ago(minutes=9)), ago(minutes=9), http=200, duur=987)
    await given_up(made, found, [ago(hours=2)], fout="antwoord 418")
    text = Page.of(await seen(made, f"/{found}")).text
    for told in ("Gelukt", "204", "12 ms", "zaken: zaak create", "Mislukt: antwoord 418", "02-03-2026 11:00:00"):
        assert told in text
    assert "987" not in text
    letters = (await made.client().get("/bezorging/api/v1/onbestelbare-berichten")).json()["results"]
    assert letters[0]["url"].rpartition("/")[2] in text
    assert "Laat de berichten daarna opnieuw aanbieden" in text
    assert "Er zijn geen onbestelbare berichten" in Page.of(await seen(made, f"/{other}")).text


async def test_who_may_not_see_attempts_or_dead_letters_does_not_see_them_here(service: MakeService) -> None:
    made = await service("notificaties")
    found = await abonnement(made)
    await given_up(made, found, [ago(hours=2)], fout="antwoord 418")
    attempts = Page.of(await seen(made, f"/{found}", "afleveringen.lezen")).text
    assert "Mislukt: antwoord 418" in attempts
    assert "daarvoor is de scope onbestelbare-berichten.lezen nodig" in attempts
    letters = Page.of(await seen(made, f"/{found}", "onbestelbare-berichten.lezen")).text
    assert "Opgegeven op" in letters
    assert "daarvoor is de scope afleveringen.lezen nodig" in letters
    assert "Mislukt" not in letters


async def test_what_comes_from_outside_is_text_and_nothing_else(service: MakeService) -> None:
    made = await service("notificaties")
    found = await abonnement(made, f"https://abonnee.example/{HOSTILE}", HOSTILE)
    await given_up(made, found, [ago(hours=2)], fout=HOSTILE)
    await made.runtime.database.fetch("UPDATE notificatie SET kanaal = $1, resource = $1, actie = $1", HOSTILE)
    for path in ("", f"/{found}"):
        answer = await seen(made, path)
        page = Page.of(answer)
        assert page.text.count(HOSTILE) >= 3
        assert "<script" not in answer.text
        assert "<img" not in answer.text


async def test_a_browser_may_run_and_fetch_nothing(service: MakeService) -> None:
    made = await service("notificaties")
    for path in ("", f"/{await abonnement(made)}"):
        answer = await seen(made, path)
        policy = answer.headers["content-security-policy"]
        assert re.fullmatch(
            r"default-src 'none'; style-src 'sha256-[\w+/=]{44}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            policy,
        )
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert not re.search(r"url\(|@import|\sstyle=|\sid=|<form|<link", answer.text)


async def test_everybody_can_use_it(service: MakeService) -> None:
    made = await service("notificaties")
    found = await abonnement(made)
    await given_up(made, found, [ago(hours=2)])
    for path in ("", f"/{found}"):
        answer = await seen(made, path)
        page = Page.of(answer)
        assert answer.text.startswith('<!DOCTYPE html>\n<html lang="nl">')
        assert (page.tags.count("main"), page.tags.count("h1"), page.tags.count("title")) == (1, 1, 1)
        assert page.tags.count("caption") == page.tags.count("table") == answer.text.count('role="region"') >= 1
        assert answer.text.count("<th") - answer.text.count("<thead") == answer.text.count("<th scope=")
        assert 'content="width=device-width, initial-scale=1"' in answer.text
        assert "overflow-x: auto" in answer.text  # so that a wide table scrolls and the page does not
        assert not re.search(r"(?<!-)\bwidth: \d+(px|rem)", answer.text)


async def test_every_link_leads_somewhere(service: MakeService) -> None:
    made = await service("notificaties")
    for _ in range(3):
        found = await abonnement(made)
    answer = await seen(made, pageSize="1", page="2")
    page = Page.of(answer)
    assert {"Vorige pagina", "Volgende pagina"} <= set(re.findall(r"\w+ pagina", page.text))
    for start, links in ((URL, page.links), (f"{URL}/{found}", Page.of(await seen(made, f"/{found}")).links)):
        for link in links:
            address = httpx.URL("http://meent.test" + start).join(link)
            Page.of(await seen(made, address.path.removeprefix(URL), **dict(address.params)))


def test_a_part_is_rounded_down() -> None:
    assert [percentage(part) for part in (None, 0, 0.5, 0.9999, 1)] == [None, "0,0%", "50,0%", "99,9%", "100,0%"]


def test_a_span_of_time_in_words() -> None:
    words = {0: "0 seconden", 119: "119 seconden", 120: "2 minuten", 7199: "119 minuten", 7200: "2 uur"}
    words |= {172_799: "47 uur", 172_800: "2 dagen"}
    assert {seconds: span(seconds) for seconds in words} == words
    assert span(None) is None
