"""`meent events undelivered`: dead letters of both kinds, events and deliveries, per receiver, over the Bezorging API.

It is a client like any other: it needs the address of the gateway and a credential whose applicatie has the scopes
`onbestelbare-berichten.lezen` and, to offer again, `onbestelbare-berichten.aanbieden` (component nrc).
"""

import argparse
import os
import sys
from collections.abc import Iterator
from typing import Any

import httpx

from chassis.access import make_token

KINDS = {"event": "gebeurtenis", "delivery": "aflevering"}
PATH = "/bezorging/api/v1/onbestelbare-berichten"
PAGE = 500
"""Dead letters per call of the list: the most it gives."""
PATIENCE = 60.0
"""Seconds that one call may take."""


class Failed(Exception):
    """The API does not answer, or refuses; the text says so in one line."""


class Api:
    """The dead letters, as the API gives them."""

    def __init__(self, url: str, client_id: str, secret: str) -> None:
        """url: public base URL. Every call gets a token of its own: offering all of many takes longer than one lives."""
        self._client_id, self._secret = client_id, secret
        self._client = httpx.Client(base_url=url.rstrip("/"), timeout=PATIENCE)

    def letters(self, chosen: dict[str, str], limit: int) -> Iterator[dict[str, Any]]:
        """At most `limit` dead letters, the latest first."""
        page, shown = 1, 0
        while shown < limit:
            size = min(limit, PAGE)
            answer = self._call("GET", PATH, params={**chosen, "page": str(page), "pageSize": str(size)})
            for letter in answer["results"][: limit - shown]:
                yield letter
                shown += 1
            if answer["next"] is None:
                return
            page += 1

    def offer(self, letter_id: str) -> dict[str, Any]:
        """Offer one again; it as it is then."""
        return self._call("POST", f"{PATH}/{letter_id}/_opnieuw")

    def offer_all(self, chosen: dict[str, str]) -> Iterator[dict[str, Any]]:
        """Offer all of a receiver again; what each call did."""
        while True:
            done = self._call("POST", f"{PATH}/_opnieuw", json=chosen)
            yield done
            if not done["resterend"]:
                return

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    def _call(self, method: str, path: str, **given: Any) -> dict[str, Any]:
        token = make_token(self._client_id, self._secret, user_id="meent events")
        try:
            answer = self._client.request(method, path, headers={"Authorization": f"Bearer {token}"}, **given)
            content = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise Failed(f"no answer from {self._client.base_url} ({type(error).__name__})") from error
        if answer.is_error:
            raise Failed(f"{answer.status_code} {content.get('code', '')}: {content.get('detail', '')}")
        return dict(content)


def execute(arguments: argparse.Namespace) -> int:
    """Exit code 1: no answer, or refused (also when only some are); 2: no credential given."""
    needed = ("MEENT_CLIENT_ID", "MEENT_CLIENT_SECRET")
    missing = [name for name in needed if not os.environ.get(name)]
    if missing:
        print(f"meent events undelivered: not set: {', '.join(missing)}", file=sys.stderr)
        return 2
    url = os.environ.get("MEENT_PUBLIC_URL") or "http://127.0.0.1:8080"
    api = Api(url, *(os.environ[name] for name in needed))
    try:
        return _STEPS[arguments.step](api, arguments)
    except Failed as failed:
        print(f"meent events undelivered: {failed}", file=sys.stderr)
        return 1
    finally:
        api.close()


def _chosen(arguments: argparse.Namespace, **other: str | None) -> dict[str, str]:
    kind = KINDS[arguments.kind] if arguments.kind else None
    choice = {"ontvanger": arguments.receiver, "soort": kind, **other}
    return {name: value for name, value in choice.items() if value}


def _list(api: Api, arguments: argparse.Namespace) -> int:
    shown = 0
    for letter in api.letters(_chosen(arguments, status=None if arguments.all else "open"), arguments.limit):
        shown += 1
        letter_id = letter["url"].rpartition("/")[2]
        fields = (
            letter_id,
            letter["status"],
            letter["ontvanger"],
            letter["onderwerp"],
            letter["laatstOp"],
            letter["reden"],
        )
        print("\t".join(_line(field) for field in fields))
    if not shown:
        print("nothing undelivered")
    return 0


def _line(text: str) -> str:
    """A text that comes from elsewhere, as part of one line of a terminal."""
    return "".join(character if character.isprintable() else "?" for character in text)


def _replay(api: Api, arguments: argparse.Namespace) -> int:
    letter = api.offer(arguments.id)
    print(f"{arguments.id}: offered to {_line(letter['ontvanger'])} again")
    return 0


def _replay_all(api: Api, arguments: argparse.Namespace) -> int:
    offered = skipped = 0
    refused: list[dict[str, Any]] = []
    for done in api.offer_all(_chosen(arguments, tot=arguments.until)):
        offered, skipped, refused = offered + done["aangeboden"], skipped + done["overgeslagen"], done["geweigerd"]
        print(f"{offered} offered, {skipped} skipped, {done['resterend']} left", flush=True)
    for one in refused:
        print(f"{one['aantal']} refused: {one['code']}: {_line(one['reden'])}", file=sys.stderr)
    return 1 if refused else 0


_STEPS = {"list": _list, "replay": _replay, "replay-all": _replay_all}
